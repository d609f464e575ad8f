//! The server killed in the middle of its work, many times: whatever it acknowledged must be there afterwards.
//!
//! `sekisho load` writes acts from many clients and prints `ack INDEX HASH` for each one only after
//! the office has acknowledged it. It is killed (SIGKILL) at a random moment; then the ledger must
//! verify and hold each acknowledged record under its index, and the next round starts on the same
//! data without any repair.

use crate::postgres::Postgres;
use crate::process::{self, Profile, Scratch};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// How often, and on which database.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often the server is killed on each database.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// The databases to try.
    #[arg(long, value_enum, default_value_t = Database::Both)]
    database: Database,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
    Both,
}

/// Runs as the command line says.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let sekisho = process::sekisho(Profile::Dev)?;
    if arguments.database != Database::Postgres {
        Victim::sqlite(&sekisho)?.kill_often(arguments.rounds)?;
    }
    if arguments.database != Database::Sqlite {
        Victim::postgres(&sekisho, &Postgres::start()?)?.kill_often(arguments.rounds)?;
    }
    Ok(())
}

/// Kills the server that often on each database.
pub(crate) fn rounds(rounds: u32, postgres: &Postgres) -> Result<(), String> {
    let sekisho = process::sekisho(Profile::Dev)?;
    Victim::sqlite(&sekisho)?.kill_often(rounds)?;
    Victim::postgres(&sekisho, postgres)?.kill_often(rounds)
}

/// One body on one database, and what it has acknowledged so far.
struct Victim {
    name: &'static str,
    sekisho: PathBuf,
    scratch: Scratch,
    acknowledged: BTreeMap<u64, String>,
}

impl Victim {
    fn sqlite(sekisho: &Path) -> Result<Self, String> {
        Self::init("SQLite", sekisho, None)
    }

    fn postgres(sekisho: &Path, postgres: &Postgres) -> Result<Self, String> {
        Self::init("PostgreSQL", sekisho, Some(postgres.create("kill")?))
    }

    fn init(name: &'static str, sekisho: &Path, database: Option<String>) -> Result<Self, String> {
        let scratch = Scratch::new(&format!("kill-{}", name.to_lowercase()))?;
        let victim = Self { name, sekisho: sekisho.into(), scratch, acknowledged: BTreeMap::new() };
        let policy = crate::root().join("samples/policy.txt");
        let mut init = victim.command(&["init", "--name", "試験町"]);
        init.arg("--policy").arg(policy);
        if let Some(database) = database {
            init.args(["--database", &database]);
        }
        process::read(&mut init)?;
        Ok(victim)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = process::command(&self.sekisho, arguments);
        command.arg("--data").arg(self.scratch.path().join("data"));
        command
    }

    fn kill_often(mut self, rounds: u32) -> Result<(), String> {
        let mut idle = 0;
        for round in 1..=rounds {
            let before = self.acknowledged.len();
            self.kill_once()?;
            if self.acknowledged.len() == before {
                idle += 1;
            }
            self.check().map_err(|reason| format!("{}, round {round}: {reason}", self.name))?;
        }
        // A run in which hardly anything was acknowledged would prove nothing.
        if idle * 2 > rounds {
            return Err(format!("{}: in {idle} of {rounds} rounds nothing was acknowledged before the kill", self.name));
        }
        println!("{}: killed {rounds} times, {} acts acknowledged, all there, every verify passed", self.name, self.acknowledged.len());
        Ok(())
    }

    /// Loads the office for a random while, kills it, and notes what it had acknowledged.
    fn kill_once(&mut self) -> Result<(), String> {
        let mut server = self
            .command(&["load", "--clients", "16"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.sekisho.display()))?;
        let printed = server.stdout.take();
        let reader = std::thread::spawn(move || printed.map_or_else(Vec::new, |printed| acknowledgements(BufReader::new(printed))));
        sleep(Duration::from_millis(300 + chance() % 1500));
        // On Unix `kill` is SIGKILL: the process gets no chance to tidy up.
        let ended_by_itself = server.try_wait().map_err(|error| error.to_string())?;
        server.kill().map_err(|error| error.to_string())?;
        server.wait().map_err(|error| error.to_string())?;
        let new = reader.join().map_err(|_| "reading the acknowledgements failed".to_owned())?;
        if let Some(status) = ended_by_itself {
            return Err(format!("`sekisho load` ended before it was killed ({status})"));
        }
        for (index, hash) in new {
            if let Some(earlier) = self.acknowledged.insert(index, hash.clone())
                && earlier != hash
            {
                return Err(format!("record {index} was acknowledged twice with different content"));
            }
        }
        Ok(())
    }

    /// The ledger verifies, and holds every acknowledged record.
    fn check(&self) -> Result<(), String> {
        process::read(&mut self.command(&["ledger", "verify"]))?;
        let kept = process::read(&mut self.command(&["ledger", "hashes"]))?;
        let kept: BTreeMap<u64, &str> = kept.lines().filter_map(index_and_hash).collect();
        for (index, hash) in &self.acknowledged {
            match kept.get(index) {
                Some(found) if found == hash => {}
                Some(_) => return Err(format!("record {index} is not what was acknowledged")),
                None => return Err(format!("record {index} was acknowledged and is gone")),
            }
        }
        Ok(())
    }
}

/// Complete acknowledgement lines; a line cut off by the kill was never read by anybody.
fn acknowledgements(mut printed: impl BufRead) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    let mut line = String::new();
    while printed.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        if let Some(rest) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("ack ")) {
            found.extend(index_and_hash(rest).map(|(index, hash)| (index, hash.to_owned())));
        }
        line.clear();
    }
    found
}

fn index_and_hash(line: &str) -> Option<(u64, &str)> {
    let (index, hash) = line.split_once(' ')?;
    Some((index.parse().ok()?, hash.trim()))
}

/// A number that differs from run to run, from the seed of the standard library's hash maps.
fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cut_off_is_not_an_acknowledgement() {
        let printed = b"ready\nack 3 aa\nack 4 bb\nack 5 c";
        assert_eq!(acknowledgements(&printed[..]), vec![(3, "aa".into()), (4, "bb".into())]);
    }
}
