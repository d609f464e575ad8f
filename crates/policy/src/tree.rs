//! Text → clause tree: every character of the source lies in exactly one clause.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

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
    let root = Clause { path: String::new(), parent: None, line: 1, heading: String::new(), paragraphs: Vec::new(), span: 0..text.len() };
    (Document { source: text.to_owned(), title: String::new(), clauses: vec![root] }, Vec::new())
}
