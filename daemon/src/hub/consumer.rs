//! What a consumer of the hub is: something that deals with messages in order, or says why not.
//!
//! The hub reads the journal for it, moves its cursor, tries again, and puts aside what cannot be
//! dealt with. A consumer runs on a thread of its own and may block, but looks at [`Ending`] at least
//! ten times a second meanwhile.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use fedhub::bus::Tally;
use fedhub::config::{self, Config};
use fedhub::journal::Record;
use fedhub::{Error, Kind as ErrorKind, Result};

use super::rules::Rules;

/// After this time a consumer says what it has done so far, so that its cursor moves.
pub const SHARE: Duration = Duration::from_secs(1);

/// How many messages a consumer gets at once, unless it wants another number.
pub(super) const BATCH: usize = 500;

/// Deals with messages.
pub trait Consumer: Send {
    /// Deals with these messages in order, at least with the first, and with more while [`SHARE`] is not
    /// over. A message may come again after a
    /// failure or a crash; its msg_id tells.
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered;

    /// How many messages it wants at once; there may be fewer.
    fn batch(&self) -> usize {
        BATCH
    }
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivered {
    /// How many of the first messages were dealt with, for good.
    pub done: usize,
    /// What is wrong with the next one, if anything is.
    pub failure: Option<Failure>,
}

impl Delivered {
    /// All of a batch.
    pub fn all(batch: &[Record]) -> Self {
        Self { done: batch.len(), failure: None }
    }

    /// A part of it, and why not the rest.
    pub fn until(done: usize, failure: Failure) -> Self {
        Self { done, failure: Some(failure) }
    }
}

/// Why a message was not dealt with.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is the message's fault, as far as one can tell. It is tried again so many times, and then
    /// goes to quarantine.
    Message(String),
    /// Whom it is for is away. It is tried again until they are back.
    Unavailable {
        /// What is wrong.
        why: String,
        /// When they want to be asked again.
        retry_after: Option<Duration>,
    },
    /// They want no more messages, ever. The consumer rests until the hub starts anew.
    Gone(String),
}

/// What a consumer is made from.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Its name in the settings.
    pub name: &'a str,
    /// Its own settings.
    pub settings: &'a config::Consumer,
    /// All settings.
    pub config: &'a Config,
    /// What messages are about.
    pub rules: &'a Rules,
    /// Where it counts what it leaves out.
    pub left_out: &'a LeftOut,
}

/// Counts by reason what a consumer leaves out because it is meant to. Clones count together.
#[derive(Debug, Clone)]
pub struct LeftOut(Arc<Mutex<Tally>>);

impl Default for LeftOut {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Tally::new("messages that a consumer leaves out"))))
    }
}

impl LeftOut {
    /// Counts so many messages.
    pub fn add(&self, reason: &'static str, messages: usize) {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..messages {
            tally.add(reason);
        }
        tally.report();
    }

    /// Each reason with its count.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).counts().collect()
    }
}

impl Context<'_> {
    /// How long one message may take.
    pub fn timeout(&self) -> Result<Duration> {
        let seconds = self.settings.timeout;
        let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
        time.ok_or_else(|| {
            let what = format!("timeout is {seconds}, which is no time");
            Error::new(ErrorKind::Config, what)
        })
    }
}

/// A kind of consumer: the `type` in its settings, and how one is made.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The `type`.
    pub name: &'static str,
    /// Makes one. It fails only if the settings are wrong; who is away is found by delivering.
    pub build: fn(Context<'_>) -> Result<Box<dyn Consumer>>,
}

/// Tells a thread that it should end. Clones tell the same.
#[derive(Debug, Clone, Default)]
pub struct Ending(Arc<(Mutex<bool>, Condvar)>);

impl Ending {
    /// Asks for the end.
    pub fn ask(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether the end was asked for.
    pub fn asked(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass, less if the end is asked for meanwhile. Says whether it was.
    pub fn pause(&self, time: Duration) -> bool {
        let flag = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(flag, time, |asked| !*asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
