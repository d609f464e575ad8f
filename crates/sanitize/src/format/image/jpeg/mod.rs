//! JPEG, rewritten without decoding it to pixels: every coefficient stays, everything else is new.
//!
//! Baseline and progressive pictures keep their scans; tables, markers and headers are written afresh.
//! Of application data only what changes the picture stays: density, the colour transform that
//! Adobe's programs note, which side is up, and a colour profile that could be rebuilt.

mod bits;
mod huffman;
mod scan;

use super::exif;
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    icc,
    job::{Built, Job},
};
use huffman::Table;
use scan::{Component, Header, Tables};

/// A rewritten picture.
pub(crate) struct Rewritten {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// What was left out: kind, where, how many.
    pub(crate) removed: Vec<(Danger, &'static str, u64)>,
    /// Blocks that the file does not tell, because it ends too early or is broken.
    pub(crate) missing: u64,
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let made = read(bytes, &mut |width, height| job.pixels(width, height))?;
    if made.missing > 0 {
        return Err(Hold::damaged(format!("the picture lacks {} blocks", made.missing)));
    }
    for (danger, place, count) in made.removed {
        job.removed(danger, place, count);
    }
    Ok(Built::new(Kind::Jpeg, made.bytes))
}

/// Rewrites a picture within another file, such as a PDF, where one that is cut short is still shown.
///
/// The caller accounts for the pixels ([`size`]).
pub(crate) fn rewrite(bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    read(bytes, &mut |_, _| Ok(())).map(|made| made.bytes)
}

/// Width, height and count of components.
pub(crate) fn size(bytes: &[u8]) -> Option<(u16, u16, u8)> {
    let mut cursor = Cursor::starting_at(bytes, 2)?;
    loop {
        let marker = next_marker(&mut cursor)?.0;
        match marker {
            0x01 | 0xd0..=0xd8 => {}
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                cursor.take(3)?;
                let (height, width) = (cursor.u16_be()?, cursor.u16_be()?);
                return Some((width, height, cursor.u8()?));
            }
            0xd9 | 0xda => return None,
            _ => {
                segment(&mut cursor)?;
            }
        }
    }
}

/// Most scans that a picture may have: real ones have about ten.
const SCANS: u32 = 200;

struct Frame {
    marker: u8,
    precision: u8,
    width: u16,
    height: u16,
    components: Vec<Component>,
}

#[derive(Default)]
struct Picture {
    /// Units and density across and down, of the JFIF header.
    density: Option<[u8; 5]>,
    /// The colour transform of Adobe's segment.
    transform: Option<u8>,
    orientation: Option<u8>,
    /// Pieces of the colour profile by number.
    profile: Vec<(u8, u8, Vec<u8>)>,
    quantization: [Option<Vec<u16>>; 4],
    /// As last written.
    written: [Option<Vec<u16>>; 4],
    /// Components that have been in a scan keep the table they had there.
    tables: Tables,
    restart: u16,
    written_restart: u16,
    frame: Option<Frame>,
    scans: u32,
    missing: u64,
    body: Vec<u8>,
    removed: Vec<(Danger, &'static str, u64)>,
}

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("JPEG: {what}"))
}

fn read(bytes: &[u8], pixels: &mut dyn FnMut(u64, u64) -> Result<(), Hold>) -> Result<Rewritten, Hold> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return Err(broken("no beginning"));
    }
    let mut picture = Picture::default();
    let mut cursor = Cursor::starting_at(bytes, 2).ok_or_else(|| broken("no beginning"))?;
    while let Some((marker, between)) = next_marker(&mut cursor) {
        picture.remove(Danger::Slack, "区切りの間", u64::from(between));
        match marker {
            0xd9 => break,
            0x01 | 0xd0..=0xd7 => continue,
            0xd8 => return Err(broken("a beginning within the picture")),
            _ => {}
        }
        let content = match segment(&mut cursor) {
            Some(content) => content,
            // Pictures that are cut off behind their last scan are whole.
            None if picture.scans > 0 => break,
            None => return Err(broken("a segment longer than the file")),
        };
        match marker {
            0xc0..=0xc2 => picture.frame(marker, content, pixels)?,
            0xc4 => picture.huffman(content).ok_or_else(|| broken("a Huffman table"))?,
            0xdb => picture.quantization(content).ok_or_else(|| broken("a quantization table"))?,
            0xdd => picture.restart = Cursor::new(content).u16_be().ok_or_else(|| broken("a restart interval"))?,
            0xda => {
                let at = picture.scan(bytes, content, cursor.at())?;
                cursor = Cursor::starting_at(bytes, at).ok_or_else(|| broken("the end of a scan"))?;
            }
            0xc3 | 0xc5..=0xcf | 0xdc | 0xde | 0xdf => {
                return Err(Hold::new(Reason::UnsupportedKind, format!("JPEG: coding {marker:02x}")));
            }
            0xe0..=0xef => picture.application(marker - 0xe0, content),
            0xfe => picture.remove(Danger::Metadata, "コメント", 1),
            _ => picture.remove(Danger::Unknown, "不明なセグメント", 1),
        }
    }
    picture.remove(Danger::Slack, "画像の後ろ", u64::from(!cursor.rest().is_empty()));
    picture.finish()
}

/// The next marker, and whether something lay before it.
fn next_marker(cursor: &mut Cursor<'_>) -> Option<(u8, bool)> {
    let mut between = false;
    loop {
        if cursor.u8()? != 0xff {
            between = true;
            continue;
        }
        loop {
            match cursor.u8()? {
                0xff => {}
                0 => {
                    between = true;
                    break;
                }
                marker => return Some((marker, between)),
            }
        }
    }
}

/// What follows a marker; lengths that do not even count themselves mean nothing, as readers have it.
fn segment<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = cursor.u16_be()?;
    cursor.take(usize::from(length).saturating_sub(2))
}

impl Picture {
    fn remove(&mut self, danger: Danger, place: &'static str, count: u64) {
        if count == 0 {
            return;
        }
        match self.removed.iter_mut().find(|removed| (removed.0, removed.1) == (danger, place)) {
            Some(removed) => removed.2 += count,
            None => self.removed.push((danger, place, count)),
        }
    }

    fn application(&mut self, number: u8, content: &[u8]) {
        match number {
            0 if self.density.is_none() && content.starts_with(b"JFIF\0") && content.len() >= 12 => {
                let density = content.get(7..12).and_then(|density| <[u8; 5]>::try_from(density).ok()).unwrap_or([0, 0, 1, 0, 1]);
                self.remove(Danger::Leftover, "縮小画像", u64::from(content.len() > 14));
                self.density = Some(density);
            }
            0 => self.remove(Danger::Leftover, "縮小画像", 1),
            1 if content.starts_with(b"Exif\0") => {
                let tiff = content.get(6..).unwrap_or_default();
                let orientation = exif::orientation(tiff).filter(|&side| side > 1 && self.orientation.is_none());
                let same = orientation.is_some_and(|side| exif::fresh(side) == tiff);
                self.orientation = self.orientation.or(orientation);
                self.remove(Danger::Metadata, "Exif（撮影情報）", u64::from(!same));
            }
            2 if content.starts_with(b"ICC_PROFILE\0") && content.len() > 14 => {
                if let Some((&[number, of], piece)) = content.get(12..).and_then(|rest| rest.split_first_chunk::<2>()) {
                    self.profile.push((number, of, piece.to_vec()));
                }
            }
            14 if content.starts_with(b"Adobe") && content.len() >= 12 && self.transform.is_none() => {
                self.transform = content.get(11).copied();
            }
            _ => self.remove(Danger::Metadata, "アプリケーション情報", 1),
        }
    }

    fn huffman(&mut self, content: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(content);
        while !cursor.rest().is_empty() {
            let number = cursor.u8()?;
            let counts = cursor.array::<16>()?;
            let symbols = cursor.take(counts.iter().map(|&count| usize::from(count)).sum())?;
            let (class, slot) = (number >> 4, number & 15);
            if class > 1 || slot > 3 {
                return None;
            }
            *self.tables.get_mut(usize::from(class * 4 + slot))? = Some(Table::new(&counts, symbols)?);
        }
        Some(())
    }

    fn quantization(&mut self, content: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(content);
        while !cursor.rest().is_empty() {
            let number = cursor.u8()?;
            let mut table = Vec::with_capacity(64);
            for _ in 0..64 {
                table.push(if number >> 4 == 0 { u16::from(cursor.u8()?) } else { cursor.u16_be()? });
            }
            *self.quantization.get_mut(usize::from(number & 15))? = Some(table);
        }
        Some(())
    }

    fn frame(&mut self, marker: u8, content: &[u8], pixels: &mut dyn FnMut(u64, u64) -> Result<(), Hold>) -> Result<(), Hold> {
        if self.frame.is_some() {
            return Err(broken("two frames"));
        }
        let frame = frame(marker, content).ok_or_else(|| broken("the frame's header"))?;
        pixels(u64::from(frame.width), u64::from(frame.height))?;
        self.frame = Some(frame);
        let Some(frame) = &mut self.frame else { return Ok(()) };
        if marker == 0xc2 {
            for component in &mut frame.components {
                let rows = component.down.div_ceil(component.v).saturating_mul(component.v);
                component.known = vec![0; component.stride as usize * rows as usize];
            }
        }
        self.body.extend([0xff, marker]);
        self.body.extend((8 + 3 * frame.components.len() as u16).to_be_bytes());
        self.body.push(frame.precision);
        self.body.extend(frame.height.to_be_bytes());
        self.body.extend(frame.width.to_be_bytes());
        self.body.push(frame.components.len() as u8);
        for component in &frame.components {
            self.body.extend([component.id, (component.h << 4 | component.v) as u8, component.quantization]);
        }
        Ok(())
    }

    /// Reads a scan and writes it; gives where it ends.
    fn scan(&mut self, bytes: &[u8], content: &[u8], at: usize) -> Result<usize, Hold> {
        self.scans += 1;
        if self.scans > SCANS {
            return Err(Hold::new(Reason::TooMany, "JPEG: scans"));
        }
        let restart = u32::from(self.restart);
        let Some(frame) = &mut self.frame else { return Err(broken("a scan before the frame")) };
        let header = scan_header(content, frame, restart).ok_or_else(|| broken("a scan's header"))?;
        for &(index, dc, ac) in &header.components {
            let with_dc = !header.progressive || header.from == 0 && !header.refines;
            let with_ac = !header.progressive || header.from > 0;
            for (slot, with) in [(dc, with_dc), (ac + 4, with_ac)] {
                if with && self.tables.get(usize::from(slot)).is_none_or(Option::is_none) {
                    return Err(broken("a Huffman table is missing"));
                }
            }
            let slot = frame.components.get(index).map_or(0, |component| usize::from(component.quantization));
            let table = self.quantization.get(slot).and_then(Option::as_ref).ok_or_else(|| broken("a quantization table is missing"))?;
            if self.written.get(slot).and_then(Option::as_ref) != Some(table) {
                write_quantization(&mut self.body, slot as u8, table);
                if let Some(written) = self.written.get_mut(slot) {
                    *written = Some(table.clone());
                }
            }
        }
        if self.restart != self.written_restart {
            self.body.extend([0xff, 0xdd, 0, 4]);
            self.body.extend(self.restart.to_be_bytes());
            self.written_restart = self.restart;
        }
        let done = scan::read(bytes, at, &header, &mut frame.components, &self.tables)?;
        scan::write(&mut self.body, &done, &header, &frame.components);
        self.missing += done.missing;
        self.remove(Danger::Slack, "画像データの後ろ", u64::from(done.slack));
        Ok(done.at)
    }

    fn finish(mut self) -> Result<Rewritten, Hold> {
        if self.scans == 0 {
            return Err(broken("no scan"));
        }
        let mut out = vec![0xff, 0xd8];
        if let Some(density) = self.density {
            out.extend([0xff, 0xe0, 0, 16]);
            out.extend(b"JFIF\0\x01\x01");
            out.extend(density);
            out.extend([0, 0]);
        }
        if let Some(side) = self.orientation {
            let tiff = exif::fresh(side);
            out.extend([0xff, 0xe1]);
            out.extend((tiff.len() as u16 + 8).to_be_bytes());
            out.extend(b"Exif\0\0");
            out.extend(tiff);
        }
        self.write_profile(&mut out);
        if let Some(transform) = self.transform {
            out.extend([0xff, 0xee, 0, 14]);
            out.extend(b"Adobe\0\x64\0\0\0\0");
            out.push(transform.min(2));
        }
        out.extend(&self.body);
        out.extend([0xff, 0xd9]);
        Ok(Rewritten { bytes: out, removed: self.removed, missing: self.missing })
    }

    fn write_profile(&mut self, out: &mut Vec<u8>) {
        if self.profile.is_empty() {
            return;
        }
        self.profile.sort_by_key(|piece| piece.0);
        let of = self.profile.len();
        let whole = self.profile.iter().zip(1..).all(|(piece, number)| usize::from(piece.0) == number && usize::from(piece.1) == of);
        let joined: Vec<u8> = self.profile.iter().flat_map(|piece| piece.2.iter().copied()).collect();
        let Some(made) = whole.then(|| icc::rebuild(&joined)).flatten() else {
            self.remove(Danger::Metadata, "色の情報（ICC）", 1);
            return;
        };
        self.remove(Danger::Metadata, "色の情報（ICC）", u64::from(made != joined));
        let pieces = made.chunks(65_519);
        let of = pieces.len() as u8;
        for (piece, number) in pieces.zip(1_u8..) {
            out.extend([0xff, 0xe2]);
            out.extend((piece.len() as u16 + 16).to_be_bytes());
            out.extend(b"ICC_PROFILE\0");
            out.extend([number, of]);
            out.extend(piece);
        }
    }
}

fn write_quantization(out: &mut Vec<u8>, slot: u8, table: &[u16]) {
    let wide = table.iter().any(|&value| value > 255);
    out.extend([0xff, 0xdb, 0, if wide { 131 } else { 67 }, u8::from(wide) << 4 | slot]);
    for &value in table {
        if wide {
            out.extend(value.to_be_bytes());
        } else {
            out.push(value as u8);
        }
    }
}

fn frame(marker: u8, content: &[u8]) -> Option<Frame> {
    let mut cursor = Cursor::new(content);
    let precision = cursor.u8()?;
    let (height, width) = (cursor.u16_be()?, cursor.u16_be()?);
    let count = cursor.u8()?;
    if !(precision == 8 || precision == 12 && marker != 0xc0) || height == 0 || width == 0 || !(1..=4).contains(&count) {
        return None;
    }
    let mut components: Vec<Component> = Vec::new();
    for _ in 0..count {
        let (id, sampling, quantization) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
        let (h, v) = (u32::from(sampling >> 4), u32::from(sampling & 15));
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) || quantization > 3 || components.iter().any(|component| component.id == id) {
            return None;
        }
        components.push(Component { id, h, v, quantization, across: 0, down: 0, stride: 0, known: Vec::new() });
    }
    let h_most = components.iter().map(|component| component.h).max()?;
    let v_most = components.iter().map(|component| component.v).max()?;
    for component in &mut components {
        component.across = (u32::from(width) * component.h).div_ceil(8 * h_most);
        component.down = (u32::from(height) * component.v).div_ceil(8 * v_most);
        component.stride = u32::from(width).div_ceil(8 * h_most) * component.h;
    }
    Some(Frame { marker, precision, width, height, components })
}

fn scan_header(content: &[u8], frame: &Frame, restart: u32) -> Option<Header> {
    let mut cursor = Cursor::new(content);
    let mut components: Vec<(usize, u8, u8)> = Vec::new();
    for _ in 0..cursor.u8()? {
        let (id, tables) = (cursor.u8()?, cursor.u8()?);
        let index = frame.components.iter().position(|component| component.id == id)?;
        if tables >> 4 > 3 || tables & 15 > 3 || components.iter().any(|component| component.0 == index) {
            return None;
        }
        components.push((index, tables >> 4, tables & 15));
    }
    let (from, to, bits) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
    let progressive = frame.marker == 0xc2;
    let (from, to, approximation) = if progressive { (from, to, bits) } else { (0, 63, 0) };
    let refines = approximation >> 4 != 0;
    let right = if !progressive {
        true
    } else if from == 0 {
        to == 0
    } else {
        from <= to && to < 64 && components.len() == 1
    };
    (right && approximation & 15 < 14 && (1..=4).contains(&components.len())).then_some(Header {
        components,
        progressive,
        from,
        to,
        refines,
        approximation,
        restart,
    })
}
