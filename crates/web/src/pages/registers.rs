//! Registers (台帳): the list of them, and pages for their rows.

use askama::Template;
use axum::response::Response;
use office::catalog::Register;
use registry::{Paging, RowFilter, Sort, Total};

use crate::{citation, context::Context, fault::Fault, frame, html::Html, page::Page};

pub(crate) mod edit;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod row;
pub(crate) mod values;

/// A register by its id.
///
/// # Errors
/// [`Fault::NotFound`] if there is none.
pub(crate) fn register<'a>(context: &'a Context, id: &str) -> Result<&'a Register, Fault> {
    context.catalog().register(id).ok_or(Fault::NotFound)
}

struct Card {
    href: String,
    title: String,
    summary: String,
    all: Total,
    own: Total,
    cites: Vec<Html>,
}

#[derive(Template)]
#[template(path = "registers/index.html")]
struct IndexPage {
    page: Page,
    cards: Vec<Card>,
    unit: String,
}

/// `GET /registers`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    let unit = context.person.unit().to_owned();
    let mut cards = Vec::new();
    for register in &context.catalog().registers {
        let filter = RowFilter { register: register.id.clone(), gone: Some(false), ..RowFilter::default() };
        let one = Paging { page: 1, size: 1 };
        let all = context.app.registry.rows(&filter, Sort::Number, one).await?.total;
        let own = context.app.registry.rows(&RowFilter { unit: unit.clone(), ..filter }, Sort::Number, one).await?.total;
        let cites = context.rulebook().map_or_else(Vec::new, |book| {
            let mut cites: Vec<_> = register.controls.iter().filter_map(|control| book.cite(control)).collect();
            cites.dedup();
            cites.iter().take(3).map(citation::short).collect()
        });
        let href = format!("/registers/{}", register.id);
        cards.push(Card { href, title: register.title.clone(), summary: register.summary.clone(), all, own, cites });
    }
    frame::show(&IndexPage { page: context.page("台帳"), cards, unit })
}
