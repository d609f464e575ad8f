//! The general rules of the door: data in `catalog/rules.toml`, asked before every act.
//!
//! A decision gathers the named facts that hold; a rule whose `forbid` facts all hold refuses the
//! act unless its `unless` facts all hold. A test keeps the table and [`FACTS`] in step.

use std::collections::BTreeSet;

use crate::{
    catalog::{Catalog, Rule},
    refusal::Refusal,
    rulebook::{Cite, Rulebook},
};

/// Every fact that rules may name.
pub const FACTS: &[&str] = &[
    "rights-withdrawn",
    "actor-not-role-keeper",
    // permits
    "decider-is-applicant",
    "decides-in-stead-of-applicant",
    "authority-is-administration",
    "decider-not-approver",
    "decider-of-other-unit",
    "decider-approved-already",
    "holds-all-open-roles",
    "earlier-step-open",
    "seen-content-differs",
    "already-decided",
    "already-closed",
    "not-approved",
    "not-handed-over",
    "actor-not-applicant",
    "confirmer-is-applicant",
    "confirmer-not-custodian",
    "reason-missing",
    "reason-given",
    "emergency-allowed-by-policy",
    "applicant-not-entitled",
    "field-missing",
    "field-invalid",
    "period-missing",
    "period-reversed",
    "period-too-long",
    "period-in-past",
    "permit-expired",
    "no-approver-available",
    "class-below-items",
    "item-not-registered",
    "item-in-use",
    "erasure-not-confirmed",
    // registers
    "actor-not-keeper",
    "class-missing",
    "class-unknown",
    "class-below-original",
    "class-lowered",
    "row-retired",
    "row-changed-meanwhile",
    "row-has-open-permit",
    "no-disposal-permit",
    "number-taken",
    // incidents
    "actor-not-of-step",
    "step-skipped",
    "step-done",
    "awareness-in-future",
    "route-unfinished",
    "cause-missing",
    "prevention-missing",
    "incident-closed",
    // tasks, people, policy, records
    "actor-not-task-holder",
    "evidence-missing",
    "task-completed",
    "actor-not-responsible",
    "clause-not-attested",
    "answer-unexplained",
    "assignee-inactive",
    "last-role-keeper",
    "deputy-is-self",
    "deputy-period-missing",
    "actor-not-represented",
    "approver-role-vacant",
    "unread-unchecked",
    "not-a-policy",
    "effective-before-current",
    "not-adopted",
    "effective-reached",
    "legal-ground-missing",
];

/// Every act that rules may watch.
pub const ACTS: &[&str] = &[
    "permit.apply",
    "permit.amend",
    "permit.send-back",
    "permit.decide",
    "permit.withdraw",
    "permit.hand-over",
    "permit.confirm-return",
    "permit.revoke",
    "register.add",
    "register.change",
    "register.retire",
    "incident.report",
    "incident.forward",
    "incident.note",
    "incident.close",
    "task.complete",
    "clause.attest",
    "deputy.assign",
    "deputy.end",
    "account.open",
    "account.suspend",
    "people.import",
    "policy.load",
    "policy.adopt",
    "policy.withdraw",
    "record.erase",
];

/// What follows when a rule was lifted.
pub const CONSEQUENCES: &[&str] = &["report-to-ciso", "void-approvals"];

/// The facts that hold for an act.
#[derive(Debug, Clone, Default)]
pub struct Facts(BTreeSet<&'static str>);

impl Facts {
    /// Notes a fact if it holds.
    pub fn note(&mut self, fact: &'static str, holds: bool) -> &mut Self {
        if holds {
            self.0.insert(fact);
        }
        self
    }

    fn all(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.0.contains(name.as_str()))
    }
}

/// Whether a rule watches an act.
fn watches(rule: &Rule, act: &str) -> bool {
    rule.act.iter().any(|watched| watched == "*" || watched == act || watched.strip_suffix('*').is_some_and(|stem| act.starts_with(stem)))
}

/// The clause a control is stated in: of the body's policy, or else of the standard set.
#[must_use]
pub fn cite(catalog: &Catalog, book: Option<&Rulebook>, control: &str) -> Option<Cite> {
    book.and_then(|book| book.cite(control)).or_else(|| {
        let clause = catalog.clauses().find(|clause| clause.control == control)?;
        Some(Cite { version: book.map_or(0, |book| book.version), clause: clause.number.clone(), standard: true })
    })
}

/// Asks the rules about an act. Returns the consequences of rules that were lifted.
///
/// # Errors
/// The refusal of the first rule that forbids it.
pub fn ask<'a>(
    catalog: &'a Catalog,
    book: Option<&Rulebook>,
    act: &str,
    facts: &Facts,
    names: impl Fn(&str) -> Vec<String>,
) -> Result<BTreeSet<&'a str>, Refusal> {
    let mut follows = BTreeSet::new();
    for rule in catalog.rules.iter().filter(|rule| watches(rule, act)) {
        if rule.forbid.is_empty() || !facts.all(&rule.forbid) {
            continue;
        }
        if !rule.unless.is_empty() && facts.all(&rule.unless) {
            follows.extend(rule.then.iter().map(String::as_str));
            continue;
        }
        let mut helpers: Vec<String> = rule.helper.iter().flat_map(|helper| names(helper)).collect();
        helpers.dedup();
        helpers.truncate(5);
        let who = if helpers.is_empty() { String::new() } else { format!("（{}）", helpers.join("、")) };
        return Err(Refusal {
            rule: rule.id.clone(),
            says: rule.says.clone(),
            cite: cite(catalog, book, &rule.control),
            help: format!("{}{who}", rule.help),
            fields: Vec::new(),
        });
    }
    Ok(follows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_speaks_of_facts_the_door_gathers() {
        let catalog = Catalog::embedded().unwrap();
        assert!(catalog.rules.len() > 30);
        for rule in &catalog.rules {
            for fact in rule.forbid.iter().chain(&rule.unless) {
                assert!(FACTS.contains(&fact.as_str()), "rule {} names the unknown fact {fact}", rule.id);
            }
            for act in &rule.act {
                assert!(act.ends_with('*') || ACTS.contains(&act.as_str()), "rule {} watches the unknown act {act}", rule.id);
            }
            for then in &rule.then {
                assert!(CONSEQUENCES.contains(&then.as_str()), "rule {} names the unknown consequence {then}", rule.id);
            }
        }
    }

    #[test]
    fn no_act_is_without_a_rule_of_its_own() {
        let catalog = Catalog::embedded().unwrap();
        for act in ACTS {
            assert!(catalog.rules.iter().any(|rule| rule.act.iter().any(|watched| watched == act)), "nothing guards {act}");
        }
        // Every act the door asks about is known here: its own sources say which.
        let sources = [
            include_str!("door/attest.rs"),
            include_str!("door/incident.rs"),
            include_str!("door/people.rs"),
            include_str!("door/permit.rs"),
            include_str!("door/policy.rs"),
            include_str!("door/register.rs"),
            include_str!("door/task.rs"),
        ];
        for word in sources.iter().flat_map(|source| source.split('"')) {
            let named = word.split_once('.').is_some_and(|(kind, what)| {
                ["permit", "register", "incident", "task", "clause", "deputy", "account", "people", "record"].contains(&kind)
                    && !what.is_empty()
            });
            let control = catalog.clauses().any(|clause| clause.control == word);
            assert!(!named || control || ACTS.contains(&word), "the door asks about {word}, which no rule can watch");
        }
    }
}
