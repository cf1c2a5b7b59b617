//! Counting what goes wrong, and logging it at a bounded rate.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The least time between two log lines of one tally.
const INTERVAL: Duration = Duration::from_secs(10);

/// Counts by name. Each new count is logged at once, further ones together at most every ten
/// seconds.
#[derive(Debug)]
pub struct Tally {
    what: &'static str,
    counts: BTreeMap<&'static str, u64>,
    unreported: u64,
    reported: Option<Instant>,
}

impl Tally {
    /// A tally whose log lines begin with `what`.
    pub fn new(what: &'static str) -> Self {
        Self { what, counts: BTreeMap::new(), unreported: 0, reported: None }
    }

    /// Counts one.
    pub fn add(&mut self, name: &'static str) {
        let count = self.counts.entry(name).or_default();
        *count += 1;
        self.unreported += 1;
        if *count == 1 {
            self.reported = None;
        }
    }

    /// Logs what was counted since the last line, if it is time.
    pub fn report(&mut self) {
        let due = self.reported.is_none_or(|at| at.elapsed() >= INTERVAL);
        if self.unreported > 0 && due {
            tracing::warn!("{}: {self}", self.what);
            self.unreported = 0;
            self.reported = Some(Instant::now());
        }
    }

    /// All that was counted.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Each name with its count.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(name, count)| (*name, *count))
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (name, count)) in self.counts().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{name} {count}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_print_in_order() {
        let mut tally = Tally::new("dropped");
        for name in ["b", "a", "b"] {
            tally.add(name);
        }
        assert_eq!(tally.total(), 3);
        assert_eq!(tally.to_string(), "a 1, b 2");
    }
}
