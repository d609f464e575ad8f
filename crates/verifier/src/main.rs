//! `sekisho-verifier`: what an auditor runs on an exported ledger.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use verifier::{Key, Question, check};

const USAGE: &str = "使い方: sekisho-verifier 書き出しフォルダー [--key 鍵ファイル] [--old 以前のチェックポイント]...

書き出した台帳を、作成したソフトウェアを信用せずに検証します。
  --key  別の経路で入手した鍵（key.txt と同じ形式）。指定しなければフォルダー内の鍵を使います。
  --old  以前に控えたチェックポイントのファイル。台帳がその続きであることも確かめます（複数可）。

終了コード: 0 改ざんなし、1 異常あり、2 検証できなかった";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let verdict = read_question(arguments).and_then(|question| check(&question));
    match verdict {
        Ok(verdict) => {
            // A reader that stops early (`| head`) changes nothing about the verdict.
            let _ = write!(std::io::stdout(), "{verdict}");
            ExitCode::from(u8::from(!verdict.is_good()))
        }
        Err(message) => {
            eprintln!("検証できませんでした: {message}");
            ExitCode::from(2)
        }
    }
}

fn read_question(arguments: Vec<std::ffi::OsString>) -> Result<Question, String> {
    let mut folder = None;
    let mut question = Question::default();
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
        } else if folder.is_none() && !argument.to_string_lossy().starts_with("--") {
            folder = Some(PathBuf::from(argument));
        } else {
            return Err(USAGE.to_owned());
        }
    }
    question.folder = folder.ok_or(USAGE)?;
    Ok(question)
}
