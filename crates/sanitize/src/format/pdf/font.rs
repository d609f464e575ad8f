//! Embedded font programs, by way of what reads them; the one place to change when fonts are read deeper.

use super::{
    model::Model,
    object::{Dict, Obj},
    schema::T,
};
use crate::{Hold, job::Job};

/// A program and the lengths that its dictionary tells.
pub(crate) struct Program {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// `Length1` and so on.
    pub(crate) lengths: Vec<(&'static [u8], i64)>,
}

/// Tables of TrueType and OpenType fonts that draw or measure.
const TABLES: [&[u8; 4]; 28] = [
    b"BASE", b"CFF ", b"CFF2", b"GDEF", b"GPOS", b"GSUB", b"LTSH", b"OS/2", b"VDMX", b"VORG", b"cmap", b"cvt ", b"fpgm", b"gasp", b"glyf",
    b"hdmx", b"head", b"hhea", b"hmtx", b"kern", b"loca", b"maxp", b"mort", b"name", b"post", b"prep", b"vhea", b"vmtx",
];

/// Reads a program and writes it.
pub(crate) fn rebuild(model: &mut Model<'_, '_>, job: &mut Job<'_>, ty: T, dict: &Dict, bytes: &[u8]) -> Result<Program, Hold> {
    let subtype = model.look(job, dict, b"Subtype")?;
    let length = |bytes: &[u8]| i64::try_from(bytes.len()).unwrap_or(0);
    match bytes.get(..4) {
        Some([0, 1, 0, 0] | b"true" | b"OTTO" | b"ttcf") => {
            let bytes = sfnt(bytes)?;
            let lengths = if ty == T::FontFile3 { Vec::new() } else { vec![(b"Length1".as_slice(), length(&bytes))] };
            Ok(Program { bytes, lengths })
        }
        Some([1, _, 4..=255, 1..=4]) if ty == T::FontFile3 || subtype != Obj::Null => {
            Ok(Program { bytes: cff(bytes)?, lengths: Vec::new() })
        }
        Some([0x80, 1, ..] | b"%!PS" | b"%!Fo") if ty != T::FontFile2 => type1(bytes),
        Some([1, _, 4..=255, 1..=4]) => Ok(Program { bytes: cff(bytes)?, lengths: Vec::new() }),
        _ => Err(Hold::damaged("an embedded font of an unknown kind")),
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at.checked_add(2)?).map(|word| word.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at.checked_add(4)?).map(|word| word.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
}

/// A font of tables: known tables in the order of their names, with checksums of our own.
fn sfnt(bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let wrong = "a wrong embedded font";
    let base = if bytes.starts_with(b"ttcf") { be32(bytes, 12).ok_or(wrong)? } else { 0 };
    let count = be16(bytes, base + 4).ok_or(wrong)?;
    let mut tables: Vec<([u8; 4], &[u8])> = Vec::new();
    for index in 0..count {
        let at = base + 12 + index * 16;
        let Some(name) = bytes.get(at..at + 4).and_then(|name| <[u8; 4]>::try_from(name).ok()) else { break };
        let (from, length) = (be32(bytes, at + 8).ok_or(wrong)?, be32(bytes, at + 12).ok_or(wrong)?);
        if !TABLES.contains(&&name) || tables.iter().any(|(known, _)| *known == name) {
            continue;
        }
        // A last table that is cut short is read as far as it goes.
        let end = from.saturating_add(length).min(bytes.len());
        tables.push((name, bytes.get(from..end).unwrap_or_default()));
    }
    tables.sort_by_key(|(name, _)| *name);
    if tables.is_empty() {
        return Err(Hold::damaged(wrong));
    }
    let version: &[u8] = match bytes.get(base..base + 4) {
        Some(b"OTTO") => b"OTTO",
        Some(b"true") => b"true",
        _ => &[0, 1, 0, 0],
    };
    let mut out = version.to_vec();
    let number = u16::try_from(tables.len()).map_err(|_| wrong)?;
    let power = 15 - number.leading_zeros();
    for value in [u32::from(number), 16 << power, power, u32::from(number) * 16 - (16 << power)] {
        out.extend_from_slice(value.to_be_bytes().get(2..).unwrap_or_default());
    }
    let mut at = 12 + tables.len() * 16;
    for (name, value) in &tables {
        let sum = value.chunks(4).fold(0_u32, |sum, chunk| {
            let word = (0..4).fold(0_u32, |word, index| word << 8 | u32::from(chunk.get(index).copied().unwrap_or(0)));
            sum.wrapping_add(word)
        });
        out.extend_from_slice(name);
        for word in [sum, u32::try_from(at).map_err(|_| wrong)?, u32::try_from(value.len()).map_err(|_| wrong)?] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        at = at.saturating_add(value.len()).next_multiple_of(4);
    }
    for (_, value) in &tables {
        out.extend_from_slice(value);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    Ok(out)
}

/// Where an index of a CFF font ends, and how many entries it has.
fn index_end(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let count = be16(bytes, at)?;
    if count == 0 {
        return Some((at + 2, 0));
    }
    let size = usize::from(*bytes.get(at + 2)?);
    if !(1..=4).contains(&size) {
        return None;
    }
    let last = at + 3 + count * size;
    let end = bytes.get(last..last + size)?.iter().fold(0_usize, |value, &byte| value << 8 | usize::from(byte));
    let end = last.checked_add(size)?.checked_sub(1)?.checked_add(end)?;
    (end <= bytes.len()).then_some((end, count))
}

/// A CFF font: its header and the four indexes at its beginning must be what they say.
fn cff(bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let walk = || {
        let mut at = usize::from(*bytes.get(2)?);
        let mut counts = [0_usize; 4];
        for slot in &mut counts {
            let (end, count) = index_end(bytes, at)?;
            *slot = count;
            at = end;
        }
        let [names, tops, ..] = counts;
        (names == 1 && tops == 1).then_some(())
    };
    walk().ok_or("a wrong embedded CFF font")?;
    Ok(bytes.to_vec())
}

/// A Type 1 font: clear text up to `eexec`, the encrypted part, and zeros.
fn type1(bytes: &[u8]) -> Result<Program, Hold> {
    let wrong = "a wrong embedded Type 1 font";
    // Segments of a PFB file are joined.
    let mut joined = Vec::new();
    let mut rest = bytes;
    while let Some((&0x80, after)) = rest.split_first() {
        let kind = *after.first().ok_or(wrong)?;
        if kind == 3 {
            break;
        }
        let length = after.get(1..5).ok_or(wrong)?.iter().rev().fold(0_usize, |value, &byte| value << 8 | usize::from(byte));
        let end = 5_usize.checked_add(length).ok_or(wrong)?.min(after.len());
        joined.extend_from_slice(after.get(5..end).unwrap_or_default());
        rest = after.get(end..).unwrap_or_default();
    }
    let bytes = if joined.is_empty() { bytes } else { &joined };
    let found = memchr::memmem::find(bytes, b"eexec").ok_or(wrong)?;
    let mut clear = found + 5;
    // One end of line belongs to the clear text.
    if bytes.get(clear) == Some(&b'\r') {
        clear += 1;
    }
    if bytes.get(clear).is_some_and(|byte| matches!(byte, b'\n' | b' ' | b'\t')) {
        clear += 1;
    }
    // Zeros at the end, which say where the encrypted part ends.
    let zeros = bytes.iter().rev().take_while(|&&byte| byte == b'0' || byte.is_ascii_whitespace()).count();
    let tail = memchr::memmem::rfind(bytes, b"cleartomark").filter(|&at| at > clear);
    let end = match tail {
        Some(tail) => {
            let before = bytes.get(..tail).unwrap_or_default();
            tail - before.iter().rev().take_while(|&&byte| byte == b'0' || byte.is_ascii_whitespace()).count()
        }
        None => bytes.len() - if zeros >= 500 { zeros } else { 0 },
    }
    .max(clear);
    let mut out = bytes.get(..clear).unwrap_or_default().to_vec();
    let secret = bytes.get(clear..end).unwrap_or_default();
    out.extend_from_slice(secret);
    let before = out.len();
    out.push(b'\n');
    for _ in 0..8 {
        out.extend_from_slice(&[b'0'; 64]);
        out.push(b'\n');
    }
    out.extend_from_slice(b"cleartomark\n");
    let int = |value: usize| i64::try_from(value).unwrap_or(0);
    Ok(Program {
        lengths: vec![
            (b"Length1".as_slice(), int(clear)),
            (b"Length2".as_slice(), int(before - clear)),
            (b"Length3".as_slice(), int(out.len() - before)),
        ],
        bytes: out,
    })
}
