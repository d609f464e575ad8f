//! Why the door did not open: the rule, its clause, and who can help.

use serde::{Deserialize, Serialize};

use crate::{rulebook::Cite, state::Key};

/// An act that was not done, and why, in words for the person who wanted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Id of the rule in `catalog/rules.toml`, or a code such as `input` for what is no rule of the policy.
    pub rule: String,
    /// What is refused and why, in Japanese.
    pub says: String,
    /// The clause that forbids it, where the policy (or the standard set) states one.
    pub cite: Option<Cite>,
    /// Who or what can help, in Japanese.
    pub help: String,
    /// Fields of the form that are wrong: key and message.
    pub fields: Vec<(String, String)>,
}

impl Refusal {
    /// A refusal that rests on no clause: something is missing, unknown or misspelt.
    pub fn input(says: impl Into<String>, help: impl Into<String>) -> Self {
        Self { rule: "input".to_owned(), says: says.into(), cite: None, help: help.into(), fields: Vec::new() }
    }

    /// A refusal of a form with the fields that are wrong.
    #[must_use]
    pub fn fields(fields: Vec<(String, String)>) -> Self {
        Self {
            fields, ..Self::input("入力に誤りがあります。", "赤字の項目を直して、もう一度送信してください。")
        }
    }
}

/// Why a decision stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The act is refused.
    Refused(Box<Refusal>),
    /// The state lacks this thing; load it (or note that there is none) and ask again.
    Missing(Key),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
