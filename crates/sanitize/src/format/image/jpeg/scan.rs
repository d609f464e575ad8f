//! One scan: read into symbols, written again from the symbols with the best tables for them.
//!
//! The picture stays the same to the last coefficient: what is read is the sequence of run lengths,
//! categories and their bits that the standard defines, and only that is written.

use super::{
    bits::{Bits, Writer},
    huffman::{Best, Table},
};
use crate::Hold;

/// A component of the picture.
pub(super) struct Component {
    pub(super) id: u8,
    /// Samples across and down in one unit.
    pub(super) h: u32,
    pub(super) v: u32,
    /// Its quantization table.
    pub(super) quantization: u8,
    /// Blocks across and down, without those that only fill units.
    pub(super) across: u32,
    pub(super) down: u32,
    /// Blocks in a row, with those.
    pub(super) stride: u32,
    /// Of each block the coefficients that are not zero so far; only in progressive pictures.
    pub(super) known: Vec<u64>,
}

/// What a scan says about itself.
pub(super) struct Header {
    /// Components, each with its tables for DC and AC.
    pub(super) components: Vec<(usize, u8, u8)>,
    pub(super) progressive: bool,
    /// First and last coefficient.
    pub(super) from: u8,
    pub(super) to: u8,
    /// Whether it refines what an earlier scan has told.
    pub(super) refines: bool,
    /// Bits left out before and now, as written in the file.
    pub(super) approximation: u8,
    /// Units between restart markers; 0: none.
    pub(super) restart: u32,
}

/// Tables of the file: four for DC, four for AC.
pub(super) type Tables = [Option<Table>; 8];

/// A symbol with its bits: bits in 0–15, symbol in 16–23, count of bits in 24–27, table in 28–30.
/// With bit 31 set: bits without a symbol, or, if there are none, a restart marker.
type Token = u32;
const RAW: Token = 1 << 31;
const RESTART: Token = RAW;

/// What is left after a scan.
pub(super) struct Done {
    /// Where the next marker is.
    pub(super) at: usize,
    /// Bytes lay between the last block and the marker.
    pub(super) slack: bool,
    /// Blocks that the file does not tell.
    pub(super) missing: u64,
    tokens: Vec<Token>,
}

struct Reader<'a> {
    bits: Bits<'a>,
    tables: &'a Tables,
    tokens: Vec<Token>,
    header: &'a Header,
    /// Blocks to come that are at their end.
    ended: u32,
}

/// Reads a scan, beginning behind its header.
pub(super) fn read(bytes: &[u8], at: usize, header: &Header, components: &mut [Component], tables: &Tables) -> Result<Done, Hold> {
    let mut reader = Reader { bits: Bits::new(bytes, at), tables, tokens: Vec::new(), header, ended: 0 };
    // For each component: blocks across and down in one unit.
    let (units, units_across, alone) = units(header, components);
    let (mut dead, mut missing, mut slack) = (false, 0_u64, false);
    for unit in 0..units {
        if header.restart > 0 && unit > 0 && unit % u64::from(header.restart) == 0 {
            reader.tokens.push(RESTART);
            reader.ended = 0;
            if !dead {
                let (found, between) = reader.bits.marker();
                let wanted = 0xd0 + (unit / u64::from(header.restart) - 1) % 8;
                if bytes.get(found + 1).copied().map(u64::from) == Some(wanted) {
                    reader.bits.resume(found + 2);
                    slack |= between;
                } else {
                    dead = true;
                }
            }
        }
        let (row, column) = (unit / units_across, unit % units_across);
        for &(index, dc, ac) in &header.components {
            let Some(component) = components.get_mut(index) else { continue };
            let (h, v) = if alone { (1, 1) } else { (u64::from(component.h), u64::from(component.v)) };
            for y in 0..v {
                for x in 0..h {
                    let place = (row * v + y) * u64::from(component.stride) + column * h + x;
                    let place = usize::try_from(place).unwrap_or(usize::MAX);
                    let mut nothing = 0;
                    let known = if header.progressive {
                        component.known.get_mut(place).ok_or_else(|| Hold::damaged("a block outside of the picture"))?
                    } else {
                        &mut nothing
                    };
                    let (before, ended, was) = (reader.tokens.len(), reader.ended, *known);
                    if !dead && (reader.block(usize::from(dc), usize::from(ac) + 4, known).is_none() || reader.bits.starved()) {
                        dead = true;
                        reader.tokens.truncate(before);
                        (reader.ended, *known) = (ended, was);
                    }
                    if dead {
                        missing += 1;
                        reader.fill(usize::from(dc), usize::from(ac) + 4, *known);
                    }
                }
            }
        }
    }
    let (at, between) = reader.bits.marker();
    Ok(Done { at, slack: slack || between || dead, missing, tokens: reader.tokens })
}

/// How many units a scan has, how many in a row, and whether its component stands alone.
fn units(header: &Header, components: &[Component]) -> (u64, u64, bool) {
    if let [(index, ..)] = header.components.as_slice() {
        let (across, down) = components.get(*index).map_or((0, 0), |component| (component.across, component.down));
        return (u64::from(across) * u64::from(down), u64::from(across).max(1), true);
    }
    // Every component fills the same number of units.
    let first = header.components.first().and_then(|(index, ..)| components.get(*index));
    let (across, down) =
        first.map_or((1, 0), |component| (component.stride / component.h.max(1), component.down.div_ceil(component.v.max(1))));
    (u64::from(across) * u64::from(down), u64::from(across).max(1), false)
}

impl Reader<'_> {
    #[inline]
    fn symbol(&mut self, table: usize) -> Option<u8> {
        self.tables.get(table)?.as_ref()?.symbol(&mut self.bits)
    }

    #[inline]
    fn put(&mut self, table: usize, symbol: u8, count: u8) -> u16 {
        let bits = self.bits.take(u32::from(count));
        self.tokens.push(u32::from(bits) | u32::from(symbol) << 16 | u32::from(count) << 24 | (table as u32) << 28);
        bits
    }

    /// Bits of their own; neighbours share a token.
    fn raw(&mut self, bit: u16) {
        if let Some(last) = self.tokens.last_mut()
            && *last & RAW != 0
            && (1..15).contains(&(*last >> 24 & 15))
        {
            *last = RAW | ((*last >> 24 & 15) + 1) << 24 | (*last & 0xffff) << 1 | u32::from(bit);
        } else {
            self.tokens.push(RAW | 1 << 24 | u32::from(bit));
        }
    }

    /// Reads one block; none if it cannot be right.
    #[inline]
    fn block(&mut self, dc: usize, ac: usize, known: &mut u64) -> Option<()> {
        let header = self.header;
        match (header.progressive, header.from, header.refines) {
            (false, ..) => {
                self.difference(dc)?;
                self.coefficients(ac)
            }
            (true, 0, false) => self.difference(dc),
            (true, 0, true) => {
                let bit = self.bits.take(1);
                self.raw(bit);
                Some(())
            }
            (true, _, false) => self.first(ac, known),
            (true, _, true) => self.refine(ac, known),
        }
    }

    #[inline]
    fn difference(&mut self, table: usize) -> Option<()> {
        let category = self.symbol(table)?;
        if category > 15 {
            return None;
        }
        self.put(table, category, category);
        Some(())
    }

    #[inline]
    fn coefficients(&mut self, table: usize) -> Option<()> {
        let mut at = 1;
        while at < 64 {
            let symbol = self.symbol(table)?;
            let (run, category) = (symbol >> 4, symbol & 15);
            match (run, category) {
                (15, 0) => {
                    self.put(table, symbol, 0);
                    at += 16;
                }
                (_, 0) => {
                    self.put(table, 0, 0);
                    break;
                }
                _ => {
                    at += u32::from(run) + 1;
                    if at > 64 {
                        return None;
                    }
                    self.put(table, symbol, category);
                }
            }
        }
        Some(())
    }

    fn first(&mut self, table: usize, known: &mut u64) -> Option<()> {
        if self.ended > 0 {
            self.ended -= 1;
            return Some(());
        }
        let mut at = u32::from(self.header.from);
        while at <= u32::from(self.header.to) {
            let symbol = self.symbol(table)?;
            let (run, category) = (symbol >> 4, symbol & 15);
            if category > 0 {
                at += u32::from(run);
                if at > u32::from(self.header.to) {
                    return None;
                }
                self.put(table, symbol, category);
                *known |= 1 << at;
                at += 1;
            } else if run == 15 {
                self.put(table, symbol, 0);
                at += 16;
            } else {
                self.ended = (1 << run) + u32::from(self.put(table, symbol, run)) - 1;
                break;
            }
        }
        Some(())
    }

    fn refine(&mut self, table: usize, known: &mut u64) -> Option<()> {
        let mut at = u32::from(self.header.from);
        let to = u32::from(self.header.to);
        if self.ended == 0 {
            while at <= to {
                let symbol = self.symbol(table)?;
                let (mut run, category) = (symbol >> 4, symbol & 15);
                match category {
                    0 if run < 15 => {
                        self.ended = (1 << run) + u32::from(self.put(table, symbol, run));
                        break;
                    }
                    0 => self.put(table, symbol, 0),
                    1 => self.put(table, symbol, 1),
                    _ => return None,
                };
                while at <= to {
                    if *known >> at & 1 == 1 {
                        let bit = self.bits.take(1);
                        self.raw(bit);
                    } else if run == 0 {
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                if category == 1 {
                    if at > to {
                        return None;
                    }
                    *known |= 1 << at;
                }
                at += 1;
            }
        }
        if self.ended > 0 {
            while at <= to {
                if *known >> at & 1 == 1 {
                    let bit = self.bits.take(1);
                    self.raw(bit);
                }
                at += 1;
            }
            self.ended -= 1;
        }
        Some(())
    }

    /// A block that the file does not tell: nothing changes.
    fn fill(&mut self, dc: usize, ac: usize, known: u64) {
        let header = self.header;
        let end = |reader: &mut Self| reader.tokens.push((ac as u32) << 28);
        let same = |reader: &mut Self| reader.tokens.push((dc as u32) << 28);
        match (header.progressive, header.from, header.refines) {
            (false, ..) => {
                same(self);
                end(self);
            }
            (true, 0, false) => same(self),
            (true, 0, true) => self.raw(0),
            (true, from, refines) => {
                if self.ended == 0 {
                    end(self);
                } else {
                    self.ended -= 1;
                }
                if refines {
                    for at in from..=header.to {
                        if known >> at & 1 == 1 {
                            self.raw(0);
                        }
                    }
                }
            }
        }
    }
}

/// Writes a scan with its tables and its header.
pub(super) fn write(out: &mut Vec<u8>, done: &Done, header: &Header, components: &[Component]) {
    let mut often = vec![[0_u64; 256]; 8];
    for &token in &done.tokens {
        if token & RAW == 0
            && let Some(count) = often.get_mut((token >> 28) as usize).and_then(|table| table.get_mut(usize::from((token >> 16) as u8)))
        {
            *count += 1;
        }
    }
    let best = tables(out, header, &mut often);
    out.extend([0xff, 0xda]);
    out.extend((6 + 2 * header.components.len() as u16).to_be_bytes());
    out.push(header.components.len() as u8);
    for &(index, dc, ac) in &header.components {
        out.push(components.get(index).map_or(0, |component| component.id));
        out.push(dc << 4 | ac);
    }
    out.extend([header.from, header.to, header.approximation]);
    body(out, &done.tokens, &best);
}

/// Writes the tables that a scan needs.
fn tables(out: &mut Vec<u8>, header: &Header, often: &mut [[u64; 256]]) -> Vec<Option<Best>> {
    let mut needed = [false; 8];
    for &(_, dc, ac) in &header.components {
        let with_dc = !header.progressive || header.from == 0 && !header.refines;
        let with_ac = !header.progressive || header.from > 0;
        for (table, with) in [(usize::from(dc), with_dc), (usize::from(ac) + 4, with_ac)] {
            if let Some(needed) = needed.get_mut(table) {
                *needed |= with;
            }
        }
    }
    let mut best: Vec<Option<Best>> = Vec::new();
    for (needed, often) in needed.into_iter().zip(often.iter_mut()) {
        best.push(needed.then(|| {
            // A table that is named must be there, even if nothing uses it.
            if often.iter().all(|&count| count == 0)
                && let Some(count) = often.first_mut()
            {
                *count = 1;
            }
            Best::new(often)
        }));
    }
    let length: usize = best.iter().flatten().map(|best| best.len() + 1).sum();
    if length > 0 {
        out.extend([0xff, 0xc4]);
        out.extend((length as u16 + 2).to_be_bytes());
        for (number, best) in (0_u8..).zip(&best) {
            if let Some(best) = best {
                out.push(((number / 4) << 4) | (number % 4));
                best.write(out);
            }
        }
    }
    best
}

/// Writes the symbols.
fn body(out: &mut Vec<u8>, tokens: &[Token], best: &[Option<Best>]) {
    let mut writer = Writer::default();
    let mut restarts = 0_u8;
    for &token in tokens {
        if token == RESTART {
            writer.align(out);
            out.extend([0xff, 0xd0 + restarts]);
            restarts = (restarts + 1) % 8;
            continue;
        }
        if token & RAW == 0
            && let Some(best) = best.get((token >> 28) as usize).and_then(Option::as_ref)
        {
            let (code, length) = best.code((token >> 16) as u8);
            writer.put(out, code, length);
        }
        writer.put(out, token as u16, token >> 24 & 15);
    }
    writer.align(out);
}
