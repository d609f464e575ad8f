//! 無害化: hostile bytes → safe bytes and a report; knows no file, network, clock or office.
//!
//! A file is parsed into a typed model, the model is filtered by an allowlist, and new bytes are
//! written from the model: no range of the input's bytes is copied. What cannot be read with
//! certainty is held. There are four outcomes and no fifth:
//!
//! | outcome | meaning |
//! |---|---|
//! | [`Outcome::Rebuilt`] | new bytes, written by this engine |
//! | [`Outcome::Verified`] | every byte was accounted for by a strict parser and nothing dangerous is there |
//! | [`Outcome::Flattened`] | pixels or text only |
//! | [`Outcome::Held`] | refused, with a [`Reason`]; no bytes come out |
//!
//! Only this crate can make a [`Sanitized`], so whoever asks for one cannot be handed original bytes.
//!
//! The same input under the same policy gives the same bytes, and sanitizing an output again
//! changes nothing and removes nothing.

mod cfb;
mod cursor;
mod detect;
mod font;
mod format;
mod hold;
mod icc;
mod job;
mod kind;
mod limits;
mod policy;
mod removal;
mod report;
mod text;
mod xml;
mod zip;

pub use hold::{Hold, Reason};
pub use kind::{Kind, Treatment};
pub use limits::Limits;
pub use policy::{Direction, LinkPolicy, Links, OnDown, OnHeldMember, OnSigned, Policy};
pub use removal::{Danger, Removal};
pub use report::{Outcome, Report, Sanitized};

use job::Job;

/// What the engine is given.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Its name as the sender wrote it, without folders: `見積書.xlsx`.
    pub name: &'a str,
    /// The media type the sender declared, if any: `application/pdf`.
    pub declared: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
    /// Passwords to try on encrypted files, in this order; never written anywhere.
    pub passwords: &'a [&'a str],
}

/// What came of it. The bytes are there unless the outcome is [`Outcome::Held`].
#[derive(Debug)]
pub struct Verdict {
    /// What was found, removed and made.
    pub report: Report,
    /// The safe file.
    pub output: Option<Sanitized>,
}

/// Sanitizes a file.
///
/// `members` is told of every file found inside (place, bytes), so that a scanner can look at it too.
#[must_use]
pub fn sanitize(input: Input<'_>, policy: &Policy, members: &mut dyn FnMut(&str, &[u8])) -> Verdict {
    let mut job = Job::new(policy, input.passwords, members);
    let made = job.file(input.name, input.declared, input.bytes);
    report::verdict(input, policy, job.into_found(), made)
}

/// Name and version of the engine, as reports tell it.
pub const ENGINE: &str = concat!("sekisho-sanitize ", env!("CARGO_PKG_VERSION"));
