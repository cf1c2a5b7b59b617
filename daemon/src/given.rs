//! Listening sockets that the service manager hands over (`LISTEN_FDS`).

use std::net::TcpListener;

use fedhub::{Error, Kind, Result};
use listenfd::ListenFd;

/// All of them; none without a service manager or a socket unit.
pub(crate) fn listeners() -> Result<Vec<TcpListener>> {
    let mut given = ListenFd::from_env();
    let taken = (0..given.len()).map(|index| {
        given.take_tcp_listener(index).ok().flatten().ok_or_else(|| {
            Error::new(Kind::Config, "the service manager's socket is no TCP socket")
                .hint("ListenStream=ADDRESS:PORT in the socket unit")
        })
    });
    taken.collect()
}
