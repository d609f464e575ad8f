//! Permits, register rows, tasks, incidents and policy versions: one by its id, many by a filter.

use std::sync::Arc;

use jiff::civil::Date;
use office::{
    adoption::PolicyVersion,
    calendar::Moment,
    incident::Incident,
    permit::{Permit, Stage},
    register::Row,
    task::Task,
};

use crate::{Listing, Paging, Registry, Sort, Stream, Trouble};

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

macro_rules! thing {
    ($one:ident, $key:ident: $key_type:ty, $many:ident, $all:ident, $filter:ty, $thing:ty, $words:literal) => {
        impl Registry {
            #[doc = concat!("One ", $words, " by its id, `None` if there is none.\n\n# Errors\n[`Trouble`] if the store fails.")]
            pub async fn $one(&self, _id: &str) -> Result<Option<$thing>, Trouble> {
                Err(Trouble::closed())
            }

            #[doc = concat!("A page of the ", $words, "s that a filter finds.\n\n# Errors\n[`Trouble`] if the store fails.")]
            pub async fn $many(&self, _filter: &$filter, _sort: Sort, _paging: Paging) -> Result<Listing<$thing>, Trouble> {
                Err(Trouble::closed())
            }

            #[doc = concat!("Every ", $words, " that a filter finds, for export.")]
            #[must_use]
            pub fn $all(&self, _filter: &$filter) -> Stream<$thing> {
                Stream::empty()
            }
        }
    };
}

thing!(permit, id: &str, permits, all_permits, PermitFilter, Permit, "permit");
thing!(task, id: &str, tasks, all_tasks, TaskFilter, Task, "task");
thing!(incident, id: &str, incidents, all_incidents, IncidentFilter, Incident, "incident");

impl Registry {
    /// One row of a register by its number, `None` if there is none.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn row(&self, _register: &str, _id: &str) -> Result<Option<Row>, Trouble> {
        Err(Trouble::closed())
    }

    /// A page of the rows that a filter finds.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn rows(&self, _filter: &RowFilter, _sort: Sort, _paging: Paging) -> Result<Listing<Row>, Trouble> {
        Err(Trouble::closed())
    }

    /// Every row that a filter finds, for export.
    #[must_use]
    pub fn all_rows(&self, _filter: &RowFilter) -> Stream<Row> {
        Stream::empty()
    }

    /// A policy version with its reading; the last few asked for are kept in memory.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn version(&self, _number: u32) -> Result<Option<Arc<PolicyVersion>>, Trouble> {
        Err(Trouble::closed())
    }

    /// All policy versions, last first, without their readings.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn versions(&self) -> Result<Vec<VersionLine>, Trouble> {
        Err(Trouble::closed())
    }
}
