//! Walks a bundle from its checkpoint down to the last byte of the last payload.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::note::{Disbelief, Head, Key, read_checkpoint};
use crate::record::{Entry, Line, kind_of, split_entry};
use crate::tree::{Hash, Tree, leaf, sha256};
use crate::verdict::Verdict;

pub(crate) const WIDTH: u64 = 256;
/// No file but a payload file is larger; a larger one is not read to its end.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// A payload has at most 16 MiB; as JSON a byte may need six.
pub(crate) const LINE_BYTES_MAX: u64 = 100 << 20;

/// What is to be checked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The exported folder.
    pub folder: PathBuf,
    /// The log's key, if it is known from elsewhere.
    pub key: Option<Key>,
    /// Checkpoints kept from earlier.
    pub old: Vec<String>,
}

/// Checks a bundle; an error means that no verdict was possible.
pub fn check(question: &Question) -> Result<Verdict, String> {
    let mut files = list_files(&question.folder)?;
    let mut verdict = Verdict::default();
    let enclosed = read_file(&question.folder, "key.txt").ok().and_then(|bytes| {
        files.remove("key.txt");
        Key::parse(std::str::from_utf8(&bytes).ok()?)
    });
    let Some(key) = question.key.clone().or_else(|| enclosed.clone()) else {
        return Err("key.txt がないか鍵ではありません。--key で鍵を指定してください".to_owned());
    };
    verdict.origin = key.name().to_owned();
    verdict.fingerprint = key.fingerprint();
    verdict.key_given = question.key.is_some();
    if enclosed.as_ref() != Some(&key) {
        verdict.fault("key-differs", "key.txt", "指定された鍵と異なるか、読めません");
    }
    files.remove("checkpoint");
    let Some(head) = check_head(&question.folder, &key, &mut verdict) else {
        return Ok(verdict);
    };
    let old = read_old(&question.old, &key, &head, &mut verdict);
    let mut walk = Walk::new(&question.folder, files, verdict);
    walk.compare_old(&old);
    for block in 0..head.size.div_ceil(WIDTH) {
        walk.block(block, head.size.min((block + 1) * WIDTH), &old);
        if walk.verdict.is_hopeless() {
            return Ok(walk.verdict);
        }
    }
    walk.finish(&head);
    Ok(walk.verdict)
}

fn check_head(folder: &Path, key: &Key, verdict: &mut Verdict) -> Option<Head> {
    let place = "checkpoint";
    let Some(note) = read_file(folder, place).ok().and_then(|note| String::from_utf8(note).ok()) else {
        verdict.fault("checkpoint-missing", place, "ないか、読めません");
        return None;
    };
    let (head, belief) = read_checkpoint(&note, key);
    match belief {
        Ok(()) => (),
        Err(Disbelief::Malformed) => {
            verdict.fault("checkpoint-malformed", place, "形式が正しくありません");
        }
        Err(Disbelief::OtherKey) => {
            verdict.fault("checkpoint-other-key", place, "この台帳の鍵による署名がありません");
        }
        Err(Disbelief::Forged) => {
            verdict.fault("checkpoint-forged", place, "署名が本文と合いません");
        }
    }
    let head = head?;
    verdict.size = head.size;
    verdict.root = STANDARD.encode(head.root);
    Some(head)
}

/// Older heads by size, as far as the log can be compared with them.
fn read_old(notes: &[String], key: &Key, head: &Head, verdict: &mut Verdict) -> BTreeMap<u64, Vec<Hash>> {
    let mut old: BTreeMap<u64, Vec<Hash>> = BTreeMap::new();
    for note in notes {
        match read_checkpoint(note, key) {
            (Some(known), Ok(())) if known.size > head.size => {
                let place = format!("{}件の時点のチェックポイント", known.size);
                verdict.fault("rolled-back", place, "台帳がそれより前の状態に戻されています");
            }
            (Some(known), Ok(())) => {
                verdict.compared += 1;
                old.entry(known.size).or_default().push(known.root);
            }
            _ => verdict.fault("known-checkpoint-foreign", "--old", "この台帳の鍵で署名されたチェックポイントではありません"),
        }
    }
    old
}

/// The state between two blocks of 256 entries.
struct Walk<'a> {
    folder: &'a Path,
    /// Files not accounted for yet.
    files: BTreeSet<String>,
    verdict: Verdict,
    tree: Tree,
    /// Whether every leaf is known, so that the root means something.
    whole: bool,
    /// Roots of full tiles per level that are not in a full tile of the level above yet.
    upper: Vec<Vec<Hash>>,
    /// Full tiles seen per level.
    counts: Vec<u64>,
    /// Records that differ from their leaf in the tile.
    mismatches: Vec<(u64, String)>,
    /// Erased records whose order has not come yet.
    unordered: BTreeSet<u64>,
}

impl<'a> Walk<'a> {
    fn new(folder: &'a Path, files: BTreeSet<String>, verdict: Verdict) -> Self {
        Self {
            folder,
            files,
            verdict,
            tree: Tree::default(),
            whole: true,
            upper: Vec::new(),
            counts: Vec::new(),
            mismatches: Vec::new(),
            unordered: BTreeSet::new(),
        }
    }

    /// Checks the entries of one block: bundle, tile and payloads.
    fn block(&mut self, block: u64, end: u64, old: &BTreeMap<u64, Vec<Hash>>) {
        let first = block * WIDTH;
        let width = end - first;
        let entries = self.read_entries(block, width);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf(&entry.bytes)).collect();
        let tile = tile_path("tile/0/", block, width);
        if let Some(stored) = self.read_hashes(&tile, width) {
            for (index, (computed, stored)) in (first..).zip(leaves.iter().zip(stored)) {
                if *computed != stored {
                    self.mismatches.push((index, tile.clone()));
                }
            }
        }
        self.check_payloads(first, width, &entries);
        self.whole &= leaves.len() as u64 == width;
        for hash in &leaves {
            self.tree.push(*hash);
            self.compare_old(old);
        }
        if width == WIDTH && self.whole {
            self.add_tile(0, &leaves);
        }
    }

    fn compare_old(&mut self, old: &BTreeMap<u64, Vec<Hash>>) {
        if old.is_empty() || !self.whole {
            return;
        }
        let size = self.tree.size();
        for known in old.get(&size).into_iter().flatten() {
            if *known != self.tree.root() {
                let place = format!("{size}件の時点のチェックポイント");
                self.verdict.fault("history-rewritten", place, "台帳の履歴と一致しません");
            }
        }
    }

    fn read_entries(&mut self, block: u64, width: u64) -> Vec<Entry> {
        let path = tile_path("tile/entries/", block, width);
        let Some(bytes) = self.take(&path) else { return Vec::new() };
        let mut rest = bytes.as_slice();
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let Some((entry, tail)) = split_entry(rest) else {
                self.verdict.fault("entry-malformed", &path, "記録の形式が壊れています");
                return entries;
            };
            entries.push(entry);
            rest = tail;
        }
        if entries.len() as u64 != width {
            self.verdict.fault("entries-miscounted", &path, "記録の数が合いません");
        }
        entries
    }

    /// Adds a full tile to the level above and checks that one if it is full now.
    fn add_tile(&mut self, level: usize, hashes: &[Hash]) {
        let mut tree = Tree::default();
        hashes.iter().for_each(|hash| tree.push(*hash));
        if self.upper.len() <= level {
            self.upper.push(Vec::new());
            self.counts.push(0);
        }
        let Some(above) = self.upper.get_mut(level) else { return };
        above.push(tree.root());
        if above.len() as u64 == WIDTH {
            let full = std::mem::take(above);
            let number = self.counts.get(level).copied().unwrap_or(0);
            self.compare_upper(level + 1, number, &full);
            if let Some(count) = self.counts.get_mut(level) {
                *count += 1;
            }
            self.add_tile(level + 1, &full);
        }
    }

    fn compare_upper(&mut self, level: usize, number: u64, hashes: &[Hash]) {
        let path = tile_path(&format!("tile/{level}/"), number, hashes.len() as u64);
        if let Some(stored) = self.read_hashes(&path, hashes.len() as u64)
            && stored != hashes
        {
            self.verdict.fault("tile-changed", &path, "記録から計算した値と一致しません");
        }
    }

    fn read_hashes(&mut self, path: &str, width: u64) -> Option<Vec<Hash>> {
        let bytes = self.take(path)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() as u64 != width || !rest.is_empty() {
            self.verdict.fault("tile-changed", path, "大きさが正しくありません");
            return None;
        }
        Some(hashes.to_vec())
    }

    fn check_payloads(&mut self, first: u64, width: u64, entries: &[Entry]) {
        let path = tile_path("payload/", first / WIDTH, width);
        self.files.remove(&path);
        let Ok(file) = File::open(self.folder.join(&path)) else {
            self.verdict.fault("file-missing", &path, "ないか、読めません");
            return;
        };
        let mut reader = BufReader::new(file);
        let mut next = first;
        loop {
            let mut line = String::new();
            match reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut line) {
                Ok(0) => break,
                Ok(_) => self.check_line(&path, next, &line, entries.get((next - first) as usize)),
                Err(_) => {
                    self.verdict.fault("payload-malformed", &path, "文字として読めません");
                    return;
                }
            }
            next += 1;
        }
        if next != first + width {
            self.verdict.fault("payloads-miscounted", &path, "行の数が記録の数と合いません");
        }
    }

    fn check_line(&mut self, path: &str, index: u64, line: &str, entry: Option<&Entry>) {
        let place = format!("番号{index}（{path}）");
        let parsed = Line::parse(line).filter(|parsed| parsed.index == index);
        let (Some(line), Some(entry)) = (parsed, entry) else {
            self.verdict.fault("payload-malformed", place, "この番号の記録として読めません");
            return;
        };
        match line.body {
            Some((salt, payload)) => {
                if sha256(&[&salt, &payload]) != entry.commitment {
                    self.verdict.fault("payload-changed", place.clone(), "内容が変更されています");
                }
                *self.verdict.kinds.entry(kind_of(&payload)).or_default() += 1;
            }
            None => {
                self.verdict.erased += 1;
                self.unordered.insert(index);
            }
        }
        if let Some(target) = entry.erases
            && !self.unordered.remove(&target)
        {
            self.verdict.fault("order-not-carried-out", format!("{place}→番号{target}"), "命じられた消去が行われていません");
        }
    }

    /// Reads a small file and strikes it off the list.
    fn take(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.remove(path);
        let bytes = read_file(self.folder, path).ok();
        if bytes.is_none() {
            self.verdict.fault("file-missing", path, "ないか、読めません");
        }
        bytes
    }

    fn finish(&mut self, head: &Head) {
        for (level, hashes) in std::mem::take(&mut self.upper).into_iter().enumerate() {
            if !hashes.is_empty() {
                let number = self.counts.get(level).copied().unwrap_or(0);
                self.compare_upper(level + 1, number, &hashes);
            }
        }
        let agrees = self.whole && self.tree.root() == head.root;
        for (index, tile) in std::mem::take(&mut self.mismatches) {
            if agrees {
                self.verdict.fault("tile-changed", tile, "記録から計算した値と一致しません");
            } else {
                let place = format!("番号{index}");
                self.verdict.fault("entry-changed", place, "追記された時のものと異なります");
            }
        }
        if !agrees {
            let place = format!("記録{}件の全体", head.size);
            self.verdict.fault("root-differs", place, "署名された値と一致しません");
        }
        for index in std::mem::take(&mut self.unordered) {
            let place = format!("番号{index}");
            self.verdict.fault("erased-without-order", place, "消去の記録なしに内容が失われています");
        }
        for path in std::mem::take(&mut self.files) {
            self.verdict.fault("file-unexpected", path, "この台帳にあるはずのないファイルです");
        }
    }
}

/// `<prefix>x001/x234/067[.p/<W>]`.
pub(crate) fn tile_path(prefix: &str, number: u64, width: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    match width {
        WIDTH => format!("{prefix}{path}"),
        _ => format!("{prefix}{path}.p/{width}"),
    }
}

pub(crate) fn read_file(folder: &Path, path: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(folder.join(path))?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Every file of the bundle by its path; links and other oddities count as files.
fn list_files(folder: &Path) -> Result<BTreeSet<String>, String> {
    let mut files = BTreeSet::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        let unreadable = |error| format!("`{}` を読めません（{error}）", path.display());
        for inside in fs::read_dir(&path).map_err(unreadable)? {
            let inside = inside.map_err(unreadable)?;
            let name = format!("{prefix}{}", inside.file_name().to_string_lossy());
            if inside.file_type().map_err(unreadable)?.is_dir() {
                open.push((inside.path(), format!("{name}/")));
            } else {
                files.insert(name);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path("tile/0/", 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_path("tile/entries/", 2, 88), "tile/entries/002.p/88");
    }
}
