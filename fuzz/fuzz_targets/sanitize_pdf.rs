//! Any bytes as a PDF: one of the four outcomes; what comes out comes out again unchanged.
#![no_main]

use sanitize::{Input, Policy, sanitize};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let policy = Policy::default();
    let verdict = sanitize(Input { name: "a.pdf", declared: None, bytes, passwords: &[] }, &policy, &mut |_, _| ());
    let Some(output) = verdict.output else { return };
    let again = sanitize(Input { name: "a.pdf", declared: None, bytes: output.bytes(), passwords: &[] }, &policy, &mut |_, _| ());
    assert!(again.report.removed.is_empty(), "{:?}", again.report.removed);
    assert!(again.output.is_some_and(|again| again.bytes() == output.bytes()));
});
