//! What surrounds every page: headers, origin, tokens, error pages.

use axum::{
    body::Body,
    http::{Method, Request},
};

use crate::town::{CLERK, TOP, Town};

/// Pages that everybody can open without anything having happened.
const PAGES: [&str; 16] = [
    "/",
    "/apply",
    "/apply?q=持ち出し",
    "/apply/permit.carry-out",
    "/permits",
    "/permits?view=all&stage=applied&q=x",
    "/permits?view=waiting",
    "/permits?view=unit",
    "/incidents",
    "/incidents/new",
    "/tasks",
    "/tasks?view=all&state=any",
    "/calendar",
    "/calendar?view=all",
    "/account",
    "/account/password",
];

#[tokio::test]
async fn every_page_is_guarded_and_holds_nothing_inline() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    for path in PAGES {
        let answer = staff.get(path).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.text);
        let header = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"), "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        for bad in ["<script", " style=", "<style", "http://", "https://", "javascript:", " onclick="] {
            assert!(!answer.text.contains(bad), "{path} holds {bad}");
        }
        assert_eq!(answer.text.matches("<h1").count(), 1, "{path}");
        answer.says("lang=\"ja\"").says("class=\"skip\"").says("id=\"main\"");
    }
}

#[tokio::test]
async fn a_form_without_its_token_or_from_elsewhere_is_refused() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    for (fields, origin) in [(vec![("title", "x")], None), (vec![("csrf", "0000")], None), (vec![], Some("https://evil.example"))] {
        let answer = staff.post_bare("/incidents/new", &fields, origin).await;
        assert_eq!(answer.status, 403);
        answer.says("送信を受け付けませんでした");
    }
    let answer = staff.post_bare("/sign-in", &[("person", CLERK)], Some("null")).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_too_much_has_a_page() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    for path in ["/nothing", "/permits/2026-9999", "/apply/no.such", "/incidents/2026-999", "/tasks/x", "/tasks/x/evidence/0"] {
        let answer = staff.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        answer.says("ページが見つかりません").says("瀬戸 三郎");
    }
    let answer = staff.send(Request::builder().method(Method::DELETE).uri("/permits"), Body::empty()).await;
    assert_eq!(answer.status, 405);
    answer.says("この操作はできません");
    let long = "あ".repeat(1_000_000);
    let answer = staff.post("/incidents/new", &[("what", &long)]).await;
    assert_eq!(answer.status, 413);
    answer.says("大きさを超えています");
    let huge = "x".repeat(57 * 1024 * 1024);
    let answer = staff.upload("/tasks/x", &[], "evidence", "huge.txt", &huge).await;
    assert_eq!(answer.status, 413);
    answer.says("55 MB");
    let answer =
        staff.send(Request::post("/tasks/x").header("content-type", "multipart/form-data; boundary=a"), Body::from("broken")).await;
    assert_eq!(answer.status, 400);
    answer.says("読み取れませんでした");
}

#[tokio::test]
async fn a_page_that_panics_becomes_a_page_with_a_number() {
    async fn boom() -> &'static str {
        panic!("boom")
    }
    let town = Town::settled().await;
    let app = web::App::new(town.registry.clone(), web::Settings::default());
    let router = web::framed(axum::Router::new().route("/boom", axum::routing::get(boom)), app);
    let answer = crate::browser::Browser::new(&router).get("/boom").await;
    assert_eq!(answer.status, 500);
    answer.says("処理中に問題が起こりました").says("お問合せの番号");
    assert!(!answer.text.contains("boom"));
}

#[tokio::test]
async fn the_style_sheet_is_ours_and_kept() {
    let town = Town::empty().await;
    let mut browser = crate::browser::Browser::new(&town.router);
    let answer = browser.get(web::assets::css_address()).await;
    assert_eq!(answer.headers["content-type"], "text/css; charset=utf-8");
    answer.says("--blue-900: #0017c1").says("@media print");
    assert!(!answer.text.contains("url("), "nothing is fetched");
}

#[tokio::test]
async fn only_administrators_are_guided_through_the_setup() {
    let town = Town::settled().await;
    let answer = town.signed_in(CLERK).await.get("/setup").await;
    assert_eq!(answer.status, 403);
    answer.says("川辺 一郎");
    town.signed_in(TOP).await.get("/setup").await.says("初期設定の手順").says("職員名簿の取込み");
}

#[tokio::test]
async fn a_book_that_is_closed_is_told_and_not_pretended() {
    let town = Town::settled().await;
    let mut staff = town.signed_in(CLERK).await;
    staff.get("/incidents/new").await;
    town.registry.close().await;
    let report = [("event", "情報セキュリティインシデント"), ("title", "紛失"), ("what", "見当たらない"), ("aware_at", "2026-11-24T09:00")];
    let answer = staff.post("/incidents/new", &report).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    answer.says("ただいま処理できません").says("お問合せの番号");
}
