//! A forwarder's heartbeats: when they are due, and what they say.

use std::time::{Duration, Instant};

use crate::Result;
use crate::config::Config;
use crate::crypto::Signer;
use crate::envelope::Author;
use crate::heartbeat::{Heartbeat, Position, TOPIC};

/// The least time between two, however many subscribers come: each is signed.
const LEAST: Duration = Duration::from_millis(100);

/// What a forwarder says about its stream.
pub struct Heartbeats {
    author: Author,
    signer: Option<Signer>,
    topic: String,
    stream: String,
    /// This life of the process.
    instance: String,
    interval: Duration,
    sent: Option<Instant>,
    /// Whether a subscriber waits for one.
    awaited: bool,
}

impl Heartbeats {
    /// The heartbeats of `stream`, which are written by `role`; none if the settings have it so.
    pub fn new(config: &Config, role: &str, stream: &str, signer: Option<Signer>) -> Option<Self> {
        let interval = Duration::try_from_secs_f64(config.heartbeat_interval).ok()?;
        (!interval.is_zero()).then(|| Self {
            author: Author::new(config, role),
            signer,
            topic: format!("{}.{}.{TOPIC}", config.topic_prefix, config.environment),
            stream: stream.to_owned(),
            instance: uuid::Uuid::new_v4().to_string(),
            interval,
            sent: None,
            awaited: false,
        })
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    /// A subscriber came: it is to get one at once.
    pub(super) fn await_one(&mut self) {
        self.awaited = true;
    }

    /// How long it is until the next.
    pub(super) fn wait(&self) -> Duration {
        let pause = if self.awaited { LEAST.min(self.interval) } else { self.interval };
        self.sent.map_or(Duration::ZERO, |sent| pause.saturating_sub(sent.elapsed()))
    }

    /// The next one's frames.
    pub(super) fn write(
        &mut self,
        published: u64,
        journal: Option<Position>,
    ) -> Result<(String, Vec<u8>)> {
        (self.sent, self.awaited) = (Some(Instant::now()), false);
        let heartbeat = Heartbeat {
            stream: self.stream.clone(),
            instance: self.instance.clone(),
            published,
            journal,
            interval: u32::try_from(self.interval.as_millis()).unwrap_or(u32::MAX),
        };
        self.author.write(TOPIC, heartbeat.to_value(), self.signer.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_due_at_first_then_by_the_interval_and_sooner_for_a_newcomer() {
        let config = Config { heartbeat_interval: 1000.0, ..Config::default() };
        let mut heartbeats = Heartbeats::new(&config, "relay", "relay.host", None).unwrap();
        assert!(heartbeats.wait().is_zero());
        heartbeats.write(0, None).unwrap();
        assert!(heartbeats.wait() > Duration::from_secs(900));
        heartbeats.await_one();
        assert!(heartbeats.wait() <= LEAST, "one for the newcomer, but no flood of them");
        heartbeats.write(0, None).unwrap();
        assert!(heartbeats.wait() > Duration::from_secs(900));
        let none = Config { heartbeat_interval: 0.0, ..Config::default() };
        assert!(Heartbeats::new(&none, "relay", "relay.host", None).is_none());
    }
}
