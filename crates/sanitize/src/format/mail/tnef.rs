//! `winmail.dat` (TNEF): what Outlook wraps attachments and rich bodies into.

use super::address::Address;
use crate::{Hold, job::Job};

/// A file within.
pub(super) struct File {
    pub(super) name: Option<String>,
    pub(super) declared: String,
    pub(super) bytes: Vec<u8>,
    /// A message within the message, as another TNEF stream.
    pub(super) message: bool,
}

/// What a stream carries.
#[derive(Default)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) from: Vec<Address>,
    pub(super) date: Option<String>,
    pub(super) text: Option<String>,
    pub(super) items: Vec<File>,
}

/// Whether bytes begin with the mark.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x78\x9f\x3e\x22")
}

/// Reads a stream.
pub(super) fn read(_job: &mut Job<'_>, _bytes: &[u8]) -> Result<Message, Hold> {
    Err(Hold::damaged("not yet read"))
}
