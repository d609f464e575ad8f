//! The writer: appends within the caller's transaction and remembers the head of the last commit.

use std::sync::Arc;

use sqlx::AnyConnection;
use sqlx::Row;

use crate::checkpoint::Checkpoint;
use crate::database::snapshot;
use crate::entry::{Entry, NewEntry, PAYLOAD_BYTES_MAX};
use crate::error::LedgerError;
use crate::fault::Fault;
use crate::hash::Hash;
use crate::head::Head;
use crate::note::{SigningKey, VerifierKey};
use crate::read::{checkpoint, from_key, to_key};
use crate::segment;
use crate::tree::{FullTile, TILE_WIDTH, Tree};

const WIDTH: u64 = TILE_WIDTH as u64;

/// Segments are not merged beyond this size, so that a check needs little memory.
const SEGMENT_BYTES_MAX: usize = 4 << 20;

/// The one writer of a log.
///
/// INVARIANT: `head` is the state of the last transaction known to be committed, never ahead of
/// the store.
#[derive(Debug)]
pub struct Log {
    key: SigningKey,
    head: Arc<Head>,
}

/// An append whose transaction is not committed yet. Dropping it is the memory's half of a
/// rollback.
#[must_use = "hand it to `Log::commit` after the transaction has committed"]
#[derive(Debug)]
pub struct Pending {
    base: Arc<Head>,
    head: Arc<Head>,
}

impl Pending {
    /// Index that the first of the appended entries will have.
    pub fn first_index(&self) -> u64 {
        self.base.size()
    }

    /// The head that the commit will make true.
    pub fn head(&self) -> &Arc<Head> {
        &self.head
    }
}

impl Log {
    /// Opens the log, or begins an empty one, and checks that the right edge of the stored tree
    /// hashes to the signed checkpoint.
    ///
    /// A crash in here leaves at most the checkpoint of an empty log, which the next start finds.
    pub async fn open(conn: &mut AnyConnection, key: SigningKey) -> Result<Self, LedgerError> {
        if checkpoint(conn).await?.is_none() {
            let stored = sqlx::query("SELECT first FROM ledger_segment LIMIT 1").fetch_optional(&mut *conn).await?;
            if stored.is_some() {
                return Err(LedgerError::Damaged(Fault::CheckpointMissing));
            }
            sqlx::query(
                "INSERT INTO ledger_checkpoint (slot, note) VALUES (0, $1) \
                 ON CONFLICT (slot) DO NOTHING",
            )
            .bind(Checkpoint::sign(0, Tree::default().root(), &key))
            .execute(&mut *conn)
            .await?;
        }
        let head = Arc::new(Head::load(conn, key.verifier()).await?);
        Ok(Self { key, head })
    }

    /// Reads the head again after [`LedgerError::Overtaken`] or a commit without an answer.
    ///
    /// Refuses a store that has fallen behind or does not continue what this log has seen.
    pub async fn reload(&mut self, conn: &mut AnyConnection) -> Result<(), LedgerError> {
        let head = Head::load(conn, self.key.verifier()).await?;
        let known = self.head.size();
        if head.size() < known {
            return Err(LedgerError::Damaged(Fault::RolledBack { known, size: head.size() }));
        }
        if known > 0 && head.root_at(conn, known).await? != self.head.root() {
            return Err(LedgerError::Damaged(Fault::HistoryRewritten { known }));
        }
        self.head = Arc::new(head);
        Ok(())
    }

    /// The head of the last commit; cheap to clone, and proofs are made from it without the log.
    pub fn head(&self) -> &Arc<Head> {
        &self.head
    }

    /// The key that checkpoints are signed with.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Writes entries, the tiles they fill and the new checkpoint into the caller's transaction,
    /// carrying out the erasures they order.
    ///
    /// Two statements in the ordinary case, so several acts are best appended together. Only one
    /// append fits into a transaction: a second one from the same head is [`LedgerError::Overtaken`].
    /// Nothing in memory moves before [`Log::commit`].
    /// On an error the caller must roll the transaction back: part of it may be written.
    pub async fn append(&self, conn: &mut AnyConnection, entries: &[NewEntry]) -> Result<Pending, LedgerError> {
        self.check(entries)?;
        let mut tree = self.head.tree().clone();
        let mut tiles = Vec::new();
        let mut pairs = Vec::with_capacity(entries.len());
        for new in entries {
            let entry = new.entry();
            tree.push(entry.leaf(), |tile| tiles.push(tile));
            pairs.push((entry, new));
        }
        let note = Checkpoint::sign(tree.size(), tree.root(), &self.key);

        // The compare-and-swap comes first: on PostgreSQL it is the lock that makes a second
        // writer wait, and it fails if that writer was faster. One log can thus never fork.
        let moved = sqlx::query("UPDATE ledger_checkpoint SET note = $1 WHERE slot = 0 AND note = $2")
            .bind(&note)
            .bind(self.head.note())
            .execute(&mut *conn)
            .await?;
        if moved.rows_affected() != 1 {
            return Err(LedgerError::Overtaken);
        }
        for target in entries.iter().filter_map(|new| new.erases) {
            erase_body(conn, target).await?;
        }
        write_segments(conn, self.head.size(), &pairs).await?;
        write_tiles(conn, tiles).await?;
        Ok(Pending { base: self.head.clone(), head: Arc::new(Head::new(tree, note)) })
    }

    /// Makes the memory follow a transaction that has committed.
    ///
    /// Fails with [`LedgerError::Overtaken`], and changes nothing, if the pending append was not
    /// made from the present head.
    pub fn commit(&mut self, pending: Pending) -> Result<(), LedgerError> {
        if !Arc::ptr_eq(&pending.base, &self.head) {
            return Err(LedgerError::Overtaken);
        }
        self.head = pending.head;
        Ok(())
    }

    fn check(&self, entries: &[NewEntry]) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Err(LedgerError::Refused("追記する記録がありません"));
        }
        for new in entries {
            if new.payload.len() > PAYLOAD_BYTES_MAX {
                return Err(LedgerError::Refused("記録が大きすぎます（上限16 MiB）"));
            }
            if new.erases.is_some_and(|target| target >= self.head.size()) {
                return Err(LedgerError::Refused("消去の対象となる記録がまだありません"));
            }
        }
        Ok(())
    }
}

impl Head {
    /// Reads the head and the right edge of the tree in one unchanging view of the store.
    pub(crate) async fn load(conn: &mut AnyConnection, key: &VerifierKey) -> Result<Self, LedgerError> {
        let mut view = snapshot(conn).await?;
        let head = Self::load_view(&mut view, key).await?;
        view.rollback().await?;
        Ok(head)
    }

    /// The same within a view that the caller holds.
    pub(crate) async fn load_view(view: &mut AnyConnection, key: &VerifierKey) -> Result<Self, LedgerError> {
        let note = checkpoint(view).await?.ok_or(LedgerError::Damaged(Fault::CheckpointMissing))?;
        let signed = Checkpoint::verified(&note, key).map_err(|error| LedgerError::Damaged(error.into()))?;
        let tails = load_tails(view, signed.size).await?;
        let tree = Tree::from_tails(signed.size, tails)
            .filter(|tree| tree.root() == signed.root)
            .ok_or(LedgerError::Damaged(Fault::RootDiffers { size: signed.size }))?;
        Ok(Self::new(tree, note))
    }
}

/// The partial tiles on the right edge: level 0 from the last entries, the others from the roots
/// of the full tiles below. At most 255 rows per level.
async fn load_tails(conn: &mut AnyConnection, size: u64) -> Result<Vec<Vec<Hash>>, LedgerError> {
    let mut tails = Vec::new();
    let mut width = size;
    while width > 0 {
        let open = width - width % WIDTH;
        let tail = match tails.len() {
            0 => crate::read::read(conn, open..width).await?.iter().map(|record| record.entry.leaf()).collect(),
            level => tile_roots(conn, level as u64 - 1, open, width).await?,
        };
        tails.push(tail);
        width /= WIDTH;
    }
    Ok(tails)
}

async fn tile_roots(conn: &mut AnyConnection, level: u64, from: u64, to: u64) -> Result<Vec<Hash>, LedgerError> {
    let rows = sqlx::query("SELECT hashes FROM ledger_tile WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx")
        .bind(to_key(level)?)
        .bind(to_key(from)?)
        .bind(to_key(to)?)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok(crate::tree::subtree_root(crate::head::split_hashes(row.try_get(0)?)))).collect()
}

/// Destroys salt and payload of a stored record.
///
/// A crash before the caller's commit leaves them in place, together with no order to erase.
async fn erase_body(conn: &mut AnyConnection, target: u64) -> Result<(), LedgerError> {
    let row = sqlx::query("SELECT first, data FROM ledger_segment WHERE first <= $1 ORDER BY first DESC LIMIT 1")
        .bind(to_key(target)?)
        .fetch_optional(&mut *conn)
        .await?;
    let missing = || LedgerError::Damaged(Fault::EntriesMissing { first: target, last: target });
    let row = row.ok_or_else(missing)?;
    let first: i64 = row.try_get(0)?;
    let mut rewritten = Vec::new();
    let mut found = false;
    for stored in segment::records(row.try_get(1)?) {
        let mut stored = stored.map_err(|_| LedgerError::Damaged(Fault::EntryMalformed { index: from_key(first) }))?;
        if stored.index == target {
            if stored.entry.erases.is_some() {
                return Err(LedgerError::Refused("消去を命じた記録は消去できません"));
            }
            if stored.body.is_none() {
                return Err(LedgerError::Refused("対象の記録は既に消去されています"));
            }
            stored.body = None;
            found = true;
        }
        segment::write_record(&mut rewritten, stored);
    }
    if !found {
        return Err(missing());
    }
    sqlx::query("UPDATE ledger_segment SET data = $1 WHERE first = $2").bind(rewritten).bind(first).execute(conn).await?;
    Ok(())
}

/// Writes new records; no segment crosses the border between two tiles.
async fn write_segments(conn: &mut AnyConnection, first: u64, pairs: &[(Entry, &NewEntry)]) -> Result<(), LedgerError> {
    let (mut first, mut rest) = (first, pairs);
    while !rest.is_empty() {
        let room = WIDTH - first % WIDTH;
        let (now, later) = rest.split_at(portion(rest, room as usize));
        let mut data = segment::write_segment(first, now);
        let mut key = first;
        if now.len() as u64 == room {
            // The tile is full: its segments become one, so that a check reads one row per tile.
            let block = first - first % WIDTH;
            if let Some(earlier) = take_segments(conn, block, first, data.len()).await? {
                data = [earlier, data].concat();
                key = block;
            }
        }
        sqlx::query("INSERT INTO ledger_segment (first, data) VALUES ($1, $2)").bind(to_key(key)?).bind(data).execute(&mut *conn).await?;
        first += now.len() as u64;
        rest = later;
    }
    Ok(())
}

/// How many of the records fit into one segment: at least one, at most `room`.
fn portion(pairs: &[(Entry, &NewEntry)], room: usize) -> usize {
    let mut bytes = 0;
    let fitting = pairs.iter().take(room).take_while(|(_, new)| {
        bytes += new.payload.len() + segment::RECORD_BYTES;
        bytes <= SEGMENT_BYTES_MAX
    });
    fitting.count().max(1)
}

/// Removes the segments of a range from the store and returns their bytes; leaves them if they
/// are none, or too large to be one with `more` bytes.
async fn take_segments(conn: &mut AnyConnection, first: u64, end: u64, more: usize) -> Result<Option<Vec<u8>>, LedgerError> {
    let (first, end) = (to_key(first)?, to_key(end)?);
    let stored: i64 = sqlx::query_scalar(
        "SELECT COALESCE(SUM(LENGTH(data)), 0) FROM ledger_segment \
         WHERE first >= $1 AND first < $2",
    )
    .bind(first)
    .bind(end)
    .fetch_one(&mut *conn)
    .await?;
    if stored == 0 || from_key(stored) + more as u64 > SEGMENT_BYTES_MAX as u64 {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT data FROM ledger_segment WHERE first >= $1 AND first < $2 ORDER BY first")
        .bind(first)
        .bind(end)
        .fetch_all(&mut *conn)
        .await?;
    let mut data = Vec::with_capacity(stored as usize + more);
    for row in &rows {
        data.extend_from_slice(row.try_get(0)?);
    }
    sqlx::query("DELETE FROM ledger_segment WHERE first >= $1 AND first < $2").bind(first).bind(end).execute(conn).await?;
    Ok(Some(data))
}

async fn write_tiles(conn: &mut AnyConnection, tiles: Vec<FullTile>) -> Result<(), LedgerError> {
    for tile in tiles {
        sqlx::query("INSERT INTO ledger_tile (level, idx, hashes) VALUES ($1, $2, $3)")
            .bind(i64::from(tile.level))
            .bind(to_key(tile.index)?)
            .bind(tile.hashes)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
