//! Sessions: a random token in a cookie, its hash in the book, rights looked up anew for every request.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use office::people::Account;
use registry::{Session, Trouble};
use sha2::{Digest, Sha256};

use crate::{app::App, context::Context};

/// Who a request comes from.
#[expect(clippy::large_enum_variant, reason = "made once a request and taken apart at once")]
pub(crate) enum Visitor {
    /// Nobody signed in.
    Nobody,
    /// Nobody any more: the session ran out.
    Late,
    /// Somebody who lost the right to be here since the last request.
    Withdrawn,
    /// Somebody signed in.
    Known(Context),
}

/// Names of our cookies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cookie {
    /// The session.
    Session,
    /// A sign-in that waits for its code.
    Pending,
    /// What was just done.
    Flash,
}

impl Cookie {
    const fn name(self, tls: bool) -> &'static str {
        match (self, tls) {
            (Self::Session, true) => "__Host-sekisho",
            (Self::Session, false) => "sekisho",
            (Self::Pending, true) => "__Host-sekisho-pending",
            (Self::Pending, false) => "sekisho-pending",
            (Self::Flash, true) => "__Host-sekisho-flash",
            (Self::Flash, false) => "sekisho-flash",
        }
    }

    /// The value a request carries.
    pub(crate) fn read(self, app: &App, headers: &HeaderMap) -> Option<String> {
        let name = self.name(app.settings.tls);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    }

    /// The header that sets it, for as long as the browser runs; an empty value removes it.
    pub(crate) fn set(self, app: &App, value: &str) -> HeaderValue {
        let secure = if app.settings.tls { "; Secure" } else { "" };
        let age = if value.is_empty() { "; Max-Age=0" } else { "" };
        let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", self.name(app.settings.tls));
        HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
    }
}

/// A new token of 256 random bits.
pub(crate) fn token(app: &App) -> String {
    let mut bytes = [0; 32];
    app.registry.chance(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256 of a token, hex.
pub(crate) fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The form token of a session: follows from the cookie's token and tells nothing about it.
fn csrf(token: &str) -> String {
    hex(&Sha256::digest(format!("csrf {token}").as_bytes()))
}

/// A flash message as it travels in its cookie.
pub(crate) fn flash_value(message: &str) -> String {
    URL_SAFE_NO_PAD.encode(message.as_bytes())
}

/// Begins a session and returns the token for its cookie.
pub(crate) async fn begin(app: &App, person: &str) -> Result<String, Trouble> {
    let token = token(app);
    let now = app.registry.now();
    let expires = now.plus_seconds(app.settings.session_minutes * 60);
    app.registry
        .create_session(Session { token_hash: token_hash(&token), person: person.to_owned(), created: now, last_seen: now, expires })
        .await?;
    Ok(token)
}

/// Who a request comes from, by its cookie and the body as it is now.
pub(crate) async fn visitor(app: &App, headers: &HeaderMap, path: &str) -> Result<Visitor, Trouble> {
    let Some(token) = Cookie::Session.read(app, headers) else { return Ok(Visitor::Nobody) };
    let hash = token_hash(&token);
    let Some(session) = app.registry.find_session(&hash).await? else { return Ok(Visitor::Late) };
    let now = app.registry.now();
    if session.expires <= now || session.last_seen.plus_seconds(app.settings.idle_minutes * 60) <= now {
        app.registry.delete_session(&hash).await?;
        return Ok(Visitor::Late);
    }
    let snapshot = app.registry.snapshot();
    let account = snapshot.office.accounts.get(&session.person).filter(|account| account.open).cloned();
    let person = snapshot.people.get(&session.person).filter(|person| person.active).cloned();
    let (Some(account), Some(person)) = (account, person) else {
        app.registry.delete_session(&hash).await?;
        return Ok(Visitor::Withdrawn);
    };
    app.registry.touch_session(&session).await?;
    let flash = Cookie::Flash
        .read(app, headers)
        .and_then(|value| URL_SAFE_NO_PAD.decode(value).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(Visitor::Known(Context {
        app: app.clone(),
        person: Arc::new(person),
        account,
        snapshot,
        now,
        csrf: csrf(&token),
        session,
        path: path.to_owned(),
        flash,
    }))
}

/// Where somebody must go first, whatever they asked for.
pub(crate) fn detour(app: &App, account: &Account) -> Option<&'static str> {
    if account.must_change {
        return Some("/account/password");
    }
    (app.settings.second_factor && !account.second_factor).then_some("/account/second-factor")
}
