//! How far each publisher's stream is in this journal.

use rusqlite::{Connection, OptionalExtension, params};

use super::Store;
use crate::Result;

/// All of a stream up to this number is in this journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPosition {
    /// Where the stream comes from.
    pub endpoint: String,
    /// The stream.
    pub stream: String,
    /// The publisher's journal.
    pub epoch: String,
    /// The number in the publisher's journal.
    pub seq: i64,
}

impl StreamPosition {
    /// Writes it, as part of a transaction. Within one epoch a position never goes back.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO stream (endpoint, stream, epoch, seq) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (endpoint, stream) DO UPDATE SET
                seq = CASE WHEN epoch = excluded.epoch THEN max(seq, excluded.seq)
                           ELSE excluded.seq END,
                epoch = excluded.epoch",
        )?;
        statement.execute(params![self.endpoint, self.stream, self.epoch, self.seq]).map(|_| ())
    }
}

impl Store {
    /// How far a stream is here, if anything is known of it.
    pub fn stream(&self, endpoint: &str, stream: &str) -> Result<Option<StreamPosition>> {
        self.connection
            .query_row(
                "SELECT epoch, seq FROM stream WHERE endpoint = ?1 AND stream = ?2",
                [endpoint, stream],
                |row| {
                    Ok(StreamPosition {
                        endpoint: endpoint.to_owned(),
                        stream: stream.to_owned(),
                        epoch: row.get(0)?,
                        seq: row.get(1)?,
                    })
                },
            )
            .optional()
            .map_err(|error| self.failed("cannot read", error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::store;
    use super::*;

    #[test]
    fn only_another_journal_starts_anew() {
        let (_dir, store) = store();
        let reached = |epoch: &str, seq| {
            let (endpoint, stream) = ("e".to_owned(), "s".to_owned());
            let position = StreamPosition { endpoint, stream, epoch: epoch.to_owned(), seq };
            position.write(&store.connection).unwrap();
            let read = store.stream("e", "s").unwrap().unwrap();
            (read.epoch, read.seq)
        };
        assert_eq!(reached("one", 5), ("one".into(), 5));
        assert_eq!(reached("one", 4), ("one".into(), 5));
        assert_eq!(reached("two", 1), ("two".into(), 1));
        assert_eq!(store.stream("e", "other").unwrap(), None);
    }
}
