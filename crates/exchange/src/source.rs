//! What an export is made of: a version of a policy, and what a body does about it; reads nothing by itself.

use std::collections::BTreeMap;

use jiff::civil::Date;
use office::{calendar::Moment, catalog::Catalog, rulebook::Rulebook};
use policy::{
    Reading,
    compare::{Origin, lineage},
    tree::Document,
};

/// A version of a policy, with or without a body that adopted it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Name of the body; empty for a document without one.
    pub body: &'a str,
    /// What tells this body from all others: its identities are made from it.
    pub seed: &'a str,
    /// Number of the version, from 1.
    pub version: u32,
    /// Name of the file that was loaded.
    pub file: &'a str,
    /// SHA-256 of its text, hex; empty if not known.
    pub sha256: &'a str,
    /// When it was loaded, or last changed.
    pub changed_at: Moment,
    /// First day it rules.
    pub effective: Option<Date>,
    /// What was read.
    pub reading: &'a Reading,
    /// Where each clause first stood, in the order of the clauses; see [`origins`].
    pub origins: &'a [Origin],
}

/// What a body does about its policy.
#[derive(Debug, Clone, Copy)]
pub struct Adoption<'a> {
    /// The rulebook in force.
    pub book: &'a Rulebook,
    /// The catalogue with registers, rules and the standard set.
    pub catalog: &'a Catalog,
    /// How each control stands; see [`Standing`].
    pub standings: &'a Standings,
}

/// The origins of the clauses of the last of a body's versions, all of which are given, oldest first.
///
/// Later versions change nothing about the origins in earlier ones: an id once given stays.
#[must_use]
pub fn origins(versions: &[&Document]) -> Vec<Origin> {
    lineage(versions).pop().unwrap_or_default()
}

/// How something that fulfils clauses stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It works, and a record proves it.
    Works,
    /// It is set up; nothing was proved yet, or the last proof is old.
    Unproved,
    /// Nobody holds the role that must do it.
    NobodyResponsible,
    /// Nothing fulfils it.
    NotCovered,
}

/// How clauses stand, by path of the clause or number of the clause of the standard set, with a sentence for the reader.
pub type Standings = BTreeMap<String, (Standing, String)>;
