//! Fonts within documents: TrueType and OpenType, bare CFF, Type 1; parsed and written again.
//!
//! Outlines, metrics and mappings stay; names, licences, private tables and what nothing refers to go.
//! Hinting programs stay where they are well-formed, because some fonts are drawn by them.
//! Subsets as they are found in PDF files are welcome: most tables may be missing.

mod cff;
mod charstring;
mod cmap;
mod glyf;
mod sfnt;
mod type1;

use crate::Hold;

/// What kind of font program something is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FontKind {
    /// TrueType: `FontFile2` of PDF.
    TrueType,
    /// OpenType with CFF or TrueType outlines: `FontFile3` of PDF, subtype `OpenType`.
    OpenType,
    /// CFF without tables around it: `FontFile3`, subtypes `Type1C` and `CIDFontType0C`.
    Cff,
    /// Type 1: `FontFile`.
    Type1,
}

/// A font program written from what was read.
///
/// Readers go by the bytes, not by what a document says; so does this. `kind` counts where bytes tell nothing.
pub(crate) fn rebuild(bytes: &[u8], kind: FontKind) -> Result<Vec<u8>, Hold> {
    match sniff(bytes).unwrap_or(kind) {
        FontKind::TrueType | FontKind::OpenType => sfnt::rebuild(bytes),
        FontKind::Cff => cff::rebuild(bytes),
        FontKind::Type1 => type1::rebuild(bytes),
    }
}

/// What the bytes tell.
pub(crate) fn sniff(bytes: &[u8]) -> Option<FontKind> {
    match bytes.get(..4)? {
        [0, 1, 0, 0] | b"true" => Some(FontKind::TrueType),
        b"OTTO" => Some(FontKind::OpenType),
        [b'%', b'!', ..] | [0x80, 1, ..] => Some(FontKind::Type1),
        [1, 0..=9, 4..=16, 1..=4] => Some(FontKind::Cff),
        _ => None,
    }
}

/// `Length1`, `Length2` and `Length3` of a Type 1 program that [`rebuild`] made: clear, encrypted, zeros.
pub(crate) fn type1_lengths(made: &[u8]) -> (usize, usize, usize) {
    type1::lengths(made)
}
