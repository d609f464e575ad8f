//! Pictures of the demo's pages for the README, made anew by one command.

use crate::demo::Demo;
use crate::machine;
use crate::process;

/// Takes every picture listed in tests/browser/shots.json into docs/shots.
pub(crate) fn run() -> Result<(), String> {
    machine::browser()?;
    let demo = Demo::start()?;
    let folder = crate::root().join("docs/shots");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    process::run(demo.script(&["shots.mjs"]).arg(&folder))
}
