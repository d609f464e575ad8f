//! What is to be sanitized: files, everything in folders, standard input; in an order that does not depend on the disk.

use std::{
    collections::{HashMap, HashSet},
    fs::{File, FileType, Metadata},
    io::Read,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Where the bytes are.
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Input,
    /// No file: what it is.
    Other(&'static str),
}

/// One thing to sanitize.
pub(super) struct Entry {
    pub(super) source: Source,
    /// As reports name it: the path as it was given.
    pub(super) input: String,
    /// The name the engine is told.
    pub(super) name: String,
    /// Below the output folder.
    pub(super) folder: PathBuf,
    /// Which of the inputs of one name in one folder this is; 1 for the first.
    nth: usize,
    /// Whether another input differs only by its ending, so that a changed ending could hide it.
    crowded: bool,
}

impl Entry {
    fn new(source: Source, path: &Path, folder: PathBuf) -> Self {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Self { source, input: path.display().to_string(), name, folder, nth: 1, crowded: false }
    }

    /// The name of its output: that of the engine, made different from those of its neighbours.
    pub(super) fn output_name(&self, safe: &str) -> String {
        let (stem, ending) = halves(safe);
        let before = halves(&self.name).1;
        let mut name = stem.to_owned();
        if self.crowded && safe != self.name && !before.is_empty() {
            name = format!("{name}（{before}）");
        }
        if self.nth > 1 {
            name = format!("{name} ({})", self.nth);
        }
        if ending.is_empty() { name } else { format!("{name}.{ending}") }
    }
}

fn halves(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or((name, ""))
}

/// Lists everything; folders in the order of their names, the output folder left out.
pub(super) fn list(inputs: &[PathBuf], name: Option<&str>, output: Option<&Path>) -> Result<Vec<Entry>, String> {
    let skip = output.and_then(|folder| folder.metadata().ok()).map(|about| (about.dev(), about.ino()));
    let mut entries = Vec::new();
    let mut piped = false;
    for input in inputs {
        if input.as_os_str() == "-" {
            let Some(name) = name else {
                return Err("標準入力（-）には、--name でファイル名を付けてください。例: --name 見積書.xlsx".to_owned());
            };
            if std::mem::replace(&mut piped, true) {
                return Err("標準入力（-）は一度だけ指定できます。".to_owned());
            }
            entries.push(Entry { input: "-".to_owned(), ..Entry::new(Source::Input, Path::new(name), PathBuf::new()) });
            continue;
        }
        let about = input
            .metadata()
            .map_err(|cause| format!("{}: 見つかりません（{cause}）。ファイルの名前と場所を確かめてください。", input.display()))?;
        if about.is_dir() {
            walk(input, &mut entries, skip)?;
        } else {
            entries.push(Entry::new(source(input, about.file_type()), input, PathBuf::new()));
        }
    }
    set_apart(&mut entries);
    Ok(entries)
}

/// Below a folder, without recursion; links are told and not followed.
fn walk(top: &Path, entries: &mut Vec<Entry>, skip: Option<(u64, u64)>) -> Result<(), String> {
    let mut waiting = vec![(top.to_path_buf(), PathBuf::new())];
    while let Some((folder, below)) = waiting.pop() {
        let failed = |cause: std::io::Error| format!("{}: フォルダーを読めません（{cause}）。", folder.display());
        let mut found: Vec<(PathBuf, Metadata)> = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let about = path.symlink_metadata().map_err(failed)?;
            found.push((path, about));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, about) in &found {
            if !about.is_dir() {
                entries.push(Entry::new(source(path, about.file_type()), path, below.clone()));
            }
        }
        for (path, about) in found.into_iter().rev() {
            if about.is_dir() && skip != Some((about.dev(), about.ino())) {
                let below = path.file_name().map(|name| below.join(name)).unwrap_or_default();
                waiting.push((path, below));
            }
        }
    }
    Ok(())
}

fn source(path: &Path, kind: FileType) -> Source {
    if kind.is_file() {
        Source::File(path.to_path_buf())
    } else if kind.is_symlink() {
        Source::Other("シンボリックリンク")
    } else if kind.is_fifo() || kind.is_socket() {
        Source::Other("パイプやソケット")
    } else {
        Source::Other("装置ファイル")
    }
}

/// Finds inputs whose outputs could have one name.
fn set_apart(entries: &mut [Entry]) {
    let lower = |name: &str| name.to_lowercase();
    let mut names: HashMap<(PathBuf, String), usize> = HashMap::new();
    let mut stems: HashMap<(PathBuf, String), HashSet<String>> = HashMap::new();
    for entry in &mut *entries {
        let count = names.entry((entry.folder.clone(), lower(&entry.name))).or_insert(0);
        *count += 1;
        entry.nth = *count;
        let (stem, ending) = halves(&entry.name);
        stems.entry((entry.folder.clone(), lower(stem))).or_default().insert(lower(ending));
    }
    for entry in entries {
        let key = (entry.folder.clone(), lower(halves(&entry.name).0));
        entry.crowded = stems.get(&key).is_some_and(|endings| endings.len() > 1);
    }
}

/// A digest of a file of any length, in little memory.
pub(super) fn digest(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut digest = Sha256::new();
    let mut some = vec![0; 1 << 20];
    loop {
        match file.read(&mut some).ok()? {
            0 => break,
            read => digest.update(some.get(..read)?),
        }
    }
    Some(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(names: &[&str]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = names.iter().map(|name| Entry::new(Source::Input, Path::new(name), PathBuf::new())).collect();
        set_apart(&mut entries);
        entries
    }

    #[test]
    fn outputs_of_neighbours_never_have_one_name() {
        let named = |names: &[&str], outputs: &[&str]| -> Vec<String> {
            entries(names).iter().zip(outputs).map(|(entry, output)| entry.output_name(output)).collect()
        };
        assert_eq!(named(&["a.docm", "a.docx"], &["a.docx", "a.docx"]), ["a（docm）.docx", "a.docx"]);
        assert_eq!(named(&["a.docm", "b.docx"], &["a.docx", "b.docx"]), ["a.docx", "b.docx"]);
        assert_eq!(named(&["x/a.pdf", "y/A.pdf"], &["a.pdf", "A.pdf"]), ["a.pdf", "A (2).pdf"]);
    }

    #[test]
    fn standard_input_needs_a_name() {
        assert!(list(&["-".into()], None, None).is_err());
        assert_eq!(list(&["-".into()], Some("a.txt"), None).unwrap()[0].name, "a.txt");
        assert!(list(&["-".into(), "-".into()], Some("a.txt"), None).is_err());
    }
}
