//! Which time of a place is covered already, and where to begin.

use fedhub::journal::StreamPosition;

use crate::hub::Begin;

/// A time whose messages are all here. Times are unix seconds.
///
/// It is kept as the position of a stream: the number is [`Covered::until`], and what takes the place
/// of a journal's epoch says the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Covered {
    /// Its first second.
    pub(super) since: i64,
    /// The second after its last.
    pub(super) until: i64,
    /// Whether everything that came after it has come from the bus, up to the hub's last stop.
    pub(super) live: bool,
}

/// How much is read twice, in seconds: messages may reach an archive after younger ones, and the
/// clocks of two machines differ.
pub(super) const OVERLAP: i64 = 60;

impl Covered {
    /// Where to begin. `known` is what was covered before, `newest` when the newest message in the
    /// journal arrived.
    pub(super) fn begin(begin: Begin, known: Option<Self>, newest: Option<i64>, now: i64) -> Self {
        let stopped = match known {
            // A walk that did not come to its end goes on.
            Some(Self { until, live: false, .. }) => Some(until),
            Some(Self { until, .. }) => Some(until.max(newest.unwrap_or(until)) - OVERLAP),
            None => newest.map(|newest| newest - OVERLAP),
        };
        let at = |micros: i64| micros.div_euclid(1_000_000);
        let second = match (begin, known) {
            (Begin::Now, _) => None,
            (Begin::Last, _) => stopped,
            (Begin::At(time), Some(known)) if known.since <= at(time) => {
                stopped.max(Some(at(time)))
            }
            (Begin::At(time), _) => Some(at(time)),
        };
        let until = second.unwrap_or(now).clamp(0, now.max(0));
        // Going on where it stopped extends what is covered.
        let joined = known.filter(|known| begin != Begin::Now && known.since <= until);
        let since = match joined {
            Some(known) if stopped.is_some_and(|stopped| until <= stopped) => known.since,
            _ => until,
        };
        Self { since, until, live: false }
    }

    /// As the position of a stream. What stands in place of an epoch differs whenever a walk begins
    /// elsewhere, since a position does not go back within one epoch.
    pub(super) fn position(self, endpoint: &str, stream: &str) -> StreamPosition {
        let live = if self.live { "live " } else { "" };
        StreamPosition {
            endpoint: endpoint.to_owned(),
            stream: stream.to_owned(),
            epoch: format!("{live}since {}", self.since),
            seq: self.until,
        }
    }

    /// What was kept; `None` if it is something else.
    pub(super) fn read(position: &StreamPosition) -> Option<Self> {
        let rest = position.epoch.strip_prefix("live ");
        let since = rest.unwrap_or(&position.epoch).strip_prefix("since ")?.parse().ok()?;
        Some(Self { since, until: position.seq, live: rest.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read() {
        for live in [true, false] {
            let covered = Covered { since: 5, until: 9, live };
            let mut position = covered.position("http://x/raw", "datagrepper");
            assert_eq!(Covered::read(&position), Some(covered));
            for other in ["2d4c5a", "since ever", "live", ""] {
                position.epoch = other.to_owned();
                assert_eq!(Covered::read(&position), None);
            }
        }
    }

    #[test]
    fn it_begins_where_it_stopped_or_where_it_is_told_to() {
        let [walking, live] =
            [false, true].map(|live| Some(Covered { since: 1000, until: 5000, live }));
        let at = |second: i64| Begin::At(second * 1_000_000);
        for (begin, known, newest, since, until) in [
            (Begin::Now, walking, Some(7000), 10_000, 10_000),
            (Begin::Now, live, Some(10_000), 10_000, 10_000),
            (Begin::Last, None, None, 10_000, 10_000),
            (Begin::Last, None, Some(7000), 6940, 6940),
            // What arrived meanwhile says nothing about a walk that did not end.
            (Begin::Last, walking, Some(7000), 1000, 5000),
            (Begin::Last, live, Some(7000), 1000, 6940),
            (Begin::Last, live, None, 1000, 4940),
            (at(900), live, Some(7000), 900, 900),
            (at(2000), live, Some(7000), 1000, 6940),
            (at(2000), walking, Some(7000), 1000, 5000),
            // Nobody knows what was between 5000 and 8000.
            (at(8000), walking, Some(7000), 8000, 8000),
            (at(8000), live, Some(7000), 8000, 8000),
            (at(8000), None, None, 8000, 8000),
            (at(99_000), None, None, 10_000, 10_000),
            (at(-5), None, None, 0, 0),
        ] {
            let covered = Covered::begin(begin, known, newest, 10_000);
            let expected = Covered { since, until, live: false };
            assert_eq!(covered, expected, "{begin:?} {known:?} {newest:?}");
        }
    }
}
