//! What kind of file some bytes are, by their structure and never by a name; reads none of the text.

use std::borrow::Cow;

use crate::{
    DecodeError, ExtractError, html, limits, odt,
    package::{Package, PackageError},
    xml::{Ns, Token, Xml, text_of},
};

/// A kind of file that is read, with what was opened to find it out.
pub(crate) enum Found<'a> {
    /// Word.
    Docx(Package<'a>),
    /// OpenDocument text.
    Odt(Package<'a>),
    /// OpenDocument text in a single file.
    FlatOdt(Cow<'a, str>),
    /// A web page.
    Html,
    /// Anything else: text, or a format that is refused by name.
    Other,
}

/// Tells the kinds apart.
pub(crate) fn recognise(bytes: &[u8]) -> Result<Found<'_>, ExtractError> {
    if bytes.len() > limits::FILE_BYTES {
        let mega = 1024 * 1024;
        return Err(DecodeError::TooLarge { megabytes: bytes.len().div_ceil(mega), limit: limits::FILE_BYTES / mega }.into());
    }
    if bytes.starts_with(b"PK") && !bytes.starts_with(b"PK ") && bytes.get(2).is_some_and(|b| *b < 9) {
        return package(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") && is_encrypted_office(bytes) {
        return Err(ExtractError::Protected { name: "Word などの文書" });
    }
    let head = bytes.get(..bytes.len().min(4_096)).unwrap_or(bytes);
    if contains(head, b"opendocument") && contains(head, b"office:document") {
        let text = text_of(bytes);
        if odt::is_flat(&text) {
            return Ok(Found::FlatOdt(text));
        }
    }
    if html::is_page(bytes) {
        return Ok(Found::Html);
    }
    Ok(Found::Other)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// Office programs wrap a file with a password in a container that has an entry of this name, in UTF-16.
fn is_encrypted_office(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    contains(bytes, &name)
}

/// The document in a ZIP, if it is one that is read.
fn package(bytes: &[u8]) -> Result<Found<'_>, ExtractError> {
    let package = match Package::open(bytes) {
        Ok(package) => package,
        // Broken or odd: the names inside still tell what it was meant to be.
        Err(error) => return Err(ExtractError::from_package(guess(bytes), error)),
    };
    if let Ok(Some(kind)) = package.part("mimetype") {
        return open_document(package, &String::from_utf8_lossy(&kind));
    }
    match main_type(&package) {
        Ok(Some(kind)) if kind.contains("wordprocessingml") || kind.contains("ms-word") => Ok(Found::Docx(package)),
        Ok(Some(kind)) if kind.contains("spreadsheetml") || kind.contains("ms-excel") => refuse("Excel の表"),
        Ok(Some(kind)) if kind.contains("presentationml") || kind.contains("powerpoint") => refuse("PowerPoint の資料"),
        Ok(_) if package.has("word/document.xml") => Ok(Found::Docx(package)),
        Ok(_) if package.has_folder("xl/") => refuse("Excel の表"),
        Ok(_) if package.has_folder("ppt/") => refuse("PowerPoint の資料"),
        Ok(_) if package.has("content.xml") && package.has("META-INF/manifest.xml") => Ok(Found::Odt(package)),
        Ok(_) => refuse("ZIP の圧縮ファイル"),
        Err(error) => Err(ExtractError::from_package(guess(bytes), error)),
    }
}

fn refuse<'a>(name: &'static str) -> Result<Found<'a>, ExtractError> {
    Err(DecodeError::Format { name }.into())
}

fn open_document<'a>(package: Package<'a>, kind: &str) -> Result<Found<'a>, ExtractError> {
    match kind.trim().strip_prefix("application/vnd.oasis.opendocument.") {
        Some(kind) if kind.starts_with("text") => Ok(Found::Odt(package)),
        Some(kind) if kind.starts_with("spreadsheet") => refuse("OpenDocument の表計算"),
        Some(kind) if kind.starts_with("presentation") => refuse("OpenDocument のスライド"),
        Some(_) => refuse("OpenDocument の図"),
        None if kind.trim() == "application/epub+zip" => refuse("電子書籍（EPUB）"),
        None => refuse("ZIP の圧縮ファイル"),
    }
}

/// Content type of the main part, as the package says.
fn main_type(package: &Package<'_>) -> Result<Option<String>, PackageError> {
    let Some(bytes) = package.part("[Content_Types].xml")? else { return Ok(None) };
    let text = text_of(&bytes);
    let mut xml = Xml::new(&text);
    while let Ok(token) = xml.next() {
        match token {
            Token::Open(element) if element.ns == Ns::Package && element.name() == "Override" => {
                let kind = element.attribute("ContentType").unwrap_or_default();
                if kind.ends_with("main+xml") {
                    return Ok(Some(kind));
                }
            }
            Token::End => break,
            _ => {}
        }
    }
    Ok(None)
}

/// What a broken package was meant to be.
fn guess(bytes: &[u8]) -> &'static str {
    let names: [(&[u8], &str); 4] =
        [(b"word/", "Word の文書"), (b"xl/", "Excel の表"), (b"ppt/", "PowerPoint の資料"), (b"opendocument", "OpenDocument の文書")];
    names.iter().find(|(word, _)| contains(bytes, word)).map_or("ZIP の圧縮ファイル", |(_, name)| name)
}
