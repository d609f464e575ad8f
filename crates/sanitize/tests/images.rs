//! Pictures built here: what must not survive does not, and mangled ones end in one of the outcomes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use proptest::prelude::*;
use sanitize::{Input, Outcome, Policy, Verdict, sanitize};

const CANARY: &[u8] = b"canary-canary-canary-canary-0123";

fn run(name: &str, bytes: &[u8]) -> Verdict {
    sanitize(Input { name, declared: None, bytes, passwords: &[] }, &Policy::default(), &mut |_, _| {})
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

fn adler(bytes: &[u8]) -> u32 {
    let (low, high) =
        bytes.iter().fold((1_u32, 0_u32), |(low, high), &byte| ((low + u32::from(byte)) % 65_521, (high + low + u32::from(byte)) % 65_521));
    high << 16 | low
}

/// A zlib stream that packs nothing.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16;
    let mut out = vec![0x78, 1, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend(adler(bytes).to_be_bytes());
    out
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    out.extend((content.len() as u32).to_be_bytes());
    let named = [name, content].concat();
    out.extend(&named);
    out.extend(crc(&named).to_be_bytes());
}

fn png() -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
    chunk(&mut out, b"gAMA", &[0, 0, 0xb1, 0x8f]);
    chunk(&mut out, b"tEXt", CANARY);
    chunk(&mut out, b"teSt", CANARY);
    chunk(&mut out, b"eXIf", CANARY);
    chunk(&mut out, b"iCCP", CANARY);
    let mut pixels = stored(&[0, 1, 2, 0, 3, 4]);
    pixels.extend(CANARY);
    chunk(&mut out, b"IDAT", &pixels);
    chunk(&mut out, b"IEND", &[]);
    out.extend(CANARY);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) {
    out.extend([0xff, marker]);
    out.extend((content.len() as u16 + 2).to_be_bytes());
    out.extend(content);
}

/// One grey block.
fn jpeg() -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xe0, &[b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0".as_slice(), CANARY].concat());
    for marker in [0xe1, 0xe2, 0xed, 0xee, 0xef, 0xfe, 0xf0] {
        segment(&mut out, marker, CANARY);
    }
    segment(&mut out, 0xe1, &[b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".as_slice(), CANARY].concat());
    segment(&mut out, 0xdb, &[[0].as_slice(), &[16; 64]].concat());
    // A table that nothing uses.
    segment(&mut out, 0xc4, &[[0x01, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].as_slice(), CANARY].concat());
    segment(&mut out, 0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    for table in [0x00, 0x10] {
        segment(&mut out, 0xc4, &[table, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    segment(&mut out, 0xda, &[1, 1, 0, 0, 63, 0]);
    out.push(0x3f);
    out.extend(CANARY);
    out.extend([0xff, 0xd9]);
    out.extend(CANARY);
    out
}

fn gif() -> Vec<u8> {
    let mut out = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    out.extend(b"\x21\xfe\x20");
    out.extend(CANARY);
    out.extend(b"\0\x21\xff\x0bCANARYCANAR\x20");
    out.extend(CANARY);
    out.extend(b"\0\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x02\0\x02\0\0\x02\x03\x44\x34\x05\x20");
    out.extend(CANARY);
    out.extend(b"\0\x3b");
    out.extend(CANARY);
    out
}

fn bmp() -> Vec<u8> {
    let mut out = b"BM\0\0\0\0\x01\x02\x03\x04\x56\0\0\0\x28\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\x18\0\0\0\0\0\0\0\0\0".to_vec();
    out.resize(54, 0);
    out.extend(CANARY);
    out.extend([1, 2, 3, 0x99, 4, 5, 6, 0x99]);
    out.extend(CANARY);
    out
}

fn tiff() -> Vec<u8> {
    let mut out = b"II*\0\x2c\0\0\0".to_vec();
    out.extend([1, 2, 3, 4]);
    out.extend(CANARY);
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 3, 1, 2),
        (257, 3, 1, 2),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (270, 2, 32, 12),
        (273, 4, 1, 8),
        (279, 4, 1, 4),
        (40_000, 7, 32, 12),
    ];
    out.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out.extend(CANARY);
    out
}

fn ico() -> Vec<u8> {
    let png = png();
    let mut out = vec![0, 0, 1, 0, 1, 0, 2, 2, 0, 0, 1, 0, 32, 0];
    out.extend((png.len() as u32).to_le_bytes());
    out.extend(54_u32.to_le_bytes());
    out.extend(CANARY);
    out.extend(png);
    out.extend(CANARY);
    out
}

fn emf() -> Vec<u8> {
    let mut out = Vec::new();
    let mut header = vec![0_u8; 100];
    header[32..36].copy_from_slice(b" EMF");
    header[48..50].copy_from_slice(&[1, 0]);
    let comment = [b"\x20\0\0\0".as_slice(), CANARY].concat();
    for (kind, content) in [
        (1_u32, header),
        (70, comment),
        (106, CANARY.to_vec()),
        (200, CANARY.to_vec()),
        (27, vec![1, 0, 0, 0, 1, 0, 0, 0]),
        (14, vec![0; 12]),
    ] {
        out.extend(kind.to_le_bytes());
        out.extend((content.len() as u32 + 8).to_le_bytes());
        out.extend(content);
    }
    out.extend(CANARY);
    out
}

fn wmf() -> Vec<u8> {
    let mut out = vec![1, 0, 9, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    for (function, content) in [(0x0626_u16, CANARY), (0x0777, CANARY), (0x0213, &[1, 0, 1, 0])] {
        out.extend((content.len() as u32 / 2 + 3).to_le_bytes());
        out.extend(function.to_le_bytes());
        out.extend(content);
    }
    out.extend([3, 0, 0, 0, 0, 0]);
    out.extend(CANARY);
    out
}

fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.png", png()),
        ("a.jpg", jpeg()),
        ("a.gif", gif()),
        ("a.bmp", bmp()),
        ("a.tif", tiff()),
        ("a.ico", ico()),
        ("a.emf", emf()),
        ("a.wmf", wmf()),
    ]
}

#[test]
fn no_canary_survives_and_outputs_stay() {
    for (name, bytes) in all() {
        let once = run(name, &bytes);
        assert_eq!(once.report.outcome, Outcome::Rebuilt, "{name}: {:?}", once.report.detail);
        assert!(!once.report.removed.is_empty(), "{name}");
        let output = once.output.unwrap();
        // Any part of a marker counts.
        assert!(CANARY.windows(8).all(|part| !output.bytes().windows(8).any(|window| window == part)), "{name}: a canary survives");
        let again = run(output.name(), output.bytes());
        assert_eq!(again.report.removed, [], "{name}");
        assert_eq!(again.output.unwrap().bytes(), output.bytes(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mangled_pictures_end_well(which in 0..8_usize, cut in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), shorten in any::<bool>()) {
        let (name, mut bytes) = all().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        let once = run(name, &bytes);
        if let Some(output) = once.output {
            let again = run(output.name(), output.bytes());
            prop_assert_eq!(again.report.removed, []);
            let same = again.output.unwrap();
            prop_assert_eq!(same.bytes(), output.bytes());
        }
    }
}
