//! Writing: every header field, body and attachment of the new message has one form.

use std::collections::BTreeSet;

use super::{address::Address, transfer};
use crate::{Kind, text};

/// Bytes of a line, after which fields are folded.
const LINE: usize = 74;

/// Whether a text stands for itself in a header.
fn plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains("=?")
}

/// A text as encoded words, none of which cuts a character.
fn encoded(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        if piece.len() + c.len_utf8() > 42 {
            words.push(format!("=?UTF-8?B?{}?=", transfer::to_base64(piece.as_bytes())));
            piece.clear();
        }
        piece.push(c);
    }
    words.push(format!("=?UTF-8?B?{}?=", transfer::to_base64(piece.as_bytes())));
    words
}

/// A field from tokens, which are set apart by blanks and never cut.
fn field(out: &mut String, name: &str, tokens: &[String]) {
    out.push_str(name);
    out.push(':');
    let mut length = name.len() + 1;
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && length + 1 + token.len() > LINE {
            out.push_str("\r\n");
            length = 0;
        }
        out.push(' ');
        out.push_str(token);
        length += 1 + token.len();
    }
    out.push_str("\r\n");
}

/// An unstructured field; the text is one line with single blanks.
pub(super) fn line(out: &mut String, name: &str, text: &str) {
    let short = text.split(' ').all(|word| word.len() <= LINE - name.len());
    let tokens: Vec<String> = if plain(text) && short { text.split(' ').map(str::to_owned).collect() } else { encoded(text) };
    field(out, name, &tokens);
}

/// A field of words that are known to be plain.
pub(super) fn tokens(out: &mut String, name: &str, tokens: &[String]) {
    field(out, name, tokens);
}

/// A field of addresses.
pub(super) fn addresses(out: &mut String, name: &str, list: &[Address]) {
    let mut tokens = Vec::new();
    for (at, address) in list.iter().enumerate() {
        let quotable = plain(&address.name) && address.name.len() <= 60;
        match (address.name.is_empty(), address.at.is_empty()) {
            (true, _) if address.at.starts_with('"') => tokens.push(format!("<{}>", address.at)),
            (true, _) => tokens.push(address.at.clone()),
            (false, true) => tokens.extend(encoded(&address.name)),
            (false, false) => {
                if quotable {
                    tokens.push(format!("\"{}\"", address.name.replace('\\', "\\\\").replace('"', "\\\"")));
                } else {
                    tokens.extend(encoded(&address.name));
                }
                tokens.push(format!("<{}>", address.at));
            }
        }
        if at + 1 < list.len()
            && let Some(last) = tokens.last_mut()
        {
            last.push(',');
        }
    }
    field(out, name, &tokens);
}

/// A body or an attachment, encoded, with its own header lines.
pub(super) struct Part {
    pub(super) head: String,
    pub(super) body: String,
}

/// Text: as it stands if every way of mail leaves it alone, otherwise in base64. Line ends are `\n` before, CRLF after.
pub(super) fn body(text: &str) -> Part {
    let crlf = text.replace('\n', "\r\n");
    let safe = text.is_ascii()
        && text
            .split('\n')
            .all(|line| line.len() <= 900 && !line.starts_with("--") && !line.starts_with("From ") && !line.starts_with('.'));
    let (encoding, body) = if safe { ("7bit", crlf) } else { ("base64", lines(crlf.as_bytes())) };
    Part { head: format!("Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: {encoding}\r\n"), body }
}

/// base64 in lines.
fn lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() / 54 * 75 + 80);
    for piece in bytes.chunks(57) {
        out.push_str(&transfer::to_base64(piece));
        out.push_str("\r\n");
    }
    out
}

/// An attachment with its name in both forms.
pub(super) fn attachment(name: &str, kind: Kind, bytes: &[u8]) -> Part {
    // A message is not encoded (RFC 2046); ours has no long lines and no bytes above ASCII.
    let message = kind == Kind::Eml && bytes.is_ascii();
    let (encoding, body) = if message { ("7bit", String::from_utf8_lossy(bytes).into_owned()) } else { ("base64", lines(bytes)) };
    let mut head =
        format!("Content-Type: {}\r\nContent-Transfer-Encoding: {encoding}\r\nContent-Disposition: attachment", mime(kind, bytes));
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' }).collect();
    if ascii == name && name.len() <= 60 {
        head.push_str(&format!(";\r\n filename=\"{name}\"\r\n"));
        return Part { head, body };
    }
    // For readers without RFC 2231 only the ending matters.
    let ending = ascii.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| ending.len() <= 12).unwrap_or_default();
    let stem = ascii.rsplit_once('.').map_or(ascii.as_str(), |(stem, _)| stem);
    let stem = if name.is_ascii() && stem.len() <= 60 { stem } else { "attachment" };
    let dot = if ending.is_empty() { "" } else { "." };
    let mut pieces = vec!["UTF-8''".to_owned()];
    for c in name.chars() {
        let mut piece = String::new();
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
                piece.push(char::from(byte));
            } else {
                piece.push_str(&format!("%{byte:02X}"));
            }
        }
        match pieces.last_mut() {
            Some(last) if last.len() + piece.len() <= 60 => last.push_str(&piece),
            _ => pieces.push(piece),
        }
    }
    if let [piece] = pieces.as_slice() {
        head.push_str(&format!(";\r\n filename*={piece}"));
    } else {
        for (at, piece) in pieces.iter().enumerate() {
            head.push_str(&format!(";\r\n filename*{at}*={piece}"));
        }
    }
    // Last, since some readers take the first.
    head.push_str(&format!(";\r\n filename=\"{stem}{dot}{ending}\"\r\n"));
    Part { head, body }
}

/// The media type, of texts with the charset.
fn mime(kind: Kind, bytes: &[u8]) -> String {
    match kind {
        Kind::Text | Kind::Csv | Kind::Tsv => format!("{}; charset={}", kind.mime(), text::decode(bytes, None).charset.label()),
        kind => kind.mime().to_owned(),
    }
}

/// The parts below the header fields.
pub(super) fn message(mut out: String, body: Part, attachments: Vec<Part>) -> Vec<u8> {
    out.push_str("MIME-Version: 1.0\r\n");
    if attachments.is_empty() {
        out.push_str(&body.head);
        out.push_str("\r\n");
        out.push_str(&body.body);
        return out.into_bytes();
    }
    let parts: Vec<Part> = std::iter::once(body).chain(attachments).collect();
    let boundary = boundary(&parts);
    out.push_str(&format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"));
    for part in parts {
        out.push_str(&format!("--{boundary}\r\n{}\r\n{}\r\n", part.head, part.body));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
    out.into_bytes()
}

/// The first boundary that stands in no part.
fn boundary(parts: &[Part]) -> String {
    let taken: BTreeSet<&str> = parts
        .iter()
        .flat_map(|part| part.body.split("=_part_").skip(1))
        .filter_map(|after| after.get(..after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())))
        .collect();
    let mut number = 0u32;
    while taken.contains(number.to_string().as_str()) {
        number = number.saturating_add(1);
    }
    format!("=_part_{number}_=")
}
