//! Text, tables, pages, calendars and OpenDocument files of the corpus: rebuilt, at rest, none let through unread.

use std::{collections::BTreeMap, fs, path::Path};

use sanitize::{Input, Outcome, Policy, Reason, Report};

fn made(name: &str, bytes: &[u8]) -> (Report, Vec<u8>, String) {
    let verdict = sanitize::sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
    let named = verdict.output.as_ref().map(|output| output.name().to_owned()).unwrap_or_default();
    (verdict.report, verdict.output.map(sanitize::Sanitized::into_bytes).unwrap_or_default(), named)
}

#[test]
fn the_families_of_text_are_delivered() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: no corpus");
        return;
    }
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for family in ["csv", "text", "html", "odf", "calendar"] {
        for file in fs::read_dir(corpus.join(family)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap();
            let (report, out, named) = made(&name, &bytes);
            println!("{family}/{name}: {:?} {:?} {:?} {:?}", report.outcome, report.reason, report.detail, report.removed);
            *counts.entry(format!("{family} {:?}", report.outcome)).or_default() += 1;
            match report.outcome {
                Outcome::Held => {
                    let expected = match name.rsplit('.').next() {
                        Some("slk") => report.reason == Some(Reason::UnsupportedKind),
                        _ => matches!(report.reason, Some(Reason::PasswordNeeded | Reason::KindMismatch | Reason::Damaged)),
                    };
                    assert!(expected, "{name}: {report:?}");
                }
                _ => {
                    let (again, same, _) = made(&named, &out);
                    assert_eq!(again.removed, [], "{name}");
                    assert!(same == out, "{name} does not come to rest");
                    let lower = String::from_utf8_lossy(&out).to_lowercase();
                    for mark in ["<script", "javascript:", "onload=", "<iframe", "x-alt-desc", "cmd|"] {
                        assert!(!lower.contains(mark), "{name}: {mark}");
                    }
                }
            }
        }
    }
    println!("{counts:#?}");
}
