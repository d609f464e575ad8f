//! Lines of the source, freed of what converters put before them, and the lines of a contents list.

use super::chars::{fold, head, is_japanese, is_space, squeeze};

/// A line of the source.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    /// Byte offset of the line in the source.
    pub(crate) start: usize,
    /// Text without `#`, list dash and surrounding space.
    pub(crate) body: &'a str,
    /// Characters before the body, for columns.
    pub(crate) indent: usize,
    /// Whether it was marked as a heading with `#`.
    pub(crate) hash: bool,
    /// The sign that marked it as a list item (・, －, ○), in one form.
    pub(crate) bullet: Option<char>,
    /// Whether it is a note (`*` or `※`).
    pub(crate) note: bool,
    /// Whether it belongs to the contents list.
    pub(crate) contents: bool,
}

/// Splits a text into lines; every byte belongs to exactly one of them.
pub(crate) fn split(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in text.split_inclusive('\n') {
        lines.push(strip(raw, start));
        start += raw.len();
    }
    mark_contents(&mut lines);
    clear_furniture(text, &mut lines);
    lines
}

/// Empties the lines that belong to the page and not to the document: page numbers and running heads.
///
/// They are known by where they stand: beside a form feed, or beside a number in dashes (- 3 -).
fn clear_furniture(text: &str, lines: &mut [Line<'_>]) {
    let raws: Vec<&str> = text.split_inclusive('\n').collect();
    let feeds: Vec<bool> = raws.iter().map(|raw| raw.contains('\u{c}')).collect();
    let numbers: Vec<bool> = raws.iter().map(|raw| is_page_number(raw)).collect();
    if !feeds.contains(&true) && !numbers.contains(&true) {
        return;
    }
    let written: Vec<usize> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(|line| !line.body.is_empty())).collect();
    let is = |list: &[bool], at: usize| list.get(at).copied().unwrap_or(false);
    // Places in `written` of the lines at the edge of a page, two on each side of a break.
    let mut edge = vec![false; written.len()];
    let mut last = 0;
    for (place, at) in written.iter().enumerate() {
        let feed = (last..=*at).skip(1).any(|between| is(&feeds, between));
        if feed || is(&numbers, *at) {
            let around = place.saturating_sub(2)..(place + 3).min(edge.len());
            edge.get_mut(around).unwrap_or_default().fill(true);
        }
        last = *at;
    }
    let key = |at: usize| lines.get(at).map(|line| squeeze(line.body)).unwrap_or_default();
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for (place, at) in written.iter().enumerate() {
        if place < 6 || is(&edge, place) {
            *seen.entry(key(*at)).or_default() += 1;
        }
    }
    let mut gone = Vec::new();
    let first = edge.iter().position(|edge| *edge).unwrap_or(edge.len());
    for (place, at) in written.iter().enumerate().skip(first) {
        let Some(line) = lines.get(*at).filter(|_| is(&edge, place)) else { continue };
        let figure = !line.body.is_empty() && line.body.chars().all(|c| fold(c).is_ascii_digit()) && line.body.chars().count() <= 4;
        let beside_feed = [place, place + 1].iter().filter_map(|near| written.get(*near)).any(|near| {
            let from = if near == at { place.checked_sub(1).and_then(|before| written.get(before)).copied().unwrap_or(0) } else { *at };
            (from + 1..=*near).any(|between| is(&feeds, between))
        });
        let head = (4..=60).contains(&line.body.chars().count()) && !line.body.ends_with('。') && !line.body.contains('\t');
        let repeated = head && super::marker::read(line.body).is_none() && seen.get(&key(*at)).is_some_and(|times| *times >= 2);
        if is(&numbers, *at) || (figure && beside_feed) || repeated {
            gone.push(*at);
        }
    }
    for at in gone {
        if let Some(line) = lines.get_mut(at) {
            line.body = "";
            (line.bullet, line.hash, line.note) = (None, false, false);
        }
    }
}

/// `- 12 -`, `12ページ`: a number that can only be a page.
fn is_page_number(raw: &str) -> bool {
    let text = squeeze(raw);
    let dashed = |c: char| matches!(c, '-' | '―' | '–' | '—' | '─' | 'ー' | '‐' | '−');
    let digits = |text: &str| !text.is_empty() && text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit());
    let inner = text.trim_matches(dashed);
    let in_dashes = text.starts_with(dashed) && text.ends_with(dashed) && digits(inner);
    in_dashes || text.strip_suffix("ページ").or_else(|| text.strip_suffix('頁')).is_some_and(digits)
}

fn strip(raw: &str, start: usize) -> Line<'_> {
    let mut body = raw.trim_matches(is_space);
    let hashes = body.trim_start_matches('#');
    let hash = hashes.len() < body.len() && hashes.starts_with(is_space);
    if hash {
        body = hashes.trim_start_matches(is_space);
    }
    if let Some(inner) = body.strip_prefix("**").and_then(|rest| rest.strip_suffix("**")) {
        body = inner.trim_matches(is_space);
    }
    let mut bullet = None;
    for _ in 0..2 {
        if let Some((sign, rest)) = listed(body) {
            bullet = Some(sign);
            body = rest.trim_start_matches(is_space);
        }
    }
    let mut note = false;
    if let Some(rest) = body.strip_prefix(['*', '＊', '※']).filter(|rest| !rest.starts_with(['*', '＊'])) {
        note = true;
        body = rest.trim_start_matches(is_space);
    }
    let offset = (body.as_ptr() as usize).saturating_sub(raw.as_ptr() as usize);
    let indent = raw.get(..offset).map_or(0, |before| before.chars().count());
    Line { start, body, indent, hash, bullet, note, contents: false }
}

/// The sign of a list item and the text behind it.
fn listed(body: &str) -> Option<(char, &str)> {
    let first = body.chars().next()?;
    let rest = body.get(first.len_utf8()..)?;
    let spaced = rest.starts_with(is_space);
    let sign = match first {
        '-' | '–' | '－' | '―' | '+' if spaced => '－',
        '・' | '･' | '•' => '・',
        // In a table ○ is a cell.
        '●' | '○' | '◯' | '◎' | '□' | '■' | '◆' | '◇' | '▪' if !body.contains('\t') && rest.chars().any(is_japanese) => {
            first
        }
        _ => return None,
    };
    Some((if sign == '◯' { '○' } else { sign }, rest))
}

/// What an entry of a contents list and the heading it points to have in common.
fn entry_key(body: &str) -> String {
    let key = squeeze(body);
    let key = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let key = key.trim_end_matches(['.', '…', '･', '・', '‥', '-', '―', 'ー']);
    let key = match (key.rfind('('), key.ends_with(')')) {
        (Some(at), true) if key.get(at..).is_some_and(|tail| tail.contains("第")) => key.get(..at).unwrap_or(key),
        _ => key,
    };
    head(key, 24).to_owned()
}

/// Whether a line ends in leaders or a tab and a page number.
fn is_entry(body: &str) -> bool {
    let text = body.trim_end_matches(|c: char| fold(c).is_ascii_digit());
    if text.len() == body.len() {
        return false;
    }
    let before = text.trim_end_matches(is_space);
    let tab = text.get(before.len()..).is_some_and(|gap| gap.contains('\t'));
    let leaders = before.chars().rev().take_while(|c| matches!(c, '.' | '…' | '･' | '・' | '‥' | '．')).count();
    let long = before.ends_with('…') || leaders >= 3;
    (tab && text.matches('\t').count() == 1 && before.chars().any(is_japanese)) || long
}

fn mark_contents(lines: &mut [Line<'_>]) {
    let title = lines.iter().position(|line| matches!(squeeze(head(line.body, 12)).as_str(), "目次" | "もくじ"));
    let end = match title {
        Some(at) => repeated_entry(lines, at).or_else(|| entries_end(lines, at + 1, 0)).unwrap_or(at + 1),
        None => {
            let Some(first) = lines.iter().position(|line| is_entry(line.body)) else { return };
            match entries_end(lines, first, 4) {
                Some(end) => return mark(lines, first, end),
                None => return,
            }
        }
    };
    mark(lines, title.unwrap_or(0), end);
}

fn mark(lines: &mut [Line<'_>], from: usize, to: usize) {
    for line in lines.iter_mut().take(to).skip(from) {
        line.contents = true;
    }
}

/// Where the first entry after the word 目次 comes again: there the body begins.
fn repeated_entry(lines: &[Line<'_>], title: usize) -> Option<usize> {
    let mut rest = lines.iter().enumerate().skip(title + 1).filter(|(_, line)| !line.body.is_empty());
    let key = entry_key(rest.next()?.1.body);
    if key.is_empty() {
        return None;
    }
    for (at, line) in rest.take(2000) {
        if line.body.ends_with('。') {
            return None;
        }
        if entry_key(line.body) == key {
            return Some(at);
        }
    }
    None
}

/// End of a run of entries with page numbers, if at least `least` of them.
fn entries_end(lines: &[Line<'_>], from: usize, least: usize) -> Option<usize> {
    let (mut end, mut found, mut strangers) = (None, 0, 0);
    for (at, line) in lines.iter().enumerate().skip(from).filter(|(_, line)| !line.body.is_empty()) {
        if is_entry(line.body) {
            (end, strangers) = (Some(at + 1), 0);
            found += 1;
        } else {
            strangers += 1;
            if strangers > 2 {
                break;
            }
        }
    }
    end.filter(|_| found >= least)
}
