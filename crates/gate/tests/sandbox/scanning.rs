//! ClamAV's own daemon with a database of one line, and stand-ins that are down, slow or wrong.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use gate::{Address, File, Gate, Launch, Passage, Scan, Scanner};
use libtest_mimic::Trial;
use sanitize::{OnDown, Outcome, Policy, Reason};

use crate::{Folder, passing::file, picture, test};

/// The string that every scanner knows, put together so that it stands nowhere.
fn eicar() -> Vec<u8> {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE", "!$H+H*"].concat().into_bytes()
}

/// A ZIP file of stored entries.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A mail with an attachment.
fn mail(name: &str, bytes: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!(
        "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x\r\nContent-Type: text/plain; name=\"{name}\"\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n--x--\r\n"
    )
    .into_bytes()
}

/// The daemon, in a folder of its own.
struct Clamd {
    folder: Folder,
    process: Child,
}

impl Clamd {
    fn start(name: &str, more: &str) -> Option<Self> {
        let program = ["/usr/sbin/clamd", "/usr/bin/clamd", "/usr/local/sbin/clamd"].into_iter().find(|path| PathBuf::from(path).is_file());
        let Some(program) = program else {
            assert!(std::env::var_os("CI").is_none(), "clamd is not installed: Debian's clamav-daemon");
            eprintln!("skipped: clamd is not installed (Debian's clamav-daemon)");
            return None;
        };
        let folder = Folder::new(name);
        let at = folder.0.display().to_string();
        fs::create_dir(folder.0.join("db")).unwrap();
        let hex: String = eicar().iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(folder.0.join("db/local.ndb"), format!("Test.Eicar:0:*:{hex}\n")).unwrap();
        let config = format!(
            "LocalSocket {at}/socket\nDatabaseDirectory {at}/db\nTemporaryDirectory {at}\nLogFile {at}/log\nForeground yes\n\
             StreamMaxLength 16M\nMaxThreads 4\n{more}"
        );
        fs::write(folder.0.join("clamd.conf"), config).unwrap();
        let process = Command::new(program)
            .arg(format!("--config-file={at}/clamd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let clamd = Self { folder, process };
        for _ in 0..600 {
            if clamd.scanner().scan(b"hello").is_ok() {
                return Some(clamd);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(clamd.folder.0.join("log")).unwrap_or_default();
        panic!("clamd does not answer: {log}");
    }

    fn scanner(&self) -> Scanner {
        Scanner::new(Address::Unix(self.folder.0.join("socket")), Duration::from_secs(30))
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn gate(scanner: Scanner, policy: Policy) -> Gate {
    Gate::open(policy, Some(scanner), Launch::own(), 1).unwrap()
}

fn with_clamd(name: &str, more: &str) {
    let Some(clamd) = Clamd::start(name, more) else { return };
    let gate = gate(clamd.scanner(), Policy::default());
    let plain = eicar();
    let zipped = zip(&[("a.txt", b"hello"), ("eicar.txt", &plain)]);
    let nested = zip(&[("inner.zip", &zipped)]);
    let attached = mail("eicar.txt", &plain);
    let deeper = mail("nested.zip", &nested);
    let cases: [(&str, &[u8]); 5] =
        [("eicar.txt", &plain), ("a.zip", &zipped), ("nested.zip", &nested), ("mail.eml", &attached), ("deeper.eml", &deeper)];
    for (name, bytes) in cases {
        let passage = gate.pass(file(name, bytes));
        assert_eq!(passage.report.reason, Some(Reason::Infected), "{name}: {:?}", passage.report);
        assert!(passage.report.detail.as_ref().unwrap().contains("Test.Eicar"), "{:?}", passage.report.detail);
        assert!(passage.output.is_none());
        assert_eq!(passage.scan, Scan::Infected);
    }
    let passage = gate.pass(file("a.bmp", &picture()));
    assert_eq!((passage.report.outcome, passage.scan), (Outcome::Rebuilt, Scan::Clean));
    // More than the daemon takes is no answer, and no answer is not clean.
    let mut big = picture();
    big.resize(20 << 20, 0);
    assert_eq!(gate.pass(file("a.bmp", &big)).scan, Scan::Down);
}

/// A stand-in for the daemon: says the same thing to all, and keeps what it was sent.
struct StandIn {
    _folder: Folder,
    path: PathBuf,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl StandIn {
    fn new(name: &str, answer: &'static [u8], waits: Duration) -> Self {
        let folder = Folder::new(name);
        let path = folder.0.join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keep = Arc::clone(&keep);
                std::thread::spawn(move || {
                    let mut stream = stream;
                    let mut command = [0; 10];
                    stream.read_exact(&mut command).unwrap();
                    assert_eq!(&command, b"zINSTREAM\0");
                    let mut all = Vec::new();
                    loop {
                        let mut length = [0; 4];
                        stream.read_exact(&mut length).unwrap();
                        match u32::from_be_bytes(length) {
                            0 => break,
                            length => (&mut stream).take(length.into()).read_to_end(&mut all).unwrap(),
                        };
                    }
                    keep.lock().unwrap().push(all);
                    std::thread::sleep(waits);
                    let _ = stream.write_all(answer);
                });
            }
        });
        Self { _folder: folder, path, heard }
    }

    fn pass(&self, policy: Policy, given: File<'_>) -> Passage {
        gate(Scanner::new(Address::Unix(self.path.clone()), Duration::from_millis(500)), policy).pass(given)
    }
}

fn without_an_answer(name: &str, answer: &'static [u8], waits: Duration) {
    let scanner = StandIn::new(name, answer, waits);
    let held = scanner.pass(Policy::default(), file("a.bmp", &picture()));
    assert_eq!((held.report.reason, held.scan), (Some(Reason::ScannerDown), Scan::Down));
    assert!(held.output.is_none());
    let policy = Policy { scanner_down: OnDown::Continue, ..Policy::default() };
    let passed = scanner.pass(policy, file("a.bmp", &picture()));
    assert_eq!((passed.report.outcome, passed.scan), (Outcome::Rebuilt, Scan::Down));
    assert!(passed.report.notes.iter().any(|note| note.contains("ウイルス検査")), "{:?}", passed.report.notes);
}

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("clamd_finds_what_it_knows_wherever_it_lies", || with_clamd("clamd", "")),
        // It opens nothing itself: what it finds is what the worker took out and showed it.
        test("clamd_is_shown_what_the_worker_takes_out", || with_clamd("clamd-surface", "ScanArchive no\nScanMail no\n")),
        test("a_scanner_that_is_not_there_holds_or_is_told", || {
            let scanner = Scanner::new(Address::Unix("/nonexistent/socket".into()), Duration::from_secs(1));
            let held = gate(scanner.clone(), Policy::default()).pass(file("a.bmp", &picture()));
            assert_eq!(held.report.reason, Some(Reason::ScannerDown));
            let policy = Policy { scanner_down: OnDown::Continue, ..Policy::default() };
            let passed = gate(scanner, policy).pass(file("a.bmp", &picture()));
            assert!(passed.output.is_some() && passed.scan == Scan::Down && !passed.report.notes.is_empty());
        }),
        test("a_scanner_that_is_silent_is_down", || without_an_answer("silent", b"", Duration::from_secs(2))),
        test("a_scanner_that_hangs_up_is_down", || without_an_answer("hangs-up", b"", Duration::ZERO)),
        test("a_scanner_that_fails_is_down", || without_an_answer("fails", b"stream: Can't allocate memory ERROR\0", Duration::ZERO)),
        test("what_is_infected_is_held_though_rebuilt", || {
            let scanner = StandIn::new("infected", b"stream: Some.Thing FOUND\0", Duration::ZERO);
            let passage = scanner.pass(Policy { scanner_down: OnDown::Continue, ..Policy::default() }, file("a.bmp", &picture()));
            assert_eq!((passage.report.reason, passage.scan), (Some(Reason::Infected), Scan::Infected));
            assert!(passage.output.is_none());
        }),
        test("files_inside_are_shown_to_the_scanner_too", || {
            let scanner = StandIn::new("members", b"stream: OK\0", Duration::ZERO);
            let inside = picture();
            let outside = zip(&[("inner/a.bmp", &inside)]);
            let passage = scanner.pass(Policy::default(), file("a.zip", &outside));
            let heard = scanner.heard.lock().unwrap();
            assert!(heard.contains(&outside));
            if passage.report.reason != Some(Reason::UnsupportedKind) {
                assert!(heard.contains(&inside), "{:?}", passage.report);
            }
        }),
    ]
}
