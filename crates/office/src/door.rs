//! The door itself: hands each act to the rules of its kind, and each fact to the fold of its kind.

use crate::{
    act::{Act, Actor},
    calendar::Moment,
    catalog::Catalog,
    record::Record,
    refusal::Stop,
    state::{Key, State},
};

/// Decides on an act: the records it makes, or why it stops.
///
/// # Errors
/// [`Stop::Refused`] with rule and clause; [`Stop::Missing`] if the state lacks a thing.
pub fn decide(_catalog: &Catalog, _state: &State, _actor: &Actor, _act: &Act, _now: Moment) -> Result<Vec<Record>, Stop> {
    Ok(Vec::new())
}

/// Folds a record into a state. Returns what it touched. Things it changes must lie on their shelves.
pub fn apply(_catalog: &Catalog, _state: &mut State, _record: &Record) -> Vec<Key> {
    Vec::new()
}
