//! TrueType and OpenType files: tables read one by one, those that drawing needs written again.

use super::{cff, cmap, glyf};
use crate::{Hold, cursor::Cursor};

fn broken(what: &str) -> Hold {
    Hold::damaged(format!("font: {what}"))
}

/// Tables by name.
struct Tables<'a> {
    bytes: &'a [u8],
    directory: Vec<([u8; 4], usize, usize)>,
}

impl<'a> Tables<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::starting_at(bytes, 4)?;
        let count = cursor.u16_be()?;
        cursor.take(6)?;
        let mut directory: Vec<([u8; 4], usize, usize)> = Vec::new();
        for _ in 0..count {
            let Some(name) = cursor.array() else { break };
            let (_sum, at, length) = (cursor.u32_be()?, cursor.u32_be()? as usize, cursor.u32_be()? as usize);
            if directory.iter().all(|entry| entry.0 != name) {
                directory.push((name, at, length));
            }
        }
        Some(Self { bytes, directory })
    }

    /// A table; shorter than announced if the file ends before.
    fn get(&self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let &(_, at, length) = self.directory.iter().find(|entry| entry.0 == *name)?;
        let end = at.checked_add(length)?.min(self.bytes.len());
        self.bytes.get(at..end).filter(|table| !table.is_empty())
    }
}

/// Rebuilds a font.
pub(super) fn rebuild(bytes: &[u8]) -> Result<Vec<u8>, Hold> {
    let tables = Tables::read(bytes).ok_or_else(|| broken("the directory"))?;
    let mut made: Vec<([u8; 4], Vec<u8>)> = Vec::new();
    let cff = tables.get(b"CFF ");
    let maxp = tables.get(b"maxp");
    let mut glyphs = maxp.and_then(|table| Cursor::starting_at(table, 4)?.u16_be()).unwrap_or(0);
    if let Some(cff) = cff {
        let (table, count) = cff::rebuild_counted(cff)?;
        glyphs = count;
        made.push((*b"CFF ", table));
    } else {
        let head = tables.get(b"head").filter(|head| read_head(head).is_some()).ok_or_else(|| broken("no head"))?;
        let long = Cursor::starting_at(head, 50).and_then(|mut cursor| cursor.u16_be()).unwrap_or(0) != 0;
        let loca = tables.get(b"loca").ok_or_else(|| broken("no loca"))?;
        if maxp.is_none() {
            return Err(broken("no maxp"));
        }
        let (glyf, loca) = glyf::rebuild(tables.get(b"glyf").unwrap_or_default(), loca, long, glyphs);
        made.push((*b"glyf", glyf));
        made.push((*b"loca", loca));
        for name in [b"fpgm", b"prep"] {
            if let Some(program) = tables.get(name).filter(|program| glyf::well_formed(program)) {
                made.push((*name, program.to_vec()));
            }
        }
        if let Some(values) = tables.get(b"cvt ") {
            made.push((*b"cvt ", numbers(values, values.len() / 2)));
        }
    }
    if let Some(maxp) = maxp {
        let mut table = numbers(maxp, if cff.is_some() { 3 } else { 16 });
        if let Some(slot) = table.get_mut(4..6) {
            slot.copy_from_slice(&glyphs.to_be_bytes());
        }
        made.push((*b"maxp", table));
    }
    if let Some(head) = tables.get(b"head").and_then(read_head) {
        made.push((*b"head", head));
    }
    for (header, metrics) in [(b"hhea", b"hmtx"), (b"vhea", b"vmtx")] {
        let Some(table) = tables.get(header).filter(|table| table.len() >= 36) else { continue };
        let mut table = numbers(table, 18);
        let count = Cursor::starting_at(&table, 34).and_then(|mut cursor| cursor.u16_be()).unwrap_or(0).clamp(1, glyphs.max(1));
        if let Some(slot) = table.get_mut(34..36) {
            slot.copy_from_slice(&count.to_be_bytes());
        }
        let Some(values) = tables.get(metrics) else { continue };
        made.push((*header, table));
        let wanted = usize::from(count) + usize::from(glyphs.max(count));
        let mut values = numbers(values, wanted.min(values.len() / 2));
        // Readers may want as many as are announced.
        values.resize(values.len().max(usize::from(count) * 4), 0);
        made.push((*metrics, values));
    }
    if let Some(table) = tables.get(b"cmap").and_then(cmap::rebuild) {
        made.push((*b"cmap", table));
    }
    if let Some(table) = tables.get(b"post").and_then(read_post) {
        made.push((*b"post", table));
    }
    if let Some(table) = tables.get(b"OS/2").and_then(read_os2) {
        made.push((*b"OS/2", table));
    }
    Ok(write(made, cff.is_some()))
}

/// Numbers of 16 bits, up to so many.
fn numbers(table: &[u8], count: usize) -> Vec<u8> {
    let mut cursor = Cursor::new(table);
    let mut out = Vec::new();
    for _ in 0..count {
        let Some(number) = cursor.u16_be() else { break };
        out.extend(number.to_be_bytes());
    }
    out
}

/// The font's header, without checksum and dates; long offsets.
fn read_head(table: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(table);
    let (version, revision, _sum, _magic) = (cursor.u32_be()?, cursor.u32_be()?, cursor.u32_be()?, cursor.u32_be()?);
    let (flags, units) = (cursor.u16_be()?, cursor.u16_be()?);
    let _dates = cursor.array::<16>()?;
    let mut out = Vec::new();
    out.extend(if version == 0 { 0x10000 } else { version }.to_be_bytes());
    out.extend(revision.to_be_bytes());
    out.extend([0; 4]);
    out.extend(0x5f0f_3cf5_u32.to_be_bytes());
    out.extend(flags.to_be_bytes());
    out.extend(units.to_be_bytes());
    out.extend([0; 16]);
    // Box, style, least size, direction.
    for _ in 0..7 {
        out.extend(cursor.u16_be()?.to_be_bytes());
    }
    out.extend([0, 1, 0, 0]);
    Some(out)
}

/// Names of glyphs, if they are told; otherwise that none are.
fn read_post(table: &[u8]) -> Option<Vec<u8>> {
    let version = Cursor::new(table).u32_be()?;
    let mut fixed = numbers(table, 16);
    if fixed.len() < 32 {
        return None;
    }
    let names = if version == 0x20000 { read_names(table.get(32..)?) } else { None };
    let version: u32 = match (version, &names) {
        (0x10000, _) => 0x10000,
        (_, Some(_)) => 0x20000,
        _ => 0x30000,
    };
    fixed.get_mut(..4)?.copy_from_slice(&version.to_be_bytes());
    fixed.extend(names.unwrap_or_default());
    Some(fixed)
}

fn read_names(table: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(table);
    let count = cursor.u16_be()?;
    let mut indices = Vec::new();
    for _ in 0..count {
        indices.push(cursor.u16_be()?);
    }
    let mut names = Vec::new();
    while let Some(length) = cursor.u8() {
        let Some(name) = cursor.take(usize::from(length)) else { break };
        names.push(name);
    }
    // Only names that a glyph has, in the order in which they are first used.
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut place = std::collections::BTreeMap::new();
    let mut out = count.to_be_bytes().to_vec();
    for index in indices {
        let index = match index.checked_sub(258) {
            None => index,
            Some(own) => {
                let Some(name) = names.get(usize::from(own)) else {
                    out.extend([0, 0]);
                    continue;
                };
                *place.entry(own).or_insert_with(|| {
                    kept.push(name);
                    (kept.len() as u16).saturating_add(257)
                })
            }
        };
        out.extend(index.to_be_bytes());
    }
    for name in kept {
        let name: Vec<u8> = name.iter().copied().filter(u8::is_ascii_graphic).take(63).collect();
        out.push(name.len() as u8);
        out.extend(name);
    }
    Some(out)
}

/// Metrics for Windows, as long as the version says; without the maker's mark.
fn read_os2(table: &[u8]) -> Option<Vec<u8>> {
    let words = match Cursor::new(table).u16_be()? {
        0 if table.len() < 78 => 34,
        0 => 39,
        1 => 43,
        2..=4 => 48,
        5 => 50,
        _ => return None,
    };
    let mut out = numbers(table, words);
    if out.len() < words * 2 {
        return None;
    }
    out.get_mut(58..62)?.fill(b' ');
    Some(out)
}

fn write(mut tables: Vec<([u8; 4], Vec<u8>)>, cff: bool) -> Vec<u8> {
    tables.sort_by_key(|table| table.0);
    let count = tables.len() as u16;
    let most = count.max(1).ilog2();
    let mut out = if cff { b"OTTO".to_vec() } else { vec![0, 1, 0, 0] };
    out.extend(count.to_be_bytes());
    out.extend((16_u16 << most).to_be_bytes());
    out.extend((most as u16).to_be_bytes());
    out.extend((count * 16 - (16 << most)).to_be_bytes());
    let mut at = 12 + 16 * tables.len();
    let mut body = Vec::new();
    let mut head = None;
    for (name, table) in &tables {
        out.extend(name);
        out.extend(sum(table).to_be_bytes());
        out.extend((at as u32).to_be_bytes());
        out.extend((table.len() as u32).to_be_bytes());
        if name == b"head" {
            head = Some(at);
        }
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
        at = 12 + 16 * tables.len() + body.len();
    }
    out.extend(body);
    if let Some(at) = head {
        let adjustment = 0xb1b0_afba_u32.wrapping_sub(sum(&out));
        if let Some(slot) = out.get_mut(at + 8..at + 12) {
            slot.copy_from_slice(&adjustment.to_be_bytes());
        }
    }
    out
}

fn sum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks(4).map(|word| {
        let mut filled = [0; 4];
        for (slot, byte) in filled.iter_mut().zip(word) {
            *slot = *byte;
        }
        u32::from_be_bytes(filled)
    });
    words.fold(0, u32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two glyphs: an empty one and a triangle; with a table that nobody knows.
    fn font() -> Vec<u8> {
        let mut head = vec![0; 54];
        head[18] = 4;
        let glyph = [&[0, 1, 0, 0, 0, 0, 0, 9, 0, 9, 0, 2, 0, 2, 0xb0, 1, 1, 1, 1][..], &[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9][..]].concat();
        let loca = [0, 0, 0, 0, 0, 16].to_vec();
        let mut maxp = vec![0, 1, 0, 0, 0, 2];
        maxp.resize(32, 0);
        let mut hhea = vec![0; 36];
        hhea[35] = 2;
        let mut cmap = vec![0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 12, 0, 6, 0, 12, 0, 0, 0, 65, 0, 1, 0, 1];
        cmap.extend(b"CANARY");
        write(
            vec![
                (*b"head", head),
                (*b"glyf", glyph),
                (*b"loca", loca),
                (*b"maxp", maxp),
                (*b"hhea", hhea),
                (*b"hmtx", vec![2, 0, 0, 0, 2, 0, 0, 0]),
                (*b"cmap", cmap),
                (*b"name", b"CANARY".to_vec()),
                (*b"DSIG", b"CANARY".to_vec()),
            ],
            false,
        )
    }

    #[test]
    fn known_tables_stay_and_others_go() {
        let made = rebuild(&font()).unwrap();
        assert!(!made.windows(6).any(|window| window == b"CANARY"));
        let tables = Tables::read(&made).unwrap();
        assert_eq!(tables.get(b"glyf").map(<[u8]>::len), Some(32));
        assert_eq!(tables.get(b"cmap").map(<[u8]>::len), Some(24));
        assert_eq!(sum(&made), 0xb1b0_afba);
        assert!(rebuild(&made).unwrap() == made);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn mangled_fonts_do_not_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = font();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(made) = rebuild(&bytes) {
                prop_assert!(rebuild(&made).unwrap() == made);
            }
        }
    }
}
