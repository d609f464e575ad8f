//! How fast policy documents are read, in megabytes of text a second.

use super::Figure;
use crate::process::Start;
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
        .map(|file| {
            std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
        })
        .collect::<Result<_, _>>()?;
    let controls = policy::control::Controls::default();
    let ours = rate(&texts, |text| {
        black_box(policy::read(text, &controls));
    });
    Ok(vec![Figure {
        name: format!("reading {} policies", texts.len()),
        value: ours,
        unit: "MB/s",
        beside: None,
        aim: "",
    }])
}

fn rate(texts: &[String], mut read: impl FnMut(&str)) -> f64 {
    let start = Start::now();
    let mut bytes = 0.0;
    while start.elapsed() < AT_LEAST {
        for text in texts {
            read(text);
            bytes += f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
    }
    bytes / 1e6 / start.elapsed().as_secs_f64()
}
