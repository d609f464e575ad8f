//! Random corrections and random amendments: a correction survives every amendment of other clauses,
//! and is never applied where its own clause was amended.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use office::{
    adoption::{self, Before, Carried, Confirmation, Confirmed, Fate, ProcedureCorrection, Sentence, correction},
    catalog::Catalog,
    people::People,
    rulebook::{Holding, Rulebook},
};
use policy::{Reading, control::Controls, model::Approval};
use proptest::prelude::*;

/// The articles of an invented standard, each with a rule of its own kind.
const ARTICLES: [&str; 10] = [
    "副町長を、最高情報セキュリティ責任者とする。",
    "総務課長を、情報システム管理者とする。",
    "各課長を、情報セキュリティ管理者とする。",
    "職員等は、パソコンを庁舎の外に持ち出す場合には、情報セキュリティ管理者の許可を得なければならない。",
    "職員等は、私物の端末を業務に使う場合には、情報システム管理者の許可を得なければならない。",
    "情報セキュリティ管理者は、定期的に、端末の利用状況を点検しなければならない。",
    "情報システム管理者は、毎年度、利用者の権限を見直さなければならない。",
    "職員等は、機器を廃棄する場合には、情報システム管理者の許可を得なければならない。",
    "情報システム管理者は、毎年度、バックアップから戻せることを確かめなければならない。",
    "最高情報セキュリティ責任者は、毎年度、情報セキュリティの研修を行わなければならない。",
];

/// What an amendment does to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    /// A sentence is added to it.
    Reword(usize),
    /// It is struck out; those after it move up.
    Strike(usize),
    /// A new article is put before it; those after it move down.
    Insert(usize),
}

/// The document: article and its words.
fn document(edits: &[Edit]) -> (String, BTreeSet<usize>, BTreeSet<usize>) {
    let (mut reworded, mut struck) = (BTreeSet::new(), BTreeSet::new());
    let mut articles: Vec<String> = Vec::new();
    for (index, words) in ARTICLES.iter().enumerate() {
        for edit in edits {
            match edit {
                Edit::Insert(at) if *at == index => articles.push(format!("課の職員は、{index}番の棚を毎朝片付けるよう努めるものとする。")),
                Edit::Reword(at) if *at == index => drop(reworded.insert(index)),
                Edit::Strike(at) if *at == index => drop(struck.insert(index)),
                _ => {}
            }
        }
        if struck.contains(&index) {
            continue;
        }
        let more = if reworded.contains(&index) { "ただし、町長が別に定めるときは、この限りでない。" } else { "" };
        articles.push(format!("{words}{more}"));
    }
    let body: String = articles.iter().zip(1..).map(|(words, number)| format!("第{number}条 {words}\n\n")).collect();
    (format!("架空町情報セキュリティ対策規程\n\n{body}"), reworded, struck)
}

fn read(edits: &[Edit]) -> (Reading, BTreeSet<usize>, BTreeSet<usize>) {
    let (text, reworded, struck) = document(edits);
    (policy::read(&text, Controls::embedded()), reworded, struck)
}

const TODAY: Date = date(2026, 4, 1);

/// Which article a clause of the first version is.
fn article(clause: &str) -> usize {
    let number: String = clause.chars().filter(char::is_ascii_digit).collect();
    number.parse::<usize>().unwrap_or_else(|_| panic!("{clause}")) - 1
}

/// A confirmation with the corrections that numbers pick.
fn corrected(catalog: &Catalog, reading: &Reading, picks: &[(usize, u8)]) -> (Confirmation, Confirmed) {
    let proposal = adoption::propose(catalog, reading, &People::default(), TODAY);
    let mut confirmation = proposal.clone();
    for (pick, _) in picks.iter().filter(|(_, kind)| kind % 6 == 4) {
        let norm = &reading.obligations[pick % reading.obligations.len()];
        if !norm.controls.is_empty() {
            confirmation.reread.bind(Sentence { clause: norm.clause.clone(), n: norm.n }, Vec::new());
        }
    }
    let whole = adoption::compile(catalog, 1, reading, &confirmation);
    let roles: Vec<String> = whole.roles.iter().map(|role| role.id.clone()).collect();
    for (pick, kind) in picks {
        let procedure = &whole.procedures[pick % whole.procedures.len()];
        let duty = &whole.duties[pick % whole.duties.len()];
        match kind % 6 {
            0 => {
                let no = ProcedureCorrection { offered: false, approvers: procedure.approvers.clone(), approval: procedure.approval };
                confirmation.procedures.insert(procedure.key.clone(), no);
            }
            1 => {
                let both = vec!["情報システム管理者".to_owned(), "最高情報セキュリティ責任者".to_owned()];
                let changed = ProcedureCorrection { offered: true, approvers: both, approval: Approval::All };
                confirmation.procedures.insert(procedure.key.clone(), changed);
            }
            2 => drop(confirmation.months.insert(duty.key.clone(), 3)),
            3 => drop(confirmation.doers.insert(duty.key.clone(), vec!["最高情報セキュリティ責任者".to_owned()])),
            4 => {}
            _ => {
                let id = &roles[pick % roles.len()];
                confirmation.holdings.insert(id.clone(), Holding::People { ids: vec!["42".to_owned()] });
            }
        }
    }
    let corrections = correction::between(catalog, 1, reading, &proposal, &confirmation);
    let confirmed = Confirmed { confirmation: confirmation.clone(), corrections };
    (confirmation, confirmed)
}

/// What the officer made of the thing that a correction is about, looked up by its words in the rulebook that follows.
fn holds(book: &Rulebook, reading: &Reading, confirmation: &Confirmation, carried: &Carried) -> bool {
    use correction::Change;
    match &carried.correction.change {
        Change::Procedure { confirmed, .. } => {
            let found = book.procedures.iter().find(|procedure| procedure.cite.clause == carried.clause);
            match found {
                Some(procedure) => {
                    confirmed.offered && procedure.approvers == confirmed.approvers && procedure.approval == confirmed.approval
                }
                None => !confirmed.offered,
            }
        }
        Change::Interval { confirmed, .. } => {
            book.duties.iter().any(|duty| duty.cite.clause == carried.clause && duty.months == *confirmed)
        }
        Change::Doers { confirmed, .. } => book.duties.iter().any(|duty| duty.cite.clause == carried.clause && duty.who == *confirmed),
        Change::Controls { confirmed, .. } => {
            let corrected = confirmation.reread.applied(reading);
            corrected
                .obligations
                .iter()
                .any(|one| one.clause == carried.clause && one.n == carried.correction.n && one.controls == *confirmed)
        }
        Change::Holding { role, confirmed, .. } => confirmation.holdings.get(role) == Some(confirmed),
        Change::SameRole { .. } | Change::Unruled => panic!("not made here"),
    }
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || 0..ARTICLES.len();
    let edit = prop_oneof![at().prop_map(Edit::Reword), at().prop_map(Edit::Strike), at().prop_map(Edit::Insert)];
    prop::collection::vec(edit, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn corrections_survive_what_is_amended_elsewhere_and_never_what_is_amended_here(
        picks in prop::collection::vec((0_usize..40, any::<u8>()), 1..5),
        edits in edits(),
    ) {
        let catalog = Catalog::embedded().unwrap();
        let (before, ..) = read(&[]);
        let (after, reworded, struck) = read(&edits);
        let (_, confirmed) = corrected(&catalog, &before, &picks);
        let proposal = adoption::propose_next(&catalog, Before { reading: &before, confirmed: &confirmed }, &after, &People::default(), TODAY);
        let book = adoption::compile(&catalog, 2, &after, &proposal.confirmation);
        prop_assert_eq!(proposal.carried.len(), confirmed.corrections.len());
        for carried in &proposal.carried {
            let article = article(&carried.correction.clause);
            let of_role = matches!(carried.correction.change, correction::Change::Holding { .. });
            if struck.contains(&article) {
                prop_assert_eq!(carried.fate, Fate::Gone, "{:?}", carried);
            } else if reworded.contains(&article) && !of_role {
                prop_assert_eq!(carried.fate, Fate::Changed, "{:?}", carried);
                prop_assert!(!holds(&book, &after, &proposal.confirmation, carried), "applied unasked: {:?}", carried);
            } else {
                // A role may be gone that the correction names; it is told then, and nothing is applied.
                let named = carried.fate == Fate::Otherwise && !struck.is_empty();
                prop_assert!(carried.fate == Fate::Kept || named, "{:?}", carried);
                prop_assert_eq!(holds(&book, &after, &proposal.confirmation, carried), carried.fate == Fate::Kept, "{:?}", carried);
            }
        }
    }

    #[test]
    fn what_was_confirmed_and_not_amended_is_what_is_proposed(picks in prop::collection::vec((0_usize..40, any::<u8>()), 0..5)) {
        let catalog = Catalog::embedded().unwrap();
        let (reading, ..) = read(&[]);
        let (confirmation, confirmed) = corrected(&catalog, &reading, &picks);
        let before = Before { reading: &reading, confirmed: &confirmed };
        let proposal = adoption::propose_next(&catalog, before, &reading, &People::default(), TODAY);
        let book = |confirmation: &Confirmation| adoption::compile(&catalog, 2, &reading, confirmation);
        prop_assert_eq!(book(&proposal.confirmation), book(&confirmation));
    }
}

#[test]
fn a_correction_of_amended_words_is_taken_over_when_the_officer_says_so() {
    let catalog = Catalog::embedded().unwrap();
    let (before, ..) = read(&[]);
    let (after, ..) = read(&[Edit::Reword(5)]);
    let proposal = adoption::propose(&catalog, &before, &People::default(), TODAY);
    let mut confirmation = proposal.clone();
    let whole = adoption::compile(&catalog, 1, &before, &proposal);
    let duty = whole.duties.iter().find(|duty| duty.cite.clause == "第6条").unwrap();
    confirmation.months.insert(duty.key.clone(), 3);
    let corrections = correction::between(&catalog, 1, &before, &proposal, &confirmation);
    assert_eq!(corrections.len(), 1);
    let confirmed = Confirmed { confirmation, corrections };
    let known = Before { reading: &before, confirmed: &confirmed };
    let next = adoption::propose_next(&catalog, known, &after, &People::default(), TODAY);
    assert_eq!(next.carried[0].fate, Fate::Changed);
    assert!(next.confirmation.months.is_empty());
    let mut taken = next.confirmation.clone();
    assert!(adoption::take(&catalog, known, &after, &next.carried[0], &mut taken));
    assert_eq!(taken.months.values().collect::<Vec<_>>(), [&3]);
}

#[test]
fn a_post_that_the_text_names_anew_is_not_held_by_whom_the_officer_named_before() {
    let catalog = Catalog::embedded().unwrap();
    let text = |post: &str| {
        format!(
            "規程\n\n第1条 {post}を、最高情報セキュリティ責任者とする。\n\n第2条 職員等は、機器を廃棄する場合には、最高情報セキュリティ責任者の許可を得なければならない。\n"
        )
    };
    let read = |post: &str| policy::read(&text(post), Controls::embedded());
    let (before, same, other) = (read("副町長"), read("副町長"), read("教育長"));
    let proposal = adoption::propose(&catalog, &before, &People::default(), TODAY);
    let mut confirmation = proposal.clone();
    let people = Holding::People { ids: vec!["7".to_owned()] };
    confirmation.holdings.insert("最高情報セキュリティ責任者".to_owned(), people.clone());
    let corrections = correction::between(&catalog, 1, &before, &proposal, &confirmation);
    let confirmed = Confirmed { confirmation, corrections };
    let next = |reading: &Reading| {
        adoption::propose_next(&catalog, Before { reading: &before, confirmed: &confirmed }, reading, &People::default(), TODAY)
    };
    assert_eq!(next(&same).confirmation.holdings["最高情報セキュリティ責任者"], people);
    let changed = next(&other);
    assert_eq!(
        changed.confirmation.holdings["最高情報セキュリティ責任者"],
        Holding::Post { unit: String::new(), titles: vec!["教育長".to_owned()] }
    );
    assert_eq!(changed.carried[0].fate, Fate::Changed);
}

#[test]
fn corrections_of_procedures_follow_a_reading_that_is_corrected_further() {
    let catalog = Catalog::embedded().unwrap();
    let (reading, ..) = read(&[]);
    let mut confirmation = adoption::propose(&catalog, &reading, &People::default(), TODAY);
    let whole = adoption::compile(&catalog, 1, &reading, &confirmation);
    let last = whole.procedures.iter().find(|procedure| procedure.cite.clause == "第8条").unwrap();
    let no = ProcedureCorrection { offered: false, approvers: last.approvers.clone(), approval: last.approval };
    confirmation.procedures.insert(last.key.clone(), no);
    let mut reread = confirmation.reread.clone();
    reread.unruled.insert(Sentence { clause: "第4条".to_owned(), n: 1 });
    let next = adoption::rekeyed(&catalog, &reading, &confirmation, reread, &People::default());
    let book = adoption::compile(&catalog, 1, &reading, &next);
    let clauses: Vec<&str> = book.procedures.iter().map(|procedure| procedure.cite.clause.as_str()).collect();
    assert_eq!(clauses, ["第5条"]);
}
