//! Roles that act but are defined nowhere, and one role in two spellings.

use super::{Kind, Problem, place::Places};
use crate::{
    model::roles::{Found, collect},
    obligation::Obligation,
    tree::Document,
};

/// Undefined roles and second spellings, each reported once, where it first stands.
pub(super) fn check(document: &Document, obligations: &[Obligation], places: &Places<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for found in collect(document, obligations) {
        let role = &found.role;
        if !found.defined {
            let (line, column) = places.find(role.cite.line, &role.id);
            problems.push(Problem {
                kind: Kind::UndefinedRole,
                line,
                column,
                clause: role.cite.clause.clone(),
                message: format!(
                    "「{}」は、役割として定められていません。誰が就くかを役割の条項に書き加えるか、定められている役割の名に直してください。",
                    role.id
                ),
            });
        }
        problems.extend(found.misspelt.iter().map(|spelling| second_spelling(document, &found, spelling, places)));
    }
    problems
}

fn second_spelling(document: &Document, found: &Found, spelling: &str, places: &Places<'_>) -> Problem {
    let paragraphs = || document.clauses.iter().flat_map(|clause| clause.paragraphs.iter().map(move |paragraph| (clause, paragraph)));
    let first = paragraphs().find(|(_, paragraph)| paragraph.text.contains(spelling));
    let count = paragraphs().map(|(_, paragraph)| paragraph.text.matches(spelling).count()).sum::<usize>();
    let (line, column) = places.find(first.map_or(found.role.cite.line, |(_, paragraph)| paragraph.line), spelling);
    let times = if count > 1 { format!("（この表記は{count}か所）") } else { String::new() };
    Problem {
        kind: Kind::RoleSpelling,
        line,
        column,
        clause: first.map(|(clause, _)| clause.path.clone()).unwrap_or_default(),
        message: format!(
            "「{spelling}」は、「{}」（{}で規定）と一字違いです{times}。同じ役割であれば表記をそろえ、別の役割であれば誰が就くかを定めてください。",
            found.role.id, found.role.cite.clause
        ),
    }
}
