//! A policy as a file: any format that is understood → what was read, and what could not be. Touches no disk.

use document::{ExtractError, Progress};
use office::{
    adoption::{Source, Unread},
    task::Evidence,
};
use policy::{Reading, control::Controls};

/// What a file gave.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What was read.
    pub reading: Reading,
    /// What kind of file it was, and what could not be read of it.
    pub source: Source,
}

/// Reads a policy from the bytes of a file, telling how far it has come. Long files take long: not on a thread that others wait for.
///
/// # Errors
/// When nothing can be read: the message says why and what to do.
pub fn read(bytes: &[u8], progress: &mut dyn FnMut(Progress)) -> Result<Loaded, ExtractError> {
    let extract = document::extract_with(bytes, progress)?;
    let reading = policy::read(&extract.text, Controls::embedded());
    let unread = extract.unread.into_iter().map(|unread| Unread { place: unread.place, what: unread.what }).collect();
    Ok(Loaded { reading, source: Source { format: extract.format.name().to_owned(), unread, original: None } })
}

impl Loaded {
    /// With the file itself, as it lies in the object store.
    #[must_use]
    pub fn kept(mut self, original: Evidence) -> Self {
        self.source.original = Some(original);
        self
    }
}

/// The formats, as staff are told of them.
pub const FORMATS: &str = "Word（.docx）、OpenDocument（.odt）、PDF、ウェブページ（HTML）、Markdown、テキスト";
