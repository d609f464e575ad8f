//! Records: the lines of the book, searched and proven.

use jiff::civil::Date;
use office::{calendar::Moment, record::Record, state::Key};

use crate::{Listing, Paging, Registry, Stream, Trouble};

/// Which records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The thing they concern.
    pub key: Option<Key>,
    /// Staff number of who acted.
    pub person: String,
    /// Kinds, any of which, as serialised (`permit-applied`).
    pub kinds: Vec<String>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Words, all of which must occur.
    pub text: String,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// Index in the ledger.
    pub index: u64,
    /// When.
    pub at: Moment,
    /// Who acted: staff number, `system` or `console`.
    pub by: String,
    /// Kind as serialised (`permit-applied`).
    pub kind: String,
    /// The kind in Japanese (許可の申請).
    pub word: &'static str,
    /// The thing it concerns first, if any.
    pub key: Option<Key>,
    /// What it is about: title, reason or note.
    pub note: String,
}

/// A record with the proof that the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// Index in the ledger.
    pub index: u64,
    /// The record; `None` if its payload was erased on a lawful request.
    pub record: Option<Record>,
    /// Payload as written, before it is read as a record; empty if erased.
    pub payload: Vec<u8>,
    /// Hash of the leaf, hex.
    pub leaf_hash: String,
    /// Hashes of the inclusion proof, leaf to root, hex.
    pub proof: Vec<String>,
    /// Number of records in the checkpoint.
    pub size: u64,
    /// The signed checkpoint (C2SP signed note).
    pub checkpoint: String,
}

impl Registry {
    /// A page of the records that a filter finds, last first. Words are sought in the newest 100,000 that the rest of the filter leaves.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn records(&self, _filter: &RecordFilter, _paging: Paging) -> Result<Listing<RecordLine>, Trouble> {
        Err(Trouble::closed())
    }

    /// Every record that a filter finds, first to last, for export.
    #[must_use]
    pub fn all_records(&self, _filter: &RecordFilter) -> Stream<RecordLine> {
        Stream::empty()
    }

    /// The history of a thing: its records, first to last, at most 1,000 of the newest.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn history(&self, _key: &Key) -> Result<Vec<(u64, Record)>, Trouble> {
        Err(Trouble::closed())
    }

    /// A record with its proof against the current checkpoint.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn record(&self, _index: u64) -> Result<Option<Proven>, Trouble> {
        Err(Trouble::closed())
    }

    /// The current signed checkpoint.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn checkpoint(&self) -> Result<String, Trouble> {
        Err(Trouble::closed())
    }
}
