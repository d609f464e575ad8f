//! CAB: files lie in folders of blocks, each folder packed as one. Stored and MSZIP are read.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Member, What, tell_tail, write};
use crate::{
    Hold, Reason,
    job::{Built, Job},
};

/// The most that a block unpacks to, and how far MSZIP reaches back.
const WINDOW: usize = 32 << 10;

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

    fn number(&mut self, length: usize) -> Result<usize, Hold> {
        Ok(self.take(length)?.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}

fn broken() -> Hold {
    Hold::damaged("CAB: broken")
}

/// A folder: what it is packed with and its blocks.
struct Folder<'a> {
    method: usize,
    blocks: Vec<(&'a [u8], usize)>,
    size: usize,
    packed: usize,
}

/// Where the bytes of a file are.
struct Span {
    folder: usize,
    start: usize,
    size: usize,
}

/// Rebuilds a CAB.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut cursor = Cursor { bytes, at: 8 };
    let length = cursor.number(4)?;
    let cabinet = bytes.get(..length).ok_or_else(|| Hold::damaged("CAB: shorter than it says"))?;
    cursor.bytes = cabinet;
    cursor.take(4)?;
    let files_at = cursor.number(4)?;
    cursor.take(4)?;
    let (minor, major) = (cursor.number(1)?, cursor.number(1)?);
    if (major, minor) != (1, 3) {
        return Err(Hold::damaged("CAB: an unknown version"));
    }
    let (folder_count, file_count, flags) = (cursor.number(2)?, cursor.number(2)?, cursor.number(2)?);
    cursor.take(4)?;
    if flags & 3 != 0 {
        return Err(Hold::damaged("CAB: a part of a split archive"));
    }
    let (mut folder_reserve, mut block_reserve) = (0, 0);
    if flags & 4 != 0 {
        let header_reserve = cursor.number(2)?;
        folder_reserve = cursor.number(1)?;
        block_reserve = cursor.number(1)?;
        cursor.take(header_reserve)?;
    }
    let mut folders = Vec::new();
    for _ in 0..folder_count {
        let (start, count, method) = (cursor.number(4)?, cursor.number(2)?, cursor.number(2)?);
        cursor.take(folder_reserve)?;
        folders.push(read_blocks(cabinet, start, count, method, block_reserve)?);
    }
    let members = read_files(cabinet, files_at, file_count, &folders)?;
    tell_tail(job, bytes.get(length..).unwrap_or_default());
    // Files of a folder come one after another as a rule; the last folder unpacked is kept.
    let mut open: Option<(usize, Result<Vec<u8>, Hold>)> = None;
    write(job, members, |job, span: Span| {
        if open.as_ref().is_none_or(|(folder, _)| *folder != span.folder) {
            open = Some((span.folder, folders.get(span.folder).ok_or_else(broken).and_then(|folder| unpack(job, folder))));
        }
        match &open {
            Some((_, Ok(content))) => content.get(span.start..span.start.saturating_add(span.size)).map(<[u8]>::to_vec).ok_or_else(broken),
            Some((_, Err(hold))) => Err(hold.clone()),
            None => Err(broken()),
        }
    })
}

fn read_blocks(cabinet: &[u8], start: usize, count: usize, method: usize, reserve: usize) -> Result<Folder<'_>, Hold> {
    let mut cursor = Cursor { bytes: cabinet, at: start };
    let mut folder = Folder { method: method & 0xf, blocks: Vec::new(), size: 0, packed: 0 };
    for _ in 0..count {
        let sum = cursor.number(4)?;
        let head = cursor.at;
        let (packed, size) = (cursor.number(2)?, cursor.number(2)?);
        cursor.take(reserve)?;
        let data = cursor.take(packed)?;
        if size > WINDOW {
            return Err(broken());
        }
        // Zero means that nobody summed. Some writers leave the reserve out.
        let over = |length: usize| check_sum(cabinet.get(head..head + length).unwrap_or_default(), check_sum(data, 0)) as usize;
        if sum != 0 && sum != over(4) && sum != over(4 + reserve) {
            return Err(Hold::damaged("CAB: the sum of a block is wrong"));
        }
        folder.blocks.push((data, size));
        folder.size = folder.size.saturating_add(size);
        folder.packed = folder.packed.saturating_add(packed);
    }
    Ok(folder)
}

fn read_files(cabinet: &[u8], start: usize, count: usize, folders: &[Folder<'_>]) -> Result<Vec<Member<Span>>, Hold> {
    let mut cursor = Cursor { bytes: cabinet, at: start };
    let mut members = Vec::new();
    let mut spans = Vec::new();
    for _ in 0..count {
        let (size, offset, folder) = (cursor.number(4)?, cursor.number(4)?, cursor.number(2)?);
        cursor.take(4)?;
        let attributes = cursor.number(2)?;
        let rest = cabinet.get(cursor.at..).unwrap_or_default();
        let end = rest.iter().take(1024).position(|byte| *byte == 0).ok_or_else(broken)?;
        let name = cursor.take(end)?.to_vec();
        cursor.take(1)?;
        if folder >= 0xfffd {
            return Err(Hold::damaged("CAB: a part of a split archive"));
        }
        let whole = folders.get(folder).ok_or_else(broken)?.size;
        if offset.checked_add(size).is_none_or(|end| end > whole) {
            return Err(Hold::damaged("CAB: a file runs beyond its folder"));
        }
        spans.push((folder, offset, size));
        members.push(Member { name: (name, attributes & 0x80 != 0), what: What::File(Span { folder, start: offset, size }) });
    }
    spans.sort_unstable();
    for pair in spans.windows(2) {
        if let [(folder, start, size), (next, after, more)] = pair
            && folder == next
            && *more > 0
            && start + size > *after
        {
            return Err(Hold::damaged("CAB: files overlap"));
        }
    }
    Ok(members)
}

fn unpack(job: &mut Job<'_>, folder: &Folder<'_>) -> Result<Vec<u8>, Hold> {
    job.expand(folder.packed as u64, folder.size as u64)?;
    let mut content = Vec::with_capacity(folder.size.min(folder.packed.saturating_mul(1_040)));
    for (data, size) in &folder.blocks {
        match folder.method {
            0 if data.len() == *size => content.extend_from_slice(data),
            0 => return Err(broken()),
            1 => mszip(data, *size, &mut content)?,
            _ => return Err(Hold::new(Reason::UnsupportedKind, "CAB: packed with Quantum or LZX")),
        }
    }
    Ok(content)
}

/// A deflate stream behind `CK` that may reach back into the block before.
fn mszip(data: &[u8], size: usize, content: &mut Vec<u8>) -> Result<(), Hold> {
    let mut rest = data.strip_prefix(b"CK").ok_or_else(broken)?;
    let mut inflate = Decompress::new(false);
    let reach = content.get(content.len().saturating_sub(WINDOW)..).unwrap_or_default();
    if !reach.is_empty() {
        inflate.set_dictionary(reach).map_err(|_| broken())?;
    }
    let mut block = Vec::with_capacity(size + 1);
    loop {
        let before = (inflate.total_in(), block.len());
        let status = inflate.decompress_vec(rest, &mut block, FlushDecompress::None).map_err(|_| broken())?;
        rest = usize::try_from(inflate.total_in() - before.0).ok().and_then(|read| rest.get(read..)).ok_or_else(broken)?;
        if status == Status::StreamEnd {
            break;
        }
        if block.len() > size || (inflate.total_in(), block.len()) == before {
            return Err(broken());
        }
    }
    if block.len() != size || !rest.is_empty() {
        return Err(broken());
    }
    content.append(&mut block);
    Ok(())
}

/// Words combined by exclusive or; the last bytes stand the other way round.
fn check_sum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    sum ^ rest.iter().fold(0, |last, byte| last << 8 | u32::from(*byte))
}
