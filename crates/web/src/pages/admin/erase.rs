//! Erasing the content of a record on a lawful request: shown first, done only on confirmation, and recorded itself.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Query, response::Response};
use office::{act::Act, refusal::Refusal};

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
        Field::new(Kind::Long, "ground", "法令上の根拠").required().help("個人情報の保護に関する法律に基づく利用停止の決定など。決定の日付と文書番号も書きます。"),
        Field::new(Kind::Check, "sure", "内容を消去すると元に戻せないことを確かめました"),
    ];
    ErasePage { page: context.page("記録の内容の消去"), refused, fields: Fields(fields).filled(values, &errors) }
}

/// `GET /admin/erase`
pub(crate) async fn show(context: Context, Query(asked): Query<BTreeMap<String, String>>) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&erase_page(&context, &asked, None))
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
            match context.act(Act::ErasePayload { index, ground: input.get("ground").to_owned() }).await {
                Ok(_) => return Ok(frame::done(&context, &format!("/records/{index}"), "記録の内容を消去しました。消去したことは、別の記録として残ります。")),
                Err(error) => Refused::or_fault(&context, error).await?,
            }
        }
    };
    frame::show_refused(&erase_page(&context, &input.values(), Some(refused)))
}
