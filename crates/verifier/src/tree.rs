//! RFC 6962 hashing, written from its text.

use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub(crate) type Hash = [u8; 32];

pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut state = Sha256::new();
    for part in parts {
        state.update(part);
    }
    state.finalize().into()
}

/// `MTH({d}) = SHA-256(0x00 || d)`.
pub(crate) fn leaf(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// A tree that grows leaf by leaf and remembers only its complete subtrees.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Complete subtrees as (number of leaves, hash), each smaller than the one before.
    subtrees: Vec<(u64, Hash)>,
}

impl Tree {
    pub(crate) fn push(&mut self, hash: Hash) {
        let mut grown = (1, hash);
        while let Some((leaves, left)) = self.subtrees.last()
            && *leaves == grown.0
        {
            grown = (leaves * 2, node(left, &grown.1));
            self.subtrees.pop();
        }
        self.subtrees.push(grown);
    }

    pub(crate) fn size(&self) -> u64 {
        self.subtrees.iter().map(|(leaves, _)| leaves).sum()
    }

    pub(crate) fn root(&self) -> Hash {
        let hashes = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        hashes.reduce(|right, left| node(&left, &right)).unwrap_or_else(|| sha256(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1 as it stands there.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [only] => *only,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn growing_is_the_definition() {
        let leaves: Vec<Hash> = (0u32..600).map(|i| leaf(&i.to_be_bytes())).collect();
        let mut tree = Tree::default();
        for size in 0..=leaves.len() {
            assert_eq!(tree.root(), mth(&leaves[..size]));
            assert_eq!(tree.size(), size as u64);
            if let Some(next) = leaves.get(size) {
                tree.push(*next);
            }
        }
    }
}
