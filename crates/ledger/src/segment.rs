//! How records lie in a database row: a segment is a run of neighbouring records.
//!
//! One append writes one row whatever its number of records; once 256 records of a tile are
//! complete, their rows become one. That keeps an act at two statements and a full check at one
//! row per 256 records.
//!
//! ```text
//! record = u64 index, u8 entry length, entry, u8 state, [salt (32), u32 payload length, payload]
//! state  = 0 erased, 1 present; numbers are big-endian
//! ```

use crate::entry::{Entry, NewEntry};

/// Bytes of a record besides its payload, at most.
pub(crate) const RECORD_BYTES: usize = 8 + 1 + 41 + 1 + 32 + 4;

/// One record as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    /// Its place in the log, repeated here so that a lost or moved record can be named.
    pub(crate) index: u64,
    pub(crate) entry: Entry,
    /// Salt and payload; nothing once erased.
    pub(crate) body: Option<(&'a [u8; 32], &'a [u8])>,
}

/// Adds a record to a segment.
pub(crate) fn write_record(segment: &mut Vec<u8>, record: Stored<'_>) {
    let entry = record.entry.to_bytes();
    segment.extend(record.index.to_be_bytes());
    segment.push(entry.len() as u8);
    segment.extend(entry);
    match record.body {
        None => segment.push(0),
        Some((salt, payload)) => {
            segment.push(1);
            segment.extend(salt);
            // A payload is bounded by PAYLOAD_BYTES_MAX, far below u32.
            segment.extend((payload.len() as u32).to_be_bytes());
            segment.extend(payload);
        }
    }
}

/// A segment of new records, the first of which has index `first`.
pub(crate) fn write_segment(first: u64, entries: &[(Entry, &NewEntry)]) -> Vec<u8> {
    let mut segment = Vec::with_capacity(entries.iter().map(|(_, new)| new.payload.len() + RECORD_BYTES).sum());
    for (index, (entry, new)) in (first..).zip(entries) {
        let body = Some((&new.salt, new.payload.as_slice()));
        write_record(&mut segment, Stored { index, entry: *entry, body });
    }
    segment
}

/// The records of a segment; an `Err` ends the walk where the bytes stop making sense.
pub(crate) fn records(segment: &[u8]) -> impl Iterator<Item = Result<Stored<'_>, Malformed>> {
    let mut rest = segment;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        match split_record(rest) {
            Some((record, tail)) => {
                rest = tail;
                Some(Ok(record))
            }
            None => {
                rest = &[];
                Some(Err(Malformed))
            }
        }
    })
}

/// The bytes of a segment are not a record from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

fn split_record(bytes: &[u8]) -> Option<(Stored<'_>, &[u8])> {
    let (index, rest) = bytes.split_first_chunk()?;
    let index = u64::from_be_bytes(*index);
    let (length, rest) = rest.split_first()?;
    let (entry, rest) = rest.split_at_checked(usize::from(*length))?;
    let entry = Entry::from_bytes(entry)?;
    let (state, rest) = rest.split_first()?;
    match state {
        0 => Some((Stored { index, entry, body: None }, rest)),
        1 => {
            let (salt, rest) = rest.split_first_chunk::<32>()?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (payload, rest) = rest.split_at_checked(length)?;
            Some((Stored { index, entry, body: Some((salt, payload)) }, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_segment_is_malformed_at_every_cut_but_the_joints() {
        let new = [NewEntry::new([1; 32], b"one".to_vec()), NewEntry { salt: [2; 32], payload: Vec::new(), erases: Some(0) }];
        let pairs: Vec<_> = new.iter().map(|new| (new.entry(), new)).collect();
        let segment = write_segment(5, &pairs);
        let joint = 8 + 1 + 33 + 1 + 32 + 4 + 3;
        for cut in 0..=segment.len() {
            let whole = records(&segment[..cut]).all(|record| record.is_ok());
            assert_eq!(whole, cut == 0 || cut == joint || cut == segment.len(), "{cut}");
        }
        let read: Vec<_> = records(&segment).map(Result::unwrap).collect();
        assert_eq!(read[0].body, Some((&[1; 32], &b"one"[..])));
        assert_eq!((read[1].index, read[1].entry.erases), (6, Some(0)));
    }
}
