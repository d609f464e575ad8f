//! The passing of time: each thing happens once, however often time is told to pass.

use jiff::civil::date;
use office::{act::Act, permit::Stage};
use registry::{Sort, TaskFilter, Ticked};

use crate::town::{CLERK, GENERAL_HEAD, Place, apply, approve, by, carry_out};

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
