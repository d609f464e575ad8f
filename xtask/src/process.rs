//! Starting other programs and timing them; the only place of xtask that reads the clock.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A moment to measure from.
#[derive(Clone, Copy)]
pub(crate) struct Start(Instant);

impl Start {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "xtask measures; nothing it decides depends on the time")]
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// Time passed since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A command run in the repository's root with nothing on its standard input.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(crate::root()).stdin(Stdio::null());
    command
}

/// The words of a command as a developer would type them.
pub(crate) fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs a command to its end with its output shown; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("`{}` did not start: {error}", words(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", words(command))) }
}

/// Runs a command to its end and takes what it wrote, whether it succeeded or not.
pub(crate) fn output(command: &mut Command) -> Result<Output, String> {
    command.output().map_err(|error| format!("`{}` did not start: {error}", words(command)))
}

/// Runs a command to its end and returns what it printed; an error with its complaints unless it succeeds.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let output = output(command)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{}` failed ({}): {}", words(command), output.status, String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Finds a program in PATH and where Debian keeps administrators' programs.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// An empty folder of one task's own, gone when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder under the system's temporary folder.
    pub(crate) fn new(purpose: &str) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("sekisho-{purpose}-{}", std::process::id()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Builds the binary and returns its path. `SEKISHO_BINARY` names one that is tested as it is, such as a release.
pub(crate) fn sekisho(profile: Profile) -> Result<PathBuf, String> {
    if let Some(binary) = std::env::var_os("SEKISHO_BINARY") {
        return Ok(PathBuf::from(binary));
    }
    let mut build = command("cargo", &["build", "--package", "sekisho"]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    run(&mut build)?;
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    Ok(target().join(folder).join("sekisho"))
}

/// How a binary is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// What an office runs.
    Release,
}

/// The folder cargo builds into.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => crate::root().join("target"),
    }
}
