//! Paragraphs and rows read out of a file → the plain text that `policy` takes; knows no format.

use crate::{Extract, Format, Unread, limits};

/// What a paragraph is besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// A paragraph.
    #[default]
    Plain,
    /// A heading of this level, from 1.
    Heading(usize),
    /// An item of a list without numbers.
    Bullet,
    /// A note at the foot of a page or the end.
    Note,
}

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph: its counted number, its text with `\n` for line breaks and `\t` for tabs.
    Paragraph { kind: Kind, label: String, text: String },
    /// The cells of a table's row.
    Row(Vec<String>),
    /// An empty paragraph.
    Gap,
}

impl Block {
    /// A paragraph without number.
    pub(crate) fn plain(text: String) -> Self {
        Self::Paragraph { kind: Kind::Plain, label: String::new(), text }
    }
}

/// Everything of a file while it is read.
#[derive(Debug)]
pub(crate) struct Manuscript {
    unread: Vec<Unread>,
    /// Parts that are not named any more.
    more: usize,
    /// Beginning of the last paragraph, to say where something is.
    last: String,
    /// Cells that spans may still add to tables.
    pub(crate) spanned: usize,
}

impl Manuscript {
    pub(crate) fn new() -> Self {
        Self { unread: Vec::new(), more: 0, last: String::new(), spanned: 200_000 }
    }

    /// Remembers a paragraph as the place where reading stands.
    pub(crate) fn pass(&mut self, label: &str, text: &str) {
        let start: String = label.chars().chain([' ']).chain(text.chars()).filter(|c| !c.is_control()).take(40).collect();
        let start: String = start.trim().chars().take(20).collect();
        if !start.is_empty() {
            self.last = start;
        }
    }

    /// Names something that could not be read, here.
    pub(crate) fn miss(&mut self, what: &str) {
        let place = if self.last.is_empty() { "文書の始め".to_owned() } else { format!("「{}」の後", self.last) };
        self.miss_at(&place, what);
    }

    /// Names something that could not be read, at a place of its own.
    pub(crate) fn miss_at(&mut self, place: &str, what: &str) {
        if self.unread.last().is_some_and(|last| last.place == place && last.what == what) {
            return;
        }
        if self.unread.len() >= limits::UNREAD {
            self.more += 1;
            return;
        }
        self.unread.push(Unread { place: place.to_owned(), what: what.to_owned() });
    }

    /// Writes the text.
    pub(crate) fn finish(mut self, format: Format, blocks: &[Block]) -> Extract {
        let mut lines = lines(blocks);
        settle_tabs(&mut lines);
        let (text, cut) = write(&lines, is_wrapped(&lines));
        if cut {
            self.miss_at(
                "文書の後ろの方",
                "文書が長すぎるため、ここから先は読み取っていません。規程の本文だけのファイルに分けてください。",
            );
        }
        let own = text.chars().filter(|c| matches!(c, '\u{e000}'..='\u{f8ff}')).count();
        if own > 0 {
            let what = format!("外字が {own} 文字あります。読み取った文の中で正しく表示されない字は、一般の文字に直してください。");
            self.miss_at("文書全体", &what);
        }
        if self.more > 0 {
            let what = format!("ほかにも {} か所あります。元の文書と見比べてください。", self.more);
            self.unread.push(Unread { place: "文書全体".to_owned(), what });
        }
        Extract { format, text, unread: self.unread }
    }
}

/// A line of the text to be.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    /// A line of a paragraph; whether it goes on with the paragraph of the line before.
    Text {
        text: String,
        goes_on: bool,
    },
    Row(String),
    Gap,
}

fn lines(blocks: &[Block]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block {
            Block::Gap => lines.push(Line::Gap),
            Block::Row(cells) => lines.extend(row(cells).map(Line::Row)),
            Block::Paragraph { kind, label, text } => paragraph(*kind, label, text, &mut lines),
        }
    }
    lines
}

fn paragraph(kind: Kind, label: &str, text: &str, lines: &mut Vec<Line>) {
    let mut goes_on = false;
    for piece in text.split('\n') {
        let text = clean(piece);
        let text = if goes_on { text } else { headed(kind, label, text) };
        if !text.is_empty() {
            lines.push(Line::Text { text, goes_on });
            goes_on = true;
        }
    }
    if !goes_on {
        let alone = headed(Kind::Plain, label, String::new());
        lines.push(if alone.is_empty() { Line::Gap } else { Line::Text { text: alone, goes_on } });
    }
}

/// The first line of a paragraph with what stands before its words.
fn headed(kind: Kind, label: &str, text: String) -> String {
    let label = clean(label);
    if !label.is_empty() {
        return if text.is_empty() { label } else { format!("{label} {text}") };
    }
    match kind {
        _ if text.is_empty() => text,
        Kind::Heading(level) if !is_numbered(&text) => format!("{} {text}", "#".repeat(level.clamp(1, 6))),
        Kind::Bullet => format!("- {text}"),
        Kind::Note => format!("※ {text}"),
        Kind::Plain | Kind::Heading(_) => text,
    }
}

/// A line without the characters that only a word processor needs.
pub(crate) fn clean(text: &str) -> String {
    let kept = text.chars().filter_map(|c| match c {
        '\t' => Some('\t'),
        '\u{a0}' | '\u{2028}' | '\u{2029}' | '\r' | '\n' | '\u{c}' => Some(' '),
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{fffc}' => None,
        c if c.is_control() => None,
        c => Some(c),
    });
    kept.collect::<String>().trim().to_owned()
}

/// A row as a line: no leading or trailing tab may be lost, or the cells would move.
fn row(cells: &[String]) -> Option<String> {
    let mut cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
    if cells.iter().all(|cell| cell.is_empty()) {
        return None;
    }
    if let Some(first) = cells.first_mut().filter(|cell| cell.is_empty()) {
        *first = "－";
    }
    if let Some(last) = cells.get_mut(1..).and_then(<[&str]>::last_mut).filter(|cell| cell.is_empty()) {
        *last = "－";
    }
    Some(cells.join("\t"))
}

/// Whether a line begins with a number or a word such as 附則, so that its level needs no `#`.
pub(crate) fn is_numbered(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c) || "〇一二三四五六七八九十".contains(c);
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return false };
    let next = letters.find(|c| !c.is_whitespace());
    match first {
        '第' => next.is_some_and(digit),
        '(' | '（' => text.chars().take(6).any(|c| matches!(c, ')' | '）')),
        '\u{2460}'..='\u{24ff}' | '\u{2160}'..='\u{217f}' | '\u{3220}'..='\u{3229}' => true,
        _ if first.is_ascii_digit() || ('０'..='９').contains(&first) => true,
        _ if ["附則", "付則", "別表", "別紙", "別記", "様式第", "目次"].iter().any(|word| squeezed(text).starts_with(word)) => {
            true
        }
        _ => {
            let short: String = text.chars().take_while(|c| !c.is_whitespace() && !matches!(c, '.' | '．' | '、' | ')' | '）')).collect();
            let one = |c: char| c.is_ascii_alphabetic() || digit(c) || ('ア'..='ン').contains(&c);
            short.chars().count() <= 3 && short.len() < text.len() && short.chars().all(one)
        }
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).take(4).collect()
}

/// Tabs that somebody typed: kept in rows and contents lists, a space elsewhere.
fn settle_tabs(lines: &mut [Line]) {
    let mut run: Vec<usize> = Vec::new();
    let mut tables: Vec<usize> = Vec::new();
    let mut table = |run: &mut Vec<usize>| {
        if run.len() > 1 {
            tables.append(run);
        }
        run.clear();
    };
    for (at, line) in lines.iter().enumerate() {
        match line {
            Line::Text { text, .. } if text.contains('\t') && !is_entry(text) => {
                if !run.is_empty() || !is_numbered(text) {
                    run.push(at);
                }
            }
            Line::Gap => {}
            _ => table(&mut run),
        }
    }
    table(&mut run);
    let mut tables = tables.into_iter().peekable();
    for (at, line) in lines.iter_mut().enumerate() {
        let Line::Text { text, .. } = line else { continue };
        if tables.next_if_eq(&at).is_some() || !text.contains('\t') {
            continue;
        }
        *text = match text.rsplit_once('\t').filter(|_| is_entry(text)) {
            Some((name, page)) => format!("{}\t{page}", name.replace('\t', " ").trim_end()),
            None => text.replace('\t', " "),
        };
    }
}

/// A line of a contents list: a tab and a page number at its end.
fn is_entry(text: &str) -> bool {
    text.rsplit_once('\t').is_some_and(|(name, page)| {
        let number = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
        !name.trim().is_empty() && !page.is_empty() && page.chars().count() <= 4 && page.chars().all(number)
    })
}

/// Whether the paragraphs are the lines of a wrapped text: many of one width that end in the middle of a sentence.
fn is_wrapped(lines: &[Line]) -> bool {
    let texts = || {
        lines.iter().filter_map(|line| match line {
            Line::Text { text, .. } if !text.contains('\t') => Some(text.as_str()),
            _ => None,
        })
    };
    let mut widths: Vec<usize> = texts().map(|text| text.chars().count()).collect();
    widths.sort_unstable();
    let at = widths.len().checked_sub(1 + widths.len() / 50);
    let Some(top) = at.and_then(|at| widths.get(at)).copied().filter(|top| (18..=90).contains(top)) else { return false };
    let full: Vec<&str> = texts().filter(|text| (top.saturating_sub(2)..=top).contains(&text.chars().count())).collect();
    let open = full.iter().filter(|text| !text.ends_with(['。', '）', ')', '」'])).count();
    full.len() >= 5 && full.len() * 100 >= widths.len() * 15 && open * 10 >= full.len() * 6
}

/// The lines with empty ones between blocks; whether the end was cut off.
fn write(lines: &[Line], wrapped: bool) -> (String, bool) {
    let mut out = String::new();
    let mut before: Option<&Line> = None;
    let mut gap = false;
    for line in lines {
        let (text, joined) = match (line, before) {
            (Line::Gap, _) => {
                gap = true;
                continue;
            }
            (Line::Row(text), last) => (text, matches!(last, Some(Line::Row(_)))),
            (Line::Text { text, goes_on }, last) => {
                let rows = text.contains('\t') && matches!(last, Some(Line::Text { text, .. }) if text.contains('\t'));
                (text, *goes_on || rows || (wrapped && !gap))
            }
        };
        if out.len() + text.len() + 2 > limits::TEXT_BYTES {
            return (out, true);
        }
        if before.is_some() && !joined {
            out.push('\n');
        }
        out.push_str(text);
        out.push('\n');
        (before, gap) = (Some(line), false);
    }
    (out, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(blocks: &[Block]) -> String {
        Manuscript::new().finish(Format::Docx, blocks).text
    }

    fn plain(text: &str) -> Block {
        Block::plain(text.to_owned())
    }

    #[test]
    fn paragraphs_stand_apart_and_rows_together() {
        let row = |cells: &[&str]| Block::Row(cells.iter().map(|cell| (*cell).to_owned()).collect());
        let heading = |text: &str| Block::Paragraph { kind: Kind::Heading(2), label: String::new(), text: text.to_owned() };
        let item =
            Block::Paragraph { kind: Kind::Plain, label: "(1)".to_owned(), text: "\t鍵を\u{ad}かける。\n二行目".to_owned() };
        let blocks = [heading("はじめに"), heading("第１章　総則"), item, row(&["区分", "内容"]), row(&["", "乙"]), plain("終わり")];
        assert_eq!(text(&blocks), "## はじめに\n\n第１章　総則\n\n(1) 鍵をかける。\n二行目\n\n区分\t内容\n－\t乙\n\n終わり\n");
    }

    #[test]
    fn typed_tabs_are_kept_where_they_make_a_table_or_a_contents_list() {
        let blocks =
            [plain("1\t総則\t3"), plain("第1条\t町は、守る。"), plain("時期\t担当"), Block::Gap, plain("4月\t総務課"), plain("町長\t印")];
        assert_eq!(text(&blocks), "1 総則\t3\n\n第1条 町は、守る。\n\n時期\t担当\n4月\t総務課\n町長\t印\n");
        assert_eq!(text(&[plain("令和7年\t町長")]), "令和7年 町長\n");
    }

    #[test]
    fn lines_of_a_wrapped_text_stay_together() {
        let lines = ["職員は、端末を庁舎の外へ持ち出", "すときは、許可を受けなければな"];
        let wrapped: Vec<Block> = std::iter::repeat_n(lines, 6).flatten().map(|line| plain(&format!("{line}五文字増え"))).collect();
        assert!(!text(&wrapped).contains("\n\n"));
        let whole: Vec<Block> = std::iter::repeat_n("職員は、端末を庁舎の外へ持ち出さないこと。", 12).map(plain).collect();
        assert_eq!(text(&whole).matches("\n\n").count(), 11);
    }
}
