//! Deputies (代理・代決): who acts for whom, since when and until when. Everybody names their own; administrators name all.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Path, response::Response};
use office::{act::Act, people::Delegation, refusal::Refusal};

use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::registers::values,
    refused::Refused,
    words,
};

struct Line {
    id: u64,
    principal: String,
    deputy: String,
    period: String,
    reason: String,
    badge: Html,
    over: bool,
}

#[derive(Template)]
#[template(path = "delegations.html")]
struct DelegationsPage {
    page: Page,
    administrator: bool,
    lines: Vec<Line>,
    refused: Option<Refused>,
    fields: Fields,
}

fn line(context: &Context, one: &Delegation) -> Line {
    let today = context.today();
    let (kind, word) = if one.until < today {
        ("done", "終わり")
    } else if one.since > today {
        ("wait", "これから")
    } else {
        ("good", "代理中")
    };
    Line {
        id: one.id,
        principal: context.snapshot.name(&one.principal).to_owned(),
        deputy: context.snapshot.name(&one.deputy).to_owned(),
        period: words::period(Some(one.since), Some(one.until)),
        reason: one.reason.clone(),
        badge: Html::badge(kind, word),
        over: one.until < today,
    }
}

fn delegations_page(context: &Context, values: &BTreeMap<String, String>, refused: Option<Refused>) -> DelegationsPage {
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    let administrator = context.account.administrator;
    let mut fields = vec![
        Field::new(Kind::Text, "principal", "本人").required().help("不在になる人の職員番号か氏名"),
        Field::new(Kind::Text, "deputy", "代理").required().help("代わりに決める人の職員番号か氏名"),
        Field::new(Kind::Date, "since", "始まりの日").required(),
        Field::new(Kind::Date, "until", "終わりの日").required(),
        Field::new(Kind::Text, "reason", "理由").required().help("出張、休暇など"),
    ];
    if !administrator {
        fields.retain(|field| field.key != "principal");
    }
    let me = &context.person.id;
    let mine = |one: &&Delegation| administrator || one.principal == *me || one.deputy == *me;
    DelegationsPage {
        page: context.page("代理"),
        administrator,
        lines: context.snapshot.office.delegations.iter().rev().filter(mine).map(|one| line(context, one)).collect(),
        refused,
        fields: Fields(fields).filled(values, &errors),
    }
}

/// `GET /delegations`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    frame::show(&delegations_page(&context, &BTreeMap::new(), None))
}

/// What was typed as an act.
fn typed(context: &Context, input: &Input) -> Result<Act, Vec<(String, String)>> {
    let mut errors = Vec::new();
    let mut person = |key: &str| match input.get(key) {
        "" => {
            errors.push((key.to_owned(), "職員番号か氏名を書いてください。".to_owned()));
            String::new()
        }
        text => values::person(text, context.snapshot.people.iter()).unwrap_or_else(|message| {
            errors.push((key.to_owned(), message));
            String::new()
        }),
    };
    let principal = if context.account.administrator { person("principal") } else { context.person.id.clone() };
    let deputy = person("deputy");
    match (input.date("since"), input.date("until")) {
        (Some(since), Some(until)) if errors.is_empty() => {
            Ok(Act::Delegate { principal, deputy, since, until, reason: input.get("reason").to_owned() })
        }
        (since, until) => {
            errors.extend(since.is_none().then(|| ("since".to_owned(), "始まりの日を書いてください。".to_owned())));
            errors.extend(until.is_none().then(|| ("until".to_owned(), "終わりの日を書いてください。".to_owned())));
            Err(errors)
        }
    }
}

/// `POST /delegations`
pub(crate) async fn add(context: Context, input: Input) -> Result<Response, Fault> {
    let refused = match typed(&context, &input) {
        Ok(act) => match context.act(act).await {
            Ok(_) => return Ok(frame::done(&context, "/delegations", "代理を登録しました。")),
            Err(error) => Refused::or_fault(&context, error).await?,
        },
        Err(errors) => Refused::bare(&Refusal::fields(errors)),
    };
    frame::show_refused(&delegations_page(&context, &input.values(), Some(refused)))
}

/// `POST /delegations/{id}/end`
pub(crate) async fn end(context: Context, Path(id): Path<u64>, _input: Input) -> Result<Response, Fault> {
    context.act(Act::EndDelegation { id }).await?;
    Ok(frame::done(&context, "/delegations", "代理を終えました。"))
}
