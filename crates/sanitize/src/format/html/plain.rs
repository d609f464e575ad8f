//! A page → the text that a reader of it would see: blocks, lists, tables in columns, where links really lead.

use super::{
    address::{Target, lies, target},
    seen::{Colours, Sheet},
    tree::{Data, Page},
};

/// The text of a page, and what was left out of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    /// Lines end with LF.
    pub(crate) text: String,
    /// Links that led somewhere.
    pub(crate) links: u64,
    /// Those whose words name another host, or that must not be followed.
    pub(crate) lies: u64,
    /// Pictures.
    pub(crate) pictures: u64,
    /// Pictures that nobody sees: they tell the sender that the mail was opened.
    pub(crate) trackers: u64,
    /// Texts that nobody sees; in `text` they are marked.
    pub(crate) hidden: u64,
    /// Scripts, frames, objects, media.
    pub(crate) active: u64,
    /// Forms and their fields.
    pub(crate) forms: u64,
    /// Control characters and the like.
    pub(crate) controls: u64,
}

/// How wide a table in columns may get, in half-width characters.
const WIDE: usize = 100;

/// Lays a page out.
pub(super) fn plain(page: &Page) -> Plain {
    let mut flow = Flow { page, sheet: Sheet::of(page), plain: Plain::default(), ordered: Vec::new() };
    let mut out = Lines::default();
    flow.children(0, &mut out, State::default());
    let mut plain = flow.plain;
    plain.text = out.finish();
    let cleaned = crate::text::clean(&plain.text);
    plain.controls = cleaned.total();
    plain.text = cleaned.text.into_owned();
    plain
}

/// What holds for all below an element.
#[derive(Clone, Copy, Default)]
struct State {
    colours: Colours,
    kept: bool,
    hidden: bool,
    linked: bool,
    /// Lists within lists.
    level: usize,
}

/// Lines as they come about.
#[derive(Default)]
struct Lines {
    text: String,
    /// Line ends owed before the next letter.
    ends: usize,
    space: bool,
    begun: bool,
    /// What stands before every line.
    margins: Vec<String>,
    /// What stands before the next line instead of the last margin: the mark of a list.
    mark: Option<String>,
}

impl Lines {
    /// A line ends here, if it has begun; with 2, an empty line follows.
    fn end(&mut self, ends: usize) {
        self.space = false;
        if self.begun {
            self.ends = self.ends.max(ends);
        }
    }

    /// A line ends here in any case.
    fn hard(&mut self) {
        self.space = false;
        if self.begun {
            self.ends = (self.ends + 1).min(3);
        }
    }

    fn letter(&mut self, c: char) {
        if self.ends > 0 || !self.begun {
            for _ in 0..if self.begun { self.ends } else { 0 } {
                self.text.push('\n');
            }
            self.ends = 0;
            self.begun = true;
            self.space = false;
            let last = self.margins.len().saturating_sub(1);
            for (at, margin) in self.margins.iter().enumerate() {
                match &self.mark {
                    Some(mark) if at == last => self.text.push_str(mark),
                    _ => self.text.push_str(margin),
                }
            }
            self.mark = None;
        }
        if self.space {
            self.space = false;
            self.text.push(' ');
        }
        self.text.push(c);
    }

    /// Text with its white space folded.
    fn flow(&mut self, text: &str) {
        let mut line_end = false;
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                line_end |= matches!(c, '\n' | '\r');
                self.space |= self.begun && self.ends == 0;
            } else {
                // Between two Japanese letters a line end in the source is no space.
                if line_end && self.space && wide(c) && self.text.chars().next_back().is_some_and(wide) {
                    self.space = false;
                }
                line_end = false;
                self.letter(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    /// Text as it stands.
    fn keep(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => self.hard(),
                '\r' => {}
                c => self.letter(c),
            }
        }
    }

    fn finish(self) -> String {
        let mut text = String::with_capacity(self.text.len());
        for line in self.text.lines() {
            text.push_str(line.trim_end_matches([' ', '\t']));
            text.push('\n');
        }
        text
    }
}

/// Whether a character is two columns wide.
pub(super) const fn wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' | '①'..='⓿' | '■'..='◿')
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

struct Flow<'p> {
    page: &'p Page,
    sheet: Sheet,
    plain: Plain,
    /// Numbers of open lists; none for those without.
    ordered: Vec<Option<(i64, bool)>>,
}

impl Flow<'_> {
    fn children(&mut self, at: usize, out: &mut Lines, state: State) {
        let page = self.page;
        for child in page.children(at) {
            self.node(*child, out, state);
        }
    }

    fn node(&mut self, at: usize, out: &mut Lines, mut state: State) {
        let page = self.page;
        let Some(node) = page.node(at) else { return };
        if let Data::Text(text) = &node.data {
            if state.kept {
                out.keep(text)
            } else {
                out.flow(text)
            }
            return;
        }
        let name = node.name();
        match name {
            "head" | "title" | "style" | "template" | "rp" | "datalist" | "area" | "map" | "link" | "meta" => return,
            "script" | "iframe" | "frame" | "object" | "embed" | "applet" | "video" | "audio" | "canvas" => {
                self.plain.active += 1;
                return;
            }
            "input" | "select" | "textarea" | "button" => {
                self.plain.forms += 1;
                if name == "button" {
                    self.children(at, out, state);
                }
                return;
            }
            "form" => self.plain.forms += 1,
            _ if node.is_foreign() => return,
            _ => {}
        }
        let hides = self.sheet.look(node, &mut state.colours);
        if name == "img" {
            self.picture(at, hides || state.hidden, out);
            return;
        }
        let hides = hides || state.colours.hide();
        if hides && !state.hidden {
            self.hidden(at, out, State { hidden: true, ..state });
            return;
        }
        self.element(at, name, out, state);
    }

    /// Text that nobody sees, marked as such. Colours may change again below, so that only what stays unseen is marked.
    fn hidden(&mut self, at: usize, out: &mut Lines, state: State) {
        let mut inner = Lines::default();
        self.children(at, &mut inner, state);
        let text = inner.finish();
        let cleaned = crate::text::clean(&text);
        let words = cleaned.text.split_whitespace().filter(|word| word.chars().any(|c| !matches!(c, '\u{34f}' | '\u{200c}' | '\u{ad}')));
        let text = words.collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return;
        }
        self.plain.hidden += 1;
        let block = matches!(self.page.node(at).map_or("", |node| node.name()), "div" | "p" | "table" | "tr" | "td" | "li");
        if block {
            out.end(1);
        }
        out.flow(&format!("[表示されない文字: {text}]"));
        if block {
            out.end(1);
        }
    }

    fn picture(&mut self, at: usize, hidden: bool, out: &mut Lines) {
        let Some(node) = self.page.node(at) else { return };
        let tiny = |name: &str| node.attribute(name).is_some_and(|value| matches!(value.trim().trim_end_matches("px"), "0" | "1"));
        if hidden || tiny("width") || tiny("height") {
            self.plain.trackers += 1;
            return;
        }
        self.plain.pictures += 1;
        let alt = node.attribute("alt").unwrap_or_default().trim();
        if node.attribute("alt").is_some() && alt.is_empty() {
            // Says itself that it is ornament.
            return;
        }
        out.flow(&if alt.is_empty() { "[画像]".to_owned() } else { format!("[画像: {alt}]") });
    }

    fn element(&mut self, at: usize, name: &str, out: &mut Lines, mut state: State) {
        match name {
            "br" => out.hard(),
            "hr" => {
                out.end(1);
                out.flow("────────────────────");
                out.end(1);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "figure" | "fieldset" | "address" => {
                out.end(2);
                self.children(at, out, state);
                out.end(2);
            }
            "pre" | "listing" | "xmp" | "plaintext" => {
                out.end(2);
                self.children(at, out, State { kept: true, ..state });
                out.end(2);
            }
            "blockquote" => {
                out.end(2);
                out.margins.push("> ".to_owned());
                self.children(at, out, state);
                out.margins.pop();
                out.end(2);
            }
            "ul" | "menu" | "dir" | "ol" => {
                let between = if state.level == 0 { 2 } else { 1 };
                let node = self.page.node(at);
                let start = node.and_then(|node| node.attribute("start")).and_then(|value| value.trim().parse::<i64>().ok());
                self.ordered.push((name == "ol").then(|| (start.unwrap_or(1), node.is_some_and(|n| n.attribute("reversed").is_some()))));
                state.level += 1;
                out.end(between);
                self.children(at, out, state);
                out.end(between);
                self.ordered.pop();
            }
            "li" => {
                let own = self.page.node(at).and_then(|node| node.attribute("value")).and_then(|value| value.trim().parse::<i64>().ok());
                let mark = match self.ordered.last_mut() {
                    Some(Some((next, reversed))) => {
                        let number = own.unwrap_or(*next);
                        *next = if *reversed { number.saturating_sub(1) } else { number.saturating_add(1) };
                        format!("{number}. ")
                    }
                    _ => "・".to_owned(),
                };
                out.end(1);
                out.margins.push(" ".repeat(width(&mark)));
                out.mark = Some(mark);
                self.children(at, out, state);
                out.mark = None;
                out.margins.pop();
                out.end(1);
            }
            "dd" => {
                out.end(1);
                out.margins.push("  ".to_owned());
                self.children(at, out, state);
                out.margins.pop();
                out.end(1);
            }
            "table" => self.table(at, out, state),
            "a" => self.link(at, out, state),
            "rt" => {
                out.flow("（");
                out.space = false;
                self.children(at, out, state);
                out.space = false;
                out.flow("）");
            }
            "q" => {
                out.flow("「");
                self.children(at, out, state);
                out.flow("」");
            }
            "div" | "section" | "article" | "header" | "footer" | "nav" | "main" | "aside" | "center" | "dl" | "dt" | "tr" | "caption"
            | "form" | "figcaption" | "legend" | "details" | "summary" | "body" | "html" | "hgroup" | "search" | "option" | "optgroup"
            | "thead" | "tbody" | "tfoot" | "noframes" | "noscript" | "dialog" => {
                out.end(1);
                self.children(at, out, state);
                out.end(1);
            }
            "td" | "th" => {
                self.children(at, out, state);
                out.space = true;
            }
            _ => self.children(at, out, state),
        }
    }

    fn link(&mut self, at: usize, out: &mut Lines, state: State) {
        let href = self.page.node(at).and_then(|node| node.attribute("href")).unwrap_or_default().to_owned();
        let start = out.text.len();
        self.children(at, out, State { linked: true, ..state });
        if state.linked || state.hidden {
            return;
        }
        let words = out.text.get(start..).unwrap_or_default().trim().to_owned();
        match target(&href) {
            Target::Here => {}
            Target::Dangerous => {
                self.plain.links += 1;
                self.plain.lies += 1;
                out.flow(" 【危険なリンクを取り除きました】");
            }
            Target::Mail(to) => {
                self.plain.links += 1;
                if !words.contains(&to) && !to.is_empty() {
                    out.flow(&format!(" <{to}>"));
                }
            }
            Target::Away { shown, host } => {
                self.plain.links += 1;
                let same = |address: &str| address.trim_end_matches('/').eq_ignore_ascii_case(shown.trim_end_matches('/'));
                if same(&words) {
                    return;
                }
                out.flow(&format!(" <{shown}>"));
                if lies(&words, &host) {
                    self.plain.lies += 1;
                    out.flow("【注意：表示と実際のリンク先が違います】");
                }
            }
        }
    }

    /// Rows of a table: of its own, not of tables within.
    fn rows(&self, table: usize) -> Vec<usize> {
        let mut rows = Vec::new();
        for child in self.page.children(table) {
            match self.page.node(*child).map_or("", |node| node.name()) {
                "tr" => rows.push(*child),
                "thead" | "tbody" | "tfoot" => {
                    rows.extend(self.page.children(*child).iter().filter(|row| self.page.node(**row).is_some_and(|n| n.name() == "tr")));
                }
                _ => {}
            }
        }
        rows
    }

    fn cells(&self, row: usize) -> Vec<usize> {
        let cell = |at: &&usize| self.page.node(**at).is_some_and(|node| matches!(node.name(), "td" | "th"));
        self.page.children(row).iter().filter(cell).copied().collect()
    }

    /// Whether a table only arranges: another table in it, or a single column.
    fn arranges(&self, table: usize, rows: &[usize]) -> bool {
        if self.page.node(table).and_then(|node| node.attribute("role")) == Some("presentation") {
            return true;
        }
        let mut stack: Vec<usize> = self.page.children(table).to_vec();
        while let Some(at) = stack.pop() {
            if self.page.node(at).is_some_and(|node| node.name() == "table") {
                return true;
            }
            stack.extend(self.page.children(at));
        }
        rows.iter().all(|row| self.cells(*row).len() < 2)
    }

    fn table(&mut self, at: usize, out: &mut Lines, state: State) {
        let rows = self.rows(at);
        let arranges = self.arranges(at, &rows);
        out.end(if arranges { 1 } else { 2 });
        if arranges {
            self.children(at, out, state);
            out.end(1);
            return;
        }
        let page = self.page;
        for child in page.children(at) {
            if page.node(*child).is_some_and(|node| node.name() == "caption") {
                self.node(*child, out, state);
                out.end(1);
            }
        }
        let mut grid: Vec<Vec<(usize, Vec<String>)>> = Vec::new();
        // How many more rows each column is taken by a cell from above.
        let mut down: Vec<usize> = Vec::new();
        for row in rows {
            let mut colours = state.colours;
            let Some(node) = page.node(row) else { continue };
            if self.sheet.look(node, &mut colours) && !state.hidden {
                let mut lines = Lines::default();
                self.hidden(row, &mut lines, State { hidden: true, ..state });
                grid.push(vec![(0, lines.finish().lines().map(str::to_owned).collect())]);
                continue;
            }
            let mut cells = Vec::new();
            let mut column = 0_usize;
            for cell in self.cells(row) {
                while let Some(left) = down.get_mut(column).filter(|left| **left > 0) {
                    *left -= 1;
                    column += 1;
                }
                let mut lines = Lines::default();
                self.node(cell, &mut lines, State { colours, ..state });
                cells.push((column, lines.finish().lines().map(str::to_owned).collect()));
                let span = |name: &str| page.node(cell).and_then(|n| n.attribute(name)).and_then(|v| v.trim().parse::<usize>().ok());
                let (across, below) = (span("colspan").unwrap_or(1).clamp(1, 100), span("rowspan").unwrap_or(1).clamp(1, 1_000));
                for _ in 0..across {
                    if down.len() <= column && column < 1_000 {
                        down.resize(column + 1, 0);
                    }
                    if let Some(left) = down.get_mut(column) {
                        *left = below - 1;
                    }
                    column += 1;
                }
            }
            for left in down.iter_mut().skip(column) {
                *left = left.saturating_sub(1);
            }
            grid.push(cells);
        }
        columns(&grid, out);
        out.end(2);
    }
}

/// Writes rows so that columns stand below each other, if there is room for that.
fn columns(grid: &[Vec<(usize, Vec<String>)>], out: &mut Lines) {
    let last = grid.iter().flatten().map(|(column, _)| *column).max().unwrap_or(0);
    let mut widths = vec![0_usize; last + 1];
    for row in grid {
        for (at, (column, lines)) in row.iter().enumerate() {
            // What spans several columns, or stands last, needs no room of its own.
            let next = row.get(at + 1).map_or(last + 1, |(next, _)| *next);
            if next == column + 1
                && let Some(own) = widths.get_mut(*column)
            {
                *own = (*own).max(lines.iter().map(|line| width(line)).max().unwrap_or(0));
            }
        }
    }
    let tight = widths.iter().map(|width| width + 2).sum::<usize>() > WIDE;
    for row in grid {
        let height = row.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        if tight {
            let cells = row.iter().map(|(_, lines)| lines.join(" ")).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
            out.keep(&cells.join(" | "));
            out.end(1);
            continue;
        }
        for at in 0..height {
            let mut line = String::new();
            let mut filled = 0;
            for (column, lines) in row {
                let start: usize = widths.iter().take(*column).map(|width| width + 2).sum();
                if let Some(text) = lines.get(at).filter(|text| !text.is_empty()) {
                    if filled < start {
                        line.push_str(&" ".repeat(start - filled));
                        filled = start;
                    } else if filled > 0 {
                        line.push_str("  ");
                        filled += 2;
                    }
                    line.push_str(text);
                    filled += width(text);
                }
            }
            out.keep(&line);
            out.end(1);
        }
    }
}
