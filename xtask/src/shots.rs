//! Pictures of the demo's pages for the README, made anew by one command.

use crate::demo::Demo;
use crate::machine;
use crate::process::{self, command};

/// Takes every picture listed in tests/browser/shots.json into docs/shots.
pub(crate) fn run() -> Result<(), String> {
    machine::browser()?;
    let demo = Demo::start()?;
    let folder = crate::root().join("docs/shots");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut node = command("node", &["shots.mjs"]);
    node.arg(&folder)
        .current_dir(crate::root().join("tests/browser"))
        .env("SEKISHO_DEMO", &demo.description)
        .env("SEKISHO_SCRATCH", demo.scratch());
    process::run(&mut node)
}
