//! EMF: records by allowlist, each read into its numbers and written again; comments, and with them
//! EMF+, escapes and unknown records go. Bitmaps are rebuilt.

use super::dib::Dib;
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    job::{Built, Job},
};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("EMF: {what}"))
}

/// Where in a record with bitmaps what is; counted from the record's beginning.
struct Bitmap {
    /// How long the part is that all such records have.
    fixed: usize,
    /// Where offset and length of header and bits are, and where is told how colours are meant.
    bitmaps: &'static [(usize, usize)],
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut cursor = Cursor::new(bytes);
    let mut out = Vec::new();
    let (mut records, mut longest, mut ended) = (0_u32, 0, false);
    let mut only_plus = false;
    while !ended {
        let at = cursor.at();
        let (Some(kind), Some(size)) = (cursor.u32_le(), cursor.u32_le()) else { return Err(broken("ends too early")) };
        let size = size as usize;
        let record = bytes.get(at..at.saturating_add(size)).filter(|_| size >= 8).ok_or_else(|| broken("a record longer than the file"))?;
        cursor = Cursor::starting_at(bytes, at + size).ok_or_else(|| broken("ends too early"))?;
        if (kind == 1) != (records == 0) {
            return Err(broken("the header"));
        }
        let before = out.len();
        match kind {
            1 => header(record, &mut out).ok_or_else(|| broken("the header"))?,
            14 => {
                ended = true;
                out.extend([14, 20, 0, 16, 20].map(u32::to_le_bytes).concat());
            }
            70 => {
                only_plus |= record.get(12..16) == Some(b"EMF+")
                    && record.get(16..18) == Some(&[1, 0x40])
                    && record.get(18).is_some_and(|flags| flags & 1 == 0);
                job.removed(Danger::Metadata, "コメント（EMF+など）", 1);
            }
            105 | 106 => job.removed(Danger::Action, "エスケープ", 1),
            _ => {
                let mut made = Vec::new();
                if self::record(job, kind, record, &mut made).is_some() {
                    put(&mut out, kind, &made);
                } else {
                    job.removed(Danger::Unknown, "レコード", 1);
                }
            }
        }
        if out.len() > before {
            records += 1;
            longest = longest.max(out.len() - before);
        }
    }
    if only_plus {
        return Err(Hold::new(Reason::UnsupportedKind, "EMF: drawn by EMF+ only"));
    }
    job.removed(Danger::Slack, "図の後ろ", u64::from(!cursor.rest().is_empty()));
    let length = out.len() as u32;
    for (at, number) in [(48, length), (52, records)] {
        if let Some(slot) = out.get_mut(at..at + 4) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
    }
    Ok(Built::new(Kind::Emf, out))
}

/// The header: bounds and sizes stay, description and pixel format go.
fn header(record: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::starting_at(record, 8)?;
    let size = if record.len() >= 108 { 108 } else { 88 };
    out.extend(1_u32.to_le_bytes());
    out.extend((size as u32).to_le_bytes());
    out.extend(words(&mut cursor, 8)?);
    if cursor.take(4)? != b" EMF" {
        return None;
    }
    out.extend(b" EMF");
    out.extend([0, 0, 1, 0]);
    // Length and count of records are filled in at the end.
    cursor.take(12)?;
    out.extend([0; 8]);
    out.extend(cursor.u16_le()?.to_le_bytes());
    out.extend([0; 2]);
    // Description, its place, colours of a palette: none.
    cursor.take(14)?;
    out.extend([0; 12]);
    out.extend(words(&mut cursor, 4)?);
    if size == 108 {
        cursor.take(12)?;
        out.extend([0; 12]);
        out.extend(words(&mut cursor, 2)?);
    }
    Some(())
}

/// Numbers of 32 bits.
fn words<'a>(cursor: &mut Cursor<'a>, count: usize) -> Option<&'a [u8]> {
    cursor.take(count.checked_mul(4)?)
}

fn put(out: &mut Vec<u8>, kind: u32, content: &[u8]) {
    let length = content.len().next_multiple_of(4);
    out.extend(kind.to_le_bytes());
    out.extend((length as u32 + 8).to_le_bytes());
    out.extend(content);
    out.resize(out.len() + length - content.len(), 0);
}

/// How many numbers a record has that holds nothing else.
const fn plain(kind: u32) -> Option<usize> {
    Some(match kind {
        28 | 33 | 52 | 59..=61 | 65 | 66 | 68 => 0,
        16..=22 | 24 | 25 | 34 | 37 | 40 | 48 | 57 | 58 | 67 | 98 | 115 => 1,
        9..=13 | 26 | 27 | 51 | 54 | 120 => 2,
        15 => 3,
        29..=32 | 39 | 42 | 43 | 53 | 62..=64 => 4,
        38 | 41 => 5,
        23 | 35 | 44 => 6,
        36 => 7,
        45..=47 | 55 => 8,
        _ => return None,
    })
}

const fn bitmap(kind: u32) -> Option<Bitmap> {
    Some(match kind {
        76 => Bitmap { fixed: 100, bitmaps: &[(84, 80)] },
        77 | 114 | 116 => Bitmap { fixed: 108, bitmaps: &[(84, 80)] },
        78 => Bitmap { fixed: 128, bitmaps: &[(84, 80), (112, 108)] },
        79 => Bitmap { fixed: 140, bitmaps: &[(96, 92), (124, 120)] },
        80 => Bitmap { fixed: 76, bitmaps: &[(48, 64)] },
        81 => Bitmap { fixed: 80, bitmaps: &[(48, 64)] },
        93 | 94 => Bitmap { fixed: 32, bitmaps: &[(16, 12)] },
        _ => return None,
    })
}

/// Reads a record's content and writes it, without kind and length; none if it is not known or broken.
fn record(job: &mut Job<'_>, kind: u32, record: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::starting_at(record, 8)?;
    if let Some(count) = plain(kind) {
        out.extend(words(&mut cursor, count)?);
        return Some(());
    }
    if let Some(shape) = bitmap(kind) {
        return bitmaps(job, record, &shape, out);
    }
    match kind {
        2..=6 => {
            out.extend(words(&mut cursor, 4)?);
            points(&mut cursor, 8, out)
        }
        85..=89 => {
            out.extend(words(&mut cursor, 4)?);
            points(&mut cursor, 4, out)
        }
        7 | 8 => polygons(&mut cursor, 8, out),
        90 | 91 => polygons(&mut cursor, 4, out),
        56 | 92 => {
            out.extend(words(&mut cursor, 4)?);
            let count = counted(&mut cursor, out)?;
            out.extend(cursor.take(count.checked_mul(if kind == 56 { 8 } else { 4 })?)?);
            out.extend(cursor.take(count)?);
            Some(())
        }
        83 | 84 => text(record, if kind == 84 { 2 } else { 1 }, out),
        108 => small_text(&mut cursor, out),
        82 => font(&mut cursor, out),
        95 => pen(job, record, out),
        49 | 50 => palette(kind, &mut cursor, out),
        71..=74 => {
            out.extend(words(&mut cursor, 4)?);
            let _length = cursor.u32_le()?;
            let more = words(
                &mut cursor,
                match kind {
                    71 => 1,
                    72 => 3,
                    _ => 0,
                },
            )?;
            region(&mut cursor, more, out)
        }
        75 => {
            let length = cursor.u32_le()?;
            let mode = words(&mut cursor, 1)?;
            if length == 0 {
                out.extend([0; 4]);
                out.extend(mode);
                return Some(());
            }
            region(&mut cursor, mode, out)
        }
        118 => gradient(&mut cursor, out),
        _ => None,
    }
}

fn counted(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<usize> {
    let count = cursor.u32_le()?;
    out.extend(count.to_le_bytes());
    Some(count as usize)
}

fn points(cursor: &mut Cursor<'_>, each: usize, out: &mut Vec<u8>) -> Option<()> {
    let count = counted(cursor, out)?;
    out.extend(cursor.take(count.checked_mul(each)?)?);
    Some(())
}

fn polygons(cursor: &mut Cursor<'_>, each: usize, out: &mut Vec<u8>) -> Option<()> {
    out.extend(words(cursor, 4)?);
    let polygons = counted(cursor, out)?;
    let points = counted(cursor, out)?;
    let mut counts = Cursor::new(words(cursor, polygons)?);
    let mut sum = 0_usize;
    while let Some(count) = counts.u32_le() {
        out.extend(count.to_le_bytes());
        sum = sum.checked_add(count as usize)?;
    }
    if sum > points {
        return None;
    }
    out.extend(cursor.take(points.checked_mul(each)?)?);
    Some(())
}

/// Text at a place, in characters of one or two bytes.
fn text(record: &[u8], each: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::starting_at(record, 8)?;
    out.extend(words(&mut cursor, 7)?);
    out.extend(words(&mut cursor, 2)?);
    let (count, at, options) = (cursor.u32_le()? as usize, cursor.u32_le()? as usize, cursor.u32_le()?);
    let bounds = words(&mut cursor, 4)?;
    let spaces = cursor.u32_le()? as usize;
    let length = count.checked_mul(each)?;
    let string = if length == 0 { &[][..] } else { record.get(at..at.checked_add(length)?)? };
    let wanted = count.checked_mul(if options & 0x2000 != 0 { 8 } else { 4 })?;
    let spaces = if spaces == 0 { &[][..] } else { record.get(spaces..spaces.checked_add(wanted)?)? };
    let start = 76;
    let behind = start + length.next_multiple_of(4);
    out.extend((count as u32).to_le_bytes());
    out.extend((start as u32).to_le_bytes());
    out.extend(options.to_le_bytes());
    out.extend(bounds);
    out.extend(if spaces.is_empty() { 0 } else { behind as u32 }.to_le_bytes());
    out.extend(string);
    out.resize(behind - 8, 0);
    out.extend(spaces);
    Some(())
}

fn small_text(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    out.extend(words(cursor, 2)?);
    let count = counted(cursor, out)?;
    let options = cursor.u32_le()?;
    out.extend(options.to_le_bytes());
    out.extend(words(cursor, 3)?);
    if options & 0x100 == 0 {
        out.extend(words(cursor, 4)?);
    }
    out.extend(cursor.take(count.checked_mul(if options & 0x200 != 0 { 1 } else { 2 })?)?);
    Some(())
}

/// A font by its name and shape, without what describes it further.
fn font(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    out.extend(words(cursor, 1)?);
    out.extend(words(cursor, 5)?);
    out.extend(cursor.take(8)?);
    let mut ended = false;
    for _ in 0..32 {
        let letter = cursor.u16_le()?;
        ended |= letter == 0;
        out.extend(if ended { 0 } else { letter }.to_le_bytes());
    }
    out.resize(324, 0);
    Some(())
}

fn pen(job: &mut Job<'_>, record: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::starting_at(record, 28)?;
    let style = words(&mut cursor, 5)?;
    let count = cursor.u32_le()?;
    let entries = words(&mut cursor, count as usize)?;
    out.extend(record.get(8..12)?);
    out.extend([0; 16]);
    out.extend(style);
    out.extend(count.to_le_bytes());
    out.extend(entries);
    let used = rebuild_bitmap(job, record, 12, false)?;
    place_bitmap(out, 12, used);
    Some(())
}

fn palette(kind: u32, cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    out.extend(words(cursor, 1)?);
    let count = if kind == 49 {
        let (version, count) = (cursor.u16_le()?, cursor.u16_le()?);
        out.extend(version.to_le_bytes());
        out.extend(count.to_le_bytes());
        usize::from(count)
    } else {
        out.extend(words(cursor, 1)?);
        counted(cursor, out)?
    };
    out.extend(words(cursor, count)?);
    Some(())
}

/// A region: rectangles with their bounds; its length stands before `more`.
fn region(cursor: &mut Cursor<'_>, more: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (_header, _kind, count, _size) = (cursor.u32_le()?, cursor.u32_le()?, cursor.u32_le()?, cursor.u32_le()?);
    let bounds = words(cursor, 4)?;
    let rectangles = words(cursor, (count as usize).checked_mul(4)?)?;
    out.extend((rectangles.len() as u32 + 32).to_le_bytes());
    out.extend(more);
    out.extend([32, 1, count, rectangles.len() as u32].map(u32::to_le_bytes).concat());
    out.extend(bounds);
    out.extend(rectangles);
    Some(())
}

fn gradient(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    out.extend(words(cursor, 4)?);
    let corners = counted(cursor, out)?;
    let shapes = counted(cursor, out)?;
    let mode = cursor.u32_le()?;
    out.extend(mode.to_le_bytes());
    out.extend(words(cursor, corners.checked_mul(4)?)?);
    out.extend(words(cursor, shapes.checked_mul(if mode == 2 { 3 } else { 2 })?)?);
    Some(())
}

/// A record with bitmaps: its numbers, then the bitmaps, rebuilt.
fn bitmaps(job: &mut Job<'_>, record: &[u8], shape: &Bitmap, out: &mut Vec<u8>) -> Option<()> {
    out.extend(record.get(8..shape.fixed)?);
    for &(at, usage) in shape.bitmaps {
        let device = Cursor::starting_at(record, usage)?.u32_le()? == 1;
        let made = rebuild_bitmap(job, record, at, device)?;
        place_bitmap(out, at, made);
    }
    Some(())
}

/// Header and bits of the bitmap whose offsets are there, rebuilt; empty if there is none.
fn rebuild_bitmap(job: &mut Job<'_>, record: &[u8], at: usize, device: bool) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut cursor = Cursor::starting_at(record, at)?;
    let [header, header_length, bits, bits_length] =
        [cursor.u32_le()?, cursor.u32_le()?, cursor.u32_le()?, cursor.u32_le()?].map(|number| number as usize);
    if header_length == 0 {
        return Some((Vec::new(), Vec::new()));
    }
    let header = record.get(header..header.checked_add(header_length)?)?;
    let bits = record.get(bits..bits.checked_add(bits_length)?)?;
    let (bitmap, _) = Dib::read(header, header.len(), device).ok()?;
    let (pixels, _) = bitmap.pixels(job, bits).ok()?;
    let mut made = Vec::new();
    bitmap.write(&mut made, pixels.len());
    Some((made, pixels))
}

/// Appends a bitmap to a record and tells where it is.
fn place_bitmap(out: &mut Vec<u8>, at: usize, (header, bits): (Vec<u8>, Vec<u8>)) {
    let mut offsets = Vec::new();
    for part in [header, bits] {
        out.resize(out.len().next_multiple_of(4), 0);
        let place = if part.is_empty() { 0 } else { out.len() as u32 + 8 };
        offsets.extend(place.to_le_bytes());
        offsets.extend((part.len() as u32).to_le_bytes());
        out.extend(part);
    }
    if let Some(slot) = out.get_mut(at - 8..at + 8) {
        slot.copy_from_slice(&offsets);
    }
}
