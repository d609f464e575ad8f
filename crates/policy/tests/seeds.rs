//! The real policies, where they lie beside the repository: trees as labelled, and nothing lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::{fs, path::PathBuf};

use policy::tree;

/// The folder with real policies and labels; says so when it is absent.
fn shared() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let there = folder.join("seeds").is_dir() && folder.join("gold/tree").is_dir();
    if !there {
        println!("skipped: no real policies in ../../../shared");
    }
    there.then_some(folder)
}

/// Name and text of each real policy.
fn seeds() -> Vec<(String, String)> {
    let Some(folder) = shared() else { return Vec::new() };
    let mut files: Vec<_> = fs::read_dir(folder.join("seeds")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().chars().take(3).collect();
    files.iter().map(|path| (name(path), document::extract(&fs::read(path).unwrap()).unwrap().text)).collect()
}

fn tree(text: &str) -> String {
    let (document, _) = tree::parse(text);
    assert_eq!(document.clauses.iter().filter_map(|c| document.source.get(c.span.clone())).collect::<String>(), text);
    let line = |c: &tree::Clause| format!("{}\t{}\t{}\n", c.path, c.line, c.heading.chars().take(20).collect::<String>());
    document.clauses.iter().skip(1).map(line).collect()
}

#[test]
fn trees_are_those_of_the_labels() {
    for (name, text) in seeds() {
        let gold = fs::read_to_string(shared().unwrap().join(format!("gold/tree/{name}.txt"))).unwrap();
        assert_eq!(tree(&text), gold, "{name}");
    }
}

#[test]
fn wide_digits_trailing_spaces_and_line_ends_change_no_tree() {
    let paths = |text: &str| tree(text).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>();
    for (name, text) in seeds() {
        let expected = paths(&text);
        assert_eq!(paths(&text.replace('\n', "\r\n")), expected, "{name}: line ends");
        assert_eq!(paths(&text.lines().map(|line| format!("{line} \n")).collect::<String>()), expected, "{name}: trailing space");
        let hashless: String = text.lines().map(|line| format!("{}\n", line.trim_start_matches('#').trim_start())).collect();
        assert_eq!(paths(&hashless), expected, "{name}: without heading marks");
        let wide = |c: char| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c };
        let widened: String = text
            .lines()
            .map(|line| if line.contains('.') { line.to_owned() } else { line.chars().map(wide).collect() })
            .map(|line: String| line + "\n")
            .collect();
        assert_eq!(paths(&widened), expected, "{name}: wide digits");
    }
}
