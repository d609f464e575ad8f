//! Home: what must be done today, what was asked for, what is overdue.

use askama::Template;
use axum::response::Response;

use crate::{context::Context, fault::Fault, frame, page::Page};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
}

/// `GET /`
pub(crate) async fn show(context: Context) -> Result<Response, Fault> {
    frame::show(&HomePage { page: context.page("ホーム") })
}
