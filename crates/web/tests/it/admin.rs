//! Administration on pages: people, accounts, deputies, erasure.

use crate::{
    browser::Browser,
    town::{CLERK, GENERAL, GENERAL_HEAD, TOP, Town},
};

#[tokio::test]
async fn a_personnel_list_is_shown_first_and_then_taken_over() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    let page = "/admin/people/import";
    officer.get(page).await.says("名簿の書き方");
    let list = "職員番号,氏名,所属,職名\n100,川辺 一郎,総務部,副町長\n101,橋本 花,総務部/総務課,課長\n102,渡 次郎,総務部/税務課,課長\n104,新田 五郎,総務部/財政課,主事\n105,,総務課,主事\n";
    officer.upload(page, &[], "file", "名簿.csv", list).await.says("「総務部/財政課」は登録されていません");
    let options = [("new_units", "yes"), ("complete", "yes")];
    let answer = officer.upload(page, &options, "file", "名簿.csv", list).await;
    answer.says("新しい職員</dt><dd>1人").says("退職</dt><dd>1人").says("103 瀬戸 三郎").says("総務部/財政課").says("6行目 B列（氏名）");
    assert!(town.registry.snapshot().people.get("104").is_none());
    let carried = answer.between("name=\"carried\" value=\"", "\"");
    let confirm = answer.between("name=\"confirm\" value=\"", "\"");
    let fields = [
        ("carried", carried.as_str()),
        ("carried_name", "名簿.csv"),
        ("confirm", &confirm),
        ("new_units", "yes"),
        ("complete", "yes"),
        ("partly", "yes"),
    ];
    assert_eq!(officer.post(page, &fields).await.location(), "/admin/people");
    let snapshot = town.registry.snapshot();
    assert_eq!(snapshot.people.get("104").unwrap().unit(), "総務部/財政課");
    assert!(!snapshot.people.get(CLERK).unwrap().active);
    assert!(!snapshot.office.accounts[CLERK].open);
    officer.get("/admin/people?q=%E6%96%B0%E7%94%B0").await.says("104");
    let file = officer.get("/admin/people?state=all&format=csv").await;
    officer.upload(page, &[], "file", "名簿.csv", &file.text).await.says("変わる所はありません");
}

#[tokio::test]
async fn a_first_password_is_shown_once_and_must_be_changed() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.get("/admin/people/new").await.says("職員番号");
    let fields = [("id", "120"), ("name", "青木 六子"), ("unit0", GENERAL), ("title0", "主事")];
    assert_eq!(officer.post("/admin/people/new", &fields).await.location(), "/admin/people/120");
    officer.post("/admin/people/new", &fields).await.says("すでに使われています");
    officer.get("/admin/people/120").await.says("アカウントを開く");
    let answer = officer.post("/admin/people/120/account", &[("action", "open")]).await;
    let password = answer.between("<strong class=\"mono\">", "<");
    assert_eq!(password.len(), 19);
    let page = officer.get("/admin/people/120").await;
    assert!(!page.text.contains(&password));
    let mut newcomer = Browser::new(&town.router);
    newcomer.post("/sign-in", &[("person", "120"), ("password", &password)]).await;
    assert_eq!(newcomer.get("/").await.location(), "/account/password");
    officer.get("/admin/accounts").await.says("120");
    officer.post("/admin/people/120/account", &[("action", "close")]).await;
    assert!(!town.registry.snapshot().office.accounts["120"].open);
}

#[tokio::test]
async fn accounts_of_a_unit_are_opened_together_and_a_lost_factor_is_removed() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.get("/admin/people/new").await;
    for id in ["131", "132"] {
        officer.post("/admin/people/new", &[("id", id), ("name", "新 人"), ("unit0", GENERAL), ("title0", "主事")]).await;
    }
    officer.get("/admin/accounts").await.says("2人います");
    officer.post("/admin/accounts/issue", &[("unit", GENERAL)]).await.says("131").says("132");
    let mut clerk = town.signed_in(CLERK).await;
    officer.get(&format!("/admin/people/{CLERK}")).await.says("二要素認証を解除する");
    officer.post(&format!("/admin/people/{CLERK}/account"), &[("action", "second-factor")]).await;
    assert!(!town.registry.snapshot().office.accounts[CLERK].second_factor);
    assert_eq!(clerk.get("/").await.location(), "/account/second-factor");
    // The last administrator stays.
    officer.post(&format!("/admin/people/{TOP}/account"), &[("action", "demote")]).await.says("この操作はできません");
}

#[tokio::test]
async fn deputies_units_and_erasure_leave_their_records() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.get("/delegations").await.says("登録された代理はありません");
    let fields = [("principal", "橋本 花"), ("deputy", "102"), ("since", "2026-11-24"), ("until", "2026-11-30"), ("reason", "出張")];
    assert_eq!(officer.post("/delegations", &fields).await.location(), "/delegations");
    officer.get("/delegations").await.says("代理中").says("渡 次郎");
    officer.post("/delegations", &[("principal", "だれか"), ("deputy", GENERAL_HEAD)]).await.says("名簿にありません").says("始まりの日");
    let id = town.registry.snapshot().office.delegations[0].id;
    officer.post(&format!("/delegations/{id}/end"), &[]).await;
    assert!(town.registry.snapshot().office.delegations.is_empty());

    // Anybody may name a deputy of their own, and nobody else's.
    let mut clerk = town.signed_in(CLERK).await;
    let fields = [("principal", TOP), ("deputy", GENERAL_HEAD), ("since", "2026-11-24"), ("until", "2026-11-30"), ("reason", "休暇")];
    assert_eq!(clerk.post("/delegations", &fields).await.location(), "/delegations");
    assert_eq!(town.registry.snapshot().office.delegations[0].principal, CLERK);
    clerk.get("/delegations").await.says("あなたが不在の間");

    officer.get("/admin/units").await.says("総務課");
    officer.post("/admin/units", &[("parent", "総務部"), ("name", "財政課")]).await;
    assert!(town.registry.snapshot().office.units.contains_key("総務部/財政課"));
    officer.post("/admin/units", &[("parent", "総務部"), ("name", "財政課")]).await.says("すでに登録されています");

    officer.get("/admin/erase").await.says("法令上の根拠");
    officer.post("/admin/erase", &[("index", "99999"), ("ground", "x"), ("sure", "yes")]).await.says("この番号の記録はありません");
    officer.post("/admin/erase", &[("index", "1"), ("ground", ""), ("sure", "yes")]).await.says("根拠");
    let ground = ("ground", "利用停止の決定 令和8年11月20日 総第12号");
    officer.post("/admin/erase", &[("index", "0"), ground, ("sure", "yes")]).await.says("土台");
    officer.post("/admin/erase", &[("index", "1"), ground, ("sure", "yes")]).await.says("在職している職員");
    let last = (town.registry.size() - 1).to_string();
    let answer = officer.post("/admin/erase", &[("index", &last), ground, ("sure", "yes")]).await;
    assert_eq!(answer.location(), format!("/records/{last}"), "{}", answer.text);
    officer.get(&format!("/records/{last}")).await.says("消去されています");
    officer.get("/admin").await.says("データベース").says("SQLite");
}
