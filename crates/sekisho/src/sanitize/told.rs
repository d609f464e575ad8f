//! What became of each file: a line of JSON for machines, a table for people.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use gate::{Scan, plain};
use sanitize::{Danger, Outcome, Policy, Reason, Report};
use serde::Serialize;

use super::{inputs::Entry, scanned};

/// What became of a file.
pub(super) struct Told {
    pub(super) report: Report,
    pub(super) scan: Scan,
    pub(super) took: Duration,
    pub(super) peak_bytes: Option<u64>,
    /// Why it could not be tried, or its output not be written.
    pub(super) trouble: Option<String>,
}

/// A line of the report file.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    report: &'a Report,
    scan: Scan,
    seconds: f64,
    peak_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
}

impl Told {
    /// A file that could not be read.
    pub(super) fn trouble(entry: &Entry, policy: &Policy, why: String) -> Self {
        let report = Report { reason: None, sentence: why.clone(), ..Report::held(&entry.input, &[], policy, Reason::Crashed, "") };
        Self {
            report: Report { sha256_in: String::new(), ..report },
            scan: Scan::None,
            took: Duration::ZERO,
            peak_bytes: None,
            trouble: Some(why),
        }
    }

    /// A file beyond the limit, of which not more was read than a digest needs.
    pub(super) fn too_large(entry: &Entry, policy: &Policy, length: u64, digest: Option<String>) -> Self {
        let report = Report { sha256_in: digest.unwrap_or_default(), ..gate::too_large(&entry.input, length, policy) };
        Self { report, scan: Scan::None, took: Duration::ZERO, peak_bytes: None, trouble: None }
    }

    /// The safe file could not be written: as if it had been held, and told as trouble.
    pub(super) fn failed(&mut self, why: String) {
        self.report.outcome = Outcome::Held;
        self.report.output = None;
        self.report.sha256_out = None;
        self.report.bytes_out = None;
        self.report.sentence.clone_from(&why);
        self.trouble = Some(why);
    }

    /// Its line, with the newline.
    pub(super) fn line(&self) -> Result<String, String> {
        let Self { report, scan, took, peak_bytes, trouble } = self;
        let line = Line { report, scan: *scan, seconds: took.as_secs_f64(), peak_bytes: *peak_bytes, trouble: trouble.as_deref() };
        let mut line = serde_json::to_value(line).map_err(|cause| format!("結果を書き出せません（{cause}）。"))?;
        // A digest that was not computed is none.
        if let Some(digest) = line.get_mut("sha256_in").filter(|digest| digest.as_str() == Some("")) {
            *digest = serde_json::Value::Null;
        }
        Ok(format!("{line}\n"))
    }
}

const fn word(outcome: Outcome, trouble: bool) -> &'static str {
    match outcome {
        _ if trouble => "処理不可",
        Outcome::Rebuilt => "作り直し",
        Outcome::Verified => "確認済み",
        Outcome::Flattened => "画像文字",
        Outcome::Held => "止めた　",
    }
}

/// The table at the end; with every removal if asked for.
pub(super) fn table(told: &[Told], all: bool) -> String {
    let mut text = String::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for one in told {
        let report = &one.report;
        let word = word(report.outcome, one.trouble.is_some());
        *counts.entry(word).or_default() += 1;
        let name = plain(&report.input);
        let sentence = plain(&report.sentence);
        let _ = writeln!(text, "{word}  {name}  {sentence}");
        if let Some(output) = report.output.as_deref().filter(|_| !all) {
            let renamed = std::path::Path::new(output).file_name() != std::path::Path::new(&report.input).file_name();
            if renamed {
                let _ = writeln!(text, "          → {}", plain(output));
            }
        }
        if all {
            let kind = report.kind.map_or("不明", sanitize::Kind::word);
            let _ = writeln!(text, "          種類: {kind}、ウイルス検査: {}", scanned(one.scan));
            for removal in &report.removed {
                let (word, counter) = Danger::word(removal.kind);
                let _ = writeln!(text, "          {word} {}{counter}: {}", removal.count, plain(&removal.place));
            }
        }
        if let (Some(reason), Some(detail)) = (report.reason, &report.detail) {
            let _ = writeln!(text, "          （{}: {}）", reason.code(), plain(detail));
        }
        for note in &report.notes {
            let _ = writeln!(text, "          {}", plain(note));
        }
    }
    let total: Vec<String> = counts.iter().map(|(word, count)| format!("{} {count}", word.trim_end_matches('　'))).collect();
    let _ = writeln!(text, "合計 {}件（{}）", told.len(), total.join("、"));
    text
}
