//! Records → state. A fact always applies: whatever it needs lies in the record or on the shelves.

use super::{incident::start_clocks, people::LOCK_SECONDS, register::references};
use crate::{
    catalog::Catalog,
    people::Account,
    permit::{Approved, Event, Permit, Stage},
    record::{Fact, Record},
    register::Row,
    state::{Key, State},
};

/// Folds a record into a state. Returns what it touched. Things it changes must lie on their shelves.
pub fn apply(catalog: &Catalog, state: &mut State, record: &Record) -> Vec<Key> {
    match &record.fact {
        Fact::BodyFounded { .. }
        | Fact::PeopleChanged { .. }
        | Fact::Delegated { .. }
        | Fact::DelegationEnded { .. }
        | Fact::PolicyAdopted { .. }
        | Fact::PolicyConfirmed { .. }
        | Fact::AdoptionWithdrawn { .. }
        | Fact::PolicyLoaded { .. } => office(state, record),
        Fact::AccountOpened { .. }
        | Fact::AccountClosed { .. }
        | Fact::PasswordSet { .. }
        | Fact::SecondFactorSet { .. }
        | Fact::SignedIn { .. }
        | Fact::SignInFailed { .. } => account(state, record),
        Fact::SignedOut { .. } | Fact::PayloadErased { .. } => Vec::new(),
        Fact::ClauseAttested { attestation } => vec![Key::Norm(attestation.key())],
        Fact::RowAdded { row } => row_added(catalog, state, row),
        Fact::RowChanged { row, .. } | Fact::RowRemoved { row, .. } => row_changed(catalog, state, row),
        Fact::EmergencyReported { .. } | Fact::TasksScheduled { .. } | Fact::TaskReminded { .. } | Fact::TaskDone { .. } => {
            task(state, record)
        }
        Fact::IncidentReported { .. } | Fact::IncidentStepDone { .. } | Fact::IncidentNoted { .. } | Fact::IncidentClosed { .. } => {
            incident(state, record)
        }
        _ => permit(catalog, state, record),
    }
}

/// Raises the counter of a series to the number at the end of an id.
fn count(state: &mut State, series: String, id: &str) {
    let digits: String = id.chars().rev().take_while(char::is_ascii_digit).collect();
    let number = digits.chars().rev().collect::<String>().parse::<u64>().unwrap_or(0);
    let counter = state.office.counters.entry(series).or_default();
    *counter = (*counter).max(number);
}

fn office(state: &mut State, record: &Record) -> Vec<Key> {
    let mut touched = vec![Key::Office];
    match &record.fact {
        Fact::BodyFounded { name } => state.office.name.clone_from(name),
        Fact::PeopleChanged { units, people } => {
            for unit in units {
                state.office.units.insert(unit.id.clone(), unit.clone());
            }
            for person in people {
                state.people.put(person.clone());
                touched.push(Key::Person(person.id.clone()));
            }
        }
        Fact::Delegated { delegation } => {
            state.office.counters.insert("delegation".to_owned(), delegation.id);
            state.office.delegations.push(delegation.clone());
        }
        Fact::DelegationEnded { id } => state.office.delegations.retain(|delegation| delegation.id != *id),
        Fact::PolicyLoaded { version } => {
            state.office.versions = state.office.versions.max(version.number);
            let key = Key::Version(version.number);
            state.versions.put(key.clone(), Some(version.clone()));
            touched.push(key);
        }
        Fact::PolicyAdopted { rulebook } => {
            let key = Key::Version(rulebook.version);
            if let Some(version) = state.versions.held_mut(&key) {
                version.effective = Some(rulebook.effective);
            }
            touched.push(key);
            state.office.rulebooks.insert(rulebook.version, rulebook.clone());
        }
        Fact::PolicyConfirmed { version, confirmed } => {
            let key = Key::Version(*version);
            if let Some(version) = state.versions.held_mut(&key) {
                version.confirmed = Some(Box::new(confirmed.clone()));
            }
            touched.push(key);
        }
        Fact::AdoptionWithdrawn { version, .. } => {
            let key = Key::Version(*version);
            if let Some(version) = state.versions.held_mut(&key) {
                version.effective = None;
            }
            touched.push(key);
            state.office.rulebooks.remove(version);
        }
        _ => {}
    }
    touched
}

fn account(state: &mut State, record: &Record) -> Vec<Key> {
    let (Fact::AccountOpened { person, .. }
    | Fact::AccountClosed { person }
    | Fact::PasswordSet { person, .. }
    | Fact::SecondFactorSet { person, .. }
    | Fact::SignedIn { person }
    | Fact::SignInFailed { person, .. }) = &record.fact
    else {
        return Vec::new();
    };
    let account: &mut Account = state.office.accounts.entry(person.clone()).or_default();
    match &record.fact {
        Fact::AccountOpened { administrator, .. } => {
            account.open = true;
            account.administrator = *administrator;
        }
        Fact::AccountClosed { .. } => account.open = false,
        Fact::PasswordSet { must_change, .. } => {
            account.must_change = *must_change;
            account.locked_until = None;
        }
        Fact::SecondFactorSet { present, .. } => account.second_factor = *present,
        Fact::SignedIn { .. } => {
            account.previous_sign_in = account.last_sign_in.replace(record.at);
            account.failures_before = std::mem::take(&mut account.failures);
            account.locked_until = None;
        }
        Fact::SignInFailed { locked_until, .. } => {
            account.failures = account.failures.saturating_add(1);
            account.locked_until = locked_until.or_else(|| account.locked_until.filter(|until| until.0 > record.at.0 - LOCK_SECONDS));
        }
        _ => {}
    }
    vec![Key::Office]
}

fn row_key(row: &Row) -> Key {
    Key::Row(row.register.clone(), row.id.clone())
}

fn row_added(catalog: &Catalog, state: &mut State, row: &Row) -> Vec<Key> {
    count(state, format!("row-{}", row.register), &row.id);
    let mut touched = vec![Key::Office, row_key(row)];
    state.rows.put(row_key(row), Some(row.clone()));
    touched.extend(follow(catalog, state, row, true));
    touched
}

fn row_changed(catalog: &Catalog, state: &mut State, row: &Row) -> Vec<Key> {
    let mut touched = vec![row_key(row)];
    if let Some(old) = state.rows.held(&row_key(row)).cloned() {
        touched.extend(follow(catalog, state, &old, false));
        let kept = Row { followers: old.followers, out: old.out, ..row.clone() };
        state.rows.put(row_key(row), Some(kept));
    } else {
        state.rows.put(row_key(row), Some(row.clone()));
    }
    if !row.gone {
        touched.extend(follow(catalog, state, row, true));
    }
    touched
}

/// Notes in the rows that a row refers to that it follows them, or no longer does.
fn follow(catalog: &Catalog, state: &mut State, row: &Row, follows: bool) -> Vec<Key> {
    let Some(register) = catalog.register(&row.register) else { return Vec::new() };
    let me = (row.register.clone(), row.id.clone());
    let mut touched = Vec::new();
    for (target, id) in references(register, &row.values) {
        let key = Key::Row(target.to_owned(), id.to_owned());
        if let Some(leader) = state.rows.held_mut(&key) {
            leader.followers.retain(|follower| *follower != me);
            if follows {
                leader.followers.push(me.clone());
            }
            touched.push(key);
        }
    }
    touched
}

fn task(state: &mut State, record: &Record) -> Vec<Key> {
    match &record.fact {
        Fact::EmergencyReported { task, .. } => {
            count(state, format!("emergency-{}", task.year), &task.id);
            let key = Key::Task(task.id.clone());
            state.tasks.put(key.clone(), Some(task.clone()));
            vec![Key::Office, key]
        }
        Fact::TasksScheduled { year, version, tasks } => {
            state.office.scheduled.insert((*year, *version));
            let mut touched = vec![Key::Office];
            for task in tasks {
                let key = Key::Task(task.id.clone());
                state.tasks.put(key.clone(), Some(task.clone()));
                touched.push(key);
            }
            touched
        }
        Fact::TaskReminded { id } | Fact::TaskDone { id, .. } => {
            let key = Key::Task(id.clone());
            if let Some(task) = state.tasks.held_mut(&key) {
                if let Fact::TaskDone { note, evidence, .. } = &record.fact {
                    task.done_at = Some(record.at);
                    task.done_by = Some(record.by.clone());
                    task.note.clone_from(note);
                    task.evidence.clone_from(evidence);
                } else {
                    task.reminders = task.reminders.saturating_add(1);
                }
            }
            vec![key]
        }
        _ => Vec::new(),
    }
}

fn incident(state: &mut State, record: &Record) -> Vec<Key> {
    let event = |what: &str, note: &str| Event { at: record.at, by: record.by.clone(), what: what.to_owned(), note: note.to_owned() };
    let id = match &record.fact {
        Fact::IncidentReported { incident } => {
            let year = crate::calendar::fiscal_year(incident.reported_at.date());
            count(state, format!("incident-{year}"), &incident.id);
            let key = Key::Incident(incident.id.clone());
            state.incidents.put(key.clone(), Some(incident.clone()));
            return vec![Key::Office, key];
        }
        Fact::IncidentStepDone { id, .. } | Fact::IncidentNoted { id, .. } | Fact::IncidentClosed { id, .. } => id,
        _ => return Vec::new(),
    };
    let key = Key::Incident(id.clone());
    let Some(incident) = state.incidents.held_mut(&key) else { return vec![key] };
    match &record.fact {
        Fact::IncidentStepDone { step, note, .. } => {
            if let Some(step) = incident.steps.get_mut(*step) {
                step.began_at.get_or_insert(record.at);
                step.done_at = Some(record.at);
                step.done_by = Some(record.by.clone());
                step.note.clone_from(note);
            }
            start_clocks(&mut incident.steps, record.at);
            incident.history.push(event(&format!("報告（段階{}）", step.saturating_add(1)), note));
        }
        Fact::IncidentNoted { note, .. } => incident.history.push(event("経過", note)),
        Fact::IncidentClosed { cause, prevention, .. } => {
            incident.closed_at = Some(record.at);
            incident.cause.clone_from(cause);
            incident.prevention.clone_from(prevention);
            incident.history.push(event("終結", prevention));
        }
        _ => {}
    }
    vec![key]
}

fn permit(catalog: &Catalog, state: &mut State, record: &Record) -> Vec<Key> {
    let id = match &record.fact {
        Fact::PermitApplied { permit } => {
            let year = crate::calendar::fiscal_year(permit.applied_at.date());
            count(state, format!("permit-{year}"), &permit.id);
            let key = Key::Permit(permit.id.clone());
            state.permits.put(key.clone(), Some(permit.clone()));
            return vec![Key::Office, key];
        }
        Fact::PermitRevised { id, .. }
        | Fact::PermitSentBack { id, .. }
        | Fact::PermitApproved { id, .. }
        | Fact::PermitRefused { id, .. }
        | Fact::PermitWithdrawn { id, .. }
        | Fact::PermitHandedOver { id, .. }
        | Fact::PermitReturned { id, .. }
        | Fact::PermitExpired { id }
        | Fact::PermitRevoked { id, .. } => id,
        _ => return Vec::new(),
    };
    let key = Key::Permit(id.clone());
    let Some(permit) = state.permits.held_mut(&key) else { return vec![key] };
    advance(permit, record);
    let out = match record.fact {
        Fact::PermitHandedOver { .. } => Some(id.clone()),
        Fact::PermitReturned { .. } => None,
        _ => return vec![key],
    };
    let rows = rows_of(catalog, state, &key);
    let mut touched = vec![key];
    for row in rows {
        if let Some(row) = state.rows.held_mut(&row) {
            row.out.clone_from(&out);
        }
        touched.push(row);
    }
    touched
}

/// The register rows that go out and come back with a permit.
fn rows_of(catalog: &Catalog, state: &State, permit: &Key) -> Vec<Key> {
    let Some(permit) = state.permits.held(permit) else { return Vec::new() };
    let Some(form) = super::permit::form_of(catalog, state, permit) else { return Vec::new() };
    super::permit::named_rows(form, &permit.application).map(|(register, id)| Key::Row(register.to_owned(), id.to_owned())).collect()
}

fn advance(permit: &mut Permit, record: &Record) {
    let (stage, what, note) = match &record.fact {
        Fact::PermitRevised { application, digest, .. } => {
            permit.application = application.clone();
            permit.digest.clone_from(digest);
            permit.revision = permit.revision.saturating_add(1);
            for requirement in &mut permit.requirements {
                requirement.approved = None;
            }
            (Stage::Applied, "訂正", String::new())
        }
        Fact::PermitSentBack { reason, .. } => (Stage::Sent, "差戻し", reason.clone()),
        Fact::PermitApproved { requirement, role, digest, note, emergency, complete, .. } => {
            if let Some(requirement) = permit.requirements.get_mut(*requirement) {
                requirement.approved = Some(Approved {
                    by: record.by.clone(),
                    role: role.clone(),
                    on_behalf: record.on_behalf.clone(),
                    at: record.at,
                    digest: digest.clone(),
                    emergency: emergency.clone(),
                });
            }
            let note = emergency.as_ref().map_or_else(|| note.clone(), |reason| format!("やむを得ない場合: {reason} {note}"));
            (if *complete { Stage::Approved } else { Stage::Applied }, "承認", note)
        }
        Fact::PermitRefused { reason, .. } => (Stage::Refused, "却下", reason.clone()),
        Fact::PermitWithdrawn { reason, .. } => (Stage::Withdrawn, "取下げ", reason.clone()),
        Fact::PermitHandedOver { note, .. } => (Stage::Out, "引渡し", note.clone()),
        Fact::PermitReturned { note, erased, .. } => {
            let erased = if *erased { "消去を確認 " } else { "" };
            (Stage::Closed, "返却の確認", format!("{erased}{note}").trim().to_owned())
        }
        Fact::PermitExpired { .. } => (Stage::Expired, "期間終了", String::new()),
        Fact::PermitRevoked { reason, .. } => {
            // What is out must still come back.
            (if permit.stage == Stage::Out { Stage::Out } else { Stage::Revoked }, "許可の取消し", reason.clone())
        }
        _ => return,
    };
    permit.stage = stage;
    permit.history.push(Event { at: record.at, by: record.by.clone(), what: what.to_owned(), note });
}
