//! Type 1: the values that readers use, glyphs and subroutines; written as a new program.
//!
//! PostScript is not run: only definitions of the customary form are understood, everything else is dropped.

use super::charstring;
use crate::{Hold, cursor::Cursor};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("Type 1: {what}"))
}

/// What a font tells.
#[derive(Default)]
struct Model {
    name: Vec<u8>,
    /// Numbers of the clear part, by key.
    clear: Vec<(&'static str, Vec<String>)>,
    /// Names of glyphs by code; none for the standard's.
    encoding: Option<Vec<(u8, Vec<u8>)>>,
    private: Vec<(&'static str, Vec<String>)>,
    subroutines: Vec<Option<Vec<u8>>>,
    glyphs: Vec<(Vec<u8>, Vec<u8>)>,
}

const CLEAR: &[&str] = &["PaintType", "StrokeWidth", "FontMatrix", "FontBBox"];
const PRIVATE: &[&str] = &[
    "BlueValues",
    "OtherBlues",
    "FamilyBlues",
    "FamilyOtherBlues",
    "BlueScale",
    "BlueShift",
    "BlueFuzz",
    "StdHW",
    "StdVW",
    "StemSnapH",
    "StemSnapV",
    "ForceBold",
    "LanguageGroup",
    "RndStemUp",
    "ExpansionFactor",
];
/// Glyphs and subroutines at most.
const MOST: usize = 20_000;

/// Rebuilds a font.
pub(super) fn rebuild(bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let joined = segments(bytes);
    let bytes = joined.as_deref().unwrap_or(bytes);
    let at = find(bytes, b"eexec").ok_or_else(|| broken("no encrypted part"))?;
    let mut model = Model::default();
    model.clear(bytes.get(..at).unwrap_or_default());
    let mut rest = bytes.get(at + 5..).unwrap_or_default();
    while let Some((b' ' | b'\t' | b'\r' | b'\n', behind)) = rest.split_first() {
        rest = behind;
    }
    let hidden = if rest.get(..4).is_some_and(|four| four.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace())) {
        decrypt(&hexadecimal(rest), 55_665, 4)
    } else {
        decrypt(rest, 55_665, 4)
    };
    model.hidden(&hidden)?;
    if model.glyphs.is_empty() {
        return Err(broken("no glyphs"));
    }
    Ok(model.write())
}

/// Lengths of the clear part, the encrypted part, and the zeros of what [`rebuild`] made.
pub(super) fn lengths(made: &[u8]) -> (usize, usize, usize) {
    let clear = find(made, b"eexec").map_or(0, |at| at + 6);
    let zeros = ZEROS.len().min(made.len().saturating_sub(clear));
    (clear, made.len() - clear - zeros, zeros)
}

/// The pieces of a PFB file, without their headers; none if it is none.
fn segments(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(bytes);
    let mut out = Vec::new();
    while let Some([0x80, kind @ (1 | 2)]) = cursor.array::<2>() {
        let _ = kind;
        let length = cursor.u32_le()? as usize;
        out.extend(cursor.take(length.min(cursor.rest().len()))?);
    }
    (!out.is_empty()).then_some(out)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let mut digits = bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).map_while(|&byte| char::from(byte).to_digit(16));
    let mut out = Vec::new();
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        out.push((high << 4 | low) as u8);
    }
    out
}

fn decrypt(bytes: &[u8], key: u16, skip: usize) -> Vec<u8> {
    let mut key = key;
    let open = bytes.iter().map(|&byte| {
        let open = byte ^ (key >> 8) as u8;
        key = u16::from(byte).wrapping_add(key).wrapping_mul(52_845).wrapping_add(22_719);
        open
    });
    open.skip(skip).collect()
}

fn encrypt(bytes: &[u8], key: u16) -> Vec<u8> {
    let mut key = key;
    let closed = [0; 4].iter().chain(bytes).map(|&byte| {
        let closed = byte ^ (key >> 8) as u8;
        key = u16::from(closed).wrapping_add(key).wrapping_mul(52_845).wrapping_add(22_719);
        closed
    });
    closed.collect()
}

/// The next word: a name with its slash, a bracket, or anything up to a space.
fn word<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let delimiter = |byte: u8| matches!(byte, b'/' | b'[' | b']' | b'{' | b'}' | b'(' | b')' | b'<' | b'>' | b'%');
    loop {
        let rest = cursor.rest();
        let first = *rest.first()?;
        if first.is_ascii_whitespace() || first == 0 {
            cursor.take(1)?;
        } else if first == b'%' {
            let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            cursor.take(line)?;
        } else if first == b'(' {
            string(cursor)?;
        } else {
            let end = rest.iter().skip(1).position(|&byte| byte.is_ascii_whitespace() || byte == 0 || delimiter(byte));
            let alone = delimiter(first) && first != b'/';
            return cursor.take(if alone { 1 } else { end.map_or(rest.len(), |end| end + 1) });
        }
    }
}

/// Passes over a string with the brackets in it.
fn string(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut depth = 0_u32;
    loop {
        match cursor.u8()? {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => {
                cursor.u8()?;
            }
            _ => {}
        }
        if depth == 0 {
            return Some(());
        }
    }
}

fn whole(word: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(word).ok()?;
    match text.split_once('#') {
        Some(("8", digits)) => usize::from_str_radix(digits, 8).ok(),
        Some(("16", digits)) => usize::from_str_radix(digits, 16).ok(),
        _ => text.parse().ok(),
    }
}

/// Numbers and truth values behind a key, in brackets or alone.
fn values(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut ahead = *cursor;
    let mut found = Vec::new();
    let mut inside = false;
    while let Some(word) = word(&mut ahead) {
        let text = std::str::from_utf8(word).unwrap_or_default();
        match text {
            "[" | "{" => inside = true,
            "]" | "}" => break,
            "true" | "false" => found.push(text.to_owned()),
            _ if text.len() < 24 && text.parse::<f64>().is_ok_and(f64::is_finite) => found.push(text.to_owned()),
            _ => break,
        }
        *cursor = ahead;
        if !inside || found.len() >= 64 {
            break;
        }
    }
    found
}

/// Names of fonts and glyphs: letters, digits and a few signs.
fn clean(name: &[u8]) -> Vec<u8> {
    let allowed = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'#' | b'*' | b',' | b':' | b'@' | b'$' | b'!' | b'&' | b'~' | b'=')
    };
    name.iter().copied().filter(allowed).take(127).collect()
}

fn key(word: &[u8], keys: &[&'static str]) -> Option<&'static str> {
    let name = word.strip_prefix(b"/")?;
    keys.iter().find(|key| key.as_bytes() == name).copied()
}

impl Model {
    fn clear(&mut self, bytes: &[u8]) {
        let mut cursor = Cursor::new(bytes);
        while let Some(word) = self::word(&mut cursor) {
            if let Some(key) = key(word, CLEAR) {
                let values = values(&mut cursor);
                if !values.is_empty() && self.clear.iter().all(|entry| entry.0 != key) {
                    self.clear.push((key, values));
                }
            } else if word == b"/FontName" {
                let name = self::word(&mut cursor).and_then(|name| name.strip_prefix(b"/")).map(clean);
                self.name = name.unwrap_or_default();
            } else if word == b"/Encoding" && self.encoding.is_none() {
                self.encoding = encoding(&mut cursor);
            }
        }
    }

    fn hidden(&mut self, bytes: &[u8]) -> Result<(), Hold> {
        let mut cursor = Cursor::new(bytes);
        let mut skip = 4;
        // The last words: a program is announced by `dup 5 23 RD` or `/A 23 RD`.
        let mut last: [&[u8]; 3] = [&[]; 3];
        let mut in_glyphs = false;
        while let Some(word) = self::word(&mut cursor) {
            if word == b"/lenIV" {
                skip = self::word(&mut cursor).and_then(whole).filter(|&skip| skip < 64).ok_or_else(|| broken("unencrypted glyphs"))?;
            } else if word == b"/CharStrings" {
                in_glyphs = true;
            } else if matches!(word, b"/WeightVector" | b"/BlendDesignMap") {
                return Err(broken("several masters"));
            } else if let Some(key) = key(word, PRIVATE) {
                let values = values(&mut cursor);
                if !values.is_empty() && self.private.iter().all(|entry| entry.0 != key) {
                    self.private.push((key, values));
                }
            } else if in_glyphs && word == b"end" && !self.glyphs.is_empty() {
                break;
            }
            let [_, before, length] = last;
            let announced = word.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'|')
                && word != b"array"
                && word != b"dict";
            if announced
                && let Some(length) = whole(length)
                && (in_glyphs && before.starts_with(b"/") || !in_glyphs && last[0] == b"dup")
                && length < 65_536
            {
                cursor.take(1);
                let Some(program) = cursor.take(length) else { break };
                let open = decrypt(program, 4_330, skip);
                self.program(before, &open, in_glyphs)?;
                last = [&[]; 3];
                continue;
            }
            last = [last[1], last[2], word];
        }
        Ok(())
    }

    fn program(&mut self, label: &[u8], open: &[u8], glyph: bool) -> Result<(), Hold> {
        let kept = charstring::type1(open).and_then(|used| open.get(..used));
        if self.glyphs.len() >= MOST || self.subroutines.len() > MOST {
            return Err(broken("too many glyphs"));
        }
        if glyph {
            let name = clean(label.get(1..).unwrap_or_default());
            // What cannot be drawn is empty: no side bearing, no width.
            let program = kept.unwrap_or(&[139, 139, 13, 14]).to_vec();
            if self.glyphs.iter().all(|other| other.0 != name) {
                self.glyphs.push((name, program));
            }
        } else if let Some(number) = whole(label).filter(|&number| number < MOST) {
            if self.subroutines.len() <= number {
                self.subroutines.resize(number + 1, None);
            }
            if let Some(slot) = self.subroutines.get_mut(number) {
                *slot = kept.map(<[u8]>::to_vec);
            }
        }
        Ok(())
    }

    fn write(&self) -> Vec<u8> {
        let name = String::from_utf8_lossy(if self.name.is_empty() { b"Font" } else { &self.name }).into_owned();
        let mut out = format!("%!PS-AdobeFont-1.0: {name}\n12 dict begin\n/FontType 1 def\n/FontName /{name} def\n").into_bytes();
        for (key, values) in &self.clear {
            put_values(&mut out, key, values, matches!(*key, "FontMatrix" | "FontBBox"));
        }
        if self.clear.iter().all(|entry| entry.0 != "PaintType") {
            out.extend(b"/PaintType 0 def\n");
        }
        match &self.encoding {
            None => out.extend(b"/Encoding StandardEncoding def\n"),
            Some(codes) => {
                out.extend(b"/Encoding 256 array\n0 1 255 {1 index exch /.notdef put} for\n");
                for (code, name) in codes {
                    out.extend(format!("dup {code} /{} put\n", String::from_utf8_lossy(name)).bytes());
                }
                out.extend(b"readonly def\n");
            }
        }
        out.extend(b"currentdict end\ncurrentfile eexec\n");
        out.extend(encrypt(&self.write_hidden(), 55_665));
        out.extend(ZEROS);
        out
    }

    fn write_hidden(&self) -> Vec<u8> {
        let mut out = b"dup /Private 24 dict dup begin\n/RD {string currentfile exch readstring pop} executeonly def\n\
            /ND {noaccess def} executeonly def\n/NP {noaccess put} executeonly def\n"
            .to_vec();
        for (key, values) in &self.private {
            let list = key.contains("Blues") || key.starts_with("St") || *key == "BlueValues";
            put_values(&mut out, key, values, list);
        }
        out.extend(b"/MinFeature {16 16} def\n/password 5839 def\n");
        if !self.subroutines.is_empty() {
            out.extend(format!("/Subrs {} array\n", self.subroutines.len()).bytes());
            for (number, program) in self.subroutines.iter().enumerate() {
                if let Some(program) = program {
                    put_program(&mut out, &format!("dup {number}"), program, "NP");
                }
            }
            out.extend(b"ND\n");
        }
        out.extend(format!("2 index /CharStrings {} dict dup begin\n", self.glyphs.len()).bytes());
        for (name, program) in &self.glyphs {
            put_program(&mut out, &format!("/{}", String::from_utf8_lossy(name)), program, "ND");
        }
        out.extend(b"end\nend\nreadonly put\nnoaccess put\ndup /FontName get exch definefont pop\nmark currentfile closefile\n");
        out
    }
}

/// Names by code; none for the standard's, and for what is not understood.
fn encoding(cursor: &mut Cursor<'_>) -> Option<Vec<(u8, Vec<u8>)>> {
    let first = word(cursor)?;
    let mut codes: Vec<(u8, Vec<u8>)> = Vec::new();
    if first == b"[" {
        for code in 0..=255_u8 {
            let name = word(cursor)?;
            let Some(name) = name.strip_prefix(b"/") else { break };
            codes.push((code, clean(name)));
        }
        return Some(codes);
    }
    whole(first)?;
    let mut last: [&[u8]; 2] = [&[]; 2];
    while let Some(word) = word(cursor) {
        if matches!(word, b"def" | b"readonly") {
            break;
        }
        if let [b"dup", code] = last
            && let (Some(code), Some(name)) = (whole(code).and_then(|code| u8::try_from(code).ok()), word.strip_prefix(b"/"))
        {
            codes.retain(|other| other.0 != code);
            codes.push((code, clean(name)));
        }
        last = [last[1], word];
    }
    Some(codes)
}

fn put_values(out: &mut Vec<u8>, key: &str, values: &[String], list: bool) {
    let joined = values.join(" ");
    let text = match (list, key) {
        (true, "FontBBox") => format!("/{key} {{{joined}}} readonly def\n"),
        (true, _) => format!("/{key} [{joined}] def\n"),
        (false, _) => format!("/{key} {joined} def\n"),
    };
    out.extend(text.bytes());
}

fn put_program(out: &mut Vec<u8>, label: &str, program: &[u8], end: &str) {
    let closed = encrypt(program, 4_330);
    out.extend(format!("{label} {} RD ", closed.len()).bytes());
    out.extend(closed);
    out.extend(format!(" {end}\n").bytes());
}

/// What follows the encrypted part.
const ZEROS: &[u8] = b"
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
0000000000000000000000000000000000000000000000000000000000000000
cleartomark
";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn font() -> Vec<u8> {
        let model = Model {
            name: b"Sample".to_vec(),
            clear: vec![("FontMatrix", vec!["0.001".into(), "0".into(), "0".into(), "0.001".into(), "0".into(), "0".into()])],
            encoding: Some(vec![(65, b"A".to_vec())]),
            private: vec![("BlueValues", vec!["-10".into(), "0".into()])],
            subroutines: vec![Some(vec![11])],
            glyphs: vec![(b".notdef".to_vec(), vec![139, 139, 13, 14]), (b"A".to_vec(), vec![139, 239, 13, 139, 10, 149, 6, 9, 14])],
        };
        model.write()
    }

    #[test]
    fn what_it_writes_it_reads() {
        let font = font();
        assert!(rebuild(&font).unwrap() == font);
        let (clear, hidden, zeros) = lengths(&font);
        assert_eq!(clear + hidden + zeros, font.len());
        assert!(font[..clear].ends_with(b"eexec\n"));
    }

    #[test]
    fn what_is_not_known_goes() {
        let font = String::from_utf8_lossy(&font()[..40]).into_owned();
        let mut bytes = super::tests::font();
        let at = font.find("dict begin").unwrap();
        bytes.splice(
            at + 11..at + 11,
            b"/FontInfo 3 dict dup begin /Notice (CANARY \\( x) def end def % CANARY\n/CANARY {CANARY} def\n".iter().copied(),
        );
        let made = rebuild(&bytes).unwrap();
        assert!(find(&made, b"CANARY").is_none());
        assert!(made == super::tests::font());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn mangled_fonts_do_not_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = font();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(made) = rebuild(&bytes) {
                prop_assert!(rebuild(&made).unwrap() == made);
            }
        }
    }
}
