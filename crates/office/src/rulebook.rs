//! The rulebook: what an adopted policy, together with its confirmation, makes the office do.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::model::{Approval, Class, Haste, Holder, Zone};
use serde::{Deserialize, Serialize};

/// A citation that travels with every rule, refusal, task and record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cite {
    /// Version of the policy, 0 before one is adopted.
    pub version: u32,
    /// Path of the clause, or number of the clause of the standard set.
    pub clause: String,
    /// Whether the clause is of the standard set (標準実施基準) instead of the body's own text.
    pub standard: bool,
}

/// Who holds a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "by")]
pub enum Holding {
    /// Whoever holds one of these titles, in this unit if one is named, else anywhere.
    Post {
        /// Unit id, empty for any.
        unit: String,
        /// Titles, such as 副町長.
        titles: Vec<String>,
    },
    /// In each unit, whoever holds one of these titles there or in the nearest unit above.
    Unit {
        /// Titles, such as 課長, 所長.
        titles: Vec<String>,
    },
    /// These people by staff number.
    People {
        /// Staff numbers.
        ids: Vec<String>,
    },
    /// Everybody.
    Everyone,
    /// Nobody yet: must be confirmed before adoption.
    Nobody,
}

/// A role of the rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Identity: name in the policy, or id of the standard set.
    pub id: String,
    /// Name that staff read.
    pub name: String,
    /// Kind of holder.
    pub kind: Holder,
    /// Who holds it.
    pub holding: Holding,
    /// Role whose holder acts when this one's is absent.
    pub deputy: Option<String>,
    /// Where it is defined.
    pub cite: Cite,
}

/// A procedure somebody can apply under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// Identity: the control, with `-2`, `-3` when the policy states several.
    pub key: String,
    /// Control, which names the form in `catalog/procedures/`.
    pub control: String,
    /// Title staff read.
    pub title: String,
    /// Role ids that may apply; empty for everybody.
    pub applicants: Vec<String>,
    /// Role ids that decide.
    pub approvers: Vec<String>,
    /// How they work together.
    pub approval: Approval,
    /// Asset class it is limited to.
    pub class: Option<String>,
    /// When it is needed.
    pub condition: String,
    /// Where it is stated.
    pub cite: Cite,
}

/// A step of a report route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteStep {
    /// What has happened.
    pub event: String,
    /// Control.
    pub control: String,
    /// Role ids that tell; empty for whoever finds out.
    pub from: Vec<String>,
    /// Role ids or outside bodies that are told.
    pub to: Vec<String>,
    /// How fast.
    pub haste: Haste,
    /// What exactly.
    pub condition: String,
    /// Where it is stated.
    pub cite: Cite,
}

/// A periodic duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Identity.
    pub key: String,
    /// Control.
    pub control: String,
    /// Role ids.
    pub who: Vec<String>,
    /// What.
    pub what: String,
    /// Every so many months; 0 for upon an event.
    pub months: u32,
    /// Where it is stated.
    pub cite: Cite,
}

/// What fulfils a control in this body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// Clauses that state it.
    pub cites: Vec<Cite>,
    /// Whether the system runs it: procedure, route, duty, register or door rule.
    pub runs: bool,
}

/// What an adopted policy makes the office do. Made by [`crate::adoption::compile`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rulebook {
    /// Version of the policy.
    pub version: u32,
    /// Title of the policy.
    pub title: String,
    /// First day it rules (施行日).
    pub effective: Date,
    /// Roles, from the top down.
    pub roles: Vec<Role>,
    /// Asset classes, highest first.
    pub classes: Vec<Class>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// Report routes, steps in order.
    pub routes: Vec<RouteStep>,
    /// Duties.
    pub duties: Vec<Duty>,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Controls of this body and the clauses that state them.
    pub controls: BTreeMap<String, Adopted>,
    /// Whether the policy allows an applicant to decide in an emergency (やむを得ない場合).
    pub emergency: bool,
    /// Whether procedures, routes and duties come from the standard set.
    pub standard: bool,
    /// What fulfils each norm: of the policy itself and, if it is adopted, of the standard set.
    #[serde(default)]
    pub coverage: Vec<crate::coverage::Covering>,
    /// Roles of earlier versions that this one no longer has: what was begun under them is still theirs to end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Role>,
}

impl Rulebook {
    /// A role by id; one of an earlier version where this one has none of that id.
    #[must_use]
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.roles.iter().chain(&self.former).find(|role| role.id == id)
    }

    /// The name of a role as staff read it; the id itself for outside bodies.
    #[must_use]
    pub fn role_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.role(id).map_or(id, |role| role.name.as_str())
    }

    /// A procedure by key.
    #[must_use]
    pub fn procedure(&self, key: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|procedure| procedure.key == key)
    }

    /// The clause that states a control, if any does.
    #[must_use]
    pub fn cite(&self, control: &str) -> Option<Cite> {
        self.controls.get(control).and_then(|adopted| adopted.cites.first()).cloned()
    }

    /// Rank of a class by name: 0 is the highest. Unknown names have none.
    #[must_use]
    pub fn class_rank(&self, name: &str) -> Option<usize> {
        self.classes.iter().find(|class| class.name == name).map(|class| class.rank)
    }
}
