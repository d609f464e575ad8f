//! A log to test with, in each database that is at hand.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger::{Log, NewEntry, SigningKey};
use sqlx::AnyPool;

pub(crate) const ORIGIN: &str = "sekisho.example/asagiri";

/// An empty store that is removed when dropped.
pub(crate) struct Store {
    pub(crate) name: &'static str,
    pub(crate) pool: AnyPool,
    pub(crate) folder: PathBuf,
}

impl Drop for Store {
    fn drop(&mut self) {
        // What stays behind lies in the system's temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A number that is new in this process.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A new folder under the system's temporary folder.
pub(crate) fn folder() -> PathBuf {
    let name = format!("sekisho-ledger-{}-{}", std::process::id(), fresh());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) async fn sqlite() -> Store {
    let folder = folder();
    let pool = ledger::connect(&ledger::sqlite_url(&folder.join("ledger.db")), 4).await.unwrap();
    ledger::migrate(&mut pool.acquire().await.unwrap()).await.unwrap();
    Store { name: "sqlite", pool, folder }
}

/// A schema of its own on the server that `SEKISHO_TEST_POSTGRES` names.
async fn postgres(url: &str) -> Store {
    let schema = format!("ledger_{}_{}", std::process::id(), fresh());
    let admin = ledger::connect(url, 1).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::query(create).execute(&admin).await.unwrap();
    admin.close().await;
    let joint = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{joint}options=-csearch_path%3D{schema}");
    let pool = ledger::connect(&url, 4).await.unwrap();
    ledger::migrate(&mut pool.acquire().await.unwrap()).await.unwrap();
    Store { name: "postgres", pool, folder: folder() }
}

/// Every database at hand.
pub(crate) async fn stores() -> Vec<Store> {
    let mut stores = vec![sqlite().await];
    match std::env::var("SEKISHO_TEST_POSTGRES") {
        Ok(url) => stores.push(postgres(&url).await),
        Err(_) => eprintln!("SEKISHO_TEST_POSTGRES is not set: PostgreSQL is not tested"),
    }
    stores
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, &[42; 32]).unwrap()
}

pub(crate) async fn open(store: &Store) -> Log {
    let mut conn = store.pool.acquire().await.unwrap();
    Log::open(&mut conn, key()).await.unwrap()
}

/// The salt a test gives entry `index`; a real one is chance.
pub(crate) fn salt(index: u64) -> [u8; 32] {
    let mut salt = [0xa5; 32];
    salt[..8].copy_from_slice(&index.to_be_bytes());
    salt
}

pub(crate) fn entries(from: u64, count: u64) -> Vec<NewEntry> {
    (from..from + count)
        .map(|index| {
            let payload = format!("{{\"kind\":\"試験\",\"no\":{index}}}");
            NewEntry::new(salt(index), payload.into_bytes())
        })
        .collect()
}

/// Appends in one transaction of its own.
pub(crate) async fn append(store: &Store, log: &mut Log, entries: &[NewEntry]) {
    let mut tx = ledger::begin(&store.pool).await.unwrap();
    let pending = log.append(&mut tx, entries).await.unwrap();
    tx.commit().await.unwrap();
    log.commit(pending).unwrap();
}
