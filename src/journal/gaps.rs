//! What was missed of other publishers' streams, and what became of it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Span, Store, now};
use crate::Result;

/// Which gap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GapKey {
    /// Where the stream came from.
    pub endpoint: String,
    /// The stream.
    pub stream: String,
    /// The publisher's journal; of a publisher without one, its life.
    pub epoch: String,
    /// The first number in the span that has the gap.
    pub first: i64,
}

/// How it stands with a gap now: all of it, not what changed, so that the same report may come twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapReport {
    /// Which gap.
    pub key: GapKey,
    /// The last number in the span that has the gap.
    pub last: i64,
    /// Whether first and last are numbers of the publisher's journal. Without a journal they count
    /// what it published in its life.
    pub numbered: bool,
    /// How many messages did not come by themselves.
    pub missed: u64,
    /// How many of them were fetched.
    pub recovered: u64,
    /// How many of them cannot be had any more.
    pub lost: u64,
    /// Whether nothing more will happen to it.
    pub closed: bool,
    /// More about it, for people.
    pub note: Option<String>,
}

/// A gap as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its number.
    pub id: i64,
    /// The last report.
    pub report: GapReport,
    /// When it was reported first, in unix microseconds.
    pub opened: i64,
    /// When it was closed, in unix microseconds.
    pub closed: Option<i64>,
}

const COLUMNS: &str = "id, endpoint, stream, epoch, first, last, numbered, missed, recovered, lost, \
                       opened, closed, note";

impl GapReport {
    /// Writes it, as part of a transaction.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let GapKey { endpoint, stream, epoch, first } = &self.key;
        let time = now();
        // What a publisher says may be beyond what a file can hold.
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(
            "INSERT INTO gap (endpoint, stream, epoch, first, last, numbered, missed, recovered,
                              lost, opened, closed, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (endpoint, stream, epoch, first) DO UPDATE SET
                last = excluded.last, numbered = excluded.numbered, missed = excluded.missed,
                recovered = excluded.recovered, lost = excluded.lost,
                closed = CASE WHEN excluded.closed IS NULL THEN NULL
                              ELSE coalesce(closed, excluded.closed) END,
                note = excluded.note",
        )?;
        let values = params![
            endpoint,
            stream,
            epoch,
            first,
            self.last,
            self.numbered,
            number(self.missed),
            number(self.recovered),
            number(self.lost),
            time,
            self.closed.then_some(time),
            self.note,
        ];
        statement.execute(values).map(|_| ())
    }
}

fn gap(row: &Row<'_>) -> rusqlite::Result<Gap> {
    let closed: Option<i64> = row.get(11)?;
    let key = GapKey {
        endpoint: row.get(1)?,
        stream: row.get(2)?,
        epoch: row.get(3)?,
        first: row.get(4)?,
    };
    let report = GapReport {
        key,
        last: row.get(5)?,
        numbered: row.get(6)?,
        missed: row.get(7)?,
        recovered: row.get(8)?,
        lost: row.get(9)?,
        closed: closed.is_some(),
        note: row.get(12)?,
    };
    Ok(Gap { id: row.get(0)?, report, opened: row.get(10)?, closed })
}

impl Store {
    /// The gaps that were open in a span of time, the oldest first.
    pub fn gaps(&self, span: Span) -> Result<Vec<Gap>> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM gap
                 WHERE opened < ?2 AND coalesce(closed, ?1) >= ?1 ORDER BY id"
            ))?;
            let rows = statement.query_map(params![span.since, span.until], gap)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// One gap.
    pub fn gap(&self, key: &GapKey) -> Result<Option<Gap>> {
        let GapKey { endpoint, stream, epoch, first } = key;
        let query = format!(
            "SELECT {COLUMNS} FROM gap
             WHERE endpoint = ?1 AND stream = ?2 AND epoch = ?3 AND first = ?4"
        );
        self.connection
            .query_row(&query, params![endpoint, stream, epoch, first], gap)
            .optional()
            .map_err(|error| self.failed("cannot read", error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::store;
    use super::*;

    #[test]
    fn a_report_says_how_it_stands_also_when_it_comes_twice() {
        let (_dir, store) = store();
        let key = GapKey { endpoint: "e".into(), stream: "s".into(), epoch: "p".into(), first: 5 };
        let mut report = GapReport {
            key: key.clone(),
            last: 9,
            numbered: true,
            missed: 3,
            recovered: 0,
            lost: 0,
            closed: false,
            note: None,
        };
        report.write(&store.connection).unwrap();
        let opened = store.gap(&key).unwrap().unwrap();
        assert_eq!((&opened.report, opened.closed), (&report, None));
        (report.recovered, report.lost, report.closed) = (2, 1, true);
        report.write(&store.connection).unwrap();
        let closed = store.gap(&key).unwrap().unwrap();
        report.write(&store.connection).unwrap();
        assert_eq!(store.gaps(Span::default()).unwrap(), std::slice::from_ref(&closed));
        assert_eq!((&closed.report, closed.opened), (&report, opened.opened));
        let later = Span { since: closed.closed.unwrap() + 1, until: i64::MAX };
        assert_eq!(store.gaps(later).unwrap(), []);
        let before = Span { since: 0, until: opened.opened };
        assert_eq!(store.gaps(before).unwrap(), []);
    }
}
