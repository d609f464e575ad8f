//! Color profiles: header and known tags, written anew.

/// Tags that say how colors are computed, and nothing about who made them.
const TAGS: [&[u8; 4]; 26] = [
    b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2",
    b"gamt", b"chad", b"chrm", b"lumi", b"meas", b"view", b"tech", b"desc", b"cprt", b"D2B0", b"B2D0",
];

/// Types that their values may have.
const TYPES: [&[u8; 4]; 12] = [b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mBA ", b"sf32", b"chrm", b"meas", b"view", b"sig "];

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).map(|word| word.iter().fold(0, |value, &byte| value << 8 | u32::from(byte)))
}

fn usize32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(be32(bytes, at)?).ok()
}

/// A name that is the same for every profile.
fn words(new_kind: bool) -> Vec<u8> {
    if new_kind {
        let mut value = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS\0\0\0\x06\0\0\0\x1C".to_vec();
        value.extend_from_slice(b"\0I\0C\0C");
        value
    } else {
        let mut value = b"desc\0\0\0\0\0\0\0\x04ICC\0".to_vec();
        value.extend_from_slice(&[0; 4 + 4 + 2 + 1 + 67]);
        value
    }
}

/// Writes a profile from what is known of it; none if it is wrong or has other components.
pub(crate) fn rebuild(bytes: &[u8], components: i64) -> Option<Vec<u8>> {
    let size = usize32(bytes, 0)?;
    let bytes = bytes.get(..size)?;
    if bytes.get(36..40)? != b"acsp" {
        return None;
    }
    let space = bytes.get(16..20)?;
    let fits = match space {
        b"GRAY" => components == 1,
        b"RGB " | b"Lab " | b"XYZ " => components == 3,
        b"CMYK" => components == 4,
        _ => false,
    };
    let class = bytes.get(12..16)?;
    let pcs = bytes.get(20..24)?;
    if !fits || !matches!(class, b"mntr" | b"prtr" | b"scnr" | b"spac") || !matches!(pcs, b"XYZ " | b"Lab ") {
        return None;
    }
    let major = *bytes.get(8)?;
    if !(2..=4).contains(&major) {
        return None;
    }
    let count = usize32(bytes, 128)?;
    if count > 200 {
        return None;
    }
    let mut tags: Vec<([u8; 4], Vec<u8>)> = Vec::new();
    for index in 0..count {
        let at = 132 + index * 12;
        let name: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let (from, length) = (usize32(bytes, at + 4)?, usize32(bytes, at + 8)?);
        let value = bytes.get(from..from.checked_add(length)?)?;
        if !TAGS.contains(&&name) || tags.iter().any(|(known, _)| *known == name) {
            continue;
        }
        match &name {
            b"desc" => tags.push((name, words(major >= 4))),
            b"cprt" => {
                let text = if major >= 4 { words(true) } else { b"text\0\0\0\0ICC\0".to_vec() };
                tags.push((name, text));
            }
            _ => {
                let kind: &[u8; 4] = value.get(..4)?.try_into().ok()?;
                if !TYPES.contains(&kind) {
                    return None;
                }
                let length = match kind {
                    b"XYZ " => 20,
                    b"curv" => usize32(value, 8)?.checked_mul(2)?.checked_add(12)?,
                    b"sig " => 12,
                    _ => value.len(),
                };
                let mut value = value.get(..length)?.to_vec();
                // Reserved bytes.
                for slot in value.get_mut(4..8)? {
                    *slot = 0;
                }
                tags.push((name, value));
            }
        }
    }
    if tags.is_empty() {
        return None;
    }
    let mut out = vec![0_u8; 128];
    let mut field = |at: usize, value: &[u8]| {
        if let Some(slots) = out.get_mut(at..at + value.len()) {
            slots.copy_from_slice(value);
        }
    };
    field(8, bytes.get(8..12)?);
    field(12, bytes.get(12..24)?);
    field(24, &[0x07, 0xD0, 0, 1, 0, 1]);
    field(36, b"acsp");
    field(64, &[0, 0, 0, *bytes.get(67)? & 3]);
    field(68, &[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    out.extend_from_slice(&u32::try_from(tags.len()).ok()?.to_be_bytes());
    let mut at = 132 + tags.len() * 12;
    let mut values: Vec<(usize, &[u8])> = Vec::new();
    for (name, value) in &tags {
        let from = match values.iter().find(|(_, known)| *known == value.as_slice()) {
            Some((from, _)) => *from,
            None => {
                let from = at;
                values.push((from, value));
                at = at.checked_add(value.len())?.next_multiple_of(4);
                from
            }
        };
        out.extend_from_slice(name);
        out.extend_from_slice(&u32::try_from(from).ok()?.to_be_bytes());
        out.extend_from_slice(&u32::try_from(value.len()).ok()?.to_be_bytes());
    }
    for (from, value) in values {
        out.resize(from, 0);
        out.extend_from_slice(value);
    }
    out.resize(at, 0);
    let size = u32::try_from(out.len()).ok()?.to_be_bytes();
    if let Some(slots) = out.get_mut(..4) {
        slots.copy_from_slice(&size);
    }
    Some(out)
}
