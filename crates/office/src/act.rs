//! Acts: what somebody wants done.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    adoption::{Confirmation, Source},
    calendar::Moment,
    coverage::AttestLine,
    incident::Report,
    people::{Person, Unit},
    permit::Application,
    task::Evidence,
};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person with an account, by staff number.
    Person(String),
    /// The passing of time: expiry, schedules, reminders.
    System,
    /// The command line on the machine itself: set-up and rescue.
    Console,
}

impl Actor {
    /// How the actor stands in a record.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Person(id) => id,
            Self::System => "system",
            Self::Console => "console",
        }
    }
}

/// What is to be done. Values are as typed; the door checks them.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Set up the body.
    FoundBody {
        /// Its name.
        name: String,
    },
    /// Add or change people and units.
    ChangePeople {
        /// Units as they shall be.
        units: Vec<Unit>,
        /// People as they shall be.
        people: Vec<Person>,
    },
    /// Let somebody act for a person for a time.
    Delegate {
        /// Whose roles.
        principal: String,
        /// Who exercises them.
        deputy: String,
        /// First day.
        since: Date,
        /// Last day.
        until: Date,
        /// Why.
        reason: String,
    },
    /// End a delegation.
    EndDelegation {
        /// Its number.
        id: u64,
    },
    /// Open an account or change whether it administers.
    OpenAccount {
        /// Staff number.
        person: String,
        /// Whether it administers the system.
        administrator: bool,
    },
    /// Close an account.
    CloseAccount {
        /// Staff number.
        person: String,
    },
    /// Note that a password was set; the secret goes beside the act.
    SetPassword {
        /// Staff number.
        person: String,
        /// Whether it must be changed at the next sign-in.
        must_change: bool,
    },
    /// Note that a second factor was set or removed.
    SetSecondFactor {
        /// Staff number.
        person: String,
        /// Whether there is one now.
        present: bool,
    },
    /// Sign in; the secrets were checked by the caller.
    SignIn {
        /// Staff number.
        person: String,
    },
    /// Note a failed attempt to sign in.
    FailSignIn {
        /// Staff number of the account tried.
        person: String,
    },
    /// Sign out.
    SignOut {
        /// Staff number.
        person: String,
    },
    /// Load a policy document; it is read and can then be adopted.
    LoadPolicy {
        /// Name of the file.
        file: String,
        /// Reading of its text.
        reading: Box<policy::Reading>,
        /// The file it came from.
        source: Source,
    },
    /// Adopt a loaded policy.
    AdoptPolicy {
        /// Number of the version.
        version: u32,
        /// What the officer confirmed.
        confirmation: Confirmation,
    },
    /// Take an adoption back before its day.
    WithdrawAdoption {
        /// Number of the version.
        version: u32,
        /// Why.
        reason: String,
    },
    /// Enter a row in a register.
    AddRow {
        /// Register id.
        register: String,
        /// Number it already has (管理番号); empty for the next free one.
        id: String,
        /// Unit that keeps it.
        unit: String,
        /// Values by column key.
        values: BTreeMap<String, String>,
    },
    /// Change a row.
    ChangeRow {
        /// Register id.
        register: String,
        /// Row id.
        id: String,
        /// Revision that was looked at.
        revision: u32,
        /// Values as they shall be.
        values: BTreeMap<String, String>,
        /// Why.
        reason: String,
    },
    /// Close a row: the thing is disposed of.
    RemoveRow {
        /// Register id.
        register: String,
        /// Row id.
        id: String,
        /// Why and how.
        reason: String,
        /// Permit for it.
        permit: Option<String>,
    },
    /// Apply for a permit.
    ApplyForPermit {
        /// What is applied for.
        application: Application,
    },
    /// Correct an application that was sent back, or change one that is waiting.
    RevisePermit {
        /// Id of the permit.
        id: String,
        /// The application as it shall be.
        application: Application,
    },
    /// Send an application back for correction.
    SendBackPermit {
        /// Id of the permit.
        id: String,
        /// Digest of what was looked at.
        digest: String,
        /// What to correct.
        reason: String,
    },
    /// Approve an application.
    ApprovePermit {
        /// Id of the permit.
        id: String,
        /// Digest of what was looked at.
        digest: String,
        /// Note.
        note: String,
        /// Why the applicant himself must decide (やむを得ない場合), where the policy allows that.
        emergency: Option<String>,
    },
    /// Refuse an application.
    RefusePermit {
        /// Id of the permit.
        id: String,
        /// Digest of what was looked at.
        digest: String,
        /// Why.
        reason: String,
    },
    /// Withdraw an application.
    WithdrawPermit {
        /// Id of the permit.
        id: String,
        /// Why.
        reason: String,
    },
    /// Hand the thing over.
    HandOverPermit {
        /// Id of the permit.
        id: String,
        /// Note.
        note: String,
    },
    /// Confirm the return.
    ConfirmReturn {
        /// Id of the permit.
        id: String,
        /// Whether erasure was confirmed.
        erased: bool,
        /// Note.
        note: String,
    },
    /// The period of a permit is over.
    ExpirePermit {
        /// Id of the permit.
        id: String,
    },
    /// Take an approval back.
    RevokePermit {
        /// Id of the permit.
        id: String,
        /// Why.
        reason: String,
    },
    /// Schedule the tasks of a fiscal year.
    ScheduleTasks {
        /// Fiscal year.
        year: i16,
    },
    /// Remind the holders of a task.
    RemindTask {
        /// Id of the task.
        id: String,
    },
    /// Do a task.
    CompleteTask {
        /// Id of the task.
        id: String,
        /// What was done.
        note: String,
        /// Files that prove it, already in the object store.
        evidence: Vec<Evidence>,
    },
    /// Say how the norms one answers for are kept: one of them, or a whole checklist (点検表).
    AttestClauses {
        /// Version of the policy that was looked at.
        version: u32,
        /// One line for each norm or clause.
        lines: Vec<AttestLine>,
    },
    /// Report an incident.
    ReportIncident {
        /// What is reported.
        report: Report,
    },
    /// Do a step of the route.
    CompleteIncidentStep {
        /// Id of the incident.
        id: String,
        /// Which step, from 0.
        step: usize,
        /// What was told.
        note: String,
    },
    /// Add to the timeline.
    NoteIncident {
        /// Id of the incident.
        id: String,
        /// What.
        note: String,
    },
    /// Close an incident.
    CloseIncident {
        /// Id of the incident.
        id: String,
        /// Its cause.
        cause: String,
        /// What prevents another.
        prevention: String,
    },
    /// Erase the payload of a record on a lawful request.
    ErasePayload {
        /// Index of the record.
        index: u64,
        /// Request or order it rests on.
        ground: String,
    },
}

/// The present moment, which enters every decision.
pub type Now = Moment;
