//! The worker: a process that parses one hostile file, after it has given up everything else.

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::Mutex,
};

use sanitize::{Input, Reason, Report, Verdict};
use serde::{Deserialize, Serialize};

use crate::{
    frame::{Tag, blocking},
    sandbox::{self, Allowance},
};

/// The first argument of a program that is to be a worker.
pub const WORKER: &str = "sanitize-worker";

/// Ends a worker that could not confine itself; standard error says why.
pub(crate) const UNCONFINED: u8 = 3;

/// What a worker is told besides the bytes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order<'a> {
    pub(crate) name: std::borrow::Cow<'a, str>,
    pub(crate) declared: Option<std::borrow::Cow<'a, str>>,
    pub(crate) policy: std::borrow::Cow<'a, sanitize::Policy>,
    pub(crate) passwords: Vec<std::borrow::Cow<'a, str>>,
    /// Whether files inside are handed out, for the scanner.
    pub(crate) members: bool,
}

/// Where a panic happened; never what it said, which may quote the file.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs a worker: confines the process, then serves one file on standard input and output.
///
/// To be called first thing in `main`, before any thread is started. `arguments` are those after [`WORKER`].
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut number = || arguments.next().and_then(|argument| argument.to_str().and_then(|text| text.parse::<u64>().ok()));
    let (Some(memory_bytes), Some(cpu_seconds)) = (number(), number().and_then(|seconds| u32::try_from(seconds).ok())) else {
        eprintln!("a worker is started by the gate only");
        return ExitCode::from(2);
    };
    if let Err(layer) = sandbox::confine(Allowance { memory_bytes, cpu_seconds }) {
        eprintln!("{layer}");
        return ExitCode::from(UNCONFINED);
    }
    std::panic::set_hook(Box::new(|panic| {
        if let (Some(location), Ok(mut place)) = (panic.location(), PANIC.lock()) {
            *place = location.to_string();
        }
    }));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Serves one file.
fn serve() -> std::io::Result<()> {
    let (from, to) = (rustix::stdio::stdin(), rustix::stdio::stdout());
    blocking::write(to, Tag::Ready, &[])?;
    let order = blocking::read(from, Tag::Order)?;
    let order: Order<'_> = serde_json::from_slice(&order)?;
    let bytes = blocking::read(from, Tag::File)?;

    let passwords: Vec<&str> = order.passwords.iter().map(AsRef::as_ref).collect();
    let input = Input { name: &order.name, declared: order.declared.as_deref(), bytes: &bytes, passwords: &passwords };
    let mut members = |place: &str, bytes: &[u8]| {
        if order.members {
            // A gate that no longer listens ends this process with the next write.
            let _ = blocking::write(to, Tag::Place, place.as_bytes()).and_then(|()| blocking::write(to, Tag::Member, bytes));
        }
    };
    let verdict = catch_unwind(AssertUnwindSafe(|| sanitize::sanitize(input, &order.policy, &mut members))).unwrap_or_else(|_| {
        let place = PANIC.lock().map(|place| place.clone()).unwrap_or_default();
        let report = Report::held(&order.name, &bytes, &order.policy, Reason::Crashed, format!("panic at {place}"));
        Verdict { report, output: None }
    });

    blocking::write(to, Tag::Report, &serde_json::to_vec(&verdict.report)?)?;
    if let Some(output) = &verdict.output {
        blocking::write(to, Tag::Output, output.bytes())?;
    }
    blocking::write(to, Tag::End, &[])?;
    // The gate looks at the memory used before it lets go.
    blocking::until_closed(from);
    Ok(())
}
