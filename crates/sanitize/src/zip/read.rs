//! The two directories of a ZIP, which must tell the same.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, is_nfc_quick};

use super::{Archive, Entry, name};
use crate::{Hold, Reason};

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

/// Bytes of an end record and the longest comment.
const END_REACH: usize = 22 + 65_535;

const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 1 << 3;
const PATCH: u16 = 1 << 5;
const STRONG: u16 = 1 << 6;
const UTF8: u16 = 1 << 11;
const MASKED: u16 = 1 << 13;

/// Extra fields that every ZIP program writes: sizes, times, owners, names, encryption, padding.
const COMMON_EXTRAS: [u16; 18] = [
    0x0000, 0x0001, 0x000a, 0x000d, 0x5455, 0x5855, 0x7855, 0x7875, 0x7075, 0x6375, 0x9901, 0xa220, 0xa11e, 0xcafe, 0xd935, 0x0017, 0x756e,
    0x334d,
];

/// Bytes at a place, as numbers.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn at(bytes: &'a [u8], place: usize, length: usize) -> Result<Self, Hold> {
        slice(bytes, place, length).map(Self)
    }

    fn u16(&self, place: usize) -> u16 {
        self.0.get(place..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
    }

    fn u32(&self, place: usize) -> u32 {
        self.0.get(place..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn u64(&self, place: usize) -> u64 {
        self.0.get(place..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

fn slice(bytes: &[u8], place: usize, length: usize) -> Result<&[u8], Hold> {
    place.checked_add(length).and_then(|end| bytes.get(place..end)).ok_or_else(|| Hold::damaged("ZIP: a record lies outside of the file"))
}

fn starts(bytes: &[u8], place: usize, mark: &[u8]) -> bool {
    bytes.get(place..).is_some_and(|rest| rest.starts_with(mark))
}

fn place(number: u64) -> Result<usize, Hold> {
    usize::try_from(number).map_err(|_| Hold::damaged("ZIP: an offset beyond all memory"))
}

/// Where the central directory is.
struct Directory {
    start: usize,
    length: usize,
    count: u64,
    /// What is to be added to every offset: bytes before the archive.
    shift: usize,
    /// Where the records of its end begin and end.
    end: std::ops::Range<usize>,
    comment: bool,
}

/// A member as the central directory tells it.
struct Central<'a> {
    raw: &'a [u8],
    utf8: bool,
    unicode: Option<&'a str>,
    flags: u16,
    method: u16,
    time: u16,
    crc: u32,
    packed: u64,
    size: u64,
    header: usize,
    aes: Option<(u8, u16)>,
    mode: u32,
}

impl<'a> Archive<'a> {
    /// Reads a package, in which no two names may differ by case only.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Hold> {
        let archive = Self::read_any(bytes)?;
        let mut seen = BTreeSet::new();
        for entry in archive.entries.iter().filter(|entry| !entry.folder) {
            let folded = if entry.name.is_ascii() {
                entry.name.to_ascii_lowercase()
            } else if is_nfc_quick(entry.name.chars()) == unicode_normalization::IsNormalized::Yes {
                entry.name.to_lowercase()
            } else {
                entry.name.nfc().collect::<String>().to_lowercase()
            };
            if !seen.insert(folded) {
                return Err(Hold::damaged("ZIP: two members whose names differ by case only"));
            }
        }
        Ok(archive)
    }

    /// Reads any archive; names may differ by case only.
    pub(crate) fn read_any(bytes: &'a [u8]) -> Result<Self, Hold> {
        let directory = find_directory(bytes)?;
        let mut archive = Self { entries: Vec::new(), slack: 0, comments: u64::from(directory.comment), extras: 0 };
        let centrals = read_directory(bytes, &directory, &mut archive)?;
        let names = name::decode_all(&centrals.iter().map(|central| (central.raw, central.utf8, central.unicode)).collect::<Vec<_>>());
        let mut seen = BTreeSet::new();
        let mut spans = Vec::with_capacity(centrals.len());
        for (central, name) in centrals.iter().zip(names) {
            let (packed, end) = read_local(bytes, central, &mut archive)?;
            spans.push((central.header, end));
            let name = name.replace('\\', "/");
            if name.is_empty() || name.contains('\0') {
                return Err(Hold::new(Reason::DangerousName, "ZIP: a name that is empty or contains NUL"));
            }
            let folder = name.ends_with('/');
            if folder && central.size != 0 {
                return Err(Hold::damaged("ZIP: a folder with bytes of its own"));
            }
            // Some programs list a folder as often as it has members.
            if !seen.insert(name.clone()) {
                if folder {
                    continue;
                }
                return Err(Hold::damaged("ZIP: two members of one name"));
            }
            archive.entries.push(Entry {
                name,
                folder,
                special: !matches!(central.mode >> 12, 0 | 0o4 | 0o10),
                encrypted: central.flags & ENCRYPTED != 0,
                size: central.size,
                method: central.method,
                crc: central.crc,
                check: if central.flags & SIZES_FOLLOW != 0 { (central.time >> 8) as u8 } else { (central.crc >> 24) as u8 },
                aes: central.aes,
                packed,
            });
        }
        spans.sort_unstable();
        let mut reached = 0;
        for (start, end) in spans {
            if start < reached {
                return Err(Hold::new(Reason::Damaged, "ZIP: members overlap"));
            }
            archive.slack += u64::from(start > reached);
            reached = end;
        }
        if reached > directory.start {
            return Err(Hold::damaged("ZIP: members overlap the central directory"));
        }
        archive.slack += u64::from(directory.start > reached);
        archive.slack += u64::from(directory.end.start > directory.start + directory.length);
        archive.slack += u64::from(bytes.len() > directory.end.end);
        Ok(archive)
    }
}

fn find_directory(bytes: &[u8]) -> Result<Directory, Hold> {
    let from = bytes.len().saturating_sub(END_REACH);
    let tail = bytes.get(from..).unwrap_or_default();
    // The last end record whose comment fits; what follows is a tail that belongs to nothing.
    let fits = |at: usize| {
        let length = Fields(tail.get(at..).unwrap_or_default()).u16(20);
        at.checked_add(22 + usize::from(length)).is_some_and(|end| end <= tail.len())
    };
    let marks: Vec<usize> = tail.windows(4).enumerate().filter(|(at, window)| *window == END && fits(*at)).map(|(at, _)| at).collect();
    let end = from + marks.last().copied().ok_or_else(|| Hold::damaged("ZIP: no end of the central directory"))?;
    let record = Fields::at(bytes, end, 22)?;
    let comment_length = usize::from(record.u16(20));
    let mut disks = (u64::from(record.u16(4)), u64::from(record.u16(6)));
    let mut count = (u64::from(record.u16(8)), u64::from(record.u16(10)));
    let mut length = u64::from(record.u32(12));
    let mut start = u64::from(record.u32(16));
    let mut end_start = end;
    let locator = end.checked_sub(20).filter(|at| starts(bytes, *at, LOCATOR64));
    if let Some(locator) = locator {
        // Right before the locator, unless it has an extensible part; then where the locator says.
        let at = match locator.checked_sub(56).filter(|at| starts(bytes, *at, END64)) {
            Some(at) => at,
            None => place(Fields::at(bytes, locator, 20)?.u64(8))?,
        };
        let record64 = Fields::at(bytes, at, 56)?;
        let whole = record64.u64(4).checked_add(12).and_then(|length| length.checked_add(at as u64));
        if !starts(bytes, at, END64) || whole != Some(locator as u64) {
            return Err(Hold::damaged("ZIP64: the end record is not where it should be"));
        }
        let agree = |short: u64, most: u64, long: u64| short == most || short == long;
        let (disk, disk_start) = (u64::from(record64.u32(16)), u64::from(record64.u32(20)));
        let long = (record64.u64(24), record64.u64(32), record64.u64(40), record64.u64(48));
        if !(agree(disks.0, 0xffff, disk)
            && agree(disks.1, 0xffff, disk_start)
            && agree(count.0, 0xffff, long.0)
            && agree(count.1, 0xffff, long.1)
            && agree(length, 0xffff_ffff, long.2)
            && agree(start, 0xffff_ffff, long.3))
        {
            return Err(Hold::damaged("ZIP64: the two end records differ"));
        }
        disks = (disk, disk_start);
        count = (long.0, long.1);
        (length, start, end_start) = (long.2, long.3, at);
    }
    if disks != (0, 0) || count.0 != count.1 {
        return Err(Hold::damaged("ZIP: a part of a split archive"));
    }
    let (length, stated) = (place(length)?, place(start)?);
    let before_end = end_start.checked_sub(length).filter(|at| count.0 == 0 || starts(bytes, *at, CENTRAL));
    let start = match before_end {
        Some(at) if at >= stated => at,
        _ if starts(bytes, stated, CENTRAL) => stated,
        _ => return Err(Hold::damaged("ZIP: no central directory where it should be")),
    };
    if start != stated && starts(bytes, stated, CENTRAL) {
        return Err(Hold::damaged("ZIP: two central directories"));
    }
    let directory_end = start.checked_add(length).filter(|end| *end <= end_start);
    let Some(directory_end) = directory_end else { return Err(Hold::damaged("ZIP: the central directory runs into its end")) };
    // Which of two end records counts is a matter of taste among readers.
    if marks.iter().any(|at| from + at >= directory_end && from + at != end) {
        return Err(Hold::damaged("ZIP: two ends of the central directory"));
    }
    Ok(Directory {
        start,
        length,
        count: count.0,
        shift: start - stated,
        end: end_start..end.saturating_add(22 + comment_length),
        comment: comment_length > 0,
    })
}

fn read_directory<'a>(bytes: &'a [u8], directory: &Directory, archive: &mut Archive<'a>) -> Result<Vec<Central<'a>>, Hold> {
    let records = slice(bytes, directory.start, directory.length)?;
    let mut centrals = Vec::new();
    let mut at = 0;
    while at < records.len() {
        let fields = Fields::at(records, at, 46)?;
        if !starts(records, at, CENTRAL) {
            // A signature of the directory, known to the specification and used by nobody, may end it.
            if starts(records, at, b"PK\x05\x05") && at + 6 + usize::from(fields.u16(4)) == records.len() {
                archive.extras += 1;
                break;
            }
            return Err(Hold::damaged("ZIP: the central directory is broken"));
        }
        let (name_length, extra_length, comment_length) =
            (usize::from(fields.u16(28)), usize::from(fields.u16(30)), usize::from(fields.u16(32)));
        let raw = slice(records, at + 46, name_length)?;
        let extra = slice(records, at + 46 + name_length, extra_length)?;
        slice(records, at + 46 + name_length + extra_length, comment_length)?;
        archive.comments += u64::from(comment_length > 0);
        archive.extras += unknown_extras(extra);
        let (mut packed, mut size) = (u64::from(fields.u32(20)), u64::from(fields.u32(24)));
        let (mut header, mut disk) = (u64::from(fields.u32(42)), u32::from(fields.u16(34)));
        if let Some(long) = extra_field(extra, 0x0001) {
            let mut long = Long(long);
            long.replace(&mut size)?;
            long.replace(&mut packed)?;
            long.replace(&mut header)?;
            if disk == 0xffff {
                disk = long.0.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            }
        }
        let flags = fields.u16(8);
        if flags & (STRONG | MASKED) != 0 {
            return Err(Hold::new(Reason::EncryptionUnknown, "ZIP: strong encryption"));
        }
        if disk != 0 || flags & PATCH != 0 {
            return Err(Hold::damaged("ZIP: a member on another disk, or a patch"));
        }
        let aes = extra_field(extra, 0x9901).filter(|_| fields.u16(10) == 99).map(Fields);
        let by_unix = matches!(fields.u16(4) >> 8, 3 | 19);
        centrals.push(Central {
            raw,
            utf8: flags & UTF8 != 0,
            unicode: extra_field(extra, 0x7075).and_then(|field| name::unicode_field(field, raw)),
            flags,
            method: aes.as_ref().map_or(fields.u16(10), |aes| aes.u16(5)),
            time: fields.u16(12),
            crc: fields.u32(16),
            packed,
            size,
            header: place(header)?.checked_add(directory.shift).ok_or_else(|| Hold::damaged("ZIP: an offset beyond all memory"))?,
            aes: aes.map(|aes| (aes.0.get(4).copied().unwrap_or(0), aes.u16(0))),
            mode: if by_unix { fields.u32(38) >> 16 } else { 0 },
        });
        at = at + 46 + name_length + extra_length + comment_length;
    }
    // The short count wraps round where ZIP64 was not used.
    if centrals.len() as u64 != directory.count {
        return Err(Hold::damaged("ZIP: the count of members is wrong"));
    }
    Ok(centrals)
}

/// The long forms of numbers, in the order in which the short ones are full.
struct Long<'a>(&'a [u8]);

impl Long<'_> {
    fn replace(&mut self, number: &mut u64) -> Result<(), Hold> {
        if *number == 0xffff_ffff {
            let (long, rest) = self.0.split_first_chunk().ok_or_else(|| Hold::damaged("ZIP64: a number is missing"))?;
            *number = u64::from_le_bytes(*long);
            self.0 = rest;
        }
        Ok(())
    }
}

/// Fields of an extra block; ends at the first that does not fit.
fn extra_fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = extra;
    std::iter::from_fn(move || {
        let head = Fields(rest.get(..4)?);
        let field = rest.get(4..4 + usize::from(head.u16(2)))?;
        rest = rest.get(4 + field.len()..)?;
        Some((head.u16(0), field))
    })
}

fn extra_field(extra: &[u8], id: u16) -> Option<&[u8]> {
    extra_fields(extra).find(|(found, _)| *found == id).map(|(_, field)| field)
}

fn unknown_extras(extra: &[u8]) -> u64 {
    extra_fields(extra).filter(|(id, _)| !COMMON_EXTRAS.contains(id)).count() as u64
}

/// The member itself: what its header says must be what the directory says. Returns its packed bytes and where it ends.
fn read_local<'a>(bytes: &'a [u8], central: &Central<'a>, archive: &mut Archive<'a>) -> Result<(&'a [u8], usize), Hold> {
    let differ = |what: &str| Hold::damaged(format!("ZIP: the directory and the member differ in {what}"));
    let header = central.header;
    if !starts(bytes, header, LOCAL) {
        return Err(Hold::damaged("ZIP: no member where the directory says"));
    }
    let fields = Fields::at(bytes, header, 30)?;
    let (name_length, extra_length) = (usize::from(fields.u16(26)), usize::from(fields.u16(28)));
    let raw = slice(bytes, header + 30, name_length)?;
    let extra = slice(bytes, header + 30 + name_length, extra_length)?;
    archive.extras += unknown_extras(extra);
    if raw != central.raw {
        return Err(differ("name"));
    }
    let flags = fields.u16(6);
    // Level of compression and character set are told in one place only by some programs.
    const MATTER: u16 = ENCRYPTED | SIZES_FOLLOW | PATCH | STRONG | MASKED;
    if (flags ^ central.flags) & MATTER & !SIZES_FOLLOW != 0 {
        return Err(differ("flags"));
    }
    let aes = extra_field(extra, 0x9901).filter(|_| fields.u16(8) == 99).map(Fields);
    if aes.as_ref().map_or(fields.u16(8), |aes| aes.u16(5)) != central.method
        || aes.map(|aes| (aes.0.get(4).copied().unwrap_or(0), aes.u16(0))) != central.aes
    {
        return Err(differ("method"));
    }
    let (crc, mut packed, mut size) = (fields.u32(14), u64::from(fields.u32(18)), u64::from(fields.u32(22)));
    let long = extra_field(extra, 0x0001);
    if let Some(long) = long {
        let mut long = Long(long);
        long.replace(&mut size)?;
        long.replace(&mut packed)?;
    }
    let later = flags & SIZES_FOLLOW != 0;
    let same = (crc, packed, size) == (central.crc, central.packed, central.size);
    // Programs that do not know yet write zeros, or the mark of a long number; or what they do know.
    let open = later
        && (crc == 0 || crc == central.crc)
        && (packed == 0 || packed == 0xffff_ffff || packed == central.packed)
        && (size == 0 || size == 0xffff_ffff || size == central.size);
    if !same && !open {
        return Err(differ("size or sum"));
    }
    let start = header + 30 + name_length + extra_length;
    let data = slice(bytes, start, place(central.packed)?)?;
    let end = start + data.len();
    if !later {
        return Ok((data, end));
    }
    match descriptor(bytes, end, central) {
        Some(length) => Ok((data, end + length)),
        None if same => Ok((data, end)),
        None => Err(differ("what follows the member")),
    }
}

/// The length of the record after a member that tells its sizes, if it is there and right.
fn descriptor(bytes: &[u8], at: usize, central: &Central<'_>) -> Option<usize> {
    let marked = starts(bytes, at, DESCRIPTOR);
    let forms = [(marked, 4, 16), (marked, 4, 24), (true, 0, 12), (true, 0, 20)];
    forms.into_iter().find_map(|(applies, skip, length)| {
        let fields = Fields(bytes.get(at..at.checked_add(length)?)?.get(skip..)?);
        let wide = length - skip == 20;
        let sizes = if wide { (fields.u64(4), fields.u64(12)) } else { (u64::from(fields.u32(4)), u64::from(fields.u32(8))) };
        (applies && fields.u32(0) == central.crc && sizes == (central.packed, central.size)).then_some(length)
    })
}
