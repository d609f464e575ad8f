//! Office files made here: what is kept, what goes, what is held.

use proptest::prelude::*;

use crate::{
    Danger, Input, Outcome, Policy, Verdict, sanitize,
    zip::{Archive, Method, Writer},
};

const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const S: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

fn package(main: &str, content_type: &str, parts: &[(&str, &str)], relations: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut zip = Writer::new();
    let types = format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/{main}\" ContentType=\"{content_type}\"/></Types>"
    );
    zip.add("[Content_Types].xml", types.as_bytes(), Method::Deflated);
    let rels = |list: &[(&str, &str, &str)]| {
        let items: String = list
            .iter()
            .map(|(id, kind, target)| {
                let outside = if target.contains("://") || target.starts_with("\\\\") { " TargetMode=\"External\"" } else { "" };
                format!("<Relationship Id=\"{id}\" Type=\"{R}/{kind}\" Target=\"{target}\"{outside}/>")
            })
            .collect();
        format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{items}</Relationships>")
    };
    zip.add("_rels/.rels", rels(&[("rId1", "officeDocument", main)]).as_bytes(), Method::Deflated);
    let (folder, base) = main.rsplit_once('/').unwrap();
    zip.add(&format!("{folder}/_rels/{base}.rels"), rels(relations).as_bytes(), Method::Deflated);
    for (name, text) in parts {
        zip.add(name, text.as_bytes(), Method::Deflated);
    }
    zip.finish()
}

fn document(body: &str, relations: &[(&str, &str, &str)]) -> Vec<u8> {
    let text = format!(
        "<w:document xmlns:w=\"{W}\" xmlns:r=\"{R}\" xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" xmlns:q=\"urn:q\"><w:body>{body}</w:body></w:document>"
    );
    package(
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        &[("word/document.xml", &text), ("word/vbaProject.bin", "CANARY"), ("custom/secret.xml", "<a>CANARY</a>")],
        relations,
    )
}

fn workbook(sheet: &str, extra: &str) -> Vec<u8> {
    let book = format!(
        "<workbook xmlns=\"{S}\" xmlns:r=\"{R}\"><sheets><sheet name=\"m\" sheetId=\"2\" r:id=\"rId9\"/><sheet name=\"表\" sheetId=\"1\" r:id=\"rId1\"/></sheets>{extra}</workbook>"
    );
    let sheet = format!("<worksheet xmlns=\"{S}\"><sheetData><row r=\"1\">{sheet}</row></sheetData></worksheet>");
    package(
        "xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        &[("xl/workbook.xml", &book), ("xl/s.xml", &sheet), ("xl/macrosheets/m.xml", "<x>CANARY</x>")],
        &[("rId1", "worksheet", "s.xml"), ("rId9", "../../../../office/2006/relationships/xlMacrosheet", "macrosheets/m.xml")],
    )
}

fn run(name: &str, bytes: &[u8]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| ())
}

/// The text of a part of the output, after the output was found to be a fixed point.
fn part(name: &str, bytes: &[u8], part: &str) -> (String, Vec<Danger>) {
    let verdict = run(name, bytes);
    assert_eq!(verdict.report.outcome, Outcome::Rebuilt, "{:?}", verdict.report.detail);
    let output = verdict.output.unwrap().into_bytes();
    let again = run(name, &output);
    assert_eq!(again.report.removed, Vec::new());
    assert_eq!(again.output.unwrap().bytes(), output);
    let policy = Policy::default();
    let mut members = |_: &str, _: &[u8]| {};
    let mut job = crate::job::Job::new(&policy, &[], &mut members);
    let archive = Archive::read(&output).unwrap();
    let mut found = String::new();
    for entry in &archive.entries {
        let text = String::from_utf8(entry.unpack(&mut job).unwrap()).unwrap();
        assert!(!text.contains("CANARY"), "{} {text}", entry.name);
        if entry.name == part {
            found = text;
        }
    }
    (found, verdict.report.removed.iter().map(|removal| removal.kind).collect())
}

#[test]
fn documents_keep_words_and_lose_what_runs() {
    let body = "<w:p CANARY=\"CANARY\"><w:r><w:t>ここから</w:t></w:r><q:x>CANARY</q:x><w:hyperlink r:id=\"rId2\"><w:r><w:t>リンク</w:t></w:r></w:hyperlink>\
        <w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>EAUTO CANARY</w:instrText></w:r>\
        <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>結果</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>\
        <w:r><w:fldChar w:fldCharType=\"begin\"/><w:instrText> PAGE </w:instrText><w:fldChar w:fldCharType=\"end\"/></w:r>\
        <mc:AlternateContent><mc:Choice Requires=\"q\"><w:r><w:t>CANARY</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>代わり</w:t></w:r></mc:Fallback></mc:AlternateContent>\
        <w:altChunk r:id=\"rId4\"/><w:foo>CANARY</w:foo></w:p>";
    let bytes = document(
        body,
        &[
            ("rId1", "vbaProject", "vbaProject.bin"),
            ("rId2", "hyperlink", "http://CANARY.example/"),
            ("rId3", "attachedTemplate", "\\\\CANARY\\a.dotm"),
        ],
    );
    let (text, removed) = part("a.docx", &bytes, "word/document.xml");
    for kept in ["ここから", "リンク", "結果", " PAGE ", "代わり"] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(!text.contains("EAUTO") && !text.contains("hyperlink") && !text.contains("altChunk"));
    for danger in [Danger::Macro, Danger::Link, Danger::Remote, Danger::Dde, Danger::ForeignContent, Danger::Unknown] {
        assert!(removed.contains(&danger), "{danger:?} {removed:?}");
    }
}

#[test]
fn workbooks_keep_values_and_lose_macro_sheets() {
    let sheet = "<c r=\"A1\"><f>SUM(B1:C1)</f><v>3</v></c><c r=\"B1\"><f>cmd|'/c CANARY'!A1</f><v>1</v></c><c r=\"C1\" t=\"str\"><f>WEBSERVICE(\"http://CANARY\")</f><v>値</v></c>\
        <c r=\"D1\"><f t=\"shared\" si=\"0\" ref=\"D1:E1\">[1]CANARY!A1</f><v>5</v></c><c r=\"E1\"><f t=\"shared\" si=\"0\"/><v>6</v></c>";
    let names = "<definedNames><definedName name=\"_xlnm.Auto_Open\">m!CANARY</definedName><definedName name=\"範囲\" localSheetId=\"1\">表!$A$1</definedName></definedNames>";
    let (text, _) = part("a.xlsx", &workbook(sheet, names), "xl/worksheets/sheet1.xml");
    assert_eq!(text.matches("<f>").count(), 1);
    for value in ["<v>3</v>", "<v>1</v>", "<v>値</v>", "<v>5</v>", "<v>6</v>"] {
        assert!(text.contains(value), "{text}");
    }
    let (text, removed) = part("a.xlsx", &workbook(sheet, names), "xl/workbook.xml");
    assert!(text.contains("localSheetId=\"0\"") && !text.contains("Auto_Open") && text.matches("<sheet ").count() == 1, "{text}");
    assert!(removed.contains(&Danger::Xlm) && removed.contains(&Danger::Dde));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn mangled_packages_never_panic(at in 0_usize..2_000, byte in any::<u8>(), body in "(<w:p>|</w:p>|<w:fldChar w:fldCharType=\"(begin|separate|end)\"/>|<w:instrText>[A-Z ]{0,6}</w:instrText>|<w:t>x</w:t>){0,12}") {
        let mut bytes = document(&body, &[]);
        let _ = run("a.docx", &bytes);
        let length = bytes.len();
        bytes[at % length] = byte;
        let verdict = run("a.docx", &bytes);
        prop_assert_eq!(verdict.output.is_some(), verdict.report.outcome != Outcome::Held);
    }
}
