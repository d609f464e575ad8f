//! Law XML: well formed, in the order of the schema, with every character of the clauses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read what it made has failed")]

use exchange::{law::law_xml, source::Source};
use office::calendar::Moment;
use policy::{Reading, control::Controls, tree::Document};
use proptest::prelude::*;
use roxmltree::Node;

const SAMPLE: &str = include_str!("../../../samples/policy.txt");

const STATUTE: &str = "架空町情報セキュリティ規程

第1章 総則

（目的）
第1条 この規程は、町の情報を守ることを目的とする。

（持出し）
第2条 職員は、媒体を持ち出してはならない。ただし、課長の許可を得たときは、この限りでない。
2 課長は、次の事項を確かめる。
(1) 理由
ア 業務の名
(ア) 担当
(2) 期間
第2条の2 課長は、台帳を作る。

第2章 雑則
第1節 評価
第3条 課長は、毎年度、点検する。

附則
この規程は、令和8年4月1日から施行する。

別表第1
区分\t内容
Ⅰ\t重要な情報
Ⅱ\tそのほかの情報
";

fn read(text: &str) -> Reading {
    policy::read(text, Controls::embedded())
}

fn xml(reading: &Reading) -> String {
    law_xml(&Source {
        body: "架空町",
        seed: "x",
        version: 1,
        file: "規程.txt",
        sha256: "",
        changed_at: Moment(1_764_000_000_000_000),
        effective: Some(jiff::civil::date(2026, 4, 1)),
        reading,
        origins: &[],
    })
}

/// Children of each element as the schema orders them: `?` at most one, `*` any number, `+` at least one,
/// `|` between alternatives of a whole sequence. Written down from the published schema, version 3.
const RULES: &[(&str, &str)] = &[
    ("Law", "LawNum LawBody"),
    ("LawBody", "LawTitle? EnactStatement? TOC? Preamble? MainProvision SupplProvision,AppdxTable*"),
    ("TOC", "TOCLabel? TOCPart+|TOCLabel? TOCChapter+|TOCLabel? TOCSection+"),
    ("TOCPart", "PartTitle ArticleRange? TOCChapter*"),
    ("TOCChapter", "ChapterTitle ArticleRange? TOCSection*"),
    ("TOCSection", "SectionTitle ArticleRange?"),
    ("Preamble", "Paragraph+"),
    ("MainProvision", "Part+|Chapter+|Section+|Article+|Paragraph+"),
    ("Part", "PartTitle Article+ Chapter*|PartTitle Chapter+"),
    ("Chapter", "ChapterTitle Article+ Section*|ChapterTitle Section+"),
    ("Section", "SectionTitle Article+ Subsection*|SectionTitle Subsection+|SectionTitle Division+"),
    ("Subsection", "SubsectionTitle Article+ Division*|SubsectionTitle Division+"),
    ("Article", "ArticleCaption? ArticleTitle Paragraph+"),
    (
        "Paragraph",
        "ParagraphCaption? ParagraphNum ParagraphSentence TableStruct* Item*|ParagraphCaption? ParagraphNum ParagraphSentence Item+ TableStruct*",
    ),
    ("ParagraphSentence", "Sentence+"),
    ("SupplProvision", "SupplProvisionLabel Chapter,Article,Paragraph+"),
    ("AppdxTable", "AppdxTableTitle? RelatedArticleNum? TableStruct,Item*"),
    ("TableStruct", "TableStructTitle? Table"),
    ("Table", "TableRow+"),
    ("TableRow", "TableColumn+"),
    ("TableColumn", "Sentence+"),
    ("Sentence", ""),
];

/// Attributes that an element must carry.
const REQUIRED: &[(&str, &[&str])] = &[
    ("Law", &["Era", "Year", "Num", "LawType", "Lang"]),
    ("Part", &["Num"]),
    ("Chapter", &["Num"]),
    ("Section", &["Num"]),
    ("Subsection", &["Num"]),
    ("Article", &["Num"]),
    ("Paragraph", &["Num"]),
    ("Item", &["Num"]),
    ("TOCPart", &["Num"]),
    ("TOCChapter", &["Num"]),
    ("TOCSection", &["Num"]),
];

/// The rule of an element; items and their divisions are alike.
fn rule(name: &str) -> String {
    if let Some((_, rule)) = RULES.iter().find(|(known, _)| *known == name) {
        return (*rule).to_owned();
    }
    let depth = if name == "Item" { Some(0) } else { name.strip_prefix("Subitem").and_then(|rest| rest.parse::<u8>().ok()) };
    if let Some(depth) = depth {
        let below = if depth < 10 { format!(" Subitem{}*", depth + 1) } else { String::new() };
        return format!("{name}Title? {name}Sentence{below} TableStruct*");
    }
    if name.ends_with("Sentence") { "Sentence+".to_owned() } else { String::new() }
}

/// Whether a sequence of names follows one alternative of a rule.
fn follows(names: &[&str], alternative: &str) -> bool {
    let mut rest = names;
    for step in alternative.split(' ').filter(|step| !step.is_empty()) {
        let (wanted, least, most) = match step.chars().last() {
            Some('?') => (step.trim_end_matches('?'), 0, 1),
            Some('*') => (step.trim_end_matches('*'), 0, usize::MAX),
            Some('+') => (step.trim_end_matches('+'), 1, usize::MAX),
            _ => (step, 1, 1),
        };
        let count = rest.iter().take_while(|name| wanted.split(',').any(|one| one == **name)).count().min(most);
        if count < least {
            return false;
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    rest.is_empty()
}

#[track_caller]
fn is_of_the_schema(xml: &str) {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
    assert_eq!(document.root_element().tag_name().name(), "Law");
    for element in document.descendants().filter(Node::is_element) {
        let name = element.tag_name().name();
        let children: Vec<&str> = element.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
        let rule = rule(name);
        assert!(rule.split('|').any(|alternative| follows(&children, alternative)), "{name}: {children:?} is not {rule}\n{xml}");
        for attribute in REQUIRED.iter().filter(|(known, _)| *known == name).flat_map(|(_, all)| *all) {
            assert!(element.attribute(*attribute).is_some(), "{name} lacks {attribute}");
        }
        let positive = name == "Paragraph" || name == "Sentence";
        if let Some(number) = element.attribute("Num").filter(|_| positive) {
            assert!(number.parse::<u32>().is_ok_and(|number| number > 0), "{name} Num={number}");
        }
    }
}

fn letters(text: &str) -> String {
    let mut all: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    all.sort_unstable();
    all.into_iter().collect()
}

/// The characters of the statute, without the contents list and what the form adds.
fn letters_of_xml(xml: &str) -> String {
    let document = roxmltree::Document::parse(xml).unwrap();
    let mut all = String::new();
    for node in document.descendants().filter(Node::is_text) {
        let skipped = node.ancestors().any(|above| ["TOC", "LawNum"].contains(&above.tag_name().name()));
        let caption = node.parent().is_some_and(|parent| parent.tag_name().name() == "ArticleCaption");
        let text = node.text().unwrap_or_default();
        // The brackets of 第1条's caption are the form's.
        let text = if caption { text.strip_prefix('（').and_then(|text| text.strip_suffix('）')).unwrap_or(text) } else { text };
        if !skipped {
            all.push_str(text);
        }
    }
    letters(&all)
}

/// The characters of the tree: title, numbers, headings, paragraphs.
fn letters_of_tree(document: &Document) -> String {
    let mut all = String::new();
    let title = document.clauses.first().is_some_and(|root| root.paragraphs.iter().any(|one| one.text == document.title));
    if !title {
        all.push_str(&document.title);
    }
    for clause in &document.clauses {
        for paragraph in &clause.paragraphs {
            all.push_str(&paragraph.text);
        }
        // A row of a table is its own number and heading.
        if clause.path.is_empty() || clause.path.contains("/表/") || clause.path.starts_with("表/") {
            continue;
        }
        let label = clause.path.rsplit('/').next().unwrap().split('〔').next().unwrap();
        all.push_str(label);
        let begins =
            clause.paragraphs.first().is_some_and(|first| !first.table && first.text.starts_with(clause.heading.trim_end_matches('…')));
        let repeated = clause.heading == label && !label.starts_with('第');
        if !begins && !repeated {
            all.push_str(&clause.heading);
        }
    }
    letters(&all)
}

#[test]
fn a_statute_maps_onto_its_own_elements() {
    let reading = read(STATUTE);
    let xml = xml(&reading);
    is_of_the_schema(&xml);
    assert_eq!(letters_of_xml(&xml), letters_of_tree(&reading.document));
    let document = roxmltree::Document::parse(&xml).unwrap();
    let told = |name: &str| -> Vec<String> {
        let all = document.descendants().filter(|node| node.tag_name().name() == name);
        all.map(|node| node.text().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(told("ChapterTitle"), ["第1章\u{3000}総則", "第2章\u{3000}雑則", "第1章\u{3000}総則", "第2章\u{3000}雑則"]);
    assert_eq!(told("ArticleTitle"), ["第1条", "第2条", "第2条の2", "第3条"]);
    assert_eq!(told("ArticleCaption"), ["（目的）", "（持出し）"]);
    assert_eq!(told("ParagraphNum").concat(), "2");
    assert_eq!(told("ItemTitle"), ["(1)", "(2)"]);
    assert_eq!((told("Subitem1Title"), told("Subitem2Title")), (vec!["ア".to_owned()], vec!["(ア)".to_owned()]));
    assert_eq!(told("SupplProvisionLabel"), ["附則"]);
    assert_eq!(told("AppdxTableTitle"), ["別表第1"]);
    let article = document.descendants().filter(|node| node.tag_name().name() == "Article").nth(2).unwrap();
    assert_eq!(article.attribute("Num"), Some("2_2"));
    let proviso = document.descendants().find(|node| node.attribute("Function") == Some("proviso")).unwrap();
    assert!(proviso.text().unwrap().starts_with("ただし"));
    let law = document.root_element();
    assert_eq!((law.attribute("Era"), law.attribute("Year")), (Some("Reiwa"), Some("8")));
}

#[test]
fn numbers_and_kana_map_by_depth() {
    let reading = read(SAMPLE);
    let xml = xml(&reading);
    is_of_the_schema(&xml);
    assert_eq!(letters_of_xml(&xml), letters_of_tree(&reading.document));
    let document = roxmltree::Document::parse(&xml).unwrap();
    let titles = |name: &str| document.descendants().filter(|node| node.tag_name().name() == name).count();
    assert_eq!(titles("Chapter"), 3);
    assert!(titles("Article") > 20 && titles("Item") > 30 && titles("Subitem1") > 60 && titles("Subitem2") > 10);
}

#[test]
fn real_policies_are_statutes() {
    let folder = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/seeds"));
    let Ok(files) = std::fs::read_dir(&folder) else { return println!("skipped: no real policies in ../../../shared") };
    for path in files.map(|file| file.unwrap().path()) {
        println!("{}", path.display());
        let reading = read(&document::extract(&std::fs::read(path).unwrap()).unwrap().text);
        let xml = xml(&reading);
        is_of_the_schema(&xml);
        assert_eq!(letters_of_xml(&xml), letters_of_tree(&reading.document));
    }
}

#[test]
fn an_empty_document_is_still_a_statute() {
    is_of_the_schema(&xml(&read("")));
    is_of_the_schema(&xml(&read("ただの文章です。\n")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a policy says: the order of the schema, and not a character lost.
    #[test]
    fn any_policy_is_a_statute(lines in prop::collection::vec("(第[1-3]編 |第[1-3]章 |第[1-2]節 |第[1-2]款 |第[1-4]条 |[1-4] |\\([1-3]\\) |[アイウ] |\\([アイ]\\) |附則 |別表第[12] |)[ -~ぁ-ん一-丁]{0,12}(職員は、報告する。ただし、急ぐときを除く。|甲\t乙|)", 0..24)) {
        let reading = read(&format!("架空町規程\n{}\n", lines.join("\n")));
        let xml = xml(&reading);
        is_of_the_schema(&xml);
        prop_assert_eq!(letters_of_xml(&xml), letters_of_tree(&reading.document));
    }
}
