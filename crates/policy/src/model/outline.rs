//! The outline of a document: clauses by path, what lies above them, and the heading a sentence stands under.

use std::collections::BTreeMap;

use super::words::fold;
use crate::tree::{Clause, Document};

/// Deeper than any document is nested; a malformed tree must not loop.
const DEEPEST: usize = 32;

/// Clauses by path.
pub(crate) struct Outline<'d> {
    document: &'d Document,
    clauses: BTreeMap<&'d str, &'d Clause>,
}

impl<'d> Outline<'d> {
    /// The outline of a document.
    pub(crate) fn new(document: &'d Document) -> Outline<'d> {
        Outline { document, clauses: document.clauses.iter().map(|clause| (clause.path.as_str(), clause)).collect() }
    }

    /// The nearest true heading above a clause's sentences, which says in short what they are about.
    pub(crate) fn title(&self, path: &str) -> String {
        let above = self.clauses.get(path).into_iter().flat_map(|clause| ancestors(self.document, clause));
        let mut above = above.filter(|clause| is_heading(&clause.heading) && !begins_text(clause));
        let heading = above.next().map(|clause| fold(&clause.heading)).unwrap_or_default();
        // 「報告等」 alone says nothing; the heading above it does.
        match above.next() {
            Some(wider) if heading.chars().count() <= 4 => format!("{}（{heading}）", fold(&wider.heading)),
            _ => heading,
        }
    }
}

/// The clause above.
pub(crate) fn parent<'d>(document: &'d Document, clause: &Clause) -> Option<&'d Clause> {
    clause.parent.and_then(|at| document.clauses.get(at))
}

/// The clause itself and all clauses above it.
pub(crate) fn ancestors<'d>(document: &'d Document, clause: &'d Clause) -> impl Iterator<Item = &'d Clause> {
    std::iter::successors(Some(clause), move |below| parent(document, below)).take(DEEPEST)
}

/// Whether a clause's heading reads as a heading and not as a sentence.
fn is_heading(heading: &str) -> bool {
    !heading.is_empty() && !heading.contains('。') && !heading.contains("は、") && heading.chars().count() <= 60
}

/// Whether the heading of an item is only the beginning of its text.
fn begins_text(clause: &Clause) -> bool {
    let heading = fold(&clause.heading);
    let first = clause.paragraphs.first().map(|paragraph| fold(&paragraph.text)).unwrap_or_default();
    first == heading || (heading.chars().count() >= 15 && first.starts_with(&heading))
}
