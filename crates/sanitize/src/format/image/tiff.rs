//! TIFF: all pages; tags by allowlist, strips and tiles unpacked and packed again, all offsets new.
//!
//! Fax stays black and white in one bit a pixel, as Group 4. JPEG strips are rewritten as JPEG files are.

use std::collections::BTreeSet;

use super::{
    fax::{self, Coding},
    jpeg, lzw, zlib,
};
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    format::pdf::ccitt,
    icc,
    job::{Built, Job},
};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("TIFF: {what}"))
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, cursor: &mut Cursor<'_>) -> Option<u16> {
        if self == Self::Big { cursor.u16_be() } else { cursor.u16_le() }
    }

    fn u32(self, cursor: &mut Cursor<'_>) -> Option<u32> {
        if self == Self::Big { cursor.u32_be() } else { cursor.u32_le() }
    }

    fn put16(self, out: &mut Vec<u8>, number: u16) {
        out.extend(if self == Self::Big { number.to_be_bytes() } else { number.to_le_bytes() });
    }

    fn put32(self, out: &mut Vec<u8>, number: u32) {
        out.extend(if self == Self::Big { number.to_be_bytes() } else { number.to_le_bytes() });
    }
}

const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;

/// A tag with its numbers; of fractions both.
struct Entry {
    tag: u16,
    kind: u16,
    numbers: Vec<u32>,
}

/// Tags that change how the picture looks and only hold numbers, with how many at most.
const KEPT: &[(u16, usize)] = &[
    (254, 1),
    (255, 1),
    (256, 1),
    (257, 1),
    (258, 8),
    (259, 1),
    (262, 1),
    (274, 1),
    (277, 1),
    (278, 1),
    (282, 1),
    (283, 1),
    (284, 1),
    (286, 1),
    (287, 1),
    (296, 1),
    (297, 2),
    (301, 768),
    (317, 1),
    (318, 2),
    (319, 6),
    (320, 196_608),
    (322, 1),
    (323, 1),
    (332, 1),
    (338, 8),
    (339, 8),
    (529, 3),
    (530, 2),
    (531, 1),
    (532, 6),
];
/// Tags that are needed for reading, or follow from how pages are written.
const CONSUMED: &[u16] = &[266, 273, 279, 292, 293, 324, 325, 347, 34_675];

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let order = match bytes.get(..4) {
        Some(b"II*\0") => Order::Little,
        Some(b"MM\0*") => Order::Big,
        _ => return Err(broken("no signature")),
    };
    let mut out = bytes.get(..4).unwrap_or_default().to_vec();
    out.extend([0; 4]);
    let mut link = 4;
    let mut next = Cursor::starting_at(bytes, 4).and_then(|mut cursor| order.u32(&mut cursor)).ok_or_else(|| broken("no page"))?;
    let mut seen = BTreeSet::new();
    while next != 0 {
        if !seen.insert(next) {
            return Err(broken("pages go in a circle"));
        }
        if seen.len() > job.policy.limits.frames as usize {
            return Err(Hold::new(Reason::TooMany, "TIFF: pages"));
        }
        let mut page = Page { job: &mut *job, bytes, order, entries: Vec::new(), profile: None, tables: None };
        next = page.read(next as usize, seen.len())?;
        let at = page.write(&mut out)?;
        let mut place = Vec::new();
        order.put32(&mut place, at.0 as u32);
        if let Some(slot) = out.get_mut(link..link + 4) {
            slot.copy_from_slice(&place);
        }
        link = at.1;
    }
    if seen.is_empty() {
        return Err(broken("no page"));
    }
    Ok(Built::new(Kind::Tiff, out))
}

struct Page<'j, 'p, 'a> {
    job: &'j mut Job<'p>,
    bytes: &'a [u8],
    order: Order,
    entries: Vec<Entry>,
    profile: Option<Vec<u8>>,
    /// Tables that JPEG strips share.
    tables: Option<&'a [u8]>,
}

/// How one strip or tile is packed.
#[derive(Clone, Copy)]
struct Shape {
    compression: u32,
    /// Bytes of a line, pixels of a line.
    stride: usize,
    width: u32,
    reversed: bool,
    coding: Option<Coding>,
}

impl<'a> Page<'_, '_, 'a> {
    /// Reads the directory; gives where the next one is.
    fn read(&mut self, at: usize, number: usize) -> Result<u32, Hold> {
        let early = || broken("a directory ends too early");
        let mut cursor = Cursor::starting_at(self.bytes, at).ok_or_else(early)?;
        let count = self.order.u16(&mut cursor).ok_or_else(early)?;
        for _ in 0..count {
            let entry = cursor.array::<12>().ok_or_else(early)?;
            self.entry(&entry, number).ok_or_else(|| broken("a tag"))?;
        }
        // Some writers leave out that nothing follows.
        Ok(self.order.u32(&mut cursor).unwrap_or(0))
    }

    fn entry(&mut self, entry: &[u8; 12], number: usize) -> Option<()> {
        let mut cursor = Cursor::new(entry);
        let (tag, kind, count) = (self.order.u16(&mut cursor)?, self.order.u16(&mut cursor)?, self.order.u32(&mut cursor)? as usize);
        let kept = KEPT.iter().find(|kept| kept.0 == tag).map(|kept| kept.1);
        if kept.is_none() && !CONSUMED.contains(&tag) {
            let danger = match tag {
                270..=272 | 269 | 285 | 305 | 306 | 315 | 316 | 700 | 33_432 | 33_723 | 34_377 | 34_665 | 34_853 => Danger::Metadata,
                _ => Danger::Unknown,
            };
            self.job.removed(danger, &format!("{number}ページのタグ{tag}"), 1);
            return Some(());
        }
        let each = match kind {
            1 | 2 | 6 | 7 => 1,
            SHORT | 8 => 2,
            LONG | 9 | 13 => 4,
            RATIONAL | 10 => 8,
            _ => return None,
        };
        let length = count.checked_mul(each)?;
        let content = if length <= 4 {
            entry.get(8..8 + length)?
        } else {
            let at = self.order.u32(&mut cursor)? as usize;
            return self.outside(tag, kind, at, length, number, kept);
        };
        let numbers = self.numbers(content, kind)?;
        self.keep(tag, kind, numbers, kept);
        Some(())
    }

    fn outside(&mut self, tag: u16, kind: u16, at: usize, length: usize, number: usize, kept: Option<usize>) -> Option<()> {
        let content = self.bytes.get(at..at.checked_add(length)?)?;
        match tag {
            34_675 => {
                self.profile = icc::rebuild(content);
                self.job.removed(
                    Danger::Metadata,
                    &format!("{number}ページの色の情報（ICC）"),
                    u64::from(self.profile.as_deref() != Some(content)),
                );
            }
            347 => self.tables = Some(content),
            _ => {
                let numbers = self.numbers(content, kind)?;
                self.keep(tag, kind, numbers, kept);
            }
        }
        Some(())
    }

    fn numbers(&self, content: &[u8], kind: u16) -> Option<Vec<u32>> {
        let mut cursor = Cursor::new(content);
        let mut numbers = Vec::new();
        while !cursor.rest().is_empty() {
            numbers.push(match kind {
                SHORT | 8 => u32::from(self.order.u16(&mut cursor)?),
                LONG | 9 | 13 | RATIONAL | 10 => self.order.u32(&mut cursor)?,
                _ => u32::from(cursor.u8()?),
            });
        }
        Some(numbers)
    }

    fn keep(&mut self, tag: u16, kind: u16, mut numbers: Vec<u32>, most: Option<usize>) {
        if self.entries.iter().any(|entry| entry.tag == tag) || numbers.is_empty() {
            return;
        }
        let fraction = matches!(kind, RATIONAL | 10);
        if let Some(most) = most {
            numbers.truncate(if fraction { most * 2 } else { most });
        }
        self.entries.push(Entry { tag, kind: if fraction { RATIONAL } else { kind }, numbers });
    }

    fn get(&self, tag: u16) -> &[u32] {
        self.entries.iter().find(|entry| entry.tag == tag).map_or(&[], |entry| &entry.numbers)
    }

    fn one(&self, tag: u16, default: u32) -> u32 {
        self.get(tag).first().copied().unwrap_or(default)
    }

    fn set(&mut self, tag: u16, kind: u16, numbers: Vec<u32>) {
        self.entries.retain(|entry| entry.tag != tag);
        self.entries.push(Entry { tag, kind, numbers });
    }

    /// Writes strips or tiles and the directory; gives where it is, and where the link to the next page goes.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(usize, usize), Hold> {
        let (width, height) = (self.one(256, 0), self.one(257, 0));
        if width == 0 || height == 0 {
            return Err(broken("a page without size"));
        }
        self.job.pixels(u64::from(width), u64::from(height))?;
        let tiled = !self.get(324).is_empty();
        let (offsets, lengths) = if tiled { (324, 325) } else { (273, 279) };
        let pieces = self.pieces(width, height, tiled)?;
        let places: Vec<u32> = self.get(offsets).to_vec();
        let mut sizes: Vec<u32> = self.get(lengths).to_vec();
        if places.len() < pieces.len() {
            return Err(broken("strips are missing"));
        }
        if sizes.is_empty() && pieces.len() == 1 {
            let at = places.first().copied().unwrap_or(0) as usize;
            sizes.push(self.bytes.len().saturating_sub(at) as u32);
        }
        let (mut new_places, mut new_sizes) = (Vec::new(), Vec::new());
        for ((&at, &size), (shape, rows)) in places.iter().zip(&sizes).zip(&pieces) {
            let (at, size) = (at as usize, size as usize);
            let packed = at
                .checked_add(size)
                .and_then(|end| self.bytes.get(at..end.min(self.bytes.len())))
                .ok_or_else(|| broken("a strip outside of the file"))?;
            let made = self.piece(packed, *shape, *rows)?;
            out.resize(out.len().next_multiple_of(2), 0);
            new_places.push(out.len() as u32);
            new_sizes.push(made.len() as u32);
            out.extend(made);
        }
        if new_places.len() < pieces.len() {
            return Err(broken("strips are missing"));
        }
        self.set(offsets, LONG, new_places);
        self.set(lengths, LONG, new_sizes);
        let fax = matches!(self.one(259, 1), 2..=4);
        if fax {
            self.set(259, SHORT, vec![4]);
        }
        self.entries.retain(|entry| !matches!(entry.tag, 266 | 292 | 293 | 347));
        Ok(self.directory(out))
    }

    /// Shape and rows of every strip or tile.
    fn pieces(&self, width: u32, height: u32, tiled: bool) -> Result<Vec<(Shape, u32)>, Hold> {
        let samples = self.one(277, 1);
        let depths = self.get(258);
        let depth = depths.first().copied().unwrap_or(1);
        if depths.iter().any(|&other| other != depth) || !matches!(depth, 1..=64) || !(1..=8).contains(&samples) {
            return Err(Hold::new(Reason::UnsupportedKind, "TIFF: samples of different sizes"));
        }
        let compression = self.one(259, 1);
        let planes = if self.one(284, 1) == 2 { samples } else { 1 };
        let reversed = self.one(266, 1) == 2;
        let coding = match compression {
            2 => Some(Coding::Lines),
            3 if self.one(292, 0) & 1 == 1 => Some(Coding::Group3Mixed),
            3 => Some(Coding::Group3),
            4 => Some(Coding::Group4),
            _ => None,
        };
        if coding.is_some() && (depth != 1 || samples != 1) || reversed && coding.is_none() && depth * samples != 1 {
            return Err(Hold::new(Reason::UnsupportedKind, "TIFF: bits in this order"));
        }
        let (across, down) = if tiled { (self.one(322, 0), self.one(323, 0)) } else { (width, self.one(278, height).min(height)) };
        if across == 0 || down == 0 || across > 1 << 20 || down > 1 << 24 {
            return Err(broken("strips without size"));
        }
        let (columns, rows) = (width.div_ceil(across), height.div_ceil(down));
        let count = u64::from(columns) * u64::from(rows) * u64::from(planes);
        if count > 1 << 20 || u64::from(across) * u64::from(if tiled { down } else { 1 }) > 4 * self.job.policy.limits.image_pixels {
            return Err(Hold::new(Reason::TooMany, "TIFF: strips"));
        }
        let each = if planes == 1 { samples } else { 1 };
        let mut bits = u64::from(across) * u64::from(each) * u64::from(depth);
        let mut lines = down;
        // Colours that are told for several pixels together.
        let halved = self.one(262, 0) == 6 && compression != 7 && samples == 3 && planes == 1;
        let sampling = [self.get(530).first().copied().unwrap_or(2), self.get(530).get(1).copied().unwrap_or(2)];
        let grouped = if let (true, [h @ (1 | 2 | 4), v @ (1 | 2 | 4)]) = (halved, sampling) {
            bits = u64::from(across.div_ceil(h)) * u64::from(h * v + 2) * u64::from(depth);
            v
        } else {
            1
        };
        let stride = usize::try_from(bits.div_ceil(8)).map_err(|_| broken("too large"))?;
        let shape = Shape { compression, stride, width: across, reversed, coding };
        let mut pieces = Vec::new();
        for _ in 0..planes {
            for row in 0..rows {
                if !tiled {
                    lines = down.min(height - row * down);
                }
                pieces.extend((0..columns).map(|_| (shape, lines.div_ceil(grouped))));
            }
        }
        Ok(pieces)
    }

    /// Unpacks a strip or tile and packs it again.
    fn piece(&mut self, packed: &'a [u8], shape: Shape, rows: u32) -> Result<Vec<u8>, Hold> {
        let size = shape.stride.checked_mul(rows as usize).ok_or_else(|| broken("too large"))?;
        self.job.expand(size as u64, size as u64)?;
        let reversed: Vec<u8>;
        let packed = if shape.reversed {
            reversed = packed.iter().map(|byte| byte.reverse_bits()).collect();
            &reversed
        } else {
            packed
        };
        let (plain, more) = match shape.compression {
            1 => (packed.get(..size.min(packed.len())).unwrap_or_default().to_vec(), packed.len() > size),
            2..=4 => {
                let coding = shape.coding.unwrap_or(Coding::Group4);
                let mut plain = fax::decode(packed, coding, shape.width, rows);
                if plain.is_empty() {
                    return Err(broken("a strip cannot be unpacked"));
                }
                // A few lines missing at the end are white, as readers show them.
                plain.resize(size, 0);
                (plain, false)
            }
            // The first kind of LZW began with the lowest bit.
            5 if packed.first() == Some(&0) && packed.get(1).is_some_and(|byte| byte & 1 == 1) => {
                return Err(Hold::new(Reason::UnsupportedKind, "TIFF: LZW of the first kind"));
            }
            5 => lzw::tiff(packed, size),
            8 | 32_946 => zlib::unpack([packed].into_iter(), size).ok_or_else(|| broken("a strip cannot be unpacked"))?,
            32_773 => unpack_bits(packed, size),
            7 => return self.jpeg(packed),
            other => return Err(Hold::new(Reason::UnsupportedKind, format!("TIFF: compression {other}"))),
        };
        if plain.len() < size {
            return Err(broken("pixels are missing"));
        }
        self.job.removed(Danger::Slack, "画素の後ろ", u64::from(more && shape.compression != 5));
        Ok(match shape.compression {
            1 => plain,
            2..=4 => ccitt::encode(&plain, shape.width, 1),
            5 => lzw::pack_tiff(&plain),
            32_773 => pack_bits(&plain, shape.stride),
            _ => zlib::pack(&plain),
        })
    }

    /// A strip that is a JPEG picture, perhaps without its tables.
    fn jpeg(&mut self, strip: &[u8]) -> Result<Vec<u8>, Hold> {
        let mut whole = vec![0xff, 0xd8];
        let tables = self.tables.unwrap_or_default();
        let inside = tables.strip_prefix(&[0xff, 0xd8]).unwrap_or(tables);
        whole.extend(inside.strip_suffix(&[0xff, 0xd9]).unwrap_or(inside));
        whole.extend(strip.strip_prefix(&[0xff, 0xd8]).ok_or_else(|| broken("a strip that is no JPEG"))?);
        jpeg::rewrite(&whole)
    }

    /// Writes the directory behind the strips.
    fn directory(&mut self, out: &mut Vec<u8>) -> (usize, usize) {
        let order = self.order;
        let mut entries: Vec<(u16, u16, u32, Vec<u8>)> = Vec::new();
        for entry in &self.entries {
            let mut content = Vec::new();
            let kind = match entry.kind {
                RATIONAL => RATIONAL,
                SHORT | 8 => SHORT,
                LONG | 9 | 13 => LONG,
                _ => 1,
            };
            for &number in &entry.numbers {
                match kind {
                    SHORT => order.put16(&mut content, number as u16),
                    1 => content.push(number as u8),
                    _ => order.put32(&mut content, number),
                }
            }
            let count = entry.numbers.len() as u32 / if kind == RATIONAL { 2 } else { 1 };
            entries.push((entry.tag, kind, count, content));
        }
        if let Some(profile) = self.profile.take() {
            entries.push((34_675, 7, profile.len() as u32, profile));
        }
        entries.sort_by_key(|entry| entry.0);
        for entry in &mut entries {
            if entry.3.len() > 4 {
                out.resize(out.len().next_multiple_of(2), 0);
                let mut place = Vec::new();
                order.put32(&mut place, out.len() as u32);
                out.extend(std::mem::replace(&mut entry.3, place));
            }
            entry.3.resize(4, 0);
        }
        out.resize(out.len().next_multiple_of(2), 0);
        let at = out.len();
        order.put16(out, entries.len() as u16);
        for (tag, kind, count, content) in entries {
            order.put16(out, tag);
            order.put16(out, kind);
            order.put32(out, count);
            out.extend(content);
        }
        let link = out.len();
        out.extend([0; 4]);
        (at, link)
    }
}

/// Runs and literal bytes; also whether something is left over.
fn unpack_bits(packed: &[u8], wanted: usize) -> (Vec<u8>, bool) {
    let mut cursor = Cursor::new(packed);
    let mut out = Vec::new();
    while out.len() < wanted
        && let Some(head) = cursor.u8()
    {
        match head {
            0..=127 => out.extend(cursor.take((usize::from(head) + 1).min(cursor.rest().len())).unwrap_or_default()),
            128 => {}
            129.. => {
                let Some(byte) = cursor.u8() else { break };
                out.resize(out.len() + 257 - usize::from(head), byte);
            }
        }
    }
    let more = out.len() > wanted || cursor.rest().len() > 1;
    out.truncate(wanted);
    (out, more)
}

/// Lines as runs and literal bytes; no run goes over the end of a line.
fn pack_bits(plain: &[u8], stride: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for line in plain.chunks(stride.max(1)) {
        let mut literal: Vec<u8> = Vec::new();
        let mut rest = line;
        while let Some(&byte) = rest.first() {
            let run = rest.iter().take(128).take_while(|&&other| other == byte).count();
            if run >= 3 || run == 2 && literal.is_empty() {
                put_literal(&mut out, &mut literal);
                out.extend([(257 - run) as u8, byte]);
            } else {
                literal.extend(rest.get(..run).unwrap_or_default());
            }
            rest = rest.get(run..).unwrap_or_default();
        }
        put_literal(&mut out, &mut literal);
    }
    out
}

fn put_literal(out: &mut Vec<u8>, literal: &mut Vec<u8>) {
    for piece in literal.chunks(128) {
        out.push((piece.len() - 1) as u8);
        out.extend(piece);
    }
    literal.clear();
}
