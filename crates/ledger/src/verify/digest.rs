//! The part of a check that needs no neighbours: hashing one segment. It runs on every core.

use crate::hash::Hash;
use crate::segment::records;

/// What hashing says about a record.
pub(super) struct Digest {
    pub(super) index: u64,
    pub(super) leaf: Hash,
    /// Index of the record that this one orders to erase.
    pub(super) erases: Option<u64>,
    pub(super) body: Body,
}

/// What has become of a payload.
pub(super) enum Body {
    /// It is what the entry committed to.
    Fits,
    /// It is something else.
    Changed,
    /// It is gone.
    Erased,
}

/// A hashed segment.
pub(super) struct Digests {
    /// Index that the store gives its first record.
    pub(super) first: u64,
    pub(super) records: Vec<Digest>,
    /// Whether bytes were left that are no record.
    pub(super) malformed: bool,
    pub(super) payload_bytes: u64,
}

/// Hashes a segment.
pub(super) fn digest(first: u64, data: &[u8]) -> Digests {
    let mut digests = Digests { first, records: Vec::with_capacity(256), malformed: false, payload_bytes: 0 };
    for record in records(data) {
        let Ok(record) = record else {
            digests.malformed = true;
            break;
        };
        let body = match record.body {
            None => Body::Erased,
            Some((salt, payload)) => {
                digests.payload_bytes += payload.len() as u64;
                match record.entry.commits_to(salt, payload) {
                    true => Body::Fits,
                    false => Body::Changed,
                }
            }
        };
        let leaf = record.entry.leaf();
        digests.records.push(Digest { index: record.index, leaf, erases: record.entry.erases, body });
    }
    digests.malformed |= digests.records.is_empty();
    digests
}
