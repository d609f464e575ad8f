//! `sekisho sanitize` from outside: what it writes, what it refuses, what it says, how it ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed; its helpers too")]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// A folder of one's own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sekisho-sanitize-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("in/below")).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join("in").join(name), bytes).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        said(&self.command(arguments).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command.arg("sanitize").args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn lines(&self) -> BTreeMap<String, Value> {
        let text = fs::read_to_string(self.0.join("report.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (line["input"].as_str().unwrap().to_owned(), line)).collect()
    }

    /// Everything below the output folder.
    fn outputs(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![self.0.join("out")];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    waiting.push(entry.path());
                } else {
                    found.push(entry.path().strip_prefix(self.0.join("out")).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A picture of one pixel, with something behind its end.
fn picture() -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for number in [58_u32, 0, 54, 40, 1, 1] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    for number in [0_u32, 4, 2835, 2835, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 2, 3, 0]);
    bytes
}

#[test]
fn a_folder_keeps_its_shape_and_every_file_is_told() {
    let folder = Folder::new("folder");
    folder.put("a.bmp", &picture());
    folder.put("below/b.bmp", &picture());
    folder.put("c.exe", b"MZ\x90\0");
    folder.put("empty.txt", b"");
    let (code, table, _) = folder.run(&["in", "-o", "out", "--report", "report.jsonl", "--jobs", "2"]);
    assert_eq!(code, 1, "{table}");
    assert_eq!(folder.outputs(), ["a.bmp", "below/b.bmp"]);
    assert!(table.contains("合計 4件") && table.contains("止めた"), "{table}");

    let lines = folder.lines();
    assert_eq!(lines.keys().collect::<Vec<_>>(), ["in/a.bmp", "in/below/b.bmp", "in/c.exe", "in/empty.txt"]);
    let good = &lines["in/below/b.bmp"];
    assert_eq!((&good["outcome"], &good["output"]), (&Value::from("REBUILT"), &Value::from("out/below/b.bmp")));
    assert!(good["reason"].is_null() && good["removed"].is_array());
    assert!(good["seconds"].as_f64().unwrap() > 0.0 && good["peak_bytes"].as_u64().unwrap() > 1 << 20);
    assert_eq!(good["sha256_in"].as_str().unwrap().len(), 64);
    assert_eq!(good["sha256_out"].as_str().unwrap().len(), 64);
    let bad = &lines["in/c.exe"];
    assert_eq!((&bad["outcome"], &bad["reason"]), (&Value::from("HELD"), &Value::from("dangerous-kind")));
    assert!(bad["output"].is_null() && bad["sha256_out"].is_null());
    assert_eq!(lines["in/empty.txt"]["reason"], "empty");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let folder = Folder::new("overwrite");
    folder.put("a.bmp", &picture());
    assert_eq!(folder.run(&["in", "-o", "out"]).0, 0);
    fs::write(folder.0.join("out/a.bmp"), "mine").unwrap();
    let (code, table, _) = folder.run(&["in", "-o", "out", "--report", "report.jsonl"]);
    assert_eq!(code, 2, "{table}");
    assert!(table.contains("--overwrite"), "{table}");
    assert_eq!(fs::read(folder.0.join("out/a.bmp")).unwrap(), b"mine");
    assert_eq!(folder.lines()["in/a.bmp"]["outcome"], "HELD");
    assert_eq!(folder.run(&["in", "-o", "out", "--overwrite"]).0, 0);
    assert_ne!(fs::read(folder.0.join("out/a.bmp")).unwrap(), b"mine");
}

#[test]
fn an_inspection_writes_nothing() {
    let folder = Folder::new("inspect");
    let mut bytes = picture();
    bytes.extend(b"hidden behind the end");
    folder.put("a.bmp", &bytes);
    let (code, table, _) = folder.run(&["in", "--inspect", "--report", "report.jsonl"]);
    assert_eq!(code, 0, "{table}");
    assert!(table.contains("種類: 画像（BMP）"), "{table}");
    let line = &folder.lines()["in/a.bmp"];
    assert!(line["output"].is_null());
    assert!(!line["removed"].as_array().unwrap().is_empty());
    assert!(folder.outputs().is_empty());
}

#[test]
fn standard_input_goes_through_under_a_name() {
    let folder = Folder::new("stdin");
    let mut command = folder.command(&["-", "--name", "写真.bmp", "-o", "out"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&picture()).unwrap();
    let (code, table, _) = said(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{table}");
    assert_eq!(folder.outputs(), ["写真.bmp"]);
    assert_eq!(folder.run(&["-", "-o", "out"]).0, 2);
}

#[test]
fn files_beyond_the_limit_are_refused_without_being_held_in_memory() {
    let folder = Folder::new("large");
    let file = fs::File::create(folder.0.join("in/large.bmp")).unwrap();
    file.set_len(2 << 30).unwrap();
    // Less memory than the file is long.
    let script = "ulimit -v 1500000; exec \"$0\" sanitize in -o out --report report.jsonl --jobs 1";
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", script, env!("CARGO_BIN_EXE_sekisho")]).current_dir(&folder.0).output().unwrap();
    let (code, table, trouble) = said(&output);
    assert_eq!(code, 1, "{table}{trouble}");
    let line = &folder.lines()["in/large.bmp"];
    assert_eq!((&line["reason"], &line["bytes_in"]), (&Value::from("too-large"), &Value::from(2_u64 << 30)));
    assert_eq!(line["sha256_in"], "a7c744c13cc101ed66c29f672f92455547889cc586ce6d44fe76ae824958ea51");
    assert!(folder.outputs().is_empty());
}

#[test]
fn what_is_no_file_is_told_and_not_followed() {
    let folder = Folder::new("links");
    folder.put("a.bmp", &picture());
    std::os::unix::fs::symlink("/etc/passwd", folder.0.join("in/link.bmp")).unwrap();
    let (code, table, _) = folder.run(&["in", "-o", "out"]);
    assert_eq!(code, 2);
    assert!(table.contains("シンボリックリンク"), "{table}");
    assert_eq!(folder.outputs(), ["a.bmp"]);
}

#[test]
fn mistakes_are_told_before_anything_is_done() {
    let folder = Folder::new("mistakes");
    folder.put("a.bmp", &picture());
    fs::write(folder.0.join("policy.toml"), "[default]\nlink = \"text\"\n").unwrap();
    let (code, _, trouble) = folder.run(&["in", "-o", "out", "--policy", "policy.toml"]);
    assert_eq!(code, 2);
    assert!(trouble.contains("policy.toml:2行目") && trouble.contains("links"), "{trouble}");
    for wrong in [
        &["in"][..],
        &["nowhere", "-o", "out"],
        &["in", "-o", "out", "--clamd", "here"],
        &["in", "-o", "out", "--policy", "nowhere"],
        &["in", "-o", "out", "--jobs", "0"],
        &["in", "-o", "out", "--password-file", "nowhere"],
    ] {
        assert_eq!(folder.run(wrong).0, 2, "{wrong:?}");
    }
    assert!(!Path::new(&folder.0.join("out/a.bmp")).exists());
    // What the policy holds is held.
    fs::write(folder.0.join("policy.toml"), "[inward]\nheld = [\"bmp\"]\n").unwrap();
    assert_eq!(folder.run(&["in", "-o", "out", "--policy", "policy.toml"]).0, 1);
    assert_eq!(folder.run(&["in", "-o", "out", "--policy", "policy.toml", "--direction", "outward"]).0, 0);
}

#[test]
fn a_worker_started_by_hand_does_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_sekisho")).arg("sanitize-worker").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
