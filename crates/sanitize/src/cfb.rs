//! OLE compound files, read strictly: every sector belongs to one chain, every chain ends.

use std::collections::BTreeSet;

use crate::Hold;

const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const END: u32 = 0xffff_fffe;
const NONE: u32 = 0xffff_ffff;
/// Sectors of a file; larger numbers mean something else.
const MOST: u32 = 0xffff_fffa;
/// Storages within storages.
const DEPTH: usize = 64;

/// A compound file whose chains were checked.
pub(crate) struct Cfb<'a> {
    bytes: &'a [u8],
    shift: u32,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    cutoff: u64,
    /// Streams and storages, in the order of the directory's tree.
    pub(crate) entries: Vec<Entry>,
}

/// A stream or a storage.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Names from the root on, with `/` between.
    pub(crate) path: String,
    /// Whether it is a storage.
    pub(crate) storage: bool,
    /// Bytes of a stream.
    pub(crate) size: u64,
    start: u32,
}

/// A record of the directory.
struct Record {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("OLE: {what}"))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Whether the bytes begin as a compound file does.
pub(crate) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

impl<'a> Cfb<'a> {
    /// Reads header, tables and directory.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Hold> {
        let header = bytes.get(..512).filter(|header| header.starts_with(MAGIC)).ok_or_else(|| broken("no header"))?;
        let shift = match (u16_at(header, 26), u16_at(header, 30)) {
            (3, 9) => 9,
            (4, 12) => 12,
            _ => return Err(broken("an unknown version")),
        };
        if u16_at(header, 28) != 0xfffe || u16_at(header, 32) != 6 || u32_at(header, 56) != 4096 {
            return Err(broken("a header that contradicts itself"));
        }
        let mut file = Self { bytes, shift, fat: Vec::new(), mini_fat: Vec::new(), mini: Vec::new(), cutoff: 4096, entries: Vec::new() };
        let mut used = vec![false; file.sectors()];
        file.fat = file.read_fat(header, &mut used)?;
        let directory = file.chain(u32_at(header, 48), None, &mut used)?;
        let mini_fat = file.chain(u32_at(header, 60), None, &mut used)?;
        file.mini_fat = words(&mini_fat);
        let records: Vec<Record> = directory.chunks_exact(128).map(|record| read_record(record, shift)).collect();
        let root = records.first().filter(|root| root.kind == 5).ok_or_else(|| broken("no root"))?;
        file.mini = file.chain(root.start, Some(root.size), &mut used)?;
        file.entries = walk(&records, root.child)?;
        // Two streams that share a sector are a lie about one of them.
        let mut mini_used = vec![false; file.mini_fat.len()];
        for entry in file.entries.iter().filter(|entry| !entry.storage) {
            if entry.size >= file.cutoff {
                file.walk_chain(&file.fat, entry.start, entry.size.div_ceil(1 << shift), &mut used)?;
            } else if entry.size > 0 {
                file.walk_chain(&file.mini_fat, entry.start, entry.size.div_ceil(64), &mut mini_used)?;
            }
        }
        Ok(file)
    }

    /// The bytes of the stream at a path.
    pub(crate) fn stream(&self, path: &str) -> Result<Vec<u8>, Hold> {
        let entry = self.entries.iter().find(|entry| !entry.storage && entry.path == path).ok_or_else(|| broken("a stream is missing"))?;
        let size = usize::try_from(entry.size).map_err(|_| broken("a stream beyond all memory"))?;
        if entry.size >= self.cutoff {
            return self.chain(entry.start, Some(entry.size), &mut vec![false; self.sectors()]);
        }
        let mut out = Vec::with_capacity(size);
        for sector in self.walk_chain(&self.mini_fat, entry.start, entry.size.div_ceil(64), &mut vec![false; self.mini_fat.len()])? {
            let start = sector as usize * 64;
            let end = (start + 64).min(self.mini.len());
            out.extend_from_slice(self.mini.get(start..end).ok_or_else(|| broken("a short sector outside of its stream"))?);
        }
        out.truncate(size);
        if out.len() == size { Ok(out) } else { Err(broken("a stream is cut off")) }
    }

    /// Sectors after the header; the last may be short.
    fn sectors(&self) -> usize {
        (self.bytes.len().saturating_sub(1 << self.shift)).div_ceil(1 << self.shift)
    }

    fn sector(&self, number: u32) -> Result<&'a [u8], Hold> {
        let size = 1_usize << self.shift;
        let start =
            (number as usize).checked_add(1).and_then(|number| number.checked_mul(size)).ok_or_else(|| broken("a sector too far"))?;
        let end = start.saturating_add(size).min(self.bytes.len());
        self.bytes.get(start..end).filter(|sector| !sector.is_empty()).ok_or_else(|| broken("a sector outside of the file"))
    }

    fn read_fat(&self, header: &[u8], used: &mut [bool]) -> Result<Vec<u32>, Hold> {
        let mut numbers = words(header.get(76..).unwrap_or_default());
        let mut next = u32_at(header, 68);
        let mut left = u32_at(header, 72);
        while next < MOST {
            left = left.checked_sub(1).ok_or_else(|| broken("more tables than told"))?;
            mark(used, next)?;
            let mut more = words(self.sector(next)?);
            next = more.pop().unwrap_or(END);
            numbers.append(&mut more);
        }
        let count = u32_at(header, 44) as usize;
        let numbers: Vec<u32> = numbers.into_iter().filter(|number| *number != NONE).collect();
        if numbers.len() != count {
            return Err(broken("another number of tables than told"));
        }
        let mut fat = Vec::new();
        for number in numbers {
            mark(used, number)?;
            fat.append(&mut words(self.sector(number)?));
        }
        Ok(fat)
    }

    /// The sectors of a chain, in order; `count` of them, if that is known.
    fn walk_chain(&self, table: &[u32], start: u32, count: u64, used: &mut [bool]) -> Result<Vec<u32>, Hold> {
        let mut found = Vec::new();
        let mut next = start;
        while next < MOST && found.len() as u64 <= count {
            mark(used, next)?;
            found.push(next);
            next = table.get(next as usize).copied().ok_or_else(|| broken("a chain leaves its table"))?;
        }
        // Writers may reserve more sectors than they fill.
        if (found.len() as u64) < count || (next >= MOST && next != END && !found.is_empty()) {
            return Err(broken("a chain is cut off"));
        }
        found.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// The bytes of a chain of whole sectors.
    fn chain(&self, start: u32, size: Option<u64>, used: &mut [bool]) -> Result<Vec<u8>, Hold> {
        let most = self.sectors() as u64;
        let count = size.map(|size| size.div_ceil(1 << self.shift));
        let sectors = match count {
            Some(0) => Vec::new(),
            Some(count) => self.walk_chain(&self.fat, start, count, used)?,
            None => {
                let mut found = Vec::new();
                let mut next = start;
                while next < MOST {
                    mark(used, next)?;
                    found.push(next);
                    next = self.fat.get(next as usize).copied().ok_or_else(|| broken("a chain leaves its table"))?;
                }
                found
            }
        };
        if sectors.len() as u64 > most {
            return Err(broken("a chain longer than the file"));
        }
        let mut out = Vec::with_capacity(sectors.len() << self.shift);
        for sector in sectors {
            out.extend_from_slice(self.sector(sector)?);
        }
        if let Some(size) = size.and_then(|size| usize::try_from(size).ok()) {
            if out.len() < size {
                return Err(broken("a stream is cut off"));
            }
            out.truncate(size);
        }
        Ok(out)
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

fn mark(used: &mut [bool], sector: u32) -> Result<(), Hold> {
    match used.get_mut(sector as usize) {
        Some(used) if !*used => {
            *used = true;
            Ok(())
        }
        _ => Err(broken("a sector in two chains or outside of the file")),
    }
}

fn read_record(record: &[u8], shift: u32) -> Record {
    let length = usize::from(u16_at(record, 64)).saturating_sub(2).min(62);
    let units: Vec<u16> =
        record.get(..length).unwrap_or_default().as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    // The upper half of the size is garbage in old files.
    let size = u64::from(u32_at(record, 120)) | if shift == 12 { u64::from(u32_at(record, 124)) << 32 } else { 0 };
    Record {
        name: String::from_utf16_lossy(&units),
        kind: record.get(66).copied().unwrap_or(0),
        left: u32_at(record, 68),
        right: u32_at(record, 72),
        child: u32_at(record, 76),
        start: u32_at(record, 116),
        size,
    }
}

/// All records that hang on the root, each once.
fn walk(records: &[Record], child: u32) -> Result<Vec<Entry>, Hold> {
    let mut entries = Vec::new();
    let mut seen = vec![false; records.len()];
    let mut paths = BTreeSet::new();
    let mut open = vec![(child, String::new(), 0_usize)];
    while let Some((number, above, depth)) = open.pop() {
        if number == NONE {
            continue;
        }
        mark(&mut seen, number)?;
        let record = records.get(number as usize).ok_or_else(|| broken("a record outside of the directory"))?;
        let path = if above.is_empty() { record.name.clone() } else { format!("{above}/{}", record.name) };
        if depth > DEPTH || !matches!(record.kind, 1 | 2) || !paths.insert(path.to_uppercase()) {
            return Err(broken("a directory that contradicts itself"));
        }
        open.push((record.right, above.clone(), depth));
        open.push((record.left, above, depth));
        if record.kind == 1 {
            open.push((record.child, path.clone(), depth + 1));
        }
        entries.push(Entry { path, storage: record.kind == 1, size: if record.kind == 1 { 0 } else { record.size }, start: record.start });
    }
    Ok(entries)
}
