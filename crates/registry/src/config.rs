//! Where a book lies and what it is opened with.

use std::{path::PathBuf, sync::Arc};

use office::calendar::Moment;

/// Reads the clock.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Fills a buffer with chance (a cryptographic source, except in tests).
pub type Chance = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Where a book lies.
#[derive(Clone)]
pub struct Config {
    /// Folder for the database file, the objects and the lock.
    pub data_dir: PathBuf,
    /// `postgres://…`, or `None` for the SQLite file `book.sqlite` in the folder.
    pub database_url: Option<String>,
    /// Seed of the Ed25519 key that signs checkpoints.
    pub signing_key_seed: [u8; 32],
    /// Origin line of the checkpoints: names this log for ever.
    pub origin: String,
}

impl Config {
    /// The database file, where there is no server.
    pub(crate) fn file(&self) -> PathBuf {
        self.data_dir.join("book.sqlite")
    }

    /// What to connect to.
    pub(crate) fn url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| ledger::sqlite_url(&self.file()))
    }

    /// The book's place in words; never shows a password.
    pub(crate) fn place(&self) -> String {
        match &self.database_url {
            Some(url) => url.rsplit_once('@').map_or_else(|| "PostgreSQL".to_owned(), |(_, host)| format!("PostgreSQL {host}")),
            None => self.data_dir.display().to_string(),
        }
    }
}
