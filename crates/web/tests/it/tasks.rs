//! Tasks through pages: scheduled, listed, done with a file, seen in the calendar.

use registry::{Paging, Sort, TaskFilter};

use crate::town::{CLERK, GENERAL_HEAD, TOP, Town};

#[tokio::test]
async fn a_task_is_done_with_its_evidence() {
    let town = Town::settled().await;
    town.registry.tick().await.unwrap();
    let filter = TaskFilter { person: GENERAL_HEAD.to_owned(), ..TaskFilter::default() };
    let task = town.registry.tasks(&filter, Sort::Due, Paging::default()).await.unwrap().items[0].clone();
    let address = format!("/tasks/{}", task.id);
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get(&address).await.says("あなたの担当ではありません");
    let answer = clerk.upload(&address, &[("note", "行った")], "evidence", "点検表.txt", "済").await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let mut head = town.signed_in(GENERAL_HEAD).await;
    head.get("/tasks").await.says(&task.id).says("令和9年3月31日");
    head.get("/calendar").await.says(&task.title).says("令和9年3月");
    head.get("/tasks.csv").await.says("令和8年度");
    assert_eq!(head.post(&address, &[]).await.status, 422);
    let answer = head.upload(&address, &[("note", "全件を確かめた")], "evidence", "C:\\work\\点検表.txt", "済みました").await;
    assert_eq!(answer.location(), address, "{}", answer.text);
    head.get(&address).await.says("完了を記録しました").says("点検表.txt").says("全件を確かめた");
    let file = head.get(&format!("{address}/evidence/0")).await;
    assert_eq!(file.text, "済みました");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    head.get("/tasks?state=done").await.says("完了");
    town.signed_in(TOP).await.get("/calendar?view=all").await.says("うち未完了");
}
