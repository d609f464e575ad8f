//! `sekisho ledger`: verify every record, write a bundle for an auditor.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use ledger::{Progress, SigningKey};

use crate::home::Home;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// すべての記録を検証する
    Verify {
        /// 記録の保存先
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// 以前に控えたチェックポイント（巻戻しや書換えが分かります）
        #[arg(long, value_name = "FILE")]
        old: Vec<PathBuf>,
    },
    /// 監査人に渡す一式を書き出す（sekisho-verifier で検証できます）
    Export {
        /// 記録の保存先
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// 書き出し先（新しいフォルダー）
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// いまのチェックポイント（署名付きの要約）を表示する。印刷や別の場所への控えに
    Checkpoint {
        /// 記録の保存先
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Prints index and SHA-256 of every payload; for the kill tests.
    #[command(hide = true)]
    Hashes {
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

/// Records read at a time.
const PORTION: u64 = 1000;

/// Runs a ledger command. `verify` ends with 1 if it found a fault.
pub(crate) async fn run(command: &Command) -> Result<ExitCode, String> {
    match command {
        Command::Verify { data, old } => verify(data, old).await,
        Command::Export { data, out } => export(data, out).await,
        Command::Checkpoint { data } => checkpoint(data).await,
        Command::Hashes { data } => hashes(data).await,
    }
}

/// Shows how far a long work is, on the terminal only, at most once for each hundredth.
fn progress(what: &'static str) -> impl FnMut(Progress) {
    use std::io::IsTerminal;
    let shows = std::io::stderr().is_terminal();
    let mut shown = u64::MAX;
    move |now| {
        let percent = (now.checked * 100).checked_div(now.size).unwrap_or(100);
        if shows && percent != shown {
            shown = percent;
            eprint!("\r{what} {percent}％（{} / {}件）", now.checked, now.size);
            if percent == 100 {
                eprintln!();
            }
        }
    }
}

pub(crate) fn key(home: &Home) -> Result<SigningKey, String> {
    let config = home.config();
    SigningKey::from_seed(&config.origin, &config.signing_key_seed).map_err(|cause| cause.to_string())
}

fn url(home: &Home) -> String {
    let file = home.folder.join("book.sqlite");
    home.settings.database.clone().unwrap_or_else(|| ledger::sqlite_url(&file))
}

async fn verify(data: &std::path::Path, old: &[PathBuf]) -> Result<ExitCode, String> {
    let home = Home::open(data)?;
    let mut known: Vec<String> = old
        .iter()
        .map(|file| std::fs::read_to_string(file).map_err(|cause| format!("{}: 読めません: {cause}", file.display())))
        .collect::<Result<_, _>>()?;
    known.extend(home.kept_checkpoint().filter(|note| !note.is_empty()));
    let pool = ledger::connect(&url(&home), 1).await.map_err(|cause| cause.to_string())?;
    let mut conn = pool.acquire().await.map_err(|cause| cause.to_string())?;
    let report =
        ledger::verify(&mut conn, key(&home)?.verifier(), &known, progress("検証しています")).await.map_err(|cause| cause.to_string())?;
    drop(conn);
    pool.close().await;
    if report.is_clean() {
        println!("記録 {}件を検証しました。改ざんや欠けはありません。", report.entries);
        return Ok(ExitCode::SUCCESS);
    }
    println!("記録に異常があります（{}か所）。", report.faults.len());
    for fault in &report.faults {
        println!("  {}: {fault}", fault.code());
    }
    println!("この保存先には手を加えず、控えと比べてください。");
    Ok(ExitCode::FAILURE)
}

async fn export(data: &std::path::Path, out: &std::path::Path) -> Result<ExitCode, String> {
    let home = Home::open(data)?;
    let pool = ledger::connect(&url(&home), 1).await.map_err(|cause| cause.to_string())?;
    let mut conn = pool.acquire().await.map_err(|cause| cause.to_string())?;
    let exported =
        ledger::export(&mut conn, key(&home)?.verifier(), out, progress("書き出しています")).await.map_err(|cause| cause.to_string())?;
    drop(conn);
    pool.close().await;
    println!("記録 {}件を {} に書き出しました（{}ファイル）。", exported.size, out.display(), exported.files);
    println!("検証するには: sekisho-verifier {}", out.display());
    Ok(ExitCode::SUCCESS)
}

async fn checkpoint(data: &std::path::Path) -> Result<ExitCode, String> {
    let home = Home::open(data)?;
    let pool = ledger::connect(&url(&home), 1).await.map_err(|cause| cause.to_string())?;
    let mut conn = pool.acquire().await.map_err(|cause| cause.to_string())?;
    let note = ledger::checkpoint(&mut conn).await.map_err(|cause| cause.to_string())?;
    drop(conn);
    pool.close().await;
    print!("{}", note.ok_or("まだ記録がありません。")?);
    Ok(ExitCode::SUCCESS)
}

async fn hashes(data: &std::path::Path) -> Result<ExitCode, String> {
    use sha2::{Digest, Sha256};
    let home = Home::open(data)?;
    let pool = ledger::connect(&url(&home), 1).await.map_err(|cause| cause.to_string())?;
    let mut conn = pool.acquire().await.map_err(|cause| cause.to_string())?;
    let mut next = 0;
    loop {
        let records = ledger::read(&mut conn, next..next + PORTION).await.map_err(|cause| cause.to_string())?;
        let Some(last) = records.last() else { break };
        next = last.index + 1;
        for record in &records {
            if let Some((_, payload)) = &record.body {
                println!("{} {}", record.index, crate::home::hex(&Sha256::digest(payload)));
            }
        }
    }
    drop(conn);
    pool.close().await;
    Ok(ExitCode::SUCCESS)
}
