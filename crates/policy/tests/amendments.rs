//! Invented amendments with known edits: each edit is found, and no clause that did not change is listed.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{fs, path::Path};

use policy::{
    compare::{self, Change, Comparison, Run, Side},
    tree::{self, Document},
};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/test_data");

/// A document, edits of its text, and the changes they make.
struct Amendment {
    old: Document,
    new: Document,
    expected: Vec<String>,
}

/// `base FILE`, edits as `<<< old === new >>>`, and behind `expect` a line for each change:
/// kinds, old paths, new paths, and optionally the underlined words of both sides.
fn read(file: &Path) -> Amendment {
    let text = fs::read_to_string(file).unwrap();
    let (edits, expected) = text.split_once("\nexpect\n").unwrap_or((&text, ""));
    let base = edits.lines().find_map(|line| line.strip_prefix("base ")).unwrap();
    let old = fs::read_to_string(format!("{DATA}/{base}")).unwrap();
    let mut new = old.clone();
    for edit in edits.split("<<<\n").skip(1) {
        let (edit, _) = edit.split_once(">>>").unwrap();
        let (before, after) = edit.split_once("===\n").unwrap();
        match before.strip_prefix("everywhere\n") {
            Some(before) => new = new.replace(before.trim_end_matches('\n'), after.trim_end_matches('\n')),
            None => {
                assert_eq!(new.matches(before).count(), 1, "{}: {before}", file.display());
                new = new.replace(before, after);
            }
        }
    }
    let parse = |text: &str| tree::parse(text).0;
    Amendment { old: parse(&old), new: parse(&new), expected: expected.lines().map(str::to_owned).collect() }
}

fn amendments() -> Vec<(String, Amendment)> {
    let mut files: Vec<_> = fs::read_dir(format!("{DATA}/amend")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), read(&file))).collect()
}

fn paths(sides: &[Side]) -> String {
    sides.iter().map(|side| side.path.as_str()).collect::<Vec<_>>().join(",")
}

fn underlined(sides: &[Side]) -> String {
    let runs = |side: &Side| -> Vec<Run> { side.heading.iter().chain(side.paragraphs.iter().flatten()).cloned().collect() };
    sides.iter().flat_map(runs).filter(|run| run.changed).map(|run| run.text.replace('\t', " ")).collect::<Vec<_>>().join("|")
}

fn line(change: &Change) -> String {
    let kinds: Vec<&str> = change.kinds.iter().map(|kind| kind.code()).collect();
    [kinds.join("+"), paths(&change.old), paths(&change.new), underlined(&change.old), underlined(&change.new)].join("\t")
}

#[test]
fn every_edit_is_found_and_nothing_else() {
    let all = amendments();
    assert!(all.len() >= 20, "{}", all.len());
    let mut wrong = String::new();
    for (name, Amendment { old, new, expected }) in all {
        let found: Vec<String> = compare::compare(&old, &new).changed().map(line).collect();
        if found != expected {
            wrong += &format!("{name}\n  expected\n{}\n  found\n{}\n", expected.join("\n"), found.join("\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Each clause of both versions stands in one change, and can be asked for by its path.
#[track_caller]
fn is_whole(comparison: &Comparison, old: &Document, new: &Document) {
    for (document, of) in [(old, 0), (new, 1)] {
        let sides = |change: &Change| if of == 0 { change.old.clone() } else { change.new.clone() };
        let mut seen: Vec<usize> = comparison.changes.iter().flat_map(|change| sides(change).into_iter().map(|side| side.clause)).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..document.clauses.len()).collect::<Vec<_>>());
        for (at, clause) in document.clauses.iter().enumerate() {
            let found = if of == 0 { comparison.became(&clause.path) } else { comparison.came_from(&clause.path) };
            assert!(sides(found.unwrap()).iter().any(|side| side.clause == at && side.path == clause.path));
        }
    }
}

#[test]
fn every_clause_stands_in_one_change_and_the_way_back_is_the_mirror() {
    for (name, Amendment { old, new, .. }) in amendments() {
        let there = compare::compare(&old, &new);
        is_whole(&there, &old, &new);
        let back = compare::compare(&new, &old);
        for change in &there.changes {
            if let [side] = change.old.as_slice() {
                let mirrored: Vec<&Side> = back.came_from(&side.path).unwrap().old.iter().collect();
                assert_eq!(
                    mirrored.iter().map(|side| side.clause).collect::<Vec<_>>(),
                    change.new.iter().map(|side| side.clause).collect::<Vec<_>>(),
                    "{name}: {}",
                    side.path
                );
            }
        }
        assert_eq!(compare::compare(&old, &old).changed().count(), 0, "{name}");
    }
}

#[test]
fn no_origin_comes_twice_and_those_of_kept_clauses_stay() {
    for (name, Amendment { old, new, .. }) in amendments() {
        let lineage = compare::lineage(&[&old, &new, &new]);
        for origins in &lineage {
            let once: std::collections::HashSet<_> = origins.iter().collect();
            assert_eq!(once.len(), origins.len(), "{name}");
        }
        assert_eq!(lineage.get(1), lineage.get(2), "{name}");
        let comparison = compare::compare(&old, &new);
        for (clause, origin) in new.clauses.iter().zip(lineage.get(1).unwrap()) {
            let change = comparison.came_from(&clause.path).unwrap();
            if let ([from], [_]) = (change.old.as_slice(), change.new.as_slice()) {
                assert_eq!((origin.version, &origin.path), (0, &from.path), "{name}");
            }
            assert_eq!(origin.version == 1, change.old.is_empty() || change.new.len() > 1 && origin.version == 1, "{name}");
        }
    }
}
