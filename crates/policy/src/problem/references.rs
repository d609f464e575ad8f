//! References that lead nowhere, tables and forms that are named but not attached, and articles that only send on to each other.
//!
//! A wrong alarm costs more trust than a missed one: a reference is reported only when no reading of it,
//! from the place where it stands up to the whole document, finds a clause.

use std::collections::{BTreeSet, HashMap};

use super::{Kind, Problem, place::Places};
use crate::{
    model::words::{fold, patterns, sentences},
    reference::{References, Target},
    tree::{Clause, Document},
};

patterns! {
    SENDS_ON = "(?:による|によるものとする|により定める|を準用する|例による|例によるものとする|とおりとする|に準ずる|に準ずるものとする|に従う|に従うものとする|ところによる|ところによるものとする)。?$";
}

/// What is wrong with the references of a document.
pub(super) fn check(document: &Document, places: &Places<'_>) -> Vec<Problem> {
    let references = References::new(document);
    let mut problems = Vec::new();
    let mut missing_annexes = BTreeSet::new();
    // Which clause sends on to which, and says nothing else.
    let mut sent: HashMap<&str, String> = HashMap::new();
    let parents: BTreeSet<usize> = document.clauses.iter().filter_map(|clause| clause.parent).collect();
    for (at, clause) in document.clauses.iter().enumerate().filter(|(_, clause)| !clause.path.is_empty()) {
        let (mut said, mut onward) = (0, None);
        for paragraph in clause.paragraphs.iter().filter(|paragraph| !paragraph.table) {
            let found = references.find(&clause.path, &paragraph.text);
            said += 1;
            if let [only] = found.as_slice() {
                let text = fold(&paragraph.text);
                let alone = sentences(&text).len() == 1 && SENDS_ON.is_match(&text);
                onward = only.clause().filter(|_| alone).map(str::to_owned);
            }
            for reference in found {
                let message = match reference.target {
                    Target::Clause(_) => continue,
                    Target::Missing => format!(
                        "「{}」が指す条項が、この文書に見当たりません。参照先の番号を確かめ、正しい番号に直すか、参照を削ってください。",
                        reference.written
                    ),
                    Target::NotAttached if !missing_annexes.insert(reference.written.clone()) => continue,
                    Target::NotAttached => format!(
                        "「{}」とありますが、この文書に付いていません。別のファイルになっていれば、本文の後ろに付けて読み込んでください。廃止したものであれば、この文言を削ってください。",
                        reference.written
                    ),
                };
                let kind = if reference.target == Target::Missing { Kind::DanglingReference } else { Kind::MissingAnnex };
                let (line, column) = places.find(paragraph.line, &reference.written);
                problems.push(Problem { kind, line, column, clause: clause.path.clone(), message });
            }
        }
        if let Some(target) = onward.filter(|_| said == 1 && !parents.contains(&at)) {
            sent.insert(&clause.path, target);
        }
    }
    problems.dedup_by(|a, b| a.line == b.line && a.column == b.column);
    problems.extend(document.clauses.iter().filter_map(|clause| circle(clause, &sent)));
    problems
}

/// 第3条 says as in 第5条, and 第5条 as in 第3条: told at the first of them.
fn circle(clause: &Clause, sent: &HashMap<&str, String>) -> Option<Problem> {
    let mut round = vec![clause.path.as_str()];
    let mut at = sent.get(clause.path.as_str())?;
    while at != &clause.path {
        if round.contains(&at.as_str()) || round.len() > sent.len() {
            return None;
        }
        round.push(at);
        at = sent.get(at.as_str())?;
    }
    // Each round is told once: where its smallest path stands.
    if round.iter().min() != Some(&clause.path.as_str()) {
        return None;
    }
    let name = |path: &str| format!("「{}」", path.rsplit('/').next().unwrap_or(path));
    let message = if round.len() == 1 {
        format!("{}は、自分自身によると書かれています。参照先の番号を確かめ、守るべき内容を書いてください。", name(&clause.path))
    } else {
        let names: Vec<String> = round.iter().map(|path| name(path)).collect();
        format!(
            "{}は、互いを参照するだけで、守るべき内容がどこにも書かれていません。どれか一つに内容を書くか、参照先を直してください。",
            names.join("と")
        )
    };
    Some(Problem { kind: Kind::CircularReference, line: clause.line, column: 1, clause: clause.path.clone(), message })
}
