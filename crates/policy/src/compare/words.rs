//! Two texts → the words that differ, as those who draft amendments underline them.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::clause::squeeze;
use crate::tree::chars::{is_hiragana, is_kanji, is_katakana, is_space};

/// A piece of text that is the same in both versions, or is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The text as it stands in its version.
    pub text: String,
    /// Whether it differs: to be underlined.
    pub changed: bool,
}

/// Texts with more words than this are not looked into: they differ as a whole.
const WORDS_MAX: usize = 8_000;
/// Texts that have less in common are not the same text with other words: percent of letters.
const COMMON_MIN: usize = 25;
/// Particles that begin a word of hiragana after a noun, and what makes a verb of a noun.
const PARTICLES: &str = "はがをにのとでもへや";
const VERBS: &str = "しすさせ";
/// Words that join nouns and belong to none.
const JOINS: [&str; 4] = ["及び", "又は", "並びに", "若しくは"];
/// Words of hiragana that are words of their own wherever they stand in a run of it.
const OWN: [&str; 7] = ["とき", "こと", "もの", "ため", "なければ", "てはならない", "ならない"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Kanji,
    Hiragana,
    Katakana,
    Digit,
    Latin,
    Other,
}

fn class(c: char) -> Class {
    match c {
        _ if is_kanji(c) => Class::Kanji,
        _ if is_hiragana(c) => Class::Hiragana,
        _ if is_katakana(c) || ('\u{ff66}'..='\u{ff9f}').contains(&c) => Class::Katakana,
        _ if c.is_numeric() && c.is_alphanumeric() && crate::tree::chars::digit(c).is_some() => Class::Digit,
        _ if c.is_alphabetic() => Class::Latin,
        _ => Class::Other,
    }
}

/// A word, with the white space behind it.
struct Word<'t> {
    /// Which of the texts it stands in.
    text: usize,
    /// Its bytes there.
    range: Range<usize>,
    written: &'t str,
    /// As it is compared; empty for white space alone.
    key: String,
    class: Class,
}

fn words<'t>(texts: &[&'t str]) -> Vec<Word<'t>> {
    let mut words = Vec::new();
    for (text, written) in texts.iter().enumerate() {
        let mut open: Option<(usize, Class)> = None;
        let mut push = |range: Range<usize>, class: Class| {
            if let Some(piece) = written.get(range.clone()) {
                let key = squeeze(piece);
                if !key.is_empty() {
                    words.push(Word { text, range, written: piece, key, class });
                }
            }
        };
        for (at, c) in written.char_indices() {
            let now = class(c);
            let goes_on = is_space(c) || open.is_some_and(|(start, before)| goes_on(written, start, before, at, now));
            if !goes_on {
                if let Some((start, class)) = open {
                    push(start..at, class);
                }
                open = Some((at, now));
            }
        }
        if let Some((start, class)) = open {
            push(start..written.len(), class);
        }
    }
    words
}

/// Whether the letter at a place belongs to the word that began at `start`.
fn goes_on(written: &str, start: usize, before: Class, at: usize, now: Class) -> bool {
    let (begun, rest) = written.split_at_checked(at).unwrap_or((written, ""));
    let begun = begun.get(start..).unwrap_or_default();
    let last = begun.trim_end().chars().last().map_or(Class::Other, class);
    let begins = |list: &str| rest.starts_with(|c| list.contains(c));
    match before {
        Class::Other => false,
        _ if now == Class::Hiragana && OWN.iter().any(|own| rest.starts_with(own)) && !OWN.iter().any(|own| own.starts_with(begun)) => {
            false
        }
        // Okurigana belong to their verb: 守る, 定め; not particles, nor する.
        Class::Kanji if now == Class::Hiragana && last == Class::Kanji => !begins(PARTICLES) && !begins(VERBS),
        Class::Kanji => now == last && !JOINS.iter().any(|join| rest.starts_with(join)),
        Class::Hiragana => now == Class::Hiragana && !(begun.chars().count() == 1 && begun.starts_with(|c| PARTICLES.contains(c))),
        _ => now == before,
    }
}

/// The runs of two groups of texts, each group read as one; one list of runs for each text.
pub(super) fn runs(old: &[&str], new: &[&str]) -> (Vec<Vec<Run>>, Vec<Vec<Run>>) {
    let (mine, theirs) = (words(old), words(new));
    let (from, to) = differing(&mine, &theirs);
    (paint(old, &mine, &from), paint(new, &theirs, &to))
}

/// All of a text as one run.
pub(super) fn whole(text: &str, changed: bool) -> Vec<Run> {
    if text.is_empty() { Vec::new() } else { vec![Run { text: text.to_owned(), changed }] }
}

/// Bytes of each word that differ, by the word's place.
type Marks = BTreeMap<usize, Range<usize>>;

fn differing(old: &[Word<'_>], new: &[Word<'_>]) -> (Marks, Marks) {
    let all = |words: &[Word<'_>]| words.iter().enumerate().map(|(at, word)| (at, 0..word.written.len())).collect();
    if old.len() + new.len() > WORDS_MAX {
        return (all(old), all(new));
    }
    let keys = |words: &[Word<'_>]| words.iter().map(|word| word.key.clone()).collect::<Vec<_>>();
    let (mine, theirs) = (keys(old), keys(new));
    let mut ops = Vec::new();
    for op in capture_diff_slices(Algorithm::Patience, &mine, &theirs) {
        join(&mut ops, op, old);
    }
    let letters = |range: Range<usize>| old.get(range).into_iter().flatten().map(|word| word.key.chars().count()).sum::<usize>();
    let same: usize = ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. })).map(|op| letters(op.old_range())).sum();
    if same * 100 < letters(0..old.len()) * COMMON_MIN {
        return (all(old), all(new));
    }
    let (mut from, mut to) = (Marks::new(), Marks::new());
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        mark(old, op.old_range(), new, op.new_range(), &mut from, &mut to);
    }
    (from, to)
}

/// Adds a step; two replacements with no more than one particle between are one.
fn join(ops: &mut Vec<DiffOp>, op: DiffOp, old: &[Word<'_>]) {
    let replaces = |op: &DiffOp| matches!(op, DiffOp::Replace { .. });
    if let [.., before, DiffOp::Equal { old_index, len: 1, .. }] = ops.as_slice()
        && replaces(before)
        && replaces(&op)
        && old.get(*old_index).is_some_and(|word| word.class == Class::Hiragana && word.key.chars().count() == 1)
    {
        let (old_index, new_index) = (before.old_range().start, before.new_range().start);
        let (old_len, new_len) = (op.old_range().end - old_index, op.new_range().end - new_index);
        ops.truncate(ops.len() - 2);
        ops.push(DiffOp::Replace { old_index, old_len, new_index, new_len });
        return;
    }
    ops.push(op);
}

/// Marks words that were replaced; of two compounds only what they do not share.
fn mark(old: &[Word<'_>], from: Range<usize>, new: &[Word<'_>], to: Range<usize>, mine: &mut Marks, theirs: &mut Marks) {
    if let (Some([one]), Some([other])) = (old.get(from.clone()), new.get(to.clone()))
        && one.class == other.class
        && matches!(one.class, Class::Kanji)
    {
        let (one_text, other_text) = (one.written, other.written);
        let (head, tail) = ends(one_text, other_text);
        // A single letter is no word: 町長 and 副町長.
        let single = |text: &str| text.get(head..text.len() - tail).is_some_and(|inner| inner.chars().count() == 1);
        let (head, tail) = if single(one_text) || single(other_text) { (0, 0) } else { (head, tail) };
        mine.insert(from.start, head..one.written.len() - tail);
        theirs.insert(to.start, head..other.written.len() - tail);
        return;
    }
    mine.extend(from.filter_map(|at| Some((at, 0..old.get(at)?.written.len()))));
    theirs.extend(to.filter_map(|at| Some((at, 0..new.get(at)?.written.len()))));
}

/// Bytes at the beginning and the end that two compounds share, if they are words: two letters at least.
fn ends(one: &str, other: &str) -> (usize, usize) {
    let word = |shared: Vec<char>| if shared.len() >= 2 { shared.iter().map(|c| c.len_utf8()).sum() } else { 0 };
    let shared = |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect::<Vec<_>>();
    let head: usize = word(shared(&mut one.chars().zip(other.chars())));
    let rest = |text: &'_ str| text.get(head..).unwrap_or_default().to_owned();
    let tail = word(shared(&mut rest(one).chars().rev().zip(rest(other).chars().rev())));
    (head, tail)
}

/// The runs of each text.
fn paint(texts: &[&str], words: &[Word<'_>], marks: &Marks) -> Vec<Vec<Run>> {
    let mut ranges: Vec<Vec<Range<usize>>> = vec![Vec::new(); texts.len()];
    for (at, range) in marks {
        let Some(word) = words.get(*at) else { continue };
        let range = word.range.start + range.start..word.range.start + range.end;
        let Some(list) = ranges.get_mut(word.text).filter(|_| !range.is_empty()) else { continue };
        match list.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => list.push(range),
        }
    }
    texts.iter().zip(ranges).map(|(text, ranges)| cut(text, &ranges)).collect()
}

fn cut(text: &str, ranges: &[Range<usize>]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut push = |range: Range<usize>, changed: bool| {
        let piece = text.get(range).unwrap_or_default();
        if !piece.is_empty() {
            runs.push(Run { text: piece.to_owned(), changed });
        }
    };
    let mut at = 0;
    for range in ranges {
        push(at..range.start, false);
        push(range.clone(), true);
        at = range.end;
    }
    push(at..text.len(), false);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> (String, String) {
        let (old, new) = runs(&[old], &[new]);
        let show = |lists: Vec<Vec<Run>>| {
            lists.concat().into_iter().map(|run| if run.changed { format!("[{}]", run.text) } else { run.text }).collect::<String>()
        };
        (show(old), show(new))
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: (&str, &str)) {
        assert_eq!(shown(old, new), (expected.0.to_owned(), expected.1.to_owned()));
    }

    #[test]
    fn words_are_underlined_as_in_amendments() {
        check("毎年度、台帳を更新する。", "半年ごとに、台帳を更新する。", ("[毎年度]、台帳を更新する。", "[半年ごとに]、台帳を更新する。"));
        check("情報セキュリティ管理者", "情報システム管理者", ("情報[セキュリティ]管理者", "情報[システム]管理者"));
        check("総務課長の許可", "企画課長の許可", ("[総務]課長の許可", "[企画]課長の許可"));
        check("情報資産台帳を作る", "情報資産管理台帳を作る", ("情報資産台帳を作る", "情報資産[管理]台帳を作る"));
        check("５日以内に返す", "10日以内に返す", ("[５]日以内に返す", "[10]日以内に返す"));
        check("町長に報告する。", "副町長に報告する。", ("[町長]に報告する。", "[副町長]に報告する。"));
        check(
            "規程を守らなければならない。",
            "規程を知らなければならない。",
            ("規程を[守ら]なければならない。", "規程を[知ら]なければならない。"),
        );
        check("その不在のときは代わる。", "その不在が長いときは代わる。", ("その不在[の]ときは代わる。", "その不在[が長い]ときは代わる。"));
        check("端末を返すこと。", "端末及び鍵を返すこと。", ("端末を返すこと。", "端末[及び鍵]を返すこと。"));
    }

    #[test]
    fn width_and_white_space_are_no_difference() {
        check("第１０条（ＬＧＷＡＮ）　端末", "第10条(LGWAN)端末", ("第１０条（ＬＧＷＡＮ）　端末", "第10条(LGWAN)端末"));
        check("ｻｰﾊﾞ室", "サーバ室", ("ｻｰﾊﾞ室", "サーバ室"));
    }

    #[test]
    fn another_text_differs_as_a_whole() {
        check("委員会は年に二度集まる。", "端末は鍵を掛けて保管せよ。", ("[委員会は年に二度集まる。]", "[端末は鍵を掛けて保管せよ。]"));
    }

    #[test]
    fn what_was_split_is_read_as_one() {
        let (old, new) = runs(&["甲は、台帳を作り、点検する。"], &["甲は、台帳を作り、", "点検する。"]);
        assert!(old.concat().iter().chain(new.concat().iter()).all(|run| !run.changed));
    }
}
