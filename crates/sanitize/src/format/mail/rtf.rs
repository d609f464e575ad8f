//! RTF bodies of Outlook: unpacked (LZFu), and read as text or as the page that was packed into it.

use std::collections::BTreeMap;

use super::tnef::code_page;
use crate::{Hold, Reason, job::Job, text};

/// What every packer and unpacker starts from.
const START: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Unpacks.
pub(super) fn unpack(job: &mut Job<'_>, bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
    let (Some(size), Some(mark)) = (number(4), bytes.get(8..12)) else { return Err(Hold::damaged("a packed RTF body without head")) };
    let data = bytes.get(16..).unwrap_or_default();
    if mark == b"MELA" {
        return Ok(data.to_vec());
    }
    if mark != b"LZFu" {
        return Err(Hold::damaged("an RTF body packed in no known way"));
    }
    let room = job.room(data.len() as u64).min(u64::from(size).saturating_add(16));
    let out = lzfu(data, usize::try_from(room).unwrap_or(usize::MAX));
    job.expand(data.len() as u64, out.len() as u64)?;
    Ok(out)
}

/// Unpacks at most so many bytes; stops at the end mark or where the data end.
fn lzfu(data: &[u8], room: usize) -> Vec<u8> {
    // The dictionary is a ring of 4,096 bytes whose first 207 are given: here, the last 4,096 of what was written.
    let mut out: Vec<u8> = START.to_vec();
    let mut input = data.iter().copied();
    let limit = room.saturating_add(START.len());
    'all: while let Some(flags) = input.next() {
        for bit in 0..8 {
            if out.len() >= limit {
                break 'all;
            }
            let Some(byte) = input.next() else { break 'all };
            if flags >> bit & 1 == 0 {
                out.push(byte);
                continue;
            }
            let Some(second) = input.next() else { break 'all };
            let pair = u16::from_be_bytes([byte, second]);
            let place = usize::from(pair >> 4);
            // The reference to the place being written next ends the data.
            let here = out.len() & 4_095;
            if place == here {
                break 'all;
            }
            let back = here.wrapping_sub(place) & 4_095;
            for _ in 0..usize::from(pair & 15) + 2 {
                // Places never written hold blanks.
                let byte = out.len().checked_sub(back).and_then(|at| out.get(at)).copied().unwrap_or(b' ');
                out.push(byte);
            }
        }
    }
    out.split_off(START.len().min(out.len()))
}

/// What an RTF text comes to.
pub(super) struct Reading {
    pub(super) text: String,
    /// The text is a page that Outlook had packed.
    pub(super) html: bool,
}

/// What holds within a group.
#[derive(Clone)]
struct State {
    /// Nothing here is shown.
    skip: bool,
    /// RTF that stands for what a tag of the page says.
    doubled: bool,
    fonts: bool,
    font: i32,
    /// Letters that stand for a \u before them.
    after: i32,
}

/// Groups within groups at most.
const DEPTH: usize = 1_000;

struct Reader {
    out: String,
    /// Bytes in the code page of the font, not yet read.
    bytes: Vec<u8>,
    page: u32,
    pages: BTreeMap<i32, u32>,
    html: bool,
    surrogate: Option<u16>,
}

impl Reader {
    fn flush(&mut self, font: i32) {
        if !self.bytes.is_empty() {
            let page = self.pages.get(&font).copied().unwrap_or(self.page);
            let decoded = text::decode(&self.bytes, Some(&code_page(page)));
            self.out.push_str(&decoded.text);
            self.bytes.clear();
        }
    }

    fn push(&mut self, state: &State, text: &str) {
        if !state.skip && !state.doubled {
            self.flush(state.font);
            self.out.push_str(text);
        }
    }

    fn unit(&mut self, state: &State, unit: u16) {
        let units = match self.surrogate.take() {
            Some(high) => vec![high, unit],
            None if (0xd800..0xdc00).contains(&unit) => {
                self.surrogate = Some(unit);
                return;
            }
            None => vec![unit],
        };
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        self.push(state, &text);
    }
}

/// The code page of a font's character set.
const fn of_charset(charset: i32) -> Option<u32> {
    Some(match charset {
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

/// Groups whose words are not those of the text.
const HIDDEN: [&str; 24] = [
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "headerf",
    "footerl",
    "footerr",
    "footerf",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "themedata",
    "datastore",
    "xmlnstbl",
    "fldinst",
    "bkmkstart",
    "bkmkend",
    "revtbl",
];

/// Reads a text.
pub(super) fn read(rtf: &[u8]) -> Result<Reading, Hold> {
    let mut reader = Reader { out: String::new(), bytes: Vec::new(), page: 1252, pages: BTreeMap::new(), html: false, surrogate: None };
    let mut state = State { skip: false, doubled: false, fonts: false, font: 0, after: 1 };
    let mut stack: Vec<State> = Vec::new();
    let mut rest = rtf;
    // Letters to pass over after a \u.
    let mut pass = 0;
    let mut starred = false;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' => {
                reader.flush(state.font);
                if stack.len() >= DEPTH {
                    return Err(Hold::new(Reason::TooDeep, "groups of RTF within each other"));
                }
                stack.push(state.clone());
                pass = 0;
            }
            b'}' => {
                reader.flush(state.font);
                match stack.pop() {
                    Some(outer) => state = outer,
                    None => break,
                }
                pass = 0;
            }
            b'\\' => {
                let (word, number, after) = control(rest);
                rest = after;
                match word {
                    Control::Byte(byte) => {
                        if pass > 0 {
                            pass -= 1;
                        } else if !state.skip && !state.doubled && !state.fonts {
                            reader.bytes.push(byte);
                        }
                    }
                    Control::Symbol(symbol) => match symbol {
                        b'*' => {
                            starred = true;
                            continue;
                        }
                        b'\\' | b'{' | b'}' if !state.fonts => reader.push(&state, char::from(symbol).encode_utf8(&mut [0; 4])),
                        b'~' => reader.push(&state, "\u{a0}"),
                        b'_' => reader.push(&state, "-"),
                        b'\r' | b'\n' => reader.push(&state, "\n"),
                        _ => {}
                    },
                    Control::Word(word) => {
                        let word = String::from_utf8_lossy(word);
                        match word.as_ref() {
                            "htmltag" => {}
                            "mhtmltag" => state.skip = true,
                            "fonttbl" => state.fonts = true,
                            word if HIDDEN.contains(&word) || starred => state.skip = true,
                            "fromhtml" => reader.html = number != Some(0),
                            "htmlrtf" => {
                                reader.flush(state.font);
                                state.doubled = reader.html && number != Some(0);
                            }
                            "ansicpg" => reader.page = number.and_then(|number| u32::try_from(number).ok()).unwrap_or(1252),
                            "f" | "af" | "dbch" => {
                                reader.flush(state.font);
                                state.font = number.unwrap_or(state.font);
                            }
                            "fcharset" if state.fonts => {
                                if let Some(page) = number.and_then(of_charset) {
                                    reader.pages.insert(state.font, page);
                                }
                            }
                            "uc" => state.after = number.unwrap_or(1).clamp(0, 8),
                            "u" => {
                                let unit = number.unwrap_or(0).rem_euclid(65_536);
                                reader.unit(&state, u16::try_from(unit).unwrap_or(0xfffd));
                                pass = state.after;
                            }
                            "par" | "line" | "row" | "sect" | "page" => reader.push(&state, "\n"),
                            "tab" | "cell" => reader.push(&state, "\t"),
                            "lquote" => reader.push(&state, "‘"),
                            "rquote" => reader.push(&state, "’"),
                            "ldblquote" => reader.push(&state, "“"),
                            "rdblquote" => reader.push(&state, "”"),
                            "bullet" => reader.push(&state, "・"),
                            "emdash" => reader.push(&state, "—"),
                            "endash" => reader.push(&state, "–"),
                            "bin" => rest = rest.get(usize::try_from(number.unwrap_or(0)).unwrap_or(0)..).unwrap_or_default(),
                            _ => {}
                        }
                    }
                }
            }
            b'\r' | b'\n' | 0 => {}
            byte => {
                if pass > 0 {
                    pass -= 1;
                } else if !state.skip && !state.doubled && !state.fonts {
                    reader.bytes.push(*byte);
                }
            }
        }
        starred = false;
    }
    reader.flush(state.font);
    Ok(Reading { text: reader.out, html: reader.html })
}

/// What a backslash begins.
enum Control<'b> {
    Word(&'b [u8]),
    Symbol(u8),
    Byte(u8),
}

fn control(bytes: &[u8]) -> (Control<'_>, Option<i32>, &[u8]) {
    let length = bytes.iter().take(40).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if length == 0 {
        let Some((symbol, after)) = bytes.split_first() else { return (Control::Symbol(0), None, bytes) };
        if *symbol == b'\''
            && let Some(byte) = super::transfer::hex_pair(after)
        {
            return (Control::Byte(byte), None, after.get(2..).unwrap_or_default());
        }
        return (Control::Symbol(*symbol), None, after);
    }
    let (word, after) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
    let sign = usize::from(after.first() == Some(&b'-'));
    let digits = after.iter().skip(sign).take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let (number, after) = if digits == 0 {
        (None, after)
    } else {
        let (number, after) = after.split_at_checked(sign + digits).unwrap_or((after, &[]));
        (std::str::from_utf8(number).ok().and_then(|number| number.parse().ok()), after)
    };
    (Control::Word(word), number, after.strip_prefix(b" ").unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_unpacked() {
        assert_eq!(START.len(), 207);
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67,
            0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d,
            0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(lzfu(&packed[16..], 1_000), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    }

    #[test]
    fn texts_and_packed_pages_are_read() {
        let plain = read(b"{\\rtf1\\ansi\\ansicpg932{\\fonttbl{\\f0\\fcharset128 MS;}{\\f1\\fcharset0 A;}}\\f0 \\'8e\\'9f\\'89\\'ce\\f1\\par \\u26085?\\u26412 ?{\\*\\x y}z}").unwrap();
        assert_eq!((plain.text.as_str(), plain.html), ("次火\n日本z", false));
        let page = read(b"{\\rtf1\\ansi\\ansicpg932\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 \\'8e\\'9f\\htmlrtf\\par}\\htmlrtf0 {\\*\\htmltag72 </p>}}").unwrap();
        assert_eq!((page.text.as_str(), page.html), ("<p>次</p>", true));
    }
}
