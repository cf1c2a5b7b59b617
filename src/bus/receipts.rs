//! Durable publishing: a message is sent when the relay says that it is in its journal.
//!
//! The relay answers requests of REQ sockets: topic and body, and then one frame of JSON. This side is
//! a DEALER that numbers its requests the way REQ does (ZMQ_REQ_CORRELATE), so that many may be under way
//! at once, and an answer that comes too late is not taken for another's. So the relay's ROUTER gets
//! `[address, number, empty, topic, body]`, or without the number from a plain REQ, and sends back all
//! frames up to the first empty one before its answer.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use serde::Deserialize;
use zmq::{Context, DONTWAIT, POLLIN, POLLOUT, Socket};

use super::connections::Connections;
use super::settings::Settings;
use super::zmq_error;
use crate::error::exit;
use crate::{Error, Kind, Result, escape};

/// How many requests are under way at once.
const UNDER_WAY: usize = 256;
/// How many bytes of messages may be under way at once, though always one message.
const UNDER_WAY_BYTES: usize = 8 * 1024 * 1024;
/// An answer is short; a longer one is not from a relay.
const MAX_ANSWER: usize = 64 * 1024;
/// How often it is asked whether to give up, and how long a failed attempt to connect rests.
const GLANCE: Duration = Duration::from_millis(100);
/// When ZeroMQ would connect again by itself, in milliseconds: not while a link lives.
const NEVER: i32 = 3_600_000;
/// How many characters of a relay's words are passed on.
const MAX_WORDS: usize = 500;

/// What the relay says of a message that is in its journal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Receipt {
    /// The message's own id, if it has one.
    pub msg_id: Option<String>,
    /// Its number in the journal.
    pub seq: i64,
    /// The relay's stream, such as `relay.bus01`.
    pub stream: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: u8,
    #[serde(default)]
    error: String,
    hint: Option<String>,
}

/// A publisher that waits for receipts.
pub struct Receipts {
    settings: Settings,
    endpoints: Vec<String>,
    link: Option<Link>,
    /// The number of the last request.
    number: u32,
}

/// Connections to all relays, until one of them is there; then to this one alone. It is given up when an
/// answer fails to come, or when the connection is lost: what is under way then is sent again before
/// anything behind it.
///
/// ZeroMQ is not to make a lost connection anew, since it would send what was queued behind what is lost.
/// (ZMQ_IMMEDIATE discards the queue, but then libzmq 4.3.4 aborts the process, if it happens while an
/// answer is being read.)
struct Link {
    relays: Vec<Relay>,
    /// Whether only the relay that is there is left.
    chosen: bool,
    /// When connections that failed were last tried again.
    tried: Instant,
    // Last, so that its sockets are closed before it waits for them.
    _context: Context,
}

struct Relay {
    socket: Socket,
    connections: Connections,
}

impl Receipts {
    /// A publisher to a relay that has these addresses for receipts; whoever is there first gets the
    /// messages.
    pub fn connect(settings: &Settings, endpoints: &[String]) -> Result<Self> {
        if endpoints.is_empty() {
            return Err(Error::new(Kind::Config, "there is no relay to ask for receipts")
                .hint("fedhub config explain relay.receipts"));
        }
        let link = Some(Link::open(settings, endpoints)?);
        Ok(Self { settings: settings.clone(), endpoints: endpoints.to_vec(), link, number: 0 })
    }

    /// Sends one message; returns when the relay has it on disk. Without an answer in time, or if the
    /// relay cannot keep it now, the error is of [`Kind::TryAgain`].
    pub fn send(&mut self, topic: &str, body: &[u8], timeout: Duration) -> Result<Receipt> {
        let Sent { mut receipts, failure } = self.send_all(&[(topic, body)], timeout, &|| false);
        match failure {
            Some(failure) => Err(failure),
            None => receipts.pop().ok_or_else(|| Error::new(Kind::Bug, "an answer is missing")),
        }
    }

    /// Sends messages, many at a time, until one fails. `timeout` is how long none of them may be
    /// answered; it is given up before if `give_up` says so, which is asked ten times a second. Some
    /// after the one that failed may be in the journal too; the relay knows them when they come again.
    pub fn send_all(
        &mut self,
        messages: &[(&str, &[u8])],
        timeout: Duration,
        give_up: &dyn Fn() -> bool,
    ) -> Sent {
        let mut batch = Batch::new(messages, self.number.wrapping_add(1));
        let outcome = self.exchange(&mut batch, timeout, give_up);
        self.number = self.number.wrapping_add(messages.len() as u32);
        let mut sent = batch.outcome();
        if let Err(error) = outcome {
            // What comes over it from now on has no meaning any more.
            self.link = None;
            sent.failure.get_or_insert(error);
        }
        sent
    }

    fn exchange(
        &mut self,
        batch: &mut Batch<'_>,
        timeout: Duration,
        give_up: &dyn Fn() -> bool,
    ) -> Result<()> {
        let mut progress = Instant::now();
        while !batch.is_settled() {
            let link = match &mut self.link {
                Some(link) => link,
                None => self.link.insert(Link::open(&self.settings, &self.endpoints)?),
            };
            if link.is_lost() {
                self.link = None;
                batch.rewind();
                continue;
            }
            batch.send(link.socket(), self.settings.max_message_size)?;
            let left = timeout.saturating_sub(progress.elapsed());
            if left.is_zero() || give_up() {
                let place = self.endpoints.join(", ");
                let seconds = progress.elapsed().as_secs_f64();
                let why = format!("no receipt from {place} within {seconds:.2} s");
                return Err(Error::new(Kind::TryAgain, why).hint(
                    "start a relay with a journal there, or see fedhub config explain relay.receipts",
                ));
            }
            link.wait(batch.has_more_to_send(), left.min(GLANCE))?;
            while let Some(frames) = link.receive()? {
                if batch.take(&frames)? {
                    progress = Instant::now();
                }
            }
        }
        Ok(())
    }
}

/// What became of messages.
#[derive(Debug)]
pub struct Sent {
    /// The receipts of the first ones.
    pub receipts: Vec<Receipt>,
    /// Why the next one has none, if there is a next one.
    pub failure: Option<Error>,
}

impl Link {
    fn open(settings: &Settings, endpoints: &[String]) -> Result<Self> {
        let context = settings.context()?;
        let relay = |endpoint| Relay::open(settings, &context, endpoint);
        let relays = endpoints.iter().map(relay).collect::<Result<_>>()?;
        Ok(Self { relays, chosen: false, tried: Instant::now(), _context: context })
    }

    /// The socket of the relay that is there.
    fn socket(&self) -> Option<&Socket> {
        self.relays.first().filter(|_| self.chosen).map(|relay| &relay.socket)
    }

    /// Waits for an answer, for news of the connections or, to `send`, for room.
    fn wait(&self, send: bool, timeout: Duration) -> Result<()> {
        let news = self.relays.iter().flat_map(|relay| relay.connections.poll_items());
        let mut items: Vec<_> = news.collect();
        if let Some(socket) = self.socket() {
            items.push(socket.as_poll_item(if send { POLLIN | POLLOUT } else { POLLIN }));
        }
        let milliseconds = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX).max(1);
        match zmq::poll(&mut items, milliseconds) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(zmq_error("cannot wait for receipts".into(), error)),
        }
        Ok(())
    }

    /// Chooses the relay that is there first. Says whether a connection that was there is gone.
    fn is_lost(&mut self) -> bool {
        let mut first = None;
        for (index, relay) in self.relays.iter_mut().enumerate() {
            let changes = relay.connections.attend(&relay.socket);
            if changes.contains(&false) {
                return true;
            }
            if changes.contains(&true) && first.is_none() {
                first = Some(index);
            }
        }
        if self.chosen {
            return false;
        }
        if let Some(index) = first {
            self.relays.swap(0, index);
            self.relays.truncate(1);
            self.chosen = true;
        } else if self.tried.elapsed() >= GLANCE {
            self.relays.iter_mut().for_each(|relay| relay.connections.retry(&relay.socket));
            self.tried = Instant::now();
        }
        false
    }

    fn receive(&self) -> Result<Option<Vec<Vec<u8>>>> {
        let Some(socket) = self.socket() else { return Ok(None) };
        match socket.recv_multipart(DONTWAIT) {
            Ok(frames) => Ok(Some(frames)),
            Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => Ok(None),
            Err(error) => Err(zmq_error("cannot receive receipts".into(), error)),
        }
    }
}

impl Relay {
    fn open(settings: &Settings, context: &Context, endpoint: &String) -> Result<Self> {
        let socket = settings.socket(context, zmq::DEALER)?;
        socket
            .set_reconnect_ivl(NEVER)
            .and_then(|()| socket.set_reconnect_ivl_max(0))
            .and_then(|()| socket.set_linger(0))
            .map_err(|error| zmq_error("cannot make a ZeroMQ socket".into(), error))?;
        let connections = Connections::open(context, &socket, std::slice::from_ref(endpoint))?;
        Ok(Self { socket, connections })
    }
}

/// Messages on their way.
struct Batch<'a> {
    messages: &'a [(&'a str, &'a [u8])],
    /// The number of the first request.
    first: u32,
    /// How many were sent.
    sent: usize,
    answers: Vec<Option<Result<Receipt>>>,
    /// How many of the first messages have receipts.
    done: usize,
    failed: bool,
    answered: usize,
    /// Bytes of messages that were sent and not answered.
    bytes: usize,
}

impl<'a> Batch<'a> {
    fn new(messages: &'a [(&'a str, &'a [u8])], first: u32) -> Self {
        let answers = messages.iter().map(|_| None).collect();
        Self { messages, first, sent: 0, answers, done: 0, failed: false, answered: 0, bytes: 0 }
    }

    /// Whether all messages have receipts, or all before one that failed.
    fn is_settled(&self) -> bool {
        self.done == self.messages.len() || matches!(self.answers[self.done], Some(Err(_)))
    }

    fn has_more_to_send(&self) -> bool {
        let under_way = self.sent - self.answered;
        let room = under_way == 0 || under_way < UNDER_WAY && self.bytes < UNDER_WAY_BYTES;
        !self.failed && self.sent < self.messages.len() && room
    }

    /// Sends what may be under way and the socket takes, if there is one.
    fn send(&mut self, socket: Option<&Socket>, limit: usize) -> Result<()> {
        while self.has_more_to_send() {
            let (topic, body) = self.messages[self.sent];
            let size = topic.len() + body.len();
            if size > limit {
                let why = format!("the message has {size} bytes, more than {limit}");
                let hint = "fedhub config explain max_message_size";
                self.settle(self.sent, Err(Error::new(Kind::Data, why).hint(hint)));
                return Ok(());
            }
            let Some(socket) = socket else { return Ok(()) };
            let number = self.first.wrapping_add(self.sent as u32).to_be_bytes();
            let request: [&[u8]; 4] = [&number, b"", topic.as_bytes(), body];
            match socket.send_multipart(request, DONTWAIT) {
                Ok(()) => {}
                Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => return Ok(()),
                Err(error) => return Err(zmq_error("cannot send".into(), error)),
            }
            self.sent += 1;
            self.bytes += size;
        }
        Ok(())
    }

    /// Takes an answer; says whether it was to one of these messages, and not to one given up before.
    fn take(&mut self, frames: &[Vec<u8>]) -> Result<bool> {
        let strange = |why| Error::new(Kind::Protocol, format!("a strange answer: {why}"));
        let [number, empty, answer] = frames else { return Err(strange("its frames")) };
        let Ok(number) = number.as_slice().try_into() else { return Err(strange("its number")) };
        if !empty.is_empty() || answer.len() > MAX_ANSWER {
            return Err(strange("its size"));
        }
        let index = u32::from_be_bytes(number).wrapping_sub(self.first) as usize;
        if index >= self.sent || self.answers[index].is_some() {
            return Ok(false);
        }
        let (topic, body) = self.messages[index];
        self.bytes -= topic.len() + body.len();
        self.answered += 1;
        self.settle(index, read(answer));
        Ok(true)
    }

    fn settle(&mut self, index: usize, answer: Result<Receipt>) {
        self.failed |= answer.is_err();
        self.answers[index] = Some(answer);
        while matches!(self.answers.get(self.done), Some(Some(Ok(_)))) {
            self.done += 1;
        }
    }

    /// Forgets what was sent behind the last receipt that lacks none before it.
    fn rewind(&mut self) {
        self.answers[self.done..self.sent].fill_with(|| None);
        (self.sent, self.answered, self.bytes, self.failed) = (self.done, self.done, 0, false);
    }

    fn outcome(self) -> Sent {
        let mut receipts = Vec::with_capacity(self.done);
        for answer in self.answers {
            match answer {
                Some(Ok(receipt)) => receipts.push(receipt),
                Some(Err(failure)) => return Sent { receipts, failure: Some(failure) },
                None => break,
            }
        }
        Sent { receipts, failure: None }
    }
}

/// What a relay answered.
fn read(answer: &[u8]) -> Result<Receipt> {
    let strange = |error: serde_json::Error| {
        Error::new(Kind::Protocol, "the answer is not a receipt").because(error)
    };
    let value: serde_json::Value = serde_json::from_slice(answer).map_err(strange)?;
    if value["ok"] == true {
        return serde_json::from_value(value).map_err(strange);
    }
    let refusal: Refusal = serde_json::from_value(value).map_err(strange)?;
    let words = |text: &str| escape::text(&text.chars().take(MAX_WORDS).collect::<String>());
    let kind = match refusal.code {
        exit::DATA => Kind::Data,
        exit::PERMISSION => Kind::Permission,
        _ => Kind::TryAgain,
    };
    let error = Error::new(kind, format!("the relay refuses: {}", words(&refusal.error)));
    Err(match refusal.hint {
        Some(hint) => error.hint(words(&hint)),
        None => error,
    })
}
