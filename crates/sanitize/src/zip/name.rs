//! Names of members: told as UTF-8, or guessed over all names of an archive together.

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS};

use super::unpack::crc;

/// The upper half of the first PC's characters, for archives of the western world.
const CP437: &str =
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Decodes names, each given as bytes, whether they are told to be UTF-8, and a name told beside them.
pub(crate) fn decode_all(names: &[(&[u8], bool, Option<&str>)]) -> Vec<String> {
    let told = |(raw, utf8, unicode): &(&[u8], bool, Option<&str>)| -> Option<String> {
        match unicode {
            Some(name) => Some((*name).to_owned()),
            None if *utf8 || raw.is_ascii() => std::str::from_utf8(raw).ok().map(str::to_owned),
            None => None,
        }
    };
    let open: Vec<&[u8]> = names.iter().filter(|name| told(name).is_none()).map(|(raw, ..)| *raw).collect();
    let guess = guess(&open);
    names.iter().map(|name| told(name).unwrap_or_else(|| guess(name.0))).collect()
}

/// The name in Info-ZIP's Unicode field, if it belongs to these bytes.
pub(super) fn unicode_field<'a>(field: &'a [u8], raw: &[u8]) -> Option<&'a str> {
    let (version, rest) = field.split_first()?;
    let (sum, name) = rest.split_first_chunk()?;
    (*version == 1 && u32::from_le_bytes(*sum) == crc(raw)).then_some(())?;
    std::str::from_utf8(name).ok().filter(|name| !name.is_empty())
}

/// A way of reading names.
type Decode = fn(&[u8]) -> String;

/// The way of reading under which the names look most like names.
fn guess(names: &[&[u8]]) -> Decode {
    let score = |decode: fn(&[u8]) -> Option<String>| -> Option<i64> {
        names.iter().try_fold(0, |sum, name| decode(name).map(|name| sum + plausible(&name)))
    };
    // A text that happens to be UTF-8 in all its bytes is seldom anything else; EUC comes from few machines.
    let candidates: [(Option<i64>, Decode); 3] = [
        (score(utf8).map(|score| score * 3 + 1), |name| utf8(name).unwrap_or_default()),
        (score(cp932).map(|score| score * 6 / 5), |name| cp932(name).unwrap_or_default()),
        (score(euc), |name| euc(name).unwrap_or_default()),
    ];
    let best = candidates
        .into_iter()
        .filter_map(|(score, decode)| score.map(|score| (score, decode)))
        .reduce(|a, b| if b.0 > a.0 { b } else { a });
    match best {
        Some((score, decode)) if score > 0 || names.is_empty() => decode,
        _ => cp437,
    }
}

fn utf8(name: &[u8]) -> Option<String> {
    std::str::from_utf8(name).ok().map(str::to_owned)
}

fn by(encoding: &'static Encoding, name: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(name).map(std::borrow::Cow::into_owned)
}

fn cp932(name: &[u8]) -> Option<String> {
    by(SHIFT_JIS, name)
}

fn euc(name: &[u8]) -> Option<String> {
    by(EUC_JP, name)
}

fn cp437(name: &[u8]) -> String {
    name.iter()
        .map(|byte| match byte.checked_sub(0x80) {
            Some(upper) => CP437.chars().nth(usize::from(upper)).unwrap_or('_'),
            None => char::from(*byte),
        })
        .collect()
}

/// How much a name looks like one written by a person in Japan; more for each character.
fn plausible(name: &str) -> i64 {
    let mut sum = 0;
    let mut before = ' ';
    for c in name.chars() {
        sum += match c {
            '\0'..='\x7f' => 0,
            'ぁ'..='ん' => 60,
            'ァ'..='ヺ' | 'ー' | '・' => 50,
            // Marks and small letters follow certain letters only.
            'ﾞ' => i64::from(matches!(before, 'ｳ' | 'ｶ'..='ﾄ' | 'ﾊ'..='ﾎ')) * 48 - 30,
            'ﾟ' => i64::from(matches!(before, 'ﾊ'..='ﾎ')) * 48 - 30,
            'ｧ'..='ｫ' => i64::from(matches!(before, 'ﾌ' | 'ｳ' | 'ﾞ' | 'ﾃ' | 'ﾁ' | 'ｼ')) * 48 - 30,
            'ｬ'..='ｮ' => i64::from(matches!(before, 'ｷ' | 'ｼ' | 'ﾁ' | 'ﾆ' | 'ﾋ' | 'ﾐ' | 'ﾘ' | 'ﾞ' | 'ﾟ')) * 48 - 30,
            '｡'..='ﾟ' => 18,
            '\u{4e00}'..='\u{9fff}' if frequent(c) => 40,
            '\u{4e00}'..='\u{9fff}' => 10,
            '、'..='〿' | '！'..='～' | '①'..='⑳' | '㈱'..='㊿' | '←'..='↓' | '■'..='☆' | 'Ⅰ'..='ⅹ' => 30,
            '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' => 20,
            '\u{a0}'..='\u{24f}' => 15,
            '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' => -100,
            _ => 8,
        };
        before = c;
    }
    sum
}

/// Whether a character is of the first level of JIS, which holds those in daily use.
fn frequent(c: char) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, failed) = EUC_JP.encode(c.encode_utf8(&mut buffer));
    !failed && matches!(bytes.first(), Some(0xb0..=0xcf))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(names: &[&[u8]]) -> Vec<String> {
        decode_all(&names.iter().map(|name| (*name, false, None)).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for names in [
            vec!["会議録.txt", "資料/平成30年度.xlsx"],
            vec!["見積書（案）.pdf"],
            vec!["ｼﾘｮｳ.txt"],
            vec!["ソース一覧表.csv", "a.txt"],
            vec!["申請書.docx"],
            vec!["①別紙.docx"],
        ] {
            for encoding in [encoding_rs::UTF_8, SHIFT_JIS, EUC_JP] {
                if encoding == EUC_JP && names.iter().any(|name| name.contains(['①', 'ｼ'])) {
                    continue;
                }
                let raw: Vec<Vec<u8>> = names.iter().map(|name| encoding.encode(name).0.into_owned()).collect();
                assert_eq!(decode(&raw.iter().map(Vec::as_slice).collect::<Vec<_>>()), names, "{}", encoding.name());
            }
        }
        assert_eq!(decode(&[b"caf\x82.txt"]), ["café.txt"]);
    }
}
