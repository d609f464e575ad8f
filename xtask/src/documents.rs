//! The same policy as Word, OpenDocument, web page and PDF must read like its text; LibreOffice makes the files.
//!
//! Each text is handed over twice: as *typed* paragraphs, the way a clerk pastes them, and *laid out*
//! from its clause tree with headings, tables and numbers that the word processor counts.
//! How it counts. *Nodes*: clauses with equal path and heading (20 characters) among those of the longer
//! tree. *F1*: obligations with equal clause, place, sentence (without spaces) and modality.

mod layout;

use std::{
    collections::HashMap,
    fs,
    hash::Hash,
    path::{Path, PathBuf},
};

use document::{DecodeError, ExtractError};
use policy::{Reading, control::Controls};

use crate::{
    machine,
    process::{self, Scratch},
};

/// Least share of equal nodes.
const NODES: f64 = 0.99;
/// Least F1 of obligations.
const NORMS: f64 = 0.97;
/// What is made of each text.
const FORMATS: [&str; 4] = ["docx", "odt", "html", "pdf"];

/// A policy as text, with what is read from it.
struct Source {
    name: String,
    text: String,
    reading: Reading,
}

/// How the files of a run are made from the texts.
#[derive(Clone, Copy)]
enum Series {
    /// Every line a paragraph.
    Typed,
    /// Headings, tables and counted numbers.
    LaidOut,
}

/// Makes the files, reads them, prints the table; an error unless every target is met.
pub(crate) fn run() -> Result<(), String> {
    machine::office()?;
    let sources = sources()?;
    let scratch = Scratch::new("documents")?;
    let mut failures = Vec::new();
    for series in [Series::Typed, Series::LaidOut] {
        let folder = scratch.path().join(series.name());
        series.write(&sources, &folder)?;
        println!("\n{}", series.title());
        print!("{:<24}", "document");
        for format in FORMATS {
            print!("{:>18}", format!("{format} nodes/F1"));
        }
        println!();
        for source in &sources {
            row(source, series, &folder, &mut failures);
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!("below {NODES} of nodes or {NORMS} of obligations:\n{}", failures.join("\n")))
}

fn row(source: &Source, series: Series, folder: &Path, failures: &mut Vec<String>) {
    print!("{:<24}", source.name);
    for format in FORMATS {
        let file = folder.join(format!("{}.{format}", source.name));
        let outcome = fs::read(&file).map_err(|error| error.to_string()).and_then(|bytes| match document::extract(&bytes) {
            Ok(extract) => Ok(Some(extract.text)),
            Err(ExtractError::Decode(DecodeError::Format { name })) if format == "pdf" && name.contains("PDF") => Ok(None),
            Err(error) => Err(error.to_string()),
        });
        match outcome {
            Ok(None) => print!("{:>18}", "not read yet"),
            Ok(Some(text)) => {
                let (nodes, norms) = compare(&source.reading, &policy::read(&text, Controls::embedded()));
                let pass = nodes >= NODES && norms >= NORMS;
                print!("{:>18}", format!("{nodes:.3}/{norms:.3}{}", if pass { " " } else { "!" }));
                if !pass {
                    failures.push(format!("{} {} {format}: nodes {nodes:.3}, F1 {norms:.3}", series.name(), source.name));
                }
            }
            Err(reason) => {
                print!("{:>18}", "no text!");
                failures.push(format!("{} {} {format}: {reason}", series.name(), source.name));
            }
        }
    }
    println!();
}

/// The real policies where they are at hand, the sample, and the invented documents of the reader's tests.
fn sources() -> Result<Vec<Source>, String> {
    let mut files = vec![crate::root().join("samples/policy.txt")];
    files.extend(texts(&crate::root().join("crates/policy/test_data/read"))?);
    match crate::shared("seeds") {
        Some(seeds) => files.extend(texts(&seeds)?),
        None => println!("no real policies beside this repository: only the invented ones are converted"),
    }
    files.iter().map(|file| source(file)).collect()
}

fn texts(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "txt"));
    files.sort();
    Ok(files)
}

fn source(file: &Path) -> Result<Source, String> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let text = document::extract(&bytes).map_err(|error| format!("{}: {error}", file.display()))?.text;
    let name = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().chars().take(20).collect());
    Ok(Source { name, reading: policy::read(&text, Controls::embedded()), text })
}

impl Series {
    fn name(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::LaidOut => "laid-out",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Typed => "typed paragraphs",
            Self::LaidOut => "headings, tables and counted numbers",
        }
    }

    /// Writes the sources and has LibreOffice convert them, all files of a format in one call.
    fn write(self, sources: &[Source], folder: &Path) -> Result<(), String> {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for format in FORMATS {
            let from = folder.join(format!("for-{format}"));
            fs::create_dir_all(&from).map_err(|error| format!("{}: {error}", from.display()))?;
            let mut files = Vec::new();
            for source in sources {
                let (end, text) = match self {
                    Self::Typed => ("txt", source.text.clone()),
                    // A web page written by LibreOffice keeps no label such as 第1条 in front of a counted item.
                    Self::LaidOut if format == "html" => ("fodt", layout::flat_odt(&source.reading.document, layout::Numbers::Typed)),
                    Self::LaidOut => ("fodt", layout::flat_odt(&source.reading.document, layout::Numbers::Counted)),
                };
                let file = from.join(format!("{}.{end}", source.name));
                fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
                files.push(file);
            }
            self.convert(format, &files, folder)?;
        }
        Ok(())
    }

    fn convert(self, format: &str, files: &[PathBuf], folder: &Path) -> Result<(), String> {
        // A profile of its own: a running LibreOffice of the developer would take the files and answer nothing.
        let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
        let mut office = process::command("soffice", &[&profile, "--headless", "--norestore"]);
        if matches!(self, Self::Typed) {
            office.arg("--infilter=Text (encoded):UTF8,LF,,,");
        }
        office.args(["--convert-to", format, "--outdir"]).arg(folder).args(files);
        process::read(&mut office).map(drop)
    }
}

/// Share of equal nodes and F1 of the obligations.
fn compare(expected: &Reading, found: &Reading) -> (f64, f64) {
    let nodes = |reading: &Reading| -> Vec<(String, String)> {
        let clauses = reading.document.clauses.iter().skip(1);
        clauses.map(|clause| (clause.path.clone(), squeeze(&clause.heading).chars().take(20).collect())).collect()
    };
    let norms = |reading: &Reading| -> Vec<_> {
        reading.obligations.iter().map(|norm| (norm.clause.clone(), norm.n, squeeze(&norm.text), norm.modality)).collect()
    };
    let (ours, theirs) = (nodes(expected), nodes(found));
    let equal = common(&ours, &theirs);
    let share = ratio(equal, ours.len().max(theirs.len()));
    let (ours, theirs) = (norms(expected), norms(found));
    (share, ratio(2 * common(&ours, &theirs), ours.len() + theirs.len()))
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Number of values that both have, each used once.
fn common<T: Eq + Hash>(ours: &[T], theirs: &[T]) -> usize {
    let mut left: HashMap<&T, usize> = HashMap::new();
    for value in theirs {
        *left.entry(value).or_default() += 1;
    }
    let mut equal = 0;
    for value in ours {
        if let Some(count) = left.get_mut(value).filter(|count| **count > 0) {
            *count -= 1;
            equal += 1;
        }
    }
    equal
}

fn ratio(part: usize, whole: usize) -> f64 {
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if whole == 0 { 1.0 } else { float(part) / float(whole) }
}
