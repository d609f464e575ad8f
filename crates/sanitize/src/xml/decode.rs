//! Bytes → characters, by the byte order mark; the declaration may not tell otherwise.

use std::borrow::Cow;

use crate::Hold;

/// The text of an XML document in UTF-8 or UTF-16.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Hold> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [b'<', 0, ..] => Cow::Owned(utf16(bytes, u16::from_le_bytes)?),
        [0, b'<', ..] => Cow::Owned(utf16(bytes, u16::from_be_bytes)?),
        _ => {
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            let text = std::str::from_utf8(bytes).map_err(|_| Hold::damaged("XML that is not UTF-8"))?;
            if let Some(label) = label(text) {
                let label = label.to_ascii_lowercase();
                // Other charsets may be named as long as nothing but ASCII is used.
                if label != "utf-8" && label != "utf8" && !text.is_ascii() {
                    return Err(Hold::damaged("XML in another charset than it is written in"));
                }
            }
            Cow::Borrowed(text)
        }
    };
    Ok(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Hold> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Hold::damaged("XML in UTF-16 with an odd byte"));
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| Hold::damaged("XML with half of a surrogate pair"))
}

/// `encoding="…"` of the declaration.
fn label(text: &str) -> Option<&str> {
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split(quote).next()
}
