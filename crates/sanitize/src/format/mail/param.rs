//! `Content-Type` and `Content-Disposition`: a word and parameters, in every dialect (RFC 2045, 2047
//! within quotes, 2231 in any order, raw bytes of Shift_JIS or JIS).

use super::{header, transfer};
use crate::text;

/// Parameters read of one field at most.
const PARAMS: usize = 200;

/// A word and its parameters.
#[derive(Debug, Default)]
pub(super) struct Value {
    /// In lower case: `text/plain`, `attachment`.
    pub(super) main: String,
    /// Names in lower case as written, star and number included.
    params: Vec<(String, String)>,
}

impl Value {
    /// Reads a field.
    pub(super) fn read(value: &[u8], hint: Option<&str>) -> Self {
        let text = header::raw(value, hint);
        let text = text.trim();
        let end = text.find(|c: char| c == ';' || c.is_whitespace() || c == '(').unwrap_or(text.len());
        let (main, rest) = text.split_at(end);
        Self { main: main.trim_matches(['"', '\'']).to_ascii_lowercase(), params: params(rest) }
    }

    /// The same parameters under another word.
    pub(super) fn named(self, main: &str) -> Self {
        Self { main: main.to_owned(), ..self }
    }

    /// A parameter as it stands, the first of its name.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter with its charset: the extended form before the plain one.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.extended(name).or_else(|| self.plain(name).map(header::words))?;
        let value = header::words(&value);
        (!value.trim().is_empty()).then_some(value)
    }

    /// The continuations of RFC 2231, whatever their order.
    fn extended(&self, name: &str) -> Option<String> {
        let mut pieces: Vec<(u32, bool, &str)> = Vec::new();
        for (key, value) in &self.params {
            let Some(after) = key.strip_prefix(name).and_then(|after| after.strip_prefix('*')) else { continue };
            let (number, encoded) = match after.strip_suffix('*') {
                Some(number) => (number, true),
                None => (after, after.is_empty()),
            };
            let number = if number.is_empty() { Some(0) } else { number.parse().ok() };
            if let Some(number) = number
                && !pieces.iter().any(|(other, ..)| *other == number)
            {
                pieces.push((number, encoded, value));
            }
        }
        pieces.sort_unstable_by_key(|(number, ..)| *number);
        let mut charset = None;
        let mut bytes = Vec::new();
        for (at, (_, encoded, value)) in pieces.iter().enumerate() {
            if !encoded {
                bytes.extend(value.as_bytes());
                continue;
            }
            let mut value = *value;
            if at == 0 {
                let mut parts = value.splitn(3, '\'');
                if let (Some(first), Some(_), Some(last)) = (parts.next(), parts.next(), parts.next()) {
                    charset = Some(first).filter(|charset| !charset.is_empty());
                    value = last;
                }
            }
            bytes.extend(transfer::percent(value.as_bytes()));
        }
        if pieces.is_empty() {
            return None;
        }
        Some(if bytes.is_ascii() && !bytes.contains(&0x1b) {
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            header::decode(&bytes, charset)
        })
    }
}

fn params(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < PARAMS {
        rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        if rest.starts_with('(') {
            rest = comment(rest);
            continue;
        }
        let end = rest.find(['=', ';']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let name = uncommented(name).trim().to_ascii_lowercase();
        let Some(after) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let after = after.trim_start();
        let after = if after.starts_with('(') && !name.contains("name") { comment(after).trim_start() } else { after };
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                let (value, next) = after.split_at(end);
                let value = if name.contains("name") { value.trim().to_owned() } else { uncommented(value).trim().to_owned() };
                (value, next)
            }
        };
        if !name.is_empty() {
            found.push((name, value));
        }
        rest = next;
    }
    found
}

/// What follows the comment at the start.
fn comment(text: &str) -> &str {
    let mut depth = 0u32;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '(' => depth = depth.saturating_add(1),
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return text.get(at + 1..).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
    ""
}

fn uncommented(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('(') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        rest = comment(from);
    }
    out.push_str(rest);
    out
}

/// The quoted value whose opening quote was just read, and what follows it.
fn quoted_value(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            // Windows paths are written with single backslashes.
            '\\' => match chars.peek() {
                Some((_, next @ ('"' | '\\'))) => {
                    out.push(*next);
                    chars.next();
                }
                _ => out.push('\\'),
            },
            '"' => {
                let after = text.get(at + 1..).unwrap_or_default();
                if after.is_empty() || after.starts_with([';', ' ', '\t', ',', '(']) {
                    return (out, after);
                }
                // A quote within the name that was not escaped.
                out.push('"');
            }
            _ => out.push(c),
        }
    }
    (out, "")
}

/// A file name as a reader sees it: one line, no controls; marks that deceive are left for the name check.
pub(super) fn file_name(disposition: &Value, kind: &Value) -> Option<String> {
    let name = disposition
        .text("filename")
        .or_else(|| kind.text("name"))
        .or_else(|| disposition.text("name"))
        .or_else(|| kind.text("filename"))?;
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// The charset of a text part.
pub(super) fn charset(kind: &Value) -> Option<String> {
    let charset = kind.plain("charset").map(str::to_owned).or_else(|| kind.text("charset"))?;
    let charset: String = charset.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | ';')).collect();
    (!charset.is_empty()).then_some(charset)
}

/// Whether a charset is the one that is refused.
pub(super) fn is_utf7(charset: &str) -> bool {
    let charset = charset.to_ascii_lowercase();
    text::Charset::of_label(&charset).is_none() && charset.contains("utf") && charset.contains('7')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(disposition: &[u8], kind: &[u8]) -> Option<String> {
        file_name(&Value::read(disposition, None), &Value::read(kind, None))
    }

    #[test]
    fn names_of_every_dialect_are_read() {
        let long = b"attachment; filename*1*=%E3%81%AE%E6%8F%8F; filename*0*=UTF-8''%E9%A6%AC; filename*2=.pdf";
        let cases: [(&[u8], &str); 10] = [
            (b"attachment; filename=\"a b.pdf\"", "a b.pdf"),
            (b"attachment; filename=a b(1).pdf; size=3", "a b(1).pdf"),
            (b"attachment (comment; filename=x); FileName = \"\\\"q\\\".txt\"", "\"q\".txt"),
            (b"attachment; filename=\"C:\\temp\\a.doc\"", "C:\\temp\\a.doc"),
            (long, "馬の描.pdf"),
            (b"attachment; filename=x.txt; filename*=iso-2022-jp'ja'%1B%24B%3F%5E%1B%28B.txt", "図.txt"),
            (b"attachment; filename=\"=?ISO-2022-JP?B?GyRCP14bKEI=?=.txt\"", "図.txt"),
            (b"attachment; filename=\"\x95\\\x8e\x86.txt\"", "表紙.txt"),
            (b"attachment; filename=\"\x1b$B?^\x1b(B.txt\"", "図.txt"),
            (b"attachment; filename*0=\"=?UTF-8?B?5Zuz\"; filename*1=\"?=.txt\"", "図.txt"),
        ];
        for (field, expected) in cases {
            assert_eq!(name(field, b"").as_deref(), Some(expected), "{}", String::from_utf8_lossy(field));
        }
        assert_eq!(name(b"attachment", b"text/plain; name=a.txt").as_deref(), Some("a.txt"));
        assert_eq!(name(b"attachment; filename=\"\"", b""), None);
    }

    #[test]
    fn types_are_read_through_comments_and_slips() {
        let value = Value::read(b" Text/HTML (page) ; charset = (really) \"utf-8\"; boundary=a", None);
        assert_eq!((value.main.as_str(), value.plain("charset"), value.plain("boundary")), ("text/html", Some("utf-8"), Some("a")));
        assert_eq!(Value::read(b"text/plain charset=x", None).plain("charset"), Some("x"));
        assert!(is_utf7("UTF-7") && is_utf7("x-unicode-2-0-utf-7") && !is_utf7("utf-8"));
    }
}
