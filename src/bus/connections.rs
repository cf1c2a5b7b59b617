//! Outgoing connections: names looked up, states logged when they change and not at every attempt.
//!
//! ZeroMQ would look names up itself, but in the thread that also moves every message: a name server
//! that does not answer would hold up the whole process.

use std::collections::HashMap;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use zmq::{Context, DONTWAIT, PAIR, POLLIN, PollItem, Socket, SocketEvent};

use super::zmq_error;
use crate::{Error, Kind, Result};

/// How often a known name is looked up again, since its address may change.
const RENEW: Duration = Duration::from_secs(30);
/// The pause after a failed look-up; doubled with each failure up to [`RENEW`].
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The connections one socket makes.
pub(crate) struct Connections {
    events: Socket,
    lookups: Receiver<Lookup>,
    wake: PipeReader,
    /// Without a writer the pipe would count as closed, and polling it would never wait.
    _waker: PipeWriter,
    /// Ends the threads that look names up, when it is dropped.
    _running: Vec<SyncSender<()>>,
    /// The endpoint each address stands for, and the other way round.
    names: HashMap<String, String>,
    addresses: HashMap<String, String>,
    up: HashMap<String, bool>,
    /// Whether an attempt failed since [`retry`](Self::retry).
    failed: bool,
    /// What the socket was told to connect to.
    attempts: Vec<String>,
}

/// A name's address, new or changed.
struct Lookup {
    endpoint: String,
    address: String,
}

impl Connections {
    /// Connects `socket` to every endpoint. A host that cannot be reached or whose name is unknown is
    /// not an error: it is tried again.
    pub(crate) fn open(context: &Context, socket: &Socket, endpoints: &[String]) -> Result<Self> {
        let events = watch(context, socket)
            .map_err(|error| zmq_error("cannot watch a socket".into(), error))?;
        let (wake, waker) =
            std::io::pipe().map_err(|error| Error::io("cannot make a pipe", error))?;
        let (sender, lookups) = sync_channel(endpoints.len().max(1));
        let (mut running, mut attempts) = (Vec::new(), Vec::new());
        for endpoint in endpoints {
            match host_name(endpoint) {
                None => attempts.push(connect(socket, endpoint)?),
                Some(place) => {
                    let (stop, stopped) = sync_channel(1);
                    let waker = waker
                        .try_clone()
                        .map_err(|error| Error::io("cannot make a pipe", error))?;
                    let (endpoint, place) = (endpoint.clone(), place.to_owned());
                    let name = Name { endpoint, place, found: sender.clone(), waker, stopped };
                    std::thread::Builder::new()
                        .name("resolve".into())
                        .spawn(move || name.follow())
                        .map_err(|error| Error::io("cannot start a thread", error))?;
                    running.push(stop);
                }
            }
        }
        let (names, addresses, up, failed) = Default::default();
        let (_waker, _running) = (waker, running);
        Ok(Self { events, lookups, wake, _waker, _running, names, addresses, up, failed, attempts })
    }

    /// What to poll for news.
    pub(crate) fn poll_items(&self) -> [PollItem<'_>; 2] {
        [self.events.as_poll_item(POLLIN), PollItem::from_fd(self.wake.as_raw_fd(), POLLIN)]
    }

    /// Takes all news there are: connects to names that were found, and logs what changed. `socket`
    /// is the one it was opened with. Gives each change of a connection: true when it came up.
    pub(crate) fn attend(&mut self, socket: &Socket) -> Vec<bool> {
        while let Ok(lookup) = self.lookups.try_recv() {
            // One byte was written for each look-up, so this does not block.
            let _ = self.wake.read(&mut [0]);
            self.move_to(socket, lookup);
        }
        let mut changes = Vec::new();
        while let Ok(frames) = self.events.recv_multipart(DONTWAIT) {
            let [event, address] = frames.as_slice() else { continue };
            let Some(code) = event.get(..2).and_then(|code| code.try_into().ok()) else { continue };
            changes.extend(self.note(u16::from_ne_bytes(code), &String::from_utf8_lossy(address)));
        }
        changes
    }

    /// Tries again what failed, for a socket that does not do so by itself. Nothing may be up.
    pub(crate) fn retry(&mut self, socket: &Socket) {
        if !std::mem::take(&mut self.failed) {
            return;
        }
        for address in &self.attempts {
            if socket.disconnect(address).is_ok()
                && let Err(error) = connect(socket, address)
            {
                tracing::error!("{error}");
            }
        }
    }

    fn move_to(&mut self, socket: &Socket, Lookup { endpoint, address }: Lookup) {
        if let Some(old) = self.addresses.insert(endpoint.clone(), address.clone()) {
            tracing::info!("{endpoint} has moved to {address}");
            // Two names may have the same address, and then share its connection.
            if !self.addresses.values().any(|used| *used == old) {
                // It fails only when there is no such connection, which is as well.
                let _ = socket.disconnect(&old);
                self.names.remove(&old);
                self.up.remove(&old);
                self.attempts.retain(|attempt| *attempt != old);
            }
        }
        self.names.insert(address.clone(), endpoint);
        match connect(socket, &address) {
            Ok(attempt) => self.attempts.push(attempt),
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn note(&mut self, code: u16, address: &str) -> Option<bool> {
        let up = code == SocketEvent::HANDSHAKE_SUCCEEDED.to_raw();
        let before = self.up.insert(address.to_owned(), up);
        self.failed |= !up;
        let name = self.names.get(address).map_or(address, String::as_str);
        match (before, up) {
            (Some(true), true) | (Some(false), false) => {}
            (_, true) => tracing::info!("connected to {name}"),
            (Some(true), false) => tracing::warn!("lost the connection to {name}; reconnecting"),
            (None, false) => tracing::warn!("cannot connect to {name} yet; retrying"),
        }
        (up || before == Some(true)).then_some(up)
    }
}

/// A socket that tells what becomes of the connections of another.
fn watch(context: &Context, socket: &Socket) -> zmq::Result<Socket> {
    // Only a completed handshake counts as connected: something may accept and hang up at once.
    let wanted = [
        SocketEvent::HANDSHAKE_SUCCEEDED,
        SocketEvent::HANDSHAKE_FAILED_NO_DETAIL,
        SocketEvent::HANDSHAKE_FAILED_PROTOCOL,
        SocketEvent::CONNECT_RETRIED,
        SocketEvent::DISCONNECTED,
    ];
    let wanted = wanted.into_iter().map(SocketEvent::to_raw).fold(0, |all, event| all | event);
    let address = format!("inproc://monitor-{}", uuid::Uuid::new_v4());
    socket.monitor(&address, wanted.into())?;
    let events = context.socket(PAIR)?;
    events.set_linger(0)?;
    events.connect(&address)?;
    Ok(events)
}

/// `NAME:PORT` of an endpoint whose name must be looked up first.
fn host_name(endpoint: &str) -> Option<&str> {
    let place = endpoint.strip_prefix("tcp://").filter(|place| !place.contains(';'))?;
    let (host, _) = place.rsplit_once(':')?;
    let literal = host == "*" || host.starts_with('[') || host.parse::<IpAddr>().is_ok();
    (!literal).then_some(place)
}

/// Connects; says to which address.
fn connect(socket: &Socket, endpoint: &str) -> Result<String> {
    // Where a listener's configuration says "every address", a peer on this host uses loopback.
    let reachable = endpoint.replacen("tcp://*:", "tcp://127.0.0.1:", 1);
    socket
        .set_ipv6(reachable.starts_with("tcp://["))
        .and_then(|()| socket.connect(&reachable))
        .map_err(|error| {
            Error::new(Kind::Config, format!("cannot connect to {endpoint}: {error}"))
                .hint("an endpoint looks like tcp://HOST:PORT")
        })?;
    Ok(reachable)
}

/// A thread that follows a name as its address changes.
struct Name {
    endpoint: String,
    place: String,
    found: SyncSender<Lookup>,
    waker: PipeWriter,
    stopped: Receiver<()>,
}

impl Name {
    fn follow(mut self) {
        let mut current: Option<SocketAddr> = None;
        let mut retry = FIRST_RETRY;
        let mut failing = false;
        loop {
            let pause = match self.look_up(current) {
                Ok(address) => {
                    (retry, failing) = (FIRST_RETRY, false);
                    if current != Some(address) && !self.tell(address) {
                        return;
                    }
                    current = Some(address);
                    RENEW
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!("cannot find {}: {error}; retrying", self.endpoint);
                    }
                    retry = (retry * 2).min(RENEW);
                    retry
                }
            };
            if self.stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    /// The address in use if the name still has it, else an IPv4 one if there is any: many publishers
    /// listen on IPv4 only.
    fn look_up(&self, current: Option<SocketAddr>) -> std::io::Result<SocketAddr> {
        let all: Vec<SocketAddr> = self.place.to_socket_addrs()?.collect();
        let kept = current.filter(|current| all.contains(current));
        kept.or_else(|| all.iter().copied().find(SocketAddr::is_ipv4))
            .or_else(|| all.first().copied())
            .ok_or_else(|| std::io::Error::other("the name has no address"))
    }

    fn tell(&mut self, address: SocketAddr) -> bool {
        let lookup =
            Lookup { endpoint: self.endpoint.clone(), address: format!("tcp://{address}") };
        self.found.send(lookup).is_ok() && self.waker.write_all(b".").is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_news_there_is_nothing_to_wake_for() {
        let context = Context::new();
        let socket = context.socket(zmq::SUB).unwrap();
        let connections = Connections::open(&context, &socket, &[]).unwrap();
        assert_eq!(zmq::poll(&mut connections.poll_items(), 0), Ok(0));
    }

    #[test]
    fn only_names_are_looked_up() {
        for (endpoint, expected) in [
            ("tcp://bus.example.org:4001", Some("bus.example.org:4001")),
            ("tcp://localhost:1", Some("localhost:1")),
            ("tcp://127.0.0.1:4001", None),
            ("tcp://[::1]:4001", None),
            ("tcp://*:4001", None),
            ("ipc:///run/bus", None),
        ] {
            assert_eq!(host_name(endpoint), expected, "{endpoint}");
        }
    }
}
