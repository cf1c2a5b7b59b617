//! What has numbers, read on: from one on, and then as more comes.

use std::sync::Arc;
use std::time::Duration;

use fedhub::{Error, Result};

use super::{Endpoint, Health, News, Teller};
use crate::history::{Kept, Past};

/// How many messages are read at once.
const BATCH: usize = 500;
/// How often it is looked whether there are more.
const GLANCE: Duration = Duration::from_millis(250);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Tells every message from this number on, in a thread of its own, until nobody reads. A failure is
/// shown in the health of the source, and reading goes on when it is over.
pub(super) fn start(past: Box<dyn Past>, from: i64, place: String, teller: Teller) -> Result<()> {
    let endpoint =
        Endpoint { name: place.clone(), address: place, up: true, ..Endpoint::default() };
    std::thread::Builder::new()
        .name("follow".into())
        .spawn(move || Follower { past, after: from - 1, endpoint, teller }.run())
        .map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(())
}

struct Follower {
    past: Box<dyn Past>,
    /// The number of the last message.
    after: i64,
    endpoint: Endpoint,
    teller: Teller,
}

impl Follower {
    fn run(mut self) {
        self.tell_health();
        let mut listening = true;
        while listening {
            listening = match self.past.read(self.after, BATCH) {
                Ok(batch) => {
                    if !self.endpoint.up {
                        self.endpoint.up = true;
                        self.tell_health();
                    }
                    if batch.is_empty() {
                        std::thread::sleep(GLANCE);
                    }
                    // Whether somebody listens is found out even when nothing comes.
                    batch.into_iter().all(|kept| self.tell(kept)) && self.teller.is_heard()
                }
                Err(error) => {
                    if self.endpoint.up {
                        tracing::warn!("{}: {error}; trying again", self.endpoint.name);
                        self.endpoint.up = false;
                        self.endpoint.lost += 1;
                        self.tell_health();
                    }
                    std::thread::sleep(PAUSE);
                    self.teller.is_heard()
                }
            };
        }
    }

    fn tell(&mut self, kept: Kept) -> bool {
        self.after = kept.number;
        let endpoint = kept.endpoint.or_else(|| Some(self.endpoint.name.clone()));
        let entry = self.teller.entry(kept.message, kept.received, endpoint);
        self.teller.tell(News::Message(Arc::new(entry)))
    }

    fn tell_health(&self) {
        let endpoints = vec![self.endpoint.clone()];
        self.teller.offer(News::Health(Health { endpoints, ..Health::default() }));
    }
}
