//! `sekisho policy`: what a document says and where, what is wrong with it, how two differ, what one lacks.

mod compare;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Subcommand, ValueEnum};
use policy::{Reading, control::Controls, text};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// 文書を読み、条項・規範文・仕組みを表にする
    Read {
        /// 規程の文書（テキスト）
        file: PathBuf,
        /// 出力の形
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// 文書そのものの不備を点検する
    Check {
        /// 規程の文書（テキスト）
        file: PathBuf,
    },
    /// 二つの文書を比べ、新旧対照表を作る（変更なし 0、変更あり 1、比べられない 2 で終わる）
    Compare(compare::Arguments),
    /// 標準実施基準にあって、文書にないものを挙げる
    Gaps {
        /// 規程の文書
        file: PathBuf,
    },
    /// 文書からことばを探す（ひらがな、全角・半角、送り仮名の違いは問わない）
    Search {
        /// 規程の文書（テキスト）
        file: PathBuf,
        /// 探すことば。並べるとすべてを含む条項、先頭に - を付けると含まない条項、条項の番号ならその条項
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// 人が読む表
    Table,
    /// 条項ごとに「パス・行・見出し」のタブ区切り
    Tree,
    /// 規範文ごとに JSON 一行
    Obligations,
    /// 仕組み全体の JSON
    Model,
    /// e-Gov の法令標準 XML
    LawXml,
}

/// Runs a policy command. `check` ends with 1 if the document has problems that need a person, `search` if nothing is found.
pub(crate) fn run(command: &Command) -> Result<ExitCode, String> {
    match command {
        Command::Read { file, format } => {
            let reading = read(file)?;
            print(&match format {
                Format::Table => text::read_tables(&reading),
                Format::Tree => text::tree_tsv(&reading),
                Format::Obligations => text::obligations_jsonl(&reading),
                Format::Model => text::model_json(&reading),
                Format::LawXml => crate::oscal::law_xml(file, &reading),
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { file } => {
            let reading = read(file)?;
            print(&text::check_table(&reading))?;
            Ok(if reading.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Compare(arguments) => Ok(compare::run(arguments)),
        Command::Gaps { file } => compare::gaps(&read(file)?),
        Command::Search { file, words } => {
            // A word with white space in it was quoted on the command line.
            let quoted = |word: &String| if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.clone() };
            let typed = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
            let (lines, found) = text::search_lines(&read(file)?, &typed);
            print(&lines)?;
            Ok(if found == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}

/// Reads a policy document from a file.
pub(crate) fn read(file: &Path) -> Result<Reading, String> {
    let bytes = std::fs::read(file)
        .map_err(|cause| format!("{}: 読めません（{cause}）。ファイルの名前と場所を確かめてください。", file.display()))?;
    let extract = document::extract(&bytes).map_err(|cause| format!("{}: {cause}", file.display()))?;
    Ok(policy::read(&extract.text, Controls::embedded()))
}

/// Prints, and takes no offence at a reader that stops early (`| head`).
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("表示できません: {cause}")),
        _ => Ok(()),
    }
}
