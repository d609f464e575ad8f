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
