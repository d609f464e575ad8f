//! Whole mails: the Japanese ones of `test_data/mail` with the text that a reader sees, tricks, canaries, chance.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{address, header, mime, param::Value, transfer};
use crate::{Danger, Input, Outcome, Policy, Reason, Verdict, sanitize};

fn run_as(name: &str, bytes: &[u8]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {})
}

fn run(mail: &str) -> Verdict {
    run_as("mail.eml", mail.as_bytes())
}

/// A mail of ours as a reader sees it: sender, subject, names of attachments, text.
fn shown(bytes: &[u8]) -> String {
    let head = header::split(bytes);
    let mut out = String::new();
    for address in head.get("from").map(|value| address::list(value, None)).unwrap_or_default() {
        let at = if address.at.is_empty() { String::new() } else { format!(" <{}>", address.at) };
        writeln!(out, "From: {}{at}", address.name).unwrap();
    }
    if let Some(subject) = head.get("subject") {
        writeln!(out, "Subject: {}", header::unstructured(subject, None)).unwrap();
    }
    let kind = Value::read(head.get("content-type").unwrap(), None);
    let parts = match kind.plain("boundary") {
        Some(boundary) => mime::split(head.body, boundary).parts,
        None => vec![bytes],
    };
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        let head = header::split(part);
        if at == 0 {
            let seven = head.get("content-transfer-encoding").unwrap().trim_ascii() == b"7bit";
            let body = if seven { head.body.to_vec() } else { transfer::base64(head.body) };
            text = String::from_utf8(body).unwrap().replace("\r\n", "\n");
        } else {
            let name = Value::read(head.get("content-disposition").unwrap(), None).text("filename").unwrap();
            writeln!(out, "File: {name}").unwrap();
        }
    }
    // What our own line on top says is another matter.
    let text = if text.starts_with("【無害化】") { text.split_once("\n\n").map_or("", |(_, text)| text).to_owned() } else { text };
    format!("{out}\n{}\n", text.trim_end_matches('\n'))
}

#[test]
fn japanese_mails_of_every_dialect_come_out_readable() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/mail");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml" || ending == "dat"));
    paths.sort();
    assert!(paths.len() >= 60);
    let mut wrong = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let verdict = run_as(&name, &std::fs::read(&path).unwrap());
        let Some(output) = verdict.output else {
            writeln!(wrong, "{name}: held: {:?} {:?}", verdict.report.reason, verdict.report.detail).unwrap();
            continue;
        };
        let got = shown(output.bytes());
        if got != expected {
            writeln!(wrong, "{name}: expected\n{expected}\ngot\n{got}").unwrap();
        }
        let again = run_as(output.name(), output.bytes());
        let same = again.output.as_ref().is_some_and(|again| again.bytes() == output.bytes());
        if !same || !again.report.removed.is_empty() {
            writeln!(wrong, "{name}: the second time {:?} {:?}", again.report.detail, again.report.removed).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const TOP: &str = "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\nMIME-Version: 1.0\r\n";

fn mixed(parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\r\n{part}\r\n")).collect();
    format!("{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n")
}

fn output(mail: &str) -> String {
    let verdict = run(mail);
    let report = format!("{:?} {:?}", verdict.report.reason, verdict.report.detail);
    String::from_utf8(verdict.output.expect(&report).into_bytes()).unwrap()
}

#[test]
fn secrets_fragments_and_deep_trees_are_held() {
    let held = |mail: String| run(&mail).report.reason;
    assert_eq!(held(format!("{TOP}Content-Type: message/partial; id=1; number=1; total=2\r\n\r\nx")), Some(Reason::UnsupportedKind));
    assert_eq!(
        held(format!("{TOP}Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--")),
        Some(Reason::EncryptionUnknown)
    );
    assert_eq!(
        held(format!("{TOP}Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx")),
        Some(Reason::EncryptionUnknown)
    );
    let mut deep = TOP.to_owned();
    for depth in 0..12 {
        write!(deep, "Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n").unwrap();
    }
    assert_eq!(held(deep), Some(Reason::TooDeep));
}

#[test]
fn programs_are_replaced_by_a_note() {
    let mail = mixed(&[
        "\r\nbody",
        "Content-Type: application/pdf; name=a.exe\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAAEAAAA//8AALgAAAAAAAAA",
    ]);
    let verdict = run(&mail);
    assert_eq!(verdict.report.outcome, Outcome::Rebuilt);
    assert!(verdict.report.removed.iter().any(|removal| removal.kind == Danger::EmbeddedFile && removal.count == 1));
    let output = verdict.output.unwrap();
    let text = shown(output.bytes());
    assert!(text.contains("File: a.exe_無害化結果.txt"), "{text}");
    assert!(String::from_utf8_lossy(output.bytes()).matches("TVqQ").count() == 0);
}

#[test]
fn signatures_are_taken_off_and_told() {
    let mail = format!(
        "{TOP}Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nbody\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--b--\r\n"
    );
    let verdict = run(&mail);
    assert_eq!(verdict.report.removed.first().map(|removal| removal.kind), Some(Danger::Signature));
    assert!(shown(verdict.output.unwrap().bytes()).ends_with("\nbody\n"));
}

#[test]
fn nothing_gets_into_a_header_but_by_its_field() {
    let out = output(
        "From: =?utf-8?B?YQ0KQmNjOiB4QGV2aWwudGVzdA==?= <a@example.jp>\r\nSubject: =?utf-8?Q?x=0D=0ABcc:_y=40evil.test=0D=0A=0D=0Abody?=\r\nMessage-ID: <a\r\n b>\r\n\r\nz",
    );
    let head = out.split_once("\r\n\r\n").unwrap().0;
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
    assert!(head.contains("Subject: x Bcc: y@evil.test body"), "{head}");
}

#[test]
fn markers_survive_nowhere_but_where_readers_look() {
    let marker = "CANARY0123456789abcdefCANARY012345";
    let mails = [
        // Preamble, epilogue, a part after the closing delimiter.
        format!(
            "{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n{marker}\r\n--b\r\n\r\nbody\r\n--b--\r\n{marker}\r\n--b\r\n\r\n{marker}\r\n"
        ),
        // Unknown fields, comments, parameters.
        format!(
            "{TOP}X-Unknown: {marker}\r\nReceived: {marker}\r\nDate: Fri, 1 May 2026 00:00:00 +0900 ({marker})\r\nContent-Type: text/plain; x={marker} ({marker})\r\nContent-Description: {marker}\r\nReferences: {marker} <a@b>\r\n\r\nbody"
        ),
        // Fields of parts, identifiers, fragments and references.
        mixed(&["\r\nbody", &format!("Content-Type: message/external-body; access-type=URL; URL=\"http://{marker}\"\r\n\r\n{marker}")]),
        mixed(&["\r\nbody", &format!("Content-Type: application/pgp-signature\r\n\r\n{marker}")]),
        // Base64 behind which other letters hide.
        format!("{TOP}Content-Transfer-Encoding: base64\r\nContent-ID: <{marker}>\r\nContent-Location: {marker}\r\n\r\nYm9keQ==\r\n"),
        // A second sender.
        format!("From: a@example.jp\r\nFrom: {marker}@example.jp\r\nSubject: x\r\nSubject: {marker}\r\nMIME-Version: 1.0\r\n\r\nbody"),
    ];
    for mail in mails {
        let out = output(&mail);
        assert!(!out.contains(marker), "{mail}\n\n{out}");
        assert!(shown(out.as_bytes()).ends_with("\nbody\n"), "{out}");
    }
}

#[test]
fn markers_in_the_slack_of_winmail_dat_vanish() {
    let marker = b"CANARY0123456789abcdefCANARY012345";
    let attribute = |tag: u32, data: &[u8]| {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[1], tag.to_le_bytes().as_slice(), &u32::try_from(data.len()).unwrap().to_le_bytes(), data, &sum.to_le_bytes()].concat()
    };
    let stream = [
        b"\x78\x9f\x3e\x22\x01\0".as_slice(),
        &attribute(0x18004, b"Hello\0CANARY0123456789"),
        &attribute(0x6_9999, marker),
        &attribute(0x2_800c, b"body\0"),
    ]
    .concat();
    let verdict = run_as("winmail.dat", &[stream.as_slice(), marker.get(..7).unwrap()].concat());
    let out = verdict.output.unwrap();
    assert!(!String::from_utf8_lossy(out.bytes()).contains("CANARY"));
    assert_eq!(shown(out.bytes()), "Subject: Hello\n\nbody\n");
    assert_eq!(out.name(), "winmail.eml");
    assert!(verdict.report.removed.iter().any(|removal| removal.kind == Danger::Slack));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60)))]

    #[test]
    fn mangled_mails_end_in_an_outcome_and_stay(which in 0usize..67, cut in 0usize..4_000, at in 0usize..4_000, byte in any::<u8>()) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("test_data/mail");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending != "txt"));
        paths.sort();
        let mut bytes = std::fs::read(&paths[which % paths.len()]).unwrap();
        let place = at % bytes.len();
        bytes[place] = byte;
        bytes.truncate(cut.max(60));
        for name in ["a.eml", "winmail.dat"] {
            // Notes are texts, which some builds hold.
            let stays = run_as("a.txt", b"a").output.is_some();
            if let Some(output) = run_as(name, &bytes).output.filter(|_| stays) {
                let again = run_as(output.name(), output.bytes());
                prop_assert_eq!(&again.report.removed, &[], "{:?}", String::from_utf8_lossy(&bytes));
                let again = again.output.unwrap();
                prop_assert_eq!(String::from_utf8_lossy(again.bytes()), String::from_utf8_lossy(output.bytes()));
            }
        }
    }
}
