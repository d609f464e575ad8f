//! Registers (台帳): tables the policy makes people keep. Their columns are data in `catalog/registers/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Moment;

/// A row of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Register id (`asset`, `device`, `media`).
    pub register: String,
    /// Number such as `資-000012`.
    pub id: String,
    /// Unit that keeps it.
    pub unit: String,
    /// Values by column key.
    pub values: BTreeMap<String, String>,
    /// Class in force: own, inherited from the original, or the highest of what a medium holds.
    pub class: Option<String>,
    /// Why the class is what it is, when it is not the row's own: `copy` or `holds`.
    pub class_from: Option<String>,
    /// Permit under which it is out of the house, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// Rows that copy it or hold it, as register and row id: their class follows its class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<(String, String)>,
    /// Whether it was disposed of.
    pub gone: bool,
    /// 1, 2, …
    pub revision: u32,
    /// When it last changed.
    pub changed_at: Moment,
}
