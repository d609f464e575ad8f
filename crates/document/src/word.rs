//! Word (OOXML, transitional and strict) → text: which part of the package is what; knows no other format.

mod body;
mod numbering;
mod styles;

use std::collections::HashMap;

use crate::{
    Extract, ExtractError, Format,
    manuscript::Manuscript,
    package::{Package, PackageError},
    xml::{Element, Ns, Token, Xml, XmlError, text_of},
};
use body::Body;

const NAME: &str = "Word の文書";

/// Reads a document.
pub(crate) fn extract(package: &Package<'_>) -> Result<Extract, ExtractError> {
    let refuse = |error| ExtractError::from_package(NAME, error);
    let main = main_part(package).ok_or(ExtractError::Damaged { name: NAME, what: "本文の部品がありません" })?;
    let bytes =
        package.part(&main).map_err(refuse)?.ok_or(ExtractError::Damaged { name: NAME, what: "本文の部品がありません" })?;
    let parts = related(package, &main);
    let mut manuscript = Manuscript::new();
    let part = |kind: &str, manuscript: &mut Manuscript| -> Option<Vec<u8>> {
        let path = parts.get(kind)?;
        package.part(path).unwrap_or_else(|error| {
            manuscript.miss_at(place_of(kind), &lost(error));
            None
        })
    };
    let report = |kind: &str, outcome: Result<(), XmlError>, manuscript: &mut Manuscript| {
        if let Err(error) = outcome {
            manuscript.miss_at(
                place_of(kind),
                &format!("{}{}。Word で開いて保存し直したファイルで、もう一度お試しください。", place_of(kind), error.reason()),
            );
        }
    };
    let mut styles = styles::Styles::default();
    if let Some(bytes) = part("styles", &mut manuscript) {
        let outcome = styles.read(&text_of(&bytes));
        report("styles", outcome, &mut manuscript);
    }
    let mut numbering = numbering::Numbering::default();
    if let Some(bytes) = part("numbering", &mut manuscript) {
        let outcome = numbering.read(&text_of(&bytes));
        report("numbering", outcome, &mut manuscript);
    }
    let mut body = Body::new(&styles, &mut numbering, &mut manuscript);
    for kind in ["footnotes", "endnotes"] {
        if let Some(bytes) = part(kind, body.manuscript) {
            let outcome = body.notes(kind, &text_of(&bytes));
            report(kind, outcome, body.manuscript);
        }
    }
    let outcome = body.read(&text_of(&bytes));
    let blocks = body.finish();
    if let Err(error) = outcome {
        if blocks.is_empty() {
            return Err(ExtractError::Damaged { name: NAME, what: error.reason() });
        }
        let what = format!(
            "本文が{}。ここから先は読み取っていません。Word で開いて保存し直したファイルで、もう一度お試しください。",
            error.reason()
        );
        manuscript.miss(&what);
    }
    Ok(manuscript.finish(Format::Docx, &blocks))
}

/// What is lost with a part that cannot be unpacked.
fn lost(error: PackageError) -> String {
    let reason = match error {
        PackageError::Damaged(what) | PackageError::Odd(what) => what,
        PackageError::TooLarge => "大きすぎます",
        PackageError::Protected => "パスワードが掛かっています",
    };
    format!("この部分を読み取れませんでした（{reason}）。Word で開いて保存し直したファイルで、もう一度お試しください。")
}

fn place_of(kind: &str) -> &'static str {
    match kind {
        "footnotes" => "脚注",
        "endnotes" => "文末脚注",
        "numbering" => "段落番号",
        _ => "書式（見出しの設定）",
    }
}

/// The part that holds the body, as the package says.
fn main_part(package: &Package<'_>) -> Option<String> {
    let named = relations(package, "_rels/.rels").into_iter().find(|(kind, _)| kind == "officeDocument").map(|(_, target)| target);
    let candidates = [named.unwrap_or_default(), "word/document.xml".to_owned()];
    candidates.into_iter().find(|path| package.has(path))
}

/// The parts that belong to the body, by kind.
fn related(package: &Package<'_>, main: &str) -> HashMap<String, String> {
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", main));
    let mut parts = HashMap::new();
    for kind in ["styles", "numbering", "footnotes", "endnotes"] {
        parts.insert(kind.to_owned(), join(folder, &format!("{kind}.xml")));
    }
    for (kind, target) in relations(package, &join(folder, &format!("_rels/{file}.rels"))) {
        parts.insert(kind, join(folder, &target));
    }
    parts
}

fn join(folder: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None if folder.is_empty() => target.to_owned(),
        None => format!("{folder}/{}", target.trim_start_matches("./")),
    }
}

/// Kind and target of each relationship; what cannot be read has none.
fn relations(package: &Package<'_>, path: &str) -> Vec<(String, String)> {
    let Ok(Some(bytes)) = package.part(path) else { return Vec::new() };
    let text = text_of(&bytes);
    let mut xml = Xml::new(&text);
    let mut found = Vec::new();
    while let Ok(token) = xml.next() {
        match token {
            Token::Open(element) if element.name() == "Relationship" => found.extend(relation(&element)),
            Token::End => break,
            _ => {}
        }
    }
    found
}

fn relation(element: &Element<'_>) -> Option<(String, String)> {
    if element.ns != Ns::Package || element.attribute("TargetMode").is_some_and(|mode| mode == "External") {
        return None;
    }
    let kind = element.attribute("Type")?;
    let kind = kind.rsplit('/').next()?.to_owned();
    Some((kind, element.attribute("Target")?.trim_start_matches("./").to_owned()))
}
