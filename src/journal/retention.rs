//! How much is kept: what is too old goes, and when there is too much, the oldest.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::Store;
use crate::Result;

/// What a message takes beside its frames, in bytes: digest, msg_id and indices, roughly.
const OVERHEAD: u64 = 256;

/// How many messages one transaction removes; more go in the next, so writers never wait long.
const STEP: i64 = 5000;

/// What a journal keeps.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Older messages are removed. Zero: no limit.
    pub max_age: Duration,
    /// The oldest are removed while the file uses more bytes. Zero: no limit.
    pub max_size: u64,
}

impl Store {
    /// Bytes in use for messages, without what is in quarantine and the pages that removed messages have left for new ones.
    pub fn size(&self) -> Result<u64> {
        size(&self.connection).map_err(|error| self.failed("cannot read", error))
    }

    /// Removes one step of what need not be kept. Nothing removed: nothing is left to remove.
    pub fn prune(&mut self, retention: Retention, now: i64) -> Result<Pruned> {
        let age = i64::try_from(retention.max_age.as_micros()).unwrap_or(i64::MAX);
        let oldest = if age == 0 { i64::MIN } else { now.saturating_sub(age) };
        self.write("cannot prune", |transaction| {
            let mut pruned = Pruned::default();
            pruned.remove(transaction, too_old(transaction, oldest)?)?;
            transaction.execute("DELETE FROM gap WHERE closed < ?1", [oldest])?;
            let used = size(transaction)?;
            if retention.max_size > 0 && used > retention.max_size {
                // A little more than needed, so that not every message costs a removal.
                let excess = used - retention.max_size + retention.max_size / 32;
                // Half of it at a time: pages hold fewer bytes than they have, so removing as many
                // bytes of messages as there are too many would remove too many messages.
                pruned.remove(transaction, first(transaction, excess / 2)?)?;
            }
            Ok(pruned)
        })
    }
}

/// What one step of retention did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many messages were removed.
    pub removed: usize,
    /// How many of them were still before a cursor, for each that has some.
    pub unread: Vec<(String, u64)>,
}

impl Pruned {
    fn remove(&mut self, connection: &Connection, mut seqs: Vec<i64>) -> rusqlite::Result<()> {
        seqs.sort_unstable();
        let Some(last) = seqs.last() else { return Ok(()) };
        let mut behind =
            connection.prepare_cached("SELECT name, position FROM cursor WHERE position < ?1")?;
        let behind = behind.query_map([last], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let behind: Vec<(String, i64)> = behind.collect::<rusqlite::Result<_>>()?;
        let mut lose =
            connection.prepare_cached("UPDATE cursor SET lost = lost + ?2 WHERE name = ?1")?;
        for (name, position) in behind {
            let lost = (seqs.len() - seqs.partition_point(|seq| *seq <= position)) as u64;
            lose.execute(params![name, lost])?;
            self.unread.push((name, lost));
        }
        let mut delete = connection.prepare_cached("DELETE FROM message WHERE seq = ?1")?;
        for seq in &seqs {
            self.removed += delete.execute([seq])?;
        }
        Ok(())
    }
}

/// The messages that came before a time, a step of them.
fn too_old(connection: &Connection, time: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT seq FROM message WHERE received < ?1 ORDER BY received LIMIT ?2")?;
    statement.query_map(params![time, STEP], |row| row.get(0))?.collect()
}

fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| -> rusqlite::Result<u64> {
        connection.pragma_query_value(None, name, |row| row.get(0))
    };
    let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
    // What is in quarantine stays, so no message has to go for it.
    let aside: u64 = connection
        .prepare_cached("SELECT coalesce(sum(length(topic) + length(body)), 0) FROM quarantine")?
        .query_row([], |row| row.get(0))?;
    Ok((pages * pragma("page_size")?).saturating_sub(aside))
}

/// The oldest messages that hold about this many bytes, a step of them.
fn first(connection: &Connection, bytes: u64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, length(topic) + length(body) FROM message ORDER BY seq LIMIT ?1",
    )?;
    let mut rows = statement.query([STEP])?;
    let (mut seqs, mut sum) = (Vec::new(), 0);
    while seqs.is_empty() || sum < bytes {
        let Some(row) = rows.next()? else { break };
        seqs.push(row.get(0)?);
        sum += row.get::<_, u64>(1)? + OVERHEAD;
    }
    Ok(seqs)
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::{entry, store};
    use super::*;
    use crate::journal::Span;

    #[test]
    fn what_is_too_old_goes() {
        let (_dir, mut store) = store();
        let entries: Vec<_> = (0..10)
            .map(|n| {
                let mut entry = entry("t", &n.to_string());
                entry.received = n * 1_000_000;
                entry
            })
            .collect();
        store.append(&entries);
        let retention = Retention { max_age: Duration::from_secs(4), max_size: 0 };
        store.seek("behind", 4).unwrap();
        store.seek("done", 6).unwrap();
        let pruned = store.prune(retention, 10_000_000).unwrap();
        assert_eq!(pruned, Pruned { removed: 6, unread: vec![("behind".into(), 2)] });
        assert_eq!(store.prune(retention, 10_000_000).unwrap(), Pruned::default());
        let cursors = store.cursors().unwrap();
        let lost: Vec<_> = cursors.iter().map(|c| (c.name.as_str(), c.lost, c.behind)).collect();
        assert_eq!(lost, [("behind", 2, 4), ("done", 0, 4)]);
        assert_eq!(store.read(0, Span::default()).unwrap()[0].seq, 7);
    }

    #[test]
    fn far_too_much_at_once_does_not_take_the_newest_along() {
        let (_dir, mut store) = store();
        let entries: Vec<_> =
            (0..2000).map(|n| entry("t", &format!("{n}{}", "x".repeat(1000)))).collect();
        store.append(&entries);
        let retention = Retention { max_age: Duration::ZERO, max_size: 500_000 };
        while store.prune(retention, 0).unwrap().removed > 0 {}
        assert!(store.size().unwrap() <= 500_000);
        let kept = store.read(0, Span::default()).unwrap().len();
        assert!((200..500).contains(&kept), "{kept}");
    }

    #[test]
    fn the_oldest_go_while_there_is_too_much_and_numbers_are_not_reused() {
        let (_dir, mut store) = store();
        let retention = Retention { max_age: Duration::ZERO, max_size: 500_000 };
        for n in 0..2000 {
            store.append([entry("t", &format!("{n}{}", "x".repeat(1000)))]);
            if n % 100 == 0 {
                while store.prune(retention, 0).unwrap().removed > 0 {}
            }
        }
        while store.prune(retention, 0).unwrap().removed > 0 {}
        assert!(store.size().unwrap() <= 500_000);
        let kept = store.read(0, Span::default()).unwrap();
        assert!(kept.len() > 200 && kept.last().unwrap().seq == 2000, "{}", kept.len());
        store.connection.execute("DELETE FROM message", []).unwrap();
        assert_eq!(store.append([entry("t", "next")])[0].seq, 2001);
    }
}
