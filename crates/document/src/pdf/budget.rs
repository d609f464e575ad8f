//! How much of a stranger's PDF is read, as one table, and the counting against it.

use std::{borrow::Cow, io::Read};

use flate2::read::{DeflateDecoder, ZlibDecoder};
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
    /// Steps of drawing and characters of all pages.
    pub(super) all_steps: usize,
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
    all_steps: 40_000_000,
    glyphs_per_page: 60_000,
    rules_per_page: 4_000,
    path_lines: 2_000,
    streams_per_page: 1_000,
    form_depth: 10,
    saved_states: 100,
};

/// Why a part of a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is more of it than is read.
    Limit,
    /// It cannot be unpacked.
    Damage,
}

/// What may still be spent.
pub(super) struct Budget {
    bytes: usize,
    page_steps: usize,
    all_steps: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Budget { bytes: LIMITS.all_bytes, page_steps: LIMITS.steps_per_page, all_steps: LIMITS.all_steps }
    }

    /// A new page begins.
    pub(super) const fn page(&mut self) {
        self.page_steps = LIMITS.steps_per_page;
    }

    /// Takes steps of a page, if so many are left.
    pub(super) const fn step(&mut self, steps: usize) -> bool {
        let left = self.page_steps > steps && self.all_steps > steps;
        self.page_steps = self.page_steps.saturating_sub(steps);
        self.all_steps = self.all_steps.saturating_sub(steps);
        left
    }

    /// Decompresses a stream within the limits.
    pub(super) fn decode<'a>(&mut self, stream: &Stream<'a>) -> Result<Cow<'a, [u8]>, Fault> {
        let most = LIMITS.stream_bytes.min(self.bytes);
        let data = match stream.filters().as_slice() {
            [Filter::FlateDecode] if !stream.dict().contains_key(b"DecodeParms".as_slice()) => {
                Cow::Owned(inflate(&stream.raw_data(), most).ok_or(Fault::Limit)?)
            }
            filters => {
                let bound = filters.iter().fold(stream.raw_data().len(), |size, filter| size.saturating_mul(growth(*filter)));
                // Nothing that a policy holds grows so much in other ways.
                if bound > most.saturating_mul(8) {
                    return Err(Fault::Limit);
                }
                stream.decoded_data().map_err(|_| Fault::Damage)?
            }
        };
        self.bytes = self.bytes.checked_sub(data.len()).ok_or(Fault::Limit)?;
        Ok(data)
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
fn inflate(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len().saturating_mul(4).min(most));
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // What a damaged stream gave before the damage is kept.
    let whole = ZlibDecoder::new(data).take(limit).read_to_end(&mut out);
    if out.is_empty() && whole.is_err() {
        let _ = DeflateDecoder::new(data).take(limit).read_to_end(&mut out);
    }
    (out.len() <= most).then_some(out)
}

/// Whether the streams that the library unpacks by itself (lists of objects, fonts) stay within the limits.
///
/// They are looked for in the bytes, before anything is unpacked; pictures are never unpacked.
pub(super) fn is_bearable(bytes: &[u8]) -> bool {
    let mut left = LIMITS.all_bytes;
    let mut rest = bytes;
    let mut at = 0;
    while let Some(found) = find(rest, b"stream") {
        let start = at + found;
        at = start + b"stream".len();
        rest = bytes.get(at..).unwrap_or_default();
        let before = bytes.get(start.saturating_sub(WINDOW)..start).unwrap_or_default();
        if before.ends_with(b"end") {
            continue;
        }
        let dict = before.windows(4).rposition(|four| four == b" obj").and_then(|from| before.get(from..)).unwrap_or(before);
        let has = |word: &[u8]| find(dict, word).is_some();
        let listing = has(b"/ObjStm") || has(b"/XRef");
        if has(b"/Image") && !listing {
            continue;
        }
        let packers = [b"/FlateDecode".as_slice(), b"/LZWDecode", b"/RunLengthDecode", b"/ASCII85Decode", b"/ASCIIHexDecode"];
        let times: usize = packers.iter().map(|packer| dict.windows(packer.len()).filter(|word| word == packer).count()).sum();
        if listing && (times > 1 || (times == 1 && !has(b"/FlateDecode"))) {
            return false;
        }
        let data = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        if !is_zlib(data) {
            continue;
        }
        let most = left.min(LIMITS.stream_bytes);
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let mut counted = ZlibDecoder::new(data).take(limit);
        let _ = std::io::copy(&mut counted, &mut std::io::sink());
        let size = usize::try_from(limit - counted.limit()).unwrap_or(usize::MAX);
        match left.checked_sub(size).filter(|_| size <= most) {
            Some(remaining) => left = remaining,
            None => return false,
        }
    }
    true
}

/// How far before its data the dictionary of a stream is looked for.
const WINDOW: usize = 600;

fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0)
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let mut from = 0;
    loop {
        let tail = bytes.get(from..)?;
        let at = from + tail.iter().position(|b| *b == first)?;
        if bytes.get(at..)?.starts_with(word) {
            return Some(at);
        }
        from = at + 1;
    }
}
