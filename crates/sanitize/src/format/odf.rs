//! OpenDocument: texts, tables, slides, drawings and their templates, as packages and as single XML.
//!
//! The XML is read and written anew with the elements and attributes of the standard (and those that
//! LibreOffice adds) that show something. Pictures and objects inside come along only where the document
//! shows them, under names of ours. What runs, fetches, asks databases or tells about the author is left out.

mod crypt;
mod filter;
mod formula;
mod names;
mod package;
mod settings;
#[cfg(test)]
mod tests;

use crate::{
    Hold, Kind,
    job::{Built, Job},
    xml,
};

/// Rebuilds an OpenDocument file.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    match kind {
        Kind::Fodt | Kind::Fods | Kind::Fodp | Kind::Fodg => {
            let text = xml::decode(bytes)?;
            let text = without_type(&text)?;
            let made = filter::part(job, None, text, "")?;
            let body = made.body.ok_or_else(|| Hold::damaged("no body"))?;
            let kind = match body.as_str() {
                "text" => Kind::Fodt,
                "spreadsheet" => Kind::Fods,
                "presentation" => Kind::Fodp,
                "drawing" => Kind::Fodg,
                _ => return Err(Hold::damaged("a body of no known document")),
            };
            Ok(Built::new(kind, made.xml.into_bytes()))
        }
        _ => package::rebuild(job, kind, bytes),
    }
}

/// XML behind a document type that declares nothing itself, as old versions wrote it.
fn without_type(text: &str) -> Result<&str, Hold> {
    let rest = match text.strip_prefix("<?xml") {
        Some(after) => after.split_once("?>").map_or(text, |(_, rest)| rest),
        None => text,
    };
    let rest = rest.trim_start();
    if !rest.starts_with("<!DOCTYPE") {
        return Ok(text);
    }
    let (inner, after) = rest.split_once('>').ok_or_else(|| Hold::damaged("a document type without end"))?;
    if inner.contains('[') {
        return Err(Hold::damaged("a document type with declarations of its own"));
    }
    Ok(after)
}
