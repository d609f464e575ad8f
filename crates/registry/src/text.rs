//! Text as it is searched: one spelling for full and half width, upper and lower case, katakana and hiragana.

use unicode_normalization::UnicodeNormalization;

/// Brings text into the spelling used for search: NFKC, lower case, katakana to hiragana, white space single.
#[must_use]
pub fn normalize(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for char in text.nfkc().flat_map(char::to_lowercase) {
        match char {
            'ァ'..='ヶ' => normal.extend(char::from_u32(char as u32 - 0x60)),
            char if char.is_whitespace() => {
                if !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            char => normal.push(char),
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        assert_eq!(normalize("ＵＳＢメモリ　ﾃﾞｰﾀ"), "usbめもり でーた");
        assert_eq!(normalize("情報資産Ａ\n－１"), normalize("情報資産a －1"));
    }
}
