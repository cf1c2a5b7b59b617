//! Points in time as people write and read them. All are unix microseconds.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

const MICROSECONDS: i64 = 1_000_000;

/// Reads a point in time: RFC 3339, unix seconds, or an age such as `-1h`.
pub fn parse(text: &str, now: i64) -> Result<i64, String> {
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

/// The same, and what a clock shows where somebody is: `12:30`, which is the last time it was that late, and
/// `2026-01-31` or `2026-01-31 12:30`.
pub fn parse_local(text: &str, now: i64, zone: &TimeZone) -> Result<i64, String> {
    const WANTED: &str =
        "write it as 12:30, as 2026-01-31 12:30, as 2026-01-31T12:00:00Z, or as an age: -1h";
    let text = text.trim();
    if let Ok(time) = parse(text, now) {
        return Ok(time);
    }
    let there = |time: DateTime| zone.to_timestamp(time).ok().map(Timestamp::as_microsecond);
    let on_clock = ["%H:%M", "%H:%M:%S"].iter().find_map(|form| Time::strptime(form, text).ok());
    let found = match on_clock {
        Some(time) => {
            let today = Timestamp::from_microsecond(now).unwrap_or_default();
            let today = today.to_zoned(zone.clone()).date();
            let days = [Some(today), today.yesterday().ok()];
            let times = days.into_iter().flatten().filter_map(|day| there(day.to_datetime(time)));
            times.into_iter().find(|time| *time <= now)
        }
        None => {
            const FORMS: [&str; 4] =
                ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
            let day = || {
                Date::strptime("%Y-%m-%d", text).ok().map(|day| day.to_datetime(Time::midnight()))
            };
            let time = FORMS.iter().find_map(|form| DateTime::strptime(form, text).ok());
            time.or_else(day).and_then(there)
        }
    };
    found.ok_or_else(|| WANTED.into())
}

/// The seconds in a number with a unit.
pub fn seconds(age: &str) -> Option<f64> {
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

/// A time as RFC 3339.
pub fn show(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| time.to_string())
}

/// A time as people say it: `3 hours ago`.
pub fn ago(micros: i64, now: i64) -> String {
    let seconds = now.saturating_sub(micros) / 1_000_000;
    let (future, seconds) = (seconds < 0, seconds.unsigned_abs());
    let (count, unit) = match seconds {
        0..10 => return "just now".into(),
        10..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400..604_800 => (seconds / 86_400, "day"),
        604_800..2_629_800 => (seconds / 604_800, "week"),
        2_629_800..31_557_600 => (seconds / 2_629_800, "month"),
        _ => (seconds / 31_557_600, "year"),
    };
    let unit = if count == 1 { unit.to_owned() } else { format!("{unit}s") };
    let count = match (count, unit.as_str()) {
        (1, "hour") => "an".to_owned(),
        (1, _) => "a".to_owned(),
        _ => count.to_string(),
    };
    if future { format!("in {count} {unit}") } else { format!("{count} {unit} ago") }
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
    }

    #[test]
    fn a_clock_is_read_where_it_hangs() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let moment = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        let now = moment("2026-03-10T10:00:00Z");
        for (text, expected) in [
            ("11:59", "2026-03-10T09:59:00Z"),
            ("12:00:01", "2026-03-09T10:00:01Z"),
            ("2026-03-01", "2026-02-28T22:00:00Z"),
            ("2026-03-01 12:30", "2026-03-01T10:30:00Z"),
            ("2026-03-01T12:30:15", "2026-03-01T10:30:15Z"),
            ("2026-03-01T12:30:15Z", "2026-03-01T12:30:15Z"),
            (" -1h ", "2026-03-10T09:00:00Z"),
        ] {
            assert_eq!(parse_local(text, now, &zone), Ok(moment(expected)), "{text}");
        }
        for text in ["", "25:00", "12:60", "2026-13-01", "noon", "12:30 x"] {
            assert!(parse_local(text, now, &zone).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_told_by_their_distance() {
        let now = 1_000_000_000_000_000;
        for (seconds, said) in [
            (0, "just now"),
            (59, "59 seconds ago"),
            (60, "a minute ago"),
            (3600, "an hour ago"),
            (2 * 86_400, "2 days ago"),
            (800_000_000, "25 years ago"),
            (-90, "in a minute"),
        ] {
            assert_eq!(ago(now - seconds * 1_000_000, now), said);
        }
    }
}
