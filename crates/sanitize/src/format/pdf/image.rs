//! Images: samples are packed again, photographs rewritten by coefficients, fax and JBIG2 pictures
//! decoded and coded anew, JPEG 2000 decoded.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    ccitt,
    file::Picture,
    filter::{self, Rows},
    model::{Got, Model},
    object::{Dict, Obj, Object},
    schema::T,
};
use crate::{Danger, Hold, Reason, format::image::jpeg as coefficients, job::Job};

/// Black and white samples, and which of both is black.
pub(crate) struct BlackWhite {
    /// Rows of packed bits.
    pub(crate) bytes: Vec<u8>,
    black: u8,
}

/// An image XObject.
pub(crate) fn image(model: &mut Model<'_, '_>, job: &mut Job<'_>, object: &Object, dict: &Dict) -> Result<(Obj, Option<Vec<u8>>), Hold> {
    let data = model.file.decode(job, object)?;
    let size = |value: Obj| value.as_int().and_then(|value| u64::try_from(value).ok()).filter(|&value| value <= 1 << 20);
    let width = size(model.look(job, dict, b"Width")?);
    let height = size(model.look(job, dict, b"Height")?);
    let (Some(width), Some(height)) = (width, height) else { return Err(Hold::damaged("an image without size")) };
    let mut head = Dict::default();
    head.put(b"Type", Obj::name(b"XObject"));
    head.put(b"Subtype", Obj::name(b"Image"));
    head.put(b"Width", whole(width));
    head.put(b"Height", whole(height));
    let mask = matches!(model.look(job, dict, b"ImageMask")?, Obj::Bool(true));
    let mut bits = if mask { 1 } else { model.look(job, dict, b"BitsPerComponent")?.as_int().unwrap_or(8) };
    if ![1, 2, 4, 8, 16].contains(&bits) {
        return Err(Hold::damaged("an image with samples of an odd size"));
    }
    // Black and white pictures stay packed, eight pixels a byte.
    let black_white = bits == 1 || matches!(data.left, Some((Picture::Ccitt | Picture::Jbig2, _)));
    job.pixels(if black_white { width.div_ceil(8) } else { width }, height)?;
    let mut space = None;
    if !mask && let Some(value) = dict.get(b"ColorSpace") {
        match model.color(job, value, 0)? {
            Got::Value(value) => space = Some(value),
            Got::Gone => {}
            Got::No => return Err(Hold::damaged("an image in an unknown color space")),
        }
    }
    let mut rest = model.entries(job, dict, T::Image, 0)?;
    let mut filters = Dict::default();
    let bytes = match data.left {
        None => {
            let components = if mask { Some(1) } else { space.as_ref().and_then(|space| components(model, job, dict, space)) };
            let mut bytes = data.bytes;
            let mut rows = None;
            if let Some(count) = components {
                let layout = Rows::new(count, bits, i64::try_from(width).unwrap_or(0))?;
                let expected = layout.row.saturating_mul(usize::try_from(height).unwrap_or(0));
                if bytes.len() > expected {
                    // An end of line is how some writers end their data.
                    if bytes.len() > expected + 2 {
                        model.tell(Danger::Slack, 1);
                    }
                    bytes.truncate(expected);
                }
                rows = Some(layout).filter(|_| width > 0);
            }
            match rows {
                Some(rows) if data.predicted => {
                    filters.put(b"Filter", Obj::name(b"FlateDecode"));
                    let mut parms = Dict::default();
                    parms.put(b"Predictor", Obj::int(15));
                    parms.put(b"Colors", Obj::int(i64::try_from(rows.colors).unwrap_or(1)));
                    parms.put(b"BitsPerComponent", Obj::int(i64::from(rows.bits)));
                    parms.put(b"Columns", whole(width));
                    filters.put(b"DecodeParms", Obj::Dict(parms));
                    filter::to_flate(&filter::predict_png(&bytes, rows))
                }
                _ => super::model::pack(&mut filters, &bytes),
            }
        }
        Some((Picture::Dct, parms)) => {
            filters.put(b"Filter", Obj::name(b"DCTDecode"));
            if let Some(transform @ (0 | 1)) = parms.get(b"ColorTransform").and_then(Obj::as_int) {
                let mut parms = Dict::default();
                parms.put(b"ColorTransform", Obj::int(transform));
                filters.put(b"DecodeParms", Obj::Dict(parms));
            }
            bits = 8;
            jpeg(job, &data.bytes)?
        }
        Some((Picture::Ccitt, parms)) => {
            let samples = ccitt_samples(job, &data.bytes, &parms, width, height)?;
            bits = 1;
            pack_black_white(&mut filters, &samples, width, height)
        }
        Some((Picture::Jbig2, parms)) => {
            let globals = match parms.get(b"JBIG2Globals") {
                Some(Obj::Ref(id)) => {
                    let (_, object) = model.follow(job, *id)?;
                    Some(model.file.decode(job, &object)?.bytes)
                }
                _ => None,
            };
            let samples = jbig2_samples(job, &data.bytes, globals.as_deref(), width, height)?;
            bits = 1;
            pack_black_white(&mut filters, &samples, width, height)
        }
        Some((Picture::Jpx, _)) => {
            let alpha_inside = model.look(job, dict, b"SMaskInData")?.as_int().unwrap_or(0) != 0;
            let picture = jpx(job, &data.bytes)?;
            if (picture.width, picture.height) != (width, height) {
                head = Dict::default();
                head.put(b"Type", Obj::name(b"XObject"));
                head.put(b"Subtype", Obj::name(b"Image"));
                head.put(b"Width", whole(picture.width));
                head.put(b"Height", whole(picture.height));
            }
            bits = 8;
            if space.is_none() && !mask {
                space = Some(Obj::name(match picture.colors {
                    1 => b"DeviceGray",
                    4 => b"DeviceCMYK",
                    _ => b"DeviceRGB",
                }));
            }
            if let Some(alpha) = picture.alpha
                && alpha_inside
                && rest.get(b"SMask").is_none()
            {
                let mut soft = Dict::default();
                for (key, value) in [
                    (b"Type".as_slice(), Obj::name(b"XObject")),
                    (b"Subtype", Obj::name(b"Image")),
                    (b"Width", whole(picture.width)),
                    (b"Height", whole(picture.height)),
                    (b"ColorSpace", Obj::name(b"DeviceGray")),
                    (b"BitsPerComponent", Obj::int(8)),
                ] {
                    soft.put(key, value);
                }
                let slot = model.slot(job)?;
                let packed = predicted(&mut soft, &alpha, 1, picture.width)?;
                model.set(slot, Obj::Dict(soft), Some(packed));
                rest.put(b"SMask", super::model::reference(slot));
            }
            predicted(&mut filters, &picture.bytes, picture.colors, picture.width)?
        }
    };
    if let Some(space) = space {
        head.put(b"ColorSpace", space);
    }
    head.put(b"BitsPerComponent", Obj::int(bits));
    head.0.append(&mut rest.0);
    head.0.append(&mut filters.0);
    Ok((Obj::Dict(head), Some(bytes)))
}

fn whole(value: u64) -> Obj {
    Obj::int(i64::try_from(value).unwrap_or(0))
}

fn predicted(filters: &mut Dict, bytes: &[u8], colors: u64, width: u64) -> Result<Vec<u8>, Hold> {
    let rows = Rows::new(i64::try_from(colors).unwrap_or(0), 8, i64::try_from(width).unwrap_or(0))?;
    filters.put(b"Filter", Obj::name(b"FlateDecode"));
    let mut parms = Dict::default();
    parms.put(b"Predictor", Obj::int(15));
    parms.put(b"Colors", whole(colors));
    parms.put(b"BitsPerComponent", Obj::int(8));
    parms.put(b"Columns", whole(width));
    filters.put(b"DecodeParms", Obj::Dict(parms));
    Ok(filter::to_flate(&filter::predict_png(bytes, rows)))
}

/// How many components a color space has, from the space as the file has it.
fn components(model: &Model<'_, '_>, job: &mut Job<'_>, dict: &Dict, space: &Obj) -> Option<i64> {
    let by_name = |name: &[u8]| match name {
        b"DeviceGray" | b"G" | b"CalGray" | b"Indexed" | b"I" | b"Separation" => Some(1),
        b"DeviceRGB" | b"RGB" | b"CalRGB" | b"Lab" => Some(3),
        b"DeviceCMYK" | b"CMYK" => Some(4),
        _ => None,
    };
    match space {
        Obj::Name(name) => by_name(name),
        Obj::Array(items) => match items.first().and_then(Obj::as_name) {
            Some(b"ICCBased") => {
                let Ok(Obj::Array(items)) = model.look(job, dict, b"ColorSpace") else { return None };
                let Ok(Obj::Dict(profile)) = model.resolve(job, items.get(1)?) else { return None };
                model.look(job, &profile, b"N").ok()?.as_int()
            }
            Some(b"DeviceN") => match items.get(1) {
                Some(Obj::Array(names)) => i64::try_from(names.len()).ok(),
                _ => None,
            },
            Some(name) => by_name(name),
            None => None,
        },
        _ => None,
    }
}

/// A photograph, rewritten.
pub(crate) fn jpeg(job: &mut Job<'_>, bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    // Some writers put something in front.
    let start = memchr::memmem::find(bytes.get(..bytes.len().min(64)).unwrap_or_default(), &[0xFF, 0xD8]).unwrap_or(0);
    let bytes = bytes.get(start..).unwrap_or_default();
    if let Some((width, height, _)) = coefficients::size(bytes) {
        job.pixels(u64::from(width), u64::from(height))?;
    }
    coefficients::rewrite(bytes)
}

fn pack_black_white(filters: &mut Dict, samples: &BlackWhite, width: u64, height: u64) -> Vec<u8> {
    let fax = ccitt::encode(&samples.bytes, u32::try_from(width).unwrap_or(0), samples.black);
    let flate = filter::to_flate(&samples.bytes);
    if fax.len() >= flate.len() {
        filters.put(b"Filter", Obj::name(b"FlateDecode"));
        return flate;
    }
    filters.put(b"Filter", Obj::name(b"CCITTFaxDecode"));
    let mut parms = Dict::default();
    parms.put(b"K", Obj::int(-1));
    parms.put(b"Columns", whole(width));
    parms.put(b"Rows", whole(height));
    if samples.black == 1 {
        parms.put(b"BlackIs1", Obj::Bool(true));
    }
    filters.put(b"DecodeParms", Obj::Dict(parms));
    fax
}

/// Rows made of changes of color.
struct FaxRows {
    bytes: Vec<u8>,
    row: usize,
    width: u32,
    room: usize,
}

impl hayro_ccitt::Decoder for FaxRows {
    fn push_row(&mut self, changes: &[u32]) {
        if self.bytes.len() >= self.room {
            return;
        }
        let start = self.bytes.len();
        self.bytes.resize(start + self.row, 0);
        let Some(line) = self.bytes.get_mut(start..) else { return };
        for pair in changes.chunks(2) {
            let from = pair.first().copied().unwrap_or(self.width);
            let to = pair.get(1).copied().unwrap_or(self.width).min(self.width);
            paint(line, from, to);
        }
    }
}

fn paint(line: &mut [u8], from: u32, to: u32) {
    let mut at = from;
    while at < to {
        let Some(slot) = usize::try_from(at / 8).ok().and_then(|index| line.get_mut(index)) else { return };
        if at.is_multiple_of(8) && to - at >= 8 {
            *slot = 0xFF;
            at += 8;
        } else {
            *slot |= 0x80 >> (at % 8);
            at += 1;
        }
    }
}

/// A fax picture as samples.
pub(crate) fn ccitt_samples(job: &mut Job<'_>, bytes: &[u8], parms: &Dict, width: u64, height: u64) -> Result<BlackWhite, Hold> {
    let flag = |key: &[u8], default: bool| match parms.get(key) {
        Some(Obj::Bool(value)) => *value,
        _ => default,
    };
    let int = |key: &[u8], default: i64| parms.get(key).and_then(Obj::as_int).unwrap_or(default);
    let columns = u32::try_from(int(b"Columns", 1_728)).map_err(|_| "a fax picture of a wrong width")?;
    if u64::from(columns) != width {
        return Err(Hold::damaged("a fax picture of another width than told"));
    }
    let rows = u32::try_from(height).map_err(|_| "a fax picture of a wrong height")?;
    let mode = int(b"K", 0);
    let settings = hayro_ccitt::DecodeSettings {
        columns,
        rows,
        end_of_block: flag(b"EndOfBlock", true),
        end_of_line: flag(b"EndOfLine", false),
        rows_are_byte_aligned: flag(b"EncodedByteAlign", false),
        encoding: match mode {
            ..0 => hayro_ccitt::EncodingMode::Group4,
            0 => hayro_ccitt::EncodingMode::Group3_1D,
            _ => hayro_ccitt::EncodingMode::Group3_2D,
        },
        strict: false,
    };
    let row = usize::try_from(columns.div_ceil(8)).unwrap_or(0);
    let room = row.saturating_mul(usize::try_from(height).unwrap_or(0));
    job.expand(bytes.len() as u64, 0)?;
    let mut sink = FaxRows { bytes: Vec::new(), row, width: columns, room };
    // Rows that could be read stand, the rest is white, as readers show it.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _ = hayro_ccitt::decode(bytes, &mut sink, &mut hayro_ccitt::DecoderContext::new(settings));
    }));
    let mut samples = sink.bytes;
    samples.resize(room, 0);
    let black_is_1 = flag(b"BlackIs1", false);
    if !black_is_1 {
        for byte in &mut samples {
            *byte = !*byte;
        }
    }
    clear_padding(&mut samples, row, columns);
    Ok(BlackWhite { bytes: samples, black: u8::from(black_is_1) })
}

/// Bits behind the last pixel of a row are always 0.
fn clear_padding(samples: &mut [u8], row: usize, width: u32) {
    let extra = width % 8;
    if extra == 0 || row == 0 {
        return;
    }
    for line in samples.chunks_mut(row) {
        if let Some(last) = line.last_mut() {
            *last &= 0xFF << (8 - extra);
        }
    }
}

struct Jbig2Rows {
    bytes: Vec<u8>,
    last: u8,
    count: u8,
    room: usize,
}

impl Jbig2Rows {
    fn push(&mut self, byte: u8) {
        if self.bytes.len() < self.room {
            self.bytes.push(byte);
        }
    }
}

impl hayro_jbig2::Decoder for Jbig2Rows {
    fn push_pixel(&mut self, black: bool) {
        self.last = self.last << 1 | u8::from(black);
        self.count += 1;
        if self.count == 8 {
            self.push(self.last);
            (self.last, self.count) = (0, 0);
        }
    }

    fn push_pixel_chunk(&mut self, black: bool, chunk_count: u32) {
        for _ in 0..chunk_count {
            self.push(if black { 0xFF } else { 0 });
        }
    }

    fn next_line(&mut self) {
        if self.count > 0 {
            let byte = self.last << (8 - self.count);
            self.push(byte);
            (self.last, self.count) = (0, 0);
        }
    }
}

fn jbig2_samples(job: &mut Job<'_>, bytes: &[u8], globals: Option<&[u8]>, width: u64, height: u64) -> Result<BlackWhite, Hold> {
    let settings = hayro_jbig2::DecodeSettings { strict: false };
    let decode = || -> Result<(u32, u32, Vec<u8>), Hold> {
        let wrong = |_| Hold::damaged("a JBIG2 picture that cannot be read");
        let globals = globals.map(|bytes| hayro_jbig2::Globals::new(bytes, &settings)).transpose().map_err(wrong)?;
        let page = hayro_jbig2::Page::new_embedded(bytes, globals.as_ref(), &settings).map_err(wrong)?;
        let (wide, high) = (page.width(), page.height());
        if u64::from(wide).saturating_mul(u64::from(high)) > job.policy.limits.image_pixels {
            return Err(Hold::new(Reason::ExpandsTooMuch, "a JBIG2 picture with more pixels than the limit"));
        }
        let room = usize::try_from(u64::from(wide.div_ceil(8)).saturating_mul(u64::from(high))).unwrap_or(0);
        let mut sink = Jbig2Rows { bytes: Vec::with_capacity(room), last: 0, count: 0, room };
        page.decode(&mut sink).map_err(wrong)?;
        Ok((wide, high, sink.bytes))
    };
    let (wide, high, decoded) =
        catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(Hold::damaged("a JBIG2 picture that cannot be read")))?;
    // What the page tells, laid into what the image dictionary tells.
    let columns = u32::try_from(width).unwrap_or(0);
    let row = usize::try_from(columns.div_ceil(8)).unwrap_or(0);
    let row_in = usize::try_from(wide.div_ceil(8)).unwrap_or(0);
    let mut samples = vec![0_u8; row.saturating_mul(usize::try_from(height).unwrap_or(0))];
    let _ = high;
    for (line, from) in samples.chunks_mut(row.max(1)).zip(decoded.chunks(row_in.max(1))) {
        for (slot, &byte) in line.iter_mut().zip(from) {
            *slot = byte;
        }
    }
    for byte in &mut samples {
        *byte = !*byte;
    }
    clear_padding(&mut samples, row, columns);
    Ok(BlackWhite { bytes: samples, black: 0 })
}

struct Decoded {
    width: u64,
    height: u64,
    colors: u64,
    bytes: Vec<u8>,
    alpha: Option<Vec<u8>>,
}

fn jpx(job: &mut Job<'_>, bytes: &[u8]) -> Result<Decoded, Hold> {
    let wrong = || Hold::damaged("a JPEG 2000 picture that cannot be read");
    let settings = hayro_jpeg2000::DecodeSettings { resolve_palette_indices: true, strict: false, target_resolution: None };
    let decode = |job: &mut Job<'_>| -> Result<Decoded, Hold> {
        let image = hayro_jpeg2000::Image::new(bytes, &settings).map_err(|_| wrong())?;
        let (width, height) = (u64::from(image.width()), u64::from(image.height()));
        job.pixels(width, height)?;
        let alpha = image.has_alpha();
        let mut context = hayro_jpeg2000::DecoderContext::default();
        let decoded = image.decode(&mut context).map_err(|_| wrong())?;
        let planes = decoded.components();
        let colors = planes.len().saturating_sub(usize::from(alpha));
        if !matches!(colors, 1 | 3 | 4) {
            return Err(Hold::new(Reason::UnsupportedKind, "a JPEG 2000 picture with an odd number of colors"));
        }
        let count = usize::try_from(width.saturating_mul(height)).unwrap_or(0);
        job.expand(bytes.len() as u64, 0)?;
        let mut out = vec![0_u8; count.saturating_mul(colors)];
        let mut soft = None;
        for (index, plane) in planes.iter().enumerate() {
            let top = ((1_u64 << plane.bit_depth().min(32)) - 1) as f32;
            let byte = |sample: f32| -> u8 {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                {
                    (sample * 255.0 / top).round().clamp(0.0, 255.0) as u8
                }
            };
            let samples = plane.samples();
            if samples.len() < count {
                return Err(wrong());
            }
            if index < colors {
                for (slot, &sample) in out.iter_mut().skip(index).step_by(colors).zip(samples) {
                    *slot = byte(sample);
                }
            } else {
                soft = Some(samples.iter().take(count).map(|&sample| byte(sample)).collect());
            }
        }
        Ok(Decoded { width, height, colors: colors as u64, bytes: out, alpha: soft })
    };
    catch_unwind(AssertUnwindSafe(|| decode(job))).unwrap_or_else(|_| Err(wrong()))
}
