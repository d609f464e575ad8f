//! What the writer and all readers share: configuration, connections, and the state as last committed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use ledger::{Head, SigningKey};
use office::{adoption::PolicyVersion, catalog::Catalog, state::Key};
use sqlx::{Any, AnyConnection, AnyPool, pool::PoolConnection};

use crate::{Chance, Clock, Config, OpenError, Snapshot, Trouble, sql};

/// Connections for reading; the writer has one of its own.
const READERS: u32 = 6;

/// How long a page waits for a connection before it says that the database is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often, and after how long, a server's lock is asked for again before it counts as held by another process.
const LOCK_TRIES: u32 = 20;
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// Policy versions kept in memory: their readings are large and often asked for.
const VERSIONS: usize = 3;

/// What the writer and all readers share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) pool: AnyPool,
    committed: RwLock<(Arc<Snapshot>, Option<Arc<Head>>)>,
    versions: Mutex<BTreeMap<u32, Arc<PolicyVersion>>>,
    pub(crate) evidence: crate::evidence::Memory,
}

impl Shared {
    /// Connects to the store.
    pub(crate) async fn connect(config: Config, catalog: Arc<Catalog>, clock: Clock, chance: Chance) -> Result<Self, OpenError> {
        let url = config.url();
        let connected = tokio::time::timeout(PATIENCE, ledger::connect(&url, READERS)).await;
        let pool = connected.map_err(|_| Trouble::away("connect timed out"))?.map_err(Trouble::from)?;
        Ok(Self {
            config,
            catalog,
            clock,
            chance,
            pool,
            committed: RwLock::default(),
            versions: Mutex::default(),
            evidence: crate::evidence::Memory::default(),
        })
    }

    /// A connection for reading.
    pub(crate) async fn connection(&self) -> Result<PoolConnection<Any>, Trouble> {
        let acquired = tokio::time::timeout(PATIENCE, self.pool.acquire()).await;
        Ok(acquired.map_err(|_| Trouble::away("no connection in time"))??)
    }

    /// The key that checkpoints are signed with.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, Trouble> {
        Ok(SigningKey::from_seed(&self.config.origin, &self.config.signing_key_seed).map_err(ledger::LedgerError::from)?)
    }

    /// Shows what was committed to all readers.
    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>, head: Arc<Head>) {
        *self.committed.write().unwrap_or_else(PoisonError::into_inner) = (snapshot, Some(head));
    }

    /// The body and its people as last committed.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.committed.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// The head of the ledger as last committed.
    pub(crate) fn head(&self) -> Option<Arc<Head>> {
        self.committed.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// A policy version that is kept in memory.
    pub(crate) fn version(&self, number: u32) -> Option<Arc<PolicyVersion>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    /// Keeps a policy version in memory.
    pub(crate) fn keep_version(&self, version: &Arc<PolicyVersion>) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        while versions.len() >= VERSIONS {
            versions.pop_first();
        }
        versions.insert(version.number, Arc::clone(version));
    }

    /// Forgets policy versions that changed.
    pub(crate) fn forget_versions(&self, touched: &BTreeSet<Key>, all: bool) {
        if all || touched.iter().any(|key| matches!(key, Key::Version(_))) {
            self.versions.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// The right to be the only writer; given back when dropped (the file) or when its connection ends (the server).
pub(crate) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// For a database file: a lock on a file beside it, which the system gives back when the process ends.
    pub(crate) fn file(config: &Config) -> Result<Self, OpenError> {
        if config.database_url.is_some() {
            return Ok(Self { _file: None });
        }
        let path = config.data_dir.join("book.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| Trouble::disk(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Locked { place: config.place() }),
            Err(std::fs::TryLockError::Error(error)) => Err(Trouble::disk(&path, &error).into()),
        }
    }

    /// For a server: an advisory lock for the schema, which lives as long as the connection.
    pub(crate) async fn server(&self, conn: &mut AnyConnection, config: &Config) -> Result<(), OpenError> {
        if config.database_url.is_none() {
            return Ok(());
        }
        let lock =
            "SELECT CAST(CASE WHEN pg_try_advisory_lock(7355, hashtext(COALESCE(current_schema(), ''))) THEN 1 ELSE 0 END AS BIGINT)";
        for wait in 0..LOCK_TRIES {
            if sql::number(conn, lock, Vec::new()).await.map_err(Trouble::from)? == 1 {
                return Ok(());
            }
            // The server may take a moment to notice that the process that held it is gone.
            if wait + 1 < LOCK_TRIES {
                tokio::time::sleep(LOCK_WAIT).await;
            }
        }
        Err(OpenError::Locked { place: config.place() })
    }
}
