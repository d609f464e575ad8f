//! Durable acts a second by 16 clients, beside the bare database committing as many bytes in each transaction.

use std::path::Path;

use super::Figure;
use crate::{
    postgres::Postgres,
    process::{self, Profile, Scratch},
};

const CLIENTS: &str = "16";
const SECONDS: u32 = 4;
/// Ours and theirs take turns this often, since the machine's disk has good and bad moments; the medians are compared.
const TURNS: usize = 5;
const AIM: &str = "ratio at least 0.50";

/// Measures both databases.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    let sekisho = process::sekisho(Profile::Release)?;
    Ok(vec![sqlite(&sekisho)?, postgres(&sekisho)?])
}

fn sqlite(sekisho: &Path) -> Result<Figure, String> {
    let scratch = Scratch::new("bench-acts")?;
    let office = Office { sekisho, data: &scratch.path().join("data") };
    office.init(&[])?;
    let book = office.data.join("book.sqlite");
    let size = || super::bare("size", &book, &[]);
    let bare = |turn: usize, bytes: f64| {
        let file = scratch.path().join(format!("bare-{turn}"));
        super::bare("commit", &file, &[CLIENTS, &SECONDS.to_string(), &format!("{bytes:.0}")])
    };
    office.compare("SQLite", size, bare)
}

fn postgres(sekisho: &Path) -> Result<Figure, String> {
    let postgres = Postgres::start()?;
    let ours = postgres.create("acts")?;
    let theirs = postgres.create("bare")?;
    ask(&theirs, "CREATE TABLE bare (id BIGSERIAL PRIMARY KEY, data BYTEA NOT NULL)")?;
    let scratch = Scratch::new("bench-acts")?;
    let office = Office { sekisho, data: &scratch.path().join("data") };
    office.init(&["--database", &ours])?;
    let size = || number(&ask(&ours, "SELECT SUM(LENGTH(data)) FROM ledger_segment")?);
    let bare = |_: usize, bytes: f64| {
        let script = scratch.path().join("commit.sql");
        let text = format!("INSERT INTO bare (data) VALUES (repeat('x', {bytes:.0})::bytea);\n");
        std::fs::write(&script, text).map_err(|error| format!("{}: {error}", script.display()))?;
        let mut pgbench = process::command(postgres.programs().join("pgbench"), &["--no-vacuum", "--jobs", "2"]);
        pgbench.args(["--protocol", "prepared", "--client", CLIENTS, "--time", &SECONDS.to_string(), "--file"]);
        let report = process::read(pgbench.arg(&script).arg(&theirs))?;
        let rate = report.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        number(rate.ok_or("pgbench said no rate")?)
    };
    office.compare("PostgreSQL", size, bare)
}

/// A body whose office is put under load.
struct Office<'a> {
    sekisho: &'a Path,
    data: &'a Path,
}

impl Office<'_> {
    fn init(&self, more: &[&str]) -> Result<(), String> {
        let mut init = process::command(self.sekisho, &["init", "--name", "試験町"]);
        init.arg("--policy").arg(crate::root().join("samples/policy.txt")).arg("--data").arg(self.data);
        process::read(init.args(more))?;
        // The first load also brings in the town's people and adopts its policy.
        self.load(1).map(drop)
    }

    /// Acts acknowledged in so many seconds.
    fn load(&self, seconds: u32) -> Result<f64, String> {
        let mut load = process::command(self.sekisho, &["load", "--clients", CLIENTS, "--seconds", &seconds.to_string()]);
        let printed = process::read(load.arg("--data").arg(self.data))?;
        number(printed.lines().find_map(|line| line.strip_prefix("acts ")).ok_or("`sekisho load` said no number")?)
    }

    fn compare(
        &self,
        database: &str,
        size: impl Fn() -> Result<f64, String>,
        bare: impl Fn(usize, f64) -> Result<f64, String>,
    ) -> Result<Figure, String> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut bytes = 0.0;
        for turn in 0..TURNS {
            let before = size()?;
            let acts = self.load(SECONDS)?;
            bytes = (size()? - before) / acts;
            ours.push(acts / f64::from(SECONDS));
            theirs.push(bare(turn, bytes)?);
        }
        Ok(Figure {
            name: format!("durable acts by {CLIENTS} clients, {database}"),
            value: median(ours),
            unit: "acts/s",
            beside: Some((format!("bare database, {bytes:.0} bytes a commit"), median(theirs))),
            aim: AIM,
        })
    }
}

fn ask(url: &str, sql: &str) -> Result<String, String> {
    process::read(&mut process::command("psql", &["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", url, "-c", sql]))
}

fn number(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| format!("`{}` is not a number", text.trim()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]).to_bits(), 5.0_f64.to_bits());
    }
}
