//! What a body looks like now: the fold of its records.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    adoption::PolicyVersion,
    incident::Incident,
    people::{Account, Delegation, People, Unit},
    permit::Permit,
    refusal::Stop,
    register::Row,
    rulebook::Rulebook,
    task::Task,
};

/// Names a thing that a state may not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "id")]
pub enum Key {
    /// A permit by its id.
    Permit(String),
    /// A row of a register: register id and row id.
    Row(String, String),
    /// A task by its id.
    Task(String),
    /// An incident by its id.
    Incident(String),
    /// A version of the policy by its number.
    Version(u32),
    /// A norm that is attested, by [`crate::coverage::attest_key`]. The office keeps nothing of it; the key only names it.
    Norm(String),
    /// A person by staff number. People are always held whole; the key only names what changed.
    Person(String),
    /// The body, its units, delegations, accounts, rulebook and counters. Always held.
    Office,
}

/// A part of the things of one kind: what is known to be there, and what is known not to be.
#[derive(Debug, Clone)]
pub struct Shelf<T> {
    known: BTreeMap<Key, Option<T>>,
    /// Whether everything there is lies on the shelf, so that absent means there is none.
    pub whole: bool,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), whole: false }
    }
}

impl<T> Shelf<T> {
    /// The thing, `None` if there is none.
    ///
    /// # Errors
    /// [`Stop::Missing`] if it is not known whether there is one.
    pub fn get(&self, key: &Key) -> Result<Option<&T>, Stop> {
        match self.known.get(key) {
            Some(found) => Ok(found.as_ref()),
            None if self.whole => Ok(None),
            None => Err(Stop::Missing(key.clone())),
        }
    }

    /// The thing if it lies on the shelf.
    #[must_use]
    pub fn held(&self, key: &Key) -> Option<&T> {
        self.known.get(key).and_then(Option::as_ref)
    }

    /// The thing for change, if it lies on the shelf.
    pub fn held_mut(&mut self, key: &Key) -> Option<&mut T> {
        self.known.get_mut(key).and_then(Option::as_mut)
    }

    /// Lays a thing (or the knowledge that there is none) on the shelf.
    pub fn put(&mut self, key: Key, thing: Option<T>) {
        self.known.insert(key, thing);
    }

    /// Everything that is known to be there.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &T)> {
        self.known.iter().filter_map(|(key, thing)| thing.as_ref().map(|thing| (key, thing)))
    }

    /// Forgets everything; it will be asked for again.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// How many entries it knows of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether it knows of nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// What is small and always held: the body and whom it consists of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Office {
    /// Name of the body, empty before it is founded.
    pub name: String,
    /// 部・課・係 by id.
    pub units: BTreeMap<String, Unit>,
    /// Who acts for whom, and until when.
    pub delegations: Vec<Delegation>,
    /// Accounts by staff number.
    pub accounts: BTreeMap<String, Account>,
    /// What is adopted: rulebooks by version, each with its effective date.
    pub rulebooks: BTreeMap<u32, Rulebook>,
    /// Number of policy versions loaded so far.
    pub versions: u32,
    /// Last number given, by series (`permit-2026`).
    pub counters: BTreeMap<String, u64>,
    /// Fiscal years and policy versions whose tasks were scheduled.
    pub scheduled: BTreeSet<(i16, u32)>,
}

/// A body's state, whole or in part.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The body itself.
    pub office: Office,
    /// Everybody, by staff number. Always whole.
    pub people: People,
    /// Permits.
    pub permits: Shelf<Permit>,
    /// Register rows.
    pub rows: Shelf<Row>,
    /// Tasks.
    pub tasks: Shelf<Task>,
    /// Incidents.
    pub incidents: Shelf<Incident>,
    /// Policy versions with their readings.
    pub versions: Shelf<PolicyVersion>,
}

impl State {
    /// A state that holds everything there is, so that nothing is ever missing: for replay and tests.
    #[must_use]
    pub fn whole() -> Self {
        let mut state = Self::default();
        state.permits.whole = true;
        state.rows.whole = true;
        state.tasks.whole = true;
        state.incidents.whole = true;
        state.versions.whole = true;
        state
    }

    /// A state that holds nothing but these rows.
    pub(crate) fn with_rows(rows: &BTreeMap<Key, Row>) -> Self {
        let mut state = Self::default();
        for (key, row) in rows {
            state.rows.put(key.clone(), Some(row.clone()));
        }
        state
    }

    /// The rulebook in force on a date: the one adopted last among those already effective.
    #[must_use]
    pub fn rulebook(&self, on: jiff::civil::Date) -> Option<&Rulebook> {
        self.office.rulebooks.values().filter(|book| book.effective <= on).max_by_key(|book| (book.effective, book.version))
    }
}
