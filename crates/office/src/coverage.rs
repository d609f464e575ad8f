//! Coverage (規程の働き): what fulfils each norm of the policy, and how it stands, provable from the records.
//!
//! Knows rulebooks, records and what they are evidence of; not how evidence is kept or shown.
//! `docs/formats/coverage.md` is the specification that this module and the auditor's verifier both follow.

mod compile;
mod standing;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::Moment,
    record::{Fact, Record},
    state::{Key, State},
    task::Evidence,
};

pub use compile::{compile, inherit};
pub use standing::{Counts, Standing, Status, statuses};

/// What kind of thing fulfils a norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// Permits, report routes and rules of the door.
    Procedure,
    /// A register, or the roles themselves.
    Register,
    /// Tasks that come round.
    Task,
    /// A check on machines.
    Machine,
    /// A rule of the gateway between zones.
    Gateway,
    /// Training.
    Training,
    /// A document.
    Document,
    /// People, who say how they keep it (点検の報告).
    Attestation,
    /// A statement, fulfilled by others or by being in force.
    Declaration,
}

impl Means {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Procedure,
        Self::Register,
        Self::Task,
        Self::Machine,
        Self::Gateway,
        Self::Training,
        Self::Document,
        Self::Attestation,
        Self::Declaration,
    ];

    /// As it is serialised.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Procedure => "procedure",
            Self::Register => "register",
            Self::Task => "task",
            Self::Machine => "machine",
            Self::Gateway => "gateway",
            Self::Training => "training",
            Self::Document => "document",
            Self::Attestation => "attestation",
            Self::Declaration => "declaration",
        }
    }
}

/// What runs a norm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "by", content = "id")]
pub enum Runner {
    /// A procedure by its key.
    Procedure(String),
    /// Tasks of a duty by its key.
    Duty(String),
    /// A report route by its event.
    Route(String),
    /// A register by its id.
    Register(String),
    /// A role by its id: somebody holds it.
    Role(String),
    /// A rule of the door by its id.
    Rule(String),
    /// People who say how they keep it.
    Attestation,
}

impl Runner {
    /// The key its evidence is found by; rules and roles have none but the adoption itself.
    fn evidence(&self) -> Option<String> {
        match self {
            Self::Procedure(key) => Some(format!("procedure:{key}")),
            Self::Duty(key) => Some(format!("duty:{key}")),
            Self::Route(event) => Some(format!("route:{event}")),
            Self::Register(id) => Some(format!("register:{id}")),
            Self::Role(_) | Self::Rule(_) | Self::Attestation => None,
        }
    }
}

/// What fulfils one norm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covering {
    /// Path of the clause, or number of the clause of the standard set.
    pub clause: String,
    /// Whether the clause is of the standard set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standard: bool,
    /// 1, 2, … within the clause.
    pub n: usize,
    /// Control it binds to first; empty if to none.
    pub control: String,
    /// How the sentence begins.
    pub says: String,
    /// What kind of thing fulfils it.
    pub means: Means,
    /// What runs it; nothing for a statement.
    pub runners: Vec<Runner>,
    /// Role ids, any of whose holders answers for it.
    pub who: Vec<String>,
    /// Months after which what was attested is old; 0 for never.
    pub months: u32,
    /// First day of the first version in which it stood.
    pub since: Date,
    /// Keys its evidence is found by, those of earlier versions included.
    pub evidence: Vec<String>,
    /// For a statement: indexes, in the rulebook's coverage, of the norms that fulfil it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfilled_by: Vec<usize>,
}

impl Covering {
    /// Whether it is fulfilled by people who say how they keep it.
    #[must_use]
    pub fn is_attested(&self) -> bool {
        self.runners.contains(&Runner::Attestation)
    }
}

/// The key by which the evidence of an attested norm is found.
#[must_use]
pub fn attest_key(version: u32, clause: &str, standard: bool, n: usize) -> String {
    if standard { format!("attest:standard:{clause}#{n}") } else { format!("attest:{version}:{clause}#{n}") }
}

/// The key by which the adoption of a version is found.
#[must_use]
pub fn adopted_key(version: u32) -> String {
    format!("adopted:{version}")
}

/// How a norm is kept, as its officer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It is kept.
    Yes,
    /// It is not kept.
    No,
    /// There is nothing here it could apply to.
    None,
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestLine {
    /// Clause path or number of the standard set.
    pub clause: String,
    /// Whether the clause is of the standard set.
    pub standard: bool,
    /// Which norm of the clause; 0 for all that the actor answers for.
    pub n: usize,
    /// How it is kept.
    pub answer: Answer,
    /// What was done, or why not.
    pub statement: String,
    /// Files that prove it, already in the object store.
    pub evidence: Vec<Evidence>,
}

/// What an officer said about a norm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Version of the policy.
    pub version: u32,
    /// Clause path or number of the standard set.
    pub clause: String,
    /// Whether the clause is of the standard set.
    pub standard: bool,
    /// Which norm of the clause.
    pub n: usize,
    /// Role exercised.
    pub role: String,
    /// Units for which it was exercised; one empty entry for a role of the whole body.
    pub seats: Vec<String>,
    /// How it is kept.
    pub answer: Answer,
    /// What was done, or why not.
    pub statement: String,
    /// Last day on which this counts; `None` for ever.
    pub until: Option<Date>,
    /// Files that prove it.
    pub evidence: Vec<Evidence>,
}

impl Attestation {
    /// The key its evidence is found by.
    #[must_use]
    pub fn key(&self) -> String {
        attest_key(self.version, &self.clause, self.standard, self.n)
    }
}

/// A record as evidence of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is evidence of.
    pub key: String,
    /// Unit it speaks for; empty for the whole body.
    pub seat: String,
    /// The answer of an attestation.
    pub answer: Option<Answer>,
    /// Last day on which it counts; `None` for ever.
    pub until: Option<Date>,
}

/// What was found of one key and seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Index of the record in the ledger.
    pub index: u64,
    /// When it was recorded.
    pub at: Moment,
    /// The answer of an attestation.
    pub answer: Option<Answer>,
    /// Last day on which it counts; `None` for ever.
    pub until: Option<Date>,
}

/// The newest evidence there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// By key and seat.
    pub notes: std::collections::BTreeMap<String, std::collections::BTreeMap<String, Note>>,
    /// Duties with a task that is not done though its day has passed.
    pub overdue: std::collections::BTreeSet<String>,
}

impl Found {
    /// Notes a record, which is newer than all noted before.
    pub fn note(&mut self, told: Told, index: u64, at: Moment) {
        let note = Note { index, at, answer: told.answer, until: told.until };
        self.notes.entry(told.key).or_default().insert(told.seat, note);
    }
}

/// What a record is evidence of. The state holds the things it concerns, with the record already applied.
#[must_use]
pub fn evidence(state: &State, record: &Record) -> Vec<Told> {
    let plain = |key: String| Told { key, seat: String::new(), answer: None, until: None };
    let of = |runner: Runner| runner.evidence().map(plain).into_iter().collect();
    match &record.fact {
        Fact::PolicyAdopted { rulebook } => vec![plain(adopted_key(rulebook.version))],
        Fact::ClauseAttested { attestation } => {
            let key = attestation.key();
            let told =
                |seat: &String| Told { key: key.clone(), seat: seat.clone(), answer: Some(attestation.answer), until: attestation.until };
            attestation.seats.iter().map(told).collect()
        }
        Fact::RowAdded { row } | Fact::RowChanged { row, .. } | Fact::RowRemoved { row, .. } => of(Runner::Register(row.register.clone())),
        Fact::TasksScheduled { tasks, .. } => {
            let duties: std::collections::BTreeSet<&String> = tasks.iter().map(|task| &task.duty).collect();
            duties.into_iter().flat_map(|duty| Runner::Duty(duty.clone()).evidence()).map(plain).collect()
        }
        Fact::TaskDone { id, .. } => {
            state.tasks.held(&Key::Task(id.clone())).map_or_else(Vec::new, |task| of(Runner::Duty(task.duty.clone())))
        }
        Fact::IncidentReported { incident } => of(Runner::Route(incident.report.event.clone())),
        Fact::IncidentStepDone { id, .. } | Fact::IncidentNoted { id, .. } | Fact::IncidentClosed { id, .. } => {
            let incident = state.incidents.held(&Key::Incident(id.clone()));
            incident.map_or_else(Vec::new, |incident| of(Runner::Route(incident.report.event.clone())))
        }
        Fact::PermitApplied { permit } => of(Runner::Procedure(permit.application.procedure.clone())),
        Fact::PermitRevised { id, .. }
        | Fact::PermitSentBack { id, .. }
        | Fact::PermitApproved { id, .. }
        | Fact::PermitRefused { id, .. }
        | Fact::PermitWithdrawn { id, .. }
        | Fact::PermitHandedOver { id, .. }
        | Fact::PermitReturned { id, .. }
        | Fact::PermitExpired { id }
        | Fact::PermitRevoked { id, .. } => {
            let permit = state.permits.held(&Key::Permit(id.clone()));
            permit.map_or_else(Vec::new, |permit| of(Runner::Procedure(permit.application.procedure.clone())))
        }
        _ => Vec::new(),
    }
}
