//! Problems of the document itself (規程の点検): reported with place, never a failure.

mod documents;
mod intervals;
mod place;
mod procedures;
mod references;
mod roles;
mod stages;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::place::Places;
use crate::{model::Model, obligation::Obligation, tree::Document};

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A marker was read as another and repaired by its place in the sequence.
    MarkerRepaired,
    /// A clause number is missing or comes twice.
    Numbering,
    /// A paragraph cut by a page break was joined.
    JoinedParagraph,
    /// A role acts that is defined nowhere.
    UndefinedRole,
    /// One role in two spellings.
    RoleSpelling,
    /// The approver of a procedure is its applicant.
    SelfApproval,
    /// Stages are announced but fewer are listed.
    MissingStage,
    /// 定期的に without an interval.
    NoInterval,
    /// A reference to a clause that does not exist.
    DanglingReference,
    /// Text that could not be read (control characters, broken encoding).
    Unreadable,
    /// The text does not look like a Japanese policy.
    NotAPolicy,
    /// A clause number is used twice.
    DuplicateNumber,
    /// Clauses that only refer to each other.
    CircularReference,
    /// Several documents with titles and numbers of their own in one file.
    SeveralDocuments,
    /// The text is not Japanese.
    NotJapanese,
    /// A table or form is named but not attached.
    MissingAnnex,
}

/// A problem with its place and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: Kind,
    /// Line in the source, 1-based.
    pub line: usize,
    /// Column in characters, 1-based.
    pub column: usize,
    /// Path of the clause, empty if none.
    pub clause: String,
    /// What is wrong and what to do, in Japanese, for a clerk.
    pub message: String,
}

/// Obligations by clause and order.
type Sources<'o> = BTreeMap<(&'o str, usize), &'o Obligation>;

/// Checks what the reading of sentences and the model reveal.
#[must_use]
pub fn check(document: &Document, obligations: &[Obligation], model: &Model) -> Vec<Problem> {
    let places = Places::new(document);
    let mut problems = roles::check(document, obligations, &places);
    let sources: Sources<'_> = obligations.iter().map(|obligation| ((obligation.clause.as_str(), obligation.n), obligation)).collect();
    problems.extend(procedures::check(model, &sources, &places));
    problems.extend(stages::check(document, &places));
    problems.extend(intervals::check(model, &sources, &places));
    problems.extend(references::check(document, &places));
    problems.extend(documents::check(document, obligations));
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_policy_is_called_so() {
        let kinds =
            |text: &str| crate::read(text, crate::control::Controls::embedded()).problems.iter().map(|p| p.kind).collect::<Vec<_>>();
        assert_eq!(kinds("夏まつりのお知らせ\n\n港の広場で開きます。\n"), [Kind::NotAPolicy]);
        assert_eq!(kinds("1 日時\n\n8月1日\n\n2 場所\n\n港の広場\n"), [Kind::NotAPolicy]);
        assert_eq!(kinds("Information Security Policy\n\n1. Purpose\n\nStaff shall protect information.\n"), [Kind::NotJapanese]);
        assert_eq!(kinds("1 遵守\n\n職員は、この規程を守らなければならない。\n"), []);
    }

    /// The problems of some kinds in a text: kind, line, clause.
    fn told(text: &str) -> Vec<(Kind, usize, String)> {
        let problems = crate::read(text, crate::control::Controls::embedded()).problems;
        problems.into_iter().map(|problem| (problem.kind, problem.line, problem.clause)).collect()
    }

    #[test]
    fn clauses_that_only_send_on_to_each_other_are_told_once() {
        let round = "第1条 職員は、端末を守らなければならない。\n第2条 端末の持出しは、第3条の規定による。\n第3条 端末の持出しは、第2条の規定による。\n";
        assert_eq!(told(round), [(Kind::CircularReference, 2, "第2条".to_owned())]);
        // One of them says something of its own.
        let sound = round.replace("第2条の規定による。", "第2条の規定による。職員は、課長の許可を得なければならない。");
        assert_eq!(told(&sound), []);
    }

    #[test]
    fn a_number_used_twice_is_told_where_it_comes_again() {
        let twice = "第1条 職員は、端末を守らなければならない。\n第2条 職員は、鍵をかけなければならない。\n第2条 職員は、次のことをしなければならない。\n(1) 記録を残すこと。\n第3条 職員は、報告しなければならない。\n";
        assert_eq!(told(twice), [(Kind::DuplicateNumber, 3, "第2条〔2〕".to_owned())]);
    }

    #[test]
    fn a_table_that_is_named_but_not_attached_is_told_once() {
        let named = "第1条 職員は、別表第1により分類しなければならない。\n第2条 課長は、別表第1を見直さなければならない。\n";
        assert_eq!(told(named), [(Kind::MissingAnnex, 1, "第1条".to_owned())]);
        assert_eq!(told(&format!("{named}\n別表第1（第1条関係）\n\n区分\t内容\nＡ\t秘密\nＢ\t公開\n")), []);
    }

    #[test]
    fn two_documents_in_one_file_are_told_and_both_read() {
        let article =
            |word: &str| format!("第1条 職員は、{word}を守らなければならない。\n第2条 課長は、{word}を点検しなければならない。\n");
        let two = format!("港町情報管理規程\n\n{}\n港町文書管理規程\n\n{}", article("情報"), article("文書"));
        assert_eq!(told(&two), [(Kind::SeveralDocuments, 6, "港町文書管理規程".to_owned())]);
        let read = crate::read(&two, crate::control::Controls::embedded());
        assert_eq!(read.obligations.len(), 4);
        assert!(read.document.clauses.iter().any(|clause| clause.path == "港町文書管理規程/第2条"));
    }
}
