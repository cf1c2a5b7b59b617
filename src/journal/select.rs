//! Finding messages by what is known of them, in pages of bounded size.

use std::collections::BTreeSet;

use rusqlite::{Params, params};

use super::read::{COLUMNS, record};
use super::{Record, Span, Store};
use crate::Result;

/// Messages that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Those with these numbers.
    Seqs(Vec<i64>),
    /// Those with a number from the first to the last, both included.
    Range(i64, i64),
    /// Those with these msg_ids.
    MsgIds(Vec<String>),
    /// Those that arrived in this time.
    Arrived(Span),
}

/// How much a page may have. It has at least one message if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages.
    pub messages: usize,
    /// Bytes of topics and bodies; the last message may go beyond.
    pub bytes: usize,
}

/// A page of messages.
#[derive(Debug)]
pub struct Selection {
    /// The messages, in the order of their numbers.
    pub records: Vec<Record>,
    /// Whether there are more after the last one.
    pub more: bool,
    /// The oldest number in the journal; without messages the next one to be given.
    pub oldest: i64,
    /// The newest number that was given, also when its message is gone.
    pub newest: i64,
}

/// What was found bad is kept for inspection, and not sent again.
const GOOD: &str = "+verdict IN ('unchecked', 'valid')";

impl Store {
    /// The next page after the message with this number, of messages that any of `wanted` matches,
    /// or of all when it is empty. Only valid and unchecked messages count.
    pub fn select(&self, wanted: &[Wanted], after: i64, limits: Limits) -> Result<Selection> {
        let failed = |error| self.failed("cannot read", error);
        // One transaction, so that all of it is true at the same time.
        let _snapshot = self.connection.unchecked_transaction().map_err(failed)?;
        let (oldest, newest) = (self.oldest()?, self.newest()?);
        let (records, more) = self.page(wanted, after, limits).map_err(failed)?;
        Ok(Selection { records, more, oldest, newest })
    }

    fn page(
        &self,
        wanted: &[Wanted],
        after: i64,
        limits: Limits,
    ) -> rusqlite::Result<(Vec<Record>, bool)> {
        let enough = limits.messages.saturating_add(1);
        let mut seqs = BTreeSet::new();
        for one in wanted {
            seqs.extend(self.matching(one, after, enough)?);
        }
        if wanted.is_empty() {
            seqs.extend(self.matching(&Wanted::Range(i64::MIN, i64::MAX), after, enough)?);
        }
        let mut get = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE seq = ?1"))?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        for seq in &seqs {
            if records.len() >= limits.messages || bytes >= limits.bytes {
                break;
            }
            let record = get.query_row([seq], record)?;
            bytes += record.message.topic().len() + record.message.body().len();
            records.push(record);
        }
        let more = records.len() < seqs.len();
        Ok((records, more))
    }

    /// The first numbers after `after` that one criterion matches.
    fn matching(&self, wanted: &Wanted, after: i64, limit: usize) -> rusqlite::Result<Vec<i64>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        match wanted {
            Wanted::Seqs(seqs) => self.seqs(
                &format!(
                    "SELECT seq FROM message WHERE seq IN (SELECT value FROM json_each(?1))
                     AND seq > ?2 AND {GOOD} ORDER BY seq LIMIT ?3"
                ),
                params![serde_json::json!(seqs).to_string(), after, limit],
            ),
            Wanted::MsgIds(ids) => self.seqs(
                &format!(
                    "SELECT seq FROM message INDEXED BY message_msg_id
                     WHERE msg_id IN (SELECT value FROM json_each(?1))
                     AND seq > ?2 AND {GOOD} ORDER BY seq LIMIT ?3"
                ),
                params![serde_json::json!(ids).to_string(), after, limit],
            ),
            Wanted::Range(first, last) => {
                let after = after.max(first.saturating_sub(1));
                self.between(after, *last, Span::default(), limit)
            }
            Wanted::Arrived(span) => {
                // Numbers follow arrival except when a clock was set back, so the index gives the
                // bounds, and the rows between them are looked at.
                let bounds = "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0)
                     FROM message INDEXED BY message_received WHERE received >= ?1 AND received < ?2";
                let (first, last): (i64, i64) = self
                    .connection
                    .prepare_cached(bounds)?
                    .query_row(params![span.since, span.until], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?;
                self.between(after.max(first - 1), last, *span, limit)
            }
        }
    }

    fn between(&self, after: i64, last: i64, span: Span, limit: i64) -> rusqlite::Result<Vec<i64>> {
        self.seqs(
            &format!(
                "SELECT seq FROM message WHERE seq > ?1 AND seq <= ?2
                 AND +received >= ?3 AND +received < ?4 AND {GOOD} ORDER BY seq LIMIT ?5"
            ),
            params![after, last, span.since, span.until, limit],
        )
    }

    fn seqs(&self, query: &str, params: impl Params) -> rusqlite::Result<Vec<i64>> {
        self.connection.prepare_cached(query)?.query_map(params, |row| row.get(0))?.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::store::tests::{entry, store};
    use super::super::{Entry, Retention};
    use super::*;

    const MANY: Limits = Limits { messages: 1000, bytes: 1_000_000 };

    fn found(store: &Store, wanted: &[Wanted], after: i64, limits: Limits) -> (Vec<i64>, bool) {
        let selection = store.select(wanted, after, limits).unwrap();
        (selection.records.iter().map(|record| record.seq).collect(), selection.more)
    }

    /// Ten messages; the fourth was found bad, and the clock was set back before the eighth.
    fn ten() -> (tempfile::TempDir, Store) {
        let (dir, mut store) = store();
        let entries: Vec<_> = (1..=10)
            .map(|n| Entry {
                received: if n < 8 { n * 10 } else { n * 10 - 50 },
                verdict: if n == 4 { "bad-signature" } else { "valid" },
                ..entry("t", &format!(r#"{{"msg_id":"id-{n}"}}"#))
            })
            .collect();
        store.append(&entries);
        (dir, store)
    }

    #[test]
    fn each_criterion_matches_and_any_is_enough() {
        use Wanted::{Arrived, MsgIds, Range, Seqs};
        let (_dir, store) = ten();
        let span = |since, until| Arrived(Span { since, until });
        for (wanted, seqs) in [
            (vec![], vec![1, 2, 3, 5, 6, 7, 8, 9, 10]),
            (vec![Seqs(vec![9, 2, 4, 2, 77])], vec![2, 9]),
            (vec![Seqs(vec![])], vec![]),
            (vec![Range(3, 6)], vec![3, 5, 6]),
            (vec![Range(i64::MIN, 1)], vec![1]),
            (vec![Range(6, 3)], vec![]),
            (vec![MsgIds(vec!["id-10".into(), "id-4".into(), "id-1".into()])], vec![1, 10]),
            (vec![span(30, 50)], vec![3, 8, 9]),
            (vec![span(900, i64::MAX)], vec![]),
            (vec![Range(1, 2), Seqs(vec![2, 5]), MsgIds(vec!["id-7".into()])], vec![1, 2, 5, 7]),
        ] {
            assert_eq!(found(&store, &wanted, 0, MANY), (seqs, false), "{wanted:?}");
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_overlap() {
        let (_dir, store) = ten();
        let wanted = [Wanted::Range(2, 9), Wanted::Arrived(Span { since: 0, until: 25 })];
        let two = Limits { messages: 2, bytes: 1_000_000 };
        assert_eq!(found(&store, &wanted, 0, two), (vec![1, 2], true));
        assert_eq!(found(&store, &wanted, 2, two), (vec![3, 5], true));
        assert_eq!(found(&store, &wanted, 7, two), (vec![8, 9], false));
        assert_eq!(found(&store, &wanted, 9, two), (vec![], false));
        let tiny = Limits { messages: 10, bytes: 1 };
        assert_eq!(found(&store, &[], 8, tiny), (vec![9], true));
    }

    #[test]
    fn the_ends_are_known_even_without_messages() {
        let (_dir, mut store) = store();
        let ends = |store: &Store| {
            let selection = store.select(&[], 0, MANY).unwrap();
            (selection.oldest, selection.newest)
        };
        assert_eq!(ends(&store), (1, 0));
        store.append(&[entry("t", "1"), entry("t", "2")]);
        assert_eq!(ends(&store), (1, 2));
        let nothing = Retention { max_age: Duration::from_secs(1), max_size: 0 };
        while store.prune(nothing, super::super::now()).unwrap().removed > 0 {}
        assert_eq!(ends(&store), (3, 2));
    }
}
