//! The data folder of a body: its settings, its signing key, its book.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use office::catalog::Catalog;
use registry::{Chance, Clock, Config, Registry};
use serde::{Deserialize, Serialize};

/// Settings in `sekisho.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Name of the body.
    pub(crate) name: String,
    /// Origin line of the checkpoints.
    pub(crate) origin: String,
    /// `postgres://…`; the SQLite file in the folder if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database: Option<String>,
}

/// File of the last checkpoint that was kept.
const CHECKPOINT: &str = "checkpoint.txt";

/// Keeps the present checkpoint beside the database. The old one stays until the new one is whole on disk.
pub(crate) fn keep_checkpoint(folder: &Path, note: &str) -> std::io::Result<()> {
    let (file, new) = (folder.join(CHECKPOINT), folder.join("checkpoint.tmp"));
    let mut written = fs::File::create(&new)?;
    written.write_all(note.as_bytes())?;
    written.sync_all()?;
    fs::rename(&new, &file)
}

/// An opened data folder.
pub(crate) struct Home {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// Its settings.
    pub(crate) settings: Settings,
    seed: [u8; 32],
}

impl Home {
    /// Makes a data folder with a new signing key.
    pub(crate) fn create(folder: &Path, name: &str, database: Option<String>) -> Result<Self, String> {
        let settings_file = folder.join("sekisho.toml");
        if settings_file.exists() {
            return Err(format!(
                "{}: すでに使われています。別のフォルダーを指定するか、sekisho serve で開いてください。",
                folder.display()
            ));
        }
        make_private(folder).map_err(|cause| format!("{}: フォルダーを作れません: {cause}", folder.display()))?;
        let seed = machine_seed();
        write_secret(&folder.join("signing.key"), &hex(&seed))?;
        // Two bodies of the same name must not share an origin: part of the key's seed hash tells them apart.
        let origin = format!("sekisho.local/{}", hex(&crate::machine::random::<8>()));
        let settings = Settings { name: name.to_owned(), origin, database };
        let text = toml::to_string_pretty(&settings).map_err(|cause| cause.to_string())?;
        write_secret(&settings_file, &text)?;
        Ok(Self { folder: folder.to_owned(), settings, seed })
    }

    /// Takes back a folder whose body could not be set up, so that `init` can be tried again.
    pub(crate) fn discard(self) {
        for file in ["sekisho.toml", "signing.key", "book.sqlite", "book.sqlite-wal", "book.sqlite-shm", "book.lock"] {
            let _ = fs::remove_file(self.folder.join(file));
        }
        let _ = fs::remove_dir(self.folder.join("objects"));
        // Only an empty folder is removed; anything else in it is not ours.
        let _ = fs::remove_dir(&self.folder);
    }

    /// Opens a data folder that `sekisho init` made.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let file = folder.join("sekisho.toml");
        let text = fs::read_to_string(&file).map_err(|cause| {
            format!("{}: 読めません（{cause}）。先に sekisho init --data {} で団体を登録してください。", file.display(), folder.display())
        })?;
        let settings = toml::from_str(&text).map_err(|cause| format!("{}: 書き方に誤りがあります: {cause}", file.display()))?;
        let file = folder.join("signing.key");
        let key = fs::read_to_string(&file)
            .map_err(|cause| format!("{}: 署名の鍵を読めません（{cause}）。控えから戻してください。", file.display()))?;
        let seed = unhex(key.trim()).ok_or_else(|| format!("{}: 署名の鍵が壊れています。控えから戻してください。", file.display()))?;
        Ok(Self { folder: folder.to_owned(), settings, seed })
    }

    /// What the registry is opened with.
    pub(crate) fn config(&self) -> Config {
        Config {
            data_dir: self.folder.clone(),
            database_url: self.settings.database.clone(),
            signing_key_seed: self.seed,
            origin: self.settings.origin.clone(),
        }
    }

    /// The checkpoint kept beside the database: an old copy of the database put back, or a log
    /// written anew, is seen by comparing with it.
    pub(crate) fn kept_checkpoint(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(CHECKPOINT)).ok()
    }

    /// Refuses a book that is not the continuation of the checkpoint kept beside it: an older copy of
    /// the database was put back, or the records were written anew.
    pub(crate) async fn check_kept(&self, book: &Registry) -> Result<(), String> {
        let Some(kept) = self.kept_checkpoint().filter(|note| !note.is_empty()) else { return Ok(()) };
        let key = ledger::SigningKey::from_seed(&self.settings.origin, &self.seed).map_err(|cause| cause.to_string())?;
        let file = self.folder.join(CHECKPOINT);
        let kept = ledger::Checkpoint::verified(&kept, key.verifier())
            .map_err(|cause| format!("{}: 控えのチェックポイントを読めません: {cause}", file.display()))?;
        let head = book.head().ok_or("記録簿が開かれていません。")?;
        let mut conn = book.pool().acquire().await.map_err(|cause| cause.to_string())?;
        let continues =
            kept.size <= head.size() && head.root_at(&mut conn, kept.size).await.map_err(|cause| cause.to_string())? == kept.root;
        if continues {
            return Ok(());
        }
        Err(format!(
            "記録簿が、控えのチェックポイント（{}、{}件）の続きではありません。古い控えから戻したか、記録が書き換えられたおそれがあります。\n控えから戻した直後であれば、{} を別の場所に保管してから、もう一度起動してください。心当たりがなければ、起動せずに sekisho ledger verify で調べてください。",
            file.display(),
            kept.size,
            file.display()
        ))
    }

    /// Opens the book for writing with the machine's clock.
    pub(crate) async fn book(&self) -> Result<Registry, String> {
        self.book_with(crate::machine::clock(), crate::machine::chance()).await
    }

    /// Opens the book for writing.
    pub(crate) async fn book_with(&self, clock: Clock, chance: Chance) -> Result<Registry, String> {
        let catalog = Catalog::embedded().map_err(|cause| cause.to_string())?;
        Registry::open(self.config(), Arc::new(catalog), clock, chance).await.map_err(|cause| cause.to_string())
    }
}

fn machine_seed() -> [u8; 32] {
    crate::machine::random()
}

/// Makes a folder that only its owner can look into: it holds password hashes and the signing key.
fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Writes a file that only its owner can read, and makes sure it is on disk.
pub(crate) fn write_secret(file: &Path, text: &str) -> Result<(), String> {
    let error = |cause: std::io::Error| format!("{}: 書けません: {cause}", file.display());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file).map_err(error)?;
    writeln!(opened, "{text}").and_then(|()| opened.sync_all()).map_err(error)
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).filter_map(|pair| Some(pair.first()? * 16 + pair.last()?)).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_written_as_hex() {
        let seed: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 7).unwrap());
        assert_eq!(unhex(&hex(&seed)), Some(seed));
        assert_eq!(unhex("zz"), None);
        assert_eq!(unhex(&format!("{}0", hex(&seed))), None);
    }
}
