//! Pages, forms and sessions: the only HTML. Server-rendered, useful without JavaScript.
//!
//! - No SQL and no rule of the office: pages read through [`registry::Registry`] and act through its one door.
//! - No clock and no chance of its own: both come from the registry.
//! - A page is a file in `pages/`, a template in `templates/` and a line in [`router()`].

pub mod app;
pub mod assets;
pub mod citation;
pub mod comparison;
pub mod context;
pub mod fault;
pub mod field;
pub mod frame;
pub mod html;
pub mod input;
pub mod page;
pub mod pages;
pub mod paging;
pub mod password;
pub mod people_import;
pub mod policy_file;
pub mod refused;
mod router;
pub mod second_factor;
mod session;
pub mod spreadsheet;
pub mod standard_forms;
pub mod words;

pub use app::{App, DemoAccount, Settings};
pub use router::{framed, router};
