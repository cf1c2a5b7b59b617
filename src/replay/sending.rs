//! Sending messages again as they are, when they are due, and counting what became of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::bus::{Publisher, Receipts, Sent, Settings};
use crate::config::Config;
use crate::message::Message;
use crate::{Error, Kind, Result, escape};

/// How many messages and bytes wait for receipts at once.
const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How often it is asked whether to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Where messages are sent.
#[derive(Debug, Clone)]
pub struct Target {
    settings: Settings,
    /// Whoever is there first gets the messages.
    endpoints: Vec<String>,
    durable: bool,
    /// How long somebody who does not take messages is waited for.
    timeout: Duration,
}

/// What became of a message, or of several.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// So many were sent.
    Sent(u64),
    /// This one cannot be sent.
    Refused(&'a Message, Error),
}

/// How many messages were sent, and how many cannot be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that were sent.
    pub sent: u64,
    /// Those that nobody takes, such as too large ones.
    pub refused: u64,
}

enum Way {
    Bus(Box<Publisher>),
    Durable(Receipts),
}

/// Sends messages when they are due.
pub struct Sender<T> {
    way: Way,
    timeout: Duration,
    /// Messages that are due and not sent yet.
    batch: Vec<Message>,
    bytes: usize,
    counts: Counts,
    stop: Arc<AtomicBool>,
    tell: T,
}

impl Target {
    /// That of the settings, or `endpoint` instead: a relay; with `durable`, one that gives a receipt of each
    /// message.
    pub fn new(config: &Config, endpoint: Option<&str>, durable: bool) -> Self {
        let usual = if durable { &config.relay.receipts.0 } else { &config.relay_inbound.0 };
        Self {
            settings: Settings::from(config),
            endpoints: endpoint.map_or_else(|| usual.clone(), |one| vec![one.to_owned()]),
            durable,
            timeout: Duration::from_secs_f64(config.publish_timeout),
        }
    }

    /// The same, at another address.
    pub fn at(&self, endpoint: &str) -> Self {
        Self { endpoints: vec![endpoint.to_owned()], ..self.clone() }
    }

    /// Its addresses, for people.
    pub fn name(&self) -> String {
        self.endpoints.join(", ")
    }

    /// Whether there are receipts.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Connects. `tell` hears what becomes of each message; nothing more is sent once `stop` is true.
    pub fn connect<T: FnMut(Outcome<'_>)>(
        &self,
        stop: Arc<AtomicBool>,
        tell: T,
    ) -> Result<Sender<T>> {
        let Self { settings, endpoints, timeout, .. } = self;
        let way = if self.durable {
            Way::Durable(Receipts::connect(settings, endpoints)?)
        } else {
            Way::Bus(Box::new(Publisher::connect(settings, endpoints, *timeout)?))
        };
        let (batch, bytes, counts) = (Vec::new(), 0, Counts::default());
        Ok(Sender { way, timeout: *timeout, batch, bytes, counts, stop, tell })
    }
}

impl<T: FnMut(Outcome<'_>)> Sender<T> {
    /// Sends a message when it is due. One that is too large is counted, and the others go on.
    pub fn send(&mut self, due: Instant, message: Message) -> Result<()> {
        let early = due.saturating_duration_since(Instant::now());
        if !early.is_zero() {
            self.flush()?;
        }
        while let left = due.saturating_duration_since(Instant::now())
            && !left.is_zero()
        {
            self.check()?;
            std::thread::sleep(left.min(GLANCE));
        }
        self.bytes += message.topic().len() + message.body().len();
        self.batch.push(message);
        if self.batch.len() >= BATCH_MESSAGES || self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        let mut rest = batch.as_slice();
        while let Some(first) = rest.first() {
            self.check()?;
            let (done, failure) = match &mut self.way {
                Way::Bus(publisher) => {
                    let outcome = publisher.publish(first.topic(), first.body());
                    (usize::from(outcome.is_ok()), outcome.err())
                }
                Way::Durable(receipts) => {
                    let messages: Vec<_> =
                        rest.iter().map(|message| (message.topic(), message.body())).collect();
                    let give_up = || self.stop.load(Ordering::Relaxed);
                    let Sent { receipts, failure } =
                        receipts.send_all(&messages, self.timeout, &give_up);
                    (receipts.len(), failure)
                }
            };
            self.counts.sent += done as u64;
            (self.tell)(Outcome::Sent(done as u64));
            rest = &rest[done..];
            match (failure, rest.first()) {
                (None, _) => {}
                (Some(error), Some(refused)) if error.kind() == Kind::Data => {
                    self.counts.refused += 1;
                    (self.tell)(Outcome::Refused(refused, error));
                    rest = &rest[1..];
                }
                (Some(error), _) => return Err(error),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::TryAgain, "interrupted"));
        }
        Ok(())
    }

    /// Hands over what is left, unless what came before has failed, and says how many were sent.
    pub fn finish<E: From<Error>>(
        mut self,
        outcome: std::result::Result<(), E>,
    ) -> (Counts, std::result::Result<(), E>) {
        let mut outcome = outcome.and_then(|()| Ok(self.flush()?));
        if let Way::Bus(publisher) = self.way {
            // The first failure says more.
            let closed = publisher.close();
            outcome = outcome.and_then(|()| Ok(closed?));
        }
        (self.counts, outcome)
    }
}

impl Outcome<'_> {
    /// A line about a message that cannot be sent.
    pub fn refusal(&self) -> Option<String> {
        match self {
            Outcome::Sent(_) => None,
            Outcome::Refused(message, error) => {
                let what = format!("not sent: {} {error}", message.msg_id().unwrap_or("-"));
                Some(escape::text(&what))
            }
        }
    }
}
