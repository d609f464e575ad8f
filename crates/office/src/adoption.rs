//! Adoption (施行): a loaded policy, what the officer confirms, and the rulebook that follows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::model::Approval;
use serde::{Deserialize, Serialize};

use crate::{calendar::Moment, rulebook::Holding};

/// A loaded version of the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// 1, 2, …
    pub number: u32,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// What was read.
    pub reading: policy::Reading,
    /// First day it rules, once adopted.
    pub effective: Option<Date>,
}

/// What the officer confirms or corrects on the adoption page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// First day it rules (施行日).
    pub effective: Date,
    /// Holder by role id.
    pub holdings: BTreeMap<String, Holding>,
    /// Corrections by procedure key.
    pub procedures: BTreeMap<String, ProcedureCorrection>,
    /// Months by duty key, where the policy says 定期的に or the body wants another interval; 0 for upon an event.
    pub months: BTreeMap<String, u32>,
    /// Whether the standard set is adopted for what the policy does not rule itself.
    pub standard: bool,
}

/// A procedure as the officer wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcedureCorrection {
    /// Whether it is offered at all.
    pub offered: bool,
    /// Role ids that decide.
    pub approvers: Vec<String>,
    /// How they work together.
    pub approval: Approval,
}
