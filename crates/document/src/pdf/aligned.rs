//! Tables without rules: rows below each other whose cells only gaps divide, by columns or by tab stops.

use super::{
    characters::is_blank,
    lines::{self, Row, Segment},
};

/// A table has at least so many rows.
const FEWEST: usize = 3;
/// The gap that makes rows worth looking at, in sizes.
const GAP: f32 = 0.95;
/// Distances of the tab stops that word processors set by themselves, in points.
const STOPS: [f32; 5] = [35.43, 36.0, 42.0, 28.35, 70.87];

/// The cells of each row that belongs to a table.
pub(super) fn cells(rows: &[Row]) -> Vec<Option<Vec<String>>> {
    let parted: Vec<Vec<Segment>> = rows.iter().map(|row| lines::segments(&row.glyphs, GAP)).collect();
    let edge = rows.iter().map(Row::x1).fold(f32::MIN, f32::max);
    let mut out: Vec<Option<Vec<String>>> = vec![None; rows.len()];
    let mut start = 0;
    while start < rows.len() {
        let end = run_end(rows, &parted, start, edge);
        let members: Vec<usize> = (start..end).filter(|at| parted.get(*at).is_some_and(|parts| parts.len() >= 2)).collect();
        if members.len() >= FEWEST && !is_list(&parted, &members) {
            let stops = tab_stops(rows, &parted, &members);
            for (at, cells) in members.iter().zip(columns(rows, &parted, &members, stops)) {
                if let Some(slot) = out.get_mut(*at) {
                    *slot = Some(cells);
                }
            }
        }
        start = end.max(start + 1);
    }
    out
}

/// End of the rows from a place on that have gaps or carry on a full row.
fn run_end(rows: &[Row], parted: &[Vec<Segment>], start: usize, edge: f32) -> usize {
    let gapped = |at: usize| parted.get(at).is_some_and(|parts| parts.len() >= 2);
    if !gapped(start) {
        return start;
    }
    let mut end = start + 1;
    while let (Some(above), Some(below)) = (rows.get(end - 1), rows.get(end)) {
        let full = above.x1() > edge - 2.5 * above.size;
        let near = below.y - above.y < 2.6 * above.size && (above.size - below.size).abs() < 0.2 * above.size;
        if !near || !(gapped(end) || full) {
            break;
        }
        end += 1;
    }
    end
}

/// Whether the first parts are numbers from the first row on: a list with tabs behind its numbers.
fn is_list(parted: &[Vec<Segment>], members: &[usize]) -> bool {
    let number = |text: &str| {
        let inner = text.trim_matches(|c: char| matches!(c, '(' | ')' | '（' | '）' | '.' | '．' | '第' | '条' | '・' | '○' | '●' | '-'));
        text.chars().count() <= 6 && inner.chars().count() <= 3 && !inner.chars().any(|c| matches!(c, '\u{3041}'..='\u{3096}'))
    };
    let first = |at: &usize| parted.get(*at).and_then(|parts| parts.first()).map_or("", |part| part.text.as_str());
    let two = members.iter().all(|at| parted.get(*at).is_some_and(|parts| parts.len() == 2));
    two && members.iter().all(|at| number(first(at)) && first(at).chars().any(|c| !c.is_alphabetic() || matches!(c, 'ア'..='ン')))
}

/// The distance of the tab stops on which all wide gaps end, with the left margin they are counted from.
fn tab_stops(rows: &[Row], parted: &[Vec<Segment>], members: &[usize]) -> Option<(f32, f32)> {
    let left = members.iter().filter_map(|at| rows.get(*at)).map(Row::x0).fold(f32::MAX, f32::min);
    let starts: Vec<f32> =
        members.iter().filter_map(|at| parted.get(*at)).flat_map(|parts| parts.iter().skip(1).map(|part| part.x0 - left)).collect();
    STOPS.into_iter().find(|stop| starts.iter().all(|x| on_stop(*x, *stop))).map(|stop| (left, stop))
}

fn on_stop(x: f32, stop: f32) -> bool {
    let nearest = (x / stop).round() * stop;
    x > 1.0 && (x - nearest).abs() < 0.7
}

/// The cells of the rows, each in the column where it begins.
fn columns(rows: &[Row], parted: &[Vec<Segment>], members: &[usize], stops: Option<(f32, f32)>) -> Vec<Vec<String>> {
    let mut table: Vec<Vec<Segment>> = Vec::with_capacity(members.len());
    for at in members {
        let (Some(row), Some(parts)) = (rows.get(*at), parted.get(*at)) else { continue };
        table.push(match stops {
            Some((left, stop)) => by_stops(row, left, stop),
            None => parts.clone(),
        });
    }
    let most = table.iter().map(Vec::len).max().unwrap_or(0);
    let mut reach = vec![(f32::MAX, f32::MIN); most];
    for parts in table.iter().filter(|parts| parts.len() == most) {
        for ((low, high), part) in reach.iter_mut().zip(parts) {
            (*low, *high) = (low.min(part.x0), high.max(part.x1));
        }
    }
    table.into_iter().map(|parts| placed(parts, &reach)).collect()
}

/// Puts the cells of a row with fewer cells than columns where they lie.
fn placed(parts: Vec<Segment>, reach: &[(f32, f32)]) -> Vec<String> {
    let mut cells = vec![String::new(); reach.len()];
    let (whole, mut next) = (parts.len() == reach.len(), 0);
    let count = parts.len();
    for (n, part) in parts.into_iter().enumerate() {
        let last = reach.len().saturating_sub(count - n);
        let fits = |at: &usize| reach.get(*at).is_some_and(|(low, high)| part.x0 < *high && part.x1 > *low);
        let at = if whole { n } else { (next..=last).find(fits).unwrap_or(next) };
        if let Some(cell) = cells.get_mut(at) {
            *cell = part.text;
        }
        next = at + 1;
    }
    cells
}

/// Divides a row at every gap, however small, that ends on a tab stop.
fn by_stops(row: &Row, left: f32, stop: f32) -> Vec<Segment> {
    let mut parts: Vec<Vec<super::content::Glyph>> = vec![Vec::new()];
    let mut before: Option<super::content::Glyph> = None;
    for glyph in &row.glyphs {
        let gap = before.map_or(0.0, |b| glyph.x0 - b.x1);
        let blank = is_blank(glyph.c) || before.is_some_and(|b| is_blank(b.c));
        if !blank && gap > 0.04 * row.size && on_stop(glyph.x0 - left, stop) {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push(*glyph);
        }
        before = Some(*glyph);
    }
    parts.iter().flat_map(|part| lines::segments(part, GAP)).collect()
}
