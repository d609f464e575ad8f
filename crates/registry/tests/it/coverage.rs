//! How norms stand as the town lives on; at every step the auditor's verifier counts the same from an export.

use jiff::civil::date;
use office::{
    act::{Act, Actor},
    coverage::{Answer, AttestLine, Covering},
};
use registry::{Registry, SubmitError};

use crate::{
    histories::{counted, recounted},
    town::{CLERK, GENERAL_HEAD, Place, TAX_HEAD, TOP, by, carry_out, person},
};

fn line(clause: &str, answer: Answer, statement: &str) -> AttestLine {
    AttestLine { clause: clause.to_owned(), standard: false, n: 0, answer, statement: statement.to_owned(), evidence: Vec::new() }
}

async fn attest(registry: &Registry, who: &str, clause: &str, answer: Answer) -> u64 {
    let act = Act::AttestClauses { version: 1, lines: vec![line(clause, answer, "見て回った")] };
    by(registry, who, act).await.unwrap().first_index
}

/// How the first norm of a clause stands and the record that says so, agreed upon by both counts.
async fn stands(registry: &Registry, clause: &str) -> (&'static str, Option<u64>) {
    let counted = counted(registry).await;
    assert_eq!(recounted(registry).await, counted);
    counted.into_iter().find(|(at, ..)| at == clause).map(|(_, _, standing, record, _)| (standing, record)).unwrap()
}

fn norm(registry: &Registry, clause: &str) -> Covering {
    let snapshot = registry.snapshot();
    let book = snapshot.rulebook(registry.now().date()).unwrap();
    book.coverage.iter().find(|covering| covering.clause == clause).unwrap().clone()
}

#[tokio::test]
async fn a_norm_stands_as_its_records_say() {
    for place in Place::all().await {
        let registry = place.town().await;
        // A mechanism works from the adoption on; a duty once its tasks are scheduled; what people keep once they say so.
        assert_eq!(norm(&registry, "2/(1)").who, ["最高責任者"]);
        assert_eq!(norm(&registry, "2/(2)").who, ["課の管理者"]);
        assert_eq!(norm(&registry, "2/(3)").who, ["課の管理者"], "what binds everybody is the section heads' to answer for");
        assert_eq!(stands(&registry, "2/(1)").await, ("open", None));
        assert_eq!(stands(&registry, "1").await, ("open", None), "its tasks are not scheduled yet");
        registry.tick().await.unwrap();
        assert_eq!(stands(&registry, "1").await.0, "works");
        let index = attest(&registry, TOP, "2/(1)", Answer::Yes).await;
        assert_eq!(stands(&registry, "2/(1)").await, ("works", Some(index)));

        // Every unit must say so.
        attest(&registry, TAX_HEAD, "2/(2)", Answer::Yes).await;
        assert_eq!(stands(&registry, "2/(2)").await, ("old", None));
        let index = attest(&registry, GENERAL_HEAD, "2/(2)", Answer::None).await;
        assert_eq!(stands(&registry, "2/(2)").await, ("works", Some(index)));

        // One that says no is heard until it says yes.
        attest(&registry, TAX_HEAD, "2/(2)", Answer::No).await;
        assert_eq!(stands(&registry, "2/(2)").await, ("open", None));
        let index = attest(&registry, TAX_HEAD, "2/(2)", Answer::Yes).await;
        assert_eq!(stands(&registry, "2/(2)").await, ("works", Some(index)));

        // Nobody holds the role any more.
        let moved = |title: &str| Act::ChangePeople { units: Vec::new(), people: vec![person(TOP, "川辺 一郎", "総務部", title)] };
        registry.submit(Actor::Console, moved("主事")).await.unwrap();
        assert_eq!(stands(&registry, "2/(1)").await, ("nobody", None));
        registry.submit(Actor::Console, moved("副町長")).await.unwrap();
        assert_eq!(stands(&registry, "2/(1)").await.0, "works");

        // The record of a procedure is its last use.
        let act = Act::ApplyForPermit { application: carry_out("", registry.now().date(), date(2026, 12, 1)) };
        let index = by(&registry, CLERK, act).await.unwrap().first_index;
        assert_eq!(stands(&registry, "1").await, ("works", Some(index)));

        // Half a year later what was said is old; tasks left undone are too.
        place.clock.set(date(2027, 5, 21));
        assert_eq!(stands(&registry, "2/(1)").await.0, "works", "the last day of the period counts");
        place.clock.set(date(2027, 5, 22));
        assert_eq!(stands(&registry, "2/(1)").await, ("old", None));
        assert_eq!(stands(&registry, "1").await, ("old", None), "a task is overdue");

        // What is erased is evidence no longer.
        let index = attest(&registry, TOP, "2/(1)", Answer::Yes).await;
        assert_eq!(stands(&registry, "2/(1)").await, ("works", Some(index)));
        let past = registry.evidence_at_end_of(2026).await.unwrap();
        assert!(past.notes.values().flat_map(|seats| seats.values()).all(|note| note.index < index));
        registry.submit(Actor::Console, Act::ErasePayload { index, ground: "請求".to_owned() }).await.unwrap();
        assert_eq!(stands(&registry, "2/(1)").await, ("old", None));
        registry.close().await;
    }
}

#[tokio::test]
async fn only_who_answers_for_a_norm_attests_it() {
    let place = Place::sqlite();
    let registry = place.town().await;
    let refused = async |who: &str, line: AttestLine| {
        let act = Act::AttestClauses { version: 1, lines: vec![line] };
        match by(&registry, who, act).await.unwrap_err() {
            SubmitError::Refused(refusal) => refusal.rule,
            SubmitError::Unavailable(trouble) => panic!("{trouble}"),
        }
    };
    assert_eq!(refused(CLERK, line("2/(2)", Answer::Yes, "")).await, "attest.responsible");
    assert_eq!(refused(TAX_HEAD, line("2/(1)", Answer::Yes, "")).await, "attest.responsible");
    assert_eq!(refused(TAX_HEAD, line("2/(2)", Answer::No, " ")).await, "attest.reason");
    assert_eq!(refused(TAX_HEAD, line("1", Answer::Yes, "")).await, "attest.machine");
    assert_eq!(refused(TAX_HEAD, line("99", Answer::Yes, "")).await, "input");
    // A checklist in which one line is refused leaves no record at all.
    let size = registry.size();
    let lines = vec![line("2/(2)", Answer::Yes, ""), line("2/(1)", Answer::Yes, "")];
    by(&registry, TAX_HEAD, Act::AttestClauses { version: 1, lines }).await.unwrap_err();
    assert_eq!(registry.size(), size);
    registry.close().await;
}
