//! Permits, register rows, tasks, incidents and policy versions: one by its id, many by a filter.

use std::sync::Arc;

use jiff::civil::Date;
use office::{
    adoption::PolicyVersion,
    calendar::Moment,
    incident::Incident,
    permit::{Permit, Stage},
    register::Row,
    role,
    state::Key,
    task::Task,
};
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use crate::{
    Listing, Paging, Registry, Sort, Stream, Trouble, listing, schema,
    sql::{self, Cell, Where},
    store,
    text::normalize,
    thing, wait,
};

/// Words of a search that are heeded.
const WORDS: usize = 8;

/// People whose name may be meant by a word.
const PEOPLE: usize = 64;

/// Which permits. Everything left at its default does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermitFilter {
    /// Stages, any of which.
    pub stages: Vec<Stage>,
    /// Staff number of the applicant.
    pub applicant: String,
    /// Unit id; the units below it count too.
    pub unit: String,
    /// Key of the procedure.
    pub procedure: String,
    /// Staff number of somebody for whom it waits now.
    pub waiting_for: String,
    /// Fiscal year of the application.
    pub year: Option<i16>,
    /// Whose period ends on this day or before.
    pub due: Option<Date>,
    /// Words, all of which must occur.
    pub text: String,
}

/// Which rows of a register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFilter {
    /// Register id.
    pub register: String,
    /// Unit id; the units below it count too.
    pub unit: String,
    /// Class in force.
    pub class: String,
    /// Whether disposed of; `None` for both.
    pub gone: Option<bool>,
    /// Words, all of which must occur.
    pub text: String,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaskState {
    /// Any.
    #[default]
    Any,
    /// Not done.
    Open,
    /// Not done though its day has passed.
    Overdue,
    /// Done.
    Done,
}

/// Which tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Fiscal year.
    pub year: Option<i16>,
    /// Staff number of somebody who may do it now, by role, or has done it.
    pub person: String,
    /// Role id.
    pub role: String,
    /// Unit id; the units below it count too.
    pub unit: String,
    /// Key of the duty.
    pub duty: String,
    /// How it stands.
    pub state: TaskState,
    /// Words, all of which must occur.
    pub text: String,
}

/// Which incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Whether open; `None` for both.
    pub open: Option<bool>,
    /// Staff number of the reporter.
    pub reporter: String,
    /// Unit id; the units below it count too.
    pub unit: String,
    /// Fiscal year.
    pub year: Option<i16>,
    /// Words, all of which must occur.
    pub text: String,
}

/// A policy version without its reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLine {
    /// 1, 2, …
    pub number: u32,
    /// Name of the file.
    pub file: String,
    /// Title of the document.
    pub title: String,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// First day it rules, once adopted.
    pub effective: Option<Date>,
}

impl Registry {
    /// The unit and those below it, as a condition.
    fn within(&self, filter: &mut Where, unit: &str, text: &str) {
        if !unit.is_empty() {
            let snapshot = self.snapshot();
            let mut units: Vec<String> = snapshot.office.units.keys().filter(|id| role::lies_in(id, unit)).cloned().collect();
            units.push(unit.to_owned());
            let (list, cells) = sql::list(&units);
            filter.and(&format!("{} IN {list}", column("unit", text)), cells);
            filter.narrows = true;
        }
    }

    /// Every word must occur in the text, or in the name of the person it belongs to.
    fn words(&self, filter: &mut Where, text: &str) {
        for word in normalize(text).split(' ').filter(|word| !word.is_empty()).take(WORDS) {
            let snapshot = self.snapshot();
            let named = snapshot.people.iter().filter(|person| person.name.replace([' ', '　'], "").contains(word) || person.id == word);
            let people: Vec<String> = named.take(PEOPLE).map(|person| person.id.clone()).collect();
            let like = "i.text LIKE ? ESCAPE '!'";
            filter.scans = true;
            if people.is_empty() {
                filter.and(like, [sql::pattern(word).into()]);
            } else {
                let (list, cells) = sql::list(&people);
                filter.and(&format!("({like} OR i.owner IN {list})"), std::iter::once(sql::pattern(word).into()).chain(cells));
            }
        }
    }

    /// Things of a kind that wait for a person now, as a condition.
    fn waits(&self, kind: &str, person: &str) -> (String, Vec<Cell>) {
        let (list, cells) = sql::list(&wait::tokens_of(&self.snapshot(), person, self.now().date()));
        let condition = format!("i.id IN (SELECT w.id FROM waiting w WHERE w.kind = ? AND w.token IN {list} AND w.barred <> ?)");
        (condition, std::iter::once(Cell::from(kind)).chain(cells).chain([person.into()]).collect())
    }

    fn permit_where(&self, wanted: &PermitFilter) -> Where {
        let mut filter = of_kind("permit");
        if !wanted.stages.is_empty() {
            let stages: Vec<String> = wanted.stages.iter().map(|stage| stage.code().to_owned()).collect();
            let (list, cells) = sql::list(&stages);
            filter.and(&format!("{} IN {list}", column("stage", &wanted.text)), cells);
        }
        filter.equals("i.owner", &wanted.applicant).equals("i.shelf", &wanted.procedure);
        self.within(&mut filter, &wanted.unit, &wanted.text);
        if !wanted.waiting_for.is_empty() {
            let (condition, cells) = self.waits("permit", &wanted.waiting_for);
            filter.and(&condition, cells);
        }
        in_year(&mut filter, wanted.year);
        if wanted.due.is_some() {
            filter.and("i.due <= ?", [thing::end_of(wanted.due).into()]);
        }
        self.words(&mut filter, &wanted.text);
        filter
    }

    fn row_where(&self, wanted: &RowFilter) -> Where {
        let mut filter = of_kind(&thing::row_kind(&wanted.register));
        filter.equals("i.class", &wanted.class);
        if let Some(gone) = wanted.gone {
            filter.equals(column("stage", &wanted.text), if gone { "gone" } else { "kept" });
        }
        self.within(&mut filter, &wanted.unit, &wanted.text);
        self.words(&mut filter, &wanted.text);
        filter
    }

    fn task_where(&self, wanted: &TaskFilter) -> Where {
        let mut filter = of_kind("task");
        in_year(&mut filter, wanted.year);
        if !wanted.person.is_empty() {
            let (condition, cells) = self.waits("task", &wanted.person);
            let done = Cell::from(wanted.person.as_str());
            filter.and(&format!("({condition} OR i.owner = ?)"), cells.into_iter().chain([done]));
        }
        filter.equals("i.class", &wanted.role).equals("i.shelf", &wanted.duty);
        self.within(&mut filter, &wanted.unit, &wanted.text);
        match wanted.state {
            TaskState::Any => {}
            TaskState::Open => drop(filter.equals("i.stage", "open")),
            TaskState::Overdue => drop(filter.equals("i.stage", "open").and("i.due < ?", [self.now().0.into()])),
            TaskState::Done => drop(filter.equals("i.stage", "done")),
        }
        self.words(&mut filter, &wanted.text);
        filter
    }

    fn incident_where(&self, wanted: &IncidentFilter) -> Where {
        let mut filter = of_kind("incident");
        if let Some(open) = wanted.open {
            filter.equals(column("stage", &wanted.text), if open { "open" } else { "closed" });
        }
        filter.equals("i.owner", &wanted.reporter);
        self.within(&mut filter, &wanted.unit, &wanted.text);
        in_year(&mut filter, wanted.year);
        self.words(&mut filter, &wanted.text);
        filter
    }

    async fn one<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, Trouble> {
        store::read(&mut *self.shared().connection().await?, key).await
    }

    async fn list<T: DeserializeOwned>(&self, filter: &Where, sort: Sort, paging: Paging) -> Result<Listing<T>, Trouble> {
        listing::list(&mut *self.shared().connection().await?, filter, sort, paging).await
    }
}

/// A column in a condition. Where words are sought as well, every row of the kind is looked at in the order
/// it lies in; the empty text keeps the database from fetching most of them one by one through an index.
fn column(name: &str, text: &str) -> &'static str {
    match (name, text.trim().is_empty()) {
        ("unit", true) => "i.unit",
        ("unit", false) => "i.unit || ''",
        (_, true) => "i.stage",
        (_, false) => "i.stage || ''",
    }
}

fn of_kind(kind: &str) -> Where {
    let mut filter = Where::default();
    filter.equals("i.kind", kind);
    filter
}

fn in_year(filter: &mut Where, year: Option<i16>) {
    if let Some(year) = year {
        filter.and("i.year = ?", [i64::from(year).into()]);
    }
}

macro_rules! thing {
    ($one:ident, $key:path, $many:ident, $all:ident, $condition:ident, $filter:ty, $thing:ty, $word:literal) => {
        impl Registry {
            #[doc = concat!("One ", $word, " by its id, `None` if there is none.\n\n# Errors\n[`Trouble`] if the store fails.")]
            pub async fn $one(&self, id: &str) -> Result<Option<$thing>, Trouble> {
                self.one(&$key(id.to_owned())).await
            }

            #[doc = concat!("A page of the ", $word, "s that a filter finds.\n\n# Errors\n[`Trouble`] if the store fails.")]
            pub async fn $many(&self, filter: &$filter, sort: Sort, paging: Paging) -> Result<Listing<$thing>, Trouble> {
                self.list(&self.$condition(filter), sort, paging).await
            }

            #[doc = concat!("Every ", $word, " that a filter finds, for export.")]
            #[must_use]
            pub fn $all(&self, filter: &$filter) -> Stream<$thing> {
                listing::stream(self.shared(), self.$condition(filter))
            }
        }
    };
}

thing!(permit, Key::Permit, permits, all_permits, permit_where, PermitFilter, Permit, "permit");
thing!(task, Key::Task, tasks, all_tasks, task_where, TaskFilter, Task, "task");
thing!(incident, Key::Incident, incidents, all_incidents, incident_where, IncidentFilter, Incident, "incident");

impl Registry {
    /// One row of a register by its number, `None` if there is none.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn row(&self, register: &str, id: &str) -> Result<Option<Row>, Trouble> {
        self.one(&Key::Row(register.to_owned(), id.to_owned())).await
    }

    /// A page of the rows that a filter finds.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn rows(&self, filter: &RowFilter, sort: Sort, paging: Paging) -> Result<Listing<Row>, Trouble> {
        self.list(&self.row_where(filter), sort, paging).await
    }

    /// Every row that a filter finds, for export.
    #[must_use]
    pub fn all_rows(&self, filter: &RowFilter) -> Stream<Row> {
        listing::stream(self.shared(), self.row_where(filter))
    }

    /// A policy version with its reading; the last few asked for are kept in memory.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn version(&self, number: u32) -> Result<Option<Arc<PolicyVersion>>, Trouble> {
        if let Some(known) = self.shared().version(number) {
            return Ok(Some(known));
        }
        let size = self.size();
        let found = self.one(&Key::Version(number)).await?.map(Arc::new);
        // A version read while a record changed it may be the old one: it is not kept.
        if let Some(version) = found.as_ref().filter(|_| self.size() == size) {
            self.shared().keep_version(version);
        }
        Ok(found)
    }

    /// All policy versions, last first, without their readings.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn versions(&self) -> Result<Vec<VersionLine>, Trouble> {
        let text = "SELECT year, shelf, name, changed, due FROM item WHERE kind = $1 ORDER BY year DESC";
        let mut lines = Vec::new();
        for row in sql::fetch(&mut *self.shared().connection().await?, text, vec!["version".into()]).await? {
            let (number, effective): (i64, i64) = (row.try_get(0)?, row.try_get(4)?);
            lines.push(VersionLine {
                number: u32::try_from(number).unwrap_or(0),
                file: row.try_get(1)?,
                title: row.try_get(2)?,
                loaded_at: Moment(row.try_get(3)?),
                effective: (effective != schema::NEVER).then(|| Moment(effective).date()),
            });
        }
        Ok(lines)
    }
}
