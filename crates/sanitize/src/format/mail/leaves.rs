//! All leaves of a multipart with their addresses, for saved pages (MHT), which are built as mails are.

use super::{header, mime, param, param::Value, walk};
use crate::{Hold, Reason, job::Job};

/// A leaf, decoded.
pub(crate) struct Leaf {
    /// Its media type in lower case.
    pub(crate) kind: String,
    pub(crate) charset: Option<String>,
    /// `Content-Location`.
    pub(crate) location: Option<String>,
    /// `Content-ID` without angle brackets.
    pub(crate) id: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// Multiparts within multiparts at most.
const DEPTH: u32 = 10;

/// The leaves in the order in which they stand.
pub(crate) fn leaves(job: &mut Job<'_>, bytes: &[u8]) -> Result<Vec<Leaf>, Hold> {
    let bytes = super::unmarked(bytes);
    let mut found = Vec::new();
    gather(job, &header::split(&bytes), 0, &mut found)?;
    Ok(found)
}

fn gather(job: &mut Job<'_>, head: &header::Head<'_>, depth: u32, found: &mut Vec<Leaf>) -> Result<(), Hold> {
    job.count_member()?;
    if depth > DEPTH {
        return Err(Hold::new(Reason::TooDeep, format!("more than {DEPTH} multiparts within each other")));
    }
    let kind = Value::read(head.get("content-type").unwrap_or_default(), None);
    if kind.main.starts_with("multipart/") {
        let boundary = kind.text("boundary").map(|boundary| boundary.trim_end().to_owned()).filter(|boundary| !boundary.is_empty());
        let boundary = boundary.or_else(|| mime::guess(head.body));
        for part in boundary.map(|boundary| mime::split(head.body, &boundary).parts).unwrap_or_default() {
            gather(job, &header::split(part), depth + 1, found)?;
        }
        return Ok(());
    }
    let text = |name: &str| head.get(name).map(|value| header::unstructured(value, None)).filter(|value| !value.is_empty());
    found.push(Leaf {
        charset: param::charset(&kind),
        location: text("content-location").map(|value| value.split(' ').collect()),
        id: text("content-id").map(|value| value.trim_matches(['<', '>']).to_owned()),
        bytes: walk::decoded(head, &kind).into_owned(),
        kind: kind.main,
    });
    Ok(())
}
