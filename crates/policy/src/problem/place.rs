//! Finds words of a reading in the source again: line and column for a clerk.

use crate::tree::Document;

/// The lines of a source, ready for searching.
pub(super) struct Places<'s> {
    lines: Vec<&'s str>,
}

/// How many lines a paragraph that was cut by page breaks may cover.
const REACH: usize = 6;

impl<'s> Places<'s> {
    /// Prepares the lines of a document.
    pub(super) fn new(document: &'s Document) -> Places<'s> {
        Places { lines: document.source.split('\n').collect() }
    }

    /// Line and column (both from 1) of words at or soon after a line, whatever white space, footnote
    /// marks and widths of brackets lie between; the start of the line where they are not found.
    pub(super) fn find(&self, line: usize, words: &str) -> (usize, usize) {
        let wanted: Vec<char> = words.chars().filter_map(plain).collect();
        let mut written: Vec<(char, usize, usize)> = Vec::new();
        for (offset, text) in self.lines.iter().skip(line.saturating_sub(1)).take(REACH).enumerate() {
            let characters =
                text.chars().enumerate().filter_map(|(column, character)| plain(character).map(|character| (character, column)));
            written.extend(characters.map(|(character, column)| (character, line + offset, column + 1)));
        }
        let hit = written.windows(wanted.len().max(1)).find(|window| window.iter().map(|(character, ..)| character).eq(wanted.iter()));
        hit.and_then(|window| window.first()).map_or((line, 1), |(_, line, column)| (*line, *column))
    }
}

/// The character in one width, or nothing for white space and footnote marks.
fn plain(character: char) -> Option<char> {
    match character {
        '*' | '＊' => None,
        '（' => Some('('),
        '）' => Some(')'),
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(character as u32 - 0xfee0),
        _ if character.is_whitespace() => None,
        _ => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_across_a_page_break() {
        let source = "1 目的\n管理\n\n者* は（１）の表".to_owned();
        let document = Document { source, title: String::new(), clauses: Vec::new() };
        let places = Places::new(&document);
        assert_eq!(places.find(2, "管理者は"), (2, 1));
        assert_eq!(places.find(2, "(1)の"), (4, 5));
        assert_eq!(places.find(2, "ない"), (2, 1));
    }
}
