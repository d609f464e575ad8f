//! Archives of all kinds, written anew as ZIP: every member rebuilt by itself, folders kept, names made plain.
//!
//! A member that cannot be let through is replaced by a note that says why, unless the policy holds the
//! whole. Links and devices are dropped. An archive of which nothing is left is held for the reason of its
//! first member.

mod cab;
mod lzh;
mod out;
mod seven;
mod single;
mod tar;
#[cfg(test)]
mod tests;
mod zip;

use crate::{
    Danger, Hold, Kind, Reason,
    job::{Built, Job},
};

/// Rebuilds an archive.
pub(crate) fn rebuild(job: &mut Job<'_>, kind: Kind, bytes: &[u8]) -> Result<Built, Hold> {
    match kind {
        Kind::Zip => zip::rebuild(job, bytes),
        Kind::Lzh => lzh::rebuild(job, bytes),
        Kind::SevenZip => seven::rebuild(job, bytes),
        Kind::Tar => tar::rebuild(job, bytes),
        Kind::Cab => cab::rebuild(job, bytes),
        Kind::Gzip | Kind::Bzip2 | Kind::Xz | Kind::Zstd => single::rebuild(job, kind, bytes),
        _ => Err(Hold::new(Reason::UnsupportedKind, kind.id())),
    }
}

/// A member as an archive without compression of its own tells it.
struct Member<T> {
    /// As bytes, and whether they are said to be UTF-8.
    name: (Vec<u8>, bool),
    what: What<T>,
}

/// What a member is.
enum What<T> {
    File(T),
    Folder,
    /// A link, a device.
    Special,
    /// Something that is not read.
    Unread(&'static str),
}

/// Writes members whose names are decoded together; `unpack` makes the bytes of one.
fn write<T>(
    job: &mut Job<'_>,
    members: Vec<Member<T>>,
    mut unpack: impl FnMut(&mut Job<'_>, T) -> Result<Vec<u8>, Hold>,
) -> Result<Built, Hold> {
    let names = crate::zip::decode_all(&members.iter().map(|member| (member.name.0.as_slice(), member.name.1, None)).collect::<Vec<_>>());
    let mut out = out::Out::new();
    for (member, name) in members.into_iter().zip(names) {
        match member.what {
            What::File(packed) => match unpack(job, packed) {
                Ok(bytes) => out.file(job, &name, &bytes)?,
                Err(hold) => out.held(job, &name, hold)?,
            },
            What::Folder => out.folder(job, &name)?,
            What::Special => out.special(job, &name)?,
            What::Unread(why) => out.held(job, &name, Hold::new(Reason::UnsupportedKind, why))?,
        }
    }
    out.finish()
}

/// Bytes after the end of an archive, told unless they are only padding.
fn tell_tail(job: &mut Job<'_>, tail: &[u8]) {
    if tail.iter().any(|byte| *byte != 0) {
        job.removed(Danger::Slack, "", 1);
    }
}
