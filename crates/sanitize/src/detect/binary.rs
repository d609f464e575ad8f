//! Kinds told by marks at fixed places, with as much structure as a glance can check.

use crate::Kind;

/// Marks at the start of a file.
const STARTS: &[(&[u8], Kind)] = &[
    (b"\x89PNG\r\n\x1a\n", Kind::Png),
    (b"\xff\xd8\xff", Kind::Jpeg),
    (b"GIF87a", Kind::Gif),
    (b"GIF89a", Kind::Gif),
    (b"II*\0", Kind::Tiff),
    (b"MM\0*", Kind::Tiff),
    (b"\xd7\xcd\xc6\x9a", Kind::Wmf),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind::Jp2),
    (b"\xff\x4f\xff\x51", Kind::Jp2),
    (b"8BPS", Kind::Psd),
    (b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
    (b"\x1f\x8b\x08", Kind::Gzip),
    (b"BZh", Kind::Bzip2),
    (b"\xfd7zXZ\0", Kind::Xz),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"MSCF\0\0\0\0", Kind::Cab),
    (b"Rar!\x1a\x07", Kind::Rar),
    (b"\x60\xea", Kind::OldArchive),
    (b"\x1f\x9d", Kind::OldArchive),
    (b"\x1f\xa0", Kind::OldArchive),
    (b"\x78\x9f\x3e\x22", Kind::Tnef),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", Kind::OneNote),
    (b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c", Kind::OneNote),
    (b"\x60\x0e\x82\x01", Kind::DocuWorks),
    (b"\x60\x0e\x82\x02", Kind::DocuWorks),
    (b"AC10", Kind::Dwg),
    (b"JwwData.", Kind::Jww),
    (b"JwCad", Kind::Jww),
    (b"HWP Document File", Kind::Hwp),
    (b"wOFF", Kind::FontFile),
    (b"wOF2", Kind::FontFile),
    (b"OTTO\0", Kind::FontFile),
    (b"true\0", Kind::FontFile),
    (b"ttcf\0", Kind::FontFile),
    (b"\0\x01\0\0\0", Kind::FontFile),
    (b"ID3", Kind::Audio),
    (b"\xff\xfb", Kind::Audio),
    (b"\xff\xf3", Kind::Audio),
    (b"OggS", Kind::Audio),
    (b"fLaC", Kind::Audio),
    (b"MThd", Kind::Audio),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind::Video),
    (b"\x1a\x45\xdf\xa3", Kind::Video),
    (b"\0\0\x01\xba", Kind::Video),
    (b"\0\0\x01\xb3", Kind::Video),
    (b"FLV\x01", Kind::Video),
    (b"\0\0\x27\x0a", Kind::Shape),
    (b"SQLite format 3\0", Kind::Database),
    (b"%!PS", Kind::PostScript),
    (b"\xc5\xd0\xd3\xc6", Kind::PostScript),
    (b"MZ", Kind::Executable),
    (b"\x7fELF", Kind::Executable),
    (b"\xfe\xed\xfa\xce", Kind::Executable),
    (b"\xfe\xed\xfa\xcf", Kind::Executable),
    (b"\xce\xfa\xed\xfe", Kind::Executable),
    (b"\xcf\xfa\xed\xfe", Kind::Executable),
    (b"\xca\xfe\xba\xbe", Kind::Java),
    (b"\xca\xfe\xd0\x0d", Kind::Java),
    (b"FWS", Kind::Flash),
    (b"CWS", Kind::Flash),
    (b"ZWS", Kind::Flash),
    (b"ITSF", Kind::Help),
    (b"\x3f\x5f\x03\0", Kind::Help),
    (b"L\0\0\0\x01\x14\x02\0", Kind::Shortcut),
    (b"vhdxfile", Kind::DiskImage),
    (b"conectix", Kind::DiskImage),
    (b"MSWIM\0\0\0", Kind::DiskImage),
    (b"!<arch>\ndebian", Kind::Installer),
    (b"\xed\xab\xee\xdb", Kind::Installer),
];

/// Kinds whose marks are there, those at the start first.
pub(super) fn kinds(bytes: &[u8]) -> Vec<Kind> {
    let mut found = Vec::new();
    for (mark, kind) in STARTS {
        if bytes.starts_with(mark) && plausible(*kind, mark, bytes) && !found.contains(kind) {
            found.push(*kind);
        }
    }
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or(bytes);
    let more = [
        (is_riff(bytes, b"WEBP"), Kind::WebP),
        (is_riff(bytes, b"WAVE"), Kind::Audio),
        (is_riff(bytes, b"AVI "), Kind::Video),
        (is_bmp(bytes), Kind::Bmp),
        (is_icon(bytes, 1), Kind::Ico),
        (is_icon(bytes, 2), Kind::Cur),
        (at(bytes, 40, b" EMF") && bytes.starts_with(&[1, 0, 0, 0]), Kind::Emf),
        (is_wmf(bytes), Kind::Wmf),
        (is_lzh(bytes), Kind::Lzh),
        (is_tar(bytes), Kind::Tar),
        (at(bytes, 4, b"Standard Jet DB") || at(bytes, 4, b"Standard ACE DB"), Kind::Database),
        (at(bytes, 0x8001, b"CD001") || at(bytes, 0x8801, b"CD001") || at(bytes, 0x9001, b"CD001"), Kind::DiskImage),
        (at(bytes, 4, b"ftyp"), media(bytes)),
        (is_pkcs7(bytes), Kind::Pkcs7),
        (find(head, b"%PDF-").is_some(), Kind::Pdf),
        // The header is lost, the end is there.
        (bytes.get(bytes.len().saturating_sub(1024)..).is_some_and(|tail| find(tail, b"startxref").is_some()), Kind::Pdf),
    ];
    for (is, kind) in more {
        if is && !found.contains(&kind) {
            found.push(kind);
        }
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        found.extend(compound(bytes));
    }
    found
}

/// Short marks need more than themselves.
fn plausible(kind: Kind, mark: &[u8], bytes: &[u8]) -> bool {
    match kind {
        // Text may begin with MZ, BZh, ID3 or FWS.
        Kind::Executable if mark == b"MZ" => bytes.len() >= 4 && bytes.iter().take(128).any(|byte| *byte < 9 || *byte > 0xf0),
        Kind::Bzip2 => {
            bytes.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
                && (at(bytes, 4, b"1AY&SY") || at(bytes, 4, b"\x17\x72\x45\x38\x50\x90"))
        }
        Kind::Flash => bytes.get(3).is_some_and(|version| *version < 64),
        Kind::Audio if mark.len() < 4 => bytes.get(3).is_some_and(|byte| *byte < 0x20 || *byte >= 0x80),
        Kind::OldArchive => bytes.get(2).is_some_and(|byte| *byte != 0x0e),
        // A class file and a fat binary share their mark: both are refused.
        _ => true,
    }
}

fn at(bytes: &[u8], place: usize, mark: &[u8]) -> bool {
    bytes.get(place..).is_some_and(|rest| rest.starts_with(mark))
}

/// Where a mark comes first.
pub(super) fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len().max(1)).position(|window| window == mark)
}

fn is_riff(bytes: &[u8], form: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && at(bytes, 8, form)
}

fn little16(bytes: &[u8], place: usize) -> Option<u16> {
    let pair = bytes.get(place..place.checked_add(2)?)?;
    Some(u16::from_le_bytes(pair.try_into().ok()?))
}

fn is_bmp(bytes: &[u8]) -> bool {
    let header = little16(bytes, 14).is_some_and(|size| matches!(size, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124));
    bytes.starts_with(b"BM") && header && little16(bytes, 16) == Some(0)
}

fn is_icon(bytes: &[u8], kind: u16) -> bool {
    let count = little16(bytes, 4).unwrap_or(0);
    little16(bytes, 0) == Some(0)
        && little16(bytes, 2) == Some(kind)
        && (1..=256).contains(&count)
        && bytes.get(9) == Some(&0)
        && bytes.len() >= 22
}

/// A metafile without the placing header: memory or disk, header of nine words, version 1 or 3.
fn is_wmf(bytes: &[u8]) -> bool {
    matches!(little16(bytes, 0), Some(1 | 2)) && little16(bytes, 2) == Some(9) && matches!(little16(bytes, 4), Some(0x100 | 0x300))
}

fn is_lzh(bytes: &[u8]) -> bool {
    let method = bytes.get(2..7).unwrap_or_default();
    matches!(method, [b'-', b'l', b'h' | b'z', _, b'-'] | [b'-', b'p', b'm', _, b'-'])
}

/// A header whose sum is right, whatever it calls itself; or an empty archive.
fn is_tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.get(..512) else { return false };
    let Some(stated) = header.get(148..156) else { return false };
    let text: String = stated.iter().map(|byte| char::from(*byte)).filter(|c| c.is_digit(8)).collect();
    let Ok(stated) = u32::from_str_radix(&text, 8) else { return false };
    let sum: u32 = header.iter().enumerate().map(|(place, byte)| if (148..156).contains(&place) { 32 } else { u32::from(*byte) }).sum();
    sum == stated && header.first().is_some_and(|byte| *byte != 0)
}

fn media(bytes: &[u8]) -> Kind {
    match bytes.get(8..12).unwrap_or_default() {
        b"heic" | b"heix" | b"heif" | b"mif1" | b"msf1" | b"hevc" | b"avif" | b"avis" => Kind::Heif,
        b"M4A " | b"M4B " => Kind::Audio,
        _ => Kind::Video,
    }
}

/// DER of a PKCS #7 content info, or its PEM.
fn is_pkcs7(bytes: &[u8]) -> bool {
    let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
    bytes.first() == Some(&0x30) && bytes.get(..32).is_some_and(|head| find(head, oid).is_some())
        || bytes.starts_with(b"-----BEGIN PKCS7-----")
        || bytes.starts_with(b"-----BEGIN CMS-----")
}

/// What lies in an OLE compound file, by the names in its directory.
fn compound(bytes: &[u8]) -> Vec<Kind> {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        // Directory entries are 128 bytes, aligned: the name stands at their start.
        bytes.chunks_exact(128).any(|entry| entry.starts_with(&wide) && entry.get(wide.len()..wide.len() + 2) == Some(&[0, 0]))
    };
    let wide_start = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.chunks_exact(128).any(|entry| entry.starts_with(&wide))
    };
    if has("EncryptedPackage") {
        // Which one it is shows only after decryption; the name decides, and the decrypted package is looked at again.
        return vec![
            Kind::Docx,
            Kind::Xlsx,
            Kind::Pptx,
            Kind::Docm,
            Kind::Xlsm,
            Kind::Pptm,
            Kind::Dotx,
            Kind::Xltx,
            Kind::Potx,
            Kind::Ppsx,
            Kind::Dotm,
            Kind::Xltm,
            Kind::Potm,
            Kind::Ppsm,
            Kind::Xlsb,
        ];
    }
    // MSI marks its root, not its streams.
    if find(bytes.get(..bytes.len().min(1 << 20)).unwrap_or(bytes), b"\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46").is_some() {
        return vec![Kind::Installer];
    }
    let kind = if has("WordDocument") {
        Kind::Doc
    } else if has("Workbook") || has("Book") {
        Kind::Xls
    } else if has("PowerPoint Document") || has("PP40") {
        Kind::Ppt
    } else if has("VisioDocument") {
        Kind::OldVisio
    } else if wide_start("__substg1.0_") || wide_start("__properties_version1") {
        Kind::Msg
    } else if has("HwpSummaryInformation") || has("BodyText") || has("\u{5}HwpSummaryInformation") {
        Kind::Hwp
    } else if has("JSRV_SegmentInformation") || has("DocumentText") || has("JSCompDocument") {
        Kind::Jtd
    } else if has("Quill") {
        Kind::Publisher
    } else if wide_start("   1") || has("Props9") || has("Props12") || has("Props14") {
        Kind::Project
    } else {
        Kind::OtherCfb
    };
    vec![kind]
}
