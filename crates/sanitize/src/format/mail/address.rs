//! Lists of addresses: read leniently, written in one way.

use super::header;

/// Addresses read of one field at most.
const ADDRESSES: usize = 1_000;

/// A mailbox; either half may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) name: String,
    pub(super) at: String,
}

/// What is read of one mailbox.
#[derive(Default)]
struct Reading {
    /// With quotes as written.
    raw: String,
    /// Without them.
    phrase: String,
    comment: String,
    angle: Option<String>,
    /// An encoded word or a quoted string was among it.
    words: bool,
}

impl Reading {
    fn push(&mut self, piece: &str) {
        self.raw.push_str(piece);
        self.phrase.push_str(piece);
    }

    fn finish(self) -> Option<Address> {
        let name = header::tidy(&header::words(&self.phrase));
        let comment = || header::tidy(&header::words(&self.comment));
        let address = match self.angle {
            Some(angle) => {
                let angle = header::words(&angle);
                // A route of former times.
                let at = angle.rsplit_once(':').filter(|(route, _)| route.starts_with('@')).map_or(angle.as_str(), |(_, at)| at);
                Address { name: if name.is_empty() { comment() } else { name }, at: at.split_whitespace().collect() }
            }
            None => {
                let bare: String = self.raw.split_whitespace().collect();
                let single = !self.words && !self.raw.trim().contains(char::is_whitespace);
                if bare.contains('@') && is_address(&bare) && !self.raw.contains("=?") || single && is_address(&bare) {
                    Address { name: comment(), at: bare }
                } else {
                    Address { name, at: String::new() }
                }
            }
        };
        let address = if address.at.is_empty() || is_address(&address.at) {
            address
        } else {
            // What cannot be an address is words.
            let words = header::tidy(&format!("{} {}", address.name, address.at));
            Address { name: words, at: String::new() }
        };
        let address = Address { name: address.name.chars().take(500).collect(), ..address };
        (!address.name.is_empty() || !address.at.is_empty()).then_some(address)
    }
}

/// Whether this can be written between angle brackets and be read back.
fn is_address(at: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'(' | b')' | b',' | b';' | b':' | b'\\' | b'"'))
    };
    if at.len() > 250 || at.contains("=?") {
        return false;
    }
    match at.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((local, domain)) => plain(local) && domain.strip_prefix('@').is_some_and(plain),
        None => plain(at),
    }
}

/// Reads a list.
pub(super) fn list(value: &[u8], hint: Option<&str>) -> Vec<Address> {
    let text = header::raw(value, hint);
    let mut found = Vec::new();
    let mut reading = Reading::default();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if found.len() >= ADDRESSES {
            break;
        }
        let word = if c == '=' { header::word_length(rest) } else { 0 };
        if word > 0 {
            let (piece, after) = rest.split_at(word);
            reading.push(piece);
            reading.words = true;
            rest = after;
            continue;
        }
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '"' => {
                let (quoted, after) = quoted(after);
                reading.raw.push_str(&format!("\"{quoted}\""));
                reading.phrase.push_str(&quoted);
                // "名前" <a> and "a"@b alike.
                reading.words |= !after.starts_with('@');
                after
            }
            '(' => {
                let (comment, after) = comment(after);
                if !reading.comment.is_empty() {
                    reading.comment.push(' ');
                }
                reading.comment.push_str(&comment);
                after
            }
            '<' => {
                let (angle, after) = after.split_once('>').unwrap_or((after, ""));
                if reading.angle.is_none() {
                    reading.angle = Some(angle.to_owned());
                }
                after
            }
            ',' | ';' => {
                found.extend(std::mem::take(&mut reading).finish());
                after
            }
            // The name of a group; what it names are its members.
            ':' if reading.angle.is_none() => {
                let group = std::mem::take(&mut reading);
                if after.trim_start().is_empty() || after.trim_start().starts_with(';') {
                    found.extend(Reading { words: true, ..group }.finish());
                }
                after
            }
            c => {
                reading.push(c.encode_utf8(&mut [0; 4]));
                after
            }
        };
    }
    found.extend(reading.finish());
    found
}

fn quoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            '"' => return (out, text.get(at + 1..).unwrap_or_default()),
            _ => out.push(c),
        }
    }
    (out, "")
}

fn comment(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut depth = 1u32;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                out.extend(chars.next().map(|(_, c)| c));
                continue;
            }
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (out, text.get(at + 1..).unwrap_or_default());
        }
        out.push(c);
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        list(value.as_bytes(), None).into_iter().map(|address| (address.name, address.at)).collect()
    }

    #[test]
    fn addresses_of_every_dialect_are_read() {
        let one = |name: &str, at: &str| vec![(name.to_owned(), at.to_owned())];
        assert_eq!(read("a@example.jp"), one("", "a@example.jp"));
        assert_eq!(read("a@example.jp (Hanako)"), one("Hanako", "a@example.jp"));
        assert_eq!(read("\"=?ISO-2022-JP?B?GyRCP14bKEI=?=\" <a@example.jp>"), one("図", "a@example.jp"));
        assert_eq!(read("=?utf-8?Q?a,b_=E5=9B=B3?= <a@example.jp>"), one("a,b 図", "a@example.jp"));
        assert_eq!(read("\"a..b.\"@example.jp"), one("", "\"a..b.\"@example.jp"));
        assert_eq!(read("a..b.@example.jp"), one("", "a..b.@example.jp"));
        assert_eq!(read("undisclosed-recipients:;"), one("undisclosed-recipients", ""));
        assert_eq!(read("Moderator-Address <moderator>"), one("Moderator-Address", "moderator"));
        assert_eq!(read("X <x y>"), one("X", "xy"));
        assert_eq!(read("X <図@example.jp>"), one("X 図@example.jp", ""));
        assert_eq!(
            read("班: a@example.jp, \"B, b\" <b@example.jp>;, c@example.jp"),
            vec![("".into(), "a@example.jp".into()), ("B, b".into(), "b@example.jp".into()), ("".into(), "c@example.jp".into())]
        );
    }
}
