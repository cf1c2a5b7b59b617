//! Times as seconds since 1970 and as text, always in UTC.

use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::{Error, RunPtr, ValR};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::jq::Data;
use crate::jq::value::Val;

pub(super) fn natives() -> impl Iterator<Item = Fun<Data>> {
    let none: [(&'static str, RunPtr<Data>); 4] = [
        ("todate", |cv| bome(to_date(&cv.1))),
        ("todateiso8601", |cv| bome(to_date(&cv.1))),
        ("fromdate", |cv| bome(from_date(&cv.1))),
        ("fromdateiso8601", |cv| bome(from_date(&cv.1))),
    ];
    let none = none.into_iter().map(|(name, f)| run::<Data>((name, v(0), f)));
    let strftime: RunPtr<Data> = |cv| unary(cv, |value, format| formatted(&value, &format));
    none.chain([run::<Data>(("strftime", v(1), strftime))])
}

/// The time of a number of seconds; fractions are dropped.
fn time(value: &Val) -> ValR<Timestamp, Val> {
    let seconds = value.number().ok_or_else(|| Error::typ(value.clone(), "number"))?;
    Timestamp::from_second(seconds.floor() as i64)
        .map_err(|_| Error::str(format_args!("{value} is no time")))
}

fn to_date(value: &Val) -> ValR<Val> {
    Ok(Val::string(&time(value)?.to_string()))
}

fn from_date(value: &Val) -> ValR<Val> {
    let text = value.as_str().ok_or_else(|| Error::typ(value.clone(), "string"))?;
    let time: Timestamp =
        text.parse().map_err(|_| Error::str(format_args!("{value} is no RFC 3339 time")))?;
    Ok(Val::Int(time.as_second()))
}

fn formatted(value: &Val, format: &Val) -> ValR<Val> {
    /// A conversion may be told to fill up to 255 characters.
    const MAX_FORMAT: usize = 100;
    let time = time(value)?.to_zoned(TimeZone::UTC);
    let format = format.as_str().ok_or_else(|| Error::typ(format.clone(), "string"))?;
    if format.len() > MAX_FORMAT {
        return Err(Error::str("a format of more than 100 bytes"));
    }
    let text = jiff::fmt::strtime::format(format, &time);
    Ok(Val::string(&text.map_err(|_| Error::str("no format of times"))?))
}
