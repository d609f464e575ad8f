//! Reads the text of a security policy into clauses, obligations and a model; knows no clock, file or network.
//!
//! Data flows one way: text → clause tree ([`tree`]) → obligations ([`obligation`]) → model
//! ([`model`]) → problems of the document ([`problem`]); two readings → what changed ([`compare`]);
//! readings of several versions → what is looked for in them ([`search`]).
//! Reading never fails: whatever cannot be understood stays in the tree and is reported as a
//! [`problem::Problem`] with its line and column.

pub mod compare;
pub mod control;
pub mod effective;
pub mod genre;
pub mod glossary;
pub mod model;
pub mod obligation;
pub mod problem;
pub mod reference;
pub mod search;
pub mod text;
pub mod tree;

use control::Controls;
use serde::{Deserialize, Serialize};

/// Everything read from one policy document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The clause tree over the source text.
    pub document: tree::Document,
    /// Normative sentences in document order.
    pub obligations: Vec<obligation::Obligation>,
    /// Roles, classes, procedures, routes, duties … derived from the obligations.
    pub model: model::Model,
    /// What is wrong or unclear in the document itself (規程の点検).
    pub problems: Vec<problem::Problem>,
}

/// Reads a policy document. The same text and controls always give the same reading.
#[must_use]
pub fn read(text: &str, controls: &Controls) -> Reading {
    let (document, mut problems) = tree::parse(text);
    let obligations = obligation::extract(&document, controls);
    let model = model::derive(&document, &obligations);
    problems.extend(problem::check(&document, &obligations, &model));
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Reading { document, obligations, model, problems }
}
