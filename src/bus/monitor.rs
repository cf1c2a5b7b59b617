//! Connections as they come and go, logged when their state changes and not at every attempt.

use std::collections::HashMap;
use std::net::ToSocketAddrs;

use zmq::{Context, DONTWAIT, PAIR, Socket, SocketEvent};

use super::zmq_error;
use crate::Result;

/// Follows the connections one socket makes.
pub(super) struct Monitor {
    events: Socket,
    connected: HashMap<String, bool>,
}

impl Monitor {
    /// Watches `socket`, which must not have connected yet.
    pub(super) fn new(context: &Context, socket: &Socket) -> Result<Self> {
        let address = format!("inproc://monitor-{}", uuid::Uuid::new_v4());
        let wanted = SocketEvent::CONNECTED.to_raw()
            | SocketEvent::CONNECT_RETRIED.to_raw()
            | SocketEvent::DISCONNECTED.to_raw();
        let open = || {
            socket.monitor(&address, wanted.into())?;
            let events = context.socket(PAIR)?;
            events.set_linger(0)?;
            events.connect(&address)?;
            Ok(events)
        };
        let events = open().map_err(|error| zmq_error("cannot watch a socket".into(), error))?;
        Ok(Self { events, connected: HashMap::new() })
    }

    /// The socket to poll for news.
    pub(super) fn socket(&self) -> &Socket {
        &self.events
    }

    /// Logs all news there are.
    pub(super) fn log_news(&mut self) {
        while let Ok(frames) = self.events.recv_multipart(DONTWAIT) {
            let [event, address] = frames.as_slice() else { continue };
            let Some(code) = event.get(..2).and_then(|code| code.try_into().ok()) else { continue };
            let address = String::from_utf8_lossy(address).into_owned();
            self.note(u16::from_ne_bytes(code), address);
        }
    }

    fn note(&mut self, code: u16, address: String) {
        let up = code == SocketEvent::CONNECTED.to_raw();
        let before = self.connected.insert(address.clone(), up);
        match (before, up) {
            (Some(true), true) | (Some(false), false) => {}
            (_, true) => tracing::info!("connected to {address}"),
            (Some(true), false) => tracing::warn!("lost the connection to {address}; reconnecting"),
            (None, false) => warn_unreachable(address),
        }
    }
}

/// Says why a connection cannot be made. Looking a name up may take long, so another thread does.
fn warn_unreachable(address: String) {
    std::thread::spawn(move || {
        let place = address.strip_prefix("tcp://").unwrap_or(&address);
        match place.to_socket_addrs() {
            Ok(_) => tracing::warn!("cannot connect to {address} yet: nobody answers; retrying"),
            Err(error) => tracing::warn!("cannot connect to {address} yet: {error}; retrying"),
        }
    });
}
