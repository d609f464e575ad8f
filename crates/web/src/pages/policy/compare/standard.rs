//! The policy beside the standard set (標準実施基準): what it lacks, with the standard clause as a proposal.

use askama::Template;
use axum::{extract::Query, response::Response};
use office::gaps::{Gap, gaps};

use super::super::{Asked, Shown, coverage::control_title, find};
use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    pages::registers::list::file,
};

struct Line {
    number: String,
    title: String,
    control: String,
    text: String,
    badge: Html,
}

struct Chapter {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "policy/compare_standard.html")]
struct StandardPage {
    page: Page,
    title: String,
    version: u32,
    fields: Fields,
    lacking: usize,
    declared: usize,
    all: usize,
    found: usize,
    searched: bool,
    chapters: Vec<Chapter>,
    query: String,
}

/// How the policy stands to a clause that it lacks.
fn word(gap: &Gap<'_>) -> &'static str {
    if gap.declared { "基本方針で宣言" } else { "定めなし" }
}

/// The gaps that hold some words and stand in some way.
fn wanted<'c>(context: &'c Context, shown: &Shown, asked: &Asked) -> Vec<Gap<'c>> {
    let words: Vec<String> = asked.get("q").map_or("", String::as_str).split_whitespace().map(registry::normalize).collect();
    let state = asked.get("state").map_or("", String::as_str);
    let holds = |gap: &Gap<'c>| {
        let clause = gap.clause;
        let text = registry::normalize(&format!("{} {} {} {}", clause.number, clause.title, control_title(&clause.control), clause.text));
        words.iter().all(|word| text.contains(word))
    };
    let stands = |gap: &Gap<'c>| state.is_empty() || (state == "declared") == gap.declared;
    gaps(context.catalog(), &shown.version.reading).into_iter().filter(|gap| stands(gap) && holds(gap)).collect()
}

/// `GET /policy/compare/standard`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let all = gaps(context.catalog(), &shown.version.reading);
    let wanted = wanted(&context, &shown, &asked);
    let mut chapters: Vec<Chapter> = Vec::new();
    for gap in &wanted {
        let title = format!("第{}章　{}", gap.chapter.chapter, gap.chapter.title);
        if chapters.last().is_none_or(|last| last.title != title) {
            chapters.push(Chapter { title, lines: Vec::new() });
        }
        let line = Line {
            number: gap.clause.number.clone(),
            title: gap.clause.title.clone(),
            control: control_title(&gap.clause.control).to_owned(),
            text: gap.clause.text.clone(),
            badge: Html::badge(if gap.declared { "wait" } else { "warn" }, word(gap)),
        };
        if let Some(last) = chapters.last_mut() {
            last.lines.push(line);
        }
    }
    let value = |key: &str| asked.get(key).map_or("", String::as_str);
    let states = [("", "すべて"), ("lacking", "定めなし"), ("declared", "基本方針で宣言")].map(|(value, word)| Choice::new(value, word));
    let fields = Fields(vec![
        Field::new(Kind::Hidden, "version", ""),
        Field::new(Kind::Text, "q", "ことば").plain(),
        Field::new(Kind::Select, "state", "規程の定め").plain().choices(states.to_vec()),
    ]);
    frame::show(&StandardPage {
        page: context.page("標準実施基準と比べる"),
        title: shown.version.reading.document.title.clone(),
        version: shown.version.number,
        fields: fields.filled(&asked, &[]),
        lacking: all.iter().filter(|gap| !gap.declared).count(),
        declared: all.iter().filter(|gap| gap.declared).count(),
        all: context.catalog().clauses().count(),
        found: wanted.len(),
        searched: !value("q").is_empty() || !value("state").is_empty(),
        chapters,
        query: ["version", "q", "state"].map(|key| format!("{key}={}&", crate::paging::encode(value(key)))).concat(),
    })
}

/// `GET /policy/compare/standard/export`
pub(crate) async fn export(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let headings = ["章", "番号", "題", "統制", "規程の定め", "標準の条文（案）"].map(str::to_owned);
    let row = |gap: Gap<'_>| {
        let clause = gap.clause;
        vec![
            format!("第{}章　{}", gap.chapter.chapter, gap.chapter.title),
            clause.number.clone(),
            clause.title.clone(),
            control_title(&clause.control).to_owned(),
            word(&gap).to_owned(),
            clause.text.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = wanted(&context, &shown, &asked).into_iter().map(row).collect();
    let csv = asked.get("format").is_some_and(|format| format == "csv");
    file(&context, &format!("標準との差_第{}版", shown.version.number), csv, &headings, &rows)
}
