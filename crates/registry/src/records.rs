//! Records: the lines of the book, searched and proven.

use jiff::civil::Date;
use office::{calendar::Moment, record::Record, state::Key};

use std::sync::Arc;

use sqlx::{AnyConnection, Row, any::AnyRow};

use crate::{
    Listing, Paging, Registry, Stream, Trouble, fact,
    listing::{self, CHUNK, Total},
    object::hex,
    sql::{self, Cell, Where},
    text::normalize,
    thing,
};

/// Which records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The thing they concern.
    pub key: Option<Key>,
    /// Staff number of who acted.
    pub person: String,
    /// Kinds, any of which, as serialised (`permit-applied`).
    pub kinds: Vec<String>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Words, all of which must occur.
    pub text: String,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// Index in the ledger.
    pub index: u64,
    /// When.
    pub at: Moment,
    /// Who acted: staff number, `system` or `console`.
    pub by: String,
    /// Kind as serialised (`permit-applied`).
    pub kind: String,
    /// The kind in Japanese (許可の申請).
    pub word: &'static str,
    /// The thing it concerns first, if any.
    pub key: Option<Key>,
    /// What it is about: title, reason or note.
    pub note: String,
}

/// A record with the proof that the ledger holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// Index in the ledger.
    pub index: u64,
    /// The record; `None` if its payload was erased on a lawful request.
    pub record: Option<Record>,
    /// Payload as written, before it is read as a record; empty if erased.
    pub payload: Vec<u8>,
    /// Hash of the leaf, hex.
    pub leaf_hash: String,
    /// Hashes of the inclusion proof, leaf to root, hex.
    pub proof: Vec<String>,
    /// Number of records in the checkpoint.
    pub size: u64,
    /// The signed checkpoint (C2SP signed note).
    pub checkpoint: String,
}

/// Records among which words are sought.
const SOUGHT: u64 = 100_000;

/// Records of a thing that its history shows.
const HISTORY: u64 = 256;

const COLUMNS: &str = "r.idx, r.at, r.actor, r.kind, r.about, r.about_id, r.note";

impl RecordFilter {
    /// Everything but the words.
    fn plain(&self) -> Where {
        let mut filter = Where::default();
        if let Some(key) = &self.key {
            let (kind, id) = thing::place(key);
            filter.and("r.idx IN (SELECT s.idx FROM subject s WHERE s.kind = ? AND s.id = ?)", [kind.into(), id.into()]);
        }
        filter.equals("r.actor", &self.person);
        if !self.kinds.is_empty() {
            let (list, cells) = sql::list(&self.kinds);
            filter.and(&format!("r.kind IN {list}"), cells);
        }
        // Indexes follow the clock: the period is found by its first and last record, not by looking at all.
        if let Some(since) = self.since {
            let first = "COALESCE((SELECT b.idx FROM record b WHERE b.at >= ? ORDER BY b.at, b.idx LIMIT 1), 9223372036854775807)";
            filter.and(&format!("r.idx >= {first}"), [Moment::start_of(since).0.into()]);
        }
        if self.until.is_some() {
            let last = "COALESCE((SELECT e.idx FROM record e WHERE e.at <= ? ORDER BY e.at DESC, e.idx DESC LIMIT 1), -1)";
            filter.and(&format!("r.idx <= {last}"), [thing::end_of(self.until).into()]);
        }
        filter
    }

    /// Patterns of the words.
    fn words(&self) -> Vec<Cell> {
        let text = normalize(&self.text);
        text.split(' ').filter(|word| !word.is_empty()).take(8).map(|word| sql::pattern(word).into()).collect()
    }
}

/// Indexes, last first, of records that hold all words, among the newest [`SOUGHT`] that meet a condition: one look at each.
async fn sought(conn: &mut AnyConnection, plain: Where, words: &[Cell]) -> Result<Vec<i64>, Trouble> {
    let table = format!("(SELECT r.idx, r.text FROM record r{} ORDER BY r.idx DESC LIMIT {SOUGHT}) r", plain.sql());
    let mut filter = Where::after(plain.cells);
    for word in words {
        filter.and("r.text LIKE ? ESCAPE '!'", [word.clone()]);
    }
    let text = format!("SELECT r.idx FROM {table}{} ORDER BY r.idx DESC LIMIT {}", filter.sql(), listing::COUNTED + 1);
    let rows = sql::fetch(conn, text, filter.cells).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

impl RecordLine {
    fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let (index, kind): (i64, String) = (row.try_get(0)?, row.try_get(3)?);
        Ok(Self {
            index: u64::try_from(index).unwrap_or(0),
            at: Moment(row.try_get(1)?),
            by: row.try_get(2)?,
            word: fact::word(&kind),
            key: Some(row.try_get::<&str, _>(4)?)
                .filter(|kind| !kind.is_empty())
                .zip(row.try_get(5).ok())
                .and_then(|(kind, id)| thing::key(kind, id)),
            kind,
            note: row.try_get(6)?,
        })
    }
}

impl Registry {
    /// A page of the records that a filter finds, last first. Words are sought in the newest 100,000 that the rest of the filter leaves.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn records(&self, filter: &RecordFilter, paging: Paging) -> Result<Listing<RecordLine>, Trouble> {
        let mut conn = self.shared().connection().await?;
        let (size, before) = paging.window();
        let plain = filter.plain();
        let words = filter.words();
        let (total, page) = if words.is_empty() {
            let total = listing::count(&mut conn, "record r", &plain).await?;
            let page = format!("SELECT {COLUMNS} FROM record r{} ORDER BY r.idx DESC LIMIT {size} OFFSET {before}", plain.sql());
            (total, sql::fetch(&mut conn, page, plain.cells).await?)
        } else {
            let indexes = sought(&mut conn, plain, &words).await?;
            let skipped = usize::try_from(before).unwrap_or(usize::MAX);
            let window: Vec<Cell> =
                indexes.iter().skip(skipped).take(usize::try_from(size).unwrap_or(0)).map(|index| Cell::Int(*index)).collect();
            let mut shown = Where::default();
            shown.and(&format!("r.idx IN (-1{})", ",?".repeat(window.len())), window);
            let page = format!("SELECT {COLUMNS} FROM record r{} ORDER BY r.idx DESC", shown.sql());
            (Total::of(indexes.len() as u64), sql::fetch(&mut conn, page, shown.cells).await?)
        };
        let items = page.iter().map(RecordLine::read).collect::<Result<_, _>>()?;
        Ok(Listing { items, total, paging })
    }

    /// Every record that a filter finds, first to last, for export; words are sought in all of them.
    #[must_use]
    pub fn all_records(&self, filter: &RecordFilter) -> Stream<RecordLine> {
        let mut condition = filter.plain();
        for word in filter.words() {
            condition.and("r.text LIKE ? ESCAPE '!'", [word]);
        }
        let shared = Arc::clone(self.shared());
        Stream::new(move |after: Option<i64>| {
            let (shared, mut condition) = (Arc::clone(&shared), condition.clone());
            async move {
                condition.and("r.idx > ?", [after.unwrap_or(-1).into()]);
                let text = format!("SELECT {COLUMNS} FROM record r{} ORDER BY r.idx LIMIT {CHUNK}", condition.sql());
                let rows = sql::fetch(&mut *shared.connection().await?, text, condition.cells).await?;
                let chunk = rows.iter().map(RecordLine::read).collect::<Result<Vec<_>, _>>()?;
                let last = chunk.last().and_then(|line| i64::try_from(line.index).ok());
                Ok((chunk, last))
            }
        })
    }

    /// The history of a thing: its records, first to last, the newest 256. Erased ones are left out. Two statements.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn history(&self, key: &Key) -> Result<Vec<(u64, Record)>, Trouble> {
        let (kind, id) = thing::place(key);
        let mut conn = self.shared().connection().await?;
        let text = format!("SELECT s.idx FROM subject s WHERE s.kind = $1 AND s.id = $2 ORDER BY s.idx DESC LIMIT {HISTORY}");
        let mut indexes = Vec::new();
        for row in sql::fetch(&mut conn, text, vec![kind.into(), id.into()]).await? {
            indexes.push(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0));
        }
        indexes.reverse();
        let mut history = Vec::new();
        for entry in ledger::read_each(&mut conn, &indexes).await? {
            let Some((_, payload)) = entry.body else { continue };
            history.push((entry.index, serde_json::from_slice(&payload).map_err(|error| Trouble::unreadable(entry.index, &error))?));
        }
        Ok(history)
    }

    /// A record with its proof against the current checkpoint.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails.
    pub async fn record(&self, index: u64) -> Result<Option<Proven>, Trouble> {
        let Some(head) = self.head().filter(|head| index < head.size()) else { return Ok(None) };
        let mut conn = self.shared().connection().await?;
        let Some(found) = ledger::read(&mut conn, index..index.saturating_add(1)).await?.into_iter().next() else { return Ok(None) };
        let proof = head.inclusion(&mut conn, index, head.size()).await?;
        let payload = found.body.map(|(_, payload)| payload).unwrap_or_default();
        Ok(Some(Proven {
            index,
            record: serde_json::from_slice(&payload).ok(),
            payload,
            leaf_hash: hex(&found.entry.leaf()),
            proof: proof.iter().map(|hash| hex(hash)).collect(),
            size: head.size(),
            checkpoint: head.note().to_owned(),
        }))
    }

    /// The current signed checkpoint.
    ///
    /// # Errors
    /// [`Trouble`] if the book is not open.
    pub fn checkpoint(&self) -> Result<String, Trouble> {
        Ok(self.head().ok_or_else(Trouble::closed)?.note().to_owned())
    }
}
