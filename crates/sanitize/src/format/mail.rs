//! Mails: read leniently but in one way only, then written anew as plain text with rebuilt attachments.
//!
//! What is written: an allowlist of header fields, each read and written again; one text body in UTF-8,
//! with a line on top if something was removed; attachments that were rebuilt, each with one name; a note
//! in the place of each that was held. Nothing else of the input has a way into the output: preambles,
//! epilogues, other fields, comments, parts that no reader shows.

mod address;
mod body;
mod header;
mod mime;
mod param;
pub(crate) mod related;
mod rtf;
mod signer;
#[cfg(test)]
mod tests;
mod tnef;
mod transfer;
mod walk;
mod write;

use std::borrow::Cow;

use walk::{Content, Walk};

use crate::{
    Danger, Hold, Kind, Links, detect,
    job::{Built, Job},
};

/// Rebuilds a mail.
pub(crate) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let already = job.removals().len();
    let bytes = unmarked(bytes);
    let head = header::split(&bytes);
    let hint = hint(&bytes);
    let mut out = String::new();
    fields(job, &head, hint.as_deref(), &mut out);
    let content = Walk::new(job, hint.as_deref()).mail(&head)?;
    finish(job, out, content, already)
}

/// Rebuilds a `winmail.dat` as the mail that it stands for.
pub(crate) fn rebuild_tnef(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let already = job.removals().len();
    let message = tnef::read(job, bytes)?;
    let mut out = String::new();
    if !message.from.is_empty() {
        write::addresses(&mut out, "From", &message.from);
    }
    if !message.subject.is_empty() {
        write::line(&mut out, "Subject", &message.subject);
    }
    if let Some(date) = &message.date {
        write::line(&mut out, "Date", date);
    }
    let mut content = Content::default();
    content.tnef(message);
    finish(job, out, content, already)
}

/// Whether bytes begin as a mail does.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    let head = header::split(bytes.get(..bytes.len().min(16 << 10)).unwrap_or(bytes));
    let known = |name: &str| head.count(name) > 0;
    let strong = ["received", "return-path", "message-id", "mime-version", "content-type", "dkim-signature", "delivered-to"];
    let weak = ["from", "to", "cc", "subject", "date", "reply-to", "sender", "x-mailer"];
    let strong = strong.iter().filter(|name| known(name)).count();
    let weak = weak.iter().filter(|name| known(name)).count();
    strong * 2 + weak >= 2
}

/// Byte order marks and line ends of other systems, before anything is read.
fn unmarked(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Cow::Owned(crate::text::decode(bytes, None).text.into_bytes());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Blank lines in front would end the header before it begins.
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
    let bytes = bytes.get(start..).unwrap_or_default();
    if bytes.contains(&b'\r') && !bytes.contains(&b'\n') {
        return Cow::Owned(bytes.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect());
    }
    Cow::Borrowed(bytes)
}

/// The charset that raw bytes in header fields are most likely in: that of the first text that names one.
fn hint(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(64 << 10)).unwrap_or(bytes);
    let at = head.windows(8).position(|window| window.eq_ignore_ascii_case(b"charset="))?;
    let rest = head.get(at + 8..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"3D")).unwrap_or(rest);
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_')).unwrap_or(rest.len());
    let charset = String::from_utf8_lossy(rest.get(..end)?).to_ascii_lowercase();
    let silent = charset.is_empty() || charset.len() > 40 || charset == "us-ascii" || charset.starts_with("utf");
    (!silent).then_some(charset)
}

/// Fields of addresses that are written, in this order.
const ADDRESSES: [(&str, &str); 5] = [("from", "From"), ("sender", "Sender"), ("reply-to", "Reply-To"), ("to", "To"), ("cc", "Cc")];
/// Fields of message numbers.
const IDS: [(&str, &str); 3] = [("message-id", "Message-ID"), ("in-reply-to", "In-Reply-To"), ("references", "References")];

/// Reads the fields of the allowlist and writes them.
fn fields(job: &mut Job<'_>, head: &header::Head<'_>, hint: Option<&str>, out: &mut String) {
    for (name, written) in ADDRESSES {
        // Recipients may stand in several fields; a second sender is a trick.
        let several = matches!(name, "to" | "cc");
        let list: Vec<_> = if several {
            head.fields.iter().filter(|field| field.name == name).flat_map(|field| address::list(&field.value, hint)).collect()
        } else {
            head.get(name).map(|value| address::list(value, hint)).unwrap_or_default()
        };
        if !list.is_empty() {
            write::addresses(out, written, &list);
        }
    }
    if let Some(subject) = head.get("subject").map(|value| header::unstructured(value, hint)).filter(|subject| !subject.is_empty()) {
        write::line(out, "Subject", &subject);
    }
    if let Some(date) = head.get("date").and_then(date) {
        write::line(out, "Date", &date);
    }
    for (name, written) in IDS {
        let values = head.fields.iter().filter(|field| field.name == name);
        let mut tokens: Vec<String> = values.flat_map(|field| ids(&field.value)).collect();
        tokens.truncate(if name == "message-id" { 1 } else { 100 });
        if !tokens.is_empty() {
            write::tokens(out, written, &tokens);
        }
    }
    let importance = head.get("importance").or_else(|| head.get("priority")).map(|value| value.trim_ascii().to_ascii_lowercase());
    let urgent = head.get("x-priority").is_some_and(|value| matches!(value.trim_ascii().first(), Some(b'1' | b'2')));
    if urgent || matches!(importance.as_deref(), Some(b"high" | b"urgent")) {
        write::line(out, "Importance", "high");
    }
    let written = |name: &str| {
        ADDRESSES.iter().chain(&IDS).any(|(known, _)| *known == name)
            || matches!(name, "subject" | "date" | "importance" | "mime-version")
            || name.starts_with("content-")
    };
    let dropped = head.fields.iter().filter(|field| !written(&field.name)).count();
    job.removed(Danger::Metadata, "メールのヘッダー", dropped as u64);
    let twice = ["from", "sender", "subject", "date", "message-id", "reply-to"]
        .iter()
        .map(|name| head.count(name).saturating_sub(1))
        .sum::<usize>();
    job.removed(Danger::Unknown, "重複したヘッダー", twice as u64);
}

/// A date: the letters that dates consist of, without comments.
fn date(value: &[u8]) -> Option<String> {
    let text = header::raw(value, None);
    let text = text.split('(').next().unwrap_or_default();
    let good = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | ':' | '+' | '-' | '/' | '.');
    let text = header::tidy(&text.chars().filter(good).collect::<String>());
    (text.chars().any(|c| c.is_ascii_digit()) && text.len() <= 60).then_some(text)
}

/// Message numbers: what stands between angle brackets.
fn ids(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value);
    let good = |id: &&str| {
        !id.is_empty() && id.len() <= 250 && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<') && !id.contains("=?")
    };
    text.split('<').skip(1).filter_map(|after| after.split_once('>')).map(|(id, _)| id).filter(good).map(|id| format!("<{id}>")).collect()
}

/// Rebuilds the attachments, and puts the new message together.
fn finish(job: &mut Job<'_>, out: String, content: Content<'_>, already: usize) -> Result<Built, Hold> {
    let mut attachments = Vec::new();
    let mut held: Vec<(String, &'static str)> = Vec::new();
    let mut text = content.text;
    if text.trim().is_empty()
        && let Some(instead) = content.instead
    {
        text = instead;
    }
    for (at, item) in content.items.into_iter().enumerate() {
        let name = item.name.unwrap_or_else(|| format!("添付{}", at + 1));
        match job.member(&name, Some(&item.declared), &item.bytes) {
            Ok(made) => attachments.push(write::attachment(&made.name, made.kind, &made.bytes)),
            Err(hold) if job.note_instead(&hold) => {
                job.removed(Danger::EmbeddedFile, &shown(&name), 1);
                held.push((name, hold.reason.sentence()));
            }
            Err(hold) => return Err(hold),
        }
    }
    held.extend(content.refused);
    for (name, sentence) in &held {
        let name = shown(name);
        let note = format!("「{name}」は無害化できなかったため、取り除きました。\r\n理由：{sentence}\r\n");
        let note_name = detect::output_name(&format!("{name}_無害化結果.txt"), Kind::Text);
        attachments.push(write::attachment(&note_name, Kind::Text, note.as_bytes()));
    }
    if job.policy.links.mode == Links::Remove {
        let (plain, count) = body::unlinked(&text);
        job.removed(Danger::Link, "本文", count);
        text = plain;
    }
    let banner = body::banner(job.removals().get(already..).unwrap_or_default(), &held);
    let body = body::normal(&format!("{banner}{text}"));
    Ok(Built::new(Kind::Eml, write::message(out, write::body(&body), attachments)))
}

/// A name that can be shown: short, one line, nothing that deceives.
fn shown(name: &str) -> String {
    let name: String = name.chars().take(120).collect();
    let name = detect::output_name(&name, Kind::Unknown);
    if name.is_empty() { "添付ファイル".to_owned() } else { name }
}
