//! What comes live, whole as far as its publishers let us see what is missing.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use fedhub::bus::{Batch, Event, Feed, FeedNext, Next, Settings, Source, Stop, What};
use fedhub::config::Config;
use fedhub::continuity::{Continuity, Output};
use fedhub::crypto::Verifier;
use fedhub::heartbeat::Heartbeat;
use fedhub::journal::{GapKey, GapReport};
use fedhub::message::Message;

use crate::app::now;

/// How long one look at the bus may take while streams are followed.
const GLANCE: Duration = Duration::from_millis(100);

/// A subscription.
pub(super) struct Live {
    feed: Feed,
    /// Only of whole streams can one tell what is missing.
    continuity: Option<Continuity>,
    /// Says which heartbeats to believe.
    verifier: Option<Verifier>,
    missed: Missed,
}

/// How many messages did not come by themselves.
#[derive(Default)]
pub(super) struct Missed {
    missed: u64,
    fetched: u64,
    open: HashMap<GapKey, GapReport>,
}

impl Live {
    pub(super) fn connect(
        config: &Config,
        endpoints: &[String],
        prefixes: &[&str],
        verifier: Option<Verifier>,
    ) -> fedhub::Result<Self> {
        let known = Source::all(config);
        let source = |endpoint: &String| {
            let named = known.iter().find(|source| source.endpoint == *endpoint).cloned();
            named.unwrap_or(Source { name: endpoint.clone(), endpoint: endpoint.clone() })
        };
        let sources: Vec<Source> = endpoints.iter().map(source).collect();
        let feed = Feed::connect(&Settings::from(config), &sources, prefixes)?;
        let whole = prefixes.contains(&"");
        let continuity = whole.then(|| Continuity::new(&sources, config, None)).transpose()?;
        Ok(Self { feed, continuity, verifier, missed: Missed::default() })
    }

    /// Ends it from elsewhere.
    pub(super) fn stop(&self) -> Stop {
        self.feed.stop()
    }

    pub(super) fn missed(&self) -> &Missed {
        &self.missed
    }

    /// What comes next, or that nothing came in time.
    pub(super) fn next(&mut self, patience: Duration) -> fedhub::Result<Next> {
        let patience = match &self.continuity {
            Some(continuity) => continuity.patience(patience.min(GLANCE)),
            None => patience,
        };
        let mut batch = Batch::default();
        match self.feed.next(patience)? {
            FeedNext::Events(events) => {
                events.into_iter().try_for_each(|event| self.take(event, &mut batch))?;
            }
            FeedNext::Nothing => {}
            FeedNext::End => return Ok(Next::End),
        }
        if let Some(continuity) = &mut self.continuity {
            continuity.tick();
            while let Some(output) = continuity.take() {
                match output {
                    Output::Message { message, .. } => batch.messages.push(message),
                    Output::Gap(report) => self.missed.note(report),
                    Output::Position(_) => {}
                }
            }
        }
        let nothing = batch.messages.is_empty() && batch.malformed.is_empty();
        Ok(if nothing { Next::Nothing } else { Next::Batch(batch) })
    }

    fn take(&mut self, Event { source, what }: Event, batch: &mut Batch) -> fedhub::Result<()> {
        let believed = |message: &Message, verifier: &mut Option<Verifier>| {
            verifier.as_mut().is_none_or(|verifier| verifier.verify(message, now()).valid())
        };
        match (what, &mut self.continuity) {
            (What::Message(message), Some(continuity)) if Heartbeat::is_on(message.topic()) => {
                if believed(&message, &mut self.verifier)
                    && let Some(heartbeat) = Heartbeat::read(&message)
                {
                    continuity.heartbeat(source, heartbeat)?;
                }
                batch.messages.push(message);
            }
            (What::Message(message), Some(continuity)) => continuity.message(source, message),
            (What::Message(message), None) => batch.messages.push(message),
            (What::Malformed(malformed), continuity) => {
                batch.malformed.push(malformed);
                if let Some(continuity) = continuity {
                    continuity.malformed(source);
                }
            }
            (What::Up, Some(continuity)) => continuity.up(source),
            (What::Up | What::Down, _) => {}
        }
        Ok(())
    }
}

impl Missed {
    fn note(&mut self, report: GapReport) {
        if report.closed {
            self.open.remove(&report.key);
            self.missed += report.missed;
            self.fetched += report.recovered;
        } else {
            self.open.insert(report.key.clone(), report);
        }
    }
}

/// Empty when nothing was missed.
impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |part: fn(&GapReport) -> u64| self.open.values().map(part).sum::<u64>();
        let missed = self.missed + sum(|report| report.missed);
        let fetched = self.fetched + sum(|report| report.recovered);
        if missed > 0 {
            write!(f, ", missed {missed} of which {fetched} were fetched")?;
        }
        Ok(())
    }
}
