//! Paragraph styles of Word: which number and heading level a paragraph has through its style; knows no text.

use std::collections::HashMap;

use crate::xml::{Element, Ns, Token, Xml, XmlError};

/// Styles deeper than this are a circle.
const CHAIN: usize = 30;

/// What a style says about its paragraphs.
#[derive(Debug, Clone, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    list: Option<String>,
    level: Option<usize>,
    outline: Option<usize>,
}

/// What a paragraph has through its style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The list (`numId`), and the style that names it.
    pub(super) list: Option<(String, String)>,
    pub(super) level: Option<usize>,
    /// Heading level from 1.
    pub(super) heading: Option<usize>,
    /// Whether it is an entry of a contents list.
    pub(super) contents: bool,
}

/// All styles of a document.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    /// The style of paragraphs that name none.
    normal: Option<String>,
}

impl Styles {
    /// Reads `styles.xml`.
    pub(super) fn read(&mut self, text: &str) -> Result<(), XmlError> {
        let mut xml = Xml::new(text);
        let mut current: Option<(String, Style)> = None;
        loop {
            match xml.next()? {
                Token::End => return Ok(()),
                Token::Open(element) if element.ns == Ns::Word => match element.name() {
                    "style" => current = self.begin(&element),
                    "pPrChange" | "tblStylePr" | "docDefaults" => xml.skip()?,
                    name => {
                        if let Some((_, style)) = &mut current {
                            set(style, name, &element);
                        }
                    }
                },
                Token::Close(Ns::Word, end) if end.local_name().into_inner() == "style" => {
                    self.styles.extend(current.take());
                }
                _ => {}
            }
        }
    }

    fn begin(&mut self, element: &Element<'_>) -> Option<(String, Style)> {
        let id = element.attribute("styleId")?;
        if element.attribute("type").is_some_and(|kind| kind != "paragraph") {
            return None;
        }
        if element.attribute("default").is_some_and(|on| on == "1" || on == "true") {
            self.normal = Some(id.clone());
        }
        Some((id, Style::default()))
    }

    /// What a style gives its paragraphs, with what it inherits.
    pub(super) fn resolve(&self, id: Option<&str>) -> Resolved {
        let mut resolved = Resolved::default();
        let mut at = id.or(self.normal.as_deref());
        for _ in 0..CHAIN {
            let Some((name, style)) = at.and_then(|id| self.styles.get_key_value(id)) else { break };
            if resolved.list.is_none() {
                resolved.list = style.list.clone().map(|list| (list, name.clone()));
            }
            resolved.level = resolved.level.or(style.level);
            let named = heading_of(&style.name);
            resolved.heading = resolved.heading.or(style.outline.map(|level| level + 1)).or(named);
            resolved.contents |= is_contents(&style.name);
            at = style.based_on.as_deref();
        }
        // Level 10 is body text.
        resolved.heading = resolved.heading.filter(|level| *level <= 9);
        resolved
    }
}

fn set(style: &mut Style, name: &str, element: &Element<'_>) {
    match name {
        "name" => style.name = element.attribute("val").unwrap_or_default().to_lowercase(),
        "basedOn" => style.based_on = element.attribute("val"),
        "numId" => style.list = element.attribute("val"),
        "ilvl" => style.level = element.number("val"),
        "outlineLvl" => style.outline = element.number("val"),
        _ => {}
    }
}

/// The level that the name of a built-in style says.
fn heading_of(name: &str) -> Option<usize> {
    if matches!(name, "title" | "表題") {
        return Some(1);
    }
    let level = name.strip_prefix("heading").or_else(|| name.strip_prefix("見出し"))?;
    level.trim().parse().ok().filter(|level| (1..=9).contains(level))
}

fn is_contents(name: &str) -> bool {
    let level = name.strip_prefix("toc").or_else(|| name.strip_prefix("目次"));
    level.is_some_and(|level| level.trim().parse::<usize>().is_ok())
}
