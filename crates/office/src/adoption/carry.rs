//! What is known from the version before: each correction follows its clause and is carried over where the words are the same, never where they changed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use policy::{Reading, model};

use super::{
    Confirmation, Confirmed, Correction, ProcedureCorrection, Reread,
    clauses::Clauses,
    correction::{self, Change, as_stated, nth, offered, sentence, standard_digest},
    proposal::propose,
};
use crate::{
    catalog::Catalog,
    people::People,
    rulebook::{Holding, Rulebook},
};

/// What becomes of a correction in the next version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The words are the same: it holds again.
    Kept,
    /// The text now says by itself what was corrected.
    Needless,
    /// The words of the clause changed: it is shown, and not applied.
    Changed,
    /// The words are the same, but what is read from them, or whom they name, is not: it is shown, and not applied.
    Otherwise,
    /// The clause is gone.
    Gone,
}

/// A correction of the version before, and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// As it was made.
    pub correction: Correction,
    /// Path of its clause now; empty if it is gone.
    pub clause: String,
    /// What becomes of it.
    pub fate: Fate,
}

impl Carried {
    /// Whether it can be taken over with one tick though it was not applied.
    #[must_use]
    pub fn can_be_taken(&self) -> bool {
        matches!(self.fate, Fate::Changed | Fate::Otherwise)
    }
}

/// What is proposed for a version that follows another.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What is proposed, with what was carried over.
    pub confirmation: Confirmation,
    /// Every correction of the version before.
    pub carried: Vec<Carried>,
}

/// The version before: what was read, and what was confirmed.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// What was read.
    pub reading: &'a Reading,
    /// What was confirmed.
    pub confirmed: &'a Confirmed,
}

/// What is proposed for the next version: as [`propose`], with every correction of the version before
/// carried over whose clause, followed through renumbering, has the same words and is read the same.
#[must_use]
pub fn propose_next(catalog: &Catalog, before: Before<'_>, reading: &Reading, people: &People, today: Date) -> Proposal {
    let follow = Follow::of(catalog, before, reading);
    let mut confirmation = propose(catalog, reading, people, today);
    confirmation.standard |= before.confirmed.confirmation.standard;
    let mut carried: Vec<Carried> = before.confirmed.corrections.iter().map(|correction| follow.found(correction)).collect();
    // The reading is corrected first: what it sets up follows from that.
    for one in carried.iter_mut().filter(|one| is_of_reading(&one.correction.change)) {
        if one.fate == Fate::Kept {
            one.fate = follow.reread(&one.correction, &one.clause, &mut confirmation.reread, true);
        }
    }
    if !confirmation.reread.is_empty() {
        let corrected = confirmation.reread.applied(reading);
        confirmation.holdings = propose(catalog, &corrected, people, today).holdings;
    }
    if confirmation.standard {
        add_standard_holdings(catalog, reading, people, today, &mut confirmation);
    }
    follow.holdings(&mut confirmation, &mut carried);
    let whole = offered(catalog, 0, reading, &confirmation);
    for one in carried.iter_mut().filter(|one| !is_of_reading(&one.correction.change)) {
        if one.fate == Fate::Kept && !matches!(one.correction.change, Change::Holding { .. }) {
            one.fate = follow.rule(&one.correction, &one.clause, &whole, &mut confirmation, true);
        }
    }
    Proposal { confirmation, carried }
}

/// Takes a correction over though the words of its clause changed, because the officer says so.
/// Whether there was anything to take it over to.
#[must_use]
pub fn take(catalog: &Catalog, before: Before<'_>, reading: &Reading, carried: &Carried, confirmation: &mut Confirmation) -> bool {
    let follow = Follow::of(catalog, before, reading);
    let (correction, clause) = (&carried.correction, &carried.clause);
    let fate = if let Change::Holding { role, confirmed, .. } = &correction.change {
        confirmation.holdings.insert(follow.role(role), confirmed.clone());
        Fate::Kept
    } else if is_of_reading(&correction.change) {
        follow.reread(correction, clause, &mut confirmation.reread, false)
    } else {
        let whole = offered(catalog, 0, reading, confirmation);
        follow.rule(correction, clause, &whole, confirmation, false)
    };
    fate == Fate::Kept
}

/// The confirmation that says the same after the reading was corrected further: keys of procedures and duties move with their clauses.
#[must_use]
pub fn rekeyed(catalog: &Catalog, reading: &Reading, confirmation: &Confirmation, reread: Reread, people: &People) -> Confirmation {
    let proposal = Confirmation { holdings: BTreeMap::new(), ..confirmation.clone() };
    let corrections = correction::between(catalog, 0, reading, &proposal, confirmation);
    let fresh = propose(catalog, &reread.applied(reading), people, confirmation.effective);
    let mut next = Confirmation {
        reread,
        holdings: fresh.holdings,
        procedures: BTreeMap::new(),
        months: BTreeMap::new(),
        doers: BTreeMap::new(),
        ..confirmation.clone()
    };
    next.holdings.extend(confirmation.holdings.clone());
    let confirmed = Confirmed { confirmation: confirmation.clone(), corrections: Vec::new() };
    let follow = Follow::of(catalog, Before { reading, confirmed: &confirmed }, reading);
    let whole = offered(catalog, 0, reading, &next);
    for correction in corrections.iter().filter(|correction| !is_of_reading(&correction.change)) {
        follow.rule(correction, &correction.clause, &whole, &mut next, false);
    }
    next
}

const fn is_of_reading(change: &Change) -> bool {
    matches!(change, Change::SameRole { .. } | Change::Controls { .. } | Change::Unruled)
}

/// What would be proposed to whoever corrects the reading so and takes the standard set or not: what a confirmation is compared with.
#[must_use]
pub fn baseline(catalog: &Catalog, reading: &Reading, people: &People, confirmation: &Confirmation) -> Confirmation {
    let mut proposal = propose(catalog, &confirmation.reread.applied(reading), people, confirmation.effective);
    if confirmation.standard {
        add_standard_holdings(catalog, reading, people, confirmation.effective, &mut proposal);
    }
    proposal
}

/// Holdings of the roles of the standard set, where it is adopted.
fn add_standard_holdings(catalog: &Catalog, reading: &Reading, people: &People, today: Date, confirmation: &mut Confirmation) {
    let mut bare = reading.clone();
    bare.model.procedures.clear();
    for (id, holding) in propose(catalog, &bare, people, today).holdings {
        if catalog.roles().any(|role| role.id == id) {
            confirmation.holdings.entry(id).or_insert(holding);
        }
    }
}

/// Where the clauses and roles of the version before are now.
struct Follow<'a> {
    catalog: &'a Catalog,
    before: Before<'a>,
    after: &'a Reading,
    clauses: Clauses<'a>,
    /// Role id before → role id now, where it is another.
    renamed: BTreeMap<&'a str, &'a str>,
}

impl<'a> Follow<'a> {
    fn of(catalog: &'a Catalog, before: Before<'a>, after: &'a Reading) -> Self {
        let clauses = Clauses::of(before.reading, after);
        let mut follow = Self { catalog, before, after, clauses, renamed: BTreeMap::new() };
        follow.renamed = before.reading.model.roles.iter().filter_map(|role| Some((role.id.as_str(), follow.renamed(role)?))).collect();
        follow
    }

    /// The other id that a role goes by now: it is named among its spellings, or its clause defines one role that is new.
    fn renamed(&self, role: &model::Role) -> Option<&'a str> {
        let now = &self.after.model.roles;
        if now.iter().any(|one| one.id == role.id) {
            return None;
        }
        let spelt = now.iter().find(|one| one.aliases.contains(&role.id) || role.aliases.contains(&one.id));
        let defined = || {
            let clause = self.clauses.now(&role.cite.clause)?;
            let known = |id: &str| self.before.reading.model.roles.iter().any(|one| one.id == id);
            let mut new = now.iter().filter(|one| one.cite.clause == clause && !known(&one.id));
            let alone = self.before.reading.model.roles.iter().filter(|one| one.cite.clause == role.cite.clause).count() == 1;
            new.next().filter(|_| alone && new.next().is_none())
        };
        spelt.or_else(defined).map(|one| one.id.as_str())
    }

    /// The id of a role now.
    fn role(&self, id: &str) -> String {
        self.renamed.get(id).map_or_else(|| id.to_owned(), |id| (*id).to_owned())
    }

    fn roles(&self, ids: &[String]) -> Vec<String> {
        ids.iter().map(|id| self.role(id)).collect()
    }

    fn procedure(&self, was: &ProcedureCorrection) -> ProcedureCorrection {
        ProcedureCorrection { approvers: self.roles(&was.approvers), ..was.clone() }
    }

    /// Where the clause of a correction is, and whether its words are the same.
    fn found(&self, correction: &Correction) -> Carried {
        let (clause, digest) = if correction.standard {
            (correction.clause.clone(), standard_digest(self.catalog, &correction.clause))
        } else {
            let clause = self.clauses.now(&correction.clause);
            let digest = clause.map_or_else(String::new, |clause| self.clauses.after().digest(clause));
            (clause.unwrap_or_default().to_owned(), digest)
        };
        let fate = match digest {
            digest if digest.is_empty() => Fate::Gone,
            digest if digest == correction.digest => Fate::Kept,
            _ => Fate::Changed,
        };
        Carried { correction: correction.clone(), clause, fate }
    }

    /// Corrects the reading; where `strict`, only if what is read is what was read then.
    fn reread(&self, correction: &Correction, clause: &str, reread: &mut Reread, strict: bool) -> Fate {
        match &correction.change {
            Change::SameRole { role, is } => {
                let (role, is) = (self.role(role), self.role(is));
                let known = |id: &str| self.after.model.roles.iter().any(|one| one.id == id);
                match (known(&role), known(&is)) {
                    (true, true) => {
                        reread.same.insert(role, is);
                        Fate::Kept
                    }
                    (false, _) => Fate::Needless,
                    (true, false) => Fate::Otherwise,
                }
            }
            Change::Controls { proposed, confirmed } => {
                let Some(now) = self.after.obligations.iter().find(|one| one.clause == clause && one.n == correction.n) else {
                    return Fate::Otherwise;
                };
                if now.controls == *confirmed {
                    return Fate::Needless;
                }
                if strict && now.controls != *proposed {
                    return Fate::Otherwise;
                }
                reread.bind(sentence(clause, correction.n), confirmed.clone());
                Fate::Kept
            }
            Change::Unruled => {
                if !self.after.obligations.iter().any(|one| one.clause == clause && one.n == correction.n) {
                    return Fate::Otherwise;
                }
                reread.unruled.insert(sentence(clause, correction.n));
                Fate::Kept
            }
            _ => Fate::Otherwise,
        }
    }

    /// Corrects a procedure or a duty; where `strict`, only if what is proposed is what was proposed then.
    fn rule(&self, correction: &Correction, clause: &str, whole: &Rulebook, confirmation: &mut Confirmation, strict: bool) -> Fate {
        let at = (clause, correction.standard);
        match &correction.change {
            Change::Procedure { control, proposed, confirmed } => {
                let Some(now) = nth(&whole.procedures, at, control, correction.n) else { return Fate::Otherwise };
                let (stands, confirmed) = (as_stated(now), self.procedure(confirmed));
                let missing = confirmed.approvers.iter().any(|id| whole.role(id).is_none());
                let fate = fate(&stands, &self.procedure(proposed), &confirmed, missing, strict);
                if fate == Fate::Kept {
                    confirmation.procedures.insert(now.key.clone(), confirmed);
                }
                fate
            }
            Change::Interval { control, proposed, confirmed } => {
                let Some(now) = nth(&whole.duties, at, control, correction.n) else { return Fate::Otherwise };
                let fate = fate(&now.months, proposed, confirmed, false, strict);
                if fate == Fate::Kept {
                    confirmation.months.insert(now.key.clone(), *confirmed);
                }
                fate
            }
            Change::Doers { control, proposed, confirmed } => {
                let Some(now) = nth(&whole.duties, at, control, correction.n) else { return Fate::Otherwise };
                let confirmed = self.roles(confirmed);
                let missing = confirmed.iter().any(|id| whole.role(id).is_none());
                let fate = fate(&now.who, &self.roles(proposed), &confirmed, missing, strict);
                if fate == Fate::Kept {
                    confirmation.doers.insert(now.key.clone(), confirmed);
                }
                fate
            }
            _ => Fate::Otherwise,
        }
    }

    /// Whoever holds a role goes on holding it where the role goes on and the text names the same post for it.
    fn holdings(&self, confirmation: &mut Confirmation, carried: &mut [Carried]) {
        for (id, holding) in &self.before.confirmed.confirmation.holdings {
            let now = self.role(id);
            let known = confirmation.holdings.contains_key(&now);
            let same = known && self.names_the_same(id, &now);
            if same && *holding != Holding::Nobody {
                confirmation.holdings.insert(now.clone(), holding.clone());
            }
            let told = carried.iter_mut().find(|one| matches!(&one.correction.change, Change::Holding { role, .. } if role == id));
            if let Some(one) = told {
                // The role may still be named elsewhere: what was said of its definition is gone with that.
                let undefined = !one.correction.clause.is_empty() && one.clause.is_empty();
                one.fate = match (known && !undefined, same) {
                    (false, _) => Fate::Gone,
                    (true, true) => Fate::Kept,
                    (true, false) => Fate::Changed,
                };
            }
        }
    }

    /// Whether the text of both versions names the same kind of holder and the same post for a role.
    fn names_the_same(&self, before: &str, now: &str) -> bool {
        let role = |reading: &'a Reading, id: &str| reading.model.roles.iter().find(|role| role.id == id);
        match (role(self.before.reading, before), role(self.after, now)) {
            (Some(before), Some(now)) => (before.holder, &before.post) == (now.holder, &now.post),
            (None, None) => true,
            _ => false,
        }
    }
}

/// What becomes of a correction whose clause has the same words.
fn fate<T: PartialEq>(stands: &T, proposed: &T, confirmed: &T, missing: bool, strict: bool) -> Fate {
    if stands == confirmed {
        Fate::Needless
    } else if missing || (strict && stands != proposed) {
        Fate::Otherwise
    } else {
        Fate::Kept
    }
}
