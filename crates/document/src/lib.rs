//! Files of strangers → the text of a policy: Word, PDF, web pages, Markdown, plain text; knows nothing of policies.
//!
//! Every format becomes the same plain text that `policy` reads: one paragraph a line, an empty line
//! between blocks, a heading after `#` marks only where its level is all there is to know, numbers
//! that a word processor counts written out, rows of a table as cells divided by tabs (and no other
//! tab anywhere), ruby left to its base.
//! What cannot be turned into text is never passed over in silence: it comes back as [`Unread`].

mod count;
pub mod decode;
mod html;
mod limits;
mod manuscript;
mod markdown;
mod odt;
mod package;
mod pdf;
mod recognise;
mod table;
mod word;
pub mod write;
mod xml;

pub use decode::DecodeError;
pub use pdf::PdfError;

use recognise::Found;

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
    /// Nobody reads it without its password.
    #[error(
        "{name}にパスワードが掛かっているため読み取れません。元のソフトで開いてパスワードを外し、別の名前で保存したファイルを選んでください。"
    )]
    Protected {
        /// What the format is called.
        name: &'static str,
    },
    /// Cut off, changed, or empty where its text should be.
    #[error(
        "{name}ですが、壊れているため読み取れません（{what}）。元のソフトで開けるかを確かめ、開けたら保存し直したファイルを選んでください。開けないときは、作成した部署からもう一度受け取ってください。"
    )]
    Damaged {
        /// What the format is called.
        name: &'static str,
        /// Where it shows.
        what: &'static str,
    },
    /// Unpacks to more than any policy has.
    #[error("{name}ですが、展開すると大きすぎるため、安全のため読み取りません。規程の本文だけのファイルに分けて保存し直してください。")]
    TooLarge {
        /// What the format is called.
        name: &'static str,
    },
    /// Built in a way that no office program builds it.
    #[error(
        "{name}ですが、作りが正しくないため、安全のため読み取りません（{what}）。入手先を確かめ、元のソフトで開いて保存し直したファイルを選んでください。"
    )]
    Odd {
        /// What the format is called.
        name: &'static str,
        /// What is odd.
        what: &'static str,
    },
    /// A web page that only divides the window.
    #[error(
        "これは枠（フレーム）だけのウェブページで、本文は別のページにあります。ブラウザーで本文の枠の中を開き、そのページを保存したファイルを選んでください。"
    )]
    Frames,
    /// Read, but there are no words in it.
    #[error("{name} のファイルですが、文字がありません。ページが画像だけのときは、文字を含むファイル（元の Word など）を選んでください。")]
    NoText {
        /// What the format is called.
        name: &'static str,
    },
}

impl ExtractError {
    fn from_package(name: &'static str, error: package::PackageError) -> Self {
        match error {
            package::PackageError::Damaged(what) => Self::Damaged { name, what },
            package::PackageError::Odd(what) => Self::Odd { name, what },
            package::PackageError::TooLarge => Self::TooLarge { name },
            package::PackageError::Protected => Self::Protected { name },
        }
    }
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
    let extract = match recognise::recognise(bytes)? {
        Found::Docx(package) => word::extract(&package)?,
        Found::Odt(package) => odt::extract(&package)?,
        Found::FlatOdt(text) => odt::extract_flat(&text)?,
        Found::Html => html::extract(bytes)?,
        Found::Other => plain(decode::decode(bytes)?),
    };
    if extract.text.trim().is_empty() {
        return Err(ExtractError::NoText { name: extract.format.name() });
    }
    decode::japanese(&extract.text)?;
    progress(Progress { done: 1, total: 1 });
    Ok(extract)
}

/// Text with or without marks of Markdown.
fn plain(text: String) -> Extract {
    if markdown::is_markdown(&text) { markdown::extract(&text) } else { Extract { format: Format::Text, text, unread: Vec::new() } }
}
