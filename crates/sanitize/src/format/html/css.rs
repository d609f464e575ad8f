//! Style sheets: declarations that only change the look, with nothing that is fetched or run.

/// What is kept, and how much is not.
#[derive(Default)]
pub(super) struct Css {
    pub(super) text: String,
    /// Addresses that would have been fetched.
    pub(super) remote: u64,
    /// Code.
    pub(super) script: u64,
    /// Embedded fonts.
    pub(super) fonts: u64,
    /// What is not known.
    pub(super) unknown: u64,
}

/// Properties that are kept, by their beginning (`-`) or whole.
const PROPERTIES: [&str; 72] = [
    "align-",
    "background",
    "background-color",
    "background-position",
    "background-repeat",
    "background-size",
    "border",
    "border-",
    "bottom",
    "box-shadow",
    "box-sizing",
    "break-",
    "caption-side",
    "clear",
    "clip",
    "color",
    "column-",
    "columns",
    "content",
    "counter-",
    "direction",
    "display",
    "empty-cells",
    "flex",
    "flex-",
    "float",
    "font",
    "font-",
    "gap",
    "grid",
    "grid-",
    "height",
    "hyphens",
    "justify-",
    "left",
    "letter-spacing",
    "line-break",
    "line-height",
    "list-style",
    "list-style-",
    "margin",
    "margin-",
    "max-",
    "min-",
    "object-fit",
    "opacity",
    "order",
    "orphans",
    "outline",
    "outline-",
    "overflow",
    "overflow-",
    "padding",
    "padding-",
    "page-break-",
    "position",
    "quotes",
    "right",
    "row-gap",
    "ruby-",
    "tab-size",
    "table-layout",
    "text-",
    "top",
    "transform",
    "vertical-align",
    "visibility",
    "white-space",
    "widows",
    "width",
    "word-",
    "writing-mode",
];
const MORE: [&str; 3] = ["z-index", "background-image", "zoom"];

/// Functions that values may call.
const FUNCTIONS: [&str; 20] = [
    "rgb",
    "rgba",
    "hsl",
    "hsla",
    "calc",
    "min",
    "max",
    "clamp",
    "minmax",
    "repeat",
    "rotate",
    "scale",
    "translate",
    "translatex",
    "translatey",
    "linear-gradient",
    "radial-gradient",
    "counter",
    "rect",
    "fit-content",
];

/// Declarations of one element or rule, cleaned.
pub(super) fn declarations(style: &str, css: &mut Css) -> String {
    let style = without_comments(style);
    let mut out = String::new();
    for declaration in split(&style, ';') {
        let declaration = declaration.trim();
        if declaration.is_empty() {
            continue;
        }
        let Some((name, value)) = declaration.split_once(':') else {
            css.unknown += 1;
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" "));
        let lower = value.to_ascii_lowercase();
        if ["expression", "javascript", "vbscript", "behavior", "-moz-binding"]
            .iter()
            .any(|mark| lower.contains(mark) || name.contains(mark))
        {
            css.script += 1;
        } else if ["url(", "image(", "src(", "image-set(", "@import", "//"].iter().any(|mark| lower.contains(mark)) {
            css.remote += 1;
        } else if !known(&name) || !plain(&lower) {
            css.unknown += 1;
        } else {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(&name);
            out.push(':');
            out.push_str(&value);
        }
    }
    out
}

fn known(name: &str) -> bool {
    let listed = |known: &str| if known.ends_with('-') { name.starts_with(known) } else { name == known };
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit())
        && name != "text-indent-hanging"
        && (PROPERTIES.iter().any(|known| listed(known)) || MORE.contains(&name))
}

/// Whether a value holds only plain characters and known functions, and all that opens closes.
fn plain(value: &str) -> bool {
    let mut quote: Option<char> = None;
    let mut open = 0_usize;
    let mut word = String::new();
    for c in value.chars() {
        if matches!(c, '\\' | '<' | '>' | '{' | '}' | '@' | ';' | '`') || c.is_control() {
            return false;
        }
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' => {
                    if !FUNCTIONS.contains(&word.as_str()) && !word.is_empty() {
                        return false;
                    }
                    open += 1;
                }
                ')' => match open.checked_sub(1) {
                    Some(less) => open = less,
                    None => return false,
                },
                _ => {}
            },
        }
        if quote.is_none() && (c.is_ascii_alphanumeric() || c == '-') { word.push(c) } else { word.clear() }
    }
    quote.is_none() && open == 0 && value.len() <= 2_000
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Pieces between separators outside of quotes and brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut quote, mut open, mut start) = (None, 0_i32, 0);
    for (at, c) in text.char_indices() {
        match quote {
            Some(end) => {
                if c == end {
                    quote = None;
                }
            }
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' => open += 1,
                ')' => open -= 1,
                c if c == separator && open <= 0 => {
                    pieces.push(text.get(start..at).unwrap_or_default());
                    start = at + c.len_utf8();
                }
                _ => {}
            },
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}

/// A style sheet, cleaned.
pub(super) fn sheet(text: &str) -> Css {
    let mut css = Css::default();
    let text = without_comments(text).replace("<!--", " ").replace("-->", " ");
    let mut out = String::new();
    rules(&text, &mut css, &mut out, 0);
    css.text = out;
    css
}

fn rules(text: &str, css: &mut Css, out: &mut String, depth: u8) {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if rest.starts_with('@') {
            let end = rest.find([';', '{']).unwrap_or(rest.len());
            let (head, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let name: String = head.chars().skip(1).take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
            let Some(block) = after.strip_prefix('{') else {
                // @import, @charset, @namespace.
                if name != "charset" {
                    css.remote += 1;
                }
                rest = after.get(1..).unwrap_or_default().trim_start();
                continue;
            };
            let (inner, after) = balanced(block);
            rest = after.trim_start();
            let condition = head.split_whitespace().collect::<Vec<_>>().join(" ");
            let good = condition.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | ' ' | '(' | ')' | ':' | '-' | '.' | ','));
            match name.as_str() {
                "media" if depth == 0 && good => {
                    let mut within = String::new();
                    rules(inner, css, &mut within, 1);
                    if !within.is_empty() {
                        out.push_str(&format!("{condition}{{\n{within}}}\n"));
                    }
                }
                "font" => css.fonts += 1,
                _ => css.unknown += 1,
            }
            continue;
        }
        let Some((selector, after)) = rest.split_once('{') else {
            css.unknown += 1;
            return;
        };
        let (body, after) = balanced(after);
        rest = after.trim_start();
        let selector = selector.split_whitespace().collect::<Vec<_>>().join(" ");
        let good = selector.chars().all(|c| c.is_alphanumeric() || " .#,>+~:*-_()[]=\"'^$|".contains(c)) && plain_selector(&selector);
        let body = declarations(body, css);
        if !good || body.contains(['{', '}']) {
            css.unknown += 1;
        } else if !body.is_empty() {
            out.push_str(&format!("{selector}{{{body}}}\n"));
        }
    }
}

fn plain_selector(selector: &str) -> bool {
    !selector.is_empty()
        && selector.len() <= 2_000
        && selector.matches('"').count().is_multiple_of(2)
        && selector.matches('\'').count().is_multiple_of(2)
}

/// What stands in braces, and what follows.
fn balanced(text: &str) -> (&str, &str) {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_look_is_kept() {
        let mut css = Css::default();
        let kept = declarations(
            "color: red; background:url(http://a); width:expression(1); -moz-binding:x; font-family:'A B' ,\"ＭＳ 明朝\"; top:c\\alc(1)",
            &mut css,
        );
        assert_eq!(kept, "color:red;font-family:'A B' ,\"ＭＳ 明朝\"");
        assert_eq!((css.remote, css.script, css.unknown), (1, 2, 1));
    }

    #[test]
    fn sheets_come_to_rest() {
        let css = sheet(
            "@import 'a.css'; <!-- p.x > a , b{color:red;behavior:url(x)} @media print { b { margin : 0 } } @font-face{src:url(a)} /* c */ i{}-->",
        );
        assert_eq!(css.text, "p.x > a , b{color:red}\n@media print{\nb{margin:0}\n}\n");
        assert_eq!((css.remote, css.script, css.fonts), (1, 1, 1));
        assert_eq!(sheet(&css.text).text, css.text);
    }
}
