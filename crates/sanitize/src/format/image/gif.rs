//! GIF: frames unpacked to colour numbers and packed again; of extensions only timing and repetition.

use super::lzw;
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    job::{Built, Job},
};

/// Timing and transparency of the next frame.
#[derive(Clone, Copy)]
struct Control {
    flags: u8,
    delay: u16,
    transparent: u8,
}

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("GIF: {what}"))
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut cursor = Cursor::new(bytes);
    let early = || broken("ends too early");
    if !matches!(cursor.take(6), Some(b"GIF87a" | b"GIF89a")) {
        return Err(broken("no signature"));
    }
    let (width, height) = (cursor.u16_le().ok_or_else(early)?, cursor.u16_le().ok_or_else(early)?);
    let [flags, background, aspect] = cursor.array().ok_or_else(early)?;
    let mut out = b"GIF89a".to_vec();
    out.extend(width.to_le_bytes());
    out.extend(height.to_le_bytes());
    out.extend([flags, background, aspect]);
    out.extend(palette(&mut cursor, flags).ok_or_else(early)?);
    job.pixels(u64::from(width), u64::from(height))?;

    let mut control: Option<Control> = None;
    let (mut frames, mut repeats) = (0_u32, false);
    loop {
        match cursor.u8() {
            Some(0x2c) => {
                frames += 1;
                if frames > job.policy.limits.frames {
                    return Err(Hold::new(Reason::TooMany, "GIF: frames"));
                }
                if let Some(control) = control.take() {
                    out.extend([0x21, 0xf9, 4, control.flags & 0x1f]);
                    out.extend(control.delay.to_le_bytes());
                    out.extend([control.transparent, 0]);
                }
                frame(job, &mut cursor, &mut out)?;
            }
            Some(0x21) => {
                let label = cursor.u8().ok_or_else(early)?;
                let blocks = blocks(&mut cursor).ok_or_else(early)?;
                match (label, blocks.as_slice()) {
                    (0xf9, [block]) if block.len() == 4 && control.is_none() => control = read_control(block),
                    (0xff, [b"NETSCAPE2.0" | b"ANIMEXTS1.0", block])
                        if block.len() == 3 && block.first() == Some(&1) && !repeats && frames == 0 =>
                    {
                        repeats = true;
                        out.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01");
                        out.extend(block.get(1..3).unwrap_or(&[0, 0]));
                        out.push(0);
                    }
                    (0xfe, _) => job.removed(Danger::Metadata, "コメント", 1),
                    (0xff, _) => job.removed(Danger::Metadata, "アプリケーション情報", 1),
                    _ => {
                        // The control block belonged to what is dropped.
                        control = None;
                        job.removed(Danger::Unknown, "拡張ブロック", 1);
                    }
                }
            }
            Some(0x3b) => break,
            // Stray zeros between blocks are common; a missing end is too.
            Some(0) => job.removed(Danger::Slack, "ブロックの間", 1),
            None if frames > 0 => break,
            Some(_) if frames > 0 => {
                job.removed(Danger::Slack, "画像の後ろ", 1);
                cursor = Cursor::new(&[]);
                break;
            }
            _ => return Err(broken("an unknown block")),
        }
    }
    if frames == 0 {
        return Err(broken("no picture"));
    }
    job.removed(Danger::Slack, "画像の後ろ", u64::from(!cursor.rest().is_empty()));
    out.push(0x3b);
    Ok(Built::new(Kind::Gif, out))
}

/// The palette that such flags announce; empty if none.
fn palette<'a>(cursor: &mut Cursor<'a>, flags: u8) -> Option<&'a [u8]> {
    cursor.take(if flags & 0x80 == 0 { 0 } else { 3 << (1 + (flags & 7)) })
}

/// Blocks up to the empty one.
fn blocks<'a>(cursor: &mut Cursor<'a>) -> Option<Vec<&'a [u8]>> {
    let mut blocks = Vec::new();
    loop {
        let length = cursor.u8()?;
        if length == 0 {
            return Some(blocks);
        }
        blocks.push(cursor.take(usize::from(length))?);
    }
}

fn read_control(block: &[u8]) -> Option<Control> {
    let mut cursor = Cursor::new(block);
    Some(Control { flags: cursor.u8()?, delay: cursor.u16_le()?, transparent: cursor.u8()? })
}

fn frame(job: &mut Job<'_>, cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), Hold> {
    let early = || broken("a frame ends too early");
    let mut place = [0_u16; 4];
    for number in &mut place {
        *number = cursor.u16_le().ok_or_else(early)?;
    }
    let flags = cursor.u8().ok_or_else(early)?;
    let [_, _, width, height] = place;
    job.pixels(u64::from(width), u64::from(height))?;
    let palette = palette(cursor, flags).ok_or_else(early)?;
    let bits = cursor.u8().ok_or_else(early)?;
    if !(1..=8).contains(&bits) {
        return Err(broken("a frame's code size"));
    }
    let mut packed = Vec::new();
    let whole = loop {
        match cursor.u8() {
            Some(0) => break true,
            Some(length) => match cursor.take(usize::from(length)) {
                Some(block) => packed.extend(block),
                None => {
                    packed.extend(cursor.rest());
                    break false;
                }
            },
            None => break false,
        }
    };
    let size = usize::from(width) * usize::from(height);
    job.expand(size as u64, size as u64)?;
    let (pixels, more) = lzw::gif(&packed, bits, size);
    if pixels.len() < size {
        return Err(broken("pixels are missing"));
    }
    if !whole {
        *cursor = Cursor::new(&[]);
    }
    job.removed(Danger::Slack, "画素の後ろ", u64::from(more));
    out.push(0x2c);
    for number in place {
        out.extend(number.to_le_bytes());
    }
    out.push(flags & 0xe7);
    out.extend(palette);
    out.push(bits.max(2));
    for block in lzw::pack_gif(&pixels, bits.max(2)).chunks(255) {
        out.push(block.len() as u8);
        out.extend(block);
    }
    out.push(0);
    Ok(())
}
