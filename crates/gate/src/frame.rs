//! Frames between the gate and a worker: one byte says what, eight bytes how long, then the content.

use std::{io, os::fd::BorrowedFd};

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    /// Worker: everything is given up, the first file may come.
    Ready = b'R',
    /// Gate: name, policy, passwords, as JSON.
    Order = b'Q',
    /// Gate: the file.
    File = b'F',
    /// Worker: where a file inside was found; its bytes follow.
    Place = b'P',
    /// Worker: the bytes of a file inside.
    Member = b'M',
    /// Worker: the report, as JSON.
    Report = b'V',
    /// Worker: the new bytes.
    Output = b'O',
    /// Worker: nothing follows.
    End = b'E',
}

/// Bytes in front of the content.
pub(crate) const HEAD: usize = 9;

impl Tag {
    const ALL: [Self; 8] = [Self::Ready, Self::Order, Self::File, Self::Place, Self::Member, Self::Report, Self::Output, Self::End];

    /// The head of a frame of so many bytes.
    pub(crate) fn head(self, length: usize) -> [u8; HEAD] {
        let mut head = [self as u8; HEAD];
        for (to, from) in head.iter_mut().skip(1).zip((length as u64).to_be_bytes()) {
            *to = from;
        }
        head
    }

    /// What a head says.
    pub(crate) fn read(head: [u8; HEAD]) -> Option<(Self, u64)> {
        let [first, length @ ..] = head;
        let tag = Self::ALL.into_iter().find(|tag| *tag as u8 == first)?;
        Some((tag, u64::from_be_bytes(length)))
    }
}

/// The worker's side: it may wait as long as it likes, the gate keeps the time.
pub(crate) mod blocking {
    use super::{BorrowedFd, HEAD, Tag, io};

    /// Writes a frame.
    pub(crate) fn write(to: BorrowedFd<'_>, tag: Tag, content: &[u8]) -> io::Result<()> {
        all(to, &tag.head(content.len()))?;
        all(to, content)
    }

    fn all(to: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(to, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(cause) => return Err(cause.into()),
            }
        }
        Ok(())
    }

    /// Reads the frame that must come next.
    pub(crate) fn read(from: BorrowedFd<'_>, expected: Tag) -> io::Result<Vec<u8>> {
        let mut head = [0; HEAD];
        exact(from, &mut head)?;
        match Tag::read(head) {
            Some((tag, length)) if tag == expected => {
                let mut content = vec![0; usize::try_from(length).map_err(|_| io::ErrorKind::InvalidData)?];
                exact(from, &mut content)?;
                Ok(content)
            }
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn exact(from: BorrowedFd<'_>, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            match rustix::io::read(from, &mut *into) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => into = into.get_mut(read..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(cause) => return Err(cause.into()),
            }
        }
        Ok(())
    }

    /// Waits until the other side closes.
    pub(crate) fn until_closed(from: BorrowedFd<'_>) {
        let mut rest = [0; 16];
        while matches!(rustix::io::read(from, &mut rest), Ok(1..) | Err(rustix::io::Errno::INTR)) {}
    }
}
