//! Invented documents, one for each family of numbering: every clause and every norm as labelled beside them.
//!
//! `test_data/family/NN-name.txt` is the document; `.tree` holds `path TAB line TAB heading` (cut at 20 characters)
//! and `.norms` `path TAB n TAB modality TAB subjects`, both written from the plan of the document and not from
//! what is read.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{fmt::Write as _, fs, path::Path};

use policy::{control::Controls, obligation, tree};

/// Lines that only one side has, with the side.
fn differences(found: &str, expected: &str) -> String {
    let mut out = String::new();
    let lack =
        |from: &str, other: &str| from.lines().filter(|line| !other.lines().any(|o| o == *line)).map(str::to_owned).collect::<Vec<_>>();
    for line in lack(expected, found) {
        writeln!(out, "  expected {line}").unwrap();
    }
    for line in lack(found, expected) {
        writeln!(out, "  found    {line}").unwrap();
    }
    out
}

fn heading(clause: &tree::Clause) -> String {
    clause.heading.chars().take(20).collect()
}

#[test]
fn every_family_is_read_as_labelled() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/family");
    let mut texts: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    texts.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    texts.sort();
    assert!(texts.len() >= 12, "a document for each family");
    let mut wrong = String::new();
    for text in &texts {
        let (document, _) = tree::parse(&fs::read_to_string(text).unwrap());
        let tree: String = document.clauses.iter().skip(1).map(|c| format!("{}\t{}\t{}\n", c.path, c.line, heading(c))).collect();
        let norm = |o: obligation::Obligation| {
            let modality = serde_json::to_value(o.modality).unwrap();
            format!("{}\t{}\t{}\t{}\n", o.clause, o.n, modality.as_str().unwrap(), o.subjects.join(" "))
        };
        let norms: String = obligation::extract(&document, &Controls::default()).into_iter().map(norm).collect();
        for (found, labels) in [(tree, "tree"), (norms, "norms")] {
            let difference = differences(&found, &fs::read_to_string(text.with_extension(labels)).unwrap());
            if !difference.is_empty() {
                writeln!(wrong, "{} ({labels})\n{difference}", text.file_name().unwrap().display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
