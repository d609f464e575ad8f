//! WMF: records by allowlist, each read into its numbers and written again; escapes and unknown
//! records go. Bitmaps are rebuilt.

use super::dib::Dib;
use crate::{
    Danger, Hold, Kind,
    cursor::Cursor,
    job::{Built, Job},
};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("WMF: {what}"))
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let early = || broken("ends too early");
    let mut cursor = Cursor::new(bytes);
    let mut out = Vec::new();
    if bytes.starts_with(&[0xd7, 0xcd, 0xc6, 0x9a]) {
        cursor.take(6);
        out.extend([0xd7, 0xcd, 0xc6, 0x9a, 0, 0]);
        out.extend(cursor.take(10).ok_or_else(early)?);
        out.extend([0; 4]);
        let sum = out.chunks_exact(2).fold(0, |sum, pair| sum ^ pair.iter().rev().fold(0_u16, |word, &byte| word << 8 | u16::from(byte)));
        out.extend(sum.to_le_bytes());
        cursor.take(6).ok_or_else(early)?;
    }
    let [kind, header, version] = [cursor.u16_le(), cursor.u16_le(), cursor.u16_le()].map(Option::unwrap_or_default);
    if !matches!(kind, 1 | 2) || header != 9 {
        return Err(broken("the header"));
    }
    cursor.take(4).ok_or_else(early)?;
    let objects = cursor.u16_le().ok_or_else(early)?;
    cursor.take(6).ok_or_else(early)?;

    let (mut records, mut longest) = (Vec::new(), 3_u32);
    loop {
        let at = cursor.at();
        let Some(size) = cursor.u32_le() else {
            // Many writers forget the last record.
            break;
        };
        let function = cursor.u16_le().ok_or_else(early)?;
        if function == 0 {
            break;
        }
        if size < 3 {
            return Err(broken("a record without length"));
        }
        let length = (size as usize - 3).checked_mul(2).ok_or_else(early)?;
        let content = cursor.take(length).ok_or_else(|| broken(&format!("the record at {at} is longer than the file")))?;
        let mut made = Vec::new();
        let mut function = function;
        if record(job, function, content, &mut made).is_none() {
            let danger = if function == 0x0626 { (Danger::Action, "エスケープ") } else { (Danger::Unknown, "レコード") };
            job.removed(danger.0, danger.1, 1);
            // Objects are numbered as they come: what made one must make one.
            if !matches!(function, 0x00f7 | 0x0142 | 0x01f9 | 0x02fa..=0x02fd | 0x06ff | 0x06fe) {
                continue;
            }
            made = vec![1, 0, 0, 0, 0, 0, 0, 0];
            function = 0x02fc;
        }
        made.resize(made.len().next_multiple_of(2), 0);
        let size = made.len() as u32 / 2 + 3;
        longest = longest.max(size);
        records.extend(size.to_le_bytes());
        records.extend(function.to_le_bytes());
        records.extend(made);
    }
    job.removed(Danger::Slack, "図の後ろ", u64::from(!cursor.rest().is_empty()));
    records.extend([3, 0, 0, 0, 0, 0]);
    out.extend(kind.to_le_bytes());
    out.extend(9_u16.to_le_bytes());
    out.extend(version.to_le_bytes());
    out.extend((records.len() as u32 / 2 + 9).to_le_bytes());
    out.extend(objects.to_le_bytes());
    out.extend(longest.to_le_bytes());
    out.extend([0; 2]);
    out.extend(records);
    Ok(Built::new(Kind::Wmf, out))
}

/// How many numbers of 16 bits a record has that holds nothing else.
const fn plain(function: u16) -> Option<usize> {
    Some(match function {
        0x001e | 0x0035 => 0,
        0x0102..=0x0104 | 0x0106..=0x0108 | 0x0127 | 0x012a..=0x012e | 0x0139 | 0x0149 | 0x01f0 | 0x0234 => 1,
        0x0201 | 0x0209..=0x020f | 0x0211 | 0x0213 | 0x0214 | 0x0220 | 0x0228 | 0x0231 => 2,
        0x02fc | 0x0410 | 0x0412 | 0x0415 | 0x0416 | 0x0418 | 0x0419 | 0x041b | 0x041f | 0x0429 => 4,
        0x02fa | 0x0548 => 5,
        0x061c | 0x061d => 6,
        0x0817 | 0x081a | 0x0830 => 8,
        _ => return None,
    })
}

/// Reads a record's content and writes it; none if it is not known or broken.
fn record(job: &mut Job<'_>, function: u16, content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::new(content);
    if let Some(count) = plain(function) {
        out.extend(cursor.take(count * 2)?);
        return Some(());
    }
    match function {
        0x0324 | 0x0325 => {
            let count = cursor.u16_le()?;
            out.extend(count.to_le_bytes());
            out.extend(cursor.take(usize::from(count) * 4)?);
        }
        0x0538 => {
            let count = cursor.u16_le()?;
            out.extend(count.to_le_bytes());
            let mut points = 0;
            for _ in 0..count {
                let count = cursor.u16_le()?;
                points += usize::from(count);
                out.extend(count.to_le_bytes());
            }
            out.extend(cursor.take(points * 4)?);
        }
        0x0521 => {
            let count = cursor.u16_le()?;
            out.extend(count.to_le_bytes());
            string(&mut cursor, usize::from(count), out)?;
            out.extend(cursor.take(4)?);
        }
        0x0a32 => {
            out.extend(cursor.take(4)?);
            let (count, options) = (cursor.u16_le()?, cursor.u16_le()?);
            out.extend(count.to_le_bytes());
            out.extend(options.to_le_bytes());
            if options & 6 != 0 {
                out.extend(cursor.take(8)?);
            }
            string(&mut cursor, usize::from(count), out)?;
            // Distances: one for each character, or two, or none.
            let left = cursor.rest().len();
            let wanted = usize::from(count) * if options & 0x2000 != 0 { 4 } else { 2 };
            out.extend(cursor.take(if left >= wanted { wanted } else { 0 })?);
        }
        0x02fb => {
            out.extend(cursor.take(18)?);
            let name: Vec<u8> = cursor.rest().iter().copied().take(32).take_while(|&byte| byte != 0).collect();
            out.extend(name);
            out.push(0);
        }
        0x00f7 | 0x0037 | 0x0436 => {
            out.extend(cursor.take(2)?);
            let count = cursor.u16_le()?;
            out.extend(count.to_le_bytes());
            out.extend(cursor.take(usize::from(count) * 4)?);
        }
        0x06ff => region(&mut cursor, out)?,
        // Without a bitmap one number more.
        0x0940 if content.len() == 18 => out.extend(content),
        0x0b41 if content.len() == 22 => out.extend(content),
        0x0940 => bitmap(job, &mut cursor, 8, None, out)?,
        0x0b41 => bitmap(job, &mut cursor, 10, None, out)?,
        0x0f43 => bitmap(job, &mut cursor, 11, Some(2), out)?,
        0x0d33 => bitmap(job, &mut cursor, 9, Some(0), out)?,
        0x0142 => bitmap(job, &mut cursor, 2, Some(1), out)?,
        _ => return None,
    }
    Some(())
}

/// Text, filled to two bytes.
fn string(cursor: &mut Cursor<'_>, count: usize, out: &mut Vec<u8>) -> Option<()> {
    out.extend(cursor.take(count)?);
    if count % 2 == 1 {
        cursor.take(1);
        out.push(0);
    }
    Some(())
}

fn region(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    cursor.take(8)?;
    let _size = cursor.u16_le()?;
    let (scans, most) = (cursor.u16_le()?, cursor.u16_le()?);
    let bounds = cursor.take(8)?;
    let mut lines = Vec::new();
    for _ in 0..scans {
        let count = cursor.u16_le()?;
        lines.extend(count.to_le_bytes());
        lines.extend(cursor.take(4 + usize::from(count) * 2)?);
        cursor.take(2)?;
        lines.extend(count.to_le_bytes());
    }
    out.extend([0, 0, 6, 0, 0, 0, 0, 0]);
    out.extend((u16::try_from(lines.len() + 22).ok()?).to_le_bytes());
    out.extend(scans.to_le_bytes());
    out.extend(most.to_le_bytes());
    out.extend(bounds);
    out.extend(lines);
    Some(())
}

/// Numbers, of which one may tell how colours are meant, and a bitmap behind them.
fn bitmap(job: &mut Job<'_>, cursor: &mut Cursor<'_>, numbers: usize, usage: Option<usize>, out: &mut Vec<u8>) -> Option<()> {
    let numbers = cursor.take(numbers * 2)?;
    let device = usage.is_some_and(|usage| numbers.get(usage * 2..usage * 2 + 2) == Some(&[1, 0]));
    let rest = cursor.rest();
    let (bitmap, length) = Dib::read(rest, rest.len(), device).ok()?;
    let (pixels, _) = bitmap.pixels(job, rest.get(length..)?).ok()?;
    out.extend(numbers);
    bitmap.write(out, pixels.len());
    out.extend(pixels);
    Some(())
}
