//! Running heads, feet and page numbers: what stands at the same place of page after page, and so is no text.

use std::collections::HashMap;

use super::layout::{Line, PageLines};

/// Lines from the top and from the bottom of a page that may be running ones.
const DEPTH: usize = 3;
/// Two places that differ by less are the same, in points.
const SAME: f32 = 4.0;

/// Pages within which a running head comes again; those of left and right pages and of chapters differ.
const WINDOW: usize = 8;

/// A page with the distance of a line from its edge and the line's text.
type Seen = (usize, f32, String);

/// Takes running heads, feet and page numbers out of the pages.
pub(super) fn strip(pages: &mut [PageLines]) {
    let mut seen: HashMap<(bool, String), Vec<Seen>> = HashMap::new();
    for (n, page) in pages.iter().enumerate() {
        for (top, line) in candidates(page) {
            seen.entry((top, shape(&line.text))).or_default().push((n, from_edge(page, top, line), line.text.clone()));
        }
    }
    let mut doomed: Vec<Vec<usize>> = vec![Vec::new(); pages.len()];
    for (n, page) in pages.iter().enumerate() {
        for (top, line) in candidates(page) {
            let key = (top, shape(&line.text));
            let place = from_edge(page, top, line);
            let Some(found) = seen.get(&key) else { continue };
            let at_place = || found.iter().filter(|(_, y, _)| (*y - place).abs() < SAME);
            let running = if is_number(&line.text) {
                at_place().count() >= 2 || marked_number(&line.text) || alone(page, line, top)
            } else {
                let near = at_place().filter(|(other, _, _)| other.abs_diff(n) <= WINDOW);
                // The forms of an appendix bear their numbers at the same place: 様式第1号, 様式第2号.
                near.filter(|(_, _, text)| *text == line.text || !is_heading(&line.text)).count() >= 3 && in_margin(page, line)
            };
            if running {
                let at = page.lines.iter().position(|other| std::ptr::eq(other, line));
                doomed.get_mut(n).into_iter().for_each(|doomed| doomed.extend(at));
            }
        }
    }
    for (page, doomed) in pages.iter_mut().zip(doomed) {
        let mut at = 0..;
        page.lines.retain(|_| at.next().is_none_or(|n| !doomed.contains(&n)));
    }
}

/// The outermost lines of a page; whether each is at the top.
fn candidates(page: &PageLines) -> impl Iterator<Item = (bool, &Line)> {
    let mut order: Vec<&Line> = page.lines.iter().filter(|line| line.size > 0.0).collect();
    order.sort_by(|a, b| a.y.total_cmp(&b.y));
    let top: Vec<&Line> = order.iter().take(DEPTH).copied().collect();
    let bottom: Vec<&Line> = order.iter().rev().take(DEPTH).copied().collect();
    top.into_iter().map(|line| (true, line)).chain(bottom.into_iter().map(|line| (false, line)))
}

const fn from_edge(page: &PageLines, top: bool, line: &Line) -> f32 {
    if top { line.y } else { page.height - line.y }
}

/// Whether a text is the number of something rather than a running head.
fn is_heading(text: &str) -> bool {
    text.starts_with(['第', '別', '様', '附', '付', '(', '（']) || text.chars().next().is_some_and(|c| c.is_numeric())
}

fn in_margin(page: &PageLines, line: &Line) -> bool {
    line.y < page.height * 0.15 || line.y > page.height * 0.85
}

/// A text with its numbers made alike.
fn shape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        let digit = c.is_ascii_digit() || matches!(c, '０'..='９');
        match (digit, out.ends_with('#')) {
            (true, true) => {}
            (true, false) => out.push('#'),
            _ => out.push(c),
        }
    }
    out
}

/// Whether a text is only a number, as pages bear it: 12, - 12 -, 12/34, 12ページ, ⅳ.
fn is_number(text: &str) -> bool {
    let shape = shape(text);
    let bare = shape.trim_matches(|c: char| matches!(c, '-' | '－' | '―' | '‐' | '–' | '—' | '−' | '~' | '～' | '〜' | '[' | ']'));
    let roman = !bare.is_empty() && bare.len() <= 6 && bare.chars().all(|c| matches!(c, 'i' | 'v' | 'x'));
    matches!(bare, "#" | "#/#" | "#／#" | "#ページ" | "#頁" | "P#" | "p#" | "P.#" | "p.#" | "Page#" | "#ページ/#ページ") || roman
}

/// A number between dashes is never an item.
fn marked_number(text: &str) -> bool {
    let shape = shape(text);
    is_number(text) && shape != "#" && !shape.chars().all(|c| c.is_ascii_lowercase())
}

/// Whether a number stands far from the text, in the margin and not at its left edge.
fn alone(page: &PageLines, line: &Line, top: bool) -> bool {
    let left = page.lines.iter().filter(|other| other.size > 0.0).map(|other| other.x0).fold(f32::MAX, f32::min);
    let others = page.lines.iter().filter(|other| other.size > 0.0 && !std::ptr::eq(*other, line));
    let gap = others.map(|other| if top { other.y - line.y } else { line.y - other.y }).fold(f32::MAX, f32::min);
    let outer = if top { line.y < page.height * 0.1 } else { line.y > page.height * 0.9 };
    outer && gap > 1.8 * line.size && line.x0 > left + 4.0 * line.size
}
