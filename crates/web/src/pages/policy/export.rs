//! The policy as a spreadsheet: its clauses with what runs them, or its norms.

use axum::{extract::Query, response::Response};
use policy::obligation::Form;

use super::{
    Asked, clause,
    coverage::{control_title, words},
    covered, find,
};
use crate::{context::Context, fault::Fault, pages::registers::list::file};

/// `GET /policy/export`
pub(crate) async fn export(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let csv = asked.get("format").is_some_and(|format| format == "csv");
    if asked.get("what").is_some_and(|what| what == "norms") {
        let headings = ["条項", "順", "行", "種類", "誰が", "相手", "対象の分類", "いつ", "統制", "本文"].map(str::to_owned);
        let norms = shown.version.reading.obligations.iter().filter(|norm| norm.form != Form::Lead);
        let rows: Vec<Vec<String>> = norms
            .map(|norm| {
                vec![
                    norm.clause.clone(),
                    norm.n.to_string(),
                    norm.line.to_string(),
                    clause::modality(norm.modality).to_owned(),
                    norm.subjects.join("、"),
                    norm.counterparts.join("、"),
                    clause::limited(norm.class.as_deref()),
                    clause::trigger(norm.trigger).to_owned(),
                    norm.controls.iter().map(|id| control_title(id)).collect::<Vec<_>>().join("、"),
                    norm.text.clone(),
                ]
            })
            .collect();
        return file(&context, &format!("規範文_第{}版", shown.version.number), csv, &headings, &rows);
    }
    let headings = ["条項", "見出し", "状態", "運用しているもの", "本文"].map(str::to_owned);
    let rows: Vec<Vec<String>> = covered(&context, &shown)
        .await?
        .into_iter()
        .map(|(clause, covered)| {
            let runners = covered.runners.iter().map(|runner| format!("{}：{}（{}）", runner.kind, runner.title, words(runner.standing).0));
            vec![
                clause.path.clone(),
                clause.heading.clone(),
                covered.standing.map_or("", |standing| words(standing).0).to_owned(),
                runners.collect::<Vec<_>>().join("\n"),
                clause.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>().join("\n"),
            ]
        })
        .collect();
    file(&context, &format!("条項と運用_第{}版", shown.version.number), csv, &headings, &rows)
}
