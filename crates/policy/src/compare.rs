//! Two versions of a policy → what changed, clause by clause; and where each clause first stood.

use std::collections::HashMap;

use crate::tree::Document;

/// Where a clause first stood: its identity through renumbering and moving.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Index of the version, among those asked about, in which it first stood.
    pub version: usize,
    /// Its path there.
    pub path: String,
}

/// The origin of every clause of every version, oldest version first; in the order of [`Document::clauses`].
#[must_use]
pub fn lineage(versions: &[&Document]) -> Vec<Vec<Origin>> {
    let mut all: Vec<Vec<Origin>> = Vec::with_capacity(versions.len());
    let mut known: HashMap<&str, Origin> = HashMap::new();
    for (version, document) in versions.iter().enumerate() {
        let origins: Vec<Origin> = document
            .clauses
            .iter()
            .map(|clause| known.get(clause.path.as_str()).cloned().unwrap_or_else(|| Origin { version, path: clause.path.clone() }))
            .collect();
        known = document.clauses.iter().map(|clause| clause.path.as_str()).zip(origins.iter().cloned()).collect();
        all.push(origins);
    }
    all
}
