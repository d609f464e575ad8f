//! Huffman tables: those of the file for reading, the best ones for writing.

use super::bits::Bits;

const FAST: u32 = 9;

/// A table of the file.
#[derive(Clone)]
pub(super) struct Table {
    /// For the next nine bits: length of the code and symbol, or 0.
    fast: Vec<u16>,
    /// For each length of a code: the first code that is longer, in 16 bits; and what makes a code an index.
    longer: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// From how many codes there are of each length, and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut fast = vec![0_u16; 1 << FAST];
        let mut longer = [(0_u32, 0_i32); 17];
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            let first = code;
            let offset = i32::try_from(index).ok()? - i32::try_from(code).ok()?;
            for _ in 0..count {
                let symbol = *symbols.get(index)?;
                if length <= FAST {
                    let from = (code << (FAST - length)) as usize;
                    let to = ((code + 1) << (FAST - length)) as usize;
                    fast.get_mut(from..to)?.fill((length as u16) << 8 | u16::from(symbol));
                }
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return None;
            }
            *longer.get_mut(length as usize)? = (if code == first { 0 } else { code << (16 - length) }, offset);
            code <<= 1;
        }
        Some(Self { fast, longer, symbols: symbols.get(..index)?.to_vec() })
    }

    /// The next symbol; none if no code is like this.
    #[inline]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let next = bits.peek();
        let fast = *self.fast.get(usize::from(next >> (16 - FAST)))?;
        if fast != 0 {
            bits.skip(u32::from(fast >> 8));
            return Some(fast as u8);
        }
        for (length, &(longer, offset)) in (0_u32..).zip(&self.longer).skip(FAST as usize + 1) {
            if u32::from(next) < longer {
                bits.skip(length);
                let index = i32::from(next >> (16 - length)) + offset;
                return self.symbols.get(usize::try_from(index).ok()?).copied();
            }
        }
        None
    }
}

/// The shortest codes, 16 bits at most, for symbols that occur so often.
pub(super) struct Best {
    counts: [u8; 16],
    symbols: Vec<u8>,
    /// For each symbol: its code and how long it is.
    codes: [(u16, u8); 256],
}

impl Best {
    pub(super) fn new(often: &[u64; 256]) -> Self {
        let lengths = lengths(often);
        let mut symbols: Vec<u8> =
            (0..=255_u8).filter(|&symbol| lengths.get(usize::from(symbol)).is_some_and(|&length| length > 0)).collect();
        symbols.sort_by_key(|&symbol| (lengths.get(usize::from(symbol)).copied().unwrap_or(0), symbol));
        let mut counts = [0_u8; 16];
        let mut codes = [(0_u16, 0_u8); 256];
        let (mut code, mut before) = (0_u32, 0_u8);
        for &symbol in &symbols {
            let length = lengths.get(usize::from(symbol)).copied().unwrap_or(16);
            code <<= length - before;
            before = length;
            if let Some(slot) = codes.get_mut(usize::from(symbol)) {
                *slot = (code as u16, length);
            }
            if let Some(count) = counts.get_mut(usize::from(length) - 1) {
                *count += 1;
            }
            code += 1;
        }
        Self { counts, symbols, codes }
    }

    /// As it stands in a file, after the table's number.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.counts);
        out.extend(&self.symbols);
    }

    /// How long [`Best::write`] is.
    pub(super) fn len(&self) -> usize {
        16 + self.symbols.len()
    }

    #[inline]
    pub(super) fn code(&self, symbol: u8) -> (u16, u32) {
        let (code, length) = self.codes.get(usize::from(symbol)).copied().unwrap_or_default();
        (code, u32::from(length))
    }
}

/// Lengths of codes: Huffman's, then made 16 at most; no code is of ones only, as the standard wants.
fn lengths(often: &[u64; 256]) -> [u8; 256] {
    // The 257th stands for the code of ones only.
    let mut weights: Vec<(u64, Vec<u16>)> = Vec::new();
    for (symbol, &weight) in (0_u16..).zip(often) {
        if weight > 0 {
            weights.push((weight, vec![symbol]));
        }
    }
    weights.push((1, vec![256]));
    let mut depth = [0_u32; 257];
    while weights.len() > 1 {
        // Rarest last; among equals the later symbol, so that the order is always the same.
        weights.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.first().cmp(&other.1.first())));
        let (Some(rarest), Some(next)) = (weights.pop(), weights.pop()) else { break };
        let mut symbols = next.1;
        symbols.extend(rarest.1);
        for &symbol in &symbols {
            if let Some(depth) = depth.get_mut(usize::from(symbol)) {
                *depth += 1;
            }
        }
        weights.push((next.0.saturating_add(rarest.0), symbols));
    }
    let mut of_length = [0_u32; 258];
    for &depth in &depth {
        if depth > 0
            && let Some(count) = of_length.get_mut(depth as usize)
        {
            *count += 1;
        }
    }
    shorten(&mut of_length);
    // The longest code is the one of ones only: it goes to nobody.
    if let Some(last) = of_length.iter_mut().rev().find(|count| **count > 0) {
        *last -= 1;
    }
    let mut order: Vec<(u32, std::cmp::Reverse<u64>, usize)> = Vec::new();
    for (symbol, (&depth, &weight)) in depth.iter().zip(often).enumerate() {
        if depth > 0 {
            order.push((depth, std::cmp::Reverse(weight), symbol));
        }
    }
    order.sort_unstable();
    let mut lengths = [0_u8; 256];
    let mut each = (0_u8..).zip(of_length).flat_map(|(length, count)| (0..count).map(move |_| length));
    for (_, _, symbol) in order {
        if let (Some(slot), Some(length)) = (lengths.get_mut(symbol), each.next()) {
            *slot = length;
        }
    }
    lengths
}

/// Moves codes of more than 16 bits up, keeping the code complete (ITU-T T.81, K.2).
fn shorten(of_length: &mut [u32; 258]) {
    let get = |lengths: &[u32; 258], at: usize| lengths.get(at).copied().unwrap_or(0);
    let add = |lengths: &mut [u32; 258], at: usize, by: i32| {
        if let Some(count) = lengths.get_mut(at) {
            *count = count.saturating_add_signed(by);
        }
    };
    for long in (17..258).rev() {
        while get(of_length, long) > 0 {
            let Some(short) = (1..long - 1).rev().find(|&at| get(of_length, at) > 0) else { break };
            add(of_length, long, -2);
            add(of_length, long - 1, 1);
            add(of_length, short + 1, 2);
            add(of_length, short, -1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_tables_can_be_read() {
        let mut often = [0_u64; 256];
        let mut weight = 1_u64;
        // Fibonacci's numbers make the deepest trees.
        let mut before = 1;
        for slot in often.iter_mut().take(40) {
            *slot = weight;
            (before, weight) = (weight, weight + before);
        }
        for often in [often, [1; 256], [0; 256], {
            let mut one = [0; 256];
            one[7] = 9;
            one
        }] {
            let best = Best::new(&often);
            let table = Table::new(&best.counts, &best.symbols).unwrap();
            for symbol in 0..=255_u8 {
                let (code, length) = best.code(symbol);
                assert_eq!(length > 0, often[usize::from(symbol)] > 0);
                if length > 0 {
                    assert!(length <= 16 && u32::from(code) + 1 < 1 << length);
                    let mut out = Vec::new();
                    let mut writer = super::super::bits::Writer::default();
                    writer.put(&mut out, code, length);
                    writer.align(&mut out);
                    assert_eq!(table.symbol(&mut Bits::new(&out, 0)), Some(symbol));
                }
            }
        }
    }

    #[test]
    fn tables_with_too_many_codes_are_refused() {
        assert!(Table::new(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 2]).is_none());
        assert!(Table::new(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]).is_none());
    }
}
