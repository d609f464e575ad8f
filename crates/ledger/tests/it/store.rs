//! Appending, recovering, proving and erasing.

use ledger::{
    Checkpoint, Fault, Hash, LedgerError, Log, NewEntry, SigningKey, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};

use crate::town::{append, entries, key, open, salt, stores};

/// RFC 6962 §2.1 word for word: the slow twin.
pub(crate) fn one_shot(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => empty_root(),
        1 => leaves[0],
        n => {
            let k = n.next_power_of_two() / 2;
            node_hash(&one_shot(&leaves[..k]), &one_shot(&leaves[k..]))
        }
    }
}

/// Batch sizes that meet the border between tiles in every way.
const BATCHES: [u64; 12] = [1, 1, 3, 250, 1, 1, 255, 256, 1, 600, 16, 900];

#[tokio::test]
async fn batches_give_the_tree_of_the_slow_twin_and_reopening_finds_it() {
    for store in stores().await {
        let mut log = open(&store).await;
        let mut leaves = Vec::new();
        for count in BATCHES {
            let batch = entries(leaves.len() as u64, count);
            leaves.extend(batch.iter().map(|new| leaf_hash(&new.entry().to_bytes())));
            append(&store, &mut log, &batch).await;
            assert_eq!(log.head().root(), one_shot(&leaves), "{}", store.name);

            let again = open(&store).await;
            assert_eq!(again.head().root(), log.head().root());
            assert_eq!(again.head().note(), log.head().note());
            log = again;
        }
        let mut conn = store.pool.acquire().await.unwrap();
        let total = leaves.len() as u64;
        let read = ledger::read(&mut conn, 0..total + 5).await.unwrap();
        assert_eq!(read.len() as u64, total);
        for (index, (record, new)) in (0..).zip(read.iter().zip(entries(0, total))) {
            assert_eq!((record.index, record.entry), (index, new.entry()));
            assert_eq!(record.body, Some((new.salt, new.payload)));
        }
        let part = ledger::read(&mut conn, 254..258).await.unwrap();
        assert_eq!(part.iter().map(|r| r.index).collect::<Vec<_>>(), [254, 255, 256, 257]);
    }
}

#[tokio::test]
async fn proofs_hold_for_every_size_and_fail_for_another_entry() {
    for store in stores().await {
        let mut log = open(&store).await;
        for count in [300, 1, 500, 7] {
            let size = log.head().size();
            append(&store, &mut log, &entries(size, count)).await;
        }
        let mut conn = store.pool.acquire().await.unwrap();
        let head = log.head().clone();
        let size = head.size();
        let leaf = |index| entries(index, 1)[0].entry().leaf();
        for old in [1, 2, 255, 256, 257, 300, 511, 512, 513, 801, 807, 808] {
            let old_root = head.root_at(&mut conn, old).await.unwrap();
            let proof = head.consistency(&mut conn, old, size).await.unwrap();
            assert!(verify_consistency(old, &old_root, size, &head.root(), &proof), "{old}");
            for index in [0, old / 2, old - 1] {
                let proof = head.inclusion(&mut conn, index, old).await.unwrap();
                assert!(verify_inclusion(&leaf(index), index, old, &old_root, &proof));
                assert!(!verify_inclusion(&leaf(index + 1), index, old, &old_root, &proof));
                assert!(proof.len() * 32 <= 1024);
            }
        }
        assert!(head.inclusion(&mut conn, size, size).await.is_err());
        assert!(head.consistency(&mut conn, 1, size + 1).await.is_err());
    }
}

#[tokio::test]
async fn a_rolled_back_transaction_leaves_the_log_as_it_was() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 255)).await;
        let before = log.head().note().to_owned();
        for count in [1, 2, 300] {
            let mut tx = ledger::begin(&store.pool).await.unwrap();
            let pending = log.append(&mut tx, &entries(255, count)).await.unwrap();
            assert_eq!(pending.first_index(), 255);
            tx.rollback().await.unwrap();
            drop(pending);
        }
        assert_eq!(log.head().note(), before);
        assert_eq!(open(&store).await.head().note(), before);
        append(&store, &mut log, &entries(255, 2)).await;
        assert_eq!(open(&store).await.head().size(), 257);
    }
}

#[tokio::test]
async fn a_second_writer_is_refused_and_recovers_by_reloading() {
    for store in stores().await {
        let mut one = open(&store).await;
        let mut two = open(&store).await;
        append(&store, &mut one, &entries(0, 3)).await;
        let mut tx = ledger::begin(&store.pool).await.unwrap();
        let refused = two.append(&mut tx, &entries(0, 1)).await;
        assert!(matches!(refused, Err(LedgerError::Overtaken)), "{}", store.name);
        tx.rollback().await.unwrap();
        let mut conn = store.pool.acquire().await.unwrap();
        two.reload(&mut conn).await.unwrap();
        drop(conn);
        append(&store, &mut two, &entries(3, 300)).await;
        let mut conn = store.pool.acquire().await.unwrap();
        one.reload(&mut conn).await.unwrap();
        assert_eq!(one.head().note(), two.head().note());
    }
}

#[tokio::test]
async fn an_erasure_destroys_the_payload_and_keeps_the_tree() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 300)).await;
        for target in [7, 280] {
            let size = log.head().size();
            let order = NewEntry { erases: Some(target), ..NewEntry::new(salt(size), b"why and by whom".to_vec()) };
            append(&store, &mut log, &[order]).await;
        }
        let mut conn = store.pool.acquire().await.unwrap();
        assert_eq!(ledger::payload(&mut conn, 7).await.unwrap(), None);
        assert_eq!(ledger::payload(&mut conn, 8).await.unwrap(), Some(entries(8, 1)[0].payload.clone()));
        let kept = ledger::read(&mut conn, 280..281).await.unwrap();
        assert_eq!(kept[0].entry, entries(280, 1)[0].entry());
        assert_eq!(open(&store).await.head().note(), log.head().note());

        for target in [7, 300, 302, 999] {
            let order = NewEntry { erases: Some(target), ..NewEntry::new([1; 32], Vec::new()) };
            let mut tx = ledger::begin(&store.pool).await.unwrap();
            let refused = log.append(&mut tx, &[order]).await;
            assert!(matches!(refused, Err(LedgerError::Refused(_))), "{target}");
            tx.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn opening_refuses_a_foreign_key_and_a_changed_edge() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 20)).await;
        let mut conn = store.pool.acquire().await.unwrap();
        let other = SigningKey::from_seed(crate::town::ORIGIN, &[1; 32]).unwrap();
        let refused = Log::open(&mut conn, other).await;
        assert!(matches!(refused, Err(LedgerError::Damaged(Fault::CheckpointOtherKey))));

        sqlx::query("DELETE FROM ledger_segment").execute(&mut *conn).await.unwrap();
        let refused = Log::open(&mut conn, key()).await.map(|_| ());
        assert!(matches!(refused, Err(LedgerError::Damaged(Fault::RootDiffers { size: 20 }))));
        assert!(refused.unwrap_err().is_fatal());
    }
}

#[tokio::test]
async fn resources_are_those_of_the_tile_specification() {
    for store in stores().await {
        let mut log = open(&store).await;
        append(&store, &mut log, &entries(0, 600)).await;
        let mut conn = store.pool.acquire().await.unwrap();
        let head = log.head().clone();
        let note = head.resource(&mut conn, "checkpoint").await.unwrap().unwrap();
        let note = String::from_utf8(note).unwrap();
        let checkpoint = Checkpoint::verified(&note, key().verifier()).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (600, head.root()));
        for (path, bytes) in [
            ("tile/0/000", Some(8192)),
            ("tile/0/002.p/88", Some(88 * 32)),
            ("tile/0/002.p/10", Some(320)),
            ("tile/0/002.p/89", None),
            ("tile/0/002", None),
            ("tile/1/000.p/2", Some(64)),
            ("tile/1/000.p/3", None),
            ("tile/2/000.p/1", None),
            ("tile/entries/001", Some(256 * 35)),
            ("tile/entries/002.p/88", Some(88 * 35)),
            ("tile/9/000", None),
            ("tile/63/000.p/1", None),
            ("key", None),
        ] {
            let found = head.resource(&mut conn, path).await.unwrap();
            assert_eq!(found.map(|found| found.len()), bytes, "{path}");
        }
    }
}
