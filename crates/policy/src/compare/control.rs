//! What two policies ask for, side by side by control of the catalogue; knows nothing of how they word it.

use std::collections::BTreeMap;

use crate::{
    Reading,
    obligation::{Form, Modality, Obligation},
};

/// A sentence of one of the policies.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Said {
    /// Path of the clause.
    pub clause: String,
    /// The sentence.
    pub text: String,
    /// Its force.
    pub modality: Modality,
}

/// What two policies say about one control.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ByControl {
    /// Id of the control; empty for sentences that no control is known for.
    pub control: String,
    /// Sentences of the first policy.
    pub ours: Vec<Said>,
    /// Sentences of the second.
    pub theirs: Vec<Said>,
}

impl ByControl {
    /// Whether the second policy has it and the first lacks it.
    #[must_use]
    pub fn is_lacking(&self) -> bool {
        self.ours.is_empty() && !self.theirs.is_empty()
    }

    /// Whether the first policy has it and the second lacks it.
    #[must_use]
    pub fn is_ours_alone(&self) -> bool {
        self.theirs.is_empty() && !self.ours.is_empty()
    }
}

/// Sets the norms of two policies side by side, by the control that fits them best, in the order of the ids.
#[must_use]
pub fn by_control(ours: &Reading, theirs: &Reading) -> Vec<ByControl> {
    let mut rows: BTreeMap<&str, ByControl> = BTreeMap::new();
    for (reading, side) in [(ours, 0), (theirs, 1)] {
        for norm in reading.obligations.iter().filter(|norm| norm.form != Form::Lead) {
            let control = norm.controls.first().map_or("", String::as_str);
            let empty = || ByControl { control: control.to_owned(), ours: Vec::new(), theirs: Vec::new() };
            let row = rows.entry(control).or_insert_with(empty);
            if side == 0 { row.ours.push(said(norm)) } else { row.theirs.push(said(norm)) }
        }
    }
    rows.into_values().collect()
}

fn said(norm: &Obligation) -> Said {
    Said { clause: norm.clause.clone(), text: norm.text.clone(), modality: norm.modality }
}
