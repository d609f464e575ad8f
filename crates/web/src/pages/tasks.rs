//! Tasks (定期業務): lists by person, unit and year, export; one task with its evidence.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{OriginalUri, Path, Query},
    response::Response,
};
use office::{act::Act, calendar, role, task::Task, waiting};
use registry::{Paging, Sort, SubmitError, TaskFilter, TaskState};

use super::permits::years;
use crate::{
    citation,
    context::Context,
    fault::Fault,
    field::{Choice, Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    paging::{Pages, encode},
    refused::Refused,
    spreadsheet, words,
};

/// Most tasks in one file.
const EXPORTED_MAX: usize = 100_000;

type Asked = BTreeMap<String, String>;

struct Line {
    id: String,
    title: String,
    who: String,
    due: String,
    distance: String,
    state: Html,
    late: bool,
}

struct Tab {
    href: String,
    word: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "tasks/index.html")]
struct IndexPage {
    page: Page,
    tabs: Vec<Tab>,
    view: String,
    duty: String,
    search: Fields,
    lines: Vec<Line>,
    pages: Pages,
    query: String,
}

#[derive(Template)]
#[template(path = "tasks/show.html")]
struct ShowPage {
    page: Page,
    task: Task,
    state: Html,
    who: String,
    people: String,
    year: String,
    due: String,
    cite: Html,
    done_by: String,
    refused: Option<Refused>,
    fields: Option<Fields>,
    mine: bool,
}

/// Views of the list: address word and title.
const VIEWS: [(&str, &str); 3] = [("mine", "自分の担当"), ("unit", "所属"), ("all", "すべて")];
/// States to filter by: address word, words, state.
const STATES: [(&str, &str, TaskState); 4] = [
    ("open", "未完了", TaskState::Open),
    ("overdue", "期限を過ぎたもの", TaskState::Overdue),
    ("done", "完了", TaskState::Done),
    ("any", "すべての状態", TaskState::Any),
];

fn view(asked: &Asked) -> &'static str {
    VIEWS.iter().map(|(word, _)| *word).find(|word| asked.get("view").is_some_and(|asked| asked == word)).unwrap_or("mine")
}

fn filter(context: &Context, asked: &Asked) -> TaskFilter {
    let get = |key: &str| asked.get(key).map(|value| value.trim().to_owned()).unwrap_or_default();
    let state = STATES.iter().find(|(word, ..)| *word == get("state")).map_or(TaskState::Open, |(.., state)| *state);
    let mut filter = TaskFilter { year: get("year").parse().ok(), duty: get("duty"), text: get("q"), state, ..TaskFilter::default() };
    match view(asked) {
        "mine" => filter.person.clone_from(&context.person.id),
        "unit" => context.person.unit().clone_into(&mut filter.unit),
        _ => {}
    }
    filter
}

fn state(context: &Context, task: &Task) -> Html {
    match task.done_at {
        Some(_) => Html::badge("good", "完了"),
        None if task.due < context.today() => Html::badge("late", "期限超過"),
        None => Html::badge("wait", "未完了"),
    }
}

/// Who does a task: roles and unit.
fn who(context: &Context, task: &Task) -> String {
    let roles = words::roles(context.rulebook(), &task.roles, "、");
    if task.unit.is_empty() { roles } else { format!("{roles}（{}）", task.unit) }
}

fn line(context: &Context, task: &Task) -> Line {
    let open = task.done_at.is_none();
    Line {
        id: task.id.clone(),
        title: task.title.clone(),
        who: who(context, task),
        due: calendar::wareki(task.due),
        distance: if open { words::distance(task.due, context.today()) } else { String::new() },
        state: state(context, task),
        late: open && task.due < context.today(),
    }
}

/// `GET /tasks`
pub(crate) async fn index(context: Context, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let view = view(&asked);
    let number = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1_u32).max(1);
    let listing = context.app.registry.tasks(&filter(&context, &asked), Sort::Due, Paging { page: number, size: 50 }).await?;
    let get = |key: &str| asked.get(key).map_or("", String::as_str);
    let filters = [("view", view), ("q", get("q")), ("year", get("year")), ("state", get("state")), ("duty", get("duty"))];
    let states = STATES.iter().map(|(word, title, _)| Choice::new(*word, *title)).collect();
    let search = Fields(vec![
        Field::new(Kind::Text, "q", "言葉").plain(),
        Field::new(Kind::Select, "state", "状態").plain().choices(states),
        Field::new(Kind::Select, "year", "年度").plain().choices(years(&context)),
    ]);
    frame::show(&IndexPage {
        page: context.page("定期業務"),
        tabs: VIEWS.iter().map(|(word, title)| Tab { href: format!("/tasks?view={word}"), word: title, current: *word == view }).collect(),
        view: view.to_owned(),
        duty: get("duty").to_owned(),
        search: search.filled(&asked, &[]),
        lines: listing.items.iter().map(|task| line(&context, task)).collect(),
        pages: Pages::new("/tasks", &filters, u64::from(number), listing.total.count),
        query: filters.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect::<Vec<_>>().join("&"),
    })
}

/// `GET /tasks.csv` and `GET /tasks.xlsx`, with the filters of the list.
pub(crate) async fn export(context: Context, OriginalUri(uri): OriginalUri, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let headings = ["番号", "年度", "業務", "担当", "所属", "期限", "完了日", "完了した人", "内容", "添付", "根拠"].map(str::to_owned);
    let mut rows = Vec::new();
    let mut stream = context.app.registry.all_tasks(&filter(&context, &asked));
    while let Some(chunk) = stream.next().await? {
        rows.extend(chunk.iter().map(|task| cells(&context, task)));
        if rows.len() >= EXPORTED_MAX {
            break;
        }
    }
    if uri.path().ends_with(".csv") {
        return Ok(frame::download("定期業務.csv", "text/csv; charset=utf-8", spreadsheet::csv(&headings, &rows)));
    }
    let bytes = spreadsheet::xlsx("定期業務", &headings, &rows).map_err(|_| Fault::Internal)?;
    Ok(frame::download("定期業務.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
}

fn cells(context: &Context, task: &Task) -> Vec<String> {
    vec![
        task.id.clone(),
        calendar::nendo(task.year),
        task.title.clone(),
        words::roles(context.rulebook(), &task.roles, "、"),
        task.unit.clone(),
        task.due.to_string(),
        task.done_at.map(|at| at.date().to_string()).unwrap_or_default(),
        task.done_by.as_ref().map(|by| context.snapshot.name(by).to_owned()).unwrap_or_default(),
        task.note.clone(),
        task.evidence.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("、"),
        citation::label(&task.cite),
    ]
}

async fn find(context: &Context, id: &str) -> Result<Task, Fault> {
    context.app.registry.task(id).await?.ok_or(Fault::NotFound)
}

/// Whether a task waits for the reader.
fn is_mine(context: &Context, task: &Task) -> bool {
    let tokens = waiting::tokens_of(context.state(), &context.person.id, context.today());
    waiting::for_task(context.state(), task, context.today()).iter().any(|token| tokens.contains(token))
}

async fn page(context: &Context, task: Task, refused: Option<Refused>) -> ShowPage {
    let mine = is_mine(context, &task);
    let roles = task.roles.iter().filter_map(|id| context.rulebook().and_then(|book| book.role(id)));
    let people: Vec<String> = roles.flat_map(|role| role::holders(context.state(), role, &task.unit)).map(role::shown).collect();
    let fields = Fields(vec![
        Field::new(Kind::Long, "note", "行ったこと").help("いつ、誰が、何を行い、結果がどうだったか。"),
        Field::new(Kind::File, "evidence", "証拠となるファイル").help("議事の記録、点検表、写真など。複数を選べます（合計 50 MB まで）。"),
    ]);
    ShowPage {
        page: context.page(task.title.clone()),
        state: state(context, &task),
        who: who(context, &task),
        people: people.join("、"),
        year: calendar::nendo(task.year),
        due: format!(
            "{}{}",
            words::date(task.due),
            if task.done_at.is_none() { format!("　{}", words::distance(task.due, context.today())) } else { String::new() }
        ),
        cite: citation::full(context, &task.cite).await,
        done_by: task.done_by.as_ref().map(|by| context.snapshot.name(by).to_owned()).unwrap_or_default(),
        refused,
        fields: task.done_at.is_none().then_some(fields),
        mine,
        task,
    }
}

/// `GET /tasks/{id}`
pub(crate) async fn show(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    let task = find(&context, &id).await?;
    frame::show(&page(&context, task, None).await)
}

/// `POST /tasks/{id}`
pub(crate) async fn complete(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    // Files of somebody whom the door will refuse are not kept.
    let kept = is_mine(&context, &find(&context, &id).await?);
    let mut evidence = Vec::new();
    for file in input.files.iter().filter(|file| kept && file.key == "evidence") {
        evidence.push(context.app.registry.put_object(&file.name, file.bytes.to_vec()).await?);
    }
    let act = Act::CompleteTask { id: id.clone(), note: input.get("note").to_owned(), evidence };
    match context.act(act).await {
        Ok(_) => Ok(frame::done(&context, &format!("/tasks/{id}"), "完了を記録しました。")),
        Err(SubmitError::Unavailable(trouble)) => Err(trouble.into()),
        Err(SubmitError::Refused(refusal)) => {
            let refused = Refused::of(&context, &refusal).await;
            let mut page = page(&context, find(&context, &id).await?, Some(refused)).await;
            page.fields = page.fields.map(|fields| fields.filled(&input.values(), &refusal.fields));
            frame::show_refused(&page)
        }
    }
}

/// `GET /tasks/{id}/evidence/{number}`
pub(crate) async fn evidence(context: Context, Path((id, number)): Path<(String, usize)>) -> Result<Response, Fault> {
    let task = find(&context, &id).await?;
    let file = task.evidence.get(number).ok_or(Fault::NotFound)?;
    let bytes = context.app.registry.object(&file.sha256).await?;
    Ok(frame::download(&file.name, "application/octet-stream", bytes))
}
