//! Files through the real worker, and how it is confined as the kernel tells it.

use gate::{File, Gate, Launch, Scan};
use libtest_mimic::Trial;
use sanitize::{Outcome, Policy, Reason};

use crate::{picture, test};

pub(crate) fn file<'a>(name: &'a str, bytes: &'a [u8]) -> File<'a> {
    File { name, declared: None, bytes, passwords: &[] }
}

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("many_files_pass_at_once_each_in_a_worker_of_its_own", || {
            let gate = Gate::open(Policy::default(), None, Launch::own(), 2).unwrap();
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in 0..5 {
                            let passage = gate.pass(file("a.bmp", &picture()));
                            assert_eq!(passage.report.outcome, Outcome::Rebuilt, "{:?}", passage.report);
                            assert_eq!(passage.scan, Scan::None);
                            assert!(passage.peak_bytes.unwrap() > 1 << 20);
                            let safe = passage.output.unwrap();
                            assert_eq!(safe.name(), "a.bmp");
                            assert!(safe.bytes().starts_with(b"BM"));
                        }
                    });
                }
            });
        }),
        test("the_answer_is_the_same_as_without_a_worker", || {
            let gate = Gate::open(Policy::default(), None, Launch::own(), 1).unwrap();
            for (name, bytes) in [("a.bmp", picture()), ("a.exe", b"MZ".to_vec()), ("a.bmp", Vec::new()), ("a.png", b"\x89PNG".to_vec())] {
                let input = sanitize::Input { name, declared: None, bytes: &bytes, passwords: &[] };
                let here = sanitize::sanitize(input, gate.policy(), &mut |_, _| {});
                let there = gate.pass(file(name, &bytes));
                assert_eq!(there.report, here.report);
                assert_eq!(there.output.map(|safe| safe.bytes().to_vec()), here.output.map(sanitize::Sanitized::into_bytes));
            }
        }),
        test("memory_is_capped_by_the_policy", || {
            let mut policy = Policy::default();
            policy.limits.memory_bytes = 32 << 20;
            let gate = Gate::open(policy, None, Launch::own(), 1).unwrap();
            let passage = gate.pass(file("a.bmp", &vec![b'x'; 64 << 20]));
            assert_eq!(passage.report.reason, Some(Reason::MemoryOut), "{:?}", passage.report.detail);
        }),
        test("a_file_beyond_the_limit_is_handed_to_nobody", || {
            let mut policy = Policy::default();
            policy.limits.input_bytes = 10;
            let gate = Gate::open(policy, None, Launch::own(), 1).unwrap();
            assert_eq!(gate.pass(file("a.bmp", &picture())).report.reason, Some(Reason::TooLarge));
        }),
        test("the_kernel_says_that_waiting_workers_are_confined", || {
            let gate = Gate::open(Policy::default(), None, Launch::own(), 1).unwrap();
            // Another thread's children may be here too: those of this gate are in their first state.
            let mut seen = 0;
            for process in std::fs::read_dir("/proc").unwrap().flatten() {
                let folder = process.path();
                let Ok(status) = std::fs::read_to_string(folder.join("status")) else { continue };
                let line = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim().to_owned();
                let arguments = std::fs::read_to_string(folder.join("cmdline")).unwrap_or_default();
                let ours = line("PPid:") == std::process::id().to_string() && arguments.contains(gate::worker::WORKER);
                if !ours || line("Seccomp:") != "2" {
                    continue;
                }
                seen += 1;
                assert_eq!(line("NoNewPrivs:"), "1");
                for rights in ["CapEff:", "CapPrm:", "CapInh:"] {
                    assert!(line(rights).bytes().all(|digit| digit == b'0'), "{status}");
                }
                assert!(!line("Uid:").split_whitespace().any(|user| user == "0"), "{status}");
                assert_eq!(line("Threads:"), "1");
                if let Ok(environment) = std::fs::read(folder.join("environ")) {
                    assert!(environment.is_empty());
                }
            }
            assert!(seen > 0);
            drop(gate);
        }),
        test("panics_are_held_and_tell_no_content", || {
            // The engine does not panic on purpose; that the worker would survive one is seen from its protocol.
            let gate = Gate::open(Policy::default(), None, Launch::own(), 1).unwrap();
            for bytes in [&b"\x00"[..], b"PK\x03\x04", b"%PDF-1.7", b"GIF89a"] {
                let passage = gate.pass(file("a.bin", bytes));
                assert_eq!(passage.report.outcome, Outcome::Held);
                assert!(passage.output.is_none());
            }
        }),
    ]
}
