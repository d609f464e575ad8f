//! Each thing that is denied: it works in a free process and not in a confined one.

use std::{
    ffi::OsString,
    fs,
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{
        net::{UnixListener, UnixStream},
        process::{CommandExt, ExitStatusExt},
    },
    path::Path,
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use gate::sandbox::{self, Allowance};
use libtest_mimic::Trial;
use rustix::process::{Pid, Resource, Rlimit, Signal};

use crate::{Folder, test};

pub(crate) const PART: &str = "try";

/// Ends a process whose act was refused by an error.
const REFUSED: u8 = 17;
const ALLOWANCE: Allowance = Allowance { memory_bytes: 64 << 20, cpu_seconds: 1 };

type Act = fn(&str) -> bool;

/// Name, act, and whether only root can do it at all.
const ACTS: &[(&str, Act, bool)] = &[
    ("read-file", |target| fs::read(Path::new(target).join("there")).is_ok(), false),
    ("write-file", |target| fs::write(Path::new(target).join("new"), "x").is_ok(), false),
    ("remove-file", |target| fs::remove_file(Path::new(target).join("there")).is_ok(), false),
    ("list-folder", |target| fs::read_dir(target).is_ok(), false),
    ("read-proc", |_| fs::read("/proc/self/status").is_ok(), false),
    ("memory-file", |_| rustix::fs::memfd_create("x", rustix::fs::MemfdFlags::empty()).is_ok(), false),
    ("tcp-connect", |target| TcpStream::connect(target).is_ok(), false),
    ("tcp-listen", |_| TcpListener::bind("127.0.0.1:0").is_ok(), false),
    ("udp-send", |target| UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"x", target)).is_ok(), false),
    ("unix-connect", |target| UnixStream::connect(target).is_ok(), false),
    ("socket-pair", |_| UnixStream::pair().is_ok(), false),
    ("pipe", |_| rustix::pipe::pipe().is_ok(), false),
    ("thread", |_| std::thread::Builder::new().spawn(|| {}).is_ok_and(|thread| thread.join().is_ok()), false),
    ("fork", |_| Command::new("/bin/true").status().is_ok_and(|status| status.success()), false),
    // Comes back only if it fails; /bin/true ends as an act that worked.
    ("exec", |_| Command::new("/bin/true").exec().kind() == std::io::ErrorKind::Other, false),
    ("be-traced", |_| nix::sys::ptrace::traceme().is_ok(), false),
    ("trace", |target| nix::sys::ptrace::attach(nix::unistd::Pid::from_raw(target.parse().unwrap())).is_ok(), true),
    ("kill", |target| rustix::process::kill_process(pid(target), Signal::KILL).is_ok(), false),
    // A signal that does nothing to it.
    ("signal-parent", |target| rustix::process::kill_process(pid(target), Signal::CONT).is_ok(), false),
    ("mount", |target| nix::mount::mount(Some("x"), target, Some("tmpfs"), nix::mount::MsFlags::empty(), Some("size=4k")).is_ok(), true),
    ("change-root", |target| rustix::process::chroot(target).is_ok(), true),
    ("become-root", |_| rustix::thread::set_thread_uid(rustix::process::Uid::ROOT).is_ok(), true),
    ("more-files", |_| rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) }).is_ok(), false),
    ("much-memory", |_| much(128 << 20), false),
    ("little-memory", |_| much(8 << 20), false),
    ("much-time", |_| burn(2_500), false),
];

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.parse().unwrap()).unwrap()
}

fn much(bytes: usize) -> bool {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for _ in 0..bytes >> 20 {
        all.push(std::hint::black_box(vec![1; 1 << 20]));
    }
    all.len() == bytes >> 20
}

/// So many milliseconds of processor time.
fn burn(milliseconds: u64) -> bool {
    let mut x = 1_u64;
    let spent = || rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    loop {
        for _ in 0..1_000_000 {
            x = std::hint::black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        let now = spent();
        if u64::try_from(now.tv_sec).unwrap() * 1_000 + u64::try_from(now.tv_nsec).unwrap() / 1_000_000 > milliseconds {
            return x != 0;
        }
    }
}

/// `try confined|landlock|free ACT TARGET`.
pub(crate) fn run(mut given: impl Iterator<Item = OsString>) -> ExitCode {
    let mut next = || given.next().and_then(|text| text.into_string().ok()).unwrap_or_default();
    let (how, name, target) = (next(), next(), next());
    let (_, act, _) = ACTS.iter().find(|(known, ..)| *known == name).unwrap();
    let confined = match how.as_str() {
        "confined" => sandbox::confine(ALLOWANCE),
        "landlock" => sandbox::no_files(),
        _ => Ok(()),
    };
    if let Err(layer) = confined {
        eprintln!("not confined: {layer}");
        return ExitCode::from(gate_unconfined());
    }
    // What is mounted or changed is this process's own affair.
    if act(&target) { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
}

const fn gate_unconfined() -> u8 {
    99
}

fn attempt(how: &str, name: &str, target: &str) -> ExitStatus {
    let mut command = if how == "free" && name == "mount" {
        // The mount must not outlive the control run.
        let mut command = Command::new("unshare");
        command.args(["--mount", "--"]).arg(std::env::current_exe().unwrap());
        command
    } else {
        Command::new(std::env::current_exe().unwrap())
    };
    command.args([PART, how, name, target]).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).status().unwrap()
}

/// What an act is done to.
struct Target {
    folder: Folder,
    sleeper: Child,
    tcp: TcpListener,
    udp: UdpSocket,
    _unix: UnixListener,
}

impl Target {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        fs::write(folder.0.join("there"), "there").unwrap();
        // Anybody may do anything here: what is refused is refused by the sandbox.
        fs::set_permissions(&folder.0, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let unix = UnixListener::bind(folder.0.join("socket")).unwrap();
        let sleeper = Command::new("sleep").arg("100").stdin(Stdio::null()).spawn().unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        for nonblocking in [tcp.set_nonblocking(true), udp.set_read_timeout(Some(Duration::from_millis(50))), unix.set_nonblocking(true)] {
            nonblocking.unwrap();
        }
        Self { folder, sleeper, tcp, udp, _unix: unix }
    }

    fn of(&self, name: &str) -> String {
        match name {
            "tcp-connect" => self.tcp.local_addr().unwrap().to_string(),
            "udp-send" => self.udp.local_addr().unwrap().to_string(),
            "unix-connect" => self.folder.0.join("socket").display().to_string(),
            "signal-parent" => std::process::id().to_string(),
            "kill" | "trace" => self.sleeper.id().to_string(),
            _ => self.folder.0.display().to_string(),
        }
    }

    /// Whether nothing happened to it.
    fn untouched(&mut self) -> bool {
        self.folder.0.join("there").exists()
            && !self.folder.0.join("new").exists()
            && self.sleeper.try_wait().unwrap().is_none()
            && self.tcp.accept().is_err()
            && self.udp.recv(&mut [0; 4]).is_err()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.sleeper.kill();
        let _ = self.sleeper.wait();
    }
}

pub(crate) fn tests() -> Vec<Trial> {
    let mut tests: Vec<Trial> = ACTS
        .iter()
        .filter(|(name, ..)| *name != "little-memory")
        .map(|(name, _, root)| test(&format!("denied::{name}"), move || denied(name, *root)))
        .collect();
    tests.push(test("what_is_needed_is_left", || {
        assert_eq!(attempt("confined", "little-memory", "").code(), Some(0));
    }));
    tests.push(test("landlock_alone_refuses_files_and_connections", || {
        for name in ["read-file", "write-file", "remove-file", "list-folder", "tcp-connect", "tcp-listen", "exec"] {
            let mut target = Target::new(&format!("landlock-{name}"));
            assert_eq!(attempt("landlock", name, &target.of(name)).code(), Some(i32::from(REFUSED)), "{name}");
            assert!(target.untouched(), "{name}");
        }
    }));
    tests
}

fn denied(name: &str, root: bool) {
    let mut target = Target::new(name);
    let status = attempt("confined", name, &target.of(name));
    let by = match name {
        "much-memory" => libc::SIGABRT,
        "much-time" => libc::SIGXCPU,
        _ => libc::SIGSYS,
    };
    assert_eq!(status.signal(), Some(by), "{name}: {status}");
    assert!(target.untouched(), "{name} was done");

    // Without the sandbox the same act works, so it is the sandbox that denies it.
    if root && !rustix::process::getuid().is_root() {
        return;
    }
    let status = attempt("free", name, &target.of(name));
    assert_eq!(status.code(), Some(0), "{name} does not work at all: {status}");
}
