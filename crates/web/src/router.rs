//! Every address on one page.

use std::any::Any;

use axum::{
    Router, middleware,
    response::IntoResponse,
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{app::App, assets, fault::Fault, frame, pages};

/// The pages of a body.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/assets/sekisho.css", get(assets::css))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::sign_in))
        .route("/sign-in/code", get(pages::sign_in::show_code).post(pages::sign_in::sign_in_code))
        .route("/sign-out", post(pages::sign_in::sign_out))
        .route("/account", get(pages::account::show))
        .route("/account/password", get(pages::account::show_password).post(pages::account::change_password))
        .route("/account/second-factor", get(pages::account::show_second_factor).post(pages::account::set_second_factor))
        .route("/", get(pages::home::show))
        .route("/apply", get(pages::apply::index))
        .route("/apply/{procedure}", get(pages::apply::show).post(pages::apply::send))
        .route("/permits", get(pages::permits::index))
        .route("/permits.csv", get(pages::permits::export))
        .route("/permits.xlsx", get(pages::permits::export))
        .route("/permits/{id}", get(pages::permits::show::show))
        .route("/permits/{id}/print", get(pages::permits::show::print))
        .route("/permits/{id}/revise", get(pages::apply::show_revision).post(pages::apply::revise))
        .route("/permits/{id}/{what}", get(pages::permits::back).post(pages::permits::decide))
        .route("/setup", get(pages::setup::show).post(pages::setup::found))
        .route("/incidents", get(pages::incidents::index))
        .route("/incidents/new", get(pages::incidents::new).post(pages::incidents::send))
        .route("/incidents/{id}", get(pages::incidents::show::show))
        .route("/incidents/{id}/steps/{step}", post(pages::incidents::show::step))
        .route("/incidents/{id}/note", post(pages::incidents::show::note))
        .route("/incidents/{id}/close", post(pages::incidents::show::close))
        .route("/tasks", get(pages::tasks::index))
        .route("/tasks.csv", get(pages::tasks::export))
        .route("/tasks.xlsx", get(pages::tasks::export))
        .route("/tasks/{id}", get(pages::tasks::show).post(pages::tasks::complete))
        .route("/tasks/{id}/evidence/{number}", get(pages::tasks::evidence))
        .route("/calendar", get(pages::calendar::show))
        .route("/registers", get(pages::registers::index))
        .route("/registers/{id}", get(pages::registers::list::list))
        .route("/registers/{id}/export", get(pages::registers::list::export))
        .route("/registers/{id}/print", get(pages::registers::list::print))
        .route("/registers/{id}/template", get(pages::registers::import::template))
        .route("/registers/{id}/import", get(pages::registers::import::show).post(pages::registers::import::take))
        .route("/registers/{id}/new", get(pages::registers::edit::new).post(pages::registers::edit::add))
        .route("/registers/{id}/rows/{row}", get(pages::registers::row::show))
        .route("/registers/{id}/rows/{row}/edit", get(pages::registers::edit::edit).post(pages::registers::edit::change))
        .route("/registers/{id}/rows/{row}/remove", get(pages::registers::edit::remove).post(pages::registers::edit::dispose))
        .route("/policy", get(pages::policy::index))
        .route("/policy/print", get(pages::policy::print))
        .route("/policy/export", get(pages::policy::export::export))
        .route("/policy/clauses/", get(pages::policy::clause::root))
        .route("/policy/clauses/{*path}", get(pages::policy::clause::show))
        .route("/policy/problems", get(pages::policy::problems::show))
        .route("/policy/rules", get(pages::policy::rules::show))
        .route("/policy/roles", get(pages::policy::roles::show))
        .route("/policy/versions", get(pages::policy::versions::show))
        .route("/policy/versions/{number}/text", get(pages::policy::versions::text))
        .route("/policy/versions/{number}/file", get(pages::policy::versions::file))
        .route("/policy/standard", get(pages::policy::standard::index))
        .route("/policy/standard/{number}", get(pages::policy::standard::show))
        .route("/adoption", get(pages::adoption::index).post(pages::adoption::load))
        .route("/adoption/{version}", get(pages::adoption::show).post(pages::adoption::confirm))
        .route("/adoption/{version}/adopt", post(pages::adoption::adopt))
        .route("/adoption/{version}/impact", get(pages::adoption::impact::show).post(pages::adoption::impact::preview))
        .route("/adoption/{version}/impact/export", get(pages::adoption::impact::export))
        .route("/adoption/{version}/withdraw", get(pages::adoption::withdraw::show).post(pages::adoption::withdraw::withdraw))
        .route("/records", get(pages::records::index))
        .route("/records/list", get(pages::records::list))
        .route("/records/export", get(pages::records::verify))
        .route("/records/checkpoint", get(pages::records::checkpoint))
        .route("/records/{index}", get(pages::records::show))
        .route("/records/{index}/payload", get(pages::records::payload));
    framed(routes, app)
}

/// Surrounds routes with what every page has: sessions, error pages, headers.
pub fn framed(routes: Router<App>, app: App) -> Router {
    routes
        .route("/admin", get(pages::admin::index))
        .route("/admin/people", get(pages::admin::people::index))
        .route("/admin/people/new", get(pages::admin::people::new).post(pages::admin::people::add))
        .route("/admin/people/import", get(pages::admin::import::show).post(pages::admin::import::take))
        .route("/admin/people/template", get(pages::admin::import::template))
        .route("/admin/people/{id}", get(pages::admin::people::show).post(pages::admin::people::change))
        .route("/admin/people/{id}/account", post(pages::admin::accounts::act))
        .route("/admin/accounts", get(pages::admin::accounts::index))
        .route("/admin/accounts/issue", post(pages::admin::accounts::issue_unit))
        .route("/admin/units", get(pages::admin::units::index).post(pages::admin::units::add))
        .route("/delegations", get(pages::delegations::index).post(pages::delegations::add))
        .route("/delegations/{id}/end", post(pages::delegations::end))
        .route("/admin/erase", get(pages::admin::erase::show).post(pages::admin::erase::erase))
        .fallback(|| async { Fault::NotFound })
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| Fault::Internal.into_response()))
        .layer(middleware::from_fn_with_state(app.clone(), frame::frame))
        .layer(CompressionLayer::new())
        .with_state(app)
}
