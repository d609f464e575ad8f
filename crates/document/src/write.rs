//! A table of two columns as a Word file (OOXML): A4 across, headings on every page; knows nothing of what it compares.

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, result::ZipError, write::SimpleFileOptions};

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its text.
    pub text: String,
    /// Whether a line is drawn below it.
    pub underlined: bool,
}

/// A paragraph of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paragraph {
    /// How many characters it is moved in.
    pub indent: usize,
    /// Its pieces.
    pub runs: Vec<Run>,
}

/// A table of two columns of one width.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TwoColumns {
    /// Stands above the table, in the middle.
    pub title: String,
    /// Lines between title and table, at the right.
    pub notes: Vec<String>,
    /// Headings of the columns.
    pub heads: [String; 2],
    /// Cells of each row.
    pub rows: Vec<[Vec<Paragraph>; 2]>,
}

/// Width and height of A4 across, its margin, and a column, in twentieths of a point.
const PAGE: (usize, usize) = (16_838, 11_906);
const MARGIN: usize = 1_134;
const COLUMN: usize = (PAGE.0 - 2 * MARGIN) / 2;
/// Width of a character of 10.5 points.
const CHARACTER: usize = 210;
/// Deeper clauses are moved in no further, or no room would be left.
const INDENT_MAX: usize = 6;
const FONT: &str = "ＭＳ 明朝";
const NAMESPACE: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/><Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/><Override PartName=\"/word/fontTable.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml\"/><Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/></Types>";
const PACKAGE: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
const PARTS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/fontTable\" Target=\"fontTable.xml\"/><Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer\" Target=\"footer1.xml\"/></Relationships>";

/// A Word file with the table. The same table always gives the same bytes.
///
/// # Errors
/// When the file would be larger than its format allows.
pub fn docx(table: &TwoColumns) -> Result<Vec<u8>, ZipError> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", TYPES.to_owned()),
        ("_rels/.rels", PACKAGE.to_owned()),
        ("word/document.xml", body(table)),
        ("word/_rels/document.xml.rels", PARTS.to_owned()),
        ("word/styles.xml", styles()),
        ("word/fontTable.xml", fonts()),
        ("word/footer1.xml", footer()),
    ];
    for (name, content) in parts {
        file.start_file(name, SimpleFileOptions::default().last_modified_time(zip::DateTime::default()))?;
        file.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n")?;
        file.write_all(content.as_bytes())?;
    }
    Ok(file.finish()?.into_inner())
}

fn styles() -> String {
    let fonts = format!("<w:rFonts w:ascii=\"{FONT}\" w:hAnsi=\"{FONT}\" w:eastAsia=\"{FONT}\" w:cs=\"Times New Roman\"/>");
    format!(
        "<w:styles {NAMESPACE}><w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val=\"21\"/><w:szCs w:val=\"21\"/><w:lang w:val=\"ja-JP\" w:eastAsia=\"ja-JP\"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults><w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"a\"><w:name w:val=\"Normal\"/></w:style></w:styles>"
    )
}

/// The font by its English name too, and what may stand in for it.
fn fonts() -> String {
    format!(
        "<w:fonts {NAMESPACE}><w:font w:name=\"{FONT}\"><w:altName w:val=\"MS Mincho\"/><w:charset w:val=\"80\"/><w:family w:val=\"roman\"/><w:pitch w:val=\"fixed\"/></w:font></w:fonts>"
    )
}

fn footer() -> String {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    format!(
        "<w:ftr {NAMESPACE}><w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr>{}<w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r>{}<w:r><w:t>1</w:t></w:r>{}</w:p></w:ftr>",
        field("begin"),
        field("separate"),
        field("end")
    )
}

fn body(table: &TwoColumns) -> String {
    let mut out = format!("<w:document {NAMESPACE}><w:body>");
    let plain = |text: &str| Paragraph { indent: 0, runs: vec![Run { text: text.to_owned(), underlined: false }] };
    paragraph(&mut out, &plain(&table.title), "<w:spacing w:after=\"120\"/><w:jc w:val=\"center\"/>", "<w:b/><w:sz w:val=\"24\"/>");
    for note in &table.notes {
        paragraph(&mut out, &plain(note), "<w:jc w:val=\"right\"/>", "");
    }
    let line = |side: &str| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>");
    let borders: String = ["top", "left", "bottom", "right", "insideV"].map(line).concat();
    let width = COLUMN * 2;
    out.push_str(&format!(
        "<w:tbl><w:tblPr><w:tblW w:w=\"{width}\" w:type=\"dxa\"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid><w:gridCol w:w=\"{COLUMN}\"/><w:gridCol w:w=\"{COLUMN}\"/></w:tblGrid>"
    ));
    let shade = format!("<w:tcBorders>{}</w:tcBorders><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F2F2F2\"/>", line("bottom"));
    out.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
    for head in &table.heads {
        cell(&mut out, &[plain(head)], &shade, "<w:jc w:val=\"center\"/>");
    }
    out.push_str("</w:tr>");
    for row in &table.rows {
        out.push_str("<w:tr>");
        for paragraphs in row {
            cell(&mut out, paragraphs, "", "");
        }
        out.push_str("</w:tr>");
    }
    let (width, height) = PAGE;
    // A paragraph must stand behind a table; it is as low as can be, so that it makes no page of its own.
    out.push_str("</w:tbl><w:p><w:pPr><w:spacing w:line=\"20\" w:lineRule=\"exact\"/></w:pPr></w:p>");
    out.push_str(&format!(
        "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId3\"/><w:pgSz w:w=\"{width}\" w:h=\"{height}\" w:orient=\"landscape\"/><w:pgMar w:top=\"{MARGIN}\" w:right=\"{MARGIN}\" w:bottom=\"{MARGIN}\" w:left=\"{MARGIN}\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>"
    ));
    out
}

fn cell(out: &mut String, paragraphs: &[Paragraph], look: &str, align: &str) {
    out.push_str(&format!("<w:tc><w:tcPr><w:tcW w:w=\"{COLUMN}\" w:type=\"dxa\"/>{look}</w:tcPr>"));
    for one in paragraphs {
        paragraph(out, one, align, "");
    }
    // A cell without a paragraph is no valid cell.
    if paragraphs.is_empty() {
        out.push_str("<w:p/>");
    }
    out.push_str("</w:tc>");
}

fn paragraph(out: &mut String, paragraph: &Paragraph, align: &str, look: &str) {
    let left = (paragraph.indent.min(INDENT_MAX) + 1) * CHARACTER;
    let indent = if align.is_empty() { format!("<w:ind w:left=\"{left}\" w:hanging=\"{CHARACTER}\"/>") } else { String::new() };
    out.push_str(&format!("<w:p><w:pPr>{indent}{align}</w:pPr>"));
    for run in &paragraph.runs {
        let line = if run.underlined { "<w:u w:val=\"single\"/>" } else { "" };
        out.push_str("<w:r>");
        if !look.is_empty() || !line.is_empty() {
            out.push_str(&format!("<w:rPr>{look}{line}</w:rPr>"));
        }
        text(out, &run.text);
        out.push_str("</w:r>");
    }
    out.push_str("</w:p>");
}

/// Text with its line ends and tabs; characters that no XML may hold are left out.
fn text(out: &mut String, text: &str) {
    out.push_str("<w:t xml:space=\"preserve\">");
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("</w:t><w:br/><w:t xml:space=\"preserve\">"),
            '\t' => out.push_str("</w:t><w:tab/><w:t xml:space=\"preserve\">"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out.push_str("</w:t>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_escaped_or_left_out() {
        let mut out = String::new();
        text(&mut out, "a<b>&\u{1}\u{ffff}\n終");
        assert_eq!(out, "<w:t xml:space=\"preserve\">a&lt;b&gt;&amp;</w:t><w:br/><w:t xml:space=\"preserve\">終</w:t>");
    }

    #[test]
    fn the_same_table_gives_the_same_bytes() {
        let table = TwoColumns { title: "新旧対照表".to_owned(), rows: vec![[Vec::new(), Vec::new()]], ..TwoColumns::default() };
        let bytes = docx(&table).unwrap();
        assert_eq!(bytes, docx(&table).unwrap());
        assert!(bytes.starts_with(b"PK"));
    }
}
