//! Procedures (申請・許可): every sentence that makes an act depend on somebody's leave.

use std::collections::BTreeMap;

use super::{
    Approval, Citation, Procedure,
    names::{List, Names},
    outline::Outline,
    words::{fold, patterns, without_brackets},
};
use crate::obligation::{Form, Modality, Obligation};

patterns! {
    OBTAIN = "(?:許可|承認|同意|許諾|承諾|了承|了解|決裁|認可)(?:等)?(?:を|の上|のうえ)?(?:得|受け|もら|求め|の上|のうえ|を前提)";
    FOR_OTHERS = "^[^、。]{0,6}よう(?:に)?、";
    FOLLOWS = "^た(?:とき|後|場合(?:において|には|は|に、|、))";
    WITHOUT = "(?:許可|承認|同意|許諾|承諾|了承|決裁|認可)(?:なく|なしに|を得ず|を受けず|を得ないで|を受けないで|を得ることなく|を受けることなく|のない)";
    UNLESS = "(?:許可|承認|同意|許諾|承諾|了承|決裁|認可|認め)(?:を得|を受け|し)?(?:た|る|られた)場合(?:を除|に限|以外|のほか)";
    APPLY = "申請(?:書)?(?:を(?:行い|行わな|行うこと|行うもの|提出し|提出すること|し[、な])|し[、な]|すること|するもの|しなければ)";
    JUDGE = "可否を(?:決定|判断|審査)|申請を(?:審査|受け付け)|(?:許可|承認)(?:及び|・|並びに)確認し|(?:許可|承認)(?:しなければ|すること|を行わなければ|を行うこと|するものと)";
    NOMINATED = "指名(?:し|した(?:者|職員)のうち)、?(?P<confirmer>[^、。]*?)が(?:認め|承認し|許可し)た(?:者|もの|職員)";
    ADMITTED = "許可(?:され|を受け|を得)た者(?:のみ|だけ|に限|以外)";
    DECIDED_BY = "(?:可否|是非)(?:の|を)?(?:判断|決定)を(?P<decider>[^、。]*?)が(?:行|し)";
    ASKED_OF = "(?:の|に|から|より|へ|が)(?:、)?(?:事前の|事前に|書面による|文書による|文書で|書面で|あらかじめ)?(?:利用|使用|接続)?(?:の)?(?:許可|承認|同意|許諾|承諾|了承|了解|決裁|認可|認め)";
    ADDRESSED = "(?:へ|に対し、?|に)(?:[^、。]{0,20})?(?:の)?(?:利用)?申請(?:書)?(?:を|し)";
    APPLIED_BY = "(?P<who>[^、。は]*?)(?:による|からの|が行う)(?:[^、。]{0,20})?申請";
    SET_ELSEWHERE = "(?:所定|定められた|別に定める|必要な)(?:の)?(?:申請)?手続(?:き)?を(?:経|行|と|執)";
    CASE_END = "(?:場合(?:に限り|を除き)?|とき|際|前|に当たって|に当たり)(?:には|に|は|で)?、";
}

/// How far back the other half of a procedure may stand.
const NEAR: usize = 20;

/// The procedures of a document, in order; a decision and its application in one make one procedure.
pub(super) fn derive(outline: &Outline<'_>, obligations: &[Obligation], names: &Names) -> Vec<Procedure> {
    let mut found: Vec<Procedure> = Vec::new();
    let mut elsewhere = Vec::new();
    for obligation in obligations {
        let Some(step) = step(outline, obligation, names) else { continue };
        let mut near = found.iter_mut().rev().take(NEAR);
        match near
            .find(|known| !step.control.is_empty() && known.control == step.control && known.class == step.class && completes(known, &step))
        {
            Some(known) => merge(known, step),
            None => {
                elsewhere.push(SET_ELSEWHERE.is_match(&fold(&obligation.text)));
                found.push(step);
            }
        }
    }
    borrow_approvers(&mut found, &elsewhere);
    found
}

/// Whether this obligation states a procedure.
pub(super) fn is_procedure(obligation: &Obligation) -> bool {
    let text = without_brackets(&fold(&obligation.text));
    kind(obligation, &text).is_some()
}

/// How a sentence states a procedure.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The subject needs leave.
    Ask,
    /// The subject decides.
    Decide,
}

fn kind(obligation: &Obligation, text: &str) -> Option<Kind> {
    if !matches!(obligation.form, Form::Sentence | Form::TableRow) {
        return None;
    }
    let binding = matches!(obligation.modality, Modality::Duty | Modality::Permission | Modality::Declaration);
    let obtains = OBTAIN.find_iter(text).any(|found| {
        let before = text.get(..found.start()).unwrap_or_default();
        let after = text.get(found.end()..).unwrap_or_default();
        !FOR_OTHERS.is_match(after)
            && !FOLLOWS.is_match(after)
            && !before.ends_with("又は")
            && !after.starts_with("た者")
            && !after.starts_with("ている")
            && !after.starts_with("られ")
    });
    let forbids = matches!(obligation.modality, Modality::Prohibition | Modality::Permission);
    if binding && !obtains && (JUDGE.is_match(text) || (ADMITTED.is_match(text) && obligation.subjects.len() == 1)) {
        Some(Kind::Decide)
    } else if (binding && (obtains || APPLY.is_match(text) || NOMINATED.is_match(text) || SET_ELSEWHERE.is_match(text)))
        || (obligation.modality == Modality::Prohibition && (obtains || WITHOUT.is_match(text)))
        || (forbids && UNLESS.is_match(text))
    {
        Some(Kind::Ask)
    } else {
        None
    }
}

fn step(outline: &Outline<'_>, obligation: &Obligation, names: &Names) -> Option<Procedure> {
    let text = fold(&obligation.text);
    let bare = without_brackets(&text);
    let kind = kind(obligation, &bare)?;
    let subjects = names.resolve(&obligation.subjects);
    let (applicants, approvers, approval) = match kind {
        Kind::Decide => {
            let asking = APPLIED_BY.captures(&bare).and_then(|found| found.name("who"));
            let applicants = asking.and_then(|who| names.list_at_end(who.as_str())).map(|list| list.ids).unwrap_or_default();
            let choice = subject_choice(&bare, names);
            (applicants, subjects, if choice { Approval::Any } else { Approval::All })
        }
        Kind::Ask => {
            let (approvers, approval) = approvers(obligation, &bare, names);
            (subjects.into_iter().filter(|who| !approvers.contains(who) || NOMINATED.find(&bare).is_none()).collect(), approvers, approval)
        }
    };
    Some(Procedure {
        control: obligation.controls.first().cloned().unwrap_or_default(),
        title: outline.title(&obligation.clause),
        applicants,
        approvers,
        approval,
        class: obligation.class.clone(),
        condition: condition(&text),
        cite: Citation { clause: obligation.clause.clone(), n: obligation.n, line: obligation.line },
    })
}

/// Who decides, read from the words next to the leave; the counterparts where these name nobody.
fn approvers(obligation: &Obligation, text: &str, names: &Names) -> (Vec<String>, Approval) {
    if let Some(found) = NOMINATED.captures(text) {
        let start = found.get(0).map_or(0, |whole| whole.start());
        let nominator = text.get(..start).and_then(|before| before.strip_suffix('が')).and_then(|before| names.list_at_end(before));
        let confirmer = found.name("confirmer").and_then(|who| names.list_at_end(who.as_str()));
        if let (Some(nominator), Some(confirmer)) = (nominator, confirmer) {
            return ([nominator.ids, confirmer.ids].concat(), Approval::Nominated);
        }
    }
    let mut ids: Vec<String> = Vec::new();
    let mut choice = false;
    let mut add = |list: List| {
        choice |= list.choice && list.ids.len() > 1;
        for id in list.ids {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    };
    if let Some(decider) = DECIDED_BY.captures(text).and_then(|found| found.name("decider")) {
        names.list_at_end(decider.as_str()).into_iter().for_each(&mut add);
    }
    for pattern in [&ASKED_OF, &ADDRESSED] {
        let lists = pattern.find_iter(text).filter_map(|found| names.list_at_end(text.get(..found.start())?));
        lists.for_each(&mut add);
    }
    if ids.is_empty() {
        ids = names.resolve(&obligation.counterparts);
        let between = obligation.counterparts.first().zip(obligation.counterparts.last());
        choice = between.is_some_and(|(first, last)| first != last && text.contains(&format!("{first}又は{last}")));
    }
    let approval = if choice { Approval::Any } else { Approval::All };
    (ids, approval)
}

/// Whether the deciding subjects are a choice (A又はBは、…を許可する).
fn subject_choice(text: &str, names: &Names) -> bool {
    let topic = text.split_once("は、").map_or("", |(topic, _)| topic);
    names.list_at_end(topic).is_some_and(|list| list.choice)
}

/// Whether a step is the other half of a procedure: one asks and nobody decides, the other decides.
fn completes(known: &Procedure, step: &Procedure) -> bool {
    let same = known.approvers == step.approvers && !known.approvers.is_empty() && siblings(&known.cite.clause, &step.cite.clause);
    (known.approvers.is_empty() || step.approvers.is_empty() || same) && siblings(&known.cite.clause, &step.cite.clause)
}

/// Whether two clauses are one, or lie under one clause: a clause and its own 2項 count too.
pub(super) fn siblings(left: &str, right: &str) -> bool {
    let above = |path: &str| path.rsplit_once('/').map(|(above, _)| above.to_owned());
    left == right || above(left) == above(right) || above(right).as_deref() == Some(left) || above(left).as_deref() == Some(right)
}

fn merge(known: &mut Procedure, step: Procedure) {
    for who in step.applicants {
        if !known.applicants.contains(&who) {
            known.applicants.push(who);
        }
    }
    if known.approvers.is_empty() {
        known.approvers = step.approvers;
        known.approval = step.approval;
    }
}

/// 「所定の手続を経て」: who decides is said where the same leave is ruled.
fn borrow_approvers(found: &mut [Procedure], elsewhere: &[bool]) {
    let mut ruled: BTreeMap<String, (Vec<String>, Approval)> = BTreeMap::new();
    for procedure in found.iter().filter(|procedure| !procedure.approvers.is_empty()) {
        ruled.entry(procedure.control.clone()).or_insert_with(|| (procedure.approvers.clone(), procedure.approval));
    }
    for (procedure, elsewhere) in found.iter_mut().zip(elsewhere) {
        if *elsewhere
            && procedure.approvers.is_empty()
            && !procedure.control.is_empty()
            && let Some((approvers, approval)) = ruled.get(&procedure.control)
        {
            procedure.approvers = approvers.clone();
            procedure.approval = *approval;
        }
    }
}

/// When leave is needed: the case the sentence states, else what its subject does, else the sentence.
pub(super) fn condition(text: &str) -> String {
    let mut body = text.trim_end_matches('。');
    for lead in ["また、", "なお、", "ただし、", "その後、"] {
        body = body.strip_prefix(lead).unwrap_or(body);
    }
    let (act, after) = body.split_once("は、").unwrap_or(("", body));
    let of_act = format!("{act}は、");
    let case = |text: &str| {
        let stated = CASE_END.find(text).and_then(|found| text.get(..found.end()))?;
        let trimmed = stated.trim_end_matches('、');
        Some(["には", "に", "は", "で"].iter().find_map(|tail| trimmed.strip_suffix(tail)).unwrap_or(trimmed).to_owned())
    };
    if let Some(stated) = case(&of_act).or_else(|| case(after)) {
        return stated;
    }
    let describes = act.ends_with('者') && act.contains('を');
    if describes { act.to_owned() } else { after.to_owned() }
}
