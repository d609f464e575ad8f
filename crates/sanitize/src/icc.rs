//! Colour profiles of pictures.

use crate::format::pdf::icc;

/// Profiles are not larger than this.
pub(crate) const MOST: usize = 4 << 20;

/// A profile written from what was read; none if it cannot be read with certainty.
pub(crate) fn rebuild(profile: &[u8]) -> Option<Vec<u8>> {
    let components = match profile.get(16..20)? {
        b"GRAY" => 1,
        b"CMYK" => 4,
        _ => 3,
    };
    icc::rebuild(profile, components).filter(|made| made.len() <= MOST)
}
