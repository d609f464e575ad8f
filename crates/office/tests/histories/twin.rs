//! The slow and obvious twin: who may do what, said again without the office's own code.

use jiff::civil::Date;
use office::{
    act::Actor,
    calendar::Moment,
    catalog::{Catalog, FieldType},
    coverage::Answer,
    people::Person,
    record::{Fact, Record},
    state::{Key, State},
};

/// An account that is closed, or of somebody who has left, does nothing.
pub(crate) fn may_act(state: &State, actor: &Actor) {
    if let Actor::Person(id) = actor {
        assert!(state.people.get(id).unwrap().active, "{id} has left");
        assert!(state.office.accounts[id].open, "the account of {id} is closed");
    }
}

/// Whether a person holds a role of the test town for a unit, himself.
fn holds(person: &Person, role: &str, unit: &str, all: &State) -> bool {
    if !person.active {
        return false;
    }
    let position = &person.positions[0];
    // The nearest unit at or above in which somebody has the title.
    let nearest = |title: &str| {
        let mut at = unit.to_owned();
        loop {
            let taken = all.people.iter().any(|other| other.active && other.positions[0].unit == at && other.positions[0].title == title);
            if taken {
                return Some(at);
            }
            at = at.rsplit_once('/')?.0.to_owned();
        }
    };
    match role {
        "責任者" => position.title == "副町長",
        "情報の管理者" => position.title == "課長" && position.unit == "町/総務部/情報課",
        "部の担当" => position.title == "部長" && nearest("部長").as_deref() == Some(position.unit.as_str()),
        "課の担当" => position.title == "課長" && nearest("課長").as_deref() == Some(position.unit.as_str()),
        other => panic!("no such role: {other}"),
    }
}

/// Whether a person may exercise a role on a day: himself, or as somebody's deputy.
fn exercises(state: &State, person: &str, role: &str, unit: &str, on_behalf: Option<&str>, on: Date) -> bool {
    let holder = on_behalf.unwrap_or(person);
    let deputy = on_behalf.is_none_or(|principal| {
        state.office.delegations.iter().any(|one| one.principal == principal && one.deputy == person && one.since <= on && on <= one.until)
    });
    deputy && holds(state.people.get(holder).unwrap(), role, unit, state)
}

/// Whoever decided on a permit had the right at that moment, and was not its applicant in any guise.
pub(crate) fn may_decide(state: &State, record: &Record, all: &[Record], now: Moment) {
    let (id, role, emergency) = match &record.fact {
        Fact::PermitApproved { id, role, emergency, .. } => (id, role, emergency.is_some()),
        Fact::PermitRefused { id, role, .. } => (id, role, false),
        _ => return,
    };
    let permit = state.permits.get(&Key::Permit(id.clone())).unwrap().unwrap();
    let on_behalf = record.on_behalf.as_deref();
    let own = record.by == permit.applicant || on_behalf == Some(permit.applicant.as_str());
    if own {
        let told = all.iter().any(|record| matches!(&record.fact, Fact::EmergencyReported { permit, .. } if permit == id));
        let allowed = state.rulebook(now.date()).unwrap().emergency;
        assert!(emergency && allowed && told, "{} decided on his own application {id}", record.by);
    }
    assert!(
        exercises(state, &record.by, role, &permit.unit, on_behalf, now.date()),
        "{} did not hold {role} for {}",
        record.by,
        permit.unit
    );
    // The role is asked for, or is above it where only the applicant holds what is asked for.
    let asked = permit.requirements.iter().filter(|requirement| requirement.approved.is_none()).any(|requirement| {
        let others = state
            .people
            .iter()
            .any(|other| other.id != permit.applicant && requirement.roles.iter().any(|role| holds(other, role, &permit.unit, state)));
        requirement.roles.contains(role) || !others
    });
    assert!(asked, "{role} was not asked to decide on {id}");
}

/// Whoever attests a norm holds a role that answers for it, in every unit he speaks for; what is not kept is explained.
pub(crate) fn may_attest(state: &State, record: &Record, now: Moment) {
    let Fact::ClauseAttested { attestation } = &record.fact else { return };
    let answers = match attestation.n {
        1 => "課の担当",
        2 => "責任者",
        other => panic!("norm {other} is not attested"),
    };
    assert_eq!(attestation.role, answers);
    assert!(!attestation.seats.is_empty() && (attestation.answer == Answer::Yes || !attestation.statement.is_empty()));
    for seat in &attestation.seats {
        let on_behalf = record.on_behalf.as_deref();
        assert!(exercises(state, &record.by, &attestation.role, seat, on_behalf, now.date()), "{} does not answer for {seat}", record.by);
    }
    assert!(attestation.until.unwrap() > now.date());
}

/// No copy has a lower class than its original, no medium a lower one than what lies on it.
pub(crate) fn classes_never_sink(catalog: &Catalog, state: &State) {
    let rank = |class: Option<&str>| super::town::CLASSES.iter().position(|known| Some(*known) == class).unwrap_or(usize::MAX);
    for (_, row) in state.rows.iter().filter(|(_, row)| !row.gone) {
        let register = catalog.register(&row.register).unwrap();
        for column in register.columns.iter().filter(|column| matches!(column.kind, FieldType::Row | FieldType::Rows)) {
            for id in row.values.get(&column.key).map_or("", String::as_str).split_whitespace() {
                let leader = state.rows.get(&Key::Row(column.register.clone(), id.to_owned())).unwrap().unwrap();
                assert!(rank(row.class.as_deref()) <= rank(leader.class.as_deref()), "{} is below {}", row.id, leader.id);
            }
        }
    }
}
