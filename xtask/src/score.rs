//! Measures the policy reader against hand-made labels: clause trees and obligations, seed by seed.
//!
//! How it counts. *Tree*: equal lines of `path TAB line TAB heading` among all lines of either side.
//! *Found*: a label and an obligation match if they are in the same clause, at most two lines apart
//! (a page break), and one cue contains the other; else if they have the same order in the clause and
//! the label's cue stands in the sentence. Each is used once; F1 counts all forms, leads and items too.
//! The other columns are shares of the matched pairs: *subjects* and *counterparts* as equal sets,
//! *modality*, *trigger* and *class* as equal values, *control* if the first control bound is among
//! the label's (pairs whose label has controls).

use std::{collections::HashSet, fs, path::Path};

use policy::{
    control::Controls,
    obligation::{Modality, Obligation, Trigger},
    tree::Document,
};
use serde::Deserialize;

/// A label; the fields are those of [`Obligation`].
#[derive(Debug, Deserialize)]
struct Label {
    clause: String,
    n: usize,
    line: usize,
    modality: Modality,
    subjects: Vec<String>,
    counterparts: Vec<String>,
    class: Option<String>,
    trigger: Option<Trigger>,
    cue: String,
    controls: Vec<String>,
}

const COLUMNS: [(&str, f64); 8] = [
    ("tree", 1.0),
    ("found F1", 0.97),
    ("modality", 0.98),
    ("subjects", 0.95),
    ("counterparts", 0.90),
    ("trigger", 0.90),
    ("class", 0.98),
    ("control", 0.85),
];

/// Scores every seed that has labels, prints the table, and says whether all targets are met.
///
/// # Errors
/// When the folder of labels or a file in it cannot be read.
pub(crate) fn run(seeds: &Path, gold: &Path) -> Result<bool, String> {
    let controls = Controls::embedded();
    let mut names: Vec<String> = list(gold)?.into_iter().filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned)).collect();
    names.sort();
    if names.is_empty() {
        return Err(format!("no labels (*.jsonl) in {}", gold.display()));
    }
    print!("{:<8}", "seed");
    for (name, target) in COLUMNS {
        print!("{:>20}", format!("{name} ≥{target:.2}"));
    }
    println!();
    let mut met = true;
    for name in &names {
        let Some(text) = seed(seeds, name) else {
            println!("{name:<8}missing in {}", seeds.display());
            met = false;
            continue;
        };
        let reading = policy::read(&text, controls);
        let tree = read(&gold.join("tree").join(format!("{name}.txt")))?;
        let labels = labels(&gold.join(format!("{name}.jsonl")))?;
        let values = [vec![tree_score(&reading.document, &tree)], score(&reading.obligations, &labels)].concat();
        print!("{name:<8}");
        for (value, (_, target)) in values.iter().zip(COLUMNS) {
            let pass = *value >= target;
            met &= pass;
            print!("{:>20}", format!("{:.3} {}", value, if pass { "pass" } else { "FAIL" }));
        }
        println!();
    }
    Ok(met)
}

fn list(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn seed(seeds: &Path, name: &str) -> Option<String> {
    let file = list(seeds).ok()?.into_iter().find(|file| file.starts_with(name))?;
    document::extract(&fs::read(seeds.join(file)).ok()?).ok().map(|extract| extract.text)
}

fn labels(path: &Path) -> Result<Vec<Label>, String> {
    let text = read(path)?;
    let rows = text.lines().filter(|line| !line.trim().is_empty());
    rows.map(|line| serde_json::from_str(line).map_err(|error| format!("{}: {error}", path.display()))).collect()
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    float(part) / float(whole)
}

fn tree_score(document: &Document, gold: &str) -> f64 {
    let ours: Vec<String> = document
        .clauses
        .iter()
        .skip(1)
        .map(|clause| format!("{}\t{}\t{}", clause.path, clause.line, clause.heading.chars().take(20).collect::<String>()))
        .collect();
    let theirs: Vec<&str> = gold.lines().filter(|line| !line.is_empty()).collect();
    if ours == theirs {
        return 1.0;
    }
    let known: HashSet<&str> = theirs.iter().copied().collect();
    let equal = ours.iter().filter(|line| known.contains(line.as_str())).count();
    // Same lines in another order are no equal tree.
    ratio(equal, ours.len().max(theirs.len())).min(0.999)
}

/// The values of all columns but the first.
fn score(ours: &[Obligation], labels: &[Label]) -> Vec<f64> {
    let pairs = matches(ours, labels);
    let share = |equal: fn(&Obligation, &Label) -> bool| ratio(pairs.iter().filter(|(o, l)| equal(o, l)).count(), pairs.len());
    let bound: Vec<_> = pairs.iter().filter(|(_, label)| !label.controls.is_empty()).collect();
    let right = bound.iter().filter(|(o, label)| o.controls.first().is_some_and(|id| label.controls.contains(id))).count();
    vec![
        ratio(2 * pairs.len(), ours.len() + labels.len()),
        share(|o, l| o.modality == l.modality),
        share(|o, l| same(&o.subjects, &l.subjects)),
        share(|o, l| same(&o.counterparts, &l.counterparts)),
        share(|o, l| o.trigger == l.trigger),
        share(|o, l| o.class == l.class),
        ratio(right, bound.len()),
    ]
}

fn same(a: &[String], b: &[String]) -> bool {
    a.iter().collect::<HashSet<_>>() == b.iter().collect::<HashSet<_>>()
}

/// Whether an obligation may be what a label means.
type Rule<'r> = dyn Fn(&Obligation, &Label) -> bool + 'r;

fn matches<'a>(ours: &'a [Obligation], labels: &'a [Label]) -> Vec<(&'a Obligation, &'a Label)> {
    let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '*').collect::<String>();
    let near = |o: &Obligation, l: &Label| o.clause == l.clause && o.line.abs_diff(l.line) <= 2;
    let by_cue = |o: &Obligation, l: &Label| {
        let (a, b) = (squeeze(&o.cue), squeeze(&l.cue));
        a.contains(&b) || b.contains(&a)
    };
    let by_order = |o: &Obligation, l: &Label| o.n == l.n && squeeze(&o.text).contains(&squeeze(&l.cue));
    let mut used_ours = HashSet::new();
    let mut used_labels = HashSet::new();
    let mut pairs = Vec::new();
    let in_order = |o: &Obligation, l: &Label| o.n == l.n && by_cue(o, l);
    let rules: [&Rule<'_>; 3] = [&in_order, &by_cue, &by_order];
    for rule in rules {
        for (at, label) in labels.iter().enumerate().filter(|(at, _)| !used_labels.contains(at)).collect::<Vec<_>>() {
            let found = ours.iter().enumerate().find(|(i, o)| !used_ours.contains(i) && near(o, label) && rule(o, label));
            if let Some((i, obligation)) = found {
                used_ours.insert(i);
                used_labels.insert(at);
                pairs.push((obligation, label));
            }
        }
    }
    pairs
}
