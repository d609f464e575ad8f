//! Search over all versions of a policy and the standard set; knows no page, and no version but those it is given.
//!
//! Texts are brought to one spelling ([`normalize`]) once and then scanned from end to end for each
//! query: a clause that stands unchanged in twenty versions is scanned once, and a scan of a few
//! megabytes takes less than an index would have to save. Kana find kanji through a list of
//! readings (`catalog/search/readings.tsv`), which widens the query and not the text.

mod corpus;
mod lexicon;
mod marks;
mod normal;
mod number;
mod query;

use std::collections::BTreeMap;

use memchr::memmem;

pub use marks::{Marked, Shown};
pub use normal::normalize;
pub use query::Query;

use crate::{Reading, obligation::Modality};
use corpus::{Corpus, Entry, Owner};
use query::{Nearness, Word};

/// A version of the policy, to be searched.
#[derive(Debug, Clone, Copy)]
pub struct Edition<'a> {
    /// Its number.
    pub number: u32,
    /// What it says.
    pub reading: &'a Reading,
}

/// A clause that is in no policy, such as one of the standard set.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    /// Its number.
    pub number: String,
    /// The part it belongs to.
    pub part: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// Where a clause that was found stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a version of the policy.
    Clause {
        /// Number of the version.
        version: u32,
        /// Path of the clause there.
        path: String,
    },
    /// In the standard set.
    Standard {
        /// Number of the clause.
        number: String,
    },
}

/// The group a result is shown in, in the order they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The version in force says it.
    InForce,
    /// Only other versions say it.
    Others,
    /// The standard set says it.
    Standard,
}

/// What narrows a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Number of the version in force.
    pub in_force: Option<u32>,
    /// Only this version of the policy.
    pub version: Option<u32>,
    /// Only this group.
    pub section: Option<Section>,
    /// Only this part: the first of a path.
    pub part: Option<String>,
    /// Only clauses with a norm of this force.
    pub modality: Option<Modality>,
}

/// A clause that was found, once for all versions it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where it is shown from: the version in force if it says it there, else the latest that does.
    pub place: Place,
    /// Its group.
    pub section: Section,
    /// The versions that have the clause, oldest first; empty for the standard set.
    pub stood: Vec<u32>,
    /// Those of them in which it was found.
    pub found: Vec<u32>,
    /// Whether it was found by its number.
    pub by_number: bool,
    entry: usize,
    score: u32,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The clauses, best first within each group, groups in order.
    pub hits: Vec<Hit>,
    /// How many there are in each group, before group, part and force narrow them.
    pub sections: BTreeMap<Section, usize>,
    /// How many in each part of the policy, likewise, in the order of the document.
    pub parts: Vec<(String, usize)>,
    /// How many with norms of each force, likewise.
    pub modalities: Vec<(Modality, usize)>,
}

/// All versions and the standard set, ready to be searched.
#[derive(Debug, Default)]
pub struct Index {
    corpus: Corpus,
    versions: Vec<u32>,
}

/// How a word stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    nearness: Nearness,
    heading: bool,
    /// The heading is the word and nothing else.
    whole: bool,
}

impl Seen {
    /// The heading counts more than the text, and the word as typed more than one that is read so.
    fn score(self) -> u32 {
        let base = if self.heading { 100 } else { 40 };
        let less = match self.nearness {
            Nearness::Typed => 0,
            Nearness::Read => 5,
            Nearness::Stem => 15,
        };
        base - less + if self.whole { 60 } else { 0 }
    }
}

/// A word found above a clause only: it says what the clause is about.
const ABOVE: u32 = 10;
/// A clause found by its number precedes whatever was found by words.
const BY_NUMBER: u32 = 10_000;

impl Index {
    /// Gathers the versions, oldest first, and the clauses of the standard set.
    #[must_use]
    pub fn build(editions: &[Edition<'_>], standard: &[Plain]) -> Self {
        Self { corpus: Corpus::gather(editions, standard), versions: editions.iter().map(|edition| edition.number).collect() }
    }

    /// The versions that are searched, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[u32] {
        &self.versions
    }

    /// Bytes of text that each query scans.
    #[must_use]
    pub fn scanned_bytes(&self) -> usize {
        self.corpus.normal.len()
    }

    /// Finds the clauses that a query names by their number or whose text has all its words.
    #[must_use]
    pub fn find(&self, query: &Query, filter: &Filter) -> Found {
        if query.is_empty() {
            return Found::default();
        }
        let words: Vec<Vec<Option<Seen>>> = query.words.iter().map(|word| self.seen(word)).collect();
        let without: Vec<Vec<bool>> = query.without.iter().map(|way| self.has(way)).collect();
        let wanted = |wanted: &number::Wanted| self.corpus.numbers.iter().map(|number| wanted.fits(number)).collect::<Vec<_>>();
        let numbers = query.number.as_ref().map(wanted);
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for (at, entry) in self.corpus.entries.iter().enumerate() {
            if filter.version.is_some_and(|version| matches!(entry.owner, Owner::Version(number) if number != version)) {
                continue;
            }
            let numbered = numbers.as_ref().and_then(|fits| fits.get(entry.number).copied().flatten());
            let excluded = without.iter().any(|texts| texts.get(entry.text).copied().unwrap_or_default());
            let by_words = self.score(entry, &words).filter(|_| !excluded);
            let score = match numbered {
                Some(number::Fit::Exact) => Some(BY_NUMBER * 2),
                Some(number::Fit::Loose) => Some(BY_NUMBER),
                None => by_words,
            };
            if let Some(score) = score {
                groups.entry(entry.lineage).or_default().add(at, entry, score, filter.in_force);
            }
        }
        let hits: Vec<Hit> = groups.into_iter().filter_map(|(lineage, group)| self.hit(lineage, group, filter.in_force)).collect();
        self.sorted(hits, filter)
    }

    /// A clause that was found, with its place and marks in its heading and in the passage that fits best.
    #[must_use]
    pub fn show(&self, hit: &Hit, query: &Query) -> Shown {
        let entry = self.corpus.entries.get(hit.entry);
        let text = entry.and_then(|entry| self.corpus.texts.get(entry.text));
        text.map_or_else(Shown::default, |text| marks::show(text, &query.words))
    }

    /// The part that a clause that was found belongs to, and the force of its norms.
    #[must_use]
    pub fn part(&self, hit: &Hit) -> (&str, &[Modality]) {
        self.corpus.entries.get(hit.entry).map_or(("", &[]), |entry| (entry.part.as_str(), entry.modalities.as_slice()))
    }

    /// The text of a clause that was found, as it stands in the document.
    #[must_use]
    pub fn text(&self, hit: &Hit) -> (&str, String) {
        let text = self.corpus.entries.get(hit.entry).and_then(|entry| self.corpus.texts.get(entry.text));
        text.map_or_else(Default::default, |text| (text.heading.as_str(), text.pieces.join("\n")))
    }

    /// In which texts a word stands, and how.
    fn seen(&self, word: &Word) -> Vec<Option<Seen>> {
        let mut seen: Vec<Option<Seen>> = vec![None; self.corpus.texts.len()];
        for (way, nearness) in &word.ways {
            self.scan(way, |text, heading, whole| {
                let now = Seen { nearness: *nearness, heading, whole };
                if let Some(best) = seen.get_mut(text)
                    && best.is_none_or(|best| best.score() < now.score())
                {
                    *best = Some(now);
                }
            });
        }
        seen
    }

    /// Which texts have these characters.
    fn has(&self, way: &str) -> Vec<bool> {
        let mut has = vec![false; self.corpus.texts.len()];
        self.scan(way, |text, _, _| {
            if let Some(has) = has.get_mut(text) {
                *has = true;
            }
        });
        has
    }

    /// Tells each text that has these characters, once.
    fn scan(&self, way: &str, mut tell: impl FnMut(usize, bool, bool)) {
        let normal = self.corpus.normal.as_bytes();
        let finder = memmem::Finder::new(way);
        let mut from = 0;
        while let Some(at) = normal.get(from..).and_then(|rest| finder.find(rest)).map(|at| from + at) {
            let end = at + way.len();
            if !stands_alone(normal, at, end) {
                from = at + 1;
                continue;
            }
            let text = self.corpus.text_at(at);
            let span = self.corpus.texts.get(text).map(|text| (text.start, text.heading_end, text.end)).unwrap_or_default();
            tell(text, end <= span.1, at == span.0 && end == span.1);
            from = span.2.max(end);
        }
    }

    /// The score of a clause that has all words, itself or in the headings above it; at least one is its own.
    fn score(&self, entry: &Entry, words: &[Vec<Option<Seen>>]) -> Option<u32> {
        let (mut score, mut own) = (0, false);
        for texts in words {
            let here = texts.get(entry.text).copied().flatten();
            own |= here.is_some();
            score += match here {
                Some(seen) => seen.score(),
                None => self.above(entry, texts).then_some(ABOVE)?,
            };
        }
        own.then_some(score)
    }

    /// Whether a word stands in a heading above a clause.
    fn above(&self, entry: &Entry, texts: &[Option<Seen>]) -> bool {
        let up = |entry: &Entry| entry.parent.and_then(|parent| self.corpus.entries.get(parent));
        std::iter::successors(up(entry), |above| up(above))
            .any(|above| texts.get(above.text).copied().flatten().is_some_and(|seen| seen.heading))
    }

    fn hit(&self, lineage: usize, group: Group, in_force: Option<u32>) -> Option<Hit> {
        let best = group.best?;
        let entry = self.corpus.entries.get(best)?;
        let (section, place) = match entry.owner {
            Owner::Version(version) if Some(version) == in_force => (Section::InForce, Some(version)),
            Owner::Version(version) => (Section::Others, Some(version)),
            Owner::Standard => (Section::Standard, None),
        };
        let place = match place {
            Some(version) => Place::Clause { version, path: entry.path.clone() },
            None => Place::Standard { number: entry.path.clone() },
        };
        let stood = self.corpus.lineages.get(lineage).cloned().unwrap_or_default();
        Some(Hit { place, section, stood, found: group.found, by_number: group.score >= BY_NUMBER, entry: best, score: group.score })
    }

    /// Counts, narrows and sorts.
    fn sorted(&self, mut hits: Vec<Hit>, filter: &Filter) -> Found {
        let entry = |hit: &Hit| self.corpus.entries.get(hit.entry);
        let mut found = Found::default();
        for hit in &hits {
            *found.sections.entry(hit.section).or_default() += 1;
            let Some(entry) = entry(hit) else { continue };
            count(&mut found.parts, &entry.part);
            for modality in &entry.modalities {
                count(&mut found.modalities, modality);
            }
        }
        hits.retain(|hit| {
            filter.section.is_none_or(|section| hit.section == section)
                && entry(hit).is_some_and(|entry| {
                    filter.part.as_ref().is_none_or(|part| entry.part == *part)
                        && filter.modality.is_none_or(|modality| entry.modalities.contains(&modality))
                })
        });
        hits.sort_by_key(|hit| (hit.section, std::cmp::Reverse(hit.score), hit.entry));
        found.hits = hits;
        found
    }
}

fn count<T: PartialEq + Clone>(counts: &mut Vec<(T, usize)>, what: &T) {
    match counts.iter_mut().find(|(known, _)| known == what) {
        Some((_, count)) => *count += 1,
        None => counts.push((what.clone(), 1)),
    }
}

/// Whether a number is not cut out of a longer one: 3日 is not found in 13日.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    !(digit(Some(start)) && digit(start.checked_sub(1)) || digit(end.checked_sub(1)) && digit(Some(end)))
}

/// One clause in all versions, as it is found in them.
#[derive(Debug, Default)]
struct Group {
    best: Option<usize>,
    score: u32,
    in_force: bool,
    found: Vec<u32>,
}

impl Group {
    /// Versions come oldest first: the one in force is shown, else the latest.
    fn add(&mut self, at: usize, entry: &Entry, score: u32, in_force: Option<u32>) {
        if let Owner::Version(version) = entry.owner {
            self.found.push(version);
        }
        if self.in_force {
            return;
        }
        self.in_force = matches!(entry.owner, Owner::Version(version) if Some(version) == in_force);
        self.best = Some(at);
        self.score = score;
    }
}

#[cfg(test)]
mod tests;
