//! The catalogue: procedures with their forms, registers, the standard set and the door's rules, all data.

use serde::Deserialize;

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One line.
    Text,
    /// Several lines.
    Long,
    /// A date, `2026-11-21`.
    Date,
    /// A whole number.
    Number,
    /// One of the options.
    Choice,
    /// `yes` or `no`.
    Yesno,
    /// A staff number.
    Person,
    /// A unit id.
    Unit,
    /// An asset class of the body.
    Class,
    /// Id of one row of a register.
    Row,
    /// Ids of rows of a register, divided by one space.
    Rows,
}

/// A field of a form or a column of a register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Field {
    /// English key.
    pub key: String,
    /// What staff read.
    pub label: String,
    /// Kind of value.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Options of a choice.
    #[serde(default)]
    pub options: Vec<String>,
    /// Help for filling it in.
    #[serde(default)]
    pub help: String,
    /// Register that a row or rows field refers to.
    #[serde(default)]
    pub register: String,
    /// Whether a register's list shows it.
    #[serde(default)]
    pub list: bool,
}

/// Whether a form asks for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// Both days must be given.
    Required,
    /// They may be given.
    Optional,
    /// There is none.
    None,
}

/// The form of a procedure: `catalog/procedures/<control>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Form {
    /// Control id, also the file's name.
    pub control: String,
    /// Title.
    pub title: String,
    /// When one needs it.
    pub summary: String,
    /// Group in the list of forms.
    pub group: String,
    /// Whether it asks for a period.
    pub period: Period,
    /// Longest period in days.
    #[serde(default)]
    pub max_days: Option<i32>,
    /// Whether it asks for the asset class.
    #[serde(default)]
    pub class: bool,
    /// Whether a thing is handed over.
    #[serde(default)]
    pub handover: bool,
    /// Whether return must be confirmed.
    #[serde(default, rename = "return")]
    pub returns: bool,
    /// Whether erasure must be confirmed.
    #[serde(default)]
    pub erase: bool,
    /// Register concerned.
    #[serde(default)]
    pub register: String,
    /// Who may apply in the standard set.
    pub applicant: String,
    /// Who decides in the standard set: role ids of the standard set.
    pub approvers: Vec<String>,
    /// How they work together in the standard set.
    pub approval: policy::model::Approval,
    /// Fields.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
}

/// A register: `catalog/registers/<id>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Register {
    /// English id.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it is for.
    pub summary: String,
    /// Controls it serves.
    #[serde(default)]
    pub controls: Vec<String>,
    /// Beginning of its row numbers.
    pub number_prefix: String,
    /// Columns.
    #[serde(default, rename = "column")]
    pub columns: Vec<Field>,
}

/// A general rule of the door: `catalog/rules.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// Id.
    pub id: String,
    /// Act it watches.
    pub act: String,
    /// The rule in Japanese, as the refusal says it.
    pub says: String,
    /// Facts, any of which makes the act forbidden.
    pub forbid: Vec<String>,
    /// Facts that together lift it.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Control whose clause it cites.
    pub control: String,
    /// Who can help.
    pub help: String,
}

/// Everything in `catalog/` that the office uses.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Forms by control.
    pub forms: Vec<Form>,
    /// Registers.
    pub registers: Vec<Register>,
    /// Rules of the door.
    pub rules: Vec<Rule>,
}
