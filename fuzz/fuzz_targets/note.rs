//! Any text as a signed note, checkpoint, key or entry: what is taken is what was meant, byte for byte.
#![no_main]

use ledger::{Checkpoint, Entry, Note, VerifierKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(entry) = Entry::from_bytes(bytes) {
        assert_eq!(entry.to_bytes(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(note) = Note::parse(text) {
        assert!(text.starts_with(&note.text));
        if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
            // Extension lines may follow and mean nothing to us.
            assert!(note.text.starts_with(&checkpoint.text()));
        }
    }
    // Two programs from one specification agree on what is a key.
    let key = text.trim_end_matches('\n');
    assert_eq!(VerifierKey::parse(key).is_ok(), verifier::Key::parse(key).is_some(), "{key:?}");
});
