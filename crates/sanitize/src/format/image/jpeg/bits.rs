//! Bits of the entropy-coded data of a scan, read and written.

/// Reads bits up to the next marker; behind it come zeros, which are noticed.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    /// How many of the last bits held are not in the file.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, count: 0, missing: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match self.next() {
                Some(byte) => byte,
                None => {
                    self.missing = self.missing.saturating_add(8);
                    0
                }
            };
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        if byte != 0xff {
            self.at += 1;
            return Some(byte);
        }
        let mut behind = self.at + 1;
        while self.bytes.get(behind) == Some(&0xff) {
            behind += 1;
        }
        if self.bytes.get(behind) == Some(&0) {
            self.at = behind + 1;
            return Some(0xff);
        }
        None
    }

    /// The next 16 bits, which stay.
    #[inline]
    pub(super) fn peek(&mut self) -> u16 {
        if self.count < 16 {
            self.fill();
        }
        (self.held >> (self.count - 16)) as u16
    }

    /// Leaves bits behind; at most 16, after a [`Bits::peek`].
    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        self.count = self.count.saturating_sub(count);
    }

    /// The next bits, 16 at most.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u16 {
        if count == 0 {
            return 0;
        }
        let bits = self.peek() >> (16 - count);
        self.skip(count);
        bits
    }

    /// Whether bits were taken that are not in the file.
    #[inline]
    pub(super) const fn starved(&self) -> bool {
        self.count < self.missing
    }

    /// Leaves the rest of the byte behind and goes to the next marker.
    ///
    /// Gives where it stands, and whether whole bytes lay in between.
    pub(super) fn marker(&mut self) -> (usize, bool) {
        let unread = self.count.saturating_sub(self.missing) >= 8;
        let from = self.at;
        let mut at = from;
        while let Some(window) = self.bytes.get(at..at + 2) {
            if window.first() == Some(&0xff) && !matches!(window.get(1), Some(0 | 0xff)) {
                break;
            }
            at += 1;
        }
        if self.bytes.get(at..at + 2).is_none() {
            at = self.bytes.len();
        }
        self.at = at;
        self.held = 0;
        self.count = 0;
        self.missing = 0;
        (at, unread || at != from)
    }

    /// Goes on behind a marker.
    pub(super) fn resume(&mut self, at: usize) {
        self.at = at;
        self.held = 0;
        self.count = 0;
        self.missing = 0;
    }
}

/// Writes bits, stuffing zeros behind bytes that would look like markers.
#[derive(Default)]
pub(super) struct Writer {
    held: u64,
    count: u32,
}

impl Writer {
    #[inline]
    pub(super) fn put(&mut self, out: &mut Vec<u8>, bits: u16, count: u32) {
        self.held = self.held << count | u64::from(bits) & ((1 << count) - 1);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            out.push(byte);
            if byte == 0xff {
                out.push(0);
            }
        }
    }

    /// Fills the last byte with ones.
    pub(super) fn align(&mut self, out: &mut Vec<u8>) {
        let missing = (8 - self.count % 8) % 8;
        self.put(out, 0xffff, missing);
    }
}
