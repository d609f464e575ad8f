//! Incidents: reported by anyone, told along the policy's own route, each step with its clock.

use serde::{Deserialize, Serialize};

use crate::{calendar::Moment, permit::Event, rulebook::Cite};

/// What a member of staff reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Event of the rulebook's routes (情報セキュリティインシデント, ICカード等の紛失).
    pub event: String,
    /// One line.
    pub title: String,
    /// What happened.
    pub what: String,
    /// Where.
    pub place: String,
    /// When the reporter became aware of it.
    pub aware_at: Moment,
    /// Whether personal data is involved.
    pub personal: bool,
    /// Number of persons concerned, if known.
    pub persons: Option<u64>,
}

/// A step of the route, with its clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Role ids that must tell; the first step of a route is done by whoever reports.
    pub from: Vec<String>,
    /// Role ids or outside bodies that must be told.
    pub to: Vec<String>,
    /// What is to be told.
    pub what: String,
    /// Unit whose holders are meant.
    pub unit: String,
    /// How fast, in the policy's words.
    pub haste: policy::model::Haste,
    /// When its clock began; `None` while the step before it is open.
    pub began_at: Option<Moment>,
    /// When it must be done.
    pub due_at: Option<Moment>,
    /// When it was done.
    pub done_at: Option<Moment>,
    /// Who did it.
    pub done_by: Option<String>,
    /// What was told.
    pub note: String,
    /// Clause of the step.
    pub cite: Cite,
}

/// An incident with its whole timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// `2026-003`.
    pub id: String,
    /// What was reported.
    pub report: Report,
    /// Who reported it.
    pub reporter: String,
    /// Unit of the reporter.
    pub unit: String,
    /// When it was reported.
    pub reported_at: Moment,
    /// Steps of the route.
    pub steps: Vec<Step>,
    /// Everything that happened.
    pub history: Vec<Event>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// Cause, once known.
    pub cause: String,
    /// What prevents it from happening again.
    pub prevention: String,
}
