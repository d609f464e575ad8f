//! The rules of the office as pure functions: act + state + now → records or a refusal; records → state.
//!
//! Knows no clock, file, network, database or HTML. [`decide`] is the one door: every page, command
//! and gateway asks it, and nothing changes state but by the records it returns, through [`apply`].
//! A [`state::State`] may hold only a part of the body's things; a decision that needs one it does
//! not hold stops with [`refusal::Stop::Missing`], is given it, and is asked again.

pub mod act;
pub mod adoption;
pub mod calendar;
pub mod catalog;
pub mod coverage;
mod door;
pub mod gaps;
pub mod impact;
pub mod incident;
pub mod people;
pub mod permit;
pub mod record;
pub mod refusal;
pub mod register;
pub mod role;
pub mod rulebook;
pub mod rules;
pub mod state;
pub mod task;
pub mod waiting;

pub use door::{apply, decide};
