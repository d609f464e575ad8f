//! Two versions of the policy side by side (新旧対照表): on a page, on paper, as Excel and Word.

use std::sync::Arc;

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{adoption::PolicyVersion, calendar};
use policy::compare::{self, Comparison, Kind as Change, Row};
use registry::VersionLine;

use super::Asked;
use crate::{
    comparison::{self, Sheet},
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    paging::{PER_PAGE, Pages, encode},
};

pub(crate) mod other;
pub(crate) mod standard;

/// Two versions and what differs.
struct Compared {
    old: Arc<PolicyVersion>,
    new: Arc<PolicyVersion>,
    comparison: Comparison,
    rows: Vec<Row>,
}

/// The numbers of the versions that an address asks for: those before and after the latest amendment, unless it says.
fn numbers(context: &Context, versions: &[VersionLine], asked: &Asked) -> Result<Option<(u32, u32)>, Fault> {
    let wanted = |key: &str| match asked.get(key).filter(|number| !number.is_empty()) {
        Some(number) => number.parse().map(Some).map_err(|_| Fault::NotFound),
        None => Ok(None),
    };
    let latest = versions.iter().map(|version| version.number).max();
    let current = context.rulebook().map(|book| book.version);
    let new = wanted("new")?.or(latest);
    let before = versions.iter().map(|version| version.number).filter(|number| Some(*number) < new).max();
    let old = wanted("old")?.or(current.filter(|number| Some(*number) < new)).or(before);
    Ok(old.zip(new))
}

async fn compared(context: &Context, (old, new): (u32, u32)) -> Result<Compared, Fault> {
    let version = async |number: u32| context.app.registry.version(number).await?.ok_or(Fault::NotFound);
    let (old, new) = (version(old).await?, version(new).await?);
    // A large policy takes a while, and others are waiting for their pages.
    let work = tokio::task::spawn_blocking(move || {
        let comparison = compare::compare(&old.reading.document, &new.reading.document);
        let rows = compare::table(&comparison, &old.reading.document, &new.reading.document);
        Compared { old, new, comparison, rows }
    });
    work.await.map_err(|error| {
        tracing::error!(%error, "two versions could not be compared");
        Fault::Internal
    })
}

impl Compared {
    /// The rows of a kind that hold some words; all, with what stands around them, if nothing is asked for.
    fn found(&self, asked: &Asked) -> Vec<Row> {
        let kind = asked.get("kind").map_or("", String::as_str);
        let words: Vec<String> = asked.get("q").map_or("", String::as_str).split_whitespace().map(registry::normalize).collect();
        if kind.is_empty() && words.is_empty() {
            return self.rows.clone();
        }
        let text = |row: &Row| {
            let runs = row.new.iter().chain(&row.old).flat_map(|line| &line.runs).map(|run| run.text.as_str()).collect::<String>();
            registry::normalize(&format!("{} {} {runs}", row.new_path, row.old_path))
        };
        let matches = |row: &&Row| {
            let of_kind = if kind.is_empty() { !row.kinds.is_empty() } else { row.kinds.iter().any(|one| one.code() == kind) };
            of_kind && (words.is_empty() || words.iter().all(|word| text(row).contains(word)))
        };
        self.rows.iter().filter(matches).cloned().collect()
    }

    fn sheet(&self, rows: Vec<Row>) -> Sheet {
        let of = |word: &str, version: &PolicyVersion| format!("{word}：第{}版（{}）", version.number, since(version));
        let day = self.new.effective.map(|day| format!("施行日　{}", calendar::wareki(day)));
        let notes = day.into_iter().chain([format!("{}　{}", of("改正後", &self.new), of("改正前", &self.old))]).collect();
        Sheet { title: self.new.reading.document.title.clone(), notes, rows }
    }
}

/// Since when a version rules, in words.
fn since(version: &PolicyVersion) -> String {
    version.effective.map_or_else(|| "未施行".to_owned(), |day| format!("{}施行", calendar::wareki(day)))
}

struct Figure {
    word: &'static str,
    count: usize,
    href: String,
}

#[derive(Template)]
#[template(path = "policy/compare.html")]
struct ComparePage {
    page: Page,
    choose: Fields,
    search: Fields,
    heading: String,
    notes: Vec<String>,
    figures: Vec<Figure>,
    changed: usize,
    table: Html,
    pages: Option<Pages>,
    query: String,
    administrator: bool,
}

fn choose(versions: &[VersionLine], numbers: Option<(u32, u32)>) -> Fields {
    let name = |version: &VersionLine| {
        let day = version.effective.map_or_else(|| "未施行".to_owned(), |day| format!("{}施行", calendar::wareki(day)));
        Choice::new(version.number.to_string(), format!("第{}版（{day}）", version.number))
    };
    let field = |key: &str, label: &str, chosen: Option<u32>| {
        let choices = versions.iter().map(name).collect();
        Field::new(Kind::Select, key, label).plain().choices(choices).value(chosen.map_or_else(String::new, |number| number.to_string()))
    };
    Fields(vec![field("old", "改正前", numbers.map(|(old, _)| old)), field("new", "改正後", numbers.map(|(_, new)| new))])
}

fn search(asked: &Asked, (old, new): (u32, u32)) -> Fields {
    let mut kinds = vec![Choice::new("", "すべて")];
    kinds.extend(Change::ALL.map(|kind| Choice::new(kind.code(), kind.word())));
    let fields =
        Fields(vec![Field::new(Kind::Text, "q", "ことば").plain(), Field::new(Kind::Select, "kind", "変わり方").plain().choices(kinds)]);
    let Fields(mut fields) = fields.filled(asked, &[]).prefixed("search");
    fields.extend([("old", old), ("new", new)].map(|(key, number)| Field::new(Kind::Hidden, key, "").value(number.to_string())));
    Fields(fields)
}

/// `GET /policy/compare`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let versions = context.app.registry.versions().await?;
    let numbers = numbers(&context, &versions, &asked)?;
    let administrator = context.account.administrator;
    let Some((old, new)) = numbers else {
        return frame::show(&ComparePage {
            page: context.page("新旧対照表"),
            choose: choose(&versions, None),
            search: Fields(Vec::new()),
            heading: String::new(),
            notes: Vec::new(),
            figures: Vec::new(),
            changed: 0,
            table: Html::default(),
            pages: None,
            query: String::new(),
            administrator,
        });
    };
    let compared = compared(&context, (old, new)).await?;
    let rows = compared.found(&asked);
    let value = |key: &str| asked.get(key).map_or("", String::as_str);
    let (from, to) = (old.to_string(), new.to_string());
    let filters = [("old", from.as_str()), ("new", to.as_str()), ("kind", value("kind")), ("q", value("q"))];
    let pages = Pages::new("/policy/compare", &filters, value("page").parse().unwrap_or(1), u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let skip = usize::try_from((pages.number() - 1) * PER_PAGE).unwrap_or(usize::MAX);
    let shown: Vec<Row> = rows.iter().skip(skip).take(usize::try_from(PER_PAGE).unwrap_or(usize::MAX)).cloned().collect();
    let figure = |(kind, count): (Change, usize)| Figure {
        word: kind.word(),
        count,
        href: format!("/policy/compare?old={old}&new={new}&kind={}", kind.code()),
    };
    let sheet = compared.sheet(Vec::new());
    frame::show(&ComparePage {
        page: context.page("新旧対照表"),
        choose: choose(&versions, numbers),
        search: search(&asked, (old, new)),
        heading: sheet.heading(),
        notes: sheet.notes,
        figures: compared.comparison.counts().map(figure).collect(),
        changed: compared.comparison.changed().count(),
        table: comparison::table(&shown),
        pages: (!rows.is_empty()).then_some(pages),
        query: format!("old={old}&new={new}&kind={}&q={}", encode(value("kind")), encode(value("q"))),
        administrator,
    })
}

/// Versions and rows that a link to a file or to paper asks for.
async fn asked_for(context: &Context, asked: &Asked) -> Result<(Sheet, String), Fault> {
    let versions = context.app.registry.versions().await?;
    let (old, new) = numbers(context, &versions, asked)?.ok_or(Fault::NotFound)?;
    let compared = compared(context, (old, new)).await?;
    let rows = compared.found(asked);
    Ok((compared.sheet(rows), format!("新旧対照表_第{old}版_第{new}版")))
}

/// `GET /policy/compare/export`
pub(crate) async fn export(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (sheet, name) = asked_for(&context, &asked).await?;
    let failed = |error: comparison::WriteError| {
        tracing::error!(%error, "a comparison could not be written");
        Fault::Internal
    };
    match asked.get("format").map_or("", String::as_str) {
        "docx" => {
            let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
            Ok(frame::download(&format!("{name}.docx"), kind, sheet.docx().map_err(failed)?))
        }
        "xlsx" => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            Ok(frame::download(&format!("{name}.xlsx"), kind, sheet.xlsx().map_err(failed)?))
        }
        _ => Err(Fault::NotFound),
    }
}

#[derive(Template)]
#[template(path = "policy/compare_print.html")]
struct PrintPage {
    page: Page,
    back: String,
    heading: String,
    notes: Vec<String>,
    table: Html,
}

/// `GET /policy/compare/print`
pub(crate) async fn print(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (sheet, _) = asked_for(&context, &asked).await?;
    let value = |key: &str| encode(asked.get(key).map_or("", String::as_str));
    frame::show(&PrintPage {
        page: context.page("新旧対照表の印刷"),
        back: format!("/policy/compare?old={}&new={}", value("old"), value("new")),
        heading: sheet.heading(),
        table: comparison::table(&sheet.rows),
        notes: sheet.notes,
    })
}
