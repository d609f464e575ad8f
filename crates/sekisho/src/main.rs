//! The binary: arguments, configuration and wiring; everything else is in the crates below.

mod account;
mod demo;
mod home;
mod init;
mod ledger;
mod load;
mod machine;
mod oscal;
mod policy;
mod sanitize;
mod serve;
mod tls;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// 関所: 情報セキュリティポリシーを読み、守らせ、証明する。
#[derive(Parser)]
#[command(name = "sekisho", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 架空の町で試す。番地とアカウントを表示し、止めるまで動く
    Demo {
        /// 記録の保存先（省くと、終了時に消える一時フォルダー）
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// 待ち受けるポート（0 なら空いているもの）
        #[arg(long, default_value_t = 8686)]
        port: u16,
    },
    /// 団体を登録し、規程を読み込む
    Init(init::Arguments),
    /// 画面を提供する
    Serve(serve::Arguments),
    /// サインインできなくなったアカウントを開き直す
    #[command(subcommand)]
    Account(account::Command),
    /// 規程の文書を読む・点検する・次の版として読み込む
    #[command(subcommand)]
    Policy(policy::Command),
    /// 規程を標準形式（OSCAL、法令XML）で書き出す・取り込む
    #[command(subcommand)]
    Oscal(oscal::Command),
    /// 記録を検証する・書き出す
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// ファイルを無害化する
    Sanitize(sanitize::Arguments),
    /// 台帳や申請の表を、記録から作り直す
    Rebuild {
        /// 記録の保存先
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Writes acts from many clients until it is stopped; for the kill tests and benchmarks.
    #[command(hide = true)]
    Load(load::Arguments),
}

fn main() -> ExitCode {
    // A worker of `sanitize` gives up all it has before anything else is started.
    let mut given = std::env::args_os().skip(1);
    if given.next().is_some_and(|first| first == gate::worker::WORKER) {
        return gate::worker::run(given);
    }
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .without_time()
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    if let Command::Sanitize(arguments) = &arguments.command {
        return sanitize::run(arguments);
    }
    match run(arguments.command) {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command.
fn run(command: Command) -> Result<ExitCode, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|cause| format!("起動できません: {cause}"))?;
    runtime.block_on(async {
        match command {
            Command::Demo { data, port } => demo::run(data, port).await?,
            Command::Init(arguments) => init::run(&arguments).await?,
            Command::Serve(arguments) => serve::run(&arguments).await?,
            Command::Account(command) => account::run(&command).await?,
            Command::Oscal(command) => oscal::run(&command).await?,
            Command::Ledger(command) => return ledger::run(&command).await,
            Command::Rebuild { data } => {
                let book = home::Home::open(&data)?.book().await?;
                book.rebuild().await.map_err(|trouble| trouble.to_string())?;
                book.close().await;
                println!("記録から作り直しました。");
            }
            Command::Load(arguments) => load::run(&arguments).await?,
            Command::Policy(command) => return policy::run(&command).await,
            Command::Sanitize(arguments) => return Ok(sanitize::run(&arguments)),
        }
        Ok(ExitCode::SUCCESS)
    })
}
