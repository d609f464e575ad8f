//! `sekisho init`: a body gets its folder, its key and the reading of its policy.

use std::path::{Path, PathBuf};

use office::act::{Act, Actor};
use web::policy_file::Loaded;

use crate::home::Home;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// 記録の保存先（新しいフォルダー）
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// 団体の名前
    #[arg(long)]
    name: String,
    /// 規程の文書（Word、OpenDocument、PDF、HTML、Markdown、テキスト）
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// PostgreSQL に保存するときの URL（省くと SQLite）
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), String> {
    if arguments.name.trim().is_empty() {
        return Err("団体の名前が空です。--name に市町村や組合の名前を書いてください。".to_owned());
    }
    // Read first: nothing is made for a document that cannot be read.
    let (bytes, loaded) = crate::policy::read(&arguments.policy)?;
    let home = Home::create(&arguments.data, arguments.name.trim(), arguments.database.clone())?;
    if let Err(reason) = found(&home, &arguments.policy, bytes, loaded.clone()).await {
        home.discard();
        return Err(reason);
    }
    println!("{}を登録しました。", home.settings.name);
    crate::policy::told(&loaded);
    println!();
    println!("次に行うこと:");
    println!("  1. sekisho serve --data {}", home.folder.display());
    println!("  2. 表示される番地を開き、表示される設定コードで最初の管理者を登録する");
    println!("  3. 職員の名簿を取り込み、規程の読み取り結果を確かめて施行する");
    println!();
    println!("{} は署名の鍵です。控えを取り、ほかの人に渡さないでください。", home.folder.join("signing.key").display());
    Ok(())
}

/// Writes the first records of the body.
async fn found(home: &Home, file: &Path, bytes: Vec<u8>, loaded: Loaded) -> Result<(), String> {
    let book = home.book().await?;
    let founded = submit(&book, Act::FoundBody { name: home.settings.name.clone() }).await;
    let loaded = match founded {
        Ok(_) => crate::policy::load(&book, file, bytes, loaded).await.map(drop),
        Err(reason) => Err(reason),
    };
    book.close().await;
    loaded
}

/// Submits an act from the console.
pub(crate) async fn submit(book: &registry::Registry, act: Act) -> Result<registry::Receipt, String> {
    book.submit(Actor::Console, act).await.map_err(|refused| refused.to_string())
}
