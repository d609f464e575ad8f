//! Records on pages: found, read, proven.

use crate::town::{CLERK, Town};

#[tokio::test]
async fn every_record_is_read_in_words_with_its_proof() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/records").await.says("規程の施行").says("サインイン");
    clerk.get("/records?kind=policy-adopted").await.says("規程の施行");
    clerk.get("/records?person=%E6%A9%8B%E6%9C%AC%E8%8A%B1").await.says("条件に合う記録はありません");
    clerk.get("/records?person=%E8%AA%B0%E3%81%8B").await.says("名簿にいません");
    let size = town.registry.size();
    for index in 0..size {
        let answer = clerk.get(&format!("/records/{index}")).await;
        assert_eq!(answer.status, 200);
        answer.says("葉のハッシュ値").says("sekisho.example/kawabe");
    }
    assert_eq!(clerk.get(&format!("/records/{}", size + 99)).await.status, 404);
    clerk.get("/records/export").await.says("sekisho-verifier").says("sekisho.example/kawabe");
    assert!(clerk.get("/records/checkpoint").await.text.starts_with("sekisho.example/kawabe\n"));
    assert!(clerk.get("/records/list?format=csv").await.text.contains("団体の設定"));
    clerk.get("/records/0/payload").await.says("body-founded");
}
