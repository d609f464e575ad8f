//! `sekisho policy compare` and `gaps`: two documents side by side, and one beside the standard set.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use ::policy::{Reading, compare, control::Controls, text};
use clap::ValueEnum;
use office::catalog::Catalog;
use web::comparison::Sheet;

use super::{print, read};

/// What `compare` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// 改正前の文書
    old: PathBuf,
    /// 改正後の文書
    new: PathBuf,
    /// 出力の形
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 出力先のファイル（省くと標準出力。xlsx と docx では必ず指定する）
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// 施行日など、表題の下に書く一行（何度でも書ける）
    #[arg(long, value_name = "TEXT")]
    note: Vec<String>,
    /// 条項どうしではなく、求めていること（統制）ごとに比べる。別の団体の規程と比べるとき
    #[arg(long)]
    by_control: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// 変わった条項の一覧
    Table,
    /// 新旧対照表のウェブページ
    Html,
    /// 新旧対照表のExcelブック
    Xlsx,
    /// 新旧対照表のWord文書
    Docx,
    /// 機械が読む JSON
    Json,
}

/// Compares two files; ends like `diff`: 0 the same, 1 different, 2 in trouble.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match compared(arguments) {
        Ok(true) => ExitCode::FAILURE,
        Ok(false) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}

/// Writes what differs; tells whether anything does.
fn compared(arguments: &Arguments) -> Result<bool, String> {
    let (old, new) = (read(&arguments.old)?.1.reading, read(&arguments.new)?.1.reading);
    if arguments.by_control {
        return by_control(arguments, &old, &new);
    }
    let (old, new) = (&old.document, &new.document);
    let comparison = compare::compare(old, new);
    let sheet = || Sheet { title: new.title.clone(), notes: arguments.note.clone(), rows: compare::table(&comparison, old, new) };
    let told = |error: web::comparison::WriteError| error.to_string();
    let bytes = match arguments.format {
        Format::Table => text::compare_table(&comparison).into_bytes(),
        Format::Json => text::compare_json(&comparison).into_bytes(),
        Format::Html => sheet().html().map_err(told)?.into_bytes(),
        Format::Xlsx => sheet().xlsx().map_err(told)?,
        Format::Docx => sheet().docx().map_err(told)?,
    };
    write(arguments, &bytes)?;
    Ok(comparison.changed().count() > 0)
}

fn by_control(arguments: &Arguments, old: &Reading, new: &Reading) -> Result<bool, String> {
    let rows = compare::by_control(old, new);
    let text = match arguments.format {
        Format::Table => text::by_control_table(&rows, Controls::embedded()),
        Format::Json => text::by_control_json(&rows),
        Format::Html | Format::Xlsx | Format::Docx => {
            return Err("統制ごとの比較は、table か json で出力します。--format を改めてください。".to_owned());
        }
    };
    write(arguments, text.as_bytes())?;
    Ok(rows.iter().any(|row| row.is_lacking() || row.is_ours_alone()))
}

fn write(arguments: &Arguments, bytes: &[u8]) -> Result<(), String> {
    match (&arguments.output, std::str::from_utf8(bytes)) {
        (Some(file), _) => save(file, bytes),
        (None, Ok(text)) if !matches!(arguments.format, Format::Xlsx | Format::Docx) => print(text),
        (None, _) => Err("ExcelとWordのファイルは画面に表示できません。-o で出力先のファイルを指定してください。".to_owned()),
    }
}

fn save(file: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes)
        .map_err(|cause| format!("{}: 書けません（{cause}）。フォルダーの有無と空き容量を確かめてください。", file.display()))
}

/// Prints what the standard set has and a document lacks; ends with 1 if there is any.
pub(crate) fn gaps(reading: &Reading) -> Result<ExitCode, String> {
    let catalog = Catalog::embedded().map_err(|error| error.to_string())?;
    let gaps = office::gaps::gaps(&catalog, reading);
    let rows = gaps.iter().map(|gap| {
        let declared = if gap.declared { "基本方針で宣言" } else { "なし" };
        [gap.clause.number.clone(), gap.clause.title.clone(), declared.to_owned(), gap.clause.text.clone()]
    });
    print(&text::list("標準実施基準にあって、この文書にないもの", &["番号", "題", "文書の定め", "標準の条文"], rows))?;
    Ok(if gaps.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
