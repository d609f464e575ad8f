//! What of Sekisho fulfils which clause of a body: permits, registers, tasks, routes, roles, the door, the ledger.

use office::rulebook::{Cite, Holding};

use crate::{identity::ClauseIds, source::Adoption};

/// A part of Sekisho, as components name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Means {
    /// The rules that every act is asked by (共通ルール).
    Door,
    /// Applications and decisions (申請・許可).
    Permit,
    /// Registers (台帳).
    Register,
    /// Tasks that come round (定期業務).
    Task,
    /// Report routes (報告経路).
    Route,
    /// Roles held by people (役割).
    Role,
    /// The records nobody can alter unseen (記録).
    Ledger,
}

impl Means {
    /// All, in the order of the documents.
    pub const ALL: [Self; 7] = [Self::Door, Self::Permit, Self::Register, Self::Task, Self::Route, Self::Role, Self::Ledger];

    /// Key in identities.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Permit => "permit",
            Self::Register => "register",
            Self::Task => "task",
            Self::Route => "route",
            Self::Role => "role",
            Self::Ledger => "ledger",
        }
    }

    /// Title and what it does, for readers.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Door => ("共通ルール", "すべての操作を、記録する前に同じルールで確かめ、規程に反するものを条項を示して断ります。"),
            Self::Permit => ("申請と許可", "規程が許可を求めることについて、申請、承認、引渡し、返却の確認までを扱います。"),
            Self::Register => ("台帳", "規程が求める台帳を、所属ごとの担当者が記録します。"),
            Self::Task => ("定期業務", "規程が定める間隔ごとに、担当する役割へ業務を割り当て、済んだことを記録します。"),
            Self::Route => ("報告経路", "事故を知った人から上位の役割へ、規程が定める順と速さで伝え、伝えたことを記録します。"),
            Self::Role => ("役割", "規程が定める役割を、職に就いている人が担います。"),
            Self::Ledger => ("記録", "行われたことを、後から書き換えれば分かる形で残します。"),
        }
    }

    /// The kind of component.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Door | Self::Ledger | Self::Register => "software",
            Self::Permit | Self::Task | Self::Route => "process-procedure",
            Self::Role => "policy",
        }
    }
}

/// Controls whose norm is that a record is kept of what went through the door.
const KEPT: [&str; 3] = ["dispose.record", "exception.retain", "incident.record"];

/// One thing that fulfils one clause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// Where: the clause of the policy or of the standard set.
    pub clause: Cite,
    /// What part of Sekisho.
    pub means: Means,
    /// Title.
    pub title: String,
    /// Roles that answer for it.
    pub roles: Vec<String>,
}

/// What fulfils which clause, by the order of [`Means`] and then of the rulebook; each once.
#[must_use]
pub fn runs(adoption: &Adoption<'_>) -> Vec<Run> {
    let book = adoption.book;
    let mut found: Vec<Run> = Vec::new();
    let mut add = |clause: &Cite, means: Means, title: &str, roles: &[String]| {
        if !clause.clause.is_empty() || !clause.standard && clause.version > 0 {
            found.push(Run { clause: clause.clone(), means, title: title.to_owned(), roles: roles.to_vec() });
        }
    };
    let cites = |control: &str| book.controls.get(control).map_or(&[][..], |adopted| adopted.cites.as_slice());
    for rule in &adoption.catalog.rules {
        cites(&rule.control).iter().for_each(|cite| add(cite, Means::Door, &rule.says, &[]));
    }
    for procedure in &book.procedures {
        add(&procedure.cite, Means::Permit, &procedure.title, &procedure.approvers);
    }
    for register in &adoption.catalog.registers {
        let all = register.controls.iter().flat_map(|control| cites(control));
        all.for_each(|cite| add(cite, Means::Register, &register.title, &[]));
    }
    for duty in book.duties.iter().filter(|duty| duty.months > 0) {
        add(&duty.cite, Means::Task, &duty.what, &duty.who);
    }
    for step in &book.routes {
        add(&step.cite, Means::Route, &step.event, &step.from);
    }
    for role in book.roles.iter().filter(|role| role.holding != Holding::Nobody) {
        add(&role.cite, Means::Role, &role.name, std::slice::from_ref(&role.id));
    }
    for cite in KEPT.iter().flat_map(|control| cites(control)) {
        add(cite, Means::Ledger, "記録の保存", &[]);
    }
    let mut distinct: Vec<Run> = Vec::with_capacity(found.len());
    for means in Means::ALL {
        for run in found.iter().filter(|run| run.means == means) {
            if !distinct.iter().rev().take_while(|one| one.means == means).any(|one| one == run) {
                distinct.push(run.clone());
            }
        }
    }
    distinct
}

/// The id of the control that a clause is in the catalogs; `None` for a clause that the document does not have.
pub(crate) fn control_id(ids: &ClauseIds, clause: &Cite) -> Option<String> {
    if clause.standard { Some(standard_id(&clause.clause)) } else { ids.of(&clause.clause).map(str::to_owned) }
}

/// The id of a clause of the standard set: `2.3` → `s.2.3`.
pub(crate) fn standard_id(number: &str) -> String {
    format!("s.{number}")
}
