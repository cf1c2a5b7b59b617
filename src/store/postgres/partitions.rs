//! A partition for each month, made ahead of time.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Postgres;
use crate::store::Archived;
use crate::store::database::Database;
use crate::{Error, Kind, Result, journal};

/// For so many months after this one there are partitions.
const AHEAD: i64 = 3;

impl Postgres {
    /// Makes the partitions that messages need, and once a month those of the next ones.
    pub(super) fn make_partitions(&mut self, batch: &[Archived]) -> Result<()> {
        let now = month(journal::now())?;
        if self.ahead != Some(now) {
            (now..=now + AHEAD).try_for_each(|month| self.make_partition(month))?;
            self.ahead = Some(now);
        }
        batch.iter().try_for_each(|one| self.make_partition(month(one.time)?))
    }

    fn make_partition(&mut self, month: i64) -> Result<()> {
        if self.months.contains(&month) {
            return Ok(());
        }
        let (year, number) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let name = format!("message_{year:04}_{number:02}");
        let (first, end) = (begin(month)?, begin(month + 1)?);
        let known = self.rows("SELECT to_regclass($1) IS NOT NULL", &[&name])?;
        if !known.first().is_some_and(|row| row.get(0)) {
            // Behind the lock of whoever writes, as two that make the same one at once collide.
            self.transaction(|this| {
                this.batch(&format!(
                    "CREATE TABLE IF NOT EXISTS {name} PARTITION OF message
                     FOR VALUES FROM ({first}) TO ({end})"
                ))
            })?;
        }
        self.months.insert(month);
        Ok(())
    }
}

/// Months since the year 0.
fn month(time: i64) -> Result<i64> {
    let at = Timestamp::from_microsecond(time).map_err(out_of_range)?.to_zoned(TimeZone::UTC);
    Ok(i64::from(at.year()) * 12 + i64::from(at.month()) - 1)
}

/// When a month begins, in unix microseconds.
fn begin(month: i64) -> Result<i64> {
    let year = i16::try_from(month.div_euclid(12)).map_err(out_of_range)?;
    let number = i8::try_from(month.rem_euclid(12) + 1).map_err(out_of_range)?;
    let date = Date::new(year, number, 1).map_err(out_of_range)?;
    let at = date.to_zoned(TimeZone::UTC).map_err(out_of_range)?;
    Ok(at.timestamp().as_microsecond())
}

fn out_of_range(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Data, "a message has an impossible time").because(error)
}
