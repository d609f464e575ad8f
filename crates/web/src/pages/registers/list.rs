//! The rows of a register: search, filters, pages, spreadsheet and paper.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::{
    calendar,
    catalog::{FieldType, Register},
    register::Row,
};
use registry::{Paging, RowFilter, Sort};

use super::{register, values};
use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    paging::{Pages, encode},
    spreadsheet,
};

/// Most rows on one sheet of paper view.
const PRINTED_MAX: usize = 5_000;
/// Most rows in one file.
const EXPORTED_MAX: usize = 200_000;

pub(crate) type Asked = BTreeMap<String, String>;

/// The filter and order that an address asks for.
fn filter(register: &Register, asked: &Asked) -> (RowFilter, Sort) {
    let get = |key: &str| asked.get(key).map(|value| value.trim().to_owned()).unwrap_or_default();
    let gone = match get("gone").as_str() {
        "yes" => Some(true),
        "all" => None,
        _ => Some(false),
    };
    let sort = match get("sort").as_str() {
        "down" => Sort::NumberDown,
        "name" => Sort::Name,
        "changed" => Sort::Changed,
        _ => Sort::Number,
    };
    (RowFilter { register: register.id.clone(), unit: get("unit"), class: get("class"), gone, text: get("q") }, sort)
}

/// Units to choose from.
pub(crate) fn units(context: &Context) -> Vec<Choice> {
    context.snapshot.office.units.keys().map(|id| Choice::new(id, id)).collect()
}

/// Classes to choose from.
pub(crate) fn classes(context: &Context) -> Vec<Choice> {
    context.rulebook().map_or_else(Vec::new, |book| {
        let meaning = |text: &str| text.chars().take(60).collect::<String>();
        book.classes.iter().map(|class| Choice { help: meaning(&class.meaning), ..Choice::new(&class.name, &class.name) }).collect()
    })
}

/// A choice of anything before others.
fn any(mut choices: Vec<Choice>) -> Vec<Choice> {
    choices.insert(0, Choice::new("", "すべて"));
    choices
}

fn search(context: &Context, register: &Register, asked: &Asked) -> Fields {
    let mut fields =
        vec![Field::new(Kind::Text, "q", "ことば").plain(), Field::new(Kind::Select, "unit", "所属").plain().choices(any(units(context)))];
    if register.class_column().is_some() {
        fields.push(Field::new(Kind::Select, "class", "分類").plain().choices(any(classes(context))));
    }
    fields.push(Field::new(Kind::Select, "gone", "状態").plain().choices(vec![
        Choice::new("", "使用中"),
        Choice::new("yes", "廃棄・返却済み"),
        Choice::new("all", "すべて"),
    ]));
    fields.push(Field::new(Kind::Select, "sort", "並び順").plain().choices(vec![
        Choice::new("", "番号"),
        Choice::new("down", "番号の新しい順"),
        Choice::new("name", "名称"),
        Choice::new("changed", "更新の新しい順"),
    ]));
    Fields(fields).filled(asked, &[])
}

struct Line {
    id: String,
    href: String,
    cells: Vec<(String, Html)>,
    unit: String,
    state: Html,
    late: bool,
}

#[derive(Template)]
#[template(path = "registers/list.html")]
struct ListPage {
    page: Page,
    summary: String,
    id: String,
    fields: Fields,
    headings: Vec<String>,
    lines: Vec<Line>,
    pages: Pages,
    more: bool,
    query: String,
}

/// How a row stands.
pub(crate) fn state(row: &Row) -> Html {
    match (&row.out, row.gone) {
        (_, true) => Html::badge("done", "廃棄・返却済み"),
        (Some(_), false) => Html::badge("warn", "貸出・持出中"),
        (None, false) => Html::badge("good", "使用中"),
    }
}

fn line(context: &Context, register: &Register, row: &Row) -> Line {
    let cells = register.columns.iter().filter(|column| column.list && column.kind != FieldType::Unit).map(|column| {
        let value = row.values.get(&column.key).map_or("", String::as_str);
        let cell =
            if column.kind == FieldType::Class { Html::text(&values::class(row)) } else { values::shown(column, value, &context.snapshot) };
        (column.label.clone(), cell)
    });
    Line {
        id: row.id.clone(),
        href: values::address(&row.register, &row.id),
        cells: cells.collect(),
        unit: row.unit.clone(),
        state: state(row),
        late: false,
    }
}

/// The filters of an address, for links that keep them.
fn query(asked: &Asked) -> String {
    asked
        .iter()
        .filter(|(key, value)| !value.is_empty() && *key != "page")
        .map(|(key, value)| format!("{}={}&", encode(key), encode(value)))
        .collect()
}

/// `GET /registers/{id}`
pub(crate) async fn list(context: Context, Path(id): Path<String>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let (filter, sort) = filter(register, &asked);
    let number = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let listing = context.app.registry.rows(&filter, sort, Paging { page: number, ..Paging::default() }).await?;
    let filters: Vec<(&str, &str)> =
        ["q", "unit", "class", "gone", "sort"].iter().filter_map(|key| asked.get(*key).map(|value| (*key, value.as_str()))).collect();
    let headings =
        register.columns.iter().filter(|column| column.list && column.kind != FieldType::Unit).map(|column| column.label.clone());
    frame::show(&ListPage {
        page: context.page(&register.title),
        summary: register.summary.clone(),
        id: register.id.clone(),
        fields: search(&context, register, &asked),
        headings: headings.collect(),
        lines: listing.items.iter().map(|row| line(&context, register, row)).collect(),
        pages: Pages::new(&format!("/registers/{id}"), &filters, u64::from(number), listing.total.count),
        more: listing.total.more,
        query: query(&asked),
    })
}

/// Headings of a register's file: [`super::import`] reads them back.
pub(crate) fn headings(register: &Register) -> Vec<String> {
    let columns = register.columns.iter().map(|column| column.label.clone());
    std::iter::once("管理番号".to_owned()).chain(columns).chain(["状態", "施行中の分類", "更新日"].map(str::to_owned)).collect()
}

/// A row of a register's file.
pub(crate) fn exported(context: &Context, register: &Register, row: &Row) -> Vec<String> {
    let value = |key: &str| row.values.get(key).map_or("", String::as_str);
    let columns = register.columns.iter().map(|column| values::exported(column, value(&column.key), &context.snapshot));
    let state = if row.gone { "廃棄・返却済み" } else { "使用中" };
    let tail = [state.to_owned(), values::class(row), row.changed_at.date().to_string()];
    std::iter::once(row.id.clone()).chain(columns).chain(tail).collect()
}

#[derive(Template)]
#[template(path = "registers/print.html")]
struct PrintPage {
    page: Page,
    back: String,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    cut: bool,
}

/// All rows that a filter finds, up to a number; and whether there were more.
async fn collect(context: &Context, filter: &RowFilter, most: usize) -> Result<(Vec<Row>, bool), Fault> {
    let mut stream = context.app.registry.all_rows(filter);
    let mut rows = Vec::new();
    while let Some(chunk) = stream.next().await? {
        rows.extend(chunk);
        if rows.len() > most {
            rows.truncate(most);
            return Ok((rows, true));
        }
    }
    Ok((rows, false))
}

/// `GET /registers/{id}/export`
pub(crate) async fn export(context: Context, Path(id): Path<String>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let (filter, _) = filter(register, &asked);
    let (rows, _) = collect(&context, &filter, EXPORTED_MAX).await?;
    let lines: Vec<Vec<String>> = rows.iter().map(|row| exported(&context, register, row)).collect();
    file(&context, &register.title, asked.get("format").is_some_and(|format| format == "csv"), &headings(register), &lines)
}

/// A table as a file, named by its title and the day.
///
/// # Errors
/// [`Fault::Internal`] if it cannot be made.
pub(crate) fn file(context: &Context, title: &str, csv: bool, headings: &[String], rows: &[Vec<String>]) -> Result<Response, Fault> {
    let name = format!("{title}_{}", context.today());
    if csv {
        return Ok(frame::download(&format!("{name}.csv"), "text/csv; charset=utf-8", spreadsheet::csv(headings, rows)));
    }
    let bytes = spreadsheet::xlsx(title, headings, rows).map_err(|error| {
        tracing::error!(%error, "a spreadsheet could not be written");
        Fault::Internal
    })?;
    Ok(frame::download(&format!("{name}.xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
}

/// `GET /registers/{id}/print`
pub(crate) async fn print(context: Context, Path(id): Path<String>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let register = register(&context, &id)?;
    let (filter, _) = filter(register, &asked);
    let (rows, cut) = collect(&context, &filter, PRINTED_MAX).await?;
    let columns: Vec<_> = register.columns.iter().filter(|column| column.list).collect();
    let cells = |row: &Row| {
        let cell = |column: &&office::catalog::Field| {
            let value = row.values.get(&column.key).map_or("", String::as_str);
            if column.kind == FieldType::Class { values::class(row) } else { values::plain(column, value, &context.snapshot) }
        };
        let tail = if row.gone { "廃棄・返却済み".to_owned() } else { calendar::wareki(row.changed_at.date()) };
        std::iter::once(row.id.clone()).chain(columns.iter().map(cell)).chain([tail]).collect()
    };
    let heads = columns.iter().map(|column| column.label.clone());
    frame::show(&PrintPage {
        page: context.page(&register.title),
        back: format!("/registers/{id}?{}", query(&asked)),
        headings: std::iter::once("管理番号".to_owned()).chain(heads).chain(["更新日".to_owned()]).collect(),
        rows: rows.iter().map(cells).collect(),
        cut,
    })
}
