//! What stands in the tree: an entry commits to a payload without holding it.
//!
//! ```text
//! 0x01 || SHA-256(salt || payload)                        a record
//! 0x02 || erased index (u64, big-endian) || SHA-256(…)    a record that orders an erasure
//! ```
//!
//! The salt (32 bytes of chance) is what makes erasure real: with it gone, nobody can find a short
//! payload by guessing. That an erasure names its target inside the tree is what makes it lawful:
//! a payload missing without such an order is a fault.

use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// Largest payload accepted, in bytes; files belong in the object store.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;

const KIND_RECORD: u8 = 1;
const KIND_ERASURE: u8 = 2;

/// A payload to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// 32 bytes that nobody can guess and that are never used twice.
    pub salt: [u8; 32],
    /// The bytes of the record, opaque to the ledger.
    pub payload: Vec<u8>,
    /// Index of the entry whose payload and salt this record orders to be destroyed.
    pub erases: Option<u64>,
}

impl NewEntry {
    /// A record that erases nothing.
    pub fn new(salt: [u8; 32], payload: Vec<u8>) -> Self {
        Self { salt, payload, erases: None }
    }

    /// The entry that will stand in the tree.
    pub fn entry(&self) -> Entry {
        Entry { erases: self.erases, commitment: commitment(&self.salt, &self.payload) }
    }
}

/// An entry of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Index of the entry whose payload this one orders to be destroyed.
    pub erases: Option<u64>,
    /// `SHA-256(salt || payload)`.
    pub commitment: Hash,
}

impl Entry {
    /// The bytes that are hashed into the leaf.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(41);
        match self.erases {
            None => bytes.push(KIND_RECORD),
            Some(target) => {
                bytes.push(KIND_ERASURE);
                bytes.extend(target.to_be_bytes());
            }
        }
        bytes.extend(self.commitment);
        bytes
    }

    /// Reads an entry; nothing if the bytes are not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (erases, rest) = match *kind {
            KIND_RECORD => (None, rest),
            KIND_ERASURE => {
                let (target, rest) = rest.split_first_chunk()?;
                (Some(u64::from_be_bytes(*target)), rest)
            }
            _ => return None,
        };
        Some(Self { erases, commitment: rest.try_into().ok()? })
    }

    /// The leaf hash.
    pub fn leaf(self) -> Hash {
        // The same as `leaf_hash(&self.to_bytes())` without the detour through the heap.
        let hash = match self.erases {
            None => Sha256::new().chain_update([0, KIND_RECORD]),
            Some(target) => Sha256::new().chain_update([0, KIND_ERASURE]).chain_update(target.to_be_bytes()),
        };
        hash.chain_update(self.commitment).finalize().into()
    }

    /// Whether this salt and payload are what the entry committed to.
    pub fn commits_to(self, salt: &[u8; 32], payload: &[u8]) -> bool {
        commitment(salt, payload) == self.commitment
    }
}

fn commitment(salt: &[u8; 32], payload: &[u8]) -> Hash {
    Sha256::new().chain_update(salt).chain_update(payload).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_nothing_else_does() {
        let plain = NewEntry::new([7; 32], b"record".to_vec());
        let order = NewEntry { erases: Some(12), ..plain.clone() };
        for entry in [plain.entry(), order.entry()] {
            let bytes = entry.to_bytes();
            assert_eq!(Entry::from_bytes(&bytes), Some(entry));
            assert_eq!(entry.leaf(), crate::leaf_hash(&bytes));
            assert_eq!(Entry::from_bytes(&bytes[1..]), None);
            assert_eq!(Entry::from_bytes(&[&bytes[..], &[0]].concat()), None);
            assert!(entry.commits_to(&[7; 32], b"record"));
            assert!(!entry.commits_to(&[8; 32], b"record"));
        }
        assert_ne!(plain.entry().leaf(), order.entry().leaf());
    }
}
