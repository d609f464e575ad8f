//! PDF → text on pages written here: paragraphs, columns, heads, tables, ruby, and what must be told as unread.

#![expect(clippy::unwrap_used, reason = "tests")]

mod paper;

use document::{ExtractError, Format, PdfError, extract};
use paper::{Page, pdf, pdf_in};

/// Twenty-five sentences' worth of an invented policy, without punctuation that would allow a break.
const SENTENCE: &str = "架空町の職員は、町の情報資産を取り扱うときは、この規程及び情報セキュリティ実施手順を守り、統括情報セキュリティ責任者の指示に従わなければならない。";

fn text(file: &[u8]) -> String {
    let extract = extract(file).unwrap();
    assert_eq!(extract.format, Format::Pdf);
    assert_eq!(extract.unread, [], "{}", extract.text);
    extract.text
}

/// Lines that are not empty.
fn lines(file: &[u8]) -> Vec<String> {
    text(file).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A page with wrapped paragraphs, so that the right margin is known.
fn body(page: &mut Page, mut y: f32, paragraphs: &[&str]) -> f32 {
    for paragraph in paragraphs {
        y = page.paragraph(97.0, y, 10.0, 40, paragraph);
    }
    y
}

#[test]
fn wrapped_lines_are_one_paragraph_and_short_ones_are_not() {
    let mut page = Page::default();
    let paragraphs = ["第１章　総則", "１　目的", SENTENCE, "２　職員の責務", SENTENCE, "(1) 端末の管理", SENTENCE];
    body(&mut page, 100.0, &paragraphs);
    assert_eq!(lines(&pdf(&[page])), paragraphs);
}

#[test]
fn a_number_behind_a_full_line_begins_a_paragraph() {
    let full: String = SENTENCE.chars().take(39).chain(['。']).collect();
    let mut page = Page::default();
    let paragraphs = [SENTENCE, &full, "ア　端末を持ち出すときは、課長の許可を得る。", &full, "（２）　記録を残す。"];
    body(&mut page, 100.0, &paragraphs);
    assert_eq!(lines(&pdf(&[page])), paragraphs);
}

#[test]
fn a_paragraph_goes_over_the_page_without_heads_and_page_numbers() {
    let all: String = std::iter::repeat_n(SENTENCE.trim_end_matches('。'), 20).collect();
    let chars: Vec<char> = all.chars().collect();
    let pages: Vec<Page> = (0..4)
        .map(|n| {
            let part: String = chars[n * 280..(n + 1) * 280].iter().collect();
            let mut page = Page::default().text(97.0, 40.0, 8.0, "架空町情報セキュリティ対策基準");
            page.paragraph(97.0, 100.0, 10.0, 40, &part);
            page.text(290.0, 810.0, 9.0, &format!("- {} -", n + 1))
        })
        .collect();
    let whole: String = chars[..4 * 280].iter().collect();
    assert_eq!(lines(&pdf(&pages)), [whole]);
}

#[test]
fn forms_that_bear_their_number_at_the_same_place_keep_it() {
    let page =
        |n: usize| Page::default().text(97.0, 60.0, 10.0, &format!("様式第{n}号")).text(97.0, 100.0, 10.0, "情報資産の持出し許可申請書");
    let read = lines(&pdf(&[page(1), page(2), page(3), page(4)]));
    assert_eq!(read.iter().filter(|line| line.starts_with("様式第")).count(), 4, "{read:?}");
}

#[test]
fn columns_are_read_one_after_the_other() {
    let mut page = Page::default().text(97.0, 60.0, 14.0, "架空町のお知らせ（この見出しは二つの段にまたがって置かれている）");
    let left = page.paragraph(60.0, 100.0, 10.0, 22, &SENTENCE.repeat(3));
    page.paragraph(60.0, left, 10.0, 22, "左の段の終わり");
    let right = page.paragraph(310.0, 100.0, 10.0, 22, &SENTENCE.repeat(2));
    page.paragraph(310.0, right, 10.0, 22, "右の段の終わり");
    let expected = [SENTENCE.repeat(3), "左の段の終わり".into(), SENTENCE.repeat(2), "右の段の終わり".into()];
    assert_eq!(lines(&pdf(&[page]))[1..], expected);
}

/// A ruled table of two columns with its rows' texts, one line of text each.
fn ruled(mut page: Page, top: f32, rows: &[(&str, &str)]) -> Page {
    let bottom = top + 20.0 * rows.len() as f32;
    for n in 0..=rows.len() {
        let y = top + 20.0 * n as f32;
        page = page.rule((97.0, y), (497.0, y));
    }
    for x in [97.0, 200.0, 497.0] {
        page = page.rule((x, top), (x, bottom));
    }
    for (n, (left, right)) in rows.iter().enumerate() {
        let y = top + 20.0 * n as f32 + 14.0;
        page = page.text(101.0, y, 10.0, left).text(204.0, y, 10.0, right);
    }
    page
}

#[test]
fn ruled_tables_become_rows_and_their_head_is_not_repeated_on_the_next_page() {
    let mut first = Page::default();
    let y = first.paragraph(97.0, 100.0, 10.0, 40, SENTENCE);
    let first = ruled(first, y + 10.0, &[("分類", "内容"), ("機密性３", "限られた職員だけが扱う情報"), ("機密性２", "公開しない情報")]);
    let second = ruled(Page::default(), 60.0, &[("分類", "内容"), ("機密性１", "それ以外の情報")]);
    let second = second.text(97.0, 200.0, 10.0, "２　表の後の文");
    let expected = [
        SENTENCE,
        "分類\t内容",
        "機密性３\t限られた職員だけが扱う情報",
        "機密性２\t公開しない情報",
        "機密性１\tそれ以外の情報",
        "２　表の後の文",
    ];
    assert_eq!(lines(&pdf(&[first, second])), expected);
}

#[test]
fn a_cell_over_several_rows_stands_in_each_and_a_wrapped_cell_is_one_text() {
    let mut page = Page::default();
    for y in [100.0, 140.0, 197.0] {
        page = page.rule((if y == 140.0 { 200.0 } else { 97.0 }, y), (497.0, y));
    }
    for x in [97.0, 200.0, 300.0, 497.0] {
        page = page.rule((x, 100.0), (x, 197.0));
    }
    page = page.text(101.0, 140.0, 10.0, "監査").text(204.0, 114.0, 10.0, "四月").text(204.0, 154.0, 10.0, "九月");
    page = page.text(304.0, 114.0, 10.0, "監査の計画を作り、最高情報セキュ").text(304.0, 128.0, 10.0, "リティ責任者に報告する。");
    page = page.text(304.0, 154.0, 10.0, "予備調査");
    let expected = ["監査\t四月\t監査の計画を作り、最高情報セキュリティ責任者に報告する。", "監査\t九月\t予備調査"];
    assert_eq!(lines(&pdf(&[page])), expected);
}

#[test]
fn aligned_rows_are_a_table_and_a_list_with_tabs_is_none() {
    let mut page = Page::default();
    let mut y = page.paragraph(97.0, 100.0, 10.0, 40, SENTENCE);
    for (a, b, c) in [("業務", "時期", "担当"), ("台帳の更新", "四月", "総務課"), ("棚卸し", "十月", "各課"), ("監査", "十二月", "")]
    {
        page.put(97.0, y, 10.0, a);
        page.put(200.0, y, 10.0, b);
        page.put(300.0, y, 10.0, c);
        y += 15.0;
    }
    for (n, item) in ["端末の管理", "媒体の管理", "書類の管理"].iter().enumerate() {
        page.put(97.0, y + 15.0, 10.0, &format!("({})", n + 1));
        page.put(120.0, y + 15.0, 10.0, item);
        y += 15.0;
    }
    let read = lines(&pdf(&[page]));
    assert_eq!(read[1..5], ["業務\t時期\t担当", "台帳の更新\t四月\t総務課", "棚卸し\t十月\t各課", "監査\t十二月\t"]);
    assert_eq!(read[5..], ["(1) 端末の管理", "(2) 媒体の管理", "(3) 書類の管理"]);
}

#[test]
fn ruby_and_what_is_printed_twice_leave_the_base() {
    let page = Page::default()
        .text(97.0, 100.0, 10.0, "澪標町の漏洩を防ぐ。")
        .text(97.0, 91.0, 5.0, "みおつくし")
        .text(120.0, 91.0, 5.0, "ろうえい")
        .text(97.0, 130.0, 12.0, "太字の見出し")
        .text(97.4, 130.0, 12.0, "太字の見出し");
    assert_eq!(lines(&pdf(&[page])), ["澪標町の漏洩を防ぐ。", "太字の見出し"]);
}

#[test]
fn letters_set_apart_are_one_word_and_raised_ones_stay_in_their_line() {
    let page = Page::default()
        .raw("BT /F 12 Tf 9 Tc 1 0 0 1 80 742 Tm <67B67A7A753A> Tj 0 Tc ET")
        .text(97.0, 130.0, 10.0, "端末")
        .text(117.0, 126.5, 6.0, "※1")
        .text(127.0, 130.0, 10.0, "を貸し出す。");
    assert_eq!(lines(&pdf(&[page])), ["架空町", "端末※1を貸し出す。"]);
}

#[test]
fn notes_at_the_foot_do_not_break_into_the_paragraph() {
    let long = SENTENCE.trim_end_matches('。').repeat(4);
    let chars: Vec<char> = long.chars().collect();
    let mut first = Page::default();
    first.paragraph(97.0, 100.0, 10.0, 40, &chars[..160].iter().collect::<String>());
    let first = first.text(97.0, 797.0, 7.0, "1 端末には、私物のものを含まない。");
    let mut second = Page::default();
    second.paragraph(97.0, 100.0, 10.0, 40, &chars[160..].iter().collect::<String>());
    assert_eq!(lines(&pdf(&[first, second])), [long, "※1 端末には、私物のものを含まない。".into()]);
}

#[test]
fn vertical_lines_are_read_from_the_right() {
    let column = |x: f32, text: &str| {
        let hex: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        format!("BT /F 12 Tf 1 0 0 1 {x} 780 Tm <{hex}> Tj ET")
    };
    let page = Page::default().raw(&column(520.0, "架空町規程第一号")).raw(&column(490.0, "職員は町の情報を守る。"));
    assert_eq!(lines(&pdf_in("/Encoding /UniJIS-UTF16-V", &[page], &[])), ["架空町規程第一号", "職員は町の情報を守る。"]);
}

#[test]
fn old_encodings_are_known() {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
    let cases = [("90ms-RKSJ-H", encoding_rs::SHIFT_JIS), ("90msp-RKSJ-H", encoding_rs::SHIFT_JIS), ("EUC-H", encoding_rs::EUC_JP)];
    for (name, encoding) in cases {
        let bytes = encoding.encode("架空町の規程、第３条のア").0;
        let page = Page::default().raw(&format!("BT /F 12 Tf 1 0 0 1 80 700 Tm <{}> Tj ET", hex(&bytes)));
        assert_eq!(lines(&pdf_in(&format!("/Encoding /{name}"), &[page], &[])), ["架空町の規程、第３条のア"], "{name}");
    }
}

#[test]
fn drawings_within_drawings_and_given_texts_are_read() {
    let hex: String = "図の中の文".encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let content = format!("BT /F 12 Tf 1 0 0 1 0 0 Tm <{hex}> Tj ET");
    let form = format!(
        "<</Type/XObject/Subtype/Form/BBox[0 0 500 500]/Matrix[1 0 0 1 80 600]/Resources<</Font<</F 3 0 R>>>>/Length {}>>stream\n{content}\nendstream",
        content.len()
    );
    let given = "/Span <</ActualText <FEFF7B2C00316761>>> BDC BT /F 12 Tf 1 0 0 1 80 500 Tm <004100420043> Tj ET EMC";
    let page = Page::default().raw("/X Do").raw(given);
    assert_eq!(lines(&pdf_in(paper::UTF16, &[page], &[form])), ["図の中の文", "第1条"]);
}

#[test]
fn entries_of_a_contents_list_stay_lines() {
    let mut page = Page::default();
    let y = page.paragraph(97.0, 100.0, 10.0, 40, SENTENCE);
    let entry = |name: &str, page: &str| format!("{name}{}{page}", "…".repeat(39 - name.chars().count()));
    let entries = [entry("第１章　総則", "1"), entry("第２章　体制", "3"), entry("第３章　監査", "9")];
    for (n, entry) in entries.iter().enumerate() {
        page.put(97.0, y + 15.0 * n as f32, 10.0, entry);
    }
    assert_eq!(lines(&pdf(&[page]))[1..], entries);
}

#[test]
fn pictures_are_told() {
    let scanned = pdf(&[Page::default().scan(), Page::default().scan()]);
    assert_eq!(extract(&scanned).unwrap_err(), ExtractError::Pdf(PdfError::Scanned { pages: 2 }));
    let mixed =
        extract(&pdf(&[Page::default().text(97.0, 100.0, 10.0, "第１条　目的"), Page::default().scan(), Page::default().scan()])).unwrap();
    assert_eq!(mixed.text.trim(), "第１条　目的");
    assert_eq!(mixed.unread.len(), 1);
    assert_eq!(mixed.unread[0].place, "2～3ページ");
    let empty = pdf(&[Page::default()]);
    assert_eq!(extract(&empty).unwrap_err(), ExtractError::Pdf(PdfError::NoText { pages: 1 }));
}

#[test]
fn text_read_off_a_scan_counts_as_text() {
    let page = Page::default().scan().raw("3 Tr").text(
        97.0,
        100.0,
        10.0,
        "この文は画像の上に見えない文字として置かれ、OCRが読み取ったものである。",
    );
    assert_eq!(lines(&pdf(&[page])), ["この文は画像の上に見えない文字として置かれ、OCRが読み取ったものである。"]);
}

#[test]
fn characters_without_meaning_are_told_rather_than_passed_on() {
    // Glyph numbers of an unknown font: nothing says which characters they are.
    let page = || Page::default().raw("BT /F 12 Tf 1 0 0 1 80 700 Tm <0001000200030004> Tj ET");
    let unknown = |pages: &[Page]| {
        let file = String::from_utf8_lossy(&pdf_in("/Encoding /Identity-H", pages, &[]))
            .replace("(Japan1)", "(Identity)")
            .replace("Supplement 6", "Supplement 0");
        file.into_bytes()
    };
    assert_eq!(extract(&unknown(&[page()])).unwrap_err(), ExtractError::Pdf(PdfError::Garbled));
    // Private use: as useless as unknown.
    let map = "begincmap 1 beginbfrange <0001> <0004> <E001> endbfrange 2 beginbfchar <0010> <7B2C> <0011> <6761> endbfchar endcmap";
    let map = format!("<</Length {}>>stream\n{map}\nendstream", map.len());
    let known = Page::default().raw("BT /F 12 Tf 1 0 0 1 80 700 Tm <00100011> Tj ET");
    let read = extract(&pdf_in("/Encoding /Identity-H/ToUnicode 6 0 R", &[known, page()], &[map])).unwrap();
    assert_eq!((read.text.trim(), read.unread.len()), ("第条", 1));
    assert_eq!(read.unread[0].place, "2ページ");
}

#[test]
fn letters_across_the_page_and_in_fonts_that_are_missing_are_told() {
    let marked =
        || Page::default().text(97.0, 100.0, 10.0, "第１条　目的").raw("BT /F 60 Tf 0.7 0.7 -0.7 0.7 150 300 Tm <793E59167981> Tj ET");
    let read = extract(&pdf(&[marked(), marked()])).unwrap();
    assert_eq!(read.text.matches("第１条　目的").count() + read.text.matches("社外禁").count(), 2, "{}", read.text);
    assert_eq!(read.unread.len(), 1, "{:?}", read.unread);
    assert_eq!(read.unread[0].place, "1～2ページ");
    assert!(read.unread[0].what.contains("社外禁"), "{}", read.unread[0].what);
    let lost = Page::default().text(97.0, 100.0, 10.0, "第１条　目的").raw("BT /Nowhere 10 Tf 1 0 0 1 80 600 Tm <7B2C> Tj ET");
    let read = extract(&pdf(&[lost])).unwrap();
    assert_eq!((read.text.trim(), read.unread.len()), ("第１条　目的", 1));
}
