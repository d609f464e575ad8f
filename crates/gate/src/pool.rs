//! Workers, started ahead of need: each serves one file and is gone.

use std::{
    ffi::OsString,
    io::Read,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, sync_channel},
    },
    time::Duration,
};

use crate::{
    clock,
    frame::Tag,
    link::{Fault, Link},
    sandbox::Allowance,
    worker::{UNCONFINED, WORKER},
};

/// How a worker is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, before the allowance.
    pub arguments: Vec<OsString>,
}

impl Launch {
    /// The program that is running now, as a worker; its `main` must hand over to [`crate::worker::run`].
    #[must_use]
    pub fn own() -> Self {
        // Also right after the file was replaced by a newer one.
        Self { program: "/proc/self/exe".into(), arguments: vec![WORKER.into()] }
    }
}

/// A worker that is confined or about to be, and has read nothing yet.
pub(crate) struct Worker {
    child: Child,
    pub(crate) link: Link,
    said: Option<ChildStderr>,
}

/// How a worker ended.
pub(crate) struct Ended {
    pub(crate) status: Option<ExitStatus>,
    /// The beginning of what it wrote to standard error.
    pub(crate) said: String,
}

/// Of a worker's last words.
const SAID: u64 = 2_000;
/// How long a worker may take to confine itself.
pub(crate) const READY: Duration = Duration::from_secs(30);

impl Worker {
    fn start(launch: &Launch, allowance: Allowance) -> Result<Self, String> {
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .arg(allowance.memory_bytes.to_string())
            .arg(allowance.cpu_seconds.to_string())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|cause| format!("{}: {cause}", launch.program.display()))?;
        let said = child.stderr.take();
        match (child.stdin.take(), child.stdout.take()) {
            (Some(to), Some(from)) => {
                let link = Link::new(to, from).map_err(|cause| format!("pipes: {cause}"))?;
                Ok(Self { child, link, said })
            }
            _ => Err("pipes: none".to_owned()),
        }
    }

    /// Waits until it is confined.
    pub(crate) fn ready(&self) -> Result<(), Fault> {
        let deadline = clock::now() + READY;
        match self.link.head(deadline)? {
            (Tag::Ready, 0) => Ok(()),
            _ => Err(Fault::Lied("not ready")),
        }
    }

    /// The most memory it ever had, as the kernel counts it; asked while it waits.
    pub(crate) fn peak(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    }

    /// Ends it, and says how it had ended if it already had.
    pub(crate) fn end(mut self) -> Ended {
        // A process that is on its way out keeps the end it chose.
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        let mut said = Vec::new();
        if let Some(stderr) = self.said.take() {
            let _ = stderr.take(SAID).read_to_end(&mut said);
        }
        Ended { status, said: String::from_utf8_lossy(&said).trim().to_owned() }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Whether it could not confine itself, and which layer this machine does not have.
    pub(crate) fn unconfined(&self) -> Option<&str> {
        let code = self.status.and_then(|status| status.code());
        (code == Some(i32::from(UNCONFINED))).then_some(self.said.as_str())
    }

    /// The signal that ended it.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.and_then(|status| status.signal())
    }
}

/// Spare workers, waiting.
pub(crate) struct Pool {
    spare: Mutex<Receiver<Result<Worker, String>>>,
}

impl Pool {
    /// Keeps so many workers waiting, from now on.
    pub(crate) fn new(launch: Launch, allowance: Allowance, spare: usize) -> std::io::Result<Self> {
        // What this process has open is not handed down; the standard library sees to what it opened itself.
        close_fds::CloseFdsBuilder::new().threadsafe(true).cloexecfrom(3);
        let (hand, spare) = sync_channel(spare.saturating_sub(1));
        // Ends when the pool is gone; those still waiting end with their channel.
        std::thread::Builder::new().name("workers".into()).spawn(move || while hand.send(Worker::start(&launch, allowance)).is_ok() {})?;
        Ok(Self { spare: Mutex::new(spare) })
    }

    /// A worker of one's own; what went wrong if none can be started.
    pub(crate) fn take(&self) -> Result<Worker, String> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.recv().unwrap_or_else(|_| Err("no worker is started any more".to_owned()))
    }
}
