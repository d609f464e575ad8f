//! One clause: its text, its norms, what runs it, and what is under way because of it.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::permit::Stage;
use policy::{
    obligation::{Form, Modality, Obligation, Trigger},
    tree::Clause,
};
use registry::{Paging, PermitFilter, Sort, TaskFilter, TaskState};

use super::{
    Asked, Shown,
    annotated::{Annotated, Explained},
    clause_href,
    coverage::{self, Coverage, badge, control_title, list, words as standing_words},
    find, marker, notice,
};
use crate::{context::Context, fault::Fault, frame, html::Html, page::Page, words};

/// The word for the force of a norm.
pub(crate) const fn modality(modality: Modality) -> &'static str {
    match modality {
        Modality::Duty => "義務",
        Modality::Prohibition => "禁止",
        Modality::Effort => "努力義務",
        Modality::Recommendation => "推奨",
        Modality::Permission => "許容",
        Modality::Declaration => "宣言",
    }
}

/// The word for what sets a norm in motion.
pub(crate) const fn trigger(trigger: Option<Trigger>) -> &'static str {
    match trigger {
        Some(Trigger::Periodic) => "定期",
        Some(Trigger::Event) => "事由が生じたとき",
        Some(Trigger::Always) => "常時",
        None => "",
    }
}

/// The class a norm is limited to, in words.
pub(crate) fn limited(class: Option<&str>) -> String {
    class.map_or_else(String::new, |class| class.strip_prefix("not:").map_or_else(|| class.to_owned(), |class| format!("{class}以外")))
}

/// A norm as staff read it.
pub(super) struct Norm {
    text: String,
    modality: &'static str,
    subjects: String,
    counterparts: String,
    class: String,
    trigger: &'static str,
    controls: Vec<String>,
    exception: bool,
    covering: Option<list::Line>,
}

fn norm(norm: &Obligation, covering: Option<list::Line>) -> Norm {
    Norm {
        covering,
        text: norm.text.clone(),
        modality: modality(norm.modality),
        subjects: norm.subjects.join("、"),
        counterparts: norm.counterparts.join("、"),
        class: limited(norm.class.as_deref()),
        trigger: trigger(norm.trigger),
        controls: norm.controls.iter().map(|id| control_title(id).to_owned()).collect(),
        exception: norm.exception,
    }
}

/// A thing under way because of a clause.
struct UnderWay {
    href: String,
    title: String,
    note: String,
    badge: Html,
}

#[derive(Template)]
#[template(path = "policy/clause.html")]
struct ClausePage {
    page: Page,
    notice: String,
    crumbs: Vec<(String, String)>,
    path: String,
    heading: String,
    text: Vec<Html>,
    terms: Vec<Explained>,
    norms: Vec<Norm>,
    standing: Html,
    meaning: &'static str,
    runners: Vec<(&'static str, String, String, Html)>,
    under_way: Vec<UnderWay>,
    children: Vec<(String, String, String, Html)>,
    problems: Vec<String>,
    before: Option<(String, String)>,
    after: Option<(String, String)>,
    line: usize,
}

/// `GET /policy/clauses/`
pub(crate) async fn root(context: Context, asked: Query<Asked>) -> Result<Response, Fault> {
    show(context, Path(String::new()), asked).await
}

/// `GET /policy/clauses/{*path}`
pub(crate) async fn show(context: Context, Path(path): Path<String>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let shown = find(&context, &asked).await?.ok_or(Fault::NotFound)?;
    let path = path.trim_matches('/').to_owned();
    let clauses = &shown.version.reading.document.clauses;
    let at = clauses.iter().position(|clause| clause.path == path).ok_or(Fault::NotFound)?;
    let clause = clauses.get(at).ok_or(Fault::NotFound)?;
    let under_way = under_way(&context, &shown, &path).await?;
    let coverage = match &shown.book {
        Some(book) => Some(Coverage::of(&context, book).await?),
        None => None,
    };
    frame::show(&clause_page(&context, &shown, coverage.as_ref(), (at, clause), under_way))
}

fn clause_page(
    context: &Context,
    shown: &Shown,
    coverage: Option<&Coverage<'_>>,
    (at, clause): (usize, &Clause),
    under_way: Vec<UnderWay>,
) -> ClausePage {
    let clauses = &shown.version.reading.document.clauses;
    let number = shown.version.number;
    let covered = |path: &str| coverage.map_or_else(coverage::Covered::default, |coverage| coverage.clause(false, path));
    let here = covered(&clause.path);
    let entry = |norm: &Obligation| {
        let coverage = coverage?;
        let (covering, status) = coverage.norms(false, &norm.clause).find(|(covering, _)| covering.n == norm.n)?;
        Some(list::line(coverage, covering, status))
    };
    let neighbour =
        |index: Option<usize>| index.and_then(|index| clauses.get(index)).map(|clause| (clause_href(&clause.path, number), label(clause)));
    let children = clauses.iter().filter(|child| child.parent == Some(at) && child.path != clause.path);
    let title = if clause.heading.is_empty() { marker(&clause.path).to_owned() } else { coverage::short(&clause.heading) };
    let annotated = Annotated::new(&shown.version.reading.document, number);
    let mut explained = BTreeSet::new();
    let text = annotated.whole_blocks(clause, &mut explained);
    let all = shown.version.reading.obligations.iter().filter(|norm| norm.clause == clause.path && norm.form != Form::Lead);
    ClausePage {
        page: context.page(title),
        notice: notice(context, shown),
        crumbs: crumbs(clauses, clause, number),
        path: clause.path.clone(),
        heading: clause.heading.clone(),
        text,
        terms: explained.into_iter().filter_map(|at| annotated.explained(at)).collect(),
        norms: all.map(|one| norm(one, entry(one))).collect(),
        standing: here.standing.map_or_else(Html::default, badge),
        meaning: here.standing.map_or("", |standing| standing_words(standing).1),
        runners: here
            .runners
            .iter()
            .map(|runner| (runner.kind, runner.title.clone(), runner.href.clone(), badge(runner.standing)))
            .collect(),
        under_way,
        children: children
            .map(|child| {
                (
                    clause_href(&child.path, number),
                    marker(&child.path).to_owned(),
                    coverage::short(&child.heading),
                    covered(&child.path).standing.map_or_else(Html::default, badge),
                )
            })
            .collect(),
        problems: shown
            .version
            .reading
            .problems
            .iter()
            .filter(|problem| problem.clause == clause.path)
            .map(|problem| problem.message.clone())
            .collect(),
        before: neighbour(at.checked_sub(1)),
        after: neighbour(at.checked_add(1)),
        line: clause.line,
    }
}

fn label(clause: &Clause) -> String {
    format!("{} {}", marker(&clause.path), coverage::short(&clause.heading))
}

/// The clauses above a clause, from the top.
fn crumbs(clauses: &[Clause], clause: &Clause, version: u32) -> Vec<(String, String)> {
    let above = std::iter::successors(clause.parent.and_then(|at| clauses.get(at)), |above| above.parent.and_then(|at| clauses.get(at)));
    let mut crumbs: Vec<(String, String)> =
        above.filter(|above| !above.path.is_empty()).map(|above| (clause_href(&above.path, version), label(above))).collect();
    crumbs.reverse();
    crumbs
}

/// Permits and tasks under way because of a clause.
async fn under_way(context: &Context, shown: &Shown, path: &str) -> Result<Vec<UnderWay>, Fault> {
    let Some(book) = &shown.book else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    let page = Paging { page: 1, size: 10 };
    for procedure in book.procedures.iter().filter(|procedure| !procedure.cite.standard && procedure.cite.clause == path) {
        let stages = vec![Stage::Applied, Stage::Sent, Stage::Approved, Stage::Out];
        let filter = PermitFilter { procedure: procedure.key.clone(), stages, ..PermitFilter::default() };
        for permit in context.app.registry.permits(&filter, Sort::NumberDown, page).await?.items {
            let who = words::actor(&context.snapshot, &permit.applicant);
            let note = format!("{}　{who}　{}", permit.id, words::period(permit.application.since, permit.application.until));
            all.push(UnderWay { href: format!("/permits/{}", permit.id), title: permit.title, note, badge: words::stage(permit.stage) });
        }
    }
    for duty in book.duties.iter().filter(|duty| !duty.cite.standard && duty.cite.clause == path) {
        let filter = TaskFilter { duty: duty.key.clone(), state: TaskState::Open, ..TaskFilter::default() };
        for task in context.app.registry.tasks(&filter, Sort::Due, page).await?.items {
            let late = task.due < context.today();
            let badge = if late { Html::badge("late", "期限超過") } else { Html::badge("wait", "未完了") };
            let note = format!("期限 {}　{}", words::date(task.due), task.unit);
            all.push(UnderWay { href: format!("/tasks/{}", task.id), title: task.title, note, badge });
        }
    }
    Ok(all)
}
