//! Tasks: a duty of the policy, due on a date, with evidence.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{calendar::Moment, rulebook::Cite};

/// A file that proves something was done. Its bytes lie in the object store under its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// File name as given.
    pub name: String,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// Something to be done by a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// `2026-012-03`: fiscal year, duty, occurrence and unit.
    pub id: String,
    /// Fiscal year it belongs to.
    pub year: i16,
    /// Key of the duty in the rulebook.
    pub duty: String,
    /// What is to be done.
    pub title: String,
    /// Role ids, any of whose holders may do it.
    pub roles: Vec<String>,
    /// Unit whose holder of the role is meant; empty for the whole body.
    pub unit: String,
    /// Last day.
    pub due: Date,
    /// When it was done.
    pub done_at: Option<Moment>,
    /// Who did it.
    pub done_by: Option<String>,
    /// What was done.
    pub note: String,
    /// Files that prove it.
    pub evidence: Vec<Evidence>,
    /// How often the holders were reminded.
    pub reminders: u32,
    /// Policy version and clause it comes from.
    pub cite: Cite,
}
