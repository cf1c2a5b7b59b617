//! Frames in, the same frames out: the core of relay and gateway.
//!
//! - [`outbound`]: the publishing side
//! - [`keeper`]: publishing after the commit, when there is a journal
//! - [`requests`]: the socket where publishers ask for receipts
//! - [`heartbeats`], [`counters`]: what a forwarder says about its stream and itself

mod counters;
mod heartbeats;
mod keeper;
mod outbound;
mod requests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use zmq::{Context, POLLIN, Socket};

use super::connections::Connections;
use super::frames::{Frames, Malformed};
use super::given::Given;
use super::settings::Settings;
use super::stop::{Stop, StopSignal};
use super::tally::Tally;
use super::zmq_error;
use crate::heartbeat;
use crate::journal::Journal;
use crate::{Error, Kind, Result};
pub use counters::{Count, Counters, Counts};
pub use heartbeats::Heartbeats;
use keeper::{Keeper, PATIENCE};
use outbound::Outbound;
use requests::Requests;

/// How many messages are forwarded before the other events are looked at.
const BURST: usize = 1000;
/// How many, when what the journal has answered waits meanwhile.
const JOURNALED_BURST: usize = 100;
/// How long that may take; signing is slow.
const BURST_TIME: Duration = Duration::from_millis(100);
/// How long messages that have reached this host may take to come out of ZeroMQ's own threads.
const SETTLE: Duration = Duration::from_millis(200);
/// The longest time without a sign of life.
const IDLE: Duration = Duration::from_secs(1);

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

/// What a forwarder needs to know.
pub struct ForwarderOptions {
    /// How its sockets are made.
    pub settings: Settings,
    /// Its stream: role and host, such as `relay.bus01`.
    pub stream: String,
    /// Where it receives.
    pub inbound: Inbound,
    /// Where it publishes.
    pub outbound: Vec<String>,
    /// The high-water mark towards subscribers, if it differs from that of the settings.
    pub outbound_high_water_mark: Option<u32>,
    /// Where publishers ask for receipts, which it gives once it has a journal.
    pub receipts: Vec<String>,
    /// Sockets the service manager has opened at some of these addresses.
    pub given: Given,
    /// What it does to bodies; without it they go through untouched.
    pub rewrite: Option<Rewrite>,
    /// What it says about its stream.
    pub heartbeats: Option<Heartbeats>,
}

/// Receives on one side and publishes on the other.
pub struct Forwarder {
    inbound: Socket,
    outbound: Outbound,
    requests: Option<Requests>,
    /// The addresses it receives on, as bound.
    pub inbound_addresses: Vec<String>,
    /// The addresses it publishes on, as bound.
    pub outbound_addresses: Vec<String>,
    connections: Option<Connections>,
    max_message_size: usize,
    frames: Frames,
    rewrite: Option<Rewrite>,
    keeper: Option<Keeper>,
    /// Whether it stopped receiving because the journal is behind.
    paused: bool,
    heartbeats: Option<Heartbeats>,
    counters: Arc<Counters>,
    dropped: Tally,
    signal: StopSignal,
    // Last, so that its sockets are closed before it waits for them.
    _context: Context,
}

impl Forwarder {
    /// Binds and connects everything. It forwards nothing before [`Forwarder::run`].
    pub fn new(options: ForwarderOptions) -> Result<(Self, Stop)> {
        let ForwarderOptions {
            settings,
            stream,
            inbound,
            outbound,
            outbound_high_water_mark,
            receipts,
            mut given,
            rewrite,
            heartbeats,
        } = options;
        let context = settings.context()?;
        let mut subscriber = settings.socket(&context, zmq::SUB)?;
        subscriber
            .set_subscribe(b"")
            .map_err(|error| zmq_error("cannot subscribe".into(), error))?;
        let mut publishing = settings.clone();
        publishing.high_water_mark = outbound_high_water_mark.unwrap_or(settings.high_water_mark);
        let mut publisher = publishing.socket(&context, zmq::XPUB)?;
        let outbound_addresses = bind_all(&mut given, &mut publisher, &outbound)?;
        let (inbound_addresses, connections) = match inbound {
            Inbound::Bind(addresses) => (bind_all(&mut given, &mut subscriber, &addresses)?, None),
            Inbound::Connect(addresses) => {
                let connections = Connections::open(&context, &subscriber, &addresses)?;
                (addresses, Some(connections))
            }
        };
        let requests = (!receipts.is_empty())
            .then(|| Requests::bind(&settings, &context, &mut given, &receipts, stream))
            .transpose()?;
        given.expect_all_used()?;
        let (stop, signal) = Stop::new()?;
        let counters = Arc::new(Counters::default());
        let forwarder = Self {
            inbound: subscriber,
            outbound: Outbound::new(publisher, Arc::clone(&counters))?,
            requests,
            inbound_addresses,
            outbound_addresses,
            connections,
            max_message_size: settings.max_message_size,
            frames: Frames::new(),
            rewrite,
            keeper: None,
            paused: false,
            heartbeats,
            counters,
            dropped: Tally::new("dropped malformed messages"),
            signal,
            _context: context,
        };
        Ok((forwarder, stop))
    }

    /// Puts what it publishes into a journal first.
    pub fn keep_in(&mut self, journal: Arc<Journal>) -> Result<()> {
        let from = |addresses: &[String]| match addresses {
            [only] => Some(Arc::from(only.as_str())),
            // ZeroMQ does not say from which of several a message came.
            _ => None,
        };
        let requests = self.requests.as_ref().and_then(|requests| from(&requests.addresses));
        let endpoints = keeper::Endpoints { inbound: from(&self.inbound_addresses), requests };
        self.keeper = Some(Keeper::new(journal, endpoints, Arc::clone(&self.counters))?);
        Ok(())
    }

    /// Where it gives receipts, as bound.
    pub fn receipts_addresses(&self) -> &[String] {
        self.requests.as_ref().map_or(&[], |requests| &requests.addresses)
    }

    /// What it counts.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Forwards until told to stop, then sends what it has within `grace`. `alive` is called at
    /// least every second while it works.
    pub fn run(mut self, grace: Duration, mut alive: impl FnMut(u64)) -> Result<()> {
        let mut stopping: Option<Instant> = None;
        loop {
            let more = self.burst()?;
            self.settle()?;
            self.beat()?;
            self.report();
            let patience = if more && !self.paused { Duration::ZERO } else { self.patience() };
            match stopping {
                // What had arrived before the end was asked for is sent on; a publisher that never
                // pauses does not keep us longer than half the grace period.
                Some(since) if since.elapsed() >= grace / 2 => break,
                Some(since) if !more && since.elapsed() >= SETTLE => break,
                Some(since) => {
                    let left = SETTLE.min(grace / 2).saturating_sub(since.elapsed());
                    self.wait(patience.min(left), true)?;
                }
                None => {
                    alive(self.counters.forwarded.get());
                    if self.wait(patience, false)? {
                        stopping = Some(Instant::now());
                    }
                }
            }
        }
        self.finish()?;
        let spent = stopping.map_or(Duration::ZERO, |since| since.elapsed());
        let left = grace.saturating_sub(spent);
        self.outbound.linger(left);
        self.requests.iter().for_each(|requests| requests.linger(left));
        Ok(())
    }

    /// Takes in what is there, up to a bound; says whether there may be more.
    fn burst(&mut self) -> Result<bool> {
        let before = std::mem::replace(&mut self.paused, false);
        let most = if self.keeper.is_some() { JOURNALED_BURST } else { BURST };
        let inbound = self.repeat(most, Self::take_message)?;
        let requests = self.repeat(most, Self::take_request)?;
        if self.paused && !before {
            self.counters.paused.add();
            tracing::warn!(
                "the journal is behind; nothing more is taken in until it has caught up"
            );
        }
        Ok(inbound || requests)
    }

    /// Takes one after the other until none is there, which it says with false.
    fn repeat(&mut self, most: usize, take: fn(&mut Self) -> Result<bool>) -> Result<bool> {
        let begin = Instant::now();
        for _ in 0..most {
            if self.keeper.as_ref().is_some_and(Keeper::is_full) {
                self.paused = true;
                return Ok(true);
            }
            if begin.elapsed() > BURST_TIME {
                return Ok(true);
            }
            if !take(self)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes a message from the inbound side; says whether there was one.
    fn take_message(&mut self) -> Result<bool> {
        let received = self
            .frames
            .receive(&self.inbound, self.max_message_size)
            .map_err(|error| zmq_error("cannot receive".into(), error))?;
        match received {
            None => return Ok(false),
            Some(Err(malformed)) => self.drop(malformed),
            // They speak of the stream that ends here.
            Some(Ok(())) if is_heartbeat(&self.frames.topic) => {}
            Some(Ok(())) => match rewritten(&mut self.rewrite, &mut self.frames) {
                Err(malformed) => self.drop(malformed),
                Ok(body) => match &mut self.keeper {
                    None => {
                        self.outbound.send(&self.frames.topic, body)?;
                        self.counters.forwarded.add();
                    }
                    Some(keeper) => {
                        let topic = std::mem::replace(&mut self.frames.topic, zmq::Message::new());
                        keeper.submit((topic, body), None);
                    }
                },
            },
        }
        Ok(true)
    }

    /// Takes a request for a receipt; says whether there was one.
    fn take_request(&mut self) -> Result<bool> {
        let (Some(requests), Some(keeper)) = (&self.requests, &mut self.keeper) else {
            return Ok(false);
        };
        let received = requests
            .receive(self.max_message_size)
            .map_err(|error| zmq_error("cannot receive".into(), error))?;
        let Some((envelope, received)) = received else { return Ok(false) };
        let error = match received {
            Ok(frames) if is_heartbeat(&frames.topic) => {
                Error::new(Kind::Data, "a heartbeat is not kept; this one was not taken")
            }
            Ok(mut frames) => match rewritten(&mut self.rewrite, &mut frames) {
                Ok(body) => {
                    keeper.submit((frames.topic, body), Some(envelope));
                    return Ok(true);
                }
                Err(malformed) => refusal(malformed),
            },
            Err(malformed) => refusal(malformed),
        };
        requests.refuse(envelope, &error);
        self.counters.receipts.add(counters::MALFORMED);
        Ok(true)
    }

    fn drop(&mut self, malformed: Malformed) {
        self.counters.dropped.add(malformed.name());
        self.dropped.add(malformed.name());
    }

    /// Publishes and answers what the journal has saved, or should have by now.
    fn settle(&mut self) -> Result<()> {
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        keeper.collect();
        while let Some(settled) = keeper.next() {
            if let Some((topic, body)) = settled.publish {
                self.outbound.send(&topic, body)?;
                self.counters.forwarded.add();
            }
            let (Some((request, receipt)), Some(requests)) = (settled.answer, &self.requests)
            else {
                continue;
            };
            match receipt {
                Ok(seq) => {
                    requests.confirm(request.envelope, request.msg_id.as_deref(), seq);
                    self.counters.receipts.add(counters::GIVEN);
                }
                Err(error) => {
                    requests.refuse(request.envelope, &error);
                    self.counters.receipts.add(counters::REFUSED);
                }
            }
        }
        Ok(())
    }

    /// Sends a heartbeat, if it is time.
    fn beat(&mut self) -> Result<()> {
        let Some(heartbeats) = &mut self.heartbeats else { return Ok(()) };
        if !heartbeats.wait().is_zero() {
            return Ok(());
        }
        let position = self.keeper.as_mut().map(Keeper::position);
        let (topic, body) = heartbeats.write(self.counters.forwarded.get(), position)?;
        self.outbound.send(topic.as_bytes(), body.into())?;
        self.counters.heartbeats.add();
        Ok(())
    }

    fn report(&mut self) {
        self.dropped.report();
        self.outbound.report();
        self.keeper.iter_mut().for_each(Keeper::report);
    }

    /// How long nothing has to be done unless something happens.
    fn patience(&self) -> Duration {
        let heartbeat = self.heartbeats.as_ref().map(Heartbeats::wait);
        let journal = self.keeper.as_ref().and_then(Keeper::wait);
        [heartbeat, journal].into_iter().flatten().fold(IDLE, Duration::min)
    }

    /// Waits for something to do; says whether the end was asked for. Once it was, it is not waited
    /// for any more.
    fn wait(&mut self, timeout: Duration, stopping: bool) -> Result<bool> {
        let mut items = vec![self.outbound.socket.as_poll_item(POLLIN)];
        if !self.paused {
            items.push(self.inbound.as_poll_item(POLLIN));
            items.extend(self.keeper.as_ref().and(self.requests.as_ref()).map(Requests::poll_item));
        }
        items.extend(self.keeper.as_ref().map(Keeper::poll_item));
        items.extend(self.connections.iter().flat_map(Connections::poll_items));
        if !stopping {
            items.push(self.signal.poll_item());
        }
        poll(&mut items, timeout)?;
        let stop = !stopping && items.last().is_some_and(|signal| !signal.get_revents().is_empty());
        drop(items);
        let topic = self.heartbeats.as_ref().map(Heartbeats::topic);
        if self.outbound.take_subscriptions(topic) {
            self.heartbeats.iter_mut().for_each(Heartbeats::await_one);
        }
        if let Some(connections) = &mut self.connections {
            connections.attend(&self.inbound);
        }
        Ok(stop)
    }

    /// Publishes and answers what has been taken in, which never takes longer than the journal is
    /// waited for.
    fn finish(&mut self) -> Result<()> {
        let begin = Instant::now();
        loop {
            self.settle()?;
            match &self.keeper {
                Some(keeper) if !keeper.is_empty() && begin.elapsed() <= PATIENCE * 2 => {
                    poll(&mut [keeper.poll_item()], PATIENCE)?;
                }
                _ => break,
            }
        }
        self.report();
        Ok(())
    }
}

/// The body to send, which is taken out of `frames`.
fn rewritten(
    rewrite: &mut Option<Rewrite>,
    frames: &mut Frames,
) -> Result<zmq::Message, Malformed> {
    match rewrite {
        None => Ok(std::mem::replace(&mut frames.body, zmq::Message::new())),
        Some(rewrite) => {
            let body = rewrite(frames.topic.as_str().unwrap_or_default(), &frames.body)?;
            Ok(body.into())
        }
    }
}

fn is_heartbeat(topic: &[u8]) -> bool {
    topic.strip_suffix(heartbeat::TOPIC.as_bytes()).is_some_and(|rest| rest.ends_with(b"."))
}

fn refusal(malformed: Malformed) -> Error {
    Error::new(Kind::Data, format!("the message was not taken: {}", malformed.name()))
        .hint("it has two frames, a topic in UTF-8 and a body, within max_message_size")
}

fn poll(items: &mut [zmq::PollItem<'_>], timeout: Duration) -> Result<()> {
    // Rounded up, or the last millisecond would be spent in vain attempts.
    let milliseconds = i64::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
    match zmq::poll(items, milliseconds) {
        Ok(_) | Err(zmq::Error::EINTR) => Ok(()),
        Err(error) => Err(zmq_error("cannot wait for messages".into(), error)),
    }
}

fn bind_all(given: &mut Given, socket: &mut Socket, addresses: &[String]) -> Result<Vec<String>> {
    if addresses.is_empty() {
        return Err(Error::new(Kind::Config, "there is no address to bind")
            .hint("fedhub config explain relay_outbound"));
    }
    given.bind_all(socket, addresses)
}
