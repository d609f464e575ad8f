//! Finds a clause from where a reference to it stands: up the tree, beside, below; reads no text.

use std::collections::HashMap;

use crate::tree::{Clause, Document, marker::number};

/// Deeper than any document is nested; a malformed tree must not loop.
const DEEPEST: usize = 32;

/// The clauses of a document by path and by label.
pub(super) struct Places<'d> {
    document: &'d Document,
    by_path: HashMap<&'d str, usize>,
    by_label: HashMap<&'d str, Vec<usize>>,
    children: Vec<Vec<usize>>,
    articles: Vec<usize>,
}

impl<'d> Places<'d> {
    pub(super) fn new(document: &'d Document) -> Places<'d> {
        let clauses = &document.clauses;
        let mut children = vec![Vec::new(); clauses.len()];
        let mut by_label: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, clause) in clauses.iter().enumerate() {
            if let Some(below) = clause.parent.and_then(|parent| children.get_mut(parent)) {
                below.push(at);
            }
            by_label.entry(label(clause)).or_default().push(at);
        }
        // The first of two with one path stands for both.
        let by_path = clauses.iter().enumerate().rev().map(|(at, clause)| (clause.path.as_str(), at)).collect();
        let articles = clauses.iter().enumerate().filter(|(_, clause)| is_article(clause)).map(|(at, _)| at).collect();
        Places { document, by_path, by_label, children, articles }
    }

    fn clause(&self, at: usize) -> Option<&'d Clause> {
        self.document.clauses.get(at)
    }

    /// The path of a clause; the root is no place to lead to.
    pub(super) fn path(&self, at: usize) -> Option<String> {
        self.clause(at).map(|clause| clause.path.clone()).filter(|path| !path.is_empty())
    }

    /// The clause with exactly this path.
    pub(super) fn exact(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    fn parent(&self, at: usize) -> Option<usize> {
        self.clause(at)?.parent
    }

    /// The clause and those above it, without the root.
    fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(at), |below| self.parent(*below)).take(DEEPEST).filter(|at| *at > 0)
    }

    /// The part of the document a clause lies in: a second document, 附則, 別表, or 0 for the body.
    fn part(&self, at: usize) -> usize {
        let outer = |at: &usize| self.clause(*at).is_some_and(|clause| !clause.path.starts_with('第') && clause.path.chars().count() > 3);
        let top = self.ancestors(at).last();
        top.filter(|top| outer(top) || self.clause(*top).is_some_and(|clause| clause.path.starts_with("附則"))).unwrap_or(0)
    }

    /// The clause with a label, in the same part of the document before all others.
    pub(super) fn labelled(&self, own: usize, wanted: &str) -> Option<usize> {
        let all = self.by_label.get(wanted)?;
        let here = self.part(own);
        let of = |part: usize| all.iter().copied().find(|at| self.part(*at) == part);
        of(here).or_else(|| of(0)).or_else(|| all.first().copied().filter(|_| all.len() == 1))
    }

    /// Whether any clause bears this unit (条, 章).
    pub(super) fn has_unit(&self, unit: &str) -> bool {
        self.by_label.keys().any(|label| label.starts_with('第') && label.contains(unit))
    }

    /// A path relative to a place, from there upwards, then from the top, then anywhere.
    pub(super) fn relative(&self, own: usize, parts: &[String]) -> Option<usize> {
        let tail = parts.join("/");
        if tail.is_empty() {
            return None;
        }
        let mut above = self.clause(own).map(|clause| clause.path.as_str());
        while let Some(prefix) = above {
            if let Some(found) = self.exact(&format!("{prefix}/{tail}")) {
                return Some(found);
            }
            above = prefix.rsplit_once('/').map(|(rest, _)| rest);
        }
        let deep = || {
            let ends = format!("/{tail}");
            self.document.clauses.iter().position(|clause| clause.path.ends_with(&ends)).filter(|_| parts.len() > 1)
        };
        self.exact(&tail).or_else(deep)
    }

    /// Whether a clause or those below it count in kana.
    pub(super) fn counts_in_kana(&self, own: usize) -> bool {
        let Some(clause) = self.clause(own) else { return false };
        let kana = |path: &str| {
            path.rsplit('/').next().is_some_and(|last| last.trim_start_matches('(').starts_with(|first| ('ア'..='ン').contains(&first)))
        };
        let below =
            |other: &Clause| other.path.strip_prefix(clause.path.as_str()).is_some_and(|rest| !rest.is_empty() && kana(&other.path));
        kana(&clause.path) || self.document.clauses.iter().any(below)
    }

    pub(super) fn is_article(&self, at: usize) -> bool {
        self.clause(at).is_some_and(is_article)
    }

    /// The article a clause lies in.
    pub(super) fn article_of(&self, own: usize) -> Option<usize> {
        self.ancestors(own).find(|at| self.is_article(*at))
    }

    /// 前条, 次条.
    pub(super) fn article_beside(&self, own: usize, step: isize) -> Option<usize> {
        let article = self.article_of(own)?;
        let at = self.articles.binary_search(&article).ok()?.checked_add_signed(step)?;
        self.articles.get(at).copied().filter(|other| self.part(*other) == self.part(article))
    }

    /// The numbered paragraph (項) a clause lies in; the article itself is its own first paragraph.
    pub(super) fn paragraph_of(&self, own: usize) -> Option<usize> {
        let article = self.article_of(own)?;
        let inside = self.ancestors(own).take_while(|at| *at != article).last();
        Some(inside.filter(|at| self.ordinal(*at).is_some_and(|(_, plain)| plain)).unwrap_or(article))
    }

    /// Paragraph n of an article.
    pub(super) fn paragraph(&self, article: usize, n: u32) -> Option<usize> {
        let numbered = |at: &usize| self.ordinal(*at) == Some((n, true));
        self.children.get(article)?.iter().copied().find(numbered).or((n == 1).then_some(article))
    }

    /// Item (号) n of a paragraph.
    pub(super) fn item(&self, base: usize, n: u32) -> Option<usize> {
        let below = self.children.get(base)?;
        let of = |plain: bool| below.iter().copied().find(|at| self.ordinal(*at) == Some((n, plain)));
        of(false).or_else(|| of(true).filter(|_| !self.is_article(base)))
    }

    /// A child by its label.
    pub(super) fn child(&self, above: usize, wanted: &str) -> Option<usize> {
        self.children.get(above)?.iter().copied().find(|at| self.clause(*at).is_some_and(|clause| label(clause) == wanted))
    }

    /// 前項, 次項: among the paragraphs of an article, or the numbered clauses beside this one.
    pub(super) fn paragraph_beside(&self, own: usize, step: isize) -> Option<usize> {
        let Some(article) = self.article_of(own) else { return self.sibling(own, step) };
        let paragraph = self.paragraph_of(own)?;
        let now = if paragraph == article { 1 } else { self.ordinal(paragraph)?.0 };
        self.paragraph(article, u32::try_from(i64::from(now) + step as i64).ok().filter(|n| *n > 0)?)
    }

    /// 前号, 次号: among the items of a paragraph, or the items beside this one.
    pub(super) fn item_beside(&self, own: usize, step: isize) -> Option<usize> {
        let Some(paragraph) = self.paragraph_of(own) else { return self.sibling(own, step) };
        let item = self.ancestors(own).take_while(|at| *at != paragraph).last()?;
        self.sibling(item, step)
    }

    /// 前章, 次節.
    pub(super) fn unit_beside(&self, own: usize, unit: char, step: isize) -> Option<usize> {
        let named = |at: &usize| self.clause(*at).is_some_and(|clause| label(clause).starts_with('第') && label(clause).contains(unit));
        self.sibling(self.ancestors(own).find(named)?, step)
    }

    /// The clause beside another in the same list.
    fn sibling(&self, own: usize, step: isize) -> Option<usize> {
        let (n, plain) = self.ordinal(own).or_else(|| self.unit(own))?;
        let wanted = u32::try_from(i64::from(n) + step as i64).ok().filter(|n| *n > 0)?;
        let same = |at: &usize| self.ordinal(*at).or_else(|| self.unit(*at)) == Some((wanted, plain));
        self.children.get(self.parent(own)?)?.iter().copied().find(same)
    }

    /// The number of a label without a unit, and whether it is a plain figure as paragraphs (項) bear it.
    fn ordinal(&self, at: usize) -> Option<(u32, bool)> {
        let label = label(self.clause(at)?);
        if let Some(n) = label.strip_prefix('第').and_then(|rest| rest.strip_suffix('項')).and_then(whole) {
            return Some((n, true));
        }
        let inner = label.strip_prefix('(').unwrap_or(label).trim_end_matches(')');
        let circled = |c: char| ('①'..='⑳').contains(&c).then(|| c as u32 - 0x245f);
        let n = whole(inner).or_else(|| inner.chars().next().filter(|c| inner.len() == c.len_utf8()).and_then(circled))?;
        Some((n, label.chars().all(|c| c.is_ascii_digit())))
    }

    /// The number of 第3章 or 第2節.
    fn unit(&self, at: usize) -> Option<(u32, bool)> {
        number(label(self.clause(at)?).strip_prefix('第')?).map(|(n, _)| (n, true))
    }
}

/// A number that is the whole of a text.
fn whole(text: &str) -> Option<u32> {
    number(text).filter(|(_, rest)| rest.is_empty()).map(|(n, _)| n)
}

/// The last part of a path, without the mark of a repeated number.
fn label(clause: &Clause) -> &str {
    let last = clause.path.rsplit('/').next().unwrap_or_default();
    last.split('〔').next().unwrap_or(last)
}

fn is_article(clause: &Clause) -> bool {
    let label = label(clause);
    label.starts_with('第') && label.contains('条')
}

/// What is attached to a document: 別表, 別紙, 様式, 附則.
pub(super) struct Annexes {
    /// Kind, number, branch, clause.
    known: Vec<(String, Option<u32>, Option<u32>, usize)>,
    supplements: Vec<usize>,
}

impl Annexes {
    pub(super) fn new(document: &Document) -> Annexes {
        let mut annexes = Annexes { known: Vec::new(), supplements: Vec::new() };
        for (at, clause) in document.clauses.iter().enumerate() {
            let label = label(clause);
            let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
            if label.strip_prefix("附則").is_some_and(digits) && clause.parent == Some(0) {
                annexes.supplements.push(at);
            } else if let Some((kind, n, branch)) = named(label) {
                annexes.known.push((kind, n, branch, at));
            }
        }
        annexes
    }

    /// The one 附則, if there is only one.
    pub(super) fn supplement(&self) -> Option<usize> {
        self.supplements.first().copied().filter(|_| self.supplements.len() == 1)
    }

    /// The annex that is named; without a number the only one of its kind.
    pub(super) fn find(&self, kind: &str, n: Option<u32>, branch: Option<u32>) -> Option<usize> {
        let kind = plain(kind);
        let of_kind = || self.known.iter().filter(|(known, ..)| *known == kind);
        let exact = of_kind().find(|(_, number, other, _)| *number == n && *other == branch);
        let only = || of_kind().next().filter(|(_, number, ..)| n.is_none() || (n == Some(1) && number.is_none()));
        exact.or_else(only).map(|(.., at)| *at)
    }
}

/// 別記様式 and 別紙様式 are forms.
fn plain(kind: &str) -> &str {
    if kind.ends_with("様式") { "様式" } else { kind }
}

/// 別表第1の2 → 別表, 1, 2; 第3号様式 → 様式, 3.
fn named(label: &str) -> Option<(String, Option<u32>, Option<u32>)> {
    if let Some(n) = label.strip_prefix('第').and_then(number).filter(|(_, rest)| rest.starts_with("号様式")) {
        return Some(("様式".to_owned(), Some(n.0), None));
    }
    let kinds = ["別表", "別記様式", "別紙様式", "別紙", "別図", "様式", "別記"];
    let (kind, rest) = kinds.iter().find_map(|kind| label.strip_prefix(kind).map(|rest| (*kind, rest)))?;
    let found = number(rest.trim_start_matches(['第', '-']));
    let branch = found.and_then(|(_, rest)| number(rest.trim_start_matches('号').trim_start_matches(['の', '-'])));
    Some((plain(kind).to_owned(), found.map(|(n, _)| n), branch.map(|(n, _)| n)))
}
