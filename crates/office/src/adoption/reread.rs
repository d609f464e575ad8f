//! Corrections of the reading itself: which control a sentence binds to, what rules nothing, which two roles are one. Knows of no earlier version.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use policy::{
    Reading,
    model::{self, Citation, Model},
};
use serde::{Deserialize, Serialize};

/// A sentence of the policy: clause and order in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(String, usize)", into = "(String, usize)")]
pub struct Sentence {
    /// Path of the clause.
    pub clause: String,
    /// 1, 2, … within the clause.
    pub n: usize,
}

impl From<(String, usize)> for Sentence {
    fn from((clause, n): (String, usize)) -> Self {
        Self { clause, n }
    }
}

impl From<Sentence> for (String, usize) {
    fn from(sentence: Sentence) -> Self {
        (sentence.clause, sentence.n)
    }
}

/// What the officer found read wrongly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reread {
    /// Controls that a sentence binds to, best first; none for a sentence that binds to no control.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<(Sentence, Vec<String>)>,
    /// Sentences that set up no procedure, no route and no duty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unruled: BTreeSet<Sentence>,
    /// Roles that are another role in other words: id, and id of the role that it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub same: BTreeMap<String, String>,
}

impl Reread {
    /// Whether the reading stands as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.controls.is_empty() && self.unruled.is_empty() && self.same.is_empty()
    }

    /// What was said of the controls of a sentence.
    #[must_use]
    pub fn controls_of(&self, clause: &str, n: usize) -> Option<&[String]> {
        self.controls.iter().find(|(sentence, _)| sentence.clause == clause && sentence.n == n).map(|(_, controls)| controls.as_slice())
    }

    /// Says which controls a sentence binds to, in place of what was said before.
    pub fn bind(&mut self, sentence: Sentence, controls: Vec<String>) {
        self.controls.retain(|(known, _)| *known != sentence);
        self.controls.push((sentence, controls));
        self.controls.sort();
    }

    /// Whether a sentence was said to rule nothing.
    #[must_use]
    pub fn is_unruled(&self, clause: &str, n: usize) -> bool {
        self.unruled.contains(&Sentence { clause: clause.to_owned(), n })
    }

    /// The reading as corrected.
    #[must_use]
    pub fn applied<'r>(&self, reading: &'r Reading) -> Cow<'r, Reading> {
        if self.is_empty() {
            return Cow::Borrowed(reading);
        }
        let mut corrected = reading.clone();
        if !self.controls.is_empty() {
            for obligation in &mut corrected.obligations {
                if let Some(controls) = self.controls_of(&obligation.clause, obligation.n) {
                    obligation.controls = controls.to_vec();
                }
            }
            corrected.model = model::derive(&corrected.document, &corrected.obligations);
        }
        self.drop_unruled(&mut corrected.model);
        merge_roles(&mut corrected.model, &self.same);
        Cow::Owned(corrected)
    }

    fn drop_unruled(&self, model: &mut Model) {
        let ruled = |cite: &Citation| !self.is_unruled(&cite.clause, cite.n);
        model.procedures.retain(|procedure| ruled(&procedure.cite));
        model.duties.retain(|duty| ruled(&duty.cite));
        model.routes.retain(|step| ruled(&step.cite));
    }
}

/// Says the name of the role that each name means, everywhere.
fn merge_roles(model: &mut Model, same: &BTreeMap<String, String>) {
    // A role that is said to be one that is itself another ends there; a circle changes nothing.
    let meant = |id: &str| {
        let mut at = id;
        for _ in 0..same.len() {
            match same.get(at) {
                Some(next) if next != id => at = next,
                _ => break,
            }
        }
        at.to_owned()
    };
    let goes = |id: &str| meant(id) != id && model.roles.iter().any(|role| role.id == meant(id));
    let gone: BTreeMap<String, String> = same.keys().filter(|id| goes(id)).map(|id| (id.clone(), meant(id))).collect();
    let (kept, merged): (Vec<_>, Vec<_>) = std::mem::take(&mut model.roles).into_iter().partition(|role| !gone.contains_key(&role.id));
    model.roles = kept;
    for role in merged {
        let Some(into) = gone.get(&role.id).and_then(|into| model.roles.iter_mut().find(|kept| kept.id == *into)) else { continue };
        into.post = into.post.take().or(role.post);
        into.deputy = into.deputy.take().or(role.deputy);
        into.aliases.extend(std::iter::once(role.id).chain(role.aliases));
        into.aliases.sort();
        into.aliases.dedup();
    }
    let rename = |id: &mut String| {
        if let Some(into) = gone.get(id) {
            id.clone_from(into);
        }
    };
    let rename_all = |ids: &mut Vec<String>| {
        ids.iter_mut().for_each(rename);
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
    };
    for role in &mut model.roles {
        role.deputy.iter_mut().chain(&mut role.chair).chain(&mut role.post).for_each(rename);
    }
    for procedure in &mut model.procedures {
        rename_all(&mut procedure.applicants);
        rename_all(&mut procedure.approvers);
    }
    for step in &mut model.routes {
        rename_all(&mut step.from);
        rename_all(&mut step.to);
    }
    model.duties.iter_mut().for_each(|duty| rename_all(&mut duty.who));
    model.prohibitions.iter_mut().chain(&mut model.measures).for_each(|norm| rename_all(&mut norm.who));
    model.documents.iter_mut().for_each(|document| rename_all(&mut document.keeper));
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::control::Controls;

    const TEXT: &str = "対策基準\n\n1 役割\n(1) 副町長を、最高責任者とする。\n(2) 各課長を、情報セキュリティ管理者とする。\n2 持出し\n(1) 職員は、端末を外部に持ち出す場合には、情報セキュリティ管理者の許可を得なければならない。\n(2) 情報セキュリティ管理者は、毎年度、端末の利用状況を点検しなければならない。\n";

    #[test]
    fn a_sentence_that_rules_nothing_sets_up_nothing() {
        let reading = policy::read(TEXT, Controls::embedded());
        let procedure = reading.model.procedures.first().unwrap().cite.clone();
        let sentence = Sentence { clause: procedure.clause, n: procedure.n };
        let reread = Reread { unruled: [sentence].into(), ..Reread::default() };
        let corrected = reread.applied(&reading);
        assert_eq!(corrected.model.procedures.len() + 1, reading.model.procedures.len());
        assert_eq!(corrected.model.duties, reading.model.duties);
    }

    #[test]
    fn a_sentence_bound_to_another_control_makes_a_procedure_of_that() {
        let reading = policy::read(TEXT, Controls::embedded());
        let cite = &reading.model.procedures.first().unwrap().cite;
        let mut reread = Reread::default();
        reread.bind(Sentence { clause: cite.clause.clone(), n: cite.n }, vec!["permit.dispose".to_owned()]);
        assert_eq!(reread.applied(&reading).model.procedures.first().unwrap().control, "permit.dispose");
    }

    #[test]
    fn two_names_of_one_role_become_one_and_a_circle_changes_nothing() {
        let reading = policy::read(TEXT, Controls::embedded());
        let ids: Vec<String> = reading.model.roles.iter().map(|role| role.id.clone()).collect();
        assert!(ids.contains(&"最高責任者".to_owned()) && ids.contains(&"情報セキュリティ管理者".to_owned()), "{ids:?}");
        let same = |pairs: &[(&str, &str)]| Reread {
            same: pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
            ..Reread::default()
        };
        let merged = same(&[("情報セキュリティ管理者", "最高責任者")]).applied(&reading).into_owned();
        assert!(merged.model.roles.iter().all(|role| role.id != "情報セキュリティ管理者"));
        assert!(
            merged.model.roles.iter().any(|role| role.id == "最高責任者" && role.aliases.contains(&"情報セキュリティ管理者".to_owned()))
        );
        assert!(merged.model.procedures.iter().all(|procedure| procedure.approvers == ["最高責任者"]));
        let circle =
            same(&[("情報セキュリティ管理者", "最高責任者"), ("最高責任者", "情報セキュリティ管理者")]).applied(&reading).into_owned();
        assert!(!circle.model.roles.is_empty());
        let nowhere = same(&[("情報セキュリティ管理者", "どこにもない役割")]).applied(&reading).into_owned();
        assert_eq!(nowhere.model.roles, reading.model.roles);
    }
}
