//! One XML part: read event by event, filtered, written.

use super::{
    formula, names,
    package::{self, Package},
    settings,
};
use crate::{
    Danger, Hold,
    format::base64,
    job::Job,
    xml::{Attribute, Event, Name, Ns, Reader, Writer},
};

/// A part as written.
pub(super) struct Part {
    pub(super) xml: String,
    /// What kind of document it is: `text`, `spreadsheet`, … or `math`.
    pub(super) body: Option<String>,
    /// The version of the standard that it names; the manifest must name the same.
    pub(super) version: Option<String>,
}

/// What becomes of an element.
enum Do {
    Keep,
    /// Written under another name, with only the style of its text.
    Span,
    /// The tags go, what is inside stays.
    Unwrap,
    Drop,
}

/// How an open element was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Written,
    Span,
    Unwrapped,
}

struct Filter<'f, 'j, 'a, 'p> {
    job: &'f mut Job<'j>,
    /// The package around, none of single XML.
    package: Option<&'f mut Package<'a, 'p>>,
    place: &'f str,
    writer: Writer,
    open: Vec<Open>,
    /// Canonical prefixes by namespace of this document.
    prefixes: Vec<Option<Option<&'static str>>>,
    body: Option<String>,
    version: Option<String>,
    /// Elements and attributes that are not known.
    unknown: u64,
    /// The address to write for the element at hand.
    href: Option<String>,
    /// Whether an embedded script is being left out that has not been told yet: many hold nothing.
    script: bool,
}

/// Filters a part; `package` has what it refers to.
pub(super) fn part(job: &mut Job<'_>, package: Option<&mut Package<'_, '_>>, text: &str, place: &str) -> Result<Part, Hold> {
    let limits = job.policy.limits.clone();
    let mut reader = Reader::new(text, &limits)?;
    let mut filter = Filter {
        job,
        package,
        place,
        writer: Writer::new(),
        open: Vec::new(),
        prefixes: Vec::new(),
        body: None,
        version: None,
        unknown: 0,
        href: None,
        script: false,
    };
    filter.run(&mut reader)?;
    let unknown = filter.unknown;
    let part = Part { xml: filter.writer.finish(), body: filter.body, version: filter.version };
    job.removed(Danger::Leftover, place, reader.ignored());
    job.removed(Danger::Unknown, place, unknown);
    Ok(part)
}

impl Filter<'_, '_, '_, '_> {
    fn run(&mut self, reader: &mut Reader<'_>) -> Result<(), Hold> {
        // Elements open below one that is left out, with itself.
        let mut skipped = 0_usize;
        while let Some(event) = reader.next()? {
            match event {
                Event::End(_) if skipped > 0 => skipped -= 1,
                Event::End(_) => {
                    if self.open.pop() != Some(Open::Unwrapped) {
                        self.writer.end();
                    }
                }
                Event::Text(text) if skipped > 0 => {
                    if self.script && !text.trim().is_empty() {
                        self.script = false;
                        self.job.removed(Danger::Macro, self.place, 1);
                    }
                }
                Event::Text(text) => {
                    let text = crate::text::clean_in(self.job, self.place, &text);
                    self.writer.text(&text);
                }
                Event::Start(name) if skipped > 0 => {
                    skipped += 1;
                    if let Some(prefix) = self.prefix(reader, name.ns)
                        && let Some(danger @ Danger::Macro) = dangerous(prefix, name.local)
                    {
                        self.job.removed(danger, self.place, 1);
                    }
                }
                Event::Start(name) => {
                    if self.start(reader, name)? {
                        skipped = 1;
                    }
                }
            }
        }
        Ok(())
    }

    fn prefix(&mut self, reader: &Reader<'_>, ns: Ns) -> Option<&'static str> {
        let at = usize::from(ns.0);
        if self.prefixes.len() <= at {
            self.prefixes.resize(at + 1, None);
        }
        let slot = self.prefixes.get_mut(at)?;
        *slot.get_or_insert_with(|| names::prefix(reader.uri(ns)))
    }

    /// True if the element and all below is to be left out.
    fn start(&mut self, reader: &mut Reader<'_>, name: Name<'_>) -> Result<bool, Hold> {
        let Some(prefix) = self.prefix(reader, name.ns) else {
            self.unknown += 1;
            return Ok(true);
        };
        let mut attributes: Vec<(&'static str, Attribute<'_>)> = Vec::with_capacity(reader.attributes().len());
        for attribute in std::mem::take(reader.attributes_mut()) {
            match self.prefix(reader, attribute.name.ns) {
                Some(prefix) => attributes.push((prefix, attribute)),
                None => self.unknown += 1,
            }
        }
        self.href = None;
        match self.judge(prefix, name.local, &attributes)? {
            Do::Drop => return Ok(true),
            Do::Unwrap => {
                self.open.push(Open::Unwrapped);
                return Ok(false);
            }
            Do::Span => {
                self.writer.start("text", "span");
                let style = attributes.iter().find(|(prefix, attribute)| *prefix == "text" && attribute.name.local == "style-name");
                let style = style.map_or("Internet_20_link", |(_, attribute)| &attribute.value);
                self.writer.attribute("text", "style-name", &crate::text::clean(style).text);
                self.open.push(Open::Span);
                return Ok(false);
            }
            Do::Keep => {}
        }
        let root = self.open.is_empty();
        let shown = if prefix == "-" { "" } else { prefix };
        self.writer.start(shown, name.local);
        if root {
            for (prefix, uri) in names::NAMESPACES {
                self.writer.declare(prefix, uri);
            }
        }
        for (prefix, attribute) in &attributes {
            self.attribute(reader, prefix, attribute);
        }
        if let Some(href) = self.href.take() {
            self.writer.attribute("xlink", "href", &href);
        }
        match (prefix, name.local) {
            ("office", "meta") => settings::meta(self.job, reader, &mut self.writer, self.place)?,
            ("office", "settings") => settings::settings(self.job, reader, &mut self.writer, self.place)?,
            ("office", "binary-data") => {
                let words = settings::leaf(reader)?;
                if let Some(words) = self.binary(&words)? {
                    self.writer.text(&words);
                }
            }
            _ => {
                self.open.push(Open::Written);
                return Ok(false);
            }
        }
        // These were read to their end.
        self.writer.end();
        Ok(false)
    }

    fn told(&mut self, danger: Danger, then: Do) -> Do {
        self.job.removed(danger, self.place, 1);
        then
    }

    fn judge(&mut self, prefix: &'static str, local: &str, attributes: &[(&'static str, Attribute<'_>)]) -> Result<Do, Hold> {
        self.script = prefix == "office" && local == "script";
        if self.script {
            return Ok(Do::Drop);
        }
        if let Some(danger) = dangerous(prefix, local) {
            let inside = matches!(
                local,
                "execute-macro"
                    | "dde-connection"
                    | "database-display"
                    | "database-name"
                    | "database-row-number"
                    | "database-next"
                    | "database-row-select"
            );
            return Ok(self.told(danger, if inside { Do::Unwrap } else { Do::Drop }));
        }
        if !names::element(prefix, local) {
            self.unknown += 1;
            return Ok(Do::Drop);
        }
        let value =
            |wanted: &str| attributes.iter().find(|(_, attribute)| attribute.name.local == wanted).map(|(_, attribute)| &*attribute.value);
        let href =
            attributes.iter().find(|(prefix, attribute)| *prefix == "xlink" && attribute.name.local == "href").map(|(_, a)| &*a.value);
        match (prefix, local) {
            ("office", "text" | "spreadsheet" | "presentation" | "drawing" | "chart" | "image") if self.body.is_none() => {
                self.body = Some(local.to_owned());
            }
            ("math", "math") if self.body.is_none() && self.open.is_empty() => self.body = Some("math".to_owned()),
            // Listeners of a link that is no longer one.
            ("office", "event-listeners") if self.open.last() == Some(&Open::Span) => return Ok(Do::Drop),
            // Fields about the author and the file show what they showed.
            (
                "text",
                "initial-creator" | "creator" | "printed-by" | "editing-cycles" | "editing-duration" | "print-date" | "print-time",
            )
            | ("text", "creation-date" | "creation-time" | "modification-date" | "modification-time" | "user-defined" | "template-name")
            | ("text", "description" | "subject" | "keywords") => return Ok(Do::Unwrap),
            ("field", "fieldmark" | "fieldmark-start" | "param")
                if !value("type").unwrap_or("vnd.oasis.opendocument.field.FORM").contains("vnd.oasis.opendocument.field.FORM") =>
            {
                return Ok(self.told(Danger::Formula, Do::Drop));
            }
            ("presentation", "event-listener") => return Ok(self.listener(value("action").unwrap_or_default(), href)),
            ("text" | "draw", "a") => return Ok(self.link(local, prefix, href)),
            ("draw", "object") => {
                let Some(href) = href else { return Ok(Do::Keep) };
                let Some(package) = self.package.as_deref_mut() else { return Ok(self.told(Danger::Remote, Do::Drop)) };
                self.href = package.object(self.job, href)?;
                if self.href.is_none() {
                    return Ok(Do::Drop);
                }
            }
            ("draw", "image" | "fill-image")
            | ("style", "background-image")
            | ("text", "list-level-style-image")
            | ("form", "image" | "image-frame") => {
                let Some(href) = href.filter(|href| !href.is_empty()) else { return Ok(Do::Keep) };
                let Some(package) = self.package.as_deref_mut() else { return Ok(self.told(Danger::Remote, Do::Drop)) };
                self.href = package.picture(self.job, href)?;
                if self.href.is_none() {
                    // A level of a list without its picture still is a level; all others show nothing.
                    return Ok(if local == "list-level-style-image" { Do::Keep } else { Do::Drop });
                }
            }
            ("chart", "chart") => self.href = href.filter(|href| matches!(*href, "." | "..")).map(str::to_owned),
            _ => {
                if let Some(href) = href {
                    if href.starts_with('#') && !formula::outside(href) {
                        self.href = Some(crate::text::clean(href).text.into_owned());
                    } else if !href.is_empty() {
                        self.job.removed(Danger::Remote, self.place, 1);
                    }
                }
            }
        }
        Ok(Do::Keep)
    }

    /// Something done on a click or at a slide: only moving about in the slides stays.
    fn listener(&mut self, action: &str, href: Option<&str>) -> Do {
        const MOVES: [&str; 9] =
            ["none", "previous-page", "next-page", "first-page", "last-page", "last-visited-page", "hide", "stop", "fade-out"];
        let inside = href.is_none_or(|href| href.is_empty() || href.starts_with('#') && !formula::outside(href));
        if inside && (MOVES.contains(&action) || action == "show") {
            self.href = href.filter(|href| !href.is_empty()).map(|href| crate::text::clean(href).text.into_owned());
            return Do::Keep;
        }
        let danger = if action == "show" { Danger::Link } else { Danger::Action };
        self.told(danger, Do::Drop)
    }

    fn link(&mut self, local: &str, prefix: &str, href: Option<&str>) -> Do {
        let _ = local;
        let href = href.unwrap_or_default();
        if href.starts_with('#') && !formula::outside(href) || self.job.policy.links.may_click(href) {
            self.href = Some(crate::text::clean(href).text.into_owned());
            return Do::Keep;
        }
        self.told(Danger::Link, if prefix == "text" { Do::Span } else { Do::Unwrap })
    }

    fn attribute(&mut self, reader: &Reader<'_>, prefix: &'static str, attribute: &Attribute<'_>) {
        let local = attribute.name.local;
        let value = &*attribute.value;
        if prefix == "xlink" {
            // Written where an address is.
            if self.href.is_some() && matches!(local, "type" | "show" | "actuate") && value.len() <= 20 {
                self.writer.attribute(prefix, local, &crate::text::clean(value).text);
            }
            return;
        }
        if local.starts_with("dde-") || prefix == "form" && DATA.contains(&local) {
            self.job.removed(if prefix == "form" { Danger::DataConnection } else { Danger::Dde }, self.place, 1);
            return;
        }
        if local == "mime-type" && matches!(prefix, "draw" | "loext") {
            return;
        }
        if !names::attribute(prefix, local) && !names::tame(prefix, local, value) {
            // Notes for machines about machines: RDFa.
            self.unknown += 1;
            return;
        }
        let calculated = matches!(local, "formula" | "condition" | "expression") || prefix == "calcext" && local == "value";
        if calculated && let Some(danger) = formula::danger(value) {
            self.job.removed(danger, self.place, 1);
            return;
        }
        // What is shown may say anything.
        let said = local.ends_with("name") || SAID.contains(&local);
        if !said && !calculated && formula::outside(value) && !matches!(prefix, "number") {
            self.job.removed(Danger::Remote, self.place, 1);
            return;
        }
        if prefix == "office" && local == "version" {
            if !matches!(value, "1.0" | "1.1" | "1.2" | "1.3" | "1.4") {
                self.unknown += 1;
                return;
            }
            if self.version.is_none() {
                self.version = Some(value.to_owned());
            }
        }
        let value = crate::text::clean_in(self.job, self.place, value);
        let shown = if prefix == "-" { "" } else { prefix };
        // `of:=` names a namespace by the prefix of this document.
        if calculated
            && let Some((own, rest)) = value.split_once(':')
            && !own.is_empty()
            && own.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && let Some(ns) = reader.resolve(own)
            && let Some(canonical) = self.prefix(reader, ns)
            && canonical != own
        {
            self.writer.attribute(shown, local, &format!("{canonical}:{rest}"));
            return;
        }
        self.writer.attribute(shown, local, &value);
    }

    /// A picture within single XML.
    fn binary(&mut self, words: &str) -> Result<Option<String>, Hold> {
        let Some(bytes) = base64::decode(words) else { return Err(Hold::damaged("base64 that is none").at(self.place)) };
        let made = package::made(self.job, "office:binary-data", &bytes)?;
        Ok(made.map(|built| base64::encode(&built.bytes)))
    }
}

/// Attributes that are shown or only name something, and so may say anything.
const SAID: [&str; 17] = [
    "string-value",
    "string-value-phonetic",
    "title",
    "message",
    "description",
    "summary",
    "alttext",
    "label",
    "label-string",
    "value",
    "current-value",
    "num-prefix",
    "num-suffix",
    "num-list-format",
    "key1",
    "key2",
    "content",
];

/// Attributes of forms that ask databases or send.
const DATA: [&str; 12] = [
    "data-field",
    "filter",
    "apply-filter",
    "list-source",
    "list-source-type",
    "order",
    "master-fields",
    "detail-fields",
    "method",
    "enctype",
    "escape-processing",
    "bound-column",
];

/// Elements that run, fetch or carry what cannot be read.
fn dangerous(prefix: &str, local: &str) -> Option<Danger> {
    Some(match (prefix, local) {
        ("script", _) | ("ooo", "library-linked") | ("table", "error-macro") | ("text", "execute-macro") => Danger::Macro,
        ("text", "script") => Danger::Script,
        ("xforms", _) => Danger::Form,
        ("text", "dde-connection" | "dde-connection-decl") | ("office", "dde-source") | ("table", "dde-link") => Danger::Dde,
        ("text", "section-source" | "alphabetical-index-auto-mark-file") | ("table", "table-source" | "cell-range-source") => {
            Danger::Remote
        }
        ("text", "database-display" | "database-next" | "database-row-select" | "database-name" | "database-row-number")
        | ("table", "database-source-sql" | "database-source-query" | "database-source-table" | "source-service")
        | ("form", "connection-resource") => Danger::DataConnection,
        ("form", "properties" | "file") => Danger::Control,
        ("draw", "plugin") | ("presentation", "sound") | ("anim", "audio" | "video") => Danger::Media,
        ("draw", "applet") => Danger::Script,
        ("draw", "floating-frame") => Danger::Remote,
        ("draw", "object-ole") => Danger::OleObject,
        ("anim", "command") => Danger::Action,
        ("svg", "font-face-src" | "definition-src") => Danger::Font,
        _ => return None,
    })
}
