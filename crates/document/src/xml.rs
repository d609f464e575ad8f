//! XML as a stream of elements and text, their namespaces known; no document type, no entities, no tree.

use std::borrow::Cow;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesEnd, BytesStart, Event},
};

use crate::limits;

/// The vocabularies that office documents are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ns {
    /// WordprocessingML, transitional or strict.
    Word,
    /// Markup compatibility: AlternateContent.
    Compatibility,
    /// DrawingML pictures, charts, diagrams.
    Drawing,
    /// VML.
    Vml,
    /// Formulas.
    Math,
    /// Package relationships and content types.
    Package,
    /// OpenDocument: office.
    Office,
    /// OpenDocument: text.
    Text,
    /// OpenDocument: table.
    Table,
    /// OpenDocument: style.
    Style,
    /// OpenDocument: draw.
    Draw,
    /// Anything else.
    Other,
}

const NAMES: &[(&str, Ns)] = &[
    ("http://schemas.openxmlformats.org/wordprocessingml/2006/main", Ns::Word),
    ("http://purl.oclc.org/ooxml/wordprocessingml/main", Ns::Word),
    ("http://schemas.openxmlformats.org/markup-compatibility/2006", Ns::Compatibility),
    ("http://schemas.openxmlformats.org/drawingml/2006/", Ns::Drawing),
    ("http://purl.oclc.org/ooxml/drawingml/", Ns::Drawing),
    ("http://schemas.microsoft.com/office/drawing/", Ns::Drawing),
    ("urn:schemas-microsoft-com:vml", Ns::Vml),
    ("urn:schemas-microsoft-com:office:office", Ns::Vml),
    ("http://schemas.openxmlformats.org/officeDocument/2006/math", Ns::Math),
    ("http://purl.oclc.org/ooxml/officeDocument/math", Ns::Math),
    ("http://schemas.openxmlformats.org/package/2006/", Ns::Package),
    ("urn:oasis:names:tc:opendocument:xmlns:office:", Ns::Office),
    ("urn:oasis:names:tc:opendocument:xmlns:text:", Ns::Text),
    ("urn:oasis:names:tc:opendocument:xmlns:table:", Ns::Table),
    ("urn:oasis:names:tc:opendocument:xmlns:style:", Ns::Style),
    ("urn:oasis:names:tc:opendocument:xmlns:drawing:", Ns::Draw),
];

fn namespace(uri: &str) -> Ns {
    NAMES.iter().find(|(name, _)| uri.starts_with(name)).map_or(Ns::Other, |(_, ns)| *ns)
}

/// Why reading stops before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum XmlError {
    /// Not well-formed from here on.
    Broken,
    /// A document type: entities could swell without limit or name other files.
    DocumentType,
    /// Deeper than [`limits::DEPTH`], or more namespaces than [`limits::NAMESPACES`].
    TooDeep,
}

impl XmlError {
    /// What happened, for a clerk.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Broken => "途中から壊れています",
            Self::DocumentType => "文書型宣言（DTD）があるため、安全のため読み取りません",
            Self::TooDeep => "入れ子が深すぎます",
        }
    }
}

/// An opening tag.
pub(crate) struct Element<'x> {
    pub(crate) ns: Ns,
    start: BytesStart<'x>,
}

impl Element<'_> {
    /// Name without prefix.
    pub(crate) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// Value of the attribute of this name, whatever its prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut all = self.start.attributes();
        all.with_checks(false);
        let found = all.flatten().find(|a| a.key.local_name().into_inner() == name && !is_binding(a.key.into_inner()))?;
        if found.value.len() > limits::ATTRIBUTE_BYTES {
            return None;
        }
        found.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
    }

    /// Value of a numeric attribute.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// A switch of WordprocessingML: on unless it says otherwise.
    pub(crate) fn is_on(&self) -> bool {
        self.attribute("val").is_none_or(|value| !matches!(value.as_str(), "0" | "false" | "off" | "none"))
    }
}

fn is_binding(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

/// What comes next.
pub(crate) enum Token<'x> {
    Open(Element<'x>),
    Close(Ns, BytesEnd<'x>),
    Text(Cow<'x, str>),
    End,
}

/// A namespace that a prefix stands for.
struct Binding {
    prefix: String,
    ns: Ns,
    depth: usize,
}

/// A stream of tokens.
pub(crate) struct Xml<'x> {
    reader: Reader<&'x [u8]>,
    bindings: Vec<Binding>,
    /// The prefix resolved last.
    last: Option<(String, Ns)>,
    depth: usize,
}

/// The text of a part: UTF-8, or UTF-16 with a mark. Letters that are none are replaced.
pub(crate) fn text_of(part: &[u8]) -> Cow<'_, str> {
    let (encoding, _) = encoding_rs::Encoding::for_bom(part).unwrap_or((encoding_rs::UTF_8, 0));
    encoding.decode_with_bom_removal(part).0
}

impl<'x> Xml<'x> {
    pub(crate) fn new(text: &'x str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, bindings: Vec::new(), last: None, depth: 0 }
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token<'x>, XmlError> {
        loop {
            match self.reader.read_event().map_err(|_| XmlError::Broken)? {
                Event::Start(start) => return self.open(start).map(Token::Open),
                Event::End(end) => {
                    let ns = self.resolve(prefix(end.name().into_inner()));
                    self.close();
                    return Ok(Token::Close(ns, end));
                }
                Event::Text(text) => return Ok(Token::Text(text.into_inner())),
                Event::CData(text) => return Ok(Token::Text(text.into_inner())),
                Event::GeneralRef(name) => return reference(&name).map(|c| Token::Text(Cow::Owned(c.to_string()))),
                Event::DocType(_) => return Err(XmlError::DocumentType),
                Event::Eof if self.depth > 0 => return Err(XmlError::Broken),
                Event::Eof => return Ok(Token::End),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// Passes over the rest of the element that was opened last.
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if matches!(self.next()?, Token::End) {
                return Err(XmlError::Broken);
            }
        }
        Ok(())
    }

    fn open(&mut self, start: BytesStart<'x>) -> Result<Element<'x>, XmlError> {
        self.depth += 1;
        if self.depth > limits::DEPTH {
            return Err(XmlError::TooDeep);
        }
        if start.attributes_raw().contains("xmlns") {
            self.bind(&start)?;
        }
        let ns = self.resolve(prefix(start.name().into_inner()));
        Ok(Element { ns, start })
    }

    fn bind(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        let mut all = start.attributes();
        all.with_checks(false);
        for attribute in all.flatten() {
            let key = attribute.key.into_inner();
            if !is_binding(key) {
                continue;
            }
            if self.bindings.len() >= limits::NAMESPACES {
                return Err(XmlError::TooDeep);
            }
            let prefix = key.strip_prefix("xmlns:").unwrap_or("").to_owned();
            self.bindings.push(Binding { prefix, ns: namespace(&attribute.value), depth: self.depth });
            self.last = None;
        }
        Ok(())
    }

    fn resolve(&mut self, prefix: &str) -> Ns {
        if let Some((_, ns)) = self.last.as_ref().filter(|(last, _)| last == prefix) {
            return *ns;
        }
        let ns = self.bindings.iter().rev().find(|binding| binding.prefix == prefix).map_or(Ns::Other, |binding| binding.ns);
        self.last = Some((prefix.to_owned(), ns));
        ns
    }

    fn close(&mut self) {
        while self.bindings.last().is_some_and(|binding| binding.depth >= self.depth) {
            self.bindings.pop();
            self.last = None;
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// A character by number or one of the five names that need no declaration.
fn reference(name: &quick_xml::events::BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(c) = name.resolve_char_ref().map_err(|_| XmlError::Broken)? {
        return Ok(c);
    }
    match name.clone().into_inner().as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(XmlError::Broken),
    }
}
