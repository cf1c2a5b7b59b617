//! Publishing: sends when somebody listens, and says so when nobody does.
//!
//! The socket is an XPUB, which is told of each subscription. So a publisher that lives for one
//! message waits exactly until a subscriber is there, instead of sleeping and hoping.

use std::time::{Duration, Instant};

use zmq::{Context, DONTWAIT, POLLIN, SNDMORE, Socket};

use super::settings::{Settings, bind, connect, set_option};
use super::zmq_error;
use crate::{Error, Kind, Result};

/// With several relays, how long the slower ones are waited for once the first listens.
const OTHERS: Duration = Duration::from_millis(100);

/// A publisher of messages.
pub struct Publisher {
    socket: Socket,
    /// Where it sends, for people.
    place: String,
    expected_peers: usize,
    peers: usize,
    subscriptions: Vec<Vec<u8>>,
    timeout: Duration,
    // Last, so that its socket is closed before it waits for it.
    _context: Context,
}

impl Publisher {
    /// Connects to relays. Publishing waits up to `timeout` for one that listens.
    pub fn connect(settings: &Settings, relays: &[String], timeout: Duration) -> Result<Self> {
        if relays.is_empty() {
            return Err(Error::new(Kind::Config, "there is no relay to send to")
                .hint("fedhub config explain relay_inbound"));
        }
        let (context, socket) = Self::socket(settings, timeout)?;
        relays.iter().try_for_each(|relay| connect(&socket, relay))?;
        Ok(Self::new(context, socket, relays.join(", "), relays.len(), timeout))
    }

    /// Binds the first of these addresses that is free, on every interface.
    pub fn bind_first_free(settings: &Settings, own: &[String], timeout: Duration) -> Result<Self> {
        let (context, socket) = Self::socket(settings, timeout)?;
        let mut refusals = Vec::new();
        for address in own {
            let port = address.rsplit_once(':').filter(|_| address.starts_with("tcp://"));
            let everywhere = port.map_or(address.clone(), |(_, port)| format!("tcp://*:{port}"));
            match bind(&socket, &everywhere) {
                Ok(bound) => return Ok(Self::new(context, socket, bound, 1, timeout)),
                Err(error) => refusals.push(error.to_string()),
            }
        }
        let why = if refusals.is_empty() { "there is none".into() } else { refusals.join("; ") };
        Err(Error::new(Kind::Unavailable, format!("no address of this publisher is free: {why}"))
            .hint("add an address to its list in endpoints"))
    }

    fn socket(settings: &Settings, timeout: Duration) -> Result<(Context, Socket)> {
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
        Ok((context, socket))
    }

    fn new(
        context: Context,
        socket: Socket,
        place: String,
        expected_peers: usize,
        timeout: Duration,
    ) -> Self {
        Self {
            socket,
            place,
            expected_peers,
            peers: 0,
            subscriptions: Vec::new(),
            timeout,
            _context: context,
        }
    }

    /// Sends one message. It is an error if nobody subscribed to its topic in time, or if those who
    /// did do not take it.
    pub fn publish(&mut self, topic: &str, body: &[u8]) -> Result<()> {
        self.wait_for_subscriber(topic)?;
        let sent = self.socket.send(topic, SNDMORE).and_then(|()| self.socket.send(body, 0));
        sent.map_err(|error| {
            let why = format!("{} does not take messages, so this one was not sent", self.place);
            Error::new(Kind::TryAgain, why).because(error).hint("is it overloaded or stopped?")
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
            match self.socket.poll(POLLIN, milliseconds) {
                Ok(_) | Err(zmq::Error::EINTR) => {}
                Err(error) => return Err(zmq_error("cannot wait for a subscriber".into(), error)),
            }
        }
    }

    /// Each subscription is a frame: 1 or 0 for its coming or going, then the prefix.
    fn take_subscriptions(&mut self) {
        while let Ok(frame) = self.socket.recv_bytes(DONTWAIT) {
            match frame.split_first() {
                Some((1, prefix)) => {
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
