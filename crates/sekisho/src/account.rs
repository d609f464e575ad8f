//! `sekisho account`: the way back in when the last administrator cannot sign in any more.

use std::path::PathBuf;

use clap::Subcommand;
use office::act::{Act, Actor};
use registry::SecretWrite;

use crate::home::Home;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// アカウントを開き直し、仮のパスワードを表示する（画面の提供を止めてから使う）
    Reset {
        /// 記録の保存先
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// 職員番号
        #[arg(long, value_name = "番号")]
        person: String,
        /// 管理者にする
        #[arg(long)]
        administrator: bool,
    },
}

/// Letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// Opens the account, sets a password that must be changed, removes the second factor. All three are records.
pub(crate) async fn run(command: &Command) -> Result<(), String> {
    let Command::Reset { data, person, administrator } = command;
    let book = Home::open(data)?.book().await?;
    let known = book.snapshot().office.accounts.get(person).is_some_and(|account| account.administrator);
    let password: String =
        crate::machine::random::<16>().iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from)).collect();
    let hash = web::password::hash(&password, &crate::machine::random::<16>()).ok_or("パスワードを保存できません。")?;
    let secret = |password: Option<String>, totp: Option<String>| SecretWrite { person: person.clone(), password, totp };
    for (act, secret) in [
        (Act::OpenAccount { person: person.clone(), administrator: *administrator || known }, secret(None, None)),
        (Act::SetPassword { person: person.clone(), must_change: true }, secret(Some(hash.clone()), None)),
        (Act::SetSecondFactor { person: person.clone(), present: false }, secret(None, Some(String::new()))),
    ] {
        book.submit_with(Actor::Console, act, secret).await.map_err(|refused| refused.to_string())?;
    }
    println!("{} のアカウントを開き直しました。", book.snapshot().name(person));
    println!("仮のパスワード: {password}");
    println!("サインインするとパスワードの変更と認証アプリの登録を求められます。この操作は記録に残りました。");
    book.close().await;
    Ok(())
}
