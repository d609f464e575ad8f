//! OpenDocument text, packed or flat → text: which part of the package is what; knows no other format.

mod body;
mod lists;

use crate::{
    Extract, ExtractError, Format,
    manuscript::Manuscript,
    package::Package,
    xml::{Ns, Token, Xml, XmlError, text_of},
};
use body::Body;
use lists::Lists;

const NAME: &str = "OpenDocument の文書";
const AGAIN: &str = "元のソフトで開いて保存し直したファイルで、もう一度お試しください。";

/// Reads a packed document.
pub(crate) fn extract(package: &Package<'_>) -> Result<Extract, ExtractError> {
    if is_protected(package) {
        return Err(ExtractError::Protected { name: NAME });
    }
    let content = package.part("content.xml").map_err(|error| ExtractError::from_package(NAME, error))?;
    let content = content.ok_or(ExtractError::Damaged { name: NAME, what: "本文の部品がありません" })?;
    let mut manuscript = Manuscript::new();
    let mut lists = Lists::default();
    let styles = package.part("styles.xml").ok().flatten();
    let outcome = styles.map_or(Err(XmlError::Broken), |bytes| lists.read(&text_of(&bytes)));
    if let Err(error) = outcome.and_then(|()| lists.read(&text_of(&content))) {
        manuscript.miss_at("書式（段落番号の設定）", &format!("書式が{}。番号が付かない段落があるかもしれません。{AGAIN}", error.reason()));
    }
    read(&text_of(&content), lists, manuscript)
}

/// Reads a document in a single file of XML.
pub(crate) fn extract_flat(text: &str) -> Result<Extract, ExtractError> {
    let mut lists = Lists::default();
    // Where the file breaks, the body breaks too and says so.
    let _ = lists.read(text);
    read(text, lists, Manuscript::new())
}

fn read(content: &str, lists: Lists, mut manuscript: Manuscript) -> Result<Extract, ExtractError> {
    let mut body = Body::new(lists, &mut manuscript);
    let outcome = body.read(content);
    let blocks = body.finish();
    if let Err(error) = outcome {
        if blocks.is_empty() {
            return Err(ExtractError::Damaged { name: NAME, what: error.reason() });
        }
        manuscript.miss(&format!("本文が{}。ここから先は読み取っていません。{AGAIN}", error.reason()));
    }
    Ok(manuscript.finish(Format::Odt, &blocks))
}

/// Whether the list of parts says that they are encrypted.
fn is_protected(package: &Package<'_>) -> bool {
    let Ok(Some(bytes)) = package.part("META-INF/manifest.xml") else { return false };
    let text = text_of(&bytes);
    let mut xml = Xml::new(&text);
    while let Ok(token) = xml.next() {
        match token {
            Token::Open(element) if element.name() == "encryption-data" => return true,
            Token::End => break,
            _ => {}
        }
    }
    false
}

/// Whether XML is a flat OpenDocument text.
pub(crate) fn is_flat(text: &str) -> bool {
    let mut xml = Xml::new(text);
    loop {
        match xml.next() {
            Ok(Token::Open(element)) => return element.ns == Ns::Office && element.name() == "document",
            Ok(Token::Text(_)) => {}
            _ => return false,
        }
    }
}
