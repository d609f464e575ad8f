//! One file in gzip, bzip2, xz or Zstandard; a tar in it is read at once.

use std::io::Read;

use super::{out::Out, tar, tell_tail};
use crate::{
    Danger, Hold, Kind, Reason, detect,
    job::{Built, Job},
    zip::{crc, inflate_into},
};

/// Memory for a dictionary.
const WINDOW: u64 = 128 << 20;

/// Rebuilds a compressed file.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    let room = job.room(bytes.len() as u64);
    let most = usize::try_from(room).unwrap_or(usize::MAX);
    let (content, told) = match kind {
        Kind::Gzip => gzip(job, bytes, most)?,
        Kind::Bzip2 => (read(bzip2::read::MultiBzDecoder::new(bytes), room)?, None),
        Kind::Xz => (read(lzma_rust2::XzReader::new_mem_limit(bytes, true, u32::try_from(WINDOW >> 10).unwrap_or(u32::MAX)), room)?, None),
        _ => (zstd(bytes, room)?, None),
    };
    job.expand(bytes.len() as u64, content.len() as u64)?;
    if detect::content(&content) == Kind::Tar {
        return tar::rebuild(job, &content);
    }
    let name = inner_name(&job.name, kind).or(told).unwrap_or_else(|| "file".to_owned());
    let mut out = Out::new();
    out.file(job, &name, &content)?;
    out.finish()
}

/// The name without the ending of the compression; `a.tgz` was `a.tar`.
fn inner_name(name: &str, kind: Kind) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, ending) = base.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    if stem.is_empty() || !kind.endings().contains(&ending.as_str()) {
        return None;
    }
    Some(if ending.starts_with('t') { format!("{stem}.tar") } else { stem.to_owned() })
}

fn read(from: impl Read, room: u64) -> Result<Vec<u8>, Hold> {
    let mut bytes = Vec::new();
    from.take(room.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Hold::damaged("a compressed stream is broken"))?;
    if bytes.len() as u64 > room {
        return Err(Hold::new(Reason::ExpandsTooMuch, "a compressed stream grows beyond the limit"));
    }
    Ok(bytes)
}

/// Members of a gzip one after another, and the name that the first tells.
fn gzip(job: &mut Job<'_>, bytes: &[u8], most: usize) -> Result<(Vec<u8>, Option<String>), Hold> {
    let broken = || Hold::damaged("gzip: broken");
    let mut content = Vec::new();
    let mut name = None;
    let mut rest = bytes;
    let mut first = true;
    while rest.starts_with(b"\x1f\x8b\x08") {
        let flags = rest.get(3).copied().ok_or_else(broken)?;
        if flags & 0xe0 != 0 {
            return Err(broken());
        }
        rest = rest.get(10..).ok_or_else(broken)?;
        if flags & 4 != 0 {
            let length = rest.first_chunk().map(|length| usize::from(u16::from_le_bytes(*length))).ok_or_else(broken)?;
            rest = rest.get(2 + length..).ok_or_else(broken)?;
        }
        let line = |rest: &mut &[u8]| -> Result<Vec<u8>, Hold> {
            let end = rest.iter().position(|byte| *byte == 0).ok_or_else(broken)?;
            let line = rest.get(..end).unwrap_or_default().to_vec();
            *rest = rest.get(end + 1..).unwrap_or_default();
            Ok(line)
        };
        if flags & 8 != 0 {
            let told = line(&mut rest)?;
            if first {
                name = crate::zip::decode_all(&[(&told, false, None)]).pop().filter(|name| !name.is_empty());
            }
        }
        if flags & 16 != 0 {
            line(&mut rest)?;
            job.removed(Danger::Metadata, "gzip", 1);
        }
        if flags & 2 != 0 {
            rest = rest.get(2..).ok_or_else(broken)?;
        }
        let start = content.len();
        let read = inflate_into(rest, most, &mut content)?;
        rest = rest.get(read..).ok_or_else(broken)?;
        let (sum, after) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or_else(broken)?;
        let member = content.get(start..).unwrap_or_default();
        if crc(member) != u32::from_le_bytes(*sum) || (member.len() & 0xffff_ffff) as u64 != u64::from(u32::from_le_bytes(*length)) {
            return Err(Hold::damaged("gzip: the sum or the length is wrong"));
        }
        rest = after;
        first = false;
    }
    if first {
        return Err(broken());
    }
    tell_tail(job, rest);
    Ok((content, name))
}

/// Frames of Zstandard one after another.
fn zstd(bytes: &[u8], room: u64) -> Result<Vec<u8>, Hold> {
    let broken = || Hold::damaged("Zstandard: broken");
    let mut content: Vec<u8> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        // Frames to be skipped: 0x184D2A50 and the next fifteen.
        if rest.get(1..4) == Some(&[0x2a, 0x4d, 0x18]) && rest.first().is_some_and(|byte| byte & 0xf0 == 0x50) {
            let length = rest.get(4..).and_then(|rest| rest.first_chunk()).map(|length| u32::from_le_bytes(*length)).ok_or_else(broken)?;
            rest = usize::try_from(length).ok().and_then(|length| rest.get(length.checked_add(8)?..)).ok_or_else(broken)?;
            continue;
        }
        let mut frame = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(rest, WINDOW).map_err(|_| broken())?;
        let left = room.saturating_sub(content.len() as u64);
        content.append(&mut read(&mut frame, left)?);
        let (after, decoder) = frame.into_parts();
        if decoder.get_checksum_from_data().is_some_and(|sum| Some(sum) != decoder.get_calculated_checksum()) {
            return Err(Hold::damaged("Zstandard: the sum is wrong"));
        }
        rest = after;
    }
    Ok(content)
}
