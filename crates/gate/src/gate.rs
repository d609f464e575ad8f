//! One file through the gate: a worker parses it, a scanner looks at it, and only what both let through comes out.

use std::{
    borrow::Cow,
    fmt,
    sync::{Mutex, PoisonError, mpsc::sync_channel},
    time::{Duration, Instant},
};

use sanitize::{OnDown, Policy, Reason, Report};
use serde::Serialize;

use crate::{
    answer::{self, Answer, Safe},
    clock,
    frame::Tag,
    link::Fault,
    pool::{Ended, Launch, Pool, Worker},
    sandbox::Allowance,
    scanner::{Finding, Scanner},
    worker::Order,
};

/// What goes in.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name, without folders.
    pub name: &'a str,
    /// The media type the sender declared, if any.
    pub declared: Option<&'a str>,
    /// All of it.
    pub bytes: &'a [u8],
    /// Passwords to try.
    pub passwords: &'a [&'a str],
}

/// What the scanner had to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scan {
    /// None was asked: the hall has none, or the file was refused before.
    None,
    /// The file and every file inside it were looked at, and nothing was found.
    Clean,
    /// Something was found.
    Infected,
    /// No answer.
    Down,
}

/// A file's passage.
#[derive(Debug)]
pub struct Passage {
    /// What was found, removed and made.
    pub report: Report,
    /// The safe file, unless it was held.
    pub output: Option<Safe>,
    /// What the scanner said.
    pub scan: Scan,
    /// How long it took.
    pub took: Duration,
    /// The most memory the worker had; none if it ended by itself.
    pub peak_bytes: Option<u64>,
}

/// Why there is no gate: this machine lacks something.
#[derive(Debug)]
pub struct Unready(String);

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ファイルを隔離して処理する仕組み（サンドボックス）を用意できません: {}。Linux 5.13 以降で Landlock と seccomp が有効な機器で動かしてください。",
            self.0
        )
    }
}

impl std::error::Error for Unready {}

/// Between two zones, in one direction.
pub struct Gate {
    pool: Pool,
    policy: Policy,
    scanner: Option<Scanner>,
    /// The worker that showed that workers can be had.
    first: Mutex<Option<Worker>>,
}

/// A report is words; more is no report of ours.
const REPORT: u64 = 32 << 20;
const PLACE: u64 = 1 << 20;
/// Files inside that wait for the scanner.
const WAITING: usize = 4;

impl Gate {
    /// Opens the gate, with so many workers kept waiting.
    ///
    /// # Errors
    /// When a worker cannot be confined here; there is no gate without.
    pub fn open(policy: Policy, scanner: Option<Scanner>, launch: Launch, spare: usize) -> Result<Self, Unready> {
        let allowance = Allowance { memory_bytes: policy.limits.memory_bytes, cpu_seconds: policy.limits.cpu_seconds };
        let pool = Pool::new(launch, allowance, spare).map_err(|cause| Unready(cause.to_string()))?;
        let first = pool.take().map_err(Unready)?;
        if let Err(fault) = first.ready() {
            let ended = first.end();
            return Err(Unready(ended.unconfined().map_or_else(|| how(fault, &ended).1, str::to_owned)));
        }
        Ok(Self { pool, policy, scanner, first: Mutex::new(Some(first)) })
    }

    /// What the hall decided.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Lets a file through, or holds it.
    #[must_use]
    pub fn pass(&self, file: File<'_>) -> Passage {
        let began = clock::now();
        let passage = |report, output, scan, peak_bytes| Passage { report, output, scan, took: clock::now() - began, peak_bytes };
        let held = |reason, detail: String| Report::held(file.name, file.bytes, &self.policy, reason, detail);
        if file.bytes.len() as u64 > self.policy.limits.input_bytes {
            return passage(held(Reason::TooLarge, format!("{} bytes", file.bytes.len())), None, Scan::None, None);
        }

        let (answer, scanned) = self.both(file);
        let (mut report, mut output, peak_bytes) = match answer {
            Ok(Answer { report, output, peak_bytes }) => (report, output, peak_bytes),
            Err((reason, detail)) => (held(reason, detail), None, None),
        };
        let scan = match scanned {
            None => Scan::None,
            Some(Scanned::Clean) => Scan::Clean,
            Some(Scanned::Infected(what)) => {
                let kind = report.kind;
                report = Report { kind, ..held(Reason::Infected, what) };
                output = None;
                Scan::Infected
            }
            Some(Scanned::Down(why)) => {
                if output.is_some() && self.policy.scanner_down == OnDown::Hold {
                    let kind = report.kind;
                    report = Report { kind, ..held(Reason::ScannerDown, why) };
                    output = None;
                } else {
                    report.notes.push(format!("ウイルス検査は行えませんでした（{}）。", answer::plain(&why)));
                }
                Scan::Down
            }
        };
        passage(report, output, scan, peak_bytes)
    }

    /// Parsing and scanning, at the same time.
    fn both(&self, file: File<'_>) -> (Result<Answer, (Reason, String)>, Option<Scanned>) {
        let Some(scanner) = &self.scanner else {
            return (self.parse(file, &mut |_, _| {}), None);
        };
        std::thread::scope(|scope| {
            let (hand, waiting) = sync_channel::<(String, Vec<u8>)>(WAITING);
            let whole = scope.spawn(|| Scanned::of(scanner, "", file.bytes));
            let inner = scope.spawn(move || {
                let mut all = Scanned::Clean;
                for (place, bytes) in waiting {
                    // After the first bad answer the rest is only taken off the worker's hands.
                    if all == Scanned::Clean {
                        all = Scanned::of(scanner, &place, &bytes);
                    }
                }
                all
            });
            let answer = self.parse(file, &mut |place, bytes| {
                let _ = hand.send((place, bytes));
            });
            drop(hand);
            let lost = |_| Scanned::Down("the scanner's client ended".to_owned());
            let (whole, inner) = (whole.join().unwrap_or_else(lost), inner.join().unwrap_or_else(lost));
            (answer, Some(whole.worse(inner)))
        })
    }

    /// Has a worker of its own parse a file.
    fn parse(&self, file: File<'_>, members: &mut dyn FnMut(String, Vec<u8>)) -> Result<Answer, (Reason, String)> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let worker = match first {
            Some(worker) => worker,
            None => {
                let worker = self.pool.take().map_err(|cause| (Reason::Crashed, format!("no worker: {cause}")))?;
                match worker.ready() {
                    Ok(()) => worker,
                    Err(fault) => return Err(how(fault, &worker.end())),
                }
            }
        };
        let deadline = clock::now() + Duration::from_secs(u64::from(self.policy.limits.wall_seconds));
        let exchanged = self.exchange(&worker, file, deadline, members);
        let peak_bytes = exchanged.as_ref().ok().and_then(|_| worker.peak());
        let ended = worker.end();
        let (report, output) = exchanged.map_err(|fault| how(fault, &ended))?;
        answer::check(file, &self.policy, &report, output, peak_bytes)
            .map_err(|lie| (Reason::Crashed, format!("the worker's answer contradicts itself: {lie}")))
    }

    /// One order out, one answer back. Nothing of the answer is looked into here.
    fn exchange(
        &self,
        worker: &Worker,
        file: File<'_>,
        deadline: Instant,
        members: &mut dyn FnMut(String, Vec<u8>),
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), Fault> {
        let order = Order {
            name: Cow::Borrowed(file.name),
            declared: file.declared.map(Cow::Borrowed),
            policy: Cow::Borrowed(&self.policy),
            passwords: file.passwords.iter().map(|password| Cow::Borrowed(*password)).collect(),
            members: self.scanner.is_some(),
        };
        let order = serde_json::to_vec(&order).map_err(|_| Fault::Lied("an order that cannot be written"))?;
        let link = &worker.link;
        link.send(Tag::Order, &order, deadline)?;
        link.send(Tag::File, file.bytes, deadline)?;

        let limits = &self.policy.limits;
        let most = limits.expanded_bytes.saturating_add(limits.input_bytes);
        // All members together; files within files are handed out once at each depth.
        let mut left = most.saturating_mul(u64::from(limits.nesting).max(1));
        let (mut place, mut report, mut output) = (None, None, None);
        loop {
            let (tag, length) = link.head(deadline)?;
            match tag {
                Tag::Place if place.is_none() && report.is_none() => place = Some(link.content(length, PLACE, deadline)?),
                Tag::Member => {
                    let place = place.take().ok_or(Fault::Lied("a member without a place"))?;
                    left = left.checked_sub(length).ok_or(Fault::Lied("members beyond the limit"))?;
                    members(String::from_utf8_lossy(&place).into_owned(), link.content(length, most, deadline)?);
                }
                Tag::Report if report.is_none() && place.is_none() => report = Some(link.content(length, REPORT, deadline)?),
                Tag::Output if report.is_some() && output.is_none() => output = Some(link.content(length, most, deadline)?),
                Tag::End if length == 0 => {
                    let report = report.ok_or(Fault::Lied("no report"))?;
                    return Ok((report, output));
                }
                _ => return Err(Fault::Lied("a frame out of order")),
            }
        }
    }
}

/// What the scanner says of a file and of all files inside it.
#[derive(Debug, PartialEq, Eq)]
enum Scanned {
    Clean,
    Infected(String),
    Down(String),
}

impl Scanned {
    fn of(scanner: &Scanner, place: &str, bytes: &[u8]) -> Self {
        match scanner.scan(bytes) {
            Ok(Finding::Clean) => Self::Clean,
            Ok(Finding::Infected(name)) if place.is_empty() => Self::Infected(answer::plain(&name)),
            Ok(Finding::Infected(name)) => Self::Infected(answer::plain(&format!("{place}: {name}"))),
            Err(why) => Self::Down(why),
        }
    }

    fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Infected(what), _) | (_, Self::Infected(what)) => Self::Infected(what),
            (Self::Down(why), _) | (_, Self::Down(why)) => Self::Down(why),
            (Self::Clean, Self::Clean) => Self::Clean,
        }
    }
}

/// What a worker that gave no answer died of.
fn how(fault: Fault, ended: &Ended) -> (Reason, String) {
    match (fault, ended.signal()) {
        (Fault::TimeOut, _) => (Reason::TimeOut, "the wall clock's limit".to_owned()),
        (Fault::Lied(what), _) => (Reason::Crashed, format!("the worker broke the protocol: {what}")),
        (Fault::Closed, _) if ended.said.contains("memory allocation of") => (Reason::MemoryOut, "the memory limit".to_owned()),
        (Fault::Closed, Some(libc::SIGXCPU)) => (Reason::TimeOut, "the processor's limit".to_owned()),
        (Fault::Closed, Some(libc::SIGSYS)) => (Reason::Crashed, "the worker made a forbidden system call".to_owned()),
        // Nobody but the kernel does that: the machine itself is out of memory.
        (Fault::Closed, Some(libc::SIGKILL)) => (Reason::MemoryOut, "ended by the system".to_owned()),
        (Fault::Closed, Some(signal)) => (Reason::Crashed, format!("the worker ended by signal {signal}")),
        (Fault::Closed, None) => match ended.unconfined() {
            Some(layer) => (Reason::Crashed, format!("the worker could not confine itself: {}", answer::plain(layer))),
            None => (Reason::Crashed, "the worker ended without an answer".to_owned()),
        },
    }
}
