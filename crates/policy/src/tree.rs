//! Text → clause tree: every character of the source lies in exactly one clause.

pub(crate) mod build;
pub(crate) mod chars;
mod joins;
mod lines;
pub(crate) mod marker;
mod sequence;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use marker::{Family, Marker, Special};
use sequence::Mark;

/// A policy document as a tree of clauses over its source text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The text as it was read, unchanged.
    pub source: String,
    /// Title of the document, empty if none was found.
    pub title: String,
    /// Clauses in document order; the first is the root that holds whatever precedes the first
    /// numbered clause (title, contents list).
    pub clauses: Vec<Clause>,
}

/// A node of the tree: a chapter, article, item … (条項).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Path such as `第3章/10/(1)/カ/(ア)`; empty for the root. Unique in a document.
    pub path: String,
    /// Index of the parent in [`Document::clauses`]; `None` for the root only.
    pub parent: Option<usize>,
    /// First line of the clause, 1-based, in the source.
    pub line: usize,
    /// Heading without its number; for an unheaded item the beginning of its text.
    pub heading: String,
    /// The clause's own paragraphs (not those of its children), with page breaks and OCR damage
    /// mended; tables as rows with tabs.
    pub paragraphs: Vec<Paragraph>,
    /// Byte range of the source that belongs to this clause alone (not to its children).
    /// INVARIANT: the ranges of all clauses partition the source.
    pub span: std::ops::Range<usize>,
}

/// A mended paragraph of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// First line in the source, 1-based.
    pub line: usize,
    /// Text with continuation lines joined.
    pub text: String,
    /// Whether this is a table row whose cells are divided by tabs.
    pub table: bool,
}

/// Reads the clause tree of a text. Never fails; what is doubtful comes back as problems.
#[must_use]
pub fn parse(text: &str) -> (Document, Vec<Problem>) {
    let lines = lines::split(text);
    let marks = marks(&lines);
    let choices = sequence::resolve(&marks);
    let (clauses, problems) = build::build(text, &lines, &marks, &choices);
    let before = clauses.get(1).map_or(lines.len(), |clause| clause.line.saturating_sub(1));
    let title =
        title(&lines, before).unwrap_or_else(|| clauses.get(1).map(|c| c.heading.clone()).filter(|h| is_name(h)).unwrap_or_default());
    (Document { source: text.to_owned(), title, clauses }, problems)
}

/// The lines that start with a marker, with what helps to tell its meaning.
fn marks<'a>(lines: &[lines::Line<'a>]) -> Vec<Mark<'a>> {
    let mut marks: Vec<Mark<'a>> = Vec::new();
    let mut titles = HashSet::new();
    let (mut lead, mut seen_lead) = (false, false);
    // Rows of a table begin with a header; lines such as `(1)<tab>…` from the first on are a list.
    let mut in_table = false;
    // Lists of a glossary and of the history of amendments are no clauses.
    let mut outside = false;
    let width = joins::wrap_width(lines);
    for (at, line) in lines.iter().enumerate() {
        if line.body.is_empty() {
            continue;
        }
        in_table = line.body.contains('\t') && (in_table || marker::read(line.body).is_none());
        if line.contents || line.note || in_table {
            continue;
        }
        let numbered = marker::read(line.body).or_else(|| part_title(lines, at, &marks));
        if let Some(reading) = numbered.as_ref().and_then(|marker| marker.readings.first()) {
            let special = matches!(reading.family, Family::Special(Special::Glossary | Special::History));
            outside = special || (outside && reading.family >= Family::Number && !matches!(reading.family, Family::Special(_)));
        }
        let marker = numbered.or_else(|| item_without_number(lines, at, &marks, lead).filter(|_| !outside));
        let Some(marker) = marker else {
            lead = seen_lead || build::is_lead(line.body);
            seen_lead = build::is_lead(line.body);
            continue;
        };
        let rest = marker.readings.first().map_or("", |reading| reading.rest);
        let outer = marker.readings.first().is_some_and(|reading| reading.family < Family::Article && reading.ord > 0);
        let repeated = outer && !titles.insert(chars::squeeze(line.body));
        // A line that is full goes on below: no heading.
        let full = width.is_some_and(|width| line.indent + line.body.chars().count() + 2 >= width);
        let mark = Mark { line: at, heading: build::is_heading(rest) && !full, after_lead: lead, repeated, marker };
        seen_lead = build::is_lead(line.body);
        lead = seen_lead;
        marks.push(mark);
    }
    let numbered = |mark: &Mark<'_>| mark.marker.readings.iter().any(|reading| !matches!(reading.family, Family::Bullet(_)));
    if !marks.iter().any(numbered) {
        marks.extend(unnumbered(lines));
        marks.sort_by_key(|mark| mark.line);
    }
    marks
}

/// A line with a list sign, where it is an item: a sentence, announced, or beside such an item.
fn item_without_number<'a>(lines: &[lines::Line<'a>], at: usize, before: &[Mark<'_>], announced: bool) -> Option<Marker<'a>> {
    let line = lines.get(at)?;
    let sign = line.bullet?;
    let marker = marker::bullet(sign, line.body);
    let family = |mark: &Mark<'_>| mark.marker.readings.first().map(|reading| reading.family);
    let beside = before.last().is_some_and(|last| {
        let between = lines.get(last.line + 1..at).unwrap_or_default();
        family(last) == Some(Family::Bullet(sign)) && between.iter().all(|line| line.body.is_empty())
    });
    let rules = line.body.ends_with('。') || line.body.ends_with("こと");
    (rules || announced || beside).then_some(marker)
}

/// Headings of a text without any number.
fn unnumbered<'a>(lines: &[lines::Line<'a>]) -> Vec<Mark<'a>> {
    let headings = lines.iter().enumerate().filter(|(_, line)| line.hash && !line.body.is_empty()).skip(1);
    let reading = marker::Reading { family: Family::Special(Special::Title), ord: 1, sub: 0, prefix: 0, cost: 0.0, rest: "" };
    let mark = |(at, line): (usize, &lines::Line<'a>)| Mark {
        line: at,
        marker: Marker { token: line.body, readings: vec![reading], as_text: 2.0 },
        heading: true,
        after_lead: false,
        repeated: false,
    };
    headings.map(mark).collect()
}

/// The title of a second document in the same file, after which the numbers start again.
fn part_title<'a>(lines: &[lines::Line<'a>], at: usize, before: &[Mark<'_>]) -> Option<Marker<'a>> {
    let body = lines.get(at)?.body.trim_start_matches(['○', '◯', '◎', '■']).trim_start_matches(chars::is_space);
    let name = ["基本方針", "対策基準", "実施手順", "規程", "規則", "要綱", "要領", "条例", "細則", "管理基準", "ポリシー", "手順書"]
        .iter()
        .any(|end| body.ends_with(end));
    if !name || body.chars().count() > 40 || body.contains(['、', '。']) {
        return None;
    }
    let next = lines.iter().skip(at + 1).filter(|line| !line.body.is_empty()).take(4).find_map(|line| marker::read(line.body))?;
    let first = next.readings.first().filter(|r| r.ord == 1 && r.family <= Family::Number)?;
    let again = before.iter().any(|mark| mark.marker.readings.iter().any(|r| r.family == first.family && r.ord == 1));
    let reading = marker::Reading { family: Family::Special(Special::Title), ord: 1, sub: 0, prefix: 0, cost: 0.0, rest: "" };
    again.then(|| Marker { token: body, readings: vec![reading], as_text: 2.0 })
}

/// The line before the first clause that names the document.
fn title(lines: &[lines::Line<'_>], before: usize) -> Option<String> {
    let long = |line: &&lines::Line<'_>| line.body.chars().filter(|c| chars::is_japanese(*c)).count() > 3;
    let candidates = || lines.iter().take(before).filter(|line| !line.contents).filter(long);
    let line = candidates().find(|line| is_name(line.body)).or_else(|| candidates().find(|line| !line.body.ends_with('。')))?;
    let name = line.body.trim_matches(['○', '◯', '◎', '■', '＜', '＞', '《', '》', '【', '】']);
    Some(name.trim_matches(chars::is_space).to_owned())
}

/// Whether a line may name a document.
fn is_name(line: &str) -> bool {
    let names = ["方針", "ポリシー", "規程", "規則", "規定", "基準", "要綱", "要領", "条例", "手順"];
    names.iter().any(|word| line.contains(word)) && !line.ends_with('。')
}
