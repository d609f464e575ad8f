//! Words a document explains, and where a text uses them; knows no dictionary but the document itself.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    model::{
        Citation,
        words::{Folded, fold, patterns, sentences},
    },
    obligation::has_heading,
    tree::{Clause, Document, chars},
};

patterns! {
    CALLED = "（(?:[^（）]*?[。、])?以下(?:この[^「」（）]{1,6}において|[^「」（）]{0,20})?「(?P<term>[^「」]{1,40})」と(?:いう|総称する|略す|する)。?[^（）]*）";
    MEANS = "^(?:この[^「」（）、]{2,12}(?:において|で))?、?「?(?P<term>[^「」（）、。]{1,40}?)(?P<gloss>（[^（）]{1,60}）)?」?とは、(?P<meaning>.+)(?:をいう|を指す|のことである|である)。?$";
    ENTRY = "^「?(?P<term>[^「」、。：:\\s　]{1,40}?)」?(?P<gloss>[(（][^()（）]{1,60}[)）])?[\\s　]*(?:[：:]|[\\s　]|\t)[\\s　]*(?P<meaning>.{6,})$";
}

/// Longest term in characters.
const LONGEST: usize = 40;

/// A word the document explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The word as written.
    pub term: String,
    /// What the document says it means; for an abbreviation the words it stands for.
    pub meaning: String,
    /// Where it is explained.
    pub cite: Citation,
}

/// A place in a text where a term is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use<'g> {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The term.
    pub term: &'g Term,
}

/// The terms of a document, ready to be found in its texts.
#[derive(Debug, Clone, Default)]
pub struct Glossary {
    terms: Vec<Term>,
    /// Terms by their first character, folded, longest first.
    by_first: HashMap<char, Vec<(Vec<char>, usize)>>,
}

impl Glossary {
    /// Collects the terms of a document: from its glossary (用語集), its definitions (…とは、…をいう) and
    /// its abbreviations (以下「…」という). The first explanation of a word stands.
    #[must_use]
    pub fn new(document: &Document) -> Glossary {
        let mut terms: Vec<Term> = Vec::new();
        let mut found = Vec::new();
        let defining = definitions(document);
        for (clause, defining) in document.clauses.iter().zip(defining) {
            entries(clause, defining, &mut found);
        }
        // A definition says more than the abbreviation of the same word.
        found.sort_by_key(|(_, short)| *short);
        for (term, _) in found {
            if !terms.iter().any(|known| known.term == term.term) {
                terms.push(term);
            }
        }
        terms.sort_by_key(|term| term.cite.line);
        let mut by_first: HashMap<char, Vec<(Vec<char>, usize)>> = HashMap::new();
        for (at, term) in terms.iter().enumerate() {
            let word: Vec<char> = fold(&term.term).chars().collect();
            if let Some(first) = word.first() {
                by_first.entry(*first).or_default().push((word, at));
            }
        }
        by_first.values_mut().for_each(|words| words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len())));
        Glossary { terms, by_first }
    }

    /// The terms in the order of the document.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The term with this name.
    #[must_use]
    pub fn get(&self, term: &str) -> Option<&Term> {
        self.terms.iter().find(|known| known.term == term)
    }

    /// Where a text uses terms: the longest that fits at each place, none inside another word, in order.
    #[must_use]
    pub fn uses(&self, text: &str) -> Vec<Use<'_>> {
        let folded = Folded::new(text);
        let letters: Vec<(usize, char)> = folded.text.char_indices().collect();
        let mut uses = Vec::new();
        let mut at = 0;
        while let Some((start, first)) = letters.get(at).copied() {
            let before = at.checked_sub(1).and_then(|i| letters.get(i)).map(|(_, c)| *c);
            let fits = |word: &[char]| {
                let here = letters.get(at..at + word.len()).unwrap_or_default();
                let same = here.len() == word.len() && here.iter().map(|(_, c)| c).eq(word);
                same && is_whole(before, word, letters.get(at + word.len()).map(|(_, c)| *c))
            };
            let hit = self.by_first.get(&first).and_then(|words| words.iter().find(|(word, _)| fits(word)));
            let Some((word, term)) = hit else {
                at += 1;
                continue;
            };
            at += word.len();
            let end = letters.get(at).map_or(folded.text.len(), |(end, _)| *end);
            if let Some(term) = self.terms.get(*term) {
                uses.push(Use { range: folded.place(&(start..end)), term });
            }
        }
        uses
    }
}

/// Whether a word stands for itself and is no piece of a longer one: ログ in ブログ, 情報 in 情報資産.
fn is_whole(before: Option<char>, word: &[char], after: Option<char>) -> bool {
    let goes_on = |inner: Option<&char>, outer: Option<char>| match (inner, outer) {
        (Some(inner), Some(outer)) => {
            (chars::is_katakana(*inner) && chars::is_katakana(outer))
                || (inner.is_ascii_alphanumeric() && outer.is_ascii_alphanumeric())
                || (word.len() <= 2 && chars::is_kanji(*inner) && chars::is_kanji(outer))
        }
        _ => false,
    };
    !goes_on(word.first(), before) && !goes_on(word.last(), after)
}

/// Which clauses explain words: those headed 定義 or 用語, and all below them.
fn definitions(document: &Document) -> Vec<bool> {
    let mut defining: Vec<bool> = Vec::with_capacity(document.clauses.len());
    for clause in &document.clauses {
        let above = clause.parent.and_then(|parent| defining.get(parent)).copied().unwrap_or(false);
        let heading = fold(&clause.heading);
        let own = is_about_words(&heading)
            || clause.paragraphs.iter().any(|paragraph| {
                let text = fold(&paragraph.text);
                text.contains("用語の意義") || text.contains("用語の定義") || (text.contains("用語は") && text.contains("定める"))
            });
        defining.push(above || own);
    }
    defining
}

/// 定義, 用語の意義: a heading over terms, no term itself.
fn is_about_words(heading: &str) -> bool {
    ["定義", "用語", "定義等", "用語集"].contains(&heading) || heading.ends_with("の定義") || heading.starts_with("用語の")
}

/// The terms of one clause; with each whether it is only an abbreviation.
fn entries(clause: &Clause, defining: bool, found: &mut Vec<(Term, bool)>) {
    let mut add = |term: &str, meaning: &str, line: usize, short: bool| {
        let term = term.trim_matches(|c: char| chars::is_space(c) || matches!(c, '「' | '」'));
        let meaning = meaning.trim_matches(chars::is_space);
        let sound = (2..=LONGEST).contains(&term.chars().count()) && !meaning.is_empty() && term != meaning;
        if sound && term.chars().any(|c| c.is_alphabetic()) {
            let cite = Citation { clause: clause.path.clone(), n: 0, line };
            found.push((Term { term: term.to_owned(), meaning: meaning.to_owned(), cite }, short));
        }
    };
    let own = clause.path.rsplit('/').next().unwrap_or_default();
    if clause.path.starts_with("用語") && clause.path.contains('/') {
        let row = clause.paragraphs.first().filter(|paragraph| paragraph.table);
        if let Some(row) = row {
            let mut cells = row.text.split('\t').filter(|cell| !cell.trim().is_empty());
            let (term, meaning) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            add(term, meaning, row.line, false);
        } else if own.chars().next().is_some_and(|c| !matches!(c, '(' | '①'..='⑳')) && clause.heading.is_empty() {
            let name = own.split('〔').next().unwrap_or(own).replace('／', "/");
            add(&name, &meaning_of(clause, 0), clause.line, false);
        }
    }
    let first = clause.paragraphs.first().filter(|paragraph| !paragraph.table);
    let headed = has_heading(clause) && clause.parent != Some(0) && !is_about_words(&fold(&clause.heading));
    if let Some(first) = first {
        let says = fold(&first.text);
        if headed && (defining || says.ends_with("をいう。")) && !says.contains("とは、") && !announces(&says) {
            add(plain_name(&clause.heading), &meaning_of(clause, 0), clause.line, false);
        } else if defining
            && !headed
            && !clause.heading.is_empty()
            && let Some(entry) = ENTRY.captures(&first.text).filter(|_| !says.contains("とは、"))
        {
            let (term, meaning) = (entry.name("term"), entry.name("meaning"));
            let (term, meaning) = (term.map_or("", |m| m.as_str()), meaning.map_or("", |m| m.as_str()));
            add(term, &[meaning, &meaning_of(clause, 1)].concat(), first.line, false);
        }
    }
    for paragraph in clause.paragraphs.iter().filter(|paragraph| !paragraph.table) {
        let text = fold(&paragraph.text);
        for sentence in sentences(&text) {
            if let Some(said) = MEANS.captures(sentence) {
                let (term, meaning) = (said.name("term"), said.name("meaning"));
                add(term.map_or("", |m| m.as_str()), meaning.map_or("", |m| m.as_str()), paragraph.line, false);
            }
            for called in CALLED.captures_iter(sentence) {
                let before = called.get(0).and_then(|whole| sentence.get(..whole.start())).unwrap_or_default();
                add(called.name("term").map_or("", |m| m.as_str()), stands_for(before), paragraph.line, true);
            }
        }
    }
    for row in clause.paragraphs.iter().filter(|paragraph| paragraph.table && defining && !clause.path.starts_with("用語")) {
        let mut cells = row.text.split('\t');
        if let (Some(term), Some(meaning)) = (cells.next(), cells.next().filter(|meaning| meaning.chars().count() >= 6)) {
            add(term, meaning, row.line, false);
        }
    }
}

/// A heading without the gloss behind it: CSIRT（緊急対応の班） → CSIRT.
fn plain_name(heading: &str) -> &str {
    heading.split(['(', '（']).next().filter(|name| !name.is_empty()).unwrap_or(heading)
}

/// Whether a text only announces the terms after it.
fn announces(text: &str) -> bool {
    text.contains("次の各号") || text.contains("用語の意義") || text.contains("に定めるところによる") || text.contains("次のとおり")
}

/// The paragraphs of a clause from the n-th on, as one text.
fn meaning_of(clause: &Clause, from: usize) -> String {
    clause.paragraphs.iter().skip(from).map(|paragraph| paragraph.text.as_str()).collect()
}

/// The words an abbreviation stands for, at the end of what stands before it.
fn stands_for(before: &str) -> &str {
    let (mut last, mut start, mut depth) = (' ', 0, 0_u32);
    for (at, c) in before.char_indices() {
        let clause_ends = c == '、' && matches!(last, 'は' | 'に' | 'が' | 'て' | 'し' | 'で' | 'を' | 'も');
        match c {
            '（' => depth += 1,
            '）' => depth = depth.saturating_sub(1),
            '「' => start = at + c.len_utf8(),
            _ if depth == 0 && (clause_ends || c == '。') => start = at + c.len_utf8(),
            _ => {}
        }
        last = c;
    }
    let phrase = before.get(start..).unwrap_or(before);
    let phrase = phrase.rsplit_once("をもって").map_or(phrase, |(_, rest)| rest);
    // 総務部長を統括責任者（以下…: only the name behind the particle.
    let run = phrase.char_indices().rev().take_while(|(_, c)| !chars::is_hiragana(*c) && !matches!(c, '、' | '）' | '」')).last();
    let name = run.and_then(|(at, _)| phrase.get(at..));
    let particle = name.and_then(|name| phrase.strip_suffix(name)).and_then(|rest| rest.chars().next_back());
    match (name, particle) {
        (Some(name), Some('を' | 'が' | 'は')) if name.chars().count() >= 3 => name,
        _ => phrase,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn glossary(text: &str) -> Glossary {
        Glossary::new(&tree::parse(text).0)
    }

    fn words(glossary: &Glossary) -> Vec<(&str, &str)> {
        glossary.terms().iter().map(|term| (term.term.as_str(), term.meaning.as_str())).collect()
    }

    #[test]
    fn terms_come_from_definitions_of_every_form() {
        let defined = glossary(
            "潮見町規程\n\n第1条（目的） 本町の職員及び委託先の従業者（以下「職員等」という。）の守るべきことを定める。\n\n第2条（定義） この規程において、次の各号に掲げる用語の意義は、当該各号に定めるところによる。\n(1) 情報資産　町が作った情報及びこれを扱う機器をいう。\n(2) 端末：職員が使う電子計算機\n\n第3条（区域） 管理区域とは、サーバを置く部屋をいう。\n\n第4条（体制） 最高責任者は、総務部長を統括情報責任者（以下「統括者」という。）に任ずる。\n\n第5条（基準） 統括者は、別に「情報資産台帳基準（以下「台帳基準」という。）」を定める。\n",
        );
        assert_eq!(
            words(&defined),
            [
                ("職員等", "本町の職員及び委託先の従業者"),
                ("情報資産", "町が作った情報及びこれを扱う機器をいう。"),
                ("端末", "職員が使う電子計算機"),
                ("管理区域", "サーバを置く部屋"),
                ("統括者", "統括情報責任者"),
                ("台帳基準", "情報資産台帳基準"),
            ]
        );
        assert_eq!(defined.get("情報資産").map(|term| term.cite.clause.as_str()), Some("第2条/(1)"));
        let headed = glossary(
            "2 定義\n\n(1) ネットワーク\n\n電子計算機をつなぐ線をいう。\n\n(2) 無害化\n\n害を除くこと\nをいう。\n\n3 体制\n\n(1) 委員会\n\n委員会を置く。\n",
        );
        assert_eq!(words(&headed), [("ネットワーク", "電子計算機をつなぐ線をいう。"), ("無害化", "害を除くことをいう。")]);
    }

    #[test]
    fn terms_come_from_a_glossary_at_the_end() {
        let listed = glossary(
            "1 目的\n\n情報を守る。\n\n用語集\n\nログ\n\n機器に残る記録のこと。\n\nパッチ\n\n不具合を直す部品のこと。\n後から配られる。\n",
        );
        assert_eq!(words(&listed), [("ログ", "機器に残る記録のこと。"), ("パッチ", "不具合を直す部品のこと。後から配られる。")]);
        let table =
            glossary("1 目的\n\n情報を守る。\n\n用語集\n\n用語\t意味\nログ\t機器に残る記録のこと。\nパッチ\t不具合を直す部品のこと。\n");
        assert_eq!(words(&table), [("ログ", "機器に残る記録のこと。"), ("パッチ", "不具合を直す部品のこと。")]);
    }

    #[test]
    fn uses_are_whole_words_and_the_longest() {
        let known = glossary(
            "1 定義\n\n(1) ログ\n\n記録をいう。\n\n(2) 情報資産\n\n町の情報をいう。\n\n(3) 情報資産台帳\n\n台帳をいう。\n\n(4) LGWAN\n\n閉じた網をいう。\n",
        );
        let text = "ブログに書かず、ログを取り、情報資産台帳に情報資産を記し、ＬＧＷＡＮ へ送る。";
        let uses = known.uses(text);
        let found: Vec<(Option<&str>, &str)> = uses.iter().map(|u| (text.get(u.range.clone()), u.term.term.as_str())).collect();
        assert_eq!(
            found,
            [(Some("ログ"), "ログ"), (Some("情報資産台帳"), "情報資産台帳"), (Some("情報資産"), "情報資産"), (Some("ＬＧＷＡＮ"), "LGWAN")]
        );
        assert_eq!(known.uses(""), []);
    }
}
