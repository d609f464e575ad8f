//! `sekisho sanitize`: files, folders and standard input through the gate; safe files, a report and a table out.

mod inputs;
mod outputs;
mod told;

use std::{
    fs::File,
    io::{IsTerminal, Read, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{Sender, channel},
    },
    time::Duration,
};

use clap::ValueEnum;
use gate::{Address, Gate, Launch, Scan, Scanner, settings::Settings};
use sanitize::{Outcome, Report};

use inputs::{Entry, Source};
use told::Told;

/// ファイルを無害化する。
#[derive(clap::Args)]
#[command(after_help = "終了コード: 0 すべて通した、1 止めたファイルがある、2 使い方か機器の誤りで処理できないファイルがある")]
pub(crate) struct Arguments {
    /// 無害化するファイルかフォルダー（フォルダーは中まで。- は標準入力）
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<PathBuf>,
    /// できたファイルを置くフォルダー。フォルダーの構成は保つ
    #[arg(short, long, value_name = "DIR", required_unless_present = "inspect")]
    output: Option<PathBuf>,
    /// 取り除くものを表示するだけで、ファイルを書かない
    #[arg(long, conflicts_with = "output")]
    inspect: bool,
    /// 無害化の方針（省くと既定の方針）
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// ファイルの向き
    #[arg(long, value_enum, default_value_t = Direction::Inward)]
    direction: Direction,
    /// 暗号化されたファイルに試すパスワードを、1行に一つ書いたファイル
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// 結果を、1ファイルにつき1行の JSON で書き出す
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// ウイルス検査（clamd）のソケット。方針の scanner より優先する
    #[arg(long, value_name = "SOCKET")]
    clamd: Option<String>,
    /// 同時に処理する数（省くと、機器のコア数）
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// 標準入力のファイル名
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// 同じ名前のファイルがあれば置き換える
    #[arg(long)]
    overwrite: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Direction {
    /// インターネット接続系から LGWAN 接続系へ
    Inward,
    /// LGWAN 接続系からインターネット接続系へ
    Outward,
}

/// Something about the command or the machine, not about a file.
const TROUBLE: u8 = 2;
/// Something was held.
const HELD: u8 = 1;
/// How long a scanner may think about one file.
const SCANNER: Duration = Duration::from_secs(60);

/// Sanitizes. Ends with 0 if all was let through, 1 if something was held, 2 if something could not be tried.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match sanitize(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(TROUBLE)
        }
    }
}

fn sanitize(arguments: &Arguments) -> Result<u8, String> {
    let settings = settings(arguments)?;
    let passwords = passwords(arguments.password_file.as_deref())?;
    let passwords: Vec<&str> = passwords.iter().map(String::as_str).collect();
    let entries = inputs::list(&arguments.inputs, arguments.name.as_deref(), arguments.output.as_deref())?;
    if let Some(folder) = &arguments.output {
        std::fs::create_dir_all(folder).map_err(|cause| format!("{}: フォルダーを作れません（{cause}）。", folder.display()))?;
    }
    let mut report = arguments.report.as_deref().map(create).transpose()?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = arguments.jobs.map_or(cores, NonZeroUsize::get).min(entries.len()).max(1);
    let scanner = settings.scanner.map(|address| Scanner::new(address, SCANNER));
    let gate = Gate::open(settings.policy, scanner, Launch::own(), jobs).map_err(|cause| cause.to_string())?;

    let task = Task { gate: &gate, passwords: &passwords, output: arguments.output.as_deref(), overwrite: arguments.overwrite };
    let next = AtomicUsize::new(0);
    let mut told: Vec<Option<Told>> = entries.iter().map(|_| None).collect();
    let mut written = 0;
    std::thread::scope(|scope| -> Result<(), String> {
        let (hand, done) = channel();
        for _ in 0..jobs {
            let hand = hand.clone();
            scope.spawn(|| task.work(&entries, &next, hand));
        }
        drop(hand);
        let shows = std::io::stderr().is_terminal();
        for (count, (index, one)) in done.iter().enumerate() {
            if shows && entries.len() > 1 {
                eprint!("\r\x1b[K無害化しています {} / {}", count + 1, entries.len());
            }
            if let Some(place) = told.get_mut(index) {
                *place = Some(one);
            }
            // One line a file, in the order of the inputs, as soon as that order allows.
            while let Some(Some(one)) = told.get(written) {
                if let Some(report) = &mut report {
                    let line = one.line()?;
                    report.write_all(line.as_bytes()).map_err(|cause| format!("結果を書き出せません（{cause}）。"))?;
                }
                written += 1;
            }
        }
        if shows && entries.len() > 1 {
            eprint!("\r\x1b[K");
        }
        Ok(())
    })?;
    let told: Vec<Told> = told.into_iter().flatten().collect();
    crate::policy::print(&told::table(&told, arguments.inspect))?;
    let trouble = told.len() < entries.len() || told.iter().any(|one| one.trouble.is_some());
    let held = told.iter().any(|one| one.report.outcome == Outcome::Held);
    Ok(if trouble {
        TROUBLE
    } else if held {
        HELD
    } else {
        0
    })
}

/// What is the same for every file.
struct Task<'a> {
    gate: &'a Gate,
    passwords: &'a [&'a str],
    output: Option<&'a Path>,
    overwrite: bool,
}

impl Task<'_> {
    /// Takes one file after another until none is left.
    fn work(&self, entries: &[Entry], next: &AtomicUsize, hand: Sender<(usize, Told)>) {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = entries.get(index) else { return };
            if hand.send((index, self.one(entry))).is_err() {
                return;
            }
        }
    }

    fn one(&self, entry: &Entry) -> Told {
        let policy = self.gate.policy();
        let limit = policy.limits.input_bytes;
        let unread = |cause: String| Told::trouble(entry, policy, format!("読めません（{cause}）。"));
        let (bytes, more) = match &entry.source {
            Source::Other(what) => return Told::trouble(entry, policy, format!("{what}は扱いません。")),
            Source::Input => match some(std::io::stdin().lock(), 0, limit) {
                Ok(read) => read,
                Err(cause) => return unread(cause.to_string()),
            },
            Source::File(path) => match File::open(path).and_then(|file| file.metadata().map(|about| (file, about.len()))) {
                Err(cause) => return unread(cause.to_string()),
                Ok((_, length)) if length > limit => return Told::too_large(entry, policy, length, inputs::digest(path)),
                Ok((file, length)) => match some(file, length, limit) {
                    Ok(read) => read,
                    Err(cause) => return unread(cause.to_string()),
                },
            },
        };
        if more {
            return Told::too_large(entry, policy, bytes.len() as u64, None);
        }
        let file = gate::File { name: &entry.name, declared: None, bytes: &bytes, passwords: self.passwords };
        let passage = self.gate.pass(file);
        let mut told = Told {
            report: Report { input: entry.input.clone(), ..passage.report },
            scan: passage.scan,
            took: passage.took,
            peak_bytes: passage.peak_bytes,
            trouble: None,
        };
        if let (Some(folder), Some(safe)) = (self.output, &passage.output) {
            let path = folder.join(&entry.folder).join(entry.output_name(safe.name()));
            match outputs::write(&path, safe.bytes(), self.overwrite) {
                Ok(()) => told.report.output = Some(path.display().to_string()),
                Err(cause) => told.failed(format!("{}: {cause}", path.display())),
            }
        } else if self.output.is_none() {
            told.report.output = None;
        }
        told
    }
}

/// Reads up to the limit; says whether there would be more.
fn some(from: impl Read, expected: u64, limit: u64) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(limit)).unwrap_or(0));
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let more = bytes.len() as u64 > limit;
    Ok((bytes, more))
}

fn settings(arguments: &Arguments) -> Result<Settings, String> {
    let direction = match arguments.direction {
        Direction::Inward => sanitize::Direction::Inward,
        Direction::Outward => sanitize::Direction::Outward,
    };
    let mut settings = match &arguments.policy {
        None => Settings::standard(direction),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|cause| format!("{}: 読めません（{cause}）。ファイルの名前と場所を確かめてください。", file.display()))?;
            Settings::read(&text, direction).map_err(|mistakes| {
                let mistakes: Vec<String> = mistakes.iter().map(|mistake| format!("{}:{mistake}", file.display())).collect();
                mistakes.join("\n")
            })?
        }
    };
    if let Some(text) = &arguments.clamd {
        let address = Address::read(text);
        settings.scanner = Some(address.ok_or_else(|| {
            format!(
                "--clamd {text}: ソケットのパス（/run/clamav/clamd.ctl など）か、ホスト:ポート（localhost:3310 など）を書いてください。"
            )
        })?);
    }
    Ok(settings)
}

/// One password a line; white space is part of a password.
fn passwords(file: Option<&Path>) -> Result<Vec<String>, String> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(file)
        .map_err(|cause| format!("{}: 読めません（{cause}）。UTF-8 のテキストで、1行に一つパスワードを書いてください。", file.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn create(file: &Path) -> Result<File, String> {
    File::create(file).map_err(|cause| format!("{}: 結果を書き出せません（{cause}）。", file.display()))
}

/// What stands in reports for the scanner's answer.
const fn scanned(scan: Scan) -> &'static str {
    match scan {
        Scan::None => "検査なし",
        Scan::Clean => "検出なし",
        Scan::Infected => "検出",
        Scan::Down => "検査できず",
    }
}
