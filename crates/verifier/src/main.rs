//! `sekisho-verifier`: what an auditor runs on an exported ledger.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use verifier::{Key, Question, check, recount};

const USAGE: &str = "使い方: sekisho-verifier 書き出しフォルダー [--key 鍵ファイル] [--old 以前のチェックポイント]...
                        [--coverage [--at 日付] [--list | --json]]

書き出した台帳を、作成したソフトウェアを信用せずに検証します。
  --key  別の経路で入手した鍵（key.txt と同じ形式）。指定しなければフォルダー内の鍵を使います。
  --old  以前に控えたチェックポイントのファイル。台帳がその続きであることも確かめます（複数可）。
  --coverage  規程の働きを記録だけから数え直します。
  --at        数える日（2026-11-21 の形）。指定しなければ最後の記録の日です。
  --list      規範文ごとの状態も示します。 --json  数え直しの結果を JSON で出します。

終了コード: 0 改ざんなし、1 異常あり、2 検証できなかった";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match answer(arguments) {
        Ok((page, good)) => {
            // A reader that stops early (`| head`) changes nothing about the verdict.
            let _ = write!(std::io::stdout(), "{page}");
            ExitCode::from(u8::from(!good))
        }
        Err(message) => {
            eprintln!("検証できませんでした: {message}");
            ExitCode::from(2)
        }
    }
}

/// What the arguments ask for besides the check itself.
#[derive(Default)]
struct Wanted {
    coverage: bool,
    at: Option<String>,
    list: bool,
    json: bool,
}

/// The page to print, and whether nothing was found wrong.
fn answer(arguments: Vec<std::ffi::OsString>) -> Result<(String, bool), String> {
    let (question, wanted) = read_question(arguments)?;
    let verdict = check(&question)?;
    if !wanted.coverage {
        return Ok((verdict.to_string(), verdict.is_good()));
    }
    let coverage = recount(&question.folder, wanted.at.as_deref())?;
    if wanted.json {
        let json = serde_json::to_string_pretty(&coverage).map_err(|error| error.to_string())?;
        return Ok((format!("{json}\n"), verdict.is_good()));
    }
    let list = if wanted.list { coverage.list() } else { String::new() };
    Ok((format!("{verdict}\n{coverage}{list}"), verdict.is_good()))
}

fn read_question(arguments: Vec<std::ffi::OsString>) -> Result<(Question, Wanted), String> {
    let mut folder = None;
    let mut question = Question::default();
    let mut wanted = Wanted::default();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        if argument == "--key" || argument == "--old" {
            let path = PathBuf::from(rest.next().ok_or(USAGE)?);
            let text = std::fs::read_to_string(&path).map_err(|error| format!("`{}` を読めません（{error}）", path.display()))?;
            if argument == "--old" {
                question.old.push(text);
            } else {
                let key = Key::parse(&text).ok_or_else(|| format!("`{}` は鍵ではありません", path.display()))?;
                question.key = Some(key);
            }
        } else if argument == "--coverage" {
            wanted.coverage = true;
        } else if argument == "--list" {
            wanted.list = true;
        } else if argument == "--json" {
            wanted.json = true;
        } else if argument == "--at" {
            wanted.at = Some(rest.next().ok_or(USAGE)?.to_string_lossy().into_owned());
        } else if folder.is_none() && !argument.to_string_lossy().starts_with("--") {
            folder = Some(PathBuf::from(argument));
        } else {
            return Err(USAGE.to_owned());
        }
    }
    question.folder = folder.ok_or(USAGE)?;
    if !wanted.coverage && (wanted.at.is_some() || wanted.list || wanted.json) {
        return Err(USAGE.to_owned());
    }
    Ok((question, wanted))
}
