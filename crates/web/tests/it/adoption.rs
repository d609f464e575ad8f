//! The life of a version: any file loaded, corrections carried over in sight, its effect shown, its day waited for.

use jiff::civil::date;
use office::{act::Act, record::Fact};

use crate::{
    browser::Browser,
    policy::{fields, is_japanese, sample, visible},
    town::{CLERK, TOP, Town},
};

type Sent = Vec<(String, String)>;

/// Sends a form.
async fn post(browser: &mut Browser, path: &str, fields: &Sent, more: &[(&str, &str)]) -> crate::browser::Answer {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(more.iter().copied()).collect();
    browser.post(path, &pairs).await
}

/// The fields with everybody named who has to decide, and a day.
fn filled(sent: &Sent, day: &str) -> Sent {
    let filled = |(key, value): &(String, String)| match key.as_str() {
        key if key.starts_with("role-") && key.ends_with("-by") && value != "everyone" => (key.to_owned(), "people".to_owned()),
        key if key.starts_with("role-") && key.ends_with("-people") => (key.to_owned(), "100 101".to_owned()),
        "effective" => (key.clone(), day.to_owned()),
        _ => (key.clone(), value.clone()),
    };
    sent.iter().map(filled).collect()
}

async fn adopt(officer: &mut Browser, number: u32, fields: &Sent) {
    let confirm = post(officer, &format!("/adoption/{number}"), fields, &[("action", "confirm")]).await;
    confirm.says("施行の確認");
    let packed = confirm.between("name=\"confirmation\" value=\"", "\"");
    let answer = officer.post(&format!("/adoption/{number}/adopt"), &[("confirmation", &packed), ("sure", "yes")]).await;
    assert_eq!(answer.location(), "/policy", "{}", visible(&answer.text));
}

/// The key of the field whose box holds these words.
fn field_beside(html: &str, words: &str, prefix: &str) -> String {
    let rest = html.split(words).skip(1).find(|rest| rest.split("</section>").next().unwrap().contains(prefix));
    let rest = rest.unwrap_or_else(|| panic!("{prefix} does not stand beside {words}"));
    let name = rest.split_once(&format!("name=\"{prefix}")).unwrap().1;
    format!("{prefix}{}", name.split('"').next().unwrap())
}

#[tokio::test]
async fn a_file_is_loaded_and_kept_as_it_was() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.get("/adoption").await.says("PDF").says("Word");
    let text = "架空町の規程\n\n第1条 副町長を、最高情報セキュリティ責任者とする。\n\n第2条 職員等は、機器を廃棄する場合には、最高情報セキュリティ責任者の許可を得なければならない。\n";
    let answer = officer.upload("/adoption", &[], "file", "規程.txt", text).await;
    assert_eq!(answer.location(), "/adoption/2", "{}", answer.text);
    let version = town.registry.version(2).await.unwrap().unwrap();
    let format = document::extract(text.as_bytes()).unwrap().format.name();
    assert_eq!(version.source.format, format);
    officer.get("/adoption/2").await.says(&format!("規程.txt（{format}）"));
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/policy/versions").await.says(&format!("元のファイルを受け取る（{format}）"));
    let file = clerk.get("/policy/versions/2/file").await;
    assert_eq!(file.text, text);
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert_eq!(clerk.get("/policy/versions/1/file").await.status, 404);
}

#[tokio::test]
async fn nothing_is_adopted_while_unread_parts_are_not_looked_at() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    let reading = policy::read(&sample(), policy::control::Controls::embedded());
    let unread = vec![office::adoption::Unread { place: "3ページ".to_owned(), what: "図の中の表は読めません。".to_owned() }];
    let source = office::adoption::Source { format: "PDF".to_owned(), unread, original: None };
    let act = Act::LoadPolicy { file: "規程.pdf".to_owned(), reading: Box::new(reading), source };
    town.registry.submit(office::act::Actor::Console, act).await.unwrap();
    let page = officer.get("/adoption/2").await;
    page.says("読めなかった部分があります（1か所）").says("図の中の表は読めません。").says("読めなかった部分を確かめました");
    let sent = filled(&fields(&page.text), "2026-11-01");
    let confirm = post(&mut officer, "/adoption/2", &sent, &[("action", "confirm")]).await;
    let packed = confirm.between("name=\"confirmation\" value=\"", "\"");
    let answer = officer.post("/adoption/2/adopt", &[("confirmation", &packed), ("sure", "yes")]).await;
    answer.says("この文書には、読めなかった部分があります。");
    let mut ticked = sent.clone();
    ticked.push(("unread_checked".to_owned(), "yes".to_owned()));
    adopt(&mut officer, 2, &ticked).await;
}

#[tokio::test]
async fn what_was_corrected_is_carried_over_where_the_words_are_the_same_and_shown_where_not() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.upload("/adoption", &[], "file", "規程.txt", &sample()).await;
    let page = officer.get("/adoption/2").await;
    let reading = town.registry.version(2).await.unwrap().unwrap();
    let duties: Vec<&policy::model::Duty> =
        reading.reading.model.duties.iter().filter(|duty| duty.cadence == policy::model::Cadence::Months(12)).collect();
    // Two duties of different clauses; the clause of one will be amended.
    let kept = duties[0];
    let amended = duties.iter().find(|duty| duty.cite.clause != kept.cite.clause && duty.what != kept.what).unwrap();
    let short = |duty: &policy::model::Duty| duty.what.chars().take(12).collect::<String>();
    let keys = [field_beside(&page.text, &short(kept), "duty-"), field_beside(&page.text, &short(amended), "duty-")];
    let mut sent = filled(&fields(&page.text), "2026-11-01");
    for (key, value) in &mut sent {
        if keys.contains(key) {
            *value = "5".to_owned();
        }
    }
    adopt(&mut officer, 2, &sent).await;
    let version = town.registry.version(2).await.unwrap().unwrap();
    assert!(version.confirmed.as_ref().unwrap().corrections.len() >= 2);

    let clause = reading.reading.document.clauses.iter().find(|clause| clause.path == amended.cite.clause).unwrap();
    let own = reading.reading.document.source.get(clause.span.clone()).unwrap();
    let sentence = own.trim_end().to_owned();
    let next = sample().replacen(&sentence, &format!("{sentence}この定めは、町長が別に定める日から行うものとする。"), 1);
    assert_ne!(next, sample());
    officer.upload("/adoption", &[], "file", "規程.txt", &next).await;
    let page = officer.get("/adoption/3").await;
    is_japanese(&page.text);
    page.says("第2版で直したこと").says("引き継ぎました").says("条文が変わったため、引き継いでいません");
    let value = |html: &str, key: &str| fields(html).into_iter().find(|(one, _)| one == key).map(|(_, value)| value);
    let (kept_key, amended_key) = (
        field_beside(&page.text, &format!("<p>{}", short(kept)), "duty-"),
        field_beside(&page.text, &format!("<p>{}", short(amended)), "duty-"),
    );
    assert_eq!(value(&page.text, &kept_key).as_deref(), Some("5"));
    assert_eq!(value(&page.text, &amended_key).as_deref(), Some("12"));

    // One tick takes it over.
    let tick = page.between("name=\"take-", "\"");
    let again = post(&mut officer, "/adoption/3", &fields(&page.text), &[(&format!("take-{tick}"), "yes"), ("action", "confirm")]).await;
    again.says("前の版の訂正を引き継ぎました");
    assert_eq!(value(&again.text, &amended_key).as_deref(), Some("5"));
}

#[tokio::test]
async fn a_sentence_that_was_read_wrongly_is_bound_otherwise() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.upload("/adoption", &[], "file", "規程.txt", &sample()).await;
    let page = officer.get("/adoption/2").await;
    page.says("文ごとの統制").says("同じ役割をまとめる");
    let mut sent = fields(&page.text);
    let version = town.registry.version(2).await.unwrap().unwrap();
    let procedure = &version.reading.model.procedures[0];
    let norms = &version.reading.obligations;
    let at = norms.iter().position(|norm| norm.clause == procedure.cite.clause && norm.n == procedure.cite.n).unwrap();
    sent.push((format!("sentence-{at}-none"), "yes".to_owned()));
    let again = post(&mut officer, "/adoption/2", &sent, &[("action", "confirm")]).await;
    again.says("読み取りの訂正を反映しました").says("訂正 1");
    is_japanese(&again.text);
    let count = |html: &str| html.split_once("申請・許可（").unwrap().1.split('）').next().unwrap().parse::<usize>().unwrap();
    assert_eq!(count(&again.text) + 1, count(&page.text));
    // Sent back as it is, it goes on to the confirmation, and is adopted so.
    let sent = filled(&fields(&again.text), "2026-11-01");
    let wrong: Sent = sent
        .iter()
        .map(
            |(key, value)| {
                if *key == format!("sentence-{at}") { (key.clone(), "無い統制".to_owned()) } else { (key.clone(), value.clone()) }
            },
        )
        .collect();
    post(&mut officer, "/adoption/2", &wrong, &[("action", "confirm")]).await.says("一覧にありません");
    adopt(&mut officer, 2, &sent).await;
    let cite = &procedure.cite.clause;
    let book = &town.registry.snapshot().office.rulebooks[&2];
    let before = version.reading.model.procedures.iter().filter(|one| one.cite.clause == *cite).count();
    assert_eq!(book.procedures.iter().filter(|one| one.cite.clause == *cite && !one.cite.standard).count() + 1, before);
}

#[tokio::test]
async fn a_coming_version_is_announced_its_effect_shown_and_it_can_be_taken_back() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.upload("/adoption", &[], "file", "規程.txt", &sample()).await;
    let page = officer.get("/adoption/2").await;
    let sent = filled(&fields(&page.text), "2026-12-01");
    let confirm = post(&mut officer, "/adoption/2", &sent, &[("action", "confirm")]).await;
    confirm.says("いまの規程から変わるもの").says("令和8年12月1日になるまでは、いまの規程のままです");
    let packed = confirm.between("name=\"confirmation\" value=\"", "\"");
    officer.post("/adoption/2/impact", &[("confirmation", &packed)]).await.says("改正の影響").says("確認の途中の内容です");
    adopt(&mut officer, 2, &sent).await;

    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/").await.says("施行まであと7日").says("令和8年12月1日から");
    assert_eq!(clerk.get("/adoption/2/impact").await.status, 403);
    assert_eq!(clerk.get("/adoption/2/withdraw").await.status, 403);
    clerk.get("/policy").await.says("川辺町の対策基準");
    let page = officer.get("/adoption/2/impact").await;
    page.says("第1版「川辺町の対策基準」と比べています").says("新設").says("廃止");
    is_japanese(&page.text);
    let csv = officer.get("/adoption/2/impact/export?format=csv").await;
    assert!(csv.text.starts_with('\u{FEFF}') && csv.text.contains("廃止"), "{}", csv.text);
    assert!(officer.get("/adoption/2/impact/export").await.status.is_success());

    officer.get("/adoption").await.says("施行の決定を取り消す");
    officer.get("/adoption/2/withdraw").await.says("令和8年12月1日から施行することになっています");
    officer.post("/adoption/2/withdraw", &[("reason", "")]).await.says("理由が書かれていません");
    let answer = officer.post("/adoption/2/withdraw", &[("reason", "議決が先になった")]).await;
    assert_eq!(answer.location(), "/adoption/2");
    // It is as before, and what was confirmed stands in the form.
    officer.get("/adoption/2").await.says("100 101").says("施行の確認へ進む");
    assert!(!clerk.get("/").await.text.contains("施行まであと"));
    adopt(&mut officer, 2, &sent).await;

    // On the day it rules, of itself.
    assert_eq!(town.registry.snapshot().rulebook(date(2026, 11, 30)).unwrap().version, 1);
    assert_eq!(town.registry.snapshot().rulebook(date(2026, 12, 1)).unwrap().version, 2);
    let history = town.registry.history(&office::state::Key::Version(2)).await.unwrap();
    let withdrawn = history.iter().filter(|(_, record)| matches!(record.fact, Fact::AdoptionWithdrawn { .. })).count();
    assert_eq!(withdrawn, 1);
    for (index, record) in history {
        let page = officer.get(&format!("/records/{index}")).await;
        assert_eq!(page.status, 200);
        if matches!(record.fact, Fact::AdoptionWithdrawn { .. }) {
            page.says("施行の決定の取消し").says("議決が先になった");
        }
    }
}

#[tokio::test]
async fn what_is_no_policy_is_loaded_and_not_adopted_without_a_reason() {
    let town = Town::settled().await;
    let mut officer = town.signed_in(TOP).await;
    officer.upload("/adoption", &[], "file", "お知らせ.txt", "夏まつり\n\n1 日時\n\n8月1日\n\n2 場所\n\n港の広場\n").await;
    let page = officer.get("/adoption/2").await;
    page.says("規程らしくない文書です").says("規程らしくない文書を施行する理由");
    let mut sent = filled(&fields(&page.text), "2026-12-01");
    let confirm = post(&mut officer, "/adoption/2", &sent, &[("action", "confirm")]).await;
    let packed = confirm.between("name=\"confirmation\" value=\"", "\"");
    let answer = officer.post("/adoption/2/adopt", &[("confirmation", &packed), ("sure", "yes")]).await;
    answer.says("この文書は規程らしくないため");
    for (key, value) in &mut sent {
        if key == "reason" {
            *value = "試しに使う".to_owned();
        }
    }
    adopt(&mut officer, 2, &sent).await;
}
