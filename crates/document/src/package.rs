//! The package of an office document (ZIP), read strictly; knows nothing of what its parts mean.
//!
//! One reading exists: the directory at the end counts, and what contradicts it is refused. No
//! ZIP64, no encryption, no method but stored and deflated: office programs write nothing else.

use std::{cell::Cell, collections::HashMap, io::Read};

use flate2::{Crc, read::DeflateDecoder};

use crate::limits;

/// Why a package or a part of it cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackageError {
    /// Cut off or changed: where it shows, in words.
    Damaged(&'static str),
    /// Built as no office program builds it: what is odd.
    Odd(&'static str),
    /// Unpacks to more than is read.
    TooLarge,
    /// The part needs a password.
    Protected,
}

/// An entry of the directory.
#[derive(Debug, Clone, Copy)]
struct Entry {
    flags: usize,
    method: usize,
    crc: usize,
    packed: usize,
    size: usize,
    header: usize,
}

/// The parts of a file by name.
pub(crate) struct Package<'a> {
    bytes: &'a [u8],
    entries: HashMap<String, Entry>,
    /// Bytes that may still be unpacked.
    budget: Cell<usize>,
}

const END: &[u8] = b"PK\x05\x06";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// Length of the record at the end, without its comment.
const END_LENGTH: usize = 22;

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(field.iter().rev().fold(0, |value, byte| (value << 8) | usize::from(*byte)))
}

impl<'a> Package<'a> {
    /// Reads the directory.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, PackageError> {
        let end = end_record(bytes).ok_or(PackageError::Damaged("ファイルの終わりが欠けています"))?;
        let (entries, directory) = directory(bytes, end)?;
        separate(bytes, &entries, directory)?;
        Ok(Self { bytes, entries, budget: Cell::new(limits::UNPACKED_BYTES) })
    }

    /// Whether there is a part of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&key(name))
    }

    /// Whether a part's name begins so.
    pub(crate) fn has_folder(&self, prefix: &str) -> bool {
        self.entries.keys().any(|name| name.starts_with(prefix))
    }

    /// Unpacks a part; `None` if there is none of this name.
    pub(crate) fn part(&self, name: &str) -> Result<Option<Vec<u8>>, PackageError> {
        let Some(entry) = self.entries.get(&key(name)) else { return Ok(None) };
        if entry.flags & 1 != 0 {
            return Err(PackageError::Protected);
        }
        let most = limits::PART_BYTES.min(self.budget.get());
        let ratio = entry.size > limits::RATIO_FROM_BYTES && entry.size / limits::RATIO > entry.packed;
        if entry.size > most || ratio {
            return Err(PackageError::TooLarge);
        }
        let data = data(self.bytes, entry).ok_or(PackageError::Damaged("中身が途中で切れています"))?;
        let unpacked = unpack(data, entry)?;
        self.budget.set(self.budget.get() - unpacked.len());
        Ok(Some(unpacked))
    }
}

/// Names of parts are the same in any case.
fn key(name: &str) -> String {
    name.trim_start_matches('/').to_ascii_lowercase()
}

fn end_record(bytes: &[u8]) -> Option<usize> {
    let first = bytes.len().saturating_sub(END_LENGTH + 0xffff);
    let last = bytes.len().checked_sub(END_LENGTH)?;
    (first..=last).rev().find(|at| {
        bytes.get(*at..).is_some_and(|rest| rest.starts_with(END))
            && number(bytes, at + 20, 2).is_some_and(|comment| at + END_LENGTH + comment == bytes.len())
    })
}

/// All entries, and where the directory begins.
fn directory(bytes: &[u8], end: usize) -> Result<(HashMap<String, Entry>, usize), PackageError> {
    const CUT: PackageError = PackageError::Damaged("目次の部分が壊れています");
    let field = |at, length| number(bytes, at, length).ok_or(CUT);
    let (count, size, start) = (field(end + 10, 2)?, field(end + 12, 4)?, field(end + 16, 4)?);
    if field(end + 8, 2)? != count || field(end + 4, 4)? != 0 || start.checked_add(size) != Some(end) {
        return Err(CUT);
    }
    if count > limits::ENTRIES {
        return Err(PackageError::TooLarge);
    }
    let mut entries = HashMap::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        if !bytes.get(at..).is_some_and(|rest| rest.starts_with(DIRECTORY)) {
            return Err(CUT);
        }
        let (name, extra, comment) = (field(at + 28, 2)?, field(at + 30, 2)?, field(at + 32, 2)?);
        let entry = Entry {
            flags: field(at + 8, 2)?,
            method: field(at + 10, 2)?,
            crc: field(at + 16, 4)?,
            packed: field(at + 20, 4)?,
            size: field(at + 24, 4)?,
            header: field(at + 42, 4)?,
        };
        let raw = bytes.get(at + 46..at + 46 + name).ok_or(CUT)?;
        let name_text = String::from_utf8_lossy(raw).replace('\\', "/");
        if name_text.starts_with('/') || name_text.contains('\0') || name_text.split('/').any(|step| step == "..") {
            return Err(PackageError::Odd("中の部品の名前がファイルの外を指しています"));
        }
        if entries.insert(key(&name_text), entry).is_some() {
            return Err(PackageError::Odd("同じ名前の部品が二つあります"));
        }
        at += 46 + name + extra + comment;
    }
    if at == end { Ok((entries, start)) } else { Err(CUT) }
}

/// Refuses parts that lie over each other or over the directory: one that is read twice swells without limit.
fn separate(bytes: &[u8], entries: &HashMap<String, Entry>, directory: usize) -> Result<(), PackageError> {
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(entries.len());
    for entry in entries.values() {
        let start = body(bytes, entry).ok_or(PackageError::Damaged("部品の見出しが壊れています"))?;
        places.push((entry.header, start.saturating_add(entry.packed)));
    }
    places.sort_unstable();
    let ends = places.iter().map(|(_, end)| *end);
    let next = places.iter().skip(1).map(|(start, _)| *start).chain([directory]);
    if ends.zip(next).any(|(end, next)| end > next) {
        return Err(PackageError::Odd("中の部品が重なっています"));
    }
    Ok(())
}

/// Where the data of an entry begins.
fn body(bytes: &[u8], entry: &Entry) -> Option<usize> {
    bytes.get(entry.header..)?.starts_with(LOCAL).then_some(())?;
    (number(bytes, entry.header + 8, 2)? == entry.method).then_some(())?;
    let (name, extra) = (number(bytes, entry.header + 26, 2)?, number(bytes, entry.header + 28, 2)?);
    entry.header.checked_add(30 + name + extra)
}

fn data<'a>(bytes: &'a [u8], entry: &Entry) -> Option<&'a [u8]> {
    let start = body(bytes, entry)?;
    bytes.get(start..start.checked_add(entry.packed)?)
}

fn unpack(data: &[u8], entry: &Entry) -> Result<Vec<u8>, PackageError> {
    const DAMAGED: PackageError = PackageError::Damaged("中身が書き換わっているか、欠けています");
    let unpacked = match entry.method {
        0 => data.to_vec(),
        8 => {
            let mut out = Vec::with_capacity(entry.size);
            // One byte more than declared shows a lie without unpacking all of it.
            let most = u64::try_from(entry.size).unwrap_or(u64::MAX).saturating_add(1);
            DeflateDecoder::new(data).take(most).read_to_end(&mut out).map_err(|_| DAMAGED)?;
            out
        }
        _ => return Err(PackageError::Odd("知らない方法で圧縮されています")),
    };
    let mut crc = Crc::new();
    crc.update(&unpacked);
    let same = usize::try_from(crc.sum()).is_ok_and(|sum| sum == entry.crc);
    if same && unpacked.len() == entry.size { Ok(unpacked) } else { Err(DAMAGED) }
}
