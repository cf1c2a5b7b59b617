//! Catching up: what the hub missed is fetched from others before it goes live.
//!
//! [`run`] reads each place until it is close to the present. Then the hub connects to the bus, and
//! [`settle`] reads once more what came in between and what had not reached the archive yet; messages
//! that came both ways are one in the journal. A place that does not answer for long does not keep the
//! hub from going live: `settle` goes on with it, as long as it takes, and so does the next start.

mod covered;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use fedhub::catch_up::{Batch, Datagrepper, Failure, Source};
use fedhub::config::Config;
use fedhub::journal::{self, Store, StreamPosition};
use fedhub::message::Message;
use fedhub::{Error, Result};

use self::covered::{Covered, OVERLAP};
use super::Begin;
use super::consumer::Ending;

/// The stream under which the position in a datagrepper is kept.
const DATAGREPPER: &str = "datagrepper";
/// How often the end is looked at while nothing comes.
const GLANCE: Duration = Duration::from_millis(100);
/// How many portions a second make the rate: few messages at a time, so that they come steadily.
const PORTIONS: u32 = 20;
/// So many seconds from the present are close enough to go live.
const CLOSE: i64 = 5;
/// The pause after a first failure and the longest one.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));

/// What is to be caught up with.
#[derive(Debug, Clone)]
pub struct Plan {
    places: Vec<Place>,
    /// Messages a second; 0: no limit.
    rate: u32,
    /// How long a place may fail before the hub goes live without it.
    pub patience: Duration,
    /// How long a message may take from the bus to an archive.
    pub delay: Duration,
}

/// Somebody who keeps messages.
#[derive(Debug, Clone)]
struct Place {
    stream: &'static str,
    address: String,
    covered: Covered,
}

/// Some messages, and what holds once they are kept.
#[derive(Debug)]
pub struct Portion {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// How far the hub has come with them, to be kept after the messages.
    pub position: Option<StreamPosition>,
}

/// What becomes of portions.
pub type Sink<'a> = &'a mut dyn FnMut(Portion) -> Result<()>;

/// What was done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Messages handed over, those the hub had already included.
    pub messages: u64,
    /// The addresses of places that have more, and what is wrong with them.
    pub unfinished: Vec<(String, String)>,
}

/// Shows how far it is.
pub trait Progress {
    /// It begins with a place that has about so many messages. It may come again with a better guess.
    fn start(&self, address: &str, total: u64);
    /// So many messages more were read.
    fn advance(&self, messages: u64);
    /// The place is done with, for now.
    fn finish(&self);
}

impl Plan {
    /// What the settings ask for, beside what `store` knows from before.
    pub fn new(config: &Config, begin: Begin, store: &Store) -> Result<Self> {
        let mut places = Vec::new();
        if let Some(url) = &config.hub.datagrepper_url {
            // What is wrong with the address is found at once.
            Datagrepper::new(url)?;
            places.push((DATAGREPPER, url.clone()));
        }
        let newest = store.get(store.newest()?)?.map(|newest| seconds(newest.received));
        let place = |(stream, address): (&'static str, String)| {
            let known = store.stream(&address, stream)?.as_ref().and_then(Covered::read);
            let covered = Covered::begin(begin, known, newest, now());
            Ok(Place { stream, address, covered })
        };
        Ok(Self {
            places: places.into_iter().map(place).collect::<Result<_>>()?,
            rate: config.hub.catch_up_rate,
            patience: Duration::from_secs(300),
            delay: Duration::from_secs(60),
        })
    }

    /// Reads from each place that is not done with, until the present.
    fn walk(
        &mut self,
        live: bool,
        sink: Sink<'_>,
        progress: &dyn Progress,
        ending: &Ending,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        for place in self.places.iter_mut().filter(|place| !place.covered.live) {
            let pace = Pace { rate: self.rate, next: Instant::now() };
            let mut walk =
                Walk { place, pace, live, sink: &mut *sink, progress, ending, messages: 0 };
            let outcome = walk.go(self.patience)?;
            summary.messages += walk.messages;
            if let Some(error) = outcome {
                summary.unfinished.push((place.address.clone(), explain(&error)));
            }
            if ending.asked() {
                break;
            }
        }
        Ok(summary)
    }
}

/// Reads all places until the present, before the hub goes live. Only the sink can make it fail.
pub fn run(
    plan: &mut Plan,
    sink: Sink<'_>,
    progress: &dyn Progress,
    ending: &Ending,
) -> Result<Summary> {
    let summary = plan.walk(false, sink, progress, ending)?;
    for (address, why) in &summary.unfinished {
        tracing::error!("going live without all that was missed: {address}: {why}");
    }
    Ok(summary)
}

/// Reads what is left when the hub is live, and waits first until that has reached the archives. What
/// fails is tried again until it works.
pub fn settle(
    plan: &mut Plan,
    sink: Sink<'_>,
    progress: &dyn Progress,
    ending: &Ending,
) -> Result<Summary> {
    let mut summary = Summary::default();
    let mut pause = plan.delay;
    while plan.places.iter().any(|place| !place.covered.live) && !ending.pause(pause) {
        let Summary { messages, unfinished } = plan.walk(true, &mut *sink, progress, ending)?;
        summary = Summary { messages: summary.messages + messages, unfinished };
        pause = BACKOFF.1;
    }
    Ok(summary)
}

/// A walk through the time of one place.
struct Walk<'a> {
    place: &'a mut Place,
    pace: Pace,
    live: bool,
    sink: Sink<'a>,
    progress: &'a dyn Progress,
    ending: &'a Ending,
    messages: u64,
}

impl Walk<'_> {
    /// Gives the error if it gave up.
    fn go(&mut self, patience: Duration) -> Result<Option<Error>> {
        let Covered { since, until, .. } = self.place.covered;
        let from = if self.live { since.max(until - OVERLAP) } else { until };
        let (sender, fetched) = sync_channel(1);
        let reader =
            Reader { source: self.place.open()?, patience, ending: self.ending.clone(), sender };
        std::thread::Builder::new()
            .name("catch-up".into())
            .spawn(move || reader.run(from))
            .map_err(|error| Error::io("cannot start a thread", error))?;
        tracing::info!("catching up with {} since {from}", self.place.address);
        let outcome = self.receive(&fetched);
        self.progress.finish();
        outcome
    }

    fn receive(&mut self, fetched: &Receiver<Fetched>) -> Result<Option<Error>> {
        loop {
            match fetched.recv_timeout(GLANCE) {
                _ if self.ending.asked() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Ok(Fetched::Batch(batch)) => self.hand_over(batch)?,
                Ok(Fetched::GaveUp(error)) => return Ok(Some(error)),
                Ok(Fetched::Done(second)) => {
                    self.reached(second, self.live, Vec::new())?;
                    tracing::info!(
                        "caught up with {}: {} messages",
                        self.place.address,
                        self.messages
                    );
                    return Ok(None);
                }
            }
        }
    }

    fn hand_over(&mut self, batch: Batch) -> Result<()> {
        let Batch { mut messages, reached, left } = batch;
        self.progress.start(&self.place.address, self.messages + messages.len() as u64 + left);
        loop {
            let some = self.pace.portion().min(messages.len());
            let rest = messages.split_off(some);
            if !self.pace.wait(some, self.ending) {
                return Ok(());
            }
            self.messages += some as u64;
            self.progress.advance(some as u64);
            if rest.is_empty() {
                return self.reached(reached, false, messages);
            }
            (self.sink)(Portion { messages, position: None })?;
            messages = rest;
        }
    }

    fn reached(&mut self, second: i64, live: bool, messages: Vec<Message>) -> Result<()> {
        let covered = &mut self.place.covered;
        *covered = Covered { until: covered.until.max(second), live, ..*covered };
        let Place { stream, address, covered } = &*self.place;
        let position = Some(covered.position(address, stream));
        (self.sink)(Portion { messages, position })
    }
}

impl Place {
    fn open(&self) -> Result<Box<dyn Source>> {
        Ok(Box::new(Datagrepper::new(&self.address)?))
    }
}

/// What the reading thread says.
enum Fetched {
    Batch(Batch),
    GaveUp(Error),
    /// Everything before this second was read.
    Done(i64),
}

/// Reads from a place, on a thread of its own: an answer may take a minute, and the end does not wait.
struct Reader {
    source: Box<dyn Source>,
    patience: Duration,
    ending: Ending,
    sender: SyncSender<Fetched>,
}

impl Reader {
    fn run(mut self, mut from: i64) {
        let mut until = now();
        let mut failing: Option<Instant> = None;
        let mut pause = BACKOFF.0;
        loop {
            if from >= until {
                if now() - until < CLOSE {
                    let _ = self.sender.send(Fetched::Done(until));
                    return;
                }
                until = now();
            }
            match self.source.read(from, until) {
                Ok(batch) => {
                    from = batch.reached;
                    (failing, pause) = (None, BACKOFF.0);
                    if self.sender.send(Fetched::Batch(batch)).is_err() {
                        return;
                    }
                }
                Err(failure) => {
                    let since = *failing.get_or_insert_with(Instant::now);
                    if failure.lasting || since.elapsed() >= self.patience {
                        let _ = self.sender.send(Fetched::GaveUp(failure.error));
                        return;
                    }
                    let wait = with_jitter(pause).max(failure.retry_after.unwrap_or_default());
                    report(&failure, wait);
                    pause = (pause * 2).min(BACKOFF.1);
                    if self.ending.pause(wait) {
                        return;
                    }
                }
            }
        }
    }
}

fn report(failure: &Failure, wait: Duration) {
    let what = explain(&failure.error);
    tracing::warn!("catching up, next attempt in {:.1} s: {what}", wait.as_secs_f64());
}

/// An error with its reasons, in one line.
fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        text = format!("{text}: {reason}");
        source = reason.source();
    }
    text
}

/// From half the time to one and a half, so that hubs that failed together do not come back together.
fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}

/// Spreads messages evenly over time.
struct Pace {
    rate: u32,
    next: Instant,
}

impl Pace {
    /// How many messages go at once.
    fn portion(&self) -> usize {
        if self.rate == 0 { usize::MAX } else { (self.rate / PORTIONS).max(1) as usize }
    }

    /// Waits for the turn of so many messages. Says whether to go on.
    fn wait(&mut self, messages: usize, ending: &Ending) -> bool {
        // Time in which nothing came is not made up for.
        let now = Instant::now();
        let turn = self.next.max(now);
        if self.rate > 0 {
            self.next = turn + Duration::from_secs_f64(messages as f64 / f64::from(self.rate));
        }
        !ending.pause(turn - now)
    }
}

/// Now, in unix seconds.
fn now() -> i64 {
    seconds(journal::now())
}

fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}
