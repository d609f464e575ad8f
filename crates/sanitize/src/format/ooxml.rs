//! Word, Excel and PowerPoint since 2007: a ZIP of XML parts that point at each other.
//!
//! The package is walked from its root along relationships of known types ([`role`]). Every part reached
//! is read, filtered by namespace, name and meaning ([`filter`]), and written under a name of ours; what
//! is not reached is not written. Names of parts, content types and relationships are all made anew, so
//! none can dangle.

mod field;
mod filter;
mod formula;
mod names;
mod package;
mod properties;
mod role;
mod rule;
mod space;

pub(crate) use package::OFFICE;

use crate::{
    Hold, Kind,
    job::{Built, Job},
};

/// Rebuilds a document, workbook or presentation. Those with macros come out as the kind without.
pub(crate) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    let kind = match kind {
        Kind::Docm => Kind::Docx,
        Kind::Dotm => Kind::Dotx,
        Kind::Xlsm => Kind::Xlsx,
        Kind::Xltm => Kind::Xltx,
        Kind::Pptm => Kind::Pptx,
        Kind::Potm => Kind::Potx,
        Kind::Ppsm => Kind::Ppsx,
        kind => kind,
    };
    let bytes = package::rebuild(job, kind, bytes)?;
    Ok(Built::new(kind, bytes))
}

#[cfg(test)]
mod tests;
