//! How fast messages are sent: `orig`, `xN` or `N/s`.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// How fast messages are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// As they came, so many times as fast.
    Original(f64),
    /// So many a second.
    Rate(f64),
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.parse::<f64>().ok();
            number
                .filter(|number| number.is_normal() && *number > 0.0)
                .ok_or_else(|| "write it as orig, x10 or 100/s".to_owned())
        };
        match (text, text.strip_prefix('x'), text.strip_suffix("/s")) {
            ("orig", ..) => Ok(Pace::Original(1.0)),
            (_, Some(times), _) => number(times).map(Pace::Original),
            (_, _, Some(rate)) => number(rate).map(Pace::Rate),
            _ => number("").map(Pace::Rate),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pace::Original(1.0) => f.write_str("orig"),
            Pace::Original(times) => write!(f, "x{times}"),
            Pace::Rate(rate) => write!(f, "{rate}/s"),
        }
    }
}

/// Says when each message is due.
pub struct Clock {
    pace: Pace,
    begin: Instant,
    /// When the first message came.
    first: Option<i64>,
    sent: u64,
}

impl Clock {
    /// The first message is due now.
    pub fn start(pace: Pace) -> Self {
        Self { pace, begin: Instant::now(), first: None, sent: 0 }
    }

    /// When the next message is due, which came at this time, in unix microseconds. Without a time it
    /// follows at once.
    pub fn due(&mut self, received: Option<i64>) -> Instant {
        let seconds = match self.pace {
            Pace::Rate(rate) => self.sent as f64 / rate,
            Pace::Original(times) => match received {
                Some(received) => {
                    let first = *self.first.get_or_insert(received);
                    received.saturating_sub(first) as f64 / 1e6 / times
                }
                None => 0.0,
            },
        };
        self.sent += 1;
        let offset = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        // Later than any clock shows: as late as can be said.
        const AGES: Duration = Duration::from_secs(100 * 365 * 86_400);
        self.begin + offset.min(AGES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_are_read_and_shown() {
        for text in ["orig", "x10", "x0.5", "100/s", "0.1/s"] {
            assert_eq!(text.parse::<Pace>().unwrap().to_string(), text);
        }
        for text in ["", "x", "x0", "x-1", "/s", "0/s", "nan/s", "inf/s", "xinf", "10", "fast"] {
            assert!(text.parse::<Pace>().is_err(), "{text}");
        }
    }

    #[test]
    fn messages_are_due_at_their_pace() {
        let after = |pace, times: &[Option<i64>]| -> Vec<f64> {
            let mut clock = Clock::start(pace);
            let begin = clock.begin;
            times.iter().map(|time| (clock.due(*time) - begin).as_secs_f64()).collect()
        };
        let times = [Some(5_000_000), Some(9_000_000), None, Some(1), Some(7_000_000)];
        assert_eq!(after(Pace::Rate(2.0), &times), [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(after(Pace::Original(1.0), &times), [0.0, 4.0, 0.0, 0.0, 2.0]);
        assert_eq!(after(Pace::Original(4.0), &times), [0.0, 1.0, 0.0, 0.0, 0.5]);
        let hostile = [Some(i64::MIN), Some(i64::MAX)];
        assert!(after(Pace::Original(1e-300), &hostile)[1] > 1e9);
    }
}
