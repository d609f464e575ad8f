//! OSCAL 1.1.3 and 1.2.2 as JSON, out and in; knows no file: names of files are only written into links.
//!
//! [`bundle`] makes all documents of a source, [`read`] takes a document in, [`outline`] makes of a
//! catalog — ours or another body's — clauses that can be read and compared. How things map is in
//! `docs/formats/oscal.md`.

mod bundle;
mod catalog;
mod catalogs;
mod component;
mod mapping;
pub mod markup;
mod means;
mod metadata;
pub mod model;
pub mod outline;
mod plan;
mod profile;
mod props;
mod read;
mod words;

use serde::Serialize;

pub use bundle::{File, bundle};
pub use catalog::policy_catalog;
pub use means::{Means, Run, runs};
pub use model::Content;
pub use read::{ReadError, read};

/// A version of OSCAL that Sekisho writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.1.3: without mapping collections.
    V1_1_3,
    /// 1.2.2: with them.
    V1_2_2,
}

impl Version {
    /// Both, the older first.
    pub const ALL: [Self; 2] = [Self::V1_1_3, Self::V1_2_2];

    /// As documents name it.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::V1_1_3 => "1.1.3",
            Self::V1_2_2 => "1.2.2",
        }
    }

    /// The version of this name.
    #[must_use]
    pub fn of(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.number() == number)
    }
}

/// A document as JSON, indented, with a line break at the end. The same document gives the same bytes.
#[must_use]
pub fn write(content: &Content) -> String {
    let mut out = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b"  ");
    // Neither a map with keys that are no strings nor a writer that fails is at hand.
    let _ = content.serialize(&mut serde_json::Serializer::with_formatter(&mut out, indent));
    out.push(b'\n');
    String::from_utf8(out).unwrap_or_default()
}
