//! Pictures: one format, one file.

mod bmp;
mod dib;
mod emf;
mod exif;
mod fax;
mod gif;
mod ico;
pub(crate) mod jpeg;
mod lzw;
mod png;
mod svg;
mod tiff;
mod webp;
mod wmf;
pub(crate) mod zlib;

use crate::{
    Hold, Kind, Reason,
    job::{Built, Job},
};

/// Pictures made of pixels, which may stand in documents, mails and pages.
pub(crate) const PICTURES: &[Kind] = &[Kind::Png, Kind::Jpeg, Kind::Gif, Kind::WebP, Kind::Bmp, Kind::Tiff];

/// Rebuilds a picture.
pub(crate) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    match kind {
        Kind::Jpeg => jpeg::rebuild(job, bytes),
        Kind::Png => png::rebuild(job, bytes),
        Kind::Gif => gif::rebuild(job, bytes),
        Kind::Emf => emf::rebuild(job, bytes),
        Kind::Wmf => wmf::rebuild(job, bytes),
        Kind::Tiff => tiff::rebuild(job, bytes),
        Kind::WebP => webp::rebuild(job, bytes),
        Kind::Svg => svg::rebuild(job, bytes),
        Kind::Bmp => bmp::rebuild(job, bytes),
        Kind::Ico | Kind::Cur => ico::rebuild(job, kind, bytes),
        _ => Err(Hold::new(Reason::UnsupportedKind, kind.id())),
    }
}
