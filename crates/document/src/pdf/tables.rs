//! Ruling lines of a page → tables: which glyphs lie in which cell; knows nothing of tables without rules.

use super::{
    content::{Glyph, Rule, Sheet},
    lines,
};

/// Two edges nearer than this are one, in points.
const NEAR: f32 = 3.0;
/// More rules than this are a drawing.
const MOST_RULES: usize = 1_500;
const MOST_COLUMNS: usize = 40;
const MOST_ROWS: usize = 200;
/// A cell with more lines than this is a frame around text.
const MOST_LINES: usize = 45;

/// A table of a page.
#[derive(Debug, PartialEq)]
pub(super) struct Table {
    pub(super) top: f32,
    pub(super) bottom: f32,
    pub(super) left: f32,
    pub(super) right: f32,
    /// Rows of cells; a cell over several rows stands in each of them.
    pub(super) rows: Vec<Vec<String>>,
}

/// Finds the ruled tables of a page and takes their glyphs out of it.
pub(super) fn take(sheet: &mut Sheet) -> Vec<Table> {
    if sheet.rules.len() < 4 || sheet.rules.len() > MOST_RULES {
        return Vec::new();
    }
    let mut found = Vec::new();
    for rules in components(&sheet.rules) {
        let Some(grid) = Grid::new(&rules) else { continue };
        let (inside, outside): (Vec<Glyph>, Vec<Glyph>) = std::mem::take(&mut sheet.glyphs).into_iter().partition(|g| grid.holds(g));
        match grid.table(&inside) {
            Some(table) => {
                sheet.glyphs = outside;
                found.push(table);
            }
            None => sheet.glyphs = outside.into_iter().chain(inside).collect(),
        }
    }
    found
}

/// Rules that touch each other, directly or over others.
fn components(rules: &[Rule]) -> Vec<Vec<Rule>> {
    let mut parents: Vec<usize> = (0..rules.len()).collect();
    let mut order: Vec<usize> = (0..rules.len()).collect();
    let top = |at: &usize| rules.get(*at).map_or(0.0, |rule| rule.y0);
    order.sort_by(|a, b| top(a).total_cmp(&top(b)));
    for (n, a) in order.iter().enumerate() {
        let Some(first) = rules.get(*a) else { continue };
        for b in order.iter().skip(n + 1) {
            let Some(second) = rules.get(*b) else { continue };
            if second.y0 > first.y1 + NEAR {
                break;
            }
            if first.x0 <= second.x1 + NEAR && second.x0 <= first.x1 + NEAR {
                let (root, other) = (root(&mut parents, *a), root(&mut parents, *b));
                if let Some(parent) = parents.get_mut(other) {
                    *parent = root;
                }
            }
        }
    }
    let mut groups: std::collections::BTreeMap<usize, Vec<Rule>> = std::collections::BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        groups.entry(root(&mut parents, at)).or_default().push(*rule);
    }
    groups.into_values().filter(|group| group.len() >= 4).collect()
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(parent) = parents.get(at).copied().filter(|parent| *parent != at) {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = above;
        }
        at = above;
    }
    at
}

struct Grid {
    /// Edges of the columns, from left to right.
    xs: Vec<f32>,
    /// Edges of the rows, from top to bottom.
    ys: Vec<f32>,
    upright: Vec<Rule>,
    level: Vec<Rule>,
}

impl Grid {
    fn new(rules: &[Rule]) -> Option<Grid> {
        let (upright, level): (Vec<Rule>, Vec<Rule>) = rules.iter().partition(|rule| rule.y1 - rule.y0 > rule.x1 - rule.x0);
        let mut xs = edges(upright.iter().map(|rule| rule.x0.midpoint(rule.x1)));
        let ys = edges(level.iter().map(|rule| rule.y0.midpoint(rule.y1)));
        // Tables are often open at their sides.
        let left = level.iter().map(|rule| rule.x0).fold(f32::MAX, f32::min);
        let right = level.iter().map(|rule| rule.x1).fold(f32::MIN, f32::max);
        if xs.first().is_some_and(|x| left < *x - 3.0 * NEAR) {
            xs.insert(0, left);
        }
        if xs.last().is_some_and(|x| right > *x + 3.0 * NEAR) {
            xs.push(right);
        }
        let fits = (3..=MOST_COLUMNS).contains(&xs.len()) && (2..=MOST_ROWS).contains(&ys.len());
        fits.then_some(Grid { xs, ys, upright, level })
    }

    fn columns(&self) -> usize {
        self.xs.len() - 1
    }

    fn cell_of(&self, glyph: &Glyph) -> Option<(usize, usize)> {
        let (x, y) = (glyph.x0.midpoint(glyph.x1), glyph.y - 0.35 * glyph.size);
        let place = |edges: &[f32], at: f32| edges.partition_point(|edge| *edge <= at).checked_sub(1).filter(|n| n + 1 < edges.len());
        Some((place(&self.ys, y)?, place(&self.xs, x)?))
    }

    fn holds(&self, glyph: &Glyph) -> bool {
        self.cell_of(glyph).is_some()
    }

    /// Whether a rule divides a cell from the next one in its row.
    fn divided_right(&self, row: usize, column: usize) -> bool {
        let (Some(x), Some(top), Some(bottom)) = (self.xs.get(column + 1), self.ys.get(row), self.ys.get(row + 1)) else { return true };
        let middle = top.midpoint(*bottom);
        self.upright.iter().any(|rule| (rule.x0 - x).abs() < NEAR && rule.y0 <= middle && middle <= rule.y1)
    }

    /// Whether a rule divides a cell from the one below.
    fn divided_below(&self, row: usize, column: usize) -> bool {
        let (Some(y), Some(left), Some(right)) = (self.ys.get(row + 1), self.xs.get(column), self.xs.get(column + 1)) else { return true };
        let middle = left.midpoint(*right);
        self.level.iter().any(|rule| (rule.y0 - y).abs() < NEAR && rule.x0 <= middle && middle <= rule.x1)
    }

    fn table(&self, glyphs: &[Glyph]) -> Option<Table> {
        let (columns, count) = (self.columns(), self.columns() * (self.ys.len() - 1));
        let mut areas: Vec<usize> = (0..count).collect();
        for at in 0..count {
            let (row, column) = (at / columns, at % columns);
            let right = (column + 1 < columns && !self.divided_right(row, column)).then_some(at + 1);
            let below = (at + columns < count && !self.divided_below(row, column)).then_some(at + columns);
            for other in right.into_iter().chain(below) {
                let (a, b) = (root(&mut areas, at), root(&mut areas, other));
                if let Some(area) = areas.get_mut(a.max(b)) {
                    *area = a.min(b);
                }
            }
        }
        let mut cells: Vec<Vec<Glyph>> = vec![Vec::new(); count];
        for glyph in glyphs {
            let Some((row, column)) = self.cell_of(glyph) else { continue };
            let area = root(&mut areas, row * columns + column);
            cells.get_mut(area)?.push(*glyph);
        }
        let mut texts = Vec::with_capacity(count);
        for (at, cell) in cells.into_iter().enumerate() {
            texts.push(self.text(cell, at % columns)?);
        }
        // Nothing to tell apart: a box around text.
        if (0..count).map(|at| root(&mut areas, at)).all(|area| area == 0) || texts.iter().filter(|text| !text.is_empty()).count() < 2 {
            return None;
        }
        let row = |row: usize, areas: &mut [usize]| -> Vec<String> {
            let mut cells = Vec::with_capacity(columns);
            for column in 0..columns {
                let area = root(areas, row * columns + column);
                // What goes over several columns stands in its first, what goes over several rows in each.
                let first = area % columns == column;
                cells.push(texts.get(area).filter(|_| first).cloned().unwrap_or_default());
            }
            cells
        };
        let rows = (0..self.ys.len() - 1).map(|n| row(n, &mut areas)).filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
        let ends = |edges: &[f32]| Some((*edges.first()?, *edges.last()?));
        let ((left, right), (top, bottom)) = (ends(&self.xs)?, ends(&self.ys)?);
        Some(Table { top, bottom, left, right, rows: without_empty_columns(rows) })
    }

    /// The text of a cell in one line; `None` if there is too much of it for a cell.
    fn text(&self, glyphs: Vec<Glyph>, column: usize) -> Option<String> {
        let rows = lines::rows(glyphs);
        if rows.len() > MOST_LINES {
            return None;
        }
        let right = self.xs.get(column + 1).copied().unwrap_or(f32::MAX);
        let widest = rows.iter().map(lines::Row::x1).fold(f32::MIN, f32::max);
        let mut text = String::new();
        let mut full = true;
        for row in &rows {
            let parts: Vec<String> = lines::segments(&row.glyphs).into_iter().map(|segment| segment.text).collect();
            let line = parts.join("\u{3000}");
            let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            if !text.is_empty() && (!full || (latin(text.chars().last()) && latin(line.chars().next()))) {
                text.push(if full { ' ' } else { '\u{3000}' });
            }
            text.push_str(&line);
            full = row.x1() > widest.min(right) - 1.9 * row.size;
        }
        Some(text)
    }
}

/// Distinct places of lines, in order.
fn edges(places: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut places: Vec<f32> = places.collect();
    places.sort_by(f32::total_cmp);
    places.dedup_by(|b, a| *b - *a < NEAR);
    places
}

/// Double lines leave columns that hold nothing.
fn without_empty_columns(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let used: Vec<bool> = (0..columns).map(|n| rows.iter().any(|row| row.get(n).is_some_and(|cell| !cell.is_empty()))).collect();
    let keep = |row: Vec<String>| row.into_iter().zip(&used).filter(|(_, used)| **used).map(|(cell, _)| cell).collect();
    rows.into_iter().map(keep).collect()
}
