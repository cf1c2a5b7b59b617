//! Into the archive: what is good, and what goes into its quarantine.

use std::fmt;
use std::sync::Arc;

use fedhub::Result;
use fedhub::journal::now;
use fedhub::meta::Meta;
use fedhub::store::{self, Archived, Outcome, Store};
use serde::{Deserialize, Serialize};

use super::judge::{Judge, Judgement};
use super::source::Item;

/// What became of messages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    /// They are new in the archive.
    pub(super) imported: u64,
    /// The archive had them.
    pub(super) known: u64,
    /// They are in its quarantine.
    pub(super) quarantined: u64,
    /// They are no messages.
    pub(super) rejected: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { imported, known, quarantined, rejected } = self;
        write!(
            f,
            "imported {imported}, known {known}, quarantined {quarantined}, rejected {rejected}"
        )
    }
}

/// The archive; without one nothing is changed, and all that is good counts as imported.
pub(super) struct Sink {
    store: Option<Box<dyn Store>>,
    judge: Judge,
    meta: Arc<Meta>,
}

impl Sink {
    pub(super) fn open(url: Option<&String>, judge: Judge, meta: Arc<Meta>) -> Result<Self> {
        let store = url.map(|url| store::create(url)).transpose()?;
        Ok(Self { store, judge, meta })
    }

    /// Stores messages.
    pub(super) fn store(&mut self, items: Vec<Item>, counts: &mut Counts) -> Result<()> {
        let mut good = Vec::with_capacity(items.len());
        for item in items {
            let received = item.received.or(item.original.time);
            let received = received.or_else(|| stamp(&item)).unwrap_or_else(now);
            let message = &item.original.message;
            match self.judge.judge(message, received, item.verdict.clone()) {
                Judgement::Keep(verdict) => good.push(self.archived(item, received, &verdict)),
                Judgement::Refuse(reason) => {
                    let one = self.archived(item, received, reason.name());
                    counts.quarantined += 1;
                    if let Some(store) = &mut self.store {
                        store.quarantine(&one, &format!("its signature: {}", reason.name()))?;
                    }
                }
            }
        }
        let Some(store) = &mut self.store else {
            counts.imported += good.len() as u64;
            return Ok(());
        };
        for outcome in store::append_or_put_aside(&mut **store, &good)? {
            match outcome {
                Outcome::New => counts.imported += 1,
                Outcome::Duplicate => counts.known += 1,
                Outcome::Conflict | Outcome::Unfit => counts.quarantined += 1,
            }
        }
        Ok(())
    }

    fn archived(&self, item: Item, received: i64, verdict: &str) -> Archived {
        let original = item.original;
        let mut one = Archived::new(original.message, received, verdict, &self.meta);
        one.facts.add(&original.users, &original.packages);
        // The same time, but more exact than the message has it.
        let second = |time: i64| time.div_euclid(1_000_000);
        if let Some(time) = original.time.filter(|time| second(*time) == second(one.time)) {
            one.time = time;
        }
        one
    }
}

/// The message's own time, where nobody says when it came.
fn stamp(item: &Item) -> Option<i64> {
    item.original.message.envelope()?.get("timestamp")?.as_i64()?.checked_mul(1_000_000)
}
