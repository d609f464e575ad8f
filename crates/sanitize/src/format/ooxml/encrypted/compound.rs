//! OLE compound files, as far as streams at the root are concerned; chains may not run in circles.

use crate::Hold;

const END: u32 = 0xFFFF_FFFE;

/// A compound file.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    small: Vec<u8>,
    directory: Vec<u8>,
}

fn damaged() -> Hold {
    Hold::damaged("an OLE compound file that contradicts itself")
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four))
}

impl<'a> Compound<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Hold> {
        Self::parse(bytes).ok_or_else(damaged)
    }

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let sector = match bytes.get(0x1E..0x20)? {
            [9, 0] => 512,
            [12, 0] => 4_096,
            _ => return None,
        };
        let mut file = Self { bytes, sector, table: Vec::new(), small_table: Vec::new(), small: Vec::new(), directory: Vec::new() };
        // Where the table of chains lies: 109 places in the header, more in a chain of their own.
        let mut places: Vec<u32> = numbers(bytes.get(0x4C..0x200)?).collect();
        let mut next = number(bytes, 0x44)?;
        let most = bytes.len() / sector + 1;
        let mut steps = 0;
        while next < 0xFFFF_FFFA {
            let block = file.sector(next)?;
            let (list, last) = block.split_at_checked(sector - 4)?;
            places.extend(numbers(list));
            next = number(last, 0)?;
            steps += 1;
            if steps > most {
                return None;
            }
        }
        for place in places.into_iter().filter(|place| *place < 0xFFFF_FFFA) {
            let block = file.sector(place)?.to_vec();
            file.table.extend(numbers(&block));
            if file.table.len() > bytes.len() {
                return None;
            }
        }
        file.directory = file.chain(number(bytes, 0x30)?)?;
        file.small_table = numbers(&file.chain(number(bytes, 0x3C)?)?).collect();
        let root = number(&file.directory, 0x74)?;
        file.small = file.chain(root)?;
        Some(file)
    }

    fn sector(&self, index: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(index).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        // The last sector may be cut short.
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    fn chain(&self, mut index: u32) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        while index != END && index != u32::MAX {
            out.extend_from_slice(self.sector(index)?);
            if out.len() > self.bytes.len() {
                return None;
            }
            index = *self.table.get(usize::try_from(index).ok()?)?;
        }
        Some(out)
    }

    /// A stream by its name.
    pub(super) fn stream(&self, name: &str) -> Result<Vec<u8>, Hold> {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut found = self.directory.chunks_exact(128).filter(|entry| {
            entry.starts_with(&wide) && entry.get(wide.len()..wide.len() + 2) == Some(&[0, 0]) && entry.get(66) == Some(&2)
        });
        let (Some(entry), None) = (found.next(), found.next()) else { return Err(damaged()) };
        self.content(entry).ok_or_else(damaged)
    }

    fn content(&self, entry: &[u8]) -> Option<Vec<u8>> {
        let (mut index, length) = (number(entry, 0x74)?, usize::try_from(number(entry, 0x78)?).ok()?);
        let mut out = if length >= 4_096 {
            self.chain(index)?
        } else {
            let mut out = Vec::new();
            while index != END && index != u32::MAX && out.len() < length {
                let start = usize::try_from(index).ok()?.checked_mul(64)?;
                out.extend_from_slice(self.small.get(start..start.checked_add(64)?)?);
                index = *self.small_table.get(usize::try_from(index).ok()?)?;
            }
            out
        };
        if out.len() < length {
            return None;
        }
        out.truncate(length);
        Some(out)
    }
}
