//! Recounts the coverage of the policy from the payloads of a bundle alone.
//!
//! Follows `docs/formats/coverage.md`. It reads what records say and believes none of the server's figures;
//! whether the payloads are what was signed is the business of [`crate::check`].

mod count;
mod facts;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;

use crate::bundle::{LINE_BYTES_MAX, WIDTH, read_file, tile_path};
use crate::record::Line;
use facts::Facts;

/// How norms stand, in the order of the report.
pub const STATES: [(&str, &str); 4] = [("works", "機能している"), ("old", "証跡が古い"), ("nobody", "責任者がいない"), ("open", "未対応")];

/// One norm and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Norm {
    /// Clause path, or number of the standard set.
    pub clause: String,
    /// Whether it is of the standard set.
    pub standard: bool,
    /// Its place within the clause.
    pub n: u64,
    /// What kind of thing fulfils it.
    pub means: String,
    /// How it stands.
    pub state: &'static str,
    /// Record that says that it works.
    pub record: Option<u64>,
    /// Newest record of any evidence.
    pub last: Option<u64>,
    /// How the sentence begins.
    pub says: String,
}

/// The recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The day it was counted for.
    pub at: String,
    /// Version of the policy in force that day; 0 if none was.
    pub version: u64,
    /// Its title.
    pub title: String,
    /// Norms by how they stand; every state has its figure.
    pub figures: BTreeMap<&'static str, usize>,
    /// The same for each kind of coverage.
    pub by_means: BTreeMap<String, BTreeMap<&'static str, usize>>,
    /// Every norm, in the order of the adopted policy.
    pub norms: Vec<Norm>,
}

/// Counts for a day (`2026-11-21`), or for the day of the last record.
pub fn recount(folder: &Path, at: Option<&str>) -> Result<Coverage, String> {
    if let Some(at) = at
        && !is_date(at)
    {
        return Err(format!("`{at}` は日付ではありません。2026-11-21 のように書いてください"));
    }
    let size = size_of(folder)?;
    let mut facts = Facts::default();
    let mut last = String::new();
    for block in 0..size.div_ceil(WIDTH) {
        let path = tile_path("payload/", block, WIDTH.min(size - block * WIDTH));
        let file = File::open(folder.join(&path)).map_err(|error| format!("`{path}` を読めません（{error}）"))?;
        let mut reader = BufReader::new(file);
        loop {
            let mut text = String::new();
            let read = reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut text);
            if read.map_err(|error| format!("`{path}` を読めません（{error}）"))? == 0 {
                break;
            }
            let line = Line::parse(&text).ok_or_else(|| format!("`{path}` に読めない行があります"))?;
            let Some((_, payload)) = line.body else { continue };
            let record: serde_json::Value =
                serde_json::from_slice(&payload).map_err(|error| format!("番号{}の記録を読めません（{error}）", line.index))?;
            let day = facts::day(record.get("at").and_then(serde_json::Value::as_i64).unwrap_or(0));
            if at.is_none_or(|at| day.as_str() <= at) {
                last = last.max(day);
                facts.take(line.index, &record);
            }
        }
    }
    Ok(count::count(&facts, at.unwrap_or(&last)))
}

/// Number of records, as the checkpoint says.
fn size_of(folder: &Path) -> Result<u64, String> {
    let note = read_file(folder, "checkpoint").map_err(|error| format!("`checkpoint` を読めません（{error}）"))?;
    let note = String::from_utf8_lossy(&note).into_owned();
    note.split('\n').nth(1).and_then(|size| size.parse().ok()).ok_or_else(|| "`checkpoint` の形式が正しくありません".to_owned())
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

impl Coverage {
    /// Every norm on a line of its own.
    pub fn list(&self) -> String {
        let mut page = String::new();
        for norm in &self.norms {
            let word = STATES.iter().find(|(code, _)| *code == norm.state).map_or("", |(_, word)| word);
            let source = if norm.standard { "標準実施基準 " } else { "" };
            let record = norm.record.map_or_else(String::new, |index| format!("（記録 {index}）"));
            let _ = writeln!(page, "  {word}{record}\t{source}{}#{}\t{}\t{}", norm.clause, norm.n, norm.means, norm.says);
        }
        page
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "規程の働き（{}現在、記録からの数え直し）", self.at)?;
        if self.version == 0 {
            return writeln!(f, "  この日に施行されている規程はありません。");
        }
        writeln!(f, "規程: {}（第{}版）", self.title, self.version)?;
        writeln!(f, "規範文: {}", self.norms.len())?;
        for (code, word) in STATES {
            writeln!(f, "  {word}: {}", self.figures.get(code).copied().unwrap_or(0))?;
        }
        Ok(())
    }
}
