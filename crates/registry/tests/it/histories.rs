//! Random histories: the book holds the same state as the pure fold of its records, and can be made again from them.

use jiff::civil::date;
use office::{
    act::{Act, Actor},
    coverage::{Answer, AttestLine, Covering, Standing, Status},
    incident::Report,
    record::Record,
    state::{Key, State},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use registry::{Paging, PermitFilter, Registry, RowFilter, Sort, SubmitError, TaskFilter};

use crate::town::{CLERK, GENERAL, GENERAL_HEAD, Place, TAX, TAX_CLERK, TAX_HEAD, TOP, carry_out, catalog, person};

const PEOPLE: [&str; 5] = [TOP, GENERAL_HEAD, TAX_HEAD, CLERK, TAX_CLERK];

/// What somebody tries; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Try {
    Apply(u8),
    Software,
    Approve(u8),
    Emergency(u8),
    Refuse(u8),
    SendBack(u8),
    Revise(u8),
    Withdraw(u8),
    HandOver(u8),
    Return(u8),
    AddAsset(u8, u8),
    AddMedia(u8),
    ChangeAsset(u8, u8, u8),
    RemoveAsset(u8),
    Report,
    Step(u8, u8),
    Task(u8),
    Attest(u8, u8),
    Move(u8),
    Delegate(u8, u8),
    Close(u8),
    SignIn,
    FailSignIn,
    Wait(u16),
}

fn tries() -> impl Strategy<Value = (u8, Try)> {
    let what = prop_oneof![
        4 => any::<u8>().prop_map(Try::Apply), 2 => Just(Try::Software), 6 => any::<u8>().prop_map(Try::Approve),
        1 => any::<u8>().prop_map(Try::Emergency), 1 => any::<u8>().prop_map(Try::Refuse), 1 => any::<u8>().prop_map(Try::SendBack),
        2 => any::<u8>().prop_map(Try::Revise), 1 => any::<u8>().prop_map(Try::Withdraw), 4 => any::<u8>().prop_map(Try::HandOver),
        3 => any::<u8>().prop_map(Try::Return), 3 => any::<(u8, u8)>().prop_map(|(class, origin)| Try::AddAsset(class, origin)),
        3 => any::<u8>().prop_map(Try::AddMedia), 3 => any::<(u8, u8, u8)>().prop_map(|(row, class, origin)| Try::ChangeAsset(row, class, origin)),
        1 => any::<u8>().prop_map(Try::RemoveAsset), 1 => Just(Try::Report), 2 => any::<(u8, u8)>().prop_map(|(id, step)| Try::Step(id, step)),
        2 => any::<u8>().prop_map(Try::Task), 6 => any::<(u8, u8)>().prop_map(|(norm, answer)| Try::Attest(norm, answer)), 1 => any::<u8>().prop_map(Try::Move), 1 => any::<(u8, u8)>().prop_map(|(one, other)| Try::Delegate(one, other)),
        1 => any::<u8>().prop_map(Try::Close), 1 => Just(Try::SignIn), 1 => Just(Try::FailSignIn), 2 => any::<u16>().prop_map(Try::Wait),
    ];
    (any::<u8>(), what)
}

fn pick<T>(things: &[T], number: u8) -> Option<&T> {
    things.get(usize::from(number) % things.len().max(1))
}

/// The act that a try means in the present state of the book, if it means one.
async fn meant(registry: &Registry, actor: &str, attempt: &Try) -> Option<Act> {
    let paging = Paging { page: 1, size: 500 };
    let permits = registry.permits(&PermitFilter::default(), Sort::Number, paging).await.unwrap().items;
    let permit = |number: u8| pick(&permits, number);
    let (today, later) = (registry.now().date(), office::calendar::plus_days(registry.now().date(), 5));
    let note = String::new;
    let row_list = async |register: &str| {
        let filter = RowFilter { register: register.to_owned(), ..RowFilter::default() };
        registry.rows(&filter, Sort::Number, paging).await.unwrap().items
    };
    let class = |number: u8| ["Ⅰ", "Ⅱ", "Ⅲ"][usize::from(number % 3)].to_owned();
    Some(match attempt {
        Try::Apply(number) => {
            let media = row_list("media").await;
            let id = pick(&media, *number).map_or("", |row| row.id.as_str());
            Act::ApplyForPermit { application: carry_out(id, today, later) }
        }
        Try::Software => {
            let mut application = carry_out("", today, later);
            application.procedure = "permit.software".to_owned();
            Act::ApplyForPermit { application }
        }
        Try::Approve(number) => permit(*number).map(|permit| Act::ApprovePermit {
            id: permit.id.clone(),
            digest: permit.digest.clone(),
            note: note(),
            emergency: None,
        })?,
        Try::Emergency(number) => permit(*number).map(|permit| Act::ApprovePermit {
            id: permit.id.clone(),
            digest: permit.digest.clone(),
            note: note(),
            emergency: Some("誰もいないため".to_owned()),
        })?,
        Try::Refuse(number) => permit(*number).map(|permit| Act::RefusePermit {
            id: permit.id.clone(),
            digest: permit.digest.clone(),
            reason: "不要".to_owned(),
        })?,
        Try::SendBack(number) => permit(*number).map(|permit| Act::SendBackPermit {
            id: permit.id.clone(),
            digest: permit.digest.clone(),
            reason: "理由を詳しく".to_owned(),
        })?,
        Try::Revise(number) => {
            permit(*number).map(|permit| Act::RevisePermit { id: permit.id.clone(), application: carry_out("", today, later) })?
        }
        Try::Withdraw(number) => permit(*number).map(|permit| Act::WithdrawPermit { id: permit.id.clone(), reason: note() })?,
        Try::HandOver(number) => permit(*number).map(|permit| Act::HandOverPermit { id: permit.id.clone(), note: note() })?,
        Try::Return(number) => permit(*number).map(|permit| Act::ConfirmReturn { id: permit.id.clone(), erased: true, note: note() })?,
        Try::AddAsset(number, origin) => {
            let mut values = [("name".to_owned(), "納税者名簿".to_owned()), ("class".to_owned(), class(*number))]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>();
            if origin % 2 == 0
                && let Some(origin) = pick(&row_list("asset").await, *origin)
            {
                values.insert("origin".to_owned(), origin.id.clone());
            }
            let unit = if actor == TAX_CLERK { TAX } else { GENERAL };
            Act::AddRow { register: "asset".to_owned(), id: String::new(), unit: unit.to_owned(), values }
        }
        Try::AddMedia(number) => {
            let assets = row_list("asset").await;
            let holds: Vec<&str> = assets.iter().skip(usize::from(number % 4)).step_by(2).take(3).map(|row| row.id.as_str()).collect();
            let values =
                [("name".to_owned(), "媒体".to_owned()), ("class".to_owned(), "Ⅲ".to_owned()), ("holds".to_owned(), holds.join(" "))]
                    .into_iter()
                    .collect();
            Act::AddRow { register: "media".to_owned(), id: String::new(), unit: GENERAL.to_owned(), values }
        }
        Try::ChangeAsset(number, to, origin) => {
            let assets = row_list("asset").await;
            let row = pick(&assets, *number)?;
            let mut values = row.values.clone();
            values.insert("class".to_owned(), class(*to));
            match pick(&assets, *origin).filter(|other| other.id < row.id) {
                Some(origin) => drop(values.insert("origin".to_owned(), origin.id.clone())),
                None => drop(values.remove("origin")),
            }
            Act::ChangeRow {
                register: "asset".to_owned(), id: row.id.clone(), revision: row.revision, values, reason: "見直し".to_owned()
            }
        }
        Try::RemoveAsset(number) => {
            let assets = row_list("asset").await;
            Act::RemoveRow {
                register: "asset".to_owned(), id: pick(&assets, *number)?.id.clone(), reason: "廃棄".to_owned(), permit: None
            }
        }
        Try::Report => Act::ReportIncident {
            report: Report {
                event: "情報セキュリティインシデント".to_owned(),
                title: "誤送信".to_owned(),
                what: "宛先を誤った".to_owned(),
                aware_at: registry.now(),
                ..Report::default()
            },
        },
        Try::Step(id, step) => {
            let incidents = registry.incidents(&registry::IncidentFilter::default(), Sort::Number, paging).await.unwrap().items;
            Act::CompleteIncidentStep {
                id: pick(&incidents, *id)?.id.clone(), step: usize::from(step % 3), note: "報告した".to_owned()
            }
        }
        Try::Task(number) => {
            let tasks = registry.tasks(&TaskFilter::default(), Sort::Number, paging).await.unwrap().items;
            Act::CompleteTask { id: pick(&tasks, *number)?.id.clone(), note: "行った".to_owned(), evidence: Vec::new() }
        }
        Try::Attest(number, answer) => {
            let snapshot = registry.snapshot();
            let book = snapshot.rulebook(today)?;
            let norm = pick(&book.coverage, *number)?;
            let answer = [Answer::Yes, Answer::Yes, Answer::Yes, Answer::None, Answer::No][usize::from(answer % 5)];
            let line = AttestLine {
                clause: norm.clause.clone(),
                standard: norm.standard,
                n: norm.n,
                answer,
                statement: "見て回った".to_owned(),
                evidence: Vec::new(),
            };
            Act::AttestClauses { version: book.version, lines: vec![line] }
        }
        Try::Move(number) => {
            let id = PEOPLE[usize::from(number % 5)];
            let (unit, title) = [(GENERAL, "課長"), (TAX, "課長"), (GENERAL, "主事"), ("総務部", "副町長")][usize::from(number / 5 % 4)];
            Act::ChangePeople { units: Vec::new(), people: vec![person(id, "異動 した人", unit, title)] }
        }
        Try::Delegate(one, other) => Act::Delegate {
            principal: PEOPLE[usize::from(one % 5)].to_owned(),
            deputy: PEOPLE[usize::from(other % 5)].to_owned(),
            since: today,
            until: later,
            reason: "出張".to_owned(),
        },
        Try::Close(number) => Act::CloseAccount { person: PEOPLE[usize::from(number % 5)].to_owned() },
        Try::SignIn => Act::SignIn { person: actor.to_owned() },
        Try::FailSignIn => Act::FailSignIn { person: actor.to_owned() },
        Try::Wait(_) => return None,
    })
}

/// The fold of every record in the ledger.
async fn fold(registry: &Registry) -> State {
    let mut state = State::whole();
    for index in 0..registry.size() {
        let record: Record = registry.record(index).await.unwrap().unwrap().record.unwrap();
        office::apply(&catalog(), &mut state, &record);
    }
    state
}

/// A norm, how it stands, the record that says so, and the newest evidence.
pub(crate) type Counted = (String, usize, &'static str, Option<u64>, Option<u64>);

/// How every norm stands, as pages show it.
pub(crate) async fn counted(registry: &Registry) -> Vec<Counted> {
    let (snapshot, today) = (registry.snapshot(), registry.now().date());
    let Some(book) = snapshot.rulebook(today) else { return Vec::new() };
    let found = registry.evidence().await.unwrap();
    let statuses = office::coverage::statuses(&snapshot, book, &found, today);
    let index = |note: Option<office::coverage::Note>| note.map(|note| note.index);
    let of = |(norm, status): (&Covering, Status)| {
        assert_eq!(status.standing == Standing::Works, status.backing.is_some(), "what works is backed by a record, nothing else is");
        (norm.clause.clone(), norm.n, status.standing.code(), index(status.backing), index(status.last))
    };
    book.coverage.iter().zip(statuses).map(of).collect()
}

/// The same, counted from an export by the auditor's verifier.
pub(crate) async fn recounted(registry: &Registry) -> Vec<Counted> {
    let folder = crate::town::folder();
    let key = ledger::SigningKey::from_seed("sekisho.example/kawabe", &[7; 32]).unwrap();
    let mut conn = registry.pool().acquire().await.unwrap();
    ledger::export(&mut conn, key.verifier(), &folder.join("bundle"), |_| ()).await.unwrap();
    let coverage = verifier::recount(&folder.join("bundle"), Some(&registry.now().date().to_string())).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    let figures: usize = coverage.figures.values().sum();
    assert_eq!(figures, coverage.norms.len());
    coverage.norms.into_iter().map(|norm| (norm.clause, usize::try_from(norm.n).unwrap(), norm.state, norm.record, norm.last)).collect()
}

async fn live(place: &Place, history: Vec<(u8, Try)>) {
    let mut registry = place.town().await;
    for (turn, (who, attempt)) in history.into_iter().enumerate() {
        let actor = PEOPLE[usize::from(who % 5)];
        if let Try::Wait(seconds) = attempt {
            place.clock.pass(i64::from(seconds) * 60);
            registry.tick().await.unwrap();
        } else if let Some(act) = meant(&registry, actor, &attempt).await {
            let actor = if matches!(act, Act::ChangePeople { .. }) { Actor::Console } else { Actor::Person(actor.to_owned()) };
            match registry.submit(actor, act).await {
                Ok(_) | Err(SubmitError::Refused(_)) => {}
                Err(SubmitError::Unavailable(trouble)) => panic!("{trouble} {}", trouble.detail),
            }
        }
        if turn == 20 {
            registry.close().await;
            registry = place.open().await;
        }
    }
    let folded = fold(&registry).await;
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.office, folded.office);
    assert_eq!(snapshot.people, folded.people);
    let paging = Paging { page: 1, size: 500 };
    let permits = registry.permits(&PermitFilter::default(), Sort::Number, paging).await.unwrap().items;
    assert_eq!(permits, folded.permits.iter().map(|(_, permit)| permit.clone()).collect::<Vec<_>>());
    for (key, row) in folded.rows.iter() {
        let Key::Row(register, id) = key else { panic!("{key:?}") };
        assert_eq!(registry.row(register, id).await.unwrap().as_ref(), Some(row));
    }
    for (_, task) in folded.tasks.iter() {
        assert_eq!(registry.task(&task.id).await.unwrap().as_ref(), Some(task));
    }
    for permit in &permits {
        for approved in permit.requirements.iter().filter_map(|requirement| requirement.approved.as_ref()) {
            assert!(approved.by != permit.applicant || approved.emergency.is_some());
        }
    }
    assert_eq!(recounted(&registry).await, counted(&registry).await);
    let digest = registry.projection_digest().await.unwrap();
    registry.rebuild().await.unwrap();
    assert_eq!(registry.projection_digest().await.unwrap(), digest);
    let before = (*registry.evidence().await.unwrap()).clone();
    assert_eq!(recounted(&registry).await, counted(&registry).await);
    registry.close().await;
    let registry = place.open().await;
    assert_eq!(*registry.evidence().await.unwrap(), before, "what was noted record by record is what lies in the store");
    registry.close().await;
}

#[test]
fn any_history_is_the_fold_of_its_records() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    let mut runner = TestRunner::new(Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    let postgres = std::env::var("SEKISHO_TEST_POSTGRES").is_ok();
    let turn = std::cell::Cell::new(0);
    let ran = runner.run(&proptest::collection::vec(tries(), 1..60), |history| {
        runtime.block_on(async {
            // A server takes longer, above all to make a schema: every fourth history is lived there too.
            turn.set(turn.get() + 1);
            let places = if postgres && turn.get() % 4 == 1 { Place::all().await } else { vec![Place::sqlite()] };
            for place in places {
                place.clock.set(date(2026, 11, 21));
                live(&place, history.clone()).await;
            }
        });
        Ok(())
    });
    ran.unwrap();
}
