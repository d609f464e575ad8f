//! Archives built here: what stays, what is noted, what is held, and that nothing of the container survives.

use proptest::prelude::*;

use crate::{
    Danger, Input, OnHeldMember, Outcome, Policy, Reason, Verdict, sanitize,
    zip::{Archive, Method, Writer, crc},
};

const TEXT: &[u8] = "町長は、認める。\r\n".as_bytes();
/// [`TEXT`] as `a.txt`.
const SEVEN: &str = "377abcaf271c0004adda765b1e00000000000000460000000000000015562c6c010019e794bae995b7e381afe38081e8aa8de38281e3828be380820d0a000104060001091e00070b010001212101000c1a00080a01057cd91d00000501190c000000000000000000000000110d0061002e007400780074000000150601002080a4810000";
/// [`TEXT`] packed by others.
const XZ: &str = "fd377a585a000004e6d6b4460200210116000000742fe5a3010019e794bae995b7e381afe38081e8aa8de38281e3828be380820d0a0000007768e8ff00d968180001321a201894301fb6f37d010000000004595a";
const BZIP2: &str = "425a6839314159265359fe21c18800000bc0790012700a06000010809008e020002227a4d00da10a1a698000c6c191517b155c260cce6457c5dc914e14243f88706200";
const ZSTD: &str = "28b52ffd0458d10000e794bae995b7e381afe38081e8aa8de38281e3828be380820d0a818f2616";

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn run_with(name: &str, bytes: &[u8], policy: &Policy, passwords: &[&str]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords }, policy, &mut |_, _| {})
}

fn run(name: &str, bytes: &[u8]) -> Verdict {
    run_with(name, bytes, &Policy::default(), &[])
}

/// The names in the output, which must stay as it is.
fn names(verdict: &Verdict) -> Vec<String> {
    let output = verdict.output.as_ref().unwrap_or_else(|| panic!("{:?}", verdict.report));
    let again = run(output.name(), output.bytes());
    assert_eq!(again.report.removed, []);
    assert_eq!(again.output.unwrap().bytes(), output.bytes());
    Archive::read(output.bytes()).unwrap().entries.iter().map(|entry| entry.name.clone()).collect()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new();
    for (name, bytes) in members {
        writer.add(name, bytes, Method::Deflated);
    }
    writer.finish()
}

/// A stored ZIP with a mark in every place that belongs to the container.
fn marked_zip(mark: &[u8]) -> Vec<u8> {
    let extra = [b"\xff\xfe".as_slice(), &u16::try_from(mark.len()).unwrap().to_le_bytes(), mark].concat();
    let extra_length = u16::try_from(extra.len()).unwrap().to_le_bytes();
    let common = |version: &[u8]| {
        let mut common = version.to_vec();
        common.extend_from_slice(&[0, 0, 0, 0, 0x12, 0x34, 0x56, 0x58]);
        common.extend_from_slice(&crc(TEXT).to_le_bytes());
        for _ in 0..2 {
            common.extend_from_slice(&u32::try_from(TEXT.len()).unwrap().to_le_bytes());
        }
        common.extend_from_slice(&[5, 0]);
        common.extend_from_slice(&extra_length);
        common
    };
    let mut out = mark.to_vec();
    let mut directory = Vec::new();
    for name in [b"a.txt", b"b.txt"] {
        let at = u32::try_from(out.len() - mark.len()).unwrap();
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common(&[10, 0]));
        out.extend_from_slice(name);
        out.extend_from_slice(&extra);
        out.extend_from_slice(TEXT);
        out.extend_from_slice(mark);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&common(&[20, 0, 10, 0]));
        directory.extend_from_slice(&u16::try_from(mark.len()).unwrap().to_le_bytes());
        directory.extend_from_slice(&[0; 8]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name);
        directory.extend_from_slice(&extra);
        directory.extend_from_slice(mark);
    }
    let start = u32::try_from(out.len() - mark.len()).unwrap();
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
    out.extend_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&u16::try_from(mark.len()).unwrap().to_le_bytes());
    out.extend_from_slice(mark);
    out.extend_from_slice(mark);
    out
}

fn gzip(content: &[u8], mark: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(content.len() + 1024);
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    compress.compress_vec(content, &mut packed, flate2::FlushCompress::Finish).unwrap();
    let length = u16::try_from(mark.len()).unwrap().to_le_bytes();
    [
        b"\x1f\x8b\x08\x1c\0\0\0\0\0\x03".as_slice(),
        &length,
        mark,
        mark,
        b"\0",
        mark,
        b"\0",
        &packed,
        &crc(content).to_le_bytes(),
        &u32::try_from(content.len()).unwrap().to_le_bytes(),
        mark,
    ]
    .concat()
}

fn tar_member(name: &str, kind: u8, content: &[u8], mark: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    header[148..156].copy_from_slice(b"        ");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[265..265 + mark.len().min(32)].copy_from_slice(&mark[..mark.len().min(32)]);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend_from_slice(content);
    let padding = content.len().next_multiple_of(512) - content.len();
    header.extend(mark.iter().copied().chain(std::iter::repeat(0)).take(padding));
    header
}

fn tar(mark: &[u8]) -> Vec<u8> {
    let comment = format!(" comment={}\n", String::from_utf8_lossy(mark));
    let comment = format!("{}{comment}", comment.len() + 2);
    [
        tar_member("x", b'x', comment.as_bytes(), mark),
        tar_member("./資料/a.txt", b'0', TEXT, mark),
        tar_member("link", b'2', b"", mark),
        vec![0; 1024],
        mark.to_vec(),
    ]
    .concat()
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |sum: u16, byte| (0..8).fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xa001 } else { sum >> 1 }))
}

fn lzh(level: u8, name: &[u8], mark: &[u8]) -> Vec<u8> {
    let length = u32::try_from(TEXT.len()).unwrap();
    let extended = |width: usize| {
        let size = |length: usize| length.to_le_bytes()[..width].to_vec();
        let mut out = size(name.len() + 1 + width);
        for (kind, body) in [(1, name), (0x3f, mark)] {
            out.push(kind);
            out.extend_from_slice(body);
            out.extend_from_slice(&size(if kind == 1 { mark.len() + 1 + width } else { 0 }));
        }
        out
    };
    let mut out = b"-lh0-".to_vec();
    let more = if level == 1 { extended(2) } else { Vec::new() };
    out.extend_from_slice(&(length + u32::try_from(more.len().saturating_sub(2)).unwrap()).to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&[0, 0, 0, 0, 0x20, level]);
    let sum = crc16(TEXT).to_le_bytes();
    match level {
        0 | 1 => {
            let name = if level == 0 { name } else { b"" };
            out.push(u8::try_from(name.len()).unwrap());
            out.extend_from_slice(name);
            out.extend_from_slice(&sum);
            if level == 1 {
                out.push(b'M');
                out.extend_from_slice(&more[..2]);
            }
            let total = out.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
            out.splice(0..0, [u8::try_from(out.len()).unwrap(), total]);
            out.extend_from_slice(more.get(2..).unwrap_or_default());
        }
        2 => {
            out.extend_from_slice(&sum);
            out.push(b'M');
            out.extend_from_slice(&extended(2));
            let total = u16::try_from(out.len() + 2).unwrap().to_le_bytes();
            out.splice(0..0, total);
        }
        _ => {
            out.extend_from_slice(&sum);
            out.push(b'M');
            let total = u32::try_from(out.len() + 2 + 4 + extended(4).len()).unwrap().to_le_bytes();
            out.extend_from_slice(&total);
            out.extend_from_slice(&extended(4));
            out.splice(0..0, [4, 0]);
        }
    }
    out.extend_from_slice(TEXT);
    out.push(0);
    out.extend_from_slice(mark);
    out
}

fn cab(mark: &[u8]) -> Vec<u8> {
    let file = [u32::try_from(TEXT.len()).unwrap().to_le_bytes().as_slice(), &[0; 4], &[0, 0, 1, 0, 0, 0, 0x20, 0], b"a.txt\0"].concat();
    let reserve = u16::try_from(mark.len()).unwrap().to_le_bytes();
    let files_at = 36 + 4 + mark.len() + 8;
    let data_at = files_at + file.len();
    let length = u16::try_from(TEXT.len()).unwrap().to_le_bytes();
    let block = [[0; 4].as_slice(), &length, &length, TEXT].concat();
    let total = data_at + block.len();
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    [
        b"MSCF\0\0\0\0".as_slice(),
        &number(total),
        &[0; 4],
        &number(files_at),
        &[0; 4],
        &[3, 1, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0],
        &reserve,
        &[0, 0],
        mark,
        &number(data_at),
        &[1, 0, 0, 0],
        &file,
        &block,
        mark,
    ]
    .concat()
}

/// One sample of every kind, with a mark wherever the container has room.
fn samples(mark: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.zip", marked_zip(mark)),
        ("a.txt.gz", gzip(TEXT, mark)),
        ("a.tgz", gzip(&tar(mark), mark)),
        ("a.tar", tar(mark)),
        ("a0.lzh", lzh(0, b"a.txt", mark)),
        ("a1.lzh", lzh(1, b"a.txt", mark)),
        ("a2.lzh", lzh(2, b"a.txt", mark)),
        ("a3.lzh", lzh(3, b"a.txt", mark)),
        ("a.cab", cab(mark)),
        ("a.7z", [bytes(SEVEN), mark.to_vec()].concat()),
        ("a.txt.xz", bytes(XZ)),
        ("a.txt.bz2", bytes(BZIP2)),
        ("a.txt.zst", [bytes(ZSTD), b"\x50\x2a\x4d\x18\x04\0\0\0".to_vec(), mark.get(..4).unwrap().to_vec()].concat()),
    ]
}

#[test]
fn nothing_of_a_container_survives() {
    let mark = b"CANARY0123456789abcdefCANARY9876";
    for (name, bytes) in samples(mark) {
        let verdict = run(name, &bytes);
        assert_eq!(verdict.report.outcome, Outcome::Rebuilt, "{name}: {:?}", verdict.report);
        let found = names(&verdict);
        assert!(found.iter().any(|name| name.ends_with("a.txt")), "{name}: {found:?}");
        let output = verdict.output.unwrap();
        assert!(output.name().ends_with(".zip"));
        assert!(!output.bytes().windows(8).any(|window| window == &mark[..8]), "{name}");
    }
}

#[test]
fn a_member_that_is_held_leaves_a_note() {
    let bytes = zip(&[
        ("見積.txt", TEXT),
        ("内訳/setup.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
        ("__MACOSX/._見積.txt", b"\0\x05\x16\x07"),
    ]);
    let verdict = run("a.zip", &bytes);
    assert_eq!(names(&verdict), ["見積.txt", "内訳/setup_無害化結果.txt"]);
    let removed: Vec<_> = verdict.report.removed.iter().map(|removal| removal.kind).collect();
    assert_eq!(removed, [Danger::EmbeddedFile, Danger::Leftover]);
    let policy = Policy { held_member: OnHeldMember::Hold, ..Policy::default() };
    let verdict = run_with("a.zip", &bytes, &policy, &[]);
    assert_eq!(verdict.report.reason, Some(Reason::DangerousKind));
    // Nothing but notes is no delivery.
    assert_eq!(run("a.zip", &zip(&[("a.bat", b"echo")])).report.reason, Some(Reason::DangerousKind));
}

#[test]
fn names_are_made_plain_and_unique() {
    let bytes = zip(&[
        ("../../a.txt", TEXT),
        ("C:/Windows/b.txt", TEXT),
        ("A.TXT", TEXT),
        ("con/c.txt", TEXT),
        ("d.txt", TEXT),
        ("d.txt/e.txt", TEXT),
        ("空/", b""),
        ("evil\u{202e}txt.txt", TEXT),
    ]);
    let verdict = run("a.zip", &bytes);
    assert_eq!(
        names(&verdict),
        ["a.txt", "Windows/b.txt", "A (2).TXT", "_con/c.txt", "d.txt", "_d.txt/e.txt", "空/", "eviltxt_無害化結果.txt"]
    );
    assert_eq!(verdict.report.removed.iter().filter(|removal| removal.kind == Danger::Name).map(|removal| removal.count).sum::<u64>(), 4);
}

#[test]
fn japanese_names_of_old_programs_are_read() {
    let (name, ..) = encoding_rs::SHIFT_JIS.encode("ソース能力表.txt");
    for level in 0..=3 {
        assert_eq!(names(&run("a.lzh", &lzh(level, &name, b"x"))), ["ソース能力表.txt"]);
    }
}

#[test]
fn bombs_and_nests_are_held() {
    let held = |name: &str, bytes: &[u8]| run(name, bytes).report.reason.unwrap();
    assert_eq!(held("a.txt.gz", &gzip(&vec![b'a'; 4 << 20], b"")), Reason::ExpandsTooMuch);
    let mut nest = zip(&[("a.txt", TEXT)]);
    for _ in 0..6 {
        nest = zip(&[("a.zip", &nest)]);
    }
    assert_eq!(held("a.zip", &nest), Reason::TooDeep);
    // A few kilobytes that unfold into a forest.
    let mut tree = zip(&[("a.txt", TEXT)]);
    for _ in 0..3 {
        let members: Vec<String> = (0..16).map(|number| format!("{number}.zip")).collect();
        tree = zip(&members.iter().map(|name| (name.as_str(), tree.as_slice())).collect::<Vec<_>>());
    }
    let mut policy = Policy::default();
    policy.limits.members = 500;
    assert_eq!(run_with("a.zip", &tree, &policy, &[]).report.reason, Some(Reason::TooMany));
    // Two entries of the directory lead to the same member.
    let plain = zip(&[("a.txt", TEXT)]);
    let at = plain.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end = plain.len() - 22;
    let entry = plain[at..end].to_vec();
    let mut twice = plain[..end].to_vec();
    twice.extend_from_slice(&entry);
    twice.extend_from_slice(&plain[end..]);
    let last = twice.len() - 22;
    twice[last + 8] = 2;
    twice[last + 10] = 2;
    let length = u32::try_from(entry.len() * 2).unwrap().to_le_bytes();
    twice[last + 12..last + 16].copy_from_slice(&length);
    assert_eq!(held("a.zip", &twice), Reason::Damaged);
}

#[test]
fn passwords_are_asked_for() {
    let mut bytes = zip(&[("a.txt", TEXT)]);
    let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[at + 8] |= 1;
    assert_eq!(run("a.zip", &bytes).report.reason, Some(Reason::PasswordNeeded));
    assert_eq!(run_with("a.zip", &bytes, &Policy::default(), &["x"]).report.reason, Some(Reason::PasswordWrong));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn mangled_archives_come_to_an_end(
        which in 0_usize..13,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (name, mut bytes) = samples(b"CANARY0123456789abcdefCANARY9876").swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let verdict = run(name, &bytes);
        prop_assert_eq!(verdict.output.is_some(), verdict.report.outcome != Outcome::Held);
        if let Some(output) = verdict.output {
            let again = run(output.name(), output.bytes());
            prop_assert_eq!(again.report.removed, vec![]);
            prop_assert!(again.output.is_some_and(|again| again.bytes() == output.bytes()));
        }
    }
}
