//! OpenDocument text, flat and packed.

use document::Format;

use crate::{
    lines,
    package::{flat_odt, odt},
    read,
};

const STYLES: &str = concat!(
    r#"<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-prefix="第" style:num-suffix="条" style:num-format="1"/>"#,
    r#"<text:list-level-style-number text:level="2" style:num-prefix="(" style:num-suffix=")" style:num-format="ア, イ, ウ, ..."/></text:list-style>"#,
    r#"<text:list-style style:name="B"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>"#,
    r#"<text:outline-style style:name="Outline"><text:outline-level-style text:level="1" style:num-format="1" style:num-prefix="第" style:num-suffix="章"/>"#,
    r#"<text:outline-level-style text:level="2" style:num-format=""/></text:outline-style>"#
);

fn item(text: &str) -> String {
    format!("<text:list-item><text:p>{text}</text:p></text:list-item>")
}

#[test]
fn lists_and_the_outline_are_counted() {
    let nested = format!("<text:list-item><text:list>{}{}</text:list></text:list-item>", item("鍵をかける。"), item("記録する。"));
    let body = [
        r#"<text:h text:outline-level="1">総則</text:h>"#.to_owned(),
        format!(r#"<text:list xml:id="a" text:style-name="L">{}{nested}</text:list>"#, item("町は、守る。")),
        r#"<text:h text:outline-level="2">はじめに</text:h>"#.to_owned(),
        format!(r#"<text:list text:continue-list="a" text:style-name="L">{}</text:list>"#, item("職員は、従う。")),
        format!(r#"<text:list text:style-name="L">{}</text:list>"#, item("初めから。")),
        format!(r#"<text:list text:style-name="B">{}</text:list>"#, item("端末")),
        r#"<text:h text:outline-level="1">雑則</text:h>"#.to_owned(),
    ]
    .concat();
    let expected = [
        "第1章 総則",
        "第1条 町は、守る。",
        "(ア) 鍵をかける。",
        "(イ) 記録する。",
        "## はじめに",
        "第2条 職員は、従う。",
        "第1条 初めから。",
        "- 端末",
        "第2章 雑則",
    ];
    assert_eq!(lines(flat_odt(STYLES, &body).as_bytes()), expected);
    assert_eq!(lines(&odt(STYLES, &body, false)), expected);
}

#[test]
fn tables_notes_ruby_and_changes() {
    let cell = |attributes: &str, text: &str| format!("<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>");
    let covered = "<table:covered-table-cell/>";
    let row = |cells: &[&str]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let body = [
        r#"<text:tracked-changes><text:changed-region><text:deletion><text:p>消した文</text:p></text:deletion></text:changed-region></text:tracked-changes>"#.to_owned(),
        r#"<text:p>端末<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>携帯電話を含む。</text:p></text:note-body></text:note>を<text:ruby><text:ruby-base>守</text:ruby-base><text:ruby-text>まも</text:ruby-text></text:ruby>る。<text:s text:c="2"/></text:p>"#.to_owned(),
        "<table:table><table:table-header-rows>".to_owned(),
        row(&[&cell(r#"table:number-columns-spanned="2""#, "区分"), covered, &cell("", "内容")]),
        "</table:table-header-rows>".to_owned(),
        row(&[&cell(r#"table:number-rows-spanned="2""#, "Ⅰ"), &cell("", "秘密"), &cell("", "氏名")]),
        row(&[covered, &cell("", "個人"), &cell("", "住所")]),
        "</table:table>".to_owned(),
        r#"<text:p><draw:frame><draw:text-box><text:p>枠の中</text:p></draw:text-box></draw:frame>枠の外<draw:frame><draw:image/></draw:frame></text:p>"#.to_owned(),
    ]
    .concat();
    let extract = read(&odt("", &body, false));
    assert_eq!(extract.format, Format::Odt);
    let found: Vec<&str> = extract.text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(found, ["端末を守る。", "※ 携帯電話を含む。", "区分\t\t内容", "Ⅰ\t秘密\t氏名", "Ⅰ\t個人\t住所", "枠の外", "枠の中"]);
    assert_eq!(extract.unread.len(), 1);
}
