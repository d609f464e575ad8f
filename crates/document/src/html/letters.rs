//! The letters of a web page: its encoding, and what XHTML writes shorter than HTML reads; knows no element's meaning.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::decode::{self, DecodeError};

/// Bytes in which a page says what it is.
const HEAD: usize = 4_096;

/// Whether some bytes begin as a web page does.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or(bytes);
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let text = if wide { decode_wide(head) } else { String::from_utf8_lossy(head) };
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while let Some(after) = declaration(rest) {
        rest = after.trim_start();
    }
    let Some(name) = rest.strip_prefix('<') else { return false };
    let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '!').collect::<String>().to_ascii_lowercase();
    let whole = ["!doctype", "html", "head", "body", "meta", "title", "frameset", "link", "base", "style", "script"];
    let part = [
        "div", "p", "table", "section", "article", "main", "h1", "h2", "h3", "ol", "ul", "dl", "span", "font", "center", "form", "pre", "b",
    ];
    let closes = || contains(bytes, b"</") || contains(bytes, b"<br");
    match name.as_str() {
        "!doctype" => rest.get(..40.min(rest.len())).is_none_or(|start| start.to_ascii_lowercase().contains("html")),
        name => whole.contains(&name) || (part.contains(&name) && closes()),
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn decode_wide(bytes: &[u8]) -> Cow<'_, str> {
    Encoding::for_bom(bytes).map_or(Cow::Borrowed(""), |(encoding, _)| encoding.decode_with_bom_removal(bytes).0)
}

/// What follows a comment or an XML declaration at the beginning.
fn declaration(text: &str) -> Option<&str> {
    let (open, close) = if text.starts_with("<!--") { ("<!--", "-->") } else { ("<?", "?>") };
    text.strip_prefix(open)?.split_once(close).map(|(_, rest)| rest)
}

/// The text of a page, in the encoding that it names, or else in the one that fits.
pub(super) fn text(bytes: &[u8]) -> Result<String, DecodeError> {
    decode::check_size(bytes)?;
    if Encoding::for_bom(bytes).is_none()
        && (std::str::from_utf8(bytes).is_err() || contains(bytes, b"\x1b$"))
        && let Some(encoding) = named(bytes)
    {
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        // A page with a few broken letters is still that page; one with many names the wrong encoding.
        if !broken || text.matches('\u{fffd}').count() * 200 < text.chars().count() {
            return Ok(text.into_owned());
        }
    }
    decode::decode_text(bytes, |_| Ok(()))
}

/// The encoding that a `charset` or an XML declaration names.
fn named(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    ["charset", "encoding"].iter().find_map(|word| {
        head.split(word).skip(1).find_map(|after| {
            let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
            let label: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':')).collect();
            Encoding::for_label(label.as_bytes())
        })
    })
}

/// Elements that have no end in HTML either.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// In XHTML `<title/>` ends at once; a reader of HTML would take the rest of the page for the title.
pub(super) fn expand_empty(text: &str) -> Cow<'_, str> {
    let head: String = text.chars().take(2_000).collect();
    if !(head.contains("<?xml") || head.contains("1999/xhtml")) || !text.contains("/>") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/>") {
        out.push_str(before);
        let tag = before.rsplit_once('<').map(|(_, tag)| tag).filter(|tag| !tag.contains('>'));
        let name: String = tag.unwrap_or("").chars().take_while(char::is_ascii_alphanumeric).collect();
        if name.is_empty() || VOID.contains(&name.to_ascii_lowercase().as_str()) {
            out.push_str("/>");
        } else {
            out.push_str("></");
            out.push_str(&name);
            out.push('>');
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
