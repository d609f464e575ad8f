//! How fast policy documents are read, in megabytes of text a second.

use super::Figure;
use crate::machine;
use crate::process::{self, Scratch, Start};
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

/// Long enough that one slow moment of the machine does not decide.
const AT_LEAST: Duration = Duration::from_secs(2);

/// Reads the real policies where they are at hand, and the sample town's otherwise.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    let mut files: Vec<PathBuf> = match crate::shared("seeds") {
        Some(folder) => std::fs::read_dir(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .flatten()
            .map(|entry| entry.path())
            .collect(),
        None => vec![crate::root().join("samples/policy.txt")],
    };
    files.sort();
    let texts: Vec<String> = files
        .iter()
        .map(|file| std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display())))
        .collect::<Result<_, _>>()?;
    let controls = policy::control::Controls::embedded();
    let ours = rate(&texts, |text| {
        black_box(policy::read(text, controls));
    });
    Ok(vec![Figure {
        name: format!("reading {} policies", texts.len()),
        value: ours,
        unit: "MB/s",
        beside: Some(("mecab, which only splits the text into words".into(), mecab(&texts)?)),
        aim: "",
    }])
}

/// What a general morphological analyser needs for its first step on the same text.
fn mecab(texts: &[String]) -> Result<f64, String> {
    machine::mecab()?;
    let scratch = Scratch::new("reading")?;
    let file = scratch.path().join("text");
    // Enough text that loading its dictionary does not count.
    let text = texts.concat().repeat(50);
    std::fs::write(&file, &text).map_err(|error| format!("{}: {error}", file.display()))?;
    let start = Start::now();
    let mut command = process::command("mecab", &["--output"]);
    process::read(command.arg(scratch.path().join("words")).arg(&file))?;
    Ok(megabytes(text.len()) / start.elapsed().as_secs_f64())
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}

fn rate(texts: &[String], mut read: impl FnMut(&str)) -> f64 {
    let start = Start::now();
    let mut read_mb = 0.0;
    while start.elapsed() < AT_LEAST {
        for text in texts {
            read(text);
            read_mb += megabytes(text.len());
        }
    }
    read_mb / start.elapsed().as_secs_f64()
}
