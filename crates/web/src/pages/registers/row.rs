//! One row of a register: what it says, why its class is what it is, its history and the permits about it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Path, response::Response};
use office::{
    catalog::{FieldType, Register},
    permit::Permit,
    record::{Fact, Record},
    register::Row,
    state::Key,
};
use registry::{Paging, PermitFilter, Sort};

use super::{list, register, values};
use crate::{citation, context::Context, fault::Fault, frame, html::Html, page::Page, words};

/// A row by its number.
///
/// # Errors
/// [`Fault::NotFound`] if there is none.
pub(crate) async fn find(context: &Context, register: &str, id: &str) -> Result<Row, Fault> {
    context.app.registry.row(register, id).await?.ok_or(Fault::NotFound)
}

/// Permits that name a row, last first.
pub(crate) async fn permits(context: &Context, row: &Row) -> Result<Vec<Permit>, Fault> {
    let filter = PermitFilter { text: row.id.clone(), ..PermitFilter::default() };
    let found = context.app.registry.permits(&filter, Sort::NumberDown, Paging { page: 1, size: 100 }).await?;
    let names = |permit: &Permit| permit.application.values.values().any(|value| value.split_whitespace().any(|id| id == row.id));
    Ok(found.items.into_iter().filter(names).collect())
}

pub(super) struct Moment {
    when: String,
    who: String,
    what: &'static str,
    reason: String,
    changes: Vec<(String, String, String)>,
    record: u64,
}

/// What a record says about a row; `None` if it is about something else.
pub(super) fn moment(context: &Context, register: &Register, index: u64, record: &Record) -> Option<Moment> {
    let (what, reason, changes) = match &record.fact {
        Fact::RowAdded { .. } => ("登録", String::new(), Vec::new()),
        Fact::RowChanged { row, before, reason } => ("変更", reason.clone(), changes(context, register, before, row)),
        Fact::RowRemoved { reason, permit, .. } => {
            let permit = permit.as_ref().filter(|id| !id.is_empty()).map_or_else(String::new, |id| format!("（許可 {id}）"));
            ("廃棄・返却", format!("{reason}{permit}"), Vec::new())
        }
        Fact::PermitHandedOver { note, .. } => ("引渡し", note.clone(), Vec::new()),
        Fact::PermitReturned { note, .. } => ("返却の確認", note.clone(), Vec::new()),
        _ => return None,
    };
    let who = words::actor(&context.snapshot, &record.by);
    Some(Moment { when: record.at.wareki(), who, what, reason, changes, record: index })
}

/// Column, value before and value after, for columns that changed.
fn changes(context: &Context, register: &Register, before: &BTreeMap<String, String>, row: &Row) -> Vec<(String, String, String)> {
    let none = || "（なし）".to_owned();
    let show = |column: &office::catalog::Field, value: Option<&String>| {
        value.filter(|value| !value.is_empty()).map_or_else(none, |value| values::plain(column, value, &context.snapshot))
    };
    register
        .columns
        .iter()
        .filter(|column| before.contains_key(&column.key))
        .map(|column| (column.label.clone(), show(column, before.get(&column.key)), show(column, row.values.get(&column.key))))
        .collect()
}

struct PermitLine {
    id: String,
    title: String,
    who: String,
    period: String,
    stage: Html,
}

#[derive(Template)]
#[template(path = "registers/row.html")]
struct RowPage {
    page: Page,
    register: (String, String),
    id: String,
    state: Html,
    unit: String,
    facts: Vec<(String, Html)>,
    class: String,
    why: Html,
    followers: Vec<Html>,
    permits: Vec<PermitLine>,
    history: Vec<Moment>,
    gone: bool,
    copies: bool,
    changed: String,
}

/// Why the class in force is what it is.
fn why(context: &Context, register: &Register, row: &Row) -> Html {
    let links = |same: bool| {
        let columns = register.columns.iter().filter(|column| matches!(column.kind, FieldType::Row | FieldType::Rows));
        columns
            .filter(|column| (column.register == register.id) == same)
            .filter_map(|column| row.values.get(&column.key).map(|value| values::shown(column, value, &context.snapshot)))
            .reduce(|all, link| all.and(&Html::text("、")).and(&link))
            .unwrap_or_default()
    };
    let clause = |control: &str| {
        context
            .rulebook()
            .and_then(|book| book.cite(control))
            .map_or_else(Html::default, |cite| Html::text("　根拠 ").and(&citation::short(&cite)))
    };
    match row.class_from.as_deref() {
        Some("copy") => Html::text("複製なので、元の情報資産（")
            .and(&links(true))
            .and(&Html::text("）の分類を引き継いでいます。"))
            .and(&clause("asset.copy.inherit")),
        Some("holds") => Html::text("入っている情報資産（")
            .and(&links(false))
            .and(&Html::text("）のうち、最も高い分類になっています。"))
            .and(&clause("media.highest-class")),
        _ => Html::text("登録した分類のとおりです。").and(&clause("asset.classify")),
    }
}

fn facts(context: &Context, register: &Register, row: &Row) -> Vec<(String, Html)> {
    let columns = register.columns.iter().filter(|column| column.kind != FieldType::Class);
    columns
        .map(|column| (column, row.values.get(&column.key).map_or("", String::as_str)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(column, value)| (column.label.clone(), values::shown(column, value, &context.snapshot)))
        .collect()
}

/// `GET /registers/{id}/rows/{row}`
pub(crate) async fn show(context: Context, Path((id, row)): Path<(String, String)>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let row = find(&context, &id, &row).await?;
    let permits = permits(&context, &row).await?.into_iter().map(|permit| PermitLine {
        who: words::actor(&context.snapshot, &permit.applicant),
        period: words::period(permit.application.since, permit.application.until),
        stage: words::stage(permit.stage),
        id: permit.id,
        title: permit.title,
    });
    let history = context.app.registry.history(&Key::Row(id.clone(), row.id.clone())).await?;
    let name = row.values.get("name").cloned().unwrap_or_else(|| row.id.clone());
    frame::show(&RowPage {
        page: context.page(name),
        register: (register.title.clone(), format!("/registers/{id}")),
        id: row.id.clone(),
        state: list::state(&row),
        unit: row.unit.clone(),
        facts: facts(&context, register, &row),
        class: row.class.clone().unwrap_or_default(),
        why: why(&context, register, &row),
        followers: row.followers.iter().map(|(register, id)| Html::link(&values::address(register, id), id)).collect(),
        permits: permits.collect(),
        history: history.iter().rev().filter_map(|(index, record)| moment(&context, register, *index, record)).collect(),
        gone: row.gone,
        copies: register
            .columns
            .iter()
            .any(|column| matches!(column.kind, FieldType::Row | FieldType::Rows) && column.register == register.id),
        changed: row.changed_at.wareki(),
    })
}
