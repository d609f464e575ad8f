//! What of a page is seen: styles that hide, colours of letters and ground.

use super::tree::{Data, Node, Page};

/// A colour; none where it cannot be told.
pub(super) type Colour = Option<[u8; 3]>;

/// Colours that hold at a place.
#[derive(Clone, Copy)]
pub(super) struct Colours {
    letters: Colour,
    ground: Colour,
}

impl Default for Colours {
    fn default() -> Self {
        Self { letters: Some([0; 3]), ground: Some([255; 3]) }
    }
}

impl Colours {
    /// Whether letters cannot be told from the ground.
    pub(super) fn hide(self) -> bool {
        match (self.letters, self.ground) {
            (Some(letters), Some(ground)) => letters.iter().zip(ground).all(|(a, b)| a.abs_diff(b) < 8),
            _ => false,
        }
    }
}

/// Rules of style sheets that hide something: one simple selector each.
pub(super) struct Sheet {
    rules: Vec<(String, String)>,
}

impl Sheet {
    /// The rules of a page.
    pub(super) fn of(page: &Page) -> Self {
        let mut rules = Vec::new();
        for (at, node) in page.nodes.iter().enumerate() {
            if node.name() == "style" {
                read(&page.text_of(at), &mut rules);
            }
        }
        Self { rules }
    }

    /// All declarations that hold for an element, its own last.
    fn declarations<'s>(&'s self, node: &'s Node) -> impl Iterator<Item = (String, String)> + 's {
        let own = node.attribute("style").unwrap_or_default();
        let matching = self.rules.iter().filter(|(selector, _)| matches(selector, node)).map(|(_, body)| body.as_str());
        matching.chain([own]).flat_map(declarations)
    }

    /// Whether an element and all below is not shown; also hands on the colours.
    pub(super) fn look(&self, node: &Node, colours: &mut Colours) -> bool {
        let Data::Element { .. } = node.data else { return false };
        let mut hidden = node.attribute("hidden").is_some();
        let (mut flat, mut clipped) = (false, false);
        if let Some(value) = node.attribute("bgcolor") {
            colours.ground = colour(value);
        }
        if node.attribute("background").is_some() {
            colours.ground = None;
        }
        if node.name() == "font"
            && let Some(value) = node.attribute("color")
        {
            colours.letters = colour(value);
        }
        for (name, value) in self.declarations(node) {
            match name.as_str() {
                "display" => hidden = value == "none",
                "visibility" => hidden |= matches!(value.as_str(), "hidden" | "collapse"),
                "mso-hide" => hidden |= value == "all",
                "opacity" => hidden |= number(&value).is_some_and(|n| n < 0.1),
                "font-size" => hidden |= number(&value).is_some_and(|n| n <= 1.0) && !value.contains("em") && !value.ends_with('%'),
                "max-height" | "height" | "max-width" | "width" => flat |= number(&value) == Some(0.0),
                "overflow" => clipped |= value == "hidden",
                "text-indent" | "left" | "top" | "margin-left" | "margin-top" => hidden |= number(&value).is_some_and(|n| n <= -900.0),
                "color" => {
                    if matches!(value.as_str(), "transparent")
                        || value.starts_with("rgba") && value.trim_end_matches([')', ' ']).ends_with(",0")
                    {
                        hidden = true;
                    } else if value != "inherit" {
                        colours.letters = colour(&value);
                    }
                }
                "background" | "background-color" if !matches!(value.as_str(), "inherit" | "transparent" | "none" | "initial") => {
                    colours.ground = value.split_whitespace().find_map(colour);
                }
                "background-image" if value != "none" => colours.ground = None,
                _ => {}
            }
        }
        hidden || flat && clipped
    }
}

/// Rules with simple selectors; what stands in braces within braces (media queries) is passed over.
fn read(text: &str, rules: &mut Vec<(String, String)>) {
    let mut rest = text;
    while let Some((selectors, after)) = rest.split_once('{') {
        if selectors.trim_start().starts_with('@') {
            let mut depth = 1_usize;
            let end = after.char_indices().find(|(_, c)| {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            rest = end.and_then(|(end, _)| after.get(end + 1..)).unwrap_or_default();
            continue;
        }
        let (body, after) = after.split_once('}').unwrap_or((after, ""));
        for selector in selectors.split(',') {
            let selector = selector.trim().trim_start_matches("<!--").trim().to_ascii_lowercase();
            let simple = !selector.is_empty() && selector.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '#' | '-' | '_'));
            if simple && rules.len() < 2_000 {
                rules.push((selector, body.to_owned()));
            }
        }
        rest = after;
    }
}

fn matches(selector: &str, node: &Node) -> bool {
    let class = |wanted: &str| {
        node.attribute("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|own| own.eq_ignore_ascii_case(wanted)))
    };
    if let Some((element, wanted)) = selector.split_once('.') {
        return (element.is_empty() || element == node.name()) && wanted.split('.').all(class);
    }
    if let Some((element, wanted)) = selector.split_once('#') {
        return (element.is_empty() || element == node.name()) && node.attribute("id").is_some_and(|own| own.eq_ignore_ascii_case(wanted));
    }
    selector == node.name()
}

/// `name: value` pairs in lower case, without `!important`.
pub(super) fn declarations(style: &str) -> impl Iterator<Item = (String, String)> + '_ {
    style.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let value = value.trim().to_ascii_lowercase();
        let value = value.trim_end_matches("!important").trim_end().to_owned();
        Some((name.trim().to_ascii_lowercase(), value))
    })
}

/// The number at the beginning of a value.
fn number(value: &str) -> Option<f32> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

/// A colour by number or by one of the names that mails use.
fn colour(value: &str) -> Colour {
    let value = value.trim().to_ascii_lowercase();
    if let Some(inner) = value.strip_prefix("rgb(").or_else(|| value.strip_prefix("rgba(")) {
        let mut parts = inner.split([',', ' ', ')']).filter_map(|part| part.trim().parse::<u8>().ok());
        return Some([parts.next()?, parts.next()?, parts.next()?]);
    }
    let hex = value.strip_prefix('#').unwrap_or(&value);
    if hex.is_ascii() && hex.chars().all(|c| c.is_ascii_hexdigit()) {
        let digit = |at: usize, length: usize| u8::from_str_radix(hex.get(at..at + length)?, 16).ok();
        return match hex.len() {
            6 => Some([digit(0, 2)?, digit(2, 2)?, digit(4, 2)?]),
            3 => Some([digit(0, 1)? * 17, digit(1, 1)? * 17, digit(2, 1)? * 17]),
            _ => None,
        };
    }
    Some(match value.as_str() {
        "white" => [255; 3],
        "black" => [0; 3],
        "red" => [255, 0, 0],
        "blue" => [0, 0, 255],
        "green" => [0, 128, 0],
        "yellow" => [255, 255, 0],
        "gray" | "grey" => [128; 3],
        "silver" => [192; 3],
        "whitesmoke" => [245; 3],
        _ => return None,
    })
}
