//! Style sheet and icon, joined at compile time; nothing comes from elsewhere.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// The style sheet: a file per component, print last.
const CSS: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/layout.css"),
    include_str!("../assets/css/button.css"),
    include_str!("../assets/css/form.css"),
    include_str!("../assets/css/notice.css"),
    include_str!("../assets/css/table.css"),
    include_str!("../assets/css/card.css"),
    include_str!("../assets/css/policy.css"),
    include_str!("../assets/css/print.css"),
);

/// The gate.
const ICON: &str = include_str!("../assets/icon.svg");

static CSS_ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(CSS.as_bytes());
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("/assets/sekisho.css?v={short}")
});

/// Address of the style sheet, which changes with its content.
#[must_use]
pub fn css_address() -> &'static str {
    &CSS_ADDRESS
}

/// Serves the style sheet.
pub(crate) async fn css() -> Response {
    serve("text/css; charset=utf-8", CSS)
}

/// Serves the icon.
pub(crate) async fn icon() -> Response {
    serve("image/svg+xml", ICON)
}

fn serve(kind: &'static str, body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], body).into_response()
}
