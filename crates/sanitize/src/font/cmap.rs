//! Which character is which glyph: tables read into pairs and written from them.

use std::collections::BTreeMap;

use crate::cursor::Cursor;

/// Tables of more pairs than this are not kept.
const MOST: usize = 200_000;

/// The table with all parts that could be read; none if there are none.
pub(super) fn rebuild(table: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::starting_at(table, 2)?;
    let mut parts: Vec<(u16, u16, Vec<u8>)> = Vec::new();
    for _ in 0..cursor.u16_be()?.min(64) {
        let (platform, encoding, at) = (cursor.u16_be()?, cursor.u16_be()?, cursor.u32_be()?);
        if let Some(part) = table.get(at as usize..).and_then(part) {
            parts.push((platform, encoding, part));
        }
    }
    parts.sort_by_key(|part| (part.0, part.1));
    parts.dedup_by_key(|part| (part.0, part.1));
    if parts.is_empty() {
        return None;
    }
    let mut out = vec![0, 0];
    out.extend((parts.len() as u16).to_be_bytes());
    let from = 4 + 8 * parts.len();
    let mut body: Vec<u8> = Vec::new();
    let mut seen: Vec<(usize, &[u8])> = Vec::new();
    for (platform, encoding, part) in &parts {
        let at = match seen.iter().find(|(_, other)| other == part) {
            Some(&(at, _)) => at,
            None => {
                let at = from + body.len();
                seen.push((at, part));
                body.extend(part);
                at
            }
        };
        out.extend(platform.to_be_bytes());
        out.extend(encoding.to_be_bytes());
        out.extend((at as u32).to_be_bytes());
    }
    out.extend(body);
    Some(out)
}

fn part(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(bytes);
    match cursor.u16_be()? {
        0 => {
            cursor.take(4)?;
            let mut glyphs = [0_u8; 256];
            for (slot, &glyph) in glyphs.iter_mut().zip(cursor.rest()) {
                *slot = glyph;
            }
            let mut out = vec![0, 0, 1, 6, 0, 0];
            out.extend(glyphs);
            Some(out)
        }
        4 => {
            let pairs = segments(bytes)?;
            write_segments(&pairs, true).or_else(|| write_segments(&pairs, false))
        }
        6 => {
            cursor.take(4)?;
            let (first, count) = (cursor.u16_be()?, cursor.u16_be()?);
            let mut glyphs = Vec::new();
            for _ in 0..count {
                let Some(glyph) = cursor.u16_be() else { break };
                glyphs.extend(glyph.to_be_bytes());
            }
            let mut out = vec![0, 6];
            out.extend(u16::try_from(glyphs.len() + 10).ok()?.to_be_bytes());
            out.extend([0, 0]);
            out.extend(first.to_be_bytes());
            out.extend((glyphs.len() as u16 / 2).to_be_bytes());
            out.extend(glyphs);
            Some(out)
        }
        format @ (12 | 13) => {
            cursor.take(10)?;
            let mut groups = Vec::new();
            let count = cursor.u32_be()?;
            for _ in 0..count {
                let Some(group) = cursor.array::<12>() else { break };
                groups.extend(group);
                if groups.len() > MOST * 12 {
                    return None;
                }
            }
            let mut out = format.to_be_bytes().to_vec();
            out.extend([0, 0]);
            out.extend((groups.len() as u32 + 16).to_be_bytes());
            out.extend([0; 4]);
            out.extend((groups.len() as u32 / 12).to_be_bytes());
            out.extend(groups);
            Some(out)
        }
        _ => None,
    }
}

/// Pairs of a table in segments.
fn segments(bytes: &[u8]) -> Option<BTreeMap<u16, u16>> {
    let mut cursor = Cursor::starting_at(bytes, 6)?;
    let count = usize::from(cursor.u16_be()? / 2);
    let word = |at: usize| Cursor::starting_at(bytes, at)?.u16_be();
    let mut pairs = BTreeMap::new();
    let mut seen = 0_usize;
    for segment in 0..count {
        let end = word(14 + segment * 2)?;
        let start = word(16 + (count + segment) * 2)?;
        let delta = word(16 + (2 * count + segment) * 2)?;
        let at = 16 + (3 * count + segment) * 2;
        let Some(range) = word(at) else { break };
        if start > end {
            continue;
        }
        seen += usize::from(end - start) + 1;
        if seen > MOST {
            return None;
        }
        for code in start..=end {
            let glyph = if range == 0 || range == 0xffff {
                code.wrapping_add(delta)
            } else {
                match word(at + usize::from(range) + usize::from(code - start) * 2) {
                    Some(0) | None => 0,
                    Some(glyph) => glyph.wrapping_add(delta),
                }
            };
            if glyph != 0 && code != 0xffff {
                pairs.entry(code).or_insert(glyph);
            }
        }
    }
    Some(pairs)
}

/// Pairs as segments: runs of codes whose glyphs run along, and others with their glyphs listed.
///
/// None if there are too many: lists reach only so far, which is why they can be left out.
fn write_segments(pairs: &BTreeMap<u16, u16>, lists: bool) -> Option<Vec<u8>> {
    // Each: first and last code, delta, glyphs listed.
    let mut segments: Vec<(u16, u16, u16, Vec<u16>)> = Vec::new();
    let mut runs: Vec<(u16, Vec<u16>)> = Vec::new();
    for (&code, &glyph) in pairs {
        match runs.last_mut() {
            Some((first, glyphs)) if usize::from(code - *first) == glyphs.len() => glyphs.push(glyph),
            _ => runs.push((code, vec![glyph])),
        }
    }
    for (first, glyphs) in runs {
        let mut at = 0_usize;
        while at < glyphs.len() {
            let rest = glyphs.get(at..).unwrap_or_default();
            let along = along(rest);
            let start = first.saturating_add(at as u16);
            // Listing costs two bytes a glyph, a segment eight; long runs stand alone.
            let length = if !lists || along >= 4 || along == rest.len() {
                let delta = rest.first().copied().unwrap_or(0).wrapping_sub(start);
                segments.push((start, start.saturating_add(along as u16 - 1), delta, Vec::new()));
                along
            } else {
                let mut length = along;
                while length < rest.len() && {
                    let next = self::along(rest.get(length..).unwrap_or_default());
                    next < 4
                } {
                    length += 1;
                }
                let listed = rest.get(..length).unwrap_or_default().to_vec();
                segments.push((start, start.saturating_add(length as u16 - 1), 0, listed));
                length
            };
            at += length.max(1);
        }
    }
    segments.push((0xffff, 0xffff, 1, Vec::new()));
    let count = u16::try_from(segments.len()).ok().filter(|&count| count < 0x7fff)?;
    let listed: usize = segments.iter().map(|segment| segment.3.len()).sum();
    // Too long for 16 bits: readers go by the count then.
    let length = 16 + segments.len() * 8 + listed * 2;
    let most = count.ilog2();
    let mut out = vec![0, 4];
    out.extend(u16::try_from(length).unwrap_or(0xffff).to_be_bytes());
    out.extend([0, 0]);
    for number in [count * 2, 2 << most, most as u16, (count * 2).wrapping_sub(2 << most)] {
        out.extend(number.to_be_bytes());
    }
    out.extend(segments.iter().flat_map(|segment| segment.1.to_be_bytes()));
    out.extend([0, 0]);
    out.extend(segments.iter().flat_map(|segment| segment.0.to_be_bytes()));
    out.extend(segments.iter().flat_map(|segment| segment.2.to_be_bytes()));
    let mut before = 0_usize;
    for (number, segment) in segments.iter().enumerate() {
        let range = if segment.3.is_empty() { 0 } else { (segments.len() - number + before) * 2 };
        out.extend(u16::try_from(range).ok()?.to_be_bytes());
        before += segment.3.len();
    }
    out.extend(segments.iter().flat_map(|segment| &segment.3).flat_map(|glyph| glyph.to_be_bytes()));
    Some(out)
}

/// How many glyphs from here run along with their codes.
fn along(glyphs: &[u16]) -> usize {
    let Some(&first) = glyphs.first() else { return 0 };
    glyphs.iter().zip(0_u16..).take_while(|&(&glyph, number)| glyph == first.wrapping_add(number)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_keep_every_pair() {
        let mut pairs = BTreeMap::new();
        for code in 0..3_000_u16 {
            if code % 7 != 3 {
                pairs.insert(code * 3 / 2 + 32, if code < 1_000 { code + 5 } else { code.wrapping_mul(977) | 1 });
            }
        }
        let made = write_segments(&pairs, true).unwrap();
        assert_eq!(segments(&made).as_ref(), Some(&pairs));
        assert_eq!(part(&made), Some(made));
        assert_eq!(segments(&write_segments(&pairs, false).unwrap()), Some(pairs));
    }
}
