//! A clause tree → a flat OpenDocument text with headings, tables and counted numbers; knows no other format.

use std::{collections::HashMap, fmt::Write as _};

use policy::tree::{Clause, Document};

/// How numbers stand in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// As letters of the paragraph.
    Typed,
    /// As lists that the word processor counts, where it can.
    Counted,
}

/// Kinds of counted lists: name of the style, what stands before and after the number, its format.
const LISTS: &[(&str, &str, &str, &str)] = &[
    ("Part", "第", "編", "1"),
    ("Chapter", "第", "章", "1"),
    ("Section", "第", "節", "1"),
    ("Article", "第", "条", "1"),
    ("Number", "", "", "1"),
    ("Paren", "(", ")", "1"),
    ("Half", "", ")", "1"),
    ("Circled", "", "", "①, ②, ③, ..."),
    ("Kana", "", "", "ア, イ, ウ, ..."),
    ("ParenKana", "(", ")", "ア, イ, ウ, ..."),
    ("Iroha", "", "", "イ, ロ, ハ, ..."),
    ("ParenIroha", "(", ")", "イ, ロ, ハ, ..."),
    ("Kanji", "", "", "一, 二, 三, ..."),
    ("Letter", "", "", "a"),
    ("ParenLetter", "(", ")", "a"),
];

/// A clause or a paragraph, in the order of the text.
enum Piece<'d> {
    Head(usize, &'d Clause),
    Said(&'d str),
    Row(&'d str),
}

/// Writes the document.
pub(crate) fn flat_odt(document: &Document, numbers: Numbers) -> String {
    let mut writer = Writer { numbers, body: String::new(), groups: HashMap::new(), lists: 0 };
    let pieces = pieces(document);
    let mut rows: Vec<&str> = Vec::new();
    for (_, piece) in &pieces {
        if let Piece::Row(row) = piece {
            rows.push(row);
            continue;
        }
        writer.table(&std::mem::take(&mut rows));
        match piece {
            Piece::Head(index, clause) => writer.head(document, *index, clause),
            Piece::Said(text) => writer.paragraph(text),
            Piece::Row(_) => {}
        }
    }
    writer.table(&rows);
    format!("{HEAD}{}{}{BODY}{}{TAIL}", list_styles(), TABLE_STYLE, writer.body)
}

/// Everything that is written, by line: what follows a table or a note belongs to the clause before it.
fn pieces(document: &Document) -> Vec<((usize, usize), Piece<'_>)> {
    let mut pieces = Vec::new();
    for (index, clause) in document.clauses.iter().enumerate() {
        let row = clause.paragraphs.first().is_some_and(|p| p.table && p.line == clause.line);
        if index > 0 && !row {
            pieces.push(((clause.line, pieces.len()), Piece::Head(index, clause)));
        }
        for paragraph in &clause.paragraphs {
            let piece = if paragraph.table { Piece::Row(&paragraph.text) } else { Piece::Said(&paragraph.text) };
            // The sentence on the line of the number is written with the number.
            if paragraph.table || !in_head(clause, index, &paragraph.text) {
                pieces.push(((paragraph.line, pieces.len()), piece));
            }
        }
    }
    pieces.sort_by_key(|(place, _)| *place);
    pieces
}

/// Whether a paragraph is written together with its clause's number.
fn in_head(clause: &Clause, index: usize, text: &str) -> bool {
    index > 0 && first_sentence(clause).is_some_and(|first| std::ptr::eq(first, text))
}

/// The paragraph that stands on the line of the number.
fn first_sentence(clause: &Clause) -> Option<&str> {
    let first = clause.paragraphs.first().filter(|p| !p.table)?;
    let same_line = first.line == clause.line;
    let caption = is_article(clause) && !clause.heading.is_empty() && first.line <= clause.line + 2;
    (same_line || caption).then_some(first.text.as_str())
}

fn is_article(clause: &Clause) -> bool {
    label(clause).contains('条') && label(clause).starts_with('第')
}

fn label(clause: &Clause) -> &str {
    let last = clause.path.rsplit('/').next().unwrap_or("");
    let own = last.split('〔').next().unwrap_or(last);
    // Several 附則 are numbered by the reader.
    if own.starts_with("附則") { "附則" } else { own }
}

struct Writer {
    numbers: Numbers,
    body: String,
    /// Last number and list of each group of siblings with one kind of number.
    groups: HashMap<(Option<usize>, &'static str), (usize, usize)>,
    lists: usize,
}

impl Writer {
    fn head(&mut self, document: &Document, index: usize, clause: &Clause) {
        // The number of a bulleted item is for citing: the text has the bullet alone.
        let label = label(clause);
        let bullet = label.chars().next().filter(|sign| "・－○●□■◆".contains(*sign)).map(String::from);
        let label = bullet.as_deref().unwrap_or(label);
        if label.starts_with('注') && clause.path.contains('注') {
            let text = clause.paragraphs.first().map_or("", |p| p.text.as_str());
            return self.paragraph(&format!("※ {text}"));
        }
        let sentence = first_sentence(clause);
        // 第1条 with its caption on the line before.
        let captioned = is_article(clause) && sentence.is_some_and(|text| !text.starts_with(&clause.heading)) && !clause.heading.is_empty();
        if captioned {
            self.paragraph(&format!("（{}）", clause.heading));
        }
        let text = sentence.unwrap_or(&clause.heading);
        let level = sentence.is_none().then(|| depth(document, index).min(4));
        match list_of(label).filter(|_| self.numbers == Numbers::Counted) {
            Some((kind, n)) => self.item(clause.parent, kind, n, text, level),
            None if text.is_empty() || text.starts_with(['（', '(']) => self.block(level, &format!("{label}{text}")),
            None => self.block(level, &format!("{label}　{text}")),
        }
    }

    /// A paragraph that the word processor numbers.
    fn item(&mut self, parent: Option<usize>, kind: &'static str, n: usize, text: &str, level: Option<usize>) {
        self.lists += 1;
        let id = self.lists;
        let before = self.groups.insert((parent, kind), (n, id));
        let more = before.map_or_else(String::new, |(_, list)| format!(r#" text:continue-list="l{list}""#));
        let start = if before.map_or(1, |(last, _)| last + 1) == n { String::new() } else { format!(r#" text:start-value="{n}""#) };
        let _ = write!(self.body, r#"<text:list xml:id="l{id}" text:style-name="{kind}"{more}><text:list-item{start}>"#);
        self.block(level, text);
        self.body.push_str("</text:list-item></text:list>");
    }

    fn block(&mut self, level: Option<usize>, text: &str) {
        match level {
            Some(level) => {
                let _ = write!(self.body, r#"<text:h text:outline-level="{level}">{}</text:h>"#, escape(text));
            }
            None => self.paragraph(text),
        }
    }

    fn paragraph(&mut self, text: &str) {
        let _ = write!(self.body, "<text:p>{}</text:p>", escape(text));
    }

    fn table(&mut self, rows: &[&str]) {
        if rows.is_empty() {
            return;
        }
        let columns = rows.iter().map(|row| row.split('\t').count()).max().unwrap_or(1);
        let _ = write!(self.body, r#"<table:table><table:table-column table:number-columns-repeated="{columns}"/>"#);
        for row in rows {
            self.body.push_str("<table:table-row>");
            for cell in row.split('\t').chain(std::iter::repeat("")).take(columns) {
                self.body.push_str(r#"<table:table-cell table:style-name="Cell">"#);
                self.paragraph(cell.trim());
                self.body.push_str("</table:table-cell>");
            }
            self.body.push_str("</table:table-row>");
        }
        self.body.push_str("</table:table>");
    }
}

fn depth(document: &Document, index: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = Some(index);
    while let Some(clause) = at.and_then(|at| document.clauses.get(at)) {
        depth += 1;
        at = clause.parent;
    }
    depth.saturating_sub(1).max(1)
}

/// The kind of list that counts a label, and its number.
fn list_of(label: &str) -> Option<(&'static str, usize)> {
    LISTS.iter().find_map(|(kind, before, after, format)| {
        let inner = label.strip_prefix(before)?.strip_suffix(after)?;
        let n = match *format {
            "1" => inner.parse().ok()?,
            "a" => place("abcdefghijklmnopqrstuvwxyz", inner)?,
            "①, ②, ③, ..." => place("①②③④⑤⑥⑦⑧⑨⑩", inner)?,
            "一, 二, 三, ..." => place("一二三四五六七八九十", inner)?,
            "イ, ロ, ハ, ..." => place("イロハニホヘトチリヌルヲワカヨタレソツネナラム", inner)?,
            _ => place("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモ", inner)?,
        };
        // イ is read as the second of アイウ unless it begins a list: the tree says which.
        Some((*kind, n))
    })
}

fn place(list: &str, letter: &str) -> Option<usize> {
    let mut letters = letter.chars();
    let only = letters.next().filter(|_| letters.next().is_none())?;
    list.chars().position(|c| c == only).map(|at| at + 1)
}

fn list_styles() -> String {
    let mut out = String::new();
    for (kind, before, after, format) in LISTS {
        let _ = write!(
            out,
            concat!(
                r#"<text:list-style style:name="{}"><text:list-level-style-number text:level="1" "#,
                r#"style:num-prefix="{}" style:num-suffix="{}" style:num-format="{}">"#,
                r#"<style:list-level-properties text:list-level-position-and-space-mode="label-alignment">"#,
                r#"<style:list-level-label-alignment text:label-followed-by="space"/></style:list-level-properties>"#,
                r#"</text:list-level-style-number></text:list-style>"#
            ),
            kind, before, after, format
        );
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\t', "<text:tab/>")
}

const HEAD: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" "#,
    r#"xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" "#,
    r#"xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" "#,
    r#"office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles>"#,
);
const TABLE_STYLE: &str = concat!(
    r#"<style:style style:name="Cell" style:family="table-cell">"#,
    r#"<style:table-cell-properties fo:padding="0.1cm" fo:border="0.05pt solid #000000"/></style:style>"#
);
const BODY: &str = "</office:automatic-styles><office:body><office:text>";
const TAIL: &str = "</office:text></office:body></office:document>";
