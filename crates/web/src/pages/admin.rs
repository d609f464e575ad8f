//! Administration (管理): people, units, accounts, deputies, and how the system stands. Gives no right to decide on anything.

use askama::Template;
use axum::response::Response;

use crate::{context::Context, fault::Fault, frame, page::Page};

pub(crate) mod accounts;
pub(crate) mod erase;
pub(crate) mod import;
pub(crate) mod people;
pub(crate) mod units;

#[derive(Template)]
#[template(path = "admin/index.html")]
struct IndexPage {
    page: Page,
    people: usize,
    left: usize,
    units: usize,
    open: usize,
    administrators: usize,
    locked: usize,
    delegations: usize,
    database: &'static str,
    size: String,
    files: String,
    records: u64,
    checkpoint: Vec<String>,
    data: String,
    now: String,
}

/// A size in words.
fn bytes(size: u64) -> String {
    const MEGA: u64 = 1024 * 1024;
    if size >= MEGA { format!("{}MB", size / MEGA) } else { format!("{}KB", size.div_ceil(1024)) }
}

/// Sizes of the files of the database in the data folder; `None` if it lies on a server.
fn database_bytes(folder: &std::path::Path) -> Option<u64> {
    let size = |name: &str| std::fs::metadata(folder.join(name)).map(|meta| meta.len()).ok();
    Some(size("book.sqlite")? + size("book.sqlite-wal").unwrap_or(0))
}

/// Number and size of the files kept beside the database.
fn kept(folder: &std::path::Path, depth: usize) -> (u64, u64) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.fold((0, 0), |(count, size), entry| match entry.metadata() {
        Ok(meta) if meta.is_file() => (count + 1, size + meta.len()),
        Ok(meta) if meta.is_dir() && depth > 0 => {
            let (more, bytes) = kept(&entry.path(), depth - 1);
            (count + more, size + bytes)
        }
        _ => (count, size),
    })
}

/// `GET /admin`
pub(crate) async fn index(context: Context) -> Result<Response, Fault> {
    context.administrator()?;
    let office = &context.snapshot.office;
    let today = context.today();
    let folder = context.app.registry.data_dir().to_owned();
    let looked = tokio::task::spawn_blocking(move || (database_bytes(&folder), kept(&folder.join("objects"), 3))).await;
    let (database, (count, size)) = looked.unwrap_or((None, (0, 0)));
    frame::show(&IndexPage {
        page: context.page("管理"),
        people: context.snapshot.people.iter().filter(|person| person.active).count(),
        left: context.snapshot.people.iter().filter(|person| !person.active).count(),
        units: office.units.len(),
        open: office.accounts.values().filter(|account| account.open).count(),
        administrators: office.accounts.values().filter(|account| account.open && account.administrator).count(),
        locked: office.accounts.values().filter(|account| account.locked_until.is_some_and(|until| until > context.now)).count(),
        delegations: office.delegations.iter().filter(|one| one.since <= today && today <= one.until).count(),
        database: if database.is_some() { "SQLite（この機器の中）" } else { "PostgreSQL（別のサーバー）" },
        size: database.map_or_else(|| "データベースの側で確かめてください".to_owned(), bytes),
        files: format!("{count}個、{}", bytes(size)),
        records: context.app.registry.size(),
        checkpoint: context.app.registry.checkpoint()?.lines().map(str::to_owned).collect(),
        data: context.app.registry.data_dir().display().to_string(),
        now: context.now.wareki(),
    })
}

impl IndexPage {
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
