//! Every mail of the corpus comes out readable or is held for a reason; what comes out stays as it is.

use std::path::Path;

use sanitize::{Input, Outcome, Policy, Verdict, sanitize};

fn run(name: &str, bytes: &[u8]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {})
}

#[test]
fn mails_of_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/mail");
    let Ok(folder) = std::fs::read_dir(folder) else {
        println!("skipped: no corpus here");
        return;
    };
    let mut paths: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut delivered = 0;
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let verdict = run(&name, &bytes);
        println!(
            "{name}: {:?} {:?} {:?} {}",
            verdict.report.outcome, verdict.report.reason, verdict.report.detail, verdict.report.sentence
        );
        let Some(output) = verdict.output else { continue };
        assert_ne!(verdict.report.outcome, Outcome::Held);
        delivered += 1;
        let again = run(output.name(), output.bytes());
        let second = again.output.unwrap_or_else(|| panic!("{name}: held the second time: {:?}", again.report.detail));
        assert_eq!(again.report.removed, [], "{name}");
        assert_eq!(String::from_utf8_lossy(second.bytes()), String::from_utf8_lossy(output.bytes()), "{name}");
    }
    assert!(delivered >= 20, "{delivered}");
}
