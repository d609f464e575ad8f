//! ZIP → ZIP.

use super::out::Out;
use crate::{
    Danger, Hold, Reason,
    job::{Built, Job},
    zip::Archive,
};

/// Rebuilds a ZIP.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let archive = Archive::read_any(bytes)?;
    archive.tell(job);
    let mut out = Out::new();
    let mut decrypted = 0;
    for entry in &archive.entries {
        if entry.folder {
            out.folder(job, &entry.name)?;
        } else if entry.special {
            out.special(job, &entry.name)?;
        } else {
            match entry.unpack(job) {
                Ok(bytes) => {
                    decrypted += u64::from(entry.encrypted);
                    out.file(job, &entry.name, &bytes)?;
                }
                // The password of the archive itself is asked for, not explained away.
                Err(hold) if matches!(hold.reason, Reason::PasswordNeeded | Reason::PasswordWrong) => return Err(hold),
                Err(hold) => out.held(job, &entry.name, hold)?,
            }
        }
    }
    job.removed(Danger::Encryption, "ZIP", decrypted);
    out.finish()
}
