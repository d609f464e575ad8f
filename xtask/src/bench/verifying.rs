//! Verifying a whole ledger, beside plain SHA-256 over the same bytes.

use super::Figure;
use crate::process::{self, Profile, Scratch, Start};

/// Long enough a load that starting the program does not count.
const SECONDS: &str = "20";
const TURNS: usize = 5;

/// Verifies a ledger of many records; the fastest of several turns on either side.
pub(super) fn measure() -> Result<Vec<Figure>, String> {
    let sekisho = process::sekisho(Profile::Release)?;
    let scratch = Scratch::new("bench-verify")?;
    let data = scratch.path().join("data");
    let mut init = process::command(&sekisho, &["init", "--name", "試験町"]);
    process::read(init.arg("--policy").arg(crate::root().join("samples/policy.txt")).arg("--data").arg(&data))?;
    process::read(process::command(&sekisho, &["load", "--seconds", SECONDS, "--data"]).arg(&data))?;
    let book = data.join("book.sqlite");
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..TURNS {
        let start = Start::now();
        process::read(process::command(&sekisho, &["ledger", "verify", "--data"]).arg(&data))?;
        ours = ours.min(start.elapsed().as_secs_f64());
        theirs = theirs.min(super::bare("sha256", &book, &[])?);
    }
    let megabytes = super::bare("size", &book, &[])? / 1e6;
    Ok(vec![Figure {
        name: format!("verifying {megabytes:.0} MB of records"),
        value: ours * 1000.0,
        unit: "ms",
        beside: Some(("SHA-256 over the same bytes in memory".into(), theirs * 1000.0)),
        aim: "ratio at most 2",
    }])
}
