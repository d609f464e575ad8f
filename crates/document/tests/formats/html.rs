//! Web pages as ordinance sites write them.

use document::{ExtractError, Format, extract};

use crate::{lines, read};

#[test]
fn articles_lists_and_tables_of_an_ordinance_page() {
    let page = concat!(
        "<!-- 例規 -->\n<!DOCTYPE html>\n<html><head><title>例規集</title><style>.off{display:none} ol.kana{list-style:katakana}</style></head><body>",
        "<nav><a href='/'>例規集トップ</a></nav><h1>架空町情報規程</h1>",
        "<div class=caption>（目的）</div><div class=num>第1条</div><div>この規程は、\n  町の情報を<ruby>守<rp>(</rp><rt>まも</rt></ruby>ることを目的とする。</div>",
        "<p>２　職員は、次に掲げる<br>ことを行う。</p><ol type=1 start=3><li>鍵をかける。<li value=5>記録する。<p>毎日行う。</ol>",
        "<ol class=kana><li>紙<li>媒体</ol><ol><li>(1) 甲<li>(2) 乙</ol><ul><li>端末<ul><li>携帯電話</ul></ul>",
        "<dl><dt>第2条<dd>町は、見直す。</dl>",
        "<table><caption>別表第1</caption><tr><th colspan=2>区分<th>内容<tr><td rowspan=2>Ⅰ<td>秘密<td>氏名<tr><td>個人<td>住所</table>",
        "<p class=off>見えない</p><script>alert('悪')</script><p>附　則</p><img src=a.png alt=様式の図><img src=b.gif alt=''></body></html>"
    );
    let extract = read(page.as_bytes());
    assert_eq!(extract.format, Format::Html);
    let found: Vec<&str> = extract.text.lines().filter(|line| !line.is_empty()).collect();
    let expected = [
        "# 架空町情報規程",
        "（目的）",
        "第1条",
        "この規程は、町の情報を守ることを目的とする。",
        "２　職員は、次に掲げる",
        "ことを行う。",
        "3. 鍵をかける。",
        "5. 記録する。",
        "毎日行う。",
        "ア、 紙",
        "イ、 媒体",
        "(1) 甲",
        "(2) 乙",
        "- 端末",
        "- 携帯電話",
        "第2条 町は、見直す。",
        "別表第1",
        "区分\t\t内容",
        "Ⅰ\t秘密\t氏名",
        "Ⅰ\t個人\t住所",
        "附　則",
    ];
    assert_eq!(found, expected);
    assert_eq!(extract.unread.iter().map(|unread| unread.place.as_str()).collect::<Vec<_>>(), ["「附　則」の後"]);
}

#[test]
fn a_page_is_read_in_the_encoding_it_names() {
    let page =
        |charset: &str| format!("<html><head><meta charset=\"{charset}\"></head><body><p>第1条 職員は、端末を守る。</p></body></html>");
    let words = ["第1条 職員は、端末を守る。"];
    assert_eq!(lines(page("utf-8").as_bytes()), words);
    assert_eq!(lines(&encoding_rs::SHIFT_JIS.encode(&page("Shift_JIS")).0), words);
    assert_eq!(lines(&encoding_rs::EUC_JP.encode(&page("euc-jp")).0), words);
    assert_eq!(lines(&encoding_rs::EUC_JP.encode(&page("")).0), words);
    assert_eq!(lines(&encoding_rs::ISO_2022_JP.encode(&page("iso-2022-jp")).0), words);
    let marked = [b"\xef\xbb\xbf".as_slice(), page("shift_jis").as_bytes()].concat();
    assert_eq!(lines(&marked), words);
}

#[test]
fn xhtml_with_empty_elements_and_no_end_tags() {
    let page = "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title/></head><body><p>第1条 守る。<br/>第2条 見直す。</p><div/><p>終わり";
    assert_eq!(lines(page.as_bytes()), ["第1条 守る。", "第2条 見直す。", "終わり"]);
}

#[test]
fn a_table_that_lays_out_the_page_is_text() {
    let articles: String = (1..=30).map(|n| format!("<p>第{n}条 町は、守る。</p>")).collect();
    let page = format!("<html><body><table><tr><td>目録<td>{articles}</table></body></html>");
    assert_eq!(lines(page.as_bytes()).len(), 31);
}

#[test]
fn a_page_of_frames_says_where_the_text_is() {
    let page = "<html><frameset cols='20%,*'><frame src=a.html><frame src=b.html></frameset></html>";
    assert!(matches!(extract(page.as_bytes()), Err(ExtractError::Frames)));
}

#[test]
fn a_page_nested_without_end_is_read_as_far_as_it_goes() {
    let page = format!("<html><body><p>第1条 町は、守る。</p>{}", "<div>".repeat(400_000));
    let extract = read(page.as_bytes());
    assert!(extract.text.contains("第1条"));
    assert!(extract.unread.iter().any(|unread| unread.what.contains("深すぎる")));
}

#[test]
fn a_tag_with_attributes_without_end_is_not_read_to_its_end() {
    let attributes: String = (0..400_000).map(|n| format!(" a{n}=1")).collect();
    let page = format!("<html><body><p>第1条 町は、守る。</p><p{attributes}>第2条 見直す。</p>");
    let extract = read(page.as_bytes());
    assert_eq!(extract.text, "第1条 町は、守る。\n");
    assert_eq!(extract.unread.len(), 1);
}
