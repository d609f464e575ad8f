//! Packing and unpacking of pixels, which know their size beforehand.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Unpacks up to so many bytes of a zlib stream in several pieces.
///
/// Gives what was there and whether the stream went on beyond, or bytes lay behind it; none if it is broken
/// before anything came out.
pub(crate) fn unpack<'a>(pieces: impl Iterator<Item = &'a [u8]>, wanted: usize) -> Option<(Vec<u8>, bool)> {
    let mut inflate = Decompress::new(true);
    let mut out = Vec::new();
    let (mut ended, mut more) = (false, false);
    let mut window = vec![0_u8; 64 << 10];
    for mut piece in pieces {
        while !piece.is_empty() {
            if ended {
                more = true;
                break;
            }
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(piece, &mut window, FlushDecompress::None).ok();
            let read = usize::try_from(inflate.total_in() - read).ok()?;
            let written = usize::try_from(inflate.total_out() - written).ok()?;
            let room = wanted - out.len();
            out.extend(window.get(..written.min(room))?);
            more |= written > room;
            piece = piece.get(read..)?;
            ended = match status {
                Some(Status::StreamEnd) => true,
                // A wrong checksum behind all pixels does not matter: ours is new.
                None if out.len() == wanted => true,
                None => return None,
                Some(_) => {
                    if more {
                        return Some((out, true));
                    }
                    if read == 0 && written == 0 {
                        return Some((out, true));
                    }
                    false
                }
            };
        }
    }
    // What is still held back, now that nothing follows.
    while !ended && out.len() < wanted {
        let before = inflate.total_out();
        let status = inflate.decompress(&[], &mut window, FlushDecompress::Sync).ok()?;
        let written = usize::try_from(inflate.total_out() - before).ok()?;
        out.extend(window.get(..written.min(wanted - out.len()))?);
        ended = status == Status::StreamEnd || written == 0;
    }
    Some((out, more))
}

/// Packs bytes as a zlib stream.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::new(6), true);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 1024);
    loop {
        let at = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        let rest = bytes.get(at..).unwrap_or_default();
        out.reserve(32 << 10);
        match deflate.compress_vec(rest, &mut out, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => {}
            Ok(Status::StreamEnd) | Err(_) => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_what_it_packed_and_no_more() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        let packed = pack(&bytes);
        assert_eq!(unpack(packed.chunks(1000), bytes.len()), Some((bytes.clone(), false)));
        assert_eq!(unpack([&packed[..], b"more"].into_iter(), bytes.len()), Some((bytes.clone(), true)));
        assert_eq!(unpack([&packed[..]].into_iter(), 10), Some((bytes[..10].to_vec(), true)));
        let (some, _) = unpack([&packed[..packed.len() / 2]].into_iter(), bytes.len()).unwrap();
        assert!(some.len() < bytes.len() && bytes.starts_with(&some), "{} of {}", some.len(), packed.len());
        assert_eq!(unpack([&b"nonsense"[..]].into_iter(), 10), None);
    }
}
