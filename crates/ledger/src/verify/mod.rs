//! Checking a whole log against its signed head, in one pass and constant memory.

mod digest;
mod walk;

use std::collections::VecDeque;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::checkpoint::Checkpoint;
use crate::database::snapshot;
use crate::error::LedgerError;
use crate::fault::Fault;
use crate::hash::Hash;
use crate::note::{Note, VerifierKey};
use crate::read::{checkpoint, from_key, to_key};
use crate::tree::{FullTile, TILE_WIDTH, full_tiles_below};

use digest::{Digests, digest};
use walk::Walk;

/// Segments read at a time; a segment is at most a few megabytes.
const SEGMENTS_PER_READ: i64 = 8;
/// Portions that are being hashed at a time; memory grows with it, speed no longer does.
const PORTIONS_MAX: usize = 3;
/// More faults than this are counted but not listed.
const FAULTS_MAX: usize = 10_000;

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries checked.
    pub checked: u64,
    /// Entries that the checkpoint names.
    pub size: u64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Size that the checkpoint names.
    pub size: u64,
    /// The checkpoint as stored (empty if there is none).
    pub note: String,
    /// Entries found.
    pub entries: u64,
    /// Entries whose payload is lawfully erased.
    pub erased: u64,
    /// Bytes of the payloads that were hashed.
    pub payload_bytes: u64,
    /// Every fault, in the order of the log; at most 10,000.
    pub faults: Vec<Fault>,
    /// Faults that were found but not listed.
    pub faults_unlisted: u64,
}

impl VerifyReport {
    /// Whether the log is exactly what was signed.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks everything that is stored: the signature, that indexes have no gap, that each payload is
/// what its entry committed to, that erasures are ordered, that the entries hash to the signed
/// root, and that every tile is the one that follows from them.
///
/// `known` are signed checkpoints kept elsewhere (a witness, a print-out, the last check); the log
/// must continue each. Only they can show that the holder of the signing key has rewritten it.
///
/// Runs in one unchanging view of the store, so that writers need not stop. Faults are in the
/// report; an error means that the check itself could not be made.
pub async fn verify(
    conn: &mut AnyConnection,
    key: &VerifierKey,
    known: &[String],
    mut progress: impl FnMut(Progress),
) -> Result<VerifyReport, LedgerError> {
    let mut view = snapshot(conn).await?;
    let note = checkpoint(&mut view).await?;
    let mut faults = Vec::new();
    let signed = read_head(note.as_deref(), key, &mut faults);
    let known = read_known(known, key, &mut faults);
    let mut walk = Walk::new(signed.clone(), known, faults);

    // Reading, hashing and building the tree overlap: some portions are being hashed on other
    // threads while the next one is read and the oldest is put into the tree.
    let mut hashing = VecDeque::new();
    let mut after = Some(-1);
    while after.is_some() || !hashing.is_empty() {
        if let Some(first) = after {
            let rows = read_segments(&mut view, first).await?;
            after = rows.last().map(|row| row.try_get(0)).transpose()?;
            hashing.push_back(tokio::task::spawn_blocking(|| digest_rows(rows)));
        }
        if after.is_none() || hashing.len() > PORTIONS_MAX {
            let Some(portion) = hashing.pop_front() else {
                break;
            };
            for segment in portion.await.map_err(std::io::Error::other).map_err(sqlx::Error::Io)?? {
                walk.segment(segment);
            }
            check_leaf_tiles(&mut view, &mut walk).await?;
            check_upper_tiles(&mut view, &mut walk).await?;
            progress(Progress { checked: walk.next(), size: walk.size() });
        }
    }
    walk.end();
    check_leaf_tiles(&mut view, &mut walk).await?;
    find_unexpected_tiles(&mut view, &mut walk).await?;
    view.rollback().await?;
    Ok(walk.report(note.unwrap_or_default()))
}

async fn read_segments(view: &mut AnyConnection, after: i64) -> Result<Vec<AnyRow>, LedgerError> {
    let rows = sqlx::query("SELECT first, data FROM ledger_segment WHERE first > $1 ORDER BY first LIMIT $2")
        .bind(after)
        .bind(SEGMENTS_PER_READ)
        .fetch_all(view)
        .await?;
    Ok(rows)
}

fn digest_rows(rows: Vec<AnyRow>) -> Result<Vec<Digests>, LedgerError> {
    rows.iter().map(|row| Ok(digest(from_key(row.try_get(0)?), row.try_get(1)?))).collect()
}

/// The head as far as it can be read; whatever is wrong with it becomes a fault.
fn read_head(note: Option<&str>, key: &VerifierKey, faults: &mut Vec<Fault>) -> Option<Checkpoint> {
    let Some(note) = note else {
        faults.push(Fault::CheckpointMissing);
        return None;
    };
    if let Err(error) = Checkpoint::verified(note, key) {
        faults.push(error.into());
    }
    Note::parse(note).and_then(|note| Checkpoint::parse(&note.text)).ok()
}

/// The known checkpoints by size.
fn read_known(known: &[String], key: &VerifierKey, faults: &mut Vec<Fault>) -> Vec<(u64, Hash)> {
    let mut heads = Vec::new();
    for note in known {
        match Checkpoint::verified(note, key) {
            Ok(checkpoint) => heads.push((checkpoint.size, checkpoint.root)),
            Err(_) => faults.push(Fault::KnownCheckpointForeign),
        }
    }
    heads.sort_unstable();
    heads
}

/// Compares the leaves of completed tiles with the tiles of level 0.
async fn check_leaf_tiles(view: &mut AnyConnection, walk: &mut Walk) -> Result<(), LedgerError> {
    let (from, to) = walk.complete_tiles();
    if from >= to {
        return Ok(());
    }
    let rows = sqlx::query(
        "SELECT idx, hashes FROM ledger_tile WHERE level = 0 AND idx >= $1 AND idx < $2 \
         ORDER BY idx",
    )
    .bind(to_key(from)?)
    .bind(to_key(to)?)
    .fetch_all(view)
    .await?;
    let mut rows = rows.iter().peekable();
    for index in from..to {
        let stored = rows.next_if(|row| row.try_get(0).map(from_key).is_ok_and(|i| i == index));
        let hashes = stored.map(|row| row.try_get::<&[u8], _>(1)).transpose()?;
        walk.leaf_tile(index, hashes);
    }
    Ok(())
}

/// Compares the tiles above, of which there is one in 65,536 entries.
async fn check_upper_tiles(view: &mut AnyConnection, walk: &mut Walk) -> Result<(), LedgerError> {
    for FullTile { level, index, hashes } in walk.take_upper_tiles() {
        let row = sqlx::query("SELECT hashes FROM ledger_tile WHERE level = $1 AND idx = $2")
            .bind(i64::from(level))
            .bind(to_key(index)?)
            .fetch_optional(&mut *view)
            .await?;
        match row {
            None => walk.fault(Fault::TileMissing { level, index }),
            Some(row) if row.try_get::<&[u8], _>(0)? != hashes => {
                walk.fault(Fault::TileChanged { level, index });
            }
            Some(_) => (),
        }
    }
    Ok(())
}

/// Names tiles that a log of the signed size does not have.
async fn find_unexpected_tiles(view: &mut AnyConnection, walk: &mut Walk) -> Result<(), LedgerError> {
    let mut levels = 0u32;
    loop {
        let count = full_tiles_below(walk.size(), levels + 1);
        let rows = sqlx::query(
            "SELECT level, idx FROM ledger_tile WHERE (level = $1 AND (idx >= $2 OR idx < 0)) \
             OR ($2 = 0 AND (level > $1 OR level < 0)) ORDER BY level, idx LIMIT $3",
        )
        .bind(i64::from(levels))
        .bind(to_key(count)?)
        .bind(TILE_WIDTH as i64)
        .fetch_all(&mut *view)
        .await?;
        for row in rows {
            let level = u8::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u8::MAX);
            let index = from_key(row.try_get(1)?);
            walk.fault(Fault::TileUnexpected { level, index });
        }
        if count == 0 {
            return Ok(());
        }
        levels += 1;
    }
}
