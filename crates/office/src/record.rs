//! Records: past-tense facts the door wrote, serialised as the payloads of the ledger.
//!
//! A kind is never changed once released: a new shape is a new kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    adoption::{Confirmed, PolicyVersion},
    calendar::Moment,
    coverage::Attestation,
    incident::Incident,
    people::{Delegation, Person, Unit},
    permit::{Application, Permit},
    register::Row,
    rulebook::{Cite, Rulebook},
    task::{Evidence, Task},
};

/// A fact with who, when and on what ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was recorded.
    pub at: Moment,
    /// Who acted: staff number, `system` for the passing of time, `console` for the command line.
    pub by: String,
    /// Whose role was exercised, when acting as a deputy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<String>,
    /// Clause on which it rests, with the version of the policy in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cite: Option<Cite>,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Fact {
    /// The body was set up.
    BodyFounded {
        /// Its name.
        name: String,
    },
    /// People and units were added or changed.
    PeopleChanged {
        /// Units as they are now.
        units: Vec<Unit>,
        /// People as they are now.
        people: Vec<Person>,
    },
    /// Somebody was made deputy.
    Delegated {
        /// The delegation.
        delegation: Delegation,
    },
    /// A delegation was ended before its time.
    DelegationEnded {
        /// Its number.
        id: u64,
    },
    /// An account was opened, or its administration right changed.
    AccountOpened {
        /// Staff number.
        person: String,
        /// Whether it administers the system.
        administrator: bool,
    },
    /// An account was closed.
    AccountClosed {
        /// Staff number.
        person: String,
    },
    /// A password was set. The secret itself is not recorded.
    PasswordSet {
        /// Staff number.
        person: String,
        /// Whether it must be changed at the next sign-in.
        must_change: bool,
    },
    /// A second factor was set or removed. The secret itself is not recorded.
    SecondFactorSet {
        /// Staff number.
        person: String,
        /// Whether there is one now.
        present: bool,
    },
    /// Somebody signed in.
    SignedIn {
        /// Staff number.
        person: String,
    },
    /// An attempt to sign in failed.
    SignInFailed {
        /// Staff number of the account tried.
        person: String,
        /// The account is locked until then, if this failure locked it.
        locked_until: Option<Moment>,
    },
    /// Somebody signed out or the session ran out.
    SignedOut {
        /// Staff number.
        person: String,
    },
    /// A policy document was loaded and read.
    PolicyLoaded {
        /// The version with its reading.
        version: PolicyVersion,
    },
    /// A policy was adopted and rules from its effective date on.
    PolicyAdopted {
        /// What it makes the office do.
        rulebook: Rulebook,
    },
    /// What the officer confirmed for an adoption, with what of it was a correction of the reading.
    PolicyConfirmed {
        /// Number of the version.
        version: u32,
        /// What was confirmed.
        confirmed: Confirmed,
    },
    /// An adoption was taken back before its day.
    AdoptionWithdrawn {
        /// Number of the version.
        version: u32,
        /// Why.
        reason: String,
    },
    /// A row was entered in a register.
    RowAdded {
        /// The row.
        row: Row,
    },
    /// A row was changed.
    RowChanged {
        /// The row as it is now.
        row: Row,
        /// Values before, by key, of what changed.
        before: BTreeMap<String, String>,
        /// Why.
        reason: String,
    },
    /// A row was closed: its thing was disposed of.
    RowRemoved {
        /// The row as it is now.
        row: Row,
        /// Why and how.
        reason: String,
        /// Permit it rests on, if one is needed.
        permit: Option<String>,
    },
    /// Somebody applied for a permit.
    PermitApplied {
        /// The permit.
        permit: Permit,
    },
    /// An applicant corrected what was sent back. Approvals given so far are void.
    PermitRevised {
        /// Id of the permit.
        id: String,
        /// The application as it is now.
        application: Application,
        /// Its digest.
        digest: String,
    },
    /// An application was sent back for correction.
    PermitSentBack {
        /// Id of the permit.
        id: String,
        /// What to correct.
        reason: String,
    },
    /// One of the required approvals was given.
    PermitApproved {
        /// Id of the permit.
        id: String,
        /// Which of its requirements was met.
        requirement: usize,
        /// Role exercised.
        role: String,
        /// Digest of what was approved.
        digest: String,
        /// Note of the approver.
        note: String,
        /// Why an applicant decided on his own application.
        emergency: Option<String>,
        /// Whether all requirements are met now.
        complete: bool,
    },
    /// An application was refused.
    PermitRefused {
        /// Id of the permit.
        id: String,
        /// Role exercised.
        role: String,
        /// Why.
        reason: String,
    },
    /// The applicant withdrew.
    PermitWithdrawn {
        /// Id of the permit.
        id: String,
        /// Why.
        reason: String,
    },
    /// The thing was handed over.
    PermitHandedOver {
        /// Id of the permit.
        id: String,
        /// Note.
        note: String,
    },
    /// The return was confirmed.
    PermitReturned {
        /// Id of the permit.
        id: String,
        /// Whether erasure was confirmed too.
        erased: bool,
        /// Note.
        note: String,
    },
    /// The period is over.
    PermitExpired {
        /// Id of the permit.
        id: String,
    },
    /// An approval was taken back.
    PermitRevoked {
        /// Id of the permit.
        id: String,
        /// Why.
        reason: String,
    },
    /// An applicant decided on his own application in an emergency; the CISO is told.
    EmergencyReported {
        /// Id of the permit.
        permit: String,
        /// Task of the CISO to look at it.
        task: Task,
    },
    /// The tasks of a fiscal year were scheduled from the duties of the policy.
    TasksScheduled {
        /// Fiscal year.
        year: i16,
        /// Version of the policy.
        version: u32,
        /// The tasks.
        tasks: Vec<Task>,
    },
    /// The holders of a task were reminded.
    TaskReminded {
        /// Id of the task.
        id: String,
    },
    /// A task was done.
    TaskDone {
        /// Id of the task.
        id: String,
        /// What was done.
        note: String,
        /// Files that prove it.
        evidence: Vec<Evidence>,
    },
    /// Somebody who answers for a norm said how it is kept.
    ClauseAttested {
        /// What was said.
        attestation: Attestation,
    },
    /// An incident was reported.
    IncidentReported {
        /// The incident with the steps of its route.
        incident: Incident,
    },
    /// A step of the route was done.
    IncidentStepDone {
        /// Id of the incident.
        id: String,
        /// Which step, from 0.
        step: usize,
        /// What was told.
        note: String,
    },
    /// Something was added to the timeline.
    IncidentNoted {
        /// Id of the incident.
        id: String,
        /// What.
        note: String,
    },
    /// The incident was closed.
    IncidentClosed {
        /// Id of the incident.
        id: String,
        /// Its cause.
        cause: String,
        /// What prevents another.
        prevention: String,
    },
    /// The payload of an earlier record was erased on a lawful request; its leaf stays.
    PayloadErased {
        /// Index of the record in the ledger.
        index: u64,
        /// Request or order it rests on.
        ground: String,
    },
}
