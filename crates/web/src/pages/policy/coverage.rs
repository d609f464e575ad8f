//! What runs each clause of the policy, and how it stands: pure, from the reading, the rulebook, the catalogue and the people.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use office::{
    catalog::{Catalog, ClauseKind, Run, StandardClause},
    role,
    rulebook::{Holding, Rulebook},
    state::State,
};
use policy::{
    Reading,
    control::{Controls, Kind},
    model::Approval,
    obligation::{Form, Modality, Obligation},
};

use crate::paging::encode;

/// The controls of all policies, by id.
pub(crate) static CONTROLS: LazyLock<&'static Controls> = LazyLock::new(Controls::embedded);

/// The title of a control; staff never read its id.
pub(crate) fn control_title(id: &str) -> &str {
    CONTROLS.get(id).map_or("その他の統制", |control| control.title.as_str())
}

/// How a clause stands, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Something runs it, but a role in it has nobody.
    Vacant,
    /// It asks for something that the system does not run yet.
    Open,
    /// People keep it without the system's help: conduct, documents, training.
    People,
    /// The system runs it.
    Running,
    /// It states or explains and asks for nothing by itself.
    Said,
}

impl Standing {
    /// All of them, in the order of the figures.
    pub(crate) const ALL: [Self; 5] = [Self::Running, Self::Vacant, Self::People, Self::Open, Self::Said];

    /// The word that staff read.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Vacant => "担当者なし",
            Self::Open => "未対応",
            Self::People => "人が守る",
            Self::Running => "運用中",
            Self::Said => "説明・宣言",
        }
    }

    /// What it means.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Vacant => "手続や業務はありますが、担う役割に人が就いていません",
            Self::Open => "このシステムではまだ運用していません。別の方法で行う必要があります",
            Self::People => "職員の心得、文書の整備、研修など、人が行い、システムは手伝いません",
            Self::Running => "申請、定期業務、報告経路、台帳、共通ルールのどれかが働いています",
            Self::Said => "目的や用語の説明、宣言で、それ自体は何も求めていません",
        }
    }

    /// The word used in addresses.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Vacant => "vacant",
            Self::Open => "open",
            Self::People => "people",
            Self::Running => "running",
            Self::Said => "said",
        }
    }

    /// The kind of its badge.
    pub(crate) const fn badge(self) -> &'static str {
        match self {
            Self::Vacant => "late",
            Self::Open => "warn",
            Self::People => "wait",
            Self::Running => "good",
            Self::Said => "done",
        }
    }
}

/// Something that runs a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runner {
    /// 申請, 定期業務, 報告経路, 台帳, 共通ルール, 役割 …
    pub(crate) kind: &'static str,
    /// What it is called.
    pub(crate) title: String,
    /// Where it is seen.
    pub(crate) href: String,
    /// How it stands.
    pub(crate) standing: Standing,
}

/// What runs one clause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Covered {
    /// Everything that runs it.
    pub(crate) runners: Vec<Runner>,
    /// How it stands.
    pub(crate) standing: Option<Standing>,
}

impl Covered {
    /// How it stands; a clause without norms explains.
    pub(crate) fn standing(&self) -> Standing {
        self.standing.unwrap_or(Standing::Said)
    }
}

/// Whether a role is held by nobody at all.
pub(crate) fn nobody(state: &State, held: &office::rulebook::Role) -> bool {
    match &held.holding {
        Holding::Everyone => false,
        Holding::Nobody => true,
        Holding::Unit { .. } => role::all_seats(state, held).is_empty(),
        _ => role::holders(state, held, "").is_empty(),
    }
}

/// Where entries of the rulebook come from: by clause, of the policy itself or of the standard set.
type Place = (bool, String);

/// What runs every clause of a policy and of the standard set.
pub(crate) struct Coverage<'a> {
    catalog: &'a Catalog,
    book: &'a Rulebook,
    /// Roles that nobody holds.
    vacant: BTreeSet<&'a str>,
    /// Entries that state a clause as their own.
    own: BTreeMap<Place, Vec<Runner>>,
    /// Clauses of the standard set by the control they state.
    standard: BTreeMap<&'a str, Vec<&'a StandardClause>>,
    /// Patterns of controls that fulfil the declaration of a control.
    fulfilled: BTreeMap<&'a str, &'a [String]>,
}

impl<'a> Coverage<'a> {
    /// Looks up everything once.
    pub(crate) fn of(state: &'a State, catalog: &'a Catalog, book: &'a Rulebook) -> Self {
        let mut standard: BTreeMap<&str, Vec<&StandardClause>> = BTreeMap::new();
        if book.standard {
            for clause in catalog.clauses() {
                standard.entry(clause.control.as_str()).or_default().push(clause);
            }
        }
        let fulfilled =
            catalog.declarations().map(|declaration| (declaration.control.as_str(), declaration.fulfilled_by.as_slice())).collect();
        let vacant = book.roles.iter().filter(|role| nobody(state, role)).map(|role| role.id.as_str()).collect();
        let mut coverage = Self { catalog, book, vacant, own: BTreeMap::new(), standard, fulfilled };
        coverage.collect();
        coverage
    }

    /// Whether nobody can act for the roles of an entry: all of them must be held, or any.
    fn is_vacant(&self, roles: &[String], all: bool) -> bool {
        let vacant = |id: &String| self.vacant.contains(id.as_str());
        if all { roles.iter().any(vacant) } else { !roles.is_empty() && roles.iter().all(vacant) }
    }

    fn collect(&mut self) {
        let book = self.book;
        for procedure in &book.procedures {
            let vacant = procedure.approvers.is_empty() || self.is_vacant(&procedure.approvers, procedure.approval != Approval::Any);
            self.enter(&procedure.cite, "申請", &procedure.title, format!("/apply/{}", encode(&procedure.key)), vacant);
        }
        for duty in book.duties.iter().filter(|duty| duty.months > 0) {
            let vacant = self.is_vacant(&duty.who, false);
            self.enter(&duty.cite, "定期業務", &short(&duty.what), format!("/tasks?duty={}", encode(&duty.key)), vacant);
        }
        for step in &book.routes {
            let known: Vec<String> = step.to.iter().chain(&step.from).filter(|id| book.role(id).is_some()).cloned().collect();
            let vacant = self.is_vacant(&known, true);
            self.enter(&step.cite, "報告経路", &step.event, "/incidents".to_owned(), vacant);
        }
        for role in &book.roles {
            self.enter(
                &role.cite,
                "役割",
                &role.name,
                format!("/policy/roles#{}", encode(&role.id)),
                self.vacant.contains(role.id.as_str()),
            );
        }
        for class in &book.classes {
            let cite = office::rulebook::Cite { version: book.version, clause: class.cite.clause.clone(), standard: false };
            if !cite.clause.is_empty() {
                self.enter(&cite, "分類", &class.name, "/registers/asset".to_owned(), false);
            }
        }
    }

    fn enter(&mut self, cite: &office::rulebook::Cite, kind: &'static str, title: &str, href: String, vacant: bool) {
        let standing = if vacant { Standing::Vacant } else { Standing::Running };
        let runner = Runner { kind, title: title.to_owned(), href, standing };
        let entries = self.own.entry((cite.standard, cite.clause.clone())).or_default();
        if !entries.contains(&runner) {
            entries.push(runner);
        }
    }

    /// Registers and rules of the door that serve a control.
    fn general(&self, control: &str) -> Vec<Runner> {
        let registers = self.catalog.registers.iter().filter(|register| register.controls.iter().any(|one| one == control));
        let registers = registers.map(|register| ("台帳", register.title.clone(), format!("/registers/{}", register.id)));
        let rules = self.catalog.rules.iter().filter(|rule| rule.control == control);
        let rules = rules.map(|rule| ("共通ルール", short(&rule.says), format!("/policy/rules#{}", encode(&rule.id))));
        registers.chain(rules).map(|(kind, title, href)| Runner { kind, title, href, standing: Standing::Running }).collect()
    }

    /// What runs a clause of the standard set.
    pub(crate) fn standard(&self, clause: &StandardClause) -> Covered {
        let mut runners = self.own.get(&(true, clause.number.clone())).cloned().unwrap_or_default();
        extend(&mut runners, self.general(&clause.control));
        let standing = if let Some(standing) = worst(&runners) {
            standing
        } else {
            match clause.kind {
                ClauseKind::Declaration => Standing::Said,
                ClauseKind::Document | ClauseKind::Training => Standing::People,
                // A register or rule of its own that the system runs has no entry in the rulebook.
                ClauseKind::Register | ClauseKind::Rule if clause.run == Run::Now => Standing::Running,
                _ => Standing::Open,
            }
        };
        Covered { runners, standing: Some(standing) }
    }

    /// Clauses of the standard set that fulfil a control stated by the policy.
    pub(crate) fn fulfilling(&self, control: &str) -> Vec<&'a StandardClause> {
        let direct = self.standard.get(control).into_iter().flatten().copied();
        let patterns = self.fulfilled.get(control).copied().unwrap_or_default();
        let matched = patterns.iter().flat_map(|pattern| self.matching(pattern));
        let mut seen = BTreeSet::new();
        direct.chain(matched).filter(|clause| seen.insert(clause.number.as_str())).collect()
    }

    fn matching(&self, pattern: &str) -> Vec<&'a StandardClause> {
        let matches = |control: &str| pattern.strip_suffix('*').map_or(control == pattern, |prefix| control.starts_with(prefix));
        self.standard.iter().filter(|(control, _)| matches(control)).flat_map(|(_, clauses)| clauses.iter().copied()).collect()
    }

    /// What runs a clause of the policy, given its norms.
    pub(crate) fn clause(&self, path: &str, norms: &[&Obligation]) -> Covered {
        let mut runners = self.own.get(&(false, path.to_owned())).cloned().unwrap_or_default();
        let controls: BTreeSet<&String> = norms.iter().flat_map(|norm| &norm.controls).collect();
        for control in &controls {
            extend(&mut runners, self.general(control));
        }
        for clause in controls.iter().flat_map(|control| self.fulfilling(control)) {
            let covered = self.standard(clause);
            let title = format!("{} {}", clause.number, clause.title);
            let href = format!("/policy/standard/{}", encode(&clause.number));
            extend(&mut runners, vec![Runner { kind: "標準実施基準", title, href, standing: covered.standing() }]);
        }
        let standing = summed(&runners).or_else(|| norms.iter().map(|norm| unaided(norm)).min());
        Covered { runners, standing }
    }
}

/// Adds runners that are not there yet.
fn extend(runners: &mut Vec<Runner>, more: Vec<Runner>) {
    for runner in more {
        if !runners.contains(&runner) {
            runners.push(runner);
        }
    }
}

/// The most pressing standing of some runners.
fn worst(runners: &[Runner]) -> Option<Standing> {
    runners.iter().map(|runner| runner.standing).min()
}

/// How a clause with runners stands: one that lacks people is told first; otherwise it runs as soon as one does.
fn summed(runners: &[Runner]) -> Option<Standing> {
    let has = |standing: Standing| runners.iter().any(|runner| runner.standing == standing);
    [Standing::Vacant, Standing::Running, Standing::Open, Standing::People].into_iter().find(|standing| has(*standing))
}

/// How a norm stands that nothing runs.
fn unaided(norm: &Obligation) -> Standing {
    match norm.modality {
        Modality::Declaration | Modality::Permission | Modality::Recommendation => Standing::Said,
        Modality::Prohibition => Standing::People,
        Modality::Duty | Modality::Effort => {
            let kind = norm.controls.first().and_then(|id| CONTROLS.get(id)).map(|control| control.kind);
            match kind {
                Some(Kind::Document | Kind::Prohibition | Kind::Training | Kind::Record) | None => Standing::People,
                Some(Kind::Appoint | Kind::Periodic | Kind::Permit | Kind::Report | Kind::Technical) => Standing::Open,
            }
        }
    }
}

/// The beginning of a sentence, for a label.
pub(crate) fn short(text: &str) -> String {
    const LABEL_CHARS: usize = 40;
    let mut label: String = text.chars().take(LABEL_CHARS).collect();
    if text.chars().count() > LABEL_CHARS {
        label.push('…');
    }
    label
}

/// Norms of every clause, leads left out.
pub(crate) fn norms(reading: &Reading) -> BTreeMap<&str, Vec<&Obligation>> {
    let mut norms: BTreeMap<&str, Vec<&Obligation>> = BTreeMap::new();
    for norm in reading.obligations.iter().filter(|norm| norm.form != Form::Lead) {
        norms.entry(norm.clause.as_str()).or_default().push(norm);
    }
    norms
}

#[cfg(test)]
mod tests {
    use super::*;
    use office::adoption;

    const TEXT: &str = "情報セキュリティ対策基準\n\n1 組織\n(1) 最高情報セキュリティ責任者\n副町長を、最高情報セキュリティ責任者とする。\n(2) 情報セキュリティ管理者\n各課長を、情報セキュリティ管理者とする。\n2 持ち出し\n(1) 職員等は、パソコンを外部に持ち出す場合には、情報セキュリティ管理者の許可を得なければならない。\n(2) 職員等は、離席時に画面を他人に見られないようにしなければならない。\n3 目的\nこの基準は、町の情報資産を守ることを目的とする。\n";

    fn standings(people: bool) -> BTreeMap<String, (Standing, Vec<&'static str>)> {
        let catalog = Catalog::embedded().unwrap();
        let reading = policy::read(TEXT, &CONTROLS);
        let mut state = State::whole();
        if people {
            for (id, title, unit) in [("1", "副町長", "特別職"), ("2", "課長", "総務課")] {
                state.people.put(office::people::Person {
                    id: id.to_owned(),
                    name: "人".to_owned(),
                    kana: String::new(),
                    mail: String::new(),
                    positions: vec![office::people::Position { unit: unit.to_owned(), title: title.to_owned() }],
                    active: true,
                });
            }
        }
        let day = jiff::civil::date(2026, 11, 21);
        let book = adoption::compile(&catalog, 1, &reading, &adoption::propose(&catalog, &reading, &state.people, day));
        let coverage = Coverage::of(&state, &catalog, &book);
        let norms = norms(&reading);
        reading
            .document
            .clauses
            .iter()
            .map(|clause| {
                let covered = coverage.clause(&clause.path, norms.get(clause.path.as_str()).map_or(&[][..], Vec::as_slice));
                (clause.path.clone(), (covered.standing(), covered.runners.iter().map(|runner| runner.kind).collect()))
            })
            .collect()
    }

    #[test]
    fn every_clause_says_what_runs_it() {
        let standings = standings(true);
        assert!(standings["2/(1)"].1.contains(&"申請"), "{standings:?}");
        assert_eq!(standings["2/(1)"].0, Standing::Running);
        assert!(standings["1/(1)"].1.contains(&"役割"), "{standings:?}");
        assert_eq!(standings["3"].0, Standing::Said);
    }

    #[test]
    fn a_clause_whose_officer_is_missing_is_told_apart() {
        assert_eq!(standings(false)["2/(1)"].0, Standing::Vacant);
    }
}
