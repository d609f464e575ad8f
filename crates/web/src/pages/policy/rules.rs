//! The rules of the door as an auditor reads them: what is refused, on what ground, and what lifts it.

use std::{collections::BTreeMap, sync::LazyLock};

use askama::Template;
use axum::response::Response;
use office::rules;

use super::coverage::control_title;
use crate::{citation, context::Context, fault::Fault, frame, html::Html, page::Page};

/// The words for acts and facts, which stand as a table in the comments of the rules' file.
static WORDS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let text = include_str!("../../../../../catalog/rules.toml");
    let lines = text.lines().take_while(|line| !line.starts_with("[[")).filter_map(|line| line.strip_prefix("#   "));
    lines.flat_map(pairs).collect()
});

/// Pairs of an English word and its Japanese one, divided by two spaces or more.
fn pairs(line: &'static str) -> Vec<(&'static str, &'static str)> {
    let parts: Vec<&str> = line.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
    let pairs = parts.chunks(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    pairs.filter(|(word, _)| word.bytes().all(|byte| byte.is_ascii_lowercase() || b".-".contains(&byte))).collect()
}

/// The Japanese words for acts, facts or consequences.
fn words(ids: &[String]) -> Vec<String> {
    let word = |id: &String| match id.as_str() {
        "*" => "すべての操作".to_owned(),
        "permit.*" => "申請のすべての操作".to_owned(),
        id => WORDS.get(id).map_or_else(|| "その他".to_owned(), |word| (*word).to_owned()),
    };
    ids.iter().map(word).collect()
}

struct Line {
    id: String,
    says: String,
    acts: Vec<String>,
    forbid: Vec<String>,
    unless: Vec<String>,
    then: Vec<String>,
    clause: Html,
    control: String,
    help: String,
}

#[derive(Template)]
#[template(path = "policy/rules.html")]
struct RulesPage {
    page: Page,
    lines: Vec<Line>,
}

/// `GET /policy/rules`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    let catalog = context.catalog();
    let lines = catalog.rules.iter().map(|rule| Line {
        id: rule.id.clone(),
        says: rule.says.clone(),
        acts: words(&rule.act),
        forbid: words(&rule.forbid),
        unless: words(&rule.unless),
        then: words(&rule.then),
        clause: rules::cite(catalog, context.rulebook(), &rule.control).map_or_else(Html::default, |cite| citation::short(&cite)),
        control: control_title(&rule.control).to_owned(),
        help: rule.help.clone(),
    });
    frame::show(&RulesPage { page: context.page("共通ルール"), lines: lines.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_and_fact_of_the_rules_has_a_japanese_word() {
        let catalog = office::catalog::Catalog::embedded().unwrap();
        for rule in &catalog.rules {
            for list in [&rule.act, &rule.forbid, &rule.unless, &rule.then] {
                assert!(!words(list).contains(&"その他".to_owned()), "{}: {list:?}", rule.id);
            }
        }
    }
}
