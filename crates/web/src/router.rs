//! Every address on one page.

use axum::{
    Router,
    middleware,
    routing::{get},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{app::App, assets, fault::Fault, frame, pages};

/// The pages of a body.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/assets/sekisho.css", get(assets::css))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/", get(pages::home::show))
        .fallback(|| async { Fault::NotFound })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| axum::response::IntoResponse::into_response(Fault::Internal)))
        .layer(middleware::from_fn_with_state(app.clone(), frame::frame))
        .layer(CompressionLayer::new())
        .with_state(app)
}
