//! Plain text: the same words in the same encoding, without what nobody sees.

use std::borrow::Cow;

use crate::{
    Hold, Kind, Reason,
    job::{Built, Job},
    text::{self, Charset, Decoded},
};

/// Rebuilds a text.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    let decoded = read(job, bytes, None)?;
    let cleaned = text::clean_in(job, "", &decoded.text);
    something(&cleaned)?;
    Ok(Built::new(kind, write(job, &cleaned, decoded.charset)))
}

/// Reads text of a file; tells of characters that cannot be read and refuses what is none.
pub(super) fn read(job: &mut Job<'_>, bytes: &[u8], declared: Option<&str>) -> Result<Decoded, Hold> {
    let decoded = text::decode(bytes, declared);
    if decoded.bad.saturating_mul(10) > decoded.text.chars().count() as u64 {
        return Err(Hold::damaged("bytes that are no text in any encoding"));
    }
    if decoded.bad > 0 {
        job.note(format!("読み取れない文字が{}か所あり、「\u{fffd}」に置き換えました。", decoded.bad));
    }
    Ok(decoded)
}

/// Refuses text of which nothing is left.
pub(super) fn something(text: &str) -> Result<(), Hold> {
    if text.is_empty() { Err(Hold::new(Reason::NothingLeft, "nothing but what nobody sees")) } else { Ok(()) }
}

/// Writes text as it was written; in UTF-8 with a mark where it would not be read again as the same.
pub(super) fn write(job: &mut Job<'_>, words: &str, charset: Charset) -> Vec<u8> {
    let (bytes, written) = text::encode(words, charset);
    if written == charset && (charset == Charset::UTF8 && !bytes.contains(&0x1b) && !bytes.contains(&b'$') || same(&bytes, words)) {
        return bytes;
    }
    job.note("元の文字コードでは表せない文字があるため、文字コードをUTF-8にしました。");
    text::encode(words, Charset::Utf8 { bom: true }).0
}

fn same(bytes: &[u8], words: &str) -> bool {
    let again = text::decode(bytes, None);
    again.bad == 0 && again.text == words
}

/// Lone CR as LF.
pub(super) fn line_ends(text: &str) -> Cow<'_, str> {
    let lone = text.bytes().zip(text.bytes().skip(1).chain([0])).any(|pair| pair.0 == b'\r' && pair.1 != b'\n');
    if !lone {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(if c == '\r' && chars.peek() != Some(&'\n') { '\n' } else { c });
    }
    Cow::Owned(out)
}
