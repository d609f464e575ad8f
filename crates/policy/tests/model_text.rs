//! What the commands print about a reading: lines for machines and tables for people.

use policy::{
    Reading,
    model::{self, Cadence, Citation, Duty, Holder, Model},
    obligation::{Form, Modality, Obligation, Trigger},
    problem::{Kind, Problem},
    text,
    tree::{Clause, Document},
};

fn reading() -> Reading {
    let clause = |path: &str, line: usize, heading: &str| Clause {
        path: path.to_owned(),
        parent: None,
        line,
        heading: heading.to_owned(),
        paragraphs: Vec::new(),
        span: 0..0,
    };
    let cite = Citation { clause: "1/(1)".to_owned(), n: 1, line: 3 };
    Reading {
        document: Document {
            source: String::new(),
            title: "澪ヶ浜町の規程".to_owned(),
            clauses: vec![
                clause("", 1, "表紙"),
                clause("1", 2, "役割"),
                clause("1/(1)", 3, "媒体を庁外へ持ち出すときは、情報担当者の許可を得る"),
            ],
        },
        obligations: vec![Obligation {
            clause: "1/(1)".to_owned(),
            n: 1,
            line: 3,
            modality: Modality::Duty,
            subjects: vec!["職員等".to_owned()],
            counterparts: vec!["情報担当者".to_owned()],
            class: Some("not:Ⅱ以上".to_owned()),
            trigger: Some(Trigger::Event),
            form: Form::Sentence,
            cue: "許可を得なければならない".to_owned(),
            controls: vec!["permit.carry-out".to_owned()],
            exception: false,
            text: "職員等は、許可を得なければならない。".to_owned(),
        }],
        model: Model {
            roles: vec![model::Role {
                id: "情報担当者".to_owned(),
                aliases: Vec::new(),
                post: Some("各課長".to_owned()),
                holder: Holder::Unit,
                deputy: None,
                chair: None,
                cite: cite.clone(),
            }],
            duties: vec![Duty {
                control: "edu.training".to_owned(),
                who: vec!["情報担当者".to_owned()],
                what: "研修を行う".to_owned(),
                cadence: Cadence::Months(6),
                cite,
            }],
            ..Model::default()
        },
        problems: vec![Problem {
            kind: Kind::NoInterval,
            line: 3,
            column: 5,
            clause: "1/(1)".to_owned(),
            message: "間隔を定めてください。".to_owned(),
        }],
    }
}

#[test]
fn the_tree_is_printed_without_the_root_and_with_short_headings() {
    assert_eq!(text::tree_tsv(&reading()), "1\t2\t役割\n1/(1)\t3\t媒体を庁外へ持ち出すときは、情報担当者の\n");
}

#[test]
fn an_obligation_is_one_json_line_without_its_text() {
    let expected = concat!(
        r#"{"clause":"1/(1)","n":1,"line":3,"modality":"duty","subjects":["職員等"],"counterparts":["情報担当者"],"#,
        r#""class":"not:Ⅱ以上","trigger":"event","form":"sentence","cue":"許可を得なければならない","controls":["permit.carry-out"]}"#,
        "\n"
    );
    assert_eq!(text::obligations_jsonl(&reading()), expected);
    let mut with_exception = reading();
    with_exception.obligations.iter_mut().for_each(|obligation| obligation.exception = true);
    assert!(text::obligations_jsonl(&with_exception).ends_with("\"exception\":true}\n"));
}

#[test]
fn the_model_is_one_json_document_that_reads_back() {
    let reading = reading();
    let json = text::model_json(&reading);
    assert_eq!(serde_json::from_str::<Model>(&json).ok(), Some(reading.model));
}

#[test]
fn people_get_tables_in_japanese() {
    let printed = text::read_tables(&reading());
    for words in ["■ 条項（2件）", "■ 規範文（1件）", "義務", "Ⅱ以上を除く", "所属ごとに一人", "6か月ごと", "1/(1)（3行）"]
    {
        assert!(printed.contains(words), "{words} is missing in\n{printed}");
    }
    assert!(printed.lines().all(|line| line.trim_end() == line), "no blanks at line ends");
}

#[test]
fn problems_are_a_table_or_a_word_of_relief() {
    let printed = text::check_table(&reading());
    assert!(printed.starts_with("規程の点検：1件\n"));
    assert!(printed.contains("間隔の定めなし  3:5"));
    let clean = Reading { problems: Vec::new(), ..reading() };
    assert_eq!(text::check_table(&clean), "規程の点検：指摘はありません。\n");
}
