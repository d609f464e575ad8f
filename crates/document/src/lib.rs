//! Files of strangers → the text of a policy: Word, PDF, web pages, Markdown, plain text; knows nothing of policies.
//!
//! Every format becomes the same plain text that `policy` reads: one paragraph a line, an empty line
//! between blocks, a heading after `#` marks only where its level is all there is to know, numbers
//! that a word processor counts written out, rows of a table as cells divided by tabs (and no other
//! tab anywhere), ruby left to its base.
//! What cannot be turned into text is never passed over in silence: it comes back as [`Unread`].

pub mod decode;
mod pdf;

pub use decode::DecodeError;
pub use pdf::PdfError;

/// What kind of file a text came from; found out from its bytes, not from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text without marks.
    Text,
    /// Markdown.
    Markdown,
    /// A web page, such as those of ordinance sites.
    Html,
    /// Word (OOXML).
    Docx,
    /// OpenDocument text.
    Odt,
    /// PDF with a text layer.
    Pdf,
}

impl Format {
    /// The name that staff read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "テキスト",
            Self::Markdown => "Markdown",
            Self::Html => "ウェブページ（HTML）",
            Self::Docx => "Word",
            Self::Odt => "OpenDocument",
            Self::Pdf => "PDF",
        }
    }
}

/// A part of a file that could not be turned into text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where, in words (`3ページ`, `別表第1の後`).
    pub place: String,
    /// What it is and what to do, for a clerk.
    pub what: String,
}

/// What was read out of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// What kind of file it was.
    pub format: Format,
    /// Its text.
    pub text: String,
    /// What is missing from the text.
    pub unread: Vec<Unread>,
}

/// How far a long reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pages or parts done.
    pub done: usize,
    /// Pages or parts in all.
    pub total: usize,
}

/// Why a file gives no text, in words for a clerk: what, where, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// Not text, or in no known encoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A PDF that gives no text.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

/// Turns the bytes of a file into the text of a policy.
///
/// # Errors
/// When nothing can be read: the message says why and what to do.
pub fn extract(bytes: &[u8]) -> Result<Extract, ExtractError> {
    extract_with(bytes, &mut |_| {})
}

/// Like [`extract`], telling how far it has come.
///
/// # Errors
/// When nothing can be read: the message says why and what to do.
pub fn extract_with(bytes: &[u8], progress: &mut dyn FnMut(Progress)) -> Result<Extract, ExtractError> {
    if pdf::is_pdf(bytes) {
        return Ok(pdf::read(bytes, progress)?);
    }
    let text = decode::decode(bytes)?;
    progress(Progress { done: 1, total: 1 });
    Ok(Extract { format: Format::Text, text, unread: Vec::new() })
}
