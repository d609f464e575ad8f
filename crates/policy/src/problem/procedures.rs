//! Procedures whose approver may be the applicant.

use super::{Kind, Problem, Sources, place::Places};
use crate::model::{Approval, Holder, Model, Procedure};

/// Procedures in which one role, or one post under two roles, both applies and decides.
pub(super) fn check(model: &Model, sources: &Sources<'_>, places: &Places<'_>) -> Vec<Problem> {
    model.procedures.iter().filter_map(|procedure| problem(model, procedure, sources, places)).collect()
}

fn problem(model: &Model, procedure: &Procedure, sources: &Sources<'_>, places: &Places<'_>) -> Option<Problem> {
    let pairs = || procedure.applicants.iter().flat_map(|applicant| procedure.approvers.iter().map(move |approver| (applicant, approver)));
    let conflicts: Vec<(&String, &String)> = pairs().filter(|(applicant, approver)| same_person(model, applicant, approver)).collect();
    // Where any one of several may decide, the others can.
    let others = procedure.approval == Approval::Any
        && procedure.approvers.iter().any(|approver| conflicts.iter().all(|(_, other)| *other != approver));
    let (applicant, approver) = conflicts.first().filter(|_| !others)?;
    let source = sources.get(&(procedure.cite.clause.as_str(), procedure.cite.n));
    let (line, column) = places.find(procedure.cite.line, source.map_or(approver.as_str(), |obligation| obligation.cue.as_str()));
    let who = if applicant == approver {
        format!("「{applicant}」が申請し、同じ「{approver}」が許可します")
    } else {
        format!("申請する「{applicant}」と許可する「{approver}」に同じ職の者が就きます")
    };
    Some(Problem {
        kind: Kind::SelfApproval,
        line,
        column,
        clause: procedure.cite.clause.clone(),
        message: format!("{who}。自分の申請を自分で許可することになるため、別の許可者を定めてください。"),
    })
}

/// Whether two roles are always the same person.
fn same_person(model: &Model, applicant: &str, approver: &str) -> bool {
    let one = |id: &str| model.roles.iter().find(|role| role.id == id && role.holder == Holder::One).and_then(|role| role.post.as_ref());
    applicant == approver
        || one(applicant).zip(one(approver)).is_some_and(|(left, right)| left == right || left == approver || right == applicant)
}
