//! ZIP, read strictly and written plainly; the container of Office, ODF and most archives.
//!
//! A ZIP tells everything twice: in the central directory and before each member. Readers believe one or
//! the other, so a file in which they differ is several files. [`Archive::read`] holds such files. Bytes
//! that belong to no member (a preamble, gaps, a tail) and comments are left behind and told.

mod crypt;
mod name;
mod read;
mod unpack;
mod write;

pub(crate) use name::decode_all;
pub(crate) use unpack::{crc, inflate_into};
pub(crate) use write::{Method, Writer};

use crate::{Danger, job::Job};

/// A ZIP whose directory was checked; members are not unpacked yet.
pub(crate) struct Archive<'a> {
    /// Members and folders in the order of the central directory.
    pub(crate) entries: Vec<Entry<'a>>,
    /// Stretches of bytes that belong to nothing.
    slack: u64,
    /// Comments of the archive and of members.
    comments: u64,
    /// Extra fields of unknown purpose.
    extras: u64,
}

/// A member.
#[derive(Clone)]
pub(crate) struct Entry<'a> {
    /// Decoded, with `/` between folders; of a folder it ends so.
    pub(crate) name: String,
    /// Whether it stands for a folder.
    pub(crate) folder: bool,
    /// Whether it is a symbolic link or another thing that is no file.
    pub(crate) special: bool,
    /// Whether a password is needed.
    pub(crate) encrypted: bool,
    /// Bytes it unpacks to.
    pub(crate) size: u64,
    method: u16,
    crc: u32,
    /// The byte by which traditional encryption tells a wrong password.
    check: u8,
    /// Strength and version of AES encryption.
    aes: Option<(u8, u16)>,
    packed: &'a [u8],
}

impl<'a> Archive<'a> {
    /// The member of exactly this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Tells what is left behind when this archive is written anew.
    pub(crate) fn tell(&self, job: &mut Job<'_>) {
        job.removed(Danger::Slack, "ZIP", self.slack);
        job.removed(Danger::Metadata, "ZIP", self.comments);
        job.removed(Danger::Unknown, "ZIP", self.extras);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hold, Policy, Reason};

    fn unpack_all(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Hold> {
        let policy = Policy::default();
        let mut members = |_: &str, _: &[u8]| {};
        let mut job = Job::new(&policy, &[], &mut members);
        let archive = Archive::read(bytes)?;
        archive.entries.iter().map(|entry| Ok((entry.name.clone(), entry.unpack(&mut job)?))).collect()
    }

    fn sample() -> Vec<u8> {
        let mut writer = Writer::new();
        writer.add("mimetype", b"application/x", Method::Stored);
        writer.add("資料/", b"", Method::Stored);
        writer.add("資料/一.txt", "町長は、認める。".repeat(1000).as_bytes(), Method::Deflated);
        writer.add("short", b"abc", Method::Deflated);
        writer.finish()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = sample();
        let members = unpack_all(&bytes).unwrap();
        assert_eq!(members.len(), 4);
        assert_eq!(members[0], ("mimetype".to_owned(), b"application/x".to_vec()));
        assert_eq!(members[2].0, "資料/一.txt");
        assert_eq!(members[2].1.len(), 24_000);
        assert_eq!(bytes, sample());
        let archive = Archive::read(&bytes).unwrap();
        assert_eq!((archive.slack, archive.comments, archive.extras), (0, 0, 0));
    }

    #[test]
    fn what_is_written_is_never_a_bomb() {
        let mut writer = Writer::new();
        writer.add("a", &vec![0; 30 << 20], Method::Deflated);
        writer.add("b", &vec![1; 1 << 20], Method::Deflated);
        let bytes = writer.finish();
        assert!(bytes.len() < 300_000);
        assert_eq!(unpack_all(&bytes).unwrap()[0].1, vec![0; 30 << 20]);
    }

    #[test]
    fn many_members_need_zip64() {
        let mut writer = Writer::new();
        for number in 0..70_000 {
            writer.add(&format!("{number}"), b"", Method::Stored);
        }
        assert_eq!(Archive::read(&writer.finish()).unwrap().entries.len(), 70_000);
    }

    #[test]
    fn bytes_of_nobody_are_told() {
        let plain = sample();
        let slack = |bytes: &[u8]| Archive::read(bytes).map(|archive| archive.slack);
        assert_eq!(slack(&[b"preamble".as_slice(), &plain].concat()).unwrap(), 1);
        assert_eq!(slack(&[plain.as_slice(), b"tail"].concat()).unwrap(), 1);
        let mut comment = plain.clone();
        let length = comment.len();
        comment[length - 2] = 3;
        comment.extend_from_slice(b"abc");
        let archive = Archive::read(&comment).unwrap();
        assert_eq!((archive.slack, archive.comments), (0, 1));
    }

    #[test]
    fn a_lie_anywhere_is_no_archive() {
        let plain = sample();
        let damaged = |bytes: &[u8]| assert_eq!(unpack_all(bytes).unwrap_err().reason, Reason::Damaged);
        // Every byte of names, sizes, sums and offsets matters.
        let local = plain.windows(8).rposition(|window| window == b"mimetype").unwrap();
        for at in [4 + 4, 14, 18, 22, 30].into_iter().chain([local, local - 4, local - 22, local - 26, local - 30]) {
            let mut changed = plain.clone();
            changed[at] ^= 1;
            damaged(&changed);
        }
        damaged(&plain[..plain.len() - 1]);
        damaged(&[plain.as_slice(), &plain].concat());
        damaged(b"PK\x03\x04");
        damaged(b"");
        let mut writer = Writer::new();
        writer.add("A.xml", b"1", Method::Stored);
        writer.add("a.xml", b"2", Method::Stored);
        damaged(&writer.finish());
    }

    #[test]
    fn real_packages_are_read() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
        let Ok(families) = std::fs::read_dir(&corpus) else { return println!("skipped: no corpus") };
        let (mut read, mut held) = (0, Vec::new());
        for file in families.flatten().filter(|family| family.path().is_dir()).flat_map(|family| std::fs::read_dir(family.path()).unwrap())
        {
            let file = file.unwrap();
            let bytes = std::fs::read(file.path()).unwrap();
            if !bytes.starts_with(b"PK") {
                continue;
            }
            match unpack_all(&bytes) {
                Ok(members) => {
                    let mut writer = Writer::new();
                    for (name, bytes) in &members {
                        writer.add(name, bytes, Method::Deflated);
                    }
                    let written = writer.finish();
                    assert_eq!(unpack_all(&written).unwrap(), members);
                    read += 1;
                    let archive = Archive::read(&bytes).unwrap();
                    if archive.slack + archive.extras > 0 {
                        println!("{}: slack {}, extras {}", file.file_name().display(), archive.slack, archive.extras);
                    }
                }
                Err(hold) => held.push(format!("{}: {hold}", file.file_name().display())),
            }
        }
        println!("read {read}, held {}: {held:#?}", held.len());
        assert!(read > 80);
    }
}
