//! The reader: one event after the other, well-formedness and namespaces checked on the way.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

use crate::{Hold, Limits, Reason};

/// A namespace of one document; [`Reader::uri`] tells its name. Two of one document are equal if their names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ns(pub(crate) u16);

impl Ns {
    /// No namespace.
    pub(crate) const NONE: Self = Self(0);
    /// That of `xml:space` and `xml:lang`.
    pub(crate) const XML: Self = Self(1);
}

/// The name of an element or attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    /// Of this document.
    pub(crate) ns: Ns,
    /// As written; may be empty.
    pub(crate) prefix: &'a str,
    /// Without the prefix.
    pub(crate) local: &'a str,
}

/// One attribute; declarations of namespaces are none.
#[derive(Debug, Clone)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: Name<'a>,
    /// Unescaped; line breaks and tabs that were written as such are spaces.
    pub(crate) value: Cow<'a, str>,
}

/// What comes next. An empty element gives a start and an end.
#[derive(Debug, Clone)]
pub(crate) enum Event<'a> {
    /// The attributes are in [`Reader::attributes`].
    Start(Name<'a>),
    End(Name<'a>),
    /// Unescaped, never empty; one text may come in several pieces.
    Text(Cow<'a, str>),
}

#[derive(Clone)]
struct Open<'a> {
    raw: &'a str,
    name: Name<'a>,
    /// How many declarations held before this element.
    declared: usize,
}

/// Reads a document. A copy looks ahead.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open<'a>>,
    attributes: Vec<Attribute<'a>>,
    raw: Vec<(&'a str, &'a str, Cow<'a, str>)>,
    declared: Vec<(&'a str, Ns)>,
    uris: Vec<Cow<'a, str>>,
    /// The prefix looked up last, good until something is declared or forgotten.
    last: Option<(&'a str, Ns)>,
    /// An empty element whose end is still to be told.
    pending_end: bool,
    rooted: bool,
    /// Comments and processing instructions read over.
    ignored: u64,
    depth: usize,
    most_attributes: usize,
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";

impl<'a> Reader<'a> {
    /// Starts; `text` comes from [`super::decode`].
    pub(crate) fn new(text: &'a str, limits: &Limits) -> Result<Self, Hold> {
        // Characters that XML knows not, in one pass that the processor does sixteen at a time.
        let control = text.bytes().fold(false, |bad, byte| bad | ((byte < 0x20) & (byte != b'\n') & (byte != b'\r') & (byte != b'\t')));
        if control || text.contains('\u{FFFE}') || text.contains('\u{FFFF}') {
            return Err(Hold::damaged("a character that XML does not allow"));
        }
        let mut reader = Self {
            text,
            at: 0,
            open: Vec::new(),
            attributes: Vec::new(),
            raw: Vec::new(),
            declared: vec![("xml", Ns::XML)],
            uris: vec![Cow::Borrowed(""), Cow::Borrowed(XML)],
            last: None,
            pending_end: false,
            rooted: false,
            ignored: 0,
            depth: limits.xml_depth as usize,
            most_attributes: limits.xml_attributes as usize,
        };
        if let Some(rest) = text.strip_prefix("<?xml")
            && rest.starts_with([' ', '\t', '\r', '\n'])
        {
            let end = rest.find("?>").ok_or_else(|| Hold::damaged("an XML declaration without end"))?;
            if rest.get(..end).is_some_and(|said| said.contains("version") && !said.contains("1.0")) {
                return Err(Hold::damaged("another version of XML than 1.0"));
            }
            reader.at = 5 + end + 2;
        }
        Ok(reader)
    }

    /// The attributes of the element whose start was told last.
    pub(crate) fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// The same, to be taken out.
    pub(crate) fn attributes_mut(&mut self) -> &mut Vec<Attribute<'a>> {
        &mut self.attributes
    }

    /// The name of a namespace.
    pub(crate) fn uri(&self, ns: Ns) -> &str {
        self.uris.get(usize::from(ns.0)).map_or("", |uri| uri)
    }

    /// The namespace that a prefix stands for here, as in `mc:Ignorable`.
    pub(crate) fn resolve(&self, prefix: &str) -> Option<Ns> {
        self.declared.iter().rev().find(|(declared, _)| *declared == prefix).map(|(_, ns)| *ns)
    }

    /// Comments and processing instructions so far.
    pub(crate) const fn ignored(&self) -> u64 {
        self.ignored
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next event, none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'a>>, Hold> {
        if self.pending_end {
            self.pending_end = false;
            return self.close().map(Some);
        }
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return if self.open.is_empty() && self.rooted { Ok(None) } else { Err(Hold::damaged("XML that ends too early")) };
            }
            if !rest.starts_with('<') {
                let end = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
                let piece = rest.get(..end).unwrap_or_default();
                self.at += end;
                if self.open.is_empty() {
                    if piece.bytes().all(space) {
                        continue;
                    }
                    return Err(Hold::damaged("text outside the root element"));
                }
                return Ok(Some(Event::Text(unescape(piece, false)?)));
            }
            match rest.as_bytes().get(1) {
                Some(b'/') => {
                    let end = memchr(b'>', rest.as_bytes()).ok_or_else(|| Hold::damaged("a tag without end"))?;
                    let raw = rest.get(2..end).unwrap_or_default().trim_end_matches([' ', '\t', '\r', '\n']);
                    if self.open.last().is_none_or(|open| open.raw != raw) {
                        return Err(Hold::damaged("elements that do not nest"));
                    }
                    self.at += end + 1;
                    return self.close().map(Some);
                }
                Some(b'!') => {
                    if let Some(piece) = self.bang(rest)? {
                        return Ok(Some(Event::Text(piece)));
                    }
                }
                Some(b'?') => {
                    let end = rest.find("?>").ok_or_else(|| Hold::damaged("a processing instruction without end"))?;
                    self.at += end + 2;
                    self.ignored += 1;
                }
                _ => return self.start(rest).map(Some),
            }
        }
    }

    /// Comment, CDATA section; anything else is a document type declaration.
    fn bang(&mut self, rest: &'a str) -> Result<Option<Cow<'a, str>>, Hold> {
        if let Some(comment) = rest.strip_prefix("<!--") {
            let end = comment.find("-->").ok_or_else(|| Hold::damaged("a comment without end"))?;
            self.at += 4 + end + 3;
            self.ignored += 1;
            return Ok(None);
        }
        if let Some(section) = rest.strip_prefix("<![CDATA[")
            && !self.open.is_empty()
        {
            let end = section.find("]]>").ok_or_else(|| Hold::damaged("a CDATA section without end"))?;
            self.at += 9 + end + 3;
            let piece = section.get(..end).unwrap_or_default();
            if piece.is_empty() {
                return Ok(None);
            }
            return Ok(Some(if piece.contains('\r') { Cow::Owned(line_ends(piece)) } else { Cow::Borrowed(piece) }));
        }
        Err(Hold::damaged("a document type declaration"))
    }

    fn close(&mut self) -> Result<Event<'a>, Hold> {
        let open = self.open.pop().ok_or_else(|| Hold::damaged("elements that do not nest"))?;
        if self.declared.len() != open.declared {
            self.declared.truncate(open.declared);
            self.last = None;
        }
        Ok(Event::End(open.name))
    }

    fn start(&mut self, rest: &'a str) -> Result<Event<'a>, Hold> {
        if self.open.is_empty() && self.rooted {
            return Err(Hold::damaged("a second root element"));
        }
        if self.open.len() >= self.depth {
            return Err(Hold::new(Reason::TooDeep, "XML elements within elements"));
        }
        self.rooted = true;
        let bytes = rest.as_bytes();
        let mut at = 1 + name_length(bytes.get(1..).unwrap_or_default());
        let raw = rest.get(1..at).unwrap_or_default();
        let declared = self.declared.len();
        self.raw.clear();
        self.attributes.clear();
        let empty = loop {
            let before = at;
            while bytes.get(at).copied().is_some_and(space) {
                at += 1;
            }
            match bytes.get(at) {
                Some(b'>') => {
                    at += 1;
                    break false;
                }
                Some(b'/') if bytes.get(at + 1) == Some(&b'>') => {
                    at += 2;
                    break true;
                }
                None => return Err(Hold::damaged("a tag without end")),
                _ => {}
            }
            if at == before {
                return Err(Hold::damaged("no space before an attribute"));
            }
            let start = at;
            at += name_length(bytes.get(at..).unwrap_or_default());
            let attribute = rest.get(start..at).unwrap_or_default();
            while bytes.get(at).copied().is_some_and(space) {
                at += 1;
            }
            if bytes.get(at) != Some(&b'=') {
                return Err(Hold::damaged("an attribute without value"));
            }
            at += 1;
            while bytes.get(at).copied().is_some_and(space) {
                at += 1;
            }
            let quote = match bytes.get(at) {
                Some(quote @ (b'"' | b'\'')) => *quote,
                _ => return Err(Hold::damaged("an attribute without quotes")),
            };
            at += 1;
            let end = memchr2(quote, b'<', bytes.get(at..).unwrap_or_default())
                .filter(|end| bytes.get(at + end) == Some(&quote))
                .ok_or_else(|| Hold::damaged("an attribute without end"))?;
            let value = unescape(rest.get(at..at + end).unwrap_or_default(), true)?;
            at += end + 1;
            self.attribute(attribute, value)?;
        };
        self.at += at;
        let (prefix, local) = split(raw)?;
        let ns = self.namespace(prefix)?;
        let name = Name { ns, prefix, local };
        let mut raws = std::mem::take(&mut self.raw);
        for (prefix, local, value) in raws.drain(..) {
            let ns = if prefix.is_empty() { Ns::NONE } else { self.namespace(prefix)? };
            self.attributes.push(Attribute { name: Name { ns, prefix, local }, value });
        }
        self.raw = raws;
        self.unique()?;
        self.open.push(Open { raw, name, declared });
        self.pending_end = empty;
        Ok(Event::Start(name))
    }

    fn attribute(&mut self, raw: &'a str, value: Cow<'a, str>) -> Result<(), Hold> {
        if self.raw.len() >= self.most_attributes || self.declared.len() >= 4_096 {
            return Err(Hold::new(Reason::TooMany, "attributes of one XML element"));
        }
        let (prefix, local) = split(raw)?;
        let declares = match (prefix, local) {
            ("", "xmlns") => "",
            ("xmlns", prefix) => prefix,
            _ => {
                self.raw.push((prefix, local, value));
                return Ok(());
            }
        };
        let allowed = match declares {
            "" => value != XML,
            "xml" => value == XML,
            "xmlns" => false,
            _ => value != XML && !value.is_empty(),
        };
        if !allowed {
            return Err(Hold::damaged("a namespace that may not be declared so"));
        }
        let ns = self.intern(value)?;
        self.declared.push((declares, ns));
        self.last = None;
        Ok(())
    }

    fn intern(&mut self, uri: Cow<'a, str>) -> Result<Ns, Hold> {
        let known = self.uris.iter().position(|known| *known == uri);
        let index = known.unwrap_or(self.uris.len());
        let ns = Ns(u16::try_from(index).ok().filter(|ns| *ns < 4_096).ok_or_else(|| Hold::new(Reason::TooMany, "namespaces"))?);
        if known.is_none() {
            self.uris.push(uri);
        }
        Ok(ns)
    }

    fn namespace(&mut self, prefix: &'a str) -> Result<Ns, Hold> {
        if let Some((last, ns)) = self.last
            && last == prefix
        {
            return Ok(ns);
        }
        let ns = match self.resolve(prefix) {
            Some(ns) => ns,
            None if prefix.is_empty() => Ns::NONE,
            None => return Err(Hold::damaged("a namespace that is not declared")),
        };
        self.last = Some((prefix, ns));
        Ok(ns)
    }

    /// No attribute twice, not even under two prefixes.
    fn unique(&self) -> Result<(), Hold> {
        let twice = if self.attributes.len() <= 12 {
            let mut rest = self.attributes.as_slice();
            let mut twice = false;
            while let [first, others @ ..] = rest {
                twice |= others.iter().any(|other| other.name.local == first.name.local && other.name.ns == first.name.ns);
                rest = others;
            }
            twice
        } else {
            let mut names: Vec<_> = self.attributes.iter().map(|attribute| (attribute.name.ns, attribute.name.local)).collect();
            names.sort_unstable();
            names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
        };
        if twice { Err(Hold::damaged("an attribute twice")) } else { Ok(()) }
    }
}

const fn space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Bytes up to what cannot be part of a name.
fn name_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte >= 0x80 || matches!(byte, b'_' | b'-' | b'.' | b':')))
        .unwrap_or(bytes.len())
}

/// Prefix and local part, checked.
fn split(raw: &str) -> Result<(&str, &str), Hold> {
    let (prefix, local) = raw.split_once(':').unwrap_or(("", raw));
    let good = |part: &str| {
        let first = part.bytes().next();
        let starts = first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80);
        starts && !part.contains(':') && (part.is_ascii() || part.chars().all(name_character))
    };
    if good(local) && (prefix.is_empty() && !raw.starts_with(':') || good(prefix)) {
        Ok((prefix, local))
    } else {
        Err(Hold::damaged("a name that XML does not allow"))
    }
}

const fn name_character(c: char) -> bool {
    matches!(c,
        '-' | '.' | '0'..='9' | 'A'..='Z' | '_' | 'a'..='z' | '\u{B7}' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{203F}'..='\u{2040}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `\r\n` and `\r` are `\n`.
fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Entities and line ends; in attributes white space is made spaces.
fn unescape(piece: &str, attribute: bool) -> Result<Cow<'_, str>, Hold> {
    let bytes = piece.as_bytes();
    let special = if attribute { memchr(b'&', bytes).or_else(|| memchr3(b'\n', b'\r', b'\t', bytes)) } else { memchr2(b'&', b'\r', bytes) };
    if special.is_none() {
        return Ok(Cow::Borrowed(piece));
    }
    let mut out = String::with_capacity(piece.len());
    let mut rest = piece;
    loop {
        let end = memchr(b'&', rest.as_bytes()).unwrap_or(rest.len());
        let plain = rest.get(..end).unwrap_or_default();
        match (attribute, plain.contains(['\r', '\n', '\t'])) {
            (_, false) => out.push_str(plain),
            (true, true) => out.push_str(&line_ends(plain).replace(['\n', '\t'], " ")),
            (false, true) => out.push_str(&line_ends(plain)),
        }
        let Some(entity) = rest.get(end + 1..) else { return Ok(Cow::Owned(out)) };
        let (name, after) = entity.split_once(';').ok_or_else(|| Hold::damaged("an entity without end"))?;
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => reference(name).ok_or_else(|| Hold::damaged("an entity that is not known"))?,
        });
        rest = after;
    }
}

/// `#12` or `#x1F`.
fn reference(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    let good = matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    good.then_some(c)
}
