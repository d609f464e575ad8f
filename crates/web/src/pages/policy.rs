//! The policy (規程): the document itself, each clause with what runs it and how it stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{adoption::PolicyVersion, calendar, rulebook::Rulebook};
use policy::{
    search::{Filter, Hit, Place, Query as Words},
    tree::Clause,
};

use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    pages::search::index,
    paging::encode_path,
};

pub(crate) mod annotated;
pub(crate) mod clause;
pub(crate) mod compare;
pub(crate) mod coverage;
pub(crate) mod exchange;
pub(crate) mod export;
pub(crate) mod glossary;
pub(crate) mod problems;
pub(crate) mod proposals;
pub(crate) mod roles;
pub(crate) mod rules;
pub(crate) mod standard;
pub(crate) mod versions;

use coverage::{Coverage, Covered, badge, words};
use office::coverage::Standing;

/// What an address asks for.
pub(crate) type Asked = BTreeMap<String, String>;

/// The policy that a page is about: the version asked for, or the one in force.
pub(crate) struct Shown {
    /// The version with its reading.
    pub(crate) version: Arc<PolicyVersion>,
    /// Its rulebook, once adopted.
    pub(crate) book: Option<Rulebook>,
    /// Whether it is in force today.
    pub(crate) in_force: bool,
}

/// Finds the policy that an address asks for; `None` if none is in force and none is asked for.
///
/// # Errors
/// [`Fault::NotFound`] if the version asked for does not exist.
pub(crate) async fn find(context: &Context, asked: &Asked) -> Result<Option<Shown>, Fault> {
    let current = context.rulebook().map(|book| book.version);
    let number = match asked.get("version").filter(|number| !number.is_empty()) {
        Some(number) => number.parse().map_err(|_| Fault::NotFound)?,
        None => match current {
            Some(number) => number,
            None => return Ok(None),
        },
    };
    let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
    let book = context.snapshot.office.rulebooks.get(&number).cloned();
    Ok(Some(Shown { version, book, in_force: current == Some(number) }))
}

/// Address of a clause's page.
pub(crate) fn clause_href(path: &str, version: u32) -> String {
    format!("/policy/clauses/{}?version={version}", encode_path(path))
}

/// The last part of a path, as the text writes it; the words of the beginning for the root.
pub(crate) fn marker(path: &str) -> &str {
    if path.is_empty() { "前文" } else { path.rsplit('/').next().unwrap_or(path) }
}

/// A figure at the top.
struct Figure {
    meaning: &'static str,
    count: usize,
    href: String,
    badge: Html,
}

/// A clause in the tree.
pub(crate) struct Line {
    href: String,
    marker: String,
    heading: String,
    level: usize,
    badge: Html,
    runners: Vec<(&'static str, String, String)>,
    more: usize,
}

/// A top-level part of the document with its clauses.
struct Part {
    title: String,
    open: bool,
    running: usize,
    norms: usize,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "policy/index.html")]
struct IndexPage {
    page: Page,
    title: String,
    notice: String,
    effective: String,
    version: u32,
    figures: Vec<Figure>,
    norms: usize,
    running: usize,
    fields: Fields,
    parts: Vec<Part>,
    found: usize,
    searched: bool,
    standard: bool,
    problems: usize,
}

#[derive(Template)]
#[template(path = "policy/none.html")]
struct NonePage {
    page: Page,
    administrator: bool,
}

/// Runners that a line of the tree names; the others are counted.
const NAMED: usize = 3;

fn line(clause: &Clause, covered: &Covered, version: u32) -> Line {
    let named = covered.runners.iter().take(NAMED).map(|runner| (runner.kind, runner.title.clone(), runner.href.clone()));
    Line {
        href: clause_href(&clause.path, version),
        marker: marker(&clause.path).to_owned(),
        heading: coverage::short(&clause.heading),
        level: clause.path.split('/').count().min(6),
        badge: covered.standing.map_or_else(Html::default, badge),
        runners: named.collect(),
        more: covered.runners.len().saturating_sub(NAMED),
    }
}

/// Every clause with what runs it.
///
/// # Errors
/// If the store fails.
pub(crate) async fn covered<'a>(context: &Context, shown: &'a Shown) -> Result<Vec<(&'a Clause, Covered)>, Fault> {
    let of = match &shown.book {
        Some(book) => Some(Coverage::of(context, book).await?),
        None => None,
    };
    let clauses = shown.version.reading.document.clauses.iter();
    Ok(clauses.map(|clause| (clause, of.as_ref().map_or_else(Covered::default, |of| of.clause(false, &clause.path)))).collect())
}

/// The page of a body without a policy in force.
///
/// # Errors
/// If it cannot be shown.
pub(crate) fn none(context: &Context) -> Result<Response, Fault> {
    frame::show(&NonePage { page: context.page("規程"), administrator: context.account.administrator })
}

/// The paths of the clauses that have the words searched for; nothing if none are.
async fn wanted(context: &Context, shown: &Shown, typed: &str) -> Result<Option<BTreeSet<String>>, Fault> {
    let query = Words::new(typed);
    if query.is_empty() {
        return Ok(None);
    }
    let number = shown.version.number;
    let mut index = index::index(context, &context.app.registry.versions().await?).await?;
    if !index.versions().contains(&number) {
        index = Arc::new(index::build(std::slice::from_ref(&shown.version), &[]));
    }
    let found = index.find(&query, &Filter { version: Some(number), ..Filter::default() });
    let path = |hit: Hit| match hit.place {
        Place::Clause { path, .. } => Some(path),
        Place::Standard { .. } => None,
    };
    Ok(Some(found.hits.into_iter().filter_map(path).collect()))
}

/// Whether a clause matches what was searched for.
fn matches(clause: &Clause, covered: &Covered, wanted: Option<&BTreeSet<String>>, state: &str) -> bool {
    (state.is_empty() || covered.standing.is_some_and(|standing| standing.code() == state))
        && wanted.is_none_or(|wanted| wanted.contains(&clause.path))
}

/// `GET /policy`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let Some(shown) = find(&context, &asked).await? else {
        return none(&context);
    };
    let covered = covered(&context, &shown).await?;
    let number = shown.version.number;
    let state = asked.get("state").cloned().unwrap_or_default();
    let wanted = wanted(&context, &shown, asked.get("q").map_or("", String::as_str)).await?;
    let searched = wanted.is_some() || !state.is_empty();
    let count = |standing: Standing| covered.iter().filter(|(_, covered)| covered.standing == Some(standing)).count();
    let figures = Standing::ALL.into_iter().map(|standing| Figure {
        meaning: words(standing).1,
        count: count(standing),
        href: format!("/policy?version={number}&state={}", standing.code()),
        badge: badge(standing),
    });
    let found = covered.iter().filter(|(clause, covered)| matches(clause, covered, wanted.as_ref(), &state)).count();
    let norms = covered.iter().filter(|(_, covered)| covered.standing.is_some()).count();
    frame::show(&IndexPage {
        page: context.page("規程"),
        title: shown.version.reading.document.title.clone(),
        notice: notice(&context, &shown),
        effective: shown.version.effective.map_or_else(String::new, calendar::wareki),
        version: number,
        figures: figures.collect(),
        norms,
        running: count(Standing::Works),
        fields: search(&asked),
        parts: parts(&covered, number, searched, |clause, covered| matches(clause, covered, wanted.as_ref(), &state)),
        found,
        searched,
        standard: shown.book.as_ref().is_some_and(|book| book.standard),
        problems: shown.version.reading.problems.iter().filter(|problem| problems::is_defect(problem.kind)).count(),
    })
}

/// A word on a version that is not in force.
pub(crate) fn notice(context: &Context, shown: &Shown) -> String {
    match (shown.in_force, shown.version.effective) {
        (true, _) => String::new(),
        (false, Some(day)) if day > context.today() => format!("この版は{}から施行されます。まだ効力はありません。", calendar::wareki(day)),
        (false, Some(_)) => "この版は、いまは効力がありません。過去の記録の根拠として残しています。".to_owned(),
        (false, None) => "この版は、まだ施行されていません。".to_owned(),
    }
}

fn search(asked: &Asked) -> Fields {
    let mut states = vec![Choice::new("", "すべて")];
    states.extend(Standing::ALL.map(|standing| Choice::new(standing.code(), words(standing).0)));
    let fields = vec![
        Field::new(Kind::Hidden, "version", ""),
        Field::new(Kind::Text, "q", "ことば").plain(),
        Field::new(Kind::Select, "state", "状態").plain().choices(states),
    ];
    Fields(fields).filled(asked, &[])
}

/// The clauses by top-level part.
fn parts(covered: &[(&Clause, Covered)], version: u32, searched: bool, keep: impl Fn(&Clause, &Covered) -> bool) -> Vec<Part> {
    let mut parts: Vec<(String, Part)> = Vec::new();
    for (clause, covered) in covered {
        let top = clause.path.split('/').next().unwrap_or_default().to_owned();
        if parts.last().is_none_or(|(last, _)| *last != top) {
            let title = if top.is_empty() { "前文・目次".to_owned() } else { format!("{top}　{}", coverage::short(&clause.heading)) };
            parts.push((top, Part { title, open: searched, running: 0, norms: 0, lines: Vec::new() }));
        }
        let Some((_, part)) = parts.last_mut() else { continue };
        part.norms += usize::from(covered.standing.is_some());
        part.running += usize::from(covered.standing == Some(Standing::Works));
        if keep(clause, covered) {
            part.lines.push(line(clause, covered, version));
        }
    }
    parts.into_iter().map(|(_, part)| part).filter(|part| !part.lines.is_empty()).collect()
}

struct Paper {
    path: String,
    heading: String,
    paragraphs: Vec<Html>,
    standing: &'static str,
    runners: String,
}

#[derive(Template)]
#[template(path = "policy/print.html")]
struct PrintPage {
    page: Page,
    title: String,
    effective: String,
    clauses: Vec<Paper>,
    terms: Vec<annotated::Explained>,
}

/// `GET /policy/print`
pub(crate) async fn print(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let annotated = annotated::Annotated::new(&shown.version.reading.document, shown.version.number);
    // A word is linked where it is used first.
    let mut explained = BTreeSet::new();
    let clauses = covered(&context, &shown).await?.into_iter().map(|(clause, covered)| Paper {
        path: if clause.path.is_empty() { "前文".to_owned() } else { clause.path.clone() },
        heading: clause.heading.clone(),
        paragraphs: annotated.blocks(clause, &mut explained),
        standing: covered.standing.map_or("", |standing| words(standing).0),
        runners: covered.runners.iter().map(|runner| format!("{}：{}", runner.kind, runner.title)).collect::<Vec<_>>().join("　"),
    });
    let clauses = clauses.collect();
    frame::show(&PrintPage {
        page: context.page("規程の印刷"),
        title: shown.version.reading.document.title.clone(),
        effective: shown.version.effective.map_or_else(|| "未施行".to_owned(), |day| format!("{}施行", calendar::wareki(day))),
        clauses,
        terms: explained.into_iter().filter_map(|at| annotated.explained(at)).collect(),
    })
}
