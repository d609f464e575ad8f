//! A page → its lines in reading order, those of ruled and of aligned tables as rows with tabs.

use super::{
    characters::{hangs, is_blank, is_wide, no_start},
    columns::{self, Region},
    content::{Glyph, Sheet},
    lines::{self, Row, Segment},
    tables,
};

/// A line of text or a row of a table with what tells where its paragraph ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    /// Whether it is a row of cells divided by tabs.
    pub(super) row: bool,
    /// Whether it begins with white space that is written out.
    pub(super) indented: bool,
    pub(super) x0: f32,
    /// Right edge without punctuation that may hang over the margin.
    pub(super) x1: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    /// Width of what may not be divided at its beginning.
    pub(super) head: f32,
    /// Which column of how many.
    pub(super) column: (usize, usize),
}

/// The lines of a page with its size.
#[derive(Debug, Default, PartialEq)]
pub(super) struct PageLines {
    pub(super) height: f32,
    pub(super) width: f32,
    pub(super) lines: Vec<Line>,
}

/// Lays out a page.
pub(super) fn page(mut sheet: Sheet) -> PageLines {
    let tables = tables::take(&mut sheet);
    let rows = lines::rows(std::mem::take(&mut sheet.glyphs));
    let mut lines = Vec::new();
    for region in columns::regions(rows) {
        lines.extend(region_lines(&region));
    }
    for table in tables {
        insert(&mut lines, &table);
    }
    PageLines { height: sheet.height, width: sheet.width, lines }
}

/// Puts a ruled table where it stands among the lines.
fn insert(lines: &mut Vec<Line>, table: &tables::Table) {
    let beside = |line: &Line| line.x0 < table.right && line.x1 > table.left;
    let after = lines.iter().position(|line| beside(line) && line.y > table.top);
    let at = after.unwrap_or_else(|| lines.iter().rposition(|line| line.y <= table.bottom).map_or(lines.len(), |before| before + 1));
    let column = lines.get(at.saturating_sub(1)).map_or((0, 1), |line| line.column);
    let rows = table.rows.iter().map(|cells| {
        let filled: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
        // A title over all columns is no row.
        let title = filled.len() == 1 && cells.first().is_some_and(|cell| !cell.is_empty()) && cells.len() > 2;
        let text = if title { filled.iter().map(|cell| cell.as_str()).collect() } else { cells.join("\t") };
        let (x0, x1, y) = (table.left, table.left, table.top);
        Line { row: text.contains('\t'), text, indented: true, x0, x1, y, size: 0.0, head: 0.0, column }
    });
    lines.splice(at..at, rows.collect::<Vec<_>>());
}

fn region_lines(region: &Region) -> Vec<Line> {
    let parted: Vec<Vec<Segment>> = region.rows.iter().map(|row| lines::segments(&row.glyphs)).collect();
    let aligned = aligned(&region.rows, &parted);
    let mut out = Vec::with_capacity(region.rows.len());
    for ((row, parts), in_table) in region.rows.iter().zip(&parted).zip(aligned) {
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        let entry = parts.len() == 2 && texts.last().is_some_and(|text| is_page_number(text));
        let text = texts.join(if in_table || entry { "\t" } else { "\u{3000}" });
        if text.is_empty() {
            continue;
        }
        out.push(Line {
            row: in_table || entry,
            text,
            indented: row.glyphs.first().is_some_and(|g| is_blank(g.c)),
            x0: row.x0(),
            x1: edge(row),
            y: row.y,
            size: row.size,
            head: head(row),
            column: region.column,
        });
    }
    out
}

/// The right edge of a row without its last, hanging punctuation.
fn edge(row: &Row) -> f32 {
    let mut shown = row.glyphs.iter().rev().filter(|g| !is_blank(g.c));
    match (shown.next(), shown.next()) {
        (Some(last), Some(before)) if hangs(last.c) => before.x1,
        (Some(last), _) => last.x1,
        _ => 0.0,
    }
}

/// The width of the first word, or of the first character with what may not stand without it.
fn head(row: &Row) -> f32 {
    let mut shown = row.glyphs.iter().skip_while(|g| is_blank(g.c));
    let Some(first) = shown.next() else { return 0.0 };
    let mut end = first.x1;
    let mut before: Glyph = *first;
    for glyph in shown {
        let word = !is_wide(before.c) && !is_wide(glyph.c) && !is_blank(glyph.c) && !is_blank(before.c);
        let opening = matches!(before.c, '（' | '「' | '『' | '【' | '〔' | '(');
        if !(word || opening || no_start(glyph.c)) || end - first.x0 > 20.0 * first.size {
            break;
        }
        // Hanging punctuation needs no room of its own.
        if !hangs(glyph.c) {
            end = glyph.x1;
        }
        before = *glyph;
    }
    end - first.x0
}

/// Which rows belong to a table without rules: at least three below each other whose parts begin at the same places.
fn aligned(rows: &[Row], parted: &[Vec<Segment>]) -> Vec<bool> {
    const FEWEST: usize = 3;
    let mut out = vec![false; rows.len()];
    let mut start = 0;
    while start < rows.len() {
        let mut end = start + 1;
        while end < rows.len() && alike(parted.get(end - 1), parted.get(end), rows.get(end)) {
            end += 1;
        }
        if end - start >= FEWEST && parted.get(start).is_some_and(|parts| parts.len() >= 2) {
            for flag in out.iter_mut().take(end).skip(start) {
                *flag = true;
            }
        }
        start = end;
    }
    out
}

fn alike(above: Option<&Vec<Segment>>, below: Option<&Vec<Segment>>, row: Option<&Row>) -> bool {
    let (Some(above), Some(below), Some(row)) = (above, below, row) else { return false };
    // Centred cells begin at different places but lie over each other.
    let meet = |(a, b): (&Segment, &Segment)| (a.x0 - b.x0).abs() < 0.7 * row.size || (a.x0 < b.x1 && b.x0 < a.x1 && a.x0 > 0.0);
    above.len() >= 2 && above.len() == below.len() && above.iter().zip(below).all(meet)
}

/// Whether a text is the page number of an entry of a contents list.
fn is_page_number(text: &str) -> bool {
    let digits = text.trim_matches(|c: char| matches!(c, '-' | '－' | '–' | '.' | '…' | '・') || is_blank(c));
    !digits.is_empty() && digits.chars().count() <= 4 && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '０'..='９'))
}
