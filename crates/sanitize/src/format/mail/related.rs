//! The parts of a saved page (MHT), flat, without transfer encoding.

use super::{header, mime, param::Value, walk};
use crate::{Hold, Reason, job::Job};

/// One part.
pub(crate) struct Part {
    /// `text/html`.
    pub(crate) kind: String,
    /// Charset that it declares.
    pub(crate) charset: Option<String>,
    /// Address that it was saved from.
    pub(crate) location: Option<String>,
    /// Name by which `cid:` addresses call it.
    pub(crate) id: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// All parts in their order; also how often something stood outside of them.
pub(crate) fn parts(job: &mut Job<'_>, bytes: &[u8]) -> Result<(Vec<Part>, u64), Hold> {
    let mut parts = Vec::new();
    let mut outside = 0;
    let mut stack = vec![(bytes, 0_u32)];
    while let Some((bytes, depth)) = stack.pop() {
        job.count_member()?;
        let head = header::split(bytes);
        let kind = Value::read(head.get("content-type").unwrap_or_default(), None);
        if kind.main.starts_with("multipart/") {
            if depth >= 10 {
                return Err(Hold::new(Reason::TooDeep, "multiparts within multiparts"));
            }
            let boundary = kind.plain("boundary").map(str::to_owned).or_else(|| mime::guess(head.body));
            let Some(boundary) = boundary else { return Err(Hold::damaged("a multipart without boundary")) };
            let split = mime::split(head.body, &boundary);
            outside += split.outside;
            stack.extend(split.parts.into_iter().rev().map(|part| (part, depth + 1)));
            continue;
        }
        let word = |name: &str| head.get(name).map(|value| header::raw(value, None).trim().trim_matches(['<', '>']).to_owned());
        parts.push(Part {
            charset: super::param::charset(&kind),
            location: word("content-location"),
            id: word("content-id"),
            bytes: walk::decoded(&head, &kind).into_owned(),
            kind: kind.main,
        });
    }
    Ok((parts, outside))
}
