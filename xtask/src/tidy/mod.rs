//! The repository's rules as checks; each finding says where, what, and what to do.

mod catalog;
mod files;
mod layers;
mod passages;

use crate::process;
use std::fmt;
use std::path::PathBuf;

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    line: usize,
    what: String,
    remedy: String,
}

impl Finding {
    fn new(file: impl Into<String>, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.into(), line, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}: {}", self.file, self.line, self.what, self.remedy)
    }
}

/// One text file of the repository.
struct Source {
    /// Path from the root, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }
}

/// Runs every check.
pub(crate) fn run() -> Result<(), String> {
    let (sources, mut findings) = sources()?;
    findings.extend(layers::check()?);
    findings.extend(files::check(&sources));
    findings.extend(catalog::check(&sources));
    if let Some(seeds) = crate::shared("seeds") {
        findings.extend(passages::check(&sources, &seeds)?);
    }
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files keep the rules", sources.len());
            Ok(())
        }
        number => Err(format!("{number} findings; each line above says what to do")),
    }
}

/// The files that git keeps or would keep, and findings about those too big to be read.
fn sources() -> Result<(Vec<Source>, Vec<Finding>), String> {
    let list = process::read(&mut process::command("git", &["ls-files", "--cached", "--others", "--exclude-standard", "-z"]))?;
    let mut sources = Vec::new();
    let mut findings = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let file: PathBuf = crate::root().join(path);
        // A file that was just moved away is still in the index.
        let Ok(bytes) = std::fs::read(&file) else {
            continue;
        };
        if bytes.len() > files::BYTES_MAX {
            let what = format!("{} bytes", bytes.len());
            findings.push(Finding::new(path, 1, what, "keep it out of the repository or make it smaller"));
        } else if let Ok(text) = String::from_utf8(bytes) {
            sources.push(Source { path: path.into(), text });
        }
    }
    Ok((sources, findings))
}
