//! Home: what must be done today, what was asked for, what is overdue.

use askama::Template;
use axum::response::Response;
use office::{
    calendar::{Moment, plus_days},
    coverage::Covering,
    permit::Permit,
    role::{self, Held},
    task::Task,
};
use policy::model::Holder;
use registry::{Inbox, Waiting, What};

use crate::{
    context::Context,
    fault::Fault,
    frame,
    html::Html,
    page::Page,
    pages::{
        attest,
        permits::is_late,
        policy::coverage::{
            Coverage,
            list::{self, Figure},
        },
    },
    words,
};

/// Tasks due within so many days are told at home; later ones are counted.
const SOON_DAYS: i32 = 45;

struct Todo {
    word: Html,
    href: String,
    title: String,
    about: String,
    due: String,
    late: bool,
}

struct Own {
    href: String,
    title: String,
    about: String,
    stage: Html,
    late: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    greeting: String,
    overdue: Vec<Todo>,
    todos: Vec<Todo>,
    own: Vec<Own>,
    waiting: u64,
    later: usize,
    figures: Vec<Figure>,
    attestable: usize,
    ruled: bool,
    administrator: bool,
    previous: Option<Moment>,
    failures: u32,
    coming: Option<Coming>,
}

/// A version of the policy that will rule.
struct Coming {
    title: String,
    number: u32,
    day: String,
    distance: String,
}

/// The next version that will rule, if one is adopted.
fn coming(context: &Context) -> Option<Coming> {
    let today = context.today();
    let books = context.snapshot.office.rulebooks.values().filter(|book| book.effective > today);
    let book = books.min_by_key(|book| (book.effective, book.version))?;
    let days = today.until(book.effective).map_or(0, |span| span.get_days());
    Some(Coming {
        title: book.title.clone(),
        number: book.version,
        day: office::calendar::wareki(book.effective),
        distance: format!("施行まであと{days}日"),
    })
}

/// The word for what is waited for, and its colour.
const fn word(what: What) -> (&'static str, &'static str) {
    match what {
        What::Decide => ("wait", "審査"),
        What::Correct => ("back", "修正"),
        What::HandOver => ("good", "引渡し"),
        What::ConfirmReturn => ("warn", "返却確認"),
        What::Task => ("done", "定期業務"),
        What::Step => ("late", "報告"),
    }
}

fn todo<T>(context: &Context, waiting: &Waiting<T>, href: String, title: String, about: String) -> Todo {
    let (kind, word) = word(waiting.what);
    let due = waiting.due.map_or_else(String::new, |due| match waiting.what {
        What::Step if waiting.overdue => format!("期限を{}過ぎています", words::length(due, context.now)),
        What::Step => format!("あと{}", words::length(context.now, due)),
        _ => format!("{}（{}）", office::calendar::wareki(due.date()), words::distance(due.date(), context.today())),
    });
    Todo { word: Html::badge(kind, word), href, title, about, due, late: waiting.overdue }
}

fn todos(context: &Context, inbox: &Inbox) -> Vec<Todo> {
    let permit = |waiting: &Waiting<Permit>| {
        let permit = &waiting.thing;
        let about = format!("申請 {}　{}（{}）", permit.id, context.snapshot.name(&permit.applicant), permit.unit);
        todo(context, waiting, format!("/permits/{}", permit.id), permit.title.clone(), about)
    };
    let incidents = inbox.incidents.iter().map(|waiting| {
        let incident = &waiting.thing;
        todo(
            context,
            waiting,
            format!("/incidents/{}", incident.id),
            incident.report.title.clone(),
            format!("インシデント {}", incident.id),
        )
    });
    let tasks = inbox.tasks.iter().filter(|waiting| is_soon(context, waiting)).map(|waiting| {
        let task = &waiting.thing;
        todo(context, waiting, format!("/tasks/{}", task.id), task.title.clone(), task.unit.clone())
    });
    incidents.chain(inbox.permits.iter().map(permit)).chain(tasks).collect()
}

/// Whether a task is due soon enough to be told at home.
fn is_soon(context: &Context, waiting: &Waiting<Task>) -> bool {
    waiting.thing.due <= plus_days(context.today(), SOON_DAYS)
}

/// Whether somebody looks after the policy as a whole: the role at the top, a committee, or the administration.
fn oversees(context: &Context, held: &[Held]) -> bool {
    let Some(book) = context.rulebook() else { return false };
    let top = role::top(book).map(|role| role.id.as_str());
    let committee = |id: &str| book.role(id).is_some_and(|role| role.kind == Holder::Committee);
    context.account.administrator || held.iter().any(|held| Some(held.role.as_str()) == top || committee(&held.role))
}

/// The figures of the policy for whoever oversees it, and how many norms the reader should attest.
async fn coverage(context: &Context) -> Result<(Vec<Figure>, usize), Fault> {
    let Some(book) = context.rulebook() else { return Ok((Vec::new(), 0)) };
    let held = role::held(context.state(), book, &context.person.id, context.today());
    let answers = |covering: &Covering| covering.is_attested() && held.iter().any(|held| covering.who.contains(&held.role));
    let oversees = oversees(context, &held);
    if !oversees && !book.coverage.iter().any(answers) {
        return Ok((Vec::new(), 0));
    }
    let coverage = Coverage::of(context, book).await?;
    let due = attest::due(context, book).await?.len();
    Ok((if oversees { list::figures(&coverage) } else { Vec::new() }, due))
}

/// `GET /`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    let inbox = context.app.registry.inbox(&context.person.id, context.now).await?;
    let (overdue, todos): (Vec<Todo>, Vec<Todo>) = todos(&context, &inbox).into_iter().partition(|todo| todo.late);
    let (figures, attestable) = coverage(&context).await?;
    let own = inbox.own.iter().map(|permit| Own {
        href: format!("/permits/{}", permit.id),
        title: permit.title.clone(),
        about: format!("申請 {}　{}", permit.id, words::period_short(permit.application.since, permit.application.until)),
        stage: words::stage(permit.stage),
        late: if is_late(&context, permit) {
            "期限を過ぎています。すぐに返却し、確認を受けてください。".to_owned()
        } else {
            String::new()
        },
    });
    frame::show(&HomePage {
        page: context.page("ホーム"),
        greeting: words::date(context.today()),
        own: own.collect(),
        waiting: inbox.waiting,
        later: inbox.tasks.iter().filter(|waiting| !is_soon(&context, waiting)).count(),
        overdue,
        todos,
        figures,
        attestable,
        ruled: context.rulebook().is_some(),
        administrator: context.account.administrator,
        previous: context.account.previous_sign_in,
        failures: context.account.failures_before,
        coming: coming(&context),
    })
}
