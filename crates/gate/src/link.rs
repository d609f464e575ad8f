//! The gate's side of a worker's pipes: every wait has an end, every length a limit.

use std::{
    os::fd::{AsFd, BorrowedFd},
    process::{ChildStdin, ChildStdout},
    time::Instant,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    io::Errno,
    time::Timespec,
};

use crate::{
    clock,
    frame::{HEAD, Tag},
};

/// How an exchange with a worker ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The wall clock ran out.
    TimeOut,
    /// The worker closed its pipes.
    Closed,
    /// The worker sent what no worker of ours sends.
    Lied(&'static str),
}

/// Both pipes of a worker.
pub(crate) struct Link {
    to: ChildStdin,
    from: ChildStdout,
}

/// Bytes that a pipe holds, where the system lets it.
const PIPE: usize = 1 << 20;
/// Bytes read at once; memory for a frame grows with what has come, not with what was announced.
const STEP: usize = 1 << 20;

impl Link {
    pub(crate) fn new(to: ChildStdin, from: ChildStdout) -> std::io::Result<Self> {
        for pipe in [to.as_fd(), from.as_fd()] {
            fcntl_setfl(pipe, fcntl_getfl(pipe)? | OFlags::NONBLOCK)?;
            // Only faster: an ordinary user has a share that may be spent.
            let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE);
        }
        Ok(Self { to, from })
    }

    /// Sends a frame.
    pub(crate) fn send(&self, tag: Tag, content: &[u8], deadline: Instant) -> Result<(), Fault> {
        self.all(&tag.head(content.len()), deadline)?;
        self.all(content, deadline)
    }

    fn all(&self, mut bytes: &[u8], deadline: Instant) -> Result<(), Fault> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.to, bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(Errno::AGAIN) => wait(self.to.as_fd(), PollFlags::OUT, deadline)?,
                Err(Errno::INTR) => {}
                Err(_) => return Err(Fault::Closed),
            }
        }
        Ok(())
    }

    /// What frame comes next, and how long it says it is.
    pub(crate) fn head(&self, deadline: Instant) -> Result<(Tag, u64), Fault> {
        let mut head = [0; HEAD];
        let mut filled = 0;
        while filled < HEAD {
            filled += self.some(head.get_mut(filled..).unwrap_or_default(), deadline)?;
        }
        Tag::read(head).ok_or(Fault::Lied("an unknown frame"))
    }

    /// The content of a frame that may be so long at most.
    pub(crate) fn content(&self, length: u64, most: u64, deadline: Instant) -> Result<Vec<u8>, Fault> {
        let length = usize::try_from(length).ok().filter(|_| length <= most).ok_or(Fault::Lied("a frame beyond the limit"))?;
        let mut content = Vec::new();
        while content.len() < length {
            let filled = content.len();
            content.resize(length.min(filled.saturating_add(STEP)), 0);
            let read = self.some(content.get_mut(filled..).unwrap_or_default(), deadline)?;
            content.truncate(filled + read);
        }
        Ok(content)
    }

    fn some(&self, into: &mut [u8], deadline: Instant) -> Result<usize, Fault> {
        loop {
            match rustix::io::read(&self.from, &mut *into) {
                Ok(0) => return Err(Fault::Closed),
                Ok(read) => return Ok(read),
                Err(Errno::AGAIN) => wait(self.from.as_fd(), PollFlags::IN, deadline)?,
                Err(Errno::INTR) => {}
                Err(_) => return Err(Fault::Closed),
            }
        }
    }
}

/// Waits until a pipe can be used; a pipe whose other end is gone can.
fn wait(pipe: BorrowedFd<'_>, flags: PollFlags, deadline: Instant) -> Result<(), Fault> {
    let left = deadline.saturating_duration_since(clock::now());
    if left.is_zero() {
        return Err(Fault::TimeOut);
    }
    let left = Timespec::try_from(left).map_err(|_| Fault::TimeOut)?;
    match poll(&mut [PollFd::from_borrowed_fd(pipe, flags)], Some(&left)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(Fault::Closed),
    }
}
