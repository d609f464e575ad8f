//! The versions of the policy that were loaded, which is in force, and the text of each as it was read.

use askama::Template;
use axum::{extract::Path, response::Response};
use office::calendar;

use crate::{context::Context, fault::Fault, frame, html::Html, page::Page};

struct Line {
    number: u32,
    title: String,
    file: String,
    loaded: String,
    effective: String,
    badge: Html,
    adopted: bool,
    /// What kind of file the original is; empty if there is none.
    original: String,
    unread: usize,
}

#[derive(Template)]
#[template(path = "policy/versions.html")]
struct VersionsPage {
    page: Page,
    lines: Vec<Line>,
    administrator: bool,
}

/// `GET /policy/versions`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    let current = context.rulebook().map(|book| book.version);
    let mut lines = Vec::new();
    for version in context.app.registry.versions().await? {
        let loaded = context.app.registry.version(version.number).await?;
        let source = loaded.as_ref().map(|loaded| &loaded.source);
        let badge = match version.effective {
            _ if current == Some(version.number) => Html::badge("good", "施行中"),
            Some(day) if day > context.today() => Html::badge("wait", "施行予定"),
            Some(_) => Html::badge("done", "過去の版"),
            None => Html::badge("back", "未施行"),
        };
        lines.push(Line {
            original: source.filter(|source| source.original.is_some()).map_or_else(String::new, |source| source.format.clone()),
            unread: source.map_or(0, |source| source.unread.len()),
            number: version.number,
            title: if version.title.is_empty() { "（題名なし）".to_owned() } else { version.title },
            file: version.file,
            loaded: version.loaded_at.wareki(),
            effective: version.effective.map_or_else(String::new, calendar::wareki),
            badge,
            adopted: version.effective.is_some(),
        });
    }
    frame::show(&VersionsPage { page: context.page("規程の版"), lines, administrator: context.account.administrator })
}

/// `GET /policy/versions/{number}/text`
pub(crate) async fn text(context: Context, Path(number): Path<u32>) -> Result<Response, Fault> {
    let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
    let bytes = version.reading.document.source.clone().into_bytes();
    Ok(frame::download(&format!("規程_第{number}版.txt"), "text/plain; charset=utf-8", bytes))
}

/// `GET /policy/versions/{number}/file`: the file as it was loaded.
pub(crate) async fn file(context: Context, Path(number): Path<u32>) -> Result<Response, Fault> {
    let version = context.app.registry.version(number).await?.ok_or(Fault::NotFound)?;
    let original = version.source.original.as_ref().ok_or(Fault::NotFound)?;
    let bytes = context.app.registry.object(&original.sha256).await?;
    // Never shown in the browser: a web page of a stranger would run there.
    Ok(frame::download(&original.name, "application/octet-stream", bytes))
}
