//! Corrections as knowledge: what the officer confirmed otherwise than it was proposed, each bound to the words it was made on. Does not know where a clause went.

use std::{collections::BTreeMap, fmt::Write};

use policy::{
    Reading,
    obligation::Form,
    tree::{Clause, Document},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Confirmation, ProcedureCorrection, Sentence, compile};
use crate::{
    catalog::Catalog,
    rulebook::{Cite, Duty, Holding, Procedure, Rulebook},
};

/// A correction, and the words it was made on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Path of the clause, or number of the clause of the standard set.
    pub clause: String,
    /// Whether the clause is of the standard set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standard: bool,
    /// Which of its kind in the clause, from 1: the sentence, or the procedure or duty of that control.
    pub n: usize,
    /// SHA-256 of the words of the clause, hex (see [`Words`]).
    pub digest: String,
    /// What it is about, as staff read it.
    pub about: String,
    /// What was proposed and what was confirmed.
    pub change: Change,
}

/// What was proposed from the reading, and what the officer made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Change {
    /// How a procedure is offered and decided.
    Procedure {
        /// Control.
        control: String,
        /// As proposed.
        proposed: ProcedureCorrection,
        /// As confirmed.
        confirmed: ProcedureCorrection,
    },
    /// How often a duty comes round, in months; 0 for upon an event.
    Interval {
        /// Control.
        control: String,
        /// As proposed.
        proposed: u32,
        /// As confirmed.
        confirmed: u32,
    },
    /// Who does a duty: role ids.
    Doers {
        /// Control.
        control: String,
        /// As proposed.
        proposed: Vec<String>,
        /// As confirmed.
        confirmed: Vec<String>,
    },
    /// Who holds a role.
    Holding {
        /// Role id.
        role: String,
        /// As proposed.
        proposed: Holding,
        /// As confirmed.
        confirmed: Holding,
    },
    /// A role is another in other words.
    SameRole {
        /// Role id.
        role: String,
        /// The role it is.
        is: String,
    },
    /// The controls that a sentence binds to.
    Controls {
        /// As read.
        proposed: Vec<String>,
        /// As confirmed.
        confirmed: Vec<String>,
    },
    /// The sentence sets up no procedure, no route and no duty.
    Unruled,
}

/// The words that each clause of a document consists of, as a digest: its heading, its paragraphs,
/// and the leads above that give its sentences their subject and force. Numbers and line breaks are no words.
pub struct Words<'a> {
    document: &'a Document,
    by_path: BTreeMap<&'a str, &'a Clause>,
    leads: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Words<'a> {
    /// The words of a reading.
    #[must_use]
    pub fn of(reading: &'a Reading) -> Self {
        let mut leads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for lead in reading.obligations.iter().filter(|obligation| obligation.form == Form::Lead) {
            leads.entry(lead.clause.as_str()).or_default().push(lead.text.as_str());
        }
        let by_path = reading.document.clauses.iter().map(|clause| (clause.path.as_str(), clause)).collect();
        Self { document: &reading.document, by_path, leads }
    }

    /// SHA-256 of the words of a clause, hex; empty if there is no such clause.
    #[must_use]
    pub fn digest(&self, path: &str) -> String {
        let Some(clause) = self.by_path.get(path) else { return String::new() };
        let mut hash = Sha256::new();
        let mut add = |kind: &str, text: &str| {
            hash.update(kind.as_bytes());
            hash.update(text.chars().filter(|c| !c.is_whitespace() || *c == '\t').collect::<String>().as_bytes());
            hash.update([0]);
        };
        add("heading", &clause.heading);
        clause.paragraphs.iter().for_each(|paragraph| add("paragraph", &paragraph.text));
        let mut above = clause.parent.and_then(|parent| self.document.clauses.get(parent));
        while let Some(lead) = above.filter(|clause| self.leads.contains_key(clause.path.as_str())) {
            self.leads.get(lead.path.as_str()).into_iter().flatten().for_each(|text| add("lead", text));
            above = lead.parent.and_then(|parent| self.document.clauses.get(parent));
        }
        hex(&hash.finalize())
    }
}

/// SHA-256 of the words of a clause of the standard set.
pub(super) fn standard_digest(catalog: &Catalog, number: &str) -> String {
    let clause = catalog.clauses().find(|clause| clause.number == number);
    clause.map_or_else(String::new, |clause| hex(&Sha256::digest(format!("{}\0{}", clause.title, clause.text).as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Everything a reading and the standard set offer once a reading is corrected, before any other correction.
#[must_use]
pub fn offered(catalog: &Catalog, version: u32, reading: &Reading, confirmation: &Confirmation) -> Rulebook {
    let bare = Confirmation {
        standard: true,
        procedures: BTreeMap::new(),
        months: BTreeMap::new(),
        doers: BTreeMap::new(),
        ..confirmation.clone()
    };
    compile(catalog, version, reading, &bare)
}

/// A procedure or duty that a clause states.
pub(super) trait Stated {
    fn cite(&self) -> &Cite;
    fn control(&self) -> &str;
    fn key(&self) -> &str;
}

impl Stated for Procedure {
    fn cite(&self) -> &Cite {
        &self.cite
    }
    fn control(&self) -> &str {
        &self.control
    }
    fn key(&self) -> &str {
        &self.key
    }
}

impl Stated for Duty {
    fn cite(&self) -> &Cite {
        &self.cite
    }
    fn control(&self) -> &str {
        &self.control
    }
    fn key(&self) -> &str {
        &self.key
    }
}

/// The `n`th of those of a control that a clause states.
pub(super) fn nth<'t, T: Stated>(all: &'t [T], at: (&str, bool), control: &str, n: usize) -> Option<&'t T> {
    all.iter().filter(|one| one.cite().clause == at.0 && one.cite().standard == at.1 && one.control() == control).nth(n.checked_sub(1)?)
}

/// A procedure or duty by key, and which of its control in its clause it is.
fn placed<'t, T: Stated>(all: &'t [T], key: &str) -> Option<(&'t T, usize)> {
    let at = all.iter().position(|one| one.key() == key)?;
    let found = all.get(at)?;
    let before = all.iter().take(at).filter(|one| one.cite() == found.cite() && one.control() == found.control()).count();
    Some((found, before + 1))
}

/// A procedure as the policy was read to state it.
pub(super) fn as_stated(procedure: &Procedure) -> ProcedureCorrection {
    ProcedureCorrection { offered: true, approvers: procedure.approvers.clone(), approval: procedure.approval }
}

/// The corrections in a confirmation: where it differs from what was proposed from the reading.
#[must_use]
pub fn between(
    catalog: &Catalog,
    version: u32,
    reading: &Reading,
    proposal: &Confirmation,
    confirmation: &Confirmation,
) -> Vec<Correction> {
    let words = Words::of(reading);
    let mut whole = offered(catalog, version, reading, confirmation);
    whole.procedures.retain(|procedure| confirmation.standard || !procedure.cite.standard);
    whole.duties.retain(|duty| confirmation.standard || !duty.cite.standard);
    let bound = |cite: &Cite, n: usize, about: &str, change: Change| Correction {
        clause: cite.clause.clone(),
        standard: cite.standard,
        n,
        digest: if cite.standard { standard_digest(catalog, &cite.clause) } else { words.digest(&cite.clause) },
        about: about.to_owned(),
        change,
    };
    let own = |clause: &str| Cite { version, clause: clause.to_owned(), standard: false };
    let mut all = Vec::new();
    for (role, is) in &confirmation.reread.same {
        let Some(defined) = reading.model.roles.iter().find(|one| one.id == *role) else { continue };
        all.push(bound(&own(&defined.cite.clause), 1, role, Change::SameRole { role: role.clone(), is: is.clone() }));
    }
    for obligation in reading.obligations.iter().filter(|obligation| obligation.form != Form::Lead) {
        let at = own(&obligation.clause);
        if let Some(controls) = confirmation.reread.controls_of(&obligation.clause, obligation.n)
            && controls != obligation.controls
        {
            let change = Change::Controls { proposed: obligation.controls.clone(), confirmed: controls.to_vec() };
            all.push(bound(&at, obligation.n, &obligation.text, change));
        }
        if confirmation.reread.is_unruled(&obligation.clause, obligation.n) {
            all.push(bound(&at, obligation.n, &obligation.text, Change::Unruled));
        }
    }
    for role in &whole.roles {
        let proposed = proposal.holdings.get(&role.id).cloned().unwrap_or(Holding::Nobody);
        if let Some(confirmed) = confirmation.holdings.get(&role.id).filter(|confirmed| **confirmed != proposed) {
            all.push(bound(&role.cite, 1, &role.name, Change::Holding { role: role.id.clone(), proposed, confirmed: confirmed.clone() }));
        }
    }
    for (key, confirmed) in &confirmation.procedures {
        let Some((procedure, n)) = placed(&whole.procedures, key) else { continue };
        let proposed = as_stated(procedure);
        if proposed != *confirmed {
            let change = Change::Procedure { control: procedure.control.clone(), proposed, confirmed: confirmed.clone() };
            all.push(bound(&procedure.cite, n, &procedure.title, change));
        }
    }
    for (key, confirmed) in &confirmation.months {
        let Some((duty, n)) = placed(&whole.duties, key) else { continue };
        if duty.months != *confirmed {
            let change = Change::Interval { control: duty.control.clone(), proposed: duty.months, confirmed: *confirmed };
            all.push(bound(&duty.cite, n, &duty.what, change));
        }
    }
    for (key, confirmed) in &confirmation.doers {
        let Some((duty, n)) = placed(&whole.duties, key) else { continue };
        if duty.who != *confirmed {
            let change = Change::Doers { control: duty.control.clone(), proposed: duty.who.clone(), confirmed: confirmed.clone() };
            all.push(bound(&duty.cite, n, &duty.what, change));
        }
    }
    all
}

/// The confirmation behind a rulebook that was adopted before confirmations were recorded.
#[must_use]
pub fn behind(catalog: &Catalog, reading: &Reading, book: &Rulebook) -> Confirmation {
    let mut confirmation = Confirmation {
        effective: book.effective,
        standard: book.standard,
        holdings: book.roles.iter().map(|role| (role.id.clone(), role.holding.clone())).collect(),
        ..Confirmation::default()
    };
    let whole = offered(catalog, book.version, reading, &confirmation);
    for stated in whole.procedures.iter().filter(|procedure| book.standard || !procedure.cite.standard) {
        let stands = as_stated(stated);
        let was = book.procedure(&stated.key).map_or_else(|| ProcedureCorrection { offered: false, ..stands.clone() }, as_stated);
        if was != stands {
            confirmation.procedures.insert(stated.key.clone(), was);
        }
    }
    for stated in &whole.duties {
        if let Some(was) = book.duties.iter().find(|duty| duty.key == stated.key && duty.months != stated.months) {
            confirmation.months.insert(stated.key.clone(), was.months);
        }
    }
    confirmation
}

/// The sentence that a correction of the reading is about.
pub(super) fn sentence(clause: &str, n: usize) -> Sentence {
    Sentence { clause: clause.to_owned(), n }
}
