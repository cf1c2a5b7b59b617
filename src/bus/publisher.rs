//! Publishing: sends when somebody listens, and says so when nobody does.
//!
//! The socket is an XPUB, which is told of each subscription. So a publisher that lives for one
//! message waits exactly until a subscriber is there, instead of sleeping and hoping.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use zmq::{Context, DONTWAIT, POLLIN, SNDMORE, Socket};

use super::connections::Connections;
use super::settings::{Settings, bind, set_option};
use super::zmq_error;
use crate::{Error, Kind, Result};

/// With several relays, how long the slower ones are waited for once the first listens.
const OTHERS: Duration = Duration::from_millis(100);

/// How many subscriptions are remembered, and taken at a time; whoever sends more is no relay.
const SUBSCRIPTIONS: usize = 10_000;

/// A publisher of messages.
pub struct Publisher {
    socket: Socket,
    /// `None` when it is bound.
    connections: Option<Connections>,
    /// Where it sends, for people.
    place: String,
    expected_peers: usize,
    peers: usize,
    subscriptions: Vec<Vec<u8>>,
    timeout: Duration,
    max_message_size: usize,
    context: Context,
}

impl Publisher {
    /// Connects to relays. Publishing waits up to `timeout` for one that listens.
    pub fn connect(settings: &Settings, relays: &[String], timeout: Duration) -> Result<Self> {
        if relays.is_empty() {
            return Err(Error::new(Kind::Config, "there is no relay to send to")
                .hint("fedhub config explain relay_inbound"));
        }
        let mut publisher = Self::new(settings, timeout)?;
        publisher.connections =
            Some(Connections::open(&publisher.context, &publisher.socket, relays)?);
        publisher.place = relays.join(", ");
        publisher.expected_peers = relays.len();
        Ok(publisher)
    }

    /// Binds the first of these addresses that is free, on every interface.
    pub fn bind_first_free(settings: &Settings, own: &[String], timeout: Duration) -> Result<Self> {
        let mut publisher = Self::new(settings, timeout)?;
        let mut refusals = Vec::new();
        for address in own {
            let port = address.rsplit_once(':').filter(|_| address.starts_with("tcp://"));
            let everywhere = port.map_or(address.clone(), |(_, port)| format!("tcp://*:{port}"));
            match bind(&publisher.socket, &everywhere) {
                Ok(bound) => {
                    publisher.place = bound;
                    return Ok(publisher);
                }
                Err(error) => refusals.push(error.to_string()),
            }
        }
        let why = if refusals.is_empty() { "there is none".into() } else { refusals.join("; ") };
        Err(Error::new(Kind::Unavailable, format!("no address of this publisher is free: {why}"))
            .hint("add an address to its list in endpoints"))
    }

    fn new(settings: &Settings, timeout: Duration) -> Result<Self> {
        let context = settings.context()?;
        let mut socket = settings.socket(&context, zmq::XPUB)?;
        // Wait for a slow relay instead of dropping what it does not take at once.
        set_option(&mut socket, zmq_sys::ZMQ_XPUB_NODROP, 1)?;
        // Be told of each peer's subscriptions, not only of the first of a kind.
        set_option(&mut socket, zmq_sys::ZMQ_XPUB_VERBOSER, 1)?;
        let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        socket
            .set_sndtimeo(milliseconds)
            .map_err(|error| zmq_error("cannot make a ZeroMQ socket".into(), error))?;
        Ok(Self {
            socket,
            connections: None,
            place: String::new(),
            expected_peers: 1,
            peers: 0,
            subscriptions: Vec::new(),
            timeout,
            max_message_size: settings.max_message_size,
            context,
        })
    }

    /// Sends one message. It is an error if it is larger than the bus accepts, if nobody subscribed
    /// to its topic in time, or if those who did do not take it.
    pub fn publish(&mut self, topic: &str, body: &[u8]) -> Result<()> {
        let size = topic.len() + body.len();
        if size > self.max_message_size {
            let limit = self.max_message_size;
            let why = format!("the message has {size} bytes, more than {limit}; it was not sent");
            return Err(Error::new(Kind::Data, why).hint("fedhub config explain max_message_size"));
        }
        self.wait_for_subscriber(topic)?;
        let sent = self.socket.send(topic, SNDMORE).and_then(|()| self.socket.send(body, 0));
        sent.map_err(|error| {
            let why = format!("{} does not take messages, so this one was not sent", self.place);
            Error::new(Kind::TryAgain, why).because(error).hint("is it overloaded or stopped?")
        })
    }

    /// Ends when everything was handed over. It is an error if that takes too long.
    pub fn close(self) -> Result<()> {
        let Self { socket, connections, place, timeout, context, .. } = self;
        // For as long as it takes: how long that may be is decided here, and not in silence.
        socket.set_linger(-1).map_err(|error| zmq_error("cannot close a socket".into(), error))?;
        drop(connections);
        drop(socket);
        let (done, closed) = sync_channel(1);
        std::thread::spawn(move || {
            drop(context);
            // Nobody waits any more if it took too long.
            let _ = done.send(());
        });
        closed.recv_timeout(timeout).map_err(|_| {
            let why = format!("{place} does not take messages; some were not handed over");
            Error::new(Kind::TryAgain, why).hint("is it overloaded or stopped?")
        })
    }

    fn wait_for_subscriber(&mut self, topic: &str) -> Result<()> {
        let begin = Instant::now();
        let mut first_heard = None;
        loop {
            self.take_subscriptions();
            let heard =
                self.subscriptions.iter().any(|prefix| topic.as_bytes().starts_with(prefix));
            if heard {
                let since = *first_heard.get_or_insert_with(Instant::now);
                if self.peers >= self.expected_peers || since.elapsed() >= OTHERS {
                    // From now on, whoever is there is whoever was expected.
                    self.expected_peers = self.peers;
                    return Ok(());
                }
            }
            let left = match first_heard {
                Some(since) => OTHERS.saturating_sub(since.elapsed()),
                None => self.timeout.saturating_sub(begin.elapsed()),
            };
            if left.is_zero() && !heard {
                let seconds = self.timeout.as_secs_f64();
                let why =
                    format!("nobody listens at {} after {seconds} s; nothing was sent", self.place);
                return Err(Error::new(Kind::TryAgain, why)
                    .hint("start a relay there (fedhub relay), or see fedhub config explain relay_inbound"));
            }
            let milliseconds = i64::try_from(left.as_millis()).unwrap_or(i64::MAX).max(1);
            self.wait(milliseconds)?;
        }
    }

    /// Waits for a subscription, or news of a connection.
    fn wait(&mut self, timeout_ms: i64) -> Result<()> {
        let mut items = vec![self.socket.as_poll_item(POLLIN)];
        items.extend(self.connections.iter().flat_map(Connections::poll_items));
        match zmq::poll(&mut items, timeout_ms) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(zmq_error("cannot wait for a subscriber".into(), error)),
        }
        if let Some(connections) = &mut self.connections {
            connections.attend(&self.socket);
        }
        Ok(())
    }

    /// Each subscription is a frame: 1 or 0 for its coming or going, then the prefix.
    fn take_subscriptions(&mut self) {
        for _ in 0..SUBSCRIPTIONS {
            let Ok(frame) = self.socket.recv_bytes(DONTWAIT) else { return };
            match frame.split_first() {
                Some((1, prefix)) if self.subscriptions.len() < SUBSCRIPTIONS => {
                    self.peers += 1;
                    self.subscriptions.push(prefix.to_vec());
                }
                Some((0, prefix)) => {
                    self.peers = self.peers.saturating_sub(1);
                    if let Some(at) = self.subscriptions.iter().position(|known| known == prefix) {
                        self.subscriptions.swap_remove(at);
                    }
                }
                _ => {}
            }
        }
    }
}
