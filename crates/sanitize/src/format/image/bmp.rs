//! BMP: one bitmap behind a header that says where its pixels are.

use super::dib::Dib;
use crate::{
    Danger, Hold, Kind,
    cursor::Cursor,
    job::{Built, Job},
};

/// Rebuilds a file.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let broken = |what: &str| Hold::damaged(format!("BMP: {what}"));
    let early = || broken("ends too early");
    let mut cursor = Cursor::new(bytes);
    if cursor.take(2) != Some(b"BM") {
        return Err(broken("no signature"));
    }
    let (_size, reserved) = (cursor.u32_le().ok_or_else(early)?, cursor.u32_le().ok_or_else(early)?);
    let at = usize::try_from(cursor.u32_le().ok_or_else(early)?).map_err(|_| early())?;
    let (dib, length) = Dib::read(cursor.rest(), at.checked_sub(14).ok_or_else(|| broken("pixels within the header"))?, false)?;
    let (pixels, taken) = dib.pixels(job, bytes.get(at..).ok_or_else(early)?)?;
    job.removed(Danger::Slack, "予約欄", u64::from(reserved != 0));
    job.removed(Danger::Slack, "画素の前", u64::from(14 + length < at));
    job.removed(Danger::Slack, "画素の後ろ", u64::from(at + taken < bytes.len()));
    let mut head = Vec::new();
    dib.write(&mut head, pixels.len());
    let mut out = b"BM".to_vec();
    out.extend(((14 + head.len() + pixels.len()) as u32).to_le_bytes());
    out.extend([0; 4]);
    out.extend(((14 + head.len()) as u32).to_le_bytes());
    out.extend(head);
    out.extend(pixels);
    Ok(Built::new(Kind::Bmp, out))
}
