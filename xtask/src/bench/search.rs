//! How long a search of twenty versions of a policy takes, beside SQLite's full-text search over the same clauses.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    time::Duration,
};

use policy::{
    Reading,
    control::Controls,
    search::{Edition, Filter, Index, Query},
};

use super::{Figure, bare};
use crate::process::{Scratch, Start};

/// Versions that are searched at once.
const VERSIONS: u32 = 20;
/// Bytes of a large city's policy, to which the sample is repeated where no real one is at hand.
const BYTES: usize = 119_000;
/// Results that a page shows.
const SHOWN: usize = 50;
/// Queries that are asked.
const QUERIES: usize = 400;

/// A query as typed here, and its words as the database is asked for them: it reads no kana.
struct Asked {
    typed: String,
    words: Vec<String>,
}

/// Searches versions of which few clauses differ, as amendments leave them, and versions of which every clause does.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    let text = text()?;
    let asked = queries()?;
    let scratch = Scratch::new("search")?;
    let mut figures = Vec::new();
    for (name, every) in [("one clause in ten amended", 10), ("every clause different", 1)] {
        let readings: Vec<Reading> =
            (1..=VERSIONS).map(|version| policy::read(&amended(&text, version, every), Controls::embedded())).collect();
        let editions: Vec<Edition<'_>> = readings.iter().zip(1..).map(|(reading, number)| Edition { number, reading }).collect();
        let start = Start::now();
        let index = Index::build(&editions, &[]);
        let built = start.elapsed();
        let (median, slowest) = ours(&index, &asked)?;
        let file = scratch.path().join(every.to_string());
        write(&file, &readings, &asked)?;
        let beside = |percentile| bare("search", &file, &[percentile]).map(|theirs| Some(("SQLite FTS5, trigrams".into(), theirs)));
        let figure = |what: &str, value, beside, aim| Figure { name: format!("search {what}, {name}"), value, unit: "ms", beside, aim };
        figures.push(figure("p50", median, beside("50")?, ""));
        figures.push(figure("p99", slowest, beside("99")?, "20 ms"));
        figures.push(figure("index built", milliseconds(built), None, ""));
    }
    Ok(figures)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The largest real policy where they are at hand; the sample repeated otherwise.
fn text() -> Result<String, String> {
    let read = |file: &Path| std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
    let seeds = crate::shared("seeds").and_then(|folder| std::fs::read_dir(folder).ok());
    let files: Vec<PathBuf> = seeds.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let largest = files.into_iter().max_by_key(|file| std::fs::metadata(file).map_or(0, |data| data.len()));
    match largest {
        Some(file) => read(&file),
        None => {
            let sample = read(&crate::root().join("samples/policy.txt"))?;
            Ok(sample.repeat(BYTES / sample.len().max(1) + 1))
        }
    }
}

/// A version of the text: every so many lines say something of this version.
fn amended(text: &str, version: u32, every: usize) -> String {
    let step = usize::try_from(version).unwrap_or(0) * 7;
    let line = |(at, line): (usize, &str)| {
        let changed = !line.trim().is_empty() && (at + step).is_multiple_of(every);
        if changed { format!("{line}（第{version}回改正）\n") } else { format!("{line}\n") }
    };
    text.lines().enumerate().map(line).collect()
}

/// Words of the field as staff type them: in kanji, in kana, two at once, as a phrase, without another word, as a number.
fn queries() -> Result<Vec<Asked>, String> {
    let file = crate::root().join("catalog/search/readings.tsv");
    let list = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let rows = list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    let words: Vec<(&str, &str)> = rows.map(|(words, reading)| (words.split(' ').next().unwrap_or(words), reading)).collect();
    let step = (words.len() / QUERIES).max(1);
    let pairs = words.iter().zip(words.iter().cycle().skip(331)).step_by(step);
    Ok(pairs.enumerate().map(|(at, (word, other))| asked(at, *word, other.0)).collect())
}

/// A query of one kind of six.
fn asked(at: usize, (word, reading): (&str, &str), other: &str) -> Asked {
    let (typed, words) = match at % 6 {
        0 => (word.to_owned(), vec![word.to_owned()]),
        1 => (reading.to_owned(), vec![word.to_owned()]),
        2 => (format!("{word} {other}"), vec![word.to_owned(), other.to_owned()]),
        3 => (format!("\"{word}の{other}\""), vec![format!("{word}の{other}")]),
        4 => (format!("{word} -{other}"), vec![word.to_owned()]),
        _ => (format!("第{}条", at % 40 + 1), vec![format!("第{}条", at % 40 + 1)]),
    };
    Asked { typed, words }
}

/// Median and 99th percentile of a search with its first page of results, in milliseconds.
fn ours(index: &Index, asked: &[Asked]) -> Result<(f64, f64), String> {
    let filter = Filter { in_force: Some(VERSIONS), ..Filter::default() };
    let mut times = Vec::new();
    for asked in asked {
        let start = Start::now();
        let query = Query::new(&asked.typed);
        let found = index.find(&query, &filter);
        for hit in found.hits.iter().take(SHOWN) {
            black_box(index.show(hit, &query));
        }
        times.push(start.elapsed());
    }
    times.sort();
    let at = |percent: usize| times.get(times.len() * percent / 100).map(|time| milliseconds(*time)).ok_or("no query was asked");
    Ok((at(50)?, at(99)?))
}

/// What the database is given: a line of JSON for each clause, and one for each query, last.
fn write(file: &Path, readings: &[Reading], asked: &[Asked]) -> Result<(), String> {
    let mut lines = String::new();
    for reading in readings {
        for clause in &reading.document.clauses {
            let paragraphs: Vec<&str> = clause.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect();
            let line = serde_json::json!({ "path": clause.path, "text": format!("{}\n{}", clause.heading, paragraphs.join("\n")) });
            lines.push_str(&format!("{line}\n"));
        }
    }
    for asked in asked {
        lines.push_str(&format!("{}\n", serde_json::json!({ "words": asked.words })));
    }
    std::fs::write(file, lines).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_of_every_kind() {
        let asked = queries().unwrap();
        assert!(asked.len() >= QUERIES, "{}", asked.len());
        for kind in ["\"", " -", "第1"] {
            assert!(asked.iter().any(|asked| asked.typed.contains(kind)), "{kind}");
        }
    }

    #[test]
    fn versions_differ_as_said() {
        let text = "あ\nい\nう\n\n";
        assert_eq!(amended(text, 2, 1), "あ（第2回改正）\nい（第2回改正）\nう（第2回改正）\n\n");
        assert_eq!(amended(text, 1, 3).matches("改正").count(), 1);
    }
}
