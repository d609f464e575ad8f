//! Icons and cursors: several bitmaps or PNG pictures of one thing.

use super::dib::{self, Dib};
use crate::{
    Danger, Hold, Kind, Reason,
    cursor::Cursor,
    job::{Built, Job},
};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("icon: {what}"))
}

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    let early = || broken("ends too early");
    let mut cursor = Cursor::new(bytes);
    let [zero, number, count] = [cursor.u16_le(), cursor.u16_le(), cursor.u16_le()].map(Option::unwrap_or_default);
    if zero != 0 || number != if kind == Kind::Cur { 2 } else { 1 } || count == 0 {
        return Err(broken("the header"));
    }
    if count > 256 {
        return Err(Hold::new(Reason::TooMany, format!("icon: {count} pictures")));
    }
    let mut head = Vec::new();
    head.extend(zero.to_le_bytes());
    head.extend(number.to_le_bytes());
    head.extend(count.to_le_bytes());
    let mut body = Vec::new();
    let from = 6 + 16 * usize::from(count);
    let (mut told, mut end) = (from, from);
    for number in 1..=count {
        let [width, height, ..] = cursor.array::<4>().ok_or_else(early)?;
        // Planes and bits of icons, the hot spot of cursors.
        let spot = [cursor.u16_le().ok_or_else(early)?, cursor.u16_le().ok_or_else(early)?];
        let size = cursor.u32_le().ok_or_else(early)? as usize;
        let at = cursor.u32_le().ok_or_else(early)? as usize;
        let content = at.checked_add(size).and_then(|end| bytes.get(at..end)).ok_or_else(early)?;
        let place = format!("{number}枚目");
        let (made, colours, bits) = if content.starts_with(b"\x89PNG") {
            (job.part(&place, content, &[Kind::Png])?.bytes, 0, 32)
        } else {
            // Some writers count too few bytes; the bitmap tells how many it has.
            picture(job, &place, content).or_else(|_| picture(job, &place, bytes.get(at..).unwrap_or_default()))?
        };
        told += size;
        end = end.max(at + size);
        head.extend([width, height, colours, 0]);
        let spot = if kind == Kind::Cur { spot } else { [1, bits] };
        head.extend(spot.iter().flat_map(|number| number.to_le_bytes()));
        head.extend((made.len() as u32).to_le_bytes());
        head.extend(((from + body.len()) as u32).to_le_bytes());
        body.extend(made);
    }
    job.removed(Danger::Slack, "画像の間と後ろ", u64::from(told < bytes.len() || end < bytes.len()));
    head.extend(body);
    Ok(Built::new(kind, head))
}

/// A bitmap whose lower half says which pixels are seen; also its colours and bits.
fn picture(job: &mut Job<'_>, place: &str, content: &[u8]) -> Result<(Vec<u8>, u8, u16), Hold> {
    let (mut bitmap, length) = Dib::read(content, content.len(), false)?;
    bitmap.halve();
    if bitmap.lines() == 0 {
        return Err(broken("no lines"));
    }
    let rest = content.get(length..).unwrap_or_default();
    let (mut pixels, taken) = bitmap.pixels(job, rest)?;
    let rest = rest.get(taken..).unwrap_or_default();
    // With alpha the mask is not needed, and some writers leave it out.
    let (width, lines) = (u64::from(bitmap.width), u64::from(bitmap.lines()));
    let (mask, taken) = if rest.is_empty() && bitmap.bits() == 32 {
        let stride = width.div_ceil(32) * 4;
        (vec![0; usize::try_from(stride * lines).unwrap_or(0)], 0)
    } else {
        dib::lines(rest, width, lines)?
    };
    job.removed(Danger::Slack, place, u64::from(taken < rest.len()));
    pixels.extend(mask);
    bitmap.double();
    let mut made = Vec::new();
    bitmap.write(&mut made, pixels.len());
    made.extend(pixels);
    Ok((made, u8::try_from(bitmap.colours()).unwrap_or(0), bitmap.bits()))
}
