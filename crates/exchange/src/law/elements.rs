//! Clauses with ranks → elements in the order of the schema; decides on no rank.

use policy::tree::Paragraph;

use super::{
    node::{DEEPEST, Node, Rank},
    xml::{Element, element},
};

/// The title element of a part.
pub(super) const fn title_name(rank: Rank) -> Option<&'static str> {
    match rank {
        Rank::Part => Some("PartTitle"),
        Rank::Chapter => Some("ChapterTitle"),
        Rank::Section => Some("SectionTitle"),
        Rank::Subsection => Some("SubsectionTitle"),
        _ => None,
    }
}

/// A part or article of the main provision.
pub(super) fn provision(node: &Node) -> Vec<Element> {
    let (Some(title), name) = (title_name(node.rank), part_name(node.rank)) else { return vec![article(node)] };
    let mut inner: Vec<Element> = Vec::new();
    if !node.paragraphs.is_empty() || node.children.is_empty() {
        // A part must hold articles: its own text becomes one without a number.
        inner.push(element("Article").attribute("Num", "0").child(element("ArticleTitle")).children(whole(&node.paragraphs, 1)));
    }
    inner.extend(node.children.iter().flat_map(provision));
    vec![element(name).attribute("Num", &node.number()).child(element(title).text(&node.title())).children(inner)]
}

const fn part_name(rank: Rank) -> &'static str {
    match rank {
        Rank::Part => "Part",
        Rank::Chapter => "Chapter",
        Rank::Section => "Section",
        _ => "Subsection",
    }
}

/// 条: caption, number, and at least one paragraph.
fn article(node: &Node) -> Element {
    let mut article = element("Article").attribute("Num", &node.number());
    if !node.heading.is_empty() {
        // 第1条 carries its caption in brackets, as statutes do; a heading after 1 has none.
        let caption = if node.label.starts_with('第') { format!("（{}）", node.heading) } else { node.heading.clone() };
        article = article.child(element("ArticleCaption").text(&caption));
    }
    article.child(element("ArticleTitle").text(&node.label)).children(provisions_of(node))
}

/// The paragraphs of an article or supplement: its own text, then its 項; items go to the paragraph before them.
fn provisions_of(node: &Node) -> Vec<Element> {
    let mut out = paragraphs(&node.paragraphs, 1);
    let mut items: u32 = 0;
    for child in &node.children {
        if child.rank == Rank::Paragraph {
            out.push(numbered(child));
            items = 0;
            continue;
        }
        items += 1;
        let last = out.pop().unwrap_or_else(empty_paragraph);
        out.push(last.child(item(child, 0, items)));
    }
    if out.is_empty() {
        out.push(empty_paragraph());
    }
    out
}

/// A 項 with its number.
fn numbered(node: &Node) -> Element {
    let number = node.number().parse::<u32>().unwrap_or(1).max(1);
    let mut paragraph = element("Paragraph").attribute("Num", &number.to_string());
    if !node.heading.is_empty() {
        paragraph = paragraph.child(element("ParagraphCaption").text(&node.heading));
    }
    let items = node.children.iter().zip(1..).map(|(child, order)| item(child, 0, order));
    paragraph
        .child(element("ParagraphNum").text(&node.label))
        .child(element("ParagraphSentence").children(sentences(texts(&node.paragraphs))))
        .children(tables(&node.paragraphs))
        .children(items)
}

/// Own text as paragraphs without numbers, one for each; tables belong to the text before them.
pub(super) fn paragraphs(own: &[Paragraph], first: u32) -> Vec<Element> {
    let mut out: Vec<Element> = Vec::new();
    let mut at = 0;
    let mut number = first;
    while let Some(paragraph) = own.get(at) {
        let text = if paragraph.table { "" } else { paragraph.text.as_str() };
        let start = if paragraph.table { at } else { at + 1 };
        let rows = own.get(start..).unwrap_or_default().iter().take_while(|one| one.table).count();
        let table = own.get(start..start + rows).unwrap_or_default();
        out.push(
            element("Paragraph")
                .attribute("Num", &number.to_string())
                .attribute("OldNum", if number == 1 { "false" } else { "true" })
                .child(element("ParagraphNum"))
                .child(element("ParagraphSentence").children(sentences([text])))
                .children(tables(table)),
        );
        number += 1;
        at = start + rows;
    }
    out
}

/// Own text, or an empty paragraph where there is none.
fn whole(own: &[Paragraph], first: u32) -> Vec<Element> {
    let found = paragraphs(own, first);
    if found.is_empty() { vec![empty_paragraph()] } else { found }
}

/// The paragraph that the schema wants where the text has none.
pub(super) fn empty_paragraph() -> Element {
    element("Paragraph")
        .attribute("Num", "1")
        .child(element("ParagraphNum"))
        .child(element("ParagraphSentence").child(element("Sentence").attribute("Num", "1")))
}

/// 号 or one of its divisions: number, heading and text as sentences, what is below it, its tables.
fn item(node: &Node, depth: u8, order: u32) -> Element {
    let name = if depth == 0 { "Item".to_owned() } else { format!("Subitem{depth}") };
    let mut text: Vec<String> = Vec::new();
    text.extend((!node.heading.is_empty()).then(|| node.heading.clone()));
    text.extend(texts(&node.paragraphs).map(str::to_owned));
    let mut all_tables = tables(&node.paragraphs);
    let mut below = Vec::new();
    if depth < DEEPEST {
        below.extend(node.children.iter().zip(1..).map(|(child, order)| item(child, depth + 1, order)));
    } else {
        node.children.iter().for_each(|child| flatten(child, &mut text, &mut all_tables));
    }
    element(&name)
        .attribute("Num", &order.to_string())
        .child(element(&format!("{name}Title")).text(&node.label))
        .child(element(&format!("{name}Sentence")).children(sentences(text.iter().map(String::as_str))))
        .children(below)
        .children(all_tables)
}

/// What lies deeper than the schema reaches, as text.
fn flatten(node: &Node, text: &mut Vec<String>, all_tables: &mut Vec<Element>) {
    text.push(node.title());
    text.extend(texts(&node.paragraphs).map(str::to_owned));
    all_tables.extend(tables(&node.paragraphs));
    node.children.iter().for_each(|child| flatten(child, text, all_tables));
}

fn texts(own: &[Paragraph]) -> impl Iterator<Item = &str> {
    own.iter().filter(|one| !one.table).map(|one| one.text.as_str())
}

/// Sentences with numbers; where one is a ただし書, both sides say which they are. At least one, if empty.
fn sentences<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Element> {
    let mut all: Vec<&str> = texts.into_iter().flat_map(split).collect();
    if all.is_empty() {
        all.push("");
    }
    let proviso = |text: &str| text.trim_start().starts_with("ただし");
    let any = all.iter().any(|text| proviso(text));
    let one = |(text, number): (&&str, u32)| {
        let sentence = element("Sentence").attribute("Num", &number.to_string()).text(text);
        if any { sentence.attribute("Function", if proviso(text) { "proviso" } else { "main" }) } else { sentence }
    };
    all.iter().zip(1..).map(one).collect()
}

/// A text after each 。 outside of brackets.
fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut depth) = (0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '（' | '「' => depth += 1,
            ')' | '）' | '」' => depth = depth.saturating_sub(1),
            '。' if depth == 0 => {
                let end = at + c.len_utf8();
                out.extend(text.get(start..end));
                start = end;
            }
            _ => {}
        }
    }
    out.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    out
}

/// Each run of rows as a table.
fn tables(own: &[Paragraph]) -> Vec<Element> {
    let runs = own.chunk_by(|a, b| a.table && b.table).filter(|run| run.first().is_some_and(|first| first.table));
    runs.map(|run| {
        let row = |paragraph: &Paragraph| {
            let cell = |cell: &str| element("TableColumn").child(element("Sentence").attribute("Num", "1").text(cell));
            element("TableRow").children(paragraph.text.split('\t').map(cell))
        };
        element("TableStruct").child(element("Table").attribute("WritingMode", "horizontal").children(run.iter().map(row)))
    })
    .collect()
}

/// 附則.
pub(super) fn supplement(node: &Node) -> Element {
    let mut inner = Vec::new();
    let (articles, rest): (Vec<Node>, Vec<Node>) = node.children.iter().cloned().partition(|child| child.label.starts_with('第'));
    let own = Node { children: rest, ..node.clone() };
    if !own.paragraphs.is_empty() || !own.children.is_empty() || articles.is_empty() {
        inner.extend(provisions_of(&own));
    }
    inner.extend(articles.iter().map(article));
    element("SupplProvision").child(element("SupplProvisionLabel").text(&node.title())).children(inner)
}

/// 別表, 様式, 用語集 …: its text and what is below it as items, tables between them.
pub(super) fn annex(node: &Node) -> Element {
    let mut inner = Vec::new();
    let mut order = 0;
    for run in node.paragraphs.chunk_by(|a, b| a.table && b.table) {
        let found = tables(run);
        if found.is_empty() {
            order += 1;
            let text = element("ItemSentence").children(sentences(texts(run)));
            inner.push(element("Item").attribute("Num", &order.to_string()).child(text));
        }
        inner.extend(found);
    }
    for child in &node.children {
        order += 1;
        inner.push(item(child, 0, order));
    }
    element("AppdxTable").child(element("AppdxTableTitle").text(&node.title())).children(inner)
}
