//! Applying (申請する): the list of procedures, the form, and the last look before it is sent.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Redirect, Response},
};
use office::{
    act::Act,
    permit::{Application, Permit},
    record::Fact,
    refusal::Refusal,
};
use registry::{Receipt, SubmitError};

use crate::{citation, context::Context, fault::Fault, frame, html::Html, input::Input, page::Page, paging::encode, refused::Refused};

pub(crate) mod form;

use form::Form;

/// Of the condition, so many characters are shown where several procedures share a form.
const CONDITION_CHARS: usize = 70;

struct Card {
    href: String,
    title: String,
    summary: String,
    condition: String,
    cite: Html,
}

struct Group {
    title: String,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "apply/index.html")]
struct IndexPage {
    page: Page,
    q: String,
    groups: Vec<Group>,
    ruled: bool,
}

/// `GET /apply`
pub(crate) async fn index(context: Context, Query(asked): Query<BTreeMap<String, String>>) -> Result<Response, Fault> {
    let q = asked.get("q").map_or("", |q| q.trim());
    let wanted = registry::normalize(q);
    let mut groups: Vec<Group> = Vec::new();
    let offered = form::offered(&context);
    for (procedure, form) in &offered {
        let shared = offered.iter().filter(|(_, other)| other.title == form.title).count();
        let text =
            registry::normalize(&[procedure.title.as_str(), &form.title, &form.summary, &form.group, &procedure.condition].join(" "));
        if !wanted.split(' ').all(|word| text.contains(word)) {
            continue;
        }
        let card = Card {
            href: format!("/apply/{}", encode(&procedure.key)),
            title: procedure.title.clone(),
            summary: form.summary.clone(),
            condition: if shared > 1 { procedure.condition.chars().take(CONDITION_CHARS).collect() } else { String::new() },
            cite: citation::short(&procedure.cite),
        };
        match groups.iter_mut().find(|group| group.title == form.group) {
            Some(group) => group.cards.push(card),
            None => groups.push(Group { title: form.group.clone(), cards: vec![card] }),
        }
    }
    frame::show(&IndexPage { page: context.page("申請する"), q: q.to_owned(), groups, ruled: context.rulebook().is_some() })
}

#[derive(Template)]
#[template(path = "apply/form.html")]
struct FormPage {
    page: Page,
    form: Form,
    action: String,
    cancel: String,
    refused: Option<Refused>,
}

#[derive(Template)]
#[template(path = "apply/confirm.html")]
struct ConfirmPage {
    page: Page,
    form: Form,
    action: String,
    send: &'static str,
    lines: Vec<(String, Html)>,
    hidden: Vec<(String, String)>,
}

/// Where a form goes and what it is called: a new application, or the correction of one.
struct Purpose {
    title: String,
    action: String,
    cancel: String,
    send: &'static str,
}

impl Purpose {
    fn apply(form: &Form) -> Self {
        Self {
            title: form.procedure.title.clone(),
            action: format!("/apply/{}", encode(&form.procedure.key)),
            cancel: "/apply".to_owned(),
            send: "申請する",
        }
    }

    fn revise(permit: &Permit) -> Self {
        Self {
            title: format!("申請 {} の修正", permit.id),
            action: format!("/permits/{}/revise", permit.id),
            cancel: format!("/permits/{}", permit.id),
            send: "修正して申請する",
        }
    }

    fn page(self, context: &Context, form: Form, refused: Option<Refused>) -> FormPage {
        FormPage { page: context.page(self.title), form, action: self.action, cancel: self.cancel, refused }
    }
}

/// `GET /apply/{procedure}`, with `?copy=` to start from an earlier application.
pub(crate) async fn show(
    context: Context,
    Path(key): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Response, Fault> {
    let values = match asked.get("copy") {
        Some(id) => {
            let permit = context.app.registry.permit(id).await?.filter(|permit| permit.application.procedure == key);
            let mut values = permit.map(|permit| form::values_of(&permit.application)).unwrap_or_default();
            values.remove("since");
            values.remove("until");
            values
        }
        None => BTreeMap::new(),
    };
    let form = Form::open(&context, &key, values, &[]).await?;
    frame::show(&Purpose::apply(&form).page(&context, form, None))
}

/// `POST /apply/{procedure}`
pub(crate) async fn send(context: Context, Path(key): Path<String>, input: Input) -> Result<Response, Fault> {
    let form = Form::open(&context, &key, input.values(), &[]).await?;
    let purpose = Purpose::apply(&form);
    answer(&context, form, purpose, &input, |application| Act::ApplyForPermit { application }).await
}

/// `GET /permits/{id}/revise`
pub(crate) async fn show_revision(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    let permit = context.app.registry.permit(&id).await?.ok_or(Fault::NotFound)?;
    let form = Form::open(&context, &permit.application.procedure, form::values_of(&permit.application), &[]).await?;
    frame::show(&Purpose::revise(&permit).page(&context, form, None))
}

/// `POST /permits/{id}/revise`
pub(crate) async fn revise(context: Context, Path(id): Path<String>, input: Input) -> Result<Response, Fault> {
    let permit = context.app.registry.permit(&id).await?.ok_or(Fault::NotFound)?;
    let form = Form::open(&context, &permit.application.procedure, input.values(), &[]).await?;
    let purpose = Purpose::revise(&permit);
    answer(&context, form, purpose, &input, |application| Act::RevisePermit { id, application }).await
}

/// Shows the form again, asks for a last look, or sends.
async fn answer(
    context: &Context,
    form: Form,
    purpose: Purpose,
    input: &Input,
    act: impl FnOnce(Application) -> Act,
) -> Result<Response, Fault> {
    match input.get("step") {
        "send" => {}
        "confirm" => {
            let missing = form.missing();
            if missing.is_empty() {
                return frame::show(&ConfirmPage {
                    page: context.page(purpose.title),
                    action: purpose.action,
                    send: purpose.send,
                    lines: form.lines(context).await?,
                    hidden: form.hidden(),
                    form,
                });
            }
            let refusal = Refusal::fields(missing);
            let form = form.with_errors(&refusal.fields);
            return frame::show_refused(&purpose.page(context, form, Some(Refused::bare(&refusal))));
        }
        _ => return frame::show(&purpose.page(context, form, None)),
    }
    let revised = match context.act(act(form.application())).await {
        Ok(receipt) => applied_id(&receipt),
        Err(SubmitError::Unavailable(trouble)) => return Err(trouble.into()),
        Err(SubmitError::Refused(refusal)) => {
            let form = form.with_errors(&refusal.fields);
            return frame::show_refused(&purpose.page(context, form, Some(Refused::of(context, &refusal).await)));
        }
    };
    Ok(match revised {
        Some(id) => frame::done(context, &format!("/permits/{id}"), &format!("申請 {id} を受け付けました。承認者の審査をお待ちください。")),
        None => Redirect::to("/permits").into_response(),
    })
}

/// The permit that a receipt is about.
fn applied_id(receipt: &Receipt) -> Option<String> {
    receipt.records.iter().find_map(|record| match &record.fact {
        Fact::PermitApplied { permit } => Some(permit.id.clone()),
        Fact::PermitRevised { id, .. } => Some(id.clone()),
        _ => None,
    })
}
