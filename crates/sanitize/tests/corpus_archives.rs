//! Real archives: each is rebuilt as a ZIP that stays as it is, or held for a reason that fits.

use std::path::Path;

use sanitize::{Input, Outcome, Policy, Reason, Verdict, sanitize};

fn run(name: &str, bytes: &[u8]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords: &["wrong", "infected-test"] }, &Policy::default(), &mut |_, _| {})
}

#[test]
fn real_archives_become_zips_that_stay() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/archive");
    let Ok(files) = std::fs::read_dir(&folder) else { return println!("skipped: no corpus") };
    let mut files: Vec<_> = files.flatten().map(|file| file.path()).collect();
    files.sort();
    let (mut rebuilt, mut held) = (0, 0);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let verdict = run(name, &bytes);
        let report = &verdict.report;
        println!("{name}: {:?} {:?} {}", report.outcome, report.reason, report.detail.as_deref().unwrap_or_default());
        for removal in &report.removed {
            println!("    {} {} {}", removal.kind.code(), removal.place, removal.count);
        }
        assert_ne!(report.reason, Some(Reason::Crashed), "{name}");
        let Some(output) = verdict.output else {
            held += 1;
            continue;
        };
        rebuilt += 1;
        assert_eq!(report.outcome, Outcome::Rebuilt);
        let again = run(output.name(), output.bytes());
        assert_eq!(again.report.removed, [], "{name}");
        assert!(again.output.is_some_and(|again| again.bytes() == output.bytes()), "{name}");
    }
    println!("rebuilt {rebuilt}, held {held}");
    assert!(rebuilt >= 20, "{rebuilt}");
}

#[test]
fn office_files_open_with_their_passwords() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/docx");
    let open = |name: &str, passwords: &[&str]| {
        let bytes = std::fs::read(folder.join(name)).ok()?;
        Some(sanitize(Input { name, declared: None, bytes: &bytes, passwords }, &Policy::default(), &mut |_, _| {}))
    };
    let name = "c182f7825a_bug53475-password-is-pass.docx";
    let Some(verdict) = open(name, &[]) else { return println!("skipped: no corpus") };
    assert_eq!(verdict.report.reason, Some(Reason::PasswordNeeded));
    assert_eq!(open(name, &["wrong"]).unwrap().report.reason, Some(Reason::PasswordWrong));
    let verdict = open(name, &["wrong", "pass"]).unwrap();
    assert_eq!(verdict.report.outcome, Outcome::Rebuilt, "{:?}", verdict.report);
    let verdict = open("539e455797_encrypted.docx", &["infected-test", "password", "test"]).unwrap();
    assert_eq!(verdict.report.reason, Some(Reason::PasswordWrong));
}
