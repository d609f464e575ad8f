//! Every way to damage the store that we can think of, and what a check must call it.

use ledger::{Fault, Log, NewEntry, SigningKey};
use sqlx::Row;

use crate::town::{Store, append, entries, key, open, salt, stores};

/// One stored record, cut out of its segment by the layout in `docs/formats/ledger.md`.
#[derive(Clone, PartialEq)]
struct Cut {
    index: u64,
    /// Everything behind the index.
    rest: Vec<u8>,
}

/// The rows of a store, to damage and to restore.
#[derive(Clone, PartialEq)]
struct Rows {
    segments: Vec<(i64, Vec<u8>)>,
    tiles: Vec<(i64, i64, Vec<u8>)>,
    note: Option<String>,
}

impl Rows {
    async fn load(store: &Store) -> Self {
        let segments = sqlx::query("SELECT first, data FROM ledger_segment ORDER BY first");
        let tiles = sqlx::query("SELECT level, idx, hashes FROM ledger_tile ORDER BY level, idx");
        let segments = segments.fetch_all(&store.pool).await.unwrap();
        let tiles = tiles.fetch_all(&store.pool).await.unwrap();
        let mut conn = store.pool.acquire().await.unwrap();
        Self {
            segments: segments.iter().map(|row| (row.get(0), row.get(1))).collect(),
            tiles: tiles.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect(),
            note: ledger::checkpoint(&mut conn).await.unwrap(),
        }
    }

    async fn save(&self, store: &Store) {
        let mut tx = ledger::begin(&store.pool).await.unwrap();
        for clear in ["DELETE FROM ledger_segment", "DELETE FROM ledger_tile", "DELETE FROM ledger_checkpoint"] {
            sqlx::query(clear).execute(&mut *tx).await.unwrap();
        }
        for (first, data) in &self.segments {
            let insert = sqlx::query("INSERT INTO ledger_segment (first, data) VALUES ($1, $2)");
            insert.bind(first).bind(data.clone()).execute(&mut *tx).await.unwrap();
        }
        for (level, index, hashes) in &self.tiles {
            let insert = sqlx::query("INSERT INTO ledger_tile (level, idx, hashes) VALUES ($1, $2, $3)");
            let insert = insert.bind(level).bind(index).bind(hashes.clone());
            insert.execute(&mut *tx).await.unwrap();
        }
        if let Some(note) = &self.note {
            let insert = sqlx::query("INSERT INTO ledger_checkpoint (slot, note) VALUES (0, $1)");
            insert.bind(note).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Rewrites the segment that holds `index`, record by record.
    fn edit(&mut self, index: u64, edit: impl FnOnce(&mut Vec<Cut>)) {
        let (_, data) = self.segments.iter_mut().rfind(|(first, _)| *first <= index as i64).unwrap();
        let mut cuts = cut(data);
        edit(&mut cuts);
        *data = cuts.iter().flat_map(|cut| [&cut.index.to_be_bytes()[..], &cut.rest].concat()).collect();
    }

    fn record(&mut self, index: u64, edit: impl FnOnce(&mut Vec<u8>)) {
        self.edit(index, |cuts| edit(&mut cuts.iter_mut().find(|cut| cut.index == index).unwrap().rest));
    }

    fn swap(&mut self, a: u64, b: u64) {
        let mut held = Vec::new();
        self.record(a, |rest| held = rest.clone());
        self.record(b, |rest| std::mem::swap(rest, &mut held));
        self.record(a, |rest| *rest = held);
    }
}

fn cut(mut data: &[u8]) -> Vec<Cut> {
    let mut cuts = Vec::new();
    while !data.is_empty() {
        let index = u64::from_be_bytes(data[..8].try_into().unwrap());
        let state = 9 + usize::from(data[8]);
        let end = match data[state] {
            0 => state + 1,
            _ => {
                let length = &data[state + 33..state + 37];
                state + 37 + u32::from_be_bytes(length.try_into().unwrap()) as usize
            }
        };
        cuts.push(Cut { index, rest: data[8..end].to_vec() });
        data = &data[end..];
    }
    cuts
}

/// Places within a record behind its index, for an entry of the ordinary kind.
const KIND: usize = 1;
const COMMITMENT: usize = 2;
const STATE: usize = 34;
const SALT: usize = 35;
const LENGTH: usize = 67;
const PAYLOAD: usize = 71;

async fn faults_of(store: &Store, known: &[String]) -> Vec<Fault> {
    let mut conn = store.pool.acquire().await.unwrap();
    let key = key();
    ledger::verify(&mut conn, key.verifier(), known, |_| ()).await.unwrap().faults
}

/// A log of two full tiles and an open one in several segments, with one erasure in each part,
/// and the checkpoints it passed.
async fn town(store: &Store) -> Vec<String> {
    let mut log = open(store).await;
    let mut notes = Vec::new();
    for count in [100, 200, 212, 60, 1, 30] {
        let batch = entries(log.head().size(), count);
        append(store, &mut log, &batch).await;
        notes.push(log.head().note().to_owned());
    }
    for target in [20, 570] {
        let order = NewEntry { erases: Some(target), ..NewEntry::new(salt(9_000 + target), b"order".to_vec()) };
        append(store, &mut log, &[order]).await;
        let batch = entries(log.head().size(), 5);
        append(store, &mut log, &batch).await;
    }
    notes.push(log.head().note().to_owned());
    assert_eq!(log.head().size(), 615);
    notes
}

type Case = (&'static str, fn(&mut Rows), Vec<Fault>);

/// Indexes: 0–511 full tiles, 512–614 open; 20 and 570 erased by 603 and 609.
fn cases() -> Vec<Case> {
    use Fault::*;
    vec![
        ("payload", |r| r.record(3, |b| b[PAYLOAD] ^= 1), vec![PayloadChanged { index: 3 }]),
        ("payload, open", |r| r.record(580, |b| b[PAYLOAD + 5] ^= 4), vec![PayloadChanged { index: 580 }]),
        ("salt", |r| r.record(300, |b| b[SALT + 31] ^= 128), vec![PayloadChanged { index: 300 }]),
        ("commitment", |r| r.record(511, |b| b[COMMITMENT] ^= 1), vec![EntryChanged { index: 511 }]),
        ("commitment, open", |r| r.record(512, |b| b[COMMITMENT + 31] ^= 1), vec![EntryChanged { index: 512 }]),
        ("commitment of an erased record", |r| r.record(20, |b| b[COMMITMENT] ^= 1), vec![EntryChanged { index: 20 }]),
        ("commitment of an erased record, open", |r| r.record(570, |b| b[COMMITMENT] ^= 1), vec![RootDiffers { size: 615 }]),
        ("kind of entry", |r| r.record(4, |b| b[KIND] = 3), vec![EntryMalformed { index: 4 }, EntriesMissing { first: 4, last: 255 }]),
        (
            "length of a payload",
            |r| r.record(601, |b| b[LENGTH] ^= 1),
            vec![EntryMalformed { index: 601 }, EntriesMissing { first: 601, last: 602 }],
        ),
        ("record replaced", |r| r.record(200, |b| replace(b, b"other")), vec![EntryChanged { index: 200 }]),
        ("target of an order", |r| r.record(603, |b| b[KIND + 8] ^= 1), vec![OrderNotCarriedOut { index: 603, target: 21 }]),
        ("record lost", |r| r.edit(9, |c| drop(c.remove(9))), vec![EntryMisplaced { index: 10 }]),
        ("record lost, open", |r| r.edit(580, |c| drop(c.remove(580 - 573))), vec![EntryMisplaced { index: 581 }]),
        ("record doubled", |r| r.edit(9, |c| c.insert(9, c[9].clone())), vec![EntriesDuplicated { first: 9 }]),
        ("records out of order", |r| r.edit(9, |c| c.swap(9, 10)), vec![EntriesDuplicated { first: 9 }]),
        ("records swapped", |r| r.swap(30, 40), vec![EntriesSwapped { first: 30, second: 40 }]),
        ("records swapped between tiles", |r| r.swap(30, 400), vec![EntriesSwapped { first: 30, second: 400 }]),
        ("records swapped, open", |r| r.swap(575, 590), vec![EntriesSwapped { first: 575, second: 590 }]),
        (
            "tail renumbered over a gap",
            |r| {
                r.edit(590, |c| {
                    c.remove(590 - 573);
                    for (i, cut) in c.iter_mut().enumerate() {
                        cut.index = 573 + i as u64;
                    }
                })
            },
            vec![EntriesMissing { first: 602, last: 602 }],
        ),
        ("segment lost", |r| drop(r.segments.remove(1)), vec![EntriesMissing { first: 256, last: 511 }]),
        ("segment moved", |r| r.segments[2].0 += 1, vec![EntryMisplaced { index: 512 }]),
        ("segment emptied", |r| r.segments[0].1.clear(), vec![EntryMalformed { index: 0 }]),
        (
            "segment cut",
            |r| {
                let end = r.segments[0].1.len() - 1;
                r.segments[0].1.truncate(end);
            },
            vec![EntryMalformed { index: 255 }],
        ),
        ("tail cut off", |r| drop(r.segments.pop()), vec![Truncated { found: 610, size: 615 }]),
        (
            "entries behind the checkpoint",
            |r| {
                r.segments.push((615, {
                    let mut c = cut(&r.segments[0].1)[0].clone();
                    c.index = 615;
                    [&c.index.to_be_bytes()[..], &c.rest].concat()
                }))
            },
            vec![EntriesBeyondCheckpoint { first: 615 }],
        ),
        (
            "erased without order",
            |r| {
                r.record(50, |b| {
                    b[STATE] = 0;
                    b.truncate(SALT);
                })
            },
            vec![ErasedWithoutOrder { index: 50 }],
        ),
        (
            "erasure undone",
            |r| r.record(20, |b| replace(b, b"again")),
            vec![OrderNotCarriedOut { index: 603, target: 20 }, EntryChanged { index: 20 }],
        ),
        ("tile lost", |r| drop(r.tiles.remove(1)), vec![TileMissing { level: 0, index: 1 }]),
        ("tile changed", |r| r.tiles[1].2[8191] ^= 1, vec![TileChanged { level: 0, index: 1 }]),
        ("tile cut", |r| r.tiles[0].2.truncate(8_191), vec![TileChanged { level: 0, index: 0 }]),
        (
            "tiles swapped",
            |r| {
                let held = r.tiles[0].2.clone();
                r.tiles[0].2 = r.tiles[1].2.clone();
                r.tiles[1].2 = held;
            },
            vec![TileChanged { level: 0, index: 0 }, TileChanged { level: 0, index: 1 }],
        ),
        ("tile added", |r| r.tiles.push((0, 2, vec![0; 8192])), vec![TileUnexpected { level: 0, index: 2 }]),
        ("tile added above", |r| r.tiles.push((3, 0, vec![0; 8192])), vec![TileUnexpected { level: 3, index: 0 }]),
        ("checkpoint lost", |r| r.note = None, vec![CheckpointMissing]),
        ("checkpoint emptied", |r| r.note = Some(String::new()), vec![CheckpointMalformed]),
        ("checkpoint size", |r| note(r, "\n615\n", "\n614\n"), vec![CheckpointForged, EntriesBeyondCheckpoint { first: 614 }]),
        ("checkpoint origin", |r| note(r, "sekisho.example/asagiri\n6", "sekisho.example/yugiri\n6"), vec![CheckpointForged]),
        ("checkpoint signer", |r| note(r, "— sekisho.example/asagiri", "— sekisho.example/yugiri"), vec![CheckpointOtherKey]),
        (
            "checkpoint signature",
            |r| {
                let at = r.note.as_ref().unwrap().len() - 20;
                let n = r.note.as_mut().unwrap();
                let c = n.remove(at);
                n.insert(at, if c == 'A' { 'B' } else { 'A' });
            },
            vec![CheckpointForged],
        ),
    ]
}

/// A record with another payload and the commitment that fits it.
fn replace(record: &mut Vec<u8>, payload: &[u8]) {
    let new = NewEntry::new([77; 32], payload.to_vec());
    let entry = new.entry().to_bytes();
    record.clear();
    record.push(entry.len() as u8);
    record.extend(entry);
    record.push(1);
    record.extend(new.salt);
    record.extend((payload.len() as u32).to_be_bytes());
    record.extend(payload);
}

fn note(rows: &mut Rows, from: &str, to: &str) {
    let note = rows.note.take().unwrap();
    assert!(note.contains(from));
    rows.note = Some(note.replacen(from, to, 1));
}

#[tokio::test]
async fn every_kind_of_damage_is_found_and_named() {
    for store in stores().await {
        let notes = town(&store).await;
        assert_eq!(faults_of(&store, &notes).await, []);
        let good = Rows::load(&store).await;
        for (name, damage, expected) in cases() {
            let mut rows = good.clone();
            damage(&mut rows);
            assert!(rows != good, "{name} changes nothing");
            rows.save(&store).await;
            let found = faults_of(&store, &[]).await;
            for fault in &expected {
                assert!(found.contains(fault), "{}: {name}: {found:?}", store.name);
            }
            assert!(!found.iter().any(|fault| fault.to_string().is_empty()));
        }
        good.save(&store).await;
        assert_eq!(faults_of(&store, &notes).await, []);
    }
}

#[tokio::test]
async fn single_damage_has_a_single_name() {
    let store = crate::town::sqlite().await;
    town(&store).await;
    let good = Rows::load(&store).await;
    let single = [
        "payload",
        "salt",
        "commitment",
        "records swapped",
        "record replaced",
        "tile changed",
        "erased without order",
        "commitment, open",
        "records swapped, open",
    ];
    for (name, damage, expected) in cases() {
        if single.contains(&name) {
            let mut rows = good.clone();
            damage(&mut rows);
            rows.save(&store).await;
            assert_eq!(faults_of(&store, &[]).await, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn any_flipped_bit_is_found() {
    let store = crate::town::sqlite().await;
    town(&store).await;
    let good = Rows::load(&store).await;
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut chance = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for round in 0..240 {
        let mut rows = good.clone();
        let bytes = match round % 4 {
            0 => {
                let at = chance(rows.tiles.len());
                &mut rows.tiles[at].2
            }
            _ => {
                let at = chance(rows.segments.len());
                &mut rows.segments[at].1
            }
        };
        let at = chance(bytes.len());
        bytes[at] ^= 1 << chance(8);
        rows.save(&store).await;
        assert_ne!(faults_of(&store, &[]).await, [], "round {round}, byte {at}");
    }
}

#[tokio::test]
async fn an_older_checkpoint_or_store_is_known_by_a_newer_one() {
    for store in stores().await {
        let notes = town(&store).await;
        let good = Rows::load(&store).await;
        let mut rows = good.clone();
        rows.note = Some(notes[3].clone());
        rows.save(&store).await;
        assert_eq!(faults_of(&store, &[]).await.first(), Some(&Fault::EntriesBeyondCheckpoint { first: 572 }));

        // The whole store put back to an earlier day agrees with itself …
        good.save(&store).await;
        rows.segments.retain(|(first, _)| *first < 572);
        rows.record(20, |record| {
            let (salt, payload) = (salt(20), entries(20, 1)[0].payload.clone());
            record.truncate(STATE);
            record.push(1);
            record.extend(salt);
            record.extend((payload.len() as u32).to_be_bytes());
            record.extend(payload);
        });
        rows.record(570, |record| {
            let (salt, payload) = (salt(570), entries(570, 1)[0].payload.clone());
            record.truncate(STATE);
            record.push(1);
            record.extend(salt);
            record.extend((payload.len() as u32).to_be_bytes());
            record.extend(payload);
        });
        rows.save(&store).await;
        assert_eq!(faults_of(&store, &[]).await, []);
        // … but not with a checkpoint that somebody kept.
        assert_eq!(faults_of(&store, &notes[6..]).await, [Fault::RolledBack { known: 615, size: 572 }]);
    }
}

#[tokio::test]
async fn a_log_recomputed_by_whoever_owns_the_database_is_found() {
    for store in stores().await {
        let notes = town(&store).await;
        Rows { segments: Vec::new(), tiles: Vec::new(), note: None }.save(&store).await;
        let mut changed = entries(0, 615);
        changed[123].payload = b"never happened".to_vec();

        let other = SigningKey::from_seed(crate::town::ORIGIN, &[1; 32]).unwrap();
        let mut conn = store.pool.acquire().await.unwrap();
        let mut forged = Log::open(&mut conn, other).await.unwrap();
        drop(conn);
        append(&store, &mut forged, &changed).await;
        assert_eq!(faults_of(&store, &[]).await, [Fault::CheckpointOtherKey]);

        // With the stolen seed the log is perfect; a kept checkpoint tells.
        Rows { segments: Vec::new(), tiles: Vec::new(), note: None }.save(&store).await;
        let mut forged = open(&store).await;
        append(&store, &mut forged, &changed).await;
        assert_eq!(faults_of(&store, &[]).await, []);
        assert_eq!(faults_of(&store, &notes[..1]).await, []);
        assert_eq!(faults_of(&store, &notes[1..2]).await, [Fault::HistoryRewritten { known: 300 }]);
        assert_eq!(faults_of(&store, &["nonsense".to_owned()]).await, [Fault::KnownCheckpointForeign]);
    }
}
