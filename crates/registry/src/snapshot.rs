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

/// Snapshots that take turns.
const SPARES: usize = 3;

/// Records that a spare may lag behind before copying is cheaper.
const LAG: usize = 2_000;

/// Makes snapshots without copying: a few of them take turns, and one that all readers have let go of is
/// brought forward by the records it lacks. Copying ten thousand people and accounts would cost more than a commit.
///
/// INVARIANT: `current` is the state of the last commit; each spare, after the records beside it, is too.
pub(crate) struct Publisher {
    current: Arc<Snapshot>,
    spares: Vec<(Arc<Snapshot>, Vec<Record>)>,
}

impl Publisher {
    /// Begins with a state that is committed.
    pub(crate) fn new(state: &State) -> Self {
        Self { current: Arc::new(Snapshot::of(state)), spares: Vec::new() }
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
        for (_, lag) in &mut self.spares {
            lag.extend_from_slice(records);
        }
        self.spares.retain(|(_, lag)| lag.len() <= LAG);
        let next = self.brought_forward(catalog).unwrap_or_else(|| Arc::new(Snapshot::of(state)));
        let last = std::mem::replace(&mut self.current, Arc::clone(&next));
        if self.spares.len() < SPARES {
            self.spares.push((last, records.to_vec()));
        }
        next
    }

    /// A spare that nobody reads, at the last commit.
    fn brought_forward(&mut self, catalog: &Catalog) -> Option<Arc<Snapshot>> {
        let free = self.spares.iter().position(|(spare, _)| Arc::strong_count(spare) == 1)?;
        let (mut spare, lag) = self.spares.swap_remove(free);
        // Nobody can come to read it any more: it is no longer the published one.
        let snapshot = Arc::get_mut(&mut spare)?;
        for record in &lag {
            office::apply(catalog, &mut snapshot.state, record);
        }
        store::forget(&mut snapshot.state);
        Some(spare)
    }
}
