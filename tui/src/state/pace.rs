//! How many messages came of late: slots of time for a sparkline, and what that is in a second and in a
//! minute.

/// How long a slot is, in seconds.
const SLOT: i64 = 2;
/// How many whole slots are kept: those of a minute.
pub const SLOTS: usize = 30;
/// Over how many of them the rate of a second is taken.
const RECENT: usize = 5;
/// The whole ones, and the one that is not over.
const RING: usize = SLOTS + 1;

/// The slot of a second in unix time.
pub fn slot(second: i64) -> i64 {
    second.div_euclid(SLOT)
}

/// Counts of slots, and of everything.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    total: u64,
    /// By the number of the slot.
    counts: [u32; RING],
    newest: i64,
}

fn index(slot: i64) -> usize {
    slot.rem_euclid(RING as i64) as usize
}

impl Pace {
    /// A message came in this slot.
    pub fn count(&mut self, slot: i64) {
        let passed = slot - self.newest;
        if !(0..RING as i64).contains(&passed) {
            // After a long time, and after a clock was set back, it begins anew.
            self.counts = [0; RING];
        } else {
            (self.newest + 1..=slot).for_each(|slot| self.counts[index(slot)] = 0);
        }
        self.newest = slot;
        let count = &mut self.counts[index(slot)];
        *count = count.saturating_add(1);
        self.total += 1;
    }

    /// How many came in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Adds what is not of late.
    pub fn add(&mut self, messages: u64) {
        self.total += messages;
    }

    fn of(&self, slot: i64) -> u32 {
        let kept = self.newest - RING as i64 + 1..=self.newest;
        if kept.contains(&slot) { self.counts[index(slot)] } else { 0 }
    }

    /// The counts of the last whole slots before this one, oldest first.
    pub fn slots(&self, now: i64) -> impl DoubleEndedIterator<Item = u64> {
        let first = now - SLOTS as i64;
        (0..SLOTS).map(move |at| u64::from(self.of(first + at as i64)))
    }

    /// Whether none came for a minute.
    pub fn is_silent(&self, now: i64) -> bool {
        now - self.newest > SLOTS as i64
    }

    /// How many came in the last minute.
    pub fn minute(&self, now: i64) -> u64 {
        self.slots(now).sum()
    }

    /// How many come in a second, of late; `known` is for how many slots messages have come at all.
    pub fn second(&self, now: i64, known: i64) -> f64 {
        let sum: u64 = self.slots(now).skip(SLOTS - RECENT).sum();
        sum as f64 / (known.clamp(1, RECENT as i64) * SLOT) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_counted_and_forgotten() {
        let mut pace = Pace::default();
        let counts = |pace: &Pace, now| pace.slots(now).collect::<Vec<_>>();
        pace.count(1000);
        pace.count(1000);
        pace.count(1003);
        assert_eq!(counts(&pace, 1004)[SLOTS - 4..], [2, 0, 0, 1]);
        assert_eq!((pace.total(), pace.minute(1004)), (3, 3));
        assert_eq!((pace.second(1004, 100), pace.second(1004, 4)), (0.3, 0.375));
        // The slot that is not over does not count yet.
        assert_eq!(pace.minute(1003), 2);
        assert_eq!((pace.minute(1034), pace.minute(1033), pace.minute(5000)), (0, 1, 0));
        pace.count(1031);
        assert_eq!(pace.minute(1032), 2);
        pace.count(9);
        assert_eq!((pace.total(), pace.minute(10)), (5, 1));
    }
}
