//! Taking an adoption back before its day (施行の決定の取消し).

use askama::Template;
use axum::{extract::Path, response::Response};
use office::{act::Act, calendar};

use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Kind},
    frame,
    input::Input,
    page::Page,
    refused::Refused,
};

#[derive(Template)]
#[template(path = "adoption/withdraw.html")]
struct WithdrawPage {
    page: Page,
    number: u32,
    title: String,
    effective: String,
    refused: Option<Refused>,
    reason: Field,
}

fn page(context: &Context, number: u32, typed: &str, refused: Option<Refused>) -> Result<WithdrawPage, Fault> {
    let book = context.snapshot.office.rulebooks.get(&number).ok_or(Fault::NotFound)?;
    Ok(WithdrawPage {
        page: context.page("施行の決定を取り消す"),
        number,
        title: book.title.clone(),
        effective: calendar::wareki(book.effective),
        refused,
        reason: Field::new(Kind::Text, "reason", "取り消す理由").required().value(typed),
    })
}

/// `GET /adoption/{version}/withdraw`
pub(crate) async fn show(context: Context, Path(number): Path<u32>) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&page(&context, number, "", None)?)
}

/// `POST /adoption/{version}/withdraw`
pub(crate) async fn withdraw(context: Context, Path(number): Path<u32>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let reason = input.get("reason").to_owned();
    match context.act(Act::WithdrawAdoption { version: number, reason: reason.clone() }).await {
        Ok(_) => Ok(frame::done(&context, &format!("/adoption/{number}"), &format!("第{number}版の施行の決定を取り消しました。"))),
        Err(error) => {
            let refused = Refused::or_fault(&context, error).await?;
            frame::show_refused(&page(&context, number, &reason, Some(refused))?)
        }
    }
}
