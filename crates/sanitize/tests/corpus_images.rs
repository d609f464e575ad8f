//! Pictures of the corpus: what comes out, and that it stays the same when sanitized again.
//!
//! Outputs are left in the target's `tmp/images`, where other readers can compare them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{fs, path::Path};

use sanitize::{Input, Outcome, Policy, sanitize};

#[test]
fn pictures_of_the_corpus_come_out_and_stay() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/image");
    let extra = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images-in");
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
    if !corpus.exists() {
        eprintln!("skipped: no corpus");
        return;
    }
    fs::create_dir_all(&into).unwrap();
    let mut files: Vec<_> =
        [corpus, extra].iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        let once = sanitize(Input { name, declared: None, bytes: &bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        let report = &once.report;
        eprintln!(
            "{name}: {:?} {} {} {:?}",
            report.outcome,
            report.detail.as_deref().unwrap_or_default(),
            once.output.as_ref().map_or(0.0, |output| output.bytes().len() as f64 / bytes.len() as f64),
            report.removed.iter().map(|removed| format!("{}:{}×{}", removed.kind.code(), removed.place, removed.count)).collect::<Vec<_>>()
        );
        let Some(output) = once.output else {
            assert_eq!(report.outcome, Outcome::Held);
            continue;
        };
        fs::write(into.join(name), output.bytes()).unwrap();
        let again = sanitize(
            Input { name: output.name(), declared: None, bytes: output.bytes(), passwords: &[] },
            &Policy::default(),
            &mut |_, _| {},
        );
        assert_eq!(again.report.removed, [], "{name}");
        assert!(again.output.unwrap().bytes() == output.bytes(), "{name} changes when sanitized again");
    }
}
