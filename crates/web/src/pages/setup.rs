//! The first start: the body and its first administrator, then a guide of what comes next.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use office::{
    act::{Act, Actor},
    people::{Person, Position, Unit},
    refusal::Refusal,
};
use registry::{SecretWrite, SubmitError};

use crate::{
    app::{App, Failures},
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    input::Input,
    page::Page,
    password,
    refused::Refused,
};

/// Wrong codes within a window.
const CODES_MAX: u32 = 10;
/// The window, in seconds.
const WINDOW_SECONDS: i64 = 15 * 60;

#[derive(Template)]
#[template(path = "setup/first.html")]
struct FirstPage {
    page: Page,
    fields: Option<Fields>,
    refused: Option<Refused>,
}

struct Stage {
    title: &'static str,
    about: String,
    done: bool,
    next: bool,
    href: &'static str,
    word: &'static str,
}

#[derive(Template)]
#[template(path = "setup/guide.html")]
struct GuidePage {
    page: Page,
    stages: Vec<Stage>,
    complete: bool,
}

/// `GET /setup`
pub(crate) async fn show(State(app): State<App>, parts: Parts) -> Result<Response, Fault> {
    if let Some(context) = parts.extensions.get::<Context>() {
        context.administrator()?;
        return frame::show(&guide(context));
    }
    if app.registry.snapshot().office.accounts.is_empty() {
        return frame::show(&first_page(&app, &BTreeMap::new(), None));
    }
    Err(Fault::SignIn("/setup".to_owned()))
}

fn first_page(app: &App, values: &BTreeMap<String, String>, refusal: Option<&Refusal>) -> FirstPage {
    let snapshot = app.registry.snapshot();
    let errors = refusal.map(|refusal| refusal.fields.clone()).unwrap_or_default();
    let mut fields = vec![Field::new(Kind::Text, "code", "初期設定コード").required().help("システムを起動した画面に表示されています。")];
    if snapshot.office.name.is_empty() {
        fields.push(Field::new(Kind::Text, "body", "団体の名称").required().help("例：青浜町、○○広域連合"));
    }
    fields.extend([
        Field::new(Kind::Text, "person", "あなたの職員番号").required().autocomplete("username"),
        Field::new(Kind::Text, "name", "氏名").required().autocomplete("name"),
        Field::new(Kind::Text, "unit", "所属").required().help("部・課・係は / で区切ります。例：総務部/情報政策課"),
        Field::new(Kind::Text, "title", "職名").required().help("例：課長、主任"),
        Field::new(Kind::Password, "password", "パスワード").required().help(password::RULE).autocomplete("new-password"),
        Field::new(Kind::Password, "again", "パスワード（確認）").required().autocomplete("new-password"),
    ]);
    FirstPage {
        page: Page::plain("初期設定", &snapshot.office.name, app.registry.now().date()),
        fields: app.settings.setup_code.as_ref().map(|_| Fields(fields).filled(values, &errors)),
        refused: refusal.map(Refused::bare),
    }
}

/// What is wrong with what was typed.
fn check(app: &App, input: &Input) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    let mut wrong = |key: &str, says: &str| errors.push((key.to_owned(), says.to_owned()));
    for (key, label) in [("person", "職員番号"), ("name", "氏名"), ("unit", "所属"), ("title", "職名")] {
        if input.get(key).is_empty() {
            wrong(key, &format!("「{label}」を入力してください。"));
        }
    }
    if app.registry.snapshot().office.name.is_empty() && input.get("body").is_empty() {
        wrong("body", "「団体の名称」を入力してください。");
    }
    if let Some(weakness) = password::weakness(input.raw("password"), input.get("person"), input.get("name")) {
        wrong("password", weakness);
    } else if input.raw("password") != input.raw("again") {
        wrong("again", "確認の入力が、パスワードと一致しません。");
    }
    errors
}

/// Whether the code is right; too many wrong ones close the form for a while.
fn is_code(app: &App, typed: &str) -> bool {
    let now = app.registry.now();
    let Some(code) = &app.settings.setup_code else { return false };
    app.remember(|memory| {
        let failures = memory.failures.entry("setup".to_owned()).or_insert(Failures { count: 0, since: now });
        if failures.since.plus_seconds(WINDOW_SECONDS) <= now {
            *failures = Failures { count: 0, since: now };
        }
        let right = failures.count < CODES_MAX && typed == code;
        failures.count = failures.count.saturating_add(u32::from(!right));
        right
    })
}

/// `POST /setup`
pub(crate) async fn found(State(app): State<App>, input: Input) -> Result<Response, Fault> {
    if !app.registry.snapshot().office.accounts.is_empty() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let mut errors = check(&app, &input);
    if !is_code(&app, input.get("code")) {
        errors.insert(0, ("code".to_owned(), "初期設定コードが違います。10回続けて違うと、15分間受け付けません。".to_owned()));
    }
    if !errors.is_empty() {
        return frame::show_refused(&first_page(&app, &input.values(), Some(&Refusal::fields(errors))));
    }
    match make(&app, &input).await {
        Ok(()) => Ok(Redirect::to("/sign-in?next=%2Fsetup").into_response()),
        Err(SubmitError::Refused(refusal)) => frame::show_refused(&first_page(&app, &input.values(), Some(&refusal))),
        Err(SubmitError::Unavailable(trouble)) => Err(trouble.into()),
    }
}

/// The units of a path, from the top: `総務部`, `総務部/情報政策課`.
fn units(path: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for name in path.split(['/', '／']).map(str::trim).filter(|name| !name.is_empty()) {
        let parent = units.last().map(|unit| unit.id.clone());
        let id = parent.as_ref().map_or_else(|| name.to_owned(), |parent| format!("{parent}/{name}"));
        units.push(Unit { id, name: name.to_owned(), parent });
    }
    units
}

async fn make(app: &App, input: &Input) -> Result<(), SubmitError> {
    let registry = &app.registry;
    if registry.snapshot().office.name.is_empty() {
        registry.submit(Actor::Console, Act::FoundBody { name: input.get("body").to_owned() }).await?;
    }
    let id = input.get("person").to_owned();
    let units = units(input.get("unit"));
    let unit = units.last().map(|unit| unit.id.clone()).unwrap_or_default();
    let person = Person {
        id: id.clone(),
        name: input.get("name").to_owned(),
        kana: String::new(),
        mail: String::new(),
        positions: vec![Position { unit, title: input.get("title").to_owned() }],
        active: true,
    };
    let Some(phc) = app.stretch(input.raw("password")).await else {
        return Err(Refusal::input("パスワードを保存できませんでした。", "もう一度お試しください。"))
            .map_err(|refusal| SubmitError::Refused(Box::new(refusal)));
    };
    registry.submit(Actor::Console, Act::ChangePeople { units, people: vec![person] }).await?;
    registry.submit(Actor::Console, Act::OpenAccount { person: id.clone(), administrator: true }).await?;
    let secret = SecretWrite { person: id.clone(), password: Some(phc), totp: None };
    registry.submit_with(Actor::Console, Act::SetPassword { person: id, must_change: false }, secret).await?;
    Ok(())
}

/// What is done and what comes next.
fn guide(context: &Context) -> GuidePage {
    let office = &context.snapshot.office;
    let (people, accounts) = (context.snapshot.people.len(), office.accounts.values().filter(|account| account.open).count());
    let adopted = !office.rulebooks.is_empty();
    let mut stages = vec![
        stage("団体と最初の管理者", office.name.clone(), true, "/account", "アカウントを見る"),
        stage("職員名簿の取込み", format!("{people}人が登録されています"), people > 1, "/admin/people/import", "名簿を取り込む"),
        stage(
            "規程の読込み",
            format!("{}件の文書が読み込まれています", office.versions),
            office.versions > 0,
            "/adoption",
            "規程を読み込む",
        ),
        stage("内容の確認と施行", adopted_words(context), adopted, "/adoption", "確認して施行する"),
        stage("職員のアカウント", format!("{accounts}件のアカウントが有効です"), accounts > 1, "/admin/accounts", "アカウントを用意する"),
    ];
    if let Some(next) = stages.iter_mut().find(|stage| !stage.done) {
        next.next = true;
    }
    let complete = stages.iter().all(|stage| stage.done);
    GuidePage { page: context.page("初期設定の手順"), stages, complete }
}

fn adopted_words(context: &Context) -> String {
    let effective = context.snapshot.office.rulebooks.values().map(|book| book.effective).max();
    effective.map_or_else(|| "まだ施行されていません".to_owned(), |day| format!("{}に施行", office::calendar::wareki(day)))
}

fn stage(title: &'static str, about: String, done: bool, href: &'static str, word: &'static str) -> Stage {
    Stage { title, about, done, next: false, href, word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_units_is_made_from_the_top() {
        let units = units("総務部／情報政策課");
        assert_eq!(units.iter().map(|unit| unit.id.as_str()).collect::<Vec<_>>(), ["総務部", "総務部/情報政策課"]);
        assert_eq!(units[1].parent.as_deref(), Some("総務部"));
    }
}
