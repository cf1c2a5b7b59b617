//! Catching up: what the hub missed is fetched from others before it goes live.
//!
//! [`run`] reads each place until it is close to the present. Then the hub connects to the bus, and
//! [`settle`] reads once more what came in between and what had not reached the archive yet; messages
//! that came both ways are one in the journal. A place that does not answer for long does not keep the
//! hub from going live: `settle` goes on with it, as long as it takes, and so does the next start.

mod covered;
mod reader;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use fedhub::Result;
use fedhub::bus::Settings;
use fedhub::catch_up::{Datagrepper, Replay, Source};
use fedhub::config::Config;
use fedhub::journal::{self, Store, StreamPosition};
use fedhub::message::Message;

use self::covered::Covered;
use self::reader::RETRY_MAX;
use self::walk::Walk;
use super::Begin;
use super::consumer::Ending;

/// The streams under which positions are kept.
const REPLAY: &str = "replay";
const DATAGREPPER: &str = "datagrepper";
/// What is to be caught up with.
#[derive(Debug, Clone)]
pub struct Plan {
    settings: Settings,
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
    address: Arc<str>,
    covered: Covered,
}

/// Some messages, and what holds once they are kept.
#[derive(Debug)]
pub struct Portion {
    /// Where they are from.
    pub endpoint: Arc<str>,
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
    pub unfinished: Vec<(Arc<str>, String)>,
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
        // First the publishers themselves: they answer fast and have all of it. What came after the
        // hub had stopped is asked for by number when it listens again, which leaves nothing out and
        // reads nothing twice; so by time only where a time is named.
        let by_time = matches!(begin, Begin::At(_));
        let replay = config.replay_endpoints.values().filter(|_| by_time);
        let mut places: Vec<(_, Arc<str>)> =
            replay.map(|endpoint| (REPLAY, endpoint.as_str().into())).collect();
        if let Some(url) = &config.hub.datagrepper_url {
            // What is wrong with the address is found at once.
            Datagrepper::new(url)?;
            places.push((DATAGREPPER, url.as_str().into()));
        }
        let newest = store.get(store.newest()?)?.map(|newest| seconds(newest.received));
        let place = |(stream, address): (&'static str, Arc<str>)| {
            let known = store.stream(&address, stream)?.as_ref().and_then(Covered::read);
            let covered = Covered::begin(begin, known, newest, now());
            Ok(Place { stream, address, covered })
        };
        Ok(Self {
            settings: Settings::from(config),
            places: places.into_iter().map(place).collect::<Result<_>>()?,
            rate: config.hub.catch_up_rate,
            patience: Duration::from_secs(20),
            delay: Duration::from_secs(60),
        })
    }

    /// Whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
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
            let source = place.open(&self.settings)?;
            let mut walk = Walk::new(place, self.rate, live, &mut *sink, progress, ending);
            let outcome = walk.go(source, self.patience)?;
            summary.messages += walk.messages;
            if let Some(error) = outcome {
                summary.unfinished.push((Arc::clone(&place.address), error.explained()));
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
        pause = RETRY_MAX;
    }
    Ok(summary)
}

impl Place {
    fn open(&self, settings: &Settings) -> Result<Box<dyn Source>> {
        Ok(match self.stream {
            REPLAY => Box::new(Replay::new(settings, &self.address)?),
            _ => Box::new(Datagrepper::new(&self.address)?),
        })
    }
}

/// Now, in unix seconds.
fn now() -> i64 {
    seconds(journal::now())
}

fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}
