//! Reading, in batches of bounded size.

use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, params, params_from_iter};

use super::{Identity, Store};
use crate::Result;
use crate::message::Message;

/// How many messages and bytes a batch may have. It has at least one message if there is one.
const BATCH_MESSAGES: usize = 1000;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// A message in the journal.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its number.
    pub seq: i64,
    /// When it arrived, in unix microseconds.
    pub received: i64,
    /// Where it arrived, if that is known.
    pub endpoint: Option<String>,
    /// The name of its verdict.
    pub verdict: String,
    /// Both frames as they came.
    pub message: Message,
    /// Its msg_id and digest.
    pub identity: Identity,
    /// Whether an earlier message with other content has the same msg_id.
    pub conflict: bool,
}

/// A span of arrival times in unix microseconds: from the first, up to but not including the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first time.
    pub since: i64,
    /// The time after the last.
    pub until: i64,
}

impl Default for Span {
    fn default() -> Self {
        Self { since: i64::MIN, until: i64::MAX }
    }
}

pub(super) const COLUMNS: &str =
    "seq, received, endpoint, verdict, topic, body, msg_id, digest, conflict";

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let topic: Vec<u8> = row.get(4)?;
    let body: Vec<u8> = row.get(5)?;
    Ok(Record {
        seq: row.get(0)?,
        received: row.get(1)?,
        endpoint: row.get(2)?,
        verdict: row.get(3)?,
        message: Message::new(String::from_utf8_lossy(&topic), body),
        identity: Identity { msg_id: row.get(6)?, digest: row.get(7)? },
        conflict: row.get(8)?,
    })
}

impl Store {
    /// The message with this number.
    pub fn get(&self, seq: i64) -> Result<Option<Record>> {
        let query = format!("SELECT {COLUMNS} FROM message WHERE seq = ?1");
        self.connection
            .query_row(&query, [seq], record)
            .optional()
            .map_err(|error| self.failed("cannot read", error))
    }

    /// The next batch after the message with this number. Empty when there is none.
    pub fn read(&self, after: i64, span: Span) -> Result<Vec<Record>> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM message
                 WHERE seq > ?1 AND received >= ?2 AND received < ?3 ORDER BY seq"
            ))?;
            batch(&mut statement, &[&after, &span.since, &span.until], BATCH_MESSAGES)
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// The next messages with one of these verdicts, or with any if none is named: at most so many,
    /// and not too many bytes. Messages with other verdicts cost time but are not given; when nothing
    /// is given, there was nothing up to what [`Store::newest`] said before.
    pub fn next(&self, after: i64, verdicts: &[&str], limit: usize) -> Result<Vec<Record>> {
        let attempt = || {
            let mut query = format!("SELECT {COLUMNS} FROM message WHERE seq > ?1");
            if !verdicts.is_empty() {
                query += &format!(" AND verdict IN (?2{})", ", ?".repeat(verdicts.len() - 1));
            }
            query += " ORDER BY seq";
            let mut values: Vec<&dyn ToSql> = vec![&after];
            values.extend(verdicts.iter().map(|verdict| verdict as &dyn ToSql));
            let mut statement = self.connection.prepare_cached(&query)?;
            batch(&mut statement, &values, limit)
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// The number of the newest message, also of one that retention has removed; 0 if there never was
    /// any.
    pub fn newest(&self) -> Result<i64> {
        newest(&self.connection).map_err(|error| self.failed("cannot read", error))
    }

    /// The number of the oldest message; without any, the number of the next one.
    pub fn oldest(&self) -> Result<i64> {
        let attempt = || {
            let query = "SELECT min(seq) FROM message";
            let oldest: Option<i64> =
                self.connection.prepare_cached(query)?.query_row([], |row| row.get(0))?;
            oldest.map_or_else(|| Ok(newest(&self.connection)? + 1), Ok)
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// The number before the last `count` messages in a span that are wanted, by number,
    /// topic and verdict; [`Store::read`] starts after it.
    pub fn before_last(
        &self,
        count: u64,
        span: Span,
        wanted: impl Fn(i64, &str, &str) -> bool,
    ) -> Result<i64> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT seq, topic, verdict FROM message
                 WHERE received >= ?1 AND received < ?2 ORDER BY seq DESC",
            )?;
            let mut rows = statement.query(params![span.since, span.until])?;
            let (mut first, mut found) = (None, 0);
            while found < count {
                let Some(row) = rows.next()? else { return Ok(0) };
                let topic: Vec<u8> = row.get(1)?;
                let verdict: String = row.get(2)?;
                let seq = row.get(0)?;
                if wanted(seq, &String::from_utf8_lossy(&topic), &verdict) {
                    found += 1;
                    first = Some(seq);
                }
            }
            match first {
                Some(seq) => Ok(seq - 1),
                None => newest(&self.connection),
            }
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }
}

fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    // SQLite's own record of numbers that were given.
    let query = "SELECT seq FROM sqlite_sequence WHERE name = 'message'";
    let newest = connection.prepare_cached(query)?.query_row([], |row| row.get(0)).optional()?;
    Ok(newest.unwrap_or_default())
}

fn batch(
    statement: &mut Statement<'_>,
    values: &[&dyn ToSql],
    limit: usize,
) -> rusqlite::Result<Vec<Record>> {
    let mut rows = statement.query(params_from_iter(values))?;
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < limit && bytes < BATCH_BYTES {
        let Some(row) = rows.next()? else { break };
        let record = record(row)?;
        bytes += record.message.topic().len() + record.message.body().len();
        batch.push(record);
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};
    use super::*;

    #[test]
    fn spans_batches_and_the_last_ones() {
        let (_dir, mut store) = store();
        let entries: Vec<_> = (0..2500)
            .map(|n| {
                let topic = if n % 2 == 0 { "even" } else { "odd" };
                let mut entry = entry(topic, &n.to_string());
                entry.received = n;
                entry
            })
            .collect();
        store.append(&entries);
        let all = Span::default();
        assert_eq!(store.read(0, all).unwrap().len(), BATCH_MESSAGES);
        assert_eq!(store.read(2400, all).unwrap().len(), 100);
        let some = Span { since: 10, until: 20 };
        let seqs: Vec<_> = store.read(0, some).unwrap().iter().map(|record| record.seq).collect();
        assert_eq!(seqs, (11..=20).collect::<Vec<_>>());
        assert_eq!(store.before_last(3, all, |_, topic, _| topic == "odd").unwrap(), 2495);
        assert_eq!(store.before_last(9999, all, |_, _, _| true).unwrap(), 0);
        assert_eq!(store.before_last(0, all, |_, _, _| true).unwrap(), 2500);
    }

    #[test]
    fn verdicts_are_chosen_and_numbers_outlive_messages() {
        let (_dir, mut store) = store();
        assert_eq!((store.oldest().unwrap(), store.newest().unwrap()), (1, 0));
        let entries: Vec<_> = (0..6)
            .map(|n| {
                let mut entry = entry("t", &n.to_string());
                entry.verdict = ["valid", "unchecked", "expired"][n % 3];
                entry
            })
            .collect();
        store.append(&entries);
        let next = |after, verdicts: &[&str], limit| -> Vec<i64> {
            store.next(after, verdicts, limit).unwrap().iter().map(|r| r.seq).collect()
        };
        assert_eq!(next(0, &["valid", "unchecked"], 3), [1, 2, 4]);
        assert_eq!(next(4, &["valid", "unchecked"], 9), [5]);
        assert_eq!(next(3, &[], 9), [4, 5, 6]);
        assert!(next(0, &["policy"], 9).is_empty());
        store.connection.execute("DELETE FROM message WHERE seq < 3", []).unwrap();
        assert_eq!((store.oldest().unwrap(), store.newest().unwrap()), (3, 6));
        store.connection.execute("DELETE FROM message", []).unwrap();
        assert_eq!((store.oldest().unwrap(), store.newest().unwrap()), (7, 6));
    }

    #[test]
    fn large_messages_make_small_batches() {
        let (_dir, mut store) = store();
        let large = "x".repeat(BATCH_BYTES / 2 + 1);
        let entries: Vec<_> = (0..3).map(|n| entry("t", &format!("{n}{large}"))).collect();
        store.append(&entries);
        assert_eq!(store.read(0, Span::default()).unwrap().len(), 2);
    }
}
