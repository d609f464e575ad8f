//! Writing a log out as a folder that an auditor can check without this software
//! (`docs/formats/ledger.md`, "Bundle").

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sqlx::AnyConnection;

use crate::database::snapshot;
use crate::error::LedgerError;
use crate::head::Head;
use crate::note::VerifierKey;
use crate::read::{Record, read};
use crate::tile::{TilePath, write_index};
use crate::tree::{TILE_WIDTH, full_tiles_below};
use crate::verify::Progress;

const WIDTH: u64 = TILE_WIDTH as u64;
/// Records held in memory at a time.
const RECORDS_PER_READ: u64 = 32;

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Number of entries.
    pub size: u64,
    /// Number of files.
    pub files: u64,
}

/// A line of a payload file; the order of the fields is part of the format.
#[derive(Serialize)]
struct Line<'a> {
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<bool>,
}

/// Writes the whole log into a folder, which must not exist or be empty.
///
/// Runs in one unchanging view of the store. It copies what is stored and judges nothing but the
/// right edge; the checkpoint is written last, so that a broken-off export is not taken for a
/// bundle.
pub async fn export(
    conn: &mut AnyConnection,
    key: &VerifierKey,
    folder: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<Exported, LedgerError> {
    let mut bundle = Bundle::create(folder)?;
    let mut view = snapshot(conn).await?;
    let head = Head::load_view(&mut view, key).await?;
    let size = head.size();
    for block in 0..size.div_ceil(WIDTH) {
        let first = block * WIDTH;
        let end = size.min(first + WIDTH);
        write_payloads(&mut view, &mut bundle, first, end).await?;
        progress(Progress { checked: end, size });
    }
    for path in tile_paths(size) {
        let path = path.to_string();
        if let Some(bytes) = head.resource(&mut view, &path).await? {
            bundle.write(&path, &bytes)?;
        }
    }
    view.rollback().await?;
    bundle.write("key.txt", format!("{key}\n").as_bytes())?;
    bundle.write("checkpoint", head.note().as_bytes())?;
    Ok(Exported { size, files: bundle.files })
}

/// Every tile and entry bundle of a log, partial ones included.
fn tile_paths(size: u64) -> Vec<TilePath> {
    let mut paths = Vec::new();
    let mut add = |level: Option<u8>, count: u64| {
        for index in 0..count / WIDTH {
            paths.push(TilePath { level, index, width: TILE_WIDTH as u16 });
        }
        if !count.is_multiple_of(WIDTH) {
            paths.push(TilePath { level, index: count / WIDTH, width: (count % WIDTH) as u16 });
        }
    };
    add(None, size);
    for level in 0u8..8 {
        add(Some(level), full_tiles_below(size, u32::from(level)));
    }
    paths
}

async fn write_payloads(view: &mut AnyConnection, bundle: &mut Bundle, first: u64, end: u64) -> Result<(), LedgerError> {
    let mut path = String::from("payload/");
    // Writing into a string cannot fail.
    let _ = write_index(&mut path, first / WIDTH, (end - first) as u16);
    let mut file = bundle.open(&path)?;
    let mut next = first;
    while next < end {
        let portion = end.min(next + RECORDS_PER_READ);
        for record in read(view, next..portion).await? {
            write_line(&mut file, &record).map_err(|source| bundle.error(&path, source))?;
        }
        next = portion;
    }
    file.flush().map_err(|source| bundle.error(&path, source))
}

fn write_line(file: &mut impl Write, record: &Record) -> std::io::Result<()> {
    let body = record.body.as_ref();
    let text = body.and_then(|(_, payload)| std::str::from_utf8(payload).ok());
    let line = Line {
        index: record.index,
        salt: body.map(|(salt, _)| STANDARD.encode(salt)),
        payload: text,
        payload_base64: match text {
            Some(_) => None,
            None => body.map(|(_, payload)| STANDARD.encode(payload)),
        },
        erased: body.is_none().then_some(true),
    };
    serde_json::to_writer(&mut *file, &line)?;
    file.write_all(b"\n")
}

/// A folder being written.
struct Bundle {
    folder: PathBuf,
    files: u64,
}

impl Bundle {
    fn create(folder: &Path) -> Result<Self, LedgerError> {
        let bundle = Self { folder: folder.to_owned(), files: 0 };
        fs::create_dir_all(folder).map_err(|source| bundle.error("", source))?;
        let mut inside = fs::read_dir(folder).map_err(|source| bundle.error("", source))?;
        match inside.next() {
            None => Ok(bundle),
            Some(_) => Err(LedgerError::Refused("書き出し先のフォルダーが空ではありません")),
        }
    }

    fn open(&mut self, path: &str) -> Result<BufWriter<File>, LedgerError> {
        let full = self.folder.join(path);
        let made = full.parent().map_or(Ok(()), fs::create_dir_all);
        let file = made.and_then(|()| File::create(&full));
        self.files += 1;
        file.map(BufWriter::new).map_err(|source| self.error(path, source))
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        let mut file = self.open(path)?;
        let written = file.write_all(bytes).and_then(|()| file.flush());
        written.map_err(|source| self.error(path, source))
    }

    fn error(&self, path: &str, source: std::io::Error) -> LedgerError {
        LedgerError::File { path: self.folder.join(path).display().to_string(), source }
    }
}
