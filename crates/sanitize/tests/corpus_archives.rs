//! Real archives: each is rebuilt as a ZIP that stays as it is, or held for a reason that fits.

use std::path::Path;

use sanitize::{Input, Outcome, Policy, Reason, Verdict, sanitize};

fn run(name: &str, bytes: &[u8]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords: &["infected-test"] }, &Policy::default(), &mut |_, _| {})
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
        if let Some(out) = std::env::var_os("ARCHIVES_OUT") {
            std::fs::write(Path::new(&out).join(format!("{name}.out.zip")), output.bytes()).unwrap();
        }
        let again = run(output.name(), output.bytes());
        assert_eq!(again.report.removed, [], "{name}");
        assert!(again.output.is_some_and(|again| again.bytes() == output.bytes()), "{name}");
    }
    println!("rebuilt {rebuilt}, held {held}");
}
