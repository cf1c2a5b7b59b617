//! What a forwarder did so far, for whoever asks while it works.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::frames::Malformed;

/// A count that one thread raises and any may read.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts by name.
#[derive(Debug)]
pub struct Counts<const N: usize>([(&'static str, Count); N]);

impl<const N: usize> Counts<N> {
    fn new(names: [&'static str; N]) -> Self {
        Self(names.map(|name| (name, Count::default())))
    }

    pub(super) fn add(&self, name: &str) {
        if let Some((_, count)) = self.0.iter().find(|(known, _)| *known == name) {
            count.add();
        }
    }

    /// Each name with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(name, count)| (*name, count.get()))
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }
}

/// Those that are not 0.
impl<const N: usize> fmt::Display for Counts<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, count)) in self.iter().filter(|(_, count)| *count > 0).enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{name} {count}")?;
        }
        Ok(())
    }
}

/// The journal has refused a message; it is tried again from memory.
pub(super) const FAILING: &str = "journal-failing";
/// Too much waits for the journal already.
pub(super) const FULL: &str = "journal-full";
/// The journal has not answered in time.
pub(super) const SLOW: &str = "journal-slow";

/// A receipt was given.
pub(super) const GIVEN: &str = "given";
/// The message could not be saved.
pub(super) const REFUSED: &str = "refused";
/// What was sent is no message.
pub(super) const MALFORMED: &str = "malformed";

/// What a forwarder did so far.
#[derive(Debug)]
pub struct Counters {
    /// Messages sent on.
    pub forwarded: Count,
    /// Messages dropped, by what was wrong with them.
    pub dropped: Counts<4>,
    /// Messages that found the queue of a subscriber full. ZeroMQ drops more for it until it has
    /// caught up, and does not say how many.
    pub behind: Count,
    /// Messages sent on before they were in the journal, by reason.
    pub not_journaled: Counts<3>,
    /// How often it stopped receiving because the journal was behind.
    pub paused: Count,
    /// Requests for a receipt, by outcome.
    pub receipts: Counts<3>,
    /// Heartbeats sent.
    pub heartbeats: Count,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            forwarded: Count::default(),
            dropped: Counts::new(Malformed::ALL.map(Malformed::name)),
            behind: Count::default(),
            not_journaled: Counts::new([FAILING, FULL, SLOW]),
            paused: Count::default(),
            receipts: Counts::new([GIVEN, MALFORMED, REFUSED]),
            heartbeats: Count::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_printed() {
        let counters = Counters::default();
        for malformed in [Malformed::Oversize, Malformed::FrameCount, Malformed::Oversize] {
            counters.dropped.add(malformed.name());
        }
        assert_eq!(counters.dropped.total(), 3);
        assert_eq!(counters.dropped.to_string(), "frame-count 1, oversize 2");
    }
}
