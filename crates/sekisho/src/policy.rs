//! `sekisho policy`: what a document says and where, what is wrong with it, how two differ, what one lacks; and loading it as the next version.

mod compare;

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Subcommand, ValueEnum};
use office::{act::Act, adoption::Unread, record::Fact};
use policy::text;
use registry::Registry;
use web::policy_file::{self, Loaded};

use crate::{home::Home, init::submit};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// 文書を読み、条項・規範文・仕組みを表にする
    Read {
        /// 規程の文書（Word、OpenDocument、PDF、HTML、Markdown、テキスト）
        file: PathBuf,
        /// 出力の形
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// 文書そのものの不備を点検する
    Check {
        /// 規程の文書（Word、OpenDocument、PDF、HTML、Markdown、テキスト）
        file: PathBuf,
    },
    /// 次の版として読み込む。施行は画面で行う
    Load {
        /// 規程の文書（Word、OpenDocument、PDF、HTML、Markdown、テキスト）
        file: PathBuf,
        /// 記録の保存先
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
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
        /// 規程の文書（Word、OpenDocument、PDF、HTML、Markdown、テキスト）
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
pub(crate) async fn run(command: &Command) -> Result<ExitCode, String> {
    match command {
        Command::Read { file, format } => {
            let Loaded { reading, source } = read(file)?.1;
            print(&match format {
                Format::Table => text::read_tables(&reading),
                Format::Tree => text::tree_tsv(&reading),
                Format::Obligations => text::obligations_jsonl(&reading),
                Format::Model => text::model_json(&reading),
                Format::LawXml => crate::oscal::law_xml(file, &reading),
            })?;
            warn(&source.unread);
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { file } => {
            let Loaded { reading, source } = read(file)?.1;
            print(&text::check_table(&reading))?;
            warn(&source.unread);
            Ok(if reading.problems.is_empty() && source.unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Load { file, data } => {
            let (bytes, loaded) = read(file)?;
            let book = Home::open(data)?.book().await?;
            let number = load(&book, file, bytes, loaded.clone()).await;
            book.close().await;
            let number = number?;
            println!("第{number}版として読み込みました。まだ施行していません。");
            told(&loaded);
            println!("画面の「規程の読込みと施行」で、読み取った内容を確かめて施行してください。");
            Ok(ExitCode::SUCCESS)
        }
        Command::Compare(arguments) => Ok(compare::run(arguments)),
        Command::Gaps { file } => compare::gaps(&read(file)?.1.reading),
        Command::Search { file, words } => {
            // A word with white space in it was quoted on the command line.
            let quoted = |word: &String| if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.clone() };
            let typed = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
            let (lines, found) = text::search_lines(&read(file)?.1.reading, &typed);
            print(&lines)?;
            Ok(if found == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}

/// Loads what was read as the next version, with the file itself. Returns the number of the version.
pub(crate) async fn load(book: &Registry, file: &Path, bytes: Vec<u8>, loaded: Loaded) -> Result<u32, String> {
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let original = book.put_object(&name, bytes).await.map_err(|cause| cause.to_string())?;
    let Loaded { reading, source } = loaded.kept(original);
    let receipt = submit(book, Act::LoadPolicy { file: name, reading: Box::new(reading), source }).await?;
    let number = receipt.records.iter().find_map(|record| match &record.fact {
        Fact::PolicyLoaded { version } => Some(version.number),
        _ => None,
    });
    number.ok_or_else(|| "読み込みの記録が見つかりません。".to_owned())
}

/// Reads a policy document from a file: its bytes, and what they say. Tells on the terminal how far it has come.
pub(crate) fn read(file: &Path) -> Result<(Vec<u8>, Loaded), String> {
    let bytes = std::fs::read(file)
        .map_err(|cause| format!("{}: 読めません（{cause}）。ファイルの名前と場所を確かめてください。", file.display()))?;
    let (shows, mut shown) = (std::io::stderr().is_terminal(), 0);
    let loaded = policy_file::read(&bytes, &mut |now| {
        let percent = (now.done * 100).checked_div(now.total).unwrap_or(100);
        if shows && now.total > 1 && percent != shown {
            shown = percent;
            eprint!("\r読み取っています {percent}％（{} / {}）", now.done, now.total);
            if percent == 100 {
                eprintln!();
            }
        }
    });
    let loaded = loaded.map_err(|cause| format!("{}: {cause}", file.display()))?;
    Ok((bytes, loaded))
}

/// Says what was read of a document, and what was not.
pub(crate) fn told(Loaded { reading, source }: &Loaded) {
    let (clauses, obligations, problems) = (reading.document.clauses.len(), reading.obligations.len(), reading.problems.len());
    println!("規程を読みました（{}）: 条項 {clauses}、規範文 {obligations}、文書の気になる所 {problems}", source.format);
    warn(&source.unread);
}

/// Says which parts of a file could not be read.
fn warn(unread: &[Unread]) {
    if !unread.is_empty() {
        eprintln!("読めなかった部分が{}か所あります。元のファイルで確かめてください。", unread.len());
    }
    for part in unread {
        eprintln!("  {}: {}", part.place, part.what);
    }
}

/// Prints, and takes no offence at a reader that stops early (`| head`).
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("表示できません: {cause}")),
        _ => Ok(()),
    }
}
