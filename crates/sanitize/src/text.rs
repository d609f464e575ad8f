//! Bytes that are text: which encoding, its characters, and the characters that no text needs.
//!
//! Japanese files say little or the wrong thing about their encoding. What is declared is believed only
//! if the bytes bear it out; otherwise the reading with the most plausible Japanese wins. Shift_JIS is read
//! as CP932, EUC-JP as CP51932 with JIS X 0212, ISO-2022-JP as CP50221 with the slips seen in mail.

mod clean;
mod jis;
mod score;
#[cfg(test)]
mod tests;

pub(crate) use clean::{clean, is_invisible};

use std::borrow::Cow;

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS};

use crate::{Danger, job::Job};

/// How text is written in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8, or plain ASCII.
    Utf8 { bom: bool },
    /// UTF-16; written with a byte order mark always.
    Utf16 { big: bool },
    /// ISO-2022-JP in its Japanese practice (CP50221).
    Iso2022Jp,
    /// CP932, EUC-JP or one of the other encodings of the web.
    Other(&'static Encoding),
}

impl Charset {
    /// UTF-8 without a mark.
    pub(crate) const UTF8: Self = Self::Utf8 { bom: false };
    /// Shift_JIS as Windows has it.
    pub(crate) const CP932: Self = Self::Other(SHIFT_JIS);
    /// EUC-JP.
    pub(crate) const EUC_JP: Self = Self::Other(EUC_JP);

    /// The charset of a declared name; none if unknown or one that is refused (UTF-7).
    pub(crate) fn of_label(label: &str) -> Option<Self> {
        let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        match label.as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Self::UTF8),
            "utf-16" | "utf-16le" | "utf16" | "unicode" => Some(Self::Utf16 { big: false }),
            "utf-16be" => Some(Self::Utf16 { big: true }),
            "cp932" | "ms932" | "windows-932" | "windows-31j" | "cp943" | "cp943c" | "x-sjis" | "sjis" | "shift-jis" | "shift_jis"
            | "shiftjis" | "x-ms-cp932" | "ms_kanji" | "sjis-win" | "shift_jis-2004" => Some(Self::CP932),
            "cp51932" | "eucjp" | "euc-jp" | "x-euc-jp" | "eucjp-ms" | "eucjp-win" | "x-euc" | "euc" | "ujis" | "euc-jis-2004" => {
                Some(Self::EUC_JP)
            }
            "jis" | "junet" => Some(Self::Iso2022Jp),
            label if label.starts_with("iso-2022-jp") || label.starts_with("iso2022jp") || label.starts_with("csiso2022jp") => {
                Some(Self::Iso2022Jp)
            }
            label if label.starts_with("cp5022") || label.starts_with("x-windows-iso2022jp") || label.starts_with("x-windows-5022") => {
                Some(Self::Iso2022Jp)
            }
            label => Encoding::for_label_no_replacement(label.as_bytes()).map(Self::Other),
        }
    }

    /// Its name on the web.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Utf8 { .. } => "UTF-8",
            Self::Utf16 { big: false } => "UTF-16LE",
            Self::Utf16 { big: true } => "UTF-16BE",
            Self::Iso2022Jp => "ISO-2022-JP",
            Self::Other(encoding) => encoding.name(),
        }
    }
}

/// Text as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Its characters, without a byte order mark; U+FFFD where no character can be read.
    pub(crate) text: String,
    /// How it was written.
    pub(crate) charset: Charset,
    /// Places where no character could be read.
    pub(crate) bad: u64,
}

/// Reads text in the encoding that is declared, if the bytes bear it out, or else in the one they show.
pub(crate) fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let read = read(rest, Charset::UTF8);
        return Decoded { charset: Charset::Utf8 { bom: true }, ..read };
    }
    match bytes {
        [0xff, 0xfe, rest @ ..] => return read(rest, Charset::Utf16 { big: false }),
        [0xfe, 0xff, rest @ ..] => return read(rest, Charset::Utf16 { big: true }),
        _ => {}
    }
    let declared = declared.and_then(Charset::of_label);
    if let Some(big) = looks_wide(bytes) {
        return read(bytes, Charset::Utf16 { big });
    }
    let declared = declared.filter(|charset| !matches!(charset, Charset::Utf16 { .. }));
    if bytes.is_ascii() {
        if jis::has_escape(bytes) || declared == Some(Charset::Iso2022Jp) {
            return read(bytes, Charset::Iso2022Jp);
        }
        return match jis::restore_escapes(bytes, false) {
            Some(restored) => read(&restored, Charset::Iso2022Jp),
            None => read(bytes, Charset::UTF8),
        };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // Bytes that happen to be UTF-8 as well as what is declared: a few letters of Shift_JIS can be, sentences cannot.
        if !matches!(declared, Some(Charset::Other(_))) || !score::implausible(text) {
            return Decoded { text: text.to_owned(), charset: Charset::UTF8, bad: 0 };
        }
    }
    if jis::has_escape(bytes) {
        return read(bytes, Charset::Iso2022Jp);
    }
    if let Some(charset @ Charset::Other(encoding)) = declared {
        let told = read(bytes, charset);
        // Western encodings accept any bytes, so that their name proves nothing when Japanese can be read.
        let proves = !encoding.is_single_byte() && encoding != encoding_rs::GBK;
        if proves && told.bad == 0 {
            return told;
        }
        let seen = detected(bytes);
        let better = if proves { seen.bad < told.bad } else { seen.bad == 0 && score::japanese(&seen.text) };
        return if better { seen } else { told };
    }
    detected(bytes)
}

/// The most plausible reading of bytes that nothing true is declared about.
fn detected(bytes: &[u8]) -> Decoded {
    let readings = [Charset::CP932, Charset::EUC_JP, Charset::UTF8].map(|charset| read(bytes, charset));
    let best = readings.into_iter().map(|reading| (score::score(&reading), reading)).max_by_key(|(score, _)| *score);
    match best {
        Some((score, reading)) if score > 0 => reading,
        other => {
            let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
            detector.feed(bytes, true);
            let guess = read(bytes, Charset::Other(detector.guess(None, chardetng::Utf8Detection::Deny)));
            match other {
                Some((_, reading)) if reading.bad <= guess.bad && score::japanese(&reading.text) => reading,
                _ => guess,
            }
        }
    }
}

/// Reads bytes, without a mark, as what they are said to be.
fn read(bytes: &[u8], charset: Charset) -> Decoded {
    let (text, bad) = match charset {
        Charset::Utf8 { .. } => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), 0),
            Err(_) => {
                let bad = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
                (String::from_utf8_lossy(bytes).into_owned(), bad as u64)
            }
        },
        Charset::Utf16 { big } => wide(bytes, big),
        Charset::Iso2022Jp => match jis::restore_escapes(bytes, true) {
            Some(restored) => jis::decode(&restored),
            None => jis::decode(bytes),
        },
        Charset::Other(encoding) => {
            let (text, errors) = encoding.decode_without_bom_handling(bytes);
            let bad = if errors { text.matches('\u{fffd}').count() as u64 } else { 0 };
            (text.into_owned(), bad)
        }
    };
    Decoded { text, charset, bad }
}

fn wide(bytes: &[u8], big: bool) -> (String, u64) {
    let mut bad = u64::from(!bytes.len().is_multiple_of(2));
    let unit = |pair: &[u8]| {
        let pair: [u8; 2] = pair.try_into().unwrap_or_default();
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    };
    let text = char::decode_utf16(bytes.chunks_exact(2).map(unit))
        .map(|c| {
            c.unwrap_or_else(|_| {
                bad += 1;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    (text, bad)
}

/// UTF-16 without a mark: zeros on one side of the pairs only, as ASCII among it brings about.
fn looks_wide(bytes: &[u8]) -> Option<bool> {
    let head = bytes.get(..bytes.len().min(4_096)).unwrap_or(bytes);
    if !bytes.len().is_multiple_of(2) || head.len() < 4 {
        return None;
    }
    let zeros = |side: usize| head.chunks_exact(2).filter(|pair| pair.get(side) == Some(&0)).count();
    let (first, second) = (zeros(0), zeros(1));
    let pairs = head.len() / 2;
    match (first, second) {
        (0, n) if n * 10 >= pairs && n > 1 => Some(false),
        (n, 0) if n * 10 >= pairs && n > 1 => Some(true),
        _ => None,
    }
}

/// Writes text in a charset; in UTF-8 with a mark if the charset lacks one of its characters.
pub(crate) fn encode(text: &str, charset: Charset) -> (Vec<u8>, Charset) {
    let marked = || ([b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(), Charset::Utf8 { bom: true });
    match charset {
        Charset::Utf8 { bom: false } => (text.as_bytes().to_vec(), charset),
        Charset::Utf8 { bom: true } => marked(),
        Charset::Utf16 { big } => {
            let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            (std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect(), charset)
        }
        Charset::Iso2022Jp => jis::encode(text).map_or_else(marked, |bytes| (bytes, charset)),
        Charset::Other(encoding) => match encoding.encode(text) {
            (bytes, written, false) if written == encoding => (bytes.into_owned(), charset),
            _ => marked(),
        },
    }
}

/// Text without the characters that no text needs; what was taken out is told.
pub(crate) fn clean_in<'t>(job: &mut Job<'_>, place: &str, text: &'t str) -> Cow<'t, str> {
    let cleaned = clean(text);
    job.removed(Danger::ControlCharacter, place, cleaned.total());
    cleaned.text
}
