//! A ZIP as plain as can be: no extra fields, no comments, no times, members one after another.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::unpack::crc;

/// How a member is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// As it is: for what is compressed already, and the `mimetype` of ODF.
    Stored,
    /// Compressed, unless that makes it longer.
    Deflated,
}

/// 1980-01-01, the first day that ZIP knows: the same input must give the same bytes.
const DATE: u16 = 0x0021;

/// Members of at least so many bytes are not packed more tightly than so many times: readers take that for a bomb.
const TIGHT_FROM: usize = 1 << 20;
const TIGHT: usize = 190;

/// Writes a ZIP into memory. All that is unpacked of one file stays below 4 GiB, so that ZIP64 is needed for many members only.
pub(crate) struct Writer {
    out: Vec<u8>,
    directory: Vec<u8>,
    count: u64,
    compress: Compress,
}

impl Writer {
    /// An archive without members.
    pub(crate) fn new() -> Self {
        Self { out: Vec::new(), directory: Vec::new(), count: 0, compress: Compress::new(Compression::new(6), false) }
    }

    /// Adds a member. Names are taken as they are: `/` between folders, each once; folders end with `/`.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8], method: Method) {
        let folder = name.ends_with('/');
        let offset = self.out.len();
        let name = name.as_bytes().get(..name.len().min(usize::from(u16::MAX))).unwrap_or_default();
        // Filled in when the packed size is known.
        self.out.resize(offset + 30, 0);
        self.out.extend_from_slice(name);
        let start = self.out.len();
        let deflated = method == Method::Deflated && bytes.len() > 8 && self.deflate(bytes);
        if !deflated {
            self.out.truncate(start);
            self.out.extend_from_slice(bytes);
        }
        let packed = self.out.len() - start;
        let common = {
            let mut common = Vec::with_capacity(26);
            let mut put16 = |number: u16| common.extend_from_slice(&number.to_le_bytes());
            put16(if deflated || folder { 20 } else { 10 });
            put16(if name.is_ascii() { 0 } else { 1 << 11 });
            put16(if deflated { 8 } else { 0 });
            put16(0);
            put16(DATE);
            for number in [crc(bytes), short(packed), short(bytes.len())] {
                common.extend_from_slice(&number.to_le_bytes());
            }
            common.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
            common.extend_from_slice(&[0, 0]);
            common
        };
        if let Some(header) = self.out.get_mut(offset..offset + 30) {
            let (mark, rest) = header.split_at_mut(4);
            mark.copy_from_slice(b"PK\x03\x04");
            rest.copy_from_slice(&common);
        }
        self.directory.extend_from_slice(b"PK\x01\x02\x14\0");
        self.directory.extend_from_slice(&common);
        // Comment, disk and inner attributes: none.
        self.directory.extend_from_slice(&[0; 6]);
        self.directory.extend_from_slice(&[if folder { 0x10 } else { 0 }, 0, 0, 0]);
        self.directory.extend_from_slice(&short(offset).to_le_bytes());
        self.directory.extend_from_slice(name);
        self.count += 1;
    }

    /// Appends the compressed bytes, if they are fewer.
    fn deflate(&mut self, bytes: &[u8]) -> bool {
        let start = self.out.len();
        if !self.compress(bytes, start, bytes.len()) {
            return false;
        }
        let packed = self.out.len() - start;
        if bytes.len() < TIGHT_FROM || packed > bytes.len() / TIGHT {
            return true;
        }
        // So tight that it would be taken for a bomb by the next reader, ourselves included: the beginning stays as it is.
        self.out.truncate(start);
        let (beginning, rest) = bytes.split_at(bytes.len() / (TIGHT - 10));
        for block in beginning.chunks(usize::from(u16::MAX)) {
            let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
            self.out.push(0);
            self.out.extend_from_slice(&length.to_le_bytes());
            self.out.extend_from_slice(&(!length).to_le_bytes());
            self.out.extend_from_slice(block);
        }
        self.compress(rest, start, bytes.len())
    }

    /// Appends a deflate stream; false once what was appended since `start` reaches `most` bytes.
    fn compress(&mut self, bytes: &[u8], start: usize, most: usize) -> bool {
        self.compress.reset();
        loop {
            let read = usize::try_from(self.compress.total_in()).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            self.out.reserve(rest.len() / 3 + 1024);
            match self.compress.compress_vec(rest, &mut self.out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return self.out.len() - start < most,
                Ok(_) if self.out.len() - start < most => {}
                _ => return false,
            }
        }
    }

    /// The archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let start = self.out.len();
        let length = self.directory.len();
        self.out.append(&mut self.directory);
        let few = u16::try_from(self.count).ok().filter(|count| *count != u16::MAX);
        if few.is_none() {
            let at = self.out.len() as u64;
            self.out.extend_from_slice(b"PK\x06\x06");
            self.out.extend_from_slice(&44_u64.to_le_bytes());
            self.out.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for number in [self.count, self.count, length as u64, start as u64] {
                self.out.extend_from_slice(&number.to_le_bytes());
            }
            self.out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            self.out.extend_from_slice(&at.to_le_bytes());
            self.out.extend_from_slice(&1_u32.to_le_bytes());
        }
        let count = few.unwrap_or(u16::MAX).to_le_bytes();
        self.out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        self.out.extend_from_slice(&count);
        self.out.extend_from_slice(&count);
        self.out.extend_from_slice(&short(length).to_le_bytes());
        self.out.extend_from_slice(&short(start).to_le_bytes());
        self.out.extend_from_slice(&[0, 0]);
        self.out
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
