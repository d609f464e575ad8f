//! The door itself: hands each act to the rules of its kind, and each fact to the fold of its kind.

mod attest;
mod fold;
mod incident;
mod people;
mod permit;
mod policy;
mod register;
mod task;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::{
    act::{Act, Actor},
    calendar::Moment,
    catalog::Catalog,
    people::Person,
    record::{Fact, Record},
    refusal::{Refusal, Stop},
    role,
    rulebook::{Cite, Rulebook},
    rules::{self, Facts},
    state::State,
};

pub use fold::apply;
pub(crate) use permit::{deciders, deciding_roles};

/// What a decision returns.
type Decision = Result<Vec<Record>, Stop>;

/// Decides on an act: the records it makes, or why it stops.
///
/// # Errors
/// [`Stop::Refused`] with rule and clause; [`Stop::Missing`] if the state lacks a thing.
pub fn decide(catalog: &Catalog, state: &State, actor: &Actor, act: &Act, now: Moment) -> Decision {
    let door = Door { catalog, state, actor, now, book: state.rulebook(now.date()) };
    door.check_actor(act)?;
    match act {
        Act::FoundBody { .. }
        | Act::ChangePeople { .. }
        | Act::Delegate { .. }
        | Act::EndDelegation { .. }
        | Act::OpenAccount { .. }
        | Act::CloseAccount { .. }
        | Act::SetPassword { .. }
        | Act::SetSecondFactor { .. }
        | Act::SignIn { .. }
        | Act::FailSignIn { .. }
        | Act::SignOut { .. } => door.people(act),
        Act::LoadPolicy { .. } | Act::AdoptPolicy { .. } | Act::WithdrawAdoption { .. } | Act::ErasePayload { .. } => door.policy(act),
        Act::AddRow { .. } | Act::ChangeRow { .. } | Act::RemoveRow { .. } => door.register(act),
        Act::ScheduleTasks { .. } | Act::RemindTask { .. } | Act::CompleteTask { .. } => door.task(act),
        Act::AttestClauses { version, lines } => door.attest(*version, lines),
        Act::ReportIncident { .. } | Act::CompleteIncidentStep { .. } | Act::NoteIncident { .. } | Act::CloseIncident { .. } => {
            door.incident(act)
        }
        Act::ApplyForPermit { .. }
        | Act::RevisePermit { .. }
        | Act::SendBackPermit { .. }
        | Act::ApprovePermit { .. }
        | Act::RefusePermit { .. }
        | Act::WithdrawPermit { .. }
        | Act::HandOverPermit { .. }
        | Act::ConfirmReturn { .. }
        | Act::ExpirePermit { .. }
        | Act::RevokePermit { .. } => door.permit(act),
    }
}

/// A decision under way: what it may look at.
struct Door<'a> {
    catalog: &'a Catalog,
    state: &'a State,
    actor: &'a Actor,
    now: Moment,
    book: Option<&'a Rulebook>,
}

impl<'a> Door<'a> {
    /// Refuses whose rights are withdrawn, whatever they want. Signing in and out is judged on its own.
    fn check_actor(&self, act: &Act) -> Result<(), Stop> {
        let Actor::Person(id) = self.actor else { return Ok(()) };
        if matches!(act, Act::SignOut { .. } | Act::FailSignIn { .. }) {
            return Ok(());
        }
        let active = self.state.people.get(id).is_some_and(|person| person.active);
        let open = self.state.office.accounts.get(id).is_some_and(|account| account.open);
        let mut facts = Facts::default();
        facts.note("rights-withdrawn", !active || !open);
        self.ask("*", &facts, |_| Vec::new())?;
        Ok(())
    }

    /// Asks the rules.
    fn ask(&self, act: &str, facts: &Facts, names: impl Fn(&str) -> Vec<String>) -> Result<BTreeSet<&'a str>, Refusal> {
        rules::ask(self.catalog, self.book, act, facts, |helper| {
            let found = names(helper);
            if found.is_empty() { self.helper_names(helper) } else { found }
        })
    }

    /// Names of those who can help, for helpers that do not depend on the thing.
    fn helper_names(&self, helper: &str) -> Vec<String> {
        match helper {
            "role-keeper" | "system-admin" => self.administrators().map(role::shown).take(3).collect(),
            "ciso" => self.top_people().iter().map(|person| role::shown(person)).collect(),
            "section-head" => self.section_heads(self.unit()),
            _ => Vec::new(),
        }
    }

    /// Heads of a unit by whatever role the policy gives them.
    fn section_heads(&self, unit: &str) -> Vec<String> {
        let Some(book) = self.book else { return Vec::new() };
        let heads = book.roles.iter().rev().filter(|role| role.kind == ::policy::model::Holder::Unit);
        heads
            .map(|role| role::holders(self.state, role, unit).into_iter().map(role::shown).collect::<Vec<_>>())
            .find(|names| !names.is_empty())
            .unwrap_or_default()
    }

    /// People whose accounts administer the system.
    fn administrators(&self) -> impl Iterator<Item = &'a Person> {
        let accounts = self.state.office.accounts.iter();
        accounts.filter(|(_, account)| account.open && account.administrator).filter_map(|(id, _)| self.state.people.get(id))
    }

    fn top_people(&self) -> Vec<&'a Person> {
        let Some(top) = self.book.and_then(role::top) else { return Vec::new() };
        role::holders(self.state, top, "")
    }

    /// Whether the actor administers the system, or is the machine itself.
    fn administers(&self) -> bool {
        match self.actor {
            Actor::Person(id) => self.state.office.accounts.get(id).is_some_and(|account| account.open && account.administrator),
            Actor::System | Actor::Console => true,
        }
    }

    /// The book in force.
    fn require_book(&self) -> Result<&'a Rulebook, Refusal> {
        self.book
            .ok_or_else(|| Refusal::input("施行中の規程がまだありません。", "管理者が規程を読み込み、施行すると使えるようになります。"))
    }

    /// The person who acts.
    fn person(&self) -> Result<&'a Person, Refusal> {
        let Actor::Person(id) = self.actor else {
            return Err(Refusal::input("この操作は職員として行ってください。", "サインインしてから操作してください。"));
        };
        self.state.people.get(id).ok_or_else(|| Refusal::input("名簿にない職員です。", "管理者に名簿の登録を頼んでください。"))
    }

    /// Main unit of the actor, empty for the machine itself.
    fn unit(&self) -> &'a str {
        self.person().map_or("", Person::unit)
    }

    /// A record of this act.
    fn record(&self, cite: Option<Cite>, fact: Fact) -> Record {
        Record { at: self.now, by: self.actor.id().to_owned(), on_behalf: None, cite, fact }
    }

    /// The clause of a control in force.
    fn cite(&self, control: &str) -> Option<Cite> {
        rules::cite(self.catalog, self.book, control)
    }

    /// The next number of a series.
    fn next(&self, series: &str) -> u64 {
        self.state.office.counters.get(series).map_or(1, |last| last.saturating_add(1))
    }
}

/// SHA-256 of what serialises the same way each time, in hex.
fn digest(thing: &impl serde::Serialize) -> String {
    let bytes = serde_json::to_vec(thing).unwrap_or_default();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses a thing that is not there.
fn found<'a, T>(thing: Option<&'a T>, what: &str, id: &str) -> Result<&'a T, Refusal> {
    thing.ok_or_else(|| Refusal::input(format!("{what}「{id}」は見つかりません。"), "番号を確かめるか、一覧から選び直してください。"))
}
