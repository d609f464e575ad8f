//! An incident through pages: reported, told along the route, closed.

use crate::town::{CLERK, GENERAL_HEAD, TAX_HEAD, TOP, Town};

#[tokio::test]
async fn an_incident_is_reported_told_on_and_closed() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/incidents/new").await.says("1分で報告できます").says("課の管理者");
    let bad = [("event", "情報セキュリティインシデント"), ("title", "紛失"), ("aware_at", "きのう")];
    clerk.post("/incidents/new", &bad).await.says("日時で入力してください").says("value=\"紛失\"");
    let future = [("event", "情報セキュリティインシデント"), ("title", "紛失"), ("what", "?"), ("aware_at", "2026-11-25T09:00")];
    clerk.post("/incidents/new", &future).await.says("気付いた日時が、いまより後");
    let report = [
        ("event", "情報セキュリティインシデント"),
        ("title", "USBメモリの紛失"),
        ("what", "見当たらない"),
        ("aware_at", "2026-11-24T08:45"),
        ("personal", "yes"),
        ("persons", "12"),
    ];
    let answer = clerk.post("/incidents/new", &report).await;
    assert_eq!(answer.location(), "/incidents/2026-001", "{}", answer.text);
    clerk.get("/incidents/2026-001").await.says("報告を受け付けました").says("12人").says("対応待ち").says("橋本 花");
    let mut head = town.signed_in(GENERAL_HEAD).await;
    head.get("/").await.says("USBメモリの紛失");
    town.pass(3 * 3600);
    let mut other = town.signed_in(TAX_HEAD).await;
    other.get("/incidents/2026-001").await.says("期限を過ぎています");
    let answer = other.post("/incidents/2026-001/steps/1", &[("note", "伝えた")]).await;
    assert_eq!(answer.status, 422);
    answer.says("根拠").says("伝えた");
    let mut head = town.signed_in(GENERAL_HEAD).await;
    assert_eq!(head.post("/incidents/2026-001/close", &[("cause", "不明")]).await.status, 422);
    assert_eq!(head.post("/incidents/2026-001/steps/1", &[("note", "電話で伝えた")]).await.location(), "/incidents/2026-001");
    assert_eq!(head.post("/incidents/2026-001/note", &[("note", "机の下で見つかった")]).await.location(), "/incidents/2026-001");
    let page = head.get("/incidents/2026-001").await;
    page.says("電話で伝えた").says("机の下で見つかった").says("済み（期限後）");
    let answer = head.post("/incidents/2026-001/close", &[("cause", "置き忘れ"), ("prevention", "保管庫に戻す")]).await;
    assert_eq!(answer.location(), "/incidents/2026-001", "{}", answer.text);
    town.pass(60);
    town.signed_in(TOP).await.get("/incidents?view=all").await.says("終結").says("USBメモリの紛失");
}
