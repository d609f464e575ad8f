//! Stages that are announced but not listed (次の三段階 followed by two items).

use super::{Kind, Problem, place::Places};
use crate::{
    model::words::{fold, patterns},
    tree::{Clause, Document},
};

patterns! {
    ANNOUNCED = "(?:次|以下|下記)(?:に掲げる|に示す|に定める)?の(?P<number>[0-9]{1,2}|[二三四五六七八九十])(?:つ|個|件)?(?:の)?(?P<unit>段階|点|項目|事項|区分|種類|分類|要素|要件|方法|方式|領域|原則|場合)";
    INLINE = "①|②|③|（1）|（ア）";
}

/// Lists shorter than their announcement.
pub(super) fn check(document: &Document, places: &Places<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, clause) in document.clauses.iter().enumerate().filter(|(_, clause)| !clause.path.is_empty()) {
        for paragraph in &clause.paragraphs {
            let text = fold(&paragraph.text);
            let Some(found) = ANNOUNCED.captures(&text) else { continue };
            let (Some(whole), Some(number), Some(unit)) = (found.get(0), found.name("number"), found.name("unit")) else { continue };
            let Some(announced) = figure(number.as_str()) else { continue };
            let listed = listed(document, at, clause, paragraph.line);
            // With nothing listed the items may stand in a figure or in the running text.
            if listed == 0 || listed >= announced || text.get(whole.end()..).is_some_and(|rest| INLINE.is_match(rest)) {
                continue;
            }
            let (line, column) = places.find(paragraph.line, whole.as_str());
            problems.push(Problem {
                kind: Kind::MissingStage,
                line,
                column,
                clause: clause.path.clone(),
                message: format!(
                    "「{}」とありますが、挙げられているのは{listed}件です。抜けている{}を補うか、数を直してください。",
                    whole.as_str(),
                    unit.as_str()
                ),
            });
        }
    }
    problems
}

/// How many items follow: child clauses, else table rows after the announcement.
fn listed(document: &Document, at: usize, clause: &Clause, line: usize) -> usize {
    let children = document.clauses.iter().filter(|child| child.parent == Some(at) && child.line >= line).count();
    if children > 0 { children } else { clause.paragraphs.iter().filter(|row| row.table && row.line > line).count() }
}

fn figure(text: &str) -> Option<usize> {
    let kanji = "一二三四五六七八九十".chars().position(|numeral| text == numeral.to_string());
    kanji.map(|at| at + 1).or_else(|| text.parse().ok())
}
