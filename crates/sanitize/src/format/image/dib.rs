//! Device-independent bitmaps: the body of BMP files, icons and metafiles.

use crate::{Hold, cursor::Cursor, job::Job};

/// How pixels are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Rle8,
    Rle4,
    /// Masks for red, green, blue and alpha.
    Masks([u32; 4]),
}

/// A bitmap's header with its colours.
pub(super) struct Dib {
    /// The short header of OS/2, with 16-bit sizes and colours of three bytes.
    core: bool,
    pub(super) width: u32,
    /// As in the header: negative if the first line is on top.
    height: i32,
    bits: u16,
    packing: Packing,
    density: [u32; 2],
    palette: Vec<[u8; 3]>,
    /// Whether the palette holds numbers of colours of a device, 16 bits each.
    device: Option<Vec<u16>>,
}

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("bitmap: {what}"))
}

impl Dib {
    /// Reads header, masks and palette; gives how long they are.
    ///
    /// The palette may be shorter than the header says where `most` bytes end.
    pub(super) fn read(bytes: &[u8], most: usize, device: bool) -> Result<(Self, usize), Hold> {
        let bytes = bytes.get(..most.min(bytes.len())).unwrap_or_default();
        let mut cursor = Cursor::new(bytes);
        Self::header(&mut cursor, device).map(|dib| (dib, cursor.at())).ok_or_else(|| broken("the header"))
    }

    fn header(cursor: &mut Cursor<'_>, device: bool) -> Option<Self> {
        let size = cursor.u32_le()?;
        if size == 12 {
            let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
            let (planes, bits) = (cursor.u16_le()?, cursor.u16_le()?);
            let palette = read_palette(cursor, bits, 0, 3)?;
            let right = planes == 1 && matches!(bits, 1 | 4 | 8 | 24) && width > 0 && height > 0;
            let dib = Self {
                core: true,
                width: u32::from(width),
                height: i32::from(height),
                bits,
                packing: Packing::Plain,
                density: [0; 2],
                palette,
                device: None,
            };
            return right.then_some(dib);
        }
        if !(40..=1024).contains(&size) {
            return None;
        }
        let mut inside = Cursor::new(cursor.take(size as usize - 4)?);
        let (width, height) = (inside.i32_le()?, inside.i32_le()?);
        let (_planes, bits, compression) = (inside.u16_le()?, inside.u16_le()?, inside.u32_le()?);
        let _size = inside.u32_le()?;
        let density = [inside.u32_le()?, inside.u32_le()?];
        let (used, _important) = (inside.u32_le()?, inside.u32_le()?);
        let masks = |alpha: bool, cursor: &mut Cursor<'_>, mut inside: Cursor<'_>| {
            let from: &mut dyn FnMut() -> Option<u32> = if size >= 52 { &mut || inside.u32_le() } else { &mut || cursor.u32_le() };
            let rgb = [from()?, from()?, from()?];
            let alpha = if size >= 56 || alpha && size == 40 { from()? } else { 0 };
            Some(Packing::Masks([rgb[0], rgb[1], rgb[2], alpha]))
        };
        let packing = match (compression, bits) {
            (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) => Packing::Plain,
            (1, 8) => Packing::Rle8,
            (2, 4) => Packing::Rle4,
            (3, 16 | 32) => masks(false, cursor, inside)?,
            (6, 16 | 32) => masks(true, cursor, inside)?,
            _ => return None,
        };
        if width <= 0 || height == 0 || height == i32::MIN || height < 0 && matches!(packing, Packing::Rle4 | Packing::Rle8) {
            return None;
        }
        let (palette, device) = if device && bits <= 8 {
            let count = if used == 0 { 1 << bits } else { used.min(1 << bits) };
            let mut numbers = Vec::new();
            for _ in 0..count {
                numbers.push(cursor.u16_le()?);
            }
            (Vec::new(), Some(numbers))
        } else {
            (read_palette(cursor, bits, used, 4)?, None)
        };
        Some(Self { core: false, width: width as u32, height, bits, packing, density, palette, device })
    }

    /// How many lines.
    pub(super) const fn lines(&self) -> u32 {
        self.height.unsigned_abs()
    }

    /// Halves the height, as icons need it.
    pub(super) fn halve(&mut self) {
        self.height /= 2;
    }

    /// Doubles it again.
    pub(super) fn double(&mut self) {
        self.height = self.height.saturating_mul(2);
    }

    /// Bits of each pixel.
    pub(super) const fn bits(&self) -> u16 {
        self.bits
    }

    /// How many colours the palette has.
    pub(super) fn colours(&self) -> usize {
        self.palette.len()
    }

    /// Reads pixels and writes them again; gives how many bytes of the input they took, too.
    pub(super) fn pixels(&self, job: &mut Job<'_>, bytes: &[u8]) -> Result<(Vec<u8>, usize), Hold> {
        let (width, height) = (u64::from(self.width), u64::from(self.lines()));
        job.pixels(width, height)?;
        match self.packing {
            Packing::Rle8 => runs(bytes, width, height, false),
            Packing::Rle4 => runs(bytes, width, height, true),
            Packing::Plain | Packing::Masks(_) => lines(bytes, width * u64::from(self.bits), height),
        }
    }

    /// Writes header, masks and palette; `size` is that of the pixels.
    pub(super) fn write(&self, out: &mut Vec<u8>, size: usize) {
        if self.core {
            out.extend(12_u32.to_le_bytes());
            out.extend((self.width as u16).to_le_bytes());
            out.extend((self.height as u16).to_le_bytes());
            out.extend(1_u16.to_le_bytes());
            out.extend(self.bits.to_le_bytes());
            for colour in &self.palette {
                out.extend(colour);
            }
            return;
        }
        let (compression, masks) = match self.packing {
            Packing::Plain => (0_u32, None),
            Packing::Rle8 => (1, None),
            Packing::Rle4 => (2, None),
            Packing::Masks(masks) => (3, Some(masks)),
        };
        let alpha = masks.is_some_and(|masks| masks[3] != 0);
        out.extend(if alpha { 108_u32 } else { 40 }.to_le_bytes());
        out.extend(self.width.to_le_bytes());
        out.extend(self.height.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
        out.extend(self.bits.to_le_bytes());
        out.extend(compression.to_le_bytes());
        out.extend((size as u32).to_le_bytes());
        for density in self.density {
            out.extend(density.to_le_bytes());
        }
        let colours = self.device.as_ref().map_or(self.palette.len(), Vec::len);
        out.extend((colours as u32).to_le_bytes());
        out.extend([0; 4]);
        for mask in masks.iter().flatten().take(if alpha { 4 } else { 3 }) {
            out.extend(mask.to_le_bytes());
        }
        if alpha {
            // sRGB, no end points, no gamma.
            out.extend(b"BGRs");
            out.extend([0; 48]);
        }
        for colour in &self.palette {
            out.extend(colour);
            out.push(0);
        }
        for number in self.device.iter().flatten() {
            out.extend(number.to_le_bytes());
        }
    }
}

/// Colours of so many bytes each; as many as there are, if some are missing.
fn read_palette(cursor: &mut Cursor<'_>, bits: u16, used: u32, each: usize) -> Option<Vec<[u8; 3]>> {
    if bits > 8 {
        return Some(Vec::new());
    }
    let most = 1_u32 << bits;
    let count = if used == 0 { most } else { used.min(most) };
    let mut colours = Vec::new();
    for _ in 0..count {
        match cursor.take(each) {
            Some(&[blue, green, red, ..]) => colours.push([blue, green, red]),
            _ => break,
        }
    }
    (!colours.is_empty()).then_some(colours)
}

/// Lines of pixels, each filled to four bytes with zeros.
pub(super) fn lines(bytes: &[u8], bits: u64, height: u64) -> Result<(Vec<u8>, usize), Hold> {
    let long = || broken("too large");
    let length = usize::try_from(bits.div_ceil(8)).map_err(|_| long())?;
    let stride = usize::try_from(bits.div_ceil(32) * 4).map_err(|_| long())?;
    let height = usize::try_from(height).map_err(|_| long())?;
    let size = stride.checked_mul(height).ok_or_else(long)?;
    if bytes.len() < size.saturating_sub(stride - length) {
        return Err(broken("pixels are missing"));
    }
    let mut out = Vec::with_capacity(size);
    let mask = 0xff_u8 << ((8 - bits % 8) % 8);
    for line in bytes.get(..size.min(bytes.len())).unwrap_or_default().chunks(stride) {
        let pixels = line.get(..length).ok_or_else(|| broken("pixels are missing"))?;
        out.extend(pixels);
        if let Some(last) = out.last_mut() {
            *last &= mask;
        }
        out.resize(out.len() + stride - length, 0);
    }
    Ok((out, size.min(bytes.len())))
}

/// Runs of pixels, read and written again.
fn runs(bytes: &[u8], width: u64, height: u64, four: bool) -> Result<(Vec<u8>, usize), Hold> {
    let mut cursor = Cursor::new(bytes);
    let mut out = Vec::new();
    let (mut x, mut y) = (0_u64, 0_u64);
    while let Some([count, value]) = cursor.array::<2>() {
        match (count, value) {
            (0, 0) => {
                (x, y) = (0, y + 1);
                out.extend([0, 0]);
            }
            (0, 1) => break,
            (0, 2) => {
                let [right, down] = cursor.array::<2>().ok_or_else(|| broken("runs end too early"))?;
                (x, y) = (x + u64::from(right), y + u64::from(down));
                out.extend([0, 2, right, down]);
            }
            (0, count) => {
                let length = if four { usize::from(count).div_ceil(2) } else { usize::from(count) };
                let pixels = cursor.take(length).ok_or_else(|| broken("runs end too early"))?;
                // Filled to two bytes; the last may lack it.
                cursor.take(length % 2);
                x += u64::from(count);
                out.extend([0, count]);
                out.extend(pixels);
                if four
                    && count % 2 == 1
                    && let Some(last) = out.last_mut()
                {
                    *last &= 0xf0;
                }
                out.resize(out.len() + length % 2, 0);
            }
            (count, value) => {
                x += u64::from(count);
                out.extend([count, value]);
            }
        }
        // Behind the last line nothing but the end may come.
        if y > height || x > width.saturating_add(1) || y == height && x > 0 {
            return Err(broken("runs leave the picture"));
        }
    }
    out.extend([0, 1]);
    Ok((out, cursor.at()))
}
