//! Registers on pages: kept, contested, imported, exported, disposed of.

use crate::town::{CLERK, GENERAL, GENERAL_HEAD, Town};

const ASSET: [(&str, &str); 8] = [
    ("name", "庶務の名簿"),
    ("class", "Ⅱ"),
    ("owner", GENERAL),
    ("form", "電子"),
    ("personal_info", "有り"),
    ("zone", "LGWAN接続系"),
    ("place", "共有フォルダ"),
    ("retention", "3年"),
];

fn with<'a>(fields: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(key, _)| !more.iter().any(|(other, _)| other == key));
    kept.chain(more).copied().collect()
}

#[tokio::test]
async fn a_row_is_entered_changed_and_contested() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/registers").await.says("情報資産台帳");
    clerk.get("/registers/asset/new").await.says("名称");
    let answer = clerk.post("/registers/asset/new", &with(&ASSET, &[("retention", "百年"), ("created", "きのう")])).await;
    assert_eq!(answer.status, 422);
    answer.says("日付として読めません").says("どれかを書いてください");
    let answer = clerk.post("/registers/asset/new", &with(&ASSET, &[("created", "令和8年4月1日")])).await;
    let row = answer.location().to_owned();
    assert!(row.starts_with("/registers/asset/rows/"), "{}", answer.text);
    clerk.get(&row).await.says("庶務の名簿").says("令和8年4月1日").says("登録した分類のとおりです");

    let mut head = town.signed_in(GENERAL_HEAD).await;
    let edit = format!("{row}/edit");
    let page = head.get(&edit).await;
    let revision = page.between("name=\"revision\" value=\"", "\"");
    clerk.get(&edit).await;
    let seen = with(&ASSET, &[("place", "書庫"), ("reason", "移したため"), ("revision", &revision)]);
    assert_eq!(head.post(&edit, &seen).await.location(), row);
    let late = with(&ASSET, &[("place", "金庫"), ("reason", "直すため"), ("revision", &revision)]);
    let answer = clerk.post(&edit, &late).await;
    assert_eq!(answer.status, 422);
    answer.says("ほかの人が先にこの行を直しています").says("橋本 花").says("書庫").says("金庫");
    let revision = answer.between("name=\"revision\" value=\"", "\"");
    assert_eq!(clerk.post(&edit, &with(&late, &[("revision", &revision)])).await.location(), row);
    clerk.get(&row).await.says("書庫 → 金庫").says("移したため");
}

#[tokio::test]
async fn a_copy_inherits_and_a_disposal_is_kept() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    clerk.get("/registers/asset/new").await;
    let original = clerk.post("/registers/asset/new", &with(&ASSET, &[("class", "Ⅰ")])).await.location().to_owned();
    let number = original.rsplit('/').next().unwrap().to_owned();
    let page = clerk.get(&format!("/registers/asset/new?copy={number}")).await;
    page.says("複製の登録").says("元や中身の分類を引き継ぎ");
    let copy = with(&ASSET, &[("name", "名簿の写し"), ("class", ""), ("copy_of", &number)]);
    let copy = clerk.post(&format!("/registers/asset/new?copy={number}"), &copy).await.location().to_owned();
    clerk.get(&copy).await.says("分類を引き継いでいます");
    clerk.get(&original).await.says("この分類に従うもの");
    clerk.get(&format!("{copy}/remove")).await.says("廃棄・返却の方法と理由");
    assert_eq!(clerk.post(&format!("{copy}/remove"), &[("reason", "裁断した")]).await.location(), copy);
    clerk.get(&copy).await.says("廃棄・返却済み").says("裁断した");
}

#[tokio::test]
async fn a_spreadsheet_changes_nothing_until_it_is_confirmed() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    let page = "/registers/asset/import";
    clerk.get(page).await.says("表の書き方");
    let list = "情報資産台帳\n管理番号,名称,分類,所管,形態,個人情報,領域,保管場所,保存期間,元の情報資産\n\
        A-0102,写し,,総務課,電子,有り,LGWAN接続系,共有,3年,A-0101\n\
        A-0101,元,Ⅰ,総務部/総務課,電子,有り,LGWAN接続系,共有,3年,\n\
        A-0103,誤り,Ⅴ,企画課,木簡,有り,LGWAN接続系,共有,3年,A-9999\n";
    let answer = clerk.upload(page, &[], "file", "台帳.csv", list).await;
    answer.says("新しい登録</dt><dd>2件").says("直す所のある行</dt><dd>1行").says("5行目 C列（分類）").says("「電子」「紙」");
    assert!(town.registry.row("asset", "A-0101").await.unwrap().is_none());
    let carried = answer.between("name=\"carried\" value=\"", "\"");
    let confirm = answer.between("name=\"confirm\" value=\"", "\"");
    let answer = clerk.post(page, &[("carried", &carried), ("carried_name", "台帳.csv"), ("confirm", &confirm)]).await;
    answer.says("直す所のある行</dt><dd>1行");
    let answer = clerk.post(page, &[("carried", &carried), ("carried_name", "台帳.csv"), ("confirm", &confirm), ("partly", "yes")]).await;
    answer.says("新しい登録 2件、変更 0件を記録しました");
    let copy = town.registry.row("asset", "A-0102").await.unwrap().unwrap();
    assert_eq!((copy.class.as_deref(), copy.class_from.as_deref()), (Some("Ⅰ"), Some("copy")));

    let file = clerk.get("/registers/asset/export?format=csv").await;
    assert!(file.text.starts_with('\u{FEFF}'));
    let again = clerk.upload(page, &[], "file", "台帳.csv", &file.text).await;
    again.says("変わらないもの</dt><dd>2件").says("取り込めるものはありません");
    clerk.upload(page, &[], "file", "台帳.csv", "%PDF-1.7").await.says("PDFファイルです");
    let excel = clerk.get("/registers/asset/export?format=xlsx").await;
    assert!(excel.text.starts_with("PK"));
    clerk.get("/registers/asset/print").await.says("A-0101").says("ブラウザの印刷");
    clerk.get("/registers/asset?q=%E5%86%99%E3%81%97").await.says("A-0102");
}

#[tokio::test]
async fn an_unknown_register_or_row_is_not_found() {
    let town = Town::settled().await;
    let mut clerk = town.signed_in(CLERK).await;
    for path in ["/registers/none", "/registers/asset/rows/A-9999", "/registers/asset/rows/A-9999/edit"] {
        assert_eq!(clerk.get(path).await.status, 404, "{path}");
    }
}
