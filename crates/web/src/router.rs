//! Every address on one page.

use axum::{
    Router,
    middleware,
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{app::App, assets, fault::Fault, frame, pages};

/// The pages of a body.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/assets/sekisho.css", get(assets::css))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::sign_in))
        .route("/sign-in/code", get(pages::sign_in::show_code).post(pages::sign_in::sign_in_code))
        .route("/sign-out", post(pages::sign_in::sign_out))
        .route("/account", get(pages::account::show))
        .route("/account/password", get(pages::account::show_password).post(pages::account::change_password))
        .route("/account/second-factor", get(pages::account::show_second_factor).post(pages::account::set_second_factor))
        .route("/", get(pages::home::show))
        .fallback(|| async { Fault::NotFound })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| axum::response::IntoResponse::into_response(Fault::Internal)))
        .layer(middleware::from_fn_with_state(app.clone(), frame::frame))
        .layer(CompressionLayer::new())
        .with_state(app)
}
