//! Proposals: what guidelines and laws ask for that the policy does not state yet, with a clause to add.

use askama::Template;
use axum::{extract::Query, response::Response};
use office::rulebook::Rulebook;
use policy::control::Control;

use super::{Asked, coverage::CONTROLS};
use crate::{context::Context, fault::Fault, frame, page::Page, pages::registers::list::file};

/// A clause to add.
struct Proposal {
    title: String,
    source: String,
    reason: String,
    number: String,
    text: String,
}

#[derive(Template)]
#[template(path = "policy/proposals.html")]
struct ProposalsPage {
    page: Page,
    title: String,
    proposals: Vec<Proposal>,
    stated: usize,
    standard: bool,
}

/// Whether the body's own text states a control.
fn states(book: &Rulebook, control: &str) -> bool {
    book.controls.get(control).is_some_and(|adopted| adopted.cites.iter().any(|cite| !cite.standard))
}

/// Controls that a guideline or law asks for.
fn asked_for() -> impl Iterator<Item = &'static Control> {
    CONTROLS.iter().filter(|control| !control.source.is_empty())
}

fn proposals(context: &Context, book: &Rulebook) -> Vec<Proposal> {
    let missing = asked_for().filter(|control| !states(book, &control.id));
    let of = |control: &Control| {
        let model = context.catalog().clauses().find(|clause| clause.control == control.id)?;
        Some(Proposal {
            title: control.title.clone(),
            source: control.source.clone(),
            reason: control.reason.clone(),
            number: model.number.clone(),
            text: model.text.clone(),
        })
    };
    missing.filter_map(of).collect()
}

/// `GET /policy/proposals`
pub(crate) async fn show(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let Some(book) = context.rulebook() else { return super::none(&context) };
    let proposals = proposals(&context, book);
    match asked.get("format").map(String::as_str) {
        Some("text") => {
            let text: Vec<String> = proposals
                .iter()
                .map(|one| format!("（{}）\r\n　{}\r\n〔{}　{}〕\r\n", one.title, one.text, one.source, one.reason))
                .collect();
            let bytes = format!("\u{FEFF}{}", text.join("\r\n")).into_bytes();
            Ok(frame::download(&format!("規程に足す条項の案_{}.txt", context.today()), "text/plain; charset=utf-8", bytes))
        }
        Some(format) => {
            let headings = ["見出し", "条文の案", "求めている文書", "理由", "標準実施基準の番号"].map(str::to_owned);
            let rows: Vec<Vec<String>> = proposals
                .iter()
                .map(|one| vec![one.title.clone(), one.text.clone(), one.source.clone(), one.reason.clone(), one.number.clone()])
                .collect();
            file(&context, "規程に足す条項の案", format == "csv", &headings, &rows)
        }
        None => frame::show(&ProposalsPage {
            page: context.page("規程に足す条項の案"),
            title: book.title.clone(),
            stated: asked_for().count() - proposals.len(),
            standard: book.standard,
            proposals,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demand_has_a_source_a_reason_and_a_model_clause() {
        let catalog = office::catalog::Catalog::embedded().unwrap();
        assert_eq!(asked_for().count(), 41);
        for control in asked_for() {
            assert!(control.reason.ends_with('。'), "{} has no reason", control.id);
            let model = catalog.clauses().find(|clause| clause.control == control.id);
            assert!(model.is_some_and(|clause| clause.text.ends_with('。')), "{} has no model clause", control.id);
        }
    }
}
