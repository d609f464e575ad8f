//! Records (記録): the book as a list, each record with its proof, and how an outsider verifies all of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::state::Key;
use registry::{Paging, RecordFilter, RecordLine};

use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    pages::registers::list::file,
    paging::{Pages, encode},
    words,
};

mod says;

type Asked = BTreeMap<String, String>;

/// Most records in one file.
const EXPORTED_MAX: usize = 200_000;

struct Line {
    index: u64,
    when: String,
    who: String,
    word: &'static str,
    note: String,
    thing: Html,
}

#[derive(Template)]
#[template(path = "records/index.html")]
struct IndexPage {
    page: Page,
    size: u64,
    fields: Fields,
    lines: Vec<Line>,
    pages: Pages,
    more: bool,
    query: String,
    unknown: String,
}

/// The thing whose records are asked for: `?permit=`, `?incident=` or `?task=` with its id.
fn thing(asked: &Asked) -> Option<Key> {
    let id = |key: &str| asked.get(key).filter(|id| !id.is_empty()).cloned();
    let permit = id("permit").map(Key::Permit);
    permit.or_else(|| id("incident").map(Key::Incident)).or_else(|| id("task").map(Key::Task))
}

/// The filter an address asks for; and a person who is unknown, if one was named.
fn filter(context: &Context, asked: &Asked) -> (RecordFilter, String) {
    let get = |key: &str| asked.get(key).map_or("", |value| value.trim());
    let name = get("person");
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let found = context
        .snapshot
        .people
        .get(name)
        .or_else(|| context.snapshot.people.iter().find(|person| squeezed(&person.name) == squeezed(name)));
    let (person, unknown) = match (name, found) {
        ("", _) => (String::new(), String::new()),
        ("システム", _) => ("system".to_owned(), String::new()),
        (_, Some(person)) => (person.id.clone(), String::new()),
        (name, None) => (name.to_owned(), name.to_owned()),
    };
    let kinds = if get("kind").is_empty() { Vec::new() } else { vec![get("kind").to_owned()] };
    let filter = RecordFilter {
        key: thing(asked),
        person,
        kinds,
        since: get("since").parse().ok(),
        until: get("until").parse().ok(),
        text: get("q").to_owned(),
    };
    (filter, unknown)
}

fn search(asked: &Asked) -> Fields {
    let mut kinds = vec![Choice::new("", "すべて")];
    kinds.extend(registry::record_kinds().iter().map(|(kind, word)| Choice::new(*kind, *word)));
    let fields = vec![
        Field::new(Kind::Text, "q", "ことば").plain(),
        Field::new(Kind::Text, "person", "だれが（職員番号か氏名）").plain(),
        Field::new(Kind::Select, "kind", "種類").plain().choices(kinds),
        Field::new(Kind::Date, "since", "いつから").plain(),
        Field::new(Kind::Date, "until", "いつまで").plain(),
    ];
    Fields(fields).filled(asked, &[])
}

fn line(context: &Context, line: &RecordLine) -> Line {
    Line {
        index: line.index,
        when: line.at.wareki(),
        who: words::actor(&context.snapshot, &line.by),
        word: line.word,
        note: line.note.clone(),
        thing: line.key.as_ref().map_or_else(Html::default, |key| says::link(context, key)),
    }
}

/// `GET /records`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (filter, unknown) = filter(&context, &asked);
    let number: u32 = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let listing = context.app.registry.records(&filter, Paging { page: number, ..Paging::default() }).await?;
    let filters: Vec<(&str, &str)> = ["q", "person", "kind", "since", "until", "permit", "incident", "task"]
        .iter()
        .filter_map(|key| asked.get(*key).map(|value| (*key, value.as_str())))
        .collect();
    let query = filters.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key}={}&", encode(value))).collect();
    frame::show(&IndexPage {
        page: context.page("記録"),
        size: context.app.registry.size(),
        fields: search(&asked),
        lines: listing.items.iter().map(|record| line(&context, record)).collect(),
        pages: Pages::new("/records", &filters, u64::from(number), listing.total.count),
        more: listing.total.more,
        query,
        unknown,
    })
}

/// `GET /records/list`
pub(crate) async fn list(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (filter, _) = filter(&context, &asked);
    let mut stream = context.app.registry.all_records(&filter);
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(chunk) = stream.next().await? {
        rows.extend(chunk.iter().map(|line| {
            let thing = line.key.as_ref().map_or_else(String::new, |key| says::thing(&context, key));
            vec![
                line.index.to_string(),
                line.at.wareki(),
                words::actor(&context.snapshot, &line.by),
                line.by.clone(),
                line.word.to_owned(),
                thing,
                line.note.clone(),
            ]
        }));
        if rows.len() >= EXPORTED_MAX {
            rows.truncate(EXPORTED_MAX);
            break;
        }
    }
    let headings = ["番号", "日時", "だれが", "職員番号", "種類", "対象", "内容"].map(str::to_owned);
    file(&context, "記録", asked.get("format").is_some_and(|format| format == "csv"), &headings, &rows)
}

#[derive(Template)]
#[template(path = "records/show.html")]
struct ShowPage {
    page: Page,
    index: u64,
    when: String,
    who: String,
    on_behalf: String,
    lines: says::Lines,
    erased: bool,
    payload: String,
    leaf: String,
    proof: Vec<String>,
    size: u64,
    checkpoint: String,
    before: Option<u64>,
    after: Option<u64>,
}

/// The payload as written, broken into lines for reading.
fn readable(payload: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(payload)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| String::from_utf8_lossy(payload).into_owned())
}

/// The kind of a payload in words.
fn word(payload: &[u8]) -> &'static str {
    let value: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
    let kind = value.get("kind").and_then(serde_json::Value::as_str).unwrap_or_default();
    registry::record_kinds().iter().find(|(known, _)| *known == kind).map_or("記録", |(_, word)| word)
}

/// `GET /records/{index}`
pub(crate) async fn show(context: Context, Path(index): Path<u64>) -> Result<Response, Fault> {
    let proven = context.app.registry.record(index).await?.ok_or(Fault::NotFound)?;
    let record = proven.record.as_ref();
    let title = format!("記録 {index}　{}", if proven.payload.is_empty() { "（内容は消去済み）" } else { word(&proven.payload) });
    frame::show(&ShowPage {
        page: context.page(title),
        index,
        when: record.map_or_else(String::new, |record| record.at.wareki()),
        who: record.map_or_else(String::new, |record| words::actor(&context.snapshot, &record.by)),
        on_behalf: record.and_then(|record| record.on_behalf.as_ref()).map_or_else(String::new, |id| context.snapshot.name(id).to_owned()),
        lines: record.map_or_else(Vec::new, |record| says::says(&context, record)),
        erased: proven.payload.is_empty(),
        payload: readable(&proven.payload),
        leaf: proven.leaf_hash,
        proof: proven.proof,
        size: proven.size,
        checkpoint: proven.checkpoint,
        before: index.checked_sub(1),
        after: index.checked_add(1).filter(|next| *next < proven.size),
    })
}

#[derive(Template)]
#[template(path = "records/verify.html")]
struct VerifyPage {
    page: Page,
    size: u64,
    checkpoint: String,
    data: String,
}

/// `GET /records/export`
pub(crate) async fn verify(context: Context) -> Result<Response, Fault> {
    // Where the data lies is for those who run the machine.
    let data = if context.account.administrator { context.app.registry.data_dir().display().to_string() } else { "保存先".to_owned() };
    frame::show(&VerifyPage {
        page: context.page("監査人に渡す一式と検証"),
        size: context.app.registry.size(),
        checkpoint: context.app.registry.checkpoint()?,
        data,
    })
}

/// `GET /records/checkpoint`
pub(crate) async fn checkpoint(context: Context) -> Result<Response, Fault> {
    let note = context.app.registry.checkpoint()?;
    let name = format!("チェックポイント_{}_{}件.txt", context.today(), context.app.registry.size());
    Ok(frame::download(&name, "text/plain; charset=utf-8", note.into_bytes()))
}

/// `GET /records/{index}/payload`
pub(crate) async fn payload(context: Context, Path(index): Path<u64>) -> Result<Response, Fault> {
    let proven = context.app.registry.record(index).await?.ok_or(Fault::NotFound)?;
    Ok(frame::download(&format!("記録_{index}.json"), "application/json", proven.payload))
}
