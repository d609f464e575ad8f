//! Small tools for SQL that reads the same on SQLite and PostgreSQL: only TEXT and BIGINT, nothing null.

use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Int(i64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

/// Most cells that one statement carries. SQLite would take 32,766, but looks for the name of each
/// placeholder from the first on: the cost grows with the square.
const CELLS: usize = 256;

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

/// A statement of this crate with its cells bound. The text must come from literals and generated placeholders only.
fn query(sql: String, cells: Vec<Cell>) -> Query<'static> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for cell in cells {
        query = match cell {
            // PostgreSQL takes no NUL in a text; nobody means one.
            Cell::Text(text) if text.contains('\0') => query.bind(text.replace('\0', "")),
            Cell::Text(text) => query.bind(text),
            Cell::Int(int) => query.bind(int),
        };
    }
    query
}

/// Executes a statement; returns how many rows it changed.
pub(crate) async fn execute(conn: &mut AnyConnection, sql: impl Into<String>, cells: Vec<Cell>) -> Result<u64, sqlx::Error> {
    Ok(query(sql.into(), cells).execute(conn).await?.rows_affected())
}

/// All rows that a statement finds.
pub(crate) async fn fetch(conn: &mut AnyConnection, sql: impl Into<String>, cells: Vec<Cell>) -> Result<Vec<AnyRow>, sqlx::Error> {
    query(sql.into(), cells).fetch_all(conn).await
}

/// The number that a statement finds in its first cell, 0 if it finds none.
pub(crate) async fn number(conn: &mut AnyConnection, sql: impl Into<String>, cells: Vec<Cell>) -> Result<i64, sqlx::Error> {
    Ok(query(sql.into(), cells).fetch_optional(conn).await?.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

/// The text that a statement finds in its first cell.
pub(crate) async fn text(conn: &mut AnyConnection, sql: impl Into<String>, cells: Vec<Cell>) -> Result<Option<String>, sqlx::Error> {
    query(sql.into(), cells).fetch_optional(conn).await?.map(|row| row.try_get(0)).transpose()
}

/// Inserts many rows with few statements: `head (…),(…) tail`.
pub(crate) async fn insert<const N: usize>(
    conn: &mut AnyConnection,
    head: &str,
    rows: Vec<[Cell; N]>,
    tail: &str,
) -> Result<(), sqlx::Error> {
    let portion = CELLS / N.clamp(1, CELLS);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut sql = String::from(head);
        let mut cells = Vec::new();
        for (row, values) in rows.by_ref().take(portion).enumerate() {
            sql.push_str(if row == 0 { " (" } else { ",(" });
            for (column, value) in values.into_iter().enumerate() {
                cells.push(value);
                sql.push_str(if column == 0 { "$" } else { ",$" });
                sql.push_str(&cells.len().to_string());
            }
            sql.push(')');
        }
        sql.push(' ');
        sql.push_str(tail);
        execute(conn, sql, cells).await?;
    }
    Ok(())
}

/// A condition under construction, joined by AND.
#[derive(Debug, Clone, Default)]
pub(crate) struct Where {
    sql: String,
    /// Cells in the order of their placeholders.
    pub(crate) cells: Vec<Cell>,
    /// Whether no index helps: each row is looked at.
    pub(crate) scans: bool,
    /// Whether an index of its own finds the few that are meant: by unit.
    pub(crate) narrows: bool,
}

impl Where {
    /// An empty condition in a statement that has these cells before it.
    pub(crate) fn after(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }

    /// Adds a condition; each `?` in it takes the next of the cells.
    pub(crate) fn and(&mut self, condition: &str, cells: impl IntoIterator<Item = Cell>) -> &mut Self {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        let mut cells = cells.into_iter();
        for char in condition.chars() {
            self.sql.push(char);
            if char == '?' {
                self.sql.pop();
                self.cells.extend(cells.next());
                self.sql.push('$');
                self.sql.push_str(&self.cells.len().to_string());
            }
        }
        self
    }

    /// Adds a condition unless the text is empty.
    pub(crate) fn equals(&mut self, column: &str, text: &str) -> &mut Self {
        if !text.is_empty() {
            self.and(&format!("{column} = ?"), [text.into()]);
        }
        self
    }

    /// The condition, with ` WHERE ` before it unless it is empty.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }
}

/// `(?,?,…)` for a list, filled up by repetition to a power of two so that few statements differ.
pub(crate) fn list(texts: &[String]) -> (String, Vec<Cell>) {
    let mut cells: Vec<Cell> = texts.iter().map(|text| Cell::from(text.as_str())).collect();
    let last = cells.last().cloned().unwrap_or_else(|| Cell::from("\u{1}none"));
    cells.resize(cells.len().max(1).next_power_of_two(), last);
    (format!("({})", vec!["?"; cells.len()].join(",")), cells)
}

/// A pattern for `LIKE … ESCAPE '!'` that finds a piece of text anywhere.
pub(crate) fn pattern(piece: &str) -> String {
    let mut pattern = String::from("%");
    for char in piece.chars() {
        if matches!(char, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(char);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_number_their_cells() {
        let mut filter = Where::default();
        filter.equals("i.kind", "task").equals("i.unit", "").and("i.due < ? AND i.stage = ?", [5.into(), "open".into()]);
        assert_eq!(filter.sql(), " WHERE i.kind = $1 AND i.due < $2 AND i.stage = $3");
        assert_eq!(filter.cells.len(), 3);
    }

    #[test]
    fn lists_are_filled_up_and_patterns_are_literal() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]).0, "(?,?,?,?)");
        assert_eq!(list(&[]).1.len(), 1);
        assert_eq!(pattern("50%_!"), "%50!%!_!!%");
    }
}
