//! Where the clauses of one version are in the next, and whether they say the same. Knows of no rulebook.

use std::collections::BTreeMap;

use policy::{Reading, compare::lineage};

use super::correction::Words;

/// What became of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand<'a> {
    /// It is gone.
    Gone,
    /// Its words changed; it stands here.
    Changed(&'a str),
    /// It says the same under another number.
    Moved(&'a str),
    /// It says the same where it was.
    Same(&'a str),
}

/// The clauses of a version followed into the next.
pub struct Clauses<'a> {
    moved: BTreeMap<&'a str, &'a str>,
    before: Words<'a>,
    after: Words<'a>,
}

impl<'a> Clauses<'a> {
    /// Follows every clause.
    #[must_use]
    pub fn of(before: &'a Reading, after: &'a Reading) -> Self {
        let (old, new) = (Words::of(before), Words::of(after));
        let paths: BTreeMap<&str, &str> =
            before.document.clauses.iter().map(|clause| (clause.path.as_str(), clause.path.as_str())).collect();
        let origins = lineage(&[&before.document, &after.document]);
        let mut moved: BTreeMap<&str, &str> = BTreeMap::new();
        for (clause, origin) in after.document.clauses.iter().zip(origins.last().into_iter().flatten()) {
            let Some(known) = paths.get(origin.path.as_str()).filter(|_| origin.version == 0) else { continue };
            // Of the parts of a clause that was split, the one with the same words is the clause.
            if !moved.contains_key(known) || new.digest(&clause.path) == old.digest(known) {
                moved.insert(known, clause.path.as_str());
            }
        }
        Self { moved, before: old, after: new }
    }

    /// Path now of a clause of the version before.
    #[must_use]
    pub fn now(&self, path: &str) -> Option<&'a str> {
        self.moved.get(path).copied()
    }

    /// What became of a clause of the version before.
    #[must_use]
    pub fn stand(&self, path: &str) -> Stand<'a> {
        match self.now(path) {
            None => Stand::Gone,
            Some(now) if self.before.digest(path) != self.after.digest(now) => Stand::Changed(now),
            Some(now) if now != path => Stand::Moved(now),
            Some(now) => Stand::Same(now),
        }
    }

    /// The words of the next version.
    #[must_use]
    pub const fn after(&self) -> &Words<'a> {
        &self.after
    }
}
