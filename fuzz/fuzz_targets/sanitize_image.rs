//! Pictures of any kind: an outcome, and an output that stays as it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sanitize::{Input, Policy, sanitize};

fuzz_target!(|bytes: &[u8]| {
    let policy = Policy::default();
    let run = |bytes: &[u8]| sanitize(Input { name: "picture", declared: None, bytes, passwords: &[] }, &policy, &mut |_, _| {});
    if let Some(output) = run(bytes).output {
        let again = run(output.bytes());
        assert!(again.output.is_some_and(|again| again.bytes() == output.bytes()));
    }
});
