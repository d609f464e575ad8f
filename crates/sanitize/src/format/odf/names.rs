//! Which elements and attributes are kept.

use std::{collections::HashSet, sync::OnceLock};

/// Namespaces with the prefix under which they are written.
pub(super) const NAMESPACES: [(&str, &str); 34] = [
    ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
    ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
    ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
    ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
    ("draw", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"),
    ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
    ("number", "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
    ("presentation", "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"),
    ("svg", "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"),
    ("chart", "urn:oasis:names:tc:opendocument:xmlns:chart:1.0"),
    ("dr3d", "urn:oasis:names:tc:opendocument:xmlns:dr3d:1.0"),
    ("math", "http://www.w3.org/1998/Math/MathML"),
    ("form", "urn:oasis:names:tc:opendocument:xmlns:form:1.0"),
    ("script", "urn:oasis:names:tc:opendocument:xmlns:script:1.0"),
    ("config", "urn:oasis:names:tc:opendocument:xmlns:config:1.0"),
    ("anim", "urn:oasis:names:tc:opendocument:xmlns:animation:1.0"),
    ("smil", "urn:oasis:names:tc:opendocument:xmlns:smil-compatible:1.0"),
    ("of", "urn:oasis:names:tc:opendocument:xmlns:of:1.2"),
    ("ooo", "http://openoffice.org/2004/office"),
    ("ooow", "http://openoffice.org/2004/writer"),
    ("oooc", "http://openoffice.org/2004/calc"),
    ("officeooo", "http://openoffice.org/2009/office"),
    ("tableooo", "http://openoffice.org/2009/table"),
    ("drawooo", "http://openoffice.org/2010/draw"),
    ("chartooo", "http://openoffice.org/2010/chart"),
    ("css3t", "http://www.w3.org/TR/css3-text/"),
    ("msoxl", "http://schemas.microsoft.com/office/excel/formula"),
    ("loext", "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"),
    ("calcext", "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"),
    ("field", "urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"),
    ("xforms", "http://www.w3.org/2002/xforms"),
];

/// Namespaces that grow with every version of LibreOffice: their attributes only add to what is shown.
const GROWING: [&str; 7] = ["loext", "calcext", "officeooo", "tableooo", "drawooo", "chartooo", "css3t"];

/// The canonical prefix of a namespace; `-` for none, nothing for unknown ones.
pub(super) fn prefix(uri: &str) -> Option<&'static str> {
    match uri {
        "" => Some("-"),
        "http://www.w3.org/XML/1998/namespace" => Some("xml"),
        uri => NAMESPACES.iter().find(|(_, known)| *known == uri).map(|(prefix, _)| *prefix),
    }
}

struct Names {
    elements: HashSet<(&'static str, &'static str)>,
    attributes: HashSet<(&'static str, &'static str)>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = Names { elements: HashSet::new(), attributes: HashSet::new() };
        for line in include_str!("names.txt").lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (Some(what), Some(prefix)) = (words.next(), words.next()) else { continue };
            let set = if what == "e" { &mut names.elements } else { &mut names.attributes };
            set.extend(words.map(|name| (prefix, name)));
        }
        names
    })
}

/// Whether an element is kept.
pub(super) fn element(prefix: &'static str, local: &str) -> bool {
    // The lifetime of the key is shorter than that of the set's.
    names().elements.contains(&(prefix, local))
}

/// Whether an attribute is kept.
pub(super) fn attribute(prefix: &'static str, local: &str) -> bool {
    let grown = || {
        let plain = local.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit());
        GROWING.contains(&prefix)
            && local.len() <= 40
            && plain
            && !local.contains("href")
            && !local.contains("event")
            && !local.contains("macro")
    };
    names().attributes.contains(&(prefix, local)) || grown()
}

/// Whether an attribute of a later version of the standard may be kept although it is not known: it can only set
/// a length, a number or a choice of the look.
pub(super) fn tame(prefix: &str, local: &str, value: &str) -> bool {
    const LOOKS: [&str; 13] =
        ["style", "fo", "text", "table", "draw", "number", "chart", "presentation", "svg", "dr3d", "smil", "anim", "form"];
    const NEVER: [&str; 9] = ["href", "event", "macro", "script", "dde", "command", "source", "target", "database"];
    LOOKS.contains(&prefix)
        && local.len() <= 40
        && local.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && !NEVER.iter().any(|word| local.contains(word))
        && value.len() <= 24
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'%' | b'#' | b'+' | b'-'))
}
