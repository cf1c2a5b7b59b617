//! Sockets that the service manager has opened for us, found by the address they listen on.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, IntoRawFd};

use zmq::Socket;

use super::settings::{bind, set_option};
use crate::{Error, Kind, Result};

/// Listening sockets that wait for somebody to use them.
#[derive(Debug, Default)]
pub struct Given(Vec<TcpListener>);

impl Given {
    /// These sockets.
    pub fn new(listeners: Vec<TcpListener>) -> Self {
        Self(listeners)
    }

    /// Binds to each address: with the socket given for it, if there is one.
    pub(crate) fn bind_all(
        &mut self,
        socket: &mut Socket,
        addresses: &[String],
    ) -> Result<Vec<String>> {
        addresses.iter().map(|address| self.bind(socket, address)).collect()
    }

    fn bind(&mut self, socket: &mut Socket, endpoint: &str) -> Result<String> {
        let here = |listener: &TcpListener| {
            listener.local_addr().is_ok_and(|address| is_at(endpoint, address))
        };
        let Some(position) = self.0.iter().position(here) else { return bind(socket, endpoint) };
        let listener = self.0.remove(position);
        let broken =
            |error| Error::io(format!("cannot use the socket given for {endpoint}"), error);
        // A client that leaves before it was accepted must not hold up ZeroMQ's thread.
        listener.set_nonblocking(true).map_err(broken)?;
        set_option(socket, zmq_sys::ZMQ_USE_FD, listener.as_raw_fd())?;
        let bound = bind(socket, endpoint);
        set_option(socket, zmq_sys::ZMQ_USE_FD, -1)?;
        if bound.is_ok() {
            // ZeroMQ closes it now.
            let _ = listener.into_raw_fd();
        }
        bound
    }

    /// Fails if one was not used: who connects there would never be answered.
    pub(crate) fn expect_all_used(&self) -> Result<()> {
        let Some(listener) = self.0.first() else { return Ok(()) };
        let address = listener.local_addr().map_or_else(|_| "?".into(), |at| at.to_string());
        let why = format!("the service manager gave a socket on {address}, which is none of ours");
        Err(Error::new(Kind::Config, why)
            .hint("name the same address in the settings and in ListenStream= of the socket unit"))
    }
}

/// Whether an endpoint is this address. `*` is every address.
fn is_at(endpoint: &str, address: SocketAddr) -> bool {
    let Some((host, port)) = endpoint.strip_prefix("tcp://").and_then(|at| at.rsplit_once(':'))
    else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let same_host = match host.parse::<IpAddr>() {
        Ok(ip) => address.ip() == ip,
        Err(_) => host == "*" && address.ip().is_unspecified(),
    };
    same_host && port.parse::<u16>() == Ok(address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_known_by_its_address() {
        for (endpoint, address, same) in [
            ("tcp://127.0.0.1:2003", "127.0.0.1:2003", true),
            ("tcp://127.0.0.1:2003", "127.0.0.1:2004", false),
            ("tcp://127.0.0.1:2003", "0.0.0.0:2003", false),
            ("tcp://*:2003", "0.0.0.0:2003", true),
            ("tcp://*:2003", "[::]:2003", true),
            ("tcp://[::1]:2003", "[::1]:2003", true),
            ("tcp://eth0:2003", "127.0.0.1:2003", false),
            ("ipc:///run/fedhub/relay", "127.0.0.1:2003", false),
        ] {
            assert_eq!(is_at(endpoint, address.parse().unwrap()), same, "{endpoint} {address}");
        }
    }

    #[test]
    fn a_socket_at_another_address_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = Given::new(vec![listener]).expect_all_used().unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(Given::default().expect_all_used().is_ok());
    }
}
