//! Kinds that are ZIP packages: told by the `mimetype`, the content types or the names inside.
//!
//! A glance, not a reading: the rebuilder reads the package again, strictly, and holds it where the two differ.

use std::io::Read;

use super::binary::find;
use crate::Kind;

/// Entries that are looked at.
const ENTRIES: usize = 10_000;
/// Bytes of one entry that are unpacked.
const BYTES: u64 = 256 * 1024;

/// Kinds that a package shows, the most telling first.
pub(super) fn kinds(bytes: &[u8]) -> Vec<Kind> {
    let Some(directory) = directory(bytes) else {
        return if bytes.starts_with(b"PK\x03\x04") { vec![Kind::Zip] } else { Vec::new() };
    };
    let has = |name: &str| directory.iter().any(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes()));
    let below = |folder: &str| directory.iter().any(|entry| entry.name.starts_with(folder.as_bytes()));
    let text = |name: &str| -> Vec<u8> {
        let entry = directory.iter().find(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes()));
        // Content types in UTF-16 are the same letters with zeros between.
        entry.map(|entry| unpack(bytes, entry)).unwrap_or_default().into_iter().filter(|byte| *byte != 0).collect()
    };
    let inner = if has("[Content_Types].xml") {
        office(&text("[Content_Types].xml"), &below)
    } else if has("mimetype") {
        let mime = text("mimetype");
        let mime = String::from_utf8_lossy(&mime).trim().to_owned();
        match mime.as_str() {
            "application/hwp+zip" => Some(Kind::Hwp),
            mime => Kind::ALL.iter().copied().find(|kind| kind.mime() == mime && *kind != Kind::Zip),
        }
    } else if has("META-INF/MANIFEST.MF") && (directory.iter().any(|entry| entry.name.ends_with(b".class"))) {
        Some(Kind::Java)
    } else if has("AndroidManifest.xml") || has("AppxManifest.xml") {
        Some(Kind::Installer)
    } else if has("doc.kml") {
        Some(Kind::Shape)
    } else {
        None
    };
    inner.into_iter().chain([Kind::Zip]).collect()
}

/// Kinds of Office packages by the content type of their main part.
fn office(types: &[u8], below: &dyn Fn(&str) -> bool) -> Option<Kind> {
    const MAIN: [(&str, Kind); 20] = [
        ("ms-excel.sheet.binary.macroenabled.main", Kind::Xlsb),
        ("ms-excel.addin.macroenabled.main", Kind::OfficeAddIn),
        ("ms-powerpoint.addin.macroenabled.main", Kind::OfficeAddIn),
        ("ms-word.document.macroenabled.main", Kind::Docm),
        ("ms-word.template.macroenabledtemplate.main", Kind::Dotm),
        ("ms-excel.sheet.macroenabled.main", Kind::Xlsm),
        ("ms-excel.template.macroenabled.main", Kind::Xltm),
        ("ms-powerpoint.presentation.macroenabled.main", Kind::Pptm),
        ("ms-powerpoint.template.macroenabled.main", Kind::Potm),
        ("ms-powerpoint.slideshow.macroenabled.main", Kind::Ppsm),
        ("presentationml.slideshow.main", Kind::Ppsx),
        ("presentationml.template.main", Kind::Potx),
        ("presentationml.presentation.main", Kind::Pptx),
        ("wordprocessingml.template.main", Kind::Dotx),
        ("wordprocessingml.document.main", Kind::Docx),
        ("spreadsheetml.template.main", Kind::Xltx),
        ("spreadsheetml.sheet.main", Kind::Xlsx),
        ("ms-visio.", Kind::Vsdx),
        ("ms-package.xps-fixeddocumentsequence", Kind::Xps),
        ("oxps", Kind::Xps),
    ];
    let types = types.to_ascii_lowercase();
    let found = MAIN.iter().find(|(mark, _)| find(&types, mark.as_bytes()).is_some()).map(|(_, kind)| *kind);
    // Some writers put the type of the main part into the defaults, or forget it.
    found.or_else(|| {
        [("word/", Kind::Docx), ("xl/", Kind::Xlsx), ("ppt/", Kind::Pptx), ("visio/", Kind::Vsdx)]
            .iter()
            .find(|(folder, _)| below(folder))
            .map(|(_, kind)| *kind)
    })
}

struct Entry<'b> {
    name: &'b [u8],
    method: u16,
    packed: u64,
    header: u64,
}

/// The central directory, if its end record stands within the last 64 KiB.
fn directory(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    let tail = bytes.len().saturating_sub(65_557);
    let end = tail.checked_add(bytes.get(tail..)?.windows(4).rposition(|window| window == b"PK\x05\x06")?)?;
    let count = number(bytes, end.checked_add(10)?, 2)?;
    let size = number(bytes, end.checked_add(12)?, 4)?;
    let start = number(bytes, end.checked_add(16)?, 4)?;
    // Bytes before the archive shift every offset.
    let place =
        end.checked_sub(usize::try_from(size).ok()?).filter(|place| at_entry(bytes, *place)).or_else(|| usize::try_from(start).ok());
    let mut place = place?;
    let shift = (place as u64).saturating_sub(start);
    let mut entries = Vec::new();
    while at_entry(bytes, place) && entries.len() < ENTRIES.min(usize::try_from(count).unwrap_or(0).max(1)) {
        let (name, extra, comment) = (number(bytes, place + 28, 2)?, number(bytes, place + 30, 2)?, number(bytes, place + 32, 2)?);
        let name_start = place.checked_add(46)?;
        let name_end = name_start.checked_add(usize::try_from(name).ok()?)?;
        entries.push(Entry {
            name: bytes.get(name_start..name_end)?,
            method: u16::try_from(number(bytes, place + 10, 2)?).ok()?,
            packed: number(bytes, place + 20, 4)?,
            header: number(bytes, place + 42, 4)?.saturating_add(shift),
        });
        place = name_end.checked_add(usize::try_from(extra + comment).ok()?)?;
    }
    Some(entries)
}

fn at_entry(bytes: &[u8], place: usize) -> bool {
    bytes.get(place..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02"))
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], place: usize, length: usize) -> Option<u64> {
    let slice = bytes.get(place..place.checked_add(length)?)?;
    Some(slice.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The beginning of an entry, unpacked; nothing if it cannot be.
fn unpack(bytes: &[u8], entry: &Entry<'_>) -> Vec<u8> {
    let data = || -> Option<&[u8]> {
        let header = usize::try_from(entry.header).ok()?;
        bytes.get(header..)?.starts_with(b"PK\x03\x04").then_some(())?;
        let start =
            header.checked_add(30)?.checked_add(usize::try_from(number(bytes, header + 26, 2)? + number(bytes, header + 28, 2)?).ok()?)?;
        let rest = bytes.get(start..)?;
        rest.get(..usize::try_from(entry.packed).ok()?.min(rest.len()))
    };
    let Some(data) = data() else { return Vec::new() };
    let mut text = Vec::new();
    let read = match entry.method {
        0 => data.take(BYTES).read_to_end(&mut text),
        8 => flate2::read::DeflateDecoder::new(data).take(BYTES).read_to_end(&mut text),
        _ => Ok(0),
    };
    // A broken end still leaves its beginning to be told by.
    let _ = read;
    text
}
