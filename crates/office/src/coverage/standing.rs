//! Rulebook, people and evidence → how each norm stands on a day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::{Answer, Covering, Found, Means, Note, Runner, adopted_key};
use crate::{
    role,
    rulebook::{Holding, Role, Rulebook},
    state::State,
};

/// How a norm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// A record says that it works.
    Works,
    /// There was evidence, but it is old or that of some units lacks.
    Old,
    /// Nobody can hold a role that answers for it.
    Nobody,
    /// Nothing says that it works, or its officer says that it does not.
    Open,
}

impl Standing {
    /// All of them, in the order of the figures.
    pub const ALL: [Self; 4] = [Self::Works, Self::Old, Self::Nobody, Self::Open];

    /// As it is serialised.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Old => "old",
            Self::Nobody => "nobody",
            Self::Open => "open",
        }
    }
}

/// How a norm stands on a day, and what says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// How it stands.
    pub standing: Standing,
    /// The record that backs it, whenever it works.
    pub backing: Option<Note>,
    /// The newest evidence of any kind.
    pub last: Option<Note>,
    /// Units (or the one whole body) whose officers answer for it now; 0 where nobody attests.
    pub seats: usize,
    /// How many of them have said so within the period.
    pub told: usize,
    /// Whether somebody says that it is not kept.
    pub refused: bool,
}

/// How every norm of a rulebook stands on a day, in the order of its coverage.
#[must_use]
pub fn statuses(state: &State, book: &Rulebook, found: &Found, on: Date) -> Vec<Status> {
    let seats: BTreeMap<&str, Vec<String>> = book.roles.iter().map(|role| (role.id.as_str(), held(state, role))).collect();
    let adopted = latest(found, &adopted_key(book.version));
    let view = View { found, on, seats, adopted };
    let mut all: Vec<Status> = book.coverage.iter().map(|covering| view.one(covering)).collect();
    for (index, covering) in book.coverage.iter().enumerate().filter(|(_, covering)| !covering.fulfilled_by.is_empty()) {
        let by = covering.fulfilled_by.iter().filter_map(|by| all.get(*by));
        let best = by.clone().min_by_key(|status| (status.standing, std::cmp::Reverse(status.backing.map(|note| note.index)))).copied();
        let last = by.filter_map(|status| status.last).max_by_key(|note| note.index);
        if let (Some(best), Some(status)) = (best, all.get_mut(index)) {
            *status = Status { last, seats: 0, told: 0, refused: false, ..best };
        }
    }
    all
}

/// Seats of a role that somebody holds now; none if nobody can exercise it.
fn held(state: &State, held: &Role) -> Vec<String> {
    match &held.holding {
        Holding::Unit { .. } => role::all_seats(state, held),
        Holding::Nobody => Vec::new(),
        Holding::Everyone => state.people.iter().any(|person| person.active).then(String::new).into_iter().collect(),
        Holding::Post { .. } | Holding::People { .. } => {
            (!role::holders(state, held, "").is_empty()).then(String::new).into_iter().collect()
        }
    }
}

fn latest(found: &Found, key: &str) -> Option<Note> {
    found.notes.get(key)?.values().max_by_key(|note| note.index).copied()
}

struct View<'a> {
    found: &'a Found,
    on: Date,
    seats: BTreeMap<&'a str, Vec<String>>,
    adopted: Option<Note>,
}

impl View<'_> {
    fn one(&self, covering: &Covering) -> Status {
        let status = Status { standing: Standing::Open, backing: None, last: self.last(covering), seats: 0, told: 0, refused: false };
        if covering.means == Means::Declaration && covering.runners.is_empty() {
            // A statement is made by being in force.
            return self.enforced(status, self.adopted);
        }
        if covering.who.iter().all(|id| self.seats.get(id.as_str()).is_none_or(Vec::is_empty)) {
            return Status { standing: Standing::Nobody, ..status };
        }
        if covering.is_attested() { self.attested(covering, status) } else { self.run(covering, status) }
    }

    fn last(&self, covering: &Covering) -> Option<Note> {
        covering.evidence.iter().filter_map(|key| latest(self.found, key)).max_by_key(|note| note.index)
    }

    /// A mechanism works from the adoption on; tasks from when they are scheduled, unless one is overdue.
    fn run(&self, covering: &Covering, status: Status) -> Status {
        let duties: Vec<&String> = covering.evidence.iter().filter(|key| key.starts_with("duty:")).collect();
        let has_duty = covering.runners.iter().any(|runner| matches!(runner, Runner::Duty(_)));
        if has_duty && !duties.iter().any(|key| self.found.notes.contains_key(*key)) {
            return status;
        }
        let late = duties.iter().any(|key| key.strip_prefix("duty:").is_some_and(|duty| self.found.overdue.contains(duty)));
        if has_duty && late {
            return Status { standing: Standing::Old, ..status };
        }
        self.enforced(status, status.last.or(self.adopted))
    }

    fn enforced(&self, status: Status, backing: Option<Note>) -> Status {
        let standing = if backing.is_some() { Standing::Works } else { Standing::Open };
        Status { standing, backing, last: status.last.or(self.adopted), ..status }
    }

    /// What is attested works while the officers of one responsible role have all said so within the period,
    /// and no officer says that it is not kept.
    fn attested(&self, covering: &Covering, status: Status) -> Status {
        let roles: BTreeSet<&String> = covering.who.iter().collect();
        let (mut any, mut refused, mut whole) = (None::<Note>, false, None::<Note>);
        let (mut seats, mut told) = (0, 0);
        for held in roles.iter().filter_map(|id| self.seats.get(id.as_str())).filter(|seats| !seats.is_empty()) {
            let said: Vec<Option<Note>> = held.iter().map(|seat| self.said(covering, seat)).collect();
            let good = |note: &&Note| note.answer != Some(Answer::No) && note.until.is_none_or(|until| self.on <= until);
            let valid: Vec<&Note> = said.iter().flatten().filter(good).collect();
            refused |= said.iter().flatten().any(|note| note.answer == Some(Answer::No));
            any = newest(any, said.iter().flatten().copied());
            if valid.len() == held.len() {
                whole = newest(whole, valid.iter().map(|note| **note));
            }
            seats += held.len();
            told += valid.len();
        }
        let standing = match (refused, whole, any) {
            (true, ..) | (false, None, None) => Standing::Open,
            (false, Some(_), _) => Standing::Works,
            (false, None, Some(_)) => Standing::Old,
        };
        Status { standing, backing: whole.filter(|_| standing == Standing::Works), seats, told, refused, ..status }
    }

    /// The newest answer for a seat, under any of the keys.
    fn said(&self, covering: &Covering, seat: &str) -> Option<Note> {
        let notes = covering.evidence.iter().filter_map(|key| self.found.notes.get(key)?.get(seat));
        notes.max_by_key(|note| note.index).copied()
    }
}

/// The newer of what was found before and more.
fn newest(before: Option<Note>, more: impl Iterator<Item = Note>) -> Option<Note> {
    before.into_iter().chain(more).max_by_key(|note| note.index)
}

/// How many norms stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Work.
    pub works: usize,
    /// Evidence old.
    pub old: usize,
    /// Nobody responsible.
    pub nobody: usize,
    /// Not covered.
    pub open: usize,
}

impl Counts {
    /// Counts statuses.
    pub fn of<'s>(statuses: impl IntoIterator<Item = &'s Status>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            *counts.at(status.standing) += 1;
        }
        counts
    }

    fn at(&mut self, standing: Standing) -> &mut usize {
        match standing {
            Standing::Works => &mut self.works,
            Standing::Old => &mut self.old,
            Standing::Nobody => &mut self.nobody,
            Standing::Open => &mut self.open,
        }
    }

    /// How many stand so.
    #[must_use]
    pub fn get(mut self, standing: Standing) -> usize {
        *self.at(standing)
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.works + self.old + self.nobody + self.open
    }
}
