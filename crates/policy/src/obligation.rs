//! Clause text → obligations (規範文): who must, may or must not do what, towards whom, when.

mod actors;
mod context;
mod modality;
mod reader;
mod sentence;
mod trigger;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub(crate) use context::has_heading;

use crate::{
    control::{Controls, Passage},
    tree::Document,
};

/// The force of a normative sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// しなければならない.
    Duty,
    /// してはならない, 禁止する.
    Prohibition,
    /// 努める.
    Effort,
    /// 望ましい.
    Recommendation,
    /// することができる, この限りでない.
    Permission,
    /// A statement of what is done or is so.
    Declaration,
}

/// How a norm stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A whole sentence.
    Sentence,
    /// A noun phrase listed under a duty.
    Item,
    /// One of several methods.
    Alternative,
    /// A row of a table.
    TableRow,
    /// 次の事項を…: gives subject and modality to its items, is no obligation itself.
    Lead,
}

/// What sets a norm in motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// 定期的に, 毎年度.
    Periodic,
    /// 場合, とき, 次第.
    Event,
    /// 常に, 常時.
    Always,
}

/// A normative sentence. Field names and values are those of the gold files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Path of the clause.
    pub clause: String,
    /// 1, 2, … within the clause.
    pub n: usize,
    /// First line of the sentence's paragraph in the source, 1-based.
    pub line: usize,
    /// The force of the sentence.
    pub modality: Modality,
    /// Who is addressed, as written; inherited from the lead or role heading where the sentence is silent.
    pub subjects: Vec<String>,
    /// Who permits, is told, is asked.
    pub counterparts: Vec<String>,
    /// Asset class the norm is limited to: `Ⅰ`, `Ⅱ以上`, `not:Ⅱ以上`.
    pub class: Option<String>,
    /// What sets it in motion.
    pub trigger: Option<Trigger>,
    /// How it stands in the text.
    pub form: Form,
    /// The piece of the sentence that carries the modality.
    pub cue: String,
    /// Ids of the controls it binds to, best first.
    pub controls: Vec<String>,
    /// Whether it is a ただし書.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exception: bool,
    /// The whole sentence.
    pub text: String,
}

/// Finds the normative sentences of a document, in order.
#[must_use]
pub fn extract(document: &Document, controls: &Controls) -> Vec<Obligation> {
    let drafts = reader::read(document);
    let mut bound: HashMap<usize, (String, Option<String>)> = HashMap::new();
    let mut obligations: Vec<Obligation> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut obligation = draft.obligation;
        if obligation.form != Form::Lead {
            let above = document.clauses.get(draft.clause).and_then(|clause| clause.parent).and_then(|parent| bound.get(&parent));
            obligation.controls = controls.bind(&passage(document, draft.clause, &draft.act, &obligation, above));
        }
        if obligation.controls.is_empty() && obligation.form != Form::Lead {
            // An item says what its lead is about; a further sentence goes on with the one before.
            let lead = document.clauses.get(draft.clause).and_then(|clause| clause.parent).and_then(|parent| bound.get(&parent));
            let before = obligations.last().filter(|last| last.clause == obligation.clause).and_then(|last| last.controls.first());
            obligation.controls.extend(before.or_else(|| lead.and_then(|(_, control)| control.as_ref())).cloned());
        }
        bound.insert(draft.clause, (obligation.text.clone(), obligation.controls.first().cloned()));
        obligations.push(obligation);
    }
    obligations
}

fn passage<'a>(
    document: &'a Document,
    clause: usize,
    act: &'a str,
    obligation: &'a Obligation,
    above: Option<&'a (String, Option<String>)>,
) -> Passage<'a> {
    let mut headings = Vec::new();
    let mut at = Some(clause);
    while let Some(clause) = at.and_then(|at| document.clauses.get(at)) {
        if context::has_heading(clause) {
            headings.push(clause.heading.as_str());
        }
        at = clause.parent;
    }
    Passage {
        act,
        sentence: &obligation.text,
        headings,
        lead: above.map(|(text, _)| text.as_str()),
        above: above.and_then(|(_, control)| control.as_deref()),
        item: matches!(obligation.form, Form::Item | Form::TableRow),
        modality: obligation.modality,
    }
}
