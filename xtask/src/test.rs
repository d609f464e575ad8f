//! All checks of the repository, one stage after another; the first that fails ends the run.

use crate::demo::Demo;
use crate::kill;
use crate::machine;
use crate::postgres::Postgres;
use crate::process::{self, Start, command};
use std::cell::OnceCell;

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only these stages; all of them when none is named.
    #[arg(value_enum)]
    stages: Vec<Stage>,
    /// How often the kill stage kills the server on each database.
    #[arg(long, default_value_t = 10)]
    kills: u32,
}

/// One stage, in the order they run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Stage {
    /// Layout of the source text.
    Format,
    /// The compiler's and clippy's lints, as errors.
    Lint,
    /// The repository's own rules.
    Tidy,
    /// Every Rust test, on SQLite and PostgreSQL.
    Rust,
    /// The examples in documentation comments.
    Doc,
    /// What is read from real policies, where they are at hand.
    Score,
    /// The same policies as Word, OpenDocument, web page and PDF.
    Documents,
    /// Exported standard forms, validated by programs of others.
    Oscal,
    /// Sanitized files, looked at by programs of others.
    Sanitize,
    /// The demo in Chromium.
    Browser,
    /// The server killed under load.
    Kill,
}

const ALL: &[Stage] = &[
    Stage::Format,
    Stage::Lint,
    Stage::Tidy,
    Stage::Rust,
    Stage::Doc,
    Stage::Score,
    Stage::Documents,
    Stage::Oscal,
    Stage::Sanitize,
    Stage::Browser,
    Stage::Kill,
];

/// Runs the stages.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let stages = if arguments.stages.is_empty() { ALL } else { &arguments.stages };
    let shared = Shared { kills: arguments.kills, postgres: OnceCell::new() };
    let whole = Start::now();
    let mut passed = 0_usize;
    for &stage in stages {
        let name = format!("{stage:?}").to_lowercase();
        println!("\n── {name} ──");
        let start = Start::now();
        let outcome = shared.run(stage);
        let seconds = start.elapsed().as_secs();
        match outcome {
            Ok(()) => println!("── {name}: passed in {seconds} s"),
            Err(reason) => {
                println!("── {name}: failed after {seconds} s");
                println!("stages: {passed} passed, 1 failed");
                return Err(format!("{reason}\nto run it alone: cargo xtask test {name}"));
            }
        }
        passed += 1;
    }
    println!("\nall of it took {} s", whole.elapsed().as_secs());
    println!("stages: {passed} passed, 0 failed");
    Ok(())
}

/// What the stages share.
struct Shared {
    kills: u32,
    postgres: OnceCell<Postgres>,
}

impl Shared {
    fn run(&self, stage: Stage) -> Result<(), String> {
        match stage {
            Stage::Format => process::run(&mut command("cargo", &["fmt", "--all", "--check"])),
            Stage::Lint => process::run(&mut command("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
            Stage::Tidy => crate::tidy::run(),
            Stage::Rust => self.rust(),
            Stage::Doc => process::run(&mut command("cargo", &["test", "--workspace", "--doc"])),
            Stage::Score => crate::score(),
            Stage::Documents => crate::documents::run(),
            Stage::Oscal => crate::oscal::check(),
            Stage::Sanitize => crate::sanitize::run(&crate::sanitize::Arguments::default()),
            Stage::Browser => browser(),
            Stage::Kill => kill::rounds(self.kills, self.postgres()?),
        }
    }

    fn rust(&self) -> Result<(), String> {
        machine::python()?;
        machine::clamav()?;
        let mut test = if process::which("cargo-nextest").is_some() {
            command("cargo", &["nextest", "run", "--workspace"])
        } else {
            command("cargo", &["test", "--workspace", "--lib", "--bins", "--tests"])
        };
        test.env("SEKISHO_TEST_POSTGRES", self.postgres()?.url());
        process::run(&mut test)
    }

    fn postgres(&self) -> Result<&Postgres, String> {
        if self.postgres.get().is_none() {
            let _ = self.postgres.set(Postgres::start()?);
        }
        self.postgres.get().ok_or_else(|| "PostgreSQL is not there".into())
    }
}

fn browser() -> Result<(), String> {
    machine::browser()?;
    let demo = Demo::start()?;
    process::run(&mut demo.script(&["--test", "--test-reporter=spec"]))
}
