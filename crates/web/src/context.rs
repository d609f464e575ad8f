//! Who asks, and what the body looks like at that moment: the first argument of every page.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::civil::Date;
use office::{
    act::{Act, Actor},
    calendar::Moment,
    catalog::Catalog,
    people::{Account, Person},
    rulebook::Rulebook,
    state::State,
};
use registry::{Receipt, Session, Snapshot, SubmitError};

use crate::{app::App, fault::Fault, page::Page};

/// A request of somebody signed in whose rights were looked up for this very request.
#[derive(Clone)]
pub struct Context {
    /// What the pages are served with.
    pub app: App,
    /// Who asks.
    pub person: Arc<Person>,
    /// The account.
    pub account: Account,
    /// The body as of this request.
    pub snapshot: Arc<Snapshot>,
    /// The present moment.
    pub now: Moment,
    /// Token that every form must carry.
    pub csrf: String,
    /// The session.
    pub session: Session,
    /// Path of the request.
    pub path: String,
    /// What was just done.
    pub flash: Option<String>,
}

impl Context {
    /// The frame of a page.
    #[must_use]
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page::of(self, title)
    }

    /// Today in Japan.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.date()
    }

    /// The rulebook in force today.
    #[must_use]
    pub fn rulebook(&self) -> Option<&Rulebook> {
        self.snapshot.rulebook(self.today())
    }

    /// The body, its people and its rulebooks, for asking who holds what.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.snapshot
    }

    /// The catalogue.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        self.app.registry.catalog()
    }

    /// Takes an act of this person through the door.
    ///
    /// # Errors
    /// As [`registry::Registry::submit`].
    pub async fn act(&self, act: Act) -> Result<Receipt, SubmitError> {
        self.app.registry.submit(Actor::Person(self.person.id.clone()), act).await
    }

    /// Lets only administrators pass.
    ///
    /// # Errors
    /// [`Fault::Forbidden`] with who can help.
    pub fn administrator(&self) -> Result<(), Fault> {
        if self.account.administrator {
            return Ok(());
        }
        let names: Vec<&str> = self
            .snapshot
            .office
            .accounts
            .iter()
            .filter(|(_, account)| account.open && account.administrator)
            .map(|(id, _)| self.snapshot.name(id))
            .take(3)
            .collect();
        Err(Fault::Forbidden(format!(
            "このページはシステムの管理者だけが使えます。必要なときは、管理者（{}）に依頼してください。",
            names.join("、")
        )))
    }
}

impl FromRequestParts<App> for Context {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Fault::sign_in(parts))
    }
}
