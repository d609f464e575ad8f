//! References to clauses (第3条, 上記6(1)ア, (1)の分類) that lead nowhere.
//!
//! A wrong alarm costs more trust than a missed one: a reference is reported only when no reading of it,
//! from the place where it stands up to the whole document, finds a clause.

use std::collections::BTreeSet;

use regex::Captures;

use super::{Kind, Problem, place::Places};
use crate::{
    model::words::{fold, patterns},
    tree::{Clause, Document},
};

patterns! {
    ABOVE = "(?:上記|前記|前述の|上述の)(?P<refs>[0-9]{1,2}(?:（[0-9]{1,2}）)?(?:[ア-ン])?(?:（[ア-ン]）)?(?:(?:、|及び|並びに|又は|から|～)[0-9]{1,2}(?:（[0-9]{1,2}）)?(?:[ア-ン])?(?:（[ア-ン]）)?)*)";
    CHAPTERED = "(?:^|[、。はのびに「（])(?P<refs>第[0-9]{1,2}章(?:の)?[0-9]{1,2}(?:（[0-9]{1,2}）)?(?:[ア-ン])?(?:（[ア-ン]）)?)(?:の|に|で|、|及び|から|を|）)";
    FULL = "(?:^|[、。「ぁ-ん])(?P<refs>[0-9]{1,2}（[0-9]{1,2}）(?:[ア-ン])?(?:（[ア-ン]）)?)(?:の|に|で|、|及び|から|を|）)";
    BRACKETED = "(?:^|[、。はのび又])(?P<refs>（(?:[0-9]{1,2}|[ア-ン])）(?:(?:、|及び|並びに|又は|から|～)（(?:[0-9]{1,2}|[ア-ン])）)*)(?:の(?:分類|規定|定め|場合|表|基準|各号|手続|措置|事項|区分|要件)|に(?:おいて|規定|掲げ|定め|より|基づ|該当|示)|で(?:定め|示|規定))";
    ARTICLE = "(?P<lead>この規程|この基準|この方針|本規程|本基準|本方針|本要綱|この要綱)?第(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?P<unit>条|章)(?:の(?P<branch>[0-9]{1,2}))?";
    PART = "第[0-9]{1,2}章|[0-9]{1,2}|[ア-ン]";
    OUTSIDE = "(?:法|法律|令|条例|規則|規程|規約|要綱|要領|基準|方針|指針|契約|ガイドライン|憲法|細則|計画|（[^（）]*）|）|」|』|同|附則|別表)$";
    CHAINED = "^(?:第[0-9一二三四五六七八九十]+(?:項|号))*(?:及び|又は|、|から|並びに|若しくは|～)$";
}

/// Figures that a misread kana looks like: (ア) is read as (7), (イ) as (4).
const LOOKALIKES: [&str; 6] = ["4", "5", "6", "7", "8", "9"];

/// The references of a document that lead nowhere.
pub(super) fn check(document: &Document, places: &Places<'_>) -> Vec<Problem> {
    let paths: BTreeSet<&str> = document.clauses.iter().map(|clause| clause.path.as_str()).collect();
    let units = Units::new(document);
    let mut problems = Vec::new();
    for clause in document.clauses.iter().filter(|clause| !clause.path.is_empty()) {
        for paragraph in clause.paragraphs.iter().filter(|paragraph| !paragraph.table) {
            let text = fold(&paragraph.text);
            let mut report = |written: &str| {
                let (line, column) = places.find(paragraph.line, written);
                problems.push(Problem {
                    kind: Kind::DanglingReference,
                    line,
                    column,
                    clause: clause.path.clone(),
                    message: format!(
                        "「{written}」が指す条項が、この文書に見当たりません。参照先の番号を確かめ、正しい番号に直すか、参照を削ってください。"
                    ),
                });
            };
            let numbered = [&ABOVE, &CHAPTERED, &FULL, &BRACKETED].into_iter().flat_map(|pattern| pattern.captures_iter(&text));
            for found in numbered {
                dangling(&paths, clause, &found).iter().for_each(|written| report(written));
            }
            articles(&units, &text).iter().for_each(|written| report(written));
        }
    }
    problems.dedup_by(|a, b| a.line == b.line && a.column == b.column);
    problems
}

/// The chapters and articles of a document.
struct Units {
    /// Articles and chapters that exist, as 第3条 in Arabic figures.
    articles: BTreeSet<String>,
}

impl Units {
    fn new(document: &Document) -> Units {
        let parts = document.clauses.iter().flat_map(|clause| clause.path.split('/'));
        Units { articles: parts.filter(|part| part.starts_with('第')).map(arabic).collect() }
    }

    fn has(&self, unit: &str) -> bool {
        self.articles.iter().any(|article| article.contains(unit))
    }
}

/// The parts of one reference that resolve nowhere.
fn dangling(paths: &BTreeSet<&str>, clause: &Clause, found: &Captures<'_>) -> Vec<String> {
    let Some(refs) = found.name("refs") else { return Vec::new() };
    let mut missing = Vec::new();
    for one in refs.as_str().split(['、', '～']).flat_map(|part| part.split("及び")).flat_map(|part| part.split("並びに")) {
        for one in one.split("又は").flat_map(|part| part.split("から")).filter(|one| !one.is_empty()) {
            if !resolves(paths, clause, &components(one)) {
                missing.push(one.to_owned());
            }
        }
    }
    missing
}

/// `6（1）ア` as the components of a path.
fn components(written: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut bracketed = false;
    let mut rest = written;
    while let Some(character) = rest.chars().next() {
        if let Some(found) = PART.find(rest).filter(|found| found.start() == 0) {
            parts.push(if bracketed { format!("({})", found.as_str()) } else { found.as_str().to_owned() });
            rest = rest.get(found.end()..).unwrap_or_default();
        } else {
            bracketed = character == '（';
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    parts
}

/// Whether a relative reference finds a clause, from its own place upwards.
fn resolves(paths: &BTreeSet<&str>, clause: &Clause, parts: &[String]) -> bool {
    if parts.is_empty() {
        return true;
    }
    let tail = parts.join("/");
    let mut above = Some(clause.path.as_str());
    while let Some(prefix) = above {
        if paths.contains(format!("{prefix}/{tail}").as_str()) {
            return true;
        }
        above = prefix.rsplit_once('/').map(|(rest, _)| rest);
    }
    if paths.contains(tail.as_str()) || paths.iter().any(|path| path.ends_with(&format!("/{tail}")) && parts.len() > 1) {
        return true;
    }
    // A figure where the neighbours count in kana is a misread kana, which the tree reports.
    let misread = parts.iter().all(|part| LOOKALIKES.contains(&part.trim_matches(['(', ')'])));
    let kana = |path: &str| {
        path.rsplit('/').next().is_some_and(|last| last.trim_start_matches('(').starts_with(|first: char| ('ア'..='ン').contains(&first)))
    };
    misread
        && (kana(&clause.path)
            || paths.iter().any(|path| path.strip_prefix(clause.path.as_str()).is_some_and(|rest| !rest.is_empty() && kana(rest))))
}

/// References to articles and chapters of this document that do not exist.
fn articles(units: &Units, text: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut outside_until: Option<usize> = None;
    for found in ARTICLE.captures_iter(text) {
        let (Some(whole), Some(number), Some(unit)) = (found.get(0), found.name("number"), found.name("unit")) else { continue };
        let before = text.get(..whole.start()).unwrap_or_default();
        let chained = outside_until.and_then(|end| text.get(end..whole.start())).is_some_and(|between| CHAINED.is_match(between));
        if found.name("lead").is_none() && (chained || OUTSIDE.is_match(before)) {
            outside_until = Some(whole.end());
            continue;
        }
        let branch = found.name("branch").map_or(String::new(), |branch| format!("の{}", branch.as_str()));
        let written = format!("第{}{}{branch}", arabic(number.as_str()), unit.as_str());
        let starts_clause = before.is_empty() || before.ends_with('。');
        if units.has(unit.as_str()) && !starts_clause && !units.articles.contains(&written) {
            missing.push(whole.as_str().to_owned());
        }
    }
    missing
}

/// Kanji numerals up to 99 as Arabic figures.
fn arabic(text: &str) -> String {
    let digit = |character: char| "一二三四五六七八九".chars().position(|numeral| numeral == character).map(|at| at + 1);
    let mut out = String::new();
    let mut pending: Option<usize> = None;
    for character in text.chars() {
        match (character, digit(character)) {
            (_, Some(value)) => pending = Some(pending.unwrap_or(0) + value),
            ('十', None) => pending = Some(pending.unwrap_or(1) * 10),
            _ => {
                out.extend(pending.take().map(|value| value.to_string()));
                out.push(character);
            }
        }
    }
    out.extend(pending.map(|value| value.to_string()));
    out
}
