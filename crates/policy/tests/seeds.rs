//! The real policies, where they lie beside the repository: trees as labelled, and nothing lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{fs, path::PathBuf};

use policy::{compare, tree};

/// The folder with real policies and labels; says so when it is absent.
fn shared() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let there = folder.join("seeds").is_dir() && folder.join("gold/tree").is_dir();
    if !there {
        println!("skipped: no real policies in ../../../shared");
    }
    there.then_some(folder)
}

/// Name and text of each real policy.
fn seeds() -> Vec<(String, String)> {
    let Some(folder) = shared() else { return Vec::new() };
    let mut files: Vec<_> = fs::read_dir(folder.join("seeds")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().chars().take(3).collect();
    files.iter().map(|path| (name(path), document::extract(&fs::read(path).unwrap()).unwrap().text)).collect()
}

fn tree(text: &str) -> String {
    let (document, _) = tree::parse(text);
    assert_eq!(document.clauses.iter().filter_map(|c| document.source.get(c.span.clone())).collect::<String>(), text);
    let line = |c: &tree::Clause| format!("{}\t{}\t{}\n", c.path, c.line, c.heading.chars().take(20).collect::<String>());
    document.clauses.iter().skip(1).map(line).collect()
}

#[test]
fn trees_are_those_of_the_labels() {
    for (name, text) in seeds() {
        let gold = fs::read_to_string(shared().unwrap().join(format!("gold/tree/{name}.txt"))).unwrap();
        assert_eq!(tree(&text), gold, "{name}");
    }
}

#[test]
fn wide_digits_trailing_spaces_and_line_ends_change_no_tree() {
    let paths = |text: &str| tree(text).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>();
    for (name, text) in seeds() {
        let expected = paths(&text);
        assert_eq!(paths(&text.replace('\n', "\r\n")), expected, "{name}: line ends");
        assert_eq!(paths(&text.lines().map(|line| format!("{line} \n")).collect::<String>()), expected, "{name}: trailing space");
        let hashless: String = text.lines().map(|line| format!("{}\n", line.trim_start_matches('#').trim_start())).collect();
        assert_eq!(paths(&hashless), expected, "{name}: without heading marks");
        let wide = |c: char| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c };
        let widened: String = text
            .lines()
            .map(|line| if line.contains('.') { line.to_owned() } else { line.chars().map(wide).collect() })
            .map(|line: String| line + "\n")
            .collect();
        assert_eq!(paths(&widened), expected, "{name}: wide digits");
    }
}

#[test]
fn what_changes_no_word_changes_no_clause() {
    for (name, text) in seeds() {
        let document = |text: &str| tree::parse(text).0;
        let old = document(&text);
        let wide = |c: char| if c.is_ascii_alphabetic() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c };
        let variants = [
            ("line ends", text.replace('\n', "\r\n")),
            ("trailing space", text.lines().map(|line| format!("{line} \n")).collect()),
            ("wide letters", text.chars().map(wide).collect()),
        ];
        for (what, text) in variants {
            let comparison = compare::compare(&old, &document(&text));
            let changed: Vec<_> = comparison.changed().map(|change| (&change.kinds, &change.old, &change.new)).collect();
            assert!(changed.is_empty(), "{name}, {what}: {} changed", changed.len());
        }
    }
}

#[test]
fn a_clause_that_is_taken_away_is_all_that_is_listed() {
    for (name, text) in seeds() {
        let (old, _) = tree::parse(&text);
        let has_child = |at: usize| old.clauses.iter().any(|clause| clause.parent == Some(at));
        let leaves = (1..old.clauses.len()).filter(|at| !has_child(*at) && !old.clauses.get(*at).unwrap().path.contains('表'));
        for at in leaves.step_by(7) {
            let clause = old.clauses.get(at).unwrap();
            let mut less = text.clone();
            less.replace_range(clause.span.clone(), "");
            let (new, _) = tree::parse(&less);
            // Where the reader repairs the numbers that are left in another way, more did change.
            let paths = |document: &tree::Document| document.clauses.iter().map(|clause| clause.path.clone()).collect::<Vec<_>>();
            let left: Vec<String> = paths(&old).into_iter().filter(|path| *path != clause.path).collect();
            if paths(&new) != left {
                continue;
            }
            let comparison = compare::compare(&old, &new);
            let gone: Vec<&str> = comparison.changed().flat_map(|change| &change.old).map(|side| side.path.as_str()).collect();
            let says_the_same =
                |other: &tree::Clause| other.paragraphs.iter().map(|p| &p.text).eq(clause.paragraphs.iter().map(|p| &p.text));
            if old.clauses.iter().filter(|other| says_the_same(other)).count() == 1 {
                assert_eq!(gone, [clause.path.as_str()], "{name}");
            }
        }
    }
}
