//! List and outline styles of OpenDocument and how far each list has counted; knows no text.

use std::collections::HashMap;

use crate::{
    count::{self, Count},
    xml::{Element, Ns, Token, Xml, XmlError},
};

/// Levels of a list.
const LEVELS: usize = 10;

/// A level of a list style.
#[derive(Debug, Clone, Default)]
struct Level {
    count: Count,
    template: String,
    start: usize,
}

/// What a paragraph style says.
#[derive(Debug, Clone, Default)]
struct Paragraph {
    parent: Option<String>,
    outline: Option<usize>,
    /// The list that headings of this style are counted in; empty for none.
    list: Option<String>,
}

/// What stands before a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Label {
    /// A number, written out.
    Number(String),
    /// A mark of a list without numbers.
    Bullet,
    /// Nothing.
    None,
}

/// All styles, and the counts of all lists.
#[derive(Debug, Default)]
pub(super) struct Lists {
    styles: HashMap<String, Vec<Level>>,
    outline: Vec<Level>,
    paragraphs: HashMap<String, Paragraph>,
    /// Last number of each level of each list; the first is the outline.
    counts: Vec<[Option<usize>; LEVELS]>,
    by_id: HashMap<String, usize>,
    /// The list begun last with each style.
    by_style: HashMap<String, usize>,
}

/// Name of the outline where a list refers to it.
const OUTLINE: &str = "Outline";

impl Lists {
    /// Reads the styles of a part.
    pub(super) fn read(&mut self, text: &str) -> Result<(), XmlError> {
        if self.counts.is_empty() {
            self.counts.push([None; LEVELS]);
        }
        let mut xml = Xml::new(text);
        let mut list: Option<String> = None;
        loop {
            match xml.next()? {
                Token::End => return Ok(()),
                Token::Open(element) => match (element.ns, element.name()) {
                    (Ns::Office, "body") => return Ok(()),
                    (Ns::Text, "list-style") => {
                        list = element.attribute("name");
                        list.iter().for_each(|name| self.styles.insert(name.clone(), Vec::new()).map_or((), drop));
                    }
                    (Ns::Text, "outline-style") => {
                        list = None;
                        self.outline.clear();
                    }
                    (
                        Ns::Text,
                        "list-level-style-number" | "list-level-style-bullet" | "list-level-style-image" | "outline-level-style",
                    ) => {
                        self.level(list.as_deref(), &element);
                    }
                    (Ns::Style, "style") => self.paragraph(&element),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn level(&mut self, list: Option<&str>, element: &Element<'_>) {
        let Some(at) = element.number("level").and_then(|level| level.checked_sub(1)).filter(|at| *at < LEVELS) else { return };
        let levels = match list {
            Some(name) => match self.styles.get_mut(name) {
                Some(levels) => levels,
                None => return,
            },
            None => &mut self.outline,
        };
        while levels.len() <= at {
            levels.push(Level { count: Count::None, start: 1, ..Level::default() });
        }
        if let Some(place) = levels.get_mut(at) {
            *place = level(element, at);
        }
    }

    fn paragraph(&mut self, element: &Element<'_>) {
        if element.attribute("family").is_none_or(|family| family != "paragraph") {
            return;
        }
        let Some(name) = element.attribute("name") else { return };
        let style = Paragraph {
            parent: element.attribute("parent-style-name"),
            outline: element.number("default-outline-level").filter(|level| *level > 0),
            list: element.attribute("list-style-name"),
        };
        self.paragraphs.insert(name, style);
    }

    /// Heading level that a paragraph has through its style.
    pub(super) fn heading(&self, style: Option<&str>) -> Option<usize> {
        let mut at = style;
        for _ in 0..30 {
            let name = at?;
            if name == "Title" {
                return Some(1);
            }
            let found = self.paragraphs.get(name)?;
            if found.outline.is_some() {
                return found.outline;
            }
            at = found.parent.as_deref();
        }
        None
    }

    /// Begins a list that stands in no other; returns its index among the counts.
    pub(super) fn begin(&mut self, element: &Element<'_>, style: &str) -> usize {
        let goes_on = element.attribute("continue-numbering").is_some_and(|on| on == "true");
        let before = match element.attribute("continue-list") {
            Some(id) => self.by_id.get(&id).copied(),
            None if style == OUTLINE => Some(0),
            None => self.by_style.get(style).copied().filter(|_| goes_on),
        };
        let index = before.unwrap_or_else(|| {
            self.counts.push([None; LEVELS]);
            self.counts.len() - 1
        });
        if let Some(id) = element.attribute("id") {
            self.by_id.insert(id, index);
        }
        self.by_style.insert(style.to_owned(), index);
        index
    }

    /// Counts a paragraph at a level from 0 of a list; `start` begins anew.
    pub(super) fn next(&mut self, style: &str, index: usize, at: usize, start: Option<usize>) -> Label {
        let levels = if style == OUTLINE { &self.outline } else { self.styles.get(style).unwrap_or(&self.outline) };
        if style != OUTLINE && !self.styles.contains_key(style) {
            return Label::Bullet;
        }
        let at = at.min(LEVELS - 1);
        let (Some(level), Some(counts)) = (levels.get(at), self.counts.get_mut(index)) else { return Label::None };
        for count in counts.iter_mut().skip(at + 1) {
            *count = None;
        }
        if let Some(here) = counts.get_mut(at) {
            *here = Some(start.unwrap_or_else(|| here.map_or(level.start, |last| last.saturating_add(1))));
        }
        if level.count == Count::Bullet {
            return Label::Bullet;
        }
        let numbers = levels.iter().zip(counts.iter()).map(|(level, count)| (level.count, count.unwrap_or(level.start)));
        let text = count::fill(&level.template, &numbers.collect::<Vec<_>>());
        if text.trim().is_empty() { Label::None } else { Label::Number(text) }
    }

    /// Counts a heading that stands in no list.
    pub(super) fn next_heading(&mut self, style: Option<&str>, level: usize, start: Option<usize>) -> Label {
        let own = style.and_then(|name| self.paragraphs.get(name)).and_then(|paragraph| paragraph.list.as_deref());
        if own == Some("") {
            return Label::None;
        }
        self.next(OUTLINE, 0, level.saturating_sub(1), start)
    }
}

fn level(element: &Element<'_>, at: usize) -> Level {
    let start = element.number("start-value").unwrap_or(1);
    if element.name() == "list-level-style-bullet" || element.name() == "list-level-style-image" {
        return Level { count: Count::Bullet, template: String::new(), start };
    }
    let format = element.attribute("num-format").unwrap_or_default();
    let count = count_of(&format);
    let template = element.attribute("num-list-format").unwrap_or_else(|| {
        let shown = element.number("display-levels").unwrap_or(1).clamp(1, at + 1);
        let numbers: Vec<String> = (at + 2 - shown..=at + 1).map(|n| format!("%{n}")).collect();
        let affix = |name| element.attribute(name).unwrap_or_default();
        format!("{}{}{}", affix("num-prefix"), numbers.join("."), affix("num-suffix"))
    });
    // LibreOffice closes the number of a level with `%`: %1%.
    let template = (1..=LEVELS).fold(template, |text, n| text.replace(&format!("%{n}%"), &format!("%{n}")));
    Level { count, template: if count == Count::None { String::new() } else { template }, start }
}

/// The way of counting that a format of OpenDocument stands for.
fn count_of(format: &str) -> Count {
    match format {
        "" => Count::None,
        "i" => Count::LowerRoman,
        "I" => Count::UpperRoman,
        "a" => Count::LowerLetter,
        "A" => Count::UpperLetter,
        _ => match format.chars().next() {
            Some('１') => Count::FullWidth,
            Some('①') => Count::Circled,
            Some('⑴') => Count::Parenthesised,
            Some('ア' | 'ｱ') => Count::Kana,
            Some('イ' | 'ｲ') => Count::Iroha,
            Some('一') => Count::Kanji,
            Some('壱' | '壹') => Count::Legal,
            Some('甲') => Count::Stems,
            Some('子') => Count::Branches,
            _ => Count::Decimal,
        },
    }
}
