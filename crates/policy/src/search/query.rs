//! What was typed → words with all the ways they may be written; knows no text that is searched.

use std::collections::BTreeSet;

use super::{lexicon::Lexicon, normal::normalize, number::Wanted};
use crate::tree::chars::{is_hiragana, is_kanji, is_space};

/// Most words of a query that are looked at.
const WORDS_MAX: usize = 12;
/// Most characters of a word that are looked at.
const CHARS_MAX: usize = 60;
/// Most ways to write one word; each is a scan of its own.
const WAYS_MAX: usize = 12;
/// Particles that may stand between words written in hiragana.
const PARTICLES: &[&str] = &["の", "を", "に", "は", "が", "と", "で", "へ", "や", "も", "から", "まで"];

/// How near a way of writing is to what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// As typed, or in the other kana.
    Typed,
    /// A word with this reading.
    Read,
    /// Without its ending: 持ち出す for 持ち出し.
    Stem,
}

/// A word that must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// How it may be written, nearest first; never empty.
    pub(super) ways: Vec<(String, Nearness)>,
}

/// A query that was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub(super) words: Vec<Word>,
    pub(super) without: Vec<String>,
    pub(super) number: Option<Wanted>,
}

impl Query {
    /// Understands what was typed. Anything is a query; one that names nothing to look for is empty.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        let mut query = Self { number: Wanted::read(typed), ..Self::default() };
        for piece in pieces(typed).into_iter().take(WORDS_MAX) {
            let text: String = piece.text.chars().take(CHARS_MAX).collect();
            let normal = normalize(&text).replace('\n', "");
            if normal.is_empty() {
                continue;
            }
            if piece.without {
                query.without.push(normal);
            } else if piece.phrase {
                query.words.push(Word { ways: vec![(normal, Nearness::Typed)] });
            } else {
                query.words.push(Word { ways: ways(&text, normal) });
            }
        }
        query
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.number.is_none()
    }

    /// Whether the query may be the number of a clause.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.number.is_some()
    }
}

/// A word or phrase as typed.
#[derive(Debug, Default)]
struct Piece {
    text: String,
    phrase: bool,
    without: bool,
}

/// Splits a query at white space outside of quotation marks.
fn pieces(typed: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut piece = Piece::default();
    let mut closing: Option<[char; 3]> = None;
    for char in typed.chars() {
        let opened = match char {
            '"' | '＂' | '“' | '”' => Some(['"', '＂', '”']),
            '「' => Some(['」'; 3]),
            _ => None,
        };
        match (closing, opened) {
            (Some(marks), _) if marks.contains(&char) => {
                closing = None;
                pieces.push(std::mem::take(&mut piece));
            }
            (Some(_), _) => piece.text.push(char),
            (None, Some(marks)) => {
                let without = piece.without && piece.text.is_empty();
                pieces.push(std::mem::take(&mut piece));
                piece = Piece { phrase: true, without, ..Piece::default() };
                closing = Some(marks);
            }
            (None, None) if is_space(char) => pieces.push(std::mem::take(&mut piece)),
            (None, None) if matches!(char, '-' | '－' | '−') && piece.text.is_empty() && !piece.without => piece.without = true,
            (None, None) => piece.text.push(char),
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The ways to write a word.
fn ways(typed: &str, normal: String) -> Vec<(String, Nearness)> {
    let mut ways = vec![(normal.clone(), Nearness::Typed)];
    let mut seen = BTreeSet::from([normal.clone()]);
    let mut add = |way: String, nearness| {
        if ways.len() < WAYS_MAX && !way.is_empty() && seen.insert(way.clone()) {
            ways.push((way, nearness));
        }
    };
    // Folded first, so that half-width kana are turned as well.
    let whole: String = unicode_normalization::UnicodeNormalization::nfkc(typed).collect();
    let hiragana = normalize(&whole.chars().map(to_hiragana).collect::<String>());
    add(hiragana.clone(), Nearness::Typed);
    add(normalize(&whole.chars().map(to_katakana).collect::<String>()), Nearness::Typed);
    for way in read(&hiragana) {
        add(way, Nearness::Read);
    }
    if let Some(way) = without_ending(&normal) {
        add(way, Nearness::Stem);
    }
    ways
}

fn to_hiragana(char: char) -> char {
    if ('ァ'..='ヶ').contains(&char) { char::from_u32(char as u32 - 0x60).unwrap_or(char) } else { char }
}

fn to_katakana(char: char) -> char {
    if ('ぁ'..='ゖ').contains(&char) { char::from_u32(char as u32 + 0x60).unwrap_or(char) } else { char }
}

/// The word without an ending of one or two hiragana, if two kanji or more are left: 持出す → 持出.
fn without_ending(normal: &str) -> Option<String> {
    let stem = normal.trim_end_matches(is_hiragana);
    let ending = normal.chars().count() - stem.chars().count();
    let kanji = stem.chars().rev().take(2).filter(|c| is_kanji(*c)).count();
    ((1..=2).contains(&ending) && kanji == 2).then(|| stem.to_owned())
}

/// A word begun to be written in kanji: what is written so far, how many bytes were read, and how many kana stayed kana.
struct Begun {
    written: String,
    at: usize,
    kana: usize,
}

/// The ways to write a word whose hiragana are read as words of the field; fewest kana left first.
fn read(hiragana: &str) -> Vec<String> {
    let lexicon = Lexicon::embedded();
    let mut open = vec![Begun { written: String::new(), at: 0, kana: 0 }];
    let mut done: Vec<(usize, String)> = Vec::new();
    // Each step reads at least one character, so this many rounds read everything.
    for _ in 0..=hiragana.chars().count() {
        let mut next: Vec<Begun> = Vec::new();
        for begun in &open {
            let Some(rest) = hiragana.get(begun.at..).filter(|rest| !rest.is_empty()) else {
                done.push((begun.kana, begun.written.clone()));
                continue;
            };
            next.extend(steps(begun, rest, lexicon));
        }
        next.sort_by_key(|begun| (begun.kana, std::cmp::Reverse(begun.at)));
        next.truncate(WAYS_MAX);
        open = next;
    }
    done.sort();
    let fewest = done.first().map_or(0, |(kana, _)| *kana);
    // What leaves more kana than need be was read by chance.
    done.into_iter().filter(|(kana, _)| *kana <= fewest + 1).map(|(_, written)| written).filter(|written| written != hiragana).collect()
}

/// The next words that may be read.
fn steps(begun: &Begun, rest: &str, lexicon: &Lexicon) -> Vec<Begun> {
    let mut steps = Vec::new();
    let go = |written: &str, length: usize, kana: usize| Begun {
        written: format!("{}{written}", begun.written),
        at: begun.at + length,
        kana: begun.kana + kana,
    };
    let Some(first) = rest.chars().next() else { return steps };
    if !is_hiragana(first) {
        let other: String = rest.chars().take_while(|c| !is_hiragana(*c)).collect();
        return vec![go(&other, other.len(), 0)];
    }
    for (at, char) in rest.char_indices() {
        let length = at + char.len_utf8();
        let Some(reading) = rest.get(..length).filter(|_| is_hiragana(char) || char == 'ー') else { break };
        steps.extend(lexicon.read_as(reading).iter().map(|word| go(word, length, 0)));
        let ending = rest.get(length..).unwrap_or_default();
        let left = ending.chars().count();
        if (1..=4).contains(&left) && ending.chars().all(is_hiragana) {
            steps.extend(lexicon.stem_read_as(reading).iter().map(|word| go(&format!("{word}{ending}"), rest.len(), left)));
        }
    }
    let between = begun.at > 0;
    steps.extend(
        PARTICLES.iter().filter(|particle| between && rest.starts_with(**particle)).map(|particle| go(particle, particle.len(), 1)),
    );
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways_of(typed: &str) -> Vec<String> {
        Query::new(typed).words[0].ways.iter().map(|(way, _)| way.clone()).collect()
    }

    #[test]
    fn kana_are_read_as_words() {
        for (typed, word) in [
            ("もちだし", "持ち出し"),
            ("モチダシ", "持ち出し"),
            ("ﾓﾁﾀﾞｼ", "持ち出し"),
            ("もちだす", "持ち出す"),
            ("ばいたい", "媒体"),
            ("もちだしきょか", "持ち出し許可"),
            ("ばいたいのはいき", "媒体の廃棄"),
            ("さだめる", "定める"),
            ("ろうえい", "漏えい"),
            ("だいさんしゃ", "第三者"),
            ("ごみ", "ゴミ"),
            ("めもり", "メモリー"),
            ("ゴミ箱", "ごみ箱"),
            ("情報しさん", "情報資産"),
            ("とりあつかい", "取扱い"),
        ] {
            assert!(ways_of(typed).contains(&normalize(word)), "{typed}: {:?}", ways_of(typed));
        }
        assert!(ways_of("持ち出し").contains(&"持出".to_owned()));
        assert!(ways_of("見直し").contains(&"見直".to_owned()));
    }

    #[test]
    fn words_phrases_and_what_must_not_stand_there() {
        let query = Query::new("媒体　\"持ち出し 許可\" -ＵＳＢ −「外部 委託」");
        assert_eq!(query.words.len(), 2);
        assert_eq!(query.words[1].ways, [("持出許可".to_owned(), Nearness::Typed)]);
        assert_eq!(query.without, ["usb", "外部委託"]);
        assert!(Query::new("").is_empty() && Query::new("　 \"\" -").is_empty() && Query::new("-媒体").is_empty());
        assert_eq!(Query::new("\"閉じない 句").words[0].ways[0].0, "閉じない句");
    }

    #[test]
    fn a_query_has_bounds() {
        let long = "しょうにんしゃ".repeat(5_000);
        let query = Query::new(&long);
        assert!(query.words[0].ways.len() <= WAYS_MAX);
        assert_eq!(Query::new(&"媒体 ".repeat(100)).words.len(), WORDS_MAX);
    }
}
