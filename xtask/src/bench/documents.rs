//! How fast files of every format become text, beside the programs that extract the same files.
//!
//! LibreOffice makes the file of one large policy in each format. A copy is written for each municipality,
//! so that the files of both sides are read from as many places; their content is the same, which spares
//! neither side any work. Both sides use the two cores; ours is one process, theirs one for each file, since
//! they take no more.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Figure;
use crate::{
    machine,
    process::{self, Scratch, Start},
};

/// Municipalities of the country.
const COUNT: usize = 1_788;
/// Files given to the slow peers, which are then reckoned up: pandoc needs more than half a second for one.
const SLOW: usize = 60;
/// The policy whose size the aim is about.
const SEED: &str = "001";

/// A format, the peer that extracts it too, and the aim.
const FORMATS: [(&str, Option<&str>, &str); 4] = [
    ("txt", None, ""),
    ("docx", Some("pandoc -f docx -t plain -o /dev/null"), "ratio below 1"),
    ("html", Some("pandoc -f html -t plain -o /dev/null"), "ratio below 1"),
    ("pdf", Some("pdftotext -q"), "ratio at most 2"),
];

/// Seconds for all files and the peak memory of the reader, per format.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    machine::office()?;
    machine::pandoc()?;
    let scratch = Scratch::new("bench-documents")?;
    let text = scratch.path().join("policy.txt");
    fs::copy(large()?, &text).map_err(|error| format!("{}: {error}", text.display()))?;
    process::run(&mut process::command("cargo", &["build", "--quiet", "--release", "-p", "document", "--example", "extract"]))?;
    let reader = process::target().join("release/examples/extract");
    let mut figures = Vec::new();
    for (format, peer, aim) in FORMATS {
        if format != "txt" {
            let profile = format!("-env:UserInstallation=file://{}", scratch.path().join("office").display());
            let mut office = process::command("soffice", &["--headless", &profile, "--infilter=Text (encoded):UTF8,LF,,,", "--convert-to"]);
            process::read(office.arg(format).arg("--outdir").arg(scratch.path()).arg(&text))?;
        }
        let folder = scratch.path().join(format);
        fs::create_dir(&folder).map_err(|error| error.to_string())?;
        let bytes = fs::read(text.with_extension(format)).map_err(|error| format!("policy.{format}: {error}"))?;
        let names: Vec<PathBuf> = (0..COUNT).map(|n| folder.join(format!("{n:04}.{format}"))).collect();
        for name in &names {
            fs::write(name, &bytes).map_err(|error| format!("{}: {error}", name.display()))?;
        }
        let list = scratch.path().join(format!("{format}.list"));
        let lines: String = names.iter().map(|name| format!("{}\n", name.display())).collect();
        fs::write(&list, lines).map_err(|error| format!("{}: {error}", list.display()))?;
        let (seconds, memory) = timed(&format!("{} < {}", reader.display(), list.display()))?;
        let beside = match peer {
            Some(peer) => {
                let some = if peer.starts_with("pandoc") { SLOW } else { COUNT };
                let one = if peer.starts_with("pandoc") { format!("{peer} \"$0\"") } else { format!("{peer} \"$0\" /dev/null") };
                let (taken, peak) = timed(&format!("head -n {some} {} | xargs -P 2 -n 1 sh -c '{one}'", list.display()))?;
                let whole = taken * whole(COUNT) / whole(some);
                Some((format!("{peer}, {some} files, {peak:.0} MB"), whole))
            }
            None => None,
        };
        let megabytes = whole(bytes.len()) * whole(COUNT) / 1e6;
        let name = format!("{COUNT} files of {format}: {:.1} MB/s, {memory:.0} MB", megabytes / seconds);
        figures.push(Figure { name, value: seconds, unit: "s", beside, aim });
    }
    Ok(figures)
}

/// The real policy of that size where it is at hand, else the sample town's.
fn large() -> Result<PathBuf, String> {
    let seeds = crate::shared("seeds").and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let found = seeds.map(|entry| entry.path()).find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(SEED)));
    Ok(found.unwrap_or_else(|| crate::root().join("samples/policy.txt")))
}

/// Seconds that a shell command takes, and the most memory that one of its processes held, in MB.
fn timed(command: &str) -> Result<(f64, f64), String> {
    let start = Start::now();
    let megabytes = super::bare("memory", Path::new(command), &[])?;
    Ok((start.elapsed().as_secs_f64(), megabytes))
}

fn whole(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
