//! Writes packages (ZIP) as office programs do, and as they never do.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// An entry to be written.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
    /// What the directory says about the unpacked size; the truth if nothing.
    pub(crate) declared: Option<u32>,
    pub(crate) flags: u16,
}

impl Part {
    pub(crate) fn new(name: &str, data: impl AsRef<[u8]>) -> Self {
        Self { name: name.to_owned(), data: data.as_ref().to_vec(), declared: None, flags: 0x800 }
    }
}

/// Writes a package.
pub(crate) fn zip(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&part.data).unwrap();
        let packed = encoder.finish().unwrap();
        let mut crc = Crc::new();
        crc.update(&part.data);
        let size = part.declared.unwrap_or(part.data.len() as u32);
        let start = out.len() as u32;
        let mut shared = Vec::new();
        shared.extend([20, 0]);
        shared.extend(part.flags.to_le_bytes());
        shared.extend([8, 0, 0, 0, 0x21, 0x58]);
        shared.extend(crc.sum().to_le_bytes());
        shared.extend((packed.len() as u32).to_le_bytes());
        shared.extend(size.to_le_bytes());
        shared.extend((part.name.len() as u16).to_le_bytes());
        shared.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&shared);
        out.extend(part.name.as_bytes());
        out.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(part.name.as_bytes());
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((parts.len() as u16).to_le_bytes());
    out.extend((parts.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// A part of WordprocessingML.
pub(crate) fn word_part(root: &str, content: &str) -> String {
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:{root} xmlns:w="{WORD}" "#,
            r#"xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" "#,
            r#"xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" "#,
            r#"xmlns:v="urn:schemas-microsoft-com:vml" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">{content}</w:{root}>"#
        ),
        root = root,
        WORD = WORD,
        content = content
    )
}

/// The parts of a Word document with this body and further parts (`styles`, `numbering`, `footnotes`).
pub(crate) fn word_parts(body: &str, more: &[(&str, &str)]) -> Vec<Part> {
    let types = concat!(
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" "#,
        r#"ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#
    );
    let relations = concat!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" "#,
        r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#
    );
    let mut parts = vec![Part::new("[Content_Types].xml", types), Part::new("_rels/.rels", relations)];
    parts.push(Part::new("word/document.xml", word_part("document", &format!("<w:body>{body}</w:body>"))));
    parts.extend(more.iter().map(|(root, content)| Part::new(&format!("word/{root}.xml"), word_part(root, content))));
    parts
}

/// A Word document.
pub(crate) fn word(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    zip(&word_parts(body, more))
}

/// A paragraph of Word: its properties, its text.
pub(crate) fn p(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

/// A flat OpenDocument text: its styles, its body.
pub(crate) fn flat_odt(styles: &str, body: &str) -> String {
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" "#,
            r#"xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" "#,
            r#"xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0">"#,
            r#"<office:automatic-styles>{}</office:automatic-styles><office:body><office:text>{}</office:text></office:body></office:document>"#
        ),
        styles, body
    )
}

/// A packed OpenDocument text with the same content.
pub(crate) fn odt(styles: &str, body: &str, encrypted: bool) -> Vec<u8> {
    let entry = if encrypted { "<m:encryption-data/>" } else { "" };
    let manifest = format!(
        r#"<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="content.xml">{entry}</m:file-entry></m:manifest>"#
    );
    let content = flat_odt(styles, body)
        .replace("office:document ", "office:document-content ")
        .replace("/office:document>", "/office:document-content>");
    zip(&[
        Part::new("mimetype", "application/vnd.oasis.opendocument.text"),
        Part::new("content.xml", content),
        Part::new("styles.xml", "<office:document-styles xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"/>"),
        Part::new("META-INF/manifest.xml", manifest),
    ])
}
