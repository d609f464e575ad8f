//! Fax coding (ITU-T T.4 and T.6) of TIFF, read to black and white.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

/// Which of the codings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Each line by itself, beginning at a byte.
    Lines,
    /// Each line by itself.
    Group3,
    /// Lines by themselves and lines by the line before.
    Group3Mixed,
    /// Lines by the line before.
    Group4,
}

struct Sink {
    out: Vec<u8>,
    width: u32,
    rows: u32,
}

impl Decoder for Sink {
    fn push_row(&mut self, changes: &[u32]) {
        if self.rows == 0 {
            return;
        }
        self.rows -= 1;
        let from = self.out.len();
        self.out.resize(from + self.width.div_ceil(8) as usize, 0);
        let line = self.out.get_mut(from..).unwrap_or_default();
        for run in changes.chunks(2) {
            let (Some(&from), to) = (run.first(), run.get(1).copied().unwrap_or(self.width)) else { continue };
            for at in from..to.min(self.width) {
                if let Some(byte) = line.get_mut((at / 8) as usize) {
                    *byte |= 0x80 >> (at % 8);
                }
            }
        }
    }
}

/// Lines of bits, black ones set, each filled to a byte; fewer than asked for if the data ends.
pub(super) fn decode(data: &[u8], coding: Coding, width: u32, rows: u32) -> Vec<u8> {
    let settings = DecodeSettings {
        columns: width,
        rows,
        end_of_block: true,
        end_of_line: matches!(coding, Coding::Group3 | Coding::Group3Mixed),
        rows_are_byte_aligned: coding == Coding::Lines,
        encoding: match coding {
            Coding::Lines | Coding::Group3 => EncodingMode::Group3_1D,
            Coding::Group3Mixed => EncodingMode::Group3_2D,
            Coding::Group4 => EncodingMode::Group4,
        },
        strict: false,
    };
    let mut sink = Sink { out: Vec::new(), width, rows };
    let _ = hayro_ccitt::decode(data, &mut sink, &mut DecoderContext::new(settings));
    sink.out
}
