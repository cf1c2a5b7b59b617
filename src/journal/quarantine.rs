//! Messages a consumer could not deal with, kept until somebody decides what becomes of them.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::read::record;
use super::{Record, Store, now};
use crate::Result;

/// A message that goes to quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantining {
    /// Its number in the journal.
    pub seq: i64,
    /// Why.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried again, in unix microseconds; `None`: when somebody says so.
    pub due: Option<i64>,
}

/// What came of trying a quarantined message again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It was dealt with, and leaves.
    Done,
    /// It failed again.
    Failed {
        /// Why.
        reason: String,
        /// When it is to be tried again, in unix microseconds; `None`: when somebody says so.
        due: Option<i64>,
    },
}

/// What is to become of a quarantined message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarantineState {
    /// Nothing, until somebody decides.
    Waiting,
    /// Its consumer is to try it again.
    Retry,
}

impl QuarantineState {
    /// Its name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Retry => "retry",
        }
    }
}

/// A quarantined message.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Its number in the quarantine.
    pub id: i64,
    /// Who could not deal with it.
    pub consumer: String,
    /// Why, the last time.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came into quarantine, in unix microseconds.
    pub since: i64,
    /// When it was tried last, in unix microseconds.
    pub tried: i64,
    /// What is to become of it.
    pub state: QuarantineState,
    /// When it is tried next, in unix microseconds, if it is.
    pub due: Option<i64>,
    /// The message as it was in the journal.
    pub record: Record,
}

/// How many quarantined messages are read at once.
const BATCH: usize = 100;

/// Those of a record first.
const COLUMNS: &str = "seq, received, endpoint, verdict, topic, body, msg_id, digest, conflict, \
                       id, consumer, reason, attempts, since, tried, state, due";

fn quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    let state: String = row.get(15)?;
    Ok(Quarantined {
        id: row.get(9)?,
        consumer: row.get(10)?,
        reason: row.get(11)?,
        attempts: row.get(12)?,
        since: row.get(13)?,
        tried: row.get(14)?,
        state: if state == QuarantineState::Retry.name() {
            QuarantineState::Retry
        } else {
            QuarantineState::Waiting
        },
        due: row.get(16)?,
        record: record(row)?,
    })
}

/// Copies a message to the quarantine, as part of a transaction. One that retention has taken
/// meanwhile is gone.
pub(super) fn add(
    connection: &Connection,
    consumer: &str,
    one: &Quarantining,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO quarantine (consumer, reason, attempts, since, tried, state, due,
             seq, received, endpoint, verdict, topic, body, msg_id, digest, conflict)
         SELECT ?1, ?3, ?4, ?5, ?5, iif(?6 IS NULL, 'waiting', 'retry'), ?6,
             seq, received, endpoint, verdict, topic, body, msg_id, digest, conflict
         FROM message WHERE seq = ?2
         ON CONFLICT (consumer, seq) DO UPDATE SET reason = excluded.reason,
             attempts = excluded.attempts, tried = excluded.tried, state = excluded.state,
             due = excluded.due",
    )?;
    let values = params![consumer, one.seq, one.reason, one.attempts, now(), one.due];
    let copied = statement.execute(values)?;
    if copied == 0 {
        tracing::warn!(
            consumer,
            "message {} cannot be quarantined: the journal no longer has it",
            one.seq
        );
    }
    Ok(())
}

/// Writes what came of trying again, as part of a transaction.
pub(super) fn settle(
    connection: &Connection,
    id: i64,
    outcome: &Settlement,
) -> rusqlite::Result<()> {
    let settled = match outcome {
        Settlement::Done => {
            connection.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?.execute([id])
        }
        Settlement::Failed { reason, due } => connection
            .prepare_cached(
                "UPDATE quarantine SET reason = ?2, attempts = attempts + 1, tried = ?3,
                     state = iif(?4 IS NULL, 'waiting', 'retry'), due = ?4 WHERE id = ?1",
            )?
            .execute(params![id, reason, now(), due]),
    };
    settled.map(|_| ())
}

impl Store {
    /// The next quarantined messages after one, a hundred at most: of one consumer or of all, in one
    /// state or in any.
    pub fn quarantined(
        &self,
        consumer: Option<&str>,
        state: Option<QuarantineState>,
        after: i64,
    ) -> Result<Vec<Quarantined>> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM quarantine
                 WHERE id > ?1 AND (?2 IS NULL OR consumer = ?2) AND (?3 IS NULL OR state = ?3)
                 ORDER BY id LIMIT {BATCH}"
            ))?;
            let rows = statement.query_map(
                params![after, consumer, state.map(QuarantineState::name)],
                quarantined,
            )?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// Messages of a consumer that are to be tried again by now, the first due first.
    pub fn quarantine_due(
        &self,
        consumer: &str,
        now: i64,
        limit: usize,
    ) -> Result<Vec<Quarantined>> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM quarantine
                 WHERE consumer = ?1 AND due <= ?2 ORDER BY due LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![consumer, now, limit as u64], quarantined)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// How many messages of a consumer are in quarantine, and how many bytes they have.
    pub fn quarantine_size(&self, consumer: &str) -> Result<(u64, u64)> {
        self.connection
            .query_row(
                "SELECT count(*), coalesce(sum(length(topic) + length(body)), 0)
                 FROM quarantine WHERE consumer = ?1",
                [consumer],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(|error| self.failed("cannot read", error))
    }

    /// One quarantined message.
    pub fn quarantine_get(&self, id: i64) -> Result<Option<Quarantined>> {
        let query = format!("SELECT {COLUMNS} FROM quarantine WHERE id = ?1");
        self.connection
            .query_row(&query, [id], quarantined)
            .optional()
            .map_err(|error| self.failed("cannot read", error))
    }

    /// Has messages tried again; says how many of them are there.
    pub fn quarantine_retry(&mut self, ids: &[i64]) -> Result<usize> {
        self.each(ids, "UPDATE quarantine SET state = 'retry', due = 0 WHERE id = ?1")
    }

    /// Removes messages for good; says how many of them were there.
    pub fn quarantine_drop(&mut self, ids: &[i64]) -> Result<usize> {
        self.each(ids, "DELETE FROM quarantine WHERE id = ?1")
    }

    fn each(&mut self, ids: &[i64], statement: &str) -> Result<usize> {
        self.write("cannot write to", |transaction| {
            let mut statement = transaction.prepare_cached(statement)?;
            ids.iter().map(|id| statement.execute([id])).sum()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};
    use super::*;

    #[test]
    fn a_message_stays_until_it_is_settled_or_dropped() {
        let (_dir, mut store) = store();
        store.append(&[entry("t", "one"), entry("t", "two")]);
        for (seq, consumer) in [(1, "a"), (2, "a"), (2, "b"), (99, "a")] {
            let one = Quarantining { seq, reason: "bad".into(), attempts: 3, due: None };
            add(&store.connection, consumer, &one).unwrap();
            add(&store.connection, consumer, &one).unwrap();
        }
        // What retention does is no matter here.
        store.connection.execute("DELETE FROM message", []).unwrap();
        let of = |store: &Store, consumer, state| -> Vec<i64> {
            let found = store.quarantined(consumer, state, 0).unwrap();
            found.iter().map(|one| one.id).collect()
        };
        let all = of(&store, None, None);
        let of_a = of(&store, Some("a"), None);
        assert_eq!((all.len(), of_a.len()), (3, 2));
        assert_eq!(store.quarantine_size("a").unwrap(), (2, 8));
        assert_eq!(store.quarantined(None, None, all[1]).unwrap().len(), 1);
        assert_eq!(store.quarantine_retry(&[of_a[0], 999]).unwrap(), 1);
        assert_eq!(of(&store, Some("a"), Some(QuarantineState::Retry)), [of_a[0]]);
        settle(
            &store.connection,
            of_a[0],
            &Settlement::Failed { reason: "still bad".into(), due: None },
        )
        .unwrap();
        let one = store.quarantine_get(of_a[0]).unwrap().unwrap();
        assert_eq!((one.attempts, one.reason.as_str()), (4, "still bad"));
        assert_eq!((one.state, one.record.seq), (QuarantineState::Waiting, 1));
        assert_eq!(one.record.message.body(), b"one");
        settle(&store.connection, of_a[0], &Settlement::Done).unwrap();
        assert!(store.quarantine_get(of_a[0]).unwrap().is_none());
        assert_eq!(store.quarantine_drop(&all).unwrap(), 2);
    }
}
