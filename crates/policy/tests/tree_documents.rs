//! Invented documents of many layouts: what is read from each is written beside it.
//!
//! `test_data/read/NN-name.txt` is the document, `NN-name.expect` its clauses, norms and problems.
//! `UPDATE_EXPECT=1 cargo test` writes what is read now; look at the difference before keeping it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{fmt::Write, fs, path::Path};

use policy::{
    control::Controls,
    obligation::{self, Obligation},
    tree::{self, Document},
};

/// Reads a document and compares it with what is expected of it.
fn check(text: &Path) {
    let (document, problems) = tree::parse(&fs::read_to_string(text).unwrap());
    partition(&document);
    let mut found = String::new();
    writeln!(found, "title\t{}", document.title).unwrap();
    for clause in document.clauses.iter().skip(1) {
        writeln!(found, "clause\t{}\t{}\t{}", clause.path, clause.line, clause.heading).unwrap();
    }
    for norm in obligation::extract(&document, &Controls::default()) {
        writeln!(found, "norm\t{}", line(&norm)).unwrap();
    }
    for problem in problems {
        writeln!(found, "problem\t{}:{}\t{}", problem.line, problem.column, problem.message).unwrap();
    }
    let expect = text.with_extension("expect");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expect, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&expect).unwrap(), "{}", text.display());
}

fn line(norm: &Obligation) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let modality = word(serde_json::to_value(norm.modality).unwrap());
    let trigger = word(serde_json::to_value(norm.trigger).unwrap());
    let form = word(serde_json::to_value(norm.form).unwrap());
    let class = norm.class.clone().unwrap_or_else(|| "-".to_owned());
    let exception = if norm.exception { "\texception" } else { "" };
    format!(
        "{}#{}\tline {}\t{modality}\t[{}]→[{}]\t{class}\t{trigger}\t{form}\t{}{exception}",
        norm.clause,
        norm.n,
        norm.line,
        norm.subjects.join(" "),
        norm.counterparts.join(" "),
        norm.cue
    )
}

/// Every character of the source lies in exactly one clause.
fn partition(document: &Document) {
    let mut end = 0;
    for clause in &document.clauses {
        assert_eq!(clause.span.start, end, "{}", clause.path);
        assert!(document.source.get(clause.span.clone()).is_some(), "{}", clause.path);
        end = clause.span.end;
    }
    assert_eq!(end, document.source.len());
}

#[test]
fn documents_of_all_layouts_are_read_as_written_beside_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/read");
    let mut texts: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    texts.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    texts.sort();
    assert!(texts.len() >= 10);
    for text in &texts {
        check(text);
    }
}

/// Paths of a document.
fn paths(text: &str) -> Vec<String> {
    let (document, _) = tree::parse(text);
    partition(&document);
    document.clauses.into_iter().map(|clause| clause.path).collect()
}

#[test]
fn width_of_digits_spaces_and_line_ends_change_no_path() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/read");
    let wide = |c: char| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c };
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "txt") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let expected = paths(&text);
        let lines = |change: &dyn Fn(&str) -> String| text.lines().map(change).collect::<Vec<_>>().join("\n");
        assert_eq!(paths(&lines(&|line| line.chars().map(wide).collect())), expected, "digits: {}", path.display());
        assert_eq!(paths(&lines(&|line| format!("{line}　 "))), expected, "trailing space: {}", path.display());
        assert_eq!(paths(&text.replace('\n', "\r\n")), expected, "line ends: {}", path.display());
        assert_eq!(paths(&text.replace('(', "（").replace(')', "）")), expected, "brackets: {}", path.display());
    }
}

#[test]
fn a_sentence_cut_by_a_page_break_is_the_same_sentence() {
    let whole = "1 端末\n\n(1) 持出し\n\n端末管理者は、端末を庁舎の外へ持ち出す職員に対し、記録簿への記入を求めなければならない。\n\n(2) 返却\n\n職員は、端末を返すこと。\n";
    let (expected, _) = tree::parse(whole);
    let sentence = whole.lines().nth(4).unwrap();
    for at in sentence.char_indices().map(|(at, _)| at).skip(20).take(14) {
        let (left, right) = sentence.split_at(at);
        let (cut, problems) = tree::parse(&whole.replace(sentence, &format!("{left}\n\n{right}")));
        let text = |document: &Document| {
            document
                .clauses
                .iter()
                .map(|c| (c.path.clone(), c.paragraphs.iter().map(|p| p.text.clone()).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        assert_eq!(text(&cut), text(&expected), "cut behind {left}");
        assert_eq!(problems.len(), 1);
    }
}
