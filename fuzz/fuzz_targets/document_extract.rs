//! Any bytes as a file of any format: reading ends, and what comes out is text without the marks of a format.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(extract) = document::extract(bytes) else { return };
    assert!(!extract.text.trim().is_empty());
    if !matches!(extract.format, document::Format::Text | document::Format::Markdown) {
        assert!(!extract.text.contains(['\0', '\r', '\u{ad}', '\u{feff}']));
        assert!(extract.text.lines().all(|line| line.trim() == line));
    }
});
