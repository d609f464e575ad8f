//! What strangers hand in: each gets a sentence that says what it is and what to do, or as much of its text as there is.

use document::{DecodeError, ExtractError, extract};
use proptest::prelude::*;

use crate::{
    package::{Part, odt, p, word, word_part, word_parts, zip},
    read,
};

fn refusal(bytes: &[u8]) -> String {
    match extract(bytes) {
        Ok(extract) => panic!("read: {}", extract.text.chars().take(80).collect::<String>()),
        Err(error) => error.to_string(),
    }
}

/// A container of streams with these names in it.
fn compound(names: &[&str]) -> Vec<u8> {
    let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    bytes.extend([0; 504]);
    for name in names {
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([0; 40]);
    }
    bytes
}

#[test]
fn each_kind_of_file_is_refused_by_its_name() {
    let spreadsheet = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let cases: &[(Vec<u8>, &str, &str)] = &[
        (compound(&["EncryptionInfo", "EncryptedPackage"]), "パスワード", "外し"),
        (odt("", "", true), "パスワード", "外し"),
        (compound(&["WordDocument"]), "古い形式の Word", "docx"),
        (compound(&["DocumentText"]), "一太郎", "docx"),
        (zip(&[Part::new("[Content_Types].xml", spreadsheet)]), "Excel", "Word"),
        (zip(&[Part::new("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]), "表計算", "Word"),
        (zip(&[Part::new("規程.txt", "第1条 守る。")]), "ZIP", "展開"),
        (b"{\\rtf1\\ansi ...}".to_vec(), "RTF", "docx"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "画像", "文字を含む"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related".to_vec(), "MHTML", "HTML のみ"),
    ];
    for (bytes, what, advice) in cases {
        let message = refusal(bytes);
        assert!(message.contains(what) && message.contains(advice), "{what}: {message}");
    }
}

#[test]
fn a_document_in_english_or_without_words_is_refused() {
    assert_eq!(extract(&word(&p("", "The clerk shall lock every terminal."), &[])), Err(ExtractError::Decode(DecodeError::NotJapanese)));
    assert!(matches!(extract(&word("<w:p/>", &[])), Err(ExtractError::NoText { .. })));
    assert!(matches!(extract(b"<html><body><img src=a.png></body></html>"), Err(ExtractError::NoText { .. })));
}

#[test]
fn a_package_that_is_cut_off_or_changed_is_called_broken() {
    let whole = word(&p("", "第1条 町は、守る。"), &[]);
    assert!(extract(&whole).is_ok());
    for cut in [whole.len() - 1, whole.len() / 2, 40] {
        assert!(matches!(extract(&whole[..cut]), Err(ExtractError::Damaged { .. })), "cut at {cut}");
    }
    let mut changed = word_parts(&p("", "第1条 町は、守る。"), &[]);
    changed[2].declared = Some(12);
    assert!(matches!(extract(&zip(&changed)), Err(ExtractError::Damaged { .. })));
    changed[2].declared = Some(0x7fff_ffff);
    assert!(matches!(extract(&zip(&changed)), Err(ExtractError::TooLarge { .. })));
    changed[2].declared = None;
    changed[2].flags = 1;
    assert!(matches!(extract(&zip(&changed)), Err(ExtractError::Protected { .. })));
}

#[test]
fn names_outside_names_twice_and_bombs_are_refused() {
    let with = |part: Part| {
        let mut parts = word_parts(&p("", "第1条 町は、守る。"), &[]);
        parts.push(part);
        zip(&parts)
    };
    assert!(extract(&with(Part::new("word/media/a.png", [0; 10]))).is_ok());
    assert!(matches!(extract(&with(Part::new("word/../../etc/passwd", "x"))), Err(ExtractError::Odd { .. })));
    assert!(matches!(extract(&with(Part::new("WORD/document.xml", "x"))), Err(ExtractError::Odd { .. })));
    let bomb = format!("<w:body>{}</w:body>", " ".repeat(30_000_000));
    let mut parts = word_parts("", &[]);
    parts[2] = Part::new("word/document.xml", word_part("document", &bomb));
    assert!(matches!(extract(&zip(&parts)), Err(ExtractError::TooLarge { .. })));
    let many: Vec<Part> = (0..10_001).map(|n| Part::new(&format!("{n}"), "")).collect();
    assert!(matches!(extract(&zip(&many)), Err(ExtractError::TooLarge { .. })));
}

#[test]
fn entities_and_depth_end_the_reading() {
    let part = |xml: String| {
        let mut parts = word_parts("", &[]);
        parts[2] = Part::new("word/document.xml", xml);
        extract(&zip(&parts))
    };
    let plain = word_part("document", &format!("<w:body>{}</w:body>", p("", "第1条 町は、守る。")));
    let bomb = plain.replace("?><w:", r#"?><!DOCTYPE a [<!ENTITY a "ああああ"><!ENTITY b "&a;&a;&a;">]><w:"#).replace("守る", "&b;");
    assert!(part(bomb).unwrap_err().to_string().contains("DTD"));
    let deep = plain.replace("<w:body>", &format!("<w:body>{}{}", p("", "第1条 町は、守る。"), "<w:sdt>".repeat(5_000)));
    let extract = part(deep).unwrap();
    assert_eq!(extract.text, "第1条 町は、守る。\n");
    assert!(extract.unread[0].what.contains("深すぎ"));
    let undeclared = plain.replace("守る", "&unknown;");
    let extract = part(undeclared).unwrap();
    assert_eq!(extract.text, "第1条 町は、\n");
    assert!(extract.unread[0].what.contains("ここから先"));
}

#[test]
fn a_broken_part_does_not_take_the_body_with_it() {
    let mut parts = word_parts(&p("", "第1条 町は、守る。"), &[("footnotes", "<w:footnote w:id=\"1\"/>")]);
    parts[3].data = b"<w:footnotes".to_vec();
    let extract = read(&zip(&parts));
    assert_eq!(extract.text, "第1条 町は、守る。\n");
    assert_eq!(extract.unread.iter().map(|unread| unread.place.as_str()).collect::<Vec<_>>(), ["脚注"]);
    let broken =
        word_part("document", &format!("<w:body>{}<w:p><w:r><w:t>第2条 途中", p("", "第1条 町は、守る。"))).replace("</w:document>", "");
    let mut parts = word_parts("", &[]);
    parts[2] = Part::new("word/document.xml", broken);
    let extract = read(&zip(&parts));
    assert_eq!(extract.text, "第1条 町は、守る。\n\n第2条 途中\n");
    assert!(extract.unread[0].what.contains("ここから先"));
}

#[test]
fn spans_and_labels_do_not_swell() {
    let cells: String = (0..900).map(|_| format!("<td rowspan=60000>{}</td>", "長".repeat(190))).collect();
    let page = format!("<html><body><table><tr>{cells}</tr>{}</table></body></html>", "<tr>".repeat(50_000));
    let text = extract(page.as_bytes()).unwrap().text;
    assert!(text.len() < 150_000_000, "{}", text.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), kind in 0..7_usize) {
        let starts: [&[u8]; 7] = [b"", b"PK\x03\x04", b"<html>", b"<?xml version=\"1.0\"?>", b"# ", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"];
        let _ = extract(&[starts[kind], &bytes].concat());
    }

    #[test]
    fn no_change_to_a_document_makes_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), part in 0..4_usize, cut in any::<bool>()) {
        let body = [p("<w:numPr><w:ilvl w:val=\"1\"/><w:numId w:val=\"1\"/></w:numPr>", "守る。"), "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>".to_owned()].concat();
        let numbering = r#"<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/><w:lvlText w:val="第%2条"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>"#;
        let mut parts = word_parts(&body, &[("numbering", numbering)]);
        let data = &mut parts[part].data;
        let at = at.index(data.len());
        if cut { data.truncate(at) } else { data[at] = byte }
        if let Ok(extract) = extract(&zip(&parts)) {
            prop_assert!(!extract.text.contains('\0'));
        }
    }

    #[test]
    fn no_page_makes_it_panic(pieces in proptest::collection::vec(0..24_usize, 0..200)) {
        let words = ["<p>", "</p>", "<table>", "<tr>", "<td rowspan=9 colspan=3>", "</table>", "<ol reversed>", "<li value=-5>", "<b>", "</b>", "<pre>", "\n", "第1条", "<svg>", "<template>", "<select>", "<frameset>", "<dl><dt>1<dd>", "</div>", "<math>", "<img>", "<style>p{display:none}</style>", "<rt>", " "];
        let page: String = pieces.iter().map(|at| words[*at]).collect();
        let _ = extract(format!("<html>町の規程{page}").as_bytes());
    }
}
