//! Signing in: two factors, lock-out, replay, withdrawn rights, ended sessions.

use office::act::{Act, Actor};
use registry::SecretWrite;

use crate::{
    browser::Browser,
    town::{CLERK, PASSWORD, Town},
};

#[tokio::test]
async fn two_factors_lead_home_and_a_code_serves_once() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    staff.get("/").await.says("今日すること").says("瀬戸 三郎").says("川辺町");
    let mut other = Browser::new(&town.router);
    other.post("/sign-in", &[("person", CLERK), ("password", PASSWORD)]).await;
    let answer = other.post("/sign-in/code", &[("code", &town.code())]).await;
    assert_eq!(answer.status, 422);
    answer.says("すでに使われています");
    town.pass(30);
    assert_eq!(other.post("/sign-in/code", &[("code", &town.code())]).await.location(), "/");
    other.get("/account").await.says("1回");
}

#[tokio::test]
async fn five_failures_lock_the_account_for_a_while() {
    let town = Town::settled().await;
    let mut browser = Browser::new(&town.router);
    for _ in 0..4 {
        browser.post("/sign-in", &[("person", CLERK), ("password", "wrong")]).await.says("職員番号とパスワードを確かめてください");
    }
    browser.post("/sign-in", &[("person", CLERK), ("password", "wrong")]).await.says("一時的に止めています");
    browser.post("/sign-in", &[("person", CLERK), ("password", PASSWORD)]).await.says("一時的に止めています");
    assert!(town.registry.snapshot().office.accounts[CLERK].locked_until.is_some());
    town.pass(16 * 60);
    let mut staff = town.signed_in(CLERK).await;
    staff.get("/").await.says("5回の失敗がありました");
}

#[tokio::test]
async fn an_unknown_account_is_answered_as_a_known_one() {
    let town = Town::settled().await;
    let mut browser = Browser::new(&town.router);
    for _ in 0..4 {
        browser.post("/sign-in", &[("person", "99999"), ("password", "wrong")]).await.says("職員番号とパスワードを確かめてください");
    }
    browser.post("/sign-in", &[("person", "99999"), ("password", "wrong")]).await.says("一時的に止めています");
}

#[tokio::test]
async fn withdrawn_rights_end_the_session_at_the_next_request() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    town.registry.submit(Actor::Console, Act::CloseAccount { person: CLERK.to_owned() }).await.unwrap();
    let answer = staff.get("/permits").await;
    assert_eq!(answer.status, 403);
    answer.says("このアカウントは使えなくなりました");
    assert!(staff.get("/permits").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_session_ends_when_idle_and_after_ten_hours() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    town.pass(29 * 60);
    assert_eq!(staff.get("/").await.status, 200);
    town.pass(31 * 60);
    assert_eq!(staff.get("/tasks").await.location(), "/sign-in?late=yes&next=%2Ftasks");
    town.pass(60);
    let mut staff = town.signed_in(CLERK).await;
    for _ in 0..24 {
        town.pass(25 * 60);
        staff.get("/").await;
    }
    assert!(staff.get("/").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    assert_eq!(staff.post("/sign-out", &[]).await.location(), "/sign-in");
    assert_eq!(staff.get("/permits?view=all").await.location(), "/sign-in?next=%2Fpermits%3Fview%3Dall");
}

#[tokio::test]
async fn a_first_sign_in_changes_the_password_and_sets_the_second_factor() {
    let town = Town::settled().await;
    let phc = web::password::hash("hajimete-no-kagi", &[5; 16]).unwrap();
    let secret = SecretWrite { person: CLERK.to_owned(), password: Some(phc), totp: Some(String::new()) };
    town.registry.submit_with(Actor::Console, Act::SetPassword { person: CLERK.to_owned(), must_change: true }, secret).await.unwrap();
    town.registry.submit(Actor::Console, Act::SetSecondFactor { person: CLERK.to_owned(), present: false }).await.unwrap();
    let mut staff = Browser::new(&town.router);
    assert_eq!(staff.post("/sign-in", &[("person", CLERK), ("password", "hajimete-no-kagi")]).await.location(), "/");
    assert_eq!(staff.get("/permits").await.location(), "/account/password");
    staff.get("/account/password").await.says("新しいパスワードへの変更が必要です");
    let weak = [("current", "hajimete-no-kagi"), ("new", "short"), ("again", "short")];
    staff.post("/account/password", &weak).await.says("短すぎます");
    let good = [("current", "hajimete-no-kagi"), ("new", "yuyake no hamabe"), ("again", "yuyake no hamabe")];
    assert_eq!(staff.post("/account/password", &good).await.location(), "/");
    assert_eq!(staff.get("/").await.location(), "/account/second-factor");
    let page = staff.get("/account/second-factor").await;
    page.says("data:image/svg+xml;base64,");
    let secret = page.between("<strong class=\"mono\">", "</strong>").replace(' ', "");
    staff.post("/account/second-factor", &[("code", "000000")]).await.says("確認コードが違います");
    let code = web::second_factor::current_code(&secret, town.registry.now()).unwrap();
    assert_eq!(staff.post("/account/second-factor", &[("code", &code)]).await.location(), "/");
    staff.get("/").await.says("二要素認証を設定しました");
    assert!(town.registry.snapshot().office.accounts[CLERK].second_factor);
}
