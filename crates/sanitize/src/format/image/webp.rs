//! WebP: lossless pictures decoded and encoded again; lossy ones decoded to see that they are whole, and kept.
//!
//! The container is new: canvas, animation and frames by their numbers, everything else goes.

use std::io::Cursor as Reader;

use image_webp::{ColorType, WebPDecoder, WebPEncoder};

use super::exif;
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    icc,
    job::{Built, Job},
};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("WebP: {what}"))
}

/// A picture or a frame, packed: chunks for alpha and colours.
struct Picture {
    alpha: Option<Vec<u8>>,
    name: &'static [u8; 4],
    data: Vec<u8>,
    width: u32,
    height: u32,
    /// Whether the colours' chunk tells transparency by itself.
    clear: bool,
}

#[derive(Default)]
struct Model {
    canvas: Option<[u8; 6]>,
    profile: Option<Vec<u8>>,
    orientation: Option<u8>,
    /// Background and repetitions.
    animation: Option<[u8; 6]>,
    /// Place, size and duration; how it is laid on; the picture.
    frames: Vec<([u8; 15], u8, Picture)>,
    picture: Option<Picture>,
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut cursor = Cursor::new(bytes);
    let riff = cursor.take(4);
    let length = cursor.u32_le().ok_or_else(|| broken("ends too early"))? as usize;
    if riff != Some(b"RIFF") || cursor.take(4) != Some(b"WEBP") {
        return Err(broken("no signature"));
    }
    let end = length.saturating_add(8);
    let inside = bytes.get(12..end.min(bytes.len())).ok_or_else(|| broken("ends too early"))?;
    job.removed(Danger::Slack, "画像の後ろ", u64::from(end < bytes.len()));
    let mut model = Model::default();
    model.read(job, inside)?;
    Ok(Built::new(Kind::WebP, model.write()?))
}

/// The next chunk.
fn chunk<'a>(cursor: &mut Cursor<'a>) -> Option<([u8; 4], &'a [u8])> {
    let name = cursor.array()?;
    let length = cursor.u32_le()? as usize;
    let content = cursor.take(length)?;
    cursor.take(length % 2);
    Some((name, content))
}

fn put(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    out.extend(name);
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    out.resize(out.len() + content.len() % 2, 0);
}

/// A file with nothing but these chunks.
fn wrap(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, content) in chunks {
        put(&mut out, name, content);
    }
    let length = (out.len() as u32 - 8).to_le_bytes();
    if let Some(slot) = out.get_mut(4..8) {
        slot.copy_from_slice(&length);
    }
    out
}

fn wide(number: u32) -> [u8; 3] {
    let [low, middle, high, _] = number.to_le_bytes();
    [low, middle, high]
}

impl Model {
    fn read(&mut self, job: &mut Job<'_>, inside: &[u8]) -> Result<(), Hold> {
        let mut cursor = Cursor::new(inside);
        let mut alpha = None;
        while !cursor.rest().is_empty() {
            let Some((name, content)) = chunk(&mut cursor) else {
                if self.picture.is_none() && self.frames.is_empty() {
                    return Err(broken("a chunk longer than the file"));
                }
                job.removed(Danger::Slack, "画像の後ろ", 1);
                break;
            };
            match &name {
                b"VP8X" if content.len() >= 10 && self.canvas.is_none() => {
                    self.canvas = content.get(4..10).and_then(|size| size.try_into().ok())
                }
                b"ICCP" => {
                    self.profile = icc::rebuild(content);
                    job.removed(Danger::Metadata, "色の情報（ICC）", u64::from(self.profile.as_deref() != Some(content)));
                }
                b"EXIF" => {
                    let tiff = content.strip_prefix(b"Exif\0\0").unwrap_or(content);
                    self.orientation = exif::orientation(tiff).filter(|&side| side > 1);
                    let same = self.orientation.is_some_and(|side| exif::fresh(side) == content);
                    job.removed(Danger::Metadata, "Exif（撮影情報）", u64::from(!same));
                }
                b"XMP " => job.removed(Danger::Metadata, "XMP", 1),
                b"ANIM" if content.len() >= 6 => self.animation = content.get(..6).and_then(|numbers| numbers.try_into().ok()),
                b"ANMF" => {
                    if self.frames.len() >= job.policy.limits.frames as usize {
                        return Err(Hold::new(Reason::TooMany, "WebP: frames"));
                    }
                    self.frame(job, content)?;
                }
                b"ALPH" => alpha = Some(content),
                b"VP8 " | b"VP8L" if self.picture.is_none() => self.picture = Some(picture(job, name, content, alpha.take())?),
                _ => job.removed(Danger::Unknown, "不明なチャンク", 1),
            }
        }
        Ok(())
    }

    fn frame(&mut self, job: &mut Job<'_>, content: &[u8]) -> Result<(), Hold> {
        let mut cursor = Cursor::new(content);
        let place = cursor.array::<15>().ok_or_else(|| broken("a frame"))?;
        let flags = cursor.u8().ok_or_else(|| broken("a frame"))? & 3;
        let (mut alpha, mut found) = (None, None);
        while let Some((name, content)) = chunk(&mut cursor) {
            match &name {
                b"ALPH" => alpha = Some(content),
                b"VP8 " | b"VP8L" if found.is_none() => found = Some(picture(job, name, content, alpha.take())?),
                _ => job.removed(Danger::Unknown, "不明なチャンク", 1),
            }
        }
        self.frames.push((place, flags, found.ok_or_else(|| broken("a frame without picture"))?));
        Ok(())
    }

    fn write(self) -> Result<Vec<u8>, Hold> {
        let animated = self.animation.filter(|_| !self.frames.is_empty());
        let first = self.frames.first().map(|frame| &frame.2);
        let Some(shown) = self.picture.as_ref().or(first) else { return Err(broken("no picture")) };
        let pictures = || self.frames.iter().map(|frame| &frame.2).chain(&self.picture);
        let own = [wide(shown.width.saturating_sub(1)), wide(shown.height.saturating_sub(1))].concat();
        let clear = pictures().any(|picture| picture.clear || picture.alpha.is_some());
        let extended =
            animated.is_some() || self.profile.is_some() || self.orientation.is_some() || pictures().any(|picture| picture.alpha.is_some());
        let mut chunks: Vec<(&[u8; 4], Vec<u8>)> = Vec::new();
        if extended {
            let flag = |bit: u8, set: bool| if set { bit } else { 0 };
            let flags =
                flag(0x20, self.profile.is_some()) | flag(0x10, clear) | flag(8, self.orientation.is_some()) | flag(2, animated.is_some());
            let mut content = vec![flags, 0, 0, 0];
            // A picture that does not move fills its canvas.
            content.extend(self.canvas.map(|canvas| canvas.to_vec()).filter(|_| animated.is_some()).unwrap_or(own));
            chunks.push((b"VP8X", content));
        }
        if let Some(profile) = self.profile {
            chunks.push((b"ICCP", profile));
        }
        if let Some(animation) = animated {
            chunks.push((b"ANIM", animation.to_vec()));
            for (place, flags, picture) in self.frames {
                let mut content = place.to_vec();
                content.push(flags);
                if let Some(alpha) = &picture.alpha {
                    put(&mut content, b"ALPH", alpha);
                }
                put(&mut content, picture.name, &picture.data);
                chunks.push((b"ANMF", content));
            }
        } else if let Some(picture) = self.picture {
            if let Some(alpha) = picture.alpha {
                chunks.push((b"ALPH", alpha));
            }
            chunks.push((picture.name, picture.data));
        } else {
            return Err(broken("frames without animation"));
        }
        if let Some(side) = self.orientation {
            chunks.push((b"EXIF", exif::fresh(side)));
        }
        Ok(wrap(&chunks.iter().map(|(name, content)| (*name, content.as_slice())).collect::<Vec<_>>()))
    }
}

/// Reads a picture to its pixels; writes it again if that loses nothing.
fn picture(job: &mut Job<'_>, name: [u8; 4], content: &[u8], alpha: Option<&[u8]>) -> Result<Picture, Hold> {
    let lossless = &name == b"VP8L";
    let (width, height, clear) =
        if lossless { lossless_size(content) } else { lossy_size(content) }.ok_or_else(|| broken("a picture's header"))?;
    job.pixels(u64::from(width), u64::from(height))?;
    let alpha = alpha.filter(|_| !lossless);
    let file = match alpha {
        None => wrap(&[(if lossless { b"VP8L" } else { b"VP8 " }, content)]),
        Some(alpha) => {
            let mut canvas = vec![0x10, 0, 0, 0];
            canvas.extend(wide(width - 1));
            canvas.extend(wide(height - 1));
            wrap(&[(b"VP8X", &canvas), (b"ALPH", alpha), (b"VP8 ", content)])
        }
    };
    let mut decoder = WebPDecoder::new(Reader::new(file)).map_err(|error| broken(&error.to_string()))?;
    let size = decoder.output_buffer_size().ok_or_else(|| broken("too large"))?;
    job.expand(size as u64, size as u64)?;
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(|error| broken(&error.to_string()))?;
    if !lossless {
        return Ok(Picture { alpha: alpha.map(<[u8]>::to_vec), name: b"VP8 ", data: content.to_vec(), width, height, clear: false });
    }
    let kind = if decoder.has_alpha() { ColorType::Rgba8 } else { ColorType::Rgb8 };
    let mut made = Vec::new();
    WebPEncoder::new(&mut made).encode(&pixels, width, height, kind).map_err(|error| broken(&error.to_string()))?;
    let data = chunk(&mut Cursor::new(made.get(12..).unwrap_or_default())).map(|(_, content)| content.to_vec());
    Ok(Picture { alpha: None, name: b"VP8L", data: data.ok_or_else(|| broken("nothing was written"))?, width, height, clear })
}

fn lossy_size(content: &[u8]) -> Option<(u32, u32, bool)> {
    let mut cursor = Cursor::new(content);
    let [head, ..] = cursor.array::<3>()?;
    // Only whole pictures, not differences from one before.
    if head & 1 != 0 || cursor.array::<3>()? != [0x9d, 1, 0x2a] {
        return None;
    }
    let (width, height) = (u32::from(cursor.u16_le()? & 0x3fff), u32::from(cursor.u16_le()? & 0x3fff));
    (width > 0 && height > 0).then_some((width, height, false))
}

fn lossless_size(content: &[u8]) -> Option<(u32, u32, bool)> {
    let mut cursor = Cursor::new(content);
    let (signature, bits) = (cursor.u8()?, cursor.u32_le()?);
    (signature == 0x2f && bits >> 29 == 0).then_some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, bits >> 28 & 1 == 1))
}
