//! The words that the policy explains (用語): what they mean, where that is said, and where they are used.

use askama::Template;
use axum::{extract::Query, response::Response};

use super::{Asked, annotated::Annotated, clause_href, find, notice};
use crate::{context::Context, fault::Fault, frame, html::Html, page::Page, pages::registers::list::file};

/// Clauses using a word that are shown at once.
const SHOWN: usize = 5;

/// A word.
struct Line {
    id: String,
    term: String,
    meaning: String,
    place: Html,
    used: Vec<(String, String)>,
    more: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "policy/glossary.html")]
struct GlossaryPage {
    page: Page,
    notice: String,
    version: u32,
    lines: Vec<Line>,
}

/// `GET /policy/glossary`
pub(crate) async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let number = shown.version.number;
    let document = &shown.version.reading.document;
    let annotated = Annotated::new(document, number);
    let mut users: Vec<Vec<&str>> = vec![Vec::new(); annotated.terms().len()];
    for clause in &document.clauses {
        for at in annotated.used(clause) {
            if let Some(users) = users.get_mut(at) {
                users.push(&clause.path);
            }
        }
    }
    let word = |path: &str| if path.is_empty() { "前文".to_owned() } else { path.to_owned() };
    if let Some(format) = asked.get("format") {
        let headings = ["用語", "意味", "定める条項", "使っている条項"].map(str::to_owned);
        let rows = annotated.terms().iter().zip(&users).map(|(term, users)| {
            let used = users.iter().map(|path| word(path)).collect::<Vec<_>>().join("、");
            vec![term.term.clone(), term.meaning.clone(), word(&term.cite.clause), used]
        });
        return file(&context, &format!("用語_第{number}版"), format == "csv", &headings, &rows.collect::<Vec<_>>());
    }
    let lines = users.iter().enumerate().filter_map(|(at, users)| {
        let term = annotated.explained(at)?;
        let mut used: Vec<(String, String)> = users.iter().map(|path| (clause_href(path, number), word(path))).collect();
        let more = used.split_off(SHOWN.min(used.len()));
        Some(Line { id: term.id, term: term.term, meaning: term.meaning, place: term.place, used, more })
    });
    frame::show(&GlossaryPage { page: context.page("用語"), notice: notice(&context, &shown), version: number, lines: lines.collect() })
}
