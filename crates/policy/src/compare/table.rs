//! A comparison → the rows of a 新旧対照表: new on the left, old on the right, what did not change left out.

use std::collections::BTreeSet;

use super::{Change, Comparison, Kind, Run, Side};
use crate::tree::Document;

/// Stands for text that did not change.
const OMITTED: &str = "（略）";
/// Stands against a clause that is new.
const ADDED: &str = "（新設）";
/// Stands against a clause that is no more.
const REMOVED: &str = "（削る）";

/// A line of a cell.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// How far below a part of the document the clause stands; 0 for parts.
    pub level: usize,
    /// Its words; those that changed are to be underlined.
    pub runs: Vec<Run>,
}

/// A row: a clause of the new version beside that of the old.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// How it changed; empty for a row that only shows where the next stands.
    pub kinds: BTreeSet<Kind>,
    /// Path in the new version, empty if there is none.
    pub new_path: String,
    /// Path in the old version, empty if there is none.
    pub old_path: String,
    /// After the amendment (改正後).
    pub new: Vec<Line>,
    /// Before the amendment (改正前).
    pub old: Vec<Line>,
}

/// The rows of a 新旧対照表; none if nothing changed.
#[must_use]
pub fn table(comparison: &Comparison, old: &Document, new: &Document) -> Vec<Row> {
    if comparison.changed().count() == 0 {
        return Vec::new();
    }
    let mut writer = Writer { old, new, needed: needed(comparison, old, new), rows: Vec::new(), left_out: None, silent: BTreeSet::new() };
    for change in &comparison.changes {
        writer.change(change);
    }
    writer.leave_out();
    writer.rows
}

/// New clauses that must be shown: those that changed, and all above them.
fn needed(comparison: &Comparison, old: &Document, new: &Document) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let mut rise = |document: &Document, mut at: Option<usize>, to_new: &dyn Fn(usize) -> Option<usize>| {
        while let Some(clause) = at {
            if let Some(new) = to_new(clause)
                && !needed.insert(new)
            {
                break;
            }
            at = document.clauses.get(clause).and_then(|clause| clause.parent);
        }
    };
    let to_new = |at: usize| {
        let path = &old.clauses.get(at)?.path;
        comparison.became(path)?.new.first().map(|side| side.clause)
    };
    for change in comparison.changed() {
        // A change of the number alone is told in one line with its neighbours.
        let number_alone = change.kinds.iter().eq([Kind::Renumbered].iter());
        for side in &change.new {
            let above = new.clauses.get(side.clause).and_then(|clause| clause.parent);
            rise(new, if number_alone { above } else { Some(side.clause) }, &Some);
        }
        if change.new.is_empty() {
            let above = change.old.first().and_then(|side| old.clauses.get(side.clause)).and_then(|clause| clause.parent);
            rise(old, above, &to_new);
        }
    }
    needed
}

/// Neighbours that are told in one line, first and last.
struct LeftOut {
    parent: Option<usize>,
    renumbered: bool,
    new: (Side, Side),
    old: (Side, Side),
}

struct Writer<'c> {
    old: &'c Document,
    new: &'c Document,
    needed: BTreeSet<usize>,
    rows: Vec<Row>,
    left_out: Option<LeftOut>,
    /// New clauses that were left out: nothing below them is shown.
    silent: BTreeSet<usize>,
}

impl Writer<'_> {
    fn change(&mut self, change: &Change) {
        match (change.new.as_slice(), change.old.as_slice()) {
            ([], _) => self.removed(change),
            (_, []) => self.added(change),
            ([new], [old]) if change.kinds.is_empty() || change.kinds.iter().eq([Kind::Renumbered].iter()) => {
                self.kept(new, old, !change.kinds.is_empty());
            }
            (new, old) => {
                let same = if change.kinds.contains(&Kind::Text) { same(new, old) } else { Vec::new() };
                let new = new.iter().flat_map(|side| lines(self.new, side, &same)).collect();
                let mut before: Vec<Line> = old.iter().flat_map(|side| lines(self.old, side, &same)).collect();
                if change.kinds.contains(&Kind::Moved)
                    && let Some(line) = before.first_mut()
                {
                    let path = old.first().map_or("", |side| side.path.as_str());
                    line.runs.insert(0, plain(format!("〔{}から移動〕", path.replace('/', ""))));
                }
                self.row(change, new, before);
            }
        }
    }

    fn row(&mut self, change: &Change, new: Vec<Line>, old: Vec<Line>) {
        self.leave_out();
        let path = |sides: &[Side]| sides.first().map_or_else(String::new, |side| side.path.clone());
        self.rows.push(Row { kinds: change.kinds.clone(), new_path: path(&change.new), old_path: path(&change.old), new, old });
    }

    /// A clause whose text did not change.
    fn kept(&mut self, new: &Side, old: &Side, renumbered: bool) {
        let parent = self.new.clauses.get(new.clause).and_then(|clause| clause.parent);
        if parent.is_some_and(|parent| self.silent.contains(&parent)) {
            self.silent.insert(new.clause);
            return;
        }
        if self.needed.contains(&new.clause) || renumbered && !new.heading.is_empty() {
            self.leave_out();
            // What stands before the first number has no number or heading to show.
            if new.clause == 0 {
                return;
            }
            let kinds = if renumbered { [Kind::Renumbered].into() } else { BTreeSet::new() };
            let opened = self.needed.contains(&new.clause);
            let (new_lines, old_lines) = (vec![head_alone(self.new, new, opened)], vec![head_alone(self.old, old, opened)]);
            self.rows.push(Row { kinds, new_path: new.path.clone(), old_path: old.path.clone(), new: new_lines, old: old_lines });
            if !opened {
                self.silent.insert(new.clause);
            }
            return;
        }
        self.silent.insert(new.clause);
        let goes_on = |out: &LeftOut| out.parent == parent && out.renumbered == renumbered;
        match &mut self.left_out {
            Some(out) if goes_on(out) => (out.new.1, out.old.1) = (new.clone(), old.clone()),
            _ => {
                self.leave_out();
                let pair = |side: &Side| (side.clone(), side.clone());
                self.left_out = Some(LeftOut { parent, renumbered, new: pair(new), old: pair(old) });
            }
        }
    }

    /// Writes the line for neighbours that were left out.
    fn leave_out(&mut self) {
        let Some(out) = self.left_out.take() else { return };
        let line = |document: &Document, (first, last): &(Side, Side)| {
            let mut runs = Vec::new();
            if !first.number.text.is_empty() {
                runs.push(first.number.clone());
            }
            if first.clause != last.clause && !last.number.text.is_empty() {
                runs.extend([plain("～"), last.number.clone()]);
            }
            runs.push(plain(if runs.is_empty() { OMITTED.to_owned() } else { format!("　{OMITTED}") }));
            Line { level: level(document, first), runs }
        };
        let kinds = if out.renumbered { [Kind::Renumbered].into() } else { BTreeSet::new() };
        let (new, old) = (vec![line(self.new, &out.new)], vec![line(self.old, &out.old)]);
        self.rows.push(Row { kinds, new_path: out.new.0.path, old_path: out.old.0.path, new, old });
    }

    fn added(&mut self, change: &Change) {
        let side = change.new.first();
        let above = side.and_then(|side| self.new.clauses.get(side.clause)).and_then(|clause| clause.parent);
        let again = self.rows.iter().rev().take_while(|row| row.kinds.contains(&Kind::Added));
        let above = above.and_then(|above| self.new.clauses.get(above)).map(|clause| clause.path.as_str());
        let below = above.is_some_and(|above| !above.is_empty()) && again.into_iter().any(|row| Some(row.new_path.as_str()) == above);
        let new: Vec<Line> = change.new.iter().flat_map(|side| lines(self.new, side, &[])).collect();
        let note =
            if below { Vec::new() } else { vec![Line { level: new.first().map_or(0, |line| line.level), runs: vec![underlined(ADDED)] }] };
        self.row(change, new, note);
    }

    fn removed(&mut self, change: &Change) {
        let side = change.old.first();
        let above = side.and_then(|side| self.old.clauses.get(side.clause)).and_then(|clause| clause.parent);
        let above = above.and_then(|above| self.old.clauses.get(above)).map(|clause| clause.path.as_str());
        let again = self.rows.iter().rev().take_while(|row| row.kinds.contains(&Kind::Removed));
        let below = above.is_some_and(|above| !above.is_empty()) && again.into_iter().any(|row| Some(row.old_path.as_str()) == above);
        let old: Vec<Line> = change.old.iter().flat_map(|side| lines(self.old, side, &[])).collect();
        let note = if below {
            Vec::new()
        } else {
            vec![Line { level: old.first().map_or(0, |line| line.level), runs: vec![underlined(REMOVED)] }]
        };
        self.row(change, note, old);
    }
}

fn plain(text: impl Into<String>) -> Run {
    Run { text: text.into(), changed: false }
}

fn underlined(text: &str) -> Run {
    Run { text: text.to_owned(), changed: true }
}

/// How deep a clause stands: 0 for what stands at the top.
fn level(document: &Document, side: &Side) -> usize {
    let mut level = 0;
    let mut at = document.clauses.get(side.clause).and_then(|clause| clause.parent);
    while let Some(clause) = at.filter(|at| *at > 0).and_then(|at| document.clauses.get(at)) {
        level += 1;
        at = clause.parent;
    }
    level
}

/// Number and heading; the heading of an article stands in brackets.
fn head(side: &Side) -> Vec<Run> {
    let mut runs = Vec::new();
    if !side.number.text.is_empty() {
        runs.push(side.number.clone());
    }
    if side.heading.is_empty() {
        return runs;
    }
    let article = side.number.text.contains('条');
    if !runs.is_empty() {
        runs.push(plain("　"));
    }
    if article {
        runs.push(plain("（"));
    }
    runs.extend(side.heading.iter().cloned());
    if article {
        runs.push(plain("）"));
    }
    runs
}

/// Number and heading, and that the text is left out; of a clause that is opened only its own.
fn head_alone(document: &Document, side: &Side, opened: bool) -> Line {
    let mut runs = head(side);
    if !opened || !side.paragraphs.is_empty() {
        runs.push(plain(if runs.is_empty() { OMITTED.to_owned() } else { format!("　{OMITTED}") }));
    }
    Line { level: level(document, side), runs }
}

/// A clause: its number and heading, then its paragraphs; a clause without heading begins with its number.
/// Paragraphs that are the same are left out.
fn lines(document: &Document, side: &Side, same: &[bool]) -> Vec<Line> {
    let level = level(document, side);
    let mut lines = Vec::new();
    let mut first = head(side);
    if !side.heading.is_empty() {
        lines.push(Line { level, runs: std::mem::take(&mut first) });
    }
    let mut left_out = false;
    for (at, paragraph) in side.paragraphs.iter().enumerate() {
        if same.get(at).is_some_and(|same| *same) {
            if !left_out {
                first.push(plain(if first.is_empty() { OMITTED.to_owned() } else { format!("　{OMITTED}") }));
                lines.push(Line { level, runs: std::mem::take(&mut first) });
            }
            left_out = true;
            continue;
        }
        left_out = false;
        let mut runs = std::mem::take(&mut first);
        if !runs.is_empty() {
            runs.push(plain("　"));
        }
        runs.extend(paragraph.iter().map(cells));
        lines.push(Line { level, runs });
    }
    if !first.is_empty() {
        lines.push(Line { level, runs: first });
    }
    if lines.is_empty() {
        lines.push(Line { level, runs: vec![plain(OMITTED)] });
    }
    lines
}

/// Which paragraphs of one clause beside one did not change; nothing where they cannot be set side by side.
fn same(new: &[Side], old: &[Side]) -> Vec<bool> {
    let ([new], [old]) = (new, old) else { return Vec::new() };
    if new.paragraphs.len() != old.paragraphs.len() {
        return Vec::new();
    }
    let unchanged = |paragraph: &Vec<Run>| paragraph.iter().all(|run| !run.changed);
    new.paragraphs.iter().zip(&old.paragraphs).map(|(one, other)| unchanged(one) && unchanged(other)).collect()
}

/// The cells of a table's row divided by what shows on paper.
fn cells(run: &Run) -> Run {
    Run { text: run.text.replace('\t', "｜"), changed: run.changed }
}
