//! Files that prove something: kept in a folder under the hash of their bytes.

use std::{
    fs::{self, DirBuilder, File},
    io::Write,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use office::task::Evidence;
use sha2::{Digest, Sha256};

use crate::{ObjectError, Registry, Trouble};

/// Largest file that is kept.
pub(crate) const LIMIT: u64 = 50 * 1024 * 1024;

/// Makes the folders that a book needs, closed to other accounts of the machine: passwords and evidence lie in them.
pub(crate) fn prepare(data_dir: &Path) -> Result<(), Trouble> {
    let objects = data_dir.join("objects");
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&objects);
    made.map_err(|error| Trouble::disk(&objects, &error))
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where an object lies: `objects/ab/abcdef…`. `None` if the name is no hash, so that no path can be forged.
fn path(data_dir: &Path, sha256: &str) -> Option<PathBuf> {
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    Some(data_dir.join("objects").join(sha256.get(..2).filter(|_| is_hash)?).join(sha256))
}

/// Writes an object so that after a crash it is there whole or not at all: a file of another name is
/// written and flushed, renamed, and the folder flushed.
fn write(data_dir: &Path, sha256: &str, bytes: &[u8]) -> Result<(), Trouble> {
    let Some(path) = path(data_dir, sha256) else { return Err(Trouble::closed()) };
    let Some(folder) = path.parent() else { return Err(Trouble::closed()) };
    let trouble = |error: std::io::Error| Trouble::disk(&path, &error);
    if fs::metadata(&path).is_ok_and(|known| known.len() == bytes.len() as u64) {
        return Ok(());
    }
    if !folder.exists() {
        fs::create_dir_all(folder).map_err(trouble)?;
        File::open(data_dir.join("objects")).and_then(|folder| folder.sync_all()).map_err(trouble)?;
    }
    let mut partial = path.clone();
    partial.set_extension(format!("partial-{}", PARTIAL.fetch_add(1, Ordering::Relaxed)));
    let written = File::create(&partial)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&partial, &path))
        .and_then(|()| File::open(folder)?.sync_all());
    written.map_err(|error| {
        drop(fs::remove_file(&partial));
        trouble(error)
    })
}

/// Tells apart files that are being written at the same time.
static PARTIAL: AtomicU64 = AtomicU64::new(0);

/// Runs work that waits for the disk where it hinders nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Trouble::closed())
}

impl Registry {
    /// Keeps a file. It is on disk when this returns, so that an act may cite it.
    ///
    /// # Errors
    /// [`ObjectError`] if it is too large or the disk fails.
    pub async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<Evidence, ObjectError> {
        let size = bytes.len() as u64;
        if size > LIMIT {
            return Err(ObjectError::TooLarge { name: name.to_owned(), limit_mb: LIMIT / 1024 / 1024 });
        }
        let data_dir = self.data_dir().to_owned();
        let sha256 = blocking(move || {
            let sha256 = hex(&Sha256::digest(&bytes));
            write(&data_dir, &sha256, &bytes).map(|()| sha256)
        })
        .await??;
        Ok(Evidence { name: name.to_owned(), sha256, size })
    }

    /// The bytes of a kept file, checked against their hash.
    ///
    /// # Errors
    /// [`ObjectError`] if there is none or it was altered.
    pub async fn object(&self, sha256: &str) -> Result<Vec<u8>, ObjectError> {
        let lost = || ObjectError::Lost { sha256: sha256.to_owned() };
        let path = path(self.data_dir(), sha256).ok_or_else(lost)?;
        let read = blocking(move || fs::read(&path).map(|bytes| (hex(&Sha256::digest(&bytes)), bytes))).await?;
        match read {
            Ok((found, bytes)) if found == sha256 => Ok(bytes),
            _ => Err(lost()),
        }
    }
}
