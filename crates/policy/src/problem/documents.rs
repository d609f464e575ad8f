//! What is wrong with the file as a whole: no policy, no Japanese, several documents in one.

use super::{Kind, Problem};
use crate::{
    genre::{self, Genre},
    obligation::Obligation,
    tree::{Document, chars},
};

/// Letters looked at to tell the language.
const SAMPLE: usize = 20_000;

/// Whether the file holds one Japanese policy.
pub(super) fn check(document: &Document, obligations: &[Obligation]) -> Vec<Problem> {
    let told = |kind: Kind, message: &str| vec![Problem { kind, line: 1, column: 1, clause: String::new(), message: message.to_owned() }];
    if is_foreign(&document.source) {
        return told(
            Kind::NotJapanese,
            "日本語でない文書のようです（英字がほとんどです）。関所が読めるのは日本語の規程です。訳文でなく、日本語の原文を読み込んでください。",
        );
    }
    if document.clauses.len() < 2 {
        return told(Kind::NotAPolicy, "章・条・番号のある条項が一つもありません。規程の本文が入ったファイルかどうか確かめてください。");
    }
    if obligations.is_empty() {
        return told(
            Kind::NotAPolicy,
            "「しなければならない」「行う」のように定めている文が一つもありません。規程の本文が入ったファイルかどうか確かめてください。",
        );
    }
    if genre::genre(document, obligations) != Genre::Several {
        return Vec::new();
    }
    let parts = genre::parts(document);
    let names: Vec<String> = parts.iter().map(|part| format!("「{}」", part.title)).collect();
    let second = parts.get(1).and_then(|part| document.clauses.get(part.clause));
    vec![Problem {
        kind: Kind::SeveralDocuments,
        line: second.map_or(1, |clause| clause.line),
        column: 1,
        clause: second.map(|clause| clause.path.clone()).unwrap_or_default(),
        message: format!(
            "一つのファイルに、{}の{}つの文書が入っています。すべて読みましたが、番号がそれぞれ初めから付いているため、条項を取り違えるおそれがあります。文書ごとにファイルを分けて読み込んでください。",
            names.join("と"),
            parts.len()
        ),
    }]
}

/// Whether hardly any letter is Japanese.
fn is_foreign(source: &str) -> bool {
    let letters = || source.chars().filter(|c| c.is_alphabetic()).take(SAMPLE);
    let all = letters().count();
    let japanese = letters().filter(|c| chars::is_japanese(*c)).count();
    all >= 40 && japanese * 10 < all
}
