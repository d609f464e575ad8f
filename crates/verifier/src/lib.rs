//! Checks an exported log without trusting the software that wrote it.
//!
//! It shares no code with the server: everything here follows `docs/formats/ledger.md`,
//! `docs/formats/coverage.md`, RFC 6962
//! and the C2SP texts on signed notes, checkpoints and tiles. It reads a folder, never writes,
//! and needs memory for one tile whatever the size of the log.
//!
//! Trust: the verdict is worth as much as the key it was made with. A bundle brings its own key;
//! an auditor passes the key, and older checkpoints, that came to him by another way.

mod bundle;
mod coverage;
mod note;
mod record;
mod tree;
mod verdict;

pub use bundle::{Question, check};
pub use coverage::{Coverage, Norm, STATES, recount};
pub use note::{Head, Key};
pub use verdict::{Fault, Verdict};
