//! The growing edge of the Merkle tree: what must be kept in memory to append, and nothing more.

use crate::hash::{Hash, empty_root, node_hash};

/// Hashes in a full tile.
pub(crate) const TILE_WIDTH: usize = 256;
/// Levels of the Merkle tree that one tile spans.
pub(crate) const TILE_HEIGHT: u32 = 8;

/// A tile that has just become full and will never change again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullTile {
    /// Level of the tile: 0 holds leaf hashes.
    pub level: u8,
    /// Index of the tile within its level.
    pub index: u64,
    /// Its 256 hashes, one after the other.
    pub hashes: Vec<u8>,
}

/// The right edge of an append-only Merkle tree.
///
/// INVARIANT: `stack` holds the roots of the complete subtrees of `size` leaves, largest first;
/// `tails[l]` holds the `(size >> 8l) & 255` hashes of the partial tile of level `l`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    stack: Vec<Hash>,
    tails: Vec<Vec<Hash>>,
}

impl Tree {
    /// A tree rebuilt from the partial tiles on its right edge, lowest level first.
    ///
    /// Returns nothing if a partial tile has not the width that the size demands.
    pub fn from_tails(size: u64, tails: Vec<Vec<Hash>>) -> Option<Self> {
        for (level, tail) in (0u32..).zip(&tails) {
            if tail.len() as u64 != partial_width(size, level) {
                return None;
            }
        }
        if size.checked_shr(TILE_HEIGHT * tails.len() as u32).unwrap_or(0) != 0 {
            return None;
        }
        let mut stack = Vec::new();
        for tail in tails.iter().rev() {
            let mut edge = Vec::new();
            for (count, hash) in (0u64..).zip(tail) {
                merge(&mut edge, count, *hash, |_, _| ());
            }
            stack.append(&mut edge);
        }
        Some(Self { size, stack, tails })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle tree hash over all leaves.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.stack.iter().rev();
        let Some(last) = subtrees.next() else {
            return empty_root();
        };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The hashes of the partial tile of a level (empty if there is none).
    pub fn tail(&self, level: u8) -> &[Hash] {
        self.tails.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Number of levels that have or had a tile.
    pub fn levels(&self) -> u8 {
        u8::try_from(self.tails.len()).unwrap_or(u8::MAX)
    }

    /// Adds a leaf; tiles that become full by it are handed to `full`.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(FullTile)) {
        let after = self.size + 1;
        let tails = &mut self.tails;
        push_tail(tails, 0, leaf);
        merge(&mut self.stack, self.size, leaf, |merges, root| {
            if merges % TILE_HEIGHT == 0 {
                let level = merges / TILE_HEIGHT - 1;
                let hashes = tails.get_mut(level as usize).map(std::mem::take).unwrap_or_default();
                full(FullTile { level: level as u8, index: (after >> (TILE_HEIGHT * (level + 1))) - 1, hashes: hashes.concat() });
                push_tail(tails, level as usize + 1, root);
            }
        });
        self.size = after;
    }
}

/// Width of the partial tile of a level in a tree of `size` leaves.
pub(crate) fn partial_width(size: u64, level: u32) -> u64 {
    full_tiles_below(size, level) % TILE_WIDTH as u64
}

/// Number of hashes a level has in a tree of `size` leaves.
pub(crate) fn full_tiles_below(size: u64, level: u32) -> u64 {
    size.checked_shr(TILE_HEIGHT * level).unwrap_or(0)
}

/// Root of a list of hashes taken as the leaves of a tree (RFC 6962 §2.1 above the leaf level).
pub(crate) fn subtree_root(hashes: impl IntoIterator<Item = Hash>) -> Hash {
    let mut stack = Vec::new();
    for (count, hash) in (0u64..).zip(hashes) {
        merge(&mut stack, count, hash, |_, _| ());
    }
    let mut subtrees = stack.into_iter().rev();
    let Some(last) = subtrees.next() else {
        return empty_root();
    };
    subtrees.fold(last, |right, left| node_hash(&left, &right))
}

/// Puts the `count`-th hash on a stack of complete subtrees, telling each subtree it completes.
fn merge(stack: &mut Vec<Hash>, count: u64, hash: Hash, mut completed: impl FnMut(u32, Hash)) {
    let mut hash = hash;
    for merges in 1..=count.trailing_ones() {
        if let Some(left) = stack.pop() {
            hash = node_hash(&left, &hash);
        }
        completed(merges, hash);
    }
    stack.push(hash);
}

fn push_tail(tails: &mut Vec<Vec<Hash>>, level: usize, hash: Hash) {
    if tails.len() <= level {
        tails.resize_with(level + 1, Vec::new);
    }
    if let Some(tail) = tails.get_mut(level) {
        tail.push(hash);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use proptest::prelude::*;

    /// RFC 6962 §2.1 word for word: the slow twin.
    pub(crate) fn one_shot(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => empty_root(),
            1 => leaves[0],
            n => {
                let k = n.next_power_of_two() / 2;
                node_hash(&one_shot(&leaves[..k]), &one_shot(&leaves[k..]))
            }
        }
    }

    pub(crate) fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn the_roots_of_the_certificate_transparency_test_vectors() {
        let inputs: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        for (input, root) in inputs.iter().zip(roots) {
            tree.push(leaf_hash(input), |_| ());
            let hex: String = tree.root().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, root);
        }
    }

    #[test]
    fn tiles_of_a_tree_of_70000_are_those_of_the_specification() {
        let mut tree = Tree::default();
        let mut tiles = Vec::new();
        for leaf in leaves(70_000) {
            tree.push(leaf, |tile| tiles.push(tile));
        }
        assert_eq!(tiles.iter().filter(|tile| tile.level == 0).count(), 273);
        assert_eq!(tiles.iter().filter(|tile| tile.level == 1).count(), 1);
        assert_eq!(tree.tail(0).len(), 112);
        assert_eq!(tree.tail(1).len(), 17);
        assert_eq!(tree.tail(2).len(), 1);
        assert!(tiles.iter().all(|tile| tile.hashes.len() == 8192));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn growing_gives_the_root_of_the_slow_twin_and_survives_recovery(
            count in 0usize..1400, more in 0usize..300,
        ) {
            let all = leaves(count + more);
            let mut tree = Tree::default();
            for leaf in &all[..count] {
                tree.push(*leaf, |_| ());
            }
            prop_assert_eq!(tree.root(), one_shot(&all[..count]));
            let mut again = Tree::from_tails(count as u64, tree.tails.clone()).unwrap();
            prop_assert_eq!(&again, &tree);
            for leaf in &all[count..] {
                again.push(*leaf, |_| ());
            }
            prop_assert_eq!(again.root(), one_shot(&all));
        }
    }
}
