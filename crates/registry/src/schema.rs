//! The tables of the book besides the ledger's own.
//!
//! `thing`, `item`, `waiting`, `record` and `subject` are projections: they can be deleted and made
//! again from the ledger. `secret` and `session` are not; they hold nothing that a record states.

use sqlx::AnyConnection;

use crate::sql;

/// Raised whenever a projection changes its shape or content: an older book is rebuilt when opened.
pub(crate) const VERSION: i64 = 3;

/// A moment that never comes: stands where something has no date.
pub(crate) const NEVER: i64 = i64::MAX;

/// Tables that are made from the ledger.
pub(crate) const PROJECTIONS: [&str; 5] = ["thing", "item", "waiting", "record", "subject"];

/// Tables in the spelling of PostgreSQL. Those marked clustered keep their rows in the order of their key on SQLite.
const TABLES: [(&str, bool); 8] = [
    ("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)", true),
    // Things as they are now, whole, as JSON.
    ("CREATE TABLE IF NOT EXISTS thing (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))", false),
    // What things are found and sorted by.
    (
        "CREATE TABLE IF NOT EXISTS item (kind TEXT NOT NULL, id TEXT NOT NULL, shelf TEXT NOT NULL, unit TEXT NOT NULL, \
         owner TEXT NOT NULL, stage TEXT NOT NULL, class TEXT NOT NULL, year BIGINT NOT NULL, due BIGINT NOT NULL, \
         changed BIGINT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, id))",
        true,
    ),
    // Who is waited for: a token is role@seat, or @staff-number; and who must not be the one, by staff number.
    (
        "CREATE TABLE IF NOT EXISTS waiting (kind TEXT NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL, token TEXT NOT NULL, \
         due BIGINT NOT NULL, barred TEXT NOT NULL, PRIMARY KEY (kind, id, what, token))",
        true,
    ),
    (
        "CREATE TABLE IF NOT EXISTS record (idx BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, \
         about TEXT NOT NULL, about_id TEXT NOT NULL, note TEXT NOT NULL, text TEXT NOT NULL)",
        false,
    ),
    // Which records concern a thing.
    ("CREATE TABLE IF NOT EXISTS subject (kind TEXT NOT NULL, id TEXT NOT NULL, idx BIGINT NOT NULL, PRIMARY KEY (kind, id, idx))", true),
    ("CREATE TABLE IF NOT EXISTS secret (person TEXT PRIMARY KEY, password TEXT NOT NULL, totp TEXT NOT NULL)", true),
    (
        "CREATE TABLE IF NOT EXISTS session (token_hash TEXT PRIMARY KEY, person TEXT NOT NULL, created BIGINT NOT NULL, \
         last_seen BIGINT NOT NULL, expires BIGINT NOT NULL)",
        true,
    ),
];

const INDEXES: [&str; 11] = [
    "CREATE INDEX IF NOT EXISTS item_stage ON item (kind, stage, due)",
    // With the stage, so that SQLite prefers it to the table's own key even for a list of units.
    "CREATE INDEX IF NOT EXISTS item_place ON item (kind, unit, stage)",
    "CREATE INDEX IF NOT EXISTS item_owner ON item (kind, owner)",
    "CREATE INDEX IF NOT EXISTS item_changed ON item (kind, changed)",
    "CREATE INDEX IF NOT EXISTS item_name ON item (kind, name)",
    "CREATE INDEX IF NOT EXISTS item_due ON item (kind, due)",
    "CREATE INDEX IF NOT EXISTS waiting_token ON waiting (token, due)",
    "CREATE INDEX IF NOT EXISTS record_at ON record (at, idx)",
    "CREATE INDEX IF NOT EXISTS record_actor ON record (actor, idx)",
    "CREATE INDEX IF NOT EXISTS record_kind ON record (kind, idx)",
    "CREATE INDEX IF NOT EXISTS session_person ON session (person)",
];

/// Creates what is not there yet.
pub(crate) async fn create(conn: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let backend = ledger::Backend::of(conn);
    for (table, clustered) in TABLES {
        let tail = if backend == ledger::Backend::Sqlite && clustered { " WITHOUT ROWID" } else { "" };
        sql::execute(conn, format!("{}{tail}", backend.schema(table)), Vec::new()).await?;
    }
    for index in INDEXES {
        sql::execute(conn, index, Vec::new()).await?;
    }
    Ok(())
}

/// Whether the tables are there.
pub(crate) async fn exists(conn: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let catalogue = match ledger::Backend::of(conn) {
        ledger::Backend::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'meta'",
        ledger::Backend::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'meta' AND table_schema = current_schema()"
        }
    };
    Ok(sql::number(conn, catalogue, Vec::new()).await? > 0)
}

/// A number kept in `meta`, 0 if it is not there.
pub(crate) async fn meta(conn: &mut AnyConnection, name: &str) -> Result<i64, sqlx::Error> {
    sql::number(conn, "SELECT value FROM meta WHERE name = $1", vec![name.into()]).await
}

/// Keeps a number in `meta`.
pub(crate) async fn set_meta(conn: &mut AnyConnection, name: &str, value: i64) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sql::execute(conn, sql, vec![name.into(), value.into()]).await.map(drop)
}

/// Empties every projection.
pub(crate) async fn clear(conn: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for table in PROJECTIONS {
        sql::execute(conn, format!("DELETE FROM {table}"), Vec::new()).await?;
    }
    Ok(())
}
