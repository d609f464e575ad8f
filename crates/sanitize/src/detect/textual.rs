//! Kinds that are text: told by how they begin; which table or note it is, the name says.

use crate::{Kind, format::mail};

/// As much of a file as is looked at.
const HEAD: usize = 4_096;

/// Kinds that the text shows, the most telling first; nothing if it is no text.
pub(super) fn kinds(bytes: &[u8]) -> Vec<Kind> {
    // Mails may carry bytes of any kind below their header.
    let Some(head) = head(bytes) else { return if mail::looks_like(bytes) { vec![Kind::Eml] } else { Vec::new() } };
    let text = head.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    let starts = |marks: &[&str]| marks.iter().any(|mark| lower.starts_with(mark));
    let mut found = Vec::new();
    if starts(&["{\\rt"]) {
        found.push(Kind::Rtf);
    } else if starts(&["begin:vcalendar"]) {
        found.push(Kind::Ics);
    } else if starts(&["begin:vcard"]) {
        found.push(Kind::Vcf);
    } else if starts(&["id;p"]) {
        found.push(Kind::Slk);
    } else if starts(&["[internetshortcut", "[shell]", "[desktop entry]", "[{000214a0"]) {
        found.push(Kind::Shortcut);
    } else if starts(&["iso-10303-21;"]) {
        found.push(Kind::Sxf);
    } else if is_dxf(text) {
        found.push(Kind::Dxf);
    } else if starts(&["web\n1", "web\r\n1", "xlodbc"]) {
        found.push(Kind::WebQuery);
    } else if starts(&["windows registry editor", "regedit4", "#!/", "#! /", "@echo off"]) {
        found.push(Kind::Script);
    } else if starts(&["full address:s:", "screen mode id:i:"]) {
        found.push(Kind::RemoteDesktop);
    } else if starts(&["<"]) {
        found.extend(markup(&lower));
    } else if is_mail(text) {
        let web = lower.contains("multipart/related") || lower.starts_with("from: <saved by") || lower.starts_with("from: \"saved by");
        found.extend(if web { [Kind::Mht, Kind::Eml] } else { [Kind::Eml, Kind::Mht] });
    } else if is_json(text, bytes) {
        found.push(Kind::Json);
    }
    found.push(Kind::Text);
    found
}

/// Whether what looks like plain text may be what a name or a sender says.
pub(super) fn may_be(content: Kind, claim: Kind) -> bool {
    let plain = matches!(content, Kind::Text | Kind::Json | Kind::Xml | Kind::Html | Kind::Eml | Kind::Mht | Kind::Svg);
    plain && matches!(claim, Kind::Text | Kind::Csv | Kind::Tsv)
        // A page or a mail without the usual beginning is read leniently as what it is called.
        || matches!(content, Kind::Text | Kind::Xml) && matches!(claim, Kind::Html | Kind::Eml | Kind::Mht | Kind::Json | Kind::Ics | Kind::Vcf)
        || content == Kind::Html && matches!(claim, Kind::Eml | Kind::Mht | Kind::Xml)
        || matches!(content, Kind::Mht | Kind::Eml) && matches!(claim, Kind::Html)
}

/// The beginning as text, if the file is text in any of the encodings that are read.
fn head(bytes: &[u8]) -> Option<String> {
    let part = bytes.get(..bytes.len().min(HEAD)).unwrap_or(bytes);
    let wide = |from: fn([u8; 2]) -> u16| -> String {
        let units = part.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(from);
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    if part.starts_with(b"\xff\xfe") {
        return Some(wide(u16::from_le_bytes)).filter(|text| !text.contains('\0'));
    }
    if part.starts_with(b"\xfe\xff") {
        return Some(wide(u16::from_be_bytes)).filter(|text| !text.contains('\0'));
    }
    // Text has no zero bytes and few control characters; escapes of JIS and ANSI are counted out.
    let odd = part.iter().filter(|byte| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x0e | 0x0f | 0x1a)).count();
    if part.contains(&0) || odd * 50 > part.len() {
        return None;
    }
    // Bytes that no encoding of text strings together: more than a tenth above ASCII without a single valid reading.
    if std::str::from_utf8(part).is_err_and(|error| error.error_len().is_some()) && !japanese(part) {
        return None;
    }
    Some(part.iter().map(|byte| char::from(*byte)).collect())
}

/// Whether bytes above ASCII pair up as Shift_JIS or EUC-JP, or are few (Latin-1).
fn japanese(part: &[u8]) -> bool {
    let high = part.iter().filter(|byte| **byte >= 0x80).count();
    if high * 10 <= part.len() {
        return true;
    }
    let bad = |encoding: &'static encoding_rs::Encoding| {
        let (text, _) = encoding.decode_without_bom_handling(part);
        text.chars().filter(|c| *c == '\u{fffd}').count()
    };
    bad(encoding_rs::SHIFT_JIS).min(bad(encoding_rs::EUC_JP)) * 100 <= part.len()
}

fn markup(lower: &str) -> Vec<Kind> {
    let root = root(lower);
    let local = root.rsplit(':').next().unwrap_or_default();
    let has = |mark: &str| lower.contains(mark);
    let xml = lower.starts_with("<?xml");
    match local {
        "svg" => vec![Kind::Svg, Kind::Xml],
        "html" if xml => vec![Kind::Html, Kind::Xml],
        "document" if has("urn:oasis:names:tc:opendocument") => {
            let kind = [
                ("opendocument.spreadsheet", Kind::Fods),
                ("opendocument.presentation", Kind::Fodp),
                ("opendocument.graphics", Kind::Fodg),
            ]
            .into_iter()
            .find_map(|(mark, kind)| has(mark).then_some(kind));
            vec![kind.unwrap_or(Kind::Fodt), Kind::Xml]
        }
        "worddocument" | "package" if has("schemas.microsoft.com/office") => vec![Kind::WordXml],
        "workbook" if has("office:spreadsheet") => vec![Kind::WordXml],
        "pcsettings" | "librarydescription" | "persistedquery" | "searchconnectordescription" => vec![Kind::Shortcut],
        "scriptlet" | "package" | "component" if has("<script") => vec![Kind::Script],
        "job" if has("<script") => vec![Kind::Script],
        _ if has("<?mso-application") => vec![Kind::WordXml],
        _ if has("<hta:application") => vec![Kind::Script],
        _ if is_html(lower, local) => vec![Kind::Html],
        _ if xml || !root.is_empty() => vec![Kind::Xml],
        _ => vec![Kind::Html],
    }
}

fn is_html(lower: &str, root: &str) -> bool {
    const NAMES: [&str; 34] = [
        "html", "head", "body", "title", "meta", "link", "script", "style", "table", "div", "p", "br", "font", "a", "img", "h1", "h2",
        "h3", "ul", "ol", "span", "center", "b", "i", "form", "iframe", "frameset", "pre", "hr", "base", "object", "embed", "input", "td",
    ];
    lower.contains("<!doctype html") || NAMES.contains(&root)
}

/// The name of the first element, after declarations, comments and the document type.
fn root(lower: &str) -> &str {
    let mut rest = lower;
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<!") {
            ">"
        } else {
            break;
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after,
            None => return "",
        }
    }
    let Some(name) = rest.strip_prefix('<') else { return "" };
    name.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default()
}

/// Names that begin header lines of mails.
const HEADERS: [&str; 24] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "received",
    "return-path",
    "message-id",
    "mime-version",
    "content-type",
    "delivered-to",
    "reply-to",
    "sender",
    "content-transfer-encoding",
    "dkim-signature",
    "x-mailer",
    "x-originating-ip",
    "authentication-results",
    "arc-seal",
    "x-ymail-umid",
    "envelope-to",
    "x-notes-item",
    "bcc",
    "in-reply-to",
];

/// Whether it begins with header lines, one of them of a mail.
fn is_mail(text: &str) -> bool {
    let mut known = 0;
    for (at, line) in text.lines().take(60).enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) || at == 0 && line.starts_with("From ") {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return known >= 2 };
        if name.is_empty() || name.len() > 80 || !name.trim_end().chars().all(|c| c.is_ascii_graphic()) {
            return known >= 2;
        }
        let name = name.trim_end().to_ascii_lowercase();
        if HEADERS.contains(&name.as_str()) {
            known += 1;
        }
        // A note may begin with 「To: 」; a header of mails says more.
        if matches!(name.as_str(), "mime-version" | "content-type" | "message-id" | "received" | "return-path") {
            known += 1;
        }
    }
    known >= 2
}

fn is_json(text: &str, bytes: &[u8]) -> bool {
    let last = bytes.iter().rev().find(|byte| !byte.is_ascii_whitespace());
    text.starts_with('{') && last == Some(&b'}') || text.starts_with('[') && last == Some(&b']')
}

fn is_dxf(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some("0") && lines.next() == Some("SECTION") || text.starts_with("999") && text.contains("SECTION")
}
