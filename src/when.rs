//! Points in time as people read them. All are unix microseconds.

use jiff::Timestamp;

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
