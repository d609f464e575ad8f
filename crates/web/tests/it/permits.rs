//! A permit through pages: from the form to the confirmed return, with the refusals on the way.

use office::{
    act::{Act, Actor},
    permit::Stage,
};

use crate::{
    browser::Browser,
    town::{CLERK, GENERAL, GENERAL_HEAD, TAX_HEAD, TOP, Town},
};

/// A row in the register of media, as the console enters it.
async fn medium(town: &Town) -> String {
    let register = town.registry.catalog().register("media").unwrap().clone();
    let values = register.columns.iter().filter(|column| column.required).map(|column| {
        let value = match column.key.as_str() {
            "class" => "Ⅱ",
            "owner" => GENERAL,
            "keeper" => CLERK,
            "obtained" => "2026-04-01",
            "name" => "青いUSBメモリ",
            _ => column.options.first().map_or("甲", String::as_str),
        };
        (column.key.clone(), value.to_owned())
    });
    let act = Act::AddRow { register: "media".to_owned(), unit: GENERAL.to_owned(), id: String::new(), values: values.collect() };
    town.registry.submit(Actor::Console, act).await.unwrap();
    let filter = registry::RowFilter { register: "media".to_owned(), ..registry::RowFilter::default() };
    town.registry.rows(&filter, registry::Sort::Number, registry::Paging::default()).await.unwrap().items[0].id.clone()
}

/// Fields of an application to carry a medium out.
fn carry_out(medium: &str) -> Vec<(&'static str, String)> {
    [
        ("reason", "説明会で使うため"),
        ("content", "説明資料"),
        ("destination", "公民館"),
        ("transport", "公用車"),
        ("encryption", "媒体全体を暗号化している"),
        ("protection", "かばんに入れて鍵を掛ける"),
        ("direct", "庁舎と行き先を直接往復する"),
        ("contact", "000-0000"),
        ("since", "2026-11-24"),
        ("until", "2026-11-26"),
        ("media", medium),
    ]
    .into_iter()
    .map(|(key, value)| (key, value.to_owned()))
    .collect()
}

async fn send(browser: &mut Browser, step: &str, fields: &[(&'static str, String)]) -> crate::browser::Answer {
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    all.push(("step", step));
    browser.post("/apply/permit.carry-out", &all).await
}

/// Applies and returns the address of the permit.
async fn apply(town: &Town, browser: &mut Browser) -> String {
    let medium = medium(town).await;
    browser.get("/apply/permit.carry-out").await.says("青いUSBメモリ").says("橋本 花").says("課の管理者");
    let fields = carry_out(&medium);
    let answer = send(browser, "confirm", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.says("まだ送信されていません").says("令和8年11月24日").says("青いUSBメモリ");
    let answer = send(browser, "send", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let to = answer.location().to_owned();
    browser.get(&to).await.says("を受け付けました").says("審査待ち").says("橋本 花");
    to
}

#[tokio::test]
async fn a_permit_runs_from_the_form_to_the_confirmed_return() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    let permit = apply(&town, &mut clerk).await;
    let mut head = town.signed_in(GENERAL_HEAD).await;
    head.get("/").await.says("持ち出し").says("審査");
    let page = head.get(&permit).await;
    page.says("承認の前に確かめること");
    let digest = page.between("name=\"digest\" value=\"", "\"");
    let answer = head.post(&format!("{permit}/approve"), &[("digest", &digest), ("note", "気を付けて")]).await;
    assert_eq!(answer.location(), permit, "{}", answer.text);
    head.get(&permit).await.says("承認しました。").says("引渡しを記録する");
    // Somebody whose page was opened before decides too.
    let answer = head.post(&format!("{permit}/refuse"), &[("digest", &digest), ("reason", "やめる")]).await;
    assert_eq!(answer.status, 422);
    answer.says("すでに").says("根拠");
    assert_eq!(head.post(&format!("{permit}/hand-over"), &[]).await.location(), permit);
    head.get(&permit).await.says("使用中（未返却）");
    town.pass(3 * 24 * 3600);
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/").await.says("すぐに返却し");
    clerk.get("/permits?view=unit").await.says("返却の遅れ");
    let mut head = town.signed_in(GENERAL_HEAD).await;
    head.get("/").await.says("期限を過ぎているもの").says("返却確認");
    let answer = head.post(&format!("{permit}/confirm-return"), &[("note", "確かに")]).await;
    assert_eq!(answer.status, 422);
    answer.says("消去").says("根拠").says("確かに");
    assert_eq!(head.post(&format!("{permit}/confirm-return"), &[("erased", "yes")]).await.location(), permit);
    let id = permit.rsplit('/').next().unwrap();
    assert_eq!(town.registry.permit(id).await.unwrap().unwrap().stage, Stage::Closed);
    head.get(&format!("{permit}/print")).await.says("決裁欄").says("持ち出し申請書").says("橋本 花");
    clerk.get("/permits?view=mine").await.says("返却済");
    let csv = clerk.get("/permits.csv?view=all").await;
    csv.says("瀬戸 三郎").says("返却済");
    assert!(clerk.get("/permits.xlsx?view=all").await.text.starts_with("PK"));
}

#[tokio::test]
async fn the_wrong_people_are_refused_with_the_clause() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    let permit = apply(&town, &mut clerk).await;
    let digest = clerk
        .get(&permit)
        .await
        .text
        .split_once("name=\"digest\" value=\"")
        .map(|(_, rest)| rest.split_once('"').unwrap().0.to_owned())
        .unwrap();
    let approve = format!("{permit}/approve");
    let own = clerk.post(&approve, &[("digest", &digest)]).await;
    assert_eq!(own.status, 422, "{}", own.text);
    own.says("根拠").says("id=\"refusal\"");
    let mut other = town.signed_in(TAX_HEAD).await;
    other.get(&permit).await;
    other.post(&approve, &[("digest", &digest)]).await.says("ほかの所属の申請は決められません").says("橋本 花");
    let mut top = town.signed_in(TOP).await;
    top.get(&permit).await;
    assert_eq!(top.post(&approve, &[("digest", &digest)]).await.status, 422);
    let mut head = town.signed_in(GENERAL_HEAD).await;
    head.get(&permit).await;
    assert_eq!(head.post(&approve, &[("digest", "0000")]).await.status, 422);
    let id = permit.rsplit('/').next().unwrap();
    assert_eq!(town.registry.permit(id).await.unwrap().unwrap().stage, Stage::Applied);
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_names_what_is_missing() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/apply/permit.carry-out").await;
    let answer = send(&mut clerk, "confirm", &[("destination", "公民館 <b>".to_owned())]).await;
    assert_eq!(answer.status, 422);
    answer.says("value=\"公民館 &#60;b&#62;\"").says("href=\"#reason\"").says("aria-invalid=\"true\"");
    let mut fields = carry_out("");
    for (key, value) in &mut fields {
        if *key == "until" {
            "2026-11-01".clone_into(value);
        }
    }
    send(&mut clerk, "send", &fields).await.says("終わりの日が、始まりの日より前です。").says("id=\"until-error\"");
    let found = send(&mut clerk, "find", &[("destination", "公民館".to_owned())]).await;
    assert_eq!(found.status, 200);
    found.says("value=\"公民館\"");
}

#[tokio::test]
async fn an_application_is_sent_back_corrected_and_withdrawn() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    let permit = apply(&town, &mut clerk).await;
    let mut head = town.signed_in(GENERAL_HEAD).await;
    let digest = head.get(&permit).await.between("name=\"digest\" value=\"", "\"");
    assert_eq!(head.post(&format!("{permit}/send-back"), &[("digest", &digest)]).await.status, 422);
    assert_eq!(
        head.post(&format!("{permit}/send-back"), &[("digest", &digest), ("reason", "件数を書いてください")]).await.location(),
        permit
    );
    clerk.get(&permit).await.says("件数を書いてください").says("内容を修正する");
    let page = clerk.get(&format!("{permit}/revise")).await;
    page.says("説明会で使うため");
    let medium = town.registry.permit(permit.rsplit('/').next().unwrap()).await.unwrap().unwrap().application.values["media"].clone();
    let mut fields = carry_out(&medium);
    fields[1].1 = "説明資料 30件".to_owned();
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
    all.push(("step", "send"));
    assert_eq!(clerk.post(&format!("{permit}/revise"), &all).await.location(), permit);
    clerk.get(&permit).await.says("説明資料 30件").says("1回（修正の前の承認は無効");
    assert_eq!(clerk.post(&format!("{permit}/withdraw"), &[("reason", "中止")]).await.location(), permit);
    clerk.get(&permit).await.says("取下げ").says("同じ内容で新しく申請する");
}

#[tokio::test]
async fn where_it_cannot_be_helped_a_reason_opens_the_door_and_the_top_is_told() {
    let town = Town::settled().await;
    let mut head = town.signed_in(GENERAL_HEAD).await;
    let medium = medium(&town).await;
    head.get("/apply/permit.carry-out").await;
    let permit = send(&mut head, "send", &carry_out(&medium)).await.location().to_owned();
    let page = head.get(&permit).await;
    page.says("川辺 一郎").says("やむを得ない理由");
    let digest = page.between("name=\"digest\" value=\"", "\"");
    let approve = format!("{permit}/approve");
    let answer = head.post(&approve, &[("digest", &digest)]).await;
    assert_eq!(answer.status, 422);
    answer.says("申請した本人は").says("根拠");
    assert_eq!(head.post(&approve, &[("digest", &digest), ("emergency", "大雨の対応で上司がいない")]).await.location(), permit);
    head.get(&permit).await.says("やむを得ない場合の承認：大雨の対応で上司がいない");
    town.signed_in(TOP).await.get("/").await.says("やむを得ない場合の承認の確認");
}
