//! Lines of all pages → paragraphs, one a line: a line goes on in the next one where its first word found no room.

use std::collections::HashMap;

use super::{
    characters::{is_blank, is_wide},
    layout::{Line, PageLines},
};

/// Joins the lines of a document.
pub(super) fn join(pages: Vec<PageLines>) -> String {
    let measures = Measures::new(&pages);
    let mut writer = Writer { measures, out: String::new(), last: None, head_row: None, notes: Vec::new() };
    for page in pages {
        let (body, notes) = parted(page.lines, writer.measures.size, page.height);
        for (n, line) in body.into_iter().enumerate() {
            writer.line(line, n == 0);
        }
        writer.notes.extend(notes);
    }
    writer.finish()
}

/// What is the same throughout a document.
struct Measures {
    /// Size of most of its text.
    size: f32,
    /// Distance of the lines of a paragraph, in sizes.
    leading: f32,
    /// Right margin of each column.
    margins: HashMap<(usize, usize, i32), f32>,
    /// Right margin of all columns of a page over which the text goes.
    any: f32,
}

impl Measures {
    fn new(pages: &[PageLines]) -> Measures {
        let lines = || pages.iter().flat_map(|page| &page.lines).filter(|line| line.size > 0.0);
        let mut sizes: HashMap<i32, usize> = HashMap::new();
        for line in lines() {
            *sizes.entry((line.size * 4.0) as i32).or_default() += line.text.chars().count();
        }
        let size = sizes.iter().max_by_key(|(size, n)| (**n, **size)).map_or(10.5, |(size, _)| *size as f32 / 4.0);
        let mut edges: HashMap<(usize, usize, i32), Vec<f32>> = HashMap::new();
        for page in pages {
            for line in page.lines.iter().filter(|line| line.size > 0.0 && !line.row) {
                edges.entry(key(line)).or_default().push(line.x1);
            }
        }
        let margins: HashMap<_, _> = edges.into_iter().map(|(key, edges)| (key, margin(edges, size))).collect();
        let any = margins.values().copied().fold(0.0, f32::max);
        let mut measures = Measures { size, leading: 0.0, margins, any };
        measures.leading = measures.leading(pages);
        measures
    }

    fn margin(&self, line: &Line) -> f32 {
        self.margins.get(&key(line)).copied().unwrap_or(self.any)
    }

    /// The most frequent distance below lines that are full.
    fn leading(&self, pages: &[PageLines]) -> f32 {
        let mut distances: HashMap<i32, usize> = HashMap::new();
        for page in pages {
            for (above, below) in page.lines.iter().zip(page.lines.iter().skip(1)) {
                let by = (below.y - above.y) / above.size.max(1.0);
                if above.column == below.column && (0.9..4.0).contains(&by) && self.is_full(above, below) {
                    *distances.entry((by * 20.0).round() as i32).or_default() += 1;
                }
            }
        }
        distances.iter().max_by_key(|(by, n)| (**n, -**by)).map_or(2.0, |(by, _)| *by as f32 / 20.0)
    }

    /// Whether the beginning of the next line found no room at the end of a line.
    fn is_full(&self, line: &Line, next: &Line) -> bool {
        let room = self.margin(line) - line.x1;
        // Justified lines and half-width punctuation leave some play.
        room < next.head + 0.35 * line.size
    }
}

/// Where a line stands, so that lines of one column are measured together.
const fn key(line: &Line) -> (usize, usize, i32) {
    (line.column.0, line.column.1, 0)
}

/// The right margin that several lines reach.
fn margin(mut edges: Vec<f32>, size: f32) -> f32 {
    edges.sort_by(|a, b| b.total_cmp(a));
    let enough = match edges.len() {
        0..=5 => 1,
        6..=40 => 2,
        _ => 3,
    };
    let reached = |edge: &&f32| edges.iter().filter(|other| **other <= **edge && **edge - **other <= size).count() >= enough;
    edges.iter().find(reached).or_else(|| edges.first()).copied().unwrap_or(0.0)
}

/// Notes at the foot of a page, set smaller than the text, apart from its body.
fn parted(mut lines: Vec<Line>, size: f32, height: f32) -> (Vec<Line>, Vec<Line>) {
    let small = |line: &Line| line.size > 0.0 && line.size < 0.88 * size && line.y > 0.5 * height;
    let first = lines.iter().rposition(|line| !small(line)).map_or(0, |last| last + 1);
    let begins = |line: &Line| {
        line.text.starts_with(|c: char| matches!(c, '※' | '*' | '＊' | '注') || c.is_ascii_digit() || matches!(c, '０'..='９'))
    };
    let at = lines.iter().skip(first).position(begins).map_or(lines.len(), |n| first + n);
    let notes = if first > 0 && at == first { lines.split_off(at) } else { Vec::new() };
    (lines, notes)
}

struct Writer {
    measures: Measures,
    out: String,
    last: Option<Line>,
    /// First row of the table under way.
    head_row: Option<String>,
    /// Notes that wait for the end of the paragraph that a page break divides.
    notes: Vec<Line>,
}

impl Writer {
    fn line(&mut self, line: Line, first_of_page: bool) {
        if line.row {
            return self.row(line, first_of_page);
        }
        self.head_row = None;
        let joined = self.last.as_ref().is_some_and(|last| self.goes_on(last, &line, first_of_page));
        if joined {
            self.append(&line.text);
        } else {
            self.flush_notes();
            let apart = self.last.as_ref().is_some_and(|last| self.is_apart(last, &line, first_of_page));
            self.begin(&line.text, apart);
        }
        self.last = Some(line);
    }

    fn row(&mut self, line: Line, first_of_page: bool) {
        self.flush_notes();
        if first_of_page && self.head_row.as_deref() == Some(line.text.as_str()) {
            return;
        }
        if self.head_row.is_none() {
            self.head_row = Some(line.text.clone());
        }
        let apart = self.last.as_ref().is_some_and(|last| !last.row);
        self.begin(&line.text, apart);
        self.last = Some(line);
    }

    fn begin(&mut self, text: &str, apart: bool) {
        if !self.out.is_empty() {
            self.out.push('\n');
            if apart {
                self.out.push('\n');
            }
        }
        self.out.push_str(text);
    }

    /// Joins a line to the paragraph before it, with a space only between words.
    fn append(&mut self, text: &str) {
        let last = self.out.chars().last();
        let first = text.chars().next();
        let hyphen = last == Some('-') && first.is_some_and(|c| c.is_ascii_lowercase());
        if hyphen && self.out.chars().rev().nth(1).is_some_and(|c| c.is_ascii_lowercase()) {
            self.out.pop();
        } else if last.is_some_and(|c| c.is_ascii() && c != '-') && first.is_some_and(|c| c.is_ascii_alphanumeric() || c == '(') {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    fn flush_notes(&mut self) {
        let notes = std::mem::take(&mut self.notes);
        let mut open = false;
        for note in notes {
            let begins = note.text.starts_with(|c: char| matches!(c, '※' | '*' | '＊' | '注') || c.is_ascii_digit());
            if open && !begins {
                self.append(&note.text);
                continue;
            }
            let marked = note.text.starts_with(['※', '*', '＊']);
            self.begin(&if marked { note.text } else { format!("※{}", note.text) }, !open);
            (open, self.last, self.head_row) = (true, None, None);
        }
    }

    fn goes_on(&self, last: &Line, line: &Line, first_of_page: bool) -> bool {
        if last.row || line.size == 0.0 || last.size == 0.0 || line.indented || is_entry(&last.text) {
            return false;
        }
        let same_size = (line.size - last.size).abs() <= 0.12 * last.size;
        if !same_size || !self.measures.is_full(last, line) {
            return false;
        }
        let by = (line.y - last.y) / last.size;
        let other_column = line.column != last.column;
        if !first_of_page && !other_column && !(0.0..=self.measures.leading * 1.3).contains(&by) {
            return false;
        }
        let ended = last.text.ends_with(['。', '：', ':']) || last.text.ends_with("。）") || last.text.ends_with("。)");
        match item(&line.text) {
            Item::Sure => false,
            Item::Likely => !ended,
            // A new paragraph is set in or out.
            Item::No => !(ended && (line.x0 - last.x0).abs() > 0.6 * line.size && line.x0 > last.x0),
        }
    }

    /// Whether an empty line belongs between two blocks.
    fn is_apart(&self, last: &Line, line: &Line, first_of_page: bool) -> bool {
        let by = (line.y - last.y) / last.size.max(1.0);
        last.row || (!first_of_page && last.size > 0.0 && by > self.measures.leading * 1.3)
    }

    fn finish(mut self) -> String {
        self.flush_notes();
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

/// Whether a line ends in leaders and a page number, as in a contents list.
fn is_entry(text: &str) -> bool {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '０'..='９'));
    let leaders = before.trim_end_matches(is_blank);
    let dots = leaders.chars().rev().take_while(|c| matches!(c, '.' | '…' | '･' | '・' | '‥' | '．')).count();
    before.len() < text.len() && (dots >= 2 || leaders.ends_with('…'))
}

/// How surely a line begins a clause.
enum Item {
    Sure,
    Likely,
    No,
}

/// Looks for a number at the start of a line.
fn item(text: &str) -> Item {
    const PARTICLES: &str = "のをはにがへとでやも、。，．）)」・及又若から";
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return Item::No };
    let token: String = text.chars().take_while(|c| in_token(*c)).take(12).collect();
    let after = text.chars().nth(token.chars().count());
    let blank = after.is_some_and(is_blank);
    let listed = matches!(first, '・' | '○' | '●' | '◎' | '■' | '□' | '◆' | '※') || matches!(first, '\u{2460}'..='\u{2473}');
    let brackets = matches!(first, '(' | '（') && text.chars().take(5).any(|c| matches!(c, ')' | '）'));
    let article = first == '第' && token.ends_with(['条', '章', '節', '款', '編', '項', '号']);
    let digits = token.chars().all(|c| c.is_ascii_digit() || matches!(c, '０'..='９' | '.' | '．' | '-' | '－' | '―'));
    let kana = token.chars().count() == 1 && (matches!(first, 'ア'..='ン') || first.is_ascii_lowercase());
    if blank && (article || (!token.is_empty() && digits) || kana) {
        return Item::Sure;
    }
    if brackets {
        let close = text.chars().skip_while(|c| !matches!(c, ')' | '）')).nth(1);
        return match close {
            Some(c) if is_blank(c) => Item::Sure,
            Some(c) if PARTICLES.contains(c) => Item::No,
            _ => Item::Likely,
        };
    }
    let particle = after.is_some_and(|c| PARTICLES.contains(c));
    if listed || (article && !particle) || (digits && !token.is_empty() && !particle && after.is_some_and(is_wide)) {
        return Item::Likely;
    }
    Item::No
}

const fn in_token(c: char) -> bool {
    matches!(c, '第' | '条' | '章' | '節' | '款' | '編' | '項' | '号' | '0'..='9' | '０'..='９' | '.' | '．' | '-' | '－' | '―' | 'ア'..='ン' | 'a'..='z')
        || matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百')
}
