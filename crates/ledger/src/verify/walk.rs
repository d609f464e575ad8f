//! The pure part of a check: takes segments and tiles in order and collects faults.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::Checkpoint;
use crate::fault::Fault;
use crate::hash::Hash;
use crate::head::split_hashes;
use crate::tree::{FullTile, TILE_WIDTH, Tree};

use super::digest::{Body, Digest, Digests};
use super::{FAULTS_MAX, VerifyReport};

const WIDTH: u64 = TILE_WIDTH as u64;

/// A leaf that is not the one in its tile.
struct Mismatch {
    index: u64,
    computed: Hash,
    tile: Hash,
}

/// The state of a check between two reads.
pub(super) struct Walk {
    signed: Option<Checkpoint>,
    known: Vec<(u64, Hash)>,
    /// The tree of the entries so far; nothing once a leaf is unknown.
    tree: Option<Tree>,
    /// Index expected next.
    next: u64,
    /// Leaves of entries whose tile is not compared yet.
    leaves: Vec<(u64, Hash)>,
    tiles_compared: u64,
    upper: Vec<FullTile>,
    /// Erased entries whose order has not come yet.
    unordered: BTreeSet<u64>,
    mismatches: Vec<Mismatch>,
    erased: u64,
    entries: u64,
    payload_bytes: u64,
    faults: Vec<Fault>,
    faults_unlisted: u64,
}

impl Walk {
    pub(super) fn new(signed: Option<Checkpoint>, known: Vec<(u64, Hash)>, faults: Vec<Fault>) -> Self {
        let mut walk = Self {
            signed,
            known,
            tree: Some(Tree::default()),
            next: 0,
            leaves: Vec::new(),
            tiles_compared: 0,
            upper: Vec::new(),
            unordered: BTreeSet::new(),
            mismatches: Vec::new(),
            erased: 0,
            entries: 0,
            payload_bytes: 0,
            faults,
            faults_unlisted: 0,
        };
        walk.compare_known();
        walk
    }

    /// Index that is expected next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Entries that the checkpoint names.
    pub(super) fn size(&self) -> u64 {
        self.signed.as_ref().map_or(0, |signed| signed.size)
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.faults_unlisted += 1;
        }
    }

    /// Takes the next segment of the store.
    pub(super) fn segment(&mut self, segment: Digests) {
        self.payload_bytes += segment.payload_bytes;
        let mut expected = segment.first;
        for record in segment.records {
            if record.index != expected {
                self.fault(Fault::EntryMisplaced { index: record.index });
            }
            expected = expected.saturating_add(1);
            self.record(&record);
        }
        if segment.malformed {
            self.tree = None;
            self.fault(Fault::EntryMalformed { index: expected });
        }
    }

    fn record(&mut self, record: &Digest) {
        let index = record.index;
        self.entries += 1;
        if self.signed.is_some() && index >= self.size() {
            if self.faults.last() != Some(&Fault::EntriesBeyondCheckpoint { first: self.size() }) {
                self.fault(Fault::EntriesBeyondCheckpoint { first: self.size() });
            }
            return;
        }
        if index < self.next {
            self.tree = None;
            self.fault(Fault::EntriesDuplicated { first: index });
            return;
        }
        if index > self.next {
            self.tree = None;
            self.fault(Fault::EntriesMissing { first: self.next, last: index - 1 });
        }
        self.next = index.saturating_add(1);
        self.check_body(record);
        self.leaves.push((index, record.leaf));
        if let Some(tree) = &mut self.tree {
            let upper = &mut self.upper;
            tree.push(record.leaf, |tile| {
                if tile.level > 0 {
                    upper.push(tile);
                }
            });
        }
        self.compare_known();
    }

    fn check_body(&mut self, record: &Digest) {
        let index = record.index;
        match record.body {
            Body::Fits => (),
            Body::Changed => self.fault(Fault::PayloadChanged { index }),
            Body::Erased => {
                self.erased += 1;
                self.unordered.insert(index);
            }
        }
        if let Some(target) = record.erases
            && !self.unordered.remove(&target)
        {
            self.fault(Fault::OrderNotCarriedOut { index, target });
        }
    }

    /// Checks the known heads that the log has now reached.
    fn compare_known(&mut self) {
        while let Some((known, root)) = self.known.first().copied()
            && known <= self.next
        {
            self.known.remove(0);
            if self.tree.as_ref().is_some_and(|tree| tree.size() == known && tree.root() != root) {
                self.fault(Fault::HistoryRewritten { known });
            }
        }
    }

    /// The range of tiles of level 0 whose entries have all been seen but not compared.
    pub(super) fn complete_tiles(&self) -> (u64, u64) {
        (self.tiles_compared, self.next.min(self.size()) / WIDTH)
    }

    /// Compares the entries of a tile with what the store says their hashes are.
    pub(super) fn leaf_tile(&mut self, index: u64, stored: Option<&[u8]>) {
        self.tiles_compared = index + 1;
        let count = self.leaves.partition_point(|(leaf, _)| *leaf < (index + 1) * WIDTH);
        let later = self.leaves.split_off(count);
        let leaves = std::mem::replace(&mut self.leaves, later);
        let Some(stored) = stored else {
            self.fault(Fault::TileMissing { level: 0, index });
            return;
        };
        if stored.len() != TILE_WIDTH * 32 {
            self.fault(Fault::TileChanged { level: 0, index });
            return;
        }
        let mut leaves = leaves.into_iter().peekable();
        for (place, tile) in (index * WIDTH..).zip(split_hashes(stored)) {
            if let Some((index, computed)) = leaves.next_if(|(leaf, _)| *leaf == place)
                && computed != tile
            {
                if self.mismatches.len() < FAULTS_MAX {
                    self.mismatches.push(Mismatch { index, computed, tile });
                } else {
                    self.faults_unlisted += 1;
                }
            }
        }
    }

    pub(super) fn take_upper_tiles(&mut self) -> Vec<FullTile> {
        std::mem::take(&mut self.upper)
    }

    /// Judges the end of the log.
    pub(super) fn end(&mut self) {
        let size = self.size();
        if self.next < size {
            self.tree = None;
            self.fault(Fault::Truncated { found: self.next, size });
        }
        for (known, _) in std::mem::take(&mut self.known) {
            self.fault(Fault::RolledBack { known, size: self.next });
        }
        for index in std::mem::take(&mut self.unordered) {
            self.fault(Fault::ErasedWithoutOrder { index });
        }
    }

    /// Decides who is to blame for what did not agree.
    pub(super) fn report(mut self, note: String) -> VerifyReport {
        let mismatches = std::mem::take(&mut self.mismatches);
        let root = self.tree.as_ref().map(Tree::root);
        let signed_root = self.signed.as_ref().map(|signed| signed.root);
        if root.is_some() && root == signed_root {
            // The entries are those that were signed, so the tiles are not.
            let tiles: BTreeSet<u64> = mismatches.iter().map(|m| m.index / WIDTH).collect();
            for index in tiles {
                self.fault(Fault::TileChanged { level: 0, index });
            }
        } else {
            self.blame_entries(&mismatches);
            if root.is_some() && mismatches.is_empty() && signed_root.is_some() {
                self.search_open_tile();
            }
        }
        VerifyReport {
            size: self.size(),
            note,
            entries: self.entries,
            erased: self.erased,
            payload_bytes: self.payload_bytes,
            faults: self.faults,
            faults_unlisted: self.faults_unlisted,
        }
    }

    fn blame_entries(&mut self, mismatches: &[Mismatch]) {
        let homes: BTreeMap<Hash, u64> = mismatches.iter().map(|m| (m.tile, m.index)).collect();
        let strays: BTreeMap<u64, u64> = mismatches.iter().filter_map(|m| homes.get(&m.computed).map(|home| (m.index, *home))).collect();
        for Mismatch { index, .. } in mismatches {
            match strays.get(index) {
                Some(home) if strays.get(home) == Some(index) => {
                    if index < home {
                        self.fault(Fault::EntriesSwapped { first: *index, second: *home });
                    }
                }
                Some(_) => self.fault(Fault::EntryMisplaced { index: *index }),
                None => {
                    // A changed commitment also fits its payload no more: one fault, not two.
                    let index = *index;
                    self.faults.retain(|fault| *fault != Fault::PayloadChanged { index });
                    self.fault(Fault::EntryChanged { index });
                }
            }
        }
    }

    /// The root differs although every full tile agrees: the change lies behind the last full
    /// tile, where no hashes are stored. Two entries that changed places are found by trying.
    fn search_open_tile(&mut self) {
        let (Some(tree), Some(signed)) = (&self.tree, &self.signed) else {
            return;
        };
        let size = signed.size;
        let first = size - size % WIDTH;
        let suspects: Vec<u64> = self
            .faults
            .iter()
            .filter_map(|fault| match fault {
                Fault::PayloadChanged { index } if *index >= first => Some(*index),
                _ => None,
            })
            .collect();
        if !suspects.is_empty() {
            self.faults.retain(|fault| !matches!(fault, Fault::PayloadChanged { index } if *index >= first));
            for index in suspects {
                self.fault(Fault::EntryChanged { index });
            }
            return;
        }
        let open: Vec<Hash> = tree.tail(0).to_vec();
        let upper: Vec<Vec<Hash>> = (1..tree.levels()).map(|level| tree.tail(level).to_vec()).collect();
        let mut tails = vec![open];
        tails.extend(upper);
        if let Some((a, b)) = find_swap(size, &mut tails, &signed.root) {
            self.fault(Fault::EntriesSwapped { first: first + a, second: first + b });
        } else {
            self.fault(Fault::RootDiffers { size });
        }
    }
}

/// Two leaves of the open tile that must change places for the tree to have `root`.
fn find_swap(size: u64, tails: &mut [Vec<Hash>], root: &Hash) -> Option<(u64, u64)> {
    let count = tails.first()?.len();
    for a in 0..count {
        for b in a + 1..count {
            tails.first_mut()?.swap(a, b);
            let found = Tree::from_tails(size, tails.to_vec())?.root() == *root;
            tails.first_mut()?.swap(a, b);
            if found {
                return Some((a as u64, b as u64));
            }
        }
    }
    None
}
