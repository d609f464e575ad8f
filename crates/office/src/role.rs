//! Who holds which role, for which unit, and for whom: rights are looked up when they are used.

use jiff::civil::Date;
use policy::model::Holder;

use crate::{
    people::Person,
    rulebook::{Holding, Role, Rulebook},
    state::State,
};

/// A role somebody can exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Role id.
    pub role: String,
    /// Unit it is held for; empty for the whole body.
    pub seat: String,
    /// Whose role it is, when exercised as a deputy.
    pub on_behalf: Option<String>,
}

impl Held {
    /// `role@seat`: what waiting things are found by.
    #[must_use]
    pub fn token(&self) -> String {
        token(&self.role, &self.seat)
    }
}

/// `role@seat`.
#[must_use]
pub fn token(role: &str, seat: &str) -> String {
    format!("{role}@{seat}")
}

/// The units at and above a unit, nearest first: `a/b/c`, `a/b`, `a`.
pub fn units_above(unit: &str) -> impl Iterator<Item = &str> {
    std::iter::successors((!unit.is_empty()).then_some(unit), |unit| unit.rsplit_once('/').map(|(above, _)| above))
}

/// Whether a unit is, or lies below, another.
#[must_use]
pub fn lies_in(unit: &str, above: &str) -> bool {
    units_above(unit).any(|candidate| candidate == above)
}

/// The roles a person can exercise on a date, own ones first, then those of people he is deputy of.
#[must_use]
pub fn held(state: &State, book: &Rulebook, person: &str, on: Date) -> Vec<Held> {
    let mut all = own(state, book, person, None);
    for delegation in &state.office.delegations {
        if delegation.deputy == person && delegation.since <= on && on <= delegation.until {
            all.extend(own(state, book, &delegation.principal, Some(&delegation.principal)));
        }
    }
    all
}

fn own(state: &State, book: &Rulebook, person: &str, on_behalf: Option<&str>) -> Vec<Held> {
    let Some(person) = state.people.get(person).filter(|person| person.active) else { return Vec::new() };
    let mut all = Vec::new();
    for role in book.roles.iter().chain(&book.former) {
        for seat in seats(role, person) {
            all.push(Held { role: role.id.clone(), seat, on_behalf: on_behalf.map(str::to_owned) });
        }
    }
    all
}

/// The seats of a role that a person takes: the empty seat of a role of the whole body, or units.
fn seats(role: &Role, person: &Person) -> Vec<String> {
    let at_post = |unit: &str, titles: &[String]| {
        person
            .positions
            .iter()
            .any(|position| (unit.is_empty() || position.unit == unit) && titles.iter().any(|title| position.is_called(title)))
    };
    match &role.holding {
        Holding::Post { unit, titles } => at_post(unit, titles).then(String::new).into_iter().collect(),
        Holding::People { ids } => ids.contains(&person.id).then(String::new).into_iter().collect(),
        Holding::Everyone => vec![String::new()],
        Holding::Nobody => Vec::new(),
        Holding::Unit { titles } => {
            let held = person.positions.iter().filter(|position| titles.iter().any(|title| position.is_called(title)));
            held.map(|position| position.unit.clone()).collect()
        }
    }
}

/// The seat of a role that is meant for a unit: the nearest unit at or above it whose post is held;
/// empty for a role of the whole body. `None` if nobody holds it.
#[must_use]
pub fn seat(state: &State, role: &Role, unit: &str) -> Option<String> {
    match &role.holding {
        Holding::Unit { titles } => units_above(unit).find(|unit| at_seat(state, titles, unit).next().is_some()).map(str::to_owned),
        Holding::Everyone => Some(String::new()),
        _ => (!holders(state, role, unit).is_empty()).then(String::new),
    }
}

/// People who hold one of the titles in a unit.
fn at_seat<'a>(state: &'a State, titles: &'a [String], unit: &'a str) -> impl Iterator<Item = &'a Person> {
    titles.iter().flat_map(move |title| {
        state
            .people
            .holding(title)
            .filter(move |person| person.positions.iter().any(|position| position.unit == unit && position.is_called(title)))
    })
}

/// The people who hold a role for a unit themselves (not as deputies). Empty for a role everybody holds.
#[must_use]
pub fn holders<'a>(state: &'a State, role: &'a Role, unit: &'a str) -> Vec<&'a Person> {
    let mut found: Vec<&Person> = match &role.holding {
        Holding::Post { unit, titles } if unit.is_empty() => titles.iter().flat_map(|title| state.people.holding(title)).collect(),
        Holding::Post { unit, titles } => at_seat(state, titles, unit).collect(),
        Holding::People { ids } => ids.iter().filter_map(|id| state.people.get(id)).filter(|person| person.active).collect(),
        Holding::Unit { titles } => units_above(unit)
            .map(|unit| at_seat(state, titles, unit).collect::<Vec<_>>())
            .find(|found| !found.is_empty())
            .unwrap_or_default(),
        Holding::Everyone | Holding::Nobody => Vec::new(),
    };
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    found
}

/// All seats of a role that are held: units for a role held in each unit, the empty seat otherwise.
#[must_use]
pub fn all_seats(state: &State, role: &Role) -> Vec<String> {
    match &role.holding {
        Holding::Unit { titles } => {
            let mut seats: Vec<String> = titles
                .iter()
                .flat_map(|title| state.people.holding(title).map(move |person| (title, person)))
                .flat_map(|(title, person)| person.positions.iter().filter(move |position| position.is_called(title)))
                .map(|position| position.unit.clone())
                .collect();
            seats.sort();
            seats.dedup();
            seats
        }
        Holding::Nobody => Vec::new(),
        _ => vec![String::new()],
    }
}

/// The roles that may decide in the place of `roles` when nobody but the excluded people holds them
/// for a unit: the nearest role above that somebody else holds. Empty if the roles themselves serve.
#[must_use]
pub fn superiors(state: &State, book: &Rulebook, roles: &[String], unit: &str, excluded: &[&str]) -> Vec<String> {
    let others = |role: &Role| holders(state, role, unit).iter().any(|person| !excluded.contains(&person.id.as_str()));
    let first = book.roles.iter().position(|role| roles.contains(&role.id)).unwrap_or(0);
    if book.roles.iter().any(|role| roles.contains(&role.id) && others(role)) {
        return Vec::new();
    }
    let above = book.roles.iter().take(first).rev().find(|role| matches!(role.kind, Holder::One | Holder::Unit) && others(role));
    above.map(|role| role.id.clone()).into_iter().collect()
}

/// The role at the top: the first that one person holds, which is the CISO in every policy seen.
#[must_use]
pub fn top(book: &Rulebook) -> Option<&Role> {
    book.roles.iter().find(|role| role.kind == Holder::One && role.holding != Holding::Nobody)
}

/// A person as shown: 総務課長 山田 太郎.
#[must_use]
pub fn shown(person: &Person) -> String {
    let post = person.positions.first().map_or_else(String::new, |position| {
        let names = position.names();
        names.get(1).or_else(|| names.first()).cloned().unwrap_or_default()
    });
    if post.is_empty() { person.name.clone() } else { format!("{post} {}", person.name) }
}
