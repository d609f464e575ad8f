//! The list of all norms with how each stands: searched, filtered, paged, exported.

use std::collections::BTreeSet;

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{
    calendar,
    coverage::{Covering, Means, Note, Standing, Status},
};

use super::{Coverage, badge, cite, means, words};
use crate::{
    citation,
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    page::Page,
    pages::{policy::Asked, registers::list::file},
    paging::{PER_PAGE, Pages, encode},
};

/// A norm in the list.
pub(crate) struct Line {
    pub(crate) clause: Html,
    pub(crate) says: String,
    pub(crate) means: &'static str,
    pub(crate) runners: Vec<(&'static str, String, String)>,
    pub(crate) more: usize,
    pub(crate) since: String,
    pub(crate) last: Option<(String, String)>,
    pub(crate) badge: Html,
    pub(crate) responsible: String,
    pub(crate) told: String,
}

/// A figure with the list behind it.
pub(crate) struct Figure {
    pub(crate) href: String,
    pub(crate) count: usize,
    pub(crate) badge: Html,
    pub(crate) meaning: &'static str,
}

/// The figures of a coverage, each linked to its list.
pub(crate) fn figures(coverage: &Coverage<'_>) -> Vec<Figure> {
    let counts = coverage.counts();
    let figure = |standing: Standing| Figure {
        href: format!("/policy/coverage?state={}", standing.code()),
        count: counts.get(standing),
        badge: badge(standing),
        meaning: words(standing).1,
    };
    Standing::ALL.map(figure).into_iter().collect()
}

#[derive(Template)]
#[template(path = "policy/coverage.html")]
struct ListPage {
    page: Page,
    title: String,
    total: usize,
    works: usize,
    figures: Vec<Figure>,
    fields: Fields,
    lines: Vec<Line>,
    pages: Pages,
    query: String,
    building: bool,
}

/// Runners that a line names; the others are counted.
const NAMED: usize = 3;

/// A record as date and address.
fn record(note: Option<Note>) -> Option<(String, String)> {
    note.map(|note| (calendar::wareki(note.at.date()), format!("/records/{}", note.index)))
}

/// How many of the officers have answered, where several must.
pub(crate) fn told(status: &Status) -> String {
    match (status.refused, status.seats) {
        (true, _) => "守られていないとの報告があります".to_owned(),
        (false, 0 | 1) => String::new(),
        (false, seats) => format!("{}所属のうち{}所属が報告済み", seats, status.told),
    }
}

pub(crate) fn line(coverage: &Coverage<'_>, covering: &Covering, status: &Status) -> Line {
    let runners = coverage.runners(covering, status);
    Line {
        clause: citation::short(&cite(coverage.book, covering)),
        says: covering.says.clone(),
        means: means(covering.means),
        more: runners.len().saturating_sub(NAMED),
        runners: runners.into_iter().take(NAMED).map(|runner| (runner.kind, runner.title, runner.href)).collect(),
        since: calendar::wareki(covering.since),
        last: record(status.last),
        badge: badge(status.standing),
        responsible: coverage.responsible(covering),
        told: told(status),
    }
}

/// The chapter of a norm: the first part of its path.
pub(crate) fn chapter(covering: &Covering) -> String {
    let divider = if covering.standard { '.' } else { '/' };
    let first = covering.clause.split(divider).next().unwrap_or_default();
    match (covering.standard, first.is_empty()) {
        (true, _) => format!("標準実施基準 第{first}章"),
        (false, true) => "前文".to_owned(),
        (false, false) => first.to_owned(),
    }
}

/// What the address restricts the list to.
struct Wanted<'a> {
    words: Vec<String>,
    state: &'a str,
    means: &'a str,
    role: &'a str,
    chapter: &'a str,
}

impl<'a> Wanted<'a> {
    fn of(asked: &'a Asked) -> Self {
        let get = |key: &str| asked.get(key).map_or("", |value| value.trim());
        let words = registry::normalize(get("q")).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self { words, state: get("state"), means: get("means"), role: get("role"), chapter: get("chapter") }
    }

    fn admits(&self, covering: &Covering, status: &Status) -> bool {
        let text = || registry::normalize(&format!("{} {} {}", covering.clause, covering.says, super::control_title(&covering.control)));
        (self.state.is_empty() || status.standing.code() == self.state || self.state == "not-works" && status.standing != Standing::Works)
            && (self.means.is_empty() || covering.means.code() == self.means)
            && (self.role.is_empty() || covering.who.iter().any(|id| id == self.role))
            && (self.chapter.is_empty() || chapter(covering) == self.chapter)
            && (self.words.is_empty() || self.words.iter().all(|word| text().contains(word)))
    }
}

fn search(coverage: &Coverage<'_>, asked: &Asked) -> Fields {
    let all = || vec![Choice::new("", "すべて")];
    let mut states = all();
    states.extend(Standing::ALL.map(|standing| Choice::new(standing.code(), words(standing).0)));
    states.push(Choice::new("not-works", "機能していないものすべて"));
    let mut kinds = all();
    kinds.extend(Means::ALL.map(|kind| Choice::new(kind.code(), means(kind))));
    let named: BTreeSet<&String> = coverage.book.coverage.iter().flat_map(|covering| &covering.who).collect();
    let mut roles = all();
    roles.extend(coverage.book.roles.iter().filter(|role| named.contains(&role.id)).map(|role| Choice::new(&role.id, &role.name)));
    let mut chapters = all();
    let mut seen = BTreeSet::new();
    let names = coverage.book.coverage.iter().map(chapter).filter(|chapter| seen.insert(chapter.clone()));
    chapters.extend(names.map(|chapter| Choice::new(&chapter, &chapter)));
    Fields(vec![
        Field::new(Kind::Text, "q", "言葉").plain(),
        Field::new(Kind::Select, "state", "状態").plain().choices(states),
        Field::new(Kind::Select, "means", "種類").plain().choices(kinds),
        Field::new(Kind::Select, "role", "責任を持つ役割").plain().choices(roles),
        Field::new(Kind::Select, "chapter", "章").plain().choices(chapters),
    ])
    .filled(asked, &[])
}

/// `GET /policy/coverage`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let Some(book) = context.rulebook() else { return crate::pages::policy::none(&context) };
    let coverage = Coverage::of(&context, book).await?;
    let wanted = Wanted::of(&asked);
    let found: Vec<_> = coverage.all().filter(|(_, covering, status)| wanted.admits(covering, status)).collect();
    let number = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1_u64).max(1);
    let get = |key: &str| asked.get(key).map_or("", String::as_str);
    let filters = ["q", "state", "means", "role", "chapter"].map(|key| (key, get(key)));
    let total = found.len() as u64;
    let number = number.min(total.div_ceil(PER_PAGE).max(1));
    let skipped = usize::try_from((number - 1) * PER_PAGE).unwrap_or(usize::MAX);
    let shown = found.iter().skip(skipped).take(usize::try_from(PER_PAGE).unwrap_or(usize::MAX));
    let counts = coverage.counts();
    frame::show(&ListPage {
        page: context.page("規程の働き"),
        title: book.title.clone(),
        total: counts.total(),
        works: counts.works,
        figures: figures(&coverage),
        fields: search(&coverage, &asked),
        lines: shown.map(|(_, covering, status)| line(&coverage, covering, status)).collect(),
        pages: Pages::new("/policy/coverage", &filters, number, total),
        query: filters.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect::<Vec<_>>().join("&"),
        building: book.coverage.iter().any(|covering| matches!(covering.means, Means::Machine | Means::Gateway)),
    })
}

/// `GET /policy/coverage/export`, with the filters of the list.
pub(crate) async fn export(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let book = context.rulebook().ok_or(Fault::NotFound)?;
    let coverage = Coverage::of(&context, book).await?;
    let wanted = Wanted::of(&asked);
    let headings = [
        "規程",
        "条項",
        "順",
        "文の始め",
        "統制",
        "種類",
        "動かしているもの",
        "責任を持つ役割",
        "定めの始まり",
        "最後の証跡",
        "記録の番号",
        "状態",
        "備考",
    ]
    .map(str::to_owned);
    let rows: Vec<Vec<String>> = coverage
        .all()
        .filter(|(_, covering, status)| wanted.admits(covering, status))
        .map(|(_, covering, status)| {
            let runners = coverage.runners(covering, status);
            vec![
                if covering.standard { "標準実施基準" } else { "団体の規程" }.to_owned(),
                covering.clause.clone(),
                covering.n.to_string(),
                covering.says.clone(),
                if covering.control.is_empty() { String::new() } else { super::control_title(&covering.control).to_owned() },
                means(covering.means).to_owned(),
                runners.iter().map(|runner| format!("{}：{}", runner.kind, runner.title)).collect::<Vec<_>>().join("\n"),
                coverage.responsible(covering),
                covering.since.to_string(),
                status.last.map(|note| note.at.date().to_string()).unwrap_or_default(),
                status.last.map(|note| note.index.to_string()).unwrap_or_default(),
                words(status.standing).0.to_owned(),
                told(status),
            ]
        })
        .collect();
    file(&context, "規程の働き", asked.get("format").is_some_and(|format| format == "csv"), &headings, &rows)
}
