//! Any bytes as an archive of the kind that the first byte chooses: it comes to an end, and what comes out stays as it is.
#![no_main]

use sanitize::{Input, Outcome, Policy, sanitize};

const NAMES: [&str; 9] = ["a.zip", "a.lzh", "a.7z", "a.tar", "a.tgz", "a.txt.bz2", "a.txt.xz", "a.txt.zst", "a.cab"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*choice) % NAMES.len()];
    let mut policy = Policy::default();
    // Small limits make many runs.
    policy.limits.expanded_bytes = 16 << 20;
    policy.limits.members = 200;
    let run = |name: &str, bytes: &[u8]| sanitize(Input { name, declared: None, bytes, passwords: &["x"] }, &policy, &mut |_, _| {});
    let verdict = run(name, bytes);
    assert_eq!(verdict.output.is_some(), verdict.report.outcome != Outcome::Held);
    if let Some(output) = verdict.output {
        let again = run(output.name(), output.bytes());
        assert!(again.report.removed.is_empty(), "{:?}", again.report.removed);
        assert!(again.output.is_some_and(|again| again.bytes() == output.bytes()));
    }
});
