//! Decoders of streams, each of which stops at a limit, and predictors both ways.

use std::io::Read;

use super::lex::{Wrong, is_space, nibble};

/// What a decoder made, and how many bytes it needed for it.
pub(crate) struct Decoded {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// How far it read.
    pub(crate) used: usize,
}

/// `FlateDecode`.
pub(crate) fn flate(input: &[u8], room: u64) -> Result<Decoded, Wrong> {
    let mut decompress = flate2::Decompress::new(true);
    let mut bytes = Vec::with_capacity(input.len().saturating_mul(3).min(1 << 24));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    loop {
        let used = usize::try_from(decompress.total_in()).unwrap_or(usize::MAX);
        if bytes.len() == bytes.capacity() {
            bytes.reserve(bytes.len().clamp(4_096, 1 << 24));
        }
        let before = bytes.len();
        let rest = input.get(used..).unwrap_or_default();
        let status = decompress.decompress_vec(rest, &mut bytes, flate2::FlushDecompress::Finish);
        if bytes.len() > room {
            return Err(TOO_MUCH);
        }
        let now = usize::try_from(decompress.total_in()).unwrap_or(usize::MAX);
        match status {
            Ok(flate2::Status::StreamEnd) => return Ok(Decoded { bytes, used: now }),
            Ok(_) if bytes.len() > before || now > used || bytes.len() == bytes.capacity() => {}
            // Truncated, or a wrong check sum: what came so far stands, as all readers show it.
            Ok(_) | Err(_) => return Ok(Decoded { bytes, used: now }),
        }
    }
}

/// Told when a decoder hits its limit.
pub(crate) const TOO_MUCH: Wrong = "a stream unpacks to more than the limit";

/// `LZWDecode`.
pub(crate) fn lzw(input: &[u8], early: bool, room: u64) -> Result<Decoded, Wrong> {
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let mut out: Vec<u8> = Vec::with_capacity(input.len().saturating_mul(3).min(1 << 24));
    // Each entry is a stretch of the output: where it began and how long it is.
    let mut table: Vec<(usize, usize)> = Vec::with_capacity(4_096);
    let (mut buffer, mut have, mut width) = (0_u32, 0_u32, 9_u32);
    let mut previous: Option<(usize, usize)> = None;
    let mut used = 0_usize;
    for &byte in input {
        used = used.saturating_add(1);
        buffer = buffer << 8 | u32::from(byte);
        have += 8;
        if have < width {
            continue;
        }
        have -= width;
        let code = (buffer >> have & ((1 << width) - 1)) as usize;
        buffer &= (1 << have) - 1;
        match code {
            256 => {
                table.clear();
                width = 9;
                previous = None;
                continue;
            }
            257 => return Ok(Decoded { bytes: out, used }),
            _ => {}
        }
        let start = out.len();
        let known = match code.checked_sub(258) {
            None => {
                out.push(u8::try_from(code).unwrap_or(0));
                None
            }
            Some(index) => {
                let (from, length) = match (table.get(index), previous) {
                    (Some(&entry), _) => entry,
                    // The entry that this very code completes.
                    (None, Some((from, length))) if index == table.len() => (from, length.saturating_add(1)),
                    _ => return Ok(Decoded { bytes: out, used }),
                };
                for at in from..from.saturating_add(length) {
                    let Some(&byte) = out.get(at) else { return Err("a wrong LZW code") };
                    out.push(byte);
                }
                Some(length)
            }
        };
        if out.len() > room {
            return Err(TOO_MUCH);
        }
        if let Some((from, length)) = previous
            && table.len() < 4_096 - 258
        {
            table.push((from, length.saturating_add(1)));
        }
        previous = Some((start, known.unwrap_or(1)));
        width = match table.len() + 258 + usize::from(early) {
            0..=511 => 9,
            512..=1_023 => 10,
            1_024..=2_047 => 11,
            _ => 12,
        };
    }
    Ok(Decoded { bytes: out, used })
}

/// `ASCIIHexDecode`.
pub(crate) fn ascii_hex(input: &[u8]) -> Result<Decoded, Wrong> {
    let mut bytes = Vec::with_capacity(input.len() / 2);
    let mut half = None;
    for (at, &byte) in input.iter().enumerate() {
        match byte {
            b'>' => {
                if let Some(high) = half {
                    bytes.push(high << 4);
                }
                return Ok(Decoded { bytes, used: at.saturating_add(1) });
            }
            _ if is_space(byte) => {}
            _ => match (nibble(byte), half.take()) {
                (Some(low), Some(high)) => bytes.push(high << 4 | low),
                (Some(high), None) => half = Some(high),
                (None, _) => return Err("a wrong digit in ASCIIHexDecode"),
            },
        }
    }
    if let Some(high) = half {
        bytes.push(high << 4);
    }
    Ok(Decoded { bytes, used: input.len() })
}

/// `ASCII85Decode`.
pub(crate) fn ascii_85(input: &[u8]) -> Result<Decoded, Wrong> {
    let mut bytes = Vec::with_capacity(input.len());
    let (mut group, mut count) = (0_u32, 0_usize);
    let mut rest = input.iter().enumerate().peekable();
    // Some writers begin as in PostScript.
    if input.starts_with(b"<~") {
        rest.next();
        rest.next();
    }
    let finish = |group: u32, count: usize, bytes: &mut Vec<u8>| {
        if count >= 2 {
            let mut padded = group;
            for _ in count..5 {
                padded = padded.wrapping_mul(85).wrapping_add(84);
            }
            bytes.extend(padded.to_be_bytes().into_iter().take(count - 1));
        }
    };
    while let Some((at, &byte)) = rest.next() {
        match byte {
            b'~' => {
                finish(group, count, &mut bytes);
                while let Some((_, space)) = rest.peek()
                    && is_space(**space)
                {
                    rest.next();
                }
                let end = match rest.next() {
                    Some((end, b'>')) => end,
                    _ => at,
                };
                return Ok(Decoded { bytes, used: end.saturating_add(1) });
            }
            b'z' if count == 0 => bytes.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    bytes.extend_from_slice(&group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ if is_space(byte) => {}
            _ => return Err("a wrong character in ASCII85Decode"),
        }
    }
    finish(group, count, &mut bytes);
    Ok(Decoded { bytes, used: input.len() })
}

/// Writes `ASCII85Decode`, with its end.
pub(crate) fn to_ascii_85(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len().saturating_mul(5) / 4 + 8);
    for chunk in input.chunks(4) {
        let mut word = [0_u8; 4];
        for (slot, &byte) in word.iter_mut().zip(chunk) {
            *slot = byte;
        }
        let mut value = u32::from_be_bytes(word);
        if value == 0 && chunk.len() == 4 {
            out.push(b'z');
            continue;
        }
        let mut digits = [0_u8; 5];
        for digit in digits.iter_mut().rev() {
            *digit = b'!' + u8::try_from(value % 85).unwrap_or(0);
            value /= 85;
        }
        out.extend(digits.into_iter().take(chunk.len() + 1));
    }
    out.extend_from_slice(b"~>");
    out
}

/// `RunLengthDecode`.
pub(crate) fn run_length(input: &[u8], room: u64) -> Result<Decoded, Wrong> {
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(input.len().saturating_mul(2).min(1 << 24));
    let mut at = 0_usize;
    while let Some(&length) = input.get(at) {
        at += 1;
        match length {
            128 => return Ok(Decoded { bytes, used: at }),
            0..=127 => {
                let end = at.saturating_add(usize::from(length) + 1).min(input.len());
                bytes.extend_from_slice(input.get(at..end).unwrap_or_default());
                at = end;
            }
            _ => {
                let Some(&byte) = input.get(at) else { break };
                at += 1;
                bytes.extend(std::iter::repeat_n(byte, 257 - usize::from(length)));
            }
        }
        if bytes.len() > room {
            return Err(TOO_MUCH);
        }
    }
    Ok(Decoded { bytes, used: at })
}

/// How rows of samples are laid out, for predictors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Bytes of a row.
    pub(crate) row: usize,
    /// Bytes of a pixel, at least one.
    pub(crate) pixel: usize,
    /// Bits of a sample.
    pub(crate) bits: u8,
    /// Samples of a pixel.
    pub(crate) colors: usize,
}

impl Rows {
    /// From the numbers that parameters tell.
    pub(crate) fn new(colors: i64, bits: i64, columns: i64) -> Result<Self, Wrong> {
        let (Ok(colors), Ok(bits), Ok(columns)) = (usize::try_from(colors), u8::try_from(bits), usize::try_from(columns)) else {
            return Err("predictor parameters out of range");
        };
        if !(1..=32).contains(&colors) || ![1, 2, 4, 8, 16].contains(&bits) || !(1..=1 << 26).contains(&columns) {
            return Err("predictor parameters out of range");
        }
        let pixel_bits = colors * usize::from(bits);
        Ok(Self { row: (pixel_bits * columns).div_ceil(8), pixel: pixel_bits.div_ceil(8), bits, colors })
    }
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let p = a + b - c;
    let (pa, pb, pc) = ((p - a).abs(), (p - b).abs(), (p - c).abs());
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        up
    } else {
        corner
    }
}

/// Undoes PNG predictors (10 to 15).
pub(crate) fn unpredict_png(input: &[u8], rows: Rows) -> Result<Vec<u8>, Wrong> {
    let mut out: Vec<u8> = Vec::with_capacity(input.len());
    let mut above = vec![0_u8; rows.row];
    let mut line = vec![0_u8; rows.row];
    for coded in input.chunks(rows.row.saturating_add(1)) {
        let Some((&kind, samples)) = coded.split_first() else { break };
        line.fill(0);
        if let Some(part) = line.get_mut(..samples.len()) {
            part.copy_from_slice(samples);
        }
        undo_row(kind, &mut line, &above, rows.pixel)?;
        out.extend_from_slice(line.get(..samples.len()).unwrap_or_default());
        std::mem::swap(&mut above, &mut line);
    }
    Ok(out)
}

fn undo_row(kind: u8, line: &mut [u8], above: &[u8], pixel: usize) -> Result<(), Wrong> {
    match kind {
        0 => {}
        1 => {
            for at in pixel..line.len() {
                let left = line.get(at - pixel).copied().unwrap_or(0);
                if let Some(slot) = line.get_mut(at) {
                    *slot = slot.wrapping_add(left);
                }
            }
        }
        2 => {
            for (slot, &up) in line.iter_mut().zip(above) {
                *slot = slot.wrapping_add(up);
            }
        }
        3 | 4 => {
            for at in 0..line.len() {
                let (left, corner) = match at.checked_sub(pixel) {
                    Some(before) => (line.get(before).copied().unwrap_or(0), above.get(before).copied().unwrap_or(0)),
                    None => (0, 0),
                };
                let up = above.get(at).copied().unwrap_or(0);
                let guess = if kind == 3 {
                    u8::try_from(u16::midpoint(u16::from(left), u16::from(up))).unwrap_or(0)
                } else {
                    paeth(left, up, corner)
                };
                if let Some(slot) = line.get_mut(at) {
                    *slot = slot.wrapping_add(guess);
                }
            }
        }
        _ => return Err("an unknown PNG predictor"),
    }
    Ok(())
}

/// Undoes the TIFF predictor (2).
pub(crate) fn unpredict_tiff(mut bytes: Vec<u8>, rows: Rows) -> Vec<u8> {
    for line in bytes.chunks_mut(rows.row.max(1)) {
        match rows.bits {
            8 => {
                for at in rows.colors..line.len() {
                    let left = line.get(at - rows.colors).copied().unwrap_or(0);
                    if let Some(slot) = line.get_mut(at) {
                        *slot = slot.wrapping_add(left);
                    }
                }
            }
            16 => {
                let step = rows.colors * 2;
                let mut at = step;
                while at + 1 < line.len() {
                    let read = |line: &[u8], at: usize| {
                        u16::from_be_bytes([line.get(at).copied().unwrap_or(0), line.get(at + 1).copied().unwrap_or(0)])
                    };
                    let sum = read(line, at).wrapping_add(read(line, at - step)).to_be_bytes();
                    if let Some(slots) = line.get_mut(at..at + 2) {
                        slots.copy_from_slice(&sum);
                    }
                    at += 2;
                }
            }
            bits => {
                let bits = usize::from(bits);
                let mask = (1_u8 << bits) - 1;
                let mut left = vec![0_u8; rows.colors];
                let samples = line.len() * 8 / bits;
                for index in 0..samples {
                    let (byte, shift) = (index * bits / 8, 8 - bits - index * bits % 8);
                    if let (Some(slot), Some(before)) = (line.get_mut(byte), left.get_mut(index % rows.colors)) {
                        let value = (*slot >> shift).wrapping_add(*before) & mask;
                        *before = value;
                        *slot = *slot & !(mask << shift) | value << shift;
                    }
                }
            }
        }
    }
    bytes
}

/// Applies PNG predictors, for each row the one with the smallest differences.
pub(crate) fn predict_png(bytes: &[u8], rows: Rows) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / rows.row.max(1) + 1);
    let zero = vec![0_u8; rows.row];
    let mut above: &[u8] = &zero;
    let mut tries: [Vec<u8>; 5] = std::array::from_fn(|_| Vec::with_capacity(rows.row));
    for line in bytes.chunks(rows.row.max(1)) {
        let head = line.get(..rows.pixel.min(line.len())).unwrap_or_default();
        let tail = line.get(rows.pixel..).unwrap_or_default();
        let tail_up = above.get(rows.pixel..).unwrap_or_default();
        for (kind, coded) in tries.iter_mut().enumerate() {
            coded.clear();
            match kind {
                0 => coded.extend_from_slice(line),
                1 => {
                    coded.extend_from_slice(head);
                    coded.extend(tail.iter().zip(line).map(|(&here, &left)| here.wrapping_sub(left)));
                }
                2 => coded.extend(line.iter().zip(above).map(|(&here, &up)| here.wrapping_sub(up))),
                3 => {
                    coded.extend(head.iter().zip(above).map(|(&here, &up)| here.wrapping_sub(up / 2)));
                    coded.extend(tail.iter().zip(line).zip(tail_up).map(|((&here, &left), &up)| {
                        here.wrapping_sub(u8::try_from(u16::midpoint(u16::from(left), u16::from(up))).unwrap_or(0))
                    }));
                }
                _ => {
                    coded.extend(head.iter().zip(above).map(|(&here, &up)| here.wrapping_sub(up)));
                    coded.extend(
                        tail.iter()
                            .zip(line)
                            .zip(tail_up)
                            .zip(above)
                            .map(|(((&here, &left), &up), &corner)| here.wrapping_sub(paeth(left, up, corner))),
                    );
                }
            }
        }
        let cost = |coded: &Vec<u8>| coded.iter().map(|&byte| u64::from(byte.cast_signed().unsigned_abs())).fold(0, u64::saturating_add);
        let (kind, best) = tries.iter().enumerate().min_by_key(|(_, coded)| cost(coded)).unwrap_or((0, &zero));
        out.push(u8::try_from(kind).unwrap_or(0));
        out.extend_from_slice(best);
        above = line;
    }
    out
}

/// Writes `FlateDecode`.
pub(crate) fn to_flate(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    let mut encoder = flate2::read::ZlibEncoder::new(bytes, flate2::Compression::new(LEVEL));
    // Reading from memory into memory does not fail.
    match encoder.read_to_end(&mut out) {
        Ok(_) => out,
        Err(_) => Vec::new(),
    }
}

/// How hard to pack.
const LEVEL: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks() {
        let bytes: Vec<u8> = (0..5_000_u32).map(|value| ((value * value) >> 5) as u8).collect();
        assert_eq!(flate(&to_flate(&bytes), 1 << 20).unwrap().bytes, bytes);
        assert!(flate(&to_flate(&bytes), 100).is_err());
        assert_eq!(ascii_85(&to_ascii_85(&bytes)).unwrap().bytes, bytes);
        assert_eq!(ascii_85(&to_ascii_85(&bytes[..4_998])).unwrap().bytes, &bytes[..4_998]);
        for (colors, bits, columns) in [(3, 8, 33), (1, 1, 77), (4, 16, 9)] {
            let rows = Rows::new(colors, bits, columns).unwrap();
            let whole = &bytes[..bytes.len() / rows.row * rows.row];
            assert_eq!(unpredict_png(&predict_png(whole, rows), rows).unwrap(), whole);
        }
    }

    #[test]
    fn the_example_of_lzw_in_the_standard() {
        let coded = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(lzw(&coded, true, 100).unwrap().bytes, [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
    }

    #[test]
    fn runs_unpack() {
        assert_eq!(run_length(&[2, 1, 2, 3, 254, 9, 128, 7], 100).unwrap().bytes, [1, 2, 3, 9, 9, 9]);
    }
}
