//! Search on pages: the policy in force, its other versions and the standard set, in any spelling.

use office::act::{Act, Actor};
use web::paging::encode;

use crate::town::{CLERK, Town};

/// A town with a second version that is not in force: it says more, and no longer 持出し.
async fn with_history() -> Town {
    let town = Town::settled().await;
    let text = "川辺町の対策基準\n\n1 役割\n 課長は、媒体の <貸出し> を許可しなければならない。\n\n2 委託\n (1) 契約\n 課長は、受託者と秘密を守る契約を結ばなければならない。\n";
    let reading = policy::read(text, policy::control::Controls::embedded());
    let act = Act::LoadPolicy { file: "kawabe-2.txt".to_owned(), reading: Box::new(reading), source: office::adoption::Source::default() };
    town.registry.submit(Actor::Console, act).await.unwrap();
    town
}

fn address(query: &str) -> String {
    format!("/search?q={}", encode(query))
}

#[tokio::test]
async fn kana_find_kanji_in_the_version_in_force() {
    let town = with_history().await;
    let mut clerk = town.signed_in(CLERK).await;
    let answer = clerk.get(&address("もちだし")).await;
    answer
        .says("施行中の規程")
        .says("課長は、<mark>持出し</mark>を許可する。")
        .says("標準実施基準")
        .says("href=\"/policy/clauses/1?version=1\"");
    // The clause stands in both versions and says so in the first only.
    answer.says("第1版から第2版まで").says("この言葉があるのは第1版です。");
    let narrowed = clerk.get(&format!("{}&section=in-force", address("ﾓﾁﾀﾞｼ"))).await;
    narrowed.says("<strong>1</strong>条項が見つかりました");
}

#[tokio::test]
async fn other_versions_are_searched_and_their_text_is_escaped() {
    let town = with_history().await;
    let mut clerk = town.signed_in(CLERK).await;
    let answer = clerk.get(&format!("{}&section=others", address("貸し出し ばいたい"))).await;
    answer
        .says("ほかの版の規程")
        .says("<mark>媒体</mark>の &lt;<mark>貸出し</mark>&gt; を許可")
        .says("施行中の版では、この条項の文が変わっています");
    let answer = clerk.get(&address("受託者 契約")).await;
    answer.says("第2版").says("施行中の版には、この条項はありません。");
    assert!(!clerk.get(&format!("{}&version=1", address("受託者 \"秘密を守る\""))).await.text.contains("ほかの版の規程</h2>"));
    let answer = clerk.get(&address("\"><script>")).await;
    assert!(!answer.text.contains("<script"), "{}", answer.text);
}

#[tokio::test]
async fn a_number_opens_its_clause_and_quoted_it_is_a_word() {
    let town = with_history().await;
    let mut clerk = town.signed_in(CLERK).await;
    let answer = clerk.get(&address("第１条")).await;
    assert_eq!(answer.location(), "/policy/clauses/1?version=1", "{}", answer.text);
    clerk.get("/policy/clauses/1?version=1").await.says("「第１条」の条項を開きました");
    clerk.get(&address("「第1条」")).await.says("見つかりませんでした");
    // Version 2 alone has it: nothing is opened that is not in force.
    clerk.get(&address("2(1)")).await.says("href=\"/policy/clauses/2/%281%29?version=2\"");
}

#[tokio::test]
async fn nothing_found_says_what_to_try_and_an_empty_page_says_how() {
    let town = with_history().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/search").await.says("探し方").says("aria-current=\"page\">探す");
    clerk.get(&address("量子コンピュータ")).await.says("「量子コンピュータ」は見つかりませんでした").says("ことばを短くする");
    clerk.get(&format!("{}&part={}", address("許可"), encode("第9章"))).await.says("版や章の条件を外して探す");
    clerk.get(&format!("/search?q={}&page=999999999999", "a".repeat(3000))).await.says("見つかりませんでした");
}

#[tokio::test]
async fn results_are_exported() {
    let town = with_history().await;
    let mut clerk = town.signed_in(CLERK).await;
    let answer = clerk.get(&format!("{}&format=csv", address("許可"))).await;
    assert!(answer.text.starts_with('\u{FEFF}'));
    answer.says("施行中の規程,第1版,1,役割,").says("第1版から第2版まで");
    assert_eq!(clerk.get(&format!("{}&format=xlsx", address("許可"))).await.status, 200);
}

#[tokio::test]
async fn the_list_of_clauses_is_narrowed_by_the_same_search() {
    let town = with_history().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get(&format!("/policy?q={}", encode("もちだし"))).await.says("1条項が見つかりました").says("役割");
    clerk.get(&format!("/policy?version=2&q={}", encode("じゅたくしゃ"))).await.says("1条項が見つかりました");
    clerk.get(&format!("/policy?q={}", encode("じゅたくしゃ"))).await.says("0条項が見つかりました");
}

#[tokio::test]
async fn a_version_loaded_later_is_found() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get(&address("桟橋")).await.says("見つかりませんでした");
    let reading = policy::read("川辺町の対策基準\n\n1 桟橋\n 桟橋に端末を置かない。\n", policy::control::Controls::embedded());
    let act = Act::LoadPolicy { file: "k.txt".to_owned(), reading: Box::new(reading), source: office::adoption::Source::default() };
    town.registry.submit(Actor::Console, act).await.unwrap();
    clerk.get(&address("桟橋")).await.says("<mark>桟橋</mark>");
}

#[tokio::test]
async fn words_are_explained_where_they_are_used_and_references_are_links() {
    let town = Town::settled().await;
    let text = "川辺町の対策基準\n\n1 用語\n (1) 電磁的記録媒体\n 電磁的記録媒体とは、<データ>を記録する物をいう。\n\n2 持ち出し\n (1) 手続\n 職員等は、電磁的記録媒体を持ち出すときは、3(1)の手続による。\n\n3 許可\n (1) 申請\n 職員等は、課長に申請する。\n";
    let reading = policy::read(text, policy::control::Controls::embedded());
    let act = Act::LoadPolicy { file: "k.txt".to_owned(), reading: Box::new(reading), source: office::adoption::Source::default() };
    town.registry.submit(Actor::Console, act).await.unwrap();
    let mut clerk = town.signed_in(CLERK).await;
    let page = clerk.get("/policy/clauses/2/(1)?version=2").await;
    page.says("<a class=\"term\" href=\"#term-1\">電磁的記録媒体</a>").says("この条項で使う用語").says("id=\"term-1\"");
    page.says("&#60;データ&#62;を記録する物").says("<a href=\"/policy/clauses/3/%281%29?version=2\">3(1)</a>");
    assert!(!clerk.get("/policy/clauses/3/(1)?version=2").await.text.contains("この条項で使う用語"));
    let page = clerk.get("/policy/print?version=2").await;
    page.says("href=\"#term-1\"").says("id=\"term-1\"");
    let page = clerk.get("/policy/glossary?version=2").await;
    page.says("電磁的記録媒体").says("href=\"/policy/clauses/2/%281%29?version=2\"").says("href=\"/policy/clauses/1/%281%29?version=2\"");
    clerk.get("/policy/glossary?version=2&format=csv").await.says("電磁的記録媒体,").says(",1/(1),2/(1)");
    clerk.get("/policy/glossary").await.says("見つかりませんでした");
}
