//! The writer: always well-formed, always the same for the same calls.

/// Writes a document. Names are the caller's own; values are escaped here.
pub(crate) struct Writer {
    out: String,
    /// Start and length of the name of each open element, in `out`.
    open: Vec<(usize, usize)>,
    /// Whether the last start tag still takes attributes.
    in_tag: bool,
}

/// A place in what is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) length: usize,
    open: usize,
    in_tag: bool,
}

impl Mark {
    /// Where what is written next begins, behind the `>` that it brings with it.
    pub(crate) const fn content(self) -> usize {
        self.length + self.in_tag as usize
    }
}

/// What every document starts with.
pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

impl Writer {
    /// A document with its declaration.
    pub(crate) fn new() -> Self {
        Self { out: DECLARATION.to_owned(), open: Vec::new(), in_tag: false }
    }

    /// A piece of a document, without declaration, with room for so many bytes.
    pub(crate) fn piece(capacity: usize) -> Self {
        Self { out: String::with_capacity(capacity), open: Vec::new(), in_tag: false }
    }

    fn finish_tag(&mut self) {
        if self.in_tag {
            self.out.push('>');
            self.in_tag = false;
        }
    }

    /// Opens an element: `local`, or `prefix:local`.
    pub(crate) fn start(&mut self, prefix: &str, local: &str) {
        self.finish_tag();
        self.out.push('<');
        let start = self.out.len();
        self.name(prefix, local);
        self.open.push((start, self.out.len() - start));
        self.in_tag = true;
    }

    fn name(&mut self, prefix: &str, local: &str) {
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }

    /// An attribute of the element just opened; ignored once it has content.
    pub(crate) fn attribute(&mut self, prefix: &str, local: &str, value: &str) {
        if self.in_tag {
            self.out.push(' ');
            self.name(prefix, local);
            self.out.push_str("=\"");
            escape(&mut self.out, value, true);
            self.out.push('"');
        }
    }

    /// The declaration of a namespace at the element just opened; no prefix: the default one.
    pub(crate) fn declare(&mut self, prefix: &str, uri: &str) {
        if prefix.is_empty() { self.attribute("", "xmlns", uri) } else { self.attribute("xmlns", prefix, uri) }
    }

    /// Characters.
    pub(crate) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.finish_tag();
            escape(&mut self.out, text, false);
        }
    }

    /// A whole element with nothing but text.
    pub(crate) fn leaf(&mut self, prefix: &str, local: &str, text: &str) {
        self.start(prefix, local);
        self.text(text);
        self.end();
    }

    /// Closes the element opened last.
    pub(crate) fn end(&mut self) {
        let Some((start, length)) = self.open.pop() else { return };
        if self.in_tag {
            self.out.push_str("/>");
            self.in_tag = false;
        } else {
            self.out.push_str("</");
            self.out.extend_from_within(start..start + length);
            self.out.push('>');
        }
    }

    /// A place to come back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark { length: self.out.len(), open: self.open.len(), in_tag: self.in_tag }
    }

    /// Forgets what was written since; elements opened before must still be open.
    pub(crate) fn rollback(&mut self, mark: Mark) {
        self.out.truncate(mark.length);
        self.open.truncate(mark.open);
        self.in_tag = mark.in_tag;
    }

    /// Whether nothing was written into the element opened last.
    pub(crate) const fn in_tag(&self) -> bool {
        self.in_tag
    }

    /// Puts markup of our own in the place of what was written from here to there, inside the element opened last.
    pub(crate) fn patch(&mut self, from: usize, to: usize, markup: &'static str) {
        if from <= to && self.out.is_char_boundary(from) && self.out.is_char_boundary(to) && to <= self.out.len() {
            self.out.replace_range(from..to, markup);
        }
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// The whole, with everything closed.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.out
    }
}

/// Escapes what would be markup, and white space that would be read as something else.
fn escape(out: &mut String, text: &str, attribute: bool) {
    let special = |byte: u8| match byte {
        b'<' | b'>' | b'&' | b'\r' => true,
        b'"' | b'\n' | b'\t' => attribute,
        _ => false,
    };
    let mut rest = text;
    while let Some(at) = rest.bytes().position(special) {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str(match rest.as_bytes().get(at) {
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'&') => "&amp;",
            Some(b'"') => "&quot;",
            Some(b'\r') => "&#13;",
            Some(b'\n') => "&#10;",
            _ => "&#9;",
        });
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    out.push_str(rest);
}
