//! LZW as GIF (from the lowest bit, 2–8 bits) and TIFF (from the highest bit, 8 bits, one code early) use it.

/// Strings seen so far: each is one before it and a byte.
struct Strings {
    before: Vec<u16>,
    last: Vec<u8>,
    first: Vec<u8>,
    length: Vec<u16>,
}

impl Strings {
    fn new(bits: u8) -> Self {
        let mut strings = Self { before: vec![0; 4096], last: vec![0; 4096], first: vec![0; 4096], length: vec![1; 4096] };
        for byte in 0..1_u16 << bits {
            if let (Some(last), Some(first)) = (strings.last.get_mut(usize::from(byte)), strings.first.get_mut(usize::from(byte))) {
                (*last, *first) = (byte as u8, byte as u8);
            }
        }
        strings
    }

    fn first(&self, code: u16) -> u8 {
        self.first.get(usize::from(code)).copied().unwrap_or(0)
    }

    fn add(&mut self, at: u16, before: u16, last: u8) {
        let first = self.first(before);
        let length = self.length.get(usize::from(before)).copied().unwrap_or(1).saturating_add(1);
        let at = usize::from(at);
        if let (Some(a), Some(b), Some(c), Some(d)) =
            (self.before.get_mut(at), self.last.get_mut(at), self.first.get_mut(at), self.length.get_mut(at))
        {
            (*a, *b, *c, *d) = (before, last, first, length);
        }
    }

    /// Appends the string of a code, as far as there is room.
    fn append(&self, out: &mut Vec<u8>, mut code: u16, wanted: usize) {
        let length = usize::from(self.length.get(usize::from(code)).copied().unwrap_or(1));
        let from = out.len();
        out.resize(from + length, 0);
        for slot in out.iter_mut().skip(from).rev() {
            *slot = self.last.get(usize::from(code)).copied().unwrap_or(0);
            code = self.before.get(usize::from(code)).copied().unwrap_or(0);
        }
        out.truncate(wanted);
    }
}

/// Which way bits and widths go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Gif,
    Tiff,
}

/// Unpacks up to so many colour numbers; also whether something is left over.
pub(super) fn gif(packed: &[u8], bits: u8, wanted: usize) -> (Vec<u8>, bool) {
    unpack(packed, bits, wanted, Order::Gif)
}

/// Unpacks up to so many bytes; also whether something is left over.
pub(super) fn tiff(packed: &[u8], wanted: usize) -> (Vec<u8>, bool) {
    unpack(packed, 8, wanted, Order::Tiff)
}

fn unpack(packed: &[u8], bits: u8, wanted: usize, order: Order) -> (Vec<u8>, bool) {
    let clear = 1_u16 << bits;
    let end = clear + 1;
    let mut strings = Strings::new(bits);
    let mut out = Vec::new();
    let (mut next, mut width) = (end + 1, u32::from(bits) + 1);
    let mut previous: Option<u16> = None;
    let (mut held, mut count) = (0_u32, 0_u32);
    let early = u16::from(order == Order::Tiff);
    let mut bytes = packed.iter();
    loop {
        while count < width {
            let Some(&byte) = bytes.next() else { return (out, false) };
            match order {
                Order::Gif => held |= u32::from(byte) << count,
                Order::Tiff => held = held << 8 | u32::from(byte),
            }
            count += 8;
        }
        count -= width;
        let mask = (1_u32 << width) - 1;
        let code = match order {
            Order::Gif => {
                let code = held & mask;
                held >>= width;
                code
            }
            Order::Tiff => held >> count & mask,
        } as u16;
        if code == clear {
            (next, width, previous) = (end + 1, u32::from(bits) + 1, None);
            continue;
        }
        if code == end {
            return (out, bytes.len() > 0);
        }
        if out.len() >= wanted {
            return (out, true);
        }
        match previous {
            None if code < clear => strings.append(&mut out, code, wanted),
            Some(before) if code <= next && (code < next || next < 4096) => {
                let last = strings.first(if code < next { code } else { before });
                if next < 4096 {
                    strings.add(next, before, last);
                    next += 1;
                }
                strings.append(&mut out, code, wanted);
            }
            // No such code: the rest cannot be read.
            _ => return (out, false),
        }
        if next + early >= 1 << width && width < 12 {
            width += 1;
        }
        previous = Some(code);
    }
}

/// Packs colour numbers for GIF.
pub(super) fn pack_gif(pixels: &[u8], bits: u8) -> Vec<u8> {
    pack(pixels, bits, Order::Gif)
}

/// Packs bytes for TIFF.
pub(super) fn pack_tiff(bytes: &[u8]) -> Vec<u8> {
    pack(bytes, 8, Order::Tiff)
}

/// Bits on their way out.
struct Sink {
    out: Vec<u8>,
    held: u32,
    count: u32,
    order: Order,
}

impl Sink {
    fn put(&mut self, code: u16, width: u32) {
        match self.order {
            Order::Gif => {
                self.held |= u32::from(code) << self.count;
                self.count += width;
                while self.count >= 8 {
                    self.out.push(self.held as u8);
                    self.held >>= 8;
                    self.count -= 8;
                }
            }
            Order::Tiff => {
                self.held = self.held << width | u32::from(code);
                self.count += width;
                while self.count >= 8 {
                    self.count -= 8;
                    self.out.push((self.held >> self.count) as u8);
                }
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.out.push(match self.order {
                Order::Gif => self.held as u8,
                Order::Tiff => (self.held << (8 - self.count)) as u8,
            });
        }
        self.out
    }
}

const SLOTS: usize = 1 << 14;

fn pack(bytes: &[u8], bits: u8, order: Order) -> Vec<u8> {
    let clear = 1_u16 << bits;
    let end = clear + 1;
    let least = u32::from(bits) + 1;
    // TIFF changes the width one code early and clears before the table is quite full.
    let early = u16::from(order == Order::Tiff);
    let mut sink = Sink { out: Vec::with_capacity(bytes.len() / 2), held: 0, count: 0, order };
    // Open hashing: string before and byte → code; zero is free.
    let mut table: Vec<u32> = vec![0; SLOTS];
    let (mut next, mut width) = (end + 1, least);
    sink.put(clear, width);
    let mask = (clear - 1) as u8;
    let mut bytes = bytes.iter().map(|byte| byte & mask);
    let Some(mut current) = bytes.next().map(u16::from) else {
        sink.put(end, width);
        return sink.finish();
    };
    for byte in bytes {
        let key = u32::from(current) << 8 | u32::from(byte);
        let mut slot = (key.wrapping_mul(0x9e37_79b1) >> 18) as usize % SLOTS;
        let found = loop {
            match table.get(slot).copied().unwrap_or(0) {
                0 => break None,
                entry if entry >> 12 == key => break Some((entry & 0xfff) as u16),
                _ => slot = (slot + 1) % SLOTS,
            }
        };
        if let Some(code) = found {
            current = code;
            continue;
        }
        sink.put(current, width);
        current = u16::from(byte);
        if next + early >= 4095 {
            sink.put(clear, width);
            table.fill(0);
            (next, width) = (end + 1, least);
            continue;
        }
        if let Some(entry) = table.get_mut(slot) {
            *entry = key << 12 | u32::from(next);
        }
        next += 1;
        // The reader is one string behind.
        if next + early > 1 << width && width < 12 {
            width += 1;
        }
    }
    sink.put(current, width);
    // The reader has added a string for that code.
    if next + early >= 1 << width && width < 12 {
        width += 1;
    }
    sink.put(end, width);
    sink.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_what_it_packed() {
        let noise = |n: u32| (n.wrapping_mul(2_654_435_761) >> 23) as u8;
        for length in [0, 1, 2, 3, 255, 256, 257, 300, 5_000, 100_000_u32] {
            for kind in 0..3 {
                let bytes: Vec<u8> = (0..length)
                    .map(|n| match kind {
                        0 => 7,
                        1 => noise(n),
                        _ => (n / 9) as u8,
                    })
                    .collect();
                let packed = pack_tiff(&bytes);
                assert_eq!(tiff(&packed, bytes.len()), (bytes.clone(), false), "{length} {kind}");
                for bits in [2, 4, 8] {
                    let pixels: Vec<u8> = bytes.iter().map(|byte| byte & ((1_u16 << bits) - 1) as u8).collect();
                    let packed = pack_gif(&pixels, bits);
                    assert_eq!(gif(&packed, bits, pixels.len()), (pixels, false), "{length} {kind} {bits}");
                }
            }
        }
    }
}
