//! HTML: to text for mails, to static pages as files.

mod address;
mod css;
mod page;
mod plain;
mod seen;
mod tree;

pub(crate) use plain::Plain;

use std::collections::BTreeMap;

use crate::{
    Hold, Kind, Reason,
    job::{Built, Job},
    text,
};

/// Rebuilds a page as one that only shows.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let made = with_files(job, bytes, None, &BTreeMap::new())?;
    Ok(Built::new(Kind::Html, made.into_bytes()))
}

/// A static page from a page and the files that came with it.
pub(super) fn with_files(
    job: &mut Job<'_>,
    bytes: &[u8],
    declared: Option<&str>,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<String, Hold> {
    let (tree, decoded) = read(bytes, declared)?;
    if decoded.bad.saturating_mul(10) > decoded.text.chars().count() as u64 {
        return Err(Hold::damaged("bytes that are no text in any encoding"));
    }
    let (mut made, active) = page::Static::new(job, &tree, files, false).write()?;
    let plain = plain::plain(&tree);
    if active && plain.text.trim().is_empty() && plain.pictures == 0 {
        return Err(Hold::new(Reason::NothingLeft, "a page of nothing but code"));
    }
    // Elements that stood where they may not are put elsewhere by readers; until that comes to rest.
    for _ in 0..8 {
        let tree = tree::parse(&made)?;
        let (again, _) = page::Static::new(job, &tree, files, true).write()?;
        if again == made {
            return Ok(made);
        }
        made = again;
    }
    Err(Hold::damaged("elements that never come to rest"))
}

/// The text that a reader of a page sees; `declared` is the charset that its envelope names.
pub(crate) fn to_text(bytes: &[u8], declared: Option<&str>) -> Result<Plain, Hold> {
    let (page, _) = read(bytes, declared)?;
    Ok(plain::plain(&page))
}

/// Reads a page; also tells how it was written.
fn read(bytes: &[u8], declared: Option<&str>) -> Result<(tree::Page, text::Decoded), Hold> {
    let named = charset(bytes);
    let decoded = text::decode(bytes, declared.or(named.as_deref()));
    Ok((tree::parse(&decoded.text)?, decoded))
}

/// The charset that a page names within its first bytes.
fn charset(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(4_096).map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let named = |mark: &str| {
        let (_, after) = head.split_once(mark)?;
        let after = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
        let label: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')).collect();
        (!label.is_empty()).then_some(label)
    };
    named("charset").or_else(|| head.starts_with("<?xml").then(|| named("encoding")).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        to_text(html.as_bytes(), None).unwrap().text
    }

    #[test]
    fn blocks_lists_and_quotes_are_laid_out() {
        assert_eq!(text("<p>一\n二</p><p>a\n b&nbsp;c<br>d</p><div>e</div>f"), "一二\n\na b c\nd\n\ne\nf\n");
        assert_eq!(text("<ul><li>一<li>二<ol start=3><li>三</ol></ul>後"), "・一\n・二\n  3. 三\n\n後\n");
        assert_eq!(text("<blockquote>引用<br>続き</blockquote>"), "> 引用\n> 続き\n");
        assert_eq!(text("<pre>a  b\n c</pre>"), "a  b\n c\n");
        assert_eq!(text("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>"), "漢字（かんじ）\n");
    }

    #[test]
    fn tables_stand_in_columns_unless_they_only_arrange() {
        assert_eq!(
            text("<table><tr><th>品名<th>数<tr><td>鉛筆<td>10<tr><td>消しゴム<td>2</table>"),
            "品名      数\n鉛筆      10\n消しゴム  2\n"
        );
        assert_eq!(text("<table><tr><td>a<table><tr><td>b</table></table>"), "a\nb\n");
        assert_eq!(text("<table><tr><td rowspan=2>a<td>b<tr><td>c</table>"), "a  b\n   c\n");
    }

    #[test]
    fn links_show_where_they_lead_and_whether_their_words_lie() {
        assert_eq!(text("<a href='https://example.jp/a'>詳細</a>"), "詳細 <https://example.jp/a>\n");
        assert_eq!(text("<a href='https://example.jp/a'>https://example.jp/a</a>"), "https://example.jp/a\n");
        assert_eq!(
            text("<a href='https://evil.test/'>https://www.example.jp/</a>"),
            "https://www.example.jp/ <https://evil.test/>【注意：表示と実際のリンク先が違います】\n"
        );
        assert_eq!(text("<a href='javascript:x()'>開く</a>"), "開く 【危険なリンクを取り除きました】\n");
        assert_eq!(text("<a href='mailto:a@example.jp'>係</a>"), "係 <a@example.jp>\n");
    }

    #[test]
    fn pictures_and_hidden_text_are_told() {
        let plain = to_text(
            "<style>.pre{display:none}</style><div class=pre>隠し</div><img src=a alt=地図><img src=b width=1 height=1>\
             <p style='color:#fff'>白</p><p style='color:white;background:#000'>見える</p><script>x</script>"
                .as_bytes(),
            None,
        )
        .unwrap();
        assert_eq!(plain.text, "[表示されない文字: 隠し]\n[画像: 地図]\n[表示されない文字: 白]\n\n見える\n");
        assert_eq!((plain.hidden, plain.pictures, plain.trackers, plain.active), (2, 1, 1, 1));
    }

    fn made(html: &[u8]) -> (crate::Report, String) {
        let policy = crate::Policy::default();
        let input = crate::Input { name: "a.html", declared: None, bytes: html, passwords: &[] };
        let verdict = crate::sanitize(input, &policy, &mut |_, _| {});
        (verdict.report, verdict.output.map(|output| String::from_utf8(output.into_bytes()).unwrap()).unwrap_or_default())
    }

    #[test]
    fn a_page_only_shows() {
        let html = "<!DOCTYPE html><html><head><title>題</title><meta http-equiv=refresh content='0;url=http://CANARY'><base href=http://CANARY>\
            <link rel=stylesheet href=http://CANARY><script>CANARY</script><style>p{color:red;background:url(http://CANARY)}</style></head>\
            <body onload=CANARY()><!-- CANARY --><p style='color:blue;width:expression(CANARY)'>一<b>二</b></p><a href='javascript:CANARY'>三</a>\
            <iframe srcdoc=CANARY></iframe><form action=http://CANARY><input name=a value=四><input type=hidden value=CANARY></form>\
            <svg><script>CANARY</script></svg><img src=http://CANARY alt=地図><object data=CANARY></object><x-y data-a=CANARY>五</x-y></body></html>";
        let (report, out) = made(html.as_bytes());
        assert_eq!(report.outcome, crate::Outcome::Rebuilt, "{report:?}");
        assert!(!out.contains("CANARY"), "{out}");
        for word in ["<title>題</title>", "一<b>二</b>", "三", "四", "五", "[画像: 地図]", "color:red", "color:blue"] {
            assert!(out.contains(word), "{word}: {out}");
        }
        let (again, same) = made(out.as_bytes());
        assert_eq!(same, out);
        assert_eq!(again.removed, []);
    }

    #[test]
    fn pages_of_nothing_but_code_are_held() {
        assert_eq!(made(b"<html><body><script>a()</script></body></html>").0.reason, Some(Reason::NothingLeft));
        let deep = format!("<html><body>{}", "<div>".repeat(2_000));
        assert_eq!(made(deep.as_bytes()).0.reason, Some(Reason::TooDeep));
    }

    proptest::proptest! {
        #[test]
        fn any_page_comes_to_rest(parts in proptest::collection::vec(0..26_usize, 0..24)) {
            const PIECES: [&str; 26] = [
                "<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<a href='#x'>", "</a>", "<b>", "</b>", "<div>", "</div>", "text", "<form>",
                "<select><option selected>", "<pre>\n\n", "<svg><p>", "<h1>", "<li>", "<ul>", "<nobr>", "<center>", "</form>", "<caption>", "<button>", "<style>a{b",
            ];
            let html = format!("<html><body>始{}", parts.iter().map(|at| PIECES[*at]).collect::<String>());
            let (report, out) = made(html.as_bytes());
            proptest::prop_assert!(report.outcome != crate::Outcome::Held || report.reason == Some(Reason::Damaged), "{:?}", report);
            if report.outcome != crate::Outcome::Held {
                let (again, same) = made(out.as_bytes());
                proptest::prop_assert_eq!(same, out);
                proptest::prop_assert!(again.removed.is_empty(), "{:?}", again.removed);
            }
        }
    }

    #[test]
    fn the_charset_is_the_one_that_the_page_is_written_in() {
        for charset in [text::Charset::CP932, text::Charset::EUC_JP, text::Charset::Iso2022Jp, text::Charset::UTF8] {
            let html = format!("<meta charset={}><p>住民の情報</p>", charset.label());
            let (bytes, _) = text::encode(&html, charset);
            assert_eq!(to_text(&bytes, None).unwrap().text, "住民の情報\n");
            assert_eq!(to_text(&bytes, Some("utf-8")).unwrap().text, "住民の情報\n");
        }
    }
}
