//! Any bytes as a winmail.dat: reading ends, what comes out is a mail of ours, and stays as it is.
#![no_main]

use sanitize::{Input, Policy, sanitize};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let policy = Policy::default();
    let run = |name: &str, bytes: &[u8]| sanitize(Input { name, declared: None, bytes, passwords: &[] }, &policy, &mut |_, _| {});
    let Some(output) = run("winmail.dat", bytes).output else { return };
    assert!(output.bytes().is_ascii());
    let again = run(output.name(), output.bytes());
    assert!(again.report.removed.is_empty());
    assert_eq!(again.output.unwrap().bytes(), output.bytes());
});
