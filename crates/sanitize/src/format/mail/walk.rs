//! The tree of a mail's parts, walked once into one text and a list of attachments.

use std::borrow::Cow;

use super::{
    body,
    header::{self, Head},
    mime,
    param::{self, Value},
    signer, tnef, transfer,
};
use crate::{Danger, Hold, OnSigned, Reason, format::html, job::Job, text};

/// Multiparts within multiparts at most.
const DEPTH: u32 = 10;

/// An attachment, decoded.
pub(super) struct Item<'b> {
    pub(super) name: Option<String>,
    pub(super) declared: String,
    pub(super) bytes: Cow<'b, [u8]>,
}

/// What a part comes to.
#[derive(Default)]
pub(super) struct Content<'b> {
    pub(super) text: String,
    /// The text comes from a page.
    html: bool,
    pub(super) items: Vec<Item<'b>>,
    /// Text for a mail that has none of its own: the body in a `winmail.dat`.
    pub(super) instead: Option<String>,
    /// What is refused without being looked at: name, and why.
    pub(super) refused: Vec<(String, &'static str)>,
}

impl<'b> Content<'b> {
    fn text(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// Puts another after it.
    fn append(&mut self, other: Self) {
        if !other.text.trim().is_empty() {
            if !self.text.trim().is_empty() {
                self.text.truncate(self.text.trim_end_matches(['\n', '\r']).len());
                self.text.push_str("\n\n");
            }
            self.text.push_str(&other.text);
        }
        self.html |= other.html;
        self.items.extend(other.items);
        self.instead = self.instead.take().or(other.instead);
        self.refused.extend(other.refused);
    }

    /// What a `winmail.dat` carries.
    pub(super) fn tnef(&mut self, message: tnef::Message) {
        self.instead = self.instead.take().or(message.text);
        self.items.extend(message.items.into_iter().map(|file| Item {
            name: file.name,
            declared: if file.message { "application/ms-tnef".to_owned() } else { file.declared },
            bytes: Cow::Owned(file.bytes),
        }));
    }
}

/// The walk through one mail.
pub(super) struct Walk<'w, 'j, 'h> {
    job: &'w mut Job<'j>,
    hint: Option<&'h str>,
}

impl<'w, 'j, 'h> Walk<'w, 'j, 'h> {
    pub(super) const fn new(job: &'w mut Job<'j>, hint: Option<&'h str>) -> Self {
        Self { job, hint }
    }

    /// The whole mail.
    pub(super) fn mail<'b>(&mut self, head: &Head<'b>) -> Result<Content<'b>, Hold> {
        self.entity(head, 0, false)
    }

    fn entity<'b>(&mut self, head: &Head<'b>, depth: u32, digest: bool) -> Result<Content<'b>, Hold> {
        self.job.count_member()?;
        let kind = Value::read(head.get("content-type").unwrap_or_default(), self.hint);
        for name in ["content-type", "content-transfer-encoding", "content-disposition"] {
            self.job.removed(Danger::Unknown, "重複したヘッダー", head.count(name).saturating_sub(1) as u64);
        }
        if let Some(form) = kind.main.strip_prefix("multipart/") {
            let form = form.to_owned();
            return self.multipart(head, &kind, &form, depth);
        }
        let kind = if kind.main.contains('/') { kind } else { kind.named(if digest { "message/rfc822" } else { "text/plain" }) };
        self.leaf(head, &kind, depth)
    }

    fn multipart<'b>(&mut self, head: &Head<'b>, kind: &Value, form: &str, depth: u32) -> Result<Content<'b>, Hold> {
        if depth >= DEPTH {
            return Err(Hold::new(Reason::TooDeep, format!("more than {DEPTH} multiparts within each other")));
        }
        match form {
            "encrypted" => return Err(Hold::new(Reason::EncryptionUnknown, "an encrypted mail")),
            "signed" if self.job.policy.signed == OnSigned::Hold => return Err(Hold::new(Reason::Signed, "a signed mail")),
            _ => {}
        }
        let declared = kind.text("boundary").map(|boundary| boundary.trim_end().to_owned()).filter(|boundary| !boundary.is_empty());
        let mut split =
            declared.as_deref().map(|boundary| mime::split(head.body, boundary)).unwrap_or(mime::Split { parts: Vec::new(), outside: 0 });
        if split.parts.is_empty() {
            match mime::guess(head.body).filter(|_| declared.is_none()) {
                Some(boundary) => split = mime::split(head.body, &boundary),
                // Without a single delimiter it is read as the text that it looks like.
                None if !head.body.trim_ascii().is_empty() && split.outside == 0 => {
                    return self.leaf(head, &Value::default().named("text/plain"), depth);
                }
                None => {}
            }
        }
        self.job.removed(Danger::Slack, "区切りの外", split.outside);
        let mut children = Vec::new();
        for part in split.parts {
            let head = header::split(part);
            if !part.trim_ascii().is_empty() {
                children.push(self.entity(&head, depth + 1, form == "digest")?);
            }
        }
        if form == "alternative" {
            return Ok(self.choose(children));
        }
        let mut all = Content::default();
        for child in children {
            all.append(child);
        }
        Ok(all)
    }

    /// One of the forms of a text: the plain one, unless it says far less than the page.
    fn choose<'b>(&mut self, children: Vec<Content<'b>>) -> Content<'b> {
        let plain = children.iter().position(|child| !child.html && !child.text.trim().is_empty());
        let page = children.iter().rposition(|child| child.html && !child.text.trim().is_empty());
        let both = match (plain.and_then(|at| children.get(at)), page.and_then(|at| children.get(at))) {
            (Some(plain), Some(page)) => !body::alike(&plain.text, &page.text),
            _ => false,
        };
        let mut chosen = Content::default();
        for (at, mut child) in children.into_iter().enumerate() {
            let keep = match (plain, page) {
                (Some(plain), Some(page)) => at == plain || both && at == page,
                (Some(plain), None) => at == plain,
                (None, Some(page)) => at == page,
                (None, None) => false,
            };
            if !keep {
                child.text.clear();
            } else if both && Some(at) == page {
                child.text = format!("――――――――――\n{}", child.text);
            }
            chosen.append(child);
        }
        chosen
    }

    fn leaf<'b>(&mut self, head: &Head<'b>, kind: &Value, depth: u32) -> Result<Content<'b>, Hold> {
        let disposition = Value::read(head.get("content-disposition").unwrap_or_default(), self.hint);
        let name = param::file_name(&disposition, kind);
        let bytes = decoded(head, kind);
        let attached = disposition.main == "attachment";
        let named = name.as_deref().unwrap_or_default().to_ascii_lowercase();
        match kind.main.as_str() {
            "message/partial" => return Err(Hold::new(Reason::UnsupportedKind, "a part of a mail (message/partial)")),
            "message/external-body" => {
                self.job.removed(Danger::Remote, "message/external-body", 1);
                return Ok(Content::default());
            }
            "message/delivery-status" | "message/disposition-notification" | "message/feedback-report" | "text/rfc822-headers" => {
                return Ok(self.plain(&bytes, kind));
            }
            "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature" => {
                self.job.removed(Danger::Signature, "メールの署名", 1);
                let signers = signer::names(&bytes);
                if !signers.is_empty() {
                    self.job.note(format!("電子署名の証明書にある名前：{}（署名は確かめていません）", signers.join("、")));
                }
                return Ok(Content::default());
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" if depth == 0 => {
                return Err(Hold::new(Reason::EncryptionUnknown, "an S/MIME mail in one piece"));
            }
            "application/applefile" => {
                self.job.removed(Danger::Leftover, "Macのファイル情報", 1);
                return Ok(Content::default());
            }
            "application/mac-binhex40" | "application/binhex" => {
                self.job.removed(Danger::EmbeddedFile, "BinHex", 1);
                let name = name.unwrap_or_else(|| "BinHex".to_owned());
                return Ok(Content { refused: vec![(name, Reason::UnsupportedKind.sentence())], ..Content::default() });
            }
            "application/ms-tnef" | "application/vnd.ms-tnef" => return self.tnef(name, bytes),
            _ if tnef::looks_like(&bytes) && (named.is_empty() || named.ends_with(".dat") || named.ends_with(".tnef")) => {
                return self.tnef(name, bytes);
            }
            "message/rfc822" | "message/global" | "message/news" => {
                let name = name.unwrap_or_else(|| nested_name(&bytes, self.hint));
                let name = if named.ends_with(".eml") { name } else { format!("{name}.eml") };
                return Ok(Content {
                    items: vec![Item { name: Some(name), declared: "message/rfc822".to_owned(), bytes }],
                    ..Content::default()
                });
            }
            "text/html" | "application/xhtml+xml" if !attached && (name.is_none() || depth == 0) => return self.html(&bytes, kind),
            "text/plain" | "text/enriched" | "text/richtext" | "text/markdown" | "text/x-amp-html" | "text"
                if !attached && (name.is_none() || depth == 0) =>
            {
                // Pages for one provider's reader say what the others say.
                return Ok(if kind.main == "text/x-amp-html" { Content::default() } else { self.plain(&bytes, kind) });
            }
            _ => {}
        }
        if bytes.is_empty() && name.is_none() {
            return Ok(Content::default());
        }
        let name = name.or_else(|| (kind.main == "text/calendar").then(|| "予定.ics".to_owned()));
        Ok(Content { items: vec![Item { name, declared: kind.main.clone(), bytes }], ..Content::default() })
    }

    fn tnef<'b>(&mut self, name: Option<String>, bytes: Cow<'b, [u8]>) -> Result<Content<'b>, Hold> {
        match tnef::read(self.job, &bytes) {
            Ok(message) => {
                let mut content = Content::default();
                content.tnef(message);
                self.job.removed(Danger::MailPart, "winmail.dat", 1);
                Ok(content)
            }
            Err(hold) if self.job.note_instead(&hold) => {
                self.job.removed(Danger::EmbeddedFile, "winmail.dat", 1);
                let name = name.unwrap_or_else(|| "winmail.dat".to_owned());
                Ok(Content { refused: vec![(name, hold.reason.sentence())], ..Content::default() })
            }
            Err(hold) => Err(hold),
        }
    }

    /// A plain text as a reader sees it, with the files in it taken out.
    fn plain<'b>(&mut self, bytes: &[u8], kind: &Value) -> Content<'b> {
        let text = self.decode(bytes, param::charset(kind).as_deref());
        let flowed = kind.plain("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
        let text =
            if flowed { body::unflow(&text, kind.plain("delsp").is_some_and(|value| value.eq_ignore_ascii_case("yes"))) } else { text };
        let dug = body::dig(text);
        self.job.removed(Danger::Signature, "本文の署名", dug.signatures);
        self.job.removed(Danger::EmbeddedFile, "本文の中のファイル", dug.refused);
        if dug.encrypted {
            self.job.note("本文にPGPで暗号化された部分があります。");
        }
        let mut content = Content::text(dug.text);
        content.items = dug
            .files
            .into_iter()
            .map(|file| Item { name: Some(file.name), declared: "application/octet-stream".to_owned(), bytes: Cow::Owned(file.bytes) })
            .collect();
        content
    }

    /// A page as text.
    fn html<'b>(&mut self, bytes: &[u8], kind: &Value) -> Result<Content<'b>, Hold> {
        let charset = param::charset(kind).filter(|charset| !charset.eq_ignore_ascii_case("us-ascii"));
        let page = match html::to_text(bytes, charset.as_deref()) {
            Ok(page) => page,
            Err(hold) if self.job.note_instead(&hold) => {
                self.job.removed(Danger::MailPart, "HTML", 1);
                return Ok(Content { refused: vec![("HTML形式の本文".to_owned(), hold.reason.sentence())], ..Content::default() });
            }
            Err(hold) => return Err(hold),
        };
        let counts = [
            (Danger::MailPart, 1),
            (Danger::Script, page.active),
            (Danger::Form, page.forms),
            (Danger::Link, page.links),
            (Danger::Remote, page.trackers),
            (Danger::HiddenText, page.hidden),
            (Danger::ControlCharacter, page.controls),
        ];
        for (danger, count) in counts {
            self.job.removed(danger, "HTML", count);
        }
        if page.lies > 0 {
            self.job.note(format!("HTMLの本文に、表示と行き先の違うリンクが{}件あります。", page.lies));
        }
        let text = text::clean(&page.text).text.into_owned();
        Ok(Content { html: true, ..Content::text(text) })
    }

    fn decode(&mut self, bytes: &[u8], charset: Option<&str>) -> String {
        if charset.is_some_and(param::is_utf7) {
            self.job.note("UTF-7の本文は読み替えずにそのまま載せました。");
        }
        // What is said to be UTF-8 and is UTF-8 is not repaired: our own mails stay as they are.
        let own = charset.is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8")) && !bytes.contains(&0x1b);
        if let (true, Ok(text)) = (own, std::str::from_utf8(bytes)) {
            return text::clean_in(self.job, "本文", text).into_owned();
        }
        let decoded = text::decode(bytes, charset);
        if decoded.bad > 0 {
            self.job.note(format!("本文に読み取れない文字が{}か所あります。", decoded.bad));
        }
        let cleaned = text::clean_in(self.job, "本文", &decoded.text);
        cleaned.into_owned()
    }
}

/// A leaf's bytes without transfer encoding.
pub(super) fn decoded<'b>(head: &Head<'b>, kind: &Value) -> Cow<'b, [u8]> {
    let value = head.get("content-transfer-encoding").unwrap_or_default();
    let encoding = Value::read(value, None).main.replace('_', "-");
    match encoding.as_str() {
        "base64" => Cow::Owned(transfer::base64(head.body)),
        "quoted-printable" => Cow::Owned(transfer::quoted_printable(head.body)),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" if !kind.main.starts_with("text/") => {
            let dug = body::dig(String::from_utf8_lossy(head.body).into_owned());
            dug.files.into_iter().next().map_or(Cow::Borrowed(head.body), |file| Cow::Owned(file.bytes))
        }
        _ => Cow::Borrowed(head.body),
    }
}

/// The name of a mail within: its subject.
fn nested_name(bytes: &[u8], hint: Option<&str>) -> String {
    let head = header::split(bytes);
    let subject = head.get("subject").map(|value| header::unstructured(value, hint)).unwrap_or_default();
    let subject: String = subject.chars().filter(|c| !matches!(c, '/' | '\\' | ':' | '.')).take(60).collect();
    if subject.trim().is_empty() { "転送されたメール".to_owned() } else { subject.trim().to_owned() }
}
