//! Makes the projections again from the ledger.

use std::sync::Arc;

use office::{
    record::Record,
    state::{Key, State},
};
use sqlx::{AnyConnection, Connection};

use crate::{OpenError, Trouble, evidence::Gathered, schema, shared::Shared, sql, store};

/// Records read and written at a time.
const PORTION: u64 = 1_000;

/// Reads the office; first makes the projections again if they are of another shape or do not match the ledger.
pub(crate) async fn bring_up_to_date(shared: &Shared, conn: &mut AnyConnection, size: u64) -> Result<State, OpenError> {
    let version = schema::meta(conn, "schema").await.map_err(Trouble::from)?;
    if version > schema::VERSION {
        return Err(OpenError::Newer { place: shared.config.place() });
    }
    let folded = sql::number(conn, "SELECT idx + 1 FROM record ORDER BY idx DESC LIMIT 1", Vec::new()).await.map_err(Trouble::from)?;
    if version == schema::VERSION && u64::try_from(folded).is_ok_and(|folded| folded == size) {
        return Ok(store::read_office(conn).await?);
    }
    tracing::info!(size, folded, version, "projections are made again");
    let rebuilt = async {
        let mut tx = conn.begin().await?;
        if version != schema::VERSION {
            for table in schema::PROJECTIONS {
                sql::execute(&mut tx, format!("DROP TABLE IF EXISTS {table}"), Vec::new()).await?;
            }
            schema::create(&mut tx).await?;
        }
        let state = rebuild(shared, &mut tx, size).await?;
        tx.commit().await?;
        Ok::<_, Trouble>(state)
    };
    Ok(rebuilt.await?)
}

/// Empties every projection and folds the whole ledger, in the caller's transaction. Returns the office with empty shelves.
///
/// Holds every thing of the body in memory while it works; a record whose payload was erased is passed over.
pub(crate) async fn rebuild(shared: &Shared, conn: &mut AnyConnection, size: u64) -> Result<State, Trouble> {
    schema::clear(conn).await?;
    let catalog = Arc::clone(&shared.catalog);
    let mut state = State::whole();
    let mut evidence = Gathered::default();
    let mut first = 0;
    while first < size {
        let end = size.min(first + PORTION);
        let mut records = Vec::new();
        for entry in ledger::read(conn, first..end).await? {
            let record = entry.body.map(|(_, payload)| serde_json::from_slice::<Record>(&payload)).transpose();
            let record = record.map_err(|error| Trouble::unreadable(entry.index, &error))?;
            if let Some(record) = &record {
                office::apply(&catalog, &mut state, record);
                evidence.add(office::coverage::evidence(&state, record), entry.index, record.at);
            }
            records.push(record);
        }
        if records.len() as u64 != end - first {
            return Err(Trouble::rolled_back(size, first + records.len() as u64));
        }
        let records: Vec<Option<&Record>> = records.iter().map(Option::as_ref).collect();
        store::write_records(conn, first, &records).await?;
        first = end;
    }
    evidence.write(conn).await?;
    let keys: Vec<Key> = state
        .permits
        .iter()
        .map(|(key, _)| key)
        .chain(state.rows.iter().map(|(key, _)| key))
        .chain(state.tasks.iter().map(|(key, _)| key))
        .chain(state.incidents.iter().map(|(key, _)| key))
        .chain(state.versions.iter().map(|(key, _)| key))
        .cloned()
        .collect();
    for keys in keys.chunks(1_000) {
        store::write_things(conn, &state, keys.iter()).await?;
    }
    let state = State { office: state.office, people: state.people, ..State::default() };
    store::write_whole_office(conn, &state).await?;
    let book = state.rulebook((shared.clock)().date());
    store::write_all_waiting(conn, &state, book).await?;
    schema::set_meta(conn, "book", book.map_or(0, |book| book.version).into()).await?;
    schema::set_meta(conn, "schema", schema::VERSION).await?;
    Ok(state)
}

/// SHA-256 over the rows of every projection, in the order of their keys, hex.
pub(crate) async fn digest(conn: &mut AnyConnection) -> Result<String, Trouble> {
    use sha2::{Digest, Sha256};
    use sqlx::Row;
    let tables = [
        ("thing", "kind, id, body", "kind, id"),
        ("item", "kind, id, shelf, unit, owner, stage, class, year, due, changed, name, text", "kind, id"),
        ("waiting", "kind, id, what, token, due, barred", "kind, id, what, token"),
        ("record", "idx, at, actor, kind, about, about_id, note, text", "idx"),
        ("subject", "kind, id, idx", "kind, id, idx"),
        ("evidence", "what, seat, year, idx, at, answer, until", "what, seat, year"),
    ];
    let mut hasher = Sha256::new();
    for (table, columns, order) in tables {
        hasher.update(table);
        for row in sql::fetch(conn, format!("SELECT {columns} FROM {table} ORDER BY {order}"), Vec::new()).await? {
            for column in 0..row.len() {
                match row.try_get::<i64, _>(column) {
                    Ok(int) => hasher.update(int.to_be_bytes()),
                    Err(_) => hasher.update(row.try_get::<&str, _>(column)?),
                }
                hasher.update([0]);
            }
        }
    }
    Ok(crate::object::hex(&hasher.finalize()))
}
