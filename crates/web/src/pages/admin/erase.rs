//! Erasing the content of a record on a lawful request: shown first, done only on confirmation, and recorded itself.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{
    act::Act,
    record::{Fact, Record},
    refusal::Refusal,
};

use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    input::Input,
    page::Page,
    refused::Refused,
};

#[derive(Template)]
#[template(path = "admin/erase.html")]
struct ErasePage {
    page: Page,
    refused: Option<Refused>,
    fields: Fields,
}

fn erase_page(context: &Context, values: &BTreeMap<String, String>, refused: Option<Refused>) -> ErasePage {
    let errors = refused.as_ref().map_or_else(Vec::new, |refused| refused.fields.clone());
    let fields = vec![
        Field::new(Kind::Number, "index", "記録の番号").required().help("「記録」の一覧で確かめた番号です。"),
        Field::new(Kind::Long, "ground", "法令上の根拠")
            .required()
            .help("個人情報の保護に関する法律に基づく利用停止の決定など。決定の日付と文書番号も書きます。"),
        Field::new(Kind::Check, "sure", "内容を消去すると元に戻せないことを確かめました"),
    ];
    ErasePage { page: context.page("記録の内容の消去"), refused, fields: Fields(fields).filled(values, &errors) }
}

/// `GET /admin/erase`
pub(crate) async fn show(context: Context, Query(asked): Query<BTreeMap<String, String>>) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&erase_page(&context, &asked, None))
}

/// Why the content of a record cannot be given up here: others still stand on it.
fn needed(context: &Context, record: &Record) -> Option<&'static str> {
    let works_here = |id: &str| context.snapshot.people.get(id).is_some_and(|person| person.active);
    match &record.fact {
        Fact::BodyFounded { .. }
        | Fact::PolicyLoaded { .. }
        | Fact::PolicyAdopted { .. }
        | Fact::PolicyConfirmed { .. }
        | Fact::AdoptionWithdrawn { .. } => {
            Some("団体と規程の記録は、ほかのすべての記録の土台なので消去できません。個人情報も含みません。")
        }
        Fact::PeopleChanged { people, .. } if people.iter().any(|person| works_here(&person.id)) => Some(
            "在職している職員の名簿の記録です。消去すると、その職員の登録も失われます。別の記録で登録し直し、退職などで不要になってから消去してください。",
        ),
        Fact::AccountOpened { person, .. } if works_here(person) => {
            Some("使われているアカウントの記録です。先にアカウントを止め、退職などで不要になってから消去してください。")
        }
        _ => None,
    }
}

/// `POST /admin/erase`
pub(crate) async fn erase(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let index: Option<u64> = input.get("index").parse().ok();
    let wrong = match index {
        None => Some(("index", "記録の番号を数字で書いてください。")),
        Some(index) if index >= context.app.registry.size() => Some(("index", "この番号の記録はありません。")),
        Some(_) if !input.ticked("sure") => Some(("sure", "元に戻せないことを確かめ、印を付けてください。")),
        Some(_) => None,
    };
    let refused = match (wrong, index) {
        (Some((key, message)), _) => Refused::bare(&Refusal::fields(vec![(key.to_owned(), message.to_owned())])),
        (None, index) => {
            let index = index.unwrap_or_default();
            let record = context.app.registry.record(index).await?.and_then(|proven| proven.record);
            if let Some(why) = record.as_ref().and_then(|record| needed(&context, record)) {
                let refused = Refused::bare(&Refusal::fields(vec![("index".to_owned(), why.to_owned())]));
                return frame::show_refused(&erase_page(&context, &input.values(), Some(refused)));
            }
            match context.act(Act::ErasePayload { index, ground: input.get("ground").to_owned() }).await {
                Ok(_) => {
                    return Ok(frame::done(
                        &context,
                        &format!("/records/{index}"),
                        "記録の内容を消去しました。消去したことは、別の記録として残ります。",
                    ));
                }
                Err(error) => Refused::or_fault(&context, error).await?,
            }
        }
    };
    frame::show_refused(&erase_page(&context, &input.values(), Some(refused)))
}
