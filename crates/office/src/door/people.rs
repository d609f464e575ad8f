//! People and accounts at the door.

use super::{Decision, Door, found};
use crate::{
    act::{Act, Actor},
    people::{Delegation, Person, Unit},
    record::Fact,
    refusal::{Refusal, Stop},
    rules::Facts,
};

/// Failed attempts that lock an account.
pub(super) const FAILURES_MAX: u32 = 5;
/// How long a lock lasts, in seconds.
pub(super) const LOCK_SECONDS: i64 = 15 * 60;

impl Door<'_> {
    pub(super) fn people(&self, act: &Act) -> Decision {
        match act {
            Act::FoundBody { name } => self.found_body(name),
            Act::ChangePeople { units, people } => self.change_people(units, people),
            Act::Delegate { principal, deputy, since, until, reason } => {
                let delegation = Delegation {
                    id: self.next("delegation"),
                    principal: principal.clone(),
                    deputy: deputy.clone(),
                    since: *since,
                    until: *until,
                    reason: reason.trim().to_owned(),
                };
                self.delegate(delegation)
            }
            Act::EndDelegation { id } => {
                let delegation = self.state.office.delegations.iter().find(|delegation| delegation.id == *id);
                let delegation = found(delegation, "代理", &id.to_string())?;
                self.ask_represented("deputy.end", &delegation.principal, Facts::default())?;
                Ok(vec![self.record(self.cite("org.deputize"), Fact::DelegationEnded { id: *id })])
            }
            Act::OpenAccount { person, administrator } => {
                self.ask_keeper("account.open")?;
                self.someone(person)?;
                let last = !administrator && self.is_last_administrator(person);
                self.ask_last("account.suspend", last)?;
                Ok(vec![
                    self.record(
                        self.cite("account.lifecycle"),
                        Fact::AccountOpened { person: person.clone(), administrator: *administrator },
                    ),
                ])
            }
            Act::CloseAccount { person } => {
                self.ask_keeper("account.suspend")?;
                self.ask_last("account.suspend", self.is_last_administrator(person))?;
                Ok(vec![self.record(self.cite("account.lifecycle"), Fact::AccountClosed { person: person.clone() })])
            }
            Act::SetPassword { person, must_change } => {
                self.own_or_keeper(person)?;
                Ok(vec![self.record(self.cite("pw.manage"), Fact::PasswordSet { person: person.clone(), must_change: *must_change })])
            }
            Act::SetSecondFactor { person, present } => {
                self.own_or_keeper(person)?;
                Ok(vec![self.record(self.cite("auth.mfa"), Fact::SecondFactorSet { person: person.clone(), present: *present })])
            }
            Act::SignIn { person } => self.sign_in(person),
            Act::FailSignIn { person } => self.fail_sign_in(person),
            Act::SignOut { person } => Ok(vec![self.record(None, Fact::SignedOut { person: person.clone() })]),
            _ => Ok(Vec::new()),
        }
    }

    fn found_body(&self, name: &str) -> Decision {
        let name = name.trim();
        if name.is_empty() {
            return Err(Refusal::input("団体の名前がありません。", "市町村や組合の名前を入力してください。").into());
        }
        if !self.state.office.name.is_empty() {
            let says = format!("この保存先には、すでに「{}」の記録があります。", self.state.office.name);
            return Err(Refusal::input(says, "別の保存先を指定してください。").into());
        }
        Ok(vec![self.record(None, Fact::BodyFounded { name: name.to_owned() })])
    }

    fn ask_keeper(&self, act: &str) -> Result<(), Refusal> {
        let mut facts = Facts::default();
        facts.note("actor-not-role-keeper", !self.administers());
        self.ask(act, &facts, |_| Vec::new()).map(drop)
    }

    fn ask_last(&self, act: &str, last: bool) -> Result<(), Refusal> {
        let mut facts = Facts::default();
        facts.note("last-role-keeper", last);
        self.ask(act, &facts, |_| Vec::new()).map(drop)
    }

    fn is_last_administrator(&self, person: &str) -> bool {
        let mut others = self.administrators().filter(|other| other.id != person && other.active);
        self.administrators().any(|one| one.id == person) && others.next().is_none()
    }

    fn someone(&self, id: &str) -> Result<&Person, Refusal> {
        let person = found(self.state.people.get(id), "職員", id)?;
        let mut facts = Facts::default();
        facts.note("assignee-inactive", !person.active);
        self.ask("account.open", &facts, |_| Vec::new())?;
        Ok(person)
    }

    fn own_or_keeper(&self, person: &str) -> Result<(), Refusal> {
        found(self.state.office.accounts.get(person), "アカウント", person)?;
        if *self.actor == Actor::Person(person.to_owned()) { Ok(()) } else { self.ask_keeper("account.open") }
    }

    fn change_people(&self, units: &[Unit], people: &[Person]) -> Decision {
        self.ask_keeper("people.import")?;
        let mut errors = Vec::new();
        for unit in units {
            if unit.name.trim().is_empty() || unit.id.trim().is_empty() {
                errors.push(("unit".to_owned(), "名前のない所属があります。".to_owned()));
            }
            if unit.parent.as_ref().is_some_and(|parent| !self.has_unit(units, parent)) {
                errors.push(("unit".to_owned(), format!("「{}」の上の所属がありません。", unit.id)));
            }
        }
        for person in people {
            if person.id.trim().is_empty() || person.name.trim().is_empty() {
                errors.push(("person".to_owned(), "職員番号か氏名のない人がいます。".to_owned()));
            }
            for position in person.positions.iter().filter(|position| !self.has_unit(units, &position.unit)) {
                errors.push(("person".to_owned(), format!("{}の所属「{}」がありません。", person.name, position.unit)));
            }
        }
        let leaving = people.iter().filter(|person| !person.active).any(|person| {
            self.administrators().any(|one| one.id == person.id)
                && self.administrators().all(|other| people.iter().any(|gone| gone.id == other.id && !gone.active))
        });
        self.ask_last("account.suspend", leaving)?;
        if !errors.is_empty() {
            return Err(Refusal::fields(errors).into());
        }
        Ok(vec![self.record(self.cite("account.lifecycle"), Fact::PeopleChanged { units: units.to_vec(), people: people.to_vec() })])
    }

    fn has_unit(&self, added: &[Unit], id: &str) -> bool {
        self.state.office.units.contains_key(id) || added.iter().any(|unit| unit.id == id)
    }

    fn ask_represented(&self, act: &str, principal: &str, mut facts: Facts) -> Result<(), Refusal> {
        facts.note("actor-not-represented", self.actor.id() != principal && !self.administers());
        self.ask(act, &facts, |_| Vec::new()).map(drop)
    }

    fn delegate(&self, delegation: Delegation) -> Decision {
        found(self.state.people.get(&delegation.principal), "職員", &delegation.principal)?;
        let deputy = found(self.state.people.get(&delegation.deputy), "職員", &delegation.deputy)?;
        let mut facts = Facts::default();
        facts
            .note("deputy-is-self", delegation.principal == delegation.deputy)
            .note("assignee-inactive", !deputy.active)
            .note("deputy-period-missing", delegation.until < delegation.since || delegation.until < self.now.date());
        self.ask_represented("deputy.assign", &delegation.principal, facts)?;
        super::permit::required("reason", &delegation.reason, "代理の理由を書いてください。")?;
        Ok(vec![self.record(self.cite("org.deputize"), Fact::Delegated { delegation })])
    }

    fn sign_in(&self, person: &str) -> Decision {
        let account = self.state.office.accounts.get(person).filter(|account| account.open);
        let active = self.state.people.get(person).is_some_and(|person| person.active);
        let account = account.filter(|_| active).ok_or_else(sign_in_refused)?;
        if account.locked_until.is_some_and(|until| until > self.now) {
            return Err(locked().into());
        }
        Ok(vec![self.record(None, Fact::SignedIn { person: person.to_owned() })])
    }

    fn fail_sign_in(&self, person: &str) -> Decision {
        let account = self.state.office.accounts.get(person).ok_or_else(|| Stop::from(sign_in_refused()))?;
        if account.locked_until.is_some_and(|until| until > self.now) {
            return Err(locked().into());
        }
        let locks = account.failures.saturating_add(1) % FAILURES_MAX == 0;
        let locked_until = locks.then(|| self.now.plus_seconds(LOCK_SECONDS));
        Ok(vec![self.record(None, Fact::SignInFailed { person: person.to_owned(), locked_until })])
    }
}

fn sign_in_refused() -> Refusal {
    Refusal::input("サインインできませんでした。", "職員番号とパスワードを確かめてください。分からないときは管理者に相談してください。")
}

fn locked() -> Refusal {
    let help = format!("{}分たってからやり直すか、管理者に相談してください。", LOCK_SECONDS / 60);
    Refusal {
        rule: "locked".to_owned(), ..Refusal::input("失敗が続いたため、しばらくサインインできません。", help)
    }
}
