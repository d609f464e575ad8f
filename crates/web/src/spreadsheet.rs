//! Spreadsheets in and out: XLSX and CSV become rows by known columns, each with its place, and rows become files.
//!
//! Knows nothing of what the columns mean. Reading never fails on a single cell: what cannot be
//! used comes back as a [`Problem`] with row and column and what to do, and its row is marked bad.

mod carried;
mod cells;
mod write;

use std::collections::BTreeMap;

pub(crate) use carried::Carried;
pub use write::{Rich, csv, rich, xlsx};

/// Largest file that is read, in bytes.
pub const BYTES_MAX: usize = 50 * 1024 * 1024;
/// Most rows that are read from one sheet.
pub const ROWS_MAX: usize = 200_000;
/// Columns beyond this one are not looked at.
const COLUMNS_MAX: usize = 256;
/// The headings must stand in one of the first rows.
const HEADER_ROWS: usize = 30;
/// After so many problems the rest is only counted.
pub(crate) const PROBLEMS_SHOWN: usize = 200;

/// A column that is looked for.
#[derive(Debug, Clone)]
pub struct Column {
    /// Key under which its values are handed back.
    pub key: String,
    /// Headings by which it is recognised; the first is the one that messages name.
    pub labels: Vec<String>,
    /// Whether the sheet must have it.
    pub required: bool,
}

impl Column {
    /// A column with its headings.
    pub fn new(key: impl Into<String>, labels: &[&str], required: bool) -> Self {
        Self { key: key.into(), labels: labels.iter().map(|label| (*label).to_owned()).collect(), required }
    }

    fn label(&self) -> &str {
        self.labels.first().map_or("", String::as_str)
    }
}

/// What is wrong at one place of a file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Row as the spreadsheet program numbers it, from 1; 0 for the file as a whole.
    pub row: usize,
    /// Letter and heading of the column, such as `C列（所属）`; empty for the row as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// `5行目 C列（所属）`.
    #[must_use]
    pub fn place(&self) -> String {
        match (self.row, self.column.as_str()) {
            (0, column) => column.to_owned(),
            (row, "") => format!("{row}行目"),
            (row, column) => format!("{row}行目 {column}"),
        }
    }
}

/// A row of a table by the keys of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Row as the spreadsheet program numbers it, from 1.
    pub row: usize,
    /// Values by column key; empty cells are left out.
    pub values: BTreeMap<String, String>,
    /// Whether a problem was found in it.
    pub bad: bool,
}

impl Line {
    /// The value of a column, empty if there is none.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }
}

/// What was read from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Name of the sheet, empty for CSV.
    pub sheet: String,
    /// Row of the headings.
    pub header: usize,
    /// Where each recognised column stands: key → `C列（所属）`.
    pub places: BTreeMap<String, String>,
    /// Headings that were not recognised; their columns are not used.
    pub ignored: Vec<String>,
    /// Rows with content.
    pub lines: Vec<Line>,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
}

impl Table {
    /// Whether the sheet has a column.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// Notes a problem at a column of a line and marks the line bad.
    pub fn blame(&mut self, index: usize, key: &str, message: impl Into<String>) {
        let Some(line) = self.lines.get_mut(index) else { return };
        line.bad = true;
        let problem = Problem {
            row: line.row,
            column: self.places.get(key).cloned().unwrap_or_default(),
            value: line.get(key).to_owned(),
            message: message.into(),
        };
        self.problems.push(problem);
    }
}

/// Why a file as a whole cannot be read, in words for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// One sheet as cells with their places.
#[derive(Debug, Default)]
struct Grid {
    name: String,
    /// Rows with content, in order: number from 1, cells by column from 0.
    rows: Vec<(usize, BTreeMap<usize, Cell>)>,
    /// Whether rows beyond [`ROWS_MAX`] were left out.
    cut: bool,
}

/// A cell: its text, or why there is none.
#[derive(Debug, Default, Clone)]
struct Cell {
    text: String,
    /// What is wrong with it, empty if nothing is.
    trouble: &'static str,
}

/// Reads a file into the rows of the sheet whose headings fit the columns best.
///
/// # Errors
/// [`Unreadable`] if the file is no spreadsheet, or no sheet has the required headings.
pub fn read(bytes: &[u8], columns: &[Column]) -> Result<Table, Unreadable> {
    let grids = cells::grids(bytes)?;
    let best = grids
        .into_iter()
        .filter_map(|grid| header(&grid, columns).map(|(at, found)| (grid, at, found)))
        .max_by_key(|(_, _, found)| found.len());
    let Some((grid, at, found)) = best else {
        return Err(Unreadable(format!(
            "見出しの行が見つかりません。最初の{HEADER_ROWS}行のどこかに、次の見出しを1行に並べてください：{}",
            required(columns)
        )));
    };
    let missing: Vec<&str> =
        columns.iter().filter(|column| column.required && !found.values().any(|key| *key == column.key)).map(Column::label).collect();
    if !missing.is_empty() {
        let row = grid.rows.get(at).map_or(0, |(row, _)| *row);
        return Err(Unreadable(format!(
            "{row}行目を見出しとして読みましたが、必要な見出し「{}」がありません。見出しの文字を確かめて、もう一度選んでください。",
            missing.join("」「")
        )));
    }
    Ok(table(&grid, at, &found, columns))
}

/// Labels of the required columns, for a message.
fn required(columns: &[Column]) -> String {
    columns.iter().filter(|column| column.required).map(Column::label).collect::<Vec<_>>().join("、")
}

/// The row of the headings (its index) and the keys by column, if two columns or the only required one are found.
fn header(grid: &Grid, columns: &[Column]) -> Option<(usize, BTreeMap<usize, String>)> {
    let needed = columns.iter().filter(|column| column.required).count().clamp(1, 2);
    grid.rows
        .iter()
        .take(HEADER_ROWS)
        .enumerate()
        .map(|(at, (_, cells))| (at, headings(cells, columns)))
        .filter(|(_, found)| found.len() >= needed)
        .max_by_key(|(at, found)| (found.len(), std::cmp::Reverse(*at)))
}

/// Keys by column for one row taken as headings; of two equal headings the first counts.
fn headings(cells: &BTreeMap<usize, Cell>, columns: &[Column]) -> BTreeMap<usize, String> {
    let mut found: BTreeMap<usize, String> = BTreeMap::new();
    for (index, cell) in cells {
        let name = fold(&cell.text);
        let column = columns.iter().find(|column| column.labels.iter().any(|label| fold(label) == name));
        if let Some(column) = column
            && !found.values().any(|key| *key == column.key)
        {
            found.insert(*index, column.key.clone());
        }
    }
    found
}

/// A heading without width, white space, marks of obligation and brackets.
fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace() && !"*※●○◎:_-".contains(*c)).collect();
    folded.replace("(必須)", "").replace("(任意)", "").to_lowercase()
}

/// The table below the headings.
fn table(grid: &Grid, at: usize, found: &BTreeMap<usize, String>, columns: &[Column]) -> Table {
    let mut table = Table { sheet: grid.name.clone(), ..Table::default() };
    let empty = BTreeMap::new();
    let (row, heads) = grid.rows.get(at).map_or((0, &empty), |(row, cells)| (*row, cells));
    table.header = row;
    for (index, key) in found {
        let label = columns.iter().find(|column| column.key == *key).map_or("", Column::label);
        table.places.insert(key.clone(), format!("{}列（{label}）", letters(*index)));
    }
    for (index, cell) in heads {
        if !found.contains_key(index) && !cell.text.is_empty() {
            table.ignored.push(format!("{}列「{}」", letters(*index), cell.text));
        }
    }
    let last = heads.keys().next_back().copied().unwrap_or(0);
    for (row, cells) in grid.rows.iter().skip(at + 1) {
        line(&mut table, *row, cells, found);
        beyond(&mut table, *row, cells, last);
    }
    if grid.cut {
        table.problems.push(Problem {
            row: 0,
            column: String::new(),
            value: String::new(),
            message: format!("{ROWS_MAX}行を超えた分は読んでいません。ファイルを分けて取り込んでください。"),
        });
    }
    table
}

/// Reads one row; rows without content in the recognised columns are passed over.
fn line(table: &mut Table, row: usize, cells: &BTreeMap<usize, Cell>, found: &BTreeMap<usize, String>) {
    let mut values = BTreeMap::new();
    let mut troubles = Vec::new();
    for (index, key) in found {
        let Some(cell) = cells.get(index) else { continue };
        if !cell.trouble.is_empty() {
            troubles.push((key.clone(), cell.trouble));
        }
        if !cell.text.is_empty() {
            values.insert(key.clone(), cell.text.clone());
        }
    }
    if values.is_empty() && troubles.is_empty() {
        return;
    }
    let index = table.lines.len();
    table.lines.push(Line { row, values, bad: false });
    for (key, trouble) in troubles {
        table.blame(index, &key, trouble);
    }
}

/// Blames a row with content right of the last heading: its columns have probably shifted.
fn beyond(table: &mut Table, row: usize, cells: &BTreeMap<usize, Cell>, last: usize) {
    let Some((index, cell)) = cells.range(last + 1..).find(|(_, cell)| !cell.text.is_empty()) else { return };
    let Some(line) = table.lines.last_mut().filter(|line| line.row == row) else { return };
    line.bad = true;
    table.problems.push(Problem {
        row,
        column: format!("{}列", letters(*index)),
        value: cell.text.clone(),
        message: "見出しのない列に値があります。列がずれていないか確かめ、要らない値なら消してください。".to_owned(),
    });
}

/// The letters of a column: 0 → A, 26 → AA.
fn letters(index: usize) -> String {
    let mut left = index + 1;
    let mut name = Vec::new();
    while left > 0 {
        left -= 1;
        name.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or(0)));
        left /= 26;
    }
    name.iter().rev().collect()
}

#[cfg(test)]
mod tests;
