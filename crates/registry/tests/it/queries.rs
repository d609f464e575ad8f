//! Lists, searches and exports.

use jiff::civil::date;
use office::{act::Act, calendar::plus_days, permit::Stage, state::Key};
use registry::{Paging, PermitFilter, RecordFilter, RowFilter, Sort, TaskFilter, TaskState};

use crate::town::{CLERK, GENERAL, GENERAL_HEAD, Place, TAX, TAX_CLERK, TAX_HEAD, TOP, add_row, apply, approve, by, carry_out};

fn assets() -> RowFilter {
    RowFilter { register: "asset".to_owned(), ..RowFilter::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_found_paged_sorted_and_exported() {
    for place in Place::all().await {
        let registry = place.town().await;
        for number in 0..23 {
            let (person, unit) = if number % 2 == 0 { (CLERK, GENERAL) } else { (TAX_CLERK, TAX) };
            let name = format!("名簿{:02} ＤＢサーバ100%", 22 - number);
            add_row(&registry, person, "asset", unit, &[("name", &name), ("class", if number < 5 { "Ⅰ" } else { "Ⅲ" })]).await;
            place.clock.pass(1);
        }
        let paging = Paging { page: 2, size: 10 };
        let listing = registry.rows(&assets(), Sort::Number, paging).await.unwrap();
        assert_eq!((listing.total.count, listing.total.more, listing.pages(), listing.items.len()), (23, false, 3, 10));
        assert_eq!(listing.total.to_string(), "23件");
        let by_name = registry.rows(&assets(), Sort::Name, Paging::default()).await.unwrap().items;
        assert!(by_name[0].values["name"].starts_with("名簿00"));
        let newest = registry.rows(&assets(), Sort::Changed, Paging::default()).await.unwrap().items;
        assert_eq!(newest[0].id, by_name[0].id);
        let count = async |filter: RowFilter| registry.rows(&filter, Sort::Number, Paging::default()).await.unwrap().total.count;
        assert_eq!(count(RowFilter { unit: TAX.to_owned(), ..assets() }).await, 11);
        assert_eq!(count(RowFilter { unit: "総務部".to_owned(), ..assets() }).await, 23);
        assert_eq!(count(RowFilter { class: "Ⅰ".to_owned(), ..assets() }).await, 5);
        assert_eq!(count(RowFilter { text: "ﾃﾞｰﾀ".to_owned(), ..assets() }).await, 0);
        assert_eq!(count(RowFilter { text: "dbさーば".to_owned(), ..assets() }).await, 23);
        assert_eq!(count(RowFilter { text: "名簿0 100%".to_owned(), ..assets() }).await, 10);
        assert_eq!(count(RowFilter { text: "100_".to_owned(), ..assets() }).await, 0);
        assert_eq!(count(RowFilter { gone: Some(true), ..assets() }).await, 0);
        let mut stream = registry.all_rows(&RowFilter { class: "Ⅲ".to_owned(), ..assets() });
        let mut exported = Vec::new();
        while let Some(chunk) = stream.next().await.unwrap() {
            exported.extend(chunk);
        }
        assert_eq!(exported.len(), 18);
        assert!(exported.windows(2).all(|pair| pair[0].id < pair[1].id));
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn permits_are_found_by_stage_person_waiting_and_words() {
    for place in Place::all().await {
        let registry = place.town().await;
        let today = date(2026, 11, 21);
        let (first, digest) = apply(&registry, CLERK, carry_out("", today, plus_days(today, 3))).await;
        let (second, _) = apply(&registry, TAX_CLERK, carry_out("", today, plus_days(today, 9))).await;
        approve(&registry, GENERAL_HEAD, &first, &digest).await.unwrap();
        let ids = async |filter: PermitFilter| -> Vec<String> {
            let found = registry.permits(&filter, Sort::Number, Paging::default()).await.unwrap();
            found.items.into_iter().map(|permit| permit.id).collect()
        };
        let one = std::slice::from_ref(&first);
        assert_eq!(ids(PermitFilter { stages: vec![Stage::Approved, Stage::Out], ..PermitFilter::default() }).await, one);
        assert_eq!(ids(PermitFilter { applicant: CLERK.to_owned(), ..PermitFilter::default() }).await, one);
        assert_eq!(ids(PermitFilter { due: Some(plus_days(today, 3)), ..PermitFilter::default() }).await, one);
        assert_eq!(ids(PermitFilter { text: "瀬戸三郎".to_owned(), ..PermitFilter::default() }).await, one);
        assert_eq!(ids(PermitFilter { waiting_for: TAX_HEAD.to_owned(), ..PermitFilter::default() }).await, std::slice::from_ref(&second));
        assert_eq!(ids(PermitFilter { year: Some(2025), ..PermitFilter::default() }).await, Vec::<String>::new());
        assert_eq!(ids(PermitFilter { text: "出張 媒体".to_owned(), ..PermitFilter::default() }).await, [first.clone(), second.clone()]);
        // A new head of the section finds what waited for the old one.
        let act = Act::ChangePeople {
            units: Vec::new(),
            people: vec![crate::town::person(TAX_HEAD, "渡 次郎", GENERAL, "主事"), crate::town::person("105", "新 五郎", TAX, "課長")],
        };
        by(&registry, TOP, act).await.unwrap();
        assert_eq!(ids(PermitFilter { waiting_for: TAX_HEAD.to_owned(), ..PermitFilter::default() }).await, Vec::<String>::new());
        assert_eq!(ids(PermitFilter { waiting_for: "105".to_owned(), ..PermitFilter::default() }).await, [second]);
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_thing_person_kind_period_and_words() {
    for place in Place::all().await {
        let registry = place.town().await;
        let founded = registry.size();
        place.clock.set(date(2026, 12, 1));
        let (id, _) = apply(&registry, CLERK, carry_out("", date(2026, 12, 1), date(2026, 12, 2))).await;
        place.clock.set(date(2026, 12, 3));
        by(&registry, CLERK, Act::WithdrawPermit { id: id.clone(), reason: "予定がなくなった".to_owned() }).await.unwrap();
        let found = async |filter: RecordFilter| -> Vec<u64> {
            let found = registry.records(&filter, Paging::default()).await.unwrap();
            assert_eq!(found.total.count as usize, found.items.len());
            found.items.iter().map(|line| line.index).collect()
        };
        let (applied, withdrawn) = (founded, founded + 1);
        assert_eq!(found(RecordFilter { key: Some(Key::Permit(id.clone())), ..RecordFilter::default() }).await, [withdrawn, applied]);
        assert_eq!(found(RecordFilter { person: CLERK.to_owned(), ..RecordFilter::default() }).await, [withdrawn, applied]);
        assert_eq!(found(RecordFilter { kinds: vec!["permit-applied".to_owned()], ..RecordFilter::default() }).await, [applied]);
        assert_eq!(found(RecordFilter { since: Some(date(2026, 12, 2)), ..RecordFilter::default() }).await, [withdrawn]);
        assert_eq!(
            found(RecordFilter { since: Some(date(2026, 12, 1)), until: Some(date(2026, 12, 1)), ..RecordFilter::default() }).await,
            [applied]
        );
        assert_eq!(found(RecordFilter { since: Some(date(2027, 1, 1)), ..RecordFilter::default() }).await, [0_u64; 0]);
        assert_eq!(found(RecordFilter { text: "予定".to_owned(), ..RecordFilter::default() }).await, [withdrawn]);
        assert_eq!(
            found(RecordFilter { text: format!("申請 {id}"), person: CLERK.to_owned(), ..RecordFilter::default() }).await,
            [withdrawn, applied]
        );
        assert_eq!(found(RecordFilter::default()).await.len() as u64, registry.size());
        let line = &registry.records(&RecordFilter::default(), Paging::default()).await.unwrap().items[0];
        assert_eq!((line.word, line.key.clone()), ("申請の取下げ", Some(Key::Permit(id))));
        let mut stream = registry.all_records(&RecordFilter::default());
        let mut count = 0;
        while let Some(chunk) = stream.next().await.unwrap() {
            count += chunk.len();
        }
        assert_eq!(count as u64, registry.size());
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_found_by_year_person_and_state_and_versions_are_listed() {
    for place in Place::all().await {
        let registry = place.town().await;
        registry.tick().await.unwrap();
        let of = |person: &str, state| TaskFilter { year: Some(2026), person: person.to_owned(), state, ..TaskFilter::default() };
        let tasks = registry.tasks(&of(GENERAL_HEAD, TaskState::Open), Sort::Due, Paging::default()).await.unwrap().items;
        assert_eq!(tasks.iter().map(|task| (task.due, task.unit.as_str())).collect::<Vec<_>>(), [(date(2027, 3, 31), GENERAL)]);
        assert_eq!(registry.inbox(GENERAL_HEAD, registry.now()).await.unwrap().tasks.len(), 1);
        let done = Act::CompleteTask { id: tasks[0].id.clone(), note: "点検した".to_owned(), evidence: Vec::new() };
        by(&registry, GENERAL_HEAD, done).await.unwrap();
        assert_eq!(registry.tasks(&of(GENERAL_HEAD, TaskState::Done), Sort::Due, Paging::default()).await.unwrap().total.count, 1);
        assert_eq!(registry.tasks(&of(GENERAL_HEAD, TaskState::Open), Sort::Due, Paging::default()).await.unwrap().total.count, 0);
        place.clock.set(date(2027, 4, 1));
        assert_eq!(registry.tasks(&of(TAX_HEAD, TaskState::Overdue), Sort::Due, Paging::default()).await.unwrap().total.count, 1);
        assert_eq!(registry.inbox(TAX_HEAD, registry.now()).await.unwrap().overdue, 1);
        let versions = registry.versions().await.unwrap();
        assert_eq!((versions[0].number, versions[0].file.as_str(), versions[0].effective), (1, "kawabe.txt", Some(date(2026, 4, 1))));
        assert_eq!(registry.version(1).await.unwrap().unwrap().reading, crate::town::reading());
        assert!(registry.version(2).await.unwrap().is_none());
        registry.close().await;
    }
}
