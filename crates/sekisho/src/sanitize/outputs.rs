//! A file appears whole or not at all, and never in place of another that nobody meant to lose.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
};

/// Writes a file under a name that is free, or replaces what is there if that is wanted.
pub(super) fn write(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|cause| format!("フォルダーを作れません（{cause}）。"))?;
    let exists = || "同じ名前のファイルがすでにあります。別のフォルダーを -o に指定するか、--overwrite を付けてください。".to_owned();
    // Before the work of writing; what decides is the step that gives the name.
    if !overwrite && path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let (draft, mut file) = draft(folder).map_err(|cause| format!("書けません（{cause}）。"))?;
    let done = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| if overwrite { fs::rename(&draft, path) } else { name(&draft, path) });
    if done.is_err() {
        let _ = fs::remove_file(&draft);
    }
    done.map_err(|cause| if cause.kind() == ErrorKind::AlreadyExists { exists() } else { format!("書けません（{cause}）。") })
}

/// Gives a file its name unless the name is taken.
fn name(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Ok(()) => fs::remove_file(draft),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Err(cause),
        // Shares of other systems have no second names; there the look above must do.
        Err(_) => fs::rename(draft, path),
    }
}

/// A new file that nobody takes for a finished one.
fn draft(folder: &Path) -> io::Result<(std::path::PathBuf, File)> {
    let mut last = ErrorKind::AlreadyExists.into();
    for _ in 0..8 {
        let mark: String = crate::machine::random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(format!(".sekisho-{mark}.part"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(cause) => last = cause,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_unasked_and_no_draft_is_left() {
        let folder = std::env::temp_dir().join(format!("sekisho-outputs-{}", std::process::id()));
        let path = folder.join("a/b.txt");
        write(&path, b"one", false).unwrap();
        assert!(write(&path, b"two", false).unwrap_err().contains("--overwrite"));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"two", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.join("a")).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
