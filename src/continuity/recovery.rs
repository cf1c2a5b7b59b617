//! One span of a stream that is being fetched.

use std::time::{Duration, Instant};

use crate::journal::{GapKey, GapReport};

/// The pause after a failed request; doubled with each failure, up to the last.
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// The stream a span is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) endpoint: String,
    pub(super) name: String,
    pub(super) epoch: String,
}

/// The messages after `after` and up to `to`.
#[derive(Debug)]
pub(super) struct Recovery {
    pub(super) stream: Stream,
    after: i64,
    pub(super) to: i64,
    /// How far it was fetched.
    pub(super) next: i64,
    /// How many did not come by themselves, if that can be told.
    missing: Option<u64>,
    /// How many of those fetched had not come.
    pub(super) recovered: u64,
    /// How many there were at all.
    returned: u64,
    /// Whether what comes after it waits for it.
    pub(super) holds: bool,
    /// The number of the request under way.
    pub(super) asked: Option<u64>,
    failures: u32,
    pub(super) retry: Option<Instant>,
    /// Whether it was reported as open, also in an earlier life.
    reported: bool,
}

impl Recovery {
    pub(super) fn new(stream: Stream, after: i64, to: i64, missing: Option<u64>) -> Self {
        Self {
            stream,
            after,
            to,
            next: after,
            missing,
            recovered: 0,
            returned: 0,
            holds: true,
            asked: None,
            failures: 0,
            retry: None,
            reported: false,
        }
    }

    fn key(&self) -> GapKey {
        let Stream { endpoint, name, epoch } = self.stream.clone();
        GapKey { endpoint, stream: name, epoch, first: self.after.saturating_add(1) }
    }

    /// Goes on with what an earlier life has begun, if it is the same.
    pub(super) fn resume(&mut self, earlier: &GapReport) {
        if earlier.key == self.key() && !earlier.closed {
            self.recovered = earlier.recovered;
            self.reported = true;
        }
    }

    /// More is missing, up to a later message.
    pub(super) fn extend(&mut self, to: i64, missing: Option<u64>) {
        self.to = self.to.max(to);
        self.missing = self.missing.zip(missing).map(|(one, more)| one.saturating_add(more));
    }

    /// The publisher's journal ends before what was to be fetched.
    pub(super) fn end_at(&mut self, newest: i64) {
        self.to = self.to.min(newest.max(self.next));
    }

    pub(super) fn is_done(&self) -> bool {
        self.next >= self.to
    }

    /// A page came.
    pub(super) fn fetched(&mut self, messages: usize, through: i64) {
        self.returned += messages as u64;
        self.next = self.next.max(through);
        self.asked = None;
        self.failures = 0;
    }

    /// A request failed. From the first failure on nothing waits any more.
    pub(super) fn failed(&mut self, now: Instant) {
        self.asked = None;
        self.holds = false;
        let pause = FIRST_RETRY.saturating_mul(1 << self.failures.min(16)).min(LAST_RETRY);
        self.failures += 1;
        self.retry = Some(now + pause);
    }

    /// How it stands while more may come.
    pub(super) fn open(&mut self, note: &str) -> GapReport {
        self.reported = true;
        let missed = self.missing.unwrap_or(self.span()).max(self.recovered);
        self.report(missed, 0, Some(note), false)
    }

    /// How it ended; nothing if nothing was missing.
    pub(super) fn close(&self) -> Option<GapReport> {
        let lost = match self.missing {
            Some(missing) => missing.saturating_sub(self.recovered),
            None => self.span().saturating_sub(self.returned),
        };
        let missed = self.recovered.saturating_add(lost);
        (missed > 0 || self.reported).then(|| self.report(missed, lost, None, true))
    }

    /// How it ended before all was fetched, since the rest cannot be had.
    pub(super) fn give_up(&self, why: &str) -> GapReport {
        let had = self.returned.saturating_sub(self.recovered);
        let missing = self.missing.unwrap_or(self.span().saturating_sub(had)).max(self.recovered);
        self.report(missing, missing - self.recovered, Some(why), true)
    }

    /// How many numbers it has.
    fn span(&self) -> u64 {
        u64::try_from(self.to.saturating_sub(self.after)).unwrap_or(0)
    }

    fn report(&self, missed: u64, lost: u64, note: Option<&str>, closed: bool) -> GapReport {
        GapReport {
            key: self.key(),
            last: self.to,
            numbered: true,
            missed,
            recovered: self.recovered,
            lost,
            closed,
            note: note.map(str::to_owned),
        }
    }
}
