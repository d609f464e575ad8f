//! Any bytes as text, table, data, page, calendar or contact: held, or at rest after one pass.
#![no_main]

const NAMES: [&str; 9] = ["a.txt", "a.csv", "a.tsv", "a.json", "a.xml", "a.html", "a.mht", "a.ics", "a.vcf"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    once(name, rest);
});

fn once(name: &str, bytes: &[u8]) {
    let policy = sanitize::Policy::default();
    let run = |name: &str, bytes: &[u8]| sanitize::sanitize(sanitize::Input { name, declared: None, bytes, passwords: &[] }, &policy, &mut |_, _| {});
    if let Some(output) = run(name, bytes).output {
        let again = run(output.name(), output.bytes());
        assert!(again.report.removed.is_empty());
        assert_eq!(again.output.map(sanitize::Sanitized::into_bytes).as_deref(), Some(output.bytes()));
    }
}
