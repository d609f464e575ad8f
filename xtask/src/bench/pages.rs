//! The ten most used pages of a large city: 10,000 staff, 100,000 assets, 1,000,000 records.

use std::path::Path;

use serde::Deserialize;

use super::Figure;
use crate::{
    demo::Demo,
    machine,
    process::{self, Profile, Scratch},
};

const STAFF: &str = "10000";
const ASSETS: &str = "100000";
const RECORDS: u64 = 1_000_000;

/// What a section head opens most.
const PAGES: [&str; 10] = [
    "/",
    "/apply",
    "/apply/permit.carry-out",
    "/permits",
    "/registers/asset",
    "/registers/asset?q=%E8%B3%87%E6%96%99",
    "/tasks",
    "/incidents",
    "/policy",
    "/records",
];

#[derive(Deserialize)]
struct Latency {
    path: String,
    p50: f64,
    p99: f64,
}

/// Grows the demo town through its own pages, fills its ledger, and times the pages.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    machine::browser()?;
    let sekisho = process::sekisho(Profile::Release)?;
    let folder = Scratch::new("bench-pages")?;
    let data = folder.path().join("data");
    let demo = || Demo::start_in(Scratch::new("bench-demo")?, data.clone(), Profile::Release);
    process::run(&mut demo()?.script(&["grow.mjs", STAFF, ASSETS]))?;
    while records(&sekisho, &data)? < RECORDS {
        process::read(process::command(&sekisho, &["load", "--seconds", "60", "--data"]).arg(&data))?;
    }
    println!("{} records in the ledger", records(&sekisho, &data)?);
    let mut latency = vec!["latency.mjs"];
    latency.extend(PAGES);
    let printed = process::read(&mut demo()?.script(&latency))?;
    let mut figures = Vec::new();
    for line in printed.lines() {
        let Latency { path, p50, p99 } = serde_json::from_str(line).map_err(|error| format!("`{line}`: {error}"))?;
        figures.push(Figure {
            name: format!("{path}, p99"),
            value: p99,
            unit: "ms",
            beside: Some(("p50".into(), p50)),
            aim: "p99 below 100",
        });
    }
    Ok(figures)
}

/// How many records the ledger holds, by its own verification.
fn records(sekisho: &Path, data: &Path) -> Result<u64, String> {
    let said = process::read(process::command(sekisho, &["ledger", "verify", "--data"]).arg(data))?;
    let digits: String = said.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().map_err(|_| format!("`sekisho ledger verify` said no number of records: {said}"))
}
