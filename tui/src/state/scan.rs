//! Which messages something holds for, found a slice of time at a time: first the newer ones, then
//! the older ones, from where it began.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

/// How many positions are kept. Beyond, the oldest are given up.
const MOST: usize = 1_000_000;

/// The positions found so far.
#[derive(Debug)]
pub struct Scan {
    found: VecDeque<i64>,
    /// What was looked at.
    seen: Range<i64>,
    /// Whether positions were given up, so that there is no use in looking further back.
    full: bool,
}

impl Scan {
    /// Nothing is found yet; it begins at this position.
    pub fn from(position: i64) -> Self {
        Self { found: VecDeque::new(), seen: position..position, full: false }
    }

    /// Looks at messages in `range` until the time is up, all were looked at, or one has to be read first:
    /// of that `holds` says nothing yet.
    pub fn run(
        &mut self,
        range: Range<i64>,
        deadline: Instant,
        mut holds: impl FnMut(i64) -> Option<bool>,
    ) {
        self.forget_before(range.start);
        if self.seen.is_empty() {
            let begin = self.seen.start.clamp(range.start, range.end);
            self.seen = begin..begin;
        }
        while self.seen.end < range.end && Instant::now() < deadline {
            let Some(holds) = holds(self.seen.end) else { break };
            if holds {
                self.found.push_back(self.seen.end);
            }
            self.seen.end += 1;
            if self.found.len() > MOST {
                self.found.pop_front();
                self.full = true;
            }
        }
        while !self.full && self.seen.start > range.start && Instant::now() < deadline {
            let Some(holds) = holds(self.seen.start - 1) else { break };
            self.seen.start -= 1;
            if holds {
                self.found.push_front(self.seen.start);
                self.full = self.found.len() >= MOST;
            }
        }
    }

    /// Whether all in `range` was looked at.
    pub fn is_done(&self, range: &Range<i64>) -> bool {
        let back = self.full || self.seen.start <= range.start;
        range.is_empty() || (back && self.seen.end >= range.end)
    }

    /// What was found, in order.
    pub fn found(&self) -> &VecDeque<i64> {
        &self.found
    }

    /// What was looked at.
    pub fn seen(&self) -> Range<i64> {
        self.seen.clone()
    }

    /// Leaves out what is not there any more.
    fn forget_before(&mut self, first: i64) {
        while self.found.front().is_some_and(|&position| position < first) {
            self.found.pop_front();
        }
        self.seen.start = self.seen.start.max(first);
        self.seen.end = self.seen.end.max(self.seen.start);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn newer_ones_come_first_and_then_all() {
        let mut scan = Scan::from(10);
        let mut asked = Vec::new();
        scan.run(7..12, soon(), |position| {
            asked.push(position);
            Some(position % 2 == 0)
        });
        assert_eq!(asked, [10, 11, 9, 8, 7]);
        assert_eq!(scan.found(), &[8, 10]);
        assert!(scan.is_done(&(7..12)) && !scan.is_done(&(7..13)));
        // The oldest have gone, and new ones came.
        scan.run(9..15, soon(), |position| Some(position % 2 == 0));
        assert_eq!(scan.found(), &[10, 12, 14]);
    }

    #[test]
    fn it_stops_when_the_time_is_up_and_goes_on_later() {
        let mut scan = Scan::from(0);
        scan.run(0..10, Instant::now(), |_| Some(true));
        assert!(scan.found().is_empty() && !scan.is_done(&(0..10)));
        scan.run(0..10, soon(), |_| Some(true));
        assert_eq!(scan.found().len(), 10);
    }

    #[test]
    fn it_waits_for_what_has_to_be_read() {
        let mut scan = Scan::from(3);
        scan.run(0..5, soon(), |position| (position != 1).then_some(true));
        assert_eq!(scan.found(), &[2, 3, 4]);
        assert!(!scan.is_done(&(0..5)));
        scan.run(0..5, soon(), |_| Some(true));
        assert_eq!(scan.found(), &[0, 1, 2, 3, 4]);
    }

    #[test]
    fn it_may_begin_where_nothing_is_any_more() {
        let mut scan = Scan::from(3);
        scan.run(100..103, soon(), |_| Some(true));
        assert_eq!(scan.found(), &[100, 101, 102]);
    }
}
