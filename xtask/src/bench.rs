//! Figures, each beside what it is compared with, in one run on one machine.

mod acts;
mod compare;
mod documents;
mod pages;
mod reading;
mod sanitize;
mod search;
mod size;
mod verifying;

use std::path::Path;

use crate::{machine, process};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only the benchmarks whose name contains this.
    filter: Option<String>,
}

/// One figure and its yardstick.
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    /// What it is compared with, measured in the same run.
    beside: Option<(String, f64)>,
    /// The aim, in words.
    aim: &'static str,
}

/// A benchmark by name.
type Benchmark = (&'static str, fn() -> Result<Vec<Figure>, String>);

const ALL: &[Benchmark] = &[
    ("reading", reading::measure),
    ("documents", documents::measure),
    ("compare", compare::measure),
    ("sanitize", sanitize::measure),
    ("search", search::measure),
    ("acts", acts::measure),
    ("verifying", verifying::measure),
    ("size", size::measure),
    ("pages", pages::measure),
];

/// Runs the benchmarks and prints one line per figure.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    // An unoptimised measurement would say nothing: start over in the form that is shipped.
    if cfg!(debug_assertions) {
        let mut again = process::command("cargo", &["run", "--quiet", "--release", "--package", "xtask", "--", "bench"]);
        return process::run(again.args(&arguments.filter));
    }
    let filter = arguments.filter.as_deref().unwrap_or_default();
    println!("{:<44} {:>14} {:<10} beside", "what", "measured", "");
    for (_, benchmark) in ALL.iter().filter(|(name, _)| name.contains(filter)) {
        for figure in benchmark()? {
            println!("{}", line(&figure));
        }
    }
    Ok(())
}

/// Asks `bench/bare.py` for a yardstick.
fn bare(what: &str, file: &Path, more: &[&str]) -> Result<f64, String> {
    machine::python()?;
    let script = crate::root().join("xtask/src/bench/bare.py");
    let printed = process::read(process::command("python3", &[]).arg(script).arg(what).arg(file).args(more))?;
    printed.trim().parse().map_err(|_| format!("bare.py said `{}`", printed.trim()))
}

fn line(figure: &Figure) -> String {
    let Figure { name, value, unit, beside, aim } = figure;
    let beside =
        beside.as_ref().map_or_else(String::new, |(what, theirs)| format!("{what} {theirs:.2} {unit}, ratio {:.2}", value / theirs));
    let aim = if aim.is_empty() { String::new() } else { format!(" (aim: {aim})") };
    format!("{name:<44} {value:>14.2} {unit:<10} {beside}{aim}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_stands_beside_its_yardstick() {
        let figure =
            Figure { name: "acts".into(), value: 50.0, unit: "acts/s", beside: Some(("bare database".into(), 100.0)), aim: "half of it" };
        assert!(line(&figure).ends_with("bare database 100.00 acts/s, ratio 0.50 (aim: half of it)"));
    }
}
