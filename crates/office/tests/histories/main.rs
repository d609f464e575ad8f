//! Random histories driven through the door: whatever people try, in whatever order, separation of
//! duties holds, nobody acts on rights already withdrawn, and a replay gives the same state.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "a test stops at the first surprise")]

mod town;
mod twin;

use std::collections::BTreeMap;

use office::{
    act::{Act, Actor},
    calendar::{Moment, plus_days},
    catalog::Catalog,
    coverage::{Answer, AttestLine},
    incident::Report,
    people::{Person, Position},
    permit::{Application, Stage},
    record::{Fact, Record},
    refusal::Stop,
    state::{Key, State},
};
use proptest::prelude::*;

/// What somebody tries, by numbers that pick among what there is.
#[derive(Debug, Clone)]
enum Attempt {
    Apply { who: usize, procedure: usize, class: usize, row: usize, days: i32 },
    Revise { who: usize, permit: usize, text: u8 },
    SendBack { who: usize, permit: usize },
    Approve { who: usize, permit: usize, emergency: bool, stale: bool },
    Refuse { who: usize, permit: usize },
    Withdraw { who: usize, permit: usize },
    HandOver { who: usize, permit: usize },
    Return { who: usize, permit: usize, erased: bool },
    Revoke { who: usize, permit: usize },
    Move { who: usize, post: usize },
    Leave { who: usize },
    Close { who: usize },
    Open { who: usize, administrator: bool },
    Delegate { principal: usize, deputy: usize, days: i32 },
    EndDelegation { number: u64 },
    AddRow { who: usize, register: usize, class: usize, of: usize },
    ChangeRow { who: usize, row: usize, class: usize, of: usize },
    RemoveRow { who: usize, row: usize, permit: usize },
    Report { who: usize },
    Forward { who: usize, incident: usize, step: usize, reason: bool },
    Attest { who: usize, n: usize, answer: usize },
    Days(i32),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let person = || 0..town::PEOPLE.len();
    let one = || 0_usize..6;
    prop_oneof![
        4 => (person(), 0_usize..6, 0_usize..4, one(), 1..20).prop_map(|(who, procedure, class, row, days)| Attempt::Apply { who, procedure, class, row, days }),
        2 => (person(), one(), any::<u8>()).prop_map(|(who, permit, text)| Attempt::Revise { who, permit, text }),
        2 => (person(), one()).prop_map(|(who, permit)| Attempt::SendBack { who, permit }),
        9 => (person(), one(), any::<bool>(), prop::bool::weighted(0.1)).prop_map(|(who, permit, emergency, stale)| Attempt::Approve { who, permit, emergency, stale }),
        1 => (person(), one()).prop_map(|(who, permit)| Attempt::Refuse { who, permit }),
        1 => (person(), one()).prop_map(|(who, permit)| Attempt::Withdraw { who, permit }),
        8 => (person(), one()).prop_map(|(who, permit)| Attempt::HandOver { who, permit }),
        8 => (person(), one(), any::<bool>()).prop_map(|(who, permit, erased)| Attempt::Return { who, permit, erased }),
        4 => (person(), one()).prop_map(|(who, permit)| Attempt::Revoke { who, permit }),
        2 => (person(), 0..town::POSTS.len()).prop_map(|(who, post)| Attempt::Move { who, post }),
        1 => person().prop_map(|who| Attempt::Leave { who }),
        1 => person().prop_map(|who| Attempt::Close { who }),
        1 => (person(), any::<bool>()).prop_map(|(who, administrator)| Attempt::Open { who, administrator }),
        3 => (person(), person(), 0..10).prop_map(|(principal, deputy, days)| Attempt::Delegate { principal, deputy, days }),
        1 => (1_u64..5).prop_map(|number| Attempt::EndDelegation { number }),
        3 => (person(), 0_usize..2, 0_usize..4, one()).prop_map(|(who, register, class, of)| Attempt::AddRow { who, register, class, of }),
        3 => (person(), one(), 0_usize..4, one()).prop_map(|(who, row, class, of)| Attempt::ChangeRow { who, row, class, of }),
        8 => (person(), one(), one()).prop_map(|(who, row, permit)| Attempt::RemoveRow { who, row, permit }),
        1 => person().prop_map(|who| Attempt::Report { who }),
        2 => (person(), one(), 0_usize..3, any::<bool>()).prop_map(|(who, incident, step, reason)| Attempt::Forward { who, incident, step, reason }),
        2 => (person(), 0_usize..5, 0_usize..4).prop_map(|(who, n, answer)| Attempt::Attest { who, n, answer }),
        2 => (0..8).prop_map(Attempt::Days),
    ]
}

/// The town as it is, and everything that was recorded.
struct Book {
    catalog: Catalog,
    state: State,
    records: Vec<Record>,
    now: Moment,
}

impl Book {
    fn new(emergency: bool) -> Self {
        let mut book = Self { catalog: Catalog::embedded().unwrap(), state: State::whole(), records: Vec::new(), now: town::start() };
        for record in town::records(emergency) {
            book.take(record);
        }
        book
    }

    fn take(&mut self, record: Record) {
        office::apply(&self.catalog, &mut self.state, &record);
        self.records.push(record);
    }

    fn id(who: usize) -> String {
        town::PEOPLE[who].0.to_owned()
    }

    fn permit(&self, number: usize) -> Option<(String, String, Application)> {
        let permits: Vec<_> = self.state.permits.iter().map(|(_, permit)| permit).collect();
        let permit = permits.get(permits.len().checked_sub(number + 1)?)?;
        Some((permit.id.clone(), permit.digest.clone(), permit.application.clone()))
    }

    /// Mostly a permit at a stage, if there is one; else any.
    fn permit_at(&self, stage: Stage, number: usize) -> Option<String> {
        let found = self.state.permits.iter().map(|(_, permit)| permit).find(|permit| permit.stage == stage);
        found.filter(|_| number != 0).map(|permit| permit.id.clone()).or_else(|| Some(self.permit(number)?.0))
    }

    /// An approved disposal and a row it names.
    fn disposal(&self) -> Option<(String, (String, String))> {
        let form = self.catalog.form("permit.dispose")?;
        let mut approved = self.state.permits.iter().map(|(_, permit)| permit).filter(|permit| permit.stage == Stage::Approved);
        let permit = approved.find(|permit| permit.application.procedure == "permit.dispose")?;
        let row = form.fields.iter().find_map(|field| {
            let ids = permit.application.values.get(&field.key).filter(|_| !field.register.is_empty())?;
            Some((field.register.clone(), ids.split_whitespace().next()?.to_owned()))
        });
        Some((permit.id.clone(), row?))
    }

    fn row(&self, number: usize) -> Option<(String, String, u32)> {
        let row = self.state.rows.iter().nth(number % self.state.rows.iter().count().max(1))?.1;
        Some((row.register.clone(), row.id.clone(), row.revision))
    }

    /// The act that an attempt means now, and who does it.
    fn act(&self, attempt: &Attempt) -> Option<(Actor, Act)> {
        let person = |who: usize| Actor::Person(Self::id(who));
        Some(match attempt.clone() {
            Attempt::Apply { who, procedure, class, row, days } => {
                (person(who), Act::ApplyForPermit { application: self.application(procedure, class, row, days) })
            }
            Attempt::Revise { who, permit, text } => {
                let (id, _, mut application) = self.permit(permit)?;
                application.values.insert("reason".to_owned(), format!("理由{text}"));
                (person(who), Act::RevisePermit { id, application })
            }
            Attempt::SendBack { who, permit } => {
                let (id, digest, _) = self.permit(permit)?;
                (person(who), Act::SendBackPermit { id, digest, reason: "直してください".to_owned() })
            }
            Attempt::Approve { who, permit, emergency, stale } => {
                let (id, digest, _) = self.permit(permit)?;
                let digest = if stale { "old".to_owned() } else { digest };
                let emergency = emergency.then(|| "ほかに誰もいない".to_owned());
                (person(who), Act::ApprovePermit { id, digest, note: String::new(), emergency })
            }
            Attempt::Refuse { who, permit } => {
                let (id, digest, _) = self.permit(permit)?;
                (person(who), Act::RefusePermit { id, digest, reason: "認めない".to_owned() })
            }
            Attempt::Withdraw { who, permit } => (person(who), Act::WithdrawPermit { id: self.permit(permit)?.0, reason: String::new() }),
            Attempt::HandOver { who, permit } => {
                (person(who), Act::HandOverPermit { id: self.permit_at(Stage::Approved, permit)?, note: String::new() })
            }
            Attempt::Return { who, permit, erased } => {
                (person(who), Act::ConfirmReturn { id: self.permit_at(Stage::Out, permit)?, erased, note: String::new() })
            }
            Attempt::Revoke { who, permit } => {
                (person(who), Act::RevokePermit { id: self.permit_at(Stage::Approved, permit)?, reason: "取り消す".to_owned() })
            }
            Attempt::Move { who, post } => (
                Actor::Console,
                self.people(who, |person| {
                    let (unit, title) = town::POSTS[post];
                    person.positions = vec![Position { unit: unit.to_owned(), title: title.to_owned() }];
                }),
            ),
            Attempt::Leave { who } => (Actor::Console, self.people(who, |person| person.active = false)),
            Attempt::Close { who } => (Actor::Console, Act::CloseAccount { person: Self::id(who) }),
            Attempt::Open { who, administrator } => (Actor::Console, Act::OpenAccount { person: Self::id(who), administrator }),
            Attempt::Delegate { principal, deputy, days } => (
                person(principal),
                Act::Delegate {
                    principal: Self::id(principal),
                    deputy: Self::id(deputy),
                    since: self.now.date(),
                    until: plus_days(self.now.date(), days),
                    reason: "出張".to_owned(),
                },
            ),
            Attempt::EndDelegation { number } => (Actor::Console, Act::EndDelegation { id: number }),
            Attempt::AddRow { who, register, class, of } => {
                let register = ["asset", "media"][register].to_owned();
                let unit = town::PEOPLE[who].2.to_owned();
                let values = self.values(&register, class, of);
                (person(who), Act::AddRow { register, id: String::new(), unit, values })
            }
            Attempt::ChangeRow { who, row, class, of } => {
                let (register, id, revision) = self.row(row)?;
                let values = self.values(&register, class, of);
                (person(who), Act::ChangeRow { register, id, revision, values, reason: "見直し".to_owned() })
            }
            Attempt::RemoveRow { who, row, permit } => {
                let (mut register, mut id, _) = self.row(row)?;
                let mut permit = self.permit(permit).map(|permit| permit.0);
                // Half of the time with the permit for it, if there is one.
                if row % 2 == 0
                    && let Some((granted, target)) = self.disposal()
                {
                    (permit, register, id) = (Some(granted), target.0, target.1);
                }
                (person(who), Act::RemoveRow { register, id, reason: "裁断".to_owned(), permit })
            }
            Attempt::Report { who } => (
                person(who),
                Act::ReportIncident {
                    report: Report {
                        event: "紛失".to_owned(),
                        title: "無い".to_owned(),
                        what: "見当たらない".to_owned(),
                        aware_at: self.now,
                        ..Report::default()
                    },
                },
            ),
            Attempt::Forward { who, incident, step, reason } => {
                let id = self.state.incidents.iter().nth(incident)?.1.id.clone();
                let note = if reason { "急ぐため".to_owned() } else { String::new() };
                (person(who), Act::CompleteIncidentStep { id, step, note })
            }
            Attempt::Attest { who, n, answer } => {
                let answer = [Answer::Yes, Answer::Yes, Answer::No, Answer::None][answer];
                let statement = if who % 4 == 0 { String::new() } else { "見て回った".to_owned() };
                let line = AttestLine { clause: "9".to_owned(), standard: false, n, answer, statement, evidence: Vec::new() };
                (person(who), Act::AttestClauses { version: 1, lines: vec![line] })
            }
            Attempt::Days(_) => return None,
        })
    }

    fn application(&self, procedure: usize, class: usize, row: usize, days: i32) -> Application {
        // The procedure with a hand-over, whose life is the longest, is wanted most.
        let key = town::PROCEDURES.get(procedure).unwrap_or(&town::PROCEDURES[0]);
        let form = self.catalog.form(key).unwrap();
        let mut values = BTreeMap::new();
        for field in form.fields.iter().filter(|field| field.required) {
            values.insert(field.key.clone(), town::value(field));
        }
        for field in form.fields.iter().filter(|field| matches!(field.kind, office::catalog::FieldType::Rows)) {
            let rows: Vec<_> = self.state.rows.iter().map(|(_, row)| row).filter(|row| row.register == field.register).collect();
            if let Some(found) = rows.get(row % rows.len().max(1)) {
                values.insert(field.key.clone(), found.id.clone());
            }
        }
        let class = town::CLASSES.get(class).map(|class| (*class).to_owned());
        let (since, until) = (Some(self.now.date()), Some(plus_days(self.now.date(), days)));
        Application { procedure: (*key).to_owned(), values, class, since, until }
    }

    fn values(&self, register: &str, class: usize, of: usize) -> BTreeMap<String, String> {
        let register = self.catalog.register(register).unwrap();
        let mut values: BTreeMap<String, String> = register
            .columns
            .iter()
            .filter(|column| column.required && column.kind != office::catalog::FieldType::Class)
            .map(|column| (column.key.clone(), town::value(column)))
            .collect();
        if let Some(class) = town::CLASSES.get(class) {
            values.insert(register.class_column().unwrap().key.clone(), (*class).to_owned());
        }
        let refers = register
            .columns
            .iter()
            .find(|column| matches!(column.kind, office::catalog::FieldType::Row | office::catalog::FieldType::Rows));
        if let Some(column) = refers
            && let Some((_, row)) = self.state.rows.iter().filter(|(_, row)| row.register == column.register).nth(of)
        {
            values.insert(column.key.clone(), row.id.clone());
        }
        values
    }

    fn people(&self, who: usize, change: impl FnOnce(&mut Person)) -> Act {
        let mut person = self.state.people.get(town::PEOPLE[who].0).unwrap().clone();
        change(&mut person);
        Act::ChangePeople { units: Vec::new(), people: vec![person] }
    }

    /// Tries, checks what the door wrote against the twin, and takes it in.
    fn attempt(&mut self, attempt: &Attempt) {
        if let Attempt::Days(days) = attempt {
            self.now = self.now.plus_seconds(i64::from(*days) * 86_400);
            let over: Vec<String> = self.state.permits.iter().map(|(_, permit)| permit.id.clone()).collect();
            for id in over {
                self.door(&Actor::System, &Act::ExpirePermit { id });
            }
            return;
        }
        self.now = self.now.plus_seconds(60);
        if let Some((actor, act)) = self.act(attempt) {
            self.door(&actor, &act);
        }
    }

    fn door(&mut self, actor: &Actor, act: &Act) {
        let decided = office::decide(&self.catalog, &self.state, actor, act, self.now);
        match decided {
            Ok(records) => {
                assert!(!records.is_empty(), "an act that was done leaves a record: {act:?}");
                twin::may_act(&self.state, actor);
                for record in &records {
                    twin::may_decide(&self.state, record, &records, self.now);
                    twin::may_attest(&self.state, record, self.now);
                }
                for record in records {
                    self.take(record);
                }
            }
            Err(Stop::Refused(refusal)) => {
                assert!(!refusal.says.is_empty() && !refusal.help.is_empty(), "a refusal says why and who can help");
            }
            Err(Stop::Missing(key)) => panic!("a whole state lacks {key:?}"),
        }
    }

    /// What must hold at every moment.
    fn check(&self) {
        for (_, permit) in self.state.permits.iter() {
            if matches!(permit.stage, Stage::Approved | Stage::Out | Stage::Closed) {
                for requirement in &permit.requirements {
                    let approved = requirement.approved.as_ref().expect("what is approved has every approval");
                    assert_eq!(approved.digest, permit.digest, "an approval is bound to what was approved");
                }
            }
            let mut people: Vec<&str> = permit
                .requirements
                .iter()
                .filter_map(|requirement| requirement.approved.as_ref())
                .map(|approved| approved.by.as_str())
                .collect();
            people.sort_unstable();
            let officers = people.len();
            people.dedup();
            let alone = permit
                .requirements
                .iter()
                .filter_map(|requirement| requirement.approved.as_ref())
                .any(|approved| approved.emergency.is_some());
            assert!(people.len() == officers || alone, "two approvals are by two people");
        }
        twin::classes_never_sink(&self.catalog, &self.state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_breaks_the_rules(emergency in any::<bool>(), attempts in prop::collection::vec(attempt(), 1..60)) {
        let mut book = Book::new(emergency);
        for attempt in &attempts {
            book.attempt(attempt);
            book.check();
        }
        // Through JSON, as the ledger keeps it.
        let mut replayed = State::whole();
        for record in &book.records {
            let read: Record = serde_json::from_slice(&serde_json::to_vec(record).unwrap()).unwrap();
            prop_assert_eq!(&read, record);
            office::apply(&book.catalog, &mut replayed, &read);
        }
        prop_assert_eq!(&replayed.office, &book.state.office);
        prop_assert_eq!(&replayed.people, &book.state.people);
        prop_assert!(replayed.permits.iter().eq(book.state.permits.iter()));
        prop_assert!(replayed.rows.iter().eq(book.state.rows.iter()));
        prop_assert!(replayed.tasks.iter().eq(book.state.tasks.iter()));
        prop_assert!(replayed.incidents.iter().eq(book.state.incidents.iter()));
    }
}

/// The attempts are worth something only if a good part of them succeeds.
#[test]
fn histories_reach_every_stage() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut stages, mut kinds, mut emergencies) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new(), 0);
    for round in 0..400 {
        let mut book = Book::new(round % 2 == 0);
        for _ in 0..60 {
            let attempt = attempt().new_tree(&mut runner).unwrap().current();
            book.attempt(&attempt);
            stages.extend(book.state.permits.iter().map(|(_, permit)| permit.stage.code()));
        }
        emergencies += book.records.iter().filter(|record| matches!(record.fact, Fact::EmergencyReported { .. })).count();
        kinds.extend(book.records.iter().map(|record| serde_json::to_value(&record.fact).unwrap()["kind"].as_str().unwrap().to_owned()));
    }
    assert_eq!(stages.len(), Stage::ALL.len(), "only reached {stages:?}");
    assert!(emergencies > 0);
    for kind in ["row-changed", "row-removed", "delegation-ended", "incident-step-done", "permit-revised", "clause-attested"] {
        assert!(kinds.contains(kind), "no history has {kind}");
    }
    let lone = Key::Permit("none".to_owned());
    assert!(Book::new(true).state.permits.get(&lone).unwrap().is_none());
}
