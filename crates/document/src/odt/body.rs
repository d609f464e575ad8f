//! The running text of an OpenDocument text, its tables, frames and notes → blocks; reads the part as a stream.

use super::lists::{Label, Lists};
use crate::{
    limits,
    manuscript::{Block, Kind, Manuscript},
    table::{Cell, Table},
    xml::{Element, Ns, Token, Xml, XmlError},
};

const PICTURE: &str = "画像があります。画像の中の文字や表は読み取れません。規程の内容が画像になっているときは、文字や表に直したファイルを選び直してください。";
const OBJECT: &str =
    "グラフ又は埋め込まれたファイルがあります。中の文字は読み取れません。規程の内容であれば、本文に文字で書き入れてください。";

/// A paragraph while it is read.
#[derive(Default)]
struct Paragraph {
    kind: Kind,
    label: String,
    text: String,
    /// What is anchored in it and comes after it: frames and notes.
    after: Vec<Block>,
}

/// A list while it is read.
struct OpenList {
    style: String,
    /// Its index among the counts.
    index: usize,
    /// Level from 0.
    level: usize,
    /// Whether the item's first paragraph, which bears the number, is still to come.
    fresh: bool,
    start: Option<usize>,
}

/// A table while it is read.
#[derive(Default)]
struct OpenTable {
    table: Table,
    columns: usize,
    repeated: usize,
    /// Columns that the last cell covers to its right and that come as covered cells.
    beside: usize,
}

/// What is being read and what has been.
pub(super) struct Body<'b> {
    lists: Lists,
    manuscript: &'b mut Manuscript,
    sinks: Vec<Vec<Block>>,
    paragraphs: Vec<Paragraph>,
    open: Vec<OpenList>,
    tables: Vec<OpenTable>,
    in_body: bool,
}

impl<'b> Body<'b> {
    pub(super) fn new(lists: Lists, manuscript: &'b mut Manuscript) -> Self {
        Self { lists, manuscript, sinks: vec![Vec::new()], paragraphs: Vec::new(), open: Vec::new(), tables: Vec::new(), in_body: false }
    }

    /// Reads the part with the body.
    pub(super) fn read(&mut self, text: &str) -> Result<(), XmlError> {
        let mut xml = Xml::new(text);
        loop {
            match xml.next()? {
                Token::End => return Ok(()),
                Token::Open(element) if !self.in_body => self.in_body = element.ns == Ns::Office && element.name() == "text",
                Token::Open(element) => self.element(&mut xml, &element)?,
                Token::Close(ns, end) => self.close(ns, end.local_name().into_inner()),
                Token::Text(text) => self.write(&text),
            }
        }
    }

    /// Everything that was read, also where reading broke off.
    pub(super) fn finish(mut self) -> Vec<Block> {
        while let Some(paragraph) = self.paragraphs.pop() {
            self.end_paragraph(paragraph);
        }
        while let Some(open) = self.tables.pop() {
            let blocks = if self.sinks.len() > 1 { self.sinks.pop().unwrap_or_default() } else { Vec::new() };
            let mut table = open.table;
            table.cell(Cell { blocks, columns: 1, above: false });
            let blocks = table.into_blocks(self.manuscript);
            self.put(blocks);
        }
        self.sinks.into_iter().flatten().collect()
    }

    fn put(&mut self, blocks: Vec<Block>) {
        if let Some(sink) = self.sinks.last_mut() {
            sink.extend(blocks);
        }
    }

    /// Runs of white space are one space; spaces that count are elements.
    fn write(&mut self, text: &str) {
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        if !text.contains(['\n', '\t', '\r']) && !text.contains("  ") {
            paragraph.text.push_str(text);
            return;
        }
        for c in text.chars() {
            match c {
                ' ' | '\n' | '\t' | '\r' if paragraph.text.ends_with([' ', '\n']) || paragraph.text.is_empty() => {}
                ' ' | '\n' | '\t' | '\r' => paragraph.text.push(' '),
                c => paragraph.text.push(c),
            }
        }
    }

    fn push(&mut self, c: char) {
        self.paragraphs.last_mut().into_iter().for_each(|paragraph| paragraph.text.push(c));
    }

    fn element(&mut self, xml: &mut Xml<'_>, element: &Element<'_>) -> Result<(), XmlError> {
        match (element.ns, element.name()) {
            (Ns::Text, name) => return self.text(xml, name, element),
            (Ns::Table, name) => return self.table(xml, name, element),
            (Ns::Draw, "text-box") => self.sinks.push(Vec::new()),
            (Ns::Draw, "image") => self.miss(PICTURE),
            (Ns::Draw, "object" | "object-ole" | "plugin") => {
                self.miss(OBJECT);
                // A flat file holds the object's own text, which is none of the page.
                xml.skip()?;
            }
            (Ns::Office, "annotation" | "forms" | "binary-data") | (Ns::Other, "title" | "desc") => xml.skip()?,
            _ => {}
        }
        Ok(())
    }

    fn miss(&mut self, what: &str) {
        if let Some(paragraph) = self.paragraphs.last() {
            self.manuscript.pass(&paragraph.label, &paragraph.text);
        }
        self.manuscript.miss(what);
    }

    fn text(&mut self, xml: &mut Xml<'_>, name: &str, element: &Element<'_>) -> Result<(), XmlError> {
        match name {
            "p" | "h" => self.begin_paragraph(name == "h", element),
            "s" => (0..element.number("c").unwrap_or(1).min(20)).for_each(|_| self.push(' ')),
            "tab" => self.push('\t'),
            "line-break" => self.push('\n'),
            "list" => self.begin_list(element),
            "list-item" | "list-header" => {
                if let Some(list) = self.open.last_mut() {
                    list.fresh = name == "list-item";
                    list.start = element.number("start-value");
                }
            }
            "note-body" => self.sinks.push(Vec::new()),
            "table-of-content" => self.begin_contents(),
            // Deleted text, the mark of a note, reading aids, sources of indexes.
            "tracked-changes"
            | "note-citation"
            | "ruby-text"
            | "table-of-content-source"
            | "sequence-decls"
            | "variable-decls"
            | "hidden-text"
            | "hidden-paragraph"
            | "index-title-template" => xml.skip()?,
            _ => {}
        }
        Ok(())
    }

    fn begin_list(&mut self, element: &Element<'_>) {
        let own = element.attribute("style-name");
        let list = match self.open.last() {
            Some(outer) => OpenList {
                style: own.unwrap_or_else(|| outer.style.clone()),
                index: outer.index,
                level: outer.level + 1,
                fresh: false,
                start: None,
            },
            None => {
                let style = own.unwrap_or_default();
                let index = self.lists.begin(element, &style);
                OpenList { style, index, level: 0, fresh: false, start: None }
            }
        };
        self.open.push(list);
    }

    fn begin_paragraph(&mut self, heading: bool, element: &Element<'_>) {
        let style = element.attribute("style-name");
        let level = match heading {
            true => Some(element.number("outline-level").unwrap_or(1)),
            false => self.lists.heading(style.as_deref()),
        };
        let label = match self.open.last_mut() {
            Some(list) if list.fresh => {
                list.fresh = false;
                self.lists.next(&list.style, list.index, list.level, list.start.take())
            }
            None if heading && element.attribute("is-list-header").is_none_or(|on| on != "true") => {
                let again = element.attribute("restart-numbering").is_some_and(|on| on == "true");
                let start = again.then(|| element.number("start-value").unwrap_or(1));
                self.lists.next_heading(style.as_deref(), level.unwrap_or(1), start)
            }
            _ => Label::None,
        };
        let (kind, label) = match (label, level) {
            (Label::Bullet, None) => (Kind::Bullet, String::new()),
            (Label::Number(label), level) => (level.map_or(Kind::Plain, Kind::Heading), label),
            (_, level) => (level.map_or(Kind::Plain, Kind::Heading), String::new()),
        };
        self.paragraphs.push(Paragraph { kind, label, ..Paragraph::default() });
    }

    /// The reader knows a contents list by its title; one without gets it.
    fn begin_contents(&mut self) {
        self.put(vec![Block::plain("目次".to_owned())]);
    }

    fn end_paragraph(&mut self, paragraph: Paragraph) {
        let Paragraph { kind, label, text, after } = paragraph;
        self.manuscript.pass(&label, &text);
        let empty = text.trim().is_empty() && label.is_empty();
        let mut blocks = vec![if empty { Block::Gap } else { Block::Paragraph { kind, label, text } }];
        blocks.extend(after);
        self.put(blocks);
    }

    fn close(&mut self, ns: Ns, name: &str) {
        match (ns, name) {
            (Ns::Office, "text") => self.in_body = false,
            (Ns::Text, "p" | "h") => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.end_paragraph(paragraph);
                }
            }
            (Ns::Text, "list") => {
                self.open.pop();
            }
            (Ns::Text, "note-body") | (Ns::Draw, "text-box") if self.sinks.len() > 1 => {
                let mut blocks = self.sinks.pop().unwrap_or_default();
                if ns == Ns::Text {
                    blocks = note(blocks);
                }
                match self.paragraphs.last_mut() {
                    Some(anchor) => anchor.after.extend(blocks),
                    None => self.put(blocks),
                }
            }
            (Ns::Table, "table-cell") if self.sinks.len() > 1 => self.end_cell(),
            (Ns::Table, "table") => {
                if let Some(open) = self.tables.pop() {
                    let blocks = open.table.into_blocks(self.manuscript);
                    self.put(blocks);
                }
            }
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        let blocks = self.sinks.pop().unwrap_or_default();
        let Some(open) = self.tables.last_mut() else { return };
        for _ in 1..open.repeated.min(limits::COLUMNS).min(self.manuscript.spanned) {
            open.table.cell(Cell { blocks: blocks.clone(), columns: 1, above: false });
            self.manuscript.spanned = self.manuscript.spanned.saturating_sub(1);
        }
        open.table.cell(Cell { blocks, columns: open.columns, above: false });
    }

    fn table(&mut self, xml: &mut Xml<'_>, name: &str, element: &Element<'_>) -> Result<(), XmlError> {
        if name == "table" {
            self.tables.push(OpenTable::default());
        }
        let Some(open) = self.tables.last_mut() else { return Ok(()) };
        match name {
            "table-row" => open.table.row(),
            "table-cell" => {
                open.columns = element.number("number-columns-spanned").unwrap_or(1);
                open.repeated = element.number("number-columns-repeated").unwrap_or(1);
                open.beside = open.columns.saturating_sub(1);
                self.sinks.push(Vec::new());
            }
            "covered-table-cell" => {
                let count = element.number("number-columns-repeated").unwrap_or(1);
                // Those to the right of a wide cell are part of it; the others go on with the cell above.
                let beside = open.beside.min(count);
                open.beside -= beside;
                for _ in 0..(count - beside).min(limits::COLUMNS).min(self.manuscript.spanned) {
                    self.manuscript.spanned = self.manuscript.spanned.saturating_sub(1);
                    open.table.cell(Cell { blocks: Vec::new(), columns: 1, above: true });
                }
                xml.skip()?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// A note as one paragraph.
fn note(blocks: Vec<Block>) -> Vec<Block> {
    let text = |block: Block| match block {
        Block::Paragraph { text, .. } => text,
        Block::Row(cells) => cells.join(" "),
        Block::Gap => String::new(),
    };
    let words = blocks.into_iter().map(text).collect::<Vec<_>>().join(" ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { Vec::new() } else { vec![Block::Paragraph { kind: Kind::Note, label: String::new(), text: words }] }
}
