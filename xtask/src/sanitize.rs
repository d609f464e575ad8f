//! Sanitized files against independent programs (`tests/sanitize`): oracles, markers, dangers, fidelity.

use crate::{
    machine,
    process::{self, Profile, Scratch},
};
use std::path::{Path, PathBuf};

/// How much is checked.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// Compare every file with its original, not only a sample.
    #[arg(long)]
    full: bool,
    /// Only these parts: corpus, canaries, dangers, fidelity.
    parts: Vec<String>,
    /// Only files whose path contains this.
    #[arg(long = "match", value_name = "TEXT", default_value = "")]
    matching: String,
    /// Writes each failure as a line of a file.
    #[arg(long, value_name = "FILE")]
    failures: Option<PathBuf>,
    /// Keeps what was made there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Sanitizes files made by the script, and the corpus where it is at hand; an error unless nothing is found.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    machine::oracles()?;
    let folder = crate::root().join("tests/sanitize");
    let python = machine::python_folder(&folder.join("requirements.txt"))?;
    let engine = engine()?;
    let scratch = Scratch::new("sanitize")?;
    let place = arguments.keep.clone().unwrap_or_else(|| scratch.path().to_path_buf());
    let mut check = process::command(&python, &["-W", "ignore"]);
    check.arg(folder.join("check.py")).arg("--engine").arg(engine).arg("--scratch").arg(place);
    // The same engine behind its sandbox must say the same.
    check.arg("--gate").arg(process::sekisho(Profile::Dev)?);
    if let Some(corpus) = crate::shared("corpus") {
        check.arg("--corpus").arg(corpus);
    }
    for part in &arguments.parts {
        check.arg("--only").arg(part);
    }
    if let Some(file) = &arguments.failures {
        check.arg("--failures").arg(file);
    }
    if arguments.full {
        check.arg("--full");
    }
    process::run(check.arg(format!("--match={}", arguments.matching)))
}

/// The engine without sandbox, optimised: hundreds of files go through it again and again.
pub(crate) fn engine() -> Result<PathBuf, String> {
    process::run(&mut process::command("cargo", &["build", "--quiet", "--release", "--package", "sanitize", "--example", "sanitize"]))?;
    Ok(process::target().join(Path::new("release/examples/sanitize")))
}
