//! Word: what Word counts, shows, hides and keeps aside.

use crate::{
    lines,
    package::{p, word},
    read,
};

/// A level of a list.
fn level(at: usize, format: &str, text: &str, more: &str) -> String {
    format!(r#"<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{format}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>"#)
}

fn list(list: usize, at: usize) -> String {
    format!(r#"<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{list}"/></w:numPr>"#)
}

/// One list of each kind of numbering that policies use.
fn numbering() -> String {
    let levels = [
        level(0, "decimal", "第%1章", ""),
        level(1, "decimal", "第%2条", r#"<w:lvlRestart w:val="0"/>"#),
        level(2, "decimalFullWidth", "%3", ""),
        level(3, "aiueoFullWidth", "（%4）", ""),
        level(4, "decimalEnclosedCircle", "%5", ""),
    ];
    let decimal =
        [level(0, "japaneseCounting", "%1", ""), level(1, "decimal", "%1.%2", "<w:isLgl/>"), level(2, "irohaFullWidth", "%3", "")];
    let bullets = [level(0, "bullet", "\u{f0b7}", ""), level(1, "bullet", "※", "")];
    let again =
        r#"<w:num w:numId="4"><w:abstractNumId w:val="2"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>"#;
    format!(
        concat!(
            r#"<w:abstractNum w:abstractNumId="1">{}</w:abstractNum><w:abstractNum w:abstractNumId="2">{}</w:abstractNum>"#,
            r#"<w:abstractNum w:abstractNumId="3">{}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>"#,
            r#"<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="3"/></w:num>{}"#
        ),
        levels.concat(),
        decimal.concat(),
        bullets.concat(),
        again
    )
}

#[test]
fn numbers_that_word_counts_are_written_out() {
    let body: String = [
        p(&list(1, 0), "総則"),
        p(&list(1, 1), "町は、情報を守る。"),
        p(&list(1, 2), "職員は、これに従う。"),
        p(&list(1, 3), "鍵をかける。"),
        p(&list(1, 3), "記録する。"),
        p(&list(1, 4), "毎日"),
        p(&list(1, 0), "雑則"),
        p(&list(1, 1), "細目は、別に定める。"),
        p(&list(1, 3), "様式を含む。"),
    ]
    .concat();
    let expected = [
        "第1章 総則",
        "第1条 町は、情報を守る。",
        "１ 職員は、これに従う。",
        "（ア） 鍵をかける。",
        "（イ） 記録する。",
        "① 毎日",
        "第2章 雑則",
        "第2条 細目は、別に定める。",
        "（ア） 様式を含む。",
    ];
    assert_eq!(lines(&word(&body, &[("numbering", &numbering())])), expected);
}

#[test]
fn lists_of_one_kind_share_their_count_until_one_starts_anew() {
    let body: String = [
        p(&list(2, 0), "甲を定める。"),
        p(&list(2, 1), "甲の一を定める。"),
        p(&list(2, 2), "甲のイ"),
        p(&list(2, 0), "乙を定める。"),
        p(&list(4, 0), "丙を定める。"),
        p(&list(4, 0), "丁を定める。"),
        p(&list(3, 0), "端末"),
        p(&list(3, 1), "端末には携帯電話を含む。"),
        p(r#"<w:numPr><w:numId w:val="0"/></w:numPr>"#, "番号なし"),
    ]
    .concat();
    let expected = [
        "一 甲を定める。",
        "1.1 甲の一を定める。",
        "イ 甲のイ",
        "二 乙を定める。",
        "五 丙を定める。",
        "六 丁を定める。",
        "- 端末",
        "※ 端末には携帯電話を含む。",
        "番号なし",
    ];
    assert_eq!(lines(&word(&body, &[("numbering", &numbering())])), expected);
}

#[test]
fn styles_bring_numbers_and_headings() {
    let styles = concat!(
        r#"<w:style w:type="paragraph" w:styleId="a1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr></w:style>"#,
        r#"<w:style w:type="paragraph" w:styleId="a2"><w:name w:val="条"/><w:basedOn w:val="a1"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr><w:outlineLvl w:val="9"/></w:pPr></w:style>"#,
        r#"<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="見出し 2"/></w:style>"#
    );
    let numbering = format!(
        r#"<w:abstractNum w:abstractNumId="9">{}{}</w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="9"/></w:num>"#,
        level(0, "decimal", "第%1章", r#"<w:pStyle w:val="a1"/>"#),
        level(1, "decimal", "第%2条", "")
    );
    let style = |id: &str| format!(r#"<w:pStyle w:val="{id}"/>"#);
    let body = [
        p(&style("a1"), "総則"),
        p(&style("a2"), "町は、守る。"),
        p(&style("a3"), "はじめに"),
        p(&style("a3"), "（1）目的"),
        p(r#"<w:outlineLvl w:val="0"/>"#, "おわりに"),
    ]
    .concat();
    let expected = ["第1章 総則", "第1条 町は、守る。", "## はじめに", "（1）目的", "# おわりに"];
    assert_eq!(lines(&word(&body, &[("styles", styles), ("numbering", &numbering)])), expected);
}

#[test]
fn tables_become_rows_and_boxes_of_one_cell_text() {
    let cell = |properties: &str, text: &str| format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", p("", text));
    let row = |cells: &[String]| format!("<w:tr>{}</w:tr>", cells.concat());
    let down = |start: &str| format!(r#"<w:vMerge{start}/>"#);
    let table = [
        row(&[cell(r#"<w:gridSpan w:val="2"/>"#, "区分"), cell("", "内容")]),
        row(&[cell(&down(r#" w:val="restart""#), "Ⅰ"), cell("", "秘密"), cell("", "漏れると困る</w:t><w:br/><w:t>情報")]),
        row(&[cell(&down(""), ""), cell("", "個人"), cell("", "氏名")]),
        format!(r#"<w:tr><w:trPr><w:del w:id="1"/></w:trPr>{}</w:tr>"#, cell("", "消した行")),
    ]
    .concat();
    let boxed = row(&[cell("", "第1条 町は、守る。")]);
    let body = format!("<w:tbl>{table}</w:tbl>{}<w:tbl>{boxed}</w:tbl>", p("", "間の文"));
    let expected = ["区分\t\t内容", "Ⅰ\t秘密\t漏れると困る情報", "Ⅰ\t個人\t氏名", "間の文", "第1条 町は、守る。"];
    assert_eq!(lines(&word(&body, &[])), expected);
}

#[test]
fn accepted_changes_notes_ruby_boxes_and_alternatives() {
    let r = |text: &str| format!("<w:r><w:t>{text}</w:t></w:r>");
    let deleted_mark = r#"<w:rPr><w:del w:id="7"/></w:rPr>"#;
    let boxed = format!("<w:txbxContent>{}</w:txbxContent>", p("", "枠の中"));
    let body = [
        format!(r#"<w:p>{}<w:ins>{}</w:ins><w:del><w:r><w:delText>旧</w:delText></w:r></w:del>{}</w:p>"#, r("町は、"), r("必ず"), r("守る。")),
        p(deleted_mark, "二つの段落が"),
        p("", "一つになる。"),
        format!(r#"<w:p>{}<w:r><w:footnoteReference w:id="2"/></w:r>{}</w:p>"#, r("端末"), r("を管理する。")),
        format!("<w:p><w:r><w:ruby><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby></w:r>{}</w:p>", r("まも"), r("守"), r("る。")),
        format!(
            "<w:p>{}<w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><wps:txbx>{boxed}</wps:txbx></mc:Choice><mc:Fallback><w:pict>{boxed}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>",
            r("図のとおり。")
        ),
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>見えない字</w:t></w:r><w:r><w:t>見える字</w:t></w:r></w:p>".to_owned(),
        r#"<w:p><w:r><w:sym w:font="Wingdings" w:char="F06C"/><w:t>印</w:t><w:softHyphen/><w:noBreakHyphen/></w:r></w:p>"#.to_owned(),
        "<w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p>".to_owned(),
    ]
    .concat();
    let notes = format!(
        r#"<w:footnote w:type="separator" w:id="0">{}</w:footnote><w:footnote w:id="2">{}</w:footnote>"#,
        p("", "線"),
        p("", "携帯電話を含む。")
    );
    let extract = read(&word(&body, &[("footnotes", &notes)]));
    let found: Vec<&str> = extract.text.lines().filter(|line| !line.is_empty()).collect();
    let expected = [
        "町は、必ず守る。",
        "二つの段落が一つになる。",
        "端末を管理する。",
        "※ 携帯電話を含む。",
        "守る。",
        "図のとおり。",
        "枠の中",
        "見える字",
        "●印-",
    ];
    assert_eq!(found, expected);
    let unread: Vec<(&str, bool)> = extract.unread.iter().map(|unread| (unread.place.as_str(), unread.what.contains("画像"))).collect();
    assert_eq!(unread, [("「図のとおり。」の後", false), ("「●印-」の後", true)]);
}

#[test]
fn a_contents_field_without_a_title_gets_one() {
    let char = |kind: &str| format!(r#"<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>"#);
    let entry = |text: &str| format!("<w:p><w:hyperlink><w:r><w:t>{text}</w:t></w:r><w:r><w:tab/><w:t>3</w:t></w:r></w:hyperlink></w:p>");
    let body = format!(
        r#"<w:p>{}<w:r><w:instrText> TOC \o "1-3" </w:instrText></w:r>{}<w:r><w:t>第1章 総則</w:t><w:tab/><w:t>1</w:t></w:r></w:p>{}<w:p>{}</w:p>{}"#,
        char("begin"),
        char("separate"),
        entry("第2章 雑則"),
        char("end"),
        p("", "第1章 総則")
    );
    assert_eq!(lines(&word(&body, &[])), ["目次", "第1章 総則\t1", "第2章 雑則\t3", "第1章 総則"]);
}

#[test]
fn the_strict_form_and_other_prefixes_are_the_same() {
    let bytes = word(&p(&list(1, 1), "町は、守る。"), &[("numbering", &numbering())]);
    assert_eq!(lines(&bytes), ["第1条 町は、守る。"]);
    let strict = |text: &str| {
        text.replace("http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main")
    };
    let mut parts = crate::package::word_parts(&p(&list(1, 1), "町は、守る。"), &[("numbering", &numbering())]);
    for part in parts.iter_mut().skip(2) {
        let text = String::from_utf8(part.data.clone()).unwrap();
        part.data = strict(&text).replace("w:", "文:").replace("xmlns:w", "xmlns:文").into_bytes();
    }
    assert_eq!(lines(&crate::package::zip(&parts)), ["第1条 町は、守る。"]);
}

#[test]
fn a_list_may_take_its_levels_from_a_style() {
    let numbering = format!(
        concat!(
            r#"<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="条文"/></w:abstractNum>"#,
            r#"<w:abstractNum w:abstractNumId="2"><w:styleLink w:val="条文"/>{}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>"#
        ),
        level(0, "decimal", "第%1条", "")
    );
    assert_eq!(lines(&word(&p(&list(1, 0), "町は、守る。"), &[("numbering", &numbering)])), ["第1条 町は、守る。"]);
}
