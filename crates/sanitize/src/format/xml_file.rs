//! XML of no known kind (申請データ, GML): well-formed, without document type, instructions, comments and inclusions.

use super::text;
use crate::{
    Danger, Hold, Kind,
    job::{Built, Job},
    text::Charset,
    xml::{Event, Reader},
};

/// Namespaces whose elements a reader would run or fetch, and what they become.
const ACTIVE: [(&str, &str, Danger); 5] = [
    ("http://www.w3.org/2001/XInclude", "urn:removed:include", Danger::Remote),
    ("http://www.w3.org/1999/xhtml", "urn:removed:page", Danger::Script),
    ("http://www.w3.org/2000/svg", "urn:removed:picture", Danger::Script),
    ("http://www.w3.org/1999/XSL/Transform", "urn:removed:transform", Danger::Script),
    ("urn:schemas-microsoft-com:xslt", "urn:removed:script", Danger::Script),
];

/// Rebuilds an XML document.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let label = label(bytes);
    let decoded = text::read(job, bytes, label.as_deref())?;
    let named = label.as_deref().and_then(Charset::of_label);
    let agree = match (named, decoded.charset) {
        (None, Charset::Utf8 { .. } | Charset::Utf16 { .. }) => true,
        (Some(_), Charset::Utf16 { .. }) => true,
        (Some(Charset::Utf8 { .. }), Charset::Utf8 { .. }) => true,
        // ASCII is the same in all of them.
        (Some(Charset::Other(_) | Charset::Iso2022Jp), Charset::Utf8 { bom: false }) => bytes.is_ascii(),
        (Some(named), charset) => named == charset,
        (None, _) => false,
    };
    if !agree || decoded.bad > 0 {
        return Err(Hold::damaged("XML in another charset than it says"));
    }
    let cleaned = crate::text::clean_in(job, "", &decoded.text);
    let mut words = strip(job, &cleaned)?;
    for (uri, instead, danger) in ACTIVE {
        if words.contains(uri) {
            job.removed(danger, uri, words.matches(uri).count() as u64);
            words = words.replace(uri, instead);
        }
    }
    check(&words, job)?;
    Ok(Built::new(Kind::Xml, text::write(job, &words, decoded.charset)))
}

/// Reads it through, strictly.
fn check(words: &str, job: &Job<'_>) -> Result<(), Hold> {
    let mut reader = Reader::new(words, &job.policy.limits)?;
    while let Some(event) = reader.next()? {
        // A namespace may be spelt with references.
        if let Event::Start(name) = event
            && ACTIVE.iter().any(|(uri, ..)| *uri == reader.uri(name.ns))
        {
            return Err(Hold::damaged("a namespace that hides its name"));
        }
    }
    // Pieces around what was left out may have come together to more of it.
    if reader.ignored() > 0 { Err(Hold::damaged("comments within comments")) } else { Ok(()) }
}

/// Leaves out comments, instructions and a document type without declarations of its own.
fn strip(job: &mut Job<'_>, words: &str) -> Result<String, Hold> {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    let (mut comments, mut instructions, mut types) = (0, 0, 0);
    if rest.starts_with("<?xml")
        && let Some(end) = rest.find("?>")
    {
        let (declaration, after) = rest.split_at_checked(end + 2).unwrap_or((rest, ""));
        out.push_str(declaration);
        rest = after;
    }
    let unfinished = || Hold::damaged("XML markup without end");
    while let Some(at) = rest.find("<!").into_iter().chain(rest.find("<?")).min() {
        let (before, mark) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        rest = if let Some(comment) = mark.strip_prefix("<!--") {
            comments += 1;
            comment.split_once("-->").ok_or_else(unfinished)?.1
        } else if let Some(section) = mark.strip_prefix("<![CDATA[") {
            let end = section.find("]]>").ok_or_else(unfinished)? + "<![CDATA[]]>".len();
            let (section, after) = mark.split_at_checked(end).unwrap_or((mark, ""));
            out.push_str(section);
            after
        } else if mark.starts_with("<?") {
            instructions += 1;
            mark.split_once("?>").ok_or_else(unfinished)?.1
        } else {
            let (inner, after) = mark.split_once('>').ok_or_else(unfinished)?;
            if inner.contains('[') || types > 0 {
                return Err(Hold::damaged("a document type with declarations of its own"));
            }
            types += 1;
            after
        };
    }
    out.push_str(rest);
    job.removed(Danger::Leftover, "<!-- -->", comments);
    job.removed(Danger::Remote, "<? ?>", instructions);
    job.removed(Danger::Remote, "<!DOCTYPE>", types);
    Ok(out)
}

/// `encoding="…"` of the declaration.
fn label(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head: String = bytes.iter().take(200).filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
    let declaration = head.trim_start_matches(['\u{ff}', '\u{fe}']).strip_prefix("<?xml")?.split_once("?>")?.0.to_owned();
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split(quote).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Outcome, Policy, Reason, sanitize};

    fn made(bytes: &[u8]) -> (Outcome, String, Option<Reason>) {
        let verdict = sanitize(Input { name: "a.xml", declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        let out = verdict.output.map(|output| crate::text::decode(output.bytes(), None).text).unwrap_or_default();
        (verdict.report.outcome, out, verdict.report.reason)
    }

    #[test]
    fn harmless_data_is_verified_in_its_encoding() {
        for label in ["UTF-8", "Shift_JIS", "EUC-JP", "ISO-2022-JP"] {
            let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>\r\n<申請 版='1'><氏名>髙橋</氏名><![CDATA[a<b]]></申請>\r\n");
            let (bytes, _) = crate::text::encode(&text, Charset::of_label(label).unwrap());
            assert_eq!(made(&bytes), (Outcome::Verified, text, None), "{label}");
        }
    }

    #[test]
    fn what_fetches_or_runs_is_gone() {
        let (outcome, out, _) = made(
            b"<?xml version='1.0'?><?xml-stylesheet href='http://a/'?><!DOCTYPE a SYSTEM 'http://a/a.dtd'><a><!-- c --><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/></a>",
        );
        assert_eq!(outcome, Outcome::Rebuilt);
        assert_eq!(out, "<?xml version='1.0'?><a><xi:include xmlns:xi='urn:removed:include' href='file:///etc/passwd'/></a>");
        let bomb = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>";
        assert_eq!(made(bomb).2, Some(Reason::Damaged));
        assert_eq!(made(b"<?xml version='1.0'?><a><b></a>").2, Some(Reason::Damaged));
        assert_eq!(made(b"<?xml version='1.0'?><a xmlns='http://www.w3.org/1999/xht&#109;l'><script/></a>").2, Some(Reason::Damaged));
    }
}
