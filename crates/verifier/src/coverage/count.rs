//! Facts → how every norm of the policy in force stands on a day.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::facts::{Facts, Note, Person, items, text, texts};
use super::{Coverage, Norm, STATES};

/// What was found about one norm.
#[derive(Clone, Copy, PartialEq)]
struct Found {
    state: &'static str,
    record: Option<u64>,
    last: Option<u64>,
}

pub(super) fn count(facts: &Facts, at: &str) -> Coverage {
    let in_force = facts.books.iter().filter(|(_, book)| text(book, "/effective") <= at);
    let in_force = in_force.max_by(|(a, x), (b, y)| (text(x, "/effective"), a).cmp(&(text(y, "/effective"), b)));
    let mut coverage = Coverage {
        at: at.to_owned(),
        version: 0,
        title: String::new(),
        figures: STATES.iter().map(|(code, _)| (*code, 0)).collect(),
        by_means: BTreeMap::new(),
        norms: Vec::new(),
    };
    let Some((version, book)) = in_force else { return coverage };
    coverage.version = *version;
    text(book, "/title").clone_into(&mut coverage.title);
    let counter = Counter::new(facts, *version, book, at);
    let norms: Vec<&Value> = items(book, "/coverage").collect();
    let own: Vec<Found> = norms.iter().map(|norm| counter.norm(norm)).collect();
    for (norm, itself) in norms.iter().zip(&own) {
        let by = items(norm, "/fulfilled_by").filter_map(Value::as_u64).filter_map(|index| own.get(usize::try_from(index).ok()?));
        let by: Vec<Found> = by.copied().collect();
        let found = if by.is_empty() { *itself } else { best(&by) };
        let means = text(norm, "/means").to_owned();
        *coverage.figures.entry(found.state).or_default() += 1;
        *coverage.by_means.entry(means.clone()).or_default().entry(found.state).or_default() += 1;
        coverage.norms.push(Norm {
            clause: text(norm, "/clause").to_owned(),
            standard: norm.get("standard").and_then(Value::as_bool).unwrap_or(false),
            n: norm.get("n").and_then(Value::as_u64).unwrap_or(0),
            means,
            state: found.state,
            record: found.record,
            last: found.last,
            says: text(norm, "/says").to_owned(),
        });
    }
    coverage
}

/// Place of a state in the report: the earlier, the better.
fn rank(state: &str) -> usize {
    STATES.iter().position(|(code, _)| *code == state).unwrap_or(STATES.len())
}

/// A statement stands like the best of what fulfils it.
fn best(by: &[Found]) -> Found {
    let last = by.iter().filter_map(|found| found.last).max();
    let mut best = Found { state: "open", record: None, last };
    for found in by {
        let better = (rank(found.state), std::cmp::Reverse(found.record)) < (rank(best.state), std::cmp::Reverse(best.record));
        if better {
            best = Found { last, ..*found };
        }
    }
    best
}

struct Counter<'a> {
    facts: &'a Facts,
    at: &'a str,
    adopted: Option<u64>,
    /// Seats held of each role; one empty entry for a role of the whole body.
    seats: BTreeMap<&'a str, BTreeSet<String>>,
    overdue: BTreeSet<&'a str>,
}

impl<'a> Counter<'a> {
    fn new(facts: &'a Facts, version: u64, book: &'a Value, at: &'a str) -> Self {
        let seats = items(book, "/roles").map(|role| (text(role, "/id"), seats(facts, role))).collect();
        let late = facts.tasks.values().filter(|task| !task.done && task.due.as_str() < at);
        let mut counter = Self { facts, at, adopted: None, seats, overdue: late.map(|task| task.duty.as_str()).collect() };
        counter.adopted = counter.newest(&format!("adopted:{version}"));
        counter
    }

    fn newest(&self, key: &str) -> Option<u64> {
        self.facts.notes.get(key)?.values().map(|note| note.index).max()
    }

    fn norm(&self, norm: &Value) -> Found {
        let last = texts(norm, "/evidence").filter_map(|key| self.newest(key)).max();
        let runs = |what: &str| items(norm, "/runners").any(|runner| text(runner, "/by") == what);
        let in_force =
            |record: Option<u64>| Found { state: if record.is_some() { "works" } else { "open" }, record, last: last.or(self.adopted) };
        if items(norm, "/runners").next().is_none() {
            return in_force(self.adopted);
        }
        if texts(norm, "/who").all(|role| self.seats.get(role).is_none_or(BTreeSet::is_empty)) {
            return Found { state: "nobody", record: None, last };
        }
        if runs("attestation") {
            return self.attested(norm, last);
        }
        if runs("duty") {
            let duties: Vec<&str> = texts(norm, "/evidence").filter(|key| key.starts_with("duty:")).collect();
            if !duties.iter().any(|key| self.facts.notes.contains_key(*key)) {
                return Found { state: "open", record: None, last };
            }
            if duties.iter().filter_map(|key| key.strip_prefix("duty:")).any(|duty| self.overdue.contains(duty)) {
                return Found { state: "old", record: None, last };
            }
        }
        in_force(last.or(self.adopted))
    }

    fn attested(&self, norm: &Value, last: Option<u64>) -> Found {
        let mut whole: Option<u64> = None;
        let (mut said, mut refused) = (false, false);
        for role in texts(norm, "/who") {
            let Some(seats) = self.seats.get(role).filter(|seats| !seats.is_empty()) else { continue };
            let answers: Vec<Option<&Note>> = seats.iter().map(|seat| self.answer(norm, seat)).collect();
            said |= answers.iter().any(Option::is_some);
            refused |= answers.iter().flatten().any(|note| note.answer == "no");
            let valid = |note: &&Note| note.answer != "no" && note.until.as_deref().is_none_or(|until| self.at <= until);
            if answers.iter().all(|answer| answer.as_ref().is_some_and(valid)) {
                whole = whole.max(answers.iter().flatten().map(|note| note.index).max());
            }
        }
        match (refused, whole, said) {
            (true, ..) | (_, None, false) => Found { state: "open", record: None, last },
            (_, Some(record), _) => Found { state: "works", record: Some(record), last },
            (_, None, true) => Found { state: "old", record: None, last },
        }
    }

    /// The newest answer for a seat under any key.
    fn answer(&self, norm: &Value, seat: &str) -> Option<&'a Note> {
        let notes = texts(norm, "/evidence").filter_map(|key| self.facts.notes.get(key)?.get(seat));
        notes.max_by_key(|note| note.index)
    }
}

/// The seats of a role that somebody active holds.
fn seats(facts: &Facts, role: &Value) -> BTreeSet<String> {
    let active = || facts.people.iter().filter(|(_, person)| person.active);
    let titles: Vec<&str> = texts(role, "/holding/titles").collect();
    let called = |post: &(String, String)| names(post).iter().any(|name| titles.contains(&name.as_str()));
    let whole = |held: bool| if held { BTreeSet::from([String::new()]) } else { BTreeSet::new() };
    match text(role, "/holding/by") {
        "everyone" => whole(active().next().is_some()),
        "people" => whole(texts(role, "/holding/ids").any(|id| facts.people.get(id).is_some_and(|person| person.active))),
        "unit" => active().flat_map(|(_, person)| &person.posts).filter(|post| called(post)).map(|(unit, _)| unit.clone()).collect(),
        "post" => {
            let unit = text(role, "/holding/unit");
            let holds = |person: &Person| person.posts.iter().any(|post| (unit.is_empty() || post.0 == unit) && called(post));
            whole(active().any(|(_, person)| holds(person)))
        }
        _ => BTreeSet::new(),
    }
}

/// What a policy may call a post: 課長, 総務課長, 総務部総務課長; 総務部 and 課長 make 総務部課長.
fn names((unit, title): &(String, String)) -> Vec<String> {
    let mut names = vec![title.clone()];
    let parts: Vec<&str> = unit.split('/').collect();
    for from in (0..parts.len()).rev() {
        let above: String = parts.iter().skip(from).copied().collect();
        let overlap = title.chars().next().is_some_and(|first| above.ends_with(first));
        let stem = if overlap { above.strip_suffix(|_: char| true).unwrap_or_default() } else { above.as_str() };
        names.push(format!("{stem}{title}"));
    }
    names
}
