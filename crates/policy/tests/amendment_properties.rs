//! Random edits of an invented document: they are followed as made, and as a slow obvious twin follows them.

#![expect(clippy::unwrap_used, reason = "a test whose clause is not there has failed")]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use policy::{
    compare::{self, Comparison, Kind},
    tree::{self, Document},
};
use proptest::prelude::*;

const WHO: [&str; 6] = ["職員等", "情報管理者", "各課長", "委託事業者", "会計管理者", "統括責任者"];
const WHAT: [&str; 24] = [
    "庁舎の鍵を保管庫に戻し",
    "端末の棚卸しを行い",
    "委託先の作業場所を確かめ",
    "通信の記録を一年間保存し",
    "持ち出した媒体を点検し",
    "新採用の者に研修を受けさせ",
    "不審な郵便を開封せず",
    "紙の書類を裁断し",
    "予備の電源を試験し",
    "利用者番号の一覧を照合し",
    "災害時の連絡網を更新し",
    "監視装置の警報を確認し",
    "契約書に守秘の条項を入れ",
    "印刷した用紙を放置せず",
    "合言葉を他人に教えず",
    "画面に覆いを取り付け",
    "来訪者の名簿に記入し",
    "古い機器の記憶装置を壊し",
    "電子証明書の期限を調べ",
    "無線の設定を変更せず",
    "試験用の情報を消去し",
    "会議の資料を回収し",
    "複合機の蓄積文書を削除し",
    "地図の写しを番号で管理し",
];
const THEN: [&str; 5] = ["その結果を書き残す", "町長に報告する", "翌日までに終える", "二人で確かめる", "様式に記入する"];

/// A document as a list of articles, each with its items; numbers come when it is written.
#[derive(Debug, Clone)]
struct Draft {
    articles: Vec<(String, Vec<String>)>,
}

#[derive(Debug, Clone)]
enum Edit {
    Word { article: usize, item: usize },
    Insert { article: usize, item: usize },
    Remove { article: usize, item: usize },
    Move { from: usize, item: usize, to: usize },
    Article { at: usize },
    Heading { article: usize },
}

fn sentence(n: usize) -> String {
    let pick = |list: &[&'static str], n: usize| list.get(n % list.len()).copied().unwrap_or_default();
    format!("{}は、{}、{}こと。", pick(&WHO, n * 7 + n / 5), pick(&WHAT, n), pick(&THEN, n * 3 + n / 24))
}

fn base(sizes: &[usize]) -> Draft {
    let mut next = 0;
    let mut item = || {
        next += 1;
        sentence(next - 1)
    };
    let articles = sizes.iter().enumerate().map(|(at, size)| (heading(at), (0..*size).map(|_| item()).collect())).collect();
    Draft { articles }
}

fn heading(n: usize) -> String {
    let words = ["庁舎", "端末", "委託", "通信", "媒体", "研修", "書類", "電源", "名簿", "契約"];
    format!("{}の取扱い", words.get(n % words.len()).copied().unwrap_or_default())
}

fn write(draft: &Draft) -> String {
    let mut text = "磯辺町情報管理要領\n\n".to_owned();
    for (at, (heading, items)) in draft.articles.iter().enumerate() {
        text += &format!("（{heading}）\n第{}条　{heading}に当たっては、次に掲げることを守らなければならない。\n", at + 1);
        for (item, words) in items.iter().enumerate() {
            text += &format!("　({})　{words}\n", item + 1);
        }
        text.push('\n');
    }
    text
}

impl Draft {
    /// Carries an edit out; sentences that come in are numbered from 24 on, so that none comes twice.
    fn edit(&mut self, edit: &Edit, fresh: usize) {
        let count = self.articles.len();
        let remove = |items: &mut Vec<String>, item: usize| (items.len() > 2).then(|| items.remove(item % items.len()));
        match edit {
            Edit::Word { article, item } => {
                let Some((_, items)) = self.articles.get_mut(article % count) else { return };
                let at = item % items.len().max(1);
                if let Some(words) = items.get_mut(at) {
                    *words = words.replace("こと。", "ものとする。");
                }
            }
            Edit::Insert { article, item } => {
                let Some((_, items)) = self.articles.get_mut(article % count) else { return };
                items.insert(item % (items.len() + 1), extra(fresh));
            }
            Edit::Remove { article, item } => {
                if let Some((_, items)) = self.articles.get_mut(article % count) {
                    remove(items, *item);
                }
            }
            Edit::Move { from, item, to } => {
                let moved = self.articles.get_mut(from % count).and_then(|(_, items)| remove(items, *item));
                if let (Some(words), Some((_, items))) = (moved, self.articles.get_mut(to % count)) {
                    items.push(words);
                }
            }
            Edit::Article { at } => {
                let items = (0..2).map(|n| extra(fresh + 50 + n)).collect();
                self.articles.insert(at % (count + 1), (format!("第{fresh}次計画の策定"), items));
            }
            Edit::Heading { article } => {
                if let Some((heading, _)) = self.articles.get_mut(article % count) {
                    *heading = heading.replace("の取扱い", "を扱うときの心得");
                }
            }
        }
    }
}

/// A sentence like none of [`sentence`].
fn extra(n: usize) -> String {
    let letters: Vec<char> = "桜梅松竹鶴亀雪月花鳥風海川山谷岩森林空星雲霧雨雷".chars().collect();
    let word = |k: usize| -> String { (0..4).filter_map(|i| letters.get((n * 11 + k * 5 + i * (n % 7 + 1)) % letters.len())).collect() };
    format!("{}を{}へ{}として{}に置く。", word(1), word(2), word(3), word(4))
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || 0..20_usize;
    prop_oneof![
        (at(), at()).prop_map(|(article, item)| Edit::Word { article, item }),
        (at(), at()).prop_map(|(article, item)| Edit::Insert { article, item }),
        (at(), at()).prop_map(|(article, item)| Edit::Remove { article, item }),
        (at(), at(), at()).prop_map(|(from, item, to)| Edit::Move { from, item, to }),
        at().prop_map(|at| Edit::Article { at }),
        at().prop_map(|article| Edit::Heading { article }),
    ]
}

/// Old and new paths that are the same clause.
type Pairs = BTreeSet<(String, String)>;

fn pairs(comparison: &Comparison) -> Pairs {
    let both = comparison.changes.iter().filter_map(|change| Some((change.old.first()?.path.clone(), change.new.first()?.path.clone())));
    both.collect()
}

/// The slow obvious twin: articles on the same subject first, then every clause with every clause, the most alike first.
fn twin(old: &Document, new: &Document) -> Pairs {
    let text = |document: &Document, at: usize| -> String {
        let clause = document.clauses.get(at).unwrap();
        let own: String = clause.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect();
        // An article is known by its items too.
        let items = document.clauses.iter().filter(|item| at > 0 && item.parent == Some(at));
        own + &items.flat_map(|item| &item.paragraphs).map(|paragraph| paragraph.text.as_str()).collect::<String>()
    };
    let letters = |text: String| -> HashSet<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let all = |document: &Document| (1..document.clauses.len()).map(|at| letters(text(document, at))).collect::<Vec<_>>();
    let (mine, theirs) = (all(old), all(new));
    let subject = |document: &Document, at: usize| document.clauses.get(at).unwrap().heading.split(['の', 'を']).next().unwrap().to_owned();
    let mut scores = Vec::new();
    for (at, a) in mine.iter().enumerate().map(|(at, a)| (at + 1, a)) {
        for (other, b) in theirs.iter().enumerate().map(|(other, b)| (other + 1, b)) {
            let shared = a.intersection(b).count();
            let same = !subject(old, at).is_empty() && subject(old, at) == subject(new, other);
            scores.push((if same { 2000 } else { shared * 2000 / (a.len() + b.len()).max(1) }, at, other));
        }
    }
    scores.sort_by_key(|(score, at, other)| (std::cmp::Reverse(*score), *at, *other));
    let mut found: BTreeMap<usize, usize> = [(0, 0)].into();
    for (score, at, other) in scores {
        if score > 550 && !found.contains_key(&at) && !found.values().any(|taken| *taken == other) {
            found.insert(at, other);
        }
    }
    let path = |document: &Document, at: usize| document.clauses.get(at).unwrap().path.clone();
    found.into_iter().map(|(at, other)| (path(old, at), path(new, other))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_edits_are_followed_as_the_slow_twin_follows_them(
        sizes in prop::collection::vec(2..6_usize, 2..5),
        edits in prop::collection::vec(edit(), 0..6),
    ) {
        let before = base(&sizes);
        let mut after = before.clone();
        for (n, edit) in edits.iter().enumerate() {
            after.edit(edit, n);
        }
        let (old, new) = (tree::parse(&write(&before)).0, tree::parse(&write(&after)).0);
        prop_assert_eq!(old.clauses.len(), 1 + before.articles.iter().map(|(_, items)| items.len() + 1).sum::<usize>());
        let comparison = compare::compare(&old, &new);
        prop_assert_eq!(pairs(&comparison), twin(&old, &new));

        // What the draft kept is kept; what it lost is removed; what came in is added.
        let place = |draft: &Draft| -> BTreeMap<String, String> {
            let paths = draft.articles.iter().enumerate().flat_map(|(at, (_, items))| {
                items.iter().enumerate().map(move |(item, words)| (words.replace("ものとする。", "こと。"), format!("第{}条/({})", at + 1, item + 1)))
            });
            paths.collect()
        };
        let (was, is) = (place(&before), place(&after));
        for (words, path) in &was {
            let change = comparison.became(path).unwrap();
            let now: Vec<&str> = change.new.iter().map(|side| side.path.as_str()).collect();
            prop_assert_eq!(now, is.get(words).map(|path| path.as_str()).into_iter().collect::<Vec<_>>(), "{}", words);
        }
        for (words, path) in is.iter().filter(|(words, _)| !was.contains_key(*words)) {
            prop_assert!(comparison.came_from(path).unwrap().kinds.contains(&Kind::Added), "{}", words);
        }
    }

    #[test]
    fn any_two_texts_are_compared(one in "[第1２(一)ア①章条、。管理者\t\n　表注]{0,120}", other in "[第1２(一)ア①章条、。管理者\t\n　表注]{0,120}") {
        let (old, new) = (tree::parse(&one).0, tree::parse(&other).0);
        let comparison = compare::compare(&old, &new);
        let count = |of: fn(&compare::Change) -> usize| comparison.changes.iter().map(of).sum::<usize>();
        prop_assert_eq!(count(|change| change.old.len()), old.clauses.len());
        prop_assert_eq!(count(|change| change.new.len()), new.clauses.len());
        let rows = compare::table(&comparison, &old, &new);
        prop_assert_eq!(rows.is_empty(), comparison.changed().count() == 0);
        prop_assert_eq!(compare::compare(&old, &old).changed().count(), 0);
        prop_assert!(compare::lineage(&[&old, &new]).iter().flatten().all(|origin| origin.version < 2));
    }
}
