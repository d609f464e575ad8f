//! Content lines of calendars and contacts (RFC 5545, 6350, vCard 2.1, vCalendar 1.0).

use std::borrow::Cow;

use crate::text;

/// A line: `NAME;PARAMETER=value:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// In front of the name: `item1.`; empty mostly.
    pub(super) group: String,
    /// In capitals.
    pub(super) name: String,
    /// Names in capitals; of old versions a word alone is both.
    pub(super) parameters: Vec<(String, String)>,
    /// Decoded, escapes of the format as they are.
    pub(super) value: String,
    /// Whether it stood in quoted-printable, which old readers need for what is not ASCII.
    pub(super) printable: bool,
}

impl Line {
    /// Whether a word stands among the parameters of old versions: `PHOTO;JPEG;BASE64:`.
    pub(super) fn has(&self, word: &str) -> bool {
        self.parameters.iter().any(|(name, value)| name == word || value.eq_ignore_ascii_case(word))
    }
}

/// Lines of a file, unfolded and decoded; also how many could not be read.
pub(super) fn lines(bytes: &[u8]) -> (Vec<Line>, u64) {
    // Values may be in another charset than the file, each in its own.
    let mut raw: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match raw.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => last.extend(line.get(1..).unwrap_or_default()),
            // A soft line end of quoted-printable.
            Some(last) if last.ends_with(b"=") && is_printable(last) => {
                last.pop();
                last.extend(line);
            }
            // Base64 of old versions goes on without a sign up to an empty line.
            Some(last) if !line.is_empty() && !line.contains(&b':') && is_base64(last) => last.extend(line),
            _ => raw.push(line.to_vec()),
        }
    }
    let whole = text::decode(bytes, None).charset;
    let mut bad = 0;
    let mut lines = Vec::new();
    for line in raw.iter().filter(|line| !line.iter().all(u8::is_ascii_whitespace)) {
        match self::line(line, whole.label()) {
            Some(line) => lines.push(line),
            None => bad += 1,
        }
    }
    (lines, bad)
}

fn head(line: &[u8]) -> String {
    line.iter().take_while(|byte| **byte != b':').map(|byte| char::from(byte.to_ascii_uppercase())).collect()
}

fn is_printable(line: &[u8]) -> bool {
    head(line).contains("QUOTED-PRINTABLE")
}

fn is_base64(line: &[u8]) -> bool {
    let head = head(line);
    head.contains("BASE64") || head.contains("ENCODING=B")
}

fn line(bytes: &[u8], charset: &str) -> Option<Line> {
    let printable = is_printable(bytes);
    let named = head(bytes);
    let named = named.split(';').find_map(|part| part.strip_prefix("CHARSET=")).map(|name| name.trim_matches('"').to_owned());
    // The colon behind the parameters, which may be in quotes.
    let mut quoted = false;
    let colon = bytes.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b':' && !quoted
    })?;
    let (head, value) = bytes.split_at_checked(colon)?;
    let value = value.get(1..)?;
    let value: Cow<'_, [u8]> = if printable { Cow::Owned(unprintable(value)) } else { Cow::Borrowed(value) };
    let declared = named.as_deref().unwrap_or(charset);
    let value = text::decode(&value, Some(declared)).text;
    let head = text::decode(head, Some(charset)).text;
    let mut parts = split(&head).into_iter();
    let name = parts.next()?;
    let (group, name) = name.rsplit_once('.').unwrap_or(("", name));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !plain(name) || !group.is_empty() && !plain(group) {
        return None;
    }
    let parameters = parts
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned())
        })
        .filter(|(name, value)| {
            name != "CHARSET" && name != "QUOTED-PRINTABLE" && !(name == "ENCODING" && value.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
        })
        .filter(|(name, value)| !(name == "ENCODING" && matches!(value.to_ascii_uppercase().as_str(), "8BIT" | "7BIT")))
        .collect();
    Some(Line { group: group.to_owned(), name: name.to_ascii_uppercase(), parameters, value, printable })
}

/// Pieces between semicolons outside of quotes.
fn split(head: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut quoted, mut start) = (false, 0);
    for (at, c) in head.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                pieces.push(head.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(head.get(start..).unwrap_or_default());
    pieces
}

fn unprintable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        let digits = bytes.as_slice().first_chunk::<2>().and_then(|pair| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
        });
        match digits {
            Some(code) if *byte == b'=' => {
                out.push(code);
                let _ = bytes.nth(1);
            }
            _ => out.push(*byte),
        }
    }
    out
}

/// Writes a line, folded; in quoted-printable and with its charset where it came so.
pub(super) fn write(out: &mut String, line: &Line) {
    let mut text = String::new();
    if !line.group.is_empty() {
        text.push_str(&line.group);
        text.push('.');
    }
    text.push_str(&line.name);
    for (name, value) in &line.parameters {
        text.push(';');
        text.push_str(name);
        if !value.is_empty() {
            let value: String = value.chars().filter(|c| *c != '"' && !c.is_control()).collect();
            let quote = if value.contains([':', ';', ',']) { "\"" } else { "" };
            text.push_str(&format!("={quote}{value}{quote}"));
        }
    }
    let value: String = if line.printable { line.value.clone() } else { line.value.replace(['\r', '\n'], " ") };
    if line.printable {
        text.push_str(";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:");
        for byte in value.bytes() {
            match byte {
                b'=' | ..=0x20 | 0x7f.. => text.push_str(&format!("={byte:02X}")),
                byte => text.push(char::from(byte)),
            }
        }
        // Folded by its own rule: lines of at most 76, none ending within a byte.
        let mut length = 0;
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            let size = if c == '=' && !rest.starts_with("=UTF") && !rest.starts_with("=QUO") { 3.min(rest.len()) } else { c.len_utf8() };
            if length + size > 75 && out.len() > length {
                out.push_str("=\r\n");
                length = 0;
            }
            let (piece, after) = rest.split_at_checked(size).unwrap_or((rest, ""));
            out.push_str(piece);
            length += size;
            rest = after;
        }
        out.push_str("\r\n");
        return;
    }
    text.push(':');
    text.push_str(&value);
    let mut length = 0;
    for c in text.chars() {
        if length + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}
