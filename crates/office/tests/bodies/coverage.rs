//! The coverage of whole policies: no norm is silent, and whatever works is backed by a record about it.

use std::collections::{BTreeMap, BTreeSet};

use office::{
    act::{Act, Actor},
    coverage::{self, Answer, AttestLine, Counts, Covering, Means, Runner, Standing, Status},
    role,
};
use policy::obligation::Form;

use super::{Body, adopted, real_policies};

fn statuses(body: &Body) -> Vec<Status> {
    coverage::statuses(&body.state, body.book(), &body.found, body.now.date())
}

/// Every norm of the text has an entry, and every entry has something that fulfils it and somebody who answers for it.
fn none_is_silent(name: &str, text: &str, body: &Body) {
    let reading = policy::read(text, policy::control::Controls::embedded());
    let norms = reading.obligations.iter().filter(|norm| norm.form != Form::Lead);
    let norms: Vec<(&str, usize)> = norms.map(|norm| (norm.clause.as_str(), norm.n)).collect();
    let covered = |standard: bool| body.book().coverage.iter().filter(move |covering| covering.standard == standard);
    let own: Vec<(&str, usize)> = covered(false).map(|covering| (covering.clause.as_str(), covering.n)).collect();
    assert_eq!(own, norms, "{name}: the norms and the entries differ");
    assert_eq!(own.iter().collect::<BTreeSet<_>>().len(), own.len(), "{name}: two entries for one norm");
    let standard = if body.book().standard { body.catalog.clauses().count() } else { 0 };
    assert_eq!(covered(true).count(), standard, "{name}: the standard set");
    for covering in &body.book().coverage {
        let statement = covering.means == Means::Declaration;
        assert!(statement || !covering.runners.is_empty(), "{name} {}: nothing runs it", covering.clause);
        assert!(covering.runners.is_empty() || !covering.who.is_empty(), "{name} {}: nobody answers for it", covering.clause);
        assert!(!covering.is_attested() || covering.months > 0, "{name} {}: what is attested grows old", covering.clause);
        assert!(!covering.evidence.is_empty() && !covering.says.is_empty());
    }
}

/// The record that backs a norm is about that norm: about its mechanism, its adoption, or what fulfils it.
fn is_backed(name: &str, body: &Body) {
    let book = body.book();
    let keys = |covering: &Covering| {
        let mut keys = covering.evidence.clone();
        keys.push(coverage::adopted_key(book.version));
        keys
    };
    for (covering, status) in book.coverage.iter().zip(statuses(body)) {
        assert_eq!(status.standing == Standing::Works, status.backing.is_some(), "{name} {}", covering.clause);
        let Some(note) = status.backing else { continue };
        let record = &body.records[usize::try_from(note.index).unwrap()];
        assert_eq!(record.at, note.at);
        let told: BTreeSet<String> = coverage::evidence(&body.state, record).into_iter().map(|told| told.key).collect();
        let by = covering.fulfilled_by.iter().filter_map(|index| book.coverage.get(*index));
        let known: BTreeSet<String> = keys(covering).into_iter().chain(by.flat_map(keys)).collect();
        assert!(!told.is_disjoint(&known), "{name} {}: record {} is about something else", covering.clause, note.index);
    }
}

/// Everybody answers for everything he must, as one checklist each.
fn attest_all(body: &mut Body) -> usize {
    let book = body.book().clone();
    let mut lines: BTreeMap<String, Vec<AttestLine>> = BTreeMap::new();
    for covering in book.coverage.iter().filter(|covering| covering.is_attested()) {
        let line = AttestLine {
            clause: covering.clause.clone(),
            standard: covering.standard,
            n: covering.n,
            answer: Answer::Yes,
            statement: String::new(),
            evidence: Vec::new(),
        };
        let Some(role) = covering.who.iter().find_map(|id| book.role(id)) else { continue };
        for seat in role::all_seats(&body.state, role) {
            let Some(person) = role::holders(&body.state, role, &seat).first().map(|person| person.id.clone()) else { continue };
            lines.entry(person).or_default().push(line.clone());
        }
    }
    let mut count = 0;
    for (person, lines) in lines {
        count += body.by(&person, &Act::AttestClauses { version: book.version, lines }).unwrap().len();
    }
    count
}

fn runs(name: &str, text: &str) -> (Counts, Counts) {
    let mut body = adopted(text);
    none_is_silent(name, text, &body);
    is_backed(name, &body);
    let year = office::calendar::fiscal_year(body.now.date());
    body.act(&Actor::System, &Act::ScheduleTasks { year }).unwrap();
    is_backed(name, &body);
    let before = Counts::of(&statuses(&body));
    let attested = attest_all(&mut body);
    is_backed(name, &body);
    let after = Counts::of(&statuses(&body));
    let by = Means::ALL.map(|means| (means.code(), body.book().coverage.iter().filter(|covering| covering.means == means).count()));
    println!("{name}: {by:?} before {before:?} {attested} attested, after {after:?}");
    assert_eq!(before.total(), after.total());
    assert!(attested > 0 && after.works > before.works, "{name}: attesting changes nothing");
    for (covering, status) in body.book().coverage.iter().zip(statuses(&body)) {
        assert!(
            !covering.is_attested() || status.standing != Standing::Open,
            "{name} {}: attested and still open {status:?}",
            covering.clause
        );
    }
    (before, after)
}

#[test]
fn no_norm_of_the_sample_town_is_silent() {
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/policy.txt")).unwrap();
    let (before, after) = runs("samples/policy.txt", &text);
    assert!(before.open > 0, "what people keep is open until they say so");
    assert_eq!(after.nobody, 0);
}

#[test]
fn no_norm_of_the_real_policies_is_silent() {
    for file in real_policies() {
        runs(&file.file_name().unwrap().to_string_lossy(), &std::fs::read_to_string(&file).unwrap());
    }
}

#[test]
fn what_is_attested_is_not_claimed_by_a_mechanism() {
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/policy.txt")).unwrap();
    for covering in &adopted(&text).book().coverage {
        let attested = covering.runners.contains(&Runner::Attestation);
        assert!(!attested || covering.runners.len() == 1, "{}: {:?}", covering.clause, covering.runners);
    }
}

/// What was attested under one version counts under the next; what is new there is not covered by it.
#[test]
fn an_amendment_keeps_the_evidence_of_what_it_leaves_alone() {
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/policy.txt")).unwrap();
    let mut body = adopted(&text);
    attest_all(&mut body);
    let before = body.book().clone();
    let old = before.coverage.iter().find(|covering| covering.is_attested()).unwrap().clone();
    let reading = policy::read(&text, policy::control::Controls::embedded());
    let mut amended = reading.clone();
    // A sentence is added to the clause of the first attested norm.
    let mut added = amended.obligations.iter().find(|norm| norm.clause == old.clause && norm.n == old.n).unwrap().clone();
    added.n = 99;
    added.text = "職員等は、新しく加えられたことを守らなければならない。".to_owned();
    added.controls = Vec::new();
    amended.obligations.push(added);
    body.now = body.now.plus_seconds(86_400 * 30);
    let confirmation = office::adoption::Confirmation {
        effective: body.now.date(),
        holdings: before.roles.iter().map(|role| (role.id.clone(), role.holding.clone())).collect(),
        standard: before.standard,
        ..office::adoption::Confirmation::default()
    };
    body.act(
        &Actor::Console,
        &Act::LoadPolicy { file: "second.txt".to_owned(), reading: Box::new(amended), source: office::adoption::Source::default() },
    )
    .unwrap();
    body.act(&Actor::Console, &Act::AdoptPolicy { version: 2, confirmation }).unwrap();
    let book = body.book().clone();
    assert_eq!(book.version, 2);
    for (covering, status) in book.coverage.iter().zip(statuses(&body)).filter(|(covering, _)| covering.is_attested()) {
        if covering.n == 99 {
            assert_eq!(status.standing, Standing::Open, "nobody has said anything about what is new");
        } else {
            assert_eq!(status.standing, Standing::Works, "{} was attested under the first version", covering.clause);
        }
        assert_eq!(covering.since, before.effective, "{} stood from the first version on", covering.clause);
    }
    assert!(book.coverage.iter().any(|covering| covering.n == 99));
}
