//! What a policy lacks beside the standard set (標準実施基準): pure, and no judgement on whether it must have it.

use std::collections::BTreeSet;

use policy::{Reading, obligation::Form};

use crate::catalog::{Catalog, StandardChapter, StandardClause};

/// A clause of the standard set whose control no norm of a policy states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap<'c> {
    /// The chapter it stands in.
    pub chapter: &'c StandardChapter,
    /// The clause: its text is the proposal.
    pub clause: &'c StandardClause,
    /// Whether the policy declares it in general (a 基本方針 that leaves the rest to a 対策基準).
    pub declared: bool,
}

/// The clauses of the standard set that a policy lacks, in their order.
#[must_use]
pub fn gaps<'c>(catalog: &'c Catalog, reading: &Reading) -> Vec<Gap<'c>> {
    let norms = reading.obligations.iter().filter(|norm| norm.form != Form::Lead);
    let stated: BTreeSet<&str> = norms.flat_map(|norm| &norm.controls).map(String::as_str).collect();
    let declarations: Vec<_> = catalog.declarations().filter(|one| stated.contains(one.control.as_str())).collect();
    let covers = |pattern: &str, control: &str| match pattern.strip_suffix('*') {
        Some(beginning) => control.starts_with(beginning),
        None => pattern == control,
    };
    let declared = |control: &str| declarations.iter().any(|one| one.fulfilled_by.iter().any(|pattern| covers(pattern, control)));
    let clauses = catalog.standard.iter().flat_map(|chapter| chapter.clauses.iter().map(move |clause| (chapter, clause)));
    clauses
        .filter(|(_, clause)| !stated.contains(clause.control.as_str()))
        .map(|(chapter, clause)| Gap { chapter, clause, declared: declared(&clause.control) })
        .collect()
}

#[cfg(test)]
mod tests {
    use policy::control::Controls;

    use super::*;

    #[test]
    fn a_clause_is_lacking_until_the_policy_states_its_control() {
        let catalog = Catalog::embedded().unwrap();
        let read = |text: &str| policy::read(text, Controls::embedded());
        let empty = read("架空町規程\n\n第1条 この規程は、目的を定める。\n");
        let all = gaps(&catalog, &empty);
        assert_eq!(
            all.len()
                + empty.obligations.iter().filter(|norm| catalog.clauses().any(|clause| norm.controls.contains(&clause.control))).count(),
            catalog.clauses().count()
        );
        let carry = "架空町規程\n\n第1条 職員等は、端末を庁外に持ち出すときは、情報セキュリティ管理者の許可を得なければならない。\n";
        let fewer = gaps(&catalog, &read(carry));
        let lacks = |gaps: &[Gap<'_>]| gaps.iter().any(|gap| gap.clause.control == "permit.carry-out");
        assert!(lacks(&all) && !lacks(&fewer));
        assert!(fewer.iter().all(|gap| gap.chapter.clauses.contains(gap.clause)));
    }
}
