//! People, units, posts held, deputies and accounts.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Moment;

/// A unit (所属): 部・課・係.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Path of names, such as `総務部/情報政策課`; identity of the unit.
    pub id: String,
    /// Last name of the path.
    pub name: String,
    /// Id of the unit above, if any.
    pub parent: Option<String>,
}

/// A post held by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Unit id.
    pub unit: String,
    /// Title (職名), such as 課長.
    pub title: String,
}

/// Someone who works for the body (職員等).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Staff number (職員番号).
    pub id: String,
    /// Name.
    pub name: String,
    /// Reading of the name in kana, for sorting and search.
    pub kana: String,
    /// Mail address, empty if none.
    pub mail: String,
    /// Posts held; the first is the main one, the others are 兼務.
    pub positions: Vec<Position>,
    /// Whether the person still works here.
    pub active: bool,
}

impl Person {
    /// Unit of the main post, empty if none.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.positions.first().map_or("", |position| position.unit.as_str())
    }

    /// Title of the main post, empty if none.
    #[must_use]
    pub fn title(&self) -> &str {
        self.positions.first().map_or("", |position| position.title.as_str())
    }
}

/// Somebody acts for somebody else for a time (代理).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Number of the delegation.
    pub id: u64,
    /// Whose roles are exercised.
    pub principal: String,
    /// Who exercises them.
    pub deputy: String,
    /// First day.
    pub since: Date,
    /// Last day.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// How somebody signs in. Secrets are kept apart, never in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whether the account may sign in.
    pub open: bool,
    /// Whether it administers the system: people, accounts, loading a policy. It gives no right to decide.
    pub administrator: bool,
    /// Whether a second factor is set.
    pub second_factor: bool,
    /// Whether the password must be changed at the next sign-in.
    pub must_change: bool,
    /// Last sign-in.
    pub last_sign_in: Option<Moment>,
    /// The sign-in before that, which the notice after signing in shows.
    pub previous_sign_in: Option<Moment>,
    /// Failed attempts since the last sign-in.
    pub failures: u32,
    /// Failed attempts before the present sign-in, which the notice shows.
    pub failures_before: u32,
    /// Locked until then after too many failures.
    pub locked_until: Option<Moment>,
}
