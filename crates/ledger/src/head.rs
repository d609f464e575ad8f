//! A committed state of the log: proofs and static resources are made from it, without the writer.

use std::collections::BTreeMap;
use std::ops::Range;

use sqlx::AnyConnection;
use sqlx::Row;

use crate::error::LedgerError;
use crate::fault::Fault;
use crate::hash::{Hash, node_hash};
use crate::proof::{complete_subtrees, consistency_ranges, inclusion_ranges};
use crate::read::{read, to_key};
use crate::tile::TilePath;
use crate::tree::{TILE_HEIGHT, TILE_WIDTH, Tree, full_tiles_below, subtree_root};

/// The signed head of a log together with the right edge of its tree.
#[derive(Debug, Clone)]
pub struct Head {
    tree: Tree,
    note: String,
}

type Tiles = BTreeMap<(u32, u64), Vec<Hash>>;

impl Head {
    pub(crate) fn new(tree: Tree, note: String) -> Self {
        Self { tree, note }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Merkle tree hash over them.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The signed checkpoint.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The proof that entry `index` is in the tree of the first `size` entries.
    pub async fn inclusion(&self, conn: &mut AnyConnection, index: u64, size: u64) -> Result<Vec<Hash>, LedgerError> {
        if index >= size || size > self.size() {
            return Err(LedgerError::Refused("その番号の記録は、その件数の台帳にありません"));
        }
        self.range_hashes(conn, inclusion_ranges(index, size)).await
    }

    /// The proof that the tree of the first `new` entries continues that of the first `old`.
    pub async fn consistency(&self, conn: &mut AnyConnection, old: u64, new: u64) -> Result<Vec<Hash>, LedgerError> {
        if old > new || new > self.size() {
            return Err(LedgerError::Refused("その件数の台帳はまだありません"));
        }
        self.range_hashes(conn, consistency_ranges(old, new)).await
    }

    /// The root that the log had at an earlier size.
    pub async fn root_at(&self, conn: &mut AnyConnection, size: u64) -> Result<Hash, LedgerError> {
        if size > self.size() {
            return Err(LedgerError::Refused("その件数の台帳はまだありません"));
        }
        if size == 0 {
            return Ok(crate::hash::empty_root());
        }
        let whole = 0..size;
        let hashes = self.range_hashes(conn, vec![whole]).await?;
        hashes.first().copied().ok_or(LedgerError::Damaged(Fault::RootDiffers { size }))
    }

    /// A static resource of the C2SP tlog-tiles interface: `checkpoint`, `tile/<L>/<N>[.p/<W>]`
    /// or `tile/entries/<N>[.p/<W>]`; nothing if this head has none of that name.
    pub async fn resource(&self, conn: &mut AnyConnection, path: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        if path == "checkpoint" {
            return Ok(Some(self.note.clone().into_bytes()));
        }
        let Some(TilePath { level, index, width }) = TilePath::parse(path) else {
            return Ok(None);
        };
        let width = u64::from(width);
        let first = index.saturating_mul(TILE_WIDTH as u64);
        let count = full_tiles_below(self.size(), u32::from(level.unwrap_or(0)));
        if first.saturating_add(width) > count {
            return Ok(None);
        }
        let Some(level) = level else {
            let mut bundle = Vec::new();
            for record in read(conn, first..first + width).await? {
                let entry = record.entry.to_bytes();
                bundle.extend((entry.len() as u16).to_be_bytes());
                bundle.extend(entry);
            }
            return Ok(Some(bundle));
        };
        let hashes = self.tile(conn, u32::from(level), index).await?;
        Ok(Some(hashes.into_iter().take(width as usize).flatten().collect()))
    }

    async fn range_hashes(&self, conn: &mut AnyConnection, ranges: Vec<Range<u64>>) -> Result<Vec<Hash>, LedgerError> {
        let mut tiles = Tiles::new();
        let mut hashes = Vec::with_capacity(ranges.len());
        for range in ranges {
            let mut right = None;
            for (height, index) in complete_subtrees(range).into_iter().rev() {
                let left = self.subtree(conn, &mut tiles, height, index).await?;
                right = Some(right.map_or(left, |right| node_hash(&left, &right)));
            }
            hashes.extend(right);
        }
        Ok(hashes)
    }

    /// The root of a complete subtree, from the tile that spans it.
    async fn subtree(&self, conn: &mut AnyConnection, tiles: &mut Tiles, height: u32, index: u64) -> Result<Hash, LedgerError> {
        let level = height / TILE_HEIGHT;
        let span = 1usize << (height % TILE_HEIGHT);
        let first = index << (height % TILE_HEIGHT);
        let number = first / TILE_WIDTH as u64;
        let offset = (first % TILE_WIDTH as u64) as usize;
        let hashes = match tiles.entry((level, number)) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => place.insert(self.tile(conn, level, number).await?),
        };
        let part =
            hashes.get(offset..offset + span).ok_or(LedgerError::Damaged(Fault::TileChanged { level: level as u8, index: number }))?;
        Ok(subtree_root(part.iter().copied()))
    }

    async fn tile(&self, conn: &mut AnyConnection, level: u32, index: u64) -> Result<Vec<Hash>, LedgerError> {
        if index >= full_tiles_below(self.size(), level + 1) {
            return Ok(self.tree.tail(level as u8).to_vec());
        }
        let row = sqlx::query("SELECT hashes FROM ledger_tile WHERE level = $1 AND idx = $2")
            .bind(i64::from(level))
            .bind(to_key(index)?)
            .fetch_optional(conn)
            .await?;
        let level = level as u8;
        let row = row.ok_or(LedgerError::Damaged(Fault::TileMissing { level, index }))?;
        let hashes: Vec<Hash> = split_hashes(row.try_get(0)?).collect();
        match hashes.len() {
            TILE_WIDTH => Ok(hashes),
            _ => Err(LedgerError::Damaged(Fault::TileChanged { level, index })),
        }
    }
}

/// The hashes of a tile.
pub(crate) fn split_hashes(tile: &[u8]) -> impl Iterator<Item = Hash> {
    tile.as_chunks::<32>().0.iter().copied()
}
