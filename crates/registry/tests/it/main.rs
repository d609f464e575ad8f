//! The registry from outside: whole histories on SQLite, and on PostgreSQL where `SEKISHO_TEST_POSTGRES` names one.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic, reason = "a test fails by panicking")]

mod acts;
mod coverage;
mod faults;
mod histories;
mod queries;
mod time;
mod town;
