//! One permit: what was applied for, who decides, what happened, and what the reader can do now.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{extract::Path, response::Response};
use office::{
    act::Actor,
    permit::{Permit, Stage},
    refusal::Refusal,
    role, waiting,
};

use crate::{
    citation,
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::apply::form,
    refused::Refused,
    words,
};

/// A decision to be made or made.
pub(crate) struct Decision {
    pub(crate) roles: String,
    pub(crate) done: Option<Done>,
    pub(crate) now: bool,
    pub(crate) people: String,
}

/// A decision that was made.
pub(crate) struct Done {
    pub(crate) by: String,
    pub(crate) role: String,
    pub(crate) on_behalf: String,
    pub(crate) at: String,
    pub(crate) emergency: String,
}

struct Happening {
    at: String,
    by: String,
    what: String,
    note: String,
}

/// Something the reader can do: one form.
struct Deed {
    what: &'static str,
    title: &'static str,
    button: &'static str,
    class: &'static str,
    fields: Fields,
    open: bool,
}

#[derive(Template)]
#[template(path = "permits/show.html")]
struct ShowPage {
    page: Page,
    permit: Permit,
    stage: Html,
    late: bool,
    applicant: String,
    lines: Vec<(String, Html)>,
    decisions: Vec<Decision>,
    happenings: Vec<Happening>,
    cite: Html,
    deciding: bool,
    checks: Vec<String>,
    deeds: Vec<Deed>,
    refused: Option<Refused>,
    revise: bool,
    copy: bool,
}

impl ShowPage {
    /// Whether somebody else must decide now.
    fn waits_for_others(&self) -> bool {
        self.permit.stage == Stage::Applied && !self.deciding && self.deeds.iter().any(|deed| deed.what == "approve")
    }
}

#[derive(Template)]
#[template(path = "permits/print.html")]
struct PrintPage {
    page: Page,
    permit: Permit,
    applicant: String,
    lines: Vec<(String, Html)>,
    decisions: Vec<Decision>,
    cite: String,
    body: String,
}

async fn find(context: &Context, id: &str) -> Result<Permit, Fault> {
    context.app.registry.permit(id).await?.ok_or(Fault::NotFound)
}

/// The form a permit was applied for on, by the rulebook it was made under.
pub(crate) fn form_of<'c>(context: &'c Context, permit: &Permit) -> Option<&'c office::catalog::Form> {
    let book = context.snapshot.office.rulebooks.get(&permit.cite.version)?;
    context.catalog().form(&book.procedure(&permit.application.procedure)?.control)
}

fn decisions(context: &Context, permit: &Permit) -> Vec<Decision> {
    let book = context.rulebook();
    let turn: BTreeMap<usize, Vec<String>> = if permit.stage == Stage::Applied {
        let deciders = waiting::deciders(context.state(), permit, context.today());
        deciders.into_iter().map(|(index, people)| (index, people.into_iter().map(role::shown).collect())).collect()
    } else {
        BTreeMap::new()
    };
    let name = |id: &String| context.snapshot.name(id).to_owned();
    permit
        .requirements
        .iter()
        .enumerate()
        .map(|(index, requirement)| Decision {
            roles: words::roles(book, &requirement.roles, " 又は "),
            done: requirement.approved.as_ref().map(|approved| Done {
                by: name(&approved.by),
                role: book.map_or_else(|| approved.role.clone(), |book| book.role_name(&approved.role).to_owned()),
                on_behalf: approved.on_behalf.as_ref().map(name).unwrap_or_default(),
                at: approved.at.wareki(),
                emergency: approved.emergency.clone().unwrap_or_default(),
            }),
            now: turn.contains_key(&index),
            people: turn.get(&index).map(|people| people.join("、")).unwrap_or_default(),
        })
        .collect()
}

/// How the reader stands to a permit.
struct Standing {
    applicant: bool,
    decider: bool,
    custodian: bool,
    officer: bool,
}

fn standing(context: &Context, permit: &Permit) -> Standing {
    let state = context.state();
    let tokens: BTreeSet<String> = waiting::tokens_of(state, &context.person.id, context.today()).into_iter().collect();
    let waits = waiting::for_permit(state, permit, context.today()).iter().any(|token| tokens.contains(token));
    let held = context.rulebook().map_or_else(Vec::new, |book| role::held(state, book, &context.person.id, context.today()));
    let everyone =
        |id: &str| context.rulebook().and_then(|book| book.role(id)).is_none_or(|role| role.kind == policy::model::Holder::Everyone);
    Standing {
        applicant: Actor::Person(permit.applicant.clone()) == Actor::Person(context.person.id.clone()),
        decider: waits && permit.stage == Stage::Applied,
        custodian: waits || role::lies_in(context.person.unit(), &permit.unit),
        officer: context.account.administrator || held.iter().any(|held| !everyone(&held.role)),
    }
}

fn reason(label: &str) -> Field {
    Field::new(Kind::Long, "reason", label).required()
}

fn note() -> Field {
    Field::new(Kind::Long, "note", "備考")
}

/// What can be tried on a permit now. The door judges; what it would surely refuse is not offered.
fn deeds(permit: &Permit, standing: &Standing, emergency: bool) -> Vec<Deed> {
    let deed = |what, title, button, class, fields| Deed { what, title, button, class, fields: Fields(fields).prefixed(what), open: false };
    let mut deeds = Vec::new();
    if permit.stage == Stage::Applied && (standing.decider || standing.officer) {
        let mut fields = vec![note()];
        if emergency {
            let help =
                "規程がやむを得ない場合として認めるときに限り、理由を書くと自分で承認できます。最高情報セキュリティ責任者に報告されます。";
            fields.push(Field::new(Kind::Long, "emergency", "やむを得ない理由").help(help));
        }
        deeds.push(Deed { open: standing.decider || emergency, ..deed("approve", "承認する", "承認する", "", fields) });
        deeds.push(deed("send-back", "差し戻す（修正してもらう）", "差し戻す", "button-outline", vec![reason("修正してほしいこと")]));
        deeds.push(deed("refuse", "却下する", "却下する", "button-danger-outline", vec![reason("却下の理由")]));
    }
    if permit.stage == Stage::Approved && permit.handover && (standing.custodian || standing.officer) {
        deeds.push(Deed { open: true, ..deed("hand-over", "引渡しを記録する", "引き渡した", "", vec![note()]) });
    }
    if permit.stage == Stage::Out && (standing.custodian || standing.officer) {
        let mut fields = vec![note()];
        if permit.erase {
            fields.insert(0, Field::new(Kind::Check, "erased", "媒体の中の情報が消去されていることを確かめた").required());
        }
        deeds.push(Deed { open: true, ..deed("confirm-return", "返却を確認する", "返却を確認した", "", fields) });
    }
    if matches!(permit.stage, Stage::Approved | Stage::Out) && standing.officer {
        deeds.push(deed("revoke", "許可を取り消す", "取り消す", "button-danger-outline", vec![reason("取消しの理由")]));
    }
    if matches!(permit.stage, Stage::Applied | Stage::Sent) && standing.applicant {
        deeds.push(deed(
            "withdraw",
            "申請を取り下げる",
            "取り下げる",
            "button-danger-outline",
            vec![Field::new(Kind::Long, "reason", "理由")],
        ));
    }
    deeds
}

async fn lines(context: &Context, permit: &Permit) -> Result<Vec<(String, Html)>, Fault> {
    match form_of(context, permit) {
        Some(form) => form::lines(context, form, &permit.application).await,
        None => Ok(Vec::new()),
    }
}

async fn page(context: &Context, permit: Permit, refused: Option<Refused>, emergency: bool) -> Result<ShowPage, Fault> {
    let standing = standing(context, &permit);
    let form = form_of(context, &permit);
    let emergency = emergency || (standing.applicant && standing.officer && context.rulebook().is_some_and(|book| book.emergency));
    Ok(ShowPage {
        page: context.page(format!("申請 {}　{}", permit.id, permit.title)),
        stage: words::stage(permit.stage),
        late: super::is_late(context, &permit),
        applicant: context.snapshot.people.get(&permit.applicant).map_or_else(|| permit.applicant.clone(), role::shown),
        lines: lines(context, &permit).await?,
        decisions: decisions(context, &permit),
        happenings: permit
            .history
            .iter()
            .map(|event| Happening {
                at: event.at.wareki(),
                by: words::actor(&context.snapshot, &event.by),
                what: event.what.clone(),
                note: event.note.clone(),
            })
            .collect(),
        cite: citation::full(context, &permit.cite).await,
        deciding: permit.stage == Stage::Applied && standing.decider,
        checks: form.map_or_else(Vec::new, |form| form.checks.clone()),
        deeds: deeds(&permit, &standing, emergency),
        refused,
        revise: standing.applicant && matches!(permit.stage, Stage::Applied | Stage::Sent),
        copy: standing.applicant && !matches!(permit.stage, Stage::Applied | Stage::Sent),
        permit,
    })
}

/// `GET /permits/{id}`
pub(crate) async fn show(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    let permit = find(&context, &id).await?;
    frame::show(&page(&context, permit, None, false).await?)
}

/// The permit again, with why the deed was refused and what was typed.
pub(crate) async fn refused(context: &Context, id: &str, what: &str, refusal: &Refusal, input: &Input) -> Result<Response, Fault> {
    let permit = find(context, id).await?;
    let emergency = what == "approve" && refusal.rule.starts_with("separation.") && context.rulebook().is_some_and(|book| book.emergency);
    let shown = Refused::of(context, refusal).await.prefixed(what);
    let mut page = page(context, permit, Some(shown), emergency).await?;
    for deed in page.deeds.iter_mut().filter(|deed| deed.what == what) {
        deed.fields = deed.fields.clone().filled(&input.values(), &refusal.fields);
        deed.open = true;
    }
    frame::show_refused(&page)
}

/// `GET /permits/{id}/print`
pub(crate) async fn print(context: Context, Path(id): Path<String>) -> Result<Response, Fault> {
    let permit = find(&context, &id).await?;
    frame::show(&PrintPage {
        page: context.page(format!("申請書 {}", permit.id)),
        applicant: context.snapshot.people.get(&permit.applicant).map_or_else(|| permit.applicant.clone(), role::shown),
        lines: lines(&context, &permit).await?,
        decisions: decisions(&context, &permit),
        cite: citation::label(&permit.cite),
        body: context.snapshot.office.name.clone(),
        permit,
    })
}
