//! Embedded font programs: read and written again by what reads fonts, with the lengths that PDF asks for.

use super::{
    model::Model,
    object::{Dict, Obj},
    schema::T,
};
use crate::{
    Hold,
    font::{self, FontKind},
    job::Job,
};

/// A program and the lengths that its dictionary tells.
pub(crate) struct Program {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// `Length1` and so on.
    pub(crate) lengths: Vec<(&'static [u8], i64)>,
}

/// Reads a program and writes it.
pub(crate) fn rebuild(model: &mut Model<'_, '_>, job: &mut Job<'_>, ty: T, dict: &Dict, bytes: &[u8]) -> Result<Program, Hold> {
    let kind = match (ty, model.look(job, dict, b"Subtype")?) {
        (T::FontFile3, Obj::Name(name)) if name.as_slice() == b"OpenType" => FontKind::OpenType,
        (T::FontFile3, _) => FontKind::Cff,
        (T::FontFile2, _) => FontKind::TrueType,
        _ => FontKind::Type1,
    };
    let kind = font::sniff(bytes).unwrap_or(kind);
    let bytes = font::rebuild(bytes, kind)?;
    let length = |value: usize| i64::try_from(value).unwrap_or(0);
    let lengths = match kind {
        FontKind::Type1 => {
            let (clear, secret, zeros) = font::type1_lengths(&bytes);
            vec![(b"Length1".as_slice(), length(clear)), (b"Length2".as_slice(), length(secret)), (b"Length3".as_slice(), length(zeros))]
        }
        FontKind::TrueType if ty != T::FontFile3 => vec![(b"Length1".as_slice(), length(bytes.len()))],
        _ => Vec::new(),
    };
    Ok(Program { bytes, lengths })
}
