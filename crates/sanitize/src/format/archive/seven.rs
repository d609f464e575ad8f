//! 7z, through a decoder that is asked for one block after another.

use std::io::{Cursor, Read};

use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};

use super::{out::Out, tell_tail};
use crate::{
    Danger, Hold, Reason,
    job::{Built, Job},
};

/// KiB for one dictionary.
const MEMORY: usize = 300 << 10;

/// Rebuilds a 7z.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let (archive, password) = open(job, bytes)?;
    let number = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let end = number(12).saturating_add(number(20)).saturating_add(32);
    tell_tail(job, usize::try_from(end).ok().and_then(|end| bytes.get(end..)).unwrap_or_default());
    if archive.files.len() > job.policy.limits.members as usize {
        return Err(Hold::new(Reason::TooMany, "7z: too many members"));
    }
    let packed = archive.pack_sizes().iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    let size = archive.blocks.iter().fold(0_u64, |sum, block| sum.saturating_add(block.get_unpack_size()));
    job.expand(packed, size)?;
    let encrypted = (0..archive.files.len()).filter(|at| archive.is_file_encrypted(*at)).count();
    let passwords: Vec<Password> = match (encrypted, password) {
        (0, None) => vec![Password::empty()],
        (_, Some(password)) => vec![password],
        (_, None) if job.passwords.is_empty() => return Err(Hold::new(Reason::PasswordNeeded, "7z: encrypted members")),
        (_, None) => job.passwords.iter().map(|password| Password::from(*password)).collect(),
    };
    for password in passwords {
        if let Some(built) = write(job, bytes, &archive, &password, encrypted > 0)? {
            job.removed(Danger::Encryption, "7z", encrypted as u64);
            return Ok(built);
        }
    }
    Err(Hold::new(Reason::PasswordWrong, "7z: no password fits"))
}

/// The directory, and the password if even that is encrypted.
fn open(job: &Job<'_>, bytes: &[u8]) -> Result<(Archive, Option<Password>), Hold> {
    match Archive::read_with_memory_limit(&mut Cursor::new(bytes), &Password::empty(), MEMORY) {
        Ok(archive) => return Ok((archive, None)),
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => {}
        Err(error) => return Err(refuse(&error)),
    }
    for password in job.passwords {
        let password = Password::from(*password);
        if let Ok(archive) = Archive::read_with_memory_limit(&mut Cursor::new(bytes), &password, MEMORY) {
            return Ok((archive, Some(password)));
        }
    }
    let reason = if job.passwords.is_empty() { Reason::PasswordNeeded } else { Reason::PasswordWrong };
    Err(Hold::new(reason, "7z: the directory is encrypted"))
}

fn refuse(error: &Error) -> Hold {
    match error {
        Error::PasswordRequired => Hold::new(Reason::PasswordNeeded, "7z: encrypted"),
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) | Error::ExternalUnsupported | Error::UnsupportedVersion { .. } => {
            Hold::new(Reason::UnsupportedKind, "7z: packed in a way that is not read")
        }
        Error::MaxMemLimited { .. } => Hold::new(Reason::MemoryOut, "7z: a dictionary beyond the limit"),
        _ => Hold::damaged("7z: broken"),
    }
}

/// Writes the members; none if the password is wrong.
fn write(job: &mut Job<'_>, bytes: &[u8], archive: &Archive, password: &Password, encrypted: bool) -> Result<Option<Built>, Hold> {
    let mut out = Out::new();
    let mut source = Cursor::new(bytes);
    let mut done = 0_u64;
    for block in 0..archive.blocks.len() {
        let mut held = None;
        let decoder = BlockDecoder::new_with_memory_limit(1, MEMORY, block, archive, password, &mut source);
        let read = decoder.for_each_entries(&mut |entry: &ArchiveEntry, reader: &mut dyn Read| {
            let mut content = Vec::new();
            reader.take(entry.size().saturating_add(1)).read_to_end(&mut content)?;
            if content.len() as u64 != entry.size() {
                return Err(Error::Other("a member of another size".into()));
            }
            done += 1;
            match member(job, &mut out, entry, &content) {
                Ok(()) => Ok(true),
                Err(hold) => {
                    held = Some(hold);
                    Ok(false)
                }
            }
        });
        match (held, read) {
            (Some(hold), _) => return Err(hold),
            (None, Ok(_)) => {}
            // Nothing came out yet: a wrong password looks like this.
            (None, Err(error))
                if done == 0 && encrypted && !matches!(error, Error::UnsupportedCompressionMethod(_) | Error::MaxMemLimited { .. }) =>
            {
                return Ok(None);
            }
            (None, Err(error)) => return Err(refuse(&error)),
        }
    }
    for (entry, block) in archive.files.iter().zip(&archive.stream_map.file_block_index) {
        if block.is_none() {
            member(job, &mut out, entry, &[])?;
        }
    }
    out.finish().map(Some)
}

fn member(job: &mut Job<'_>, out: &mut Out, entry: &ArchiveEntry, content: &[u8]) -> Result<(), Hold> {
    const REPARSE_POINT: u32 = 0x400;
    const UNIX: u32 = 0x8000;
    let attributes = entry.windows_attributes();
    let special = attributes & REPARSE_POINT != 0 || (attributes & UNIX != 0 && !matches!(attributes >> 28, 0 | 0o4 | 0o10));
    if special || entry.is_anti_item() {
        out.special(job, entry.name())
    } else if entry.is_directory() {
        out.folder(job, entry.name())
    } else {
        out.file(job, entry.name(), content)
    }
}
