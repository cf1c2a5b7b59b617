//! Many who follow the archive at once.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::commands::bench::load::PATIENCE;

/// What each event has once.
const MARK: &[u8] = b"\ndata: ";
/// What is read at a time.
const PIECE: usize = 128 * 1024;
/// Between two looks: so reading costs less of the CPU that is measured beside it.
const PAUSE: Duration = Duration::from_millis(10);

/// Connections to `/v3/stream`.
pub(super) struct Followers {
    all: Vec<Follower>,
    piece: Vec<u8>,
}

struct Follower {
    stream: TcpStream,
    count: u64,
    /// How much of the mark has been seen.
    seen: usize,
    begun: bool,
}

impl Followers {
    /// Connects `count` of them, and waits until each of them is answered.
    pub(super) fn connect(address: SocketAddr, count: usize) -> Result<Self> {
        let connect = |_| {
            let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            stream.write_all(b"GET /v3/stream HTTP/1.1\r\nHost: bench\r\n\r\n")?;
            stream.set_nonblocking(true)?;
            Ok(Follower { stream, count: 0, seen: 0, begun: false })
        };
        let all = (0..count).map(connect).collect::<std::io::Result<_>>()?;
        let mut followers = Self { all, piece: vec![0; PIECE] };
        let end = Instant::now() + 4 * PATIENCE;
        while followers.all.iter().any(|one| !one.begun) {
            ensure!(Instant::now() < end, "not everybody who follows is answered");
            followers.look()?;
        }
        Ok(followers)
    }

    /// How many messages the one with the fewest has.
    pub(super) fn fewest(&self) -> u64 {
        self.all.iter().map(|one| one.count).min().unwrap_or_default()
    }

    /// How many messages came to all of them together.
    pub(super) fn together(&self) -> u64 {
        self.all.iter().map(|one| one.count).sum()
    }

    /// Reads what there is, and waits a little.
    pub(super) fn look(&mut self) -> Result<()> {
        std::thread::sleep(PAUSE);
        let mut fds: Vec<_> =
            self.all.iter().map(|one| PollFd::new(one.stream.as_fd(), PollFlags::POLLIN)).collect();
        poll(&mut fds, PollTimeout::ZERO)?;
        let ready: Vec<_> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        for (one, _) in self.all.iter_mut().zip(ready).filter(|(_, ready)| *ready) {
            match one.stream.read(&mut self.piece) {
                Ok(0) => bail!("a stream ended"),
                Ok(length) => {
                    one.begun = true;
                    one.take(&self.piece[..length]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Follower {
    fn take(&mut self, mut bytes: &[u8]) {
        // A mark may lie across two pieces. It begins with the only line end in it.
        while self.seen > 0 && !bytes.is_empty() {
            if bytes[0] != MARK[self.seen] {
                self.seen = 0;
                break;
            }
            (self.seen, bytes) = (self.seen + 1, &bytes[1..]);
            if self.seen == MARK.len() {
                (self.seen, self.count) = (0, self.count + 1);
            }
        }
        for at in memchr::memchr_iter(MARK[0], bytes) {
            let rest = &bytes[at..];
            if rest.starts_with(MARK) {
                self.count += 1;
            } else if MARK.starts_with(rest) {
                self.seen = rest.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_however_they_come() {
        let text = b"retry: 1\n\nid: 1\ndata: {}\n\nid: 2\n\n\ndata: {}\n\n";
        for size in 1..text.len() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut one = Follower { stream, count: 0, seen: 0, begun: false };
            text.chunks(size).for_each(|piece| one.take(piece));
            assert_eq!(one.count, 2, "pieces of {size}");
        }
    }
}
