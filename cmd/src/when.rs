//! Points in time on the command line: RFC 3339, unix seconds, or an age such as `-1h`.

use std::str::FromStr;
use std::time::Duration;

pub(crate) use fedhub::when::show;
use jiff::Timestamp;

const MICROSECONDS: i64 = 1_000_000;

/// A point in time, in unix microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(pub(crate) i64);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, fedhub::journal::now()).map(When)
    }
}

fn parse(text: &str, now: i64) -> Result<i64, String> {
    const WANTED: &str =
        "write it as 2026-01-31T12:00:00Z, as unix seconds, or as an age: -1h, -7d";
    let microseconds = |seconds: f64| seconds * MICROSECONDS as f64;
    let time = match text.strip_prefix('-') {
        Some(age) => now as f64 - microseconds(seconds(age).ok_or(WANTED)?),
        None => match text.parse::<f64>() {
            Ok(seconds) => microseconds(seconds),
            Err(_) => {
                return text
                    .parse::<Timestamp>()
                    .map(Timestamp::as_microsecond)
                    .map_err(|_| WANTED.into());
            }
        },
    };
    // What no calendar has is a slip of the finger.
    let possible = Timestamp::from_microsecond(time as i64).is_ok() && time.is_finite();
    if possible { Ok(time as i64) } else { Err(WANTED.into()) }
}

/// Reads a number of seconds that lets one wait.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let most = 10.0 * 365.25 * 86_400.0;
    Duration::try_from_secs_f64(seconds.min(most)).map_err(|error| error.to_string())
}

/// The seconds in a number with a unit.
fn seconds(age: &str) -> Option<f64> {
    let unit = match age.chars().last()? {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86400.0,
        'w' => 7.0 * 86400.0,
        _ => return None,
    };
    let number: f64 = age[..age.len() - 1].parse().ok()?;
    (number >= 0.0).then_some(number * unit)
}

/// Reads an age: a number of seconds, or a number with a unit.
pub(crate) fn parse_age(text: &str) -> Result<Duration, String> {
    let age = text.parse().ok().or_else(|| seconds(text));
    let age = age.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    age.ok_or_else(|| "write it as seconds, or with a unit: 90m, 1h, 7d".into())
}

/// How long ago a time was, for people.
pub(crate) fn age(microseconds: i64) -> String {
    fedhub::when::ago(microseconds, fedhub::journal::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_three_forms() {
        let now = 1_000_000 * MICROSECONDS;
        for (text, seconds) in [
            ("-1h", 1_000_000 - 3600),
            ("-7d", 1_000_000 - 7 * 86400),
            ("1700000000", 1_700_000_000),
            ("1970-01-01T00:01:00Z", 60),
            ("1970-01-01T01:01:00+01:00", 60),
        ] {
            assert_eq!(parse(text, now), Ok(seconds * MICROSECONDS), "{text}");
        }
        for text in ["", "-", "-1", "-1x", "--1h", "yesterday", "1e99", "nan", "-é", "2026-01-31"]
        {
            assert!(parse(text, now).is_err(), "{text}");
        }
        assert_eq!(show(60 * MICROSECONDS), "1970-01-01T00:01:00Z");
        assert_eq!(parse_age("90"), parse_age("1.5m"));
        for text in ["", "-1h", "-1", "1x", "nan", "1e99d"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
    }
}
