//! Header fields: split from the body once, unfolded, and read into Unicode in every dialect of
//! encoded words that Japanese mailers write.

use super::transfer;
use crate::text;

/// Fields read of one header at most.
const FIELDS: usize = 1_000;

/// Bytes read of one field, continuations included.
const VALUE: usize = 128 << 10;
/// Bytes of an encoded word at most; the standard allows 75.
const WORD: usize = 4_096;

/// One field: name in lower case, value unfolded.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: Vec<u8>,
}

/// A header and where its body starts.
pub(super) struct Head<'b> {
    pub(super) fields: Vec<Field>,
    pub(super) body: &'b [u8],
}

impl Head<'_> {
    /// The first field of a name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields
            .iter()
            .filter(|field| field.name == name)
            .map(|field| field.value.as_slice())
            .find(|value| !value.trim_ascii().is_empty())
    }

    /// How many fields of a name there are.
    pub(super) fn count(&self, name: &str) -> usize {
        self.fields.iter().filter(|field| field.name == name).count()
    }
}

/// Cuts the first line off: its content without line end, and the rest.
pub(super) fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let content = bytes.get(..end).unwrap_or_default();
            (content.strip_suffix(b"\r").unwrap_or(content), bytes.get(end + 1..).unwrap_or_default())
        }
        None => (bytes, &[]),
    }
}

/// The name of a field line, in lower case, and its value.
fn field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let good = !name.is_empty() && name.len() <= 100 && name.iter().all(u8::is_ascii_graphic);
    good.then(|| (String::from_utf8_lossy(name).to_ascii_lowercase(), line.get(colon + 1..).unwrap_or_default()))
}

/// Splits header and body. The header ends at an empty line, or at the first line that can be none of its lines.
pub(super) fn split(bytes: &[u8]) -> Head<'_> {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = bytes;
    let mut first = true;
    while !rest.is_empty() {
        let (content, after) = line(rest);
        if content.is_empty() {
            return Head { fields, body: after };
        }
        let folded = content.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if folded {
            let Some(last) = fields.last_mut() else {
                let body = if content.trim_ascii().is_empty() { after } else { rest };
                return Head { fields, body };
            };
            let room = VALUE.saturating_sub(last.value.len());
            let content = content.get(..content.len().min(room)).unwrap_or_default();
            last.value.extend(content.iter().filter(|byte| !matches!(byte, 0 | b'\r')));
        } else if let Some((name, value)) = field(content) {
            let value = value.get(..value.len().min(VALUE)).unwrap_or_default();
            let value = value.iter().copied().filter(|byte| !matches!(byte, 0 | b'\r')).collect();
            if fields.len() < FIELDS {
                fields.push(Field { name, value });
            }
        } else if !(first && (content.starts_with(b"From ") || content.starts_with(b">From "))) {
            return Head { fields, body: rest };
        }
        first = false;
        rest = after;
    }
    Head { fields, body: rest }
}

/// A field's bytes as Unicode; encoded words are still words. `hint` is the charset of the mail's text.
pub(super) fn raw(value: &[u8], hint: Option<&str>) -> String {
    let stripped = || {
        // Escapes lost on the way leave $B … (B; the Q encoding writes the same letters on purpose.
        let has = |mark: &[u8]| value.windows(mark.len()).any(|window| window == mark);
        (has(b"$B") || has(b"$@")) && (has(b"(B") || has(b"(J")) && !has(b"=?")
    };
    if value.is_ascii() && !value.contains(&0x1b) && !value.contains(&0x0e) && !stripped() {
        return String::from_utf8_lossy(value).into_owned();
    }
    text::decode(value, hint).text
}

/// An encoded word at the start of a text.
struct Word<'t> {
    charset: &'t str,
    bytes: Vec<u8>,
    rest: &'t str,
}

fn word(text: &str) -> Option<Word<'_>> {
    let after = text.strip_prefix("=?")?;
    let (charset, after) = after.split_once('?')?;
    if charset.is_empty() || charset.len() > 40 || !charset.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let (encoding, after) = after.split_once('?')?;
    let base64 = match encoding {
        "B" | "b" => true,
        "Q" | "q" => false,
        _ => return None,
    };
    // A word that was cut ends at the next blank.
    let near = after.as_bytes().get(..after.len().min(WORD)).unwrap_or_default();
    let (content, rest) = match near.windows(2).position(|pair| pair == b"?=") {
        Some(end) => (after.get(..end)?, after.get(end + 2..)?),
        None => {
            let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'<');
            let end = near.iter().position(blank).or_else(|| (near.len() == after.len()).then_some(after.len()))?;
            after.split_at_checked(end)?
        }
    };
    if content.contains("=?") {
        return None;
    }
    let bytes = if base64 { transfer::base64(content.as_bytes()) } else { transfer::q_word(content.as_bytes()) };
    // charset*language of RFC 2231.
    let charset = charset.split('*').next().unwrap_or_default();
    Some(Word { charset, bytes, rest })
}

/// How long the encoded word at the start of a text is; 0 if there is none.
pub(super) fn word_length(text: &str) -> usize {
    word(text).map_or(0, |word| text.len().saturating_sub(word.rest.len()))
}

/// Bytes that are declared to be in a charset.
pub(super) fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    if charset.is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
        && !bytes.contains(&0x1b)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.to_owned();
    }
    text::decode(bytes, charset).text
}

/// Decodes the encoded words of a text. Neighbours in one charset are joined before they are read,
/// because mailers cut within characters.
pub(super) fn words(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut held: Option<(String, Vec<u8>)> = None;
    let mut blank = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = if c == '=' { word(rest) } else { None };
        if let Some(word) = found.filter(|word| !word.charset.eq_ignore_ascii_case("utf-7")) {
            match &mut held {
                Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => bytes.extend(word.bytes),
                _ => {
                    if let Some((charset, bytes)) = held.take() {
                        out.push_str(&decode(&bytes, Some(&charset)));
                    } else {
                        out.push_str(&blank);
                    }
                    held = Some((word.charset.to_owned(), word.bytes));
                }
            }
            blank.clear();
            rest = word.rest;
            continue;
        }
        if c.is_ascii_whitespace() {
            blank.push(c);
        } else {
            if let Some((charset, bytes)) = held.take() {
                out.push_str(&decode(&bytes, Some(&charset)));
            }
            out.push_str(&blank);
            blank.clear();
            out.push(c);
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    if let Some((charset, bytes)) = held {
        out.push_str(&decode(&bytes, Some(&charset)));
    }
    out.push_str(&blank);
    out
}

/// One line of visible characters: no controls, single blanks, nothing around.
pub(super) fn tidy(text: &str) -> String {
    let spaced: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}') { ' ' } else { c }).collect();
    let clean = text::clean(&spaced);
    clean.text.split([' ', '\t']).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

/// An unstructured field as a reader sees it.
pub(super) fn unstructured(value: &[u8], hint: Option<&str>) -> String {
    tidy(&words(&raw(value, hint)))
}
