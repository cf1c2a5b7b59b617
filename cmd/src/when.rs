//! Points in time on the command line: RFC 3339, unix seconds, or an age such as `-1h`.

use std::str::FromStr;
use std::time::Duration;

use fedhub::when::seconds;
pub(crate) use fedhub::when::show;

/// A point in time, in unix microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When(pub(crate) i64);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        fedhub::when::parse(text, fedhub::journal::now()).map(When)
    }
}

/// Reads a number of seconds that lets one wait.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let most = 10.0 * 365.25 * 86_400.0;
    Duration::try_from_secs_f64(seconds.min(most)).map_err(|error| error.to_string())
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
    fn ages_are_seconds_or_have_a_unit() {
        assert_eq!(parse_age("90"), parse_age("1.5m"));
        for text in ["", "-1h", "-1", "1x", "nan", "1e99d"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
    }
}
