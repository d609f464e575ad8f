//! Members unpacked, to no more than they may.

use std::io::Read;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Entry, crypt};
use crate::{Hold, Reason, job::Job};

/// One byte of deflate never becomes more than this.
const DEFLATE_MOST: usize = 1_040;

impl Entry<'_> {
    /// Unpacks the member, within the limits, and checks its sum.
    pub(crate) fn unpack(&self, job: &mut Job<'_>) -> Result<Vec<u8>, Hold> {
        let done =
            if self.encrypted { crypt::open(self, job, |job, clear| self.expand(job, clear)) } else { self.expand(job, self.packed) };
        done.map_err(|hold| hold.at(&self.name))
    }

    fn expand(&self, job: &mut Job<'_>, packed: &[u8]) -> Result<Vec<u8>, Hold> {
        // Before anything is reserved for it.
        job.expand(packed.len() as u64, self.size)?;
        let size = usize::try_from(self.size).map_err(|_| Hold::new(Reason::ExpandsTooMuch, "a member larger than memory"))?;
        let bytes = match self.method {
            0 if packed.len() == size => packed.to_vec(),
            0 => return Err(Hold::damaged("ZIP: a stored member with two sizes")),
            8 => inflate(packed, size)?,
            9 => exactly(deflate64::Deflate64Decoder::with_buffer(packed), size)?,
            12 => exactly(bzip2::read::BzDecoder::new(packed), size)?,
            14 => lzma(packed, size)?,
            95 => exactly(lzma_rust2::XzReader::new_mem_limit(packed, false, 128 << 10), size)?,
            method => return Err(Hold::new(Reason::UnsupportedKind, format!("ZIP: method {method} is not read"))),
        };
        // AE-2 tells no sum: its own, stronger one was checked.
        let told = !matches!(self.aes, Some((_, 2)));
        if told && crc(&bytes) != self.crc {
            return Err(Hold::damaged("ZIP: the sum of a member is wrong"));
        }
        Ok(bytes)
    }
}

/// The sum of ZIP and gzip.
pub(crate) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn broken() -> Hold {
    Hold::damaged("a compressed stream is broken or of another length than stated")
}

/// A deflate stream that ends where its bytes end and is as long as it should be.
fn inflate(packed: &[u8], size: usize) -> Result<Vec<u8>, Hold> {
    if size > packed.len().saturating_mul(DEFLATE_MOST) {
        return Err(broken());
    }
    // One more byte of room shows a stream that is too long.
    let mut bytes = Vec::with_capacity(size.saturating_add(1));
    let mut inflate = Decompress::new(false);
    loop {
        let read = usize::try_from(inflate.total_in()).map_err(|_| broken())?;
        let before = (read, bytes.len());
        let rest = packed.get(read..).unwrap_or_default();
        let status = inflate.decompress_vec(rest, &mut bytes, FlushDecompress::Finish).map_err(|_| broken())?;
        let read = usize::try_from(inflate.total_in()).map_err(|_| broken())?;
        if status == Status::StreamEnd {
            return if read == packed.len() && bytes.len() == size { Ok(bytes) } else { Err(broken()) };
        }
        if bytes.len() > size || (read, bytes.len()) == before {
            return Err(broken());
        }
    }
}

/// Appends a deflate stream of unknown length, until there are `most` bytes; returns how many packed bytes it took.
pub(crate) fn inflate_into(packed: &[u8], most: usize, bytes: &mut Vec<u8>) -> Result<usize, Hold> {
    let mut inflate = Decompress::new(false);
    loop {
        let read = usize::try_from(inflate.total_in()).map_err(|_| broken())?;
        let rest = packed.get(read..).unwrap_or_default();
        bytes.reserve(rest.len().saturating_mul(3).clamp(4 << 10, 1 << 20));
        let before = (read, bytes.len());
        let status = inflate.decompress_vec(rest, bytes, FlushDecompress::None).map_err(|_| broken())?;
        let read = usize::try_from(inflate.total_in()).map_err(|_| broken())?;
        if bytes.len() > most {
            return Err(Hold::new(Reason::ExpandsTooMuch, "a compressed stream grows beyond the limit"));
        }
        if status == Status::StreamEnd {
            return Ok(read);
        }
        if (read, bytes.len()) == before {
            return Err(broken());
        }
    }
}

fn exactly(from: impl Read, size: usize) -> Result<Vec<u8>, Hold> {
    let mut bytes = Vec::new();
    from.take((size as u64).saturating_add(1)).read_to_end(&mut bytes).map_err(|_| broken())?;
    if bytes.len() == size { Ok(bytes) } else { Err(broken()) }
}

/// LZMA after a head of its own: version, length of properties, properties.
fn lzma(packed: &[u8], size: usize) -> Result<Vec<u8>, Hold> {
    let (head, body) = packed.split_first_chunk::<9>().ok_or_else(broken)?;
    let [_, _, 5, 0, properties, dictionary @ ..] = *head else { return Err(broken()) };
    // No match reaches further back than the beginning.
    let dictionary = u32::from_le_bytes(dictionary).min(u32::try_from(size).unwrap_or(u32::MAX)).max(4096);
    let reader = lzma_rust2::LzmaReader::new_with_props(body, u64::MAX, properties, dictionary, None).map_err(|_| broken())?;
    exactly(reader, size).or_else(|_| {
        // Without a mark at its end.
        exactly(lzma_rust2::LzmaReader::new_with_props(body, size as u64, properties, dictionary, None).map_err(|_| broken())?, size)
    })
}
