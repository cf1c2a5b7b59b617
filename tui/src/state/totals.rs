//! How many messages came in each of the last seconds.

use std::collections::VecDeque;

/// For how many seconds this is known.
pub const SECONDS: usize = 15 * 60;
/// Over how many seconds a rate is taken.
const RATE: usize = 5;

/// Counts of whole seconds, and of the one that is not over.
#[derive(Debug, Default)]
pub struct Totals {
    /// Oldest first.
    counts: VecDeque<u32>,
    current: u32,
    /// The second that is not over, in unix time.
    second: i64,
}

impl Totals {
    /// It is this second now, in unix time. Says whether another one has begun.
    pub fn tick(&mut self, second: i64) -> bool {
        if self.counts.is_empty() && self.current == 0 {
            self.second = second;
        }
        // After a long sleep there is nothing to be seen of what was before.
        let passed = (second - self.second).clamp(0, SECONDS as i64);
        for _ in 0..passed {
            if self.counts.len() == SECONDS {
                self.counts.pop_front();
            }
            self.counts.push_back(std::mem::take(&mut self.current));
        }
        // A clock that was set back begins anew from there.
        self.second = second;
        passed > 0
    }

    /// A message came.
    pub fn count(&mut self) {
        self.current = self.current.saturating_add(1);
    }

    /// The counts of the last whole seconds, at most so many, oldest first.
    pub fn last(&self, seconds: usize) -> impl ExactSizeIterator<Item = u32> {
        let skipped = self.counts.len().saturating_sub(seconds);
        self.counts.iter().skip(skipped).copied()
    }

    /// How many messages come in a second, of late.
    pub fn rate(&self) -> u32 {
        let sum: u32 = self.last(RATE).sum();
        sum.div_ceil(self.counts.len().clamp(1, RATE) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_and_forgotten() {
        let mut totals = Totals::default();
        totals.tick(100);
        (0..20).for_each(|_| totals.count());
        assert_eq!(totals.rate(), 0);
        assert!(totals.tick(101) && !totals.tick(101));
        assert_eq!(totals.rate(), 20);
        totals.count();
        totals.tick(103);
        assert_eq!(totals.last(10).collect::<Vec<_>>(), [20, 1, 0]);
        assert_eq!(totals.rate(), 7);
        totals.tick(50);
        totals.tick(i64::MAX);
        assert_eq!((totals.last(SECONDS * 2).len(), totals.rate()), (SECONDS, 0));
    }
}
