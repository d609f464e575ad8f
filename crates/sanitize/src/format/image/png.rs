//! PNG and animated PNG: chunks read, pixels unpacked and packed again, known chunks written afresh.

use super::{exif, zlib};
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    icc,
    job::{Built, Job},
};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

#[derive(Clone, Copy)]
struct Header {
    width: u32,
    height: u32,
    depth: u8,
    colour: u8,
    interlaced: bool,
}

/// A frame of an animation: its place in time and on the canvas.
struct Frame<'a> {
    /// Width, height, left, top.
    place: [u32; 4],
    /// Numerator and denominator of the delay.
    delay: [u16; 2],
    /// What becomes of it, how it is laid on.
    ops: [u8; 2],
    data: Vec<&'a [u8]>,
}

#[derive(Default)]
struct Picture<'a> {
    header: Option<Header>,
    palette: Option<&'a [u8]>,
    transparency: Option<&'a [u8]>,
    data: Vec<&'a [u8]>,
    /// Small chunks that change how the picture looks, in the order in which they are written.
    small: [Option<&'a [u8]>; SMALL.len()],
    profile: Option<Vec<u8>>,
    orientation: Option<u8>,
    /// How often an animation plays.
    plays: Option<u32>,
    frames: Vec<Frame<'a>>,
    /// Whether the picture itself is the first frame.
    first_is_frame: bool,
    ended: bool,
}

/// Names of small chunks and how long they are.
const SMALL: [(&[u8; 4], usize); 7] = [(b"cICP", 4), (b"sRGB", 1), (b"gAMA", 4), (b"cHRM", 32), (b"sBIT", 0), (b"bKGD", 0), (b"pHYs", 9)];

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("PNG: {what}"))
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut cursor = Cursor::new(bytes);
    if cursor.take(8) != Some(SIGNATURE) {
        return Err(broken("no signature"));
    }
    let mut picture = Picture::default();
    while !picture.ended {
        let Some((name, content, intact)) = chunk(&mut cursor) else {
            // What lacks only its end is whole; pixels are counted below.
            if picture.data.is_empty() {
                return Err(broken("ends too early"));
            }
            job.removed(Danger::Slack, "末尾", u64::from(!cursor.rest().is_empty()));
            cursor = Cursor::new(&[]);
            break;
        };
        let critical = name.first().is_some_and(u8::is_ascii_uppercase);
        if !intact && (critical || picture.header.is_none()) {
            return Err(broken("a checksum is wrong"));
        }
        if intact {
            picture.chunk(job, name, content)?;
        } else {
            job.removed(Danger::Unknown, "壊れたチャンク", 1);
        }
    }
    job.removed(Danger::Slack, "画像の後ろ", u64::from(!cursor.rest().is_empty()));
    picture.write(job).map(|bytes| Built::new(Kind::Png, bytes))
}

/// The next chunk: name, content, whether its checksum is right.
fn chunk<'a>(cursor: &mut Cursor<'a>) -> Option<([u8; 4], &'a [u8], bool)> {
    let mut ahead = *cursor;
    let length = usize::try_from(ahead.u32_be()?).ok()?;
    let name = ahead.array::<4>()?;
    let content = ahead.take(length)?;
    let sum = ahead.u32_be()?;
    *cursor = ahead;
    Some((name, content, checksum(&name, content) == sum))
}

fn checksum(name: &[u8], content: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(content);
    sum.sum()
}

impl<'a> Picture<'a> {
    fn chunk(&mut self, job: &mut Job<'_>, name: [u8; 4], content: &'a [u8]) -> Result<(), Hold> {
        let Some(header) = self.header else {
            if &name != b"IHDR" {
                return Err(broken("does not begin with its header"));
            }
            let header = read_header(content).ok_or_else(|| broken("the header"))?;
            job.pixels(u64::from(header.width), u64::from(header.height))?;
            self.header = Some(header);
            return Ok(());
        };
        match &name {
            b"IHDR" => return Err(broken("two headers")),
            b"PLTE" => {
                if self.palette.is_some() || content.is_empty() || !content.len().is_multiple_of(3) || content.len() > 768 {
                    return Err(broken("the palette"));
                }
                if matches!(header.colour, 0 | 4) {
                    job.removed(Danger::Leftover, "PLTE", 1);
                } else {
                    self.palette = Some(content);
                }
            }
            b"IDAT" => self.data.push(content),
            b"IEND" => self.ended = true,
            b"tRNS" => {
                let right = match header.colour {
                    0 => content.len() == 2,
                    2 => content.len() == 6,
                    3 => !content.is_empty() && content.len() <= self.palette.map_or(0, <[u8]>::len) / 3,
                    _ => false,
                };
                if right && self.transparency.is_none() {
                    self.transparency = Some(content);
                } else {
                    job.removed(Danger::Unknown, "tRNS", 1);
                }
            }
            b"iCCP" => {
                let (made, same) = profile(content);
                self.profile = self.profile.take().or(made);
                job.removed(Danger::Metadata, "色の情報（ICC）", u64::from(!same));
            }
            b"eXIf" => {
                let side = exif::orientation(content).filter(|&side| side > 1);
                let same = side.is_some_and(|side| exif::fresh(side) == content);
                self.orientation = self.orientation.or(side);
                job.removed(Danger::Metadata, "Exif（撮影情報）", u64::from(!same));
            }
            b"acTL" | b"fcTL" | b"fdAT" => self.animation(job, name, content)?,
            b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" => job.removed(Danger::Metadata, "文字・日時", 1),
            _ => return self.small(job, header, name, content),
        }
        Ok(())
    }

    /// Small chunks, kept if they are what they must be, and all others, which are not.
    fn small(&mut self, job: &mut Job<'_>, header: Header, name: [u8; 4], content: &'a [u8]) -> Result<(), Hold> {
        let known = SMALL.iter().zip(&mut self.small).find(|((known, _), _)| **known == name);
        if let Some(((_, length), slot)) = known {
            let length = match &name {
                b"sBIT" => [1, 0, 3, 3, 2, 0, 4].get(usize::from(header.colour)).copied().unwrap_or(0),
                b"bKGD" => [2, 0, 6, 1, 2, 0, 6].get(usize::from(header.colour)).copied().unwrap_or(0),
                _ => *length,
            };
            if content.len() == length && slot.is_none() {
                *slot = Some(content);
                return Ok(());
            }
        } else if name.first().is_some_and(u8::is_ascii_uppercase) {
            return Err(broken("an unknown chunk that is needed"));
        }
        let name: String = name.iter().map(|&byte| if byte.is_ascii_alphabetic() { char::from(byte) } else { '?' }).collect();
        job.removed(Danger::Unknown, &name, 1);
        Ok(())
    }

    fn animation(&mut self, job: &mut Job<'_>, name: [u8; 4], content: &'a [u8]) -> Result<(), Hold> {
        let mut cursor = Cursor::new(content);
        match &name {
            b"acTL" => {
                let _frames = cursor.u32_be();
                self.plays = Some(cursor.u32_be().ok_or_else(|| broken("an animation's header"))?);
            }
            b"fcTL" => {
                if self.frames.len() >= job.policy.limits.frames as usize {
                    return Err(Hold::new(Reason::TooMany, "PNG: frames"));
                }
                let frame = read_frame(&mut cursor).ok_or_else(|| broken("a frame's header"))?;
                let [width, height, left, top] = frame.place;
                let header = self.header.ok_or_else(|| broken("the header"))?;
                let fits = left.checked_add(width).is_some_and(|right| right <= header.width)
                    && top.checked_add(height).is_some_and(|bottom| bottom <= header.height);
                if !fits || width == 0 || height == 0 || frame.ops[0] > 2 || frame.ops[1] > 1 {
                    return Err(broken("a frame outside of the picture"));
                }
                if self.data.is_empty() {
                    self.first_is_frame = true;
                } else {
                    job.pixels(u64::from(width), u64::from(height))?;
                }
                self.frames.push(frame);
            }
            _ => {
                let _sequence = cursor.u32_be();
                match self.frames.last_mut() {
                    Some(frame) => frame.data.push(cursor.rest()),
                    None => return Err(broken("data of no frame")),
                }
            }
        }
        Ok(())
    }

    fn write(&self, job: &mut Job<'_>) -> Result<Vec<u8>, Hold> {
        let header = self.header.ok_or_else(|| broken("no header"))?;
        if header.colour == 3 && self.palette.is_none() {
            return Err(broken("no palette"));
        }
        let mut out = SIGNATURE.to_vec();
        let mut content = Vec::with_capacity(13);
        content.extend(header.width.to_be_bytes());
        content.extend(header.height.to_be_bytes());
        content.extend([header.depth, header.colour, 0, 0, u8::from(header.interlaced)]);
        put(&mut out, b"IHDR", &content);
        for ((name, _), small) in SMALL.iter().zip(&self.small) {
            if let Some(small) = small
                && *name != b"bKGD"
            {
                put(&mut out, name, small);
            }
        }
        if let Some(profile) = &self.profile {
            let mut content = b"ICC\0\0".to_vec();
            content.extend(zlib::pack(profile));
            put(&mut out, b"iCCP", &content);
        }
        if let Some(side) = self.orientation {
            put(&mut out, b"eXIf", &exif::fresh(side));
        }
        if let Some(palette) = self.palette {
            put(&mut out, b"PLTE", palette);
        }
        if let Some(transparency) = self.transparency {
            put(&mut out, b"tRNS", transparency);
        }
        for ((name, _), small) in SMALL.iter().zip(&self.small) {
            if let Some(small) = small
                && *name == b"bKGD"
            {
                put(&mut out, name, small);
            }
        }
        let animated = self.plays.filter(|_| !self.frames.is_empty());
        if let Some(plays) = animated {
            let mut content = (self.frames.len() as u32).to_be_bytes().to_vec();
            content.extend(plays.to_be_bytes());
            put(&mut out, b"acTL", &content);
        } else {
            job.removed(Danger::Unknown, "アニメーションの断片", u64::from(self.plays.is_some() || !self.frames.is_empty()));
        }
        let mut sequence = 0_u32;
        let mut frames = self.frames.iter().filter(|_| animated.is_some());
        if self.first_is_frame
            && let Some(frame) = frames.next()
        {
            put_frame(&mut out, frame, &mut sequence);
        }
        put_data(&mut out, &pixels(job, header, &self.data)?, None);
        for frame in frames {
            put_frame(&mut out, frame, &mut sequence);
            let [width, height, ..] = frame.place;
            let packed = pixels(job, Header { width, height, ..header }, &frame.data)?;
            put_data(&mut out, &packed, Some(&mut sequence));
        }
        put(&mut out, b"IEND", &[]);
        Ok(out)
    }
}

fn read_header(content: &[u8]) -> Option<Header> {
    let mut cursor = Cursor::new(content);
    let (width, height) = (cursor.u32_be()?, cursor.u32_be()?);
    let [depth, colour, compression, filter, interlaced] = cursor.array()?;
    let right = match colour {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    let right = right && compression == 0 && filter == 0 && interlaced < 2 && cursor.rest().is_empty();
    let sized = (1..=0x7fff_ffff).contains(&width) && (1..=0x7fff_ffff).contains(&height);
    (right && sized).then_some(Header { width, height, depth, colour, interlaced: interlaced == 1 })
}

fn read_frame<'a>(cursor: &mut Cursor<'a>) -> Option<Frame<'a>> {
    let _sequence = cursor.u32_be()?;
    let place = [cursor.u32_be()?, cursor.u32_be()?, cursor.u32_be()?, cursor.u32_be()?];
    let delay = [cursor.u16_be()?, cursor.u16_be()?];
    Some(Frame { place, delay, ops: cursor.array()?, data: Vec::new() })
}

/// A colour profile from its chunk, rebuilt, and whether that changed nothing.
fn profile(content: &[u8]) -> (Option<Vec<u8>>, bool) {
    let end = content.iter().take(80).position(|&byte| byte == 0).unwrap_or(80);
    let packed = content.get(end + 2..).unwrap_or_default();
    let unpacked = match zlib::unpack([packed].into_iter(), icc::MOST) {
        Some((unpacked, false)) => unpacked,
        _ => return (None, false),
    };
    let made = icc::rebuild(&unpacked);
    let same = made.as_ref() == Some(&unpacked) && content.get(..end) == Some(b"ICC");
    (made, same)
}

/// Lines of pixels with their filters, packed again.
fn pixels(job: &mut Job<'_>, header: Header, data: &[&[u8]]) -> Result<Vec<u8>, Hold> {
    let lines = lines(header);
    let size = lines.iter().map(|(length, count)| (length + 1) * count).sum::<u64>();
    job.expand(size, size)?;
    let size = usize::try_from(size).map_err(|_| broken("too large"))?;
    let (unpacked, more) = zlib::unpack(data.iter().copied(), size).ok_or_else(|| broken("pixels cannot be unpacked"))?;
    job.removed(Danger::Slack, "画素の後ろ", u64::from(more));
    if unpacked.len() < size {
        return Err(broken("pixels are missing"));
    }
    let mut rest = unpacked.as_slice();
    for (length, count) in lines {
        for _ in 0..count {
            let Some((line, behind)) = rest.split_at_checked(length as usize + 1) else { break };
            if line.first().is_none_or(|&filter| filter > 4) {
                return Err(broken("an unknown filter"));
            }
            rest = behind;
        }
    }
    Ok(zlib::pack(&unpacked))
}

/// How long lines are, without the filter's byte, and how many; for each pass.
fn lines(header: Header) -> Vec<(u64, u64)> {
    let samples = match header.colour {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };
    let bits = samples * u64::from(header.depth);
    let (width, height) = (u64::from(header.width), u64::from(header.height));
    let line = |across: u64, down: u64| if across == 0 { (0, 0) } else { ((across * bits).div_ceil(8), down) };
    if !header.interlaced {
        return vec![line(width, height)];
    }
    let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let each = passes.iter().map(|&(left, top, across, down): &(u64, u64, u64, u64)| {
        line(width.saturating_sub(left).div_ceil(across), height.saturating_sub(top).div_ceil(down))
    });
    each.collect()
}

fn put(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    out.extend((content.len() as u32).to_be_bytes());
    out.extend(name);
    out.extend(content);
    out.extend(checksum(name, content).to_be_bytes());
}

fn put_frame(out: &mut Vec<u8>, frame: &Frame<'_>, sequence: &mut u32) {
    let mut content = sequence.to_be_bytes().to_vec();
    *sequence += 1;
    for number in frame.place {
        content.extend(number.to_be_bytes());
    }
    for number in frame.delay {
        content.extend(number.to_be_bytes());
    }
    content.extend(frame.ops);
    put(out, b"fcTL", &content);
}

/// Packed pixels in chunks; those of later frames are numbered.
fn put_data(out: &mut Vec<u8>, packed: &[u8], mut sequence: Option<&mut u32>) {
    for piece in packed.chunks(1 << 20) {
        match &mut sequence {
            None => put(out, b"IDAT", piece),
            Some(sequence) => {
                let mut content = sequence.to_be_bytes().to_vec();
                **sequence += 1;
                content.extend(piece);
                put(out, b"fdAT", &content);
            }
        }
    }
}
