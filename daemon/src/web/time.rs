//! Times in requests: unix seconds or a date, and the range that `start`, `end` and `delta` make.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

pub(crate) use fedhub::when::{ago, show};

use super::parameters::{Parameters, Refusal};

const MICROSECONDS: f64 = 1e6;
/// What `end` alone goes back, in seconds.
const DEFAULT_DELTA: f64 = 600.0;

const WANTED: &str =
    "unix seconds, or a date such as 2026-01-31T12:00:00Z; without a zone it is UTC";

/// Forms of dates that neither RFC 3339 nor RFC 2822 has.
const FORMS: [&str; 10] = [
    "%Y%m%dT%H%M%S",
    "%Y%m%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y",
    "%b %d %Y %H:%M:%S",
    "%b %d %Y",
    "%b %d, %Y",
    "%B %d, %Y",
];

/// A range of time as it was asked for: ends in unix microseconds, both included, and the width.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Range {
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
    /// The width in seconds.
    pub(crate) delta: Option<f64>,
}

impl Range {
    /// Reads `start`, `end` and `delta`, as datagrepper does: a width without ends goes back from now,
    /// both ends make it needless, and a start without an end goes on until now.
    pub(crate) fn read(given: &mut Parameters, now: i64) -> Result<Self, Refusal> {
        let start = given.read("start", WANTED, time)?;
        let end = given.read("end", WANTED, time)?;
        let seconds = |text: &str| text.parse().ok().filter(|delta: &f64| delta.is_finite());
        let delta = given.read("delta", "a number of seconds", seconds)?;
        let width = (delta.unwrap_or(DEFAULT_DELTA) * MICROSECONDS) as i64;
        let (since, until) = match (start, end) {
            (Some(start), Some(end)) => (Some(start), Some(end)),
            (Some(start), None) if delta.is_some() => {
                (Some(start), Some(start.saturating_add(width)))
            }
            (Some(start), None) => (Some(start), Some(now)),
            (None, Some(end)) => (Some(end.saturating_sub(width)), Some(end)),
            (None, None) if delta.is_some() => (Some(now.saturating_sub(width)), Some(now)),
            (None, None) => (None, None),
        };
        let delta = match (since, until) {
            (Some(since), Some(until)) => Some(until.saturating_sub(since) as f64 / MICROSECONDS),
            _ => None,
        };
        Ok(Self { since, until, delta })
    }
}

/// Reads a time; gives unix microseconds.
fn time(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>()
        // Eight digits could be a date, and as seconds they would be in 1970.
        && !(text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let micros = (seconds * MICROSECONDS).round();
        let possible = micros.is_finite() && Timestamp::from_microsecond(micros as i64).is_ok();
        return possible.then_some(micros as i64);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_microsecond());
    }
    if let Ok(time) = rfc2822::parse(text) {
        return Some(time.timestamp().as_microsecond());
    }
    let civil = text.parse::<DateTime>().ok().or_else(|| {
        let forms = FORMS.iter();
        forms.into_iter().find_map(|form| {
            let parsed = jiff::fmt::strtime::parse(form, text).ok()?;
            parsed.to_datetime().or_else(|_| parsed.to_date().map(DateTime::from)).ok()
        })
    })?;
    let zoned: Zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

/// Writes unix microseconds as Python does.
pub(crate) fn as_python(micros: i64) -> String {
    let form = if micros % 1_000_000 == 0 { "%FT%T+00:00" } else { "%FT%T%.6f+00:00" };
    Timestamp::from_microsecond(micros)
        .map_or_else(|_| micros.to_string(), |time| time.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_many_forms() {
        for (text, expected) in [
            ("60", 60_000_000),
            ("60.5", 60_500_000),
            ("1970-01-01T00:01:00Z", 60_000_000),
            ("1970-01-01T01:01:00+01:00", 60_000_000),
            ("1970-01-01 01:01:00+01:00", 60_000_000),
            ("1970-01-01T00:01:00", 60_000_000),
            ("1970-01-01 00:01", 60_000_000),
            ("1970-01-02", 86_400_000_000),
            ("19700102", 86_400_000_000),
            ("1970/01/02", 86_400_000_000),
            ("2 Jan 1970", 86_400_000_000),
            ("Jan 2, 1970", 86_400_000_000),
            ("January 2, 1970", 86_400_000_000),
            ("Fri, 02 Jan 1970 00:00:00 +0000", 86_400_000_000),
        ] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        for text in ["garbage", "nan", "inf", "1e99", "", "2026-13-01", "2026-02-30"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_follow_the_table() {
        let now = 1_000_000_000;
        let range = |query: &str| {
            let range = Range::read(&mut Parameters::parse(query).unwrap(), now).unwrap();
            let seconds = |time: Option<i64>| time.map(|time| time / 1_000_000);
            (seconds(range.since), seconds(range.until))
        };
        assert_eq!(range(""), (None, None));
        assert_eq!(range("delta=100"), (Some(900), Some(1000)));
        assert_eq!(range("start=500"), (Some(500), Some(1000)));
        assert_eq!(range("start=500&delta=10"), (Some(500), Some(510)));
        assert_eq!(range("end=700&delta=10"), (Some(690), Some(700)));
        assert_eq!(range("end=700"), (Some(100), Some(700)));
        assert_eq!(range("start=1&end=2&delta=10"), (Some(1), Some(2)));
        assert_eq!(range("delta=-5"), (Some(1005), Some(1000)));
    }

    #[test]
    fn times_are_written_as_python_does() {
        assert_eq!(as_python(1_700_000_000_500_000), "2023-11-14T22:13:20.500000+00:00");
        assert_eq!(as_python(1_700_000_000_000_000), "2023-11-14T22:13:20+00:00");
    }

    #[test]
    fn nonsense_is_refused() {
        for query in ["start=nan", "end=x", "delta=abc", "delta=inf", "delta=nan"] {
            let refusal = Range::read(&mut Parameters::parse(query).unwrap(), 0).unwrap_err();
            assert_eq!(refusal.parameter, query.split('=').next().unwrap());
        }
    }
}
