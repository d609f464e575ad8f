//! Fax coding (Group 4) of black and white pictures, to write them.

const WHITE: [&str; 64] = [
    "00110101", "000111", "0111", "1000", "1011", "1100", "1110", "1111", "10011", "10100", "00111", "01000", "001000", "000011", "110100",
    "110101", "101010", "101011", "0100111", "0001100", "0001000", "0010111", "0000011", "0000100", "0101000", "0101011", "0010011",
    "0100100", "0011000", "00000010", "00000011", "00011010", "00011011", "00010010", "00010011", "00010100", "00010101", "00010110",
    "00010111", "00101000", "00101001", "00101010", "00101011", "00101100", "00101101", "00000100", "00000101", "00001010", "00001011",
    "01010010", "01010011", "01010100", "01010101", "00100100", "00100101", "01011000", "01011001", "01011010", "01011011", "01001010",
    "01001011", "00110010", "00110011", "00110100",
];

const WHITE_MORE: [&str; 27] = [
    "11011",
    "10010",
    "010111",
    "0110111",
    "00110110",
    "00110111",
    "01100100",
    "01100101",
    "01101000",
    "01100111",
    "011001100",
    "011001101",
    "011010010",
    "011010011",
    "011010100",
    "011010101",
    "011010110",
    "011010111",
    "011011000",
    "011011001",
    "011011010",
    "011011011",
    "010011000",
    "010011001",
    "010011010",
    "011000",
    "010011011",
];

const BLACK: [&str; 64] = [
    "0000110111",
    "010",
    "11",
    "10",
    "011",
    "0011",
    "0010",
    "00011",
    "000101",
    "000100",
    "0000100",
    "0000101",
    "0000111",
    "00000100",
    "00000111",
    "000011000",
    "0000010111",
    "0000011000",
    "0000001000",
    "00001100111",
    "00001101000",
    "00001101100",
    "00000110111",
    "00000101000",
    "00000010111",
    "00000011000",
    "000011001010",
    "000011001011",
    "000011001100",
    "000011001101",
    "000001101000",
    "000001101001",
    "000001101010",
    "000001101011",
    "000011010010",
    "000011010011",
    "000011010100",
    "000011010101",
    "000011010110",
    "000011010111",
    "000001101100",
    "000001101101",
    "000011011010",
    "000011011011",
    "000001010100",
    "000001010101",
    "000001010110",
    "000001010111",
    "000001100100",
    "000001100101",
    "000001010010",
    "000001010011",
    "000000100100",
    "000000110111",
    "000000111000",
    "000000100111",
    "000000101000",
    "000001011000",
    "000001011001",
    "000000101011",
    "000000101100",
    "000001011010",
    "000001100110",
    "000001100111",
];

const BLACK_MORE: [&str; 27] = [
    "0000001111",
    "000011001000",
    "000011001001",
    "000001011011",
    "000000110011",
    "000000110100",
    "000000110101",
    "0000001101100",
    "0000001101101",
    "0000001001010",
    "0000001001011",
    "0000001001100",
    "0000001001101",
    "0000001110010",
    "0000001110011",
    "0000001110100",
    "0000001110101",
    "0000001110110",
    "0000001110111",
    "0000001010010",
    "0000001010011",
    "0000001010100",
    "0000001010101",
    "0000001011010",
    "0000001011011",
    "0000001100100",
    "0000001100101",
];

/// From 1792 in steps of 64, for both colors.
const MORE: [&str; 13] = [
    "00000001000",
    "00000001100",
    "00000001101",
    "000000010010",
    "000000010011",
    "000000010100",
    "000000010101",
    "000000010110",
    "000000010111",
    "000000011100",
    "000000011101",
    "000000011110",
    "000000011111",
];

struct Bits {
    bytes: Vec<u8>,
    last: u8,
    free: u8,
}

impl Bits {
    fn put(&mut self, code: &str) {
        for bit in code.bytes() {
            self.last = self.last << 1 | (bit & 1);
            self.free -= 1;
            if self.free == 0 {
                self.bytes.push(self.last);
                (self.last, self.free) = (0, 8);
            }
        }
    }

    fn run(&mut self, mut length: u32, black: bool) {
        while length > 2_560 + 63 {
            self.put(MORE.last().copied().unwrap_or_default());
            length -= 2_560;
        }
        let at = |index: u32| usize::try_from(index).unwrap_or(0);
        if length >= 1_792 {
            self.put(MORE.get(at((length - 1_792) / 64)).copied().unwrap_or_default());
        } else if length >= 64 {
            let table = if black { &BLACK_MORE } else { &WHITE_MORE };
            self.put(table.get(at(length / 64 - 1)).copied().unwrap_or_default());
        }
        let table = if black { &BLACK } else { &WHITE };
        self.put(table.get(at(length % 64)).copied().unwrap_or_default());
    }
}

/// Where a row changes color, white before its beginning; `black` is the value of a black bit.
fn changes(row: &[u8], width: u32, black: u8) -> Vec<u32> {
    let flip = if black == 1 { 0 } else { 0xFF };
    let mut found = Vec::new();
    let mut before = 0_u8;
    for (index, &byte) in row.iter().enumerate() {
        let byte = byte ^ flip;
        // Bytes of one color change nothing.
        if byte == before.wrapping_neg() {
            continue;
        }
        for bit in 0..8_u32 {
            let value = byte >> (7 - bit) & 1;
            if value != before {
                let at = u32::try_from(index).unwrap_or(u32::MAX).saturating_mul(8).saturating_add(bit);
                if at < width {
                    found.push(at);
                }
                before = value;
            }
        }
    }
    found
}

/// Writes rows of packed bits.
pub(crate) fn encode(samples: &[u8], width: u32, black: u8) -> Vec<u8> {
    let row_bytes = usize::try_from(width.div_ceil(8)).unwrap_or(1).max(1);
    let mut bits = Bits { bytes: Vec::with_capacity(samples.len() / 8), last: 0, free: 8 };
    let mut above: Vec<u32> = Vec::new();
    for row in samples.chunks_exact(row_bytes) {
        let here = changes(row, width, black);
        encode_row(&mut bits, &here, &above, width);
        above = here;
    }
    bits.put("000000000001");
    bits.put("000000000001");
    while bits.free != 8 {
        bits.put("0");
    }
    bits.bytes
}

fn encode_row(bits: &mut Bits, here: &[u32], above: &[u32], width: u32) {
    let get = |list: &[u32], index: usize| list.get(index).copied().unwrap_or(width);
    // Position, and whether the color there is black; the beginning counts as before the first pixel.
    let (mut at, mut black, mut first) = (0_u32, false, true);
    let (mut next, mut over) = (0_usize, 0_usize);
    while at < width || first {
        // The first change in this row behind the position.
        while next < here.len() && (get(here, next) < at || (get(here, next) == at && !first)) {
            next += 1;
        }
        // Its color must be the opposite of the present one.
        let mut a1_index = next;
        if (a1_index % 2 == 1) != black {
            a1_index += 1;
        }
        let a1 = get(here, a1_index);
        // The first change above, behind the position and to the opposite color.
        while over > 0 && get(above, over - 1) > at {
            over -= 1;
        }
        while over < above.len() && (get(above, over) < at || (get(above, over) == at && !first)) {
            over += 1;
        }
        let mut b1_index = over;
        if (b1_index % 2 == 1) != black {
            b1_index += 1;
        }
        let (b1, b2) = (get(above, b1_index), get(above, b1_index + 1));
        if b2 < a1 {
            bits.put("0001");
            at = b2;
            first = false;
            continue;
        }
        let code = match i64::from(a1) - i64::from(b1) {
            0 => Some("1"),
            1 => Some("011"),
            2 => Some("000011"),
            3 => Some("0000011"),
            -1 => Some("010"),
            -2 => Some("000010"),
            -3 => Some("0000010"),
            _ => None,
        };
        if let Some(code) = code {
            bits.put(code);
            at = a1;
            black = !black;
        } else {
            let a2 = get(here, a1_index + 1).max(a1);
            bits.put("001");
            bits.run(a1 - at, black);
            bits.run(a2 - a1, !black);
            at = a2;
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

    struct Rows(Vec<Vec<u32>>);
    impl Decoder for Rows {
        fn push_row(&mut self, changes: &[u32]) {
            self.0.push(changes.to_vec());
        }
    }

    fn back(coded: &[u8], width: u32, rows: u32) -> Vec<Vec<u32>> {
        let mut sink = Rows(Vec::new());
        let settings = DecodeSettings {
            columns: width,
            rows,
            end_of_block: true,
            end_of_line: false,
            rows_are_byte_aligned: false,
            encoding: EncodingMode::Group4,
            strict: true,
        };
        hayro_ccitt::decode(coded, &mut sink, &mut DecoderContext::new(settings)).unwrap();
        sink.0
    }

    #[test]
    fn every_run_of_either_color_comes_back() {
        let width = 6_000_u32;
        for black in [false, true] {
            let mut samples = Vec::new();
            let mut expected = Vec::new();
            // A row of one run each, between rows that make vertical modes useless.
            for length in (1..70).chain((64..5_800).step_by(64)) {
                let start = if black { 100 } else { 0 };
                let mut row = vec![0_u8; 750];
                let marks = [(start, if black { start + length } else { start }), (start + length + 20, start + length + 50)];
                for (from, to) in marks {
                    for at in from..to {
                        row[at as usize / 8] |= 0x80 >> (at % 8);
                    }
                }
                expected.push(changes(&row, width, 1));
                samples.extend_from_slice(&row);
                samples.extend_from_slice(&[0; 750]);
                expected.push(Vec::new());
            }
            let coded = encode(&samples, width, 1);
            assert_eq!(back(&coded, width, expected.len() as u32), expected);
        }
    }

    #[test]
    fn noise_comes_back() {
        let mut state = 7_u32;
        for width in [1_u32, 7, 8, 9, 31, 64, 200] {
            let row = width.div_ceil(8) as usize;
            let samples: Vec<u8> = (0..row * 60)
                .map(|index| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if (index / row).is_multiple_of(3) { 0xF0 } else { (state >> 24) as u8 & (state >> 16) as u8 }
                })
                .collect();
            for black in [0, 1] {
                let expected: Vec<Vec<u32>> = samples.chunks(row).map(|row| changes(row, width, black)).collect();
                assert_eq!(back(&encode(&samples, width, black), width, 60), expected, "{width}");
            }
        }
    }
}
