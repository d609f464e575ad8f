//! Which clause of the new version is which clause of the old one, one to one; knows nothing of what changed in it.
//!
//! From the certain to the doubtful: parts that say the same and come once; parents by their
//! children; then, most alike first, within parents that are the same, and last anywhere.

use std::{cmp::Reverse, collections::HashMap};

use super::clause::{Gram, Node, Outline, likeness, singles};

/// Texts shorter than this are not known by themselves alone: 目的, 課長.
const TELLING: usize = 8;
/// Up to so many pairs are all looked at; beyond, only those that share a rare letter.
const PAIRS_MAX: usize = 150_000;
/// A letter in more clauses than this tells nothing.
const RARE: usize = 24;
/// Of those that share rare letters with a clause, so many are looked at.
const NEAR: usize = 32;
/// Rounds after which nothing new is looked for: each takes in one more level of what was moved.
const ROUNDS: usize = 6;

/// How alike clauses must be, by where they are looked for, in the order of the looking.
///
/// What is nearly the same elsewhere is taken before what is only somewhat alike in its place.
const STEPS: [(Where, f32); 6] = [
    (Where::Siblings, 0.95),
    (Where::Anywhere, 0.82),
    (Where::Siblings, 0.65),
    (Where::Anywhere, 0.75),
    (Where::Siblings, 0.45),
    (Where::Anywhere, 0.58),
];

/// From this likeness on, parents are known only by most of all they hold.
const SURE: f32 = 0.6;

#[derive(Clone, Copy, PartialEq)]
enum Where {
    /// Children of parents that are the same.
    Siblings,
    /// The whole document.
    Anywhere,
}

/// Pairs of clauses.
pub(super) struct Pairs {
    /// New clause of each old one.
    pub(super) to_new: Vec<Option<usize>>,
    /// Old clause of each new one.
    pub(super) to_old: Vec<Option<usize>>,
}

/// Pairs the clauses of two documents.
pub(super) fn pair(old: &Outline, new: &Outline) -> Pairs {
    pair_within(old, new, PAIRS_MAX)
}

fn pair_within(old: &Outline, new: &Outline, pairs_max: usize) -> Pairs {
    let pairs = Pairs { to_new: vec![None; old.nodes.len()], to_old: vec![None; new.nodes.len()] };
    let mut aligner = Aligner { old, new, pairs, pairs_max };
    aligner.take(0, 0);
    aligner.same();
    for (place, enough) in STEPS {
        for _ in 0..ROUNDS {
            let before = aligner.count();
            aligner.parents(enough > SURE);
            match place {
                Where::Siblings => aligner.siblings(enough),
                Where::Anywhere => aligner.anywhere(enough),
            }
            if aligner.count() == before {
                break;
            }
        }
    }
    aligner.pairs
}

struct Aligner<'o> {
    old: &'o Outline,
    new: &'o Outline,
    pairs: Pairs,
    pairs_max: usize,
}

impl Aligner<'_> {
    fn count(&self) -> usize {
        self.pairs.to_new.iter().flatten().count()
    }

    fn new_of(&self, old: usize) -> Option<usize> {
        self.pairs.to_new.get(old).copied().flatten()
    }

    fn old_of(&self, new: usize) -> Option<usize> {
        self.pairs.to_old.get(new).copied().flatten()
    }

    /// Pairs two clauses, unless one is taken; tells whether it did.
    fn take(&mut self, old: usize, new: usize) -> bool {
        match (self.pairs.to_new.get_mut(old), self.pairs.to_old.get_mut(new)) {
            (Some(to @ None), Some(from @ None)) => {
                (*to, *from) = (Some(new), Some(old));
                true
            }
            _ => false,
        }
    }

    /// Pairs two clauses that say the same all the way down, with all below.
    fn take_whole(&mut self, old: usize, new: usize) {
        let (from, to) = (self.old, self.new);
        let mut open = vec![(old, new)];
        while let Some((old, new)) = open.pop() {
            self.take(old, new);
            if let (Some(o), Some(n)) = (from.get(old), to.get(new)) {
                open.extend(o.children.iter().copied().zip(n.children.iter().copied()));
            }
        }
    }

    /// What says the same and comes once in each version: whole parts first, then single clauses.
    fn same(&mut self) {
        let (from, to) = (self.old, self.new);
        let whole = |outline: &'_ Outline| {
            let telling = outline.nodes.iter().enumerate().filter(|(at, node)| *at > 0 && node.weight >= TELLING);
            singles(telling.map(|(at, node)| (at, node.whole)))
        };
        let (old, new) = (whole(from), whole(to));
        let mut found: Vec<(usize, usize)> = old.iter().filter_map(|(value, at)| Some((*at, *new.get(value)?))).collect();
        found.sort_unstable();
        for (at, other) in found {
            if self.new_of(at).is_none() && self.old_of(other).is_none() {
                self.take_whole(at, other);
            }
        }
        let keys = |outline: &'_ Outline, taken: &[Option<usize>]| -> HashMap<String, usize> {
            let open = outline.nodes.iter().zip(taken).enumerate().filter(|(_, (node, taken))| taken.is_none() && node.length >= TELLING);
            singles(open.map(|(at, (node, _))| (at, node.key.clone())))
        };
        let (old, new) = (keys(from, &self.pairs.to_new), keys(to, &self.pairs.to_old));
        let mut found: Vec<(usize, usize)> = old.iter().filter_map(|(key, at)| Some((*at, *new.get(key)?))).collect();
        found.sort_unstable();
        for (at, other) in found {
            self.take(at, other);
        }
    }

    /// Parents whose children are the same are the same, however their own text reads.
    fn parents(&mut self, strict: bool) {
        let (from, to) = (self.old, self.new);
        let mut votes: HashMap<(usize, usize), usize> = HashMap::new();
        for (at, node) in from.nodes.iter().enumerate() {
            let parent = |outline: &Outline, at: usize| outline.get(at).and_then(|node| node.parent);
            let Some(other) = self.new_of(at) else { continue };
            let (Some(above), Some(other_above)) = (parent(from, at), parent(to, other)) else { continue };
            if self.new_of(above).is_none() && self.old_of(other_above).is_none() {
                *votes.entry((above, other_above)).or_default() += node.weight;
            }
        }
        let mut votes: Vec<((usize, usize), usize)> = votes.into_iter().collect();
        votes.sort_by_key(|(pair, weight)| (Reverse(*weight), *pair));
        for ((at, other), weight) in votes {
            let (Some(old), Some(new)) = (from.get(at), to.get(other)) else { continue };
            let most = if strict { old.weight.max(new.weight) } else { old.weight.min(new.weight) };
            if weight * 2 >= most || (old.key == new.key && !old.key.is_empty()) {
                self.take(at, other);
            }
        }
    }

    /// Children of each pair of parents, from above.
    fn siblings(&mut self, enough: f32) {
        let (from, to) = (self.old, self.new);
        for other in 0..to.nodes.len() {
            let Some(at) = self.old_of(other) else { continue };
            let (Some(old), Some(new)) = (from.get(at), to.get(other)) else { continue };
            let olds: Vec<usize> = old.children.iter().copied().filter(|child| self.new_of(*child).is_none()).collect();
            let news: Vec<usize> = new.children.iter().copied().filter(|child| self.old_of(*child).is_none()).collect();
            if olds.is_empty() || news.is_empty() {
                continue;
            }
            self.repeated(&olds, &news);
            self.best(&olds, &news, enough, Where::Siblings);
        }
    }

    /// Whatever is left.
    fn anywhere(&mut self, enough: f32) {
        let left = |outline: &'_ Outline, taken: &[Option<usize>]| -> Vec<usize> {
            let open = outline.nodes.iter().zip(taken).enumerate().filter(|(_, (node, taken))| taken.is_none() && node.weight >= TELLING);
            open.map(|(at, _)| at).collect()
        };
        let (olds, news) = (left(self.old, &self.pairs.to_new), left(self.new, &self.pairs.to_old));
        self.best(&olds, &news, enough, Where::Anywhere);
    }

    /// Siblings that say the same although others do too: in their order.
    fn repeated(&mut self, olds: &[usize], news: &[usize]) {
        let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
        for new in news.iter().rev() {
            if let Some(node) = self.new.get(*new) {
                places.entry(node.whole).or_default().push(*new);
            }
        }
        for old in olds {
            let Some(node) = self.old.get(*old) else { continue };
            if let Some(new) = places.get_mut(&node.whole).and_then(Vec::pop) {
                self.take_whole(*old, new);
            }
        }
    }

    /// Takes pairs, the most alike first, as long as they are alike enough.
    fn best(&mut self, olds: &[usize], news: &[usize], enough: f32, place: Where) {
        let mut found: Vec<(f32, usize, usize)> = Vec::new();
        for (at, other) in self.candidates(olds, news) {
            let (Some(old), Some(new)) = (self.old.get(at), self.new.get(other)) else { continue };
            if (self.new_of(at), self.old_of(other)) != (None, None) || bound(old, new) + self.around(at, other, place) < enough {
                continue;
            }
            let alike = likeness(old, new);
            let score = alike + self.around(at, other, place);
            if score >= enough && (alike > 0.15 || same_heading(old, new)) {
                found.push((score, at, other));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, old, new) in found {
            self.take(old, new);
        }
    }

    /// What the surroundings say for a pair.
    fn around(&self, at: usize, other: usize, place: Where) -> f32 {
        let (Some(old), Some(new)) = (self.old.get(at), self.new.get(other)) else { return 0.0 };
        let number = if !old.number.is_empty() && old.number == new.number { 0.08 } else { 0.0 };
        if place == Where::Anywhere {
            return number / 2.0;
        }
        let heading = if same_heading(old, new) { 0.15 } else { 0.0 };
        let beside = |step: fn(usize) -> Option<usize>| {
            let next = |outline: &Outline, node: &Node| {
                let siblings = &outline.get(node.parent?)?.children;
                siblings.get(step(node.place)?).copied()
            };
            match (next(self.old, old), next(self.new, new)) {
                (Some(one), Some(two)) => self.new_of(one) == Some(two),
                (None, None) => true,
                _ => false,
            }
        };
        let neighbours = [beside(|at| at.checked_sub(1)), beside(|at| at.checked_add(1))];
        number + heading + neighbours.iter().filter(|same| **same).map(|_| 0.08).sum::<f32>()
    }

    /// Pairs worth a look.
    fn candidates(&self, olds: &[usize], news: &[usize]) -> Vec<(usize, usize)> {
        if olds.len().saturating_mul(news.len()) <= self.pairs_max {
            return olds.iter().flat_map(|old| news.iter().map(|new| (*old, *new))).collect();
        }
        let mut holders: HashMap<Gram, Vec<usize>> = HashMap::new();
        let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
        for new in news {
            let Some(node) = self.new.get(*new) else { continue };
            for gram in &node.grams {
                holders.entry(*gram).or_default().push(*new);
            }
            numbers.entry(node.number.as_str()).or_default().push(*new);
        }
        let mut pairs = Vec::new();
        for old in olds {
            let Some(node) = self.old.get(*old) else { continue };
            let rare = |list: &&Vec<usize>| list.len() <= RARE;
            let by_letter = node.grams.iter().filter_map(|gram| holders.get(gram)).filter(rare).flatten();
            let by_number = numbers.get(node.number.as_str()).into_iter().filter(rare).flatten();
            let mut shared: HashMap<usize, usize> = HashMap::new();
            for new in by_letter.chain(by_number) {
                *shared.entry(*new).or_default() += 1;
            }
            let mut near: Vec<(usize, usize)> = shared.into_iter().map(|(new, count)| (count, new)).collect();
            near.sort_unstable_by_key(|(count, new)| (Reverse(*count), *new));
            pairs.extend(near.into_iter().take(NEAR).map(|(_, new)| (*old, new)));
        }
        pairs
    }
}

/// Whether two clauses bear one heading; of a clause that lost its text, or has none yet, the heading is all it says.
fn same_heading(old: &Node, new: &Node) -> bool {
    match (old.heading.as_str(), new.heading.as_str()) {
        ("", "") => false,
        ("", heading) => old.key == heading,
        (heading, "") => new.key == heading,
        (one, other) => one == other,
    }
}

/// What two clauses cannot be more alike than, by their lengths.
fn bound(old: &Node, new: &Node) -> f32 {
    let of = |a: usize, b: usize| super::clause::ratio(2 * a.min(b), a + b);
    let own = of(old.grams.len(), new.grams.len());
    if old.deep.is_empty() && new.deep.is_empty() { own } else { own.max(of(old.letters().len(), new.letters().len())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn looking_at_rare_letters_alone_finds_what_looking_at_all_finds() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/policy.txt")).unwrap();
        let amended: String = text
            .lines()
            .enumerate()
            .filter(|(at, line)| at % 31 != 7 || line.is_empty())
            .map(|(at, line)| if at % 9 == 0 { line.replace("職員等", "職員").replace("情報システム", "電算機") } else { line.to_owned() } + "\n")
            .collect();
        let outline = |text: &str| Outline::new(&tree::parse(text).0);
        let (old, new) = (outline(&text), outline(&amended));
        let (all, rare) = (pair_within(&old, &new, usize::MAX), pair_within(&old, &new, 0));
        assert_eq!((all.to_new, all.to_old), (rare.to_new, rare.to_old));
    }

    #[test]
    fn a_clause_that_gains_its_text_is_followed_as_one_that_loses_it() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/policy.txt")).unwrap();
        let body = "本町は、副町長を長とする全庁の推進体制を設け、責任と権限を明らかにするものとする。\n";
        assert!(text.contains(body));
        let outline = |text: &str| Outline::new(&tree::parse(text).0);
        let (with, without) = (outline(&text), outline(&text.replacen(body, "", 1)));
        let (loses, gains) = (pair(&with, &without), pair(&without, &with));
        assert_eq!((&loses.to_new, &loses.to_old), (&gains.to_old, &gains.to_new));
        assert!(gains.to_old.iter().all(Option::is_some));
    }
}
