//! Properties of the document: title, author, dates, counts. Plain values of known names, nothing else.

use crate::{
    Danger, Hold,
    job::Job,
    xml::{self, Node, Tree, Writer},
};

/// Which of the three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Core,
    App,
    Custom,
}

const CORE: &str = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const TERMS: &str = "http://purl.org/dc/terms/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const APP: &str = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties";
const CUSTOM: &str = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties";
const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes";

impl Which {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Core => "docProps/core.xml",
            Self::App => "docProps/app.xml",
            Self::Custom => "docProps/custom.xml",
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Core => "application/vnd.openxmlformats-package.core-properties+xml",
            Self::App => "application/vnd.openxmlformats-officedocument.extended-properties+xml",
            Self::Custom => "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        }
    }

    pub(super) fn relation(self, strict: bool) -> String {
        let base = if strict {
            "http://purl.oclc.org/ooxml/officeDocument/relationships/"
        } else {
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
        };
        match self {
            Self::Core => "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties".to_owned(),
            Self::App => format!("{base}{}", if strict { "extendedProperties" } else { "extended-properties" }),
            Self::Custom => format!("{base}{}", if strict { "customProperties" } else { "custom-properties" }),
        }
    }
}

/// Writes the part anew; none if it is empty or not what it should be.
pub(super) fn rebuild(job: &mut Job<'_>, which: Which, place: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Hold> {
    let text = xml::decode(bytes).map_err(|hold| hold.at(place))?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let tree = Tree::parse(&text, &job.policy.limits).map_err(|hold| hold.at(place))?;
    let mut out = Writer::new();
    let left = match which {
        Which::Core => core(&tree, &mut out),
        Which::App => app(&tree, &mut out),
        Which::Custom => custom(&tree, &mut out),
    };
    job.removed(Danger::Metadata, place, left);
    Ok(Some(out.finish().into_bytes()))
}

fn core(tree: &Tree<'_>, out: &mut Writer) -> u64 {
    const PLAIN: [(&str, &str, &str); 14] = [
        (CORE, "cp", "category"),
        (CORE, "cp", "contentStatus"),
        (CORE, "cp", "contentType"),
        (CORE, "cp", "keywords"),
        (CORE, "cp", "lastModifiedBy"),
        (CORE, "cp", "lastPrinted"),
        (CORE, "cp", "revision"),
        (CORE, "cp", "version"),
        (DC, "dc", "creator"),
        (DC, "dc", "description"),
        (DC, "dc", "identifier"),
        (DC, "dc", "language"),
        (DC, "dc", "subject"),
        (DC, "dc", "title"),
    ];
    out.start("cp", "coreProperties");
    out.declare("cp", CORE);
    out.declare("dc", DC);
    out.declare("dcterms", TERMS);
    out.declare("xsi", XSI);
    let (mut seen, mut left) = (Vec::new(), 0);
    for node in tree.elements(tree.root()) {
        let plain = PLAIN.iter().find(|(uri, _, local)| tree.is(node, uri, local));
        let local = tree.local(node);
        let date = ["created", "modified"].into_iter().find(|name| tree.is(node, TERMS, name));
        let value = tree.text_of(node);
        if seen.contains(&local) || value.len() > 32_768 {
            left += 1;
        } else if let Some((_, prefix, local)) = plain {
            if *local == "lastPrinted" && !is_date(value.trim()) || *local == "revision" && !is_number(value.trim()) {
                left += u64::from(!value.trim().is_empty());
                continue;
            }
            out.leaf(prefix, local, &value);
        } else if let Some(name) = date {
            if !is_date(value.trim()) {
                left += 1;
                continue;
            }
            out.start("dcterms", name);
            out.attribute("xsi", "type", "dcterms:W3CDTF");
            out.text(value.trim());
            out.end();
        } else {
            left += 1;
        }
        seen.push(local);
    }
    left
}

fn is_date(value: &str) -> bool {
    value.len() >= 4
        && value.len() <= 40
        && value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z' | b'.' | b'+'))
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    !digits.is_empty() && digits.len() <= 10 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn app(tree: &Tree<'_>, out: &mut Writer) -> u64 {
    const NUMBERS: [&str; 12] = [
        "TotalTime",
        "Pages",
        "Words",
        "Characters",
        "Lines",
        "Paragraphs",
        "Slides",
        "Notes",
        "HiddenSlides",
        "MMClips",
        "CharactersWithSpaces",
        "DocSecurity",
    ];
    const TEXTS: [&str; 4] = ["Application", "PresentationFormat", "Manager", "Company"];
    const FLAGS: [&str; 4] = ["ScaleCrop", "LinksUpToDate", "SharedDoc", "HyperlinksChanged"];
    out.start("", "Properties");
    out.declare("", APP);
    let (mut seen, mut left) = (Vec::new(), 0);
    for node in tree.elements(tree.root()) {
        let local = tree.local(node);
        let value = tree.text_of(node);
        let value = value.trim();
        let good = !seen.contains(&local)
            && (NUMBERS.contains(&local) && is_number(value)
                || TEXTS.contains(&local) && value.len() <= 1_024
                || FLAGS.contains(&local) && matches!(value, "true" | "false" | "0" | "1")
                || local == "AppVersion" && value.len() <= 16 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                || local == "Template" && value.len() <= 256 && !value.contains(['\\', '/', ':']));
        match local {
            _ if good => {
                out.leaf("", local, value);
                seen.push(local);
            }
            // Lists of sheets and fonts, which programs make anew.
            "HeadingPairs" | "TitlesOfParts" => {}
            _ if value.is_empty() => {}
            _ => left += 1,
        }
    }
    left
}

fn custom(tree: &Tree<'_>, out: &mut Writer) -> u64 {
    const KINDS: [&str; 18] = [
        "lpwstr", "lpstr", "bstr", "i1", "i2", "i4", "i8", "int", "ui1", "ui2", "ui4", "ui8", "uint", "r4", "r8", "decimal", "bool",
        "filetime",
    ];
    out.start("", "Properties");
    out.declare("", CUSTOM);
    out.declare("vt", TYPES);
    let (mut pid, mut left) = (2, 0);
    for node in tree.elements(tree.root()) {
        let value: Option<Node> = tree.elements(node).next();
        let kind = value.map_or("", |value| tree.local(value));
        let name = tree.attribute(node, "", "name").unwrap_or_default();
        let text = value.map(|value| tree.text_of(value)).unwrap_or_default();
        let kinds = KINDS.contains(&kind) || kind == "date";
        let plain = matches!(kind, "lpwstr" | "lpstr" | "bstr");
        let good = plain && text.len() <= 32_768 || !plain && text.len() <= 40 && text.is_ascii();
        if tree.local(node) != "property"
            || !kinds
            || !good
            || name.is_empty()
            || name.len() > 1_024
            || name.eq_ignore_ascii_case("_PID_HLINKS")
        {
            left += 1;
            continue;
        }
        out.start("", "property");
        out.attribute("", "fmtid", "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}");
        out.attribute("", "pid", &pid.to_string());
        out.attribute("", "name", name);
        out.leaf("vt", kind, &text);
        out.end();
        pid += 1;
    }
    left
}
