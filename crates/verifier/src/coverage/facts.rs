//! What records say that matters to the coverage: people, adopted policies, and the newest evidence of each key.

use std::collections::BTreeMap;

use serde_json::Value;

/// A person: whether active, and the posts held as unit and title.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) active: bool,
    pub(super) posts: Vec<(String, String)>,
}

/// The newest record of a key and seat.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) index: u64,
    pub(super) answer: String,
    pub(super) until: Option<String>,
}

/// A task as far as it matters here.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) duty: String,
    pub(super) due: String,
    pub(super) done: bool,
}

/// Everything that was said up to a record.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) people: BTreeMap<String, Person>,
    /// Rulebooks by version.
    pub(super) books: BTreeMap<u64, Value>,
    /// By key, then by seat.
    pub(super) notes: BTreeMap<String, BTreeMap<String, Note>>,
    pub(super) tasks: BTreeMap<String, Task>,
    /// Key of the procedure of each permit.
    permits: BTreeMap<String, String>,
    /// Event of each incident.
    incidents: BTreeMap<String, String>,
}

/// A text inside a value; empty if there is none.
pub(super) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// The items of a list inside a value.
pub(super) fn items<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// The texts of a list inside a value.
pub(super) fn texts<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v str> {
    items(value, path).filter_map(Value::as_str)
}

/// The day in Japan of a moment in microseconds since 1970, as `2026-11-21`.
pub(super) fn day(at: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let days = at.saturating_add(9 * 3_600_000_000).div_euclid(DAY);
    // Years are counted from March, eras from 0000-03-01: leap days fall at the end of a year.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

impl Facts {
    fn note(&mut self, key: String, seat: &str, note: Note) {
        self.notes.entry(key).or_default().insert(seat.to_owned(), note);
    }

    fn mark(&mut self, key: String, index: u64) {
        self.note(key, "", Note { index, answer: String::new(), until: None });
    }

    fn put_task(&mut self, task: &Value) {
        let done = task.get("done_at").is_some_and(|at| !at.is_null());
        let kept = Task { duty: text(task, "/duty").to_owned(), due: text(task, "/due").to_owned(), done };
        self.tasks.insert(text(task, "/id").to_owned(), kept);
    }

    /// Takes in the next record.
    pub(super) fn take(&mut self, index: u64, record: &Value) {
        match text(record, "/kind") {
            "people-changed" => self.people(record),
            "policy-adopted" => {
                let book = record.get("rulebook").cloned().unwrap_or_default();
                let version = book.get("version").and_then(Value::as_u64).unwrap_or(0);
                self.books.insert(version, book);
                self.mark(format!("adopted:{version}"), index);
            }
            "row-added" | "row-changed" | "row-removed" => self.mark(format!("register:{}", text(record, "/row/register")), index),
            "clause-attested" => self.attested(index, record),
            "emergency-reported" => {
                if let Some(task) = record.get("task") {
                    self.put_task(task);
                }
            }
            "tasks-scheduled" | "task-done" => self.task(index, record),
            kind if kind.starts_with("permit-") => self.permit(index, record),
            kind if kind.starts_with("incident-") => self.incident(index, record),
            _ => (),
        }
    }

    fn people(&mut self, record: &Value) {
        for person in items(record, "/people") {
            let posts = items(person, "/positions").map(|post| (text(post, "/unit").to_owned(), text(post, "/title").to_owned()));
            let active = person.get("active").and_then(Value::as_bool).unwrap_or(false);
            self.people.insert(text(person, "/id").to_owned(), Person { active, posts: posts.collect() });
        }
    }

    fn attested(&mut self, index: u64, record: &Value) {
        let Some(said) = record.get("attestation") else { return };
        let number = |name: &str| said.get(name).and_then(Value::as_u64).unwrap_or(0);
        let standard = said.get("standard").and_then(Value::as_bool).unwrap_or(false);
        let source = if standard { "standard".to_owned() } else { number("version").to_string() };
        let key = format!("attest:{source}:{}#{}", text(said, "/clause"), number("n"));
        let until = said.get("until").and_then(Value::as_str).map(str::to_owned);
        for seat in texts(said, "/seats") {
            self.note(key.clone(), seat, Note { index, answer: text(said, "/answer").to_owned(), until: until.clone() });
        }
    }

    fn task(&mut self, index: u64, record: &Value) {
        for task in items(record, "/tasks") {
            self.put_task(task);
            self.mark(format!("duty:{}", text(task, "/duty")), index);
        }
        if text(record, "/kind") == "task-done"
            && let Some(task) = self.tasks.get_mut(text(record, "/id"))
        {
            task.done = true;
            let key = format!("duty:{}", task.duty);
            self.mark(key, index);
        }
    }

    fn permit(&mut self, index: u64, record: &Value) {
        match text(record, "/kind") {
            "permit-applied" => {
                let procedure = text(record, "/permit/application/procedure").to_owned();
                self.permits.insert(text(record, "/permit/id").to_owned(), procedure);
            }
            "permit-revised" => {
                if let Some(procedure) = self.permits.get_mut(text(record, "/id")) {
                    text(record, "/application/procedure").clone_into(procedure);
                }
            }
            _ => (),
        }
        let id = if text(record, "/kind") == "permit-applied" { text(record, "/permit/id") } else { text(record, "/id") };
        if let Some(procedure) = self.permits.get(id) {
            self.mark(format!("procedure:{procedure}"), index);
        }
    }

    fn incident(&mut self, index: u64, record: &Value) {
        let reported = text(record, "/kind") == "incident-reported";
        let id = if reported { text(record, "/incident/id") } else { text(record, "/id") };
        if reported {
            self.incidents.insert(id.to_owned(), text(record, "/incident/report/event").to_owned());
        }
        if let Some(event) = self.incidents.get(id) {
            self.mark(format!("route:{event}"), index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_those_of_japan() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_750_000_000_000), "2000-02-29");
        assert_eq!(day(951_836_399_999_999), "2000-02-29");
        assert_eq!(day(951_836_400_000_000), "2000-03-01");
        assert_eq!(day(-1), "1970-01-01");
        assert_eq!(day(-32_400_000_001), "1969-12-31");
    }
}
