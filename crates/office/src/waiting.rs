//! Who is waited for: tokens `role@seat` and `person:id` that lists of things to do are found by.

use jiff::civil::Date;

use crate::{
    door,
    incident::Incident,
    people::Person,
    permit::{Permit, Stage},
    role,
    rulebook::{Role, Rulebook},
    state::State,
    task::Task,
};

/// The tokens a person answers to on a date: himself and every role he can exercise.
#[must_use]
pub fn tokens_of(state: &State, person: &str, on: Date) -> Vec<String> {
    let held = state.rulebook(on).map(|book| role::held(state, book, person, on)).unwrap_or_default();
    let mut tokens: Vec<String> = held.iter().map(role::Held::token).collect();
    tokens.push(format!("person:{person}"));
    tokens.sort();
    tokens.dedup();
    tokens
}

fn role_tokens<'r>(state: &State, roles: impl IntoIterator<Item = &'r Role>, unit: &str) -> Vec<String> {
    let seats = roles.into_iter().map(|role| role::token(&role.id, &role::seat(state, role, unit).unwrap_or_default()));
    seats.collect()
}

/// Whom a permit waits for: who decides, who hands over or confirms the return, or the applicant who corrects.
#[must_use]
pub fn for_permit(state: &State, permit: &Permit, on: Date) -> Vec<String> {
    let Some(book) = state.rulebook(on) else { return Vec::new() };
    let all_roles = || permit.requirements.iter().flat_map(|requirement| &requirement.roles).filter_map(|id| book.role(id));
    let mut tokens = match permit.stage {
        Stage::Applied => open_roles(state, book, permit).flat_map(|roles| role_tokens(state, roles, &permit.unit)).collect(),
        Stage::Sent => vec![format!("person:{}", permit.applicant)],
        Stage::Approved if permit.handover => role_tokens(state, all_roles(), &permit.unit),
        Stage::Out => role_tokens(state, all_roles(), &permit.unit),
        _ => Vec::new(),
    };
    tokens.sort();
    tokens.dedup();
    tokens
}

/// The deciding roles of each requirement whose turn it is.
fn open_roles<'b>(state: &'b State, book: &'b Rulebook, permit: &'b Permit) -> impl Iterator<Item = Vec<&'b Role>> {
    let open = permit.requirements.iter().filter(|requirement| requirement.approved.is_none());
    let turn = if permit.ordered { 1 } else { usize::MAX };
    open.take(turn).map(|requirement| door::deciding_roles(state, book, &requirement.roles, &permit.unit, &permit.applicant))
}

/// Whom a task waits for; nobody once it is done.
#[must_use]
pub fn for_task(state: &State, task: &Task, on: Date) -> Vec<String> {
    let Some(book) = state.rulebook(on).filter(|_| task.done_at.is_none()) else { return Vec::new() };
    role_tokens(state, task.roles.iter().filter_map(|id| book.role(id)), &task.unit)
}

/// Whom an incident waits for: the holders of the steps whose clock runs.
#[must_use]
pub fn for_incident(state: &State, incident: &Incident, on: Date) -> Vec<String> {
    let Some(book) = state.rulebook(on).filter(|_| incident.closed_at.is_none()) else { return Vec::new() };
    let running = incident.steps.iter().filter(|step| step.began_at.is_some() && step.done_at.is_none());
    let mut tokens: Vec<String> =
        running.flat_map(|step| role_tokens(state, step.from.iter().filter_map(|id| book.role(id)), &step.unit)).collect();
    tokens.sort();
    tokens.dedup();
    tokens
}

/// For each requirement of a permit whose turn it is: its number and the people who can meet it themselves.
#[must_use]
pub fn deciders<'s>(state: &'s State, permit: &'s Permit, on: Date) -> Vec<(usize, Vec<&'s Person>)> {
    state.rulebook(on).map(|book| door::deciders(state, book, permit)).unwrap_or_default()
}
