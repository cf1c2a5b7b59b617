//! What the journal has, and then what comes live, with nothing missing or twice in between.
//!
//! The subscription begins first, but takes a moment to reach the publisher, and the journal writes a
//! moment after the relay publishes. So for a while both are read, and each message is shown once.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use fedhub::bus::{Batch, Next};
use fedhub::journal::{Identity, Span, Store, UNCHECKED};
use fedhub::message::Message;

use super::live::Live;

/// How long journal and subscription are both read.
const OVERLAP: Duration = Duration::from_secs(3);
/// How often the journal is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(50);
/// How many messages are remembered.
const REMEMBERED: usize = 100_000;

pub(super) struct History {
    store: Store,
    span: Span,
    after: i64,
    seen: Seen,
    /// When the journal need not be read any more; set once all of it was shown.
    done: Option<Instant>,
}

impl History {
    pub(super) fn new(store: Store, span: Span, after: i64) -> Self {
        Self { store, span, after, seen: Seen::default(), done: None }
    }

    /// What comes next: from the journal, then from both, then from the subscription. Without one it
    /// ends with the journal.
    pub(super) fn next(
        &mut self,
        live: Option<&mut Live>,
        patience: Duration,
    ) -> anyhow::Result<Next> {
        let both = self.done.is_none_or(|done| Instant::now() < done);
        if both {
            let records = self.store.read(self.after, self.span)?;
            if let Some(last) = records.last() {
                self.after = last.seq;
                let mut messages: Vec<_> = records.into_iter().map(|r| r.message).collect();
                messages.retain(|message| self.seen.first_time(message));
                return Ok(Next::Batch(Batch { messages, malformed: Vec::new() }));
            }
            self.done.get_or_insert_with(|| Instant::now() + OVERLAP);
        }
        let Some(live) = live else { return Ok(Next::End) };
        let news = live.next(if both { GLANCE.min(patience) } else { patience })?;
        Ok(match news {
            Next::Batch(mut batch) if both => {
                batch.messages.retain(|message| self.seen.first_time(message));
                Next::Batch(batch)
            }
            Next::Batch(mut batch) => {
                batch.messages.retain(|message| !self.seen.has(message));
                Next::Batch(batch)
            }
            other => other,
        })
    }
}

/// The digests of the newest messages shown.
#[derive(Default)]
struct Seen {
    digests: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl Seen {
    fn has(&self, message: &Message) -> bool {
        self.digests.contains(&digest(message))
    }

    fn first_time(&mut self, message: &Message) -> bool {
        let digest = digest(message);
        if !self.digests.insert(digest) {
            return false;
        }
        self.order.push_back(digest);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.digests.remove(&oldest);
        }
        true
    }
}

fn digest(message: &Message) -> [u8; 32] {
    Identity::of(message, UNCHECKED).digest
}
