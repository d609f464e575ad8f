//! One incident: the whole timeline on one page, each step of the route with its clock.

use askama::Template;
use axum::{extract::Path, response::Response};
use office::{
    act::Act,
    incident::{Incident, Step},
    refusal::Refusal,
    role, waiting,
};
use policy::model::{Haste, Holder};
use registry::SubmitError;

use crate::{
    citation,
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    refused::Refused,
    words,
};

struct StepLine {
    number: usize,
    from: String,
    to: String,
    what: String,
    haste: &'static str,
    cite: Html,
    class: &'static str,
    badge: Html,
    clock: String,
    done: String,
    note: String,
    people: String,
    fields: Option<Fields>,
    open: bool,
}

struct Happening {
    at: String,
    by: String,
    what: String,
    note: String,
}

#[derive(Template)]
#[template(path = "incidents/show.html")]
struct ShowPage {
    page: Page,
    incident: Incident,
    state: Html,
    reporter: String,
    steps: Vec<StepLine>,
    happenings: Vec<Happening>,
    refused: Option<Refused>,
    note: Fields,
    close: Option<Fields>,
    close_open: bool,
}

const fn haste(haste: Haste) -> &'static str {
    match haste {
        Haste::Immediately => "直ちに",
        Haste::Promptly => "速やかに",
        Haste::WithoutDelay => "遅滞なく",
        Haste::Unstated => "",
    }
}

/// People who can do a step, and whether anybody may.
fn holders(context: &Context, step: &Step) -> (Vec<String>, bool) {
    let Some(book) = context.rulebook() else { return (Vec::new(), false) };
    let anyone = step.from.is_empty() || step.from.iter().any(|id| book.role(id).is_none_or(|role| role.kind == Holder::Everyone));
    let roles = step.from.iter().filter_map(|id| book.role(id));
    let people = roles.flat_map(|role| role::holders(context.state(), role, &step.unit)).map(role::shown).collect();
    (people, anyone)
}

fn is_mine(context: &Context, step: &Step) -> bool {
    let (_, anyone) = holders(context, step);
    let tokens = waiting::tokens_of(context.state(), &context.person.id, context.today());
    let seats = step
        .from
        .iter()
        .filter_map(|id| context.rulebook().and_then(|book| book.role(id)))
        .filter_map(|role| Some(role::token(&role.id, &role::seat(context.state(), role, &step.unit)?)));
    anyone || seats.into_iter().any(|token| tokens.contains(&token))
}

fn clock(context: &Context, step: &Step) -> (&'static str, Html, String) {
    let due = step.due_at;
    match (step.began_at, step.done_at) {
        (_, Some(done)) if due.is_some_and(|due| due < done) => ("", Html::badge("warn", "済み（期限後）"), String::new()),
        (_, Some(_)) => ("", Html::badge("good", "済み"), String::new()),
        (None, None) => ("open", Html::badge("done", "前の段階を待っています"), String::new()),
        (Some(_), None) => match due {
            Some(due) if due < context.now => (
                "late",
                Html::badge("late", "期限を過ぎています"),
                format!("期限 {}（{}超過）", due.wareki(), words::length(due, context.now)),
            ),
            Some(due) => {
                ("open", Html::badge("wait", "対応待ち"), format!("期限 {}（あと{}）", due.wareki(), words::length(context.now, due)))
            }
            None => ("open", Html::badge("wait", "対応待ち"), String::new()),
        },
    }
}

async fn step_line(context: &Context, incident: &Incident, number: usize, step: &Step) -> StepLine {
    let (class, badge, clock) = clock(context, step);
    let open = step.done_at.is_none() && incident.closed_at.is_none();
    let mine = is_mine(context, step);
    let (people, anyone) = holders(context, step);
    let book = context.rulebook();
    let from = words::roles(book, &step.from, "、");
    let fields = Fields(vec![
        Field::new(Kind::Long, "note", "伝えたこと").help("いつ、誰に、どのように伝えたか。前の段階より先に伝えたときは、その理由。"),
    ]);
    StepLine {
        number,
        from: if from.is_empty() { "気付いた人".to_owned() } else { from },
        to: words::roles(book, &step.to, "、"),
        what: step.what.clone(),
        haste: haste(step.haste),
        cite: citation::full(context, &step.cite).await,
        class,
        badge,
        clock,
        done: step
            .done_at
            .zip(step.done_by.as_ref())
            .map_or_else(String::new, |(at, by)| format!("{}　{}", at.wareki(), context.snapshot.name(by))),
        note: step.note.clone(),
        people: if anyone { "どなたでも".to_owned() } else { people.join("、") },
        fields: open.then(|| fields.prefixed(&format!("step-{number}"))),
        open: mine && step.began_at.is_some(),
    }
}

async fn page(context: &Context, incident: Incident, refused: Option<Refused>) -> ShowPage {
    let mut steps = Vec::new();
    for (number, step) in incident.steps.iter().enumerate() {
        steps.push(step_line(context, &incident, number, step).await);
    }
    let open = incident.closed_at.is_none();
    let close = Fields(vec![
        Field::new(Kind::Long, "cause", "原因").required().help("突き止められなかったときは、調べたことと分からなかったこと。"),
        Field::new(Kind::Long, "prevention", "再発防止策").required().help("すぐに行ったことと、これから行うこと。"),
    ]);
    ShowPage {
        page: context.page(format!("インシデント {}", incident.id)),
        state: super::state(context, &incident),
        reporter: context.snapshot.people.get(&incident.reporter).map_or_else(|| incident.reporter.clone(), role::shown),
        steps,
        happenings: incident
            .history
            .iter()
            .map(|event| Happening {
                at: event.at.wareki(),
                by: words::actor(&context.snapshot, &event.by),
                what: event.what.clone(),
                note: event.note.clone(),
            })
            .collect(),
        refused,
        note: Fields(vec![Field::new(Kind::Long, "note", "経過").required().help("新しく分かったこと、行ったこと。")]).prefixed("note"),
        close: open.then(|| close.prefixed("close")),
        close_open: open && incident.steps.iter().all(|step| step.done_at.is_some()),
        incident,
    }
}

async fn find(context: &Context, id: &str) -> Result<Incident, Fault> {
    context.app.registry.incident(id).await?.ok_or(Fault::NotFound)
}

/// `GET /incidents/{id}`
pub(crate) async fn show(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    let incident = find(&context, &id).await?;
    frame::show(&page(&context, incident, None).await)
}

/// Acts, and shows the incident again: with what was done, or why it was refused and what was typed.
async fn answer(context: &Context, id: &str, form: &str, act: Act, said: &str, input: &Input) -> Result<Response, Fault> {
    match context.act(act).await {
        Ok(_) => Ok(frame::done(context, &format!("/incidents/{id}"), said)),
        Err(SubmitError::Unavailable(trouble)) => Err(trouble.into()),
        Err(SubmitError::Refused(refusal)) => refused(context, id, form, &refusal, input).await,
    }
}

async fn refused(context: &Context, id: &str, form: &str, refusal: &Refusal, input: &Input) -> Result<Response, Fault> {
    let shown = Refused::of(context, refusal).await.prefixed(form);
    let mut page = page(context, find(context, id).await?, Some(shown)).await;
    let fill = |fields: &Fields| fields.clone().filled(&input.values(), &refusal.fields);
    match form {
        "note" => page.note = fill(&page.note),
        "close" => {
            page.close = page.close.as_ref().map(fill);
            page.close_open = true;
        }
        step => {
            for line in page.steps.iter_mut().filter(|line| format!("step-{}", line.number) == step) {
                line.fields = line.fields.as_ref().map(fill);
                line.open = true;
            }
        }
    }
    frame::show_refused(&page)
}

/// `POST /incidents/{id}/steps/{number}`
pub(crate) async fn step(context: Context, Path((id, step)): Path<(String, usize)>, input: Input) -> Result<Response, Fault> {
    let act = Act::CompleteIncidentStep { id: id.clone(), step, note: input.get("note").to_owned() };
    answer(&context, &id, &format!("step-{step}"), act, "報告を記録しました。", &input).await
}

/// `POST /incidents/{id}/note`
pub(crate) async fn note(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    let act = Act::NoteIncident { id: id.clone(), note: input.get("note").to_owned() };
    answer(&context, &id, "note", act, "経過を書き加えました。", &input).await
}

/// `POST /incidents/{id}/close`
pub(crate) async fn close(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    let act = Act::CloseIncident { id: id.clone(), cause: input.get("cause").to_owned(), prevention: input.get("prevention").to_owned() };
    answer(&context, &id, "close", act, "インシデントを終結しました。", &input).await
}
