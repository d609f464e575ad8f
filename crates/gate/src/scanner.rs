//! A client of ClamAV's daemon: a file goes out by `INSTREAM`, one line comes back.

use std::{
    fmt,
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

/// Where the daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl Address {
    /// `/run/clamav/clamd.ctl`, or `localhost:3310`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return Some(Self::Unix(text.into()));
        }
        let (host, port) = text.rsplit_once(':')?;
        (!host.is_empty() && port.parse::<u16>().is_ok()).then(|| Self::Tcp(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// What the daemon says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It knows nothing against it.
    Clean,
    /// The name of what it found.
    Infected(String),
}

/// The daemon, asked anew for each file.
#[derive(Debug, Clone)]
pub struct Scanner {
    address: Address,
    timeout: Duration,
}

/// Bytes of one chunk; the daemon takes any size.
const CHUNK: usize = 1 << 18;
/// An answer is one line.
const ANSWER: u64 = 4_096;
const CONNECT: Duration = Duration::from_secs(5);

impl Scanner {
    /// A daemon that is given so long for each step.
    #[must_use]
    pub const fn new(address: Address, timeout: Duration) -> Self {
        Self { address, timeout }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Has a file looked at.
    ///
    /// # Errors
    /// Says why there is no answer; that is never the same as [`Finding::Clean`].
    pub fn scan(&self, bytes: &[u8]) -> Result<Finding, String> {
        let answer = match &self.address {
            Address::Unix(path) => UnixStream::connect(path).and_then(|stream| {
                stream.set_read_timeout(Some(self.timeout))?;
                stream.set_write_timeout(Some(self.timeout))?;
                ask(stream, bytes)
            }),
            Address::Tcp(address) => tcp(address).and_then(|stream| {
                stream.set_read_timeout(Some(self.timeout))?;
                stream.set_write_timeout(Some(self.timeout))?;
                stream.set_nodelay(true)?;
                ask(stream, bytes)
            }),
        };
        understand(&answer.map_err(|cause| format!("clamd at {}: {cause}", self.address))?)
    }
}

fn tcp(address: &str) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(cause) => last = cause,
        }
    }
    Err(last)
}

fn ask(mut stream: impl Read + Write, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let sent = send(&mut stream, bytes);
    let mut answer = Vec::new();
    // A daemon that has enough says so and closes: its words tell more than the broken pipe.
    match (stream.take(ANSWER).read_to_end(&mut answer), sent) {
        (_, Err(cause)) if answer.is_empty() => Err(cause),
        (Err(cause), _) if answer.is_empty() => Err(cause),
        _ => Ok(answer),
    }
}

fn send(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(b"zINSTREAM\0")?;
    for chunk in bytes.chunks(CHUNK) {
        let length = u32::try_from(chunk.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(chunk)?;
    }
    stream.write_all(&0_u32.to_be_bytes())?;
    stream.flush()
}

fn understand(answer: &[u8]) -> Result<Finding, String> {
    let answer = String::from_utf8_lossy(answer);
    let answer = answer.trim_end_matches(['\0', '\n']);
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match said.strip_suffix(" FOUND") {
        Some(name) => Ok(Finding::Infected(name.to_owned())),
        None if said == "OK" => Ok(Finding::Clean),
        None => Err(format!("clamd answered: {said}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_is_clean() {
        assert_eq!(understand(b"stream: OK\0"), Ok(Finding::Clean));
        assert_eq!(understand(b"stream: Eicar FOUND\0"), Ok(Finding::Infected("Eicar".into())));
        for other in [&b""[..], b"stream: OKAY\0", b"INSTREAM size limit exceeded. ERROR\0", b"OK stream\0", b"\xff"] {
            assert!(understand(other).is_err());
        }
    }

    #[test]
    fn addresses_are_paths_or_host_and_port() {
        assert_eq!(Address::read("/run/clamd.ctl"), Some(Address::Unix("/run/clamd.ctl".into())));
        assert_eq!(Address::read("localhost:3310"), Some(Address::Tcp("localhost:3310".into())));
        for wrong in ["", "localhost", ":3310", "localhost:", "localhost:70000", "run/clamd.ctl"] {
            assert_eq!(Address::read(wrong), None, "{wrong}");
        }
    }
}
