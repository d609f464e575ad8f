//! Text in the one spelling that is searched, with the way back to the original; knows no clause and no query.
//!
//! Each step looks at its neighbours only, so that a word is spelled the same wherever it stands:
//! width and case, voiced marks, small kana, 長音, old characters; then spellings of a word
//! ([`super::lexicon`]); then kanji numerals that count something.

use unicode_normalization::{UnicodeNormalization, char::compose};

use super::lexicon::Lexicon;
use crate::tree::chars::{is_kanji, is_space};

/// A character as it is searched, and the bytes of the original that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) char: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What may stand before a kanji numeral that counts.
const BEFORE: &str = "第毎約満各年月日週回前後翌計";
/// What follows a kanji numeral that counts.
const COUNTED: &str = "条項号章節款編年月日回週時人件度割名台枚字桁";

/// A text in the spelling that is searched: no white space, and lines for paragraphs and cells.
#[must_use]
pub fn normalize(text: &str) -> String {
    letters(text).into_iter().map(|letter| letter.char).collect()
}

/// The same, each character with its place in the original.
pub(super) fn letters(text: &str) -> Vec<Letter> {
    spell(text, Lexicon::embedded())
}

/// The same by other words than those built in.
pub(super) fn spell(text: &str, lexicon: &Lexicon) -> Vec<Letter> {
    number(respell(fold(text, lexicon), lexicon))
}

/// Folds character by character.
pub(super) fn fold(text: &str, lexicon: &Lexicon) -> Vec<Letter> {
    let mut out: Vec<Letter> = Vec::with_capacity(text.len() / 3);
    for (start, char) in text.char_indices() {
        let end = start + char.len_utf8();
        match char {
            '\t' | '\n' | '\r' => {
                if out.last().is_some_and(|last| last.char != '\n') {
                    out.push(Letter { char: '\n', start, end });
                }
            }
            // Selectors of a variant form say nothing about the character.
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => extend(&mut out, end),
            '\u{3099}' | '\u{309a}' | '゛' | '゜' | 'ﾞ' | 'ﾟ' => voice(&mut out, char, start, end),
            'ー' | 'ｰ' if is_long(&out) => extend(&mut out, end),
            'ァ' | 'ィ' | 'ェ' | 'ォ' if out.last().is_some_and(|last| last.char == 'ヴ') => {
                let (from, to) = (['ァ', 'ィ', 'ェ', 'ォ'], ['バ', 'ビ', 'ベ', 'ボ']);
                let sound = from.into_iter().zip(to).find(|(vowel, _)| *vowel == char);
                if let (Some((_, sound)), Some(last)) = (sound, out.last_mut()) {
                    *last = Letter { char: sound, start: last.start, end };
                }
            }
            char if is_space(char) => {}
            char if is_kanji(char) => out.push(Letter { char: lexicon.modern(char), start, end }),
            char if is_kana(char) => out.push(Letter { char: large(char), start, end }),
            char => {
                let plain = std::iter::once(char).nfkc().flat_map(char::to_lowercase).filter(|char| !is_space(*char));
                out.extend(plain.map(|char| Letter { char: plain_mark(large(lexicon.modern(char))), start, end }));
            }
        }
    }
    for letter in out.iter_mut().filter(|letter| letter.char == 'ヴ') {
        letter.char = 'ブ';
    }
    out
}

fn extend(out: &mut [Letter], end: usize) {
    if let Some(last) = out.last_mut().filter(|last| last.char != '\n') {
        last.end = end;
    }
}

/// Joins a voiced mark to what it voices; one that voices nothing is left out.
fn voice(out: &mut [Letter], mark: char, start: usize, end: usize) {
    let mark = if matches!(mark, '\u{309a}' | '゜' | 'ﾟ') { '\u{309a}' } else { '\u{3099}' };
    if let Some(last) = out.last_mut().filter(|last| last.end == start)
        && let Some(voiced) = compose(last.char, mark)
    {
        *last = Letter { char: voiced, start: last.start, end };
    }
}

/// Whether a long-vowel sign here only lengthens a loan word (サーバー, メモリー): such signs are written or not.
/// That of キー stays, or the word would be found in every セキュリティ.
fn is_long(out: &[Letter]) -> bool {
    out.last().is_some_and(|last| ('ァ'..='ヺ').contains(&last.char) && last.char != 'キ')
}

fn is_kana(char: char) -> bool {
    ('ぁ'..='ゖ').contains(&char) || ('ァ'..='ヺ').contains(&char)
}

/// Small kana as large ones: ソフトウェア and ソフトウエア, って and つて.
fn large(char: char) -> char {
    const SMALL: &str = "ぁあぃいぅうぇえぉおっつゃやゅゆょよゎわゕかゖけァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケ";
    if !matches!(char, 'ぁ'..='ゖ' | 'ァ'..='ヶ') {
        return char;
    }
    let mut pairs = SMALL.chars();
    while let (Some(small), Some(large)) = (pairs.next(), pairs.next()) {
        if small == char {
            return large;
        }
    }
    char
}

/// Dashes and waves that look alike.
fn plain_mark(char: char) -> char {
    match char {
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        '〜' | '～' => '~',
        char => char,
    }
}

/// Brings the spellings of a word to one.
fn respell(letters: Vec<Letter>, lexicon: &Lexicon) -> Vec<Letter> {
    let mut out = Vec::with_capacity(letters.len());
    let mut rest = letters.as_slice();
    while let Some(first) = rest.first() {
        let Some((taken, word)) = lexicon.spelling(rest) else {
            out.push(*first);
            rest = rest.get(1..).unwrap_or_default();
            continue;
        };
        let (of, left) = rest.split_at(taken.min(rest.len()));
        let end = of.last().map_or(first.end, |last| last.end);
        out.extend(word.chars().map(|char| Letter { char, start: first.start, end }));
        rest = left;
    }
    out
}

/// Value of a kanji digit, ten, hundred or thousand.
fn kanji_number(char: char) -> Option<u32> {
    match char {
        '百' => Some(100),
        '千' => Some(1000),
        char => crate::tree::chars::kanji_digit(char),
    }
}

/// Writes kanji numerals that count something with digits: 第十条, 三十日, 二か月.
fn number(letters: Vec<Letter>) -> Vec<Letter> {
    if !letters.iter().any(|letter| kanji_number(letter.char).is_some()) {
        return letters;
    }
    let mut out: Vec<Letter> = Vec::with_capacity(letters.len());
    let mut rest = letters.as_slice();
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|letter| kanji_number(letter.char).is_some()).count();
        let (digits, after) = rest.split_at(length.max(1).min(rest.len()));
        rest = after;
        let span = counting(out.last(), digits, after).filter(|_| length > 0);
        match span.and_then(|(start, end)| value(digits).map(|value| (value, start, end))) {
            Some((value, start, end)) => out.extend(value.to_string().chars().map(|char| Letter { char, start, end })),
            None if length > 0 => out.extend_from_slice(digits),
            None => out.push(*first),
        }
    }
    out
}

/// The bytes of a numeral with the neighbour that tells that it counts.
fn counting(before: Option<&Letter>, digits: &[Letter], after: &[Letter]) -> Option<(usize, usize)> {
    let (first, last) = (digits.first()?, digits.last()?);
    if let Some(ordinal) = before.filter(|before| before.char == '第') {
        return Some((ordinal.start, last.end));
    }
    if before.is_some_and(|before| is_kanji(before.char) && !BEFORE.contains(before.char)) {
        return None;
    }
    let next = after.first()?;
    let second = after.get(1).filter(|second| matches!(next.char, 'か' | 'カ' | 'ケ' | '箇') && matches!(second.char, '月' | '所' | '年'));
    match second {
        Some(second) => Some((first.start, second.end)),
        None => COUNTED.contains(next.char).then_some((first.start, next.end)),
    }
}

/// The number that kanji numerals write, place by place (二〇) or with units (二十).
fn value(digits: &[Letter]) -> Option<u32> {
    let values: Option<Vec<u32>> = digits.iter().map(|letter| kanji_number(letter.char)).collect();
    let values = values.filter(|values| values.len() <= 7)?;
    if values.iter().all(|value| *value < 10) {
        return Some(values.into_iter().fold(0, |number, digit| number * 10 + digit));
    }
    let (mut sum, mut digit, mut unit_before) = (0, None, u32::MAX);
    for value in values {
        if value < 10 {
            // Two digits in a row among units are no number.
            if digit.replace(value).is_some() {
                return None;
            }
        } else {
            if value >= unit_before {
                return None;
            }
            sum += digit.take().unwrap_or(1) * value;
            unit_before = value;
        }
    }
    Some(sum + digit.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn meet(words: &[&str]) {
        let normal = normalize(words[0]);
        assert!(!normal.is_empty());
        for word in words {
            assert_eq!(normalize(word), normal, "{word}");
        }
    }

    #[test]
    fn spellings_of_a_word_meet() {
        meet(&["ＵＳＢメモリ", "usb メモリー", "USBﾒﾓﾘ", "Ｕ Ｓ Ｂ　メモリ"]);
        meet(&["データ", "ﾃﾞｰﾀ", "テ\u{3099}ータ"]);
        meet(&["サーバ", "サーバー"]);
        meet(&["ソフトウェア", "ソフトウエア", "ソフトウェアー"]);
        meet(&["ウイルス", "ウィルス", "ウイルスー"]);
        meet(&["ヴァイオ", "バイオ"]);
        meet(&["持ち出し", "持出し", "持出", "持 出し"]);
        meet(&["持ち出す", "持出す"]);
        meet(&["取り扱い", "取扱い", "取扱"]);
        meet(&["問い合わせ", "問合わせ", "問合せ", "問合"]);
        meet(&["切り替え", "切替え", "切替", "切り換え"]);
        meet(&["漏えい", "漏洩"]);
        meet(&["ぜい弱性", "脆弱性"]);
        meet(&["手続き", "手続"]);
        meet(&["髙﨑", "高崎"]);
        meet(&["第十条", "第10条", "第１０条"]);
        meet(&["三十日以内", "30日以内", "３０日以内"]);
        meet(&["二〇二六年", "2026年", "二千二十六年"]);
        meet(&["① 確認", "1確認"]);
    }

    #[test]
    fn different_words_stay_apart() {
        for (one, other) in [("キー", "キ"), ("十分", "10分"), ("統一年度", "統1年度"), ("データ", "でた"), ("書き損じ", "書毀損じ")]
        {
            assert_ne!(normalize(one), normalize(other), "{one}");
        }
    }

    #[test]
    fn letters_know_their_place() {
        let places: Vec<(char, &str)> = {
            let text = "持ち出す ﾃﾞｰﾀ第十条";
            letters(text).iter().map(|letter| (letter.char, text.get(letter.start..letter.end).unwrap())).collect()
        };
        assert_eq!(
            places,
            [
                ('持', "持ち出"),
                ('出', "持ち出"),
                ('す', "す"),
                ('デ', "ﾃﾞｰ"),
                ('タ', "ﾀ"),
                ('第', "第"),
                ('1', "第十"),
                ('0', "第十"),
                ('条', "条")
            ]
        );
    }
}
