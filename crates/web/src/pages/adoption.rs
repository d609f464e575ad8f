//! Adoption (規程の読込みと施行): a document is loaded, what was understood is corrected beside it, and then it rules.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::Path, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use office::{act::Act, adoption::Confirmation, calendar};

use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    pages::policy::coverage::CONTROLS,
    refused::Refused,
};

pub(crate) mod draft;
pub(crate) mod form;

use draft::Offer;

struct Line {
    number: u32,
    title: String,
    file: String,
    loaded: String,
    effective: String,
    badge: Html,
    adopted: bool,
}

#[derive(Template)]
#[template(path = "adoption/index.html")]
struct IndexPage {
    page: Page,
    lines: Vec<Line>,
    fields: Fields,
    error: String,
}

async fn index_page(context: &Context, values: &BTreeMap<String, String>, error: &str) -> Result<IndexPage, Fault> {
    let current = context.rulebook().map(|book| book.version);
    let lines = context.app.registry.versions().await?.into_iter().map(|version| Line {
        number: version.number,
        badge: match version.effective {
            _ if current == Some(version.number) => Html::badge("good", "施行中"),
            Some(day) if day > context.today() => Html::badge("wait", "施行予定"),
            Some(_) => Html::badge("done", "過去の版"),
            None => Html::badge("back", "未施行"),
        },
        title: if version.title.is_empty() { "（題名なし）".to_owned() } else { version.title },
        file: version.file,
        loaded: version.loaded_at.wareki(),
        effective: version.effective.map_or_else(String::new, calendar::wareki),
        adopted: version.effective.is_some(),
    });
    let fields = vec![
        Field::new(Kind::File, "file", "規程のファイル")
            .help("文字だけのファイル（.txt）。UTF-8かShift_JIS、20MBまで。PDFやWordは、テキスト形式で保存し直してください。"),
        Field::new(Kind::Long, "text", "または、本文を貼り付ける").help("ファイルを選んだときは、こちらは使いません。"),
    ];
    Ok(IndexPage {
        page: context.page("規程の読込みと施行"),
        lines: lines.collect(),
        fields: Fields(fields).filled(values, &[]),
        error: error.to_owned(),
    })
}

/// `GET /adoption`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    frame::show(&index_page(&context, &BTreeMap::new(), "").await?)
}

/// `POST /adoption`
pub(crate) async fn load(context: Context, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let sent = input.files.iter().find(|file| file.key == "file");
    let (name, bytes) = match sent {
        Some(file) => (file.name.clone(), file.bytes.to_vec()),
        None => ("貼り付けた本文".to_owned(), input.get("text").as_bytes().to_vec()),
    };
    if sent.is_none() && bytes.is_empty() {
        let error = "ファイルが選ばれていません。ファイルを選ぶか、本文を貼り付けてください。";
        return frame::show_refused(&index_page(&context, &BTreeMap::new(), error).await?);
    }
    let read = tokio::task::spawn_blocking(move || document::extract(&bytes).map(|extract| policy::read(&extract.text, &CONTROLS))).await;
    let reading = match read {
        Ok(Ok(reading)) => reading,
        Ok(Err(error)) => {
            let error = format!("「{name}」を読み取れませんでした。{error}");
            return frame::show_refused(&index_page(&context, &input.values(), &error).await?);
        }
        Err(error) => {
            tracing::error!(%error, "a policy broke the reader");
            return Err(Fault::Internal);
        }
    };
    let receipt = context.act(Act::LoadPolicy { file: name, reading: Box::new(reading) }).await?;
    let number = receipt.records.iter().find_map(|record| match &record.fact {
        office::record::Fact::PolicyLoaded { version } => Some(version.number),
        _ => None,
    });
    let to = number.map_or_else(|| "/adoption".to_owned(), |number| format!("/adoption/{number}"));
    Ok(frame::done(&context, &to, "規程を読み込みました。読み取った内容を確かめてください。"))
}

/// A confirmation as it travels with a form.
fn packed(confirmation: &Confirmation) -> Html {
    let bytes = serde_json::to_vec(confirmation).unwrap_or_default();
    Html::hidden("confirmation", &STANDARD.encode(bytes))
}

/// A confirmation that came back with a form.
fn unpacked(input: &Input) -> Option<Confirmation> {
    serde_json::from_slice(&STANDARD.decode(input.get("confirmation")).ok()?).ok()
}

/// `GET /adoption/{version}`
pub(crate) async fn show(context: Context, Path(number): Path<u32>) -> Result<Response, Fault> {
    context.administrator()?;
    let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
    let offer = Offer::of(context.catalog(), &context.snapshot, &version.reading, number, context.today());
    frame::show(&form::page(&context, &offer, &version, &offer.proposal, &[]))
}

#[derive(Template)]
#[template(path = "adoption/confirm.html")]
struct ConfirmPage {
    page: Page,
    number: u32,
    title: String,
    effective: String,
    packed: Html,
    refused: Option<Refused>,
    vacant: Vec<(String, Vec<String>)>,
    unassigned: Vec<String>,
    roles: usize,
    offered: Vec<(String, String)>,
    withheld: Vec<String>,
    duties: Vec<(String, String, u32)>,
    routes: usize,
    standard: bool,
    replaces: String,
}

/// Roles with nobody, with the procedures that wait for them; and roles with nobody that nothing waits for.
type Vacancies = (Vec<(String, Vec<String>)>, Vec<String>);

fn vacancies(context: &Context, book: &office::rulebook::Rulebook) -> Vacancies {
    let (mut waited, mut idle) = (Vec::new(), Vec::new());
    for role in book.roles.iter().filter(|role| crate::pages::policy::coverage::nobody(&context.snapshot, role)) {
        let procedures: Vec<String> = book
            .procedures
            .iter()
            .filter(|procedure| procedure.approvers.contains(&role.id))
            .map(|procedure| procedure.title.clone())
            .collect();
        if procedures.is_empty() {
            idle.push(role.name.clone());
        } else {
            waited.push((role.name.clone(), procedures));
        }
    }
    (waited, idle)
}

fn confirm_page(context: &Context, offer: &Offer<'_>, confirmation: &Confirmation, refused: Option<Refused>) -> ConfirmPage {
    let book = offer.book(confirmation);
    let (vacant, unassigned) = vacancies(context, &book);
    let withheld = confirmation.procedures.iter().filter(|(_, correction)| !correction.offered);
    let withheld = withheld.filter_map(|(key, _)| offer.whole.procedure(key)).map(|procedure| procedure.title.clone());
    let names = |ids: &[String], joint: &str| ids.iter().map(|id| book.role_name(id).to_owned()).collect::<Vec<_>>().join(joint);
    ConfirmPage {
        page: context.page("施行の確認"),
        number: offer.version,
        title: book.title.clone(),
        effective: calendar::wareki(confirmation.effective),
        packed: packed(confirmation),
        refused,
        vacant,
        unassigned,
        roles: book.roles.len(),
        offered: book
            .procedures
            .iter()
            .map(|procedure| (procedure.title.clone(), names(&procedure.approvers, draft::joint(procedure.approval))))
            .collect(),
        withheld: withheld.collect(),
        duties: book
            .duties
            .iter()
            .filter(|duty| duty.months > 0)
            .map(|duty| (duty.what.clone(), names(&duty.who, "、"), duty.months))
            .collect(),
        routes: book.routes.len(),
        standard: book.standard,
        replaces: context.rulebook().map_or_else(String::new, |book| format!("第{}版「{}」", book.version, book.title)),
    }
}

/// `POST /adoption/{version}`
pub(crate) async fn confirm(context: Context, Path(number): Path<u32>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
    let offer = Offer::of(context.catalog(), &context.snapshot, &version.reading, number, context.today());
    let word = input.get("action");
    if let Some(confirmation) = unpacked(&input).filter(|_| word == "edit") {
        return frame::show(&form::page(&context, &offer, &version, &confirmation, &[]));
    }
    let (confirmation, errors) = draft::typed(&offer, &input);
    if !errors.is_empty() {
        return frame::show_refused(&form::page(&context, &offer, &version, &confirmation, &errors));
    }
    if word == "look" {
        return frame::show(&form::page(&context, &offer, &version, &confirmation, &[]));
    }
    frame::show(&confirm_page(&context, &offer, &confirmation, None))
}

/// `POST /adoption/{version}/adopt`
pub(crate) async fn adopt(context: Context, Path(number): Path<u32>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let confirmation =
        unpacked(&input).ok_or_else(|| Fault::Bad("確認した内容を受け取れませんでした。確認の画面からやり直してください。".to_owned()))?;
    let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
    if !input.ticked("sure") {
        let offer = Offer::of(context.catalog(), &context.snapshot, &version.reading, number, context.today());
        let refusal = office::refusal::Refusal::input(
            "まだ施行していません。",
            "内容を確かめ、「内容を確かめました」に印を付けてから「施行する」を押してください。",
        );
        return frame::show_refused(&confirm_page(&context, &offer, &confirmation, Some(Refused::bare(&refusal))));
    }
    let act = Act::AdoptPolicy { version: number, confirmation: confirmation.clone() };
    match context.act(act).await {
        Ok(_) => {
            let day = calendar::wareki(confirmation.effective);
            Ok(frame::done(&context, "/policy", &format!("規程を{day}から施行することを記録しました。")))
        }
        Err(error) => {
            let refused = Refused::or_fault(&context, error).await?;
            let offer = Offer::of(context.catalog(), &context.snapshot, &version.reading, number, context.today());
            frame::show_refused(&confirm_page(&context, &offer, &confirmation, Some(refused)))
        }
    }
}
