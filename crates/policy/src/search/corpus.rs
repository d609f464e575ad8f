//! The texts that are searched, each once, and the clauses that have them; knows no query.

use std::collections::{BTreeMap, HashMap};

use super::{Edition, Plain, normal::normalize, number::Number};
use crate::{
    compare,
    obligation::{Form, Modality, Obligation},
    tree::Clause,
};

/// Whose clause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The policy's, in the version of this number.
    Version(u32),
    /// The standard set's.
    Standard,
}

/// A clause of a version.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) owner: Owner,
    pub(super) path: String,
    /// Index in [`Corpus::numbers`].
    pub(super) number: usize,
    pub(super) part: String,
    pub(super) parent: Option<usize>,
    pub(super) text: usize,
    pub(super) lineage: usize,
    pub(super) modalities: Vec<Modality>,
}

/// A text that one or more clauses have.
#[derive(Debug)]
pub(super) struct Text {
    /// The heading; also of a clause whose heading is only the beginning of its text.
    pub(super) heading: String,
    /// Whether the heading is one, and is searched as such.
    pub(super) headed: bool,
    /// The paragraphs.
    pub(super) pieces: Vec<String>,
    /// Where it stands in [`Corpus::normal`].
    pub(super) start: usize,
    pub(super) heading_end: usize,
    pub(super) end: usize,
}

/// Everything that is searched.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    /// All texts in the spelling that is searched, one after the other.
    pub(super) normal: String,
    pub(super) texts: Vec<Text>,
    /// Versions oldest first, each in the order of its document; then the standard set.
    pub(super) entries: Vec<Entry>,
    /// The numbers of all paths, each once.
    pub(super) numbers: Vec<Number>,
    /// The versions in which the clause of each lineage stands.
    pub(super) lineages: Vec<Vec<u32>>,
}

/// Divides texts; no query has it.
const BETWEEN: char = '\u{0}';

impl Corpus {
    pub(super) fn gather(editions: &[Edition<'_>], standard: &[Plain]) -> Self {
        let mut corpus = Self::default();
        let mut known: HashMap<(String, Vec<String>), usize> = HashMap::new();
        let mut paths: HashMap<String, usize> = HashMap::new();
        let documents: Vec<_> = editions.iter().map(|edition| &edition.reading.document).collect();
        let mut lineages: HashMap<compare::Origin, usize> = HashMap::new();
        for (edition, origins) in editions.iter().zip(compare::lineage(&documents)) {
            let first = corpus.entries.len();
            let forces = forces(&edition.reading.obligations);
            let mut parts = BTreeMap::new();
            for (clause, origin) in edition.reading.document.clauses.iter().zip(origins) {
                let text =
                    corpus.keep(&mut known, &clause.heading, clause.paragraphs.iter().map(|paragraph| paragraph.text.clone()).collect());
                let fresh = corpus.lineages.len();
                let lineage = *lineages.entry(origin).or_insert(fresh);
                if lineage == fresh {
                    corpus.lineages.push(Vec::new());
                }
                if let Some(versions) = corpus.lineages.get_mut(lineage).filter(|versions| versions.last() != Some(&edition.number)) {
                    versions.push(edition.number);
                }
                let number = corpus.number(&mut paths, &clause.path);
                corpus.entries.push(Entry {
                    owner: Owner::Version(edition.number),
                    path: clause.path.clone(),
                    number,
                    part: part(clause, &mut parts),
                    parent: clause.parent.map(|parent| first + parent),
                    text,
                    lineage,
                    modalities: forces.get(clause.path.as_str()).cloned().unwrap_or_default(),
                });
            }
        }
        for plain in standard {
            let text = corpus.keep(&mut known, &plain.title, vec![plain.text.clone()]);
            let lineage = corpus.lineages.len();
            corpus.lineages.push(Vec::new());
            let number = corpus.number(&mut paths, &plain.number);
            corpus.entries.push(Entry {
                owner: Owner::Standard,
                path: plain.number.clone(),
                number,
                part: plain.part.clone(),
                parent: None,
                text,
                lineage,
                modalities: Vec::new(),
            });
        }
        corpus
    }

    /// The text that stands at a byte of [`Self::normal`].
    pub(super) fn text_at(&self, at: usize) -> usize {
        self.texts.partition_point(|text| text.start <= at).saturating_sub(1)
    }

    fn number(&mut self, known: &mut HashMap<String, usize>, path: &str) -> usize {
        if let Some(number) = known.get(path) {
            return *number;
        }
        let number = self.numbers.len();
        self.numbers.push(Number::new(path));
        known.insert(path.to_owned(), number);
        number
    }

    /// Keeps a text, unless the same is kept already.
    fn keep(&mut self, known: &mut HashMap<(String, Vec<String>), usize>, heading: &str, pieces: Vec<String>) -> usize {
        let key = (heading.to_owned(), pieces);
        if let Some(text) = known.get(&key) {
            return *text;
        }
        // An item without a heading has the beginning of its text for one.
        let headed = !key.1.first().is_some_and(|first| first.starts_with(heading.trim_end_matches('…')));
        let start = self.normal.len();
        if headed {
            self.normal.push_str(&normalize(heading));
        }
        let heading_end = self.normal.len();
        for piece in &key.1 {
            self.normal.push('\n');
            self.normal.push_str(&normalize(piece));
        }
        let end = self.normal.len();
        self.normal.push(BETWEEN);
        let text = self.texts.len();
        self.texts.push(Text { heading: heading.to_owned(), headed, pieces: key.1.clone(), start, heading_end, end });
        known.insert(key, text);
        text
    }
}

/// The force of the norms of each clause.
fn forces(obligations: &[Obligation]) -> HashMap<&str, Vec<Modality>> {
    let mut forces: HashMap<&str, Vec<Modality>> = HashMap::new();
    for obligation in obligations.iter().filter(|obligation| obligation.form != Form::Lead) {
        let known = forces.entry(obligation.clause.as_str()).or_default();
        if !known.contains(&obligation.modality) {
            known.push(obligation.modality);
        }
    }
    forces
}

/// The first part of the clause's path with its heading.
fn part<'a>(clause: &'a Clause, known: &mut BTreeMap<&'a str, String>) -> String {
    let top = clause.path.split('/').next().unwrap_or_default();
    let title = || if top.is_empty() { "前文".to_owned() } else { format!("{top}　{}", clause.heading).trim_end().to_owned() };
    known.entry(top).or_insert_with(title).clone()
}
