//! Connecting to SQLite or PostgreSQL through one driver, and the ledger's three tables.

use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};

use crate::error::LedgerError;

/// The database behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file on this machine.
    Sqlite,
    /// A server.
    Postgres,
}

impl Backend {
    /// Which database a connection speaks to.
    pub fn of(conn: &AnyConnection) -> Self {
        match conn.backend_name() {
            "PostgreSQL" => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    /// Adapts a statement of the common schema: SQLite spells a row key `INTEGER` and bytes
    /// `BLOB`. Queries need no such change.
    pub fn schema(self, sql: &str) -> String {
        match self {
            Self::Postgres => sql.to_owned(),
            Self::Sqlite => sql.replace("BIGINT", "INTEGER").replace("BYTEA", "BLOB"),
        }
    }
}

/// WAL keeps readers and the writer out of each other's way; FULL makes a commit survive a power
/// cut; secure_delete overwrites what a lawful erasure removes instead of only unlinking it.
const SQLITE_SESSION: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000";

/// A commit that has answered must be on the disk, whatever the server's configuration says.
const POSTGRES_SESSION: &str = "SET synchronous_commit = on; SET client_min_messages = warning";

/// Three small tables. `data` is a segment, `hashes` a full tile, `note` the signed head.
const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS ledger_segment (first BIGINT PRIMARY KEY, data BYTEA NOT NULL)",
    "CREATE TABLE IF NOT EXISTS ledger_tile (level BIGINT NOT NULL, idx BIGINT NOT NULL, \
     hashes BYTEA NOT NULL, PRIMARY KEY (level, idx))",
    "CREATE TABLE IF NOT EXISTS ledger_checkpoint (slot BIGINT PRIMARY KEY, note TEXT NOT NULL)",
];

/// The URL of a SQLite file, which is created if it is not there.
pub fn sqlite_url(path: &Path) -> String {
    let path = path.to_string_lossy();
    let encoded = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{encoded}?mode=rwc")
}

/// Opens a pool whose connections are durable and strict on either database.
pub async fn connect(url: &str, connections_max: u32) -> Result<AnyPool, LedgerError> {
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new()
        .max_connections(connections_max)
        // A file does not hang up; asking whether a server did costs a round trip.
        .test_before_acquire(!url.starts_with("sqlite"))
        // When the disk is full SQLite ends the transaction by itself, the driver's own rollback
        // then fails, and it believes for ever that the transaction is open: such a connection is
        // closed and replaced.
        .before_acquire(|conn, _| {
            let usable = !conn.is_in_transaction();
            Box::pin(std::future::ready(Ok(usable)))
        })
        .after_connect(|conn, _| {
            Box::pin(async move {
                let session = match Backend::of(conn) {
                    Backend::Sqlite => SQLITE_SESSION,
                    Backend::Postgres => POSTGRES_SESSION,
                };
                conn.execute(session).await.map(|_| ())
            })
        })
        .connect(url)
        .await?;
    Ok(pool)
}

/// Creates the tables that are not there yet.
pub async fn migrate(conn: &mut AnyConnection) -> Result<(), LedgerError> {
    let backend = Backend::of(conn);
    for sql in SCHEMA {
        let sql = sqlx::AssertSqlSafe(backend.schema(sql));
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Begins a transaction that will write. On SQLite it takes the write lock at once, so that it
/// waits for another process here instead of failing at its first write.
pub async fn begin(pool: &AnyPool) -> Result<Transaction<'static, Any>, LedgerError> {
    let conn = pool.acquire().await?;
    let statement = match Backend::of(&conn) {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN",
    };
    Ok(Transaction::begin(conn, Some(sqlx::SqlSafeStr::into_sql_str(statement))).await?)
}

/// Begins a transaction that sees one unchanging state of the database while others write.
pub async fn snapshot(conn: &mut AnyConnection) -> Result<Transaction<'_, Any>, LedgerError> {
    let statement = match Backend::of(conn) {
        Backend::Sqlite => "BEGIN",
        Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    Ok(conn.begin_with(statement).await?)
}

/// Makes the bytes of erased payloads unrecoverable from the database files, after the transaction
/// that erased them has committed: SQLite's write-ahead log is emptied, PostgreSQL's table is
/// rewritten (appends wait meanwhile).
///
/// Backups and archived write-ahead logs are out of its reach; the operator's handbook names them.
pub async fn purge(conn: &mut AnyConnection) -> Result<(), LedgerError> {
    let statement = match Backend::of(conn) {
        Backend::Sqlite => "PRAGMA wal_checkpoint(TRUNCATE)",
        Backend::Postgres => "VACUUM FULL ledger_segment",
    };
    conn.execute(statement).await?;
    Ok(())
}
