//! The day on which one version of the policy takes over from another: what rules, and what goes on as it began.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use office::{
    act::{Act, Actor},
    adoption::{self, Confirmation, Source, Unread},
    calendar::{Moment, plus_days},
    permit::{Application, Stage},
    record::Fact,
    rulebook::Holding,
    state::Key,
    waiting,
};

use crate::{Body, person};

const OLD: &str = "架空町の規程\n\n第1条 副町長を、最高情報セキュリティ責任者とする。\n\n第2条 各課長を、情報セキュリティ管理者とする。\n\n第3条 職員等は、パソコンを庁舎の外に持ち出す場合には、情報セキュリティ管理者の許可を得なければならない。\n\n第4条 情報セキュリティ管理者は、毎年度、端末の利用状況を点検しなければならない。\n";
const NEW: &str = "架空町の規程\n\n第1条 副町長を、最高情報セキュリティ責任者とする。\n\n第2条 情報課長を、情報システム管理者とする。\n\n第3条 職員等は、パソコンを庁舎の外に持ち出す場合には、情報システム管理者の許可を得なければならない。\n\n第4条 情報システム管理者は、毎年度、端末の利用状況を点検しなければならない。\n";

const CLERK: &str = "1";
const HEAD: &str = "2";
const ADMIN: &str = "3";

/// A body that rules by the old text since April, on a day in May.
fn body() -> Body {
    let mut body = Body {
        catalog: office::catalog::Catalog::embedded().unwrap(),
        state: office::state::State::whole(),
        now: Moment::start_of(date(2026, 5, 1)).plus_seconds(9 * 3600),
        records: Vec::new(),
        found: office::coverage::Found::default(),
    };
    let unit = |id: &str| office::people::Unit {
        id: id.to_owned(),
        name: id.rsplit('/').next().unwrap_or(id).to_owned(),
        parent: id.rsplit_once('/').map(|(parent, _)| parent.to_owned()),
    };
    let people = vec![
        person(1, "団体/税務課", "主事"),
        person(2, "団体/税務課", "課長"),
        person(3, "団体/情報課", "情報課長"),
        person(4, "団体", "副町長"),
    ];
    body.act(&Actor::Console, &Act::FoundBody { name: "架空町".to_owned() }).unwrap();
    body.act(&Actor::Console, &Act::ChangePeople { units: ["団体", "団体/税務課", "団体/情報課"].map(unit).to_vec(), people }).unwrap();
    for id in ["1", "2", "3", "4"] {
        body.act(&Actor::Console, &Act::OpenAccount { person: id.to_owned(), administrator: id == ADMIN }).unwrap();
    }
    load(&mut body, OLD, Source::default());
    adopt(&mut body, 1, date(2026, 4, 1)).unwrap();
    body
}

fn load(body: &mut Body, text: &str, source: Source) {
    let reading = policy::read(text, policy::control::Controls::embedded());
    body.by(ADMIN, &Act::LoadPolicy { file: "規程.docx".to_owned(), reading: Box::new(reading), source }).unwrap();
}

fn proposed(body: &Body, version: u32, effective: Date) -> Confirmation {
    let version = body.state.versions.held(&Key::Version(version)).unwrap();
    let proposal = adoption::propose(&body.catalog, &version.reading, &body.state.people, effective);
    Confirmation { standard: false, ..proposal }
}

fn adopt(body: &mut Body, version: u32, effective: Date) -> Result<Vec<Fact>, String> {
    let confirmation = proposed(body, version, effective);
    let by = if version == 1 { Actor::Console } else { Actor::Person(ADMIN.to_owned()) };
    body.act(&by, &Act::AdoptPolicy { version, confirmation })
}

/// Just before an instant: acts in these tests take a minute each.
fn at(body: &mut Body, day: Date, seconds: i64) {
    body.now = Moment::start_of(day).plus_seconds(seconds - 60);
}

fn apply(body: &mut Body) -> String {
    let application = Application {
        procedure: "permit.carry-out".to_owned(),
        values: carry_out(body),
        class: None,
        since: Some(body.now.plus_seconds(60).date()),
        until: Some(plus_days(body.now.date(), 5)),
    };
    match body.by(CLERK, &Act::ApplyForPermit { application }).unwrap().first() {
        Some(Fact::PermitApplied { permit }) => permit.id.clone(),
        other => panic!("{other:?}"),
    }
}

fn carry_out(body: &Body) -> BTreeMap<String, String> {
    let form = body.catalog.form("permit.carry-out").unwrap();
    form.fields.iter().filter(|field| field.required).map(|field| (field.key.clone(), crate::value(field, ""))).collect()
}

fn approve(body: &mut Body, by: &str, id: &str) -> Result<Vec<Fact>, String> {
    let permit = body.state.permits.held(&Key::Permit(id.to_owned())).unwrap();
    let act = Act::ApprovePermit { id: id.to_owned(), digest: permit.digest.clone(), note: String::new(), emergency: None };
    body.by(by, &act)
}

#[test]
fn the_old_text_rules_until_midnight_and_the_new_one_from_then_on() {
    let mut body = body();
    load(&mut body, NEW, Source::default());
    let day = date(2026, 6, 1);
    adopt(&mut body, 2, day).unwrap();
    assert_eq!(body.book().version, 1);

    // The day before, to its last second.
    at(&mut body, day, -1);
    let old = apply(&mut body);
    assert_eq!(body.now.date(), date(2026, 5, 31));
    let cite = |body: &Body, id: &str| body.state.permits.held(&Key::Permit(id.to_owned())).unwrap().cite.clone();
    assert_eq!((cite(&body, &old).version, cite(&body, &old).clause.as_str()), (1, "第3条"));

    // From midnight, Japanese time.
    at(&mut body, day, 0);
    let new = apply(&mut body);
    assert_eq!(body.now, Moment::start_of(day));
    assert_eq!(cite(&body, &new).version, 2);
    assert_eq!(body.book().version, 2);

    // The permit under way is decided by whom its own version names, the new one by whom the new text names.
    let waits = |body: &Body, id: &str| {
        waiting::for_permit(&body.state, body.state.permits.held(&Key::Permit(id.to_owned())).unwrap(), body.now.date())
    };
    assert_eq!(waits(&body, &old), ["情報セキュリティ管理者@団体/税務課"]);
    assert_eq!(waits(&body, &new), ["情報システム管理者@"]);
    approve(&mut body, ADMIN, &old).unwrap_err();
    approve(&mut body, HEAD, &new).unwrap_err();
    approve(&mut body, HEAD, &old).unwrap();
    approve(&mut body, ADMIN, &new).unwrap();
    for id in [&old, &new] {
        assert_eq!(body.state.permits.held(&Key::Permit(id.clone())).unwrap().stage, Stage::Approved);
    }
    // The day after.
    at(&mut body, date(2026, 6, 2), 0);
    let later = apply(&mut body);
    assert_eq!(cite(&body, &later).version, 2);
}

#[test]
fn what_was_sent_back_is_corrected_under_the_version_it_was_applied_under() {
    let mut body = body();
    load(&mut body, &NEW.replace("パソコンを庁舎の外に持ち出す", "機器を廃棄する"), Source::default());
    adopt(&mut body, 2, date(2026, 6, 1)).unwrap();
    at(&mut body, date(2026, 5, 31), 0);
    let id = apply(&mut body);
    let digest = body.state.permits.held(&Key::Permit(id.clone())).unwrap().digest.clone();
    body.by(HEAD, &Act::SendBackPermit { id: id.clone(), digest, reason: "行き先が無い".to_owned() }).unwrap();
    at(&mut body, date(2026, 6, 1), 0);
    assert!(body.state.rulebook(date(2026, 6, 1)).unwrap().procedure("permit.carry-out").is_none());
    let application = Application {
        procedure: "permit.carry-out".to_owned(),
        values: carry_out(&body),
        class: None,
        since: Some(date(2026, 6, 1)),
        until: Some(date(2026, 6, 3)),
    };
    body.by(CLERK, &Act::RevisePermit { id: id.clone(), application }).unwrap();
    approve(&mut body, HEAD, &id).unwrap();
}

#[test]
fn the_tasks_of_a_version_are_scheduled_when_it_begins_and_keep_their_version() {
    let mut body = body();
    body.act(&Actor::System, &Act::ScheduleTasks { year: 2026 }).unwrap();
    load(&mut body, NEW, Source::default());
    adopt(&mut body, 2, date(2026, 6, 1)).unwrap();
    at(&mut body, date(2026, 5, 31), 0);
    body.act(&Actor::System, &Act::ScheduleTasks { year: 2026 }).unwrap_err();
    at(&mut body, date(2026, 6, 1), 0);
    body.act(&Actor::System, &Act::ScheduleTasks { year: 2026 }).unwrap();
    let mut tasks: Vec<(u32, Vec<String>)> =
        body.state.tasks.iter().map(|(_, task)| (task.cite.version, waiting::for_task(&body.state, task, body.now.date()))).collect();
    tasks.sort();
    assert_eq!(tasks, [(1, vec!["情報セキュリティ管理者@団体/税務課".to_owned()]), (2, vec!["情報システム管理者@".to_owned()])]);
}

#[test]
fn an_adoption_is_taken_back_before_its_day_and_not_after() {
    let mut body = body();
    load(&mut body, NEW, Source::default());
    let withdraw = |reason: &str| Act::WithdrawAdoption { version: 2, reason: reason.to_owned() };
    body.by(ADMIN, &withdraw("まだ決まっていない")).unwrap_err();
    adopt(&mut body, 2, date(2026, 6, 1)).unwrap();
    body.by(ADMIN, &withdraw(" ")).unwrap_err();
    body.by(CLERK, &withdraw("議決が無い")).unwrap_err();
    body.by(ADMIN, &withdraw("議決が無い")).unwrap();
    at(&mut body, date(2026, 6, 1), 0);
    assert_eq!(body.book().version, 1);
    let version = body.state.versions.held(&Key::Version(2)).unwrap();
    assert_eq!(version.effective, None);
    assert!(version.confirmed.is_some(), "what was confirmed is kept");
    // It can be adopted again; on its day it is too late.
    adopt(&mut body, 2, date(2026, 7, 1)).unwrap();
    at(&mut body, date(2026, 7, 1), 0);
    body.by(ADMIN, &withdraw("議決が無い")).unwrap_err();
    assert_eq!(body.book().version, 2);
}

#[test]
fn two_versions_to_come_take_over_in_the_order_of_their_days() {
    let mut body = body();
    load(&mut body, NEW, Source::default());
    load(&mut body, &OLD.replace("毎年度", "毎月"), Source::default());
    adopt(&mut body, 2, date(2026, 9, 1)).unwrap();
    adopt(&mut body, 3, date(2026, 7, 1)).unwrap();
    let ruling = |day: Date| body.state.rulebook(day).unwrap().version;
    let days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 8, 31), date(2026, 9, 1)];
    assert_eq!(days.map(ruling), [1, 3, 3, 2]);
}

#[test]
fn a_day_before_that_of_the_version_in_force_is_refused_and_a_past_day_begins_now() {
    let mut body = body();
    load(&mut body, NEW, Source::default());
    let refused = adopt(&mut body, 2, date(2026, 3, 31)).unwrap_err();
    assert!(refused.contains("施行日より前の日"), "{refused}");
    adopt(&mut body, 2, date(2026, 4, 10)).unwrap();
    assert_eq!(body.book().version, 2);
}

#[test]
fn what_could_not_be_read_must_be_looked_at_and_what_is_no_policy_needs_a_reason() {
    let mut body = body();
    let unread = vec![Unread { place: "3ページ".to_owned(), what: "図の表です。".to_owned() }];
    load(&mut body, NEW, Source { format: "PDF".to_owned(), unread, original: None });
    let mut confirmation = proposed(&body, 2, date(2026, 6, 1));
    let refused = body.by(ADMIN, &Act::AdoptPolicy { version: 2, confirmation: confirmation.clone() }).unwrap_err();
    assert!(refused.contains("読めなかった部分"), "{refused}");
    confirmation.unread_checked = true;
    body.by(ADMIN, &Act::AdoptPolicy { version: 2, confirmation }).unwrap();

    load(&mut body, "夏まつり\n\n1 日時\n\n8月1日\n\n2 場所\n\n港の広場\n", Source::default());
    let mut confirmation = proposed(&body, 3, date(2026, 6, 1));
    let refused = body.by(ADMIN, &Act::AdoptPolicy { version: 3, confirmation: confirmation.clone() }).unwrap_err();
    assert!(refused.contains("規程らしくない"), "{refused}");
    confirmation.reason = "試しに施行する".to_owned();
    body.by(ADMIN, &Act::AdoptPolicy { version: 3, confirmation }).unwrap();
}

#[test]
fn what_was_confirmed_is_recorded_with_what_of_it_was_a_correction() {
    let mut body = body();
    load(&mut body, NEW, Source::default());
    let mut confirmation = proposed(&body, 2, date(2026, 6, 1));
    let people = Holding::People { ids: vec!["2".to_owned()] };
    confirmation.holdings.insert("情報システム管理者".to_owned(), people);
    let facts = body.by(ADMIN, &Act::AdoptPolicy { version: 2, confirmation: confirmation.clone() }).unwrap();
    let Some(Fact::PolicyConfirmed { version: 2, confirmed }) = facts.first() else { panic!("{facts:?}") };
    assert_eq!(confirmed.confirmation, confirmation);
    assert_eq!(
        confirmed.corrections.iter().map(|one| (one.clause.as_str(), one.about.as_str())).collect::<Vec<_>>(),
        [("第2条", "情報システム管理者")]
    );
    let recorded = body.state.versions.held(&Key::Version(2)).unwrap().confirmed.as_deref();
    assert_eq!(recorded, Some(confirmed));
    // A record reads back as it was written.
    let text = serde_json::to_string(&facts[0]).unwrap();
    assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), facts[0]);
}

#[test]
fn what_is_confirmed_as_proposed_is_no_correction_with_the_standard_set_or_without() {
    let mut body = body();
    for (version, standard) in [(2, true), (3, false)] {
        load(&mut body, OLD, Source::default());
        let loaded = body.state.versions.held(&Key::Version(version)).unwrap().reading.clone();
        let wanted = Confirmation { effective: date(2026, 6, 1), standard, ..Confirmation::default() };
        let mut confirmation = adoption::baseline(&body.catalog, &loaded, &body.state.people, &wanted);
        confirmation.standard = standard;
        // Nobody is known for many roles of the standard set: its procedures are left out here, which is a correction each.
        let whole = adoption::compile(&body.catalog, version, &loaded, &confirmation);
        let out = whole.procedures.iter().filter(|procedure| procedure.cite.standard);
        let out: BTreeMap<String, adoption::ProcedureCorrection> = out
            .map(|procedure| {
                let (approvers, approval) = (procedure.approvers.clone(), procedure.approval);
                (procedure.key.clone(), adoption::ProcedureCorrection { offered: false, approvers, approval })
            })
            .collect();
        let left_out = out.len();
        confirmation.procedures = out;
        let facts = body.by(ADMIN, &Act::AdoptPolicy { version, confirmation }).unwrap();
        let Some(Fact::PolicyConfirmed { confirmed, .. }) = facts.first() else { panic!("{facts:?}") };
        assert_eq!(confirmed.corrections.len(), left_out, "{:?}", confirmed.corrections);
        assert_eq!(left_out > 0, standard);
    }
}
