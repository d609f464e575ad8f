//! Signing in: staff number and password, then the code; and signing out.

use askama::Template;
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use office::{
    act::{Act, Actor},
    calendar::Moment,
    people::Account,
    record::Fact,
};
use registry::{Receipt, SecretWrite, SubmitError};

use crate::{
    app::{App, Failures, Pending},
    context::Context,
    fault::Fault,
    field::{Field, Fields, Kind},
    frame,
    input::{self, Input},
    page::Page,
    second_factor,
    session::{self, Cookie},
};

/// How long a password is good for the code, in seconds.
const PENDING_SECONDS: i64 = 5 * 60;
/// Wrong codes after which the password is asked for again.
const CODES_MAX: u32 = 5;
/// How long failures are remembered, in seconds.
const WINDOW_SECONDS: i64 = 15 * 60;
/// Failures of one account from one address within the window.
const ACCOUNT_MAX: u32 = 5;
/// Failures of one address within the window, whatever the account.
const ADDRESS_MAX: u32 = 40;

/// What somebody is told whose attempt failed.
const WRONG: &str = "サインインできませんでした。職員番号とパスワードを確かめてください。";
/// What somebody is told who failed too often.
const LOCKED: &str =
    "失敗が続いたため、このサインインを一時的に止めています。15分ほどたってからやり直すか、システムの管理者に相談してください。";

/// A demonstration account with the code of this moment.
struct DemoLine {
    id: String,
    name: String,
    role: String,
    password: String,
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    notice: String,
    message: String,
    fields: Fields,
    next: String,
    demo: Vec<DemoLine>,
    empty: bool,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    page: Page,
    message: String,
    fields: Fields,
    demo: Option<String>,
}

fn sign_in_page(app: &App, next: &str, id: &str, message: &str) -> SignInPage {
    let now = app.registry.now();
    let snapshot = app.registry.snapshot();
    let demo = app.settings.demo_accounts.iter().map(|account| DemoLine {
        id: account.id.clone(),
        name: account.name.clone(),
        role: account.role.clone(),
        password: account.password.clone(),
        code: account.totp.as_deref().and_then(|secret| second_factor::current_code(secret, now)),
    });
    SignInPage {
        page: Page::plain("サインイン", &snapshot.office.name, now.date()),
        notice: app.settings.sign_in_notice.clone(),
        message: message.to_owned(),
        fields: Fields(vec![
            Field::new(Kind::Text, "person", "職員番号").plain().value(id).autocomplete("username"),
            Field::new(Kind::Password, "password", "パスワード").plain().autocomplete("current-password"),
        ]),
        next: next.to_owned(),
        demo: demo.collect(),
        empty: snapshot.office.accounts.is_empty(),
    }
}

/// A path of ours to go on to; home for anything else.
fn safe_next(next: &str) -> &str {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    if ours && !next.starts_with("/sign-") { next } else { "/" }
}

/// `GET /sign-in`
pub(crate) async fn show(State(app): State<App>, parts: Parts) -> Result<Response, Fault> {
    if parts.extensions.get::<Context>().is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let query: Vec<(String, String)> = input::form(parts.uri.query().unwrap_or("").as_bytes()).collect();
    let word = |key: &str| query.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
    let message = if word("late") == "yes" {
        "しばらく操作がなかったか、サインアウトしたため、もう一度サインインしてください。入力の途中だった内容は送信されていません。"
    } else {
        ""
    };
    frame::show(&sign_in_page(&app, safe_next(word("next")), "", message))
}

fn address(parts: &Parts) -> String {
    parts
        .extensions
        .get::<ConnectInfo<std::net::SocketAddr>>()
        .map_or_else(|| "unknown".to_owned(), |ConnectInfo(from)| from.ip().to_string())
}

impl App {
    fn failed_too_often(&self, key: &str, most: u32) -> bool {
        let now = self.registry.now();
        self.remember(|memory| {
            memory.failures.get(key).is_some_and(|failures| failures.count >= most && failures.since.plus_seconds(WINDOW_SECONDS) > now)
        })
    }

    fn note_failure(&self, key: String) {
        let now = self.registry.now();
        self.remember(|memory| {
            memory.failures.retain(|_, failures| failures.since.plus_seconds(WINDOW_SECONDS) > now);
            let failures = memory.failures.entry(key).or_insert(Failures { count: 0, since: now });
            failures.count = failures.count.saturating_add(1);
        });
    }
}

/// Records a failed attempt and says what to tell.
async fn fail(app: &App, id: &str, from: &str) -> Result<&'static str, Fault> {
    app.note_failure(format!("{id} {from}"));
    app.note_failure(from.to_owned());
    let too_often = app.failed_too_often(&format!("{id} {from}"), ACCOUNT_MAX);
    if !app.registry.snapshot().office.accounts.contains_key(id) {
        return Ok(if too_often { LOCKED } else { WRONG });
    }
    let act = Act::FailSignIn { person: id.to_owned() };
    match app.registry.submit(Actor::Person(id.to_owned()), act).await {
        Ok(receipt) if locks(&receipt) || too_often => Ok(LOCKED),
        Ok(_) => Ok(WRONG),
        Err(SubmitError::Refused(refusal)) if refusal.rule == "locked" => Ok(LOCKED),
        Err(SubmitError::Refused(_)) => Ok(WRONG),
        Err(SubmitError::Unavailable(trouble)) => Err(trouble.into()),
    }
}

fn locks(receipt: &Receipt) -> bool {
    receipt.records.iter().any(|record| matches!(record.fact, Fact::SignInFailed { locked_until: Some(_), .. }))
}

/// The account, if it may sign in at all.
fn account(app: &App, id: &str) -> Option<Account> {
    let snapshot = app.registry.snapshot();
    let active = snapshot.people.get(id).is_some_and(|person| person.active);
    snapshot.office.accounts.get(id).filter(|account| account.open && active).cloned()
}

fn is_locked(account: &Account, now: Moment) -> bool {
    account.locked_until.is_some_and(|until| until > now)
}

/// `POST /sign-in`
pub(crate) async fn sign_in(State(app): State<App>, parts: Parts, input: Input) -> Result<Response, Fault> {
    let id = registry_id(input.get("person"));
    let next = safe_next(input.get("next")).to_owned();
    let from = address(&parts);
    let refuse = |message: &str| {
        let html = sign_in_page(&app, &next, &id, message).render()?;
        Ok::<_, Fault>((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
    };
    if id.is_empty() || input.raw("password").is_empty() {
        return refuse("職員番号とパスワードを入力してください。");
    }
    if app.failed_too_often(&format!("{id} {from}"), ACCOUNT_MAX) || app.failed_too_often(&from, ADDRESS_MAX) {
        return refuse(LOCKED);
    }
    let account = account(&app, &id);
    let kept = app.registry.secret(&id).await?;
    let hash = if account.is_some() { kept.password.as_str() } else { "" };
    let right = app.verify(input.raw("password"), hash).await;
    let Some(account) = account.filter(|_| right) else { return refuse(fail(&app, &id, &from).await?) };
    if is_locked(&account, app.registry.now()) {
        return refuse(LOCKED);
    }
    if account.second_factor {
        return Ok(wait_for_code(&app, id, next));
    }
    enter(&app, &id, &next, SecretWrite::default()).await
}

/// A staff number as it is kept: half width, no spaces.
fn registry_id(typed: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    typed.nfkc().filter(|c| !c.is_whitespace()).take(64).collect()
}

fn wait_for_code(app: &App, person: String, next: String) -> Response {
    let token = session::token(app);
    let now = app.registry.now();
    app.remember(|memory| {
        memory.pending.retain(|_, pending| pending.until > now);
        memory.pending.insert(session::token_hash(&token), Pending { person, next, until: now.plus_seconds(PENDING_SECONDS), tries: 0 });
    });
    let mut response = Redirect::to("/sign-in/code").into_response();
    response.headers_mut().append(header::SET_COOKIE, Cookie::Pending.set(app, &token));
    response
}

/// The sign-in that waits for its code.
fn pending(app: &App, headers: &HeaderMap) -> Option<(String, Pending)> {
    let hash = session::token_hash(&Cookie::Pending.read(app, headers)?);
    let now = app.registry.now();
    app.remember(|memory| memory.pending.get(&hash).filter(|pending| pending.until > now).cloned()).map(|pending| (hash, pending))
}

fn code_page(app: &App, person: &str, message: &str) -> CodePage {
    let now = app.registry.now();
    let demo = app.settings.demo_accounts.iter().find(|account| account.id == person);
    CodePage {
        page: Page::plain("確認コード", &app.registry.snapshot().office.name, now.date()),
        message: message.to_owned(),
        fields: Fields(vec![
            Field::new(Kind::Code, "code", "6桁の確認コード")
                .plain()
                .autocomplete("one-time-code")
                .help("スマートフォンなどの認証アプリに表示されている数字を入力してください。"),
        ]),
        demo: demo.and_then(|account| account.totp.as_deref()).and_then(|secret| second_factor::current_code(secret, now)),
    }
}

/// `GET /sign-in/code`
pub(crate) async fn show_code(State(app): State<App>, headers: HeaderMap) -> Result<Response, Fault> {
    match pending(&app, &headers) {
        Some((_, pending)) => frame::show(&code_page(&app, &pending.person, "")),
        None => Ok(Redirect::to("/sign-in").into_response()),
    }
}

/// `POST /sign-in/code`
pub(crate) async fn sign_in_code(State(app): State<App>, parts: Parts, input: Input) -> Result<Response, Fault> {
    let Some((hash, pending)) = pending(&app, &parts.headers) else {
        return frame::show_refused(&sign_in_page(&app, "/", "", "時間が過ぎたため、もう一度パスワードから入力してください。"));
    };
    let person = pending.person.as_str();
    let Some(account) = account(&app, person) else { return Err(Fault::Withdrawn) };
    if is_locked(&account, app.registry.now()) {
        return frame::show_refused(&sign_in_page(&app, &pending.next, person, LOCKED));
    }
    let kept = app.registry.secret(person).await?.totp;
    if let Some(totp) = app.accept_code(person, &kept, input.get("code")) {
        app.remember(|memory| memory.pending.remove(&hash));
        let secret = SecretWrite { person: person.to_owned(), password: None, totp: Some(totp) };
        return enter(&app, person, &pending.next, secret).await;
    }
    let message = fail(&app, person, &address(&parts)).await?;
    let spent = app.remember(|memory| match memory.pending.get_mut(&hash) {
        Some(pending) if pending.tries + 1 < CODES_MAX => {
            pending.tries += 1;
            false
        }
        _ => memory.pending.remove(&hash).is_some(),
    });
    if spent || message == LOCKED {
        return frame::show_refused(&sign_in_page(&app, &pending.next, person, message));
    }
    frame::show_refused(&code_page(&app, person, "確認コードが違うか、すでに使われています。次に表示されるコードを入力してください。"))
}

/// Through the door, and a session begins.
async fn enter(app: &App, person: &str, next: &str, secret: SecretWrite) -> Result<Response, Fault> {
    let act = Act::SignIn { person: person.to_owned() };
    match app.registry.submit_with(Actor::Person(person.to_owned()), act, secret).await {
        Ok(_) => {}
        Err(SubmitError::Refused(refusal)) => {
            return frame::show_refused(&sign_in_page(app, next, person, &format!("{}{}", refusal.says, refusal.help)));
        }
        Err(SubmitError::Unavailable(trouble)) => return Err(trouble.into()),
    }
    let token = session::begin(app, person).await?;
    let mut response = Redirect::to(next).into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, Cookie::Session.set(app, &token));
    headers.append(header::SET_COOKIE, Cookie::Pending.set(app, ""));
    Ok(response)
}

/// `POST /sign-out`
pub(crate) async fn sign_out(context: Context, _input: Input) -> Result<Response, Fault> {
    context.app.registry.delete_session(&context.session.token_hash).await?;
    context.act(Act::SignOut { person: context.person.id.clone() }).await?;
    Ok(frame::forget(&context.app, Redirect::to("/sign-in").into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(safe_next("/permits?stage=applied"), "/permits?stage=applied");
        assert_eq!(safe_next("//evil.example/"), "/");
        assert_eq!(safe_next("https://evil.example/"), "/");
        assert_eq!(safe_next("/\\evil.example"), "/");
        assert_eq!(safe_next("/sign-in"), "/");
    }

    #[test]
    fn staff_numbers_are_half_width() {
        assert_eq!(registry_id(" １０００１ "), "10001");
    }
}
