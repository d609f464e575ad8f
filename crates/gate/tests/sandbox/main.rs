//! What a worker is denied, what the gate makes of workers that misbehave, and what the scanner adds.
//!
//! The program starts itself anew in three parts: as the real worker, as a worker that misbehaves,
//! and as a process that tries one act, confined or free.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed; this one has no harness by which clippy would know it"
)]

mod acts;
mod misbehaviour;
mod passing;
mod scanning;

use std::{path::PathBuf, process::ExitCode};

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut given = std::env::args_os().skip(1);
    match given.next().as_deref().and_then(|first| first.to_str()) {
        Some(gate::worker::WORKER) => gate::worker::run(given),
        Some(misbehaviour::PART) => misbehaviour::run(given),
        Some(acts::PART) => acts::run(given),
        _ => {
            // What whoever started the tests left open is not handed down.
            close_fds::CloseFdsBuilder::new().cloexecfrom(3);
            let tests: Vec<Trial> =
                [acts::tests(), misbehaviour::tests(), passing::tests(), scanning::tests()].into_iter().flatten().collect();
            libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
        }
    }
}

/// A test.
fn test(name: &str, body: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        body();
        Ok(())
    })
}

/// A folder of one's own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gate-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A picture of one pixel.
fn picture() -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for number in [58_u32, 0, 54, 40, 1, 1] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    for number in [0_u32, 4, 2835, 2835, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 2, 3, 0]);
    bytes
}
