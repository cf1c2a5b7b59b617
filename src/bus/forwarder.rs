//! Frames in, the same frames out: the core of relay and gateway.

use std::time::{Duration, Instant};

use zmq::{Context, DONTWAIT, POLLIN, SNDMORE, Socket};

use super::connections::Connections;
use super::frames::{Frames, Malformed};
use super::settings::{Settings, bind, set_option};
use super::stop::{Stop, StopSignal};
use super::tally::Tally;
use super::zmq_error;
use crate::{Error, Kind, Result};

/// How many messages are forwarded before the other events are looked at.
const BURST: usize = 1000;
/// How long that may take; signing is slow.
const BURST_TIME: Duration = Duration::from_millis(100);
/// How long messages that have reached this host may take to come out of ZeroMQ's own threads.
const SETTLE: Duration = Duration::from_millis(200);

/// Where a forwarder receives.
#[derive(Debug, Clone)]
pub enum Inbound {
    /// Publishers connect here.
    Bind(Vec<String>),
    /// Publishers are bound there.
    Connect(Vec<String>),
}

/// Makes another body of a message, or says why it cannot.
pub type Rewrite = Box<dyn FnMut(&str, &[u8]) -> Result<Vec<u8>, Malformed> + Send>;

/// Is shown each message before it is sent on. It must not wait. An error names why it could not take
/// the message, which is sent on all the same.
pub type Tap = Box<dyn FnMut(&str, &[u8]) -> Result<(), &'static str> + Send>;

/// What a forwarder needs to know.
pub struct ForwarderOptions {
    /// How its sockets are made.
    pub settings: Settings,
    /// Where it receives.
    pub inbound: Inbound,
    /// Where it publishes.
    pub outbound: Vec<String>,
    /// The high-water mark towards subscribers, if it differs from that of the settings.
    pub outbound_high_water_mark: Option<u32>,
    /// What it does to bodies; without it they go through untouched.
    pub rewrite: Option<Rewrite>,
    /// Who else gets what is sent on.
    pub tap: Option<Tap>,
}

/// What a forwarder did in its life.
#[derive(Debug)]
pub struct Forwarded {
    /// Messages sent on.
    pub messages: u64,
    /// Messages dropped, by reason.
    pub dropped: Tally,
    /// Messages that found the queue of a subscriber full. ZeroMQ drops more for it until it has
    /// caught up, and does not say how many.
    pub fell_behind: u64,
    /// Messages the tap could not take, by reason.
    pub not_tapped: Tally,
}

/// Receives on one side and publishes on the other.
pub struct Forwarder {
    inbound: Socket,
    outbound: Outbound,
    /// The addresses it receives on, as bound.
    pub inbound_addresses: Vec<String>,
    /// The addresses it publishes on, as bound.
    pub outbound_addresses: Vec<String>,
    connections: Option<Connections>,
    max_message_size: usize,
    rewrite: Option<Rewrite>,
    tap: Option<Tap>,
    signal: StopSignal,
    // Last, so that its sockets are closed before it waits for them.
    _context: Context,
}

impl Forwarder {
    /// Binds and connects everything. It forwards nothing before [`Forwarder::run`].
    pub fn new(options: ForwarderOptions) -> Result<(Self, Stop)> {
        let ForwarderOptions {
            settings,
            inbound,
            outbound,
            outbound_high_water_mark,
            rewrite,
            tap,
        } = options;
        let context = settings.context()?;
        let subscriber = settings.socket(&context, zmq::SUB)?;
        subscriber
            .set_subscribe(b"")
            .map_err(|error| zmq_error("cannot subscribe".into(), error))?;
        let mut publishing = settings.clone();
        publishing.high_water_mark = outbound_high_water_mark.unwrap_or(settings.high_water_mark);
        let publisher = publishing.socket(&context, zmq::XPUB)?;
        let outbound_addresses = bind_all(&publisher, &outbound)?;
        let (inbound_addresses, connections) = match inbound {
            Inbound::Bind(addresses) => (bind_all(&subscriber, &addresses)?, None),
            Inbound::Connect(addresses) => {
                let connections = Connections::open(&context, &subscriber, &addresses)?;
                (addresses, Some(connections))
            }
        };
        let (stop, signal) = Stop::new()?;
        let forwarder = Self {
            inbound: subscriber,
            outbound: Outbound::new(publisher)?,
            inbound_addresses,
            outbound_addresses,
            connections,
            max_message_size: publishing.max_message_size,
            rewrite,
            tap,
            signal,
            _context: context,
        };
        Ok((forwarder, stop))
    }

    /// Forwards until told to stop, then sends what it has within `grace`. `alive` is called at
    /// least every second while it works.
    pub fn run(mut self, grace: Duration, mut alive: impl FnMut(u64)) -> Result<Forwarded> {
        let mut done = Forwarded {
            messages: 0,
            dropped: Tally::new("dropped malformed messages"),
            fell_behind: 0,
            not_tapped: Tally::new("messages sent on and not kept"),
        };
        let mut frames = Frames::new();
        let mut stopping: Option<Instant> = None;
        loop {
            let more = self.burst(&mut frames, &mut done)?;
            done.dropped.report();
            done.not_tapped.report();
            self.outbound.report();
            match stopping {
                // What had arrived before the end was asked for is sent on; a publisher that never
                // pauses does not keep us longer than half the grace period.
                Some(since) if since.elapsed() >= grace / 2 => break,
                Some(since) if !more && !self.more_comes(since) => break,
                Some(_) => {}
                None => {
                    alive(done.messages);
                    if self.wait(if more { 0 } else { 1000 })? {
                        stopping = Some(Instant::now());
                    }
                }
            }
        }
        done.fell_behind = self.outbound.fell_behind;
        let spent = stopping.map_or(Duration::ZERO, |since| since.elapsed());
        self.outbound.linger(grace.saturating_sub(spent));
        Ok(done)
    }

    /// Forwards what is there, up to a bound; says whether there may be more.
    fn burst(&mut self, frames: &mut Frames, done: &mut Forwarded) -> Result<bool> {
        let begin = Instant::now();
        for _ in 0..BURST {
            if begin.elapsed() > BURST_TIME {
                return Ok(true);
            }
            let received = frames
                .receive(&self.inbound, self.max_message_size)
                .map_err(|error| zmq_error("cannot receive".into(), error))?;
            let outcome = match received {
                None => return Ok(false),
                Some(Err(malformed)) => Err(malformed),
                Some(Ok(())) => self.forward(frames, &mut done.not_tapped)?,
            };
            match outcome {
                Ok(()) => done.messages += 1,
                Err(malformed) => done.dropped.add(malformed.name()),
            }
        }
        Ok(true)
    }

    /// Whether another message comes while those that had arrived at `since` may still do.
    fn more_comes(&self, since: Instant) -> bool {
        let left = SETTLE.saturating_sub(since.elapsed()).as_millis();
        matches!(self.inbound.poll(POLLIN, i64::try_from(left).unwrap_or(0)), Ok(1..))
    }

    fn forward(
        &mut self,
        frames: &mut Frames,
        not_tapped: &mut Tally,
    ) -> Result<Result<(), Malformed>> {
        let body = match &mut self.rewrite {
            None => std::mem::replace(&mut frames.body, zmq::Message::new()),
            Some(rewrite) => {
                match rewrite(frames.topic.as_str().unwrap_or_default(), &frames.body) {
                    Ok(body) => body.into(),
                    Err(malformed) => return Ok(Err(malformed)),
                }
            }
        };
        if let Some(tap) = &mut self.tap
            && let Err(reason) = tap(frames.topic.as_str().unwrap_or_default(), &body)
        {
            not_tapped.add(reason);
        }
        self.outbound.send(&frames.topic, body)?;
        Ok(Ok(()))
    }

    /// Waits for something to do; says whether the end was asked for.
    fn wait(&mut self, timeout_ms: i64) -> Result<bool> {
        let mut items = vec![
            self.signal.poll_item(),
            self.inbound.as_poll_item(POLLIN),
            self.outbound.socket.as_poll_item(POLLIN),
        ];
        items.extend(self.connections.iter().flat_map(Connections::poll_items));
        match zmq::poll(&mut items, timeout_ms) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(zmq_error("cannot wait for messages".into(), error)),
        }
        let stop = !items[0].get_revents().is_empty();
        drop(items);
        self.outbound.take_subscriptions();
        if let Some(connections) = &mut self.connections {
            connections.attend(&self.inbound);
        }
        Ok(stop)
    }
}

fn bind_all(socket: &Socket, addresses: &[String]) -> Result<Vec<String>> {
    if addresses.is_empty() {
        return Err(Error::new(Kind::Config, "there is no address to bind")
            .hint("fedhub config explain relay_outbound"));
    }
    addresses.iter().map(|address| bind(socket, address)).collect()
}

/// The publishing side. It is an XPUB that is normally not allowed to drop: then a send that would
/// drop fails instead, which is how a subscriber that fell behind is seen. That one message is sent
/// again with dropping allowed, so nobody else waits.
struct Outbound {
    socket: Socket,
    fell_behind: u64,
    tally: Tally,
}

impl Outbound {
    fn new(socket: Socket) -> Result<Self> {
        let tally = Tally::new("a subscriber fell behind and ZeroMQ drops messages for it");
        let mut outbound = Self { socket, fell_behind: 0, tally };
        outbound.forbid_dropping(true)?;
        Ok(outbound)
    }

    fn send(&mut self, topic: &[u8], body: zmq::Message) -> Result<()> {
        let failed = |error| zmq_error("cannot publish".into(), error);
        let send_topic = || {
            loop {
                match self.socket.send(topic, SNDMORE | DONTWAIT) {
                    Err(zmq::Error::EINTR) => {}
                    result => return result,
                }
            }
        };
        let lossy = match send_topic() {
            Ok(()) => false,
            Err(zmq::Error::EAGAIN) => {
                self.fell_behind += 1;
                self.tally.add("messages that found a full queue");
                self.forbid_dropping(false)?;
                self.socket.send(topic, SNDMORE | DONTWAIT).map_err(failed)?;
                true
            }
            Err(error) => return Err(failed(error)),
        };
        self.socket.send(body, DONTWAIT).map_err(failed)?;
        if lossy {
            self.forbid_dropping(true)?;
        }
        Ok(())
    }

    fn forbid_dropping(&mut self, on: bool) -> Result<()> {
        set_option(&mut self.socket, zmq_sys::ZMQ_XPUB_NODROP, on.into())
    }

    /// Subscriptions are handed to us too; they must be taken or they pile up. A client that floods
    /// us with them does not keep us from forwarding.
    fn take_subscriptions(&mut self) {
        let mut subscription = zmq::Message::new();
        for _ in 0..BURST {
            if self.socket.recv(&mut subscription, DONTWAIT).is_err() {
                return;
            }
            tracing::debug!(subscription = ?String::from_utf8_lossy(&subscription));
        }
    }

    fn report(&mut self) {
        self.tally.report();
    }

    fn linger(&self, time: Duration) {
        let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
        // It fails only on a closed socket, which this is not.
        let _ = self.socket.set_linger(milliseconds);
    }
}
