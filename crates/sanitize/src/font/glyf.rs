//! Outlines of TrueType: each glyph read to its end and written again; what lies between is dropped.

use crate::cursor::Cursor;

/// Outlines and the places where they begin, in long form.
pub(super) fn rebuild(glyf: &[u8], loca: &[u8], long: bool, glyphs: u16) -> (Vec<u8>, Vec<u8>) {
    let mut cursor = Cursor::new(loca);
    let mut next = || if long { cursor.u32_be() } else { cursor.u16_be().map(|half| u32::from(half) * 2) };
    let mut out = Vec::with_capacity(glyf.len());
    let mut places = Vec::with_capacity(usize::from(glyphs) * 4 + 4);
    let mut from = next();
    for _ in 0..glyphs {
        places.extend((out.len() as u32).to_be_bytes());
        let to = next();
        if let (Some(from), Some(to)) = (from, to)
            && from < to
            && let Some(glyph) = glyf.get(from as usize..(to as usize).min(glyf.len()))
        {
            let before = out.len();
            if glyph_into(&mut out, glyph, glyphs).is_none() {
                out.truncate(before);
            }
            out.resize(out.len().next_multiple_of(4), 0);
        }
        from = to;
    }
    places.extend((out.len() as u32).to_be_bytes());
    (out, places)
}

/// Reads a glyph and writes it.
fn glyph_into(out: &mut Vec<u8>, glyph: &[u8], glyphs: u16) -> Option<()> {
    let mut cursor = Cursor::new(glyph);
    let contours = cursor.i16_be()?;
    out.extend(contours.to_be_bytes());
    for _ in 0..4 {
        out.extend(cursor.i16_be()?.to_be_bytes());
    }
    match u16::try_from(contours) {
        Ok(contours) => simple(out, &mut cursor, contours),
        Err(_) => composite(out, &mut cursor, glyphs),
    }
}

fn simple(out: &mut Vec<u8>, cursor: &mut Cursor<'_>, contours: u16) -> Option<()> {
    let mut points = 0;
    for _ in 0..contours {
        let end = cursor.u16_be()?;
        out.extend(end.to_be_bytes());
        points = usize::from(end) + 1;
    }
    // A glyph without contours may lack everything else.
    let Some(length) = cursor.u16_be() else {
        out.extend([0, 0]);
        return (contours == 0).then_some(());
    };
    let program = cursor.take(usize::from(length))?;
    put_program(out, program);
    let (mut flags, mut across, mut down) = (0_usize, 0_usize, 0_usize);
    while flags < points {
        let flag = cursor.u8()?;
        let mut times = 1;
        out.push(flag & 0x7f);
        if flag & 8 != 0 {
            let again = cursor.u8()?;
            out.push(again);
            times += usize::from(again);
        }
        let times = times.min(points - flags);
        flags += times;
        // One byte, two, or the same as before.
        let size = |short: u8, same: u8| match (flag & short != 0, flag & same != 0) {
            (true, _) => 1,
            (false, false) => 2,
            (false, true) => 0,
        };
        across += times * size(2, 16);
        down += times * size(4, 32);
    }
    out.extend(cursor.take(across)?);
    out.extend(cursor.take(down)?);
    Some(())
}

fn composite(out: &mut Vec<u8>, cursor: &mut Cursor<'_>, glyphs: u16) -> Option<()> {
    let mut program = false;
    loop {
        let (flags, glyph) = (cursor.u16_be()?, cursor.u16_be()?);
        if glyph >= glyphs {
            return None;
        }
        program |= flags & 0x100 != 0;
        out.extend(flags.to_be_bytes());
        out.extend(glyph.to_be_bytes());
        let arguments = if flags & 1 != 0 { 4 } else { 2 };
        let transform = match flags & 0xc8 {
            0x08 => 2,
            0x40 => 4,
            0x80 => 8,
            0 => 0,
            _ => return None,
        };
        out.extend(cursor.take(arguments + transform)?);
        if flags & 0x20 == 0 {
            break;
        }
    }
    if program && let Some(length) = cursor.u16_be() {
        put_program(out, cursor.take(usize::from(length)).unwrap_or_default());
    } else if program {
        out.extend([0, 0]);
    }
    Some(())
}

fn put_program(out: &mut Vec<u8>, program: &[u8]) {
    let program = if well_formed(program) { program } else { &[] };
    out.extend((program.len() as u16).to_be_bytes());
    out.extend(program);
}

/// Whether every instruction is known and no data runs over the end.
pub(super) fn well_formed(program: &[u8]) -> bool {
    let mut cursor = Cursor::new(program);
    while let Some(instruction) = cursor.u8() {
        let data = match instruction {
            0x40 => cursor.u8().map(usize::from),
            0x41 => cursor.u8().map(|count| usize::from(count) * 2),
            0xb0..=0xb7 => Some(usize::from(instruction - 0xb0) + 1),
            0xb8..=0xbf => Some((usize::from(instruction - 0xb8) + 1) * 2),
            0x28 | 0x7b | 0x83 | 0x84 | 0x8f | 0x90 | 0x92..=0xaf => None,
            _ => Some(0),
        };
        if data.and_then(|data| cursor.take(data)).is_none() {
            return false;
        }
    }
    true
}
