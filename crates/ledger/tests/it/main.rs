//! The ledger against real databases: SQLite always, PostgreSQL when there is one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod bundle;
mod failure;
mod store;
mod tamper;
mod town;
