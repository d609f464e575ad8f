//! The engine without sandbox and scanner, for tests and measurements: `sanitize [--repeat N] [--password P]… IN… DIR`.
//!
//! Writes the outputs into DIR and one JSON line for each input to standard output, with the fields of
//! `sekisho sanitize --report`. With `--repeat`, `seconds` is the shortest of N runs.

use std::{
    fs,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use sanitize::{Input, Policy, Reason, Report};

fn main() -> ExitCode {
    let (mut files, mut passwords, mut repeat): (Vec<PathBuf>, Vec<String>, u32) = (Vec::new(), Vec::new(), 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--repeat" => repeat = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1),
            "--password" => passwords.extend(arguments.next()),
            _ => files.push(argument.into()),
        }
    }
    let Some(folder) = files.pop() else {
        eprintln!("sanitize [--repeat N] [--password P]… IN… DIR");
        return ExitCode::FAILURE;
    };
    let passwords: Vec<&str> = passwords.iter().map(String::as_str).collect();
    let outcome = fs::create_dir_all(&folder).and_then(|()| files.iter().try_for_each(|file| one(file, &passwords, repeat, &folder)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "measures; nothing depends on it")]
fn one(file: &Path, passwords: &[&str], repeat: u32, folder: &Path) -> std::io::Result<()> {
    let bytes = fs::read(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let policy = Policy::default();
    let input = Input { name: &name, declared: None, bytes: &bytes, passwords };
    // Forgets the peak so far, where the system lets us.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (mut seconds, mut report, mut output) = (f64::INFINITY, None, None);
    for _ in 0..repeat.max(1) {
        let start = Instant::now();
        let verdict = catch_unwind(AssertUnwindSafe(|| sanitize::sanitize(input, &policy, &mut |_, _| ())));
        seconds = seconds.min(start.elapsed().as_secs_f64());
        let Ok(verdict) = verdict else { break };
        (report, output) = (Some(verdict.report), verdict.output);
    }
    let report = report.unwrap_or_else(|| Report::held(&name, &bytes, &policy, Reason::Crashed, "panic"));
    if let Some(output) = &output {
        fs::write(folder.join(output.name()), output.bytes())?;
    }
    let mut line = serde_json::to_value(&report)?;
    if let Some(fields) = line.as_object_mut() {
        fields.insert("input".into(), file.to_string_lossy().into());
        fields.insert("output".into(), output.map(|output| folder.join(output.name()).to_string_lossy().into_owned()).into());
        fields.insert("seconds".into(), seconds.into());
        fields.insert("peak_bytes".into(), peak().into());
    }
    writeln!(std::io::stdout().lock(), "{line}")
}

/// The most memory this process held since it last forgot.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
