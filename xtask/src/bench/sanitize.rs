//! How long a file takes to be sanitized, alone and in the sandbox, beside other programs on the same files.
//!
//! `sanitize.py` runs all of them, one file after another, and prints a figure a line.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Figure;
use crate::{
    machine,
    process::{self, Profile, Scratch},
};

/// A line of `sanitize.py`.
#[derive(Deserialize)]
struct Line {
    name: String,
    value: f64,
    unit: String,
    beside: Option<(String, f64)>,
    aim: String,
}

/// Units are words of a program's text.
const UNITS: [&str; 4] = ["ms", "MB", "MB/s", "mails/s"];
/// What the script may hope for, as it writes it.
const AIMS: [&str; 6] = ["10 ms", "30 ms", "20 MB/s", "300 mails/s", "64 MB and four times the largest part", "within half of the floor"];

/// The corpus where it is at hand, and files made by the tests' script.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    machine::sanitizers()?;
    let folder = crate::root().join("tests/sanitize");
    let python = machine::python_folder(&folder.join("requirements.txt"))?;
    let engine = crate::sanitize::engine()?;
    let sekisho = process::sekisho(Profile::Release)?;
    let scratch = Scratch::new("bench-sanitize")?;
    let own = scratch.path().join("own");
    let make = "import pathlib, sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1]); import samples; samples.write(pathlib.Path(sys.argv[2]))";
    process::run(process::command(&python, &["-c", make]).arg(&folder).arg(&own))?;
    let mut files = Vec::new();
    collect(&own, &mut files)?;
    match crate::shared("corpus") {
        Some(corpus) => collect(&corpus, &mut files)?,
        None => println!("no corpus beside this repository: only files made here are measured"),
    }
    files.sort();
    let script = crate::root().join("xtask/src/bench/sanitize.py");
    let printed = process::read(process::command(&python, &[]).arg(script).arg(engine).arg(sekisho).arg(scratch.path()).args(&files))?;
    printed.lines().map(figure).collect()
}

fn figure(line: &str) -> Result<Figure, String> {
    let Line { name, value, unit, beside, aim } =
        serde_json::from_str(line).map_err(|error| format!("sanitize.py said `{line}`: {error}"))?;
    let known = |list: &[&'static str], word: &str| list.iter().copied().find(|known| *known == word).unwrap_or_default();
    Ok(Figure { name, value, unit: known(&UNITS, &unit), beside, aim: known(&AIMS, &aim) })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
