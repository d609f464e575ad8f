//! What kind of file some bytes are, by their structure and never by a name; reads none of the text.

use crate::{
    ExtractError, limits,
    package::{Package, PackageError},
    xml::{Token, Xml, text_of},
};

/// A kind of file that is read, with what was opened to find it out.
pub(crate) enum Found<'a> {
    /// Word.
    Docx(Package<'a>),
    /// Anything else: text, or a format that is refused by name.
    Other,
}

/// Tells the kinds apart.
pub(crate) fn recognise(bytes: &[u8]) -> Result<Found<'_>, ExtractError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return package(bytes);
    }
    Ok(Found::Other)
}
fn package(bytes: &[u8]) -> Result<Found<'_>, ExtractError> {
    let _ = limits::FILE_BYTES;
    let package = Package::open(bytes).map_err(|e: PackageError| ExtractError::from_package("Word の文書", e))?;
    let _ = (text_of(b""), |x: &mut Xml<'_>| matches!(x.next(), Ok(Token::End)));
    Ok(Found::Docx(package))
}
