//! Real PDF files, where they are at hand: what is valid is rebuilt, and rebuilt again alike.

use std::{fs, path::Path};

use sanitize::{Input, Outcome, Policy, sanitize};

/// Files that are broken on purpose or need a password.
const HELD: usize = 8;

/// Larger ones are left to the measurements.
const LARGEST: u64 = 700_000;

#[test]
fn real_files_are_rebuilt() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/pdf");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no corpus");
        return;
    };
    let policy = Policy::default();
    let (mut held, mut count) = (Vec::new(), 0);
    for entry in entries.flatten() {
        if entry.metadata().is_ok_and(|data| data.len() > LARGEST) {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let verdict = sanitize(Input { name: &name, declared: None, bytes: &bytes, passwords: &[] }, &policy, &mut |_, _| ());
        count += 1;
        let Some(output) = verdict.output else {
            held.push((name, verdict.report.detail));
            continue;
        };
        let input = Input { name: output.name(), declared: None, bytes: output.bytes(), passwords: &[] };
        let again = sanitize(input, &policy, &mut |_, _| ());
        assert_eq!(again.report.outcome, Outcome::Rebuilt, "{name}: {:?}", again.report.detail);
        assert_eq!(again.report.removed, [], "{name}");
        assert_eq!(again.output.unwrap().bytes(), output.bytes(), "{name}");
    }
    println!("{} of {count} held: {held:#?}", held.len());
    assert!(held.len() <= HELD, "{held:#?}");
}
