//! The one thing of Exif that a picture needs: which side is up.

use crate::cursor::Cursor;

/// Which side is up, 1–8, told by Exif data beginning with its byte order.
pub(crate) fn orientation(tiff: &[u8]) -> Option<u8> {
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let u16 = |cursor: &mut Cursor<'_>| if big { cursor.u16_be() } else { cursor.u16_le() };
    let u32 = |cursor: &mut Cursor<'_>| if big { cursor.u32_be() } else { cursor.u32_le() };
    let first = u32(&mut Cursor::starting_at(tiff, 4)?)?;
    let mut cursor = Cursor::starting_at(tiff, usize::try_from(first).ok()?)?;
    for _ in 0..u16(&mut cursor)? {
        let (tag, kind, count) = (u16(&mut cursor)?, u16(&mut cursor)?, u32(&mut cursor)?);
        let value = u16(&mut cursor)?;
        cursor.take(2)?;
        if tag == 0x0112 {
            return (kind == 3 && count == 1).then_some(value).filter(|value| (1..=8).contains(value)).map(|value| value as u8);
        }
    }
    None
}

/// Exif data that tells that, and nothing else.
pub(crate) fn fresh(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    tiff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_survives_alone() {
        for side in 1..=8 {
            assert_eq!(orientation(&fresh(side)), Some(side));
        }
        assert_eq!(orientation(&fresh(9)), None);
        assert_eq!(orientation(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"), Some(6));
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), None);
    }
}
