//! Documents made here, part by part, and the text that must come out of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot write or read its files has failed")]

mod hostile;
mod html;
mod odt;
mod package;
mod word;

use document::{Extract, extract};

/// What is read from a file that must be readable.
fn read(bytes: &[u8]) -> Extract {
    match extract(bytes) {
        Ok(extract) => extract,
        Err(error) => panic!("{error}"),
    }
}

/// The lines of a text that have words.
fn lines(bytes: &[u8]) -> Vec<String> {
    read(bytes).text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
