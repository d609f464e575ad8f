//! What holds for any text at all: nothing is lost, nothing panics, time grows with the length.

use policy::{control::Controls, obligation, tree};
use proptest::prelude::*;

/// Pieces that policies, and damaged ones, are made of.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "第1章 総則",
        "第２条",
        "第3条の2 ",
        "1 ",
        "１．",
        "1.2 ",
        "1-3 ",
        "(1) ",
        "（２）",
        "(7) ",
        "(4)",
        "ア ",
        "(イ) ",
        "(ロ)",
        "a ",
        "b) ",
        "①",
        "②",
        "一 ",
        "十二、",
        "目 次",
        "附 則",
        "別表第1",
        "用語集",
        "改定履歴",
        "※ 注",
        "* ",
        "# ",
        "- ",
        "・",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\u{c}",
        "　",
        "。",
        "、",
        "（",
        "）",
        "「",
        "」",
        "...... 3",
        "職員等は、",
        "情報管理者及び部長は、",
        "次の事項を",
        "課長の許可を得なければならない",
        "してはならない",
        "場合は、",
        "定期的に",
        "ものとする",
        "こと",
        "という。）は",
        "をもって",
        "とし、",
        "が",
        "のみ",
        "セキュ",
        "リティ",
        "分類Ⅱ以上",
        "機密性2",
        "\u{0}",
        "😀",
        "é",
        "Ⅲ",
        "〔2〕",
    ];
    prop_oneof![8 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_character_lies_in_one_clause_and_every_path_is_unique(text in text()) {
        let (document, problems) = tree::parse(&text);
        let mut joined = String::new();
        let mut paths = std::collections::HashSet::new();
        for (at, clause) in document.clauses.iter().enumerate() {
            joined.push_str(document.source.get(clause.span.clone()).unwrap_or("?"));
            prop_assert!(paths.insert(clause.path.clone()), "{} comes twice", clause.path);
            prop_assert_eq!(clause.parent.is_none(), at == 0);
            prop_assert!(clause.parent.is_none_or(|parent| parent < at));
            prop_assert!(clause.line >= 1 && clause.line <= text.lines().count().max(1));
        }
        prop_assert_eq!(&joined, &text);
        prop_assert_eq!(tree::parse(&text), (document.clone(), problems));
        let norms = obligation::extract(&document, &Controls::default());
        for norm in &norms {
            prop_assert!(paths.contains(&norm.clause));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(document::Extract { text, .. }) = document::extract(&bytes) {
            prop_assert!(!text.is_empty());
        }
    }
}

/// Twice the text may take little more than twice the time, measured in what the reader is given
/// rather than by a clock: the largest inputs that once took forever simply have to come back.
#[test]
fn large_and_odd_texts_come_back() {
    let lines = |line: &str, n: usize| line.repeat(n);
    let nested = ["1 あ\n", "(1) あ\n", "ア あ\n", "(ア) あ\n", "a あ\n", "① あ\n"].concat();
    let cases = [
        lines("職員は、課長に報告し、部長の許可を得た場合には記録を行い、", 5_000),
        lines("あいうえおかきくけこさしすせそたちつてとなにぬねの\n", 10_000),
        lines("（", 100_000),
        lines(&nested, 2_000),
        lines("(1) 職員は、端末を返すこと。\n", 6_000),
        lines("1\tあ\tい\n", 10_000),
        format!("1 あ\n用語集\n{}", lines("語\n", 20_000)),
    ];
    for text in cases {
        let (document, _) = tree::parse(&text);
        let norms = obligation::extract(&document, &Controls::default());
        assert!(norms.iter().all(|norm| !norm.cue.is_empty()));
        assert_eq!(document.clauses.last().map(|clause| clause.span.end), Some(text.len()));
    }
}
