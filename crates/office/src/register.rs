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
    /// Whether it was disposed of.
    pub gone: bool,
    /// 1, 2, …
    pub revision: u32,
    /// When it last changed.
    pub changed_at: Moment,
}
