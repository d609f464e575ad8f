//! A clause as comparison sees it: number, heading and text apart, and the letters it is known by.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use crate::tree::{
    Clause, Document,
    chars::{digit, fold, is_space, kanji_digit},
};

/// One or two characters in a row, packed.
pub(super) type Gram = u64;

/// Marks a single letter; behind all pairs.
const SINGLE: Gram = u64::MAX << 32;

/// What is compared of a document.
pub(super) struct Outline {
    /// In the order of [`Document::clauses`].
    pub(super) nodes: Vec<Node>,
}

/// What is compared of a clause.
pub(super) struct Node {
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    /// Place among the children of its parent.
    pub(super) place: usize,
    /// Its own number without those above it; empty where the text gives none.
    pub(super) number: String,
    /// Its heading alone, as it is compared.
    pub(super) heading: String,
    /// Its own heading and text, without white space and width.
    pub(super) key: String,
    /// Characters of the key.
    pub(super) length: usize,
    /// Characters of its key and those below.
    pub(super) weight: usize,
    /// Its own letters, in order, each once.
    pub(super) grams: Vec<Gram>,
    /// Those of itself and all below; empty where nothing is below.
    pub(super) deep: Vec<Gram>,
    /// The same for clauses that say the same all the way down.
    pub(super) whole: u64,
}

impl Outline {
    pub(super) fn new(document: &Document) -> Self {
        let mut nodes: Vec<Node> = document.clauses.iter().map(node).collect();
        for at in 0..nodes.len() {
            let Some(parent) = nodes.get(at).and_then(|node| node.parent) else { continue };
            let place = nodes.get(parent).map_or(0, |above| above.children.len());
            if let Some(above) = nodes.get_mut(parent) {
                above.children.push(at);
            }
            if let Some(node) = nodes.get_mut(at) {
                node.place = place;
            }
        }
        // Clauses stand behind their parents, so that from the end each is complete before it is added.
        for at in (1..nodes.len()).rev() {
            gather(&mut nodes, at);
        }
        gather(&mut nodes, 0);
        Self { nodes }
    }

    pub(super) fn get(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }
}

impl Node {
    /// Its own pairs of letters, without the single letters of a short text.
    pub(super) fn pairs(&self) -> &[Gram] {
        self.grams.get(..self.grams.partition_point(|gram| *gram < SINGLE)).unwrap_or_default()
    }

    /// Its letters and those of all below.
    pub(super) fn letters(&self) -> &[Gram] {
        if self.deep.is_empty() { &self.grams } else { &self.deep }
    }
}

/// Sums up what lies below a clause whose children are complete.
fn gather(nodes: &mut [Node], at: usize) {
    let Some(node) = nodes.get(at) else { return };
    let mut whole = mix(0xcbf2_9ce4_8422_2325, node.key.bytes().map(u64::from));
    let mut weight = node.length;
    let mut deep = if node.children.is_empty() { Vec::new() } else { node.grams.clone() };
    for child in node.children.iter().filter_map(|child| nodes.get(*child)) {
        whole = mix(whole, [1, child.whole]);
        weight += child.weight;
        deep.extend(child.letters());
    }
    deep.sort_unstable();
    deep.dedup();
    if let Some(node) = nodes.get_mut(at) {
        (node.whole, node.weight, node.deep) = (whole, weight, deep);
    }
}

/// FNV-1a over words: texts that differ by chance alone have the same value once in 2^64 pairs.
fn mix(start: u64, words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(start, |hash, word| (hash ^ word).wrapping_mul(0x0100_0000_01b3))
}

fn node(clause: &Clause) -> Node {
    let heading = squeeze(heading(clause));
    let mut key = heading.clone();
    for paragraph in &clause.paragraphs {
        key.push_str(&squeeze(&paragraph.text));
    }
    Node {
        parent: clause.parent,
        children: Vec::new(),
        place: 0,
        number: number(clause).to_owned(),
        length: key.chars().count(),
        weight: 0,
        grams: grams(&key),
        deep: Vec::new(),
        key,
        heading,
        whole: 0,
    }
}

/// The last part of a path without what the reader added to keep paths apart.
fn label(clause: &Clause) -> &str {
    let last = clause.path.rsplit('/').next().unwrap_or_default();
    last.split('〔').next().unwrap_or(last)
}

/// Whether a clause is a row of a table: its path counts it, its text does not.
pub(super) fn is_row(clause: &Clause) -> bool {
    clause.parent.is_some() && clause.paragraphs.first().is_some_and(|paragraph| paragraph.table && paragraph.line == clause.line)
}

/// The number of a clause as its text gives it, without those above.
pub(super) fn number(clause: &Clause) -> &str {
    let label = label(clause);
    // Of several 附則 the reader counts which is which.
    if clause.parent == Some(0) && label.starts_with("附則") {
        return "附則";
    }
    if is_row(clause) || is_term(clause) || label.starts_with('注') { "" } else { label }
}

/// Whether a clause is known by a word instead of a number: an entry of a glossary, a title.
fn is_term(clause: &Clause) -> bool {
    let label = label(clause);
    let counted = |c: char| c == '第' || c == '(' || digit(c).is_some() || kanji_digit(c).is_some();
    let named = ["附則", "別表", "別紙", "別図", "別記", "様式", "注"].iter().any(|name| label.starts_with(name));
    let roman = label.chars().all(|c| matches!(c, 'i' | 'v' | 'x'));
    let below_glossary = clause.path.rsplit('/').nth(1).is_some_and(|above| above.starts_with("用語"));
    let long = label.chars().count() >= 4 && !named && !roman && !label.starts_with(counted);
    clause.heading.is_empty() && clause.parent.is_some() && (long || below_glossary)
}

/// The heading of a clause apart from its text; empty where it has none.
pub(super) fn heading(clause: &Clause) -> &str {
    if is_term(clause) {
        return label(clause);
    }
    let Some(first) = clause.paragraphs.first() else { return &clause.heading };
    let begins = clause.heading.chars().zip(first.text.chars()).take(4).all(|(a, b)| a == b);
    if is_row(clause) || (begins && first.line <= clause.line) { "" } else { &clause.heading }
}

/// A character as it is compared: without width, and all dashes alike.
fn plain(c: char) -> char {
    match fold(c) {
        '\u{2010}'..='\u{2015}' | '−' | '－' => '-',
        '〜' => '~',
        other => other,
    }
}

/// A text as it is compared: without white space, width and kinds of dashes.
pub(super) fn squeeze(text: &str) -> String {
    let kept = text.chars().filter(|c| !is_space(*c)).map(plain);
    let half = |c: char| ('\u{ff61}'..='\u{ff9f}').contains(&c);
    if text.contains(half) {
        // Only half-width kana are composed; ① and ㈱ stay what they are.
        let mut out = String::new();
        let mut kana = String::new();
        for c in kept {
            if half(c) {
                kana.push(c);
            } else {
                out.extend(kana.nfkc());
                kana.clear();
                out.push(c);
            }
        }
        out.extend(kana.nfkc());
        return out;
    }
    kept.collect()
}

fn grams(key: &str) -> Vec<Gram> {
    let mut grams: Vec<Gram> = Vec::with_capacity(key.len());
    let codes = || key.chars().map(|c| u64::from(u32::from(c)));
    grams.extend(codes().zip(codes().skip(1)).map(|(before, c)| before << 32 | c));
    // Short texts have few pairs; their single letters count too.
    if grams.len() < 12 {
        grams.extend(codes().map(|c| SINGLE | c));
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// How many letters two texts share.
pub(super) fn shared(a: &[Gram], b: &[Gram]) -> usize {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut shared = 0;
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => a.next(),
            std::cmp::Ordering::Greater => b.next(),
            std::cmp::Ordering::Equal => {
                shared += 1;
                a.next();
                b.next()
            }
        };
    }
    shared
}

/// Share of letters that two texts have in common, 0 to 1.
pub(super) fn dice(a: &[Gram], b: &[Gram]) -> f32 {
    let all = a.len() + b.len();
    if all == 0 { 1.0 } else { ratio(2 * shared(a, b), all) }
}

/// A share as a number from 0 to 1.
pub(super) fn ratio(part: usize, all: usize) -> f32 {
    let float = |n: usize| f32::from(u16::try_from(n.min(60_000)).unwrap_or(u16::MAX));
    if all > 60_000 { float(part * 1000 / all) / 1000.0 } else { float(part) / float(all.max(1)) }
}

/// How like two clauses are, 0 to 1: their own text, and where they have parts, those too.
pub(super) fn likeness(old: &Node, new: &Node) -> f32 {
    if old.key == new.key && old.whole == new.whole {
        return 1.0;
    }
    let own = dice(&old.grams, &new.grams);
    if old.deep.is_empty() && new.deep.is_empty() {
        return own;
    }
    let (one, other) = (old.letters().len(), new.letters().len());
    // What is far longer cannot be like it as a whole.
    if one.min(other) * 8 < one.max(other) {
        return own * 0.6;
    }
    let deep = dice(old.letters(), new.letters());
    (own * 0.6 + deep * 0.4).max(deep * 0.95)
}

/// Places of the values that come once only.
pub(super) fn singles<K: std::hash::Hash + Eq>(values: impl Iterator<Item = (usize, K)>) -> HashMap<K, usize> {
    let mut places: HashMap<K, Option<usize>> = HashMap::new();
    for (at, value) in values {
        places.entry(value).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.into_iter().filter_map(|(value, place)| Some((value, place?))).collect()
}
