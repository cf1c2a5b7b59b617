//! How many messages came: in the last seconds, for a rate, and in each slot of the last minutes, for a
//! graph. The slots are those of [`fedhub::counts`], so that the graph can begin before the session.

use std::collections::VecDeque;

use fedhub::counts::slot;

/// For how many slots this is known: a quarter of an hour and a little more.
pub const SLOTS: usize = 300;
/// Over how many seconds a rate is taken.
const RATE: usize = 5;

/// Counts of whole seconds and slots, and of those that are not over.
#[derive(Debug, Default)]
pub struct Totals {
    seconds: Ring,
    slots: Ring,
}

/// Counts, oldest first, and the one that is not over.
#[derive(Debug, Default)]
struct Ring {
    whole: VecDeque<u64>,
    current: u64,
    /// The number of the current one.
    number: Option<i64>,
}

impl Ring {
    /// It is this one now, of which so many are kept. Says whether another one has begun.
    fn tick(&mut self, number: i64, most: usize) -> bool {
        // After a long sleep there is nothing to be seen of what was before. A clock that was set back begins
        // anew from there.
        let before = self.number.replace(number).unwrap_or(number);
        let passed = number.saturating_sub(before).clamp(0, most as i64);
        for _ in 0..passed {
            if self.whole.len() == most {
                self.whole.pop_front();
            }
            self.whole.push_back(std::mem::take(&mut self.current));
        }
        passed > 0
    }
}

impl Totals {
    /// It is this time now, in microseconds since 1970. Says whether another second has begun.
    pub fn tick(&mut self, now: i64) -> bool {
        self.slots.tick(slot(now), SLOTS);
        self.seconds.tick(now.div_euclid(1_000_000), RATE)
    }

    /// A message came.
    pub fn count(&mut self) {
        self.seconds.current += 1;
        self.slots.current += 1;
    }

    /// So many came in each slot before this session, the oldest first, and in the current one. Where the session
    /// has begun, it may have counted the same messages.
    pub fn seed(&mut self, counts: &[u64]) {
        let Some((current, before)) = counts.split_last() else { return };
        self.slots.current = self.slots.current.max(*current);
        let whole = &mut self.slots.whole;
        for (back, count) in before.iter().rev().enumerate().take(SLOTS) {
            match whole.len().checked_sub(back + 1) {
                Some(at) => whole[at] = whole[at].max(*count),
                None => whole.push_front(*count),
            }
        }
    }

    /// The counts of the last whole slots, at most so many, oldest first.
    pub fn last(&self, slots: usize) -> impl DoubleEndedIterator<Item = u64> {
        let whole = &self.slots.whole;
        whole.iter().skip(whole.len().saturating_sub(slots)).copied()
    }

    /// How many messages come in a second, of late.
    pub fn rate(&self) -> u64 {
        let whole = &self.seconds.whole;
        whole.iter().sum::<u64>().div_ceil(whole.len().max(1) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn seconds_are_counted_and_forgotten() {
        let mut totals = Totals::default();
        totals.tick(100 * SECOND);
        (0..20).for_each(|_| totals.count());
        assert_eq!(totals.rate(), 0);
        assert!(totals.tick(101 * SECOND) && !totals.tick(101 * SECOND));
        assert_eq!(totals.rate(), 20);
        totals.count();
        totals.tick(103 * SECOND);
        assert_eq!(totals.rate(), 7);
        totals.tick(50 * SECOND);
        totals.tick(i64::MAX);
        assert_eq!((totals.last(SLOTS * 2).count(), totals.rate()), (SLOTS, 0));
    }

    #[test]
    fn the_graph_begins_with_what_others_have_counted() {
        let mut totals = Totals::default();
        let slots = |totals: &Totals| totals.last(9).collect::<Vec<_>>();
        totals.tick(320 * SECOND);
        (0..3).for_each(|_| totals.count());
        totals.tick(320 * SECOND + fedhub::counts::SLOT);
        assert_eq!(slots(&totals), [3]);
        // What the session saw itself is not counted twice, and what it saw only in part is.
        totals.seed(&[7, 8, 5, 1]);
        totals.count();
        assert_eq!(slots(&totals), [7, 8, 5]);
        totals.tick(320 * SECOND + 2 * fedhub::counts::SLOT);
        assert_eq!(slots(&totals), [7, 8, 5, 2]);
        totals.seed(&[]);
        assert_eq!(totals.last(2).collect::<Vec<_>>(), [5, 2]);
    }
}
