//! LZH (LHA): header levels 0 to 3. Members come one after another, each told once, under names in CP932 as a rule.

use delharc::{
    decode::{Decoder, DecoderAny},
    header::CompressionMethod,
};

use super::{Member, What, tell_tail, write};
use crate::{
    Danger, Hold, Reason,
    job::{Built, Job},
};

/// Extended headers of one member.
const HEADERS: usize = 64;

/// The bytes of a file.
struct Packed<'a> {
    method: [u8; 5],
    bytes: &'a [u8],
    size: u64,
    crc: u16,
}

/// A header, as far as it matters.
struct Header {
    method: [u8; 5],
    packed: u64,
    size: u64,
    crc: u16,
    /// Folder parts end with `/`.
    folder: Vec<u8>,
    name: Vec<u8>,
    utf8: bool,
    unix_mode: Option<u16>,
    comment: bool,
    /// Where the packed bytes begin.
    data: usize,
}

/// Bytes with a place.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Hold> {
        let slice = self.at.checked_add(length).and_then(|end| self.bytes.get(self.at..end)).ok_or_else(broken)?;
        self.at += length;
        Ok(slice)
    }

    fn number(&mut self, length: usize) -> Result<u64, Hold> {
        Ok(self.take(length)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

fn broken() -> Hold {
    Hold::damaged("LZH: a header is broken")
}

/// Rebuilds an LZH.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut members = Vec::new();
    let mut at = 0;
    let mut comments = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        // One byte of zero ends the archive; some writers leave it out.
        if rest.first().is_none_or(|byte| *byte == 0) {
            tell_tail(job, rest);
            break;
        }
        let header = read_header(bytes, at)?;
        let size = usize::try_from(header.packed).map_err(|_| broken())?;
        let end = header.data.checked_add(size).ok_or_else(broken)?;
        let data = bytes.get(header.data..end).ok_or_else(|| Hold::damaged("LZH: a member runs beyond the end"))?;
        at = end;
        comments += u64::from(header.comment);
        let link = header.unix_mode.is_some_and(|mode| !matches!(mode >> 12, 0 | 0o4 | 0o10)) || header.name.contains(&b'|');
        let what = if link {
            What::Special
        } else if header.method == *b"-lhd-" {
            What::Folder
        } else {
            What::File(Packed { method: header.method, bytes: data, size: header.size, crc: header.crc })
        };
        let name = [header.folder, header.name].concat();
        members.push(Member { name: (name, header.utf8), what });
        if members.len() > job.policy.limits.members as usize {
            job.count_member()?;
        }
    }
    job.removed(Danger::Metadata, "LZH", comments);
    write(job, members, |job, packed| unpack(job, &packed))
}

fn read_header(bytes: &[u8], start: usize) -> Result<Header, Hold> {
    let level = start.checked_add(20).and_then(|at| bytes.get(at)).copied().ok_or_else(broken)?;
    let mut cursor = Cursor { bytes, at: start };
    let first = cursor.number(2)?;
    let method = *cursor.take(5)?.first_chunk().ok_or_else(broken)?;
    let plausible = method.first() == Some(&b'-') && method.last() == Some(&b'-');
    if !plausible {
        return Err(broken());
    }
    let packed = cursor.number(4)?;
    let size = cursor.number(4)?;
    cursor.take(4)?;
    cursor.take(2)?;
    let mut header = Header {
        method,
        packed,
        size,
        crc: 0,
        folder: Vec::new(),
        name: Vec::new(),
        utf8: false,
        unix_mode: None,
        comment: false,
        data: 0,
    };
    match level {
        0 | 1 => {
            let length = usize::try_from(first & 0xff).map_err(|_| broken())?;
            let body = start.checked_add(2).and_then(|from| bytes.get(from..from.checked_add(length)?)).ok_or_else(broken)?;
            let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
            if u64::from(sum) != first >> 8 {
                return Err(Hold::damaged("LZH: the sum of a header is wrong"));
            }
            let end = start + 2 + length;
            let name_length = usize::try_from(cursor.number(1)?).map_err(|_| broken())?;
            header.name = cursor.take(name_length)?.to_vec();
            header.crc = u16::try_from(cursor.number(2)?).map_err(|_| broken())?;
            if cursor.at > end {
                return Err(broken());
            }
            if level == 0 {
                // Unix writers put their own behind: letter, minor, time, mode, …
                let extra = bytes.get(cursor.at..end).unwrap_or_default();
                if let [b'U', _, _, _, _, _, low, high, ..] = extra {
                    header.unix_mode = Some(u16::from_le_bytes([*low, *high]));
                }
                // A link of level 0 has its target behind a NUL or a bar; the name itself may be cut by NUL.
                header.data = end;
            } else {
                if end < cursor.at + 3 {
                    return Err(broken());
                }
                cursor.at = end - 2;
                let next = cursor.number(2)?;
                let before = cursor.at;
                extended(&mut cursor, &mut header, next, 2)?;
                // The packed size counts the extended headers too.
                header.packed = header.packed.checked_sub((cursor.at - before) as u64).ok_or_else(broken)?;
                header.data = cursor.at;
            }
        }
        2 | 3 => {
            header.crc = {
                // Level byte stands before.
                u16::try_from(cursor.number(2)?).map_err(|_| broken())?
            };
            cursor.take(1)?;
            let width = if level == 3 { 4 } else { 2 };
            let total = if level == 3 {
                if first != 4 {
                    return Err(broken());
                }
                cursor.number(4)?
            } else {
                first
            };
            let end = usize::try_from(total).ok().and_then(|total| start.checked_add(total)).ok_or_else(broken)?;
            let next = cursor.number(width)?;
            extended(&mut cursor, &mut header, next, width)?;
            // One byte of padding, so that no header begins with zero.
            if end < cursor.at || end > cursor.at + 1 || end > bytes.len() {
                return Err(Hold::damaged("LZH: the length of a header is wrong"));
            }
            header.data = end;
        }
        _ => return Err(broken()),
    }
    // Folders end their parts with 0xff, names of level 0 with a backslash; but 0x5c may be half of a character.
    header.folder = separators(&header.folder);
    if !header.folder.is_empty() && !header.folder.ends_with(b"/") {
        header.folder.push(b'/');
    }
    header.name = separators(&header.name);
    Ok(header)
}

/// A chain of headers, each telling the length of the next.
fn extended(cursor: &mut Cursor<'_>, header: &mut Header, first: u64, width: usize) -> Result<(), Hold> {
    let mut next = first;
    for _ in 0..HEADERS {
        if next == 0 {
            return Ok(());
        }
        let length = usize::try_from(next).map_err(|_| broken())?.checked_sub(width + 1).ok_or_else(broken)?;
        let kind = cursor.number(1)?;
        let body = cursor.take(length)?;
        next = cursor.number(width)?;
        match (kind, body) {
            (0x01, _) => header.name = body.to_vec(),
            (0x02, _) => header.folder = body.to_vec(),
            (0x3f, _) => header.comment = true,
            (0x42, _) => {
                let mut sizes = Cursor { bytes: body, at: 0 };
                header.packed = sizes.number(8)?;
                header.size = sizes.number(8)?;
            }
            // Names in UTF-16 stand beside those in a code page.
            (0x44, _) => {
                header.name = wide(body)?;
                header.utf8 = true;
            }
            (0x45, _) => {
                header.folder = wide(body)?;
                header.utf8 = true;
            }
            (0x39, _) => return Err(Hold::damaged("LZH: a part of a split archive")),
            (0x50, [low, high]) => header.unix_mode = Some(u16::from_le_bytes([*low, *high])),
            _ => {}
        }
    }
    Err(broken())
}

fn wide(body: &[u8]) -> Result<Vec<u8>, Hold> {
    let units =
        body.chunks_exact(2).map(|pair| u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)]));
    // 0xffff stands between folders.
    let units: Vec<u16> = units.map(|unit| if unit == 0xffff { u16::from(b'/') } else { unit }).collect();
    String::from_utf16(&units).map(String::into_bytes).map_err(|_| broken())
}

/// 0xff between folders becomes `/`; what follows a NUL is cut off.
fn separators(name: &[u8]) -> Vec<u8> {
    name.split(|byte| *byte == 0).next().unwrap_or_default().iter().map(|byte| if *byte == 0xff { b'/' } else { *byte }).collect()
}

fn unpack(job: &mut Job<'_>, packed: &Packed<'_>) -> Result<Vec<u8>, Hold> {
    job.expand(packed.bytes.len() as u64, packed.size)?;
    let size = usize::try_from(packed.size).map_err(|_| Hold::new(Reason::ExpandsTooMuch, "a member larger than memory"))?;
    let unread = || Hold::new(Reason::UnsupportedKind, "LZH: a method that is not read");
    let method = CompressionMethod::try_from(&packed.method).map_err(|_| unread())?;
    let mut decoder = DecoderAny::new_from_compression(method, packed.bytes);
    if !decoder.is_supported() {
        return Err(unread());
    }
    // In steps, so that a lying size takes no memory before the stream ends.
    let mut bytes = Vec::new();
    while bytes.len() < size {
        let start = bytes.len();
        bytes.resize(size.min(start + (64 << 10)), 0);
        decoder.fill_buffer(bytes.get_mut(start..).unwrap_or_default()).map_err(|_| Hold::damaged("LZH: a compressed member is broken"))?;
    }
    if crc16(&bytes) != packed.crc {
        return Err(Hold::damaged("LZH: the sum of a member is wrong"));
    }
    Ok(bytes)
}

const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut sum = at as u16;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xa001 } else { sum >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "computed when compiled")]
        {
            table[at] = sum;
        }
        at += 1;
    }
    table
};

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| TABLE.get(usize::from(sum as u8 ^ byte)).copied().unwrap_or(0) ^ sum >> 8)
}
