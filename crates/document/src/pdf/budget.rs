//! How much of a stranger's PDF is read, as one table, and the counting against it.

use std::{borrow::Cow, io::Read};

use flate2::read::ZlibDecoder;
use hayro_syntax::{Filter, object::Stream};

/// The limits of reading a PDF.
pub(super) struct Limits {
    /// Size of the file in bytes.
    pub(super) file_bytes: usize,
    /// Pages that are read; what follows is told as unread.
    pub(super) pages: usize,
    /// One stream when decompressed, in bytes.
    pub(super) stream_bytes: usize,
    /// All streams together when decompressed, in bytes.
    pub(super) all_bytes: usize,
    /// Steps of drawing on a page.
    pub(super) steps_per_page: usize,
    /// Characters on a page.
    pub(super) glyphs_per_page: usize,
    /// Lines of boxes on a page.
    pub(super) rules_per_page: usize,
    /// Lines of one path.
    pub(super) path_lines: usize,
    /// Streams that make up a page.
    pub(super) streams_per_page: usize,
    /// Drawings within drawings.
    pub(super) form_depth: usize,
    /// Saved states and marked sequences within each other.
    pub(super) saved_states: usize,
}

/// The one table of limits. A policy has some hundred pages, a page some thousand characters.
pub(super) const LIMITS: Limits = Limits {
    file_bytes: 64 * 1024 * 1024,
    pages: 3_000,
    stream_bytes: 64 * 1024 * 1024,
    all_bytes: 512 * 1024 * 1024,
    steps_per_page: 1_000_000,
    glyphs_per_page: 60_000,
    rules_per_page: 4_000,
    path_lines: 2_000,
    streams_per_page: 1_000,
    form_depth: 10,
    saved_states: 100,
};

/// What may still be spent.
pub(super) struct Budget {
    bytes: usize,
    steps: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Budget { bytes: LIMITS.all_bytes, steps: LIMITS.steps_per_page }
    }

    /// A new page begins.
    pub(super) const fn page(&mut self) {
        self.steps = LIMITS.steps_per_page;
    }

    /// Takes one step of a page, if one is left.
    pub(super) const fn step(&mut self) -> bool {
        let left = self.steps > 0;
        self.steps = self.steps.saturating_sub(1);
        left
    }

    /// Decompresses a stream within the limits.
    pub(super) fn decode<'a>(&mut self, stream: &Stream<'a>) -> Option<Cow<'a, [u8]>> {
        let most = LIMITS.stream_bytes.min(self.bytes);
        let data = match stream.filters().as_slice() {
            [Filter::FlateDecode] if !stream.dict().contains_key(b"DecodeParms".as_slice()) => {
                Cow::Owned(inflate(&stream.raw_data(), most)?)
            }
            filters => {
                let bound = filters.iter().fold(stream.raw_data().len(), |size, filter| size.saturating_mul(growth(*filter)));
                // Nothing that a policy holds grows so much in other ways.
                if bound > most.saturating_mul(8) {
                    return None;
                }
                stream.decoded_data().ok()?
            }
        };
        self.bytes = self.bytes.checked_sub(data.len())?;
        Some(data)
    }
}

/// The most that a filter can make of a byte.
const fn growth(filter: Filter) -> usize {
    match filter {
        Filter::FlateDecode => 1032,
        Filter::LzwDecode => 2560,
        Filter::RunLengthDecode => 64,
        _ => 1,
    }
}

/// Inflates as far as the data goes; `None` if it gives more than `most` bytes.
pub(super) fn inflate(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len().saturating_mul(4).min(most));
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // What a damaged stream gave before the damage is kept.
    let whole = ZlibDecoder::new(data).take(limit).read_to_end(&mut out);
    if out.is_empty() && whole.is_err() {
        let _ = flate2::read::DeflateDecoder::new(data).take(limit).read_to_end(&mut out);
    }
    (out.len() <= most).then_some(out)
}
