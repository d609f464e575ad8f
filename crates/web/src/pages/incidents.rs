//! Incidents: reported in a minute by anyone, then told along the policy's route, each step with its clock.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{
    act::Act,
    incident::{Incident, Report},
    record::Fact,
    refusal::Refusal,
};
use registry::{IncidentFilter, Paging, Sort, SubmitError};

use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    paging::Pages,
    refused::Refused,
    words,
};

pub(crate) mod show;

type Asked = BTreeMap<String, String>;

struct Line {
    id: String,
    title: String,
    event: String,
    reporter: String,
    unit: String,
    reported: String,
    state: Html,
    late: bool,
}

struct Tab {
    href: String,
    word: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "incidents/index.html")]
struct IndexPage {
    page: Page,
    tabs: Vec<Tab>,
    view: String,
    q: String,
    lines: Vec<Line>,
    pages: Pages,
}

#[derive(Template)]
#[template(path = "incidents/new.html")]
struct NewPage {
    page: Page,
    fields: Fields,
    refused: Option<Refused>,
    ruled: bool,
    first: String,
}

/// Views of the list: address word and title.
const VIEWS: [(&str, &str); 3] = [("open", "対応中"), ("mine", "自分の報告"), ("all", "すべて")];

/// Whether a step of the route is late now.
pub(crate) fn is_late(context: &Context, incident: &Incident) -> bool {
    incident.closed_at.is_none()
        && incident.steps.iter().any(|step| step.done_at.is_none() && step.due_at.is_some_and(|due| due < context.now))
}

/// The state of an incident as a badge.
pub(crate) fn state(context: &Context, incident: &Incident) -> Html {
    if incident.closed_at.is_some() {
        Html::badge("done", "終結")
    } else if is_late(context, incident) {
        Html::badge("late", "報告の遅れ")
    } else {
        Html::badge("wait", "対応中")
    }
}

fn line(context: &Context, incident: &Incident) -> Line {
    Line {
        id: incident.id.clone(),
        title: incident.report.title.clone(),
        event: incident.report.event.clone(),
        reporter: context.snapshot.name(&incident.reporter).to_owned(),
        unit: incident.unit.clone(),
        reported: incident.reported_at.wareki(),
        state: state(context, incident),
        late: is_late(context, incident),
    }
}

/// `GET /incidents`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let view = VIEWS.iter().map(|(word, _)| *word).find(|word| asked.get("view").is_some_and(|asked| asked == word)).unwrap_or("open");
    let q = asked.get("q").map(|q| q.trim().to_owned()).unwrap_or_default();
    let filter = IncidentFilter {
        open: (view == "open").then_some(true),
        reporter: if view == "mine" { context.person.id.clone() } else { String::new() },
        text: q.clone(),
        ..IncidentFilter::default()
    };
    let number = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1_u32).max(1);
    let listing = context.app.registry.incidents(&filter, Sort::NumberDown, Paging { page: number, size: 50 }).await?;
    frame::show(&IndexPage {
        page: context.page("インシデント"),
        tabs: VIEWS
            .iter()
            .map(|(word, title)| Tab { href: format!("/incidents?view={word}"), word: title, current: *word == view })
            .collect(),
        lines: listing.items.iter().map(|incident| line(&context, incident)).collect(),
        pages: Pages::new("/incidents", &[("view", view), ("q", &q)], u64::from(number), listing.total.count),
        view: view.to_owned(),
        q,
    })
}

/// Events of the routes of the rulebook in force, the general one first, then in the order of the policy.
fn events(context: &Context) -> Vec<Choice> {
    let mut events: Vec<Choice> = Vec::new();
    for step in context.rulebook().map_or(&[][..], |book| book.routes.as_slice()) {
        if !events.iter().any(|event| event.value == step.event) {
            events.push(Choice::new(&step.event, &step.event));
        }
    }
    events.sort_by_key(|event| !event.value.contains("インシデント"));
    events
}

fn new_page(context: &Context, values: &BTreeMap<String, String>, refused: Option<Refused>) -> NewPage {
    let events = events(context);
    let first = events.first().map(|event| event.value.clone()).unwrap_or_default();
    let fields = vec![
        Field::new(Kind::Radios, "event", "何が起きましたか").required().choices(events).value(first),
        Field::new(Kind::Text, "title", "ひとことで").required().help("例：USBメモリが見当たらない、別の宛先にメールを送った"),
        Field::new(Kind::Long, "what", "分かっていること")
            .required()
            .help("いつ、何が、どうなったか。分からないことは「不明」で構いません。"),
        Field::new(Kind::Text, "place", "場所").help("起きた場所や、使っていた機器"),
        Field::new(Kind::Moment, "aware_at", "気付いた日時").required().value(words::moment_value(context.now)),
        Field::new(Kind::Radios, "personal", "個人情報が含まれますか")
            .choices(vec![Choice::new("yes", "含まれる、または含まれるおそれがある"), Choice::new("no", "含まれない")]),
        Field::new(Kind::Number, "persons", "個人情報の人数（分かれば）"),
    ];
    let errors = refused.as_ref().map(|refused| refused.fields.clone()).unwrap_or_default();
    NewPage {
        page: context.page("インシデントを報告する"),
        fields: Fields(fields).filled(values, &errors),
        refused,
        ruled: context.rulebook().is_some(),
        first: tellers(context),
    }
}

/// Who will be told first.
fn tellers(context: &Context) -> String {
    let Some(book) = context.rulebook() else { return String::new() };
    let event = events(context).into_iter().next().map(|event| event.value).unwrap_or_default();
    book.routes.iter().find(|step| step.event == event).map(|step| words::roles(Some(book), &step.to, "、")).unwrap_or_default()
}

/// `GET /incidents/new`
pub(crate) async fn new(context: Context) -> Result<Response, Fault> {
    frame::show(&new_page(&context, &BTreeMap::new(), None))
}

/// What was typed as a report; a date that is none is told.
fn report(input: &Input) -> Result<Report, Refusal> {
    let mut errors = Vec::new();
    let aware_at = words::typed_moment(input.get("aware_at"));
    if aware_at.is_none() {
        errors.push(("aware_at".to_owned(), "「気付いた日時」を 2026-04-01T09:30 のような日時で入力してください。".to_owned()));
    }
    let persons = match input.get("persons") {
        "" => None,
        typed => typed.parse().map_or_else(
            |_| {
                errors.push(("persons".to_owned(), "「個人情報の人数」は、0以上の整数で入力するか、空のままにしてください。".to_owned()));
                None
            },
            Some,
        ),
    };
    if !errors.is_empty() {
        return Err(Refusal::fields(errors));
    }
    Ok(Report {
        event: input.get("event").to_owned(),
        title: input.get("title").to_owned(),
        what: input.get("what").to_owned(),
        place: input.get("place").to_owned(),
        aware_at: aware_at.unwrap_or_default(),
        personal: input.ticked("personal"),
        persons,
    })
}

/// `POST /incidents/new`
pub(crate) async fn send(context: Context, input: Input) -> Result<Response, Fault> {
    let report = match report(&input) {
        Ok(report) => report,
        Err(refusal) => return frame::show_refused(&new_page(&context, &input.values(), Some(Refused::bare(&refusal)))),
    };
    match context.act(Act::ReportIncident { report }).await {
        Ok(receipt) => {
            let id = receipt.records.iter().find_map(|record| match &record.fact {
                Fact::IncidentReported { incident } => Some(incident.id.clone()),
                _ => None,
            });
            let id = id.ok_or(Fault::Internal)?;
            Ok(frame::done(
                &context,
                &format!("/incidents/{id}"),
                &format!(
                    "インシデント {id} として報告を受け付けました。次に報告を受ける方のホームに表示されます。緊急のときは、電話や口頭でも必ず知らせてください。"
                ),
            ))
        }
        Err(SubmitError::Unavailable(trouble)) => Err(trouble.into()),
        Err(SubmitError::Refused(refusal)) => {
            let refused = Refused::of(&context, &refusal).await;
            frame::show_refused(&new_page(&context, &input.values(), Some(refused)))
        }
    }
}
