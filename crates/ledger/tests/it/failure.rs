//! Full disks, lost connections and answers, and transactions that never commit.

use ledger::{LedgerError, Log, NewEntry, leaf_hash};
use proptest::prelude::*;

use crate::store::one_shot;
use crate::town::{Store, append, entries, key, open, salt, sqlite, stores};

/// What a check finds wrong with a store.
async fn faults_of(store: &Store) -> Vec<ledger::Fault> {
    let mut conn = store.pool.acquire().await.unwrap();
    ledger::verify(&mut conn, key().verifier(), &[], |_| ()).await.unwrap().faults
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_the_log_goes_on_when_there_is_room() {
    let store = sqlite().await;
    let url = ledger::sqlite_url(&store.folder.join("ledger.db"));
    let pool = ledger::connect(&url, 1).await.unwrap();
    let store = Store { name: "full", pool, folder: store.folder.clone() };
    let mut log = open(&store).await;
    append(&store, &mut log, &entries(0, 200)).await;
    for _ in 0..3 {
        let mut tx = ledger::begin(&store.pool).await.unwrap();
        sqlx::query("PRAGMA max_page_count = 30").execute(&mut *tx).await.unwrap();
        let refused = log.append(&mut tx, &entries(200, 3000)).await;
        assert!(matches!(refused, Err(LedgerError::Database(_))), "{refused:?}");
        drop(tx);
        assert_eq!(log.head().size(), 200);
    }
    append(&store, &mut log, &entries(200, 300)).await;
    assert_eq!(faults_of(&store).await, []);
    assert_eq!(open(&store).await.head().size(), 500);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_by_reloading() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 10)).await;
        let mut tx = ledger::begin(&store.pool).await.unwrap();
        let pending = log.append(&mut tx, &entries(10, 300)).await.unwrap();
        tx.commit().await.unwrap();
        drop(pending);

        let mut tx = ledger::begin(&store.pool).await.unwrap();
        let refused = log.append(&mut tx, &entries(10, 1)).await;
        assert!(matches!(refused, Err(LedgerError::Overtaken)));
        tx.rollback().await.unwrap();
        let mut conn = store.pool.acquire().await.unwrap();
        log.reload(&mut conn).await.unwrap();
        drop(conn);
        assert_eq!(log.head().size(), 310);
        append(&store, &mut log, &entries(310, 1)).await;
        assert_eq!(faults_of(&store).await, []);
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_changes_nothing() {
    for store in stores().await.into_iter().filter(|store| store.name == "postgres") {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 250)).await;
        let mut tx = ledger::begin(&store.pool).await.unwrap();
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *tx).await.unwrap();
        let pending = log.append(&mut tx, &entries(250, 10)).await.unwrap();
        let end = sqlx::query("SELECT 1 FROM pg_terminate_backend($1)").bind(pid);
        end.execute(&store.pool).await.unwrap();
        assert!(tx.commit().await.is_err());
        drop(pending);
        append(&store, &mut log, &entries(250, 10)).await;
        assert_eq!(log.head().size(), 260);
        assert_eq!(faults_of(&store).await, []);
    }
}

#[tokio::test]
async fn a_store_put_back_under_a_running_log_is_refused() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 10)).await;
        let mut ahead = open(&store).await;
        let mut tx = ledger::begin(&store.pool).await.unwrap();
        let pending = ahead.append(&mut tx, &entries(10, 5)).await.unwrap();
        tx.rollback().await.unwrap();
        ahead.commit(pending).unwrap();
        let mut conn = store.pool.acquire().await.unwrap();
        let refused = ahead.reload(&mut conn).await.unwrap_err();
        assert!(refused.is_fatal(), "{refused}");
    }
}

#[tokio::test]
async fn an_erased_payload_is_gone_from_the_files() {
    let store = sqlite().await;
    let mut log = open(&store).await;
    append(&store, &mut log, &entries(0, 100)).await;
    let secret = NewEntry::new(salt(100), b"the secret of this test".repeat(500));
    append(&store, &mut log, std::slice::from_ref(&secret)).await;
    append(&store, &mut log, &entries(101, 200)).await;
    let order = NewEntry { erases: Some(100), ..NewEntry::new(salt(301), b"order".to_vec()) };
    append(&store, &mut log, &[order]).await;
    ledger::purge(&mut store.pool.acquire().await.unwrap()).await.unwrap();
    for file in std::fs::read_dir(&store.folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(23).any(|window| window == b"the secret of this test"));
        assert!(!bytes.windows(32).any(|window| window == secret.salt));
    }
    assert_eq!(faults_of(&store).await, []);
}

#[tokio::test]
async fn purging_works_on_every_database() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 10)).await;
        ledger::purge(&mut store.pool.acquire().await.unwrap()).await.unwrap();
        assert_eq!(faults_of(&store).await, []);
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Append(u64),
    RollBack(u64),
    Forget(u64),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1u64..300).prop_map(Step::Append),
        1 => (1u64..300).prop_map(Step::RollBack),
        1 => (1u64..300).prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..12)
}

async fn walk(steps: Vec<Step>) {
    let store = sqlite().await;
    let mut log: Log = open(&store).await;
    for step in steps {
        let size = log.head().size();
        match step {
            Step::Append(count) => append(&store, &mut log, &entries(size, count)).await,
            Step::Reopen => log = open(&store).await,
            Step::RollBack(count) | Step::Forget(count) => {
                let mut tx = ledger::begin(&store.pool).await.unwrap();
                let pending = log.append(&mut tx, &entries(size, count)).await.unwrap();
                match step {
                    Step::RollBack(_) => tx.rollback().await.unwrap(),
                    // Dropped like the future of a request that was cut off.
                    _ => drop(tx),
                }
                drop(pending);
            }
        }
    }
    let size = log.head().size();
    let leaves: Vec<_> = entries(0, size).iter().map(|new| leaf_hash(&new.entry().to_bytes())).collect();
    assert_eq!(log.head().root(), one_shot(&leaves));
    assert_eq!(faults_of(&store).await, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_history_of_batches_gives_the_tree_of_the_slow_twin(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(walk(steps));
    }
}
