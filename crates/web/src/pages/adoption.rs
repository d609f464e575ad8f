//! Adoption (規程の読込みと施行): a document is loaded, what was understood is corrected beside it, and then it rules.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{extract::Path, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use office::{
    act::Act,
    adoption::{Confirmation, PolicyVersion, Reread},
    calendar::{self, plus_days},
    rulebook::Rulebook,
};
use registry::SubmitError;

use crate::{
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    html::Html,
    input::Input,
    page::Page,
    policy_file::{self, Loaded},
    refused::Refused,
};

pub(crate) mod draft;
pub(crate) mod form;
pub(crate) mod impact;
mod known;
mod sentences;
pub(crate) mod withdraw;

use draft::{Ground, Offer};

struct Line {
    number: u32,
    title: String,
    file: String,
    loaded: String,
    effective: String,
    badge: Html,
    adopted: bool,
    coming: bool,
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
        coming: version.effective.is_some_and(|day| day > context.today()),
    });
    let fields = vec![
        Field::new(Kind::File, "file", "規程のファイル")
            .help(format!("{}。50MBまで。文字の入っていないPDF（紙を読み取った画像）は読めません。", policy_file::FORMATS)),
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
    let kept = bytes.clone();
    let read = tokio::task::spawn_blocking(move || policy_file::read(&bytes, &mut |_| {})).await;
    let loaded = match read {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) => {
            let error = format!("「{name}」を読み取れませんでした。{error}");
            return frame::show_refused(&index_page(&context, &input.values(), &error).await?);
        }
        Err(error) => {
            tracing::error!(%error, "a policy broke the reader");
            return Err(Fault::Internal);
        }
    };
    let Loaded { reading, source } = if sent.is_some() { loaded.kept(context.app.registry.put_object(&name, kept).await?) } else { loaded };
    let partly = !source.unread.is_empty();
    let receipt = match context.act(Act::LoadPolicy { file: name, reading: Box::new(reading), source }).await {
        Ok(receipt) => receipt,
        Err(SubmitError::Unavailable(trouble)) => return Err(trouble.into()),
        Err(SubmitError::Refused(refusal)) => {
            let error = format!("{}{}", refusal.says, refusal.help);
            return frame::show_refused(&index_page(&context, &input.values(), &error).await?);
        }
    };
    let number = receipt.records.iter().find_map(|record| match &record.fact {
        office::record::Fact::PolicyLoaded { version } => Some(version.number),
        _ => None,
    });
    let to = number.map_or_else(|| "/adoption".to_owned(), |number| format!("/adoption/{number}"));
    let says = if partly {
        "規程を読み込みました。読めなかった部分があります。"
    } else {
        "規程を読み込みました。読み取った内容を確かめてください。"
    };
    Ok(frame::done(&context, &to, says))
}

/// Something that travels with a form.
fn packed(key: &str, thing: &impl serde::Serialize) -> Html {
    let bytes = serde_json::to_vec(thing).unwrap_or_default();
    Html::hidden(key, &STANDARD.encode(bytes))
}

/// Something that came back with a form.
fn unpacked<T: serde::de::DeserializeOwned>(input: &Input, key: &str) -> Option<T> {
    serde_json::from_slice(&STANDARD.decode(input.get(key)).ok()?).ok()
}

/// A loaded version, and the version adopted last besides it, from which corrections are carried over.
pub(super) struct Loading {
    pub(super) version: Arc<PolicyVersion>,
    pub(super) before: Option<Arc<PolicyVersion>>,
    /// The version that rules until this one does.
    ruling: Option<Arc<PolicyVersion>>,
}

impl Loading {
    /// Finds them.
    pub(super) async fn find(context: &Context, number: u32) -> Result<Self, Fault> {
        let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
        let books = context.snapshot.office.rulebooks.values().filter(|book| book.version != number);
        let before = match books.max_by_key(|book| (book.effective, book.version)) {
            Some(book) => context.app.registry.version(book.version).await?,
            None => None,
        };
        let last = context.snapshot.office.rulebooks.get(&number).map_or_else(|| context.today(), |book| plus_days(book.effective, -1));
        let ruling = match context.snapshot.rulebook(last).filter(|book| book.version != number) {
            Some(book) => context.app.registry.version(book.version).await?,
            None => None,
        };
        Ok(Self { version, before, ruling })
    }

    /// The version that rules until this one does, with its rulebook.
    pub(super) fn ruling<'a>(&'a self, context: &'a Context) -> Option<(&'a PolicyVersion, &'a Rulebook)> {
        let ruling = self.ruling.as_deref()?;
        Some((ruling, context.snapshot.office.rulebooks.get(&ruling.number)?))
    }

    /// What is proposed.
    pub(super) fn offer<'a>(&'a self, context: &'a Context, reread: Option<Reread>) -> Offer<'a> {
        let ground = Ground {
            catalog: context.catalog(),
            state: &context.snapshot,
            version: &self.version,
            before: self.before.as_deref(),
            today: context.today(),
        };
        Offer::of(ground, reread)
    }
}

/// `GET /adoption/{version}`
pub(crate) async fn show(context: Context, Path(number): Path<u32>) -> Result<Response, Fault> {
    context.administrator()?;
    let loading = Loading::find(&context, number).await?;
    let offer = loading.offer(&context, None);
    frame::show(&form::page(&context, &offer, &loading.version, &offer.proposal, &[], ""))
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
    past: bool,
    future: bool,
    changes: Vec<(&'static str, usize, usize, usize)>,
    others: Vec<String>,
    corrections: Vec<(String, String)>,
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

fn confirm_page(context: &Context, loading: &Loading, confirmation: &Confirmation, refused: Option<Refused>) -> ConfirmPage {
    let offer = &loading.offer(context, Some(confirmation.reread.clone()));
    let book = offer.book(confirmation);
    let today = context.today();
    let others = context.snapshot.office.rulebooks.values().filter(|one| one.version != offer.version && one.effective > today);
    let proposal = office::adoption::baseline(context.catalog(), offer.reading, &context.snapshot.people, confirmation);
    let corrections = office::adoption::correction::between(context.catalog(), offer.version, offer.reading, &proposal, confirmation);
    let (vacant, unassigned) = vacancies(context, &book);
    let withheld = confirmation.procedures.iter().filter(|(_, correction)| !correction.offered);
    let withheld = withheld.filter_map(|(key, _)| offer.whole.procedure(key)).map(|procedure| procedure.title.clone());
    let names = |ids: &[String], joint: &str| ids.iter().map(|id| book.role_name(id).to_owned()).collect::<Vec<_>>().join(joint);
    ConfirmPage {
        page: context.page("施行の確認"),
        number: offer.version,
        title: book.title.clone(),
        effective: calendar::wareki(confirmation.effective),
        packed: packed("confirmation", confirmation),
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
        past: confirmation.effective < today,
        future: confirmation.effective > today,
        changes: impact::counts(context, loading, &book),
        others: others.map(|one| format!("第{}版（{}施行予定）", one.version, calendar::wareki(one.effective))).collect(),
        corrections: corrections.iter().map(|one| (one.about.clone(), known::what(offer, &one.change))).collect(),
    }
}

/// `POST /adoption/{version}`
pub(crate) async fn confirm(context: Context, Path(number): Path<u32>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let loading = Loading::find(&context, number).await?;
    let again = |confirmation: &Confirmation, errors: &[(String, String)], notice: &'static str| {
        let offer = loading.offer(&context, Some(confirmation.reread.clone()));
        form::page(&context, &offer, &loading.version, confirmation, errors, notice)
    };
    let word = input.get("action");
    if let Some(confirmation) = unpacked::<Confirmation>(&input, "confirmation").filter(|_| word == "edit") {
        return frame::show(&again(&confirmation, &[], ""));
    }
    // The fields came from a page made for this reading; a reading that is corrected further makes another page.
    let offer = loading.offer(&context, unpacked(&input, "reread"));
    let (confirmation, mut errors) = draft::typed(&offer, &input);
    let (reread, wrong) = sentences::typed(&offer, &input);
    errors.extend(wrong);
    if !errors.is_empty() {
        return frame::show_refused(&again(&confirmation, &errors, ""));
    }
    if reread != offer.proposal.reread {
        let next = office::adoption::rekeyed(context.catalog(), offer.reading, &confirmation, reread, &context.snapshot.people);
        return frame::show(&again(
            &next,
            &[],
            "読み取りの訂正を反映しました。役割、申請、業務をもう一度確かめてから、先へ進んでください。",
        ));
    }
    if let Some(next) = known::taken(&offer, &input, &confirmation) {
        return frame::show(&again(&next, &[], "前の版の訂正を引き継ぎました。もう一度確かめてから、先へ進んでください。"));
    }
    if word == "look" {
        return frame::show(&again(&confirmation, &[], ""));
    }
    frame::show(&confirm_page(&context, &loading, &confirmation, None))
}

/// `POST /adoption/{version}/adopt`
pub(crate) async fn adopt(context: Context, Path(number): Path<u32>, input: Input) -> Result<Response, Fault> {
    context.administrator()?;
    let confirmation: Confirmation = unpacked(&input, "confirmation")
        .ok_or_else(|| Fault::Bad("確認した内容を受け取れませんでした。確認の画面からやり直してください。".to_owned()))?;
    let loading = Loading::find(&context, number).await?;
    if !input.ticked("sure") {
        let refusal = office::refusal::Refusal::input(
            "まだ施行していません。",
            "内容を確かめ、「内容を確かめました」に印を付けてから「施行する」を押してください。",
        );
        return frame::show_refused(&confirm_page(&context, &loading, &confirmation, Some(Refused::bare(&refusal))));
    }
    let act = Act::AdoptPolicy { version: number, confirmation: confirmation.clone() };
    match context.act(act).await {
        Ok(_) => {
            let day = calendar::wareki(confirmation.effective);
            Ok(frame::done(&context, "/policy", &format!("規程を{day}から施行することを記録しました。")))
        }
        Err(error) => {
            let refused = Refused::or_fault(&context, error).await?;
            frame::show_refused(&confirm_page(&context, &loading, &confirmation, Some(refused)))
        }
    }
}
