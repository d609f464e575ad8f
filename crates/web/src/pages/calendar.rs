//! The fiscal year (年度) at a glance: tasks and ends of permits, month by month from April to March.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Query, response::Response};
use jiff::civil::Date;
use office::{calendar, permit::Stage};
use registry::{PermitFilter, TaskFilter};

use crate::{context::Context, fault::Fault, frame, html::Html, page::Page, paging::encode};

/// Most tasks and permits that are gathered for a year.
const GATHERED_MAX: usize = 20_000;

/// Tasks of one duty due on one day, or the end of one permit.
struct Entry {
    day: Date,
    href: String,
    title: String,
    about: String,
    badge: Html,
}

struct Month {
    title: String,
    now: bool,
    entries: Vec<Entry>,
}

struct Tab {
    href: String,
    word: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    page: Page,
    tabs: Vec<Tab>,
    before: (String, String),
    after: (String, String),
    months: Vec<Month>,
}

/// Views: address word and title.
const VIEWS: [(&str, &str); 2] = [("mine", "自分の予定"), ("all", "団体全体")];

/// Tasks of one duty on one day: how many, how many are open, and one of them.
#[derive(Default)]
struct Gathered {
    count: usize,
    open: usize,
    id: String,
}

async fn tasks(context: &Context, year: i16, view: &str) -> Result<Vec<Entry>, Fault> {
    let person = if view == "mine" { context.person.id.clone() } else { String::new() };
    let mut stream = context.app.registry.all_tasks(&TaskFilter { year: Some(year), person, ..TaskFilter::default() });
    let mut gathered: BTreeMap<(Date, String, String), Gathered> = BTreeMap::new();
    let mut seen = 0;
    while let Some(chunk) = stream.next().await? {
        seen += chunk.len();
        for task in chunk {
            let one = gathered.entry((task.due, task.title.clone(), task.duty.clone())).or_default();
            one.count += 1;
            one.open += usize::from(task.done_at.is_none());
            one.id = task.id;
        }
        if seen >= GATHERED_MAX {
            break;
        }
    }
    Ok(gathered.into_iter().map(|((due, title, duty), one)| entry(context, year, view, due, title, &duty, &one)).collect())
}

fn entry(context: &Context, year: i16, view: &str, due: Date, title: String, duty: &str, one: &Gathered) -> Entry {
    let badge = match one.open {
        0 => Html::badge("good", "完了"),
        _ if due < context.today() => Html::badge("late", "期限超過"),
        _ => Html::badge("wait", "予定"),
    };
    let single = one.count == 1;
    let href =
        if single { format!("/tasks/{}", one.id) } else { format!("/tasks?view={view}&state=any&year={year}&duty={}", encode(duty)) };
    let about = if single { String::new() } else { format!("{}件（うち未完了 {}件）", one.count, one.open) };
    Entry { day: due, href, title, about, badge }
}

async fn permits(context: &Context, year: i16, view: &str) -> Result<Vec<Entry>, Fault> {
    let mut filter =
        PermitFilter { stages: vec![Stage::Approved, Stage::Out], due: Some(calendar::fiscal_year_end(year)), ..PermitFilter::default() };
    if view == "mine" {
        filter.applicant.clone_from(&context.person.id);
    }
    let mut entries = Vec::new();
    let mut stream = context.app.registry.all_permits(&filter);
    while let Some(chunk) = stream.next().await? {
        for permit in chunk {
            let Some(until) = permit.application.until.filter(|until| *until >= calendar::fiscal_year_start(year)) else { continue };
            let late = permit.stage == Stage::Out && until < context.today();
            entries.push(Entry {
                day: until,
                href: format!("/permits/{}", permit.id),
                title: format!("{}の期限", permit.title),
                about: format!("申請 {}　{}", permit.id, context.snapshot.name(&permit.applicant)),
                badge: if late { Html::badge("late", "未返却") } else { Html::badge("good", permit.stage.word()) },
            });
        }
        if entries.len() >= GATHERED_MAX {
            break;
        }
    }
    Ok(entries)
}

/// `GET /calendar`
pub(crate) async fn show(context: Context, Query(asked): Query<BTreeMap<String, String>>) -> Result<Response, Fault> {
    let this = calendar::fiscal_year(context.today());
    let year = asked.get("year").and_then(|year| year.parse().ok()).unwrap_or(this).clamp(this - 20, this + 5);
    let view = VIEWS.iter().map(|(word, _)| *word).find(|word| asked.get("view").is_some_and(|asked| asked == word)).unwrap_or("mine");
    let mut entries = tasks(&context, year, view).await?;
    entries.extend(permits(&context, year, view).await?);
    entries.sort_by(|a, b| (a.day, &a.title).cmp(&(b.day, &b.title)));
    let mut months: Vec<Month> = Vec::new();
    let mut rest = entries.into_iter().peekable();
    for month in (4..=12).chain(1..=3_i8) {
        let of = if month >= 4 { year } else { year + 1 };
        let mut own = Vec::new();
        while let Some(entry) = rest.next_if(|entry| (entry.day.year(), entry.day.month()) <= (of, month)) {
            own.push(entry);
        }
        let now = (context.today().year(), context.today().month()) == (of, month);
        let first = jiff::civil::date(of, month, 1);
        let title = calendar::wareki(first).trim_end_matches("1日").to_owned();
        months.push(Month { title, now, entries: own });
    }
    let link = |year: i16| (format!("/calendar?view={view}&year={year}"), calendar::nendo(year));
    frame::show(&CalendarPage {
        page: context.page(format!("{}のカレンダー", calendar::nendo(year))),
        tabs: VIEWS
            .iter()
            .map(|(word, title)| Tab { href: format!("/calendar?view={word}&year={year}"), word: title, current: *word == view })
            .collect(),
        before: link(year - 1),
        after: link(year + 1),
        months,
    })
}
