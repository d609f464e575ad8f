//! The elements of a page in the order they are shown → blocks: paragraphs, lists, tables; knows no encoding.

use super::{
    style::{Styles, count_of},
    tree::{Data, Node, Page, is_html},
};
use crate::{
    count::Count,
    limits,
    manuscript::{Block, Kind, Manuscript, is_numbered},
    table::{Cell, Table},
};

const PICTURE: &str = "画像があります。画像の中の文字や表は読み取れません。規程の内容が画像になっているときは、文字や表に直したファイルを選び直してください。";
const FRAME: &str =
    "別のページが枠の中に表示される作りです。枠の中は読み取っていません。枠の中のページを開いて保存し、そのファイルも読み込んでください。";
const OBJECT: &str = "動画や埋め込まれた部品があります。中の文字は読み取れません。規程の内容であれば、本文に文字で書き入れてください。";
const HIDDEN: &str =
    "画面に出ない部分があり、読み取っていません。開閉する見出しの中に規程の続きがあるときは、すべて開いてから保存し直してください。";

/// A list while it is read.
struct List {
    count: Count,
    next: i64,
    step: i64,
}

/// A table while it is read: the rows that each column's last cell still reaches down.
#[derive(Default)]
struct OpenTable {
    table: Table,
    down: Vec<usize>,
    column: usize,
}

/// White space between two letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    None,
    Blank,
    Tab,
    Line,
}

/// What is being read and what has been.
pub(super) struct Flow<'p> {
    page: &'p Page,
    styles: Styles,
    manuscript: &'p mut Manuscript,
    sinks: Vec<Vec<Block>>,
    text: String,
    space: Space,
    kind: Kind,
    label: String,
    lists: Vec<List>,
    tables: Vec<OpenTable>,
    /// Depth of `pre`.
    kept: usize,
    framed: bool,
}

impl<'p> Flow<'p> {
    pub(super) fn new(page: &'p Page, manuscript: &'p mut Manuscript) -> Self {
        Self {
            page,
            styles: Styles::of(page),
            manuscript,
            sinks: vec![Vec::new()],
            text: String::new(),
            space: Space::None,
            kind: Kind::Plain,
            label: String::new(),
            lists: Vec::new(),
            tables: Vec::new(),
            kept: 0,
            framed: false,
        }
    }

    /// Reads the page, or its main part where it says which that is.
    pub(super) fn read(&mut self) {
        let mut mains = self.page.nodes.iter().enumerate().filter(|(_, node)| is_main(node));
        let main = match (mains.next(), mains.next()) {
            (Some((at, _)), None) if self.words(at, 0) > 200 => at,
            _ => 0,
        };
        self.node(main, 0);
        self.flush();
    }

    /// What was read, and whether parts of it stand in frames.
    pub(super) fn finish(self) -> (Vec<Block>, bool) {
        (self.sinks.into_iter().flatten().collect(), self.framed)
    }

    /// Letters below a node.
    fn words(&self, at: usize, depth: usize) -> usize {
        let Some(node) = self.page.node(at).filter(|_| depth <= limits::DEPTH) else { return 0 };
        match &node.data {
            Data::Text(text) => text.chars().filter(|c| !c.is_whitespace()).count(),
            _ if matches!(node.name(), "script" | "style") => 0,
            _ => node.children.iter().map(|child| self.words(*child, depth + 1)).sum(),
        }
    }

    fn node(&mut self, at: usize, depth: usize) {
        let page = self.page;
        let Some(node) = page.node(at).filter(|_| depth <= limits::DEPTH + 20) else { return };
        match &node.data {
            Data::Text(text) => self.write(text),
            Data::Nothing => self.children(node, depth),
            Data::Element { .. } if !is_html(node) => self.foreign(node),
            Data::Element { .. } => self.element(at, node, depth),
        }
    }

    fn children(&mut self, node: &Node, depth: usize) {
        for child in &node.children {
            self.node(*child, depth + 1);
        }
    }

    /// Formulas and drawings.
    fn foreign(&mut self, node: &Node) {
        if node.name() == "svg" && self.is_large(node) {
            self.miss(PICTURE);
        }
    }

    fn miss(&mut self, what: &str) {
        let text = std::mem::take(&mut self.text);
        self.manuscript.pass(&self.label, &text);
        self.text = text;
        self.manuscript.miss(what);
    }

    fn element(&mut self, at: usize, node: &Node, depth: usize) {
        let name = node.name();
        if is_aside(node, name) {
            return;
        }
        if self.is_hidden(node) {
            if self.words(at, depth) > 40 {
                self.miss(HIDDEN);
            }
            return;
        }
        match name {
            "br" => self.text.push('\n'),
            "img" => self.picture(node),
            "iframe" | "frame" => {
                self.framed = true;
                self.miss(FRAME);
            }
            "object" | "embed" | "applet" | "canvas" | "video" | "audio" => self.miss(OBJECT),
            "table" => self.table(node, depth),
            "caption" | "thead" | "tbody" | "tfoot" => self.block(node, depth, Kind::Plain),
            "tr" => self.row(node, depth),
            "td" | "th" => self.cell(node, depth),
            "ol" | "ul" | "menu" | "dir" => self.list(name, node, depth),
            "li" => self.item(node, depth),
            "pre" | "listing" | "xmp" => {
                self.flush();
                self.kept += 1;
                self.children(node, depth);
                self.kept -= 1;
                self.flush();
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name.chars().filter_map(|c| c.to_digit(10)).next().and_then(|level| usize::try_from(level).ok());
                self.block(node, depth, Kind::Heading(level.unwrap_or(1)));
            }
            "dt" => {
                self.block(node, depth, Kind::Plain);
                self.term();
            }
            _ if is_block(name) => {
                self.flush();
                let note = node.attribute("class").is_some_and(|class| class.starts_with("sdfootnote") || class.starts_with("sdendnote"));
                self.block(node, depth, if note { Kind::Note } else { self.kind });
            }
            _ => self.children(node, depth),
        }
    }

    /// A block of its own lines.
    fn block(&mut self, node: &Node, depth: usize, kind: Kind) {
        self.flush();
        let outer = std::mem::replace(&mut self.kind, kind);
        self.children(node, depth);
        self.flush();
        // What made an item an item is used up by its first paragraph.
        self.kind = if outer == Kind::Bullet && kind == Kind::Bullet { self.kind } else { outer };
    }

    /// Ends the paragraph.
    fn flush(&mut self) {
        self.space = Space::None;
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        if text.trim().is_empty() {
            self.put(Block::Gap);
            return;
        }
        let label = std::mem::take(&mut self.label);
        // A list whose numbers are typed as well is shown without its own by a style sheet.
        let label = if is_numbered(text.trim_start()) { String::new() } else { label };
        self.manuscript.pass(&label, &text);
        let kind = self.kind;
        if kind == Kind::Bullet {
            self.kind = Kind::Plain;
        }
        self.put(Block::Paragraph { kind, label, text });
    }

    fn put(&mut self, block: Block) {
        if let Some(sink) = self.sinks.last_mut() {
            sink.push(block);
        }
    }

    fn write(&mut self, text: &str) {
        if self.kept > 0 {
            return self.write_kept(text);
        }
        for c in text.chars() {
            match c {
                '\n' | '\r' => self.space = Space::Line,
                '\t' if self.space == Space::None => self.space = Space::Tab,
                ' ' | '\t' | '\u{c}' if self.space != Space::Line => self.space = Space::Blank,
                ' ' | '\t' | '\u{c}' => {}
                c => {
                    self.settle_space(c);
                    self.text.push(c);
                }
            }
        }
    }

    /// Writes the white space before a letter: none at the start of a line or within a Japanese text that was wrapped.
    fn settle_space(&mut self, next: char) {
        let wide = |c: char| c > '\u{2e7f}';
        let last = self.text.chars().last().filter(|c| *c != '\n');
        match (std::mem::replace(&mut self.space, Space::None), last) {
            (Space::None, _) | (_, None) => {}
            (Space::Line, Some(last)) if wide(last) && wide(next) => {}
            (Space::Tab, _) => self.text.push('\t'),
            _ => self.text.push(' '),
        }
    }

    /// Lines as they stand; an empty one is an empty paragraph.
    fn write_kept(&mut self, text: &str) {
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                if self.text.is_empty() {
                    self.put(Block::Gap);
                }
                self.flush();
            }
            self.text.push_str(line.trim_end_matches('\r'));
        }
    }

    fn is_hidden(&self, node: &Node) -> bool {
        let is = |property, value| self.styles.value(node, property).is_some_and(|own| own == value);
        node.attribute("hidden").is_some() || is("display", "none") || is("visibility", "hidden")
    }

    fn is_large(&self, node: &Node) -> bool {
        let small =
            |name| node.attribute(name).and_then(|value| value.trim_end_matches("px").parse::<f32>().ok()).is_some_and(|size| size <= 40.0);
        !small("width") && !small("height")
    }

    /// A picture: a letter that no font has is written by its name, an ornament not at all.
    fn picture(&mut self, node: &Node) {
        match node.attribute("alt").map(str::trim) {
            Some(alt) if !alt.is_empty() && alt.chars().count() <= 2 => self.write(alt),
            Some("") => {}
            _ if self.is_large(node) => self.miss(PICTURE),
            _ => {}
        }
    }

    fn list(&mut self, name: &str, node: &Node, depth: usize) {
        self.flush();
        let styled = self.styles.value(node, "list-style-type").and_then(|kind| count_of(&kind));
        let count =
            styled.or_else(|| count_of(node.attribute("type")?)).unwrap_or(if name == "ol" { Count::Decimal } else { Count::Bullet });
        let down = node.attribute("reversed").is_some();
        let items = node.children.iter().filter(|child| self.page.node(**child).is_some_and(|child| child.name() == "li")).count();
        let first = if down { i64::try_from(items).unwrap_or(1) } else { 1 };
        let next = node.attribute("start").and_then(|start| start.trim().parse().ok()).unwrap_or(first);
        self.lists.push(List { count, next, step: if down { -1 } else { 1 } });
        self.children(node, depth);
        self.lists.pop();
        self.flush();
    }

    fn item(&mut self, node: &Node, depth: usize) {
        self.flush();
        let own = self.styles.value(node, "list-style-type").and_then(|kind| count_of(&kind));
        if let Some(list) = self.lists.last_mut() {
            if let Some(value) = node.attribute("value").and_then(|value| value.trim().parse().ok()) {
                list.next = value;
            }
            let n = usize::try_from(list.next).unwrap_or(0);
            list.next = list.next.saturating_add(list.step);
            match own.unwrap_or(list.count) {
                Count::None => {}
                Count::Bullet => self.kind = Kind::Bullet,
                count @ (Count::Circled | Count::Parenthesised) => self.label = count.write(n),
                count @ (Count::Kana | Count::Iroha | Count::Kanji | Count::Legal | Count::Stems | Count::Branches) => {
                    self.label = format!("{}、", count.write(n));
                }
                count => self.label = format!("{}.", count.write(n)),
            }
        }
        self.children(node, depth);
        self.flush();
        (self.kind, self.label) = (Kind::Plain, String::new());
    }

    /// A term that is a number alone (`第1条`) stands before its text.
    fn term(&mut self) {
        let Some(sink) = self.sinks.last_mut() else { return };
        if let Some(Block::Paragraph { label, text, .. }) = sink.last()
            && label.is_empty()
            && text.trim().chars().count() <= 8
            && is_numbered(text.trim())
        {
            self.label = text.trim().to_owned();
            sink.pop();
        }
    }

    fn table(&mut self, node: &Node, depth: usize) {
        self.flush();
        self.tables.push(OpenTable::default());
        self.children(node, depth);
        self.flush();
        let blocks = self.tables.pop().map(|open| open.table.into_blocks(self.manuscript)).unwrap_or_default();
        if let Some(sink) = self.sinks.last_mut() {
            sink.extend(blocks);
        }
    }

    fn row(&mut self, node: &Node, depth: usize) {
        if let Some(open) = self.tables.last_mut() {
            open.table.row();
            open.column = 0;
        }
        self.children(node, depth);
        self.reach(true);
    }

    /// Fills the columns that cells above reach down into: up to the next free one, or all that are left.
    fn reach(&mut self, rest: bool) {
        let Some(open) = self.tables.last_mut() else { return };
        while let Some(down) = open.down.get_mut(open.column) {
            if *down > 0 && self.manuscript.spanned > 0 {
                *down -= 1;
                self.manuscript.spanned -= 1;
                open.table.cell(Cell { blocks: Vec::new(), columns: 1, above: true });
            } else if !rest || open.column + 1 >= open.down.len() {
                return;
            }
            open.column += 1;
        }
    }

    fn cell(&mut self, node: &Node, depth: usize) {
        self.flush();
        self.reach(false);
        let span = |name| node.attribute(name).and_then(|value| value.trim().parse::<usize>().ok());
        let columns = span("colspan").unwrap_or(1).clamp(1, limits::COLUMNS);
        let rows = span("rowspan").unwrap_or(1).clamp(1, limits::COLUMNS);
        self.sinks.push(Vec::new());
        let lists = std::mem::take(&mut self.lists);
        self.children(node, depth);
        self.flush();
        self.lists = lists;
        let blocks = self.sinks.pop().unwrap_or_default();
        let Some(open) = self.tables.last_mut() else {
            if let Some(sink) = self.sinks.last_mut() {
                sink.extend(blocks);
            }
            return;
        };
        open.table.cell(Cell { blocks, columns, above: false });
        let end = (open.column + columns).min(limits::COLUMNS);
        open.down.resize(open.down.len().max(end), 0);
        for down in open.down.iter_mut().take(end).skip(open.column) {
            *down = rows - 1;
        }
        open.column = end;
    }
}

fn is_main(node: &Node) -> bool {
    node.name() == "main" || node.attribute("role").is_some_and(|role| role == "main")
}

/// What belongs to the page and not to its text: scripts, menus, forms, readings of kanji, marks of notes.
fn is_aside(node: &Node, name: &str) -> bool {
    let aside = [
        "script", "style", "head", "title", "template", "nav", "noframes", "select", "option", "button", "textarea", "input", "datalist",
        "rt", "rp", "rtc", "del", "map", "dialog",
    ];
    let role = node.attribute("role").is_some_and(|role| matches!(role, "navigation" | "search" | "banner" | "contentinfo"));
    let note = node
        .attribute("class")
        .is_some_and(|class| ["sdfootnoteanc", "sdendnoteanc", "sdfootnotesym", "sdendnotesym"].iter().any(|mark| class.starts_with(mark)));
    aside.contains(&name) || role || note
}

fn is_block(name: &str) -> bool {
    let blocks = [
        "html",
        "body",
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "address",
        "blockquote",
        "center",
        "dd",
        "dl",
        "fieldset",
        "figure",
        "figcaption",
        "form",
        "hr",
        "hgroup",
        "details",
        "summary",
        "legend",
        "search",
        "caption",
    ];
    blocks.contains(&name)
}
