//! Where the words of a query stand in the original text of a clause, and the passage worth showing.

use std::ops::Range;

use super::{
    corpus::Text,
    normal::{Letter, letters},
    query::Word,
    stands_alone,
};

/// Characters of a passage before the first mark, and in all.
const BEFORE: usize = 30;
const PASSAGE: usize = 140;

/// A piece of original text with the places that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// The text, as it stands in the document.
    pub text: String,
    /// Bytes of it that were found, in order and apart.
    pub marks: Vec<Range<usize>>,
    /// Whether text was left out before it.
    pub cut_before: bool,
    /// Whether text was left out after it.
    pub cut_after: bool,
}

impl Marked {
    /// The text in pieces, each with whether it was found.
    #[must_use]
    pub fn pieces(&self) -> Vec<(&str, bool)> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for mark in &self.marks {
            pieces.push((self.text.get(at..mark.start).unwrap_or_default(), false));
            pieces.push((self.text.get(mark.clone()).unwrap_or_default(), true));
            at = mark.end;
        }
        pieces.push((self.text.get(at..).unwrap_or_default(), false));
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces
    }
}

/// What is shown of a clause that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The heading; empty if the clause has none of its own.
    pub heading: Marked,
    /// The passage with most words of the query.
    pub passage: Marked,
    /// Index of the passage's paragraph.
    pub paragraph: usize,
    /// First byte of the passage in that paragraph.
    pub offset: usize,
}

/// Marks a text.
pub(super) fn show(text: &Text, words: &[Word]) -> Shown {
    let heading = if text.headed { text.heading.as_str() } else { "" };
    let heading = Marked { text: heading.to_owned(), marks: find(heading, words).0, ..Marked::default() };
    let all: Vec<(Vec<Range<usize>>, usize)> = text.pieces.iter().map(|piece| find(piece, words)).collect();
    // The first of those with most different words.
    let best = all.iter().enumerate().max_by_key(|(at, (_, words))| (*words, std::cmp::Reverse(*at))).map_or(0, |(at, _)| at);
    let (piece, marks) = (text.pieces.get(best).map_or("", String::as_str), all.get(best).map_or(&[][..], |(marks, _)| marks));
    let (passage, offset) = cut(piece, marks);
    Shown { heading, passage, paragraph: best, offset }
}

/// The places of all words in a text, merged, and how many different words stand there.
pub(super) fn find(text: &str, words: &[Word]) -> (Vec<Range<usize>>, usize) {
    let letters = letters(text);
    let normal: String = letters.iter().map(|letter| letter.char).collect();
    let mut marks = Vec::new();
    let mut different = 0;
    for word in words {
        let before = marks.len();
        for (way, _) in &word.ways {
            marks.extend(normal.match_indices(way.as_str()).filter_map(|(at, way)| {
                let end = at + way.len();
                stands_alone(normal.as_bytes(), at, end).then(|| original(&letters, &normal, at, way))?
            }));
        }
        different += usize::from(marks.len() > before);
    }
    marks.sort_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match merged.last_mut().filter(|last| mark.start <= last.end) {
            Some(last) => last.end = last.end.max(mark.end),
            None => merged.push(mark),
        }
    }
    (merged, different)
}

/// The bytes of the original that a match stands for.
fn original(letters: &[Letter], normal: &str, at: usize, way: &str) -> Option<Range<usize>> {
    let first = normal.get(..at)?.chars().count();
    let matched = letters.get(first..first + way.chars().count())?;
    let start = matched.iter().map(|letter| letter.start).min()?;
    let end = matched.iter().map(|letter| letter.end).max()?;
    Some(start..end)
}

/// The part of a paragraph around its first mark, and where it begins.
fn cut(text: &str, marks: &[Range<usize>]) -> (Marked, usize) {
    let first = marks.first().map_or(0, |mark| mark.start);
    let before: Vec<usize> = text.get(..first).unwrap_or_default().char_indices().map(|(at, _)| at).collect();
    let mut start = before.len().checked_sub(BEFORE).and_then(|at| before.get(at)).copied().unwrap_or(0);
    let whole = text.chars().count() <= PASSAGE;
    if whole {
        start = 0;
    }
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.char_indices().nth(PASSAGE).map_or(text.len(), |(at, _)| start + at);
    let marks =
        marks.iter().filter(|mark| mark.start >= start && mark.start < end).map(|mark| mark.start - start..mark.end.min(end) - start);
    let marks = marks.collect();
    (Marked { text: text.get(start..end).unwrap_or_default().to_owned(), marks, cut_before: start > 0, cut_after: end < text.len() }, start)
}
