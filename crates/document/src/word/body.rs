//! The running text of a Word document, its tables, text boxes and notes → blocks; reads the part as a stream.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use super::{
    numbering::{Label, Numbering},
    styles::{Resolved, Styles},
};
use crate::{
    manuscript::{Block, Kind, Manuscript},
    table::{Cell, Table},
    xml::{Element, Ns, Token, Xml, XmlError},
};

const PICTURE: &str = "画像があります。画像の中の文字や表は読み取れません。規程の内容が画像になっているときは、文字や表に直したファイルを選び直してください。";
const OBJECT: &str =
    "グラフ又は埋め込まれたファイルがあります。中の文字は読み取れません。規程の内容であれば、本文に文字で書き入れてください。";
const EMBEDDED: &str = "別のファイルが差し込まれています。その内容は読み取っていません。Word で開いて保存し直すと本文に取り込まれます。";
const HIDDEN: &str = "隠し文字があります。画面や印刷に出ない文字は読み取っていません。";
const SYMBOL: &str = "記号用のフォントの文字があり、「〓」に置き換えました。元の文書で何の記号かを確かめてください。";

/// A paragraph while it is read.
#[derive(Default)]
struct Paragraph {
    style: Option<String>,
    list: Option<String>,
    level: Option<usize>,
    outline: Option<usize>,
    text: String,
    /// Text boxes anchored in it, which come after it.
    floating: Vec<Block>,
    notes: Vec<(&'static str, String)>,
    /// Whether its end was deleted, so that the next paragraph goes on with it.
    merged: bool,
}

/// A cell while it is read.
#[derive(Default)]
struct OpenCell {
    columns: usize,
    above: bool,
}

/// A table while it is read.
#[derive(Default)]
struct OpenTable {
    table: Table,
    cell: OpenCell,
    deleted: bool,
}

/// A field while it is read.
#[derive(Default)]
struct Field {
    instruction: String,
    shown: bool,
}

/// What is being read and what has been.
pub(super) struct Body<'b> {
    styles: &'b Styles,
    numbering: &'b mut Numbering,
    pub(super) manuscript: &'b mut Manuscript,
    resolved: HashMap<Option<String>, Resolved>,
    /// Where blocks go: the document, then cells, text boxes and notes within each other.
    sinks: Vec<Vec<Block>>,
    paragraphs: Vec<Paragraph>,
    tables: Vec<OpenTable>,
    fields: Vec<Field>,
    /// Whether a branch of each alternative has been taken.
    alternatives: Vec<bool>,
    notes: HashMap<(&'static str, String), String>,
    noted: HashSet<(&'static str, String)>,
    /// The text of a paragraph whose end was deleted.
    carried: Option<Paragraph>,
    in_properties: bool,
    in_row_properties: bool,
    in_text: bool,
    hidden: bool,
}

impl<'b> Body<'b> {
    pub(super) fn new(styles: &'b Styles, numbering: &'b mut Numbering, manuscript: &'b mut Manuscript) -> Self {
        Self {
            styles,
            numbering,
            manuscript,
            resolved: HashMap::new(),
            sinks: vec![Vec::new()],
            paragraphs: Vec::new(),
            tables: Vec::new(),
            fields: Vec::new(),
            alternatives: Vec::new(),
            notes: HashMap::new(),
            noted: HashSet::new(),
            carried: None,
            in_properties: false,
            in_row_properties: false,
            in_text: false,
            hidden: false,
        }
    }

    /// Reads the part with the notes; each becomes one line.
    pub(super) fn notes(&mut self, kind: &'static str, text: &str) -> Result<(), XmlError> {
        let outcome = self.read_notes(kind, text);
        self.reset();
        outcome
    }

    fn read_notes(&mut self, kind: &'static str, text: &str) -> Result<(), XmlError> {
        let mut xml = Xml::new(text);
        let mut id = None;
        loop {
            match xml.next()? {
                Token::End => return Ok(()),
                Token::Open(element) if element.ns == Ns::Word && matches!(element.name(), "footnote" | "endnote") => {
                    let own = element.attribute("type").is_none_or(|kind| kind == "normal");
                    id = element.attribute("id").filter(|_| own);
                    self.sinks.push(Vec::new());
                }
                Token::Close(Ns::Word, end) if matches!(end.local_name().into_inner(), "footnote" | "endnote") => {
                    let words = words(&self.sinks.pop().unwrap_or_default());
                    if let Some(id) = id.take().filter(|_| !words.is_empty()) {
                        self.notes.insert((kind, id), words);
                    }
                }
                token => self.token(&mut xml, token)?,
            }
        }
    }

    /// Forgets what a broken part left open.
    fn reset(&mut self) {
        self.sinks = vec![Vec::new()];
        self.paragraphs.clear();
        self.tables.clear();
        self.fields.clear();
        self.alternatives.clear();
        self.carried = None;
        (self.in_properties, self.in_row_properties, self.in_text, self.hidden) = (false, false, false, false);
    }

    /// Reads the part with the body.
    pub(super) fn read(&mut self, text: &str) -> Result<(), XmlError> {
        let mut xml = Xml::new(text);
        loop {
            match xml.next()? {
                Token::End => return Ok(()),
                token => self.token(&mut xml, token)?,
            }
        }
    }

    /// Everything that was read, also where reading broke off.
    pub(super) fn finish(mut self) -> Vec<Block> {
        while let Some(paragraph) = self.paragraphs.pop() {
            self.end_paragraph(paragraph);
        }
        if let Some(paragraph) = self.carried.take() {
            self.end_paragraph(Paragraph { merged: false, ..paragraph });
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

    fn token(&mut self, xml: &mut Xml<'_>, token: Token<'_>) -> Result<(), XmlError> {
        match token {
            Token::Open(element) => match element.ns {
                Ns::Word => self.open(xml, &element)?,
                Ns::Compatibility => self.alternative(xml, &element)?,
                Ns::Drawing | Ns::Vml => self.drawing(&element),
                Ns::Math => self.in_text = element.name() == "t",
                _ => {}
            },
            Token::Close(Ns::Word, end) => self.close(end.local_name().into_inner()),
            Token::Close(Ns::Math, _) => self.in_text = false,
            Token::Close(Ns::Compatibility, end) if end.local_name().into_inner() == "AlternateContent" => {
                self.alternatives.pop();
            }
            Token::Text(text) if self.in_text && !self.hidden => self.write(&text),
            Token::Text(_) | Token::Close(..) | Token::End => {}
        }
        Ok(())
    }

    fn write(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            // A line feed inside the file is a space; breaks are elements.
            if text.contains(['\n', '\t', '\r']) {
                paragraph.text.push_str(&text.replace(['\n', '\t', '\r'], " "));
            } else {
                paragraph.text.push_str(text);
            }
        }
    }

    fn push(&mut self, c: char) {
        if let Some(paragraph) = self.paragraphs.last_mut().filter(|_| !self.hidden) {
            paragraph.text.push(c);
        }
    }

    fn alternative(&mut self, xml: &mut Xml<'_>, element: &Element<'_>) -> Result<(), XmlError> {
        match element.name() {
            "AlternateContent" => self.alternatives.push(false),
            "Choice" | "Fallback" => match self.alternatives.last_mut() {
                Some(taken) if !*taken => *taken = true,
                _ => xml.skip()?,
            },
            _ => {}
        }
        Ok(())
    }

    fn drawing(&mut self, element: &Element<'_>) {
        match element.name() {
            "blip" | "imagedata" => self.manuscript_miss(PICTURE),
            "chart" | "relIds" | "OLEObject" => self.manuscript_miss(OBJECT),
            _ => {}
        }
    }

    fn manuscript_miss(&mut self, what: &str) {
        if let Some(paragraph) = self.paragraphs.last() {
            self.manuscript.pass("", &paragraph.text);
        }
        self.manuscript.miss(what);
    }

    fn open(&mut self, xml: &mut Xml<'_>, element: &Element<'_>) -> Result<(), XmlError> {
        let name = element.name();
        if self.in_properties {
            return self.property(xml, name, element);
        }
        if self.in_row_properties {
            if name == "del" {
                self.tables.last_mut().into_iter().for_each(|open| open.deleted = true);
            }
            return Ok(());
        }
        match name {
            "t" => self.in_text = true,
            "p" => self.paragraphs.push(Paragraph::default()),
            "pPr" => self.in_properties = true,
            // A run begins shown; its properties come first.
            "r" => self.hidden = false,
            "vanish" => self.hidden = element.is_on(),
            "tab" | "ptab" => self.push('\t'),
            "br" if element.attribute("type").is_none_or(|kind| kind == "textWrapping") => self.push('\n'),
            "cr" => self.push('\n'),
            "noBreakHyphen" => self.push('-'),
            "sym" => self.symbol(element),
            "footnoteReference" => self.refer("footnotes", element),
            "endnoteReference" => self.refer("endnotes", element),
            "fldChar" => self.field(element),
            "instrText" => {
                if let Some(field) = self.fields.last_mut().filter(|field| !field.shown) {
                    read_text(xml, &mut field.instruction)?;
                }
            }
            "tbl" | "tr" | "trPr" | "tc" | "gridSpan" | "vMerge" | "gridBefore" => self.table(name, element),
            "txbxContent" => self.sinks.push(Vec::new()),
            "altChunk" | "subDoc" => self.manuscript.miss(EMBEDDED),
            // Deleted, moved away, or earlier formatting; reading aids; the end of a section.
            "del" | "moveFrom" | "rPrChange" | "tblPrChange" | "tcPrChange" | "trPrChange" | "sectPrChange" | "tblGridChange" | "rt"
            | "sectPr" | "sdtPr" | "delText" => {
                xml.skip()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Inside the properties of a paragraph.
    fn property(&mut self, xml: &mut Xml<'_>, name: &str, element: &Element<'_>) -> Result<(), XmlError> {
        if matches!(name, "pPrChange" | "rPrChange" | "sectPr" | "tabs") {
            return xml.skip();
        }
        let Some(paragraph) = self.paragraphs.last_mut() else { return Ok(()) };
        match name {
            "pStyle" => paragraph.style = element.attribute("val"),
            "numId" => paragraph.list = element.attribute("val"),
            "ilvl" => paragraph.level = element.number("val"),
            "outlineLvl" => paragraph.outline = element.number("val"),
            "del" | "moveFrom" => paragraph.merged = true,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "pPr" => self.in_properties = false,
            "trPr" => self.in_row_properties = false,
            "p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.end_paragraph(paragraph);
                }
            }
            "r" if self.hidden => {
                self.hidden = false;
                self.manuscript.miss(HIDDEN);
            }
            "txbxContent" if self.sinks.len() > 1 => {
                let blocks = self.sinks.pop().unwrap_or_default();
                match self.paragraphs.last_mut() {
                    Some(anchor) => anchor.floating.extend(blocks),
                    None => self.put(blocks),
                }
            }
            "tc" if self.sinks.len() > 1 => {
                let blocks = self.sinks.pop().unwrap_or_default();
                if let Some(open) = self.tables.last_mut() {
                    let OpenCell { columns, above } = mem::take(&mut open.cell);
                    open.table.cell(Cell { blocks, columns, above });
                }
            }
            "tr" => self.tables.last_mut().filter(|open| open.deleted).into_iter().for_each(|open| open.table.drop_row()),
            "tbl" => {
                if let Some(open) = self.tables.pop() {
                    let blocks = open.table.into_blocks(self.manuscript);
                    self.put(blocks);
                }
            }
            _ => {}
        }
    }

    fn table(&mut self, name: &str, element: &Element<'_>) {
        if name == "tbl" {
            self.tables.push(OpenTable::default());
        }
        let Some(open) = self.tables.last_mut() else { return };
        match name {
            "tr" => {
                open.deleted = false;
                open.table.row();
            }
            "trPr" => self.in_row_properties = true,
            "tc" => {
                open.cell = OpenCell { columns: 1, above: false };
                self.sinks.push(Vec::new());
            }
            "gridSpan" => open.cell.columns = element.number("val").unwrap_or(1),
            "vMerge" => open.cell.above = element.attribute("val").is_none_or(|value| value == "continue"),
            _ => {}
        }
    }

    fn symbol(&mut self, element: &Element<'_>) {
        let code = element.attribute("char").and_then(|code| u32::from_str_radix(&code, 16).ok()).unwrap_or(0);
        let font = element.attribute("font").unwrap_or_default().to_lowercase();
        let known =
            symbol(&font, code & 0xff).or_else(|| char::from_u32(code).filter(|c| code >= 0x80 && !('\u{e000}'..='\u{f8ff}').contains(c)));
        if known.is_none() {
            self.manuscript_miss(SYMBOL);
        }
        self.push(known.unwrap_or('〓'));
    }

    fn refer(&mut self, kind: &'static str, element: &Element<'_>) {
        if let (Some(paragraph), Some(id)) = (self.paragraphs.last_mut(), element.attribute("id")) {
            paragraph.notes.push((kind, id));
        }
    }

    fn field(&mut self, element: &Element<'_>) {
        match element.attribute("fldCharType").as_deref() {
            Some("begin") => self.fields.push(Field::default()),
            Some("separate") => {
                let Some(field) = self.fields.last_mut() else { return };
                field.shown = true;
                if field.instruction.trim_start().to_ascii_uppercase().starts_with("TOC") {
                    self.begin_contents();
                }
            }
            Some("end") => {
                self.fields.pop();
            }
            _ => {}
        }
    }

    /// The reader knows a contents list by its title; a field without one gets it.
    fn begin_contents(&mut self) {
        let Some(sink) = self.sinks.last_mut() else { return };
        let last = sink.iter().rev().find_map(|block| match block {
            Block::Paragraph { text, .. } => Some(text.split_whitespace().collect::<String>()),
            _ => None,
        });
        if last.is_none_or(|last| !matches!(last.as_str(), "目次" | "もくじ")) {
            sink.push(Block::plain("目次".to_owned()));
        }
    }

    fn end_paragraph(&mut self, mut paragraph: Paragraph) {
        if let Some(before) = self.carried.take() {
            paragraph = Paragraph {
                text: before.text + &paragraph.text,
                floating: before.floating.into_iter().chain(paragraph.floating).collect(),
                notes: before.notes.into_iter().chain(paragraph.notes).collect(),
                ..paragraph
            };
        }
        if paragraph.merged {
            self.carried = Some(paragraph);
            return;
        }
        let (kind, label) = self.heading(&paragraph);
        let Paragraph { text, floating, notes, .. } = paragraph;
        self.manuscript.pass(&label, &text);
        let empty = text.trim().is_empty() && label.is_empty();
        let mut blocks = vec![if empty { Block::Gap } else { Block::Paragraph { kind, label, text } }];
        blocks.extend(floating);
        for key in notes {
            let Some(words) = self.notes.get(&key) else { continue };
            if self.noted.insert(key) {
                blocks.push(Block::Paragraph { kind: Kind::Note, label: String::new(), text: words.clone() });
            }
        }
        self.put(blocks);
    }

    /// What a paragraph is, and its number.
    fn heading(&mut self, paragraph: &Paragraph) -> (Kind, String) {
        if !self.resolved.contains_key(&paragraph.style) {
            let resolved = self.styles.resolve(paragraph.style.as_deref());
            self.resolved.insert(paragraph.style.clone(), resolved);
        }
        let Some(style) = self.resolved.get(&paragraph.style) else { return (Kind::Plain, String::new()) };
        let heading = paragraph.outline.map(|level| level + 1).filter(|level| *level <= 9).or(style.heading);
        let (list, level) = match (&paragraph.list, &style.list) {
            (Some(list), _) => (list.as_str(), paragraph.level.or(style.level).unwrap_or(0)),
            (None, Some((list, of))) => {
                let of_style = |style: &str| self.numbering.level_of_style(list, style);
                let own = paragraph.style.as_deref().and_then(of_style);
                let level = paragraph.level.or(own).or(style.level).or_else(|| of_style(of));
                (list.as_str(), level.unwrap_or(0))
            }
            (None, None) => ("0", 0),
        };
        let kind = heading.filter(|_| !style.contents).map_or(Kind::Plain, Kind::Heading);
        match self.numbering.next(list, level) {
            Some(Label::Number(label)) => (kind, label),
            Some(Label::Bullet) if kind == Kind::Plain => (Kind::Bullet, String::new()),
            Some(Label::Note) if kind == Kind::Plain => (Kind::Note, String::new()),
            Some(Label::Bullet | Label::Note) | None => (kind, String::new()),
        }
    }
}

/// All words of some blocks on one line.
fn words(blocks: &[Block]) -> String {
    let mut out: Vec<&str> = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph { text, .. } => out.extend(text.split_whitespace()),
            Block::Row(cells) => out.extend(cells.iter().flat_map(|cell| cell.split_whitespace())),
            Block::Gap => {}
        }
    }
    out.join(" ")
}

/// The text of the element that was opened last.
fn read_text(xml: &mut Xml<'_>, out: &mut String) -> Result<(), XmlError> {
    loop {
        match xml.next()? {
            Token::Text(text) => out.push_str(&text),
            Token::Open(_) => xml.skip()?,
            Token::Close(..) | Token::End => return Ok(()),
        }
    }
}

/// The letter that a place in a font of symbols shows.
fn symbol(font: &str, code: u32) -> Option<char> {
    let table: &[(u32, char)] = match font {
        "wingdings" => &[
            (0x6c, '●'),
            (0x6d, '○'),
            (0x6e, '■'),
            (0x6f, '□'),
            (0x71, '□'),
            (0x75, '◆'),
            (0x76, '◇'),
            (0xa8, '□'),
            (0xa7, '■'),
            (0x9f, '・'),
            (0xe0, '→'),
            (0xfc, '✓'),
            (0xfe, '☑'),
            (0xd8, '➢'),
        ],
        "symbol" => &[(0xb7, '・'), (0xae, '→'), (0xac, '←'), (0xb4, '×'), (0xb8, '÷'), (0xb1, '±'), (0xa3, '≦'), (0xb3, '≧')],
        _ => return None,
    };
    let circled = (font == "wingdings" && (0x81..=0x8a).contains(&code)).then(|| char::from_u32(0x2460 + code - 0x81)).flatten();
    circled.or_else(|| table.iter().find(|(at, _)| *at == code).map(|(_, c)| *c))
}
