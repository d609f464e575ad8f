//! References in a text to clauses of the same document (第3条第2項, 前項, 別表第1, 上記6(1)ア); follows no law of others.

mod place;

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::{
    model::words::{Folded, patterns},
    tree::{Document, marker::number},
};
use place::{Annexes, Places};

patterns! {
    ABOVE = "(?:上記|前記|前述の|上述の)(?P<refs>[0-9]{1,2}(?:（[0-9]{1,2}）)?(?:[ア-ン])?(?:（[ア-ン]）)?(?:(?:、|及び|並びに|又は|から|～)[0-9]{1,2}(?:（[0-9]{1,2}）)?(?:[ア-ン])?(?:（[ア-ン]）)?)*)";
    CHAPTERED = "(?:^|[、。はのびに「（])(?P<refs>第[0-9]{1,2}章(?:の)?[0-9]{1,2}(?:（[0-9]{1,2}）)?(?:[ア-ン])?(?:（[ア-ン]）)?)(?:の|に|で|、|及び|から|を|）)";
    FULL = "(?:^|[、。「ぁ-ん])(?P<refs>[0-9]{1,2}（[0-9]{1,2}）(?:[ア-ン])?(?:（[ア-ン]）)?)(?:の|に|で|、|及び|から|を|）)";
    BRACKETED = "(?:^|[、。はのび又])(?P<refs>（(?:[0-9]{1,2}|[ア-ン])）(?:(?:、|及び|並びに|又は|から|～)（(?:[0-9]{1,2}|[ア-ン])）)*)(?:の(?:分類|規定|定め|場合|表|基準|各号|手続|措置|事項|区分|要件)|に(?:おいて|規定|掲げ|定め|より|基づ|該当|示)|で(?:定め|示|規定))";
    DECIMAL = "(?:^|[、。「（ぁ-ん])(?P<refs>[0-9]{1,2}(?:[-―－‐.][0-9]{1,2}){1,3})(?:の(?:規定|定め|手続|措置|基準|表)|に(?:おいて|規定|掲げ|定め|より|よる|従|基づ|該当|示)|で(?:定め|示|規定)|及び|を準用)";
    ARTICLE = "(?P<lead>この規程|この基準|この方針|この規則|この条例|本規程|本基準|本方針|本要綱|この要綱)?第(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?P<unit>編|章|節|款|条)(?:の(?P<branch>[0-9]{1,2}|[一二三四五六七八九十]{1,3}))?(?:第(?P<paragraph>[0-9]{1,3}|[一二三四五六七八九十]{1,3})項)?(?:第(?P<item>[0-9]{1,3}|[一二三四五六七八九十]{1,3})号)?";
    NEAR = "(?P<near>前条|次条|同条|本条|前項|次項|同項|前号|次号|同号|前章|次章|前節|次節)(?:第(?P<paragraph>[0-9]{1,3}|[一二三四五六七八九十]{1,3})項)?(?:第(?P<item>[0-9]{1,3}|[一二三四五六七八九十]{1,3})号)?";
    INNER = "第(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?P<unit>項|号)(?:第(?P<item>[0-9]{1,3}|[一二三四五六七八九十]{1,3})号)?";
    ANNEX = "(?P<kind>別表|別紙様式|別紙|別記様式|別図|様式)(?:第?(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:号)?(?:の(?P<branch>[0-9]{1,2}))?)?|第(?P<ahead>[0-9]{1,3}|[一二三四五六七八九十]{1,3})号様式";
    SUPPLEMENT = "附則(?:第(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?P<unit>項|条))?";
    PART = "第[0-9]{1,2}章|[0-9]{1,2}|[ア-ン]";
    OUTSIDE = "(?:法|法律|令|条例|規則|規程|規約|要綱|要領|基準|方針|指針|契約|ガイドライン|憲法|細則|計画|告示|訓令|（[^（）]*）|）|」|』|同|附則|別表)$";
    CHAINED = "^(?:第[0-9一二三四五六七八九十]+(?:項|号))*(?:及び|又は|、|から|並びに|若しくは|～)$";
}

/// Figures that a misread kana looks like: (ア) is read as (7), (イ) as (4).
const LOOKALIKES: [&str; 6] = ["4", "5", "6", "7", "8", "9"];

/// A reference in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// As written, in one width and without spaces.
    pub written: String,
    /// Where it leads.
    pub target: Target,
}

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To the clause with this path.
    Clause(String),
    /// To a clause that this document does not have.
    Missing,
    /// To a table, form or sheet that is not attached to this document.
    NotAttached,
}

impl Reference {
    /// The path of the clause, where there is one.
    #[must_use]
    pub fn clause(&self) -> Option<&str> {
        match &self.target {
            Target::Clause(path) => Some(path),
            Target::Missing | Target::NotAttached => None,
        }
    }
}

/// A way to write a reference.
#[derive(Clone, Copy)]
enum Way {
    Numbered,
    Decimal,
    Article,
    Near,
    Inner,
    Annex,
    Supplement,
}

/// What was last referred to, for 同条 and 同項, and for lists that go on.
#[derive(Default)]
struct Said {
    /// End of the last reference to a law of others, folded.
    outside: Option<usize>,
    article: Option<usize>,
    paragraph: Option<usize>,
    item: Option<usize>,
}

/// The references of a document, resolved.
pub struct References<'d> {
    places: Places<'d>,
    annexes: Annexes,
}

impl<'d> References<'d> {
    /// Prepares the clauses of a document.
    #[must_use]
    pub fn new(document: &'d Document) -> References<'d> {
        References { places: Places::new(document), annexes: Annexes::new(document) }
    }

    /// The references in a text that stands in a clause, in order. What may be a reference to something
    /// else, or may be none at all, is left out: a wrong link costs more trust than a missing one.
    #[must_use]
    pub fn find(&self, clause: &str, text: &str) -> Vec<Reference> {
        let Some(own) = self.places.exact(clause) else { return Vec::new() };
        let folded = Folded::new(text);
        if !folded.text.contains(['第', '前', '次', '同', '本', '上', '別', '様', '附', '（', '-', '.', '―', '－', '‐']) {
            return Vec::new();
        }
        let ways: [(&LazyLock<Regex>, Way); 10] = [
            (&ABOVE, Way::Numbered),
            (&CHAPTERED, Way::Numbered),
            (&FULL, Way::Numbered),
            (&BRACKETED, Way::Numbered),
            (&DECIMAL, Way::Decimal),
            (&ARTICLE, Way::Article),
            (&NEAR, Way::Near),
            (&INNER, Way::Inner),
            (&ANNEX, Way::Annex),
            (&SUPPLEMENT, Way::Supplement),
        ];
        let text = folded.text.as_str();
        let mut hits: Vec<(Range<usize>, Way, Captures<'_>)> = Vec::new();
        for (pattern, way) in ways {
            for found in pattern.captures_iter(text) {
                if let Some(whole) = found.name("refs").or_else(|| found.get(0)) {
                    hits.push((whole.range(), way, found));
                }
            }
        }
        hits.sort_by_key(|(range, ..)| (range.start, std::cmp::Reverse(range.end)));
        let mut said = Said::default();
        let (mut end, mut references) = (0, Vec::new());
        for (range, way, found) in hits {
            if range.start < end {
                continue;
            }
            end = range.end;
            for (range, target) in self.resolve(own, text, range, way, &found, &mut said) {
                let written = text.get(range.clone()).unwrap_or_default().to_owned();
                references.push(Reference { range: folded.place(&range), written, target });
            }
        }
        references
    }

    fn resolve(
        &self,
        own: usize,
        text: &str,
        range: Range<usize>,
        way: Way,
        found: &Captures<'_>,
        said: &mut Said,
    ) -> Vec<(Range<usize>, Target)> {
        let before = text.get(..range.start).unwrap_or_default();
        let one = |at: Option<usize>| at.and_then(|at| self.places.path(at)).map(|path| (range.clone(), Target::Clause(path)));
        match way {
            Way::Numbered => self.numbered(own, text, range),
            Way::Decimal => one(self.places.labelled(own, &decimal(text.get(range.clone()).unwrap_or_default()))).into_iter().collect(),
            Way::Article => self.article(own, before, range, found, said).into_iter().collect(),
            Way::Near => one(self.near(own, found, said)).into_iter().collect(),
            Way::Inner => {
                let chained = said.outside.and_then(|end| text.get(end..range.start)).is_some_and(|between| CHAINED.is_match(between));
                if chained {
                    said.outside = Some(range.end);
                    return Vec::new();
                }
                if before.chars().next_back().is_some_and(|c| crate::tree::chars::is_kanji(c) && !"又及び各".contains(c)) {
                    return Vec::new();
                }
                one(self.inner(own, found, said)).into_iter().collect()
            }
            Way::Annex => self.annex(before, range, found).into_iter().collect(),
            Way::Supplement if OUTSIDE.is_match(before) => Vec::new(),
            Way::Supplement => {
                let below = figure(found, "number").filter(|_| found.name("unit").is_some());
                let unit = found.name("unit").map_or("", |unit| unit.as_str());
                let supplement = self.annexes.supplement();
                let at = match below {
                    Some(n) if unit == "項" => supplement.and_then(|s| self.places.paragraph(s, n)),
                    Some(n) => supplement.and_then(|s| self.places.child(s, &format!("第{n}条"))),
                    None => supplement,
                };
                one(at).into_iter().collect()
            }
        }
    }

    /// 6（1）ア及び7: each part by itself.
    fn numbered(&self, own: usize, text: &str, range: Range<usize>) -> Vec<(Range<usize>, Target)> {
        let Some(refs) = text.get(range.clone()) else { return Vec::new() };
        let mut targets = Vec::new();
        let mut at = 0;
        while let Some(rest) = refs.get(at..).filter(|rest| !rest.is_empty()) {
            let joins = ["、", "～", "及び", "並びに", "又は", "から"];
            if let Some(join) = joins.iter().find(|join| rest.starts_with(**join)) {
                at += join.len();
                continue;
            }
            let end = joins.iter().filter_map(|join| rest.find(join)).min().unwrap_or(rest.len());
            let parts = components(rest.get(..end).unwrap_or_default());
            let place = range.start + at..range.start + at + end;
            at += end;
            match self.places.relative(own, &parts) {
                Some(found) => targets.extend(self.places.path(found).map(|path| (place, Target::Clause(path)))),
                // A figure where the neighbours count in kana is a misread kana, which the tree reports.
                None if parts.is_empty() => {}
                None if parts.iter().all(|part| LOOKALIKES.contains(&part.trim_matches(['(', ')']))) && self.places.counts_in_kana(own) => {
                }
                None => targets.push((place, Target::Missing)),
            }
        }
        targets
    }

    fn article(
        &self,
        own: usize,
        before: &str,
        range: Range<usize>,
        found: &Captures<'_>,
        said: &mut Said,
    ) -> Option<(Range<usize>, Target)> {
        let chained = said.outside.and_then(|end| before.get(end..)).is_some_and(|between| CHAINED.is_match(between));
        if found.name("lead").is_none() && (chained || OUTSIDE.is_match(before)) {
            *said = Said { outside: Some(range.end), ..Said::default() };
            return None;
        }
        let unit = found.name("unit")?.as_str();
        let number = figure(found, "number")?;
        let branch = figure(found, "branch");
        let branched = branch.and_then(|n| self.places.labelled(own, &format!("第{number}{unit}の{n}")));
        let plain = || self.places.labelled(own, &format!("第{number}{unit}"));
        // 第三条の一部: no branch.
        let kanji_branch = found.name("branch").is_some_and(|b| b.as_str().chars().any(|c| !c.is_ascii_digit()));
        let target = if branch.is_some() && !(kanji_branch && branched.is_none()) { branched } else { plain() };
        let begins = before.is_empty() || before.ends_with('。');
        let Some(at) = target else {
            // Only what a document of articles or chapters says about articles or chapters is missing.
            let sure = matches!(unit, "条" | "章") && self.places.has_unit(unit) && (!begins || found.name("lead").is_some());
            said.outside = None;
            return sure.then_some((range, Target::Missing));
        };
        *said = Said { outside: None, article: Some(at), paragraph: None, item: None };
        let target = self.below(at, found, said);
        self.places.path(target).map(|path| (range, Target::Clause(path)))
    }

    /// The paragraph and item named behind an article; the article itself where they are not found.
    fn below(&self, article: usize, found: &Captures<'_>, said: &mut Said) -> usize {
        let mut at = article;
        if let Some(paragraph) = figure(found, "paragraph").and_then(|n| self.places.paragraph(at, n)) {
            said.paragraph = Some(paragraph);
            at = paragraph;
        }
        if let Some(item) = figure(found, "item").and_then(|n| self.places.item(at, n)) {
            said.item = Some(item);
            at = item;
        }
        at
    }

    fn near(&self, own: usize, found: &Captures<'_>, said: &mut Said) -> Option<usize> {
        let places = &self.places;
        let base = match found.name("near")?.as_str() {
            "前条" => places.article_beside(own, -1),
            "次条" => places.article_beside(own, 1),
            "本条" => places.article_of(own),
            "同条" if said.outside.is_none() => said.article,
            "前項" => places.paragraph_beside(own, -1),
            "次項" => places.paragraph_beside(own, 1),
            "同項" if said.outside.is_none() => said.paragraph,
            "前号" => places.item_beside(own, -1),
            "次号" => places.item_beside(own, 1),
            "同号" if said.outside.is_none() => said.item,
            "前章" => places.unit_beside(own, '章', -1),
            "次章" => places.unit_beside(own, '章', 1),
            "前節" => places.unit_beside(own, '節', -1),
            "次節" => places.unit_beside(own, '節', 1),
            _ => None,
        }?;
        if places.is_article(base) {
            *said = Said { article: Some(base), ..Said::default() };
        } else {
            said.outside = None;
            said.paragraph = Some(base);
        }
        Some(self.below(base, found, said))
    }

    /// 第2項, 第1号: within the article, or the one just named.
    fn inner(&self, own: usize, found: &Captures<'_>, said: &mut Said) -> Option<usize> {
        let number = figure(found, "number")?;
        let article = said.article.or_else(|| self.places.article_of(own))?;
        if found.name("unit")?.as_str() == "項" {
            let paragraph = self.places.paragraph(article, number)?;
            said.paragraph = Some(paragraph);
            return Some(figure(found, "item").and_then(|n| self.places.item(paragraph, n)).unwrap_or(paragraph));
        }
        let base = said.paragraph.or(said.article).unwrap_or_else(|| self.places.paragraph_of(own).unwrap_or(article));
        let item = self.places.item(base, number).or_else(|| self.places.item(article, number))?;
        said.item = Some(item);
        Some(item)
    }

    fn annex(&self, before: &str, range: Range<usize>, found: &Captures<'_>) -> Option<(Range<usize>, Target)> {
        let outside = OUTSIDE.is_match(before) && !before.ends_with('）') && !before.ends_with("附則");
        if outside || before.ends_with(['（', '「']) && found.name("kind").is_none() {
            return None;
        }
        let kind = found.name("kind").map_or("様式", |kind| kind.as_str());
        let number = figure(found, "number").or_else(|| figure(found, "ahead"));
        // 別に定める様式: the word alone names no form.
        if number.is_none() && matches!(kind, "様式" | "別図") {
            return None;
        }
        match self.annexes.find(kind, number, figure(found, "branch")) {
            Some(at) => self.places.path(at).map(|path| (range, Target::Clause(path))),
            None => Some((range, Target::NotAttached)),
        }
    }
}

/// The number of a group of a pattern.
fn figure(found: &Captures<'_>, group: &str) -> Option<u32> {
    number(found.name(group)?.as_str()).map(|(n, _)| n)
}

/// `2―4―1` as it stands in a path.
fn decimal(written: &str) -> String {
    written.chars().map(|c| if matches!(c, '―' | '－' | '‐') { '-' } else { c }).collect()
}

/// `6（1）ア` as the components of a path.
fn components(written: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut bracketed = false;
    let mut rest = written;
    while let Some(character) = rest.chars().next() {
        if let Some(found) = PART.find(rest).filter(|found| found.start() == 0) {
            parts.push(if bracketed { format!("({})", found.as_str()) } else { found.as_str().to_owned() });
            rest = rest.get(found.end()..).unwrap_or_default();
        } else {
            bracketed = character == '（';
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    parts
}

#[cfg(test)]
mod tests;
