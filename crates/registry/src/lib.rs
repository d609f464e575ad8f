//! The book and its only writer: submits acts to the door, keeps records and projections, answers queries.
//!
//! - Nothing changes but through [`Registry::submit`]; reading never writes.
//! - One writer task decides on the acts that wait, writes their records and everything that follows
//!   from them in one transaction, and answers only after its commit.
//! - Every projection table can be deleted and rebuilt from the ledger ([`Registry::rebuild`]).
//! - The only SQL of the workspace besides the ledger's own tables; the same text on SQLite and PostgreSQL.

mod config;
mod error;
mod evidence;
mod fact;
mod inbox;
mod listing;
mod object;
mod query;
mod records;
mod replay;
mod schema;
mod session;
mod shared;
mod snapshot;
mod sql;
mod store;
mod submit;
mod text;
mod thing;
mod tick;
mod wait;
mod writer;

use std::{cmp::Ordering, sync::Arc};

use tokio::sync::{mpsc, oneshot};

pub use config::{Chance, Clock, Config};
pub use error::{ObjectError, OpenError, SubmitError, Trouble};
pub use fact::record_kinds;
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
use shared::Shared;
use writer::{Job, Writer};

/// Submissions that may wait; whoever comes later waits to be let in.
const QUEUE: usize = 1_024;

/// The book of one body: its store, its writer and what is known of it. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

/// What all clones hold; the writer ends when the last of them is gone.
struct Inner {
    shared: Arc<Shared>,
    jobs: Option<mpsc::Sender<Job>>,
}

impl Registry {
    /// Opens the book for writing, and sets up an empty one where there is none.
    ///
    /// # Errors
    /// [`OpenError`] says what is in the way, in Japanese: another process, the disk, the database.
    pub async fn open(config: Config, catalog: Arc<Catalog>, clock: Clock, chance: Chance) -> Result<Self, OpenError> {
        object::prepare(&config.data_dir)?;
        let shared = Arc::new(Shared::connect(config, catalog, clock, chance).await?);
        let writer = Writer::open(Arc::clone(&shared)).await?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(writer.run(queue));
        Ok(Self { inner: Arc::new(Inner { shared, jobs: Some(jobs) }) })
    }

    /// Opens the book for reading beside a process that writes it. Every act is refused as unavailable,
    /// and the snapshot stays as it was when opened.
    ///
    /// # Errors
    /// [`OpenError`] as for [`Registry::open`], but another writer is no hindrance.
    pub async fn open_read_only(config: Config, catalog: Arc<Catalog>, clock: Clock) -> Result<Self, OpenError> {
        let place = config.place();
        if config.database_url.is_none() && !config.file().exists() {
            return Err(OpenError::Absent { place });
        }
        let shared = Arc::new(Shared::connect(config, catalog, clock, Arc::new(|_| ())).await?);
        let mut conn = shared.connection().await?;
        if !schema::exists(&mut conn).await.map_err(Trouble::from)? {
            return Err(OpenError::Absent { place });
        }
        match schema::meta(&mut conn, "schema").await.map_err(Trouble::from)?.cmp(&schema::VERSION) {
            Ordering::Less => return Err(Trouble::older().into()),
            Ordering::Greater => return Err(OpenError::Newer { place }),
            Ordering::Equal => {}
        }
        let log = ledger::Log::open(&mut conn, shared.signing_key()?).await.map_err(Trouble::from)?;
        let state = store::read_office(&mut conn).await?;
        shared.publish(Arc::new(Snapshot::of(&state)), Arc::clone(log.head()));
        drop(conn);
        Ok(Self { inner: Arc::new(Inner { shared, jobs: None }) })
    }

    /// Ends the writer after what waits is written, and gives the lock and the connections back.
    pub async fn close(&self) {
        if let Some(jobs) = &self.inner.jobs {
            let (answer, closed) = oneshot::channel();
            if jobs.send(Job::Close(answer)).await.is_ok() {
                drop(closed.await);
            }
        }
        self.inner.shared.pool.close().await;
    }

    /// Asks the writer; `None` if there is none any more.
    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.inner.jobs.as_ref()?.send(job(answer)).await.ok()?;
        answered.await.ok()
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }

    /// The present moment, by the clock this book was opened with.
    #[must_use]
    pub fn now(&self) -> office::calendar::Moment {
        (self.shared().clock)()
    }

    /// The catalogue this book was opened with.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.shared().catalog
    }

    /// Fills a buffer from the source of chance this book was opened with.
    pub fn chance(&self, buffer: &mut [u8]) {
        (self.shared().chance)(buffer);
    }

    /// The folder that holds the data.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        &self.shared().config.data_dir
    }

    /// The pool of connections, for the ledger's own functions: verify, export, tiles.
    #[must_use]
    pub fn pool(&self) -> &sqlx::AnyPool {
        &self.shared().pool
    }

    /// The head of the ledger as last committed: checkpoint, proofs, tiles.
    #[must_use]
    pub fn head(&self) -> Option<Arc<ledger::Head>> {
        self.shared().head()
    }

    /// Deletes every projection and makes it again from the ledger. Acts wait meanwhile.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn rebuild(&self) -> Result<(), Trouble> {
        self.ask(Job::Rebuild).await.unwrap_or_else(|| Err(Trouble::closed()))
    }

    /// SHA-256 over every projection, hex: equal before and after [`Registry::rebuild`]. Reads all of them into memory.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn projection_digest(&self) -> Result<String, Trouble> {
        replay::digest(&mut *self.shared().connection().await?).await
    }
}
