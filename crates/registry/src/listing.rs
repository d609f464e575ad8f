//! Lists with pages: a part of what was found, and how much there is.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use sqlx::{AnyConnection, Row};
use tokio::sync::mpsc;

use crate::{
    Trouble,
    shared::Shared,
    sql::{self, Cell, Where},
};

/// Counting stops here; beyond it a list says 以上.
pub(crate) const COUNTED: u64 = 10_000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Page, from 1.
    pub page: u32,
    /// Things on a page, at most 500.
    pub size: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self { page: 1, size: 50 }
    }
}

/// How many things were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Exact up to 10,000.
    pub count: u64,
    /// Whether there are more than that.
    pub more: bool,
}

impl Total {
    /// From a count that went no further than one beyond [`COUNTED`].
    pub(crate) fn of(found: u64) -> Self {
        Self { count: found.min(COUNTED), more: found > COUNTED }
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}件{}", self.count, if self.more { "以上" } else { "" })
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// What lies on this page.
    pub items: Vec<T>,
    /// How many were found in all.
    pub total: Total,
    /// Which page this is.
    pub paging: Paging,
}

impl<T> Listing<T> {
    /// How many pages can be asked for.
    #[must_use]
    pub fn pages(&self) -> u32 {
        let size = u64::from(self.paging.size.max(1));
        u32::try_from(self.total.count.div_ceil(size)).unwrap_or(u32::MAX).max(1)
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By number.
    #[default]
    Number,
    /// By number, last first.
    NumberDown,
    /// By name or title.
    Name,
    /// Last changed first.
    Changed,
    /// By due date, earliest first; without one last.
    Due,
}

impl Sort {
    /// The order in SQL, over the table `item` as `i`.
    fn sql(self) -> &'static str {
        match self {
            Self::Number => "i.id",
            Self::NumberDown => "i.id DESC",
            Self::Name => "i.name, i.id",
            Self::Changed => "i.changed DESC, i.id DESC",
            Self::Due => "i.due, i.id",
        }
    }
}

impl Sort {
    /// The same order where every row is looked at anyway: no index tempts the database to walk it.
    fn scanning(self) -> &'static str {
        match self {
            Self::Number => "i.id",
            Self::NumberDown => "i.id DESC",
            Self::Name => "i.name || '', i.id",
            Self::Changed => "i.changed + 0 DESC, i.id DESC",
            Self::Due => "i.due + 0, i.id",
        }
    }
}

impl Sort {
    /// The same order where an index finds the few that are meant: SQLite would rather walk the whole table in the
    /// order of its key, half a million rows for a page of thirty, than sort what it found.
    fn found(self) -> &'static str {
        match self {
            Self::Number => "i.id || ''",
            Self::NumberDown => "i.id || '' DESC",
            _ => self.scanning(),
        }
    }
}

impl Paging {
    /// Things on a page, and how many lie before it.
    pub(crate) fn window(self) -> (i64, i64) {
        let size = i64::from(self.size.clamp(1, 500));
        (size, size.saturating_mul(i64::from(self.page.saturating_sub(1))))
    }
}

/// A page of the things whose row in `item` meets a condition: two statements.
pub(crate) async fn list<T: DeserializeOwned>(
    conn: &mut AnyConnection,
    filter: &Where,
    sort: Sort,
    paging: Paging,
) -> Result<Listing<T>, Trouble> {
    let (size, before) = paging.window();
    let order = sort.sql();
    let page = |table: String, cells: Vec<Cell>| {
        // The page is cut from the narrow table first; only its things are read whole.
        let text = format!("SELECT t.body FROM ({table}) i JOIN thing t ON t.kind = i.kind AND t.id = i.id ORDER BY {order}");
        (text, cells)
    };
    let (total, (text, cells)) = if filter.scans {
        // Every row must be looked at to find the words: once, not once to count and once to show.
        let wanted = COUNTED + 1;
        let text = format!("SELECT i.kind, i.id FROM item i{} ORDER BY {} LIMIT {wanted}", filter.sql(), sort.scanning());
        let rows = sql::fetch(conn, text, filter.cells.clone()).await?;
        let total = Total::of(rows.len() as u64);
        let mut shown = Where::default();
        let window = rows.iter().skip(usize::try_from(before).unwrap_or(usize::MAX)).take(usize::try_from(size).unwrap_or(0));
        let ids: Vec<String> = window.map(|row| row.try_get(1)).collect::<Result<_, _>>()?;
        let Some(first) = rows.first() else { return Ok(Listing { items: Vec::new(), total, paging }) };
        let kind: String = first.try_get(0)?;
        let (list, cells) = sql::list(&ids);
        shown.equals("i.kind", &kind).and(&format!("i.id IN {list}"), cells);
        (total, page(format!("SELECT {SORTED} FROM item i{}", shown.sql()), shown.cells))
    } else {
        let total = count(conn, "item i", filter).await?;
        let (from, inner) = if filter.narrows && !total.more {
            // What an index alone can answer is asked first, then sorted.
            let found = format!("(SELECT i.kind, i.id FROM item i{}) f JOIN item i ON i.kind = f.kind AND i.id = f.id", filter.sql());
            (found, sort.found())
        } else {
            (format!("item i{}", filter.sql()), order)
        };
        let table = format!("SELECT {SORTED} FROM {from} ORDER BY {inner} LIMIT {size} OFFSET {before}");
        (total, page(table, filter.cells.clone()))
    };
    let mut items = Vec::new();
    for row in sql::fetch(conn, text, cells).await? {
        items.push(serde_json::from_str(row.try_get(0)?)?);
    }
    Ok(Listing { items, total, paging })
}

/// What a list is joined and sorted by.
const SORTED: &str = "i.kind, i.id, i.name, i.changed, i.due";

/// How many rows of a table meet a condition, exact up to [`COUNTED`].
pub(crate) async fn count(conn: &mut AnyConnection, table: &str, filter: &Where) -> Result<Total, Trouble> {
    let limit = COUNTED + 1;
    let text = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table}{} LIMIT {limit}) c", filter.sql());
    Ok(Total::of(u64::try_from(sql::number(conn, text, filter.cells.clone()).await?).unwrap_or(0)))
}

/// Everything a filter finds, in order of number, a chunk at a time: for export.
pub struct Stream<T> {
    receiver: mpsc::Receiver<Result<Vec<T>, Trouble>>,
}

/// Things in a chunk of a stream.
pub(crate) const CHUNK: i64 = 500;

impl<T: Send + 'static> Stream<T> {
    /// A stream whose chunks are fetched one after the other; each is asked for with the last thing of the one before.
    /// Ends with a chunk that is empty, with an error, or when nobody listens any more.
    pub(crate) fn new<P, F>(fetch: impl Fn(Option<P>) -> F + Send + 'static) -> Self
    where
        P: Send + 'static,
        F: Future<Output = Result<(Vec<T>, Option<P>), Trouble>> + Send,
    {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut after = None;
            loop {
                let (chunk, last) = match fetch(after).await {
                    Ok((_, None)) => return,
                    Ok((chunk, last)) => (Ok(chunk), last),
                    Err(trouble) => (Err(trouble), None),
                };
                let ends = last.is_none();
                after = last;
                if sender.send(chunk).await.is_err() || ends {
                    return;
                }
            }
        });
        Self { receiver }
    }

    /// The next chunk, `None` at the end.
    ///
    /// # Errors
    /// [`Trouble`] if the store fails; the stream ends there.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Trouble> {
        self.receiver.recv().await.transpose()
    }
}

/// Everything whose row in `item` meets a condition.
pub(crate) fn stream<T: DeserializeOwned + Send + 'static>(shared: &Arc<Shared>, filter: Where) -> Stream<T> {
    let shared = Arc::clone(shared);
    Stream::new(move |after: Option<String>| {
        let (shared, mut filter) = (Arc::clone(&shared), filter.clone());
        async move {
            if let Some(after) = after {
                filter.and("i.id > ?", [after.into()]);
            }
            let text = format!(
                "SELECT t.id, t.body FROM item i JOIN thing t ON t.kind = i.kind AND t.id = i.id{} ORDER BY i.id LIMIT {CHUNK}",
                filter.sql()
            );
            let (mut chunk, mut last) = (Vec::new(), None);
            for row in sql::fetch(&mut *shared.connection().await?, text, filter.cells).await? {
                last = Some(row.try_get(0)?);
                chunk.push(serde_json::from_str(row.try_get(1)?)?);
            }
            Ok((chunk, last))
        }
    })
}
