//! Permits (申請・許可): lists, export, one permit with everything that happened to it, and its decisions.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Redirect, Response},
};
use office::{
    act::Act,
    calendar,
    permit::{Permit, Stage},
};
use registry::{Paging, PermitFilter, Sort};

use crate::{
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    paging::{Pages, encode},
    spreadsheet, words,
};

pub(crate) mod show;

/// Most permits in one file.
const EXPORTED_MAX: usize = 100_000;

type Asked = BTreeMap<String, String>;

struct Line {
    id: String,
    title: String,
    applicant: String,
    unit: String,
    applied: String,
    period: String,
    stage: Html,
    late: bool,
}

struct Tab {
    href: String,
    word: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "permits/index.html")]
struct IndexPage {
    page: Page,
    tabs: Vec<Tab>,
    search: Fields,
    view: String,
    lines: Vec<Line>,
    pages: Pages,
    query: String,
}

/// Views of the list: address word and title.
const VIEWS: [(&str, &str); 4] = [("mine", "自分の申請"), ("waiting", "自分の対応待ち"), ("unit", "所属の申請"), ("all", "すべて")];

fn view(asked: &Asked) -> &'static str {
    let wanted = asked.get("view").map_or("mine", String::as_str);
    VIEWS.iter().find(|(word, _)| *word == wanted).map_or("mine", |(word, _)| word)
}

fn filter(context: &Context, asked: &Asked) -> PermitFilter {
    let get = |key: &str| asked.get(key).map(|value| value.trim().to_owned()).unwrap_or_default();
    let mut filter =
        PermitFilter { text: get("q"), procedure: get("procedure"), year: get("year").parse().ok(), ..PermitFilter::default() };
    filter.stages = Stage::ALL.into_iter().filter(|stage| stage.code() == get("stage")).collect();
    match view(asked) {
        "mine" => filter.applicant.clone_from(&context.person.id),
        "unit" => context.person.unit().clone_into(&mut filter.unit),
        "waiting" => filter.waiting_for.clone_from(&context.person.id),
        _ => {}
    }
    filter
}

/// Fiscal years to choose from: this one and the four before.
pub(crate) fn years(context: &Context) -> Vec<Choice> {
    let this = calendar::fiscal_year(context.today());
    let years = (0..5).map(|back| Choice::new((this - back).to_string(), calendar::nendo(this - back)));
    std::iter::once(Choice::new("", "すべての年度")).chain(years).collect()
}

fn search(context: &Context, asked: &Asked) -> Fields {
    let stages = Stage::ALL.iter().map(|stage| Choice::new(stage.code(), stage.word()));
    Fields(vec![
        Field::new(Kind::Text, "q", "言葉・番号").plain(),
        Field::new(Kind::Select, "stage", "状態").plain().choices(std::iter::once(Choice::new("", "すべての状態")).chain(stages).collect()),
        Field::new(Kind::Select, "year", "年度").plain().choices(years(context)),
    ])
    .filled(asked, &[])
}

fn line(context: &Context, permit: &Permit) -> Line {
    Line {
        id: permit.id.clone(),
        title: permit.title.clone(),
        applicant: context.snapshot.name(&permit.applicant).to_owned(),
        unit: permit.unit.clone(),
        applied: calendar::wareki(permit.applied_at.date()),
        period: words::period_short(permit.application.since, permit.application.until),
        stage: words::stage(permit.stage),
        late: is_late(context, permit),
    }
}

/// Whether a thing is out beyond its period.
pub(crate) fn is_late(context: &Context, permit: &Permit) -> bool {
    permit.stage == Stage::Out && permit.application.until.is_some_and(|until| until < context.today())
}

/// `GET /permits`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let number = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1_u32).max(1);
    let listing = context.app.registry.permits(&filter(&context, &asked), Sort::NumberDown, Paging { page: number, size: 50 }).await?;
    let view = view(&asked);
    let get = |key: &str| asked.get(key).map_or("", String::as_str);
    let filters = [("view", view), ("q", get("q")), ("stage", get("stage")), ("year", get("year"))];
    let tabs = VIEWS.iter().map(|(word, title)| Tab { href: format!("/permits?view={word}"), word: title, current: *word == view });
    frame::show(&IndexPage {
        page: context.page("申請・許可の一覧"),
        tabs: tabs.collect(),
        search: search(&context, &asked),
        view: view.to_owned(),
        lines: listing.items.iter().map(|permit| line(&context, permit)).collect(),
        pages: Pages::new("/permits", &filters, u64::from(number), listing.total.count),
        query: filters.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect::<Vec<_>>().join("&"),
    })
}

/// `GET /permits.csv` and `GET /permits.xlsx`, with the filters of the list.
pub(crate) async fn export(
    context: Context,
    axum::extract::OriginalUri(uri): axum::extract::OriginalUri,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let headings = ["番号", "手続", "申請者", "所属", "申請日", "始まり", "終わり", "分類", "状態", "承認"].map(str::to_owned);
    let mut rows = Vec::new();
    let mut stream = context.app.registry.all_permits(&filter(&context, &asked));
    while let Some(chunk) = stream.next().await? {
        rows.extend(chunk.iter().map(|permit| cells(&context, permit)));
        if rows.len() >= EXPORTED_MAX {
            break;
        }
    }
    if uri.path().ends_with(".csv") {
        return Ok(frame::download("申請一覧.csv", "text/csv; charset=utf-8", spreadsheet::csv(&headings, &rows)));
    }
    let bytes = spreadsheet::xlsx("申請一覧", &headings, &rows).map_err(|_| Fault::Internal)?;
    Ok(frame::download("申請一覧.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
}

fn cells(context: &Context, permit: &Permit) -> Vec<String> {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let approvals = permit.requirements.iter().filter_map(|requirement| requirement.approved.as_ref());
    vec![
        permit.id.clone(),
        permit.title.clone(),
        context.snapshot.name(&permit.applicant).to_owned(),
        permit.unit.clone(),
        permit.applied_at.date().to_string(),
        day(permit.application.since),
        day(permit.application.until),
        permit.application.class.clone().unwrap_or_default(),
        permit.stage.word().to_owned(),
        approvals
            .map(|approved| format!("{}（{}）", context.snapshot.name(&approved.by), approved.at.date()))
            .collect::<Vec<_>>()
            .join("、"),
    ]
}

/// What can be done to a permit: word in the form, act, what is said afterwards.
fn act(what: &str, id: String, input: &Input) -> Option<(Act, &'static str)> {
    let text = |key: &str| input.get(key).to_owned();
    let (digest, note, reason) = (text("digest"), text("note"), text("reason"));
    let emergency = Some(text("emergency")).filter(|reason| !reason.is_empty());
    Some(match what {
        "approve" => (Act::ApprovePermit { id, digest, note, emergency }, "承認しました。"),
        "send-back" => (Act::SendBackPermit { id, digest, reason }, "差し戻しました。申請者が修正できるようになりました。"),
        "refuse" => (Act::RefusePermit { id, digest, reason }, "却下しました。"),
        "withdraw" => (Act::WithdrawPermit { id, reason }, "申請を取り下げました。"),
        "hand-over" => (Act::HandOverPermit { id, note }, "引渡しを記録しました。"),
        "confirm-return" => (Act::ConfirmReturn { id, erased: input.ticked("erased"), note }, "返却を確認しました。"),
        "revoke" => (Act::RevokePermit { id, reason }, "許可を取り消しました。"),
        _ => return None,
    })
}

/// `POST /permits/{id}/{what}`
pub(crate) async fn decide(context: Context, Path((id, what)): Path<(String, String)>, input: Input) -> Result<Response, Fault> {
    let (act, said) = act(&what, id.clone(), &input).ok_or(Fault::NotFound)?;
    match context.act(act).await {
        Ok(_) => Ok(frame::done(&context, &format!("/permits/{id}"), said)),
        Err(registry::SubmitError::Unavailable(trouble)) => Err(trouble.into()),
        Err(registry::SubmitError::Refused(refusal)) => show::refused(&context, &id, &what, &refusal, &input).await,
    }
}

/// `GET /permits/{id}/{what}`: somebody reloaded a refused decision.
pub(crate) async fn back(Path((id, _)): Path<(String, String)>) -> Response {
    Redirect::to(&format!("/permits/{}", encode(&id))).into_response()
}
