//! A policy in the form of e-Gov's statute book (法令標準XML, version 3): every numbering mapped onto 編章節款条項号; knows no file.
//!
//! The order of elements is that of the published schema, as `docs/formats/oscal.md` writes it down.
//! What the schema puts elsewhere moves there: 附則 and 別表 stand after the main part, the tables of an
//! item after the items below it.

mod elements;
mod node;
mod xml;

use jiff::civil::Date;

use crate::source::Source;
use node::{Node, Rank};
use xml::{Element, element};

/// The policy as law XML, with declaration. Every character of its clauses is in it.
#[must_use]
pub fn law_xml(source: &Source<'_>) -> String {
    let document = &source.reading.document;
    let found = node::read(document);
    let mut body = element("LawBody").child(element("LawTitle").text(&document.title));
    let main: Vec<Node> = found.main;
    body = body.children(contents(&main)).children(preamble(&found.front, &document.title));
    let mut provisions: Vec<Element> = main.iter().flat_map(elements::provision).collect();
    if provisions.is_empty() {
        provisions.push(elements::empty_paragraph());
    }
    body = body.child(element("MainProvision").children(provisions));
    body = body.children(found.supplements.iter().map(elements::supplement)).children(found.annexes.iter().map(elements::annex));
    let (era, year) = era(source.effective.unwrap_or_else(|| source.changed_at.date()));
    let law = element("Law")
        .attribute("Era", era)
        .attribute("Year", &year.to_string())
        .attribute("Num", &source.version.max(1).to_string())
        .attribute("LawType", "Misc")
        .attribute("Lang", "ja")
        .child(element("LawNum").text(&format!("第{}版", source.version)))
        .child(body);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", law.written())
}

/// Name of the era in the schema, and the year in it.
fn era(date: Date) -> (&'static str, i16) {
    let starts = [("Reiwa", 2019, 5, 1), ("Heisei", 1989, 1, 8), ("Showa", 1926, 12, 25), ("Taisho", 1912, 7, 30), ("Meiji", 1868, 1, 25)];
    let of = |start: &&(&str, i16, i8, i8)| (date.year(), date.month(), date.day()) >= (start.1, start.2, start.3);
    let (name, first, ..) = starts.iter().find(of).unwrap_or(&("Meiji", 1868, 1, 25));
    (name, (date.year() - first + 1).max(1))
}

/// What stands before the first clause, without the line that is the title.
fn preamble(front: &[policy::tree::Paragraph], title: &str) -> Option<Element> {
    let mut front = front.to_vec();
    if let Some(at) = front.iter().position(|one| one.text == title) {
        front.remove(at);
    }
    let paragraphs = elements::paragraphs(&front, 1);
    (!paragraphs.is_empty()).then(|| element("Preamble").children(paragraphs))
}

/// A contents list of parts, chapters and sections, where there are chapters.
fn contents(main: &[Node]) -> Option<Element> {
    let line = |node: &Node, name: &str| {
        let title = elements::title_name(node.rank)?;
        (!node.label.is_empty()).then(|| element(name).attribute("Num", &node.number()).child(element(title).text(&node.title())))
    };
    let sections = |node: &Node| {
        let all = node.children.iter().filter(|child| child.rank == Rank::Section);
        all.filter_map(|section| line(section, "TOCSection")).collect::<Vec<_>>()
    };
    let chapters = |all: &[Node]| {
        let all = all.iter().filter(|node| node.rank == Rank::Chapter);
        all.filter_map(|chapter| Some(line(chapter, "TOCChapter")?.children(sections(chapter)))).collect::<Vec<_>>()
    };
    let lines: Vec<Element> = match main.first().map(|node| node.rank) {
        Some(Rank::Part) => main.iter().filter_map(|part| Some(line(part, "TOCPart")?.children(chapters(&part.children)))).collect(),
        Some(Rank::Chapter) => chapters(main),
        _ => Vec::new(),
    };
    (!lines.is_empty()).then(|| element("TOC").child(element("TOCLabel").text("目次")).children(lines))
}
