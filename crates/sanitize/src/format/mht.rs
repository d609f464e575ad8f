//! MHT: the page of a saved page as a static page, its pictures inside it.

use std::collections::BTreeMap;

use super::{html, mail::related};
use crate::{
    Danger, Hold, Kind,
    job::{Built, Job},
};

/// Rebuilds a saved page as HTML.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let (parts, outside) = related::parts(job, bytes)?;
    job.removed(Danger::Slack, "", outside);
    let page = parts.iter().position(|part| matches!(part.kind.as_str(), "text/html" | "application/xhtml+xml"));
    let at = page.ok_or_else(|| Hold::damaged("no page in it"))?;
    let mut files = BTreeMap::new();
    let mut others = 0;
    let mut base = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place == at {
            base = part
                .location
                .as_deref()
                .and_then(|location| location.rsplit_once('/'))
                .map_or_else(String::new, |(base, _)| format!("{base}/"));
            continue;
        }
        // Frames, style sheets and scripts do not come along.
        others += u64::from(!part.kind.starts_with("image/"));
    }
    for part in parts.iter().filter(|part| part.kind.starts_with("image/") || part.kind == "application/octet-stream") {
        if let Some(location) = &part.location {
            if let Some(relative) = location.strip_prefix(&base).filter(|_| !base.is_empty()) {
                files.entry(relative.to_owned()).or_insert_with(|| part.bytes.clone());
            }
            files.entry(location.clone()).or_insert_with(|| part.bytes.clone());
        }
        if let Some(id) = &part.id {
            files.entry(id.clone()).or_insert_with(|| part.bytes.clone());
        }
    }
    job.removed(Danger::ForeignContent, "MHT", others);
    let page = parts.get(at).ok_or_else(|| Hold::damaged("no page in it"))?;
    let made = html::with_files(job, &page.bytes, page.charset.as_deref(), &files)?;
    Ok(Built::new(Kind::Html, made.into_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::{Input, Kind, Outcome, Policy, sanitize};

    #[test]
    fn a_saved_page_becomes_a_static_one() {
        let mht = b"From: <Saved by Browser>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"bb\"; type=\"text/html\"\r\n\r\n\
            --bb\r\nContent-Type: text/html; charset=shift_jis\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: http://example.jp/a/b.htm\r\n\r\n\
            <html><body><p>=8FZ=96=AF</p><script>CANARY</script><img src=3D\"c.gif\" alt=3Dp></body></html>\r\n\
            --bb\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\nContent-Location: http://example.jp/a/c.gif\r\n\r\n\
            R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\r\n--bb\r\nContent-Type: text/css\r\nContent-Location: http://example.jp/a/d.css\r\n\r\nCANARY\r\n--bb--\r\n";
        let verdict = sanitize(Input { name: "a.mht", declared: None, bytes: mht, passwords: &[] }, &Policy::default(), &mut |_, _| {});
        assert_eq!(verdict.report.outcome, Outcome::Rebuilt, "{:?}", verdict.report);
        let output = verdict.output.unwrap();
        assert_eq!((output.kind(), output.name()), (Kind::Html, "a.html"));
        let out = String::from_utf8(output.into_bytes()).unwrap();
        assert!(out.contains("住民") && out.contains("data:image/gif;base64,") && !out.contains("CANARY"), "{out}");
    }
}
