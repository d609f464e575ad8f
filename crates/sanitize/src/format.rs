//! Which rebuilder serves which kind: one format, one file.
//!
//! A rebuilder is `fn(&mut Job, Kind, &[u8]) -> Result<Built, Hold>`. It may take for granted that
//! `detect` found the kind, and nothing more. Whatever it cannot read with certainty is a [`Hold`].

mod archive;
mod base64;
mod card;
mod csv;
mod encrypted;
pub(crate) mod html;
mod ics;
pub(crate) mod image;
mod json;
pub(crate) mod mail;
mod mht;
mod odf;
mod ooxml;
pub(crate) mod pdf;
mod text;
mod vcf;
mod xml_file;

use crate::{
    Hold, Kind, Reason,
    job::{Built, Job},
};

/// Rebuilds a file of a kind.
pub(crate) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    if crate::cfb::is(bytes) && encrypted::may_hide(kind) {
        return encrypted::rebuild(job, bytes);
    }
    match kind {
        Kind::Html => html::rebuild(job, bytes),
        Kind::Mht => mht::rebuild(job, bytes),
        Kind::Ics => ics::rebuild(job, bytes),
        Kind::Vcf => vcf::rebuild(job, bytes),
        Kind::Png
        | Kind::Jpeg
        | Kind::Gif
        | Kind::WebP
        | Kind::Bmp
        | Kind::Tiff
        | Kind::Ico
        | Kind::Cur
        | Kind::Svg
        | Kind::Emf
        | Kind::Wmf => image::rebuild(job, kind, bytes),
        Kind::Zip | Kind::Lzh | Kind::SevenZip | Kind::Tar | Kind::Gzip | Kind::Bzip2 | Kind::Xz | Kind::Zstd | Kind::Cab => {
            archive::rebuild(job, kind, bytes)
        }
        Kind::Eml => mail::rebuild(job, bytes),
        Kind::Tnef => mail::rebuild_tnef(job, bytes),
        Kind::Docx
        | Kind::Docm
        | Kind::Dotx
        | Kind::Dotm
        | Kind::Xlsx
        | Kind::Xlsm
        | Kind::Xltx
        | Kind::Xltm
        | Kind::Pptx
        | Kind::Pptm
        | Kind::Potx
        | Kind::Potm
        | Kind::Ppsx
        | Kind::Ppsm => ooxml::rebuild(job, kind, bytes),
        Kind::Pdf => pdf::rebuild(job, bytes),
        Kind::Odt
        | Kind::Ods
        | Kind::Odp
        | Kind::Odg
        | Kind::Ott
        | Kind::Ots
        | Kind::Otp
        | Kind::Otg
        | Kind::Fodt
        | Kind::Fods
        | Kind::Fodp
        | Kind::Fodg => odf::rebuild(job, kind, bytes),
        Kind::Text => text::rebuild(job, kind, bytes),
        Kind::Csv | Kind::Tsv => csv::rebuild(job, kind, bytes),
        Kind::Json => json::rebuild(job, bytes),
        Kind::Xml => xml_file::rebuild(job, bytes),
        // Each rebuilder adds its line here.
        _ => Err(Hold::new(Reason::UnsupportedKind, kind.id())),
    }
}

/// Kinds whose strict reading may prove that nothing need be changed.
pub(crate) const fn verifiable(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Csv | Kind::Tsv | Kind::Xml | Kind::Json)
}
