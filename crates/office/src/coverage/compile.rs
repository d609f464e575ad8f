//! Reading and rulebook → what fulfils each norm; and what a version inherits from the one before.
//!
//! What decides is data: kinds of controls, registers, rules, declarations and `catalog/coverage.toml`.

use std::collections::{BTreeMap, BTreeSet};

use policy::{
    control::{Control, Controls, Kind},
    model::Holder,
    obligation::{Form, Modality, Obligation},
    tree::Document,
};

use super::{Covering, Means, Runner, adopted_key, attest_key};
use crate::{
    catalog::{Catalog, ClauseKind, StandardClause},
    rulebook::{Cite, Rulebook},
};

/// Characters of a sentence that lists show.
const SAYS: usize = 60;

/// Months after which an attestation is old where the catalogue names no interval.
const YEARLY: u32 = 12;

/// One entry for every norm of the policy and, if it is adopted, for every clause of the standard set.
#[must_use]
pub fn compile(catalog: &Catalog, reading: &policy::Reading, book: &Rulebook) -> Vec<Covering> {
    let maker = Maker::new(catalog, reading, book);
    let norms: Vec<&Obligation> = reading.obligations.iter().filter(|norm| norm.form != Form::Lead).collect();
    let mut per_clause: BTreeMap<&str, usize> = BTreeMap::new();
    for norm in &norms {
        *per_clause.entry(norm.clause.as_str()).or_default() += 1;
    }
    let mut all: Vec<Covering> =
        norms.iter().map(|norm| maker.norm(norm, per_clause.get(norm.clause.as_str()).is_some_and(|count| *count == 1))).collect();
    if book.standard {
        all.extend(catalog.clauses().map(|clause| maker.standard(clause)));
    }
    maker.fulfil(&mut all);
    all
}

/// Where a rulebook's entry comes from, and the control it is for.
type Place<'a> = (bool, &'a str, &'a str);

/// Everything that may run a norm, looked up once.
struct Maker<'a> {
    catalog: &'a Catalog,
    controls: &'a Controls,
    book: &'a Rulebook,
    /// Entries of the rulebook by place, with who answers for them.
    placed: BTreeMap<Place<'a>, Vec<(Runner, Vec<String>)>>,
    /// The same by control alone.
    general: BTreeMap<&'a str, Vec<(Runner, Vec<String>)>>,
    /// Roles by the clause that defines them.
    roles: BTreeMap<(bool, &'a str), Vec<&'a str>>,
    /// Clauses that define classes.
    classes: BTreeSet<&'a str>,
    /// Whom the model found each norm to bind.
    bound: BTreeMap<(&'a str, usize), Vec<String>>,
    /// Names of roles, as defined and as abbreviated.
    names: BTreeMap<&'a str, &'a str>,
}

/// The mechanisms found for a norm.
type Runs = Vec<(Runner, Vec<String>)>;

impl<'a> Maker<'a> {
    fn new(catalog: &'a Catalog, reading: &'a policy::Reading, book: &'a Rulebook) -> Self {
        let mut maker = Self {
            catalog,
            controls: Controls::embedded(),
            book,
            placed: BTreeMap::new(),
            general: BTreeMap::new(),
            roles: BTreeMap::new(),
            classes: book.classes.iter().map(|class| class.cite.clause.as_str()).filter(|clause| !clause.is_empty()).collect(),
            bound: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for procedure in &book.procedures {
            maker.place(&procedure.cite, &procedure.control, Runner::Procedure(procedure.key.clone()), procedure.approvers.clone());
        }
        for step in &book.routes {
            let known = step.to.iter().chain(&step.from).filter(|id| book.role(id).is_some()).cloned().collect();
            maker.place(&step.cite, &step.control, Runner::Route(step.event.clone()), known);
        }
        for duty in book.duties.iter().filter(|duty| duty.months > 0) {
            maker.place(&duty.cite, &duty.control, Runner::Duty(duty.key.clone()), duty.who.clone());
        }
        for role in book.roles.iter().filter(|role| !role.cite.clause.is_empty()) {
            maker.roles.entry((role.cite.standard, role.cite.clause.as_str())).or_default().push(&role.id);
        }
        let model = &reading.model;
        let norms = model.prohibitions.iter().chain(&model.measures).map(|norm| (&norm.cite, &norm.who));
        let duties = model.duties.iter().map(|duty| (&duty.cite, &duty.who));
        let documents = model.documents.iter().map(|document| (&document.cite, &document.keeper));
        for (cite, who) in norms.chain(duties).chain(documents) {
            maker.bound.entry((cite.clause.as_str(), cite.n)).or_default().extend(who.iter().cloned());
        }
        for role in &model.roles {
            let names = role.aliases.iter().map(String::as_str).chain([role.id.as_str()]);
            maker.names.extend(names.map(|name| (name, role.id.as_str())));
        }
        maker
    }

    fn place(&mut self, cite: &'a Cite, control: &'a str, runner: Runner, who: Vec<String>) {
        let placed = self.placed.entry((cite.standard, cite.clause.as_str(), control)).or_default();
        if !placed.iter().any(|(known, _)| *known == runner) {
            placed.push((runner.clone(), who.clone()));
        }
        if !control.is_empty() {
            let general = self.general.entry(control).or_default();
            if !general.iter().any(|(known, _)| *known == runner) {
                general.push((runner, who));
            }
        }
    }

    /// Entries of the rulebook that a clause states for one of some controls; for any, if the clause states nothing else.
    fn stated(&self, standard: bool, clause: &str, controls: &[String], alone: bool) -> Runs {
        let from = self.placed.range((standard, clause, "")..).take_while(|((of, at, _), _)| (*of, *at) == (standard, clause));
        from.filter(|((.., control), _)| alone || controls.iter().any(|one| one == control)).flat_map(|(_, found)| found.clone()).collect()
    }

    /// Registers and rules of the door that fulfil a control.
    fn served(&self, control: &str) -> Runs {
        let registers = self.catalog.registers.iter().filter(|register| register.controls.iter().any(|one| one == control));
        let registers = registers.map(|register| Runner::Register(register.id.clone()));
        let rules = self.catalog.rules.iter().filter(|rule| rule.fulfils.iter().any(|one| one == control));
        registers.chain(rules.map(|rule| Runner::Rule(rule.id.clone()))).map(|runner| (runner, Vec::new())).collect()
    }

    fn norm(&self, norm: &Obligation, alone: bool) -> Covering {
        let control = norm.controls.first().map_or("", String::as_str);
        let known = self.controls.get(control);
        let mut runs = self.stated(false, &norm.clause, &norm.controls, alone);
        let says = matches!(norm.modality, Modality::Declaration | Modality::Permission | Modality::Recommendation);
        let appoints = known.map_or(says, |control| control.kind == Kind::Appoint);
        if let Some(roles) = self.roles.get(&(false, norm.clause.as_str())).filter(|_| appoints || alone) {
            runs.extend(roles.iter().map(|id| (Runner::Role((*id).to_owned()), vec![(*id).to_owned()])));
        }
        if runs.is_empty() && says && appoints && !control.is_empty() {
            // 各部長をもって…責任者とする: the role is defined by the clause above.
            let named = self.book.roles.iter().filter(|role| !role.cite.standard && norm.text.contains(&role.name));
            runs.extend(named.map(|role| (Runner::Role(role.id.clone()), vec![role.id.clone()])));
        }
        if self.classes.contains(norm.clause.as_str()) && (alone || norm.form == Form::TableRow) {
            runs.push((Runner::Register("asset".to_owned()), Vec::new()));
        }
        if !control.is_empty() && runs.is_empty() {
            runs.extend(self.general.get(control).into_iter().flatten().cloned());
            runs.extend(self.served(control));
        }
        let listed = self.catalog.declarations().any(|declaration| declaration.control == control);
        // What only other norms bring about is a statement, however strongly it is worded.
        let announces = listed && runs.is_empty() && known.is_some_and(|control| control.kind == Kind::Document);
        let declared = announces || says && (runs.is_empty() || listed);
        let means = if declared { Means::Declaration } else { means(known, &runs) };
        let bound = self.bound.get(&(norm.clause.as_str(), norm.n)).cloned().unwrap_or_default();
        let subjects = norm.subjects.iter().filter_map(|name| self.names.get(name.as_str())).map(|id| (*id).to_owned());
        let named = bound.into_iter().chain(subjects).collect();
        self.covering((&norm.clause, false, norm.n), control, &norm.text, means, runs, named)
    }

    fn standard(&self, clause: &StandardClause) -> Covering {
        let known = self.controls.get(&clause.control);
        let controls = [clause.control.clone()];
        let mut runs = self.stated(true, &clause.number, &controls, false);
        if let Some(roles) = self.roles.get(&(true, clause.number.as_str())) {
            runs.extend(roles.iter().map(|id| (Runner::Role((*id).to_owned()), vec![(*id).to_owned()])));
        }
        if runs.is_empty() {
            runs.extend(self.general.get(clause.control.as_str()).into_iter().flatten().cloned());
            runs.extend(self.served(&clause.control));
        }
        let means = match clause.kind {
            ClauseKind::Declaration => Means::Declaration,
            ClauseKind::Technical if runs.is_empty() && known.is_some_and(|control| control.gateway) => Means::Gateway,
            ClauseKind::Technical if runs.is_empty() => Means::Machine,
            ClauseKind::Document => Means::Document,
            ClauseKind::Training => Means::Training,
            _ if runs.is_empty() => Means::Attestation,
            _ => means(known, &runs),
        };
        self.covering((&clause.number, true, 1), &clause.control, &clause.title, means, runs, clause.who.clone())
    }

    fn covering(
        &self,
        (clause, standard, n): (&str, bool, usize),
        control: &str,
        text: &str,
        means: Means,
        runs: Runs,
        named: Vec<String>,
    ) -> Covering {
        let statement = means == Means::Declaration;
        let runs = if statement { Vec::new() } else { runs };
        let mut who: Vec<String> = runs.iter().flat_map(|(_, who)| who.clone()).collect();
        if who.is_empty() {
            who = named;
        }
        let who = if statement { Vec::new() } else { self.responsible(means, who) };
        let mut runners: Vec<Runner> = runs.into_iter().map(|(runner, _)| runner).collect();
        if runners.is_empty() && !statement {
            runners.push(Runner::Attestation);
        }
        let mut evidence: Vec<String> = runners.iter().filter_map(Runner::evidence).collect();
        if runners.contains(&Runner::Attestation) {
            evidence.push(attest_key(self.book.version, clause, standard, n));
        } else {
            evidence.push(adopted_key(self.book.version));
        }
        let frequency = self.controls.get(control).and_then(|control| control.frequency.months());
        let mut says: String = text.chars().take(SAYS).collect();
        if text.chars().count() > SAYS {
            says.push('…');
        }
        Covering {
            clause: clause.to_owned(),
            standard,
            n,
            control: control.to_owned(),
            says,
            means,
            months: if runners.contains(&Runner::Attestation) { frequency.unwrap_or(YEARLY) } else { 0 },
            runners,
            who,
            since: self.book.effective,
            evidence,
            fulfilled_by: Vec::new(),
        }
    }

    /// Who answers for a norm: the roles named; for what binds everybody, or names nobody, those the catalogue
    /// says, else the role held in each unit that stands last, which is the section head's.
    fn responsible(&self, means: Means, mut named: Vec<String>) -> Vec<String> {
        named.sort();
        named.dedup();
        let kind = |id: &String| self.book.role(id).map(|role| role.kind);
        let named: Vec<String> = named.into_iter().filter(|id| kind(id).is_some_and(|kind| kind != Holder::Everyone)).collect();
        if !named.is_empty() {
            return named;
        }
        let wanted = self.catalog.responsible.iter().find(|responsible| responsible.means.contains(&means));
        let told = wanted.and_then(|responsible| {
            responsible.roles.iter().find_map(|name| self.book.roles.iter().find(|role| role.id == *name || role.name.contains(name)))
        });
        let of = |kind: Holder| self.book.roles.iter().rev().find(|role| role.kind == kind);
        told.or_else(|| of(Holder::Unit)).or_else(|| of(Holder::One)).map(|role| role.id.clone()).into_iter().collect()
    }

    /// Binds statements to the norms that fulfil them. One that names a control nothing fulfils is attested.
    fn fulfil(&self, all: &mut [Covering]) {
        let mut by_control: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, covering) in all.iter().enumerate().filter(|(_, covering)| covering.means != Means::Declaration) {
            by_control.entry(covering.control.clone()).or_default().push(index);
        }
        for covering in all.iter_mut().filter(|covering| covering.means == Means::Declaration && !covering.control.is_empty()) {
            let own = covering.control.clone();
            let patterns = self.catalog.declarations().filter(|declaration| declaration.control == own);
            let patterns = patterns.flat_map(|declaration| declaration.fulfilled_by.iter().cloned()).chain([own.clone()]);
            let mut found = BTreeSet::new();
            for pattern in patterns {
                match pattern.strip_suffix('*') {
                    Some(stem) => {
                        let matching = by_control.range(stem.to_owned()..).take_while(|(control, _)| control.starts_with(stem));
                        found.extend(matching.flat_map(|(_, indexes)| indexes.iter().copied()));
                    }
                    None => found.extend(by_control.get(&pattern).into_iter().flatten().copied()),
                }
            }
            covering.fulfilled_by = found.into_iter().collect();
            if covering.fulfilled_by.is_empty() && self.demands(&own) {
                covering.runners = vec![Runner::Attestation];
                covering.who = self.responsible(Means::Document, Vec::new());
                covering.evidence = vec![attest_key(self.book.version, &covering.clause, covering.standard, covering.n)];
                covering.months = YEARLY;
            }
        }
    }

    /// Whether a control asks for something that being stated does not bring about.
    fn demands(&self, control: &str) -> bool {
        self.catalog.declarations().any(|declaration| declaration.control == control)
            || self.controls.get(control).is_some_and(|control| control.kind != Kind::Document)
    }
}

/// What kind of thing fulfils a norm, by the kind of its control and what was found to run it.
fn means(control: Option<&Control>, runs: &Runs) -> Means {
    let has = |wanted: fn(&Runner) -> bool| runs.iter().any(|(runner, _)| wanted(runner));
    match control.map(|control| control.kind) {
        Some(Kind::Training) => Means::Training,
        Some(Kind::Document) => Means::Document,
        _ if has(|runner| matches!(runner, Runner::Procedure(_) | Runner::Route(_) | Runner::Rule(_))) => Means::Procedure,
        _ if has(|runner| matches!(runner, Runner::Duty(_))) => Means::Task,
        _ if has(|runner| matches!(runner, Runner::Register(_) | Runner::Role(_))) => Means::Register,
        Some(Kind::Technical) if control.is_some_and(|control| control.gateway) => Means::Gateway,
        Some(Kind::Technical) => Means::Machine,
        _ => Means::Attestation,
    }
}

/// Hands on from the version before what clauses keep through renumbering and moving: since when they stand,
/// and by which keys their evidence is found.
pub fn inherit(book: &mut Rulebook, document: &Document, before: &Rulebook, earlier: &Document) {
    let origins = policy::compare::lineage(&[earlier, document]);
    let came: BTreeMap<&str, &str> = document
        .clauses
        .iter()
        .zip(origins.last().into_iter().flatten())
        .filter(|(_, origin)| origin.version == 0)
        .map(|(clause, origin)| (clause.path.as_str(), origin.path.as_str()))
        .collect();
    for covering in &mut book.coverage {
        let path = if covering.standard { Some(covering.clause.as_str()) } else { came.get(covering.clause.as_str()).copied() };
        let Some(path) = path else { continue };
        let same = before.coverage.iter().filter(|old| old.standard == covering.standard && old.clause == path);
        let all: Vec<&Covering> = same.collect();
        // One sentence may hold several norms: the place decides among them.
        let said = all.iter().filter(|old| old.says == covering.says).min_by_key(|old| old.n.abs_diff(covering.n));
        let Some(old) = said.or_else(|| all.iter().find(|old| old.n == covering.n && old.control == covering.control)) else {
            // The clause stood already; what it says now is new.
            covering.since = all.iter().map(|old| old.since).min().unwrap_or(covering.since);
            continue;
        };
        covering.since = covering.since.min(old.since);
        if covering.is_attested() == old.is_attested() {
            let inherited: Vec<String> =
                old.evidence.iter().filter(|key| !covering.evidence.contains(key) && !key.starts_with("adopted:")).cloned().collect();
            covering.evidence.extend(inherited);
        }
    }
}
