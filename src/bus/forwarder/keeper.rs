//! Publishing in the order of the journal: a message waits here until it is on disk.
//!
//! A journal that fails, or does not answer in time, does not silence the bus: messages then go out
//! before they are saved. Only those whose publisher wants a receipt do not: they are refused, and go
//! out if the journal has saved them after all.

use std::collections::{HashMap, VecDeque};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zmq::{POLLIN, PollItem};

use super::super::tally::Tally;
use super::counters::{Counters, FAILING, FULL, SLOW};
use super::requests::Envelope;
use crate::heartbeat::Position;
use crate::journal::{self, Entry, Full, Journal, Outcome, Receipt, UNCHECKED};
use crate::message::Message;
use crate::{Error, Kind, Result};

/// How much may wait; then nothing more is taken in.
const MAX_MESSAGES: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How long the journal may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// Where messages come from, as the journal has it.
pub(super) struct Endpoints {
    pub(super) inbound: Option<Arc<str>>,
    pub(super) requests: Option<Arc<str>>,
}

/// Who wants a receipt.
pub(super) struct Request {
    pub(super) envelope: Envelope,
    pub(super) msg_id: Option<String>,
}

/// Both frames.
pub(super) type Frames = (zmq::Message, zmq::Message);

/// What is to be done about a message.
pub(super) struct Settled {
    /// To be published first.
    pub(super) publish: Option<Frames>,
    /// Then to be answered: with its number, or why it is not saved.
    pub(super) answer: Option<(Request, Result<i64>)>,
}

/// A message that is not published yet.
struct Waiting {
    frames: Frames,
    endpoint: Option<Arc<str>>,
    since: Instant,
    request: Option<Request>,
    answer: Option<Answer>,
}

impl Waiting {
    fn bytes(&self) -> usize {
        self.frames.0.len() + self.frames.1.len()
    }
}

enum Answer {
    Saved(Receipt),
    Failed(Error),
    /// Too much waits for the journal.
    NoRoom,
    /// The journal has it and is not asked, because it is stuck.
    Unawaited,
}

/// A message that the journal may still answer after nobody waits for that any more.
enum Overdue {
    Published(Entry),
    /// Its publisher was told to try again.
    Refused(Frames),
}

/// What the journal's thread has answered and this one has not looked at yet. There is at most one
/// for each message that the journal has taken.
struct Answers {
    arrived: Mutex<Vec<(u64, Result<Receipt>)>>,
    /// Whether a byte is in the pipe.
    woken: AtomicBool,
    waker: PipeWriter,
}

impl Answers {
    fn put(&self, ticket: u64, answer: Result<Receipt>) {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).push((ticket, answer));
        if !self.woken.swap(true, Ordering::SeqCst) {
            // It fails only when the forwarder has ended.
            let _ = (&self.waker).write_all(b".");
        }
    }

    fn take(&self, mut wake: &PipeReader) -> Vec<(u64, Result<Receipt>)> {
        if !self.woken.load(Ordering::SeqCst) {
            return Vec::new();
        }
        // Whoever has set the flag writes a byte.
        let _ = wake.read(&mut [0]);
        self.woken.store(false, Ordering::SeqCst);
        std::mem::take(&mut self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Puts messages into the journal, and says when to publish them.
pub(super) struct Keeper {
    journal: Arc<Journal>,
    endpoints: Endpoints,
    answers: Arc<Answers>,
    wake: PipeReader,
    arrived: VecDeque<(u64, Result<Receipt>)>,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// The number under which the first of `waiting` went to the journal.
    first: u64,
    overdue: HashMap<u64, Overdue>,
    /// All messages in the journal up to this one are published.
    published: i64,
    /// Up to here the journal may have some that only an earlier life or a refused publisher knows of.
    unsure: i64,
    /// Whether a message was refused that may yet be found in the journal.
    doubt: bool,
    counters: Arc<Counters>,
    not_journaled: Tally,
}

impl Keeper {
    pub(super) fn new(
        journal: Arc<Journal>,
        endpoints: Endpoints,
        counters: Arc<Counters>,
    ) -> Result<Self> {
        let (wake, waker) =
            std::io::pipe().map_err(|error| Error::io("cannot make a pipe", error))?;
        let woken = AtomicBool::new(false);
        let answers = Arc::new(Answers { arrived: Mutex::default(), woken, waker });
        let head = journal.head();
        Ok(Self {
            // Earlier lives may have ended before they published the last of these; subscribers see
            // that they do not have them, and ask for them.
            published: head,
            unsure: head,
            doubt: false,
            journal,
            endpoints,
            answers,
            wake,
            arrived: VecDeque::new(),
            waiting: VecDeque::new(),
            bytes: 0,
            first: 0,
            overdue: HashMap::new(),
            counters,
            not_journaled: Tally::new("messages sent on before they were in the journal"),
        })
    }

    /// Hands a message to the journal.
    pub(super) fn submit(&mut self, frames: Frames, envelope: Option<Envelope>) {
        let Endpoints { inbound, requests } = &self.endpoints;
        let endpoint = if envelope.is_some() { requests.clone() } else { inbound.clone() };
        let entry = entry(&frames, endpoint.clone());
        let msg_id = || entry.message.msg_id().map(str::to_owned);
        let request = envelope.map(|envelope| Request { envelope, msg_id: msg_id() });
        let answer = if request.is_none() && !self.overdue.is_empty() {
            Some(self.journal.submit(entry).map_or(Answer::NoRoom, |()| Answer::Unawaited))
        } else {
            let ticket = self.first + self.waiting.len() as u64;
            let answers = Arc::clone(&self.answers);
            let done = Box::new(move |answer| answers.put(ticket, answer));
            self.journal.submit_with(entry, done).err().map(|Full| Answer::NoRoom)
        };
        let waiting = Waiting { frames, endpoint, since: Instant::now(), request, answer };
        self.bytes += waiting.bytes();
        self.waiting.push_back(waiting);
    }

    /// Whether no more may be submitted now.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_MESSAGES || self.bytes >= MAX_BYTES
    }

    /// Whether nothing waits to be published.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Ready when the journal has answered.
    pub(super) fn poll_item(&self) -> PollItem<'_> {
        PollItem::from_fd(self.wake.as_raw_fd(), POLLIN)
    }

    /// How long it is until something is to be done even if the journal does not answer.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.waiting.front().map(|first| PATIENCE.saturating_sub(first.since.elapsed()))
    }

    /// Takes what the journal has answered, for [`Keeper::next`].
    pub(super) fn collect(&mut self) {
        self.arrived.extend(self.answers.take(&self.wake));
    }

    /// The next thing to do, in order.
    pub(super) fn next(&mut self) -> Option<Settled> {
        while let Some((ticket, answer)) = self.arrived.pop_front() {
            let place =
                ticket.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
            let waiting = place.and_then(|place| self.waiting.get_mut(place));
            match waiting {
                Some(waiting) => {
                    waiting.answer = Some(answer.map_or_else(Answer::Failed, Answer::Saved));
                }
                None => {
                    let settled = self.answered_late(ticket, answer);
                    if settled.is_some() {
                        return settled;
                    }
                }
            }
        }
        let first = self.waiting.front()?;
        // A journal that has one overdue is stuck; then nobody waits for it until it has caught up.
        let late = !self.overdue.is_empty() || first.since.elapsed() >= PATIENCE;
        if first.answer.is_none() && !late {
            return None;
        }
        let first = self.waiting.pop_front()?;
        let ticket = self.first;
        self.first += 1;
        self.bytes -= first.bytes();
        Some(self.settle(ticket, first))
    }

    fn settle(&mut self, ticket: u64, waiting: Waiting) -> Settled {
        let Waiting { frames, endpoint, request, answer, .. } = waiting;
        match request {
            None => {
                self.settle_plain(ticket, &frames, endpoint, answer);
                Settled { publish: Some(frames), answer: None }
            }
            Some(request) => {
                let (publish, receipt) = self.settle_request(ticket, frames, answer);
                Settled { publish, answer: Some((request, receipt)) }
            }
        }
    }

    /// What nobody wants a receipt for is published in any case.
    fn settle_plain(
        &mut self,
        ticket: u64,
        frames: &Frames,
        endpoint: Option<Arc<str>>,
        answer: Option<Answer>,
    ) {
        match answer {
            Some(Answer::Saved(receipt)) => self.saved(receipt),
            Some(Answer::Failed(_)) => {
                self.count(FAILING);
                self.keep_trying(entry(frames, endpoint));
            }
            Some(Answer::NoRoom) => self.count(FULL),
            Some(Answer::Unawaited) => self.count(SLOW),
            None => {
                self.count(SLOW);
                self.overdue.insert(ticket, Overdue::Published(entry(frames, endpoint)));
            }
        }
    }

    fn settle_request(
        &mut self,
        ticket: u64,
        frames: Frames,
        answer: Option<Answer>,
    ) -> (Option<Frames>, Result<i64>) {
        match answer {
            Some(Answer::Saved(receipt)) => {
                self.saved(receipt);
                ((!self.is_out(receipt)).then_some(frames), Ok(receipt.seq))
            }
            Some(Answer::Failed(error)) => {
                self.doubt = true;
                (None, Err(refused("it cannot be written", Some(error))))
            }
            Some(Answer::NoRoom | Answer::Unawaited) => {
                (None, Err(refused("too much waits for it", None)))
            }
            None => {
                self.overdue.insert(ticket, Overdue::Refused(frames));
                (None, Err(refused("it does not answer", None)))
            }
        }
    }

    fn answered_late(&mut self, ticket: u64, answer: Result<Receipt>) -> Option<Settled> {
        match (self.overdue.remove(&ticket)?, answer) {
            (Overdue::Published(_), Ok(receipt)) => self.saved(receipt),
            (Overdue::Published(entry), Err(_)) => self.keep_trying(entry),
            (Overdue::Refused(frames), Ok(receipt)) => {
                self.saved(receipt);
                // It is in the journal now, so its publisher's next attempt counts as repeated.
                let publish = (!self.is_out(receipt)).then_some(frames);
                return Some(Settled { publish, answer: None });
            }
            (Overdue::Refused(_), Err(_)) => self.doubt = true,
        }
        None
    }

    fn saved(&mut self, receipt: Receipt) {
        self.published = self.published.max(receipt.seq);
        if self.doubt && receipt.outcome != Outcome::Duplicate {
            // What was refused is before this one, if it is there.
            (self.unsure, self.doubt) = (receipt.seq - 1, false);
        }
    }

    /// Whether a message is published already: its publisher asks again for a lost receipt.
    fn is_out(&self, receipt: Receipt) -> bool {
        receipt.outcome == Outcome::Duplicate && !self.doubt && receipt.seq > self.unsure
    }

    /// Leaves it to the journal to write a message that is published already.
    fn keep_trying(&mut self, entry: Entry) {
        if self.journal.submit(entry).is_err() {
            self.count(FULL);
        }
    }

    fn count(&mut self, reason: &'static str) {
        self.counters.not_journaled.add(reason);
        self.not_journaled.add(reason);
    }

    /// How far the journal goes without anything that is not published yet.
    pub(super) fn position(&mut self) -> Position {
        if self.waiting.is_empty() && self.overdue.is_empty() {
            // Also what the journal has written after it had failed.
            self.published = self.published.max(self.journal.head());
        }
        Position { epoch: self.journal.epoch().to_owned(), seq: self.published }
    }

    pub(super) fn report(&mut self) {
        self.not_journaled.report();
    }
}

fn entry((topic, body): &Frames, endpoint: Option<Arc<str>>) -> Entry {
    let message = Message::new(topic.as_str().unwrap_or_default(), &body[..]);
    Entry { message, received: journal::now(), endpoint, verdict: UNCHECKED }
}

fn refused(why: &str, error: Option<Error>) -> Error {
    let refused = Error::new(Kind::TryAgain, format!("the message is not in the journal: {why}"))
        .hint("send it again later; fedhub check journal says how the relay's journal is");
    match error {
        Some(error) => refused.because(error),
        None => refused,
    }
}
