//! Tables with cells that span rows and columns → rows, or plain paragraphs where a table only lays out a page.

use crate::{
    limits,
    manuscript::{Block, Manuscript, clean, is_numbered},
};

/// A cell with more paragraphs than this lays out a page.
const PAGE_PARAGRAPHS: usize = 20;
/// A cell with more rows of a table of its own than this lays out a page.
const PAGE_ROWS: usize = 3;

/// A cell.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    /// What it holds.
    pub(crate) blocks: Vec<Block>,
    /// Columns it covers, at least 1.
    pub(crate) columns: usize,
    /// Whether it goes on with the cell above it.
    pub(crate) above: bool,
}

/// A table while it is read.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Begins a row.
    pub(crate) fn row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Takes back the last row: it was deleted in the document.
    pub(crate) fn drop_row(&mut self) {
        self.rows.pop();
    }

    /// Adds a cell to the last row.
    pub(crate) fn cell(&mut self, mut cell: Cell) {
        if self.rows.is_empty() {
            self.row();
        }
        cell.columns = cell.columns.clamp(1, limits::COLUMNS);
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }

    /// The table as rows; what stands in one column only is no table.
    pub(crate) fn into_blocks(self, manuscript: &mut Manuscript) -> Vec<Block> {
        if self.is_layout() {
            return self.rows.into_iter().flatten().flat_map(|cell| cell.blocks).collect();
        }
        let mut above: Vec<String> = Vec::new();
        let mut blocks = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let mut cells: Vec<String> = Vec::with_capacity(row.len());
            for cell in row {
                let own = line(&cell.blocks);
                let text = if cell.above && own.is_empty() { repeated(&above, cells.len(), manuscript) } else { own };
                cells.push(text);
                let wide = (cell.columns - 1).min(manuscript.spanned);
                manuscript.spanned -= wide;
                cells.extend(std::iter::repeat_n(String::new(), wide));
            }
            above.clone_from(&cells);
            blocks.push(Block::Row(cells));
        }
        without_empty_columns(&mut blocks);
        blocks
    }

    /// Whether only one column holds anything, or a cell holds as much as a page.
    fn is_layout(&self) -> bool {
        if self.rows.iter().flatten().any(is_page) {
            return true;
        }
        let filled = |cell: &Cell| cell.above || cell.blocks.iter().any(|block| !matches!(block, Block::Gap));
        let mut only = None;
        for row in &self.rows {
            let mut column = 0;
            for cell in row {
                if filled(cell) && *only.get_or_insert(column) != column {
                    return false;
                }
                column += cell.columns.max(1);
            }
        }
        true
    }
}

/// Whether a cell holds a page rather than a value: many paragraphs, or a table of its own.
fn is_page(cell: &Cell) -> bool {
    let rows = cell.blocks.iter().filter(|block| matches!(block, Block::Row(_))).count();
    let paragraphs = cell.blocks.iter().filter(|block| matches!(block, Block::Paragraph { .. })).count();
    paragraphs > PAGE_PARAGRAPHS || rows > PAGE_ROWS
}

/// The cell above, for a cell that goes on with it.
fn repeated(above: &[String], column: usize, manuscript: &mut Manuscript) -> String {
    let Some(text) = above.get(column).filter(|text| text.chars().count() <= limits::REPEATED_CHARS && manuscript.spanned > 0) else {
        return String::new();
    };
    manuscript.spanned -= 1;
    text.clone()
}

/// Everything in a cell on one line.
fn line(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Gap => {}
            Block::Row(cells) => {
                for cell in cells.iter().filter(|cell| !cell.is_empty()) {
                    push(&mut out, cell, true);
                }
            }
            Block::Paragraph { label, text, .. } => {
                push(&mut out, &clean(label), true);
                for (n, piece) in text.split('\n').enumerate() {
                    push(&mut out, &clean(&piece.replace('\t', " ")), n == 0);
                }
            }
        }
    }
    out
}

/// Adds to a cell; a line break inside a Japanese word is no space.
fn push(out: &mut String, text: &str, apart: bool) {
    if text.is_empty() {
        return;
    }
    let cjk = |c: char| c > '\u{2e7f}' && !matches!(c, '。' | '・' | '※');
    let within = out.chars().last().is_some_and(cjk) && text.chars().next().is_some_and(cjk) && !is_numbered(text);
    if !out.is_empty() && (apart || !within) {
        out.push(' ');
    }
    out.push_str(text);
}

/// Drops columns in which no row has anything, such as those that only make room.
fn without_empty_columns(blocks: &mut [Block]) {
    let mut used: Vec<bool> = Vec::new();
    for block in blocks.iter() {
        let Block::Row(cells) = block else { continue };
        used.resize(used.len().max(cells.len()), false);
        for (used, cell) in used.iter_mut().zip(cells) {
            *used |= !cell.is_empty();
        }
    }
    for block in blocks {
        let Block::Row(cells) = block else { continue };
        let mut column = used.iter();
        cells.retain(|_| column.next().copied().unwrap_or(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str, columns: usize, above: bool) -> Cell {
        let blocks = if text.is_empty() { vec![Block::Gap] } else { vec![Block::plain(text.to_owned())] };
        Cell { blocks, columns, above }
    }

    fn rows(table: Table) -> Vec<String> {
        let blocks = table.into_blocks(&mut Manuscript::new());
        let row = |block: &Block| match block {
            Block::Row(cells) => cells.join("|"),
            Block::Paragraph { text, .. } => text.clone(),
            Block::Gap => String::new(),
        };
        blocks.iter().map(row).filter(|row| !row.is_empty()).collect()
    }

    #[test]
    fn spans_keep_the_columns_apart_and_repeat_downwards() {
        let mut table = Table::default();
        for row in [
            [cell("分類", 1, false), cell("", 1, false), cell("内容", 2, false)],
            [cell("Ⅰ", 1, false), cell("", 1, false), cell("漏れると\n困る", 2, false)],
            [cell("", 1, true), cell("", 1, false), cell("公開\nしない", 1, false)],
        ] {
            table.row();
            row.into_iter().for_each(|cell| table.cell(cell));
        }
        assert_eq!(rows(table), ["分類|内容", "Ⅰ|漏れると困る", "Ⅰ|公開しない"]);
    }

    #[test]
    fn a_table_of_one_filled_column_is_text() {
        let mut table = Table::default();
        for text in ["第1条 町は、守る。", "第2条 町は、見直す。"] {
            table.row();
            table.cell(cell("", 1, false));
            table.cell(cell(text, 1, false));
        }
        assert_eq!(rows(table), ["第1条 町は、守る。", "第2条 町は、見直す。"]);
    }
}
