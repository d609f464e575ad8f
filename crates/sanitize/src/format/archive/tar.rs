//! tar: ustar, pax and GNU. Members come one after another, each told once, so there is little to lie about.

use super::{Member, What, tell_tail, write};
use crate::{
    Hold,
    job::{Built, Job},
};

const BLOCK: usize = 512;

/// What is told of the next member before its header.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

/// Rebuilds a tar.
pub(super) fn rebuild(job: &mut Job<'_>, bytes: &[u8]) -> Result<Built, Hold> {
    let mut members = Vec::new();
    let mut ahead = Ahead::default();
    let mut at = 0_usize;
    loop {
        let Some(header) = bytes.get(at..).and_then(|rest| rest.get(..BLOCK)) else {
            // Some writers leave out the empty blocks at the end.
            tell_tail(job, bytes.get(at..).unwrap_or_default());
            break;
        };
        if header.iter().all(|byte| *byte == 0) {
            tell_tail(job, bytes.get(at..).unwrap_or_default());
            break;
        }
        check_sum(header)?;
        let kind = header.get(156).copied().unwrap_or(0);
        // Links and folders have no bytes, whatever their size says, unless pax says so.
        let own_size = match kind {
            b'1'..=b'6' => 0,
            _ => number(field(header, 124, 12))?,
        };
        let meta = matches!(kind, b'x' | b'g' | b'L' | b'K');
        let size = if meta { own_size } else { ahead.size.unwrap_or(own_size) };
        let size = usize::try_from(size).map_err(|_| Hold::damaged("tar: a member beyond all memory"))?;
        let start = at + BLOCK;
        let data = start
            .checked_add(size)
            .and_then(|end| bytes.get(start..end))
            .ok_or_else(|| Hold::damaged("tar: a member runs beyond the end"))?;
        at = start + size.div_ceil(BLOCK) * BLOCK;
        match kind {
            b'x' => pax(data, &mut ahead)?,
            // Comments and defaults of names nobody uses.
            b'g' => {
                let mut global = Ahead::default();
                pax(data, &mut global)?;
                if global.name.is_some() || global.size.is_some() || global.sparse {
                    return Err(Hold::damaged("tar: one name or size for all members"));
                }
            }
            b'L' => ahead.name = Some(text(data).to_vec()),
            b'K' => {}
            b'V' => ahead = Ahead::default(),
            _ => {
                let told = std::mem::take(&mut ahead);
                let name = told.name.unwrap_or_else(|| own_name(header));
                let what = match kind {
                    _ if told.sparse => What::Unread("tar: a sparse file"),
                    b'0' | 0 | b'7' if name.ends_with(b"/") => What::Folder,
                    b'0' | 0 | b'7' => What::File(data),
                    b'5' => What::Folder,
                    b'1' | b'2' | b'3' | b'4' | b'6' => What::Special,
                    b'S' => return Err(Hold::new(crate::Reason::UnsupportedKind, "tar: an old sparse file")),
                    _ => What::Unread("tar: a member of unknown type"),
                };
                members.push(Member { name: (name, false), what });
                if members.len() > job.policy.limits.members as usize {
                    job.count_member()?;
                }
            }
        }
    }
    write(job, members, |_, data| Ok(data.to_vec()))
}

fn field(header: &[u8], start: usize, length: usize) -> &[u8] {
    header.get(start..start + length).unwrap_or_default()
}

/// Up to the first NUL.
fn text(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn own_name(header: &[u8]) -> Vec<u8> {
    let name = text(field(header, 0, 100));
    let prefix = if field(header, 257, 6) == b"ustar\0" { text(field(header, 345, 155)) } else { &[] };
    if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
}

/// Octal digits, or a binary number with its first bit set.
fn number(bytes: &[u8]) -> Result<u64, Hold> {
    let bad = || Hold::damaged("tar: a number that is none");
    if let Some((0x80, rest)) = bytes.split_first() {
        return rest.iter().try_fold(0_u64, |sum, byte| Some(sum.checked_mul(256)? | u64::from(*byte))).ok_or_else(bad);
    }
    let digits = text(bytes);
    let digits = std::str::from_utf8(digits).map_err(|_| bad())?.trim();
    if digits.is_empty() { Ok(0) } else { u64::from_str_radix(digits, 8).map_err(|_| bad()) }
}

fn check_sum(header: &[u8]) -> Result<(), Hold> {
    let told = number(field(header, 148, 8))?;
    let byte = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { *byte };
    let plain: u64 = header.iter().enumerate().map(byte).map(u64::from).sum();
    // Some old writers took bytes as signed.
    let signed: i64 = header.iter().enumerate().map(byte).map(|byte| i64::from(byte.cast_signed())).sum();
    if plain == told || i64::try_from(told) == Ok(signed) { Ok(()) } else { Err(Hold::damaged("tar: the sum of a header is wrong")) }
}

/// Records `length key=value\n`.
fn pax(data: &[u8], ahead: &mut Ahead) -> Result<(), Hold> {
    let bad = || Hold::damaged("tar: a pax record is broken");
    let mut rest = data;
    while rest.iter().any(|byte| *byte != 0) {
        let space = rest.iter().take(20).position(|byte| *byte == b' ').ok_or_else(bad)?;
        let length: usize =
            std::str::from_utf8(rest.get(..space).unwrap_or_default()).ok().and_then(|digits| digits.parse().ok()).ok_or_else(bad)?;
        let record = rest.get(space + 1..length).ok_or_else(bad)?;
        let record = record.strip_suffix(b"\n").ok_or_else(bad)?;
        rest = rest.get(length..).unwrap_or_default();
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(bad)?;
        let (key, value) = record.split_at(equals);
        let value = value.get(1..).unwrap_or_default();
        match key {
            b"path" => ahead.name = Some(value.to_vec()),
            b"size" => ahead.size = Some(std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).ok_or_else(bad)?),
            _ if key.starts_with(b"GNU.sparse") => ahead.sparse = true,
            _ => {}
        }
    }
    Ok(())
}
