//! Workers that hang, die, lie or grow: the file is held, and the reason says which.

use std::{
    ffi::OsString,
    io::{Read, Write},
    process::ExitCode,
    time::Duration,
};

use gate::{File, Gate, Launch, Passage, sandbox};
use libtest_mimic::Trial;
use sanitize::{Outcome, Policy, Reason, Report};

use crate::{picture, test};

pub(crate) const PART: &str = "misbehave";

/// How, and what is to come of it: a reason, and a word of the detail.
const WAYS: &[(&str, Reason, &str)] = &[
    ("sleep", Reason::TimeOut, "wall clock"),
    ("deaf", Reason::TimeOut, "wall clock"),
    ("burn", Reason::TimeOut, "processor"),
    ("grow", Reason::MemoryOut, "memory"),
    ("forbidden", Reason::Crashed, "forbidden system call"),
    ("exit", Reason::Crashed, "without an answer"),
    ("abort", Reason::Crashed, "signal 6"),
    ("noise", Reason::Crashed, "unknown frame"),
    ("long-frame", Reason::Crashed, "beyond the limit"),
    ("long-output", Reason::Crashed, "beyond the limit"),
    ("many-members", Reason::Crashed, "beyond the limit"),
    ("half-frame", Reason::Crashed, "without an answer"),
    ("no-report", Reason::Crashed, "no report"),
    ("bad-report", Reason::Crashed, "report is none"),
    ("two-reports", Reason::Crashed, "out of order"),
    ("output-first", Reason::Crashed, "out of order"),
    ("held-with-output", Reason::Crashed, "do not fit"),
    ("delivered-without-output", Reason::Crashed, "do not fit"),
    ("verified-but-changed", Reason::Crashed, "verified"),
    ("program-name", Reason::Crashed, "name"),
    ("path-name", Reason::Crashed, "name"),
    ("deceiving-name", Reason::Crashed, "name"),
];

fn say(tag: u8, content: &[u8]) {
    head(tag, content.len() as u64);
    let _ = std::io::stdout().write_all(content);
    let _ = std::io::stdout().flush();
}

fn head(tag: u8, length: u64) {
    let mut out = std::io::stdout();
    let _ = out.write_all(&[tag]).and_then(|()| out.write_all(&length.to_be_bytes())).and_then(|()| out.flush());
}

fn listen() {
    for _ in 0..2 {
        let mut head = [0; 9];
        std::io::stdin().read_exact(&mut head).unwrap();
        let length = u64::from_be_bytes(head[1..].try_into().unwrap());
        std::io::copy(&mut std::io::stdin().take(length), &mut std::io::sink()).unwrap();
    }
}

fn report(outcome: Outcome, output: Option<&str>) -> Vec<u8> {
    let mut report = Report::held("a.bmp", b"", &Policy::default(), Reason::Damaged, "");
    report.outcome = outcome;
    report.output = output.map(str::to_owned);
    report.reason = report.reason.filter(|_| outcome == Outcome::Held);
    serde_json::to_vec(&report).unwrap()
}

fn answer(report: &[u8], output: Option<&[u8]>) {
    say(b'V', report);
    if let Some(output) = output {
        say(b'O', output);
    }
    say(b'E', b"");
}

/// `misbehave WAY MEMORY SECONDS`.
pub(crate) fn run(mut given: impl Iterator<Item = OsString>) -> ExitCode {
    let way = given.next().unwrap().into_string().unwrap();
    let mut number = || given.next().unwrap().into_string().unwrap().parse::<u64>().unwrap();
    let allowance = sandbox::Allowance { memory_bytes: number(), cpu_seconds: u32::try_from(number()).unwrap() };
    if matches!(way.as_str(), "burn" | "grow" | "forbidden") {
        sandbox::confine(allowance).unwrap();
    }
    say(b'R', b"");
    if way == "deaf" {
        std::thread::sleep(Duration::from_secs(60));
    }
    listen();
    match way.as_str() {
        "sleep" => std::thread::sleep(Duration::from_secs(60)),
        "burn" => loop {
            std::hint::black_box(1);
        },
        "grow" => {
            let mut all = Vec::new();
            loop {
                all.push(std::hint::black_box(vec![1_u8; 1 << 20]));
            }
        }
        "forbidden" => drop(std::fs::File::open("/etc/passwd")),
        "exit" => {}
        "abort" => std::process::abort(),
        "noise" => drop(std::io::stdout().write_all(&[0xff; 64])),
        "long-frame" => head(b'V', u64::MAX),
        "long-output" => {
            say(b'V', &report(Outcome::Rebuilt, Some("a.bmp")));
            head(b'O', 1 << 40);
        }
        "many-members" => {
            for _ in 0..10_000 {
                say(b'P', b"x");
                say(b'M', &vec![0; 1 << 20]);
            }
        }
        "half-frame" => {
            head(b'V', 1_000);
            let _ = std::io::stdout().write_all(b"half");
        }
        "no-report" => say(b'E', b""),
        "bad-report" => answer(b"{\"outcome\":\"PASSED\"}", None),
        "two-reports" => {
            say(b'V', &report(Outcome::Held, None));
            say(b'V', &report(Outcome::Held, None));
        }
        "output-first" => say(b'O', b"x"),
        "held-with-output" => answer(&report(Outcome::Held, None), Some(b"x")),
        "delivered-without-output" => answer(&report(Outcome::Rebuilt, Some("a.bmp")), None),
        "verified-but-changed" => answer(&report(Outcome::Verified, Some("a.bmp")), Some(b"x")),
        "program-name" => answer(&report(Outcome::Rebuilt, Some("a.exe")), Some(b"x")),
        "path-name" => answer(&report(Outcome::Rebuilt, Some("../a.bmp")), Some(b"x")),
        "deceiving-name" => answer(&report(Outcome::Rebuilt, Some("a\u{202e}pmb.bmp")), Some(b"x")),
        _ => unreachable!(),
    }
    let _ = std::io::stdout().flush();
    ExitCode::FAILURE
}

fn pass(way: &str) -> Passage {
    let mut policy = Policy::default();
    policy.limits.memory_bytes = 64 << 20;
    policy.limits.cpu_seconds = 1;
    // On a busy machine a second of the processor is long by the wall clock.
    policy.limits.wall_seconds = if matches!(way, "sleep" | "deaf") { 3 } else { 120 };
    policy.limits.input_bytes = 8 << 20;
    policy.limits.expanded_bytes = 16 << 20;
    let launch = Launch { program: std::env::current_exe().unwrap(), arguments: vec![PART.into(), way.into()] };
    let gate = Gate::open(policy, None, launch, 1).unwrap();
    // More than the pipes hold.
    let mut bytes = picture();
    bytes.resize(4 << 20, 0);
    gate.pass(File { name: "a.bmp", declared: None, bytes: &bytes, passwords: &[] })
}

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests: Vec<Trial> = WAYS
        .iter()
        .map(|(way, reason, word)| {
            test(&format!("held::{way}"), move || {
                let passage = pass(way);
                assert!(passage.output.is_none());
                assert_eq!(passage.report.outcome, Outcome::Held);
                assert_eq!(passage.report.reason, Some(*reason), "{:?}", passage.report.detail);
                let detail = passage.report.detail.unwrap();
                assert!(detail.contains(word), "{detail}");
            })
        })
        .collect();
    tests.push(test("a_program_that_is_no_worker_opens_no_gate", || {
        let launch = Launch { program: "/bin/true".into(), arguments: Vec::new() };
        assert!(Gate::open(Policy::default(), None, launch, 1).is_err());
        let launch = Launch { program: "/nonexistent".into(), arguments: Vec::new() };
        assert!(Gate::open(Policy::default(), None, launch, 1).is_err());
    }));
    tests
}
