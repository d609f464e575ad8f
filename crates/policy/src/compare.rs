//! Two versions of a policy → what changed, clause by clause; and where each clause first stood.
//!
//! A clause is followed through renumbering, moving, splitting and merging (the pairing is in
//! `align`, parts in `parts`); what changed in it is told by the word. White space, line breaks and
//! the width of letters are no change. Knows no dates and nothing of adoption.

mod align;
mod clause;
mod control;
mod parts;
mod table;
mod words;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

pub use control::{ByControl, Said, by_control};
pub use table::{Line, Row, table};
pub use words::Run;

use crate::tree::Document;
use align::Pairs;
use clause::Outline;

/// How a clause changed. Several may hold at once: moved and with other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// Its words or its heading changed.
    Text,
    /// It has another number in the same place (繰上げ, 繰下げ).
    Renumbered,
    /// It stands elsewhere, or in another order.
    Moved,
    /// One clause became several.
    Split,
    /// Several clauses became one.
    Merged,
}

impl Kind {
    /// All kinds, in the order of a summary.
    pub const ALL: [Self; 7] = [Self::Added, Self::Removed, Self::Text, Self::Moved, Self::Split, Self::Merged, Self::Renumbered];

    /// The word that staff read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "新設",
            Self::Removed => "削除",
            Self::Text => "文言の変更",
            Self::Renumbered => "番号の変更",
            Self::Moved => "移動",
            Self::Split => "分割",
            Self::Merged => "統合",
        }
    }

    /// The name in data and addresses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Text => "text",
            Self::Renumbered => "renumbered",
            Self::Moved => "moved",
            Self::Split => "split",
            Self::Merged => "merged",
        }
    }
}

/// A clause of one version with the words that differ from the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Its place in [`Document::clauses`].
    pub clause: usize,
    /// Its path.
    pub path: String,
    /// Its number without those above; empty where the text gives none.
    pub number: Run,
    /// Its heading; empty where it has none.
    pub heading: Vec<Run>,
    /// Its paragraphs.
    pub paragraphs: Vec<Vec<Run>>,
}

/// What became of a clause. Of those split or merged, each side has several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// How it changed; empty if it did not (although a number above it may have).
    pub kinds: BTreeSet<Kind>,
    /// The clauses of the old version; none if added.
    pub old: Vec<Side>,
    /// The clauses of the new version; none if removed.
    pub new: Vec<Side>,
}

impl Change {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.kinds.is_empty()
    }
}

/// Two versions compared.
///
/// INVARIANT: each clause of each version stands in exactly one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// In the order of the new version, what was removed where it stood; unchanged clauses too.
    pub changes: Vec<Change>,
    /// The change of each old clause, by its path.
    by_old: HashMap<String, usize>,
    /// The change of each new clause, by its path.
    by_new: HashMap<String, usize>,
}

impl Comparison {
    /// What became of a clause of the old version; `None` if it has no such clause.
    #[must_use]
    pub fn became(&self, old_path: &str) -> Option<&Change> {
        self.by_old.get(old_path).and_then(|at| self.changes.get(*at))
    }

    /// Where a clause of the new version came from; `None` if it has no such clause.
    #[must_use]
    pub fn came_from(&self, new_path: &str) -> Option<&Change> {
        self.by_new.get(new_path).and_then(|at| self.changes.get(*at))
    }

    /// What did change.
    pub fn changed(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| !change.is_same())
    }

    /// How many changes are of each kind; one that is of two counts in both.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, usize)> {
        Kind::ALL.into_iter().map(|kind| (kind, self.changes.iter().filter(|change| change.kinds.contains(&kind)).count()))
    }
}

/// Compares two versions of a document.
#[must_use]
pub fn compare(old: &Document, new: &Document) -> Comparison {
    let (from, to) = (Outline::new(old), Outline::new(new));
    let pairs = align::pair(&from, &to);
    let moved = moved(&from, &to, &pairs);
    let mut made: Vec<Change> = groups(&from, &to, &pairs).iter().map(|group| change(old, new, group, &moved)).collect();
    place(&mut made, &pairs, &moved);
    let paths = |sides: fn(&Change) -> &Vec<Side>| {
        let of = |(at, change)| sides(change).iter().map(move |side: &Side| (side.path.clone(), at)).collect::<Vec<_>>();
        made.iter().enumerate().flat_map(of).collect()
    };
    let (by_old, by_new) = (paths(|change| &change.old), paths(|change| &change.new));
    Comparison { changes: made, by_old, by_new }
}

/// Clauses that belong to one change, by their places.
#[derive(Default)]
struct Group {
    old: BTreeSet<usize>,
    new: BTreeSet<usize>,
    /// The two that are the same clause.
    pair: Option<(usize, usize)>,
}

fn groups(from: &Outline, to: &Outline, pairs: &Pairs) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut of_new: HashMap<usize, usize> = HashMap::new();
    for (at, other) in pairs.to_new.iter().enumerate() {
        if let Some(other) = other {
            of_new.insert(*other, groups.len());
            groups.push(Group { old: [at].into(), new: [*other].into(), pair: Some((at, *other)) });
        }
    }
    let mut parted: (BTreeSet<usize>, BTreeSet<usize>) = Default::default();
    for (whole, piece) in parts::parts(from, &pairs.to_new, to, &pairs.to_old) {
        let group = pairs.to_new.get(whole).copied().flatten().and_then(|new| of_new.get(&new)).and_then(|at| groups.get_mut(*at));
        if let Some(group) = group {
            group.new.insert(piece);
            parted.1.insert(piece);
        }
    }
    for (whole, piece) in parts::parts(to, &pairs.to_old, from, &pairs.to_new) {
        if let Some(group) = of_new.get(&whole).and_then(|at| groups.get_mut(*at)) {
            group.old.insert(piece);
            parted.0.insert(piece);
        }
    }
    let left = |taken: &[Option<usize>], parted: &BTreeSet<usize>| {
        let open = |(at, other): (usize, &Option<usize>)| (other.is_none() && !parted.contains(&at)).then_some(at);
        taken.iter().enumerate().filter_map(open).collect::<Vec<_>>()
    };
    groups.extend(left(&pairs.to_new, &parted.0).into_iter().map(|at| Group { old: [at].into(), ..Group::default() }));
    groups.extend(left(&pairs.to_old, &parted.1).into_iter().map(|at| Group { new: [at].into(), ..Group::default() }));
    groups
}

/// New clauses that stand below another parent than before, or out of the order they had.
fn moved(from: &Outline, to: &Outline, pairs: &Pairs) -> BTreeSet<usize> {
    let old_of = |new: usize| pairs.to_old.get(new).copied().flatten();
    let mut moved = BTreeSet::new();
    for (at, node) in to.nodes.iter().enumerate() {
        let mut stayed: Vec<(usize, usize)> = Vec::new();
        for child in &node.children {
            let Some(before) = old_of(*child).and_then(|old| from.get(old)) else { continue };
            if before.parent.is_some() && before.parent == old_of(at) {
                stayed.push((before.place, *child));
            } else {
                moved.insert(*child);
            }
        }
        let places: Vec<usize> = stayed.iter().map(|(place, _)| *place).collect();
        let kept = in_order(&places);
        moved.extend(stayed.iter().zip(kept).filter(|(_, kept)| !kept).map(|((_, child), _)| *child));
    }
    moved
}

/// Which of the numbers stay if as few as possible are taken out so that the rest rise.
fn in_order(numbers: &[usize]) -> Vec<bool> {
    // For each length, the place of the smallest number that ends a rising row of that length.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    let value = |at: &usize| numbers.get(*at).copied().unwrap_or(usize::MAX);
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| value(end) < *number);
        before.push(length.checked_sub(1).and_then(|length| ends.get(length)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        if let Some(kept) = kept.get_mut(at) {
            *kept = true;
        }
        next = before.get(at).copied().flatten();
    }
    kept
}

fn change(old: &Document, new: &Document, group: &Group, moved: &BTreeSet<usize>) -> Change {
    let Some((at, other)) = group.pair else {
        let whole = |document: &Document, places: &BTreeSet<usize>| places.iter().filter_map(|at| all_changed(document, *at)).collect();
        let kind = if group.old.is_empty() { Kind::Added } else { Kind::Removed };
        return Change { kinds: [kind].into(), old: whole(old, &group.old), new: whole(new, &group.new) };
    };
    let (mine, theirs) = (texts(old, &group.old), texts(new, &group.new));
    let (from, to) = differing(&mine, &theirs);
    let mut kinds = BTreeSet::new();
    let mut mark = |kind: Kind, holds: bool| {
        if holds {
            kinds.insert(kind);
        }
    };
    let number = |texts: &[Text<'_>], at: usize| texts.iter().find(|text| text.clause == at).map_or("", |text| text.number).to_owned();
    let renumbered = number(&mine, at) != number(&theirs, other);
    let elsewhere = moved.contains(&other);
    mark(Kind::Text, from.iter().chain(&to).flatten().any(|run| run.changed));
    mark(Kind::Moved, elsewhere);
    mark(Kind::Renumbered, renumbered && !elsewhere);
    mark(Kind::Split, group.new.len() > 1);
    mark(Kind::Merged, group.old.len() > 1);
    let new_number = |clause: usize, main: usize| clause != main || renumbered || elsewhere;
    Change {
        kinds,
        old: sides(old, &mine, from, |clause| new_number(clause, at)),
        new: sides(new, &theirs, to, |clause| new_number(clause, other)),
    }
}

/// A clause taken apart into its number and what is compared by the word.
struct Text<'d> {
    clause: usize,
    number: &'d str,
    headed: bool,
    lines: Vec<&'d str>,
}

fn text(document: &Document, at: usize) -> Option<Text<'_>> {
    let clause = document.clauses.get(at)?;
    let heading = clause::heading(clause);
    let heads = (!heading.is_empty()).then_some(heading);
    let lines = heads.into_iter().chain(clause.paragraphs.iter().map(|paragraph| paragraph.text.as_str())).collect();
    Some(Text { clause: at, number: clause::number(clause), headed: heads.is_some(), lines })
}

fn texts<'d>(document: &'d Document, places: &BTreeSet<usize>) -> Vec<Text<'d>> {
    places.iter().filter_map(|at| text(document, *at)).collect()
}

/// The words that differ, by line: a heading beside a heading where there is one clause on each side.
fn differing(old: &[Text<'_>], new: &[Text<'_>]) -> (Vec<Vec<Run>>, Vec<Vec<Run>>) {
    let runs = |old: &[&str], new: &[&str]| {
        let same = |lines: &[&str]| lines.iter().map(|line| words::whole(line, false)).collect();
        if old == new { (same(old), same(new)) } else { words::runs(old, new) }
    };
    let (mine, theirs) = (all_lines(old), all_lines(new));
    match (old, new, mine.split_first(), theirs.split_first()) {
        ([one], [other], Some((head, body)), Some((other_head, other_body))) if one.headed && other.headed => {
            let (mut from, mut to) = runs(&[*head], &[*other_head]);
            let (rest, other_rest) = runs(body, other_body);
            from.extend(rest);
            to.extend(other_rest);
            (from, to)
        }
        _ => runs(&mine, &theirs),
    }
}

fn all_lines<'d>(texts: &[Text<'d>]) -> Vec<&'d str> {
    texts.iter().flat_map(|text| text.lines.iter().copied()).collect()
}

fn sides(document: &Document, texts: &[Text<'_>], runs: Vec<Vec<Run>>, numbered: impl Fn(usize) -> bool) -> Vec<Side> {
    let mut runs = runs.into_iter();
    let mut sides = Vec::with_capacity(texts.len());
    for text in texts {
        let heading = if text.headed { runs.next().unwrap_or_default() } else { Vec::new() };
        let paragraphs = runs.by_ref().take(text.lines.len() - usize::from(text.headed)).collect();
        let path = document.clauses.get(text.clause).map_or_else(String::new, |clause| clause.path.clone());
        let number = Run { text: text.number.to_owned(), changed: !text.number.is_empty() && numbered(text.clause) };
        sides.push(Side { clause: text.clause, path, number, heading, paragraphs });
    }
    sides
}

fn all_changed(document: &Document, at: usize) -> Option<Side> {
    let text = text(document, at)?;
    let runs = text.lines.iter().map(|line| words::whole(line, true)).collect();
    sides(document, &[text], runs, |_| true).pop()
}

/// Puts changes in the order of the new version, those removed behind what stood before them.
fn place(changes: &mut [Change], pairs: &Pairs, moved: &BTreeSet<usize>) {
    let mut last = 0;
    let mut anchors = Vec::with_capacity(pairs.to_new.len());
    for new in &pairs.to_new {
        if let Some(new) = new.filter(|new| !moved.contains(new)) {
            last = new;
        }
        anchors.push(last);
    }
    changes.sort_by_cached_key(|change| match (change.new.first(), change.old.first()) {
        (Some(side), _) => (side.clause, 0, 0),
        (None, Some(side)) => (anchors.get(side.clause).copied().unwrap_or(0), 1, side.clause),
        (None, None) => (usize::MAX, 1, 0),
    });
}

/// Where a clause first stood: its identity through renumbering and moving.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Index of the version, among those asked about, in which it first stood.
    pub version: usize,
    /// Its path there.
    pub path: String,
}

/// The origin of every clause of every version, oldest version first; in the order of [`Document::clauses`].
///
/// Of a clause that was split, the part most like it keeps its origin; of clauses that were merged,
/// the one most like the result gives it its own. So no two clauses of a version have the same.
#[must_use]
pub fn lineage(versions: &[&Document]) -> Vec<Vec<Origin>> {
    let mut all: Vec<Vec<Origin>> = Vec::with_capacity(versions.len());
    let mut before: Option<Outline> = None;
    for (version, document) in versions.iter().enumerate() {
        let outline = Outline::new(document);
        let pairs = before.as_ref().map(|before| align::pair(before, &outline));
        let known = |at: usize| all.last()?.get(pairs.as_ref()?.to_old.get(at).copied().flatten()?).cloned();
        let clauses = document.clauses.iter().enumerate();
        let origins = clauses.map(|(at, clause)| known(at).unwrap_or_else(|| Origin { version, path: clause.path.clone() })).collect();
        all.push(origins);
        before = Some(outline);
    }
    all
}
