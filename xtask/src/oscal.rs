//! Exported standard forms against independent programs: trestle, NIST's schemas, a reader of law XML; knows no form itself.

use crate::{
    machine,
    process::{self, Profile, Scratch},
};
use std::path::{Path, PathBuf};

/// A version of OSCAL and the file that names what validates it.
const VERSIONS: [(&str, &str); 2] = [("1.1.3", "requirements-1.1.txt"), ("1.2.2", "requirements-1.2.txt")];

/// Exports policies in both versions, has them validated, imports them and compares.
pub(crate) fn check() -> Result<(), String> {
    let sekisho = process::sekisho(Profile::Dev)?;
    let scratch = Scratch::new("oscal")?;
    let town = scratch.path().join("town");
    let demo = crate::demo::Demo::start_in(Scratch::new("oscal-demo")?, town.clone(), Profile::Dev)?;
    drop(demo);
    for (version, requirements) in VERSIONS {
        let python = machine::python_folder(&crate::root().join("tests/oscal").join(requirements))?;
        let mut folders = vec![export(&sekisho, &scratch, version, "town", &["--data", &town.to_string_lossy()])?];
        folders.push(standard(&scratch, version)?);
        for document in documents()? {
            let name = document.file_stem().unwrap_or_default().to_string_lossy().chars().take(20).collect::<String>();
            folders.push(export(&sekisho, &scratch, version, &name, &["--policy", &document.to_string_lossy()])?);
        }
        for folder in &folders {
            comes_back(&sekisho, folder)?;
        }
        let script = crate::root().join("tests/oscal/validate.py");
        process::run(process::command(&python, &[]).arg(script).arg(version).args(&folders))?;
    }
    Ok(())
}

/// The sample town as if it had adopted the standard set, which the demo does not.
fn standard(scratch: &Scratch, version: &str) -> Result<PathBuf, String> {
    let folder = scratch.path().join(format!("standard-{version}"));
    let mut command = process::command("cargo", &["run", "--quiet", "--package", "exchange", "--example", "standard", "--", version]);
    process::run(command.arg(&folder))?;
    Ok(folder)
}

/// The sample's text, and the real policies where they are at hand.
fn documents() -> Result<Vec<PathBuf>, String> {
    let mut all = ["samples/policy.txt", "samples/bad/policy-no-clauses.txt"].map(|file| crate::root().join(file)).to_vec();
    let Some(seeds) = crate::shared("seeds") else {
        println!("no real policies beside this repository: only the sample is exported");
        return Ok(all);
    };
    let files = std::fs::read_dir(&seeds).map_err(|error| format!("{}: {error}", seeds.display()))?;
    let mut found: Vec<PathBuf> =
        files.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    found.sort();
    all.extend(found);
    Ok(all)
}

fn export(sekisho: &Path, scratch: &Scratch, version: &str, name: &str, what: &[&str]) -> Result<PathBuf, String> {
    let folder = scratch.path().join(format!("{name}-{version}"));
    let mut command = process::command(sekisho, &["oscal", "export", "--oscal", version]);
    process::read(command.args(what).arg("-o").arg(&folder))?;
    Ok(folder)
}

/// Import of our own export is the identity: every file read and written back has the same bytes.
fn comes_back(sekisho: &Path, folder: &Path) -> Result<(), String> {
    let files = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for file in files.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let again = process::read(process::command(sekisho, &["oscal", "import", "--as", "json"]).arg(&file))?;
        let once = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        if again != once {
            return Err(format!("{}: not the same after import", file.display()));
        }
    }
    Ok(())
}
