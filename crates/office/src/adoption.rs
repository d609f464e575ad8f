//! Adoption (施行): a loaded policy, what the officer confirms, and the rulebook that follows.

mod carry;
mod clauses;
pub mod correction;
mod proposal;
mod reread;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use policy::model::{Approval, Cadence, Citation, Class, Haste, Holder};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::Moment,
    catalog::{Catalog, ClauseKind, Run, StandardCadence, StandardClause},
    coverage,
    rulebook::{Adopted, Cite, Duty, Holding, Procedure, Role, RouteStep, Rulebook},
    task::Evidence,
};

pub use carry::{Before, Carried, Fate, Proposal, baseline, propose_next, rekeyed, take};
pub use clauses::{Clauses, Stand};
pub use correction::Correction;
pub use proposal::{propose, propose_holding};
pub use reread::{Reread, Sentence};

/// A loaded version of the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// 1, 2, …
    pub number: u32,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// When it was loaded.
    pub loaded_at: Moment,
    /// What was read.
    pub reading: policy::Reading,
    /// First day it rules, once adopted.
    pub effective: Option<Date>,
    /// The file it came from.
    #[serde(default)]
    pub source: Source,
    /// What the officer confirmed, once adopted; absent for what was adopted before this was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Box<Confirmed>>,
}

/// The file that a version was read from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What kind of file it was, as staff read it (Word, PDF); empty if that is not known.
    pub format: String,
    /// Parts that gave no text.
    pub unread: Vec<Unread>,
    /// The file itself in the object store; `None` for text that was pasted.
    pub original: Option<Evidence>,
}

/// A part of a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Where, in words.
    pub place: String,
    /// What it is and what to do.
    pub what: String,
}

/// What was confirmed when a version was adopted, and what of it was a correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The confirmation whole.
    pub confirmation: Confirmation,
    /// Where it differs from what had been proposed from the reading.
    pub corrections: Vec<Correction>,
}

/// What the officer confirms or corrects on the adoption page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// First day it rules (施行日).
    pub effective: Date,
    /// Holder by role id.
    pub holdings: BTreeMap<String, Holding>,
    /// Corrections by procedure key.
    pub procedures: BTreeMap<String, ProcedureCorrection>,
    /// Months by duty key, where the policy says 定期的に or the body wants another interval; 0 for upon an event.
    pub months: BTreeMap<String, u32>,
    /// Whether the standard set is adopted for what the policy does not rule itself.
    pub standard: bool,
    /// Role ids that do a duty, by duty key, where others do it than the policy was read to say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub doers: BTreeMap<String, Vec<String>>,
    /// What was read wrongly.
    #[serde(default, skip_serializing_if = "Reread::is_empty")]
    pub reread: Reread,
    /// Whether the officer looked at the parts of the file that could not be read.
    #[serde(default)]
    pub unread_checked: bool,
    /// Why a document that does not look like a policy is adopted all the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A procedure as the officer wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcedureCorrection {
    /// Whether it is offered at all.
    pub offered: bool,
    /// Role ids that decide.
    pub approvers: Vec<String>,
    /// How they work together.
    pub approval: Approval,
}

/// Whether a document was loaded that does not look like a policy.
#[must_use]
pub fn is_hardly_a_policy(reading: &policy::Reading) -> bool {
    reading.problems.iter().any(|problem| problem.kind == policy::problem::Kind::NotAPolicy)
}

/// The day from which the 附則 of a document say that it is in force, if they name a day of the calendar.
#[must_use]
pub fn stated_day(reading: &policy::Reading) -> Option<Date> {
    let statements = policy::effective::effective(&reading.document);
    let day = policy::effective::latest(&statements)?.day()?;
    Date::new(i16::try_from(day.year).ok()?, i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?).ok()
}

/// Makes the rulebook of a policy from its reading and what was confirmed. Always the same for the same input.
#[must_use]
pub fn compile(catalog: &Catalog, version: u32, reading: &policy::Reading, confirmation: &Confirmation) -> Rulebook {
    let reading = &*confirmation.reread.applied(reading);
    let mut book = Rulebook {
        version,
        title: reading.document.title.clone(),
        effective: confirmation.effective,
        roles: Vec::new(),
        classes: reading.model.classes.clone(),
        procedures: Vec::new(),
        routes: Vec::new(),
        duties: Vec::new(),
        zones: reading.model.zones.clone(),
        controls: BTreeMap::new(),
        emergency: emergency(reading),
        standard: confirmation.standard,
        coverage: Vec::new(),
        former: Vec::new(),
    };
    own_entries(catalog, reading, confirmation, &mut book);
    if confirmation.standard {
        standard_entries(catalog, confirmation, &mut book);
    }
    bind_controls(catalog, reading, &mut book);
    book.coverage = coverage::compile(catalog, reading, &book);
    book
}

/// Whether the policy lets an applicant decide where it cannot be helped (やむを得ない場合を除き).
fn emergency(reading: &policy::Reading) -> bool {
    reading.obligations.iter().any(|obligation| {
        obligation.controls.iter().any(|control| control == "org.separation.approve") && obligation.text.contains("やむを得")
    })
}

fn holding(confirmation: &Confirmation, id: &str) -> Holding {
    confirmation.holdings.get(id).cloned().unwrap_or(Holding::Nobody)
}

/// A key that no other entry has: the control, then `-2`, `-3` …
fn unique(taken: &mut BTreeMap<String, u32>, control: &str) -> String {
    let count = taken.entry(control.to_owned()).or_default();
    *count += 1;
    if *count == 1 { control.to_owned() } else { format!("{control}-{count}") }
}

/// Those who decide on a procedure though the policy defines no such role: somebody must be named for them.
fn undefined_approvers(reading: &policy::Reading) -> BTreeSet<String> {
    let model = &reading.model;
    let all = model.procedures.iter().flat_map(|procedure| &procedure.approvers);
    all.filter(|name| !model.roles.iter().any(|role| role.id == **name)).cloned().collect()
}

fn own_entries(catalog: &Catalog, reading: &policy::Reading, confirmation: &Confirmation, book: &mut Rulebook) {
    let version = book.version;
    let cite = |cite: &Citation| Cite { version, clause: cite.clause.clone(), standard: false };
    let model = &reading.model;
    book.roles.extend(model.roles.iter().map(|role| Role {
        id: role.id.clone(),
        name: role.id.clone(),
        kind: role.holder,
        holding: holding(confirmation, &role.id),
        deputy: role.deputy.clone(),
        cite: cite(&role.cite),
    }));
    book.roles.extend(undefined_approvers(reading).into_iter().map(|name| {
        let procedure = model.procedures.iter().find(|procedure| procedure.approvers.contains(&name));
        let holding = holding(confirmation, &name);
        Role {
            id: name.clone(),
            kind: if matches!(holding, Holding::Unit { .. }) { Holder::Unit } else { Holder::One },
            holding,
            deputy: None,
            cite: procedure.map(|procedure| cite(&procedure.cite)).unwrap_or_default(),
            name,
        }
    }));
    let mut taken = BTreeMap::new();
    for procedure in &model.procedures {
        let own_form = catalog.own_form(&procedure.control);
        let key = match own_form {
            Some(_) => unique(&mut taken, &procedure.control),
            None => unique(&mut taken, &format!("general@{}", procedure.cite.clause)),
        };
        let correction = confirmation.procedures.get(&key);
        if correction.is_some_and(|correction| !correction.offered) {
            continue;
        }
        let (approvers, approval) = correction.map_or_else(
            || (procedure.approvers.clone(), procedure.approval),
            |correction| (correction.approvers.clone(), correction.approval),
        );
        let form_title = own_form.map_or(procedure.title.as_str(), |form| form.title.as_str());
        // Where the text names nobody, the head of the applicant's section decides.
        let approvers = if approvers.is_empty() { lowest(&book.roles) } else { approvers };
        let title = if key == procedure.control || own_form.is_none() {
            form_title.to_owned()
        } else {
            format!("{form_title}（{}）", procedure.cite.clause)
        };
        let applicants = known_roles(model, &procedure.applicants);
        book.procedures.push(Procedure {
            key,
            control: procedure.control.clone(),
            title,
            applicants,
            approvers,
            approval,
            class: procedure.class.clone(),
            condition: procedure.condition.clone(),
            cite: cite(&procedure.cite),
        });
    }
    book.routes.extend(distinct_steps(&model.routes).map(|step| RouteStep {
        event: step.event.clone(),
        control: step.control.clone(),
        from: known_roles(model, &step.from),
        to: step.to.clone(),
        haste: step.haste,
        condition: step.condition.clone(),
        cite: cite(&step.cite),
    }));
    let mut taken = BTreeMap::new();
    for duty in &model.duties {
        let key = unique(&mut taken, &format!("{}@{}", duty.control, duty.cite.clause));
        let stated = match duty.cadence {
            Cadence::Months(months) => months,
            Cadence::Unstated => 12,
            Cadence::Event | Cadence::Standing => 0,
        };
        let months = confirmation.months.get(&key).copied().unwrap_or(stated);
        let who = confirmation.doers.get(&key).cloned().unwrap_or_else(|| known_roles(model, &duty.who));
        book.duties.push(Duty { key, control: duty.control.clone(), who, what: plain(&duty.what), months, cite: cite(&duty.cite) });
    }
}

/// The role held in each unit that stands last, which is the section head's in every policy seen.
fn lowest(roles: &[Role]) -> Vec<String> {
    let of = |kind: Holder| roles.iter().rev().find(|role| role.kind == kind);
    of(Holder::Unit).or_else(|| of(Holder::One)).map(|role| role.id.clone()).into_iter().collect()
}

/// The plain form of an obligation: 点検しなければならない → 点検する, 行わなければならない → 行う.
fn plain(what: &str) -> String {
    const ENDINGS: [(&str, &str); 9] =
        [("わ", "う"), ("ら", "る"), ("か", "く"), ("さ", "す"), ("た", "つ"), ("な", "ぬ"), ("ば", "ぶ"), ("ま", "む"), ("が", "ぐ")];
    let what = what.trim().trim_end_matches('。');
    let what = what.strip_suffix("ものとする").or_else(|| what.strip_suffix("こととする")).unwrap_or(what);
    let Some(stem) = what.strip_suffix("なければならない").or_else(|| what.strip_suffix("なければいけない")) else {
        return what.strip_suffix("すること").map_or_else(|| what.to_owned(), |stem| format!("{stem}する"));
    };
    if let Some(stem) = stem.strip_suffix('し') {
        return format!("{stem}する");
    }
    let ending = ENDINGS.iter().find_map(|(from, to)| stem.strip_suffix(from).map(|stem| format!("{stem}{to}")));
    ending.unwrap_or_else(|| format!("{stem}る"))
}

/// Steps without those that only say again who tells whom of the same event.
fn distinct_steps(routes: &[policy::model::RouteStep]) -> impl Iterator<Item = &policy::model::RouteStep> {
    routes
        .iter()
        .enumerate()
        .filter(|(index, step)| {
            !routes.iter().take(*index).any(|before| before.event == step.event && before.from == step.from && before.to == step.to)
        })
        .map(|(_, step)| step)
}

/// Role ids among what the text names; other words (外部の者, 運搬する者) bind nobody in particular.
fn known_roles(model: &policy::model::Model, names: &[String]) -> Vec<String> {
    names.iter().filter(|name| model.roles.iter().any(|role| role.id == **name)).cloned().collect()
}

fn standard_entries(catalog: &Catalog, confirmation: &Confirmation, book: &mut Rulebook) {
    let version = book.version;
    for role in catalog.roles().filter(|role| confirmation.holdings.contains_key(&role.id)) {
        let clause = catalog.clauses().find(|clause| clause.kind == ClauseKind::Appoint && clause.who.contains(&role.id));
        book.roles.push(Role {
            id: role.id.clone(),
            name: role.name.clone(),
            kind: role.holder,
            holding: holding(confirmation, &role.id),
            deputy: role.deputy.clone(),
            cite: Cite { version, clause: clause.map_or_else(String::new, |clause| clause.number.clone()), standard: true },
        });
    }
    if book.classes.is_empty() {
        book.classes = standard_classes(catalog);
    }
    let cite = |clause: &StandardClause| Cite { version, clause: clause.number.clone(), standard: true };
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for procedure in &book.procedures {
        *taken.entry(procedure.control.clone()).or_default() += 1;
    }
    let mut steps: Vec<(u32, RouteStep)> = Vec::new();
    for clause in catalog.clauses().filter(|clause| clause.run == Run::Now) {
        match clause.kind {
            ClauseKind::Procedure => {
                let Some(form) = catalog.own_form(&clause.control).filter(|_| !taken.contains_key(&clause.control)) else { continue };
                let correction = confirmation.procedures.get(&clause.control);
                if correction.is_some_and(|correction| !correction.offered) {
                    continue;
                }
                let applicants = if form.applicant == "everyone" { Vec::new() } else { vec![form.applicant.clone()] };
                book.procedures.push(Procedure {
                    key: clause.control.clone(),
                    control: clause.control.clone(),
                    title: form.title.clone(),
                    applicants,
                    approvers: correction.map_or_else(|| form.approvers.clone(), |correction| correction.approvers.clone()),
                    approval: correction.map_or(form.approval, |correction| correction.approval),
                    class: None,
                    condition: form.summary.clone(),
                    cite: cite(clause),
                });
            }
            ClauseKind::Route => steps.push((
                clause.step,
                RouteStep {
                    event: clause.event.clone(),
                    control: clause.control.clone(),
                    from: clause.from.clone(),
                    to: clause.to.clone(),
                    haste: clause.haste.unwrap_or(Haste::Promptly),
                    condition: clause.title.clone(),
                    cite: cite(clause),
                },
            )),
            ClauseKind::Duty => {
                let stated = match clause.cadence {
                    Some(StandardCadence::Months(months)) => months,
                    _ => 0,
                };
                let key = format!("{}@{}", clause.control, clause.number);
                let months = confirmation.months.get(&key).copied().unwrap_or(stated);
                let who = confirmation.doers.get(&key).cloned().unwrap_or_else(|| clause.who.clone());
                book.duties.push(Duty {
                    key,
                    control: clause.control.clone(),
                    who,
                    what: clause.title.clone(),
                    months,
                    cite: cite(clause),
                });
            }
            _ => {}
        }
    }
    steps.sort_by(|(a, x), (b, y)| (&x.event, a).cmp(&(&y.event, b)));
    let own_events: Vec<String> = book.routes.iter().map(|step| step.event.clone()).collect();
    book.routes.extend(steps.into_iter().map(|(_, step)| step).filter(|step| !own_events.contains(&step.event)));
}

/// The classes of the standard set, for bodies whose policy defines none.
fn standard_classes(catalog: &Catalog) -> Vec<Class> {
    let classes = catalog.standard.iter().flat_map(|chapter| &chapter.classes).enumerate();
    classes
        .map(|(rank, class)| Class {
            name: class.name.clone(),
            axis: "重要性".to_owned(),
            rank,
            meaning: class.meaning.clone(),
            cite: Citation::default(),
        })
        .collect()
}

/// Notes which clauses state each control, and whether the system runs it.
fn bind_controls(catalog: &Catalog, reading: &policy::Reading, book: &mut Rulebook) {
    let version = book.version;
    let mut controls: BTreeMap<String, Adopted> = BTreeMap::new();
    let mut state = |control: &str, cite: Cite| {
        let adopted = controls.entry(control.to_owned()).or_insert_with(|| Adopted { cites: Vec::new(), runs: false });
        if !adopted.cites.contains(&cite) {
            adopted.cites.push(cite);
        }
    };
    for obligation in reading.obligations.iter().filter(|obligation| obligation.form != policy::obligation::Form::Lead) {
        for control in &obligation.controls {
            state(control, Cite { version, clause: obligation.clause.clone(), standard: false });
        }
    }
    if book.standard {
        for clause in catalog.clauses() {
            state(&clause.control, Cite { version, clause: clause.number.clone(), standard: true });
        }
    }
    let runs = book.procedures.iter().map(|procedure| &procedure.control);
    let runs = runs
        .chain(book.routes.iter().map(|step| &step.control))
        .chain(book.duties.iter().filter(|duty| duty.months > 0).map(|duty| &duty.control));
    let runs =
        runs.chain(catalog.registers.iter().flat_map(|register| &register.controls)).chain(catalog.rules.iter().map(|rule| &rule.control));
    for control in runs {
        if let Some(adopted) = controls.get_mut(control) {
            adopted.runs = true;
        }
    }
    book.controls = controls;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties_read_as_things_to_do() {
        assert_eq!(plain("媒体を点検しなければならない"), "媒体を点検する");
        assert_eq!(plain("訓練を行わなければならない。"), "訓練を行う");
        assert_eq!(plain("記録を作らなければならない"), "記録を作る");
        assert_eq!(plain("手順を定めなければならない"), "手順を定める");
        assert_eq!(plain("評価を行うものとする"), "評価を行う");
        assert_eq!(plain("記録を保存すること"), "記録を保存する");
    }
}
