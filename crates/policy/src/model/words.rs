//! Words and small readings that the derivations share: folding, sentences, suffixes of roles, patterns.

use regex::Regex;

/// Compiles a pattern that is a constant of this crate; a test compiles every one of them.
#[expect(clippy::expect_used, reason = "patterns are constants, each compiled by a test")]
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("constant pattern")
}

/// Declares patterns compiled on first use, and a test that compiles all of them.
macro_rules! patterns {
    ($($name:ident = $text:expr;)+) => {
        $(pub(super) static $name: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::model::words::pattern($text));)+

        #[cfg(test)]
        mod patterns_compile {
            #[test]
            fn all() {
                $(assert!(!super::$name.as_str().is_empty());)+
            }
        }
    };
}
pub(crate) use patterns;

/// Connectors between the names of a list, longest first.
pub(crate) const CONNECTORS: [&str; 10] = ["並びに", "若しくは", "もしくは", "および", "または", "及び", "又は", "かつ", "、", "・"];

/// Words that make a list a choice.
pub(crate) const CHOICE: [&str; 5] = ["又は", "または", "若しくは", "もしくは", "いずれか"];

/// Nouns a role may end in.
const ROLE_ENDINGS: [&str; 27] = [
    "責任者",
    "管理者",
    "担当者",
    "権限者",
    "監督者",
    "監査者",
    "統括者",
    "総括者",
    "統括官",
    "管理官",
    "監査人",
    "推進員",
    "監査員",
    "管理員",
    "推進者",
    "補佐官",
    "補佐",
    "利用者",
    "委員会",
    "会議",
    "協議会",
    "対策本部",
    "窓口",
    "チーム",
    "委員長",
    "議長",
    "CSIRT",
];

/// Endings that make a role a body of several people or a contact point.
const BODY_ENDINGS: [&str; 9] = ["委員会", "会議", "協議会", "対策本部", "窓口", "チーム", "CSIRT", "本部", "部会"];

/// Endings that mean everybody of a kind.
const EVERYONE_ENDINGS: [&str; 6] = ["職員等", "議員等", "教職員", "従事者", "利用者", "職員"];

/// Whether a noun has the ending of a role.
pub(crate) fn is_role_like(name: &str) -> bool {
    let name = name.trim_end_matches('等');
    ROLE_ENDINGS.iter().any(|ending| name.ends_with(ending) && name.len() > ending.len()) || name == "CSIRT" || name == "CISO"
}

/// Whether a role name means a body (committee, council, contact point).
pub(crate) fn is_body(name: &str) -> bool {
    BODY_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a name means everybody of a kind (職員等).
pub(crate) fn is_everyone(name: &str) -> bool {
    EVERYONE_ENDINGS.iter().any(|ending| name.ends_with(ending) || name.trim_end_matches('等').ends_with(ending))
}

/// Whether a phrase looks like the post of a person or the name of an office.
pub(crate) fn is_post_like(phrase: &str) -> bool {
    let phrase = phrase.trim_end_matches('等');
    let endings = [
        "長",
        "官",
        "員",
        "者",
        "監",
        "会",
        "課",
        "部",
        "室",
        "局",
        "係",
        "職",
        "主幹",
        "主査",
        "参事",
        "主任",
        "教育次長",
        "次長",
        "職員",
    ];
    !phrase.is_empty() && phrase.chars().count() <= 60 && endings.iter().any(|ending| phrase.ends_with(ending))
}

/// Whether a character is part of a word that a name would continue.
pub(crate) fn joins_word(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '々' | '\u{30a1}'..='\u{30fa}' | 'ー') || character.is_ascii_alphanumeric()
}

/// The text for matching: footnote marks and white space between Japanese characters gone, brackets
/// and digits in one width.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    each_folded(text, |character, _| folded.push(character));
    folded
}

/// A folded text that knows where its characters stood.
pub(crate) struct Folded {
    /// The folded text.
    pub(crate) text: String,
    /// Where each character begins when folded, and where it stood.
    places: Vec<(usize, std::ops::Range<usize>)>,
}

impl Folded {
    /// Folds a text.
    pub(crate) fn new(text: &str) -> Folded {
        let mut folded = Folded { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len() / 3) };
        each_folded(text, |character, place| {
            folded.places.push((folded.text.len(), place));
            folded.text.push(character);
        });
        folded
    }

    /// Where a range of the folded text stood.
    pub(crate) fn place(&self, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let from = self.places.partition_point(|(at, _)| *at < range.start);
        let to = self.places.partition_point(|(at, _)| *at < range.end);
        let start = self.places.get(from).map_or(0, |(_, place)| place.start);
        start..to.checked_sub(1).and_then(|last| self.places.get(last)).map_or(start, |(_, place)| place.end.max(start))
    }
}

/// Gives out the characters of a folded text with the place of each in the text as it was.
fn each_folded(text: &str, mut give: impl FnMut(char, std::ops::Range<usize>)) {
    let (mut gap, mut before, mut skipped) = (false, ' ', 0);
    for (at, character) in text.char_indices() {
        if at < skipped {
            continue;
        }
        if character.is_whitespace() {
            gap = true;
            continue;
        }
        if character == '^' && text.get(at..).is_some_and(|rest| rest.starts_with("^{*}")) {
            skipped = at + "^{*}".len();
            continue;
        }
        let plain = match character {
            '*' | '＊' => continue,
            '(' => '（',
            ')' => '）',
            '，' => '、',
            '．' => '。',
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
            _ => character,
        };
        if gap && plain.is_ascii_alphanumeric() && before.is_ascii_alphanumeric() {
            give(' ', at..at);
        }
        gap = false;
        before = plain;
        give(plain, at..at + character.len_utf8());
    }
}

/// The sentences of a folded paragraph; a full stop inside brackets does not end one.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut depth) = (0_usize, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '（' | '「' => depth += 1,
            '）' | '」' => depth = depth.saturating_sub(1),
            '。' if depth == 0 => {
                let end = at + character.len_utf8();
                found.extend(text.get(start..end));
                start = end;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    found
}

/// The text without its bracketed parts.
pub(crate) fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '（' => depth += 1,
            '）' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    kept
}

/// A name followed by brackets, taken apart: `Ａ（Ｂ）（Ｃ）` is `Ａ` with `Ｂ` and `Ｃ`.
pub(crate) fn split_brackets(text: &str) -> (String, Vec<String>) {
    let mut inside = Vec::new();
    let (mut depth, mut base, mut part) = (0_usize, String::new(), String::new());
    for character in text.chars() {
        match character {
            '（' => {
                if depth > 0 {
                    part.push(character);
                }
                depth += 1;
            }
            '）' => {
                depth = depth.saturating_sub(1);
                if depth > 0 {
                    part.push(character);
                } else if !part.is_empty() {
                    inside.push(std::mem::take(&mut part));
                }
            }
            _ if depth > 0 => part.push(character),
            _ => base.push(character),
        }
    }
    (base.trim().to_owned(), inside)
}

/// The part of a phrase after its last comma or particle of topic, without words of circumstance.
pub(crate) fn last_phrase(phrase: &str) -> &str {
    let cut = ["、", "。", "は、", "には、"].iter().filter_map(|mark| phrase.rfind(mark).map(|at| at + mark.len())).max().unwrap_or(0);
    let mut rest = phrase.get(cut..).unwrap_or(phrase).trim();
    for lead in ["また", "なお", "ただし", "原則として", "本市に", "本組合に", "本町に", "本村に", "組織に", "庁内に"]
    {
        rest = rest.strip_prefix(lead).unwrap_or(rest);
    }
    rest
}

/// The number of single-character edits between two words, given up at `most + 1`.
pub(crate) fn edits(left: &str, right: &str, most: usize) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((j, b), above) in right.iter().enumerate().zip(row.windows(2)) {
            let [diagonal, up] = above else { continue };
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(a != *b)).min(up + 1).min(left + 1));
        }
        if next.iter().all(|cost| *cost > most) {
            return most + 1;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_removes_marks_and_gaps() {
        assert_eq!(fold("複合機* の Web 会議(注) Chief Officer １２"), "複合機のWeb会議（注）Chief Officer 12");
    }

    #[test]
    fn what_was_folded_is_found_where_it_stood() {
        let text = "　第３ 条^{*}の 規定";
        let folded = Folded::new(text);
        assert_eq!(folded.text, "第3条の規定");
        let article = folded.place(&(0.."第3条".len()));
        assert_eq!(text.get(article), Some("第３ 条"));
        assert_eq!(text.get(folded.place(&("第3条の".len()..folded.text.len()))), Some("規定"));
    }

    #[test]
    fn sentences_end_outside_brackets() {
        assert_eq!(sentences("甲（乙をいう。）は行う。丙は行う。"), ["甲（乙をいう。）は行う。", "丙は行う。"]);
    }

    #[test]
    fn brackets_come_apart() {
        assert_eq!(split_brackets("責任者（CISO）（副町長）"), ("責任者".to_owned(), vec!["CISO".to_owned(), "副町長".to_owned()]));
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("総括管理者", "統括管理者", 1), 1);
        assert_eq!(edits("総括管理者", "総括管理者", 1), 0);
        assert_eq!(edits("管理者", "情報担当者", 1), 2);
    }
}
