//! `winmail.dat` (TNEF): what Outlook wraps attachments and rich bodies into.
//!
//! A stream is a list of attributes; those of interest are read, all others are left behind. Properties
//! (MAPI) hold the long names, the bodies and messages within the message.

use super::{address::Address, header, rtf};
use crate::{Danger, Hold, format::html, job::Job, text};

/// A file within.
pub(super) struct File {
    pub(super) name: Option<String>,
    pub(super) declared: String,
    pub(super) bytes: Vec<u8>,
    /// A message within the message, as another TNEF stream.
    pub(super) message: bool,
}

/// What a stream carries.
#[derive(Default)]
pub(super) struct Message {
    pub(super) subject: String,
    pub(super) from: Vec<Address>,
    pub(super) date: Option<String>,
    pub(super) text: Option<String>,
    pub(super) items: Vec<File>,
}

/// Whether bytes begin with the mark.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x78\x9f\x3e\x22")
}

/// Little-endian numbers and pieces, from front to back.
struct Cursor<'b>(&'b [u8]);

impl<'b> Cursor<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (piece, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(piece)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A piece with its length in front, filled up to four bytes.
    fn padded(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        let piece = self.take(length)?;
        let fill = length.wrapping_neg() & 3;
        // The last one may lack its filling.
        self.0 = self.0.get(fill..).unwrap_or_default();
        Some(piece)
    }
}

/// A property: its number, its type, its first value.
struct Property<'b> {
    id: u16,
    kind: u16,
    value: &'b [u8],
}

/// Properties, as far as they can be read.
fn properties(bytes: &[u8]) -> Vec<Property<'_>> {
    let mut cursor = Cursor(bytes);
    let mut found = Vec::new();
    let count = cursor.u32().unwrap_or(0).min(10_000);
    for _ in 0..count {
        let Some(property) = property(&mut cursor) else { break };
        found.push(property);
    }
    found
}

fn property<'b>(cursor: &mut Cursor<'b>) -> Option<Property<'b>> {
    let kind = cursor.u16()?;
    let id = cursor.u16()?;
    if id >= 0x8000 {
        cursor.take(16)?;
        match cursor.u32()? {
            0 => {
                cursor.u32()?;
            }
            _ => {
                cursor.padded()?;
            }
        }
    }
    let several = kind & 0x1000 != 0;
    let kind = kind & 0x0fff;
    let size = match kind {
        0x01 | 0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        0x0d | 0x1e | 0x1f | 0x102 => None,
        _ => return None,
    };
    let values = if several || size.is_none() { cursor.u32()? } else { 1 };
    let mut first = None;
    for _ in 0..values {
        let value = match size {
            Some(size) => cursor.take(size)?,
            None => cursor.padded()?,
        };
        first.get_or_insert(value);
    }
    // Named properties are of no interest.
    Some(Property { id: if id >= 0x8000 { 0 } else { id }, kind, value: first.unwrap_or_default() })
}

/// Text in the stream's code page, or in UTF-16.
fn string(value: &[u8], kind: u16, code_page: &str) -> String {
    let text = if kind == 0x1f {
        let units = value.chunks_exact(2).map(|pair| u16::from_le_bytes(pair.try_into().unwrap_or_default()));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
        text::decode(value.get(..end).unwrap_or_default(), Some(code_page)).text
    };
    text.trim_end_matches('\0').to_owned()
}

/// The name of a code page that [`text`] knows.
pub(super) fn code_page(number: u32) -> String {
    match number {
        932 => "cp932".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        51932 => "euc-jp".to_owned(),
        50220..=50222 => "iso-2022-jp".to_owned(),
        65001 => "utf-8".to_owned(),
        number => format!("windows-{number}"),
    }
}

/// An attachment under way.
#[derive(Default)]
struct Draft {
    title: String,
    long: String,
    declared: String,
    data: Vec<u8>,
    message: bool,
}

impl Draft {
    fn finish(self) -> Option<File> {
        let name = [self.long, self.title].into_iter().find(|name| !name.trim().is_empty());
        let name = name.map(|name| name.chars().filter(|c| !c.is_control()).collect::<String>());
        (!self.data.is_empty() || name.is_some()).then_some(File { name, declared: self.declared, bytes: self.data, message: self.message })
    }

    fn properties(&mut self, bytes: &[u8], code_page: &str) {
        for property in properties(bytes) {
            let text = || string(property.value, property.kind, code_page);
            match (property.id, property.kind) {
                (0x3707, _) => self.long = text(),
                (0x3704 | 0x3001, _) if self.title.is_empty() => self.title = text(),
                (0x370e, _) => self.declared = text(),
                (0x3701, 0x102) if self.data.is_empty() => self.data = property.value.to_vec(),
                // An interface number stands in front of the message.
                (0x3701, 0x0d) => {
                    let inner = property.value.get(16..).unwrap_or_default();
                    self.message = looks_like(inner);
                    self.data = inner.to_vec();
                }
                _ => {}
            }
        }
        if self.message && !self.long.to_ascii_lowercase().ends_with(".tnef") {
            let stem = if self.long.is_empty() { &self.title } else { &self.long };
            let stem = stem.strip_suffix(".msg").unwrap_or(stem);
            self.long = format!("{}.tnef", if stem.is_empty() { "転送されたメール" } else { stem });
        }
    }
}

/// Bodies of a message, the best last.
#[derive(Default)]
struct Bodies {
    plain: String,
    rtf: Vec<u8>,
    html: Option<(Vec<u8>, String)>,
}

/// Reads a stream.
pub(super) fn read(job: &mut Job<'_>, bytes: &[u8]) -> Result<Message, Hold> {
    let mut cursor = Cursor(bytes.strip_prefix(b"\x78\x9f\x3e\x22").ok_or_else(|| Hold::damaged("no TNEF mark"))?);
    cursor.u16().ok_or_else(|| Hold::damaged("a TNEF stream of no length"))?;
    let mut message = Message::default();
    let mut bodies = Bodies::default();
    let mut page = "cp932".to_owned();
    let mut draft: Option<Draft> = None;
    while cursor.0.len() >= 9 {
        job.count_member()?;
        let level = cursor.take(1).and_then(|level| level.first()).copied().unwrap_or(0);
        let tag = cursor.u32().unwrap_or(0);
        let length = cursor.u32().and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        let data = cursor.take(length).ok_or_else(|| Hold::damaged("a TNEF attribute runs past the end"))?;
        // Its check sum; the last one may lack it.
        cursor.0 = cursor.0.get(2..).unwrap_or_default();
        if !matches!(level, 1 | 2) {
            return Err(Hold::damaged("a TNEF attribute of no known level"));
        }
        match tag {
            0x0006_9007 => {
                if let Some(number) = Cursor(data).u32() {
                    page = code_page(number);
                }
            }
            0x0001_8004 => message.subject = header::tidy(&string(data, 0x1e, &page)),
            0x0002_800c => bodies.plain = string(data, 0x1e, &page),
            0x0003_8005 => message.date = date(data),
            0x0006_9003 => self::message(job, data, &page, &mut message, &mut bodies)?,
            0x0006_9002 => {
                job.expand(0, 0)?;
                message.items.extend(draft.take().and_then(Draft::finish));
                draft = Some(Draft::default());
            }
            0x0006_800f => draft.get_or_insert_default().data = data.to_vec(),
            0x0001_8010 => draft.get_or_insert_default().title = string(data, 0x1e, &page),
            0x0006_9005 => draft.get_or_insert_default().properties(data, &page),
            _ => {}
        }
    }
    message.items.extend(draft.take().and_then(Draft::finish));
    job.removed(Danger::Slack, "winmail.dat", u64::from(cursor.0.iter().any(|byte| *byte != 0)));
    message.text = body(job, bodies)?;
    if message.text.is_none() && message.items.is_empty() && message.subject.is_empty() {
        return Err(Hold::damaged("a TNEF stream with nothing in it"));
    }
    Ok(message)
}

fn message(job: &mut Job<'_>, data: &[u8], page: &str, message: &mut Message, bodies: &mut Bodies) -> Result<(), Hold> {
    let (mut name, mut at) = (String::new(), String::new());
    let mut html_page = "utf-8".to_owned();
    for property in properties(data) {
        let text = || string(property.value, property.kind, page);
        match (property.id, property.kind) {
            (0x0037, _) => message.subject = header::tidy(&text()),
            (0x0c1a | 0x0042, _) if name.is_empty() => name = header::tidy(&text()),
            (0x0c1f | 0x5d01, _) if !at.contains('@') => at = text().split_whitespace().collect(),
            (0x1000, _) => bodies.plain = text(),
            (0x1009, 0x102) => bodies.rtf = rtf::unpack(job, property.value)?,
            (0x3fde, 3) => {
                if let Some(number) = Cursor(property.value).u32() {
                    html_page = code_page(number);
                }
            }
            (0x1013, 0x1f) => bodies.html = Some((text().into_bytes(), "utf-8".to_owned())),
            (0x1013, _) => bodies.html = Some((property.value.to_vec(), String::new())),
            _ => {}
        }
    }
    if let Some((_, charset)) = &mut bodies.html
        && charset.is_empty()
    {
        *charset = html_page;
    }
    let usable = at.contains('@') && at.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>(),;:\\\"".contains(&byte));
    if !name.is_empty() || usable {
        message.from = vec![Address { name, at: if usable { at } else { String::new() } }];
    }
    Ok(())
}

/// The text of the best body: plain if there is one, since Outlook writes it from the others.
fn body(job: &mut Job<'_>, bodies: Bodies) -> Result<Option<String>, Hold> {
    let page = |job: &mut Job<'_>, bytes: &[u8], charset: &str| -> Result<String, Hold> {
        let plain = html::to_text(bytes, Some(charset))?;
        job.removed(Danger::MailPart, "winmail.dat", 1);
        Ok(plain.text)
    };
    let text = if !bodies.plain.trim().is_empty() {
        bodies.plain
    } else if let Some((bytes, charset)) = bodies.html {
        page(job, &bytes, &charset)?
    } else if !bodies.rtf.is_empty() {
        let read = rtf::read(&bodies.rtf)?;
        if read.html { page(job, read.text.as_bytes(), "utf-8")? } else { read.text }
    } else {
        return Ok(None);
    };
    let text = text::clean_in(job, "winmail.dat", &text).into_owned();
    Ok((!text.trim().is_empty()).then_some(text))
}

fn date(data: &[u8]) -> Option<String> {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut cursor = Cursor(data);
    let mut next = || cursor.u16();
    let (year, month, day, hour, minute, second, of_week) = (next()?, next()?, next()?, next()?, next()?, next()?, next()?);
    let month = MONTHS.get(usize::from(month).checked_sub(1)?)?;
    let of_week = DAYS.get(usize::from(of_week))?;
    let good = (1970..=9999).contains(&year) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 62;
    good.then(|| format!("{of_week}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} +0000"))
}
