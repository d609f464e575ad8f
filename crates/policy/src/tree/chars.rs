//! Character classes of Japanese text and the folding of full-width letters, without allocation.

/// Folds a full-width ASCII character and the ideographic space to ASCII.
pub(crate) fn fold(c: char) -> char {
    match c {
        '\u{3000}' | '\t' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Value of a half- or full-width decimal digit.
pub(crate) fn digit(c: char) -> Option<u32> {
    fold(c).to_digit(10)
}

/// Value of a kanji numeral below ten, or ten.
pub(crate) fn kanji_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九十".chars().zip(0..).find(|(k, _)| *k == c).map(|(_, n)| n)
}

/// Whether the character is hiragana.
pub(crate) fn is_hiragana(c: char) -> bool {
    ('\u{3041}'..='\u{309f}').contains(&c)
}

/// Whether the character is katakana or the long-vowel sign.
pub(crate) fn is_katakana(c: char) -> bool {
    ('\u{30a1}'..='\u{30fa}').contains(&c) || c == 'ー'
}

/// Whether the character is a kanji (with 々).
pub(crate) fn is_kanji(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3400}'..='\u{4dbf}').contains(&c) || c == '々'
}

/// Whether the character belongs to Japanese writing.
pub(crate) fn is_japanese(c: char) -> bool {
    is_hiragana(c) || is_katakana(c) || is_kanji(c)
}

/// White space of Japanese text, page breaks and byte-order marks included.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}

/// A text without white space and with full-width letters folded: what is compared.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !is_space(*c)).map(fold).collect()
}

/// The first `n` characters of a text.
pub(crate) fn head(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}
