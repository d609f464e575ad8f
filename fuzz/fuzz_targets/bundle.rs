//! Any five files as an auditor's bundle of two records: the verifier always comes to a verdict.
#![no_main]

use std::fs;

/// The files, in the order in which they stand in the input, each with its length (two bytes) before it.
const FILES: [&str; 5] = ["checkpoint", "key.txt", "tile/0/000.p/2", "tile/entries/000.p/2", "payload/000.p/2"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = std::env::temp_dir().join(format!("sekisho-fuzz-{}", std::process::id()));
    let mut rest = bytes;
    for name in FILES {
        let length = rest.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
        let (content, after) = rest.get(2..).unwrap_or_default().split_at_checked(length).unwrap_or_default();
        rest = after;
        let path = folder.join(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).expect("a temporary folder");
        }
        fs::write(&path, content).expect("a temporary file");
    }
    let question = verifier::Question { folder, ..verifier::Question::default() };
    if let Ok(verdict) = verifier::check(&question) {
        assert!(!format!("{verdict}").is_empty());
    }
});
