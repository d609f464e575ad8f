//! How long two versions of a policy take to compare, in milliseconds.

use std::{hint::black_box, time::Duration};

use super::Figure;
use crate::process::{Scratch, Start};

/// Long enough that one slow moment of the machine does not decide.
const AT_LEAST: Duration = Duration::from_secs(2);
/// The policy whose size the aim is about.
const SEED: &str = "001";

/// Compares the real policy where it is at hand, and the sample town's otherwise, with an amended copy.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    let seeds = crate::shared("seeds").and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let file = seeds
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(SEED)))
        .unwrap_or_else(|| crate::root().join("samples/policy.txt"));
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let amended = amend(&text);
    let (old, new) = (policy::tree::parse(&text).0, policy::tree::parse(&amended).0);
    let comparison = policy::compare::compare(&old, &new);
    let alone = milliseconds(|| {
        let comparison = policy::compare::compare(&old, &new);
        black_box(policy::compare::table(&comparison, &old, &new));
    });
    let whole = milliseconds(|| {
        let (old, new) = (policy::tree::parse(&text).0, policy::tree::parse(&amended).0);
        let comparison = policy::compare::compare(&old, &new);
        black_box(policy::compare::table(&comparison, &old, &new));
    });
    let figure = |name: String, value: f64, beside: Option<(String, f64)>| Figure { name, value, unit: "ms", beside, aim: "below 200" };
    let clauses = format!("{} clauses, {} changed", old.clauses.len(), comparison.changed().count());
    Ok(vec![
        figure(format!("comparing {clauses}"), alone, None),
        figure(
            "the same from the texts on".into(),
            whole,
            Some(("Python's difflib.HtmlDiff, lines side by side".into(), difflib(&text, &amended)?)),
        ),
    ])
}

/// A version with a word changed here and there, lines taken out and put in.
fn amend(text: &str) -> String {
    let mut amended = String::with_capacity(text.len());
    for (at, line) in text.lines().enumerate() {
        match at % 60 {
            7 if !line.is_empty() => continue,
            23 if line.chars().count() > 20 => amended.push_str(&line.replace("管理", "運用管理").replace("すること", "するものとする")),
            41 => amended.push_str(&line.replace("職員等", "職員")),
            _ => amended.push_str(line),
        }
        amended.push('\n');
    }
    amended
}

/// What Python's library needs for its table of the same two texts.
fn difflib(old: &str, new: &str) -> Result<f64, String> {
    let scratch = Scratch::new("compare")?;
    let (from, to) = (scratch.path().join("old"), scratch.path().join("new"));
    for (file, text) in [(&from, old), (&to, new)] {
        std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(super::bare("difflib", &from, &[to.to_string_lossy().as_ref()])? * 1000.0)
}

fn milliseconds(mut work: impl FnMut()) -> f64 {
    let start = Start::now();
    let mut times = 0_u32;
    while start.elapsed() < AT_LEAST {
        work();
        times += 1;
    }
    start.elapsed().as_secs_f64() * 1000.0 / f64::from(times)
}
