//! Real files are recognised as what they are, where they are at hand.

use std::path::Path;

use sanitize::{Input, Kind, Policy, Reason, sanitize};

#[test]
fn real_files_are_recognised() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(manifest) = std::fs::read_to_string(corpus.join("MANIFEST.tsv")) else {
        println!("no corpus beside this repository: skipped");
        return;
    };
    let mut wrong = Vec::new();
    for line in manifest.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(file), Some(family), danger) = (fields.next(), fields.next(), fields.nth(3).unwrap_or_default()) else { continue };
        let bytes = std::fs::read(corpus.join(file)).unwrap();
        let name = file.rsplit('/').next().unwrap();
        let verdict = sanitize(Input { name, declared: None, bytes: &bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        let recognised = verdict.report.kind.is_some_and(|kind| kind != Kind::Unknown);
        // An archive may be held for the only file inside it.
        let archive = matches!(verdict.report.kind, Some(Kind::Zip | Kind::Lzh | Kind::Tar | Kind::Gzip));
        let mismatch = !archive && matches!(verdict.report.reason, Some(Reason::KindMismatch | Reason::UnknownKind));
        if (!recognised || mismatch) && !danger.contains("corrupt") && !danger.contains("mismatch") {
            wrong.push(format!("{file} ({family}, {danger}): {:?} {:?}", verdict.report.kind, verdict.report.detail));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
