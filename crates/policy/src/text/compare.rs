//! What `sekisho policy compare` prints: changes and controls for people and for machines.

use std::fmt::Write as _;

use super::{Table, list};
use crate::{
    compare::{ByControl, Change, Comparison, Run, Side},
    control::Controls,
};

/// The changes for people: what kind, where, and the changed words in brackets.
#[must_use]
pub fn compare_table(comparison: &Comparison) -> String {
    let count = comparison.changed().count();
    if count == 0 {
        return "変わった条項はありません。\n".to_owned();
    }
    let mut table = Table::new(&["種類", "改正前の条項", "改正後の条項", "改正前", "改正後"]);
    for change in comparison.changed() {
        let kinds: Vec<&str> = change.kinds.iter().map(|kind| kind.word()).collect();
        table.push([kinds.join("・"), paths(&change.old), paths(&change.new), words(&change.old), words(&change.new)]);
    }
    let mut out = format!("変わった条項：{count}件（");
    let counts = comparison.counts().filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{}{count}", kind.word()));
    let _ = write!(out, "{}）\n\n{}", counts.collect::<Vec<_>>().join("、"), table.unclipped());
    out
}

fn paths(sides: &[Side]) -> String {
    sides.iter().map(|side| if side.path.is_empty() { "前文" } else { side.path.as_str() }).collect::<Vec<_>>().join("、")
}

/// The words of a side, those that changed in 【】; nothing if none did.
fn words(sides: &[Side]) -> String {
    let lines: Vec<&Vec<Run>> = sides.iter().flat_map(|side| std::iter::once(&side.heading).chain(&side.paragraphs)).collect();
    if lines.iter().all(|line| line.iter().all(|run| !run.changed)) {
        return String::new();
    }
    let marked = |run: &Run| if run.changed { format!("【{}】", run.text) } else { run.text.clone() };
    let lines = lines.into_iter().filter(|line| !line.is_empty()).map(|line| line.iter().map(marked).collect::<String>());
    lines.collect::<Vec<_>>().join("　")
}

/// The changes for machines: one JSON document.
#[must_use]
pub fn compare_json(comparison: &Comparison) -> String {
    let changed: Vec<&Change> = comparison.changed().collect();
    // Strings and numbers always serialize.
    let mut out = serde_json::to_string_pretty(&changed).unwrap_or_default();
    out.push('\n');
    out
}

/// Two policies by control, for people: first what only the second asks for, then what only the first does, then both.
#[must_use]
pub fn by_control_table(rows: &[ByControl], controls: &Controls) -> String {
    let title =
        |row: &ByControl| controls.get(&row.control).map_or("（統制の見当たらないもの）", |control| control.title.as_str()).to_owned();
    let clauses = |said: &[crate::compare::Said]| said.iter().map(|said| said.clause.as_str()).collect::<Vec<_>>().join("、");
    let table = |heading: &str, keep: &dyn Fn(&ByControl) -> bool| {
        let rows = rows.iter().filter(|row| keep(row));
        let row = |row: &ByControl| {
            let text = row.theirs.first().or(row.ours.first()).map_or("", |said| said.text.as_str());
            [title(row), clauses(&row.ours), clauses(&row.theirs), text.to_owned()]
        };
        list(heading, &["統制", "一つ目の文書", "二つ目の文書", "文"], rows.map(row))
    };
    let known = |row: &ByControl| !row.control.is_empty();
    [
        table("二つ目の文書だけが定めるもの", &|row| known(row) && row.is_lacking()),
        table("一つ目の文書だけが定めるもの", &|row| known(row) && row.is_ours_alone()),
        table("どちらも定めるもの", &|row| known(row) && !row.is_lacking() && !row.is_ours_alone()),
    ]
    .join("\n")
}

/// Two policies by control, for machines.
#[must_use]
pub fn by_control_json(rows: &[ByControl]) -> String {
    let mut out = serde_json::to_string_pretty(rows).unwrap_or_default();
    out.push('\n');
    out
}
