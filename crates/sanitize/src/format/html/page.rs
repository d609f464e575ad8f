//! A page → a static page: elements and attributes that only show, pictures inside, nothing that runs or is fetched.

use std::collections::BTreeMap;

use super::{
    css::{self, Css},
    tree::{Data, Page},
};
use crate::{Danger, Hold, format::base64, format::image::PICTURES, job::Job};

/// Files that came with the page, by address.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Elements that are kept.
const ELEMENTS: &str = " html head title style body a abbr acronym address article aside b bdi big blockquote br caption center cite code col \
colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark menu nav \
nobr ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr ";

/// Attributes that are kept on any element.
const ATTRIBUTES: &str = " id class lang dir title align valign width height bgcolor color face size border bordercolor cellpadding cellspacing \
colspan rowspan alt start type value name datetime span headers scope abbr summary nowrap noshade clear compact reversed hspace vspace rules \
frame text char charoff open role hidden ";

/// Writes a page.
pub(super) struct Static<'s, 'j> {
    pub(super) job: &'s mut Job<'j>,
    pub(super) page: &'s Page,
    pub(super) files: &'s Files,
    /// Whether the page was written by this engine a moment ago: nothing is told, pictures stay.
    pub(super) own: bool,
    out: String,
    pictures: u64,
    /// Whether anything was taken out that did something.
    pub(super) active: bool,
}

impl<'s, 'j> Static<'s, 'j> {
    pub(super) fn new(job: &'s mut Job<'j>, page: &'s Page, files: &'s Files, own: bool) -> Self {
        Self { job, page, files, own, out: String::new(), pictures: 0, active: false }
    }

    /// The whole page.
    pub(super) fn write(mut self) -> Result<(String, bool), Hold> {
        self.told(Danger::Leftover, "<!-- -->", self.page.comments);
        if !self.page.quirks {
            self.out.push_str("<!DOCTYPE html>\n");
        }
        for child in self.page.children(0) {
            self.node(*child, false)?;
        }
        Ok((self.out, self.active))
    }

    fn told(&mut self, danger: Danger, place: &str, count: u64) {
        self.active |= count > 0 && matches!(danger, Danger::Script | Danger::Remote | Danger::Form | Danger::Media | Danger::Action);
        if !self.own {
            self.job.removed(danger, place, count);
        }
    }

    fn told_css(&mut self, css: &Css) {
        self.told(Danger::Remote, "CSS", css.remote);
        self.told(Danger::Script, "CSS", css.script);
        self.told(Danger::Font, "CSS", css.fonts);
        self.told(Danger::Unknown, "CSS", css.unknown);
    }

    fn children(&mut self, at: usize, kept: bool) -> Result<(), Hold> {
        let page = self.page;
        for child in page.children(at) {
            self.node(*child, kept)?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let cleaned = crate::text::clean(text);
        self.told(Danger::ControlCharacter, "", cleaned.total());
        escape(&mut self.out, &cleaned.text);
    }

    fn node(&mut self, at: usize, kept: bool) -> Result<(), Hold> {
        let page = self.page;
        let Some(node) = page.node(at) else { return Ok(()) };
        if let Data::Text(text) = &node.data {
            self.text(text);
            return Ok(());
        }
        let name = node.name();
        match name {
            _ if node.is_foreign() => {
                self.told(Danger::Unknown, "svg・math", 1);
                return Ok(());
            }
            "" => return Ok(()),
            "script" | "applet" => {
                self.told(Danger::Script, name, 1);
                return Ok(());
            }
            "iframe" | "frame" | "object" | "embed" | "link" | "base" | "portal" | "frameset" => {
                self.told(Danger::Remote, name, 1);
                return Ok(());
            }
            "video" | "audio" | "bgsound" | "canvas" | "source" | "track" => {
                self.told(Danger::Media, name, 1);
                return Ok(());
            }
            "meta" => {
                self.meta(at);
                return Ok(());
            }
            "template" | "slot" | "dialog" | "datalist" | "param" | "map" | "area" => {
                self.told(Danger::Unknown, name, 1);
                return Ok(());
            }
            "input" | "select" | "textarea" | "button" => return self.field(at, name),
            "form" | "fieldset" | "legend" | "label" | "output" | "noscript" | "noframes" | "picture" => {
                if name == "form" {
                    self.told(Danger::Form, name, 1);
                }
                let block = matches!(name, "form" | "fieldset" | "legend");
                let name = if block { "div" } else { "span" };
                // Tables may have forms between their rows, where a div may not stand.
                let wraps = !page.children(at).is_empty() && name == "div";
                if wraps {
                    self.out.push_str("<div>");
                }
                self.children(at, kept)?;
                if wraps {
                    self.out.push_str("</div>");
                }
                return Ok(());
            }
            "img" | "image" => return self.picture(at),
            "xmp" | "listing" | "plaintext" => {
                self.out.push_str("<pre>");
                self.children(at, true)?;
                self.out.push_str("</pre>");
                return Ok(());
            }
            "style" => {
                let css = css::sheet(&page.text_of(at));
                self.told_css(&css);
                if !css.text.is_empty() {
                    let cleaned = crate::text::clean(&css.text);
                    self.out.push_str(&format!("<style>\n{}</style>", cleaned.text));
                }
                return Ok(());
            }
            _ => {}
        }
        if !is_listed(ELEMENTS, name) {
            // Unknown elements show what is in them.
            if !name.contains(':') {
                self.told(Danger::Unknown, "HTML", 1);
            }
            return self.children(at, kept);
        }
        self.out.push('<');
        self.out.push_str(name);
        self.attributes(at, name);
        self.out.push('>');
        if name == "head" {
            self.out.push_str(HEAD);
        }
        if matches!(name, "br" | "hr" | "col" | "wbr") {
            return Ok(());
        }
        if name == "pre" && page.children(at).first().is_some_and(|first| page.text_of(*first).starts_with('\n')) {
            // Readers leave out the first line end.
            self.out.push('\n');
        }
        self.children(at, kept || name == "pre")?;
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }

    fn attributes(&mut self, at: usize, name: &str) {
        let Some(node) = self.page.node(at) else { return };
        let (mut unknown, mut scripts) = (0, 0);
        for attribute in node.attributes() {
            let own = &*attribute.name.local;
            let value = &*attribute.value;
            match own {
                "style" => {
                    let mut css = Css::default();
                    let kept = css::declarations(value, &mut css);
                    self.told_css(&css);
                    if !kept.is_empty() {
                        self.attribute("style", &kept);
                    }
                }
                "href" if name == "a" => {
                    let inside = value.starts_with('#');
                    if inside || self.job.policy.links.may_click(value) {
                        self.attribute("href", value);
                    } else {
                        self.told(Danger::Link, "a", 1);
                    }
                }
                "xmlns" | "xml:lang" | "target" | "rel" | "tabindex" | "accesskey" | "translate" => {}
                "href" | "src" | "background" | "data" | "action" | "formaction" | "cite" | "longdesc" | "ping" | "srcset" | "poster"
                | "usemap" | "manifest" | "profile" | "lowsrc" | "dynsrc" => self.told(Danger::Remote, own, 1),
                own if own.starts_with("on") => scripts += 1,
                own if is_listed(ATTRIBUTES, own) => {
                    let lower = value.to_ascii_lowercase();
                    if lower.contains("javascript:") || lower.contains("vbscript:") { scripts += 1 } else { self.attribute(own, value) }
                }
                _ => unknown += 1,
            }
        }
        self.told(Danger::Script, "HTML", scripts);
        self.told(Danger::Unknown, "HTML", unknown);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let cleaned = crate::text::clean(value);
        self.told(Danger::ControlCharacter, "", cleaned.total());
        self.out.push_str(&format!(" {name}=\""));
        escape(&mut self.out, &cleaned.text);
        self.out.push('"');
    }

    fn meta(&mut self, at: usize) {
        let Some(node) = self.page.node(at) else { return };
        let is = |name: &str, wanted: &str| node.attribute(name).is_some_and(|value| value.eq_ignore_ascii_case(wanted));
        if node.attribute("charset").is_some() || is("http-equiv", "content-type") || is("http-equiv", "content-security-policy") {
            return;
        }
        let danger = if is("http-equiv", "refresh") || is("http-equiv", "set-cookie") { Danger::Action } else { Danger::Metadata };
        self.told(danger, "meta", 1);
    }

    /// Fields of forms show what was filled in.
    fn field(&mut self, at: usize, name: &str) -> Result<(), Hold> {
        self.told(Danger::Control, name, 1);
        let page = self.page;
        let Some(node) = page.node(at) else { return Ok(()) };
        let kind = node.attribute("type").unwrap_or("text").to_ascii_lowercase();
        match name {
            "button" => return self.children(at, false),
            "textarea" => self.text(&page.text_of(at)),
            "select" => {
                let mut stack: Vec<usize> = page.children(at).iter().rev().copied().collect();
                while let Some(at) = stack.pop() {
                    if page.node(at).is_some_and(|node| node.name() == "option" && node.attribute("selected").is_some()) {
                        self.text(&page.text_of(at));
                    }
                    stack.extend(page.children(at).iter().rev());
                }
            }
            _ => match kind.as_str() {
                "checkbox" => self.text(if node.attribute("checked").is_some() { "☑" } else { "☐" }),
                "radio" => self.text(if node.attribute("checked").is_some() { "◉" } else { "○" }),
                "hidden" | "password" | "file" | "submit" | "button" | "reset" | "image" => {}
                _ => self.text(node.attribute("value").unwrap_or_default()),
            },
        }
        Ok(())
    }

    fn picture(&mut self, at: usize) -> Result<(), Hold> {
        let Some(node) = self.page.node(at) else { return Ok(()) };
        let source = node.attribute("src").unwrap_or_default().trim();
        self.pictures += 1;
        let place = format!("画像{}", self.pictures);
        let made = if self.own && source.starts_with("data:image/") {
            Some(source.to_owned())
        } else {
            let bytes = match source.get(..5) {
                Some(scheme) if scheme.eq_ignore_ascii_case("data:") => data(source),
                _ => self.files.get(source.strip_prefix("cid:").unwrap_or(source)).cloned(),
            };
            match bytes {
                None => {
                    self.told(Danger::Remote, "img", 1);
                    None
                }
                Some(bytes) => match self.job.part(&place, &bytes, PICTURES) {
                    Ok(built) => Some(format!("data:{};base64,{}", built.kind.mime(), base64::encode(&built.bytes))),
                    Err(hold) if self.job.note_instead(&hold) => {
                        self.told(Danger::EmbeddedFile, &place, 1);
                        None
                    }
                    Err(hold) => return Err(hold),
                },
            }
        };
        let Some(made) = made else {
            let alt = node.attribute("alt").unwrap_or_default().trim().to_owned();
            if !alt.is_empty() {
                self.text(&format!("[画像: {alt}]"));
            }
            return Ok(());
        };
        self.out.push_str(&format!("<img src=\"{made}\""));
        for name in ["alt", "width", "height", "title", "align", "border", "hspace", "vspace", "class", "id"] {
            if let Some(value) = node.attribute(name) {
                self.attribute(name, value);
            }
        }
        if let Some(style) = node.attribute("style") {
            let mut css = Css::default();
            let kept = css::declarations(style, &mut css);
            self.told_css(&css);
            if !kept.is_empty() {
                self.attribute("style", &kept);
            }
        }
        let scripts = node.attributes().iter().filter(|attribute| attribute.name.local.starts_with("on")).count();
        self.told(Danger::Script, "HTML", scripts as u64);
        self.out.push('>');
        Ok(())
    }
}

/// What stands at the beginning of every head: how the page is read, and that it may fetch nothing.
const HEAD: &str = "<meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">";

fn is_listed(list: &str, name: &str) -> bool {
    !name.is_empty() && !name.contains(' ') && list.contains(&format!(" {name} "))
}

/// The bytes of a `data:` address.
fn data(source: &str) -> Option<Vec<u8>> {
    let (head, body) = source.get(5..)?.split_once(',')?;
    let mut plain = Vec::with_capacity(body.len());
    let mut bytes = body.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            plain.push(u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?);
        } else {
            plain.push(byte);
        }
    }
    if head.to_ascii_lowercase().ends_with(";base64") { base64::decode(std::str::from_utf8(&plain).ok()?) } else { Some(plain) }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            c => out.push(c),
        }
    }
}
