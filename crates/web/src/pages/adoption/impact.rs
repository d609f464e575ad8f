//! What an amendment touches (改正の影響): rules that begin, change and end, and what rests on clauses that change.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Response,
};
use office::{
    adoption::{Clauses, Confirmation},
    calendar,
    impact::{self, Entry, Kind, Resting, Side, Thing, Turn},
    permit::Stage,
    rulebook::{Cite, Rulebook},
};
use registry::{PermitFilter, TaskFilter};

use super::{Loading, unpacked};
use crate::{citation, context::Context, fault::Fault, frame, html::Html, input::Input, page::Page, pages::registers::list::file};

/// Things of one kind that the page lists; the export has all.
const SHOWN: usize = 200;

/// Things that are looked at: about ten years of a middling city.
const LOOKED_AT: usize = 50_000;

struct Line {
    turn: Html,
    title: String,
    before: Option<Html>,
    after: String,
    differences: Vec<impact::Difference>,
}

struct Section {
    word: &'static str,
    lines: Vec<Line>,
}

struct Rest {
    href: String,
    title: String,
    cite: Html,
    now: String,
}

struct RestSection {
    word: &'static str,
    about: &'static str,
    count: usize,
    lines: Vec<Rest>,
}

#[derive(Template)]
#[template(path = "adoption/impact.html")]
struct ImpactPage {
    page: Page,
    number: u32,
    title: String,
    against: String,
    against_number: u32,
    effective: String,
    counts: Vec<(&'static str, usize, usize, usize)>,
    sections: Vec<Section>,
    moved: Vec<Line>,
    rests: Vec<RestSection>,
    exported: bool,
}

/// Everything an amendment touches.
struct Found {
    entries: Vec<Entry>,
    resting: Vec<Resting>,
}

/// What changes against the version that rules until then, in numbers: kind, new, changed, gone. Empty if none rules.
pub(super) fn counts(context: &Context, loading: &Loading, book: &Rulebook) -> Vec<(&'static str, usize, usize, usize)> {
    let Some((old, old_book)) = loading.ruling(context) else { return Vec::new() };
    let clauses = Clauses::of(&old.reading, &loading.version.reading);
    let before = Side { reading: &old.reading, book: old_book };
    tally(&impact::entries(before, Side { reading: &loading.version.reading, book }, &clauses))
}

fn tally(entries: &[Entry]) -> Vec<(&'static str, usize, usize, usize)> {
    let count = |kind: Kind, turn: Turn| entries.iter().filter(|entry| entry.kind == kind && entry.turn == turn).count();
    Kind::ALL.map(|kind| (kind.word(), count(kind, Turn::New), count(kind, Turn::Changed), count(kind, Turn::Gone))).to_vec()
}

/// Looks for what an amendment touches; `None` if no version rules until then.
async fn find(context: &Context, loading: &Loading, book: &Rulebook) -> Result<Option<Found>, Fault> {
    let Some((old, old_book)) = loading.ruling(context) else { return Ok(None) };
    let stages = vec![Stage::Applied, Stage::Sent, Stage::Approved, Stage::Out];
    let mut stream = context.app.registry.all_permits(&PermitFilter { stages, ..PermitFilter::default() });
    let (mut permits, mut tasks) = (Vec::new(), Vec::new());
    while let Some(chunk) = stream.next().await?.filter(|_| permits.len() < LOOKED_AT) {
        permits.extend(chunk);
    }
    let mut stream = context.app.registry.all_tasks(&TaskFilter::default());
    while let Some(chunk) = stream.next().await?.filter(|_| tasks.len() < LOOKED_AT) {
        tasks.extend(chunk);
    }
    let clauses = Clauses::of(&old.reading, &loading.version.reading);
    let before = Side { reading: &old.reading, book: old_book };
    let entries = impact::entries(before, Side { reading: &loading.version.reading, book }, &clauses);
    let mut resting: Vec<Resting> = permits.iter().filter_map(|permit| impact::of_permit(permit, old_book, book, &clauses)).collect();
    resting.extend(tasks.iter().filter_map(|task| impact::of_task(task, old_book, book, &clauses)));
    resting.sort_by(|a, b| (a.thing, &a.id).cmp(&(b.thing, &b.id)));
    Ok(Some(Found { entries, resting }))
}

const fn colour(turn: Turn) -> &'static str {
    match turn {
        Turn::New => "good",
        Turn::Changed => "warn",
        Turn::Gone => "late",
        Turn::Moved => "done",
    }
}

fn label(cite: Option<&Cite>) -> String {
    cite.map_or_else(String::new, |cite| if cite.standard { format!("標準実施基準 {}", cite.clause) } else { cite.clause.clone() })
}

fn line(entry: Entry) -> Line {
    Line {
        turn: Html::badge(colour(entry.turn), entry.turn.word()),
        before: entry.before.as_ref().map(citation::short),
        after: label(entry.after.as_ref()),
        title: entry.title,
        differences: entry.differences,
    }
}

fn rest(resting: &Resting) -> Rest {
    let folder = if resting.thing == Thing::Permit { "permits" } else { "tasks" };
    Rest {
        href: format!("/{folder}/{}", resting.id),
        title: format!("{}　{}", resting.id, resting.title),
        cite: citation::short(&resting.cite),
        now: resting.now.clone().unwrap_or_else(|| "廃止".to_owned()),
    }
}

fn rests(resting: &[Resting]) -> Vec<RestSection> {
    let about = |thing: Thing| match thing {
        Thing::Permit => "申請したときの版に従って、終わりまで進みます。",
        Thing::Task => "割り付けたときの版に従って残ります。要らなくなったものは、その旨を書いて済ませます。",
        Thing::Evidence => "記録はそのまま残ります。これから先の証拠は、新しい条項のもとで集めます。",
    };
    let section = |thing: Thing| {
        let of = || resting.iter().filter(move |one| one.thing == thing);
        RestSection { word: thing.word(), about: about(thing), count: of().count(), lines: of().take(SHOWN).map(rest).collect() }
    };
    [Thing::Permit, Thing::Task, Thing::Evidence].map(section).into()
}

/// The rulebook that a version makes: as adopted, or as proposed.
fn book(context: &Context, loading: &Loading, confirmation: Option<&Confirmation>) -> Rulebook {
    let adopted = context.snapshot.office.rulebooks.get(&loading.version.number).filter(|_| confirmation.is_none());
    adopted.cloned().unwrap_or_else(|| {
        let offer = loading.offer(context, confirmation.map(|confirmation| confirmation.reread.clone()));
        offer.book(confirmation.unwrap_or(&offer.proposal))
    })
}

async fn page(context: &Context, loading: &Loading, book: &Rulebook, exported: bool) -> Result<ImpactPage, Fault> {
    let found = find(context, loading, book).await?;
    let against = loading.ruling(context).map(|(old, _)| old);
    let (entries, resting) = found.map_or_else(Default::default, |found| (found.entries, found.resting));
    let counts = if against.is_some() { tally(&entries) } else { Vec::new() };
    let (moved, entries): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.turn == Turn::Moved);
    let mut by_kind: BTreeMap<Kind, Vec<Line>> = BTreeMap::new();
    for entry in entries {
        by_kind.entry(entry.kind).or_default().push(line(entry));
    }
    Ok(ImpactPage {
        page: context.page("改正の影響"),
        number: loading.version.number,
        title: loading.version.reading.document.title.clone(),
        against: against.map_or_else(String::new, |old| old.reading.document.title.clone()),
        against_number: against.map_or(0, |old| old.number),
        effective: calendar::wareki(book.effective),
        counts,
        sections: by_kind.into_iter().map(|(kind, lines)| Section { word: kind.word(), lines }).collect(),
        moved: moved.into_iter().map(line).collect(),
        rests: rests(&resting),
        exported,
    })
}

/// `GET /adoption/{version}/impact`
pub(crate) async fn show(context: Context, Path(number): Path<u32>) -> Result<Response, Fault> {
    context.administrator()?;
    let loading = Loading::find(&context, number).await?;
    let book = book(&context, &loading, None);
    frame::show(&page(&context, &loading, &book, true).await?)
}

/// `POST /adoption/{version}/impact`: of what is being confirmed.
pub(crate) async fn preview(context: Context, Path(number): Path<u32>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let loading = Loading::find(&context, number).await?;
    let confirmation: Option<Confirmation> = unpacked(&input, "confirmation");
    let book = book(&context, &loading, confirmation.as_ref());
    frame::show(&page(&context, &loading, &book, false).await?)
}

/// `GET /adoption/{version}/impact/export`
pub(crate) async fn export(
    context: Context,
    Path(number): Path<u32>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Fault> {
    context.administrator()?;
    let loading = Loading::find(&context, number).await?;
    let book = book(&context, &loading, None);
    let found = find(&context, &loading, &book).await?.ok_or(Fault::NotFound)?;
    let headings = ["区分", "変更", "名称", "改正前の条項", "改正後の条項", "内容"].map(str::to_owned);
    let entry = |entry: &Entry| {
        let differences = entry.differences.iter().map(|one| format!("{}：{} → {}", one.what, one.before, one.after));
        vec![
            entry.kind.word().to_owned(),
            entry.turn.word().to_owned(),
            entry.title.clone(),
            label(entry.before.as_ref()),
            label(entry.after.as_ref()),
            differences.collect::<Vec<_>>().join("\n"),
        ]
    };
    let resting = |one: &Resting| {
        vec![
            one.thing.word().to_owned(),
            if one.now.is_some() { "条文の変更" } else { "条文の廃止" }.to_owned(),
            format!("{} {}", one.id, one.title),
            one.cite.clause.clone(),
            one.now.clone().unwrap_or_default(),
            String::new(),
        ]
    };
    let rows: Vec<Vec<String>> = found.entries.iter().map(entry).chain(found.resting.iter().map(resting)).collect();
    let csv = asked.get("format").is_some_and(|format| format == "csv");
    file(&context, &format!("改正の影響_第{number}版"), csv, &headings, &rows)
}
