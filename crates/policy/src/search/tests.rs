//! Laws of search: what a slow and obvious search finds, and marks that stand where the words stand.

use proptest::prelude::*;

use super::*;
use crate::control::Controls;

const TOWN: &str = "第1章 総則\n\n1 目的\n この規程は、情報資産を守ることを目的とする。\n\n2 媒体\n (1) 持ち出し\n 職員等は、ＵＳＢメモリーを持ち出すときは、課長の許可を得なければならない。\n (2) 廃棄\n 職員等は、媒体を廃棄するときは、データを消去しなければならない。\n";
const LATER: &str = "第1章 総則\n\n1 目的\n この規程は、情報資産を守ることを目的とする。\n\n2 媒体\n (1) 持ち出し\n 職員等は、可搬媒体を持ち出すときは、三十日前までに課長の許可を得なければならない。\n (2) 廃棄\n 職員等は、媒体を廃棄するときは、データを消去しなければならない。\n";

fn read(text: &str) -> Reading {
    crate::read(text, Controls::embedded())
}

fn town() -> Index {
    let (old, new) = (read(TOWN), read(LATER));
    let standard = Plain {
        number: "3.1".to_owned(),
        part: "第3章　人".to_owned(),
        title: "端末の持出し".to_owned(),
        text: "端末は許可を得て持ち出す。".to_owned(),
    };
    Index::build(&[Edition { number: 1, reading: &old }, Edition { number: 2, reading: &new }], &[standard])
}

fn in_force() -> Filter {
    Filter { in_force: Some(2), ..Filter::default() }
}

fn paths(index: &Index, typed: &str) -> Vec<String> {
    let label = |hit: &Hit| match &hit.place {
        Place::Clause { version, path } => format!("{version}:{path}"),
        Place::Standard { number } => format!("s:{number}"),
    };
    index.find(&Query::new(typed), &in_force()).hits.iter().map(label).collect()
}

#[test]
fn the_version_in_force_comes_first_and_each_clause_once() {
    let index = town();
    assert_eq!(paths(&index, "もちだし"), ["2:第1章/2/(1)", "s:3.1"]);
    let found = index.find(&Query::new("もちだし"), &in_force());
    assert_eq!((found.hits[0].stood.as_slice(), found.hits[0].found.as_slice()), (&[1, 2][..], &[1, 2][..]));
    assert_eq!((found.hits[1].section, found.sections[&Section::InForce]), (Section::Standard, 1));
    assert_eq!(found.modalities, [(Modality::Duty, 1)]);
    assert_eq!(found.parts[0], ("第1章　総則".to_owned(), 1));
}

#[test]
fn what_only_an_older_version_says_is_found_there() {
    let index = town();
    assert_eq!(paths(&index, "usbメモリ"), ["1:第1章/2/(1)"]);
    let found = index.find(&Query::new("usbメモリ"), &in_force());
    assert_eq!((found.hits[0].section, found.hits[0].found.as_slice()), (Section::Others, &[1][..]));
    let only = Filter { version: Some(2), ..in_force() };
    assert!(index.find(&Query::new("usbメモリ"), &only).hits.is_empty());
}

#[test]
fn several_words_phrases_and_words_that_must_not_stand_there() {
    let index = town();
    assert_eq!(paths(&index, "媒体 許可"), ["2:第1章/2/(1)"]);
    assert_eq!(paths(&index, "媒体 -許可"), ["2:第1章/2", "2:第1章/2/(2)"]);
    assert_eq!(paths(&index, "\"課長の許可\""), ["2:第1章/2/(1)"]);
    assert!(paths(&index, "\"許可の課長\"").is_empty());
    assert_eq!(paths(&index, "30日前"), ["2:第1章/2/(1)"]);
    assert!(paths(&index, "0日前").is_empty() && paths(&index, "3日").is_empty());
    // 媒体 stands in the heading above only.
    assert_eq!(paths(&index, "廃棄 総則"), ["2:第1章/2/(2)"]);
}

#[test]
fn a_number_is_found_before_words() {
    let index = town();
    let found = index.find(&Query::new("２（１）"), &in_force());
    assert_eq!((found.hits.len(), found.hits[0].by_number), (1, true));
    assert_eq!(paths(&index, "第1章"), ["2:第1章"]);
    assert!(paths(&index, "第9条").is_empty() && paths(&index, "").is_empty());
}

#[test]
fn filters_narrow_and_counts_stay() {
    let index = town();
    let duty = Filter { modality: Some(Modality::Duty), ..in_force() };
    let found = index.find(&Query::new("媒体"), &duty);
    assert_eq!(found.hits.len(), 2);
    assert_eq!(found.sections[&Section::InForce], 3);
    let none = Filter { part: Some("第9章".to_owned()), ..in_force() };
    assert!(index.find(&Query::new("媒体"), &none).hits.is_empty());
    let standard = Filter { section: Some(Section::Standard), ..in_force() };
    assert_eq!(index.find(&Query::new("持出し"), &standard).hits.len(), 1);
}

#[test]
fn marks_stand_in_the_original() {
    let index = town();
    let query = Query::new("ゆーえすびー USBめもり 持出");
    let query = Query { words: query.words.into_iter().skip(1).collect(), ..Query::default() };
    let found = index.find(&query, &in_force());
    let shown = index.show(&found.hits[0], &query);
    let marked: Vec<&str> = shown.passage.pieces().into_iter().filter(|(_, mark)| *mark).map(|(piece, _)| piece).collect();
    assert_eq!(marked, ["ＵＳＢメモリー", "持ち出"]);
    assert_eq!(shown.heading.pieces(), [("持ち出し", true)]);
}

#[test]
fn a_long_text_is_cut_around_its_first_mark() {
    let long = format!("1 {}\n {}媒体{}。\n", "見出し", "あ".repeat(300), "い".repeat(300));
    let reading = read(&long);
    let index = Index::build(&[Edition { number: 1, reading: &reading }], &[]);
    let query = Query::new("媒体");
    let found = index.find(&query, &Filter::default());
    let shown = index.show(&found.hits[0], &query);
    assert!(shown.passage.cut_before && shown.passage.cut_after);
    assert_eq!(shown.passage.text.chars().count(), 140);
    assert!(reading.document.clauses[1].paragraphs[shown.paragraph].text.get(shown.offset..).unwrap().starts_with(&shown.passage.text));
}

/// The slow twin: every clause is brought to the spelling that is searched and asked for each way of writing.
fn naive(readings: &[Reading], query: &Query) -> Vec<(u32, String)> {
    let digit = |char: Option<char>| char.is_some_and(|char| char.is_ascii_digit());
    let stands = |text: &str, way: &str| {
        text.match_indices(way).any(|(at, _)| {
            let (before, rest) = text.split_at(at);
            let after = rest.strip_prefix(way).unwrap().chars().next();
            let cut_before = digit(way.chars().next()) && digit(before.chars().last());
            let cut_after = digit(way.chars().last()) && digit(after);
            !(cut_before || cut_after)
        })
    };
    let mut found = Vec::new();
    for (number, reading) in (1..).zip(readings) {
        let clauses = &reading.document.clauses;
        let headed = |at: usize| !clauses[at].paragraphs.first().is_some_and(|first| first.text.starts_with(&clauses[at].heading));
        let heading = |at: usize| if headed(at) { normalize(&clauses[at].heading) } else { String::new() };
        for at in 0..clauses.len() {
            let body: Vec<String> = clauses[at].paragraphs.iter().map(|paragraph| normalize(&paragraph.text)).collect();
            let own = |way: &str| stands(&heading(at), way) || body.iter().any(|text| stands(text, way));
            let above = |way: &str| {
                std::iter::successors(clauses[at].parent, |above| clauses[*above].parent).any(|above| stands(&heading(above), way))
            };
            let all = query.words.iter().all(|word| word.ways.iter().any(|(way, _)| own(way) || above(way)));
            let some = query.words.iter().any(|word| word.ways.iter().any(|(way, _)| own(way)));
            if all && some && !query.without.iter().any(|way| own(way)) {
                found.push((number, clauses[at].path.clone()));
            }
        }
    }
    found
}

/// The clauses that the index finds, in each version by itself.
fn fast(index: &Index, query: &Query) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for version in index.versions() {
        let filter = Filter { version: Some(*version), ..Filter::default() };
        found.extend(index.find(query, &filter).hits.into_iter().filter_map(|hit| match hit.place {
            Place::Clause { version, path } => Some((version, path)),
            Place::Standard { .. } => None,
        }));
    }
    found
}

const SYLLABLES: [&str; 40] = [
    "媒体",
    "持ち出し",
    "持出",
    "持ち出す",
    "もちだし",
    "サーバー",
    "サーバ",
    "ｻｰﾊﾞ",
    "キー",
    "セキュリティ",
    "許可",
    "第十条",
    "第",
    "一",
    "三十日",
    "10日",
    "日",
    "条",
    "1",
    "０",
    "漏えい",
    "漏洩",
    "き損",
    "書き損じ",
    "の",
    "を",
    "ヴァ",
    "ﾞ",
    "ー",
    "ッ",
    "髙",
    " ",
    "　",
    "、",
    "。",
    "\u{fe00}",
    "USB",
    "ｕｓｂ",
    "統",
    "取り扱い",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&SYLLABLES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec((text(), text()), 1..6).prop_map(|clauses| {
        let clauses = clauses.into_iter().zip(1..);
        clauses.map(|((heading, body), number)| format!("{number} {heading}\n ({number}) {body}\n {body}{heading}。\n")).collect()
    })
}

fn typed() -> impl Strategy<Value = String> {
    let mark = prop::sample::select(&["", "-", "\"", " "][..]);
    prop::collection::vec((mark, prop::sample::select(&SYLLABLES[..])), 1..5)
        .prop_map(|words| words.into_iter().flat_map(|(mark, word)| [mark, word]).collect())
}

proptest! {
    #[test]
    fn the_slow_twin_finds_the_same(documents in prop::collection::vec(document(), 1..3), typed in typed()) {
        let readings: Vec<Reading> = documents.iter().map(|text| read(text)).collect();
        let editions: Vec<Edition<'_>> = readings.iter().zip(1..).map(|(reading, number)| Edition { number, reading }).collect();
        let index = Index::build(&editions, &[]);
        // Numbers of clauses are no matter of text.
        let query = Query { number: None, ..Query::new(&typed) };
        let mut found = fast(&index, &query);
        found.sort();
        let mut slow = naive(&readings, &query);
        slow.sort();
        if query.is_empty() { slow.clear(); }
        prop_assert_eq!(found, slow);
    }

    #[test]
    fn marks_cover_what_was_typed(text in text(), typed in typed()) {
        let query = Query::new(&typed);
        for word in &query.words {
            for mark in marks::find(&text, std::slice::from_ref(word)).0 {
                let covered = text.get(mark.clone());
                prop_assert!(covered.is_some(), "{mark:?} is no text");
                let normal = normalize(covered.unwrap());
                prop_assert!(word.ways.iter().any(|(way, _)| normal.contains(way.as_str())), "{covered:?} is not {word:?}");
            }
        }
    }

    #[test]
    fn anything_may_be_typed(typed in ".{0,80}", text in ".{0,80}") {
        let query = Query::new(&typed);
        let reading = read(&text);
        let index = Index::build(&[Edition { number: 1, reading: &reading }], &[]);
        for hit in index.find(&query, &Filter::default()).hits {
            let shown = index.show(&hit, &query);
            prop_assert!(shown.passage.marks.iter().all(|mark| shown.passage.text.get(mark.clone()).is_some()));
        }
    }
}
