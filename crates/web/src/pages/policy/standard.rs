//! The standard set (標準実施基準): its clauses, what runs them, and which are honestly not run yet.

use askama::Template;
use axum::{extract::Path, response::Response};
use office::catalog::{ClauseKind, Run, StandardClause};

use super::coverage::{self, Coverage, control_title};
use crate::{citation, context::Context, fault::Fault, frame, html::Html, page::Page};

/// The word for what fulfils a clause.
const fn word(kind: ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Procedure => "申請",
        ClauseKind::Route => "報告経路",
        ClauseKind::Duty => "定期業務",
        ClauseKind::Register => "台帳",
        ClauseKind::Rule => "共通ルール",
        ClauseKind::Technical => "機器の設定",
        ClauseKind::Document => "文書",
        ClauseKind::Training => "研修",
        ClauseKind::Appoint => "役割",
        ClauseKind::Declaration => "宣言",
    }
}

/// Whether the system runs a clause, as a badge: for a body that adopted it, how it really stands.
fn badge(of: Option<&Coverage<'_>>, clause: &StandardClause) -> Html {
    match (of, clause.run) {
        (Some(of), _) => of.clause(true, &clause.number).standing.map_or_else(Html::default, coverage::badge),
        (None, Run::Now) => Html::badge("wait", "採用すると運用"),
        (None, Run::Later) => Html::badge("warn", "未対応"),
    }
}

struct Line {
    number: String,
    title: String,
    kind: &'static str,
    badge: Html,
}

struct Chapter {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "policy/standard.html")]
struct StandardPage {
    page: Page,
    adopted: bool,
    chapters: Vec<Chapter>,
    now: usize,
    all: usize,
}

/// The coverage of the standard set, if the rulebook in force adopted it.
async fn coverage(context: &Context) -> Result<Option<Coverage<'_>>, Fault> {
    match context.rulebook().filter(|book| book.standard) {
        Some(book) => Coverage::of(context, book).await.map(Some),
        None => Ok(None),
    }
}

/// `GET /policy/standard`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    let coverage = coverage(&context).await?;
    let line = |clause: &StandardClause| Line {
        number: clause.number.clone(),
        title: clause.title.clone(),
        kind: word(clause.kind),
        badge: badge(coverage.as_ref(), clause),
    };
    let chapters = context.catalog().standard.iter().filter(|chapter| !chapter.clauses.is_empty());
    let chapters = chapters.map(|chapter| Chapter {
        title: format!("第{}章　{}", chapter.chapter, chapter.title),
        lines: chapter.clauses.iter().map(line).collect(),
    });
    let clauses = || context.catalog().clauses();
    frame::show(&StandardPage {
        page: context.page("標準実施基準"),
        adopted: coverage.is_some(),
        chapters: chapters.collect(),
        now: clauses().filter(|clause| clause.run == Run::Now).count(),
        all: clauses().count(),
    })
}

#[derive(Template)]
#[template(path = "policy/standard_clause.html")]
struct ClausePage {
    page: Page,
    number: String,
    chapter: String,
    text: String,
    kind: &'static str,
    control: String,
    badge: Html,
    adopted: bool,
    later: bool,
    who: String,
    runners: Vec<(&'static str, String, String, Html)>,
    stated: Vec<Html>,
}

/// `GET /policy/standard/{number}`
pub(crate) async fn show(context: Context, Path(number): Path<String>) -> Result<Response, Fault> {
    let catalog = context.catalog();
    let clause = catalog.clauses().find(|clause| clause.number == number).ok_or(Fault::NotFound)?;
    let chapter = catalog.standard.iter().find(|chapter| chapter.clauses.iter().any(|one| one.number == number));
    let coverage = coverage(&context).await?;
    let runners = coverage.as_ref().map_or_else(Vec::new, |coverage| coverage.clause(true, &clause.number).runners);
    let role = |id: &String| catalog.roles().find(|role| role.id == *id).map_or_else(|| id.clone(), |role| role.name.clone());
    let stated = context
        .rulebook()
        .and_then(|book| book.controls.get(&clause.control))
        .map_or_else(Vec::new, |adopted| adopted.cites.iter().filter(|cite| !cite.standard).map(citation::short).collect());
    frame::show(&ClausePage {
        page: context.page(clause.title.clone()),
        number: number.clone(),
        chapter: chapter.map_or_else(String::new, |chapter| format!("第{}章　{}", chapter.chapter, chapter.title)),
        text: clause.text.clone(),
        kind: word(clause.kind),
        control: control_title(&clause.control).to_owned(),
        badge: badge(coverage.as_ref(), clause),
        adopted: coverage.is_some(),
        later: clause.run == Run::Later,
        who: clause.who.iter().map(role).collect::<Vec<_>>().join("、"),
        runners: runners.into_iter().map(|runner| (runner.kind, runner.title, runner.href, coverage::badge(runner.standing))).collect(),
        stated,
    })
}
