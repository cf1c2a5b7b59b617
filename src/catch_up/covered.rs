//! Which time is covered already, and where to begin.

/// A time whose messages are all here. Times are unix seconds.
///
/// It is kept as the position of a stream: the number is [`Covered::until`], and what takes the place
/// of a journal's epoch says the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Its first second.
    pub since: i64,
    /// The second after its last.
    pub until: i64,
    /// Whether everything that came after it has come from the bus, up to the hub's last stop.
    pub live: bool,
}

/// What is wanted of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// Nothing: what was missed stays missed.
    Now,
    /// Everything since the hub stopped; nothing, if it has never run.
    Last,
    /// Everything since this unix second.
    At(i64),
}

/// How much is read twice, in seconds: messages may reach an archive after younger ones, and the
/// clocks of two machines differ.
pub const OVERLAP: i64 = 60;

impl Covered {
    /// What stands in place of an epoch. It differs whenever a walk begins elsewhere, since a position
    /// does not go back within one epoch.
    pub fn epoch(&self) -> String {
        let Self { since, live, .. } = self;
        if *live { format!("live since {since}") } else { format!("since {since}") }
    }

    /// Reads what was kept; `None` if it is something else.
    pub fn read(epoch: &str, seq: i64) -> Option<Self> {
        let rest = epoch.strip_prefix("live ");
        let since = rest.unwrap_or(epoch).strip_prefix("since ")?.parse().ok()?;
        Some(Self { since, until: seq, live: rest.is_some() })
    }
}

impl Beginning {
    /// The second from which messages are to be asked for. `covered` is what is known from before,
    /// `newest` when the newest message in the journal arrived.
    pub fn second(self, covered: Option<Covered>, newest: Option<i64>, now: i64) -> i64 {
        let stopped = match covered {
            // A walk that did not come to its end goes on.
            Some(Covered { until, live: false, .. }) => Some(until),
            Some(Covered { until, .. }) => Some(until.max(newest.unwrap_or(until)) - OVERLAP),
            None => newest.map(|newest| newest - OVERLAP),
        };
        let second = match (self, covered) {
            (Self::Now, _) => None,
            (Self::Last, _) => stopped,
            (Self::At(time), Some(covered)) if covered.since <= time => {
                Some(time.max(stopped.unwrap_or(time)))
            }
            (Self::At(time), _) => Some(time),
        };
        second.unwrap_or(now).clamp(0, now.max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read() {
        for live in [true, false] {
            let covered = Covered { since: 5, until: 9, live };
            assert_eq!(Covered::read(&covered.epoch(), 9), Some(covered));
        }
        assert_eq!(Covered::read("2d4c5a", 9), None);
        assert_eq!(Covered::read("since ever", 9), None);
    }

    #[test]
    fn it_begins_where_it_stopped_or_where_it_is_told_to() {
        let [walking, live] =
            [false, true].map(|live| Some(Covered { since: 1000, until: 5000, live }));
        for (beginning, covered, newest, expected) in [
            (Beginning::Now, walking, Some(7000), 10_000),
            (Beginning::Last, None, None, 10_000),
            (Beginning::Last, None, Some(7000), 6940),
            // What arrived meanwhile says nothing about a walk that did not end.
            (Beginning::Last, walking, Some(7000), 5000),
            (Beginning::Last, live, Some(7000), 6940),
            (Beginning::Last, live, None, 4940),
            (Beginning::At(900), live, Some(7000), 900),
            (Beginning::At(2000), live, Some(7000), 6940),
            (Beginning::At(2000), walking, Some(7000), 5000),
            (Beginning::At(8000), walking, Some(7000), 8000),
            (Beginning::At(8000), None, None, 8000),
            (Beginning::At(99_000), None, None, 10_000),
            (Beginning::At(-5), None, None, 0),
        ] {
            let second = beginning.second(covered, newest, 10_000);
            assert_eq!(second, expected, "{beginning:?} {covered:?} {newest:?}");
        }
    }
}
