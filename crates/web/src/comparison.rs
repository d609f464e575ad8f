//! A 新旧対照表 as files: a web page that stands alone, Excel and Word; knows nothing of requests.

use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use document::write::{Paragraph, Run as Piece, TwoColumns};
use policy::compare::{Line, Row};

use crate::{
    html::Html,
    spreadsheet::{self, Rich},
};

/// How the page that stands alone looks; it carries this with it, as it has no server to ask.
const STYLE: &str = include_str!("../assets/css/comparison_file.css");
/// Headings of the two columns; the new text stands on the left.
const HEADS: [&str; 2] = ["改正後", "改正前"];
/// Characters of a row in a spreadsheet: more lines than this fill are cut off by Excel's highest row.
const ROW_MAX: usize = 700;

/// A table with what stands above it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Title of the document.
    pub title: String,
    /// Lines below it: versions, the day it comes into force.
    pub notes: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("新旧対照表のファイルを作れませんでした（{0}）。文書を分けてお試しください。")]
pub struct WriteError(String);

impl Sheet {
    /// The heading above the table.
    #[must_use]
    pub fn heading(&self) -> String {
        if self.title.is_empty() { "新旧対照表".to_owned() } else { format!("{}　新旧対照表", self.title) }
    }

    /// A Word file.
    ///
    /// # Errors
    /// When it would be too large.
    pub fn docx(&self) -> Result<Vec<u8>, WriteError> {
        let piece = |run: &policy::compare::Run| Piece { text: run.text.clone(), underlined: run.changed };
        let paragraph = |line: &Line| Paragraph { indent: line.level, runs: line.runs.iter().map(piece).collect() };
        let cell = |lines: &[Line]| lines.iter().map(paragraph).collect::<Vec<_>>();
        let table = TwoColumns {
            title: self.heading(),
            notes: self.notes.clone(),
            heads: HEADS.map(str::to_owned),
            rows: self.rows.iter().map(|row| [cell(&row.new), cell(&row.old)]).collect(),
        };
        document::write::docx(&table).map_err(|error| WriteError(error.to_string()))
    }

    /// An Excel file.
    ///
    /// # Errors
    /// When it has more rows than a sheet can hold.
    pub fn xlsx(&self) -> Result<Vec<u8>, WriteError> {
        let rows: Vec<[Rich; 3]> = self.rows.iter().flat_map(spread).collect();
        let widths = [("区分", 12.0), ("改正後", 62.0), ("改正前", 62.0)];
        spreadsheet::rich(&self.heading(), &self.notes, widths, &rows).map_err(|error| WriteError(error.to_string()))
    }

    /// A web page that needs no other file.
    ///
    /// # Errors
    /// When the template fails.
    pub fn html(&self) -> Result<String, WriteError> {
        let style = format!("data:text/css;charset=utf-8;base64,{}", STANDARD.encode(STYLE));
        let page = FilePage { title: self.heading(), style, notes: &self.notes, table: table(&self.rows) };
        page.render().map_err(|error| WriteError(error.to_string()))
    }
}

/// The kinds of a row in words.
#[must_use]
pub fn kinds(row: &Row) -> String {
    row.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("・")
}

/// A row as rows of a spreadsheet, each low enough to be seen whole.
fn spread(row: &Row) -> Vec<[Rich; 3]> {
    let cut = |lines: &[Line]| {
        let mut cells: Vec<Rich> = vec![Rich::new()];
        let mut filled = 0;
        for line in lines {
            let long: usize = line.runs.iter().map(|run| run.text.chars().count()).sum();
            if filled > 0 && filled + long > ROW_MAX {
                cells.push(Rich::new());
                filled = 0;
            }
            let Some(cell) = cells.last_mut() else { continue };
            let indent = "　".repeat(line.level.min(6));
            let begin = if cell.is_empty() { indent } else { format!("\n{indent}") };
            cell.push((begin, false));
            cell.extend(line.runs.iter().map(|run| (run.text.clone(), run.changed)));
            filled += long;
        }
        cells
    };
    let (new, old) = (cut(&row.new), cut(&row.old));
    let count = new.len().max(old.len());
    let of = |cells: &[Rich], at: usize| cells.get(at).cloned().unwrap_or_default();
    let kind = |at: usize| if at == 0 { vec![(kinds(row), false)] } else { Rich::new() };
    (0..count).map(|at| [kind(at), of(&new, at), of(&old, at)]).collect()
}

/// The table as a piece of a page.
#[must_use]
pub fn table(rows: &[Row]) -> Html {
    Html::of(&TablePart { rows })
}

#[derive(Template)]
#[template(path = "policy/comparison_table.html")]
struct TablePart<'r> {
    rows: &'r [Row],
}

#[derive(Template)]
#[template(path = "policy/comparison_file.html")]
struct FilePage<'s> {
    title: String,
    style: String,
    notes: &'s [String],
    table: Html,
}
