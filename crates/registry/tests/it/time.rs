//! The passing of time: each thing happens once, however often time is told to pass.

use jiff::civil::date;
use office::{
    act::{Act, Actor},
    adoption::{Confirmation, Source, Unread},
    permit::Stage,
};
use registry::{Sort, TaskFilter, Ticked};

use crate::town::{CLERK, GENERAL_HEAD, Place, apply, approve, by, carry_out, reading};

#[tokio::test(flavor = "multi_thread")]
async fn permits_expire_tasks_are_scheduled_and_reminded_once() {
    for place in Place::all().await {
        let registry = place.town().await;
        assert_eq!(registry.tick().await.unwrap(), Ticked { scheduled: 1, ..Ticked::default() });
        assert_eq!(registry.tick().await.unwrap(), Ticked::default());
        let mut permits = Vec::new();
        for _ in 0..3 {
            permits.push(apply(&registry, CLERK, carry_out("", date(2026, 11, 21), date(2026, 11, 22))).await);
        }
        for (id, digest) in &permits[..2] {
            approve(&registry, GENERAL_HEAD, id, digest).await.unwrap();
        }
        by(&registry, GENERAL_HEAD, Act::HandOverPermit { id: permits[0].0.clone(), note: String::new() }).await.unwrap();
        place.clock.set(date(2026, 11, 22));
        assert_eq!(registry.tick().await.unwrap(), Ticked::default());
        place.clock.set(date(2026, 11, 23));
        // What is out does not expire: it is overdue until it comes back.
        assert_eq!(registry.tick().await.unwrap(), Ticked { expired: 2, ..Ticked::default() });
        assert_eq!(registry.permit(&permits[0].0).await.unwrap().unwrap().stage, Stage::Out);
        assert_eq!(registry.inbox(GENERAL_HEAD, registry.now()).await.unwrap().overdue, 1);
        assert_eq!(registry.permit(&permits[1].0).await.unwrap().unwrap().stage, Stage::Expired);

        let tasks = registry.tasks(&TaskFilter::default(), Sort::Due, Default::default()).await.unwrap().total.count;
        assert_eq!(tasks, 2);
        place.clock.set(date(2027, 3, 24));
        assert_eq!(registry.tick().await.unwrap(), Ticked { reminded: 2, scheduled: 1, ..Ticked::default() });
        for (day, reminded) in
            [(date(2027, 3, 25), 0), (date(2027, 3, 31), 0), (date(2027, 4, 1), 2), (date(2027, 4, 1), 0), (date(2027, 4, 8), 2)]
        {
            place.clock.set(day);
            assert_eq!(registry.tick().await.unwrap().reminded, reminded, "{day}");
        }
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_waits_for_its_day_can_be_taken_back_and_is_rebuilt_as_it_was() {
    for place in Place::all().await {
        let registry = place.town().await;
        registry.tick().await.unwrap();
        let original = registry.put_object("規程.pdf", b"%PDF-1.7".to_vec()).await.unwrap();
        let unread = vec![Unread { place: "3ページ".to_owned(), what: "図です。".to_owned() }];
        let source = Source { format: "PDF".to_owned(), unread, original: Some(original) };
        let load = Act::LoadPolicy { file: "規程.pdf".to_owned(), reading: Box::new(reading()), source: source.clone() };
        registry.submit(Actor::Console, load).await.unwrap();
        let first = registry.version(1).await.unwrap().unwrap();
        let before = first.confirmed.as_ref().unwrap().confirmation.clone();
        let adopt =
            |effective| Act::AdoptPolicy { version: 2, confirmation: Confirmation { effective, unread_checked: true, ..before.clone() } };
        let day = date(2026, 12, 1);
        registry.submit(Actor::Console, adopt(date(2026, 11, 30))).await.unwrap();
        let withdraw = Act::WithdrawAdoption { version: 2, reason: "日を改める".to_owned() };
        registry.submit(Actor::Console, withdraw).await.unwrap();
        assert!(!registry.snapshot().office.rulebooks.contains_key(&2));
        let registry = {
            // What was taken back does not come back with a restart.
            registry.close().await;
            place.open().await
        };
        assert!(!registry.snapshot().office.rulebooks.contains_key(&2));
        registry.submit(Actor::Console, adopt(day)).await.unwrap();
        let digest = registry.projection_digest().await.unwrap();
        registry.rebuild().await.unwrap();
        assert_eq!(registry.projection_digest().await.unwrap(), digest);
        let version = registry.version(2).await.unwrap().unwrap();
        assert_eq!((&version.source, version.effective), (&source, Some(day)));
        assert!(version.confirmed.as_ref().unwrap().confirmation.unread_checked);

        // The last moment of the old version, and the first of the new.
        place.clock.set(date(2026, 11, 30));
        registry.tick().await.unwrap();
        assert_eq!(registry.snapshot().rulebook(registry.now().date()).unwrap().version, 1);
        let (old, _) = apply(&registry, CLERK, carry_out("", date(2026, 11, 30), date(2026, 12, 5))).await;
        place.clock.set(day);
        assert_eq!(registry.tick().await.unwrap().scheduled, 1);
        assert_eq!(registry.tick().await.unwrap().scheduled, 0);
        let (new, _) = apply(&registry, CLERK, carry_out("", day, date(2026, 12, 5))).await;
        let cite = async |id: &str| registry.permit(id).await.unwrap().unwrap().cite.version;
        assert_eq!((cite(&old).await, cite(&new).await), (1, 2));
        registry.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_begins_under_another_version_gets_the_tasks_of_that_version_only() {
    for place in Place::all().await {
        let registry = place.town().await;
        registry.tick().await.unwrap();
        let load = Act::LoadPolicy { file: "規程.txt".to_owned(), reading: Box::new(reading()), source: Source::default() };
        registry.submit(Actor::Console, load).await.unwrap();
        let before = registry.version(1).await.unwrap().unwrap().confirmed.as_ref().unwrap().confirmation.clone();
        let confirmation = Confirmation { effective: date(2027, 4, 1), ..before };
        registry.submit(Actor::Console, Act::AdoptPolicy { version: 2, confirmation }).await.unwrap();
        place.clock.set(date(2027, 3, 24));
        assert_eq!(registry.tick().await.unwrap().scheduled, 0);
        place.clock.set(date(2027, 4, 1));
        assert_eq!(registry.tick().await.unwrap().scheduled, 1);
        let tasks = TaskFilter { year: Some(2027), ..TaskFilter::default() };
        let tasks = registry.tasks(&tasks, Sort::Due, Default::default()).await.unwrap();
        assert!(!tasks.items.is_empty() && tasks.items.iter().all(|task| task.cite.version == 2));
        registry.close().await;
    }
}
