//! Things as rows: where a thing is kept, and what it is found and sorted by.

use jiff::civil::Date;
use office::{
    adoption::PolicyVersion,
    calendar::{Moment, fiscal_year, plus_days},
    incident::Incident,
    permit::Permit,
    register::Row,
    state::{Key, State},
    task::Task,
};
use serde::Serialize;

use crate::{schema::NEVER, sql::Cell, text::normalize};

/// Characters of normalized text that are searched.
const TEXT: usize = 400;

/// Where a thing is kept: kind and id in the tables.
pub(crate) fn place(key: &Key) -> (String, String) {
    let kept = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    match key {
        Key::Permit(id) => kept("permit", id),
        Key::Row(register, id) => (row_kind(register), id.clone()),
        Key::Task(id) => kept("task", id),
        Key::Incident(id) => kept("incident", id),
        Key::Version(number) => ("version".to_owned(), number.to_string()),
        Key::Norm(id) => kept("norm", id),
        Key::Person(id) => kept("person", id),
        Key::Office => kept("office", ""),
    }
}

/// The kind of the rows of a register.
pub(crate) fn row_kind(register: &str) -> String {
    format!("row:{register}")
}

/// What is kept at a place.
pub(crate) fn key(kind: &str, id: &str) -> Option<Key> {
    let id = id.to_owned();
    Some(match kind {
        "permit" => Key::Permit(id),
        "task" => Key::Task(id),
        "incident" => Key::Incident(id),
        "version" => Key::Version(id.parse().ok()?),
        "norm" => Key::Norm(id),
        "person" => Key::Person(id),
        "office" => Key::Office,
        _ => Key::Row(kind.strip_prefix("row:")?.to_owned(), id),
    })
}

/// The last moment of a day, [`NEVER`] without one.
pub(crate) fn end_of(date: Option<Date>) -> i64 {
    date.map_or(NEVER, |date| Moment::start_of(plus_days(date, 1)).0 - 1)
}

/// What a thing is found and sorted by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Item {
    shelf: String,
    unit: String,
    owner: String,
    stage: &'static str,
    class: String,
    year: i64,
    due: i64,
    changed: i64,
    name: String,
    words: Vec<String>,
}

impl Item {
    /// The row of the table `item`.
    fn cells(self, kind: &str, id: &str) -> [Cell; 12] {
        let text = normalize(&format!("{id} {} {}", self.name, self.words.join(" "))).chars().take(TEXT).collect::<String>();
        let name = self.name.chars().take(80).collect::<String>();
        [
            kind.into(),
            id.into(),
            self.shelf.into(),
            self.unit.into(),
            self.owner.into(),
            self.stage.into(),
            self.class.into(),
            self.year.into(),
            self.due.into(),
            self.changed.into(),
            name.into(),
            text.into(),
        ]
    }
}

/// A thing that is kept whole and listed.
pub(crate) trait Thing: Serialize {
    /// What it is found and sorted by.
    fn item(&self) -> Item;
}

impl Thing for Permit {
    fn item(&self) -> Item {
        Item {
            shelf: self.application.procedure.clone(),
            unit: self.unit.clone(),
            owner: self.applicant.clone(),
            stage: self.stage.code(),
            class: self.application.class.clone().unwrap_or_default(),
            year: fiscal_year(self.applied_at.date()).into(),
            due: end_of(self.application.until),
            changed: self.history.last().map_or(self.applied_at, |event| event.at).0,
            name: self.title.clone(),
            words: self.application.values.values().cloned().collect(),
        }
    }
}

impl Thing for Row {
    fn item(&self) -> Item {
        let name = self.values.get("name").or_else(|| self.values.values().next()).cloned().unwrap_or_default();
        Item {
            shelf: self.register.clone(),
            unit: self.unit.clone(),
            owner: String::new(),
            stage: if self.gone { "gone" } else { "kept" },
            class: self.class.clone().unwrap_or_default(),
            year: 0,
            due: NEVER,
            changed: self.changed_at.0,
            words: self.values.iter().filter(|(key, _)| *key != "name").map(|(_, value)| value.clone()).collect(),
            name,
        }
    }
}

impl Thing for Task {
    fn item(&self) -> Item {
        Item {
            shelf: self.duty.clone(),
            unit: self.unit.clone(),
            owner: self.done_by.clone().unwrap_or_default(),
            stage: if self.done_at.is_some() { "done" } else { "open" },
            class: self.roles.first().cloned().unwrap_or_default(),
            year: self.year.into(),
            due: end_of(Some(self.due)),
            changed: self.done_at.unwrap_or_default().0,
            name: self.title.clone(),
            words: vec![self.unit.clone(), self.note.clone()],
        }
    }
}

impl Thing for Incident {
    fn item(&self) -> Item {
        let open = self.closed_at.is_none();
        let due = self.steps.iter().filter(|step| open && step.done_at.is_none()).filter_map(|step| step.due_at).min();
        Item {
            shelf: self.report.event.clone(),
            unit: self.unit.clone(),
            owner: self.reporter.clone(),
            stage: if open { "open" } else { "closed" },
            class: String::new(),
            year: fiscal_year(self.reported_at.date()).into(),
            due: due.map_or(NEVER, |due| due.0),
            changed: self.history.last().map_or(self.reported_at, |event| event.at).0,
            name: self.report.title.clone(),
            words: vec![self.report.event.clone(), self.report.place.clone(), self.report.what.clone()],
        }
    }
}

impl Thing for PolicyVersion {
    fn item(&self) -> Item {
        Item {
            shelf: self.file.clone(),
            stage: if self.effective.is_some() { "adopted" } else { "loaded" },
            year: self.number.into(),
            due: self.effective.map_or(NEVER, |date| Moment::start_of(date).0),
            changed: self.loaded_at.0,
            name: self.reading.document.title.clone(),
            ..Item::default()
        }
    }
}

/// A thing as the rows of `thing` and `item`.
pub(crate) struct Kept {
    /// Row of `thing`.
    pub(crate) thing: [Cell; 3],
    /// Row of `item`.
    pub(crate) item: [Cell; 12],
}

/// The rows of a thing that lies on its shelf; `None` for people and the office, which are kept otherwise.
pub(crate) fn kept(state: &State, key: &Key) -> Result<Option<Kept>, serde_json::Error> {
    let thing: Option<&dyn ErasedThing> = match key {
        Key::Permit(_) => state.permits.held(key).map(|thing| thing as _),
        Key::Row(..) => state.rows.held(key).map(|thing| thing as _),
        Key::Task(_) => state.tasks.held(key).map(|thing| thing as _),
        Key::Incident(_) => state.incidents.held(key).map(|thing| thing as _),
        Key::Version(_) => state.versions.held(key).map(|thing| thing as _),
        Key::Norm(_) | Key::Person(_) | Key::Office => None,
    };
    let (kind, id) = place(key);
    thing.map(|thing| thing.kept(&kind, &id)).transpose()
}

/// A [`Thing`] of whatever type.
trait ErasedThing {
    fn kept(&self, kind: &str, id: &str) -> Result<Kept, serde_json::Error>;
}

impl<T: Thing> ErasedThing for T {
    fn kept(&self, kind: &str, id: &str) -> Result<Kept, serde_json::Error> {
        let body = serde_json::to_string(self)?;
        Ok(Kept { thing: [kind.into(), id.into(), body.into()], item: self.item().cells(kind, id) })
    }
}
