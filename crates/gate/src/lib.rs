//! Between the zones: a hostile file goes to a process that can do nothing but parse it; a safe file and a report come back.
//!
//! The gate itself parses nothing. It moves frames of bounded length between a file and a worker
//! (the same program, started anew for each file and [confined](sandbox::confine) before it reads
//! its first byte), lets a scanner look at the file and all files inside it meanwhile, and checks
//! the answer as that of somebody who has read a hostile file. Whatever goes wrong on the way, the
//! file is held.

mod answer;
mod clock;
mod frame;
mod gate;
mod link;
mod pool;
pub mod sandbox;
mod scanner;
pub mod settings;
pub mod worker;

pub use answer::{Safe, plain, too_large};
pub use gate::{File, Gate, Passage, Scan, Unready};
pub use pool::Launch;
pub use scanner::{Address, Finding, Scanner};
