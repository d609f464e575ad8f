//! The little of CSS that changes what a page says: what is hidden, how lists are counted; no cascade.

use std::collections::HashMap;

use super::tree::{Data, Page};
use crate::count::Count;

/// What styles say about elements, by element, `.class` or `#id`.
#[derive(Default)]
pub(super) struct Styles {
    rules: HashMap<String, Vec<(String, String)>>,
}

/// Rules that are kept.
const RULES: usize = 5_000;

impl Styles {
    /// Reads the `style` elements of a page.
    pub(super) fn of(page: &Page) -> Self {
        let mut styles = Self::default();
        for node in page.nodes.iter().filter(|node| node.name() == "style") {
            for child in &node.children {
                if let Some(Data::Text(text)) = page.node(*child).map(|child| &child.data) {
                    styles.read(text);
                }
            }
        }
        styles
    }

    fn read(&mut self, text: &str) {
        for rule in text.split('}') {
            let Some((selectors, declarations)) = rule.rsplit_once('{') else { continue };
            // What is hidden on paper or small screens is shown on others.
            if selectors.contains('@') || rule.matches('{').count() > 1 {
                continue;
            }
            let wanted: Vec<(String, String)> = declarations_of(declarations).collect();
            if wanted.is_empty() {
                continue;
            }
            let selectors = selectors.rsplit("*/").next().unwrap_or(selectors);
            for selector in selectors.split(',').map(|selector| selector.trim().to_ascii_lowercase()) {
                if self.rules.len() < RULES && !selector.contains([' ', '>', '+', '~', ':', '[']) {
                    self.rules.entry(selector).or_default().extend(wanted.iter().cloned());
                }
            }
        }
    }

    /// The value of a property for an element: its own, or that of a rule.
    pub(super) fn value(&self, node: &super::tree::Node, property: &str) -> Option<String> {
        let own = node.attribute("style").and_then(|style| find(declarations_of(style), property));
        if own.is_some() || self.rules.is_empty() {
            return own;
        }
        let name = node.name();
        let id = node.attribute("id").map(|id| format!("#{}", id.to_ascii_lowercase()));
        let classes = node.attribute("class").unwrap_or("").to_ascii_lowercase();
        let classes = classes.split_whitespace().take(20).flat_map(|class| [format!("{name}.{class}"), format!(".{class}")]);
        let selectors = id.into_iter().chain(classes).chain([name.to_owned()]);
        selectors.into_iter().find_map(|selector| find(self.rules.get(&selector)?.iter().cloned(), property))
    }
}

fn find(mut declarations: impl Iterator<Item = (String, String)>, property: &str) -> Option<String> {
    declarations.find(|(name, _)| name == property).map(|(_, value)| value)
}

/// The declarations that matter here.
fn declarations_of(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim().trim_end_matches("!important").trim().to_ascii_lowercase();
        match name.as_str() {
            "display" | "visibility" | "list-style-type" => Some((name, value)),
            "list-style" => {
                let kind = value.split_whitespace().find(|word| !matches!(*word, "inside" | "outside") && !word.starts_with("url"));
                kind.map(|kind| ("list-style-type".to_owned(), kind.to_owned()))
            }
            _ => None,
        }
    })
}

/// The way of counting that a `list-style-type` or `type` stands for.
pub(super) fn count_of(kind: &str) -> Option<Count> {
    Some(match kind {
        "1" | "decimal" => Count::Decimal,
        "decimal-leading-zero" => Count::Zero,
        "a" | "lower-alpha" | "lower-latin" => Count::LowerLetter,
        "A" | "upper-alpha" | "upper-latin" => Count::UpperLetter,
        "i" | "lower-roman" => Count::LowerRoman,
        "I" | "upper-roman" => Count::UpperRoman,
        "katakana" | "hiragana" => Count::Kana,
        "katakana-iroha" | "hiragana-iroha" => Count::Iroha,
        "cjk-ideographic" | "japanese-informal" | "cjk-decimal" | "trad-chinese-informal" => Count::Kanji,
        "japanese-formal" => Count::Legal,
        "cjk-heavenly-stem" => Count::Stems,
        "cjk-earthly-branch" => Count::Branches,
        "circled-decimal" => Count::Circled,
        "none" => Count::None,
        "disc" | "circle" | "square" => Count::Bullet,
        _ => return None,
    })
}
