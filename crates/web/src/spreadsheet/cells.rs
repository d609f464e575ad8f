//! Bytes → cells with their places: XLSX by streaming, CSV in the encodings that offices use.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, Xlsx, XlsxError};

use super::{BYTES_MAX, COLUMNS_MAX, Cell, Grid, ROWS_MAX, Unreadable};

/// Largest size of a workbook once unpacked, in bytes: what its directory announces.
const UNPACKED_MAX: u64 = 400 * 1024 * 1024;
/// Sheets that are looked at.
const SHEETS_MAX: usize = 20;
/// Longest text of a cell, in characters; Excel's own limit.
const CELL_CHARS_MAX: usize = 32_767;

const FORMULA: &str =
    "数式の結果が保存されていないため読めません。値に置き換える（コピーして「値の貼り付け」）か、Excelで開いて上書き保存してください。";
const MERGED: &str = "結合セルのため、どの行の値か決められません。結合を解除して、行ごとに値を入れてください。";
const ERROR: &str = "エラー値（#N/A など）になっています。正しい値を入れてください。";
const LONG: &str = "文字が多すぎます。32,767文字以内にしてください。";
const BROKEN: &str = "文字化けがあります。元の値を確かめて、入れ直してください。";

/// All sheets of a file.
pub(super) fn grids(bytes: &[u8]) -> Result<Vec<Grid>, Unreadable> {
    let say = |text: &str| Err(Unreadable(text.to_owned()));
    if bytes.is_empty() {
        return say("ファイルが空です。ファイルを選び直してください。");
    }
    if bytes.len() > BYTES_MAX {
        return say("ファイルが大きすぎます。50MB以内に分けてください。");
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook(bytes);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return say(
            "古い形式のExcelファイル（.xls）か、パスワード付きのファイルです。Excelで開き、パスワードを外して「Excelブック（.xlsx）」で保存し直してください。",
        );
    }
    if bytes.starts_with(b"%PDF") {
        return say("PDFファイルです。ExcelファイルかCSVファイルを選んでください。");
    }
    let text = decode(bytes)?;
    Ok(vec![csv(&text)?])
}

/// The sheets of a workbook.
fn workbook(bytes: &[u8]) -> Result<Vec<Grid>, Unreadable> {
    if unpacked(bytes) > UNPACKED_MAX {
        return Err(Unreadable(
            "ファイルの中身が大きすぎます（展開すると400MBを超えます）。使う行だけを新しいファイルに写してください。".to_owned(),
        ));
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| trouble(&error))?;
    let names = book.sheet_names();
    let mut grids = Vec::new();
    for name in names.into_iter().take(SHEETS_MAX) {
        // A chart sheet has no cells.
        if let Ok(grid) = sheet(&mut book, &name) {
            grids.push(grid);
        }
    }
    if grids.is_empty() {
        return Err(Unreadable(
            "読めるシートがありません。Excelで開けるか確かめ、「Excelブック（.xlsx）」で保存し直してください。".to_owned(),
        ));
    }
    Ok(grids)
}

/// Why a workbook does not open.
fn trouble(error: &XlsxError) -> Unreadable {
    Unreadable(match error {
        XlsxError::Password => "パスワード付きのファイルです。Excelでパスワードを外して保存し直してください。".to_owned(),
        _ => "Excelファイルとして読めません。壊れているか、別の形式です。Excelで開いて「Excelブック（.xlsx）」で保存し直してください。"
            .to_owned(),
    })
}

/// Size of everything in an archive once unpacked, as its central directory announces.
fn unpacked(bytes: &[u8]) -> u64 {
    bytes
        .windows(28)
        .filter(|window| window.starts_with(b"PK\x01\x02"))
        .filter_map(|window| window.get(24..28)?.try_into().ok())
        .map(|size: [u8; 4]| u64::from(u32::from_le_bytes(size)))
        .fold(0, u64::saturating_add)
}

/// The cells of a sheet.
fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Grid, XlsxError> {
    let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
    let mut rows: BTreeMap<usize, BTreeMap<usize, Cell>> = BTreeMap::new();
    let mut cut = false;
    let mut reader = book.worksheet_cells_reader(name)?;
    while let Some(record) = reader.next_cell_with_formula_metadata()? {
        let (row, column) = (record.pos.0 as usize + 1, record.pos.1 as usize);
        if column >= COLUMNS_MAX {
            continue;
        }
        let cell = cell(&record.value, record.formula.is_some());
        if cell.text.is_empty() && cell.trouble.is_empty() {
            continue;
        }
        if rows.len() >= ROWS_MAX && !rows.contains_key(&row) {
            cut = true;
            continue;
        }
        rows.entry(row).or_default().insert(column, cell);
    }
    mark_merged(&mut rows, &merged);
    Ok(Grid { name: name.to_owned(), rows: rows.into_iter().collect(), cut })
}

/// Marks merged cells in rows with content: their value belongs to several rows or columns.
fn mark_merged(rows: &mut BTreeMap<usize, BTreeMap<usize, Cell>>, merged: &[Dimensions]) {
    for region in merged {
        let (first, last) = (region.start.0 as usize + 1, region.end.0 as usize + 1);
        let columns = region.start.1 as usize..=(region.end.1 as usize).min(COLUMNS_MAX);
        // Most rows of a sheet-high region do not exist; those with content are looked at only.
        for (_, cells) in rows.range_mut(first..=last.max(first)) {
            for column in columns.clone() {
                let cell = cells.entry(column).or_default();
                if cell.trouble.is_empty() {
                    cell.trouble = MERGED;
                }
            }
        }
    }
}

/// The text of a cell.
fn cell(value: &DataRef<'_>, formula: bool) -> Cell {
    let text = match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(truth) => if *truth { "はい" } else { "いいえ" }.to_owned(),
        DataRef::DateTime(moment) => date_text(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.split('T').next().unwrap_or("").to_owned(),
        DataRef::Error(_) => return Cell { text: String::new(), trouble: ERROR },
        DataRef::Empty => String::new(),
    };
    let trouble = if formula && text.trim().is_empty() { FORMULA } else { "" };
    tidy(&text, trouble)
}

/// A cell with its text trimmed and checked.
fn tidy(text: &str, trouble: &'static str) -> Cell {
    let text: String = text.trim().chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    let trouble = match trouble {
        "" if text.contains('\u{FFFD}') => BROKEN,
        "" if text.chars().count() > CELL_CHARS_MAX => return Cell { text: String::new(), trouble: LONG },
        other => other,
    };
    Cell { text, trouble }
}

/// A number as a person would write it: whole numbers without a point.
fn number_text(number: f64) -> String {
    // `{}` never writes an exponent and is exact for whole numbers.
    format!("{number}")
}

/// A date as `2026-11-21`; a time of day or a span is left as its number.
fn date_text(moment: &ExcelDateTime) -> String {
    if !moment.is_datetime() || moment.as_f64() < 1.0 {
        return number_text(moment.as_f64());
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

/// The text of a CSV file: UTF-8, UTF-16 with its mark, or Shift_JIS.
fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, broken) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
        if !broken {
            return Ok(text.into_owned());
        }
    }
    let binary = bytes.iter().take(4096).any(|byte| *byte == 0);
    if binary {
        return Err(Unreadable("表のファイルではありません。Excelファイル（.xlsx）かCSVファイルを選んでください。".to_owned()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, broken) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes);
    if !broken {
        return Ok(text.into_owned());
    }
    let (text, broken) = encoding_rs::EUC_JP.decode_without_bom_handling(bytes);
    if !broken {
        return Ok(text.into_owned());
    }
    let line =
        bytes.split(|byte| *byte == b'\n').take_while(|line| !encoding_rs::SHIFT_JIS.decode_without_bom_handling(line).1).count() + 1;
    Err(Unreadable(format!("文字コードが読めません（{line}行目付近）。Excelで開き、「CSV UTF-8（コンマ区切り）」で保存し直してください。")))
}

/// The rows of a CSV text, divided by commas, tabs or semicolons: whichever its first lines hold most.
fn csv(text: &str) -> Result<Grid, Unreadable> {
    let head: Vec<&str> = text.lines().take(10).collect();
    let count = |sign: u8| head.iter().map(|line| line.bytes().filter(|byte| *byte == sign).count()).sum::<usize>();
    let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut grid = Grid::default();
    // Line breaks inside quotes belong to one row of the spreadsheet program.
    let mut inner = 0;
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            Unreadable(format!("CSVの{line}行目が読めません。引用符（\"）の閉じ忘れがないか確かめてください。"))
        })?;
        let (line, byte) = record.position().map_or((0, 0), |place| (place.line(), place.byte()));
        // The place is that of the blank lines before the record, which the reader passes over.
        let rest = usize::try_from(byte).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
        let blank = rest.chars().take_while(|c| "\r\n".contains(*c)).filter(|c| *c == '\n').count();
        let row = (usize::try_from(line).unwrap_or(usize::MAX).saturating_add(blank)).saturating_sub(inner);
        inner += record.iter().map(|field| field.matches('\n').count()).sum::<usize>();
        let cells: BTreeMap<usize, Cell> = record
            .iter()
            .take(COLUMNS_MAX)
            .enumerate()
            .map(|(index, field)| (index, tidy(super::write::unguard(field), "")))
            .filter(|(_, cell)| !cell.text.is_empty() || !cell.trouble.is_empty())
            .collect();
        if cells.is_empty() {
            continue;
        }
        if grid.rows.len() >= ROWS_MAX {
            grid.cut = true;
            break;
        }
        grid.rows.push((row, cells));
    }
    Ok(grid)
}
