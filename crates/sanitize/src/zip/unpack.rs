//! Members unpacked, to no more than they may.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::Entry;
use crate::{Hold, Reason, job::Job};

/// One byte of deflate never becomes more than this.
const DEFLATE_MOST: usize = 1_040;

impl Entry<'_> {
    /// Unpacks the member, within the limits, and checks its sum.
    pub(crate) fn unpack(&self, job: &mut Job<'_>) -> Result<Vec<u8>, Hold> {
        self.unpack_inner(job).map_err(|hold| hold.at(&self.name))
    }

    fn unpack_inner(&self, job: &mut Job<'_>) -> Result<Vec<u8>, Hold> {
        if self.encrypted {
            return Err(Hold::new(Reason::EncryptionUnknown, "ZIP: an encrypted member"));
        }
        let bytes = self.expand(job, self.packed)?;
        if crc(&bytes) != self.crc {
            return Err(Hold::damaged("ZIP: the sum of a member is wrong"));
        }
        Ok(bytes)
    }

    fn expand(&self, job: &mut Job<'_>, packed: &[u8]) -> Result<Vec<u8>, Hold> {
        // Before anything is reserved for it.
        job.expand(packed.len() as u64, self.size)?;
        let size = usize::try_from(self.size).map_err(|_| Hold::new(Reason::ExpandsTooMuch, "a member larger than memory"))?;
        match self.method {
            0 if packed.len() == size => Ok(packed.to_vec()),
            0 => Err(Hold::damaged("ZIP: a stored member with two sizes")),
            8 => inflate(packed, size),
            method => Err(Hold::damaged(format!("ZIP: method {method} is not read"))),
        }
    }
}

/// The sum of a member.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A deflate stream that ends where its bytes end and is as long as it should be.
fn inflate(packed: &[u8], size: usize) -> Result<Vec<u8>, Hold> {
    let broken = || Hold::damaged("ZIP: a deflate stream is broken or of another length than stated");
    if size > packed.len().saturating_mul(DEFLATE_MOST) {
        return Err(broken());
    }
    // One more byte of room shows a stream that is too long.
    let mut bytes = Vec::with_capacity(size.saturating_add(1));
    let mut inflate = Decompress::new(false);
    loop {
        let read = usize::try_from(inflate.total_in()).map_err(|_| broken())?;
        let before = (read, bytes.len());
        let status =
            inflate.decompress_vec(packed.get(read..).unwrap_or_default(), &mut bytes, FlushDecompress::Finish).map_err(|_| broken())?;
        let read = usize::try_from(inflate.total_in()).map_err(|_| broken())?;
        if status == Status::StreamEnd {
            return if read == packed.len() && bytes.len() == size { Ok(bytes) } else { Err(broken()) };
        }
        if bytes.len() > size || (read, bytes.len()) == before {
            return Err(broken());
        }
    }
}
