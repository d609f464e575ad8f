//! The first start through pages.

use crate::{browser::Browser, town::Town};

#[tokio::test]
async fn the_first_administrator_is_made_with_the_code_only() {
    let town = Town::empty().await;
    let mut browser = Browser::new(&town.router);
    browser.get("/sign-in").await.says("まだアカウントがありません");
    browser.get("/setup").await.says("初期設定コード");
    let mut fields = vec![
        ("code", "違う"),
        ("body", "川辺町"),
        ("person", "100"),
        ("name", "川辺 一郎"),
        ("unit", "総務部/情報政策課"),
        ("title", "課長"),
        ("password", "kawa-no-nagare 9"),
        ("again", "kawa-no-nagare 9"),
    ];
    let answer = browser.post("/setup", &fields).await;
    assert_eq!(answer.status, 422);
    answer.says("初期設定コードが違います");
    assert!(town.registry.snapshot().office.accounts.is_empty());
    fields[0].1 = "川の流れ";
    let answer = browser.post("/setup", &fields).await;
    assert_eq!(answer.location(), "/sign-in?next=%2Fsetup", "{}", answer.text);
    assert_eq!(browser.post("/setup", &fields).await.location(), "/sign-in");
    let answer = browser.post("/sign-in", &[("person", "100"), ("password", "kawa-no-nagare 9"), ("next", "/setup")]).await;
    assert_eq!(answer.location(), "/setup");
    browser.open("/setup").await.says("二要素認証の設定");
    assert!(town.registry.snapshot().office.accounts["100"].administrator);
}
