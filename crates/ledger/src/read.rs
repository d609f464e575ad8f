//! Reading records and the head back from the store.

use std::ops::Range;

use sqlx::AnyConnection;
use sqlx::Row;

use crate::entry::Entry;
use crate::error::LedgerError;
use crate::fault::Fault;
use crate::segment;

/// A record read back. Reading does not check it against the tree; [`crate::verify`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the log, from 0.
    pub index: u64,
    /// What stands in the tree.
    pub entry: Entry,
    /// Salt and payload; nothing once lawfully erased.
    pub body: Option<([u8; 32], Vec<u8>)>,
}

/// The signed head as stored.
pub async fn checkpoint(conn: &mut AnyConnection) -> Result<Option<String>, LedgerError> {
    let row = sqlx::query("SELECT note FROM ledger_checkpoint WHERE slot = 0").fetch_optional(conn).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The records of a range of indexes, in order; fewer if the log ends before.
///
/// All of them are held in memory: ask in portions.
pub async fn read(conn: &mut AnyConnection, range: Range<u64>) -> Result<Vec<Record>, LedgerError> {
    let rows = sqlx::query(
        "SELECT first, data FROM ledger_segment WHERE first < $2 AND first >= \
         COALESCE((SELECT MAX(first) FROM ledger_segment WHERE first <= $1), 0) ORDER BY first",
    )
    .bind(to_key(range.start)?)
    .bind(to_key(range.end)?)
    .fetch_all(conn)
    .await?;
    let mut records = Vec::new();
    for row in rows {
        let first = from_key(row.try_get(0)?);
        for (index, stored) in (first..range.end).zip(segment::records(row.try_get(1)?)) {
            let stored = stored.ok().filter(|stored| stored.index == index).ok_or(LedgerError::Damaged(Fault::EntryMalformed { index }))?;
            if index >= range.start {
                let body = stored.body.map(|(salt, payload)| (*salt, payload.to_vec()));
                records.push(Record { index, entry: stored.entry, body });
            }
        }
    }
    Ok(records)
}

/// The records at these indexes, in their order, with one statement; those that the log has not are left out.
pub async fn read_each(conn: &mut AnyConnection, indexes: &[u64]) -> Result<Vec<Record>, LedgerError> {
    let Some(last) = indexes.last() else { return Ok(Vec::new()) };
    // Filled up to a power of two, so that few statements differ.
    let count = indexes.len().next_power_of_two();
    let segments: Vec<String> =
        (1..=count).map(|place| format!("(SELECT MAX(first) FROM ledger_segment WHERE first <= ${place})")).collect();
    let text = format!("SELECT first, data FROM ledger_segment WHERE first IN ({})", segments.join(","));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
    for index in indexes.iter().chain(std::iter::repeat(last)).take(count) {
        query = query.bind(to_key(*index)?);
    }
    let mut found = std::collections::BTreeMap::new();
    for row in query.fetch_all(conn).await? {
        let first = from_key(row.try_get(0)?);
        for (index, stored) in (first..).zip(segment::records(row.try_get(1)?)) {
            let stored = stored.map_err(|_| LedgerError::Damaged(Fault::EntryMalformed { index }))?;
            if indexes.contains(&index) {
                let body = stored.body.map(|(salt, payload)| (*salt, payload.to_vec()));
                found.insert(index, Record { index, entry: stored.entry, body });
            }
        }
    }
    Ok(indexes.iter().filter_map(|index| found.remove(index)).collect())
}

/// The payload of one record; nothing if there is no such record or it was erased.
pub async fn payload(conn: &mut AnyConnection, index: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    let records = read(conn, index..index.saturating_add(1)).await?;
    Ok(records.into_iter().next().and_then(|record| record.body).map(|(_, payload)| payload))
}

/// A tree index as a database key.
pub(crate) fn to_key(index: u64) -> Result<i64, LedgerError> {
    i64::try_from(index).map_err(|_| LedgerError::Refused("番号が大きすぎます"))
}

/// A database key as a tree index; a negative key is one that no log has.
pub(crate) fn from_key(key: i64) -> u64 {
    u64::try_from(key).unwrap_or(u64::MAX)
}
