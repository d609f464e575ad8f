//! Clause text → obligations (規範文): who must, may or must not do what, towards whom, when.

use serde::{Deserialize, Serialize};

use crate::{control::Controls, tree::Document};

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
pub fn extract(_document: &Document, _controls: &Controls) -> Vec<Obligation> {
    Vec::new()
}
