//! Pages asked for as a browser asks: through the router, over a real book.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests stop where something is not as it should be")]

mod admin;
mod adoption;
mod browser;
mod comparison;
mod coverage;
mod frame;
mod incidents;
mod permits;
mod policy;
mod records;
mod registers;
mod search;
mod setup;
mod sign_in;
mod tasks;
mod town;
