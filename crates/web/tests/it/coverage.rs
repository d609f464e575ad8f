//! The coverage on pages: figures with the list behind them, the checklist, its history, the report and the proposals.

use office::coverage::{Counts, Standing, statuses};

use crate::town::{CLERK, GENERAL_HEAD, TAX_HEAD, TOP, Town};

/// The figures of the pages, computed here from the registry.
async fn counts(town: &Town) -> Counts {
    let snapshot = town.registry.snapshot();
    let today = town.registry.now().date();
    let book = snapshot.rulebook(today).unwrap();
    Counts::of(&statuses(&snapshot, book, &town.registry.evidence().await.unwrap(), today))
}

#[tokio::test]
async fn a_section_head_attests_a_checklist_and_the_figures_move() {
    let town = Town::settled().await;
    town.registry.tick().await.unwrap();
    let before = counts(&town).await;
    assert_eq!((before.works, before.open, before.total()), (2, 2, 4));
    let mut head = town.signed_in(TAX_HEAD).await;
    head.get("/").await.says("点検の報告を待っている規範文が1あります");
    head.get("/attest").await.says("職員等は、パスワードを他人に教えてはならない。");

    // "No" without a reason is refused, and what was typed stays.
    let refused = head.post("/attest", &[("version", "1"), ("line", "1"), ("answer-1", "no")]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    refused.says("理由を書いてください");
    assert!(refused.text.contains("value=\"no\" checked"), "{}", refused.text);
    // A line of somebody else's is passed over, so nothing is left.
    let foreign = head.post("/attest", &[("version", "1"), ("line", "2"), ("answer-2", "yes")]).await;
    foreign.says("報告する条項がありません");

    head.post("/attest", &[("version", "1"), ("line", "1"), ("answer-1", "yes"), ("reason-1", "全員に確かめた")]).await;
    head.get("/attest").await.says("いま報告を待っている規範文はありません");
    head.get("/attest?view=all").await.says("前回：");
    assert_eq!(counts(&town).await.old, 1, "the other section has not answered yet");
    let mut other = town.signed_in(GENERAL_HEAD).await;
    other.post("/attest", &[("version", "1"), ("line", "1"), ("rest", "yes")]).await;
    assert_eq!(counts(&town).await.works, 3);

    let mut clerk = town.signed_in(CLERK).await;
    let history = clerk.get("/attest/history?clause=1&n=2").await;
    history.says("全員に確かめた");
    history.says("守られている");
    clerk.get("/policy/clauses/1?version=1").await.says("点検の報告");
    clerk.get("/policy/coverage?state=works").await.says("パスワード");
    assert!(!clerk.get("/policy/coverage?state=open").await.text.contains("パスワード"));
    assert_eq!(clerk.get("/attest/history?clause=9&n=1").await.status, 404);
    assert_eq!(clerk.get("/attest/evidence/0/0").await.status, 404);
}

#[tokio::test]
async fn whoever_oversees_the_policy_sees_its_figures_at_home() {
    let town = Town::settled().await;
    town.registry.tick().await.unwrap();
    let figures = counts(&town).await;
    let mut top = town.signed_in(TOP).await;
    let page = top.get("/").await;
    page.says("規程の働き");
    for standing in Standing::ALL {
        let link = format!("href=\"/policy/coverage?state={}\"><strong>{}</strong>", standing.code(), figures.get(standing));
        assert!(page.text.contains(&link), "{link} {}", page.text);
    }
    let clerk = town.signed_in(CLERK).await.get("/").await;
    assert!(!clerk.text.contains("規程の働き"), "{}", clerk.text);
    let report = top.get("/policy/coverage/report").await;
    report.says(&format!("{}の規範文のうち{}", figures.total(), figures.works));
    report.says("令和8年度");
    report.says("前年度末には施行された規程の記録が無い");
}

#[tokio::test]
async fn the_report_compares_with_the_year_before() {
    let town = Town::settled().await;
    town.registry.tick().await.unwrap();
    let mut top = town.signed_in(TOP).await;
    top.post("/attest", &[("version", "1"), ("line", "2"), ("answer-2", "yes")]).await;
    // From November 2026 to December 2027: what was said counts for a year.
    town.pass(380 * 86_400);
    let mut top = town.signed_in(TOP).await;
    let report = top.get("/policy/coverage/report").await;
    report.says("令和9年度");
    report.says("令和8年度末");
    assert!(report.text.contains("△"), "{}", report.text);
}

#[tokio::test]
async fn evidence_comes_back_as_it_was_sent() {
    let town = Town::settled().await;
    let mut top = town.signed_in(TOP).await;
    let fields = [("version", "1"), ("line", "2"), ("answer-2", "yes")];
    let answer = top.upload("/attest", &fields, "evidence-2", "連絡先.txt", "電話 0000").await;
    assert_eq!(answer.location(), "/attest", "{}", answer.text);
    let history = top.get("/attest/history?clause=1&n=3").await;
    history.says("連絡先.txt");
    let index = town.registry.size() - 1;
    assert_eq!(top.get(&format!("/attest/evidence/{index}/0")).await.text, "電話 0000");
    top.get(&format!("/records/{index}")).await.says("点検の報告");
}
