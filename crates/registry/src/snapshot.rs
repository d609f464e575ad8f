//! What pages read without asking the database: the body and its people as last committed.

use std::{collections::BTreeSet, ops::Deref, sync::Arc};

use office::{
    catalog::Catalog,
    record::Record,
    state::{Key, State},
};

use crate::{Registry, store};

/// The body and its people as of one commit. Never changes; ask for another to see later ones.
///
/// Reads like a [`State`] whose shelves are empty: `snapshot.office`, `snapshot.people`, `snapshot.rulebook(date)`.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(crate) state: State,
}

impl Deref for Snapshot {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl Snapshot {
    /// The office and people of a state.
    pub(crate) fn of(state: &State) -> Self {
        Self { state: State { office: state.office.clone(), people: state.people.clone(), ..State::default() } }
    }

    /// The name of a person, or the staff number itself if nobody has it.
    #[must_use]
    pub fn name<'a>(&'a self, person: &'a str) -> &'a str {
        self.people.get(person).map_or(person, |person| person.name.as_str())
    }
}

impl Registry {
    /// The body and its people as last committed. Costs nothing.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared().snapshot()
    }

    /// How many records the ledger holds.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared().head().map_or(0, |head| head.size())
    }
}

/// Makes snapshots without copying: two of them take turns, and the one that readers have let go of
/// is brought forward by the records it lacks.
///
/// INVARIANT: `current` is the state of the last commit, `spare` that of the one before, and `lag` what lies between.
pub(crate) struct Publisher {
    current: Arc<Snapshot>,
    spare: Arc<Snapshot>,
    lag: Vec<Record>,
}

impl Publisher {
    /// Begins with a state that is committed.
    pub(crate) fn new(state: &State) -> Self {
        let current = Arc::new(Snapshot::of(state));
        Self { spare: Arc::new(Snapshot::of(state)), current, lag: Vec::new() }
    }

    /// The last commit.
    pub(crate) fn committed(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current)
    }

    /// The snapshot after a batch that was just committed and left the writer's memory at `state`.
    pub(crate) fn publish(&mut self, catalog: &Catalog, state: &State, records: &[Record], touched: &BTreeSet<Key>) -> Arc<Snapshot> {
        if !touched.iter().any(|key| matches!(key, Key::Office | Key::Person(_))) {
            return self.committed();
        }
        let mut next = std::mem::take(&mut self.spare);
        match Arc::get_mut(&mut next) {
            Some(snapshot) => {
                for record in self.lag.iter().chain(records) {
                    office::apply(catalog, &mut snapshot.state, record);
                }
                store::forget(&mut snapshot.state);
            }
            None => next = Arc::new(Snapshot::of(state)),
        }
        self.lag = records.to_vec();
        self.spare = std::mem::replace(&mut self.current, Arc::clone(&next));
        next
    }
}
