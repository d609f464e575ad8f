//! Files that prove something: kept in a folder under the hash of their bytes.

use office::task::Evidence;

use crate::{ObjectError, Registry, Trouble};

/// Largest file that is kept.
pub(crate) const LIMIT: u64 = 50 * 1024 * 1024;

impl Registry {
    /// Keeps a file. It is on disk when this returns, so that an act may cite it.
    ///
    /// # Errors
    /// [`ObjectError`] if it is too large or the disk fails.
    pub async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<Evidence, ObjectError> {
        if bytes.len() as u64 > LIMIT {
            return Err(ObjectError::TooLarge { name: name.to_owned(), limit_mb: LIMIT / 1024 / 1024 });
        }
        Err(ObjectError::Trouble(Trouble::closed()))
    }

    /// The bytes of a kept file, checked against their hash.
    ///
    /// # Errors
    /// [`ObjectError`] if there is none or it was altered.
    pub async fn object(&self, sha256: &str) -> Result<Vec<u8>, ObjectError> {
        Err(ObjectError::Lost { sha256: sha256.to_owned() })
    }
}
