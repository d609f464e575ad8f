//! Versions side by side on pages and in files, beside the standard set, and beside another body's policy.

use std::{path::Path, process::Command};

use policy::{
    compare::{self, Line, Row},
    tree,
};
use web::comparison::Sheet;

use crate::{
    browser::Browser,
    town::{CLERK, TOP, Town},
};

fn sample() -> String {
    std::fs::read_to_string(format!("{}/../../samples/policy.txt", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The sample with a word changed, an item put in before others, one taken away, and one moved.
fn amended() -> String {
    let edits = [
        ("啓発を半年に一度", "啓発を三月に一度"),
        ("③　職員等は、情報資産を複製", "③　職員等は、<印>を消してはならない。\n\n④　職員等は、情報資産を複製"),
        ("④　受け取った", "⑤　受け取った"),
        ("（ウ） 情報セキュリティ管理者は、課の情報資産の管理について責任を負う。\n", ""),
        ("自ら行ってはならない。\n", "自ら行ってはならない。\n\nウ 情報セキュリティ管理者は、課の情報資産の管理について責任を負う。\n"),
        ("② 操作の誤り、置き忘れ、宛先の間違いその他の過失によるもの\n\n③", "②"),
    ];
    let mut text = sample();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    text
}

async fn load(officer: &mut Browser, text: &str) {
    let answer = officer.upload("/adoption", &[], "file", "規程.txt", text).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
}

#[tokio::test]
async fn two_versions_stand_side_by_side_and_leave_as_files() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.get("/policy/compare").await.says("規程の版が二つ要ります");
    load(&mut officer, &sample()).await;
    load(&mut officer, &amended()).await;
    officer.get("/policy/versions").await.says("href=\"/policy/compare\"");
    let mut clerk = town.signed_in(CLERK).await;
    let page = clerk.get("/policy/compare?old=2&new=3").await;
    page.says("<u>三月</u>に一度").says("<u>半年</u>に一度").says("（新設）").says("（削る）").says("第3章1(1)オ(ウ)から移動");
    page.says("&#60;印&#62;").says("<u>④</u>～<u>⑤</u>").says("変わった条項は");
    assert!(!page.text.contains("<印>"), "{}", page.text);
    let moved = clerk.get("/policy/compare?old=2&new=3&kind=moved").await;
    moved.says("から移動").says("全1件");
    assert!(!moved.text.contains("三月"));
    clerk.get("/policy/compare?old=2&new=3&q=%E4%B8%89%E6%9C%88").await.says("三月").says("全1件");
    clerk.get("/policy/compare?old=2&new=3&q=%E7%84%A1%E3%81%84%E8%AA%9E").await.says("条件に合う条項はありません");
    clerk.get("/policy/compare?old=2&new=2").await.says("変わった条項はありません");
    let paper = clerk.get("/policy/compare/print?old=2&new=3").await;
    paper.says("sides-page").says("改正後：第3版（未施行）").says("三月");
    for format in ["docx", "xlsx"] {
        let file = clerk.get(&format!("/policy/compare/export?old=2&new=3&format={format}")).await;
        assert!(file.status == 200 && file.text.starts_with("PK"), "{format}");
    }
    for wrong in ["/policy/compare?old=9&new=3", "/policy/compare?old=x", "/policy/compare/export?old=2&new=3"] {
        assert_eq!(clerk.get(wrong).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn what_the_standard_has_more_is_proposed_in_its_words() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    load(&mut officer, &sample()).await;
    let version = town.registry.version(2).await.unwrap().unwrap();
    let gaps = office::gaps::gaps(town.registry.catalog(), &version.reading);
    let page = officer.get("/policy/compare/standard?version=2").await;
    for gap in &gaps {
        page.says(&gap.clause.number).says(&gap.clause.title);
    }
    assert!(!gaps.is_empty() && page.text.matches("class=\"level-1\"").count() == gaps.len());
    let csv = officer.get("/policy/compare/standard/export?version=2&format=csv").await.text;
    assert!(csv.starts_with('\u{FEFF}') && csv.contains(&gaps[0].clause.text));
    let word = web::paging::encode(&gaps[0].clause.title);
    officer.get(&format!("/policy/compare/standard?version=2&q={word}")).await.says("が見つかりました").says(&gaps[0].clause.text);
}

#[tokio::test]
async fn another_bodys_policy_is_compared_by_control_and_leaves_no_trace() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    assert_eq!(clerk.get("/policy/compare/other").await.status, 403);
    let mut officer = town.signed_in(TOP).await;
    officer.get("/policy/compare/other").await.says("記録には残りません");
    let before = town.registry.size();
    let answer = officer.upload("/policy/compare/other", &[], "file", "よその町.txt", &sample()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.says("よその町.txt").says("相手の規程だけが定めるもの").says("受け取った情報資産の分類");
    assert_eq!(officer.upload("/policy/compare/other", &[], "file", "空.txt", "").await.status, 422);
    assert_eq!(town.registry.size(), before);
    assert_eq!(town.registry.versions().await.unwrap().len(), 1);
}

fn sheet() -> Sheet {
    let (old, new) = (tree::parse(&sample()).0, tree::parse(&amended()).0);
    let comparison = compare::compare(&old, &new);
    Sheet {
        title: new.title.clone(), notes: vec!["施行日　令和8年4月1日".to_owned()], rows: compare::table(&comparison, &old, &new)
    }
}

/// The underlined words of the rows, those that touch as one, in the order of the cells.
fn underlined(rows: &[Row]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for line in rows.iter().flat_map(|row| [&row.new, &row.old]).flatten() {
        let Line { runs, .. } = line;
        let mut open = false;
        for run in runs {
            match words.last_mut().filter(|_| open && run.changed) {
                Some(last) => last.push_str(&run.text),
                None if run.changed => words.push(run.text.clone()),
                None => {}
            }
            open = run.changed;
        }
    }
    words
}

/// Reads a file with an interpreter of its own, by nothing of ours; the underlined words, one a line.
fn read_by(script: &str, file: &Path) -> Option<Vec<String>> {
    let output = match Command::new("python3").arg("-c").arg(script).arg(file).output() {
        Ok(output) => output,
        Err(_) => {
            println!("skipped: python3 is not at hand");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

const DOCX: &str = r#"
import sys, zipfile, xml.etree.ElementTree as tree
w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
parts = zipfile.ZipFile(sys.argv[1])
assert parts.testzip() is None
for name in parts.namelist():
    tree.fromstring(parts.read(name))
body = tree.fromstring(parts.read("word/document.xml")).find(w + "body")
size = body.find(f"{w}sectPr/{w}pgSz")
assert int(size.get(w + "w")) > int(size.get(w + "h")) and size.get(w + "orient") == "landscape"
rows = body.findall(f"{w}tbl/{w}tr")
assert rows[0].find(f"{w}trPr/{w}tblHeader") is not None
assert [c.get(w + "w") for c in body.findall(f"{w}tbl/{w}tblGrid/{w}gridCol")][0::2] == [c.get(w + "w") for c in body.findall(f"{w}tbl/{w}tblGrid/{w}gridCol")][1::2]
for p in body.iter(w + "p"):
    open = False
    for r in p.findall(w + "r"):
        text = "".join(t.text or "" for t in r.findall(w + "t"))
        line = r.find(f"{w}rPr/{w}u") is not None
        if line:
            print(("" if open else "\n") + text, end="")
        open = line
print()
"#;

const XLSX: &str = r#"
import sys, zipfile, xml.etree.ElementTree as tree
s = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
parts = zipfile.ZipFile(sys.argv[1])
strings = tree.fromstring(parts.read("xl/sharedStrings.xml")).findall(s + "si")
styles = tree.fromstring(parts.read("xl/styles.xml"))
fonts = styles.findall(f"{s}fonts/{s}font")
formats = [fonts[int(x.get("fontId"))].find(s + "u") is not None for x in styles.findall(f"{s}cellXfs/{s}xf")]
sheet = tree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
assert sheet.find(s + "pageSetup").get("orientation") == "landscape"
for c in sheet.iter(s + "c"):
    if c.get("t") != "s":
        continue
    si = strings[int(c.find(s + "v").text)]
    open = False
    for r in si.findall(s + "r") or [si]:
        text = "".join(t.text or "" for t in r.findall(s + "t"))
        line = r.find(f"{s}rPr/{s}u") is not None if r is not si else formats[int(c.get("s", 0))]
        if line:
            print(("" if open else "\n") + text.strip(), end="")
        open = line
print()
"#;

#[test]
fn word_and_excel_files_underline_what_changed() {
    let folder = std::env::temp_dir().join(format!("sekisho-comparison-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let sheet = sheet();
    let expected = underlined(&sheet.rows);
    assert!(["三月", "半年", "（新設）", "（削る）", "④"].iter().all(|word| expected.iter().any(|one| one == word)), "{expected:?}");
    for (name, bytes, script) in [("a.docx", sheet.docx().unwrap(), DOCX), ("a.xlsx", sheet.xlsx().unwrap(), XLSX)] {
        let file = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        if let Some(read) = read_by(script, &file) {
            assert_eq!(read.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>(), expected, "{name}");
        }
    }
    let page = sheet.html().unwrap();
    let lined: Vec<&str> = page.split("<u>").skip(1).map(|piece| piece.split("</u>").next().unwrap()).collect();
    assert!(lined.contains(&"三月") && lined.len() >= expected.len());
    writer_opens(&folder, &expected);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// LibreOffice, where it is at hand, shows the same words underlined.
fn writer_opens(folder: &Path, expected: &[String]) {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let mut office = Command::new("soffice");
    let convert = office.args([&profile, "--headless", "--convert-to", "html", "--outdir"]).arg(folder).arg(folder.join("a.docx"));
    if convert.output().is_err() {
        println!("skipped: LibreOffice is not at hand");
        return;
    }
    let html = std::fs::read_to_string(folder.join("a.html")).unwrap();
    let tags = |text: &str| text.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect::<String>();
    let words: Vec<String> = html.split("<u>").skip(1).map(|piece| tags(piece.split("</u>").next().unwrap()).replace('\n', " ")).collect();
    let joined = |words: &[String]| words.concat().chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let plain = |text: String| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    assert_eq!(plain(joined(&words)), joined(expected));
}
