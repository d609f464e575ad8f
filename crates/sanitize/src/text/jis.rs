//! ISO-2022-JP as it is met in mail: CP50221, and what senders and relays make of it.
//!
//! Beyond the standard are read: NEC and IBM characters, half-width kana by escape, by shift (SO/SI) and as
//! raw bytes, JIS X 0212, lines that never return to ASCII, raw Shift_JIS between, and escapes that lost their ESC.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, SHIFT_JIS};

const ESC: u8 = 0x1b;

/// Character sets that are switched between.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    Kana,
    Kanji,
    /// JIS X 0212.
    Extra,
}

/// The set that an escape switches to, and its length.
fn escape(rest: &[u8]) -> Option<(Set, usize)> {
    match rest {
        [ESC, b'$', b'(', b'D', ..] => Some((Set::Extra, 4)),
        // JIS X 0213 shares most of its first plane.
        [ESC, b'$', b'(', b'@' | b'B' | b'O' | b'Q', ..] => Some((Set::Kanji, 4)),
        [ESC, b'$', b'@' | b'B', ..] => Some((Set::Kanji, 3)),
        [ESC, b'(', b'I', ..] => Some((Set::Kana, 3)),
        [ESC, b'(', b'B' | b'J' | b'H', ..] => Some((Set::Ascii, 3)),
        // ESC & @ announces the revision of JIS X 0208 of 1990.
        [ESC, b'&', b'@', ..] => Some((Set::Ascii, 3)),
        _ => None,
    }
}

/// Whether an escape to Japanese stands somewhere.
pub(super) fn has_escape(bytes: &[u8]) -> bool {
    memchr::memchr_iter(ESC, bytes).any(|at| bytes.get(at..).and_then(escape).is_some_and(|(set, _)| set != Set::Ascii))
}

/// Whether the next escape after a line end leads back to ASCII, so that the line end did not.
fn goes_on(rest: &[u8]) -> bool {
    let next = memchr::memchr_iter(ESC, rest).find_map(|at| rest.get(at..).and_then(escape));
    let line = rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
    line > 0 && matches!(next, Some((Set::Ascii, _)))
}

/// Reads it; also tells at how many places no character could be read.
pub(super) fn decode(bytes: &[u8]) -> (String, u64) {
    let mut text = String::with_capacity(bytes.len());
    let mut bad = 0;
    let mut set = Set::Ascii;
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some((new, length)) = escape(rest) {
            set = new;
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let mut taken = 1;
        match byte {
            0x0e => shifted = true,
            0x0f => shifted = false,
            b'\n' | b'\r' => {
                text.push(char::from(byte));
                shifted = false;
                // A pair of line ends is looked at once.
                if set != Set::Ascii && !(byte == b'\r' && after.first() == Some(&b'\n')) && !goes_on(after) {
                    set = Set::Ascii;
                }
            }
            ..=0x20 | 0x7f => text.push(char::from(byte)),
            0x21..=0x5f if shifted || set == Set::Kana => text.push(kana(byte)),
            0x21..=0x7e if matches!(set, Set::Kanji | Set::Extra) => {
                let run = rest.iter().take_while(|byte| matches!(byte, 0x21..=0x7e)).count();
                let pairs = rest.get(..run).unwrap_or_default();
                taken = run;
                double(pairs, set, &mut text, &mut bad);
            }
            0x21..=0x7e => {
                let run = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x7e)).count();
                text.extend(rest.iter().take(run).map(|byte| char::from(*byte)));
                taken = run;
            }
            0x80.. => {
                // Raw kana are Shift_JIS too; pairs with their high bits left on are EUC.
                let euc = set == Set::Kanji;
                let run = rest.iter().take_while(|byte| **byte >= 0x80).count();
                // The second byte of Shift_JIS may be below.
                let spare = usize::from(!euc && ends_in_lead(rest.get(..run).unwrap_or_default()));
                taken = run.saturating_add(spare).min(rest.len());
                let part = rest.get(..taken).unwrap_or_default();
                let (read, _) = if euc { EUC_JP } else { SHIFT_JIS }.decode_without_bom_handling(part);
                bad += read.matches('\u{fffd}').count() as u64;
                text.push_str(&read);
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    (text, bad)
}

fn ends_in_lead(run: &[u8]) -> bool {
    let mut lead = false;
    for byte in run {
        lead = !lead && matches!(byte, 0x81..=0x9f | 0xe0..=0xfc);
    }
    lead
}

fn kana(byte: u8) -> char {
    char::from_u32(0xff61 - 0x21 + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn double(pairs: &[u8], set: Set, text: &mut String, bad: &mut u64) {
    let mut euc = Vec::with_capacity(pairs.len());
    let chunks = pairs.chunks_exact(2);
    let odd = !chunks.remainder().is_empty();
    for pair in chunks {
        if set == Set::Extra {
            euc.push(0x8f);
        }
        euc.extend(pair.iter().map(|byte| byte | 0x80));
    }
    let (read, errors) = EUC_JP.decode_without_bom_handling(&euc);
    if errors {
        *bad += read.matches('\u{fffd}').count() as u64;
    }
    text.push_str(&read);
    if odd {
        *bad += 1;
        text.push(char::REPLACEMENT_CHARACTER);
    }
}

/// Puts back the ESC that a relay took out: `$B…(B` becomes `ESC $B … ESC (B`. Nothing if there is no such place.
///
/// Where nothing is declared, the run must read as Japanese with a hiragana in it.
pub(super) fn restore_escapes(bytes: &[u8], declared: bool) -> Option<Vec<u8>> {
    if memchr::memchr(ESC, bytes).is_some() || memchr::memchr(b'$', bytes).is_none() {
        return None;
    }
    let mut out = Vec::new();
    let mut rest = bytes;
    let mut found = false;
    while let Some((&byte, after)) = rest.split_first() {
        if let [b'$', b'B' | b'@', tail @ ..] = rest
            && let Some(run) = run(tail, declared)
        {
            found = true;
            out.extend([ESC, b'$', b'B']);
            out.extend(tail.get(..run).unwrap_or_default());
            out.extend([ESC, b'(', b'B']);
            let end = tail.get(run..).unwrap_or_default();
            // At a line end nothing leads back.
            rest = if end.starts_with(b"(") { end.get(2..).unwrap_or_default() } else { end };
            continue;
        }
        out.push(byte);
        rest = after;
    }
    found.then_some(out)
}

/// The length of a run of pairs up to `(B`, `(J` or the end of the line, if it reads as Japanese.
fn run(tail: &[u8], declared: bool) -> Option<usize> {
    let line = tail.iter().take_while(|byte| matches!(byte, 0x21..=0x7e)).count();
    let line = tail.get(..line)?;
    // `(B` at an even place only: it may as well be half of two characters.
    let end = (0..line.len()).step_by(2).find(|at| matches!(line.get(*at..), Some([b'(', b'B' | b'J', ..])));
    let run = end.or(if declared && line.len() % 2 == 0 { Some(line.len()) } else { None })?;
    if run == 0 {
        return None;
    }
    let mut text = String::new();
    let mut bad = 0;
    double(line.get(..run)?, Set::Kanji, &mut text, &mut bad);
    let hiragana = text.chars().any(|c| matches!(c, '\u{3041}'..='\u{309f}'));
    (bad == 0 && (declared || hiragana)).then_some(run)
}

/// Writes it; nothing if a character has no place in it.
pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut set = Set::Ascii;
    for c in text.chars() {
        let (new, bytes): (Set, Cow<'_, [u8]>) = match c {
            '\u{1b}' | '\u{e}' | '\u{f}' => return None,
            c if c.is_ascii() => (Set::Ascii, Cow::Owned(vec![u8::try_from(c).ok()?])),
            '\u{ff61}'..='\u{ff9f}' => (Set::Kana, Cow::Owned(vec![u8::try_from(u32::from(c) - 0xff61 + 0x21).ok()?])),
            c => {
                let mut buffer = [0; 4];
                let (bytes, _, lost) = EUC_JP.encode(c.encode_utf8(&mut buffer));
                match bytes.as_ref() {
                    [first @ 0xa1..=0xfe, second @ 0xa1..=0xfe] if !lost => (Set::Kanji, Cow::Owned(vec![first & 0x7f, second & 0x7f])),
                    _ => return None,
                }
            }
        };
        if new != set {
            out.extend(match new {
                Set::Ascii => b"\x1b(B",
                Set::Kana => b"\x1b(I",
                Set::Kanji | Set::Extra => b"\x1b$B",
            });
            set = new;
        }
        out.extend(bytes.as_ref());
    }
    if set != Set::Ascii {
        out.extend(b"\x1b(B");
    }
    Some(out)
}
