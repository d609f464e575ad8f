//! A demo town running on this machine: its address and the accounts it prints, for browsers to use.

use crate::process::{self, Profile, Scratch};
use serde::Serialize;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a demo may take to make its town and open its door.
const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody of the demo town who can sign in.
#[derive(Serialize)]
struct Account {
    account: String,
    password: String,
    totp: String,
    name: String,
}

/// What the browser tests are told.
#[derive(Serialize)]
struct Description<'a> {
    url: &'a str,
    accounts: &'a [Account],
    data: &'a Path,
    sekisho: &'a Path,
    seeds: Option<PathBuf>,
    policy: &'a Path,
}

/// A running demo; it ends when dropped.
pub(crate) struct Demo {
    server: Child,
    scratch: Scratch,
    /// A JSON file with the address and the accounts.
    description: PathBuf,
}

impl Demo {
    /// Starts a town of its own, gone with the demo.
    pub(crate) fn start() -> Result<Self, String> {
        let scratch = Scratch::new("demo")?;
        let data = scratch.path().join("data");
        Self::start_in(scratch, data, Profile::Dev)
    }

    /// Starts the town of a folder on a free port and reads what it prints; makes the town if there is none yet.
    pub(crate) fn start_in(scratch: Scratch, data: PathBuf, profile: Profile) -> Result<Self, String> {
        let sekisho = process::sekisho(profile)?;
        let mut server = process::command(&sekisho, &["demo", "--port", "0", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", sekisho.display()))?;
        let printed = server.stdout.take();
        let description = scratch.path().join("demo.json");
        // From here on the child is ended by Drop whatever goes wrong.
        let demo = Self { server, scratch, description };
        let printed = printed.ok_or("the demo has no standard output")?;
        let (url, accounts) = introduce(printed)?;
        let described = Description {
            url: &url,
            accounts: &accounts,
            data: &data,
            sekisho: &sekisho,
            seeds: crate::shared("seeds"),
            policy: &crate::root().join("samples/policy.txt"),
        };
        let text = serde_json::to_string_pretty(&described).map_err(|error| error.to_string())?;
        std::fs::write(&demo.description, text).map_err(|error| format!("{}: {error}", demo.description.display()))?;
        println!("the demo answers at {url} with {} accounts", accounts.len());
        Ok(demo)
    }

    /// A script of tests/browser that knows the demo.
    pub(crate) fn script(&self, arguments: &[&str]) -> Command {
        let mut node = process::command("node", arguments);
        node.current_dir(crate::root().join("tests/browser"))
            .env("SEKISHO_DEMO", &self.description)
            .env("SEKISHO_SCRATCH", self.scratch.path());
        node
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Reads the demo's words until its address and at least one account are known; the rest is read and dropped.
fn introduce(printed: impl std::io::Read + Send + 'static) -> Result<(String, Vec<Account>), String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(printed).lines().map_while(Result::ok) {
            // Nobody listens any more once the demo is known; reading on keeps its pipe from filling.
            let _ = sender.send(line);
        }
    });
    let start = process::Start::now();
    let mut url = None;
    let mut accounts = Vec::new();
    while start.elapsed() < PATIENCE {
        // The last line is followed by silence.
        let quiet = if url.is_some() && !accounts.is_empty() { 2 } else { PATIENCE.as_secs() };
        match lines.recv_timeout(Duration::from_secs(quiet)) {
            Ok(line) => {
                url = url.or_else(|| address_in(&line));
                accounts.extend(account_in(&line));
            }
            Err(_) => break,
        }
    }
    match url {
        Some(url) if !accounts.is_empty() => Ok((url, accounts)),
        Some(_) => Err("the demo printed no account".into()),
        None => Err(format!("the demo printed no address within {} s", PATIENCE.as_secs())),
    }
}

fn address_in(line: &str) -> Option<String> {
    line.split_whitespace().find(|word| word.starts_with("http://")).map(|word| word.trim_end_matches('/').to_owned())
}

/// An account's line: account, password and TOTP secret (base32) first, then the person's name.
fn account_in(line: &str) -> Option<Account> {
    let mut words = line.split_whitespace();
    let (account, password, totp) = (words.next()?, words.next()?, words.next()?);
    let base32 = |letter: char| letter.is_ascii_uppercase() || ('2'..='7').contains(&letter);
    (totp.len() >= 16 && totp.chars().all(base32)).then(|| Account {
        account: account.into(),
        password: password.into(),
        totp: totp.into(),
        name: words.collect::<Vec<_>>().join(" "),
    })
}
