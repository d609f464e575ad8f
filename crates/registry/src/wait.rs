//! Who is waited for: tokens such as `情報セキュリティ管理者@総務部/総務課`, or `@1001` for one person.

use jiff::civil::Date;
use office::{
    incident::Incident,
    permit::{Permit, Requirement, Stage},
    role,
    rulebook::Rulebook,
    state::{Key, State},
    task::Task,
};
use policy::model::Holder;

use crate::{inbox::What, schema::NEVER, sql::Cell, thing};

/// One who is waited for.
struct Wait {
    what: What,
    token: String,
    due: i64,
}

/// The tokens of a person on a date: what waits for one of them waits for this person.
pub(crate) fn tokens_of(state: &State, person: &str, on: Date) -> Vec<String> {
    let mut tokens = vec![person_token(person)];
    if let Some(book) = state.rulebook(on) {
        tokens.extend(role::held(state, book, person, on).iter().map(role::Held::token));
    }
    tokens.sort();
    tokens.dedup();
    tokens
}

fn person_token(person: &str) -> String {
    format!("@{person}")
}

/// The rows of `waiting` of a thing that lies on its shelf.
pub(crate) fn rows(state: &State, book: Option<&Rulebook>, key: &Key) -> Vec<[Cell; 6]> {
    let Some(book) = book else { return Vec::new() };
    let mut waits = match key {
        Key::Permit(_) => state.permits.held(key).map(|permit| of_permit(state, book, permit)),
        Key::Task(_) => state.tasks.held(key).map(of_task),
        Key::Incident(_) => state.incidents.held(key).map(|incident| of_incident(state, book, incident)),
        _ => None,
    }
    .unwrap_or_default();
    waits.sort_by(|a, b| (a.what, &a.token, a.due).cmp(&(b.what, &b.token, b.due)));
    waits.dedup_by(|a, b| (a.what, &a.token) == (b.what, &b.token));
    let applicant = if let Key::Permit(_) = key { state.permits.held(key).map_or("", |permit| permit.applicant.as_str()) } else { "" };
    let (kind, id) = thing::place(key);
    let row = |wait: Wait| {
        // Nobody decides on, hands over or takes back what he applied for himself.
        let barred = if wait.what == What::Correct { "" } else { applicant };
        [kind.as_str().into(), id.as_str().into(), wait.what.code().into(), wait.token.into(), wait.due.into(), barred.into()]
    };
    waits.into_iter().map(row).collect()
}

fn of_permit(state: &State, book: &Rulebook, permit: &Permit) -> Vec<Wait> {
    let first = thing::end_of(permit.application.since);
    match permit.stage {
        Stage::Applied => {
            let open = permit.requirements.iter().filter(|requirement| requirement.approved.is_none());
            let turn = if permit.ordered { 1 } else { usize::MAX };
            deciders(state, book, permit, open.take(turn), What::Decide, first)
        }
        Stage::Sent => vec![Wait { what: What::Correct, token: person_token(&permit.applicant), due: first }],
        Stage::Approved if permit.handover => deciders(state, book, permit, permit.requirements.iter(), What::HandOver, first),
        Stage::Out if permit.returns => {
            let last = thing::end_of(permit.application.until);
            deciders(state, book, permit, permit.requirements.iter(), What::ConfirmReturn, last)
        }
        _ => Vec::new(),
    }
}

/// Holders of the roles of requirements, or of the role above where only the applicant holds them.
fn deciders<'p>(
    state: &State,
    book: &Rulebook,
    permit: &Permit,
    requirements: impl Iterator<Item = &'p Requirement>,
    what: What,
    due: i64,
) -> Vec<Wait> {
    let mut waits = Vec::new();
    for requirement in requirements {
        let above = role::superiors(state, book, &requirement.roles, &permit.unit, &[&permit.applicant]);
        for role in requirement.roles.iter().chain(&above).filter_map(|id| book.role(id)) {
            if let Some(seat) = role::seat(state, role, &permit.unit) {
                waits.push(Wait { what, token: role::token(&role.id, &seat), due });
            }
        }
    }
    waits
}

fn of_task(task: &Task) -> Vec<Wait> {
    if task.done_at.is_some() {
        return Vec::new();
    }
    let due = thing::end_of(Some(task.due));
    // A holder for the whole body may do what is meant for a unit.
    let seats = [task.unit.as_str(), ""];
    let tokens = task.roles.iter().flat_map(|role| seats.map(|seat| role::token(role, seat)));
    tokens.map(|token| Wait { what: What::Task, token, due }).collect()
}

fn of_incident(state: &State, book: &Rulebook, incident: &Incident) -> Vec<Wait> {
    if incident.closed_at.is_some() {
        return Vec::new();
    }
    let mut waits = Vec::new();
    for step in incident.steps.iter().filter(|step| step.done_at.is_none() && step.began_at.is_some()) {
        let due = step.due_at.map_or(NEVER, |due| due.0);
        for role in step.from.iter().filter_map(|id| book.role(id)) {
            if role.kind == Holder::Everyone {
                // What anybody may tell is not put on everybody's desk.
                waits.push(Wait { what: What::Step, token: person_token(&incident.reporter), due });
            } else if let Some(seat) = role::seat(state, role, &step.unit) {
                waits.push(Wait { what: What::Step, token: role::token(&role.id, &seat), due });
            }
        }
    }
    waits
}
