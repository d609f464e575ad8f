//! What a developer runs: `cargo xtask test|tidy|shots|kill|sanitize|bench|score`; knows the crates only from outside.

mod bench;
mod demo;
mod documents;
mod kill;
mod machine;
mod oscal;
mod postgres;
mod process;
mod sanitize;
mod score;
mod shots;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Everything a developer does besides `cargo run`.
#[derive(Parser)]
#[command(name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests need, then run all of them, or only the stages named.
    Test(test::Arguments),
    /// Check the rules of this repository that the compiler does not know.
    Tidy,
    /// Photograph the demo's pages into docs/shots.
    Shots,
    /// Kill the server under load again and again; nothing acknowledged may be missing.
    Kill(kill::Arguments),
    /// Show by programs of others that sanitized files are safe and whole, over all real files at hand.
    Sanitize(sanitize::Arguments),
    /// Compare what is read from real policies with labels made by hand, where they are at hand.
    Score,
    /// Measure, each figure beside what it is compared with.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Test(arguments) => test::run(&arguments),
        Task::Tidy => tidy::run(),
        Task::Shots => shots::run(),
        Task::Kill(arguments) => kill::run(&arguments),
        Task::Sanitize(arguments) => sanitize::run(&arguments),
        Task::Score => score(),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nxtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Fails unless every target is met.
fn score() -> Result<(), String> {
    let (Some(seeds), Some(gold)) = (shared("seeds"), shared("gold")) else {
        println!("no real policies and labels beside this repository: nothing to compare with");
        return Ok(());
    };
    match score::run(&seeds, &gold)? {
        true => Ok(()),
        false => Err("a target is not met; the table above shows where".into()),
    }
}

/// The repository's root, wherever the command was started.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A folder handed over beside the repository (real policies, gold labels), where there is one.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = root().parent()?.join("shared").join(name);
    folder.is_dir().then_some(folder)
}
