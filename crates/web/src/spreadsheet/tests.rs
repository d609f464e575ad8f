//! Tests of reading and writing spreadsheets.

use rust_xlsxwriter::{Format, Formula, Workbook};

use super::*;

fn columns() -> Vec<Column> {
    vec![
        Column::new("id", &["職員番号", "職員コード"], true),
        Column::new("name", &["氏名"], true),
        Column::new("unit", &["所属"], false),
        Column::new("day", &["採用日"], false),
    ]
}

#[test]
fn a_csv_in_every_encoding_reads_the_same() {
    let text = "職員番号,氏名,所属\r\n1001,青木 一郎,総務部/総務課\r\n";
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    let (euc, _, _) = encoding_rs::EUC_JP.encode(text);
    let marked = format!("\u{FEFF}{text}");
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [text.as_bytes(), &sjis, &euc, marked.as_bytes(), &utf16] {
        let table = read(bytes, &columns()).unwrap();
        assert_eq!(table.lines.len(), 1);
        assert_eq!(table.lines[0].get("name"), "青木 一郎");
        assert_eq!(table.lines[0].row, 2);
        assert_eq!(table.problems, Vec::new());
    }
}

#[test]
fn headings_are_found_below_a_title_in_any_width_and_order() {
    let text = "令和8年4月1日現在の名簿,,\n\n№,氏　名（必須）,職員ｺｰﾄﾞ※,所 属\n1,青木,１００１,総務課\n";
    let table = read(text.as_bytes(), &columns()).unwrap();
    assert_eq!(table.header, 3);
    assert_eq!(table.lines[0].get("id"), "１００１");
    assert_eq!(table.lines[0].get("unit"), "総務課");
    assert_eq!(table.places["id"], "C列（職員番号）");
    assert_eq!(table.ignored, ["A列「№」"]);
}

#[test]
fn rows_are_numbered_as_the_spreadsheet_program_does() {
    let text = "職員番号,氏名,所属\n1,\"青木\n一郎\",総務課\n\n2,井上,総務課\n";
    let table = read(text.as_bytes(), &columns()).unwrap();
    assert_eq!(table.lines.iter().map(|line| line.row).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn a_missing_heading_is_named() {
    let error = read("職員番号,所属\n1,総務課\n".as_bytes(), &columns()).unwrap_err();
    assert!(error.0.contains("「氏名」"), "{error}");
    let error = read("いろは\nにほへ\n".as_bytes(), &columns()).unwrap_err();
    assert!(error.0.contains("職員番号、氏名"), "{error}");
}

#[test]
fn what_is_no_spreadsheet_is_told_apart() {
    for (bytes, word) in [
        (&b""[..], "空"),
        (b"%PDF-1.7", "PDF"),
        (&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], ".xls"),
        (b"PK\x03\x04broken", "壊れている"),
        (b"\x00\x01\x02\x03", "表のファイルではありません"),
        (&[0x82, 0xFF, 0xFE, 0x81, b'\n'], "文字コード"),
    ] {
        let error = read(bytes, &columns()).unwrap_err();
        assert!(error.0.contains(word), "{error}");
    }
}

#[test]
fn merged_cells_and_formulas_without_a_value_are_problems_with_their_place() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in ["職員番号", "氏名", "所属", "採用日"].iter().enumerate() {
        sheet.write_string(0, u16::try_from(column).unwrap(), *head).unwrap();
    }
    sheet.write_number(1, 0, 1001.0).unwrap();
    sheet.write_string(1, 1, "青木").unwrap();
    sheet.merge_range(1, 2, 2, 2, "総務課", &Format::new()).unwrap();
    sheet.write_number(2, 0, 1002.0).unwrap();
    sheet.write_formula(2, 1, Formula::new("=B2").set_result(" ")).unwrap();
    sheet.write_number(3, 0, 1003.0).unwrap();
    sheet.write_formula(3, 1, Formula::new("=\"上\"&\"田\"").set_result("上田")).unwrap();
    sheet.write_number_with_format(3, 3, 45_748.0, &Format::new().set_num_format("yyyy/m/d")).unwrap();
    let table = read(&book.save_to_buffer().unwrap(), &columns()).unwrap();
    let places: Vec<String> = table.problems.iter().map(Problem::place).collect();
    assert_eq!(places, ["2行目 C列（所属）", "3行目 B列（氏名）", "3行目 C列（所属）"]);
    assert!(table.problems[0].message.contains("結合"));
    assert!(table.problems[1].message.contains("数式"));
    assert_eq!(table.lines.iter().map(|line| line.bad).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(table.lines[2].get("name"), "上田");
    assert_eq!(table.lines[2].get("id"), "1003");
    assert_eq!(table.lines[2].get("day"), "2025-04-01");
}

#[test]
fn the_sheet_with_the_headings_is_found() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("表紙").unwrap().write_string(0, 0, "名簿").unwrap();
    let sheet = book.add_worksheet().set_name("名簿").unwrap();
    sheet.write_string(0, 0, "氏名").unwrap().write_string(0, 1, "職員番号").unwrap();
    sheet.write_string(1, 0, "青木").unwrap().write_string(1, 1, "0012").unwrap();
    let table = read(&book.save_to_buffer().unwrap(), &columns()).unwrap();
    assert_eq!((table.sheet.as_str(), table.lines[0].get("id")), ("名簿", "0012"));
}

#[test]
fn what_is_written_is_read_back_and_no_cell_is_a_formula() {
    let headings: Vec<String> = ["職員番号", "氏名", "所属"].map(str::to_owned).to_vec();
    let rows = vec![
        vec!["0001".to_owned(), "=HYPERLINK(\"x\")".to_owned(), "総務課\n庶務係".to_owned()],
        vec!["+81".to_owned(), "＝1".to_owned(), "-".to_owned()],
    ];
    let text = csv(&headings, &rows);
    assert!(text.starts_with(b"\xEF\xBB\xBF"));
    assert!(String::from_utf8(text.clone()).unwrap().contains("\"'=HYPERLINK(\"\"x\"\")\""));
    for bytes in [text, xlsx("名簿[令和8年度]", &headings, &rows).unwrap()] {
        let table = read(&bytes, &columns()).unwrap();
        let back: Vec<Vec<&str>> = table.lines.iter().map(|line| ["id", "name", "unit"].map(|key| line.get(key)).to_vec()).collect();
        assert_eq!(back, rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect::<Vec<Vec<&str>>>());
        assert_eq!(table.problems, Vec::new());
    }
}

#[test]
fn a_cell_far_away_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "職員番号").unwrap().write_string(0, 1, "氏名").unwrap();
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    sheet.write_string(1_048_575, 0, "9").unwrap().write_string(1_048_575, 1, "末").unwrap();
    let table = read(&book.save_to_buffer().unwrap(), &columns()).unwrap();
    assert_eq!(table.lines[0].row, 1_048_576);
}

#[test]
fn columns_have_letters() {
    assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
}
