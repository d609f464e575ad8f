//! What surrounds every page: origin check, session, forced detours, error pages, headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};

use crate::{
    app::App,
    context::Context,
    fault::Fault,
    paging::encode,
    session::{self, Cookie, Visitor},
};

/// No script, no frame, nothing from elsewhere; QR codes are `data:` images.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Pages open to somebody who must first change the password or set the second factor.
fn is_account(path: &str) -> bool {
    path.starts_with("/account") || path == "/sign-out"
}

/// Looks up who asks, lets the page answer, and gives faults their look.
pub(crate) async fn frame(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/assets/") {
        return guard(next.run(request).await);
    }
    if !is_ours(request.method(), request.uri().authority().map(Authority::as_str), request.headers()) {
        return guard(Fault::Foreign.page(&app, None).await);
    }
    let context = match session::visitor(&app, request.headers(), &path).await {
        Ok(Visitor::Known(context)) => Some(context),
        Ok(Visitor::Nobody) => None,
        Ok(Visitor::Late) if path == "/sign-in" => None,
        Ok(Visitor::Late) => return guard(late(&app, &request)),
        Ok(Visitor::Withdrawn) => return guard(forget(&app, Fault::Withdrawn.page(&app, None).await)),
        Err(trouble) => return guard(Fault::from(trouble).page(&app, None).await),
    };
    if let Some(context) = &context {
        match session::detour(&app, &context.account) {
            Some(to) if !is_account(&path) => return guard(Redirect::to(to).into_response()),
            _ => request.extensions_mut().insert(context.clone()),
        };
    }
    let response = next.run(request).await;
    guard(finish(&app, context.as_ref(), response).await)
}

/// Whether a request that changes something comes from one of our own pages, as far as the browser tells.
/// Over HTTP/2, which browsers speak over TLS, the host stands in the address instead of a header.
fn is_ours(method: &Method, authority: Option<&str>, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    let word = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (word(header::ORIGIN), word(header::HOST).or(authority)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
        (None, _) => matches!(word(HeaderName::from_static("sec-fetch-site")), None | Some("same-origin" | "none")),
    }
}

/// Gives a fault its page, and forgets the flash message once it was shown.
async fn finish(app: &App, context: Option<&Context>, mut response: Response) -> Response {
    let is_html = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        response = fault.page(app, context).await;
    } else if !is_html && (response.status().is_client_error() || response.status().is_server_error()) {
        response = Fault::of_status(response.status()).page(app, context).await;
    }
    let shown = response.status() == StatusCode::OK && is_html;
    if shown && context.is_some_and(|context| context.flash.is_some()) {
        response.headers_mut().append(header::SET_COOKIE, Cookie::Flash.set(app, ""));
    }
    response
}

/// To the sign-in page, with a word on why; a page that was asked for opens afterwards.
fn late(app: &App, request: &Request) -> Response {
    let asked = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let next = if *request.method() == Method::GET && asked != "/" { format!("&next={}", encode(asked)) } else { String::new() };
    forget(app, Redirect::to(&format!("/sign-in?late=yes{next}")).into_response())
}

/// Removes the session's cookie.
pub(crate) fn forget(app: &App, mut response: Response) -> Response {
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.set(app, ""));
    response
}

/// Headers of every answer.
fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Renders a template as a page.
///
/// # Errors
/// [`Fault::Internal`] if the template fails.
pub fn show(template: &impl askama::Template) -> Result<Response, Fault> {
    Ok(Html(template.render()?).into_response())
}

/// Renders a page that shows a refusal: the form again, with what was typed.
///
/// # Errors
/// [`Fault::Internal`] if the template fails.
pub fn show_refused(template: &impl askama::Template) -> Result<Response, Fault> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// Goes to another page and says there what was done.
#[must_use]
pub fn done(context: &Context, to: &str, message: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(header::SET_COOKIE, Cookie::Flash.set(&context.app, &session::flash_value(message)));
    response
}

/// A file to be saved.
#[must_use]
pub fn download(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"download\"; filename*=UTF-8''{}", encode(name));
    let mut response = (([(header::CONTENT_TYPE, kind)]), bytes).into_response();
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_from_elsewhere_is_not_ours() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect::<HeaderMap>()
        };
        let ours = |pairs: &[(&'static str, &'static str)]| is_ours(&Method::POST, None, &headers(pairs));
        assert!(ours(&[("origin", "https://town.example:8443"), ("host", "town.example:8443")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("host", "town.example")]));
        assert!(!ours(&[("origin", "null"), ("host", "town.example")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site"), ("host", "town.example")]));
        assert!(ours(&[("host", "town.example")]));
        let over_http2 = |origin| is_ours(&Method::POST, Some("town.example:8443"), &headers(&[("origin", origin)]));
        assert!(over_http2("https://town.example:8443"));
        assert!(!over_http2("https://evil.example"));
    }
}
