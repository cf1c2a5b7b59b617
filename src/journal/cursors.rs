//! Named cursors: how far each consumer has come.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Record, Span, Store, now};
use crate::{Error, Kind, Result};

/// A longer name is refused.
const MAX_NAME: usize = 200;

/// How far a consumer has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The consumer.
    pub name: String,
    /// The number of the last message it is done with.
    pub position: i64,
    /// When it moved last, in unix microseconds.
    pub moved: i64,
    /// How many messages are still before it.
    pub behind: u64,
}

impl Store {
    /// Every cursor, by name.
    pub fn cursors(&self) -> Result<Vec<Cursor>> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT name, position, moved,
                        (SELECT count(*) FROM message WHERE seq > position)
                 FROM cursor ORDER BY name",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Cursor {
                    name: row.get(0)?,
                    position: row.get(1)?,
                    moved: row.get(2)?,
                    behind: row.get(3)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// The position of a cursor; 0 for one that never moved.
    pub fn position(&self, name: &str) -> Result<i64> {
        self.connection
            .query_row("SELECT position FROM cursor WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map(Option::unwrap_or_default)
            .map_err(|error| self.failed("cannot read", error))
    }

    /// The next batch for a consumer. Empty when it has seen everything.
    pub fn read_from(&self, name: &str) -> Result<Vec<Record>> {
        self.read(self.position(name)?, Span::default())
    }

    /// Says that a consumer is done with everything up to this number. A cursor never goes back this
    /// way, so a late report does no harm.
    pub fn advance(&mut self, name: &str, position: i64) -> Result<()> {
        check(name)?;
        self.write("cannot write to", |transaction| {
            set(transaction, name, position, "max(position, excluded.position)")
        })
    }

    /// Puts a cursor anywhere, also back.
    pub fn seek(&mut self, name: &str, position: i64) -> Result<()> {
        check(name)?;
        self.write("cannot write to", |transaction| {
            set(transaction, name, position, "excluded.position")
        })
    }

    /// The number of the last message that arrived before a time, to [`Store::seek`] to.
    pub fn position_at(&self, time: i64) -> Result<i64> {
        self.connection
            .query_row(
                "SELECT coalesce((SELECT min(seq) - 1 FROM message WHERE received >= ?1),
                                 (SELECT max(seq) FROM message), 0)",
                [time],
                |row| row.get(0),
            )
            .map_err(|error| self.failed("cannot read", error))
    }
}

fn check(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_NAME {
        let what = format!("the name of a cursor has 1 to {MAX_NAME} bytes");
        return Err(Error::new(Kind::Usage, what));
    }
    Ok(())
}

fn set(
    transaction: &Transaction<'_>,
    name: &str,
    position: i64,
    moved_to: &str,
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(&format!(
        "INSERT INTO cursor (name, position, moved) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET position = {moved_to}, moved = excluded.moved"
    ))?;
    statement.execute(params![name, position, now()]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};

    #[test]
    fn cursors_advance_and_are_put_back() {
        let (_dir, mut store) = store();
        let mut entries: Vec<_> = (0..5).map(|n| entry("t", &n.to_string())).collect();
        for (time, entry) in (0..).zip(&mut entries) {
            entry.received = time * 10;
        }
        store.append(&entries).unwrap();
        assert_eq!(store.read_from("a").unwrap().len(), 5);
        store.advance("a", 3).unwrap();
        store.advance("a", 2).unwrap();
        let left: Vec<_> = store.read_from("a").unwrap().iter().map(|r| r.seq).collect();
        assert_eq!(left, [4, 5]);
        assert_eq!(store.read_from("b").unwrap().len(), 5);
        store.seek("a", 1).unwrap();
        let cursor = &store.cursors().unwrap()[0];
        assert_eq!((cursor.name.as_str(), cursor.position, cursor.behind), ("a", 1, 4));
        let positions = [0, 1, 40, 41].map(|time| store.position_at(time).unwrap());
        assert_eq!(positions, [0, 1, 4, 5]);
        assert!(store.advance("", 1).is_err());
    }
}
