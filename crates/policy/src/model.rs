//! Obligations → model: what the policy sets up, derived and not typed in.
//!
//! Every entry names the clause it comes from. Entries refer to roles by [`Role::id`].

mod classes;
mod documents;
mod duties;
pub(crate) mod names;
mod outline;
mod procedures;
pub(crate) mod roles;
mod routes;
pub(crate) mod words;
mod zones;

use serde::{Deserialize, Serialize};

use crate::{obligation::Obligation, tree::Document};

/// What a policy sets up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Roles with the post that holds them; a role that acts without being defined is here too, without a post.
    pub roles: Vec<Role>,
    /// Asset classes, highest first.
    pub classes: Vec<Class>,
    /// Who may apply for what, and who must approve.
    pub procedures: Vec<Procedure>,
    /// Who tells whom, how fast, on what event; in the order of the steps.
    pub routes: Vec<RouteStep>,
    /// What someone must do, and how often.
    pub duties: Vec<Duty>,
    /// What nobody, or a named role, may do.
    pub prohibitions: Vec<Norm>,
    /// What systems must be made to do.
    pub measures: Vec<Norm>,
    /// Documents that must exist.
    pub documents: Vec<DocumentRequired>,
    /// Zones of the network, in the order of the text.
    pub zones: Vec<Zone>,
}

/// Where in the policy something is stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Path of the clause.
    pub clause: String,
    /// Order of the sentence in the clause; 0 for the clause as a whole.
    pub n: usize,
    /// Line in the source, 1-based.
    pub line: usize,
}

/// A role (役割) of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The name as defined, which also serves as its identity in this policy.
    pub id: String,
    /// Other spellings and abbreviations used in the text.
    pub aliases: Vec<String>,
    /// Post that holds it, as written (副市長, 企画財政部長, 各所管課長); for a committee the post of its
    /// chair or the body that serves as it; `None` if the policy names none.
    pub post: Option<String>,
    /// What kind of holder it has.
    pub holder: Holder,
    /// Role whose holder acts when this one is absent.
    pub deputy: Option<String>,
    /// Committee that the holder of this role chairs, if stated.
    pub chair: Option<String>,
    /// Where it is defined.
    pub cite: Citation,
}

/// What kind of holder a role has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// One person of the body: a CISO.
    One,
    /// One person in each unit (各所管課長).
    Unit,
    /// A committee or contact point.
    Committee,
    /// Members of staff who were nominated.
    Nominated,
    /// Everybody it applies to (職員等, 端末装置利用者).
    Everyone,
}

/// An asset class (情報資産の分類).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Name as written (Ⅰ, 機密性3).
    pub name: String,
    /// Axis it belongs to: 重要性 where there is one axis, or 機密性, 完全性, 可用性.
    pub axis: String,
    /// 0 is the highest of its axis.
    pub rank: usize,
    /// What falls into it, as written.
    pub meaning: String,
    /// Where it is defined.
    pub cite: Citation,
}

/// How the approvers of a procedure work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Any one of the named roles (A又はB).
    Any,
    /// All of the named roles (A及びB), in any order.
    All,
    /// The first nominates, the last confirms (Aが指名し、Bが認めた).
    Nominated,
}

/// A procedure (申請・許可): somebody needs the leave of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// Id in the catalogue of procedures, which is the id of the control (`media.takeout`).
    pub control: String,
    /// What leave is asked for, short.
    pub title: String,
    /// Who may apply: role ids, or the subject as written where it is no role.
    pub applicants: Vec<String>,
    /// Who decides: role ids.
    pub approvers: Vec<String>,
    /// How the approvers work together.
    pub approval: Approval,
    /// Asset class it is limited to, as in [`Obligation::class`].
    pub class: Option<String>,
    /// When it is needed, as written.
    pub condition: String,
    /// Where it is stated.
    pub cite: Citation,
}

/// How fast something must be told or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Haste {
    /// 直ちに, 至急.
    Immediately,
    /// 速やかに, 早急に.
    Promptly,
    /// 遅滞なく.
    WithoutDelay,
    /// Nothing is said.
    Unstated,
}

/// A step of a report route (報告経路).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteStep {
    /// What has happened: groups the steps of one route (情報セキュリティインシデント, ICカード等の紛失).
    pub event: String,
    /// Control id of the step (`incident.report`).
    pub control: String,
    /// Who tells: role ids.
    pub from: Vec<String>,
    /// Who is told: role ids, or outside bodies as written.
    pub to: Vec<String>,
    /// How fast.
    pub haste: Haste,
    /// What exactly, as written.
    pub condition: String,
    /// Where it is stated.
    pub cite: Citation,
}

/// How often something must be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "every", content = "months")]
pub enum Cadence {
    /// Once every so many months, as stated (毎年度 is 12).
    Months(u32),
    /// 定期的に, without an interval: the body decides on adoption.
    Unstated,
    /// Upon an event.
    Event,
    /// All the time: a responsibility without a date of its own, which makes no task.
    Standing,
}

/// Something someone must do (定期業務・責務).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Control id.
    pub control: String,
    /// Who: role ids, or the subject as written where it is no role; empty if the text names nobody.
    pub who: Vec<String>,
    /// What, as written.
    pub what: String,
    /// How often.
    pub cadence: Cadence,
    /// Where it is stated.
    pub cite: Citation,
}

/// A norm without a procedure of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Norm {
    /// Control id, empty if none was found.
    pub control: String,
    /// Whom it binds: role ids; empty if the text names nobody.
    pub who: Vec<String>,
    /// What, as written.
    pub what: String,
    /// Where it is stated.
    pub cite: Citation,
}

/// A document that must exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRequired {
    /// Name as written (情報セキュリティ実施手順, 緊急時対応計画).
    pub name: String,
    /// Who keeps it: role ids.
    pub keeper: Vec<String>,
    /// Where it is stated.
    pub cite: Citation,
}

/// A zone (領域) of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// One of `mynumber`, `lgwan`, `internet`, or the name as written.
    pub id: String,
    /// Name as written.
    pub name: String,
    /// Where it is defined or ruled.
    pub cite: Citation,
}

/// Derives the model of a document from its obligations.
#[must_use]
pub fn derive(document: &Document, obligations: &[Obligation]) -> Model {
    let roles: Vec<Role> = roles::collect(document, obligations).into_iter().map(|found| found.role).collect();
    let names = names::Names::new(&roles);
    let outline = outline::Outline::new(document);
    Model {
        classes: classes::derive(document),
        procedures: procedures::derive(&outline, obligations, &names),
        routes: routes::derive(&outline, obligations, &names),
        duties: duties::duties(obligations, &names),
        prohibitions: duties::prohibitions(obligations, &names),
        measures: duties::measures(obligations, &names),
        documents: documents::derive(&outline, obligations, &names),
        zones: zones::derive(document),
        roles,
    }
}
