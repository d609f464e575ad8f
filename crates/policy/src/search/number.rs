//! Numbers of clauses as people type them: 第10条, 10(1)カ, 2-4-1; knows no document.

use super::{lexicon::Lexicon, normal::fold};
use crate::tree::chars::{digit, is_kanji, is_katakana, kanji_digit};

/// Most parts that a number has.
const PARTS_MAX: usize = 8;

/// A part of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    /// What counts: `10`, `3の2`, `カ`.
    value: String,
    /// 章, 条, 項 …; none for a bare number.
    unit: Option<char>,
    /// Whether it stands in brackets.
    bracketed: bool,
}

/// The number of a clause that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    parts: Vec<Part>,
    /// The number as typed, squeezed: a path may have it in one piece (2-4-1, 別表第1).
    whole: String,
}

/// The number of a clause: its path, read once.
#[derive(Debug, Clone, Default)]
pub(super) struct Number {
    whole: String,
    last: String,
    /// The segments of the path; none for one that is no number.
    parts: Vec<Option<Part>>,
}

impl Number {
    pub(super) fn new(path: &str) -> Self {
        let segments: Vec<String> = path.split('/').map(squeeze).collect();
        let part = |segment: &String| parts(segment).and_then(|parts| <[Part; 1]>::try_from(parts).ok()).map(|[part]| part);
        Self { parts: segments.iter().map(part).collect(), whole: segments.concat(), last: segments.last().cloned().unwrap_or_default() }
    }
}

/// How well a path fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Written as typed.
    Exact,
    /// The same numbers written otherwise.
    Loose,
}

impl Wanted {
    /// Reads a query as the number of a clause, if it looks like one.
    pub(super) fn read(typed: &str) -> Option<Self> {
        if typed.chars().count() > 40 {
            return None;
        }
        let whole = squeeze(typed);
        let named = ["別表", "様式", "別記", "附則", "付則", "別紙"].iter().any(|word| whole.starts_with(word));
        let begins = whole.starts_with(|c: char| c.is_ascii_digit() || c == '第' || c == '(');
        match parts(&whole) {
            Some(parts) if begins => Some(Self { parts, whole }),
            _ if named => Some(Self { parts: Vec::new(), whole }),
            _ => None,
        }
    }

    /// Whether a clause's number ends with this one.
    pub(super) fn fits(&self, number: &Number) -> Option<Fit> {
        if number.last == self.whole || number.whole == self.whole {
            return Some(Fit::Exact);
        }
        let from = number.parts.len().checked_sub(self.parts.len())?;
        let tail = number.parts.get(from..).filter(|tail| !tail.is_empty())?;
        let mut exact = true;
        for (part, wanted) in tail.iter().zip(&self.parts) {
            let part = part.as_ref()?;
            let units = match (part.unit, wanted.unit) {
                (one, other) if one == other => true,
                (None, Some('条')) if part.bracketed => return None,
                (None, Some('条' | '項' | '号')) => false,
                (Some(unit), None) if unit != '○' => false,
                _ => return None,
            };
            exact &= units && part.bracketed == wanted.bracketed;
            if part.value != wanted.value {
                return None;
            }
        }
        Some(if exact { Fit::Exact } else { Fit::Loose })
    }
}

/// The text without white space, full width and kanji numerals.
fn squeeze(text: &str) -> String {
    let lexicon = Lexicon::embedded();
    let mut folded = String::new();
    for char in text.chars() {
        // ① would be folded to 1, and be lost among the others.
        if is_circled(char) {
            folded.push(char);
        } else {
            folded.extend(fold(char.encode_utf8(&mut [0; 4]), lexicon).into_iter().map(|letter| letter.char));
        }
    }
    let mut out = String::new();
    let mut rest = folded.as_str();
    while let Some(char) = rest.chars().next() {
        let run: Vec<u32> = rest.chars().map_while(kanji_digit).collect();
        let bytes: usize = rest.chars().take(run.len().max(1)).map(char::len_utf8).sum();
        rest = rest.get(bytes..).unwrap_or_default();
        if run.is_empty() { out.push(char) } else { out.push_str(&decimal(&run).to_string()) }
    }
    out
}

fn is_circled(char: char) -> bool {
    ('①'..='⑳').contains(&char)
}

/// 十二 → 12, 一〇 → 10.
fn decimal(run: &[u32]) -> u32 {
    let units = run.contains(&10);
    run.iter()
        .take(6)
        .fold((0, false), |(sum, digit), value| match (*value, units) {
            (10, _) => (if digit { (sum / 10) * 10 + (sum % 10) * 10 } else { sum + 10 }, false),
            (value, true) => (sum + value, true),
            (value, false) => (sum * 10 + value, true),
        })
        .0
}

/// The parts of a number; nothing if something else stands in it.
fn parts(squeezed: &str) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = squeezed;
    while !rest.is_empty() {
        let (part, left) = next(rest)?;
        rest = left;
        match (parts.last_mut(), part.value.strip_prefix('の')) {
            // 第3条の2: the branch belongs to the article.
            (Some(article), Some(branch)) => article.value = format!("{}の{branch}", article.value),
            (None, Some(_)) => return None,
            (_, None) => parts.push(part),
        }
        if parts.len() > PARTS_MAX {
            return None;
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// The first part of a number, and what follows it.
fn next(text: &str) -> Option<(Part, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if is_circled(first) {
        let value = (first as u32 - '①' as u32 + 1).to_string();
        return Some((Part { value, unit: Some('○'), bracketed: false }, chars.as_str()));
    }
    if first == '(' {
        let (inner, left) = chars.as_str().split_once(')')?;
        let plain = !inner.is_empty() && inner.chars().count() <= 3 && inner.chars().all(|c| digit(c).is_some() || is_letter(c));
        return plain.then(|| (Part { value: inner.to_owned(), unit: None, bracketed: true }, left));
    }
    let (lead, body) = match first {
        '第' => ("", chars.as_str()),
        'の' => ("の", chars.as_str()),
        '-' | '.' | '/' | ',' => ("", chars.as_str()),
        _ => ("", text),
    };
    let digits = body.len() - body.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 {
        let (number, left) = body.split_at_checked(digits)?;
        let unit = left.chars().next().filter(|c| "編部章節款目条項号".contains(*c));
        let left = unit.map_or(left, |unit| left.get(unit.len_utf8()..).unwrap_or_default());
        let number = number.trim_start_matches('0');
        return Some((Part { value: format!("{lead}{number}"), unit, bracketed: false }, left));
    }
    let letter = body.chars().next().filter(|c| is_letter(*c) && first != '第')?;
    let left = body.get(letter.len_utf8()..)?;
    // A letter followed by letters is a word and no number.
    let alone = left.chars().next().is_none_or(|next| !is_letter(next) && !is_kanji(next));
    alone.then(|| (Part { value: format!("{lead}{letter}"), unit: None, bracketed: false }, left))
}

fn is_letter(char: char) -> bool {
    is_katakana(char) || char.is_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str, path: &str) -> Option<Fit> {
        Wanted::read(typed).and_then(|wanted| wanted.fits(&Number::new(path)))
    }

    #[test]
    fn numbers_are_typed_in_many_ways() {
        for (typed, path) in [
            ("第10条", "第3章/第10条"),
            ("第十条", "第3章/第10条"),
            ("第１０条", "第2章/第10条"),
            ("10(1)カ", "第3章/10/(1)/カ"),
            ("１０（１）", "第3章/10/(1)"),
            ("１０ （１） カ", "第3章/10/(1)/カ"),
            ("第3条の2", "第3条の2"),
            ("2-4-1", "2-4-1"),
            ("２－４－１", "2-4-1"),
            ("第3章", "第3章"),
            ("3章", "第3章"),
            ("10(1)ア(ア)", "第3章/10/(1)/ア/(ア)"),
            ("別表第1", "別表第一"),
            ("10(1)①", "10/(1)/①"),
        ] {
            assert_eq!(fit(typed, path), Some(Fit::Exact), "{typed} {path}");
        }
        for (typed, path) in [("第10条第2項", "第10条/2"), ("第10条第2項第1号", "第10条/2/(1)"), ("第10条", "第3章/10"), ("10", "第10条")]
        {
            assert_eq!(fit(typed, path), Some(Fit::Loose), "{typed} {path}");
        }
        for (typed, path) in [
            ("第3章", "第3条"),
            ("第1条", "第11条"),
            ("第1条", "5/(1)"),
            ("1", "①"),
            ("(1)", "(11)"),
            ("第3条", "第3条の2"),
            ("10(1)", "10/(1)/ア"),
        ] {
            assert_eq!(fit(typed, path), None, "{typed} {path}");
        }
    }

    #[test]
    fn words_are_no_numbers() {
        for typed in ["媒体", "カ", "USB", "10日以内", "第三者", "第1種の資産", "", "2-", "(", "2段階認証", "(注)"] {
            assert_eq!(Wanted::read(typed), None, "{typed}");
        }
    }
}
