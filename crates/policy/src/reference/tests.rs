//! References of a small ordinance and a small policy, each with where it leads.

use super::*;
use crate::tree;

const ORDINANCE: &str = "磯辺町規程\n\n第1章 総則\n\n（目的）\n第1条 この規程は、情報を守ることを目的とする。\n\n（体制）\n第2条 町長は、責任者を置く。\n2 責任者は、次に掲げることを行う。\n(1) 点検\n(2) 研修\n3 前項第2号の研修は、年1回行う。\n\n第2条の2 前条の責任者は、総務課長とする。\n\n第2章 雑則\n\n第3条 第2条第2項第1号の点検は、前章の定めによる。\n\n附 則\nこの規程は、令和8年4月1日から施行する。\n\n別表第１（第2条関係）\n\n区分\t内容\nＡ\t秘密\nＢ\t公開\n\n様式第1号（第3条関係）\n\n点検票\n";

/// What is found in a text that stands in a clause, as written and with its path.
fn found(document: &str, clause: &str, text: &str) -> Vec<(String, String)> {
    let (document, _) = tree::parse(document);
    let references = References::new(&document);
    let name = |target: &Target| match target {
        Target::Clause(path) => path.clone(),
        Target::Missing => "なし".to_owned(),
        Target::NotAttached => "添付なし".to_owned(),
    };
    let all = references.find(clause, text);
    for reference in &all {
        let written = text.get(reference.range.clone()).unwrap_or_default();
        assert_eq!(crate::model::words::fold(written), reference.written);
    }
    all.iter().map(|reference| (reference.written.clone(), name(&reference.target))).collect()
}

fn ordinance(clause: &str, text: &str) -> Vec<(String, String)> {
    found(ORDINANCE, clause, text)
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn articles_paragraphs_and_items_are_found() {
    assert_eq!(
        ordinance("第2章/第3条", "第２条第２項第１号の点検及び同条第3項の研修は、第二条の二による。"),
        pairs(&[("第2条第2項第1号", "第1章/第2条/2/(1)"), ("同条第3項", "第1章/第2条/3"), ("第二条の二", "第1章/第2条の2")])
    );
    assert_eq!(ordinance("第1章/第2条/3", "前項第2号の研修"), pairs(&[("前項第2号", "第1章/第2条/2/(2)")]));
    assert_eq!(ordinance("第1章/第2条/2", "前項の責任者、次項の研修"), pairs(&[("前項", "第1章/第2条"), ("次項", "第1章/第2条/3")]));
    assert_eq!(ordinance("第1章/第2条/2/(2)", "前号の点検"), pairs(&[("前号", "第1章/第2条/2/(1)")]));
    assert_eq!(ordinance("第1章/第2条/3", "第1項及び第2項第1号"), pairs(&[("第1項", "第1章/第2条"), ("第2項第1号", "第1章/第2条/2/(1)")]));
    assert_eq!(ordinance("第2章/第3条", "前条及び前章"), pairs(&[("前条", "第1章/第2条の2"), ("前章", "第1章")]));
    assert_eq!(ordinance("第1章/第1条", "前条の定め"), []);
    assert_eq!(ordinance("第2章/第3条", "この規程第9条の定め"), pairs(&[("この規程第9条", "なし")]));
}

#[test]
fn laws_of_others_are_not_followed() {
    assert_eq!(ordinance("第2章/第3条", "個人情報の保護に関する法律第2条第1項及び第3条第2項並びに同条第4項の規定"), []);
    assert_eq!(ordinance("第2章/第3条", "町条例（令和3年条例第1号）第2条"), []);
    assert_eq!(ordinance("第2章/第3条", "令和3年告示第1号による"), []);
    assert_eq!(ordinance("第2章/第3条", "同法第2条、第1条に定める"), []);
}

#[test]
fn annexes_are_found_or_known_to_be_missing() {
    assert_eq!(
        ordinance("第1章/第2条", "別表第1の区分に従い、様式第１号の点検票及び第1号様式の控えを、附則の日から、別表第2により用いる。"),
        pairs(&[("別表第1", "別表第1"), ("様式第1号", "様式第1号"), ("第1号様式", "様式第1号"), ("附則", "附則"), ("別表第2", "添付なし")])
    );
    assert_eq!(ordinance("第1章/第2条", "別表に掲げる区分"), pairs(&[("別表", "別表第1")]));
    assert_eq!(ordinance("第1章/第2条", "別に定める様式により、町文書規程別表第3の期間保存する。"), []);
}

#[test]
fn numbered_policies_refer_by_number() {
    let policy = "第1章 方針\n\n3 脅威\n\n脅威を想定する。\n\n6 対策\n\n(1) 体制\n\nア 委員会\n\n委員会を置く。\n\n(2) 分類\n\n分ける。\n";
    assert_eq!(
        found(policy, "第1章/6/(2)", "上記3及び6(1)アの定め、(1)の規定並びに第1章6（2）の分類"),
        pairs(&[("3", "第1章/3"), ("6（1）ア", "第1章/6/(1)/ア"), ("（1）", "第1章/6/(1)"), ("第1章6（2）", "第1章/6/(2)")])
    );
    assert_eq!(found(policy, "第1章/6/(2)", "上記9の定め"), pairs(&[("9", "なし")]));
    assert_eq!(found(policy, "第1章/6/(2)", "前号の体制"), pairs(&[("前号", "第1章/6/(1)")]));
    let hyphens = "2 端末\n\n2―4 持出し\n\n許可を受ける。\n\n2―5 返却\n\n返す。\n";
    assert_eq!(found(hyphens, "2/2-5", "2―4の規定により"), pairs(&[("2―4", "2/2-4")]));
    assert_eq!(found(hyphens, "2/2-5", "2-9の規定により"), []);
}
