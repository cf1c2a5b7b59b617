//! Messages as they are published.

use std::sync::Arc;
use std::time::Duration;

use fedhub::bus::{self, Event, FeedNext, Settings, Source, Stop, What};
use fedhub::heartbeat::Heartbeat;
use fedhub::{Error, Result};
use jiff::Timestamp;

use super::{Endpoint, Health, News, Teller};

/// How often the reader is looked after when nothing comes.
const GLANCE: Duration = Duration::from_millis(500);

/// Listens to these publishers in a thread of its own, until it is told to stop or nobody reads.
pub fn start(settings: &Settings, sources: Vec<Source>, teller: Teller) -> Result<Stop> {
    let feed = bus::Feed::connect(settings, &sources, &[""])?;
    let stop = feed.stop();
    let endpoint = |source: &Source| Endpoint {
        name: source.name.clone(),
        address: source.endpoint.clone(),
        ..Endpoint::default()
    };
    let health = Health { endpoints: sources.iter().map(endpoint).collect(), ..Health::default() };
    std::thread::Builder::new()
        .name("live".into())
        .spawn(move || Live { feed, health, teller }.run())
        .map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(stop)
}

struct Live {
    feed: bus::Feed,
    health: Health,
    teller: Teller,
}

impl Live {
    fn run(mut self) {
        self.teller.offer(News::Health(self.health.clone()));
        let mut said = self.health.clone();
        loop {
            let listening = match self.feed.next(GLANCE) {
                Ok(FeedNext::Events(events)) => events.into_iter().all(|event| self.take(event)),
                Ok(FeedNext::Nothing) => true,
                Ok(FeedNext::End) => self.end(String::new()),
                Err(error) => self.end(error.to_string()),
            };
            if !listening {
                return;
            }
            if said != self.health {
                said = self.health.clone();
                self.teller.offer(News::Health(said.clone()));
            }
        }
    }

    /// Says that no more comes.
    fn end(&self, why: String) -> bool {
        self.teller.tell(News::Ended(why));
        false
    }

    /// Says whether somebody still listens.
    fn take(&mut self, Event { source, what }: Event) -> bool {
        let Some(endpoint) = self.health.endpoints.get_mut(source) else { return true };
        match what {
            What::Message(message) if Heartbeat::is_on(message.topic()) => true,
            What::Message(message) => {
                let received = Timestamp::now().as_microsecond();
                let name = Some(endpoint.name.clone());
                let entry = self.teller.entry(message, received, name);
                self.teller.offer(News::Message(Arc::new(entry)))
            }
            What::Malformed(_) => {
                endpoint.malformed += 1;
                true
            }
            What::Up => {
                endpoint.up = true;
                true
            }
            What::Down => {
                endpoint.up = false;
                endpoint.lost += 1;
                true
            }
        }
    }
}
