//! Rows → XLSX and CSV that open in Excel as they are meant: text stays text, no cell becomes a formula.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline, Workbook, Worksheet, XlsxError};

/// Signs at the beginning of a cell that spreadsheet programs take for a formula, in both widths.
const SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// Most characters of a sheet's name.
const SHEET_NAME_MAX: usize = 31;
/// Widest column, in characters of half width.
const WIDTH_MAX: usize = 60;
/// Most characters of a cell, less some room for those that count twice.
const CELL_MAX: usize = 16_000;
const FONT: &str = "ＭＳ 明朝";
/// Height of a line and of the highest row, in points.
const LINE_HEIGHT: f64 = 14.5;
const HEIGHT_MAX: f64 = 409.0;
/// Rows that are measured for the width of a column.
const MEASURED: usize = 500;

/// An XLSX file with one sheet: headings fixed and filtered, printed on A4 across, headings on every page.
///
/// # Errors
/// When there are more rows than a sheet can hold.
pub fn xlsx(title: &str, headings: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(title))?;
    let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E8_F1FE)).set_border_bottom(FormatBorder::Thin);
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (column, heading) in (0u16..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, &head)?;
        let cells = rows.iter().take(MEASURED).filter_map(|row| row.get(usize::from(column)));
        let width = cells.chain([heading]).map(|text| width(text)).max().unwrap_or(8).clamp(6, WIDTH_MAX);
        sheet.set_column_width(column, f64::from(u32::try_from(width).unwrap_or(8)) + 2.0)?;
    }
    for (number, row) in (1u32..).zip(rows) {
        for (column, text) in (0u16..).zip(row) {
            if !text.is_empty() {
                sheet.write_string_with_format(number, column, text, &body)?;
            }
        }
    }
    if let Some(last) = u16::try_from(headings.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.autofilter(0, 0, u32::try_from(rows.len()).unwrap_or(u32::MAX), last)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_header(format!("&C{}", title.replace('&', "&&"))).set_footer("&R&P / &N");
    book.save_to_buffer()
}

/// A CSV file in UTF-8 with its mark, so that Excel shows Japanese as it is.
#[must_use]
pub fn csv(headings: &[String], rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xEF\xBB\xBF".to_vec());
    for row in std::iter::once(headings).chain(rows.iter().map(Vec::as_slice)) {
        // Writing into memory does not fail, and all rows have the length of the headings.
        if writer.write_record(row.iter().map(|text| guard(text))).is_err() {
            break;
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// A cell that a spreadsheet program would take for a formula gets an apostrophe in front, which makes it text.
fn guard(text: &str) -> String {
    if text.starts_with(SIGNS) { format!("'{text}") } else { text.to_owned() }
}

/// Takes away the apostrophe that [`guard`] put in front.
pub(super) fn unguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(SIGNS)).unwrap_or(text)
}

/// A name that a sheet may bear.
fn sheet_name(title: &str) -> String {
    let name: String = title.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).take(SHEET_NAME_MAX).collect();
    if name.is_empty() { "一覧".to_owned() } else { name }
}

/// Width of the widest line, in characters of half width.
fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()).max().unwrap_or(0)
}

/// A cell in pieces: text, and whether it is underlined.
pub type Rich = Vec<(String, bool)>;

/// An XLSX file with one sheet of cells with underlined words: title and notes above, printed on A4 across,
/// headings on every page.
///
/// # Errors
/// When there are more rows than a sheet can hold.
pub fn rich<const COLUMNS: usize>(
    title: &str,
    notes: &[String],
    columns: [(&str, f64); COLUMNS],
    rows: &[[Rich; COLUMNS]],
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(title))?;
    sheet.write_string_with_format(0, 0, title, &Format::new().set_bold().set_font_size(14))?;
    let mut next = 1_u32;
    for note in notes {
        sheet.write_string(next, 0, note)?;
        next += 1;
    }
    let head = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E8_F1FE))
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center);
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border(FormatBorder::Thin).set_font_name(FONT);
    for (column, (heading, width)) in (0u16..).zip(columns) {
        sheet.write_string_with_format(next, column, heading, &head)?;
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(next + 1, 0)?;
    sheet.set_repeat_rows(next, next)?;
    for (number, row) in (next + 1..).zip(rows) {
        let mut lines = 1;
        for ((column, cell), (_, width)) in (0u16..).zip(row).zip(columns) {
            write_rich(sheet, (number, column), cell, &body)?;
            lines = lines.max(wrapped(cell, width));
        }
        sheet.set_row_height(number, (f64::from(lines) * LINE_HEIGHT + 2.0).min(HEIGHT_MAX))?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_footer("&C&P / &N");
    book.save_to_buffer()
}

/// How many lines a cell takes in a column of a width, in characters of half width.
fn wrapped(cell: &Rich, column: f64) -> u32 {
    let text: String = cell.iter().map(|(text, _)| text.as_str()).collect();
    let lines = text.split('\n').map(|line| (f64::from(u32::try_from(width(line)).unwrap_or(u32::MAX)) / (column - 2.0)).ceil().max(1.0));
    // More lines than this do not fit the highest row anyway.
    (1..100).find(|count| f64::from(*count) >= lines.clone().sum::<f64>()).unwrap_or(100)
}

/// Writes a cell; longer text than a cell can hold is cut.
fn write_rich(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Rich, body: &Format) -> Result<(), XlsxError> {
    let plain = Format::new().set_font_name(FONT);
    let underlined = plain.clone().set_underline(FormatUnderline::Single);
    let mut left = CELL_MAX;
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for (text, line) in cell {
        let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(left).collect();
        left -= text.chars().count();
        match pieces.last_mut() {
            Some((before, last)) if before == line => last.push_str(&text),
            _ if !text.is_empty() => pieces.push((*line, text)),
            _ => {}
        }
    }
    match pieces.as_slice() {
        [] => sheet.write_blank(row, column, body)?,
        [(false, text)] => sheet.write_string_with_format(row, column, text, body)?,
        [(true, text)] => sheet.write_string_with_format(row, column, text, &body.clone().set_underline(FormatUnderline::Single))?,
        pieces => {
            let runs: Vec<(&Format, &str)> =
                pieces.iter().map(|(line, text)| (if *line { &underlined } else { &plain }, text.as_str())).collect();
            sheet.write_rich_string_with_format(row, column, &runs, body)?
        }
    };
    Ok(())
}
