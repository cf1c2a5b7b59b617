//! Named cursors: how far each consumer has come.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, now};
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
    /// How many messages it has dealt with in all.
    pub delivered: u64,
    /// How many messages retention removed before it came to them.
    pub lost: u64,
}

impl Store {
    /// Every cursor, by name.
    pub fn cursors(&self) -> Result<Vec<Cursor>> {
        // Numbers have no holes, so they need not be counted.
        let first = self.oldest()?;
        let last = self.newest()?;
        let attempt = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT name, position, moved, delivered, lost FROM cursor ORDER BY name",
            )?;
            let rows = statement.query_map([], |row| {
                let position: i64 = row.get(1)?;
                let behind = last - position.max(first - 1);
                Ok(Cursor {
                    name: row.get(0)?,
                    position,
                    moved: row.get(2)?,
                    behind: behind.try_into().unwrap_or_default(),
                    delivered: row.get(3)?,
                    lost: row.get(4)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        attempt().map_err(|error| self.failed("cannot read", error))
    }

    /// The position of a cursor; 0 for one that never moved.
    pub fn position(&self, name: &str) -> Result<i64> {
        position(&self.connection, name)
            .map(Option::unwrap_or_default)
            .map_err(|error| self.failed("cannot read", error))
    }

    /// Puts a cursor anywhere, also back. Its consumer goes on from there, also one that runs.
    pub fn seek(&mut self, name: &str, position: i64) -> Result<()> {
        check(name)?;
        self.write("cannot write to", |transaction| set(transaction, name, position, 0))
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

/// Moves a cursor forward from where its consumer found it, unless somebody has put it elsewhere since.
pub(super) fn advance(
    connection: &Connection,
    name: &str,
    from: i64,
    to: i64,
    delivered: u64,
) -> rusqlite::Result<()> {
    if position(connection, name)?.unwrap_or_default() == from && to > from {
        set(connection, name, to, delivered)?;
    }
    Ok(())
}

pub(super) fn check(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_NAME {
        let what = format!("the name of a cursor has 1 to {MAX_NAME} bytes");
        return Err(Error::new(Kind::Usage, what));
    }
    Ok(())
}

fn position(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT position FROM cursor WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn set(connection: &Connection, name: &str, position: i64, delivered: u64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO cursor (name, position, moved, delivered) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET position = excluded.position, moved = excluded.moved,
                                          delivered = delivered + excluded.delivered",
    )?;
    statement.execute(params![name, position, now(), delivered]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};
    use super::*;

    #[test]
    fn cursors_advance_and_are_put_back() {
        let (_dir, mut store) = store();
        let mut entries: Vec<_> = (0..5).map(|n| entry("t", &n.to_string())).collect();
        for (time, entry) in (0..).zip(&mut entries) {
            entry.received = time * 10;
        }
        store.append(&entries);
        let advance = |store: &Store, from, to| {
            advance(&store.connection, "a", from, to, 2).unwrap();
            let cursor = store.cursors().unwrap().remove(0);
            (cursor.position, cursor.delivered)
        };
        assert_eq!(advance(&store, 0, 3), (3, 2));
        assert_eq!(advance(&store, 0, 3), (3, 2), "the same again");
        assert_eq!(advance(&store, 3, 2), (3, 2), "backwards");
        store.seek("a", 1).unwrap();
        assert_eq!(advance(&store, 3, 4), (1, 2), "somebody put it back");
        let cursor = &store.cursors().unwrap()[0];
        assert_eq!((cursor.name.as_str(), cursor.position, cursor.behind), ("a", 1, 4));
        assert_eq!(advance(&store, 1, 4), (4, 4), "and it goes on from there");
        assert_eq!((store.position("a").unwrap(), store.position("b").unwrap()), (4, 0));
        let positions = [0, 1, 40, 41].map(|time| store.position_at(time).unwrap());
        assert_eq!(positions, [0, 1, 4, 5]);
        assert!(store.seek("", 1).is_err());
    }
}
