//! No file shares a passage with a real policy document: facts may enter the repository, sentences may not.

use super::{Finding, Source};
use std::collections::HashSet;
use std::path::Path;

/// Characters in a row, white space aside, that make a copied sentence and not a shared term.
const WINDOW: usize = 30;

/// Compares every file with every document of the folder.
pub(super) fn check(sources: &[Source], documents: &Path) -> Result<Vec<Finding>, String> {
    let mut passages = HashSet::new();
    let entries = std::fs::read_dir(documents).map_err(|error| format!("{}: {error}", documents.display()))?;
    let texts: Vec<Vec<char>> = entries
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .map(|text| fold(&text).map(|(_, letter)| letter).collect())
        .collect();
    for text in &texts {
        passages.extend(text.windows(WINDOW));
    }
    Ok(sources.iter().filter_map(|source| find(source, &passages)).collect())
}

fn find(source: &Source, passages: &HashSet<&[char]>) -> Option<Finding> {
    // Lock files are a machine's and hold no sentence.
    if source.path.ends_with(".lock") || source.path.ends_with("package-lock.json") {
        return None;
    }
    let (lines, letters): (Vec<usize>, Vec<char>) = fold(&source.text).unzip();
    let at = letters.windows(WINDOW).position(|window| passages.contains(window))?;
    let line = lines.get(at).copied().unwrap_or(1);
    let passage: String = letters.iter().skip(at).take(WINDOW).collect();
    let what = format!("shares a passage with a real policy document («{passage}»)");
    Some(Finding::new(&source.path, line, what, "say it in our own words"))
}

/// The text's characters without white space, each with its line.
fn fold(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    text.lines()
        .enumerate()
        .flat_map(|(index, line)| line.chars().filter(|letter| !letter.is_whitespace()).map(move |letter| (index + 1, letter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_found_across_line_breaks_with_its_line() {
        let document: Vec<char> = ('あ'..='み').collect();
        let passages: HashSet<&[char]> = document.windows(WINDOW).collect();
        let copied: String = document.iter().take(WINDOW).collect();
        let broken = copied.replace('け', "\n  け");
        let source = Source { path: "a.md".into(), text: format!("題\n{broken}") };
        assert_eq!(find(&source, &passages).map(|finding| finding.line), Some(2));
        let shorter: String = copied.chars().skip(1).collect();
        let source = Source { path: "a.md".into(), text: shorter };
        assert_eq!(find(&source, &passages), None);
    }
}
