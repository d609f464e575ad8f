//! Words of the field as data: their spellings, their readings, and old forms of characters; knows no text.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use super::normal::{Letter, fold, spell};
use crate::tree::chars::{is_hiragana, is_kanji};

static READINGS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/search/readings.tsv"));
static CHARACTERS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalog/search/characters.tsv"));

/// Hiragana that okurigana between two kanji consists of; の, を, に and others divide words instead.
const OKURIGANA: &str = "いきぎしちりみびえけげせてれめべわらく";

/// Words and characters.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    modern: HashMap<char, char>,
    /// Spellings by first character, longest first, with the spelling that stands for them.
    spellings: HashMap<char, Vec<(Vec<char>, String)>>,
    /// Words by reading, as they are searched.
    readings: BTreeMap<String, Vec<String>>,
    /// Words without their ending, by the reading without it: さだ → 定.
    stems: BTreeMap<String, Vec<String>>,
}

impl Lexicon {
    /// The words that are built into the program.
    pub(super) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Lexicon> = OnceLock::new();
        static PLAIN: OnceLock<Lexicon> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            // Spellings are told apart after their characters are folded, and readings after both.
            let plain = PLAIN.get_or_init(|| Self { modern: modern(), ..Self::default() });
            Self { modern: modern(), spellings: spellings(plain), ..Self::default() }.with_readings()
        })
    }

    /// The form of a character that is searched.
    pub(super) fn modern(&self, char: char) -> char {
        self.modern.get(&char).copied().unwrap_or(char)
    }

    /// The longest spelling that a text begins with: its length, and what stands for it.
    pub(super) fn spelling(&self, text: &[Letter]) -> Option<(usize, &str)> {
        let known = self.spellings.get(&text.first()?.char)?;
        let begins =
            |spelling: &[char]| text.len() >= spelling.len() && text.iter().zip(spelling).all(|(letter, char)| letter.char == *char);
        known.iter().find(|(spelling, _)| begins(spelling)).map(|(spelling, word)| (spelling.len(), word.as_str()))
    }

    /// Words with this reading.
    pub(super) fn read_as(&self, reading: &str) -> &[String] {
        self.readings.get(reading).map_or(&[], Vec::as_slice)
    }

    /// Words whose reading without the ending is this.
    pub(super) fn stem_read_as(&self, reading: &str) -> &[String] {
        self.stems.get(reading).map_or(&[], Vec::as_slice)
    }

    fn with_readings(mut self) -> Self {
        for (words, reading) in words() {
            let Some(first) = words.first() else { continue };
            let (word, reading) = (self.spell(first), self.spell(reading));
            if word == reading {
                continue;
            }
            if let Some((stem, ending)) = stem(first)
                && let Some(short) = reading.strip_suffix(&self.spell(ending))
                && short.chars().count() > 1
            {
                let stem = self.spell(stem);
                add(&mut self.stems, short, stem);
            }
            add(&mut self.readings, &reading, word);
        }
        self
    }

    /// As texts are spelled, while the words are still being gathered.
    fn spell(&self, word: &str) -> String {
        spell(word, self).into_iter().map(|letter| letter.char).collect()
    }
}

fn add(words: &mut BTreeMap<String, Vec<String>>, reading: &str, word: String) {
    let known = words.entry(reading.to_owned()).or_default();
    if !known.contains(&word) {
        known.push(word);
    }
}

fn rows(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// Spellings and reading of each word.
fn words() -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    rows(READINGS).map(|(words, reading)| (words.split(' ').collect(), reading))
}

fn modern() -> HashMap<char, char> {
    rows(CHARACTERS).filter_map(|(old, new)| old.chars().next().zip(new.chars().next())).collect()
}

/// The kanji of a word before its ending, and the ending: 定 and める; nothing for a word that does not end in hiragana.
fn stem(word: &str) -> Option<(&str, &str)> {
    let at = word.rfind(|c| !is_hiragana(c)).and_then(|at| word.get(at..)?.chars().next().map(|c| at + c.len_utf8()))?;
    let (stem, ending) = word.split_at_checked(at)?;
    (!ending.is_empty() && stem.chars().last().is_some_and(is_kanji)).then_some((stem, ending))
}

/// A verb of two kanji, such as 持ち出し: first kanji, what stands between, second kanji, ending.
fn compound(word: &str) -> Option<(char, String, char, String)> {
    let mut chars = word.chars().peekable();
    let hiragana = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        let mut out = String::new();
        while let Some(char) = chars.next_if(|c| is_hiragana(*c)) {
            out.push(char);
        }
        out
    };
    let first = chars.next().filter(|c| is_kanji(*c))?;
    let between = hiragana(&mut chars);
    let second = chars.next().filter(|c| is_kanji(*c))?;
    let ending = hiragana(&mut chars);
    let short = (1..=2).contains(&between.chars().count()) && between.chars().all(|c| OKURIGANA.contains(c));
    (short && chars.next().is_none()).then_some((first, between, second, ending))
}

/// Every spelling of a verb of two kanji but the bare kanji: 持ち出し, 持ち出, 持出し.
fn variants(first: char, between: &str, second: char, ending: &str) -> Vec<String> {
    let tails: Vec<&str> = (0..=ending.len()).filter_map(|at| ending.get(at..)).collect();
    let full = tails.iter().map(|tail| format!("{first}{between}{second}{tail}"));
    let short = tails.iter().filter(|tail| !tail.is_empty()).map(|tail| format!("{first}{second}{tail}"));
    full.chain(short).collect()
}

/// All spellings that something else stands for.
fn spellings(plain: &Lexicon) -> HashMap<char, Vec<(Vec<char>, String)>> {
    let folded = |word: &str| -> Vec<char> { fold(word, plain).into_iter().map(|letter| letter.char).collect() };
    let mut all: BTreeMap<Vec<char>, String> = BTreeMap::new();
    for (words, _) in words() {
        let kanji = words.iter().find_map(|word| compound(word)).map(|(first, _, second, _)| format!("{first}{second}"));
        let Some(stands) = kanji.or_else(|| words.first().map(|word| (*word).to_owned())) else { continue };
        let stands: String = folded(&stands).into_iter().collect();
        for word in words {
            let more = compound(word).map_or_else(Vec::new, |(first, between, second, ending)| variants(first, &between, second, &ending));
            let bare = compound(word).map(|(first, _, second, _)| format!("{first}{second}"));
            for spelling in more.iter().map(String::as_str).chain([word]).chain(bare.as_deref()).map(folded) {
                if spelling.iter().copied().ne(stands.chars()) {
                    all.entry(spelling).or_insert_with(|| stands.clone());
                }
            }
        }
    }
    let mut by_first: HashMap<char, Vec<(Vec<char>, String)>> = HashMap::new();
    for (spelling, stands) in all {
        if let Some(first) = spelling.first().copied() {
            by_first.entry(first).or_default().push((spelling, stands));
        }
    }
    for known in by_first.values_mut() {
        known.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
    }
    by_first
}

#[cfg(test)]
mod tests {
    use super::{super::normalize, *};

    #[test]
    fn the_words_are_whole() {
        let mut seen = std::collections::BTreeSet::new();
        for (words, reading) in words() {
            assert!(reading.chars().all(|c| is_hiragana(c) || c == 'ー'), "{reading}");
            for word in words {
                assert!(!word.is_empty() && seen.insert(word), "{word} stands twice");
            }
        }
        assert!(seen.len() > 900, "{}", seen.len());
        let characters = rows(CHARACTERS).filter(|(old, new)| old.chars().count() == 1 && new.chars().count() == 1 && old != new).count();
        assert_eq!(characters, rows(CHARACTERS).count());
    }

    /// What stands for a spelling is itself not respelled, or texts would be spelled by how often they are read.
    #[test]
    fn spelling_twice_changes_nothing() {
        for (words, reading) in words() {
            for word in words.into_iter().chain([reading]) {
                let once = normalize(word);
                assert_eq!(normalize(&once), once, "{word}");
            }
        }
    }

    #[test]
    fn words_are_found_by_reading() {
        let lexicon = Lexicon::embedded();
        assert_eq!(lexicon.read_as("もちだし"), ["持出"]);
        assert_eq!(lexicon.read_as("しきゆう"), ["支給", "至急"]);
        assert_eq!(lexicon.stem_read_as("さだ"), ["定"]);
        assert_eq!(lexicon.stem_read_as("もちだ"), ["持出"]);
        assert!(lexicon.read_as("ない").is_empty());
    }
}
