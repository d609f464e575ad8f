//! Any bytes as an OpenDocument file in one XML, or as a package: held, or at rest after one pass.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let name = if bytes.starts_with(b"PK") { "a.odt" } else { "a.fodt" };
    let policy = sanitize::Policy::default();
    let run = |name: &str, bytes: &[u8]| sanitize::sanitize(sanitize::Input { name, declared: None, bytes, passwords: &["a"] }, &policy, &mut |_, _| {});
    if let Some(output) = run(name, bytes).output {
        let again = run(output.name(), output.bytes());
        assert!(again.report.removed.is_empty());
        assert_eq!(again.output.map(sanitize::Sanitized::into_bytes).as_deref(), Some(output.bytes()));
    }
});
