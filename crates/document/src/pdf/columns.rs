//! Rows of a page → columns of text that are read one after the other; knows nothing of paragraphs.

use super::{characters::is_blank, content::Glyph, lines::Row};

/// Rows that stand below each other in one column.
#[derive(Debug, PartialEq)]
pub(super) struct Region {
    /// Which column of how many, from the left; a heading over all columns is 0 of 1.
    pub(super) column: (usize, usize),
    pub(super) rows: Vec<Row>,
}

/// A page has columns only with this many rows.
const FEWEST_ROWS: usize = 6;

/// Divides the rows of a page into columns.
pub(super) fn regions(rows: Vec<Row>) -> Vec<Region> {
    let gutters = gutters(&rows);
    let columns = gutters.len() + 1;
    if columns == 1 {
        return vec![Region { column: (0, 1), rows }];
    }
    let mut out = Vec::new();
    let mut band: Vec<Vec<Row>> = vec![Vec::new(); columns];
    for row in rows {
        if gutters.iter().any(|gutter| crosses(&row, *gutter)) {
            flush(&mut out, &mut band);
            push_row(&mut out, (0, 1), row);
            continue;
        }
        let mut parts: Vec<Vec<Glyph>> = vec![Vec::new(); columns];
        for glyph in row.glyphs {
            let middle = glyph.x0.midpoint(glyph.x1);
            let at = gutters.iter().filter(|(left, right)| middle > left.midpoint(*right)).count();
            if let Some(part) = parts.get_mut(at) {
                part.push(glyph);
            }
        }
        for (part, rows) in parts.into_iter().zip(&mut band) {
            rows.extend(Row::new(part));
        }
    }
    flush(&mut out, &mut band);
    out
}

fn push_row(out: &mut Vec<Region>, column: (usize, usize), row: Row) {
    match out.last_mut() {
        Some(region) if region.column == column => region.rows.push(row),
        _ => out.push(Region { column, rows: vec![row] }),
    }
}

fn flush(out: &mut Vec<Region>, band: &mut [Vec<Row>]) {
    let of = band.len();
    for (n, rows) in band.iter_mut().enumerate() {
        for row in std::mem::take(rows) {
            push_row(out, (n, of), row);
        }
    }
}

/// Whether a row has a character in a gutter.
fn crosses(row: &Row, (left, right): (f32, f32)) -> bool {
    row.glyphs.iter().any(|g| !is_blank(g.c) && g.x0 < right - 1.0 && g.x1 > left + 1.0)
}

/// The gaps between columns: nearly no row goes through them and the text on both sides is set solid.
fn gutters(rows: &[Row]) -> Vec<(f32, f32)> {
    if rows.len() < FEWEST_ROWS {
        return Vec::new();
    }
    let left = rows.iter().map(Row::x0).fold(f32::MAX, f32::min);
    let right = rows.iter().map(Row::x1).fold(f32::MIN, f32::max);
    let size = middle(rows.iter().map(|row| row.size).collect());
    let width = (right - left).max(0.0);
    if width < 16.0 * size || width > 10_000.0 {
        return Vec::new();
    }
    let mut used = vec![0_usize; width as usize + 2];
    for row in rows {
        let mut last = usize::MAX;
        for glyph in row.glyphs.iter().filter(|g| !is_blank(g.c)) {
            let (from, to) = ((glyph.x0 - left).max(0.0) as usize, (glyph.x1 - left).max(0.0) as usize);
            for at in from..=to {
                if at != last || last == usize::MAX {
                    if let Some(count) = used.get_mut(at) {
                        *count += 1;
                    }
                    last = at;
                }
            }
        }
    }
    let most = rows.len() / 5;
    let mut gaps = Vec::new();
    let mut start = None;
    for (at, count) in used.iter().enumerate() {
        match (start, *count <= most) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                gaps.push((left + from as f32, left + at as f32));
                start = None;
            }
            _ => {}
        }
    }
    gaps.retain(|(from, to)| to - from >= size * 0.9 && *from > left + 7.0 * size && *to < right - 7.0 * size);
    gaps.retain(|gap| is_solid(rows, *gap, size));
    if gaps.len() > 3 { Vec::new() } else { gaps }
}

/// Whether the rows left of a gap reach it and those right of it begin at it, as text does and cells do not.
fn is_solid(rows: &[Row], (from, to): (f32, f32), size: f32) -> bool {
    let mut ends = Vec::new();
    let mut starts = Vec::new();
    for row in rows.iter().filter(|row| !crosses(row, (from, to))) {
        let shown = || row.glyphs.iter().filter(|g| !is_blank(g.c));
        ends.extend(shown().filter(|g| g.x1 <= from + 1.0).map(|g| g.x1).reduce(f32::max));
        starts.extend(shown().filter(|g| g.x0 >= to - 1.0).map(|g| g.x0).reduce(f32::min));
    }
    let near = |places: &[f32], edge: f32, by: f32| places.iter().filter(|x| (**x - edge).abs() <= by).count();
    let full = near(&ends, from, 2.0 * size);
    let begun = near(&starts, to, 2.5 * size);
    ends.len().min(starts.len()) >= FEWEST_ROWS / 2 && full * 2 >= ends.len() && begun * 2 >= starts.len()
}

fn middle(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
