//! The text of clauses with what helps to read it: links to the clauses it names, its own words explained, its tables.

use std::{collections::BTreeSet, ops::Range};

use askama::Template;
use policy::{
    glossary::{Glossary, Term},
    reference::{References, Target},
    tree::{Clause, Document, Paragraph},
};

use super::clause_href;
use crate::html::Html;

/// Longest cell of a heading, in characters.
const HEADING_CHARS: usize = 20;

/// A piece of a clause's text.
enum Block {
    Text(Html),
    Table { head: Vec<Html>, rows: Vec<Vec<Html>> },
}

#[derive(Template)]
#[template(path = "policy/block.html")]
struct BlockPart<'a> {
    block: &'a Block,
}

/// A word that is explained below the text.
pub(crate) struct Explained {
    /// Identity on the page.
    pub(crate) id: String,
    /// The word.
    pub(crate) term: String,
    /// What the document says it means.
    pub(crate) meaning: String,
    /// Where it says so.
    pub(crate) place: Html,
}

/// A document with its words and references.
pub(crate) struct Annotated<'d> {
    version: u32,
    document: &'d Document,
    glossary: Glossary,
    references: References<'d>,
}

impl<'d> Annotated<'d> {
    /// Prepares a version of the policy.
    pub(crate) fn new(document: &'d Document, version: u32) -> Self {
        Self { version, document, glossary: Glossary::new(document), references: References::new(document) }
    }

    /// The words that the document explains.
    pub(crate) fn terms(&self) -> &[Term] {
        self.glossary.terms()
    }

    /// The words that a clause uses, by their place in [`Self::terms`]; not those that it explains itself.
    pub(crate) fn used(&self, clause: &Clause) -> BTreeSet<usize> {
        let uses = clause.paragraphs.iter().flat_map(|paragraph| self.glossary.uses(&paragraph.text));
        uses.filter(|found| found.term.cite.clause != clause.path).filter_map(|found| self.at(found.term)).collect()
    }

    /// A word with its explanation.
    pub(crate) fn explained(&self, at: usize) -> Option<Explained> {
        let term = self.terms().get(at)?;
        let place = if term.cite.clause.is_empty() { "前文" } else { &term.cite.clause };
        Some(Explained {
            id: id(at),
            term: term.term.clone(),
            meaning: term.meaning.clone(),
            place: Html::link(&clause_href(&term.cite.clause, self.version), place),
        })
    }

    /// The paragraphs and tables of a clause. `explained` are the words that are linked already; each is linked once.
    pub(crate) fn blocks(&self, clause: &Clause, explained: &mut BTreeSet<usize>) -> Vec<Html> {
        blocks(&clause.paragraphs, |text| self.html(clause, text, explained))
    }

    /// Like [`Self::blocks`], with the rows that are clauses of their own below the heading of their table.
    pub(crate) fn whole_blocks(&self, clause: &Clause, explained: &mut BTreeSet<usize>) -> Vec<Html> {
        let mut paragraphs = Vec::with_capacity(clause.paragraphs.len());
        let at = self.document.clauses.iter().position(|one| one.path == clause.path);
        let below = self.document.clauses.iter().filter(|one| one.parent == at && at.is_some());
        let rows: Vec<&Paragraph> = below.flat_map(|one| &one.paragraphs).filter(|paragraph| paragraph.table).collect();
        let mut own = clause.paragraphs.iter().peekable();
        while let Some(paragraph) = own.next() {
            paragraphs.push(paragraph.clone());
            let end = own.peek().map_or(usize::MAX, |next| next.line);
            if paragraph.table {
                paragraphs.extend(rows.iter().filter(|row| paragraph.line < row.line && row.line < end).map(|row| (*row).clone()));
            }
        }
        blocks(&paragraphs, |text| self.html(clause, text, explained))
    }

    fn at(&self, term: &Term) -> Option<usize> {
        self.terms().iter().position(|known| std::ptr::eq(known, term))
    }

    /// A text with its links; a reference goes before a word that stands in it.
    fn html(&self, clause: &Clause, text: &str, explained: &mut BTreeSet<usize>) -> Html {
        let mut links: Vec<(Range<usize>, String, &str)> = Vec::new();
        for reference in self.references.find(&clause.path, text) {
            if let Target::Clause(path) = reference.target
                && path != clause.path
            {
                links.push((reference.range, clause_href(&path, self.version), ""));
            }
        }
        for found in self.glossary.uses(text).into_iter().filter(|found| found.term.cite.clause != clause.path) {
            let free = links.iter().all(|(range, ..)| found.range.end <= range.start || range.end <= found.range.start);
            if let Some(at) = self.at(found.term).filter(|_| free)
                && explained.insert(at)
            {
                links.push((found.range, format!("#{}", id(at)), "term"));
            }
        }
        links.sort_by_key(|(range, ..)| range.start);
        linked(text, &links)
    }
}

fn id(at: usize) -> String {
    format!("term-{}", at + 1)
}

/// A text with links in it; links that overlap one before them are left out.
fn linked(text: &str, links: &[(Range<usize>, String, &str)]) -> Html {
    let mut out = Html::default();
    let mut at = 0;
    for (range, href, class) in links {
        let (Some(before), Some(word)) = (text.get(at..range.start), text.get(range.clone())) else { continue };
        let link = if class.is_empty() { Html::link(href, word) } else { Html::link_of(class, href, word) };
        out = out.and(&Html::text(before)).and(&link);
        at = range.end;
    }
    out.and(&Html::text(text.get(at..).unwrap_or_default()))
}

/// The paragraphs of a clause, and its tables from rows with tabs.
pub(crate) fn blocks(paragraphs: &[Paragraph], mut html: impl FnMut(&str) -> Html) -> Vec<Html> {
    let mut blocks: Vec<Html> = Vec::new();
    let mut rest = paragraphs;
    while let Some(first) = rest.first() {
        let rows = rest.iter().take_while(|paragraph| paragraph.table).count();
        let (of, after) = rest.split_at(rows.max(1).min(rest.len()));
        let block = if rows > 0 {
            let cells: Vec<Vec<&str>> = of.iter().map(|row| row.text.split('\t').map(str::trim).collect()).collect();
            table(&cells, &mut html)
        } else {
            Block::Text(html(&first.text))
        };
        blocks.push(Html::of(&BlockPart { block: &block }));
        rest = after;
    }
    blocks
}

/// A table whose rows have equally many cells; its first row is the heading if it looks like one.
fn table(cells: &[Vec<&str>], html: &mut impl FnMut(&str) -> Html) -> Block {
    let wide = cells.iter().map(Vec::len).max().unwrap_or(0);
    let headed = cells.len() > 1 && cells.first().is_some_and(|first| is_heading(first, wide));
    let mut row = |cells: &Vec<&str>| -> Vec<Html> {
        let filled = cells.iter().map(|cell| html(cell));
        let mut row: Vec<Html> = filled.collect();
        row.resize(wide, Html::default());
        row
    };
    let mut rows: Vec<Vec<Html>> = cells.iter().map(&mut row).collect();
    let head = if headed { rows.remove(0) } else { Vec::new() };
    Block::Table { head, rows }
}

/// Whether a row names its columns: a short word in each, and no sentence.
fn is_heading(row: &[&str], wide: usize) -> bool {
    let word = |cell: &&str| !cell.is_empty() && cell.chars().count() <= HEADING_CHARS && !cell.ends_with('。');
    row.len() == wide && wide > 1 && row.iter().all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "架空町の基準\n\n1 用語\n (1) 電磁的記録媒体\n 電磁的記録媒体とは、データを記録する物をいう。\n\n2 持ち出し\n (1) 手続\n 職員等は、電磁的記録媒体を持ち出すときは、3(1)の手続により<課長>の許可を得る。電磁的記録媒体は数える。\n\n3 許可\n (1) 申請\n 職員等は、課長に申請する。\n区分\t保管\n重要な物\t金庫に保管する。\n";

    fn block_of(path: &str) -> (String, BTreeSet<usize>) {
        let (document, _) = policy::tree::parse(TEXT);
        let annotated = Annotated::new(&document, 3);
        let clause = document.clauses.iter().find(|clause| clause.path == path).unwrap();
        let mut explained = BTreeSet::new();
        let blocks = annotated.whole_blocks(clause, &mut explained);
        (blocks.iter().map(ToString::to_string).collect(), explained)
    }

    #[test]
    fn words_and_references_become_links_and_nothing_else_becomes_html() {
        let (html, explained) = block_of("2/(1)");
        assert!(html.contains("<a class=\"term\" href=\"#term-1\">電磁的記録媒体</a>を持ち出す"), "{html}");
        assert!(html.contains("<a href=\"/policy/clauses/3/%281%29?version=3\">3(1)</a>"), "{html}");
        assert!(html.contains("&lt;課長&gt;"), "{html}");
        assert_eq!((html.matches("#term-1").count(), explained.len()), (1, 1));
        // Where a word is explained, it needs no explanation.
        assert!(!block_of("1/(1)").0.contains("#term-"));
    }

    #[test]
    fn a_table_has_a_heading_and_rows_of_one_width() {
        let (html, _) = block_of("3/(1)");
        assert!(html.contains("<thead><tr><th scope=\"col\">区分</th><th scope=\"col\">保管</th></tr></thead>"), "{html}");
        assert!(html.contains("<tr><td>重要な物</td><td>金庫に保管する。</td></tr>"), "{html}");
        let ragged = table(&[vec!["甲", "乙"], vec!["一つ"]], &mut Html::text);
        let html = BlockPart { block: &ragged }.render().unwrap();
        assert!(html.contains("<tr><td>一つ</td><td></td></tr>"), "{html}");
        assert!(!is_heading(&["Ⅰ", "金庫に保管する。"], 2) && !is_heading(&["区分"], 2) && !is_heading(&["", "保管"], 2));
    }

    #[test]
    fn links_that_overlap_are_left_out() {
        let links = [(0..6, "/a".to_owned(), ""), (3..9, "/b".to_owned(), "")];
        assert_eq!(linked("媒体と鍵", &links).to_string(), "<a href=\"/a\">媒体</a>と鍵");
        assert_eq!(linked("媒体", &[(1..2, "/a".to_owned(), "")]).to_string(), "媒体");
    }
}
