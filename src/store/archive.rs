//! What both databases do alike: everything but opening and writing.

use std::collections::HashSet;
use std::time::Duration;

use super::archived::clean;
use super::database::{Database, Row};
use super::query::{Bounds, COLUMNS, Dialect, Key, Source, Sql, Window, glob};
use super::{
    About, Archived, Count, Dimension, Facts, Miscount, Order, Outcome, Page, Position,
    Quarantined, Query, Reindexed, Store, TopicSummary, Total, Wanted, reindex, text,
};
use crate::message::Message;
use crate::{Error, Kind, Result};

/// An archive in a database.
#[derive(Debug)]
pub(super) struct Archive<D>(pub(super) D);

/// What rows of messages in quarantine have, in this order.
const ASIDE: &str = "id, since, reason, msg_id, topic, body, received, verdict";

/// So many names at most are read from their own places in an index.
const MAX_NAMES: usize = 64;
/// With more candidates than this from the index of texts, the first that fit are found sooner by
/// looking at messages in their order.
const FEW: i64 = 2000;
/// With more than this nobody gains by the index.
const MANY: i64 = 50_000;

impl<D: Database> Archive<D> {
    /// Where to read what a query wants, some or `all` of it: the index with the fewest messages.
    pub(super) fn source(&mut self, query: &Query, order: Order, all: bool) -> Result<Source> {
        if order == Order::Arrival {
            return Ok(Source::Time);
        }
        let mut best = (i64::MAX, Source::Time);
        for key in Key::ALL {
            let wanted = key.wanted(query);
            if wanted.is_empty() {
                continue;
            }
            let Some(names) = self.names(key, wanted)? else { continue };
            let messages = self.total(key.name(), &names)?;
            if messages < best.0 {
                best = (messages, Source::Names(key, names));
            }
        }
        let texts = self.texts(query, best.0, all)?;
        Ok(texts.map_or(best.1, Source::Texts))
    }

    /// What to ask the index of texts for, if there is one and it has far fewer than the others.
    fn texts(&mut self, query: &Query, others: i64, all: bool) -> Result<Option<String>> {
        let Some(expression) = text::trigrams(&query.contains) else { return Ok(None) };
        if self.number(&Sql::plain(D::DIALECT, D::HAS_TEXTS))? == 0 {
            return Ok(None);
        }
        // When all is wanted, PostgreSQL decides by itself.
        if all && D::DIALECT == Dialect::Postgres {
            return Ok(Some(expression));
        }
        let most = (others / 4).min(if all { MANY } else { FEW });
        let mut sql = Sql::new(D::DIALECT);
        sql.push("SELECT count(*) FROM (");
        sql.candidates(query, &expression, most.saturating_add(1));
        sql.push(") AS c");
        Ok((self.number(&sql)? <= most).then_some(expression))
    }

    /// The names of a list, with those that patterns stand for; `None`, if there are too many.
    pub(super) fn names(&mut self, key: Key, wanted: &[String]) -> Result<Option<Vec<String>>> {
        let mut names: Vec<String> = wanted.iter().map(|name| clean(name)).collect();
        if key == Key::Topic {
            for (first, end) in wanted.iter().filter_map(|pattern| glob(pattern)) {
                let mut sql = Sql::new(D::DIALECT);
                let (first, end) = (sql.text(&first), sql.text(&end));
                let limit = sql.int(MAX_NAMES as i64 + 1);
                sql.push(&format!(
                    "SELECT name FROM total WHERE kind = 'topic' AND name >= {first} \
                     AND name < {end} LIMIT {limit}"
                ));
                for mut row in self.0.select(&sql)? {
                    names.push(row.text()?);
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok((names.len() <= MAX_NAMES).then_some(names))
    }

    /// How many messages counters have under these names; one with several of them counts as often.
    pub(super) fn total(&mut self, kind: &'static str, names: &[String]) -> Result<i64> {
        if names.is_empty() {
            return Ok(0);
        }
        let mut sql = Sql::new(D::DIALECT);
        let (kind, list) = (sql.text(kind), sql.list(names));
        sql.push(&format!(
            "SELECT CAST(coalesce(sum(count), 0) AS bigint) FROM total \
             WHERE kind = {kind} AND name IN {list}"
        ));
        self.number(&sql)
    }

    /// The one number a query gives.
    pub(super) fn number(&mut self, sql: &Sql) -> Result<i64> {
        let rows = self.0.select(sql)?;
        let row = rows.into_iter().next();
        row.ok_or_else(|| Error::new(Kind::Bug, "a count gives no row"))?.int()
    }
}

impl<D: Database> Store for Archive<D> {
    fn append(&mut self, batch: &[Archived]) -> Result<Vec<Outcome>> {
        self.0.append(batch)
    }

    fn get(&mut self, msg_id: &str) -> Result<Option<Archived>> {
        find(&mut self.0, msg_id)
    }

    fn query(
        &mut self,
        query: &Query,
        order: Order,
        after: Option<Position>,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Archived>> {
        let source = self.source(query, order, false)?;
        let window = Window { order, after, limit: limit.into() };
        let sql = Sql::page(D::DIALECT, query, &source, window, offset);
        self.0.select(&sql)?.into_iter().map(archived).collect()
    }

    fn page(&mut self, query: &Query, wanted: Wanted) -> Result<Page> {
        let Wanted { order, after, offset, limit, bytes, total } = wanted;
        // Who must look at every message counts them at once.
        let total_too = total && !query.contains.is_empty();
        let source = self.source(query, order, total_too)?;
        let window = Window { order, after, limit: limit.into() };
        let bytes = i64::try_from(bytes.max(1)).unwrap_or(i64::MAX);
        let bounds = Bounds { offset, bytes, total: total_too };
        let sql = Sql::bounded(D::DIALECT, query, &source, window, bounds);
        let (mut page, mut places) = (Page::default(), 0);
        for mut row in self.0.select(&sql)? {
            page.messages.push(message(&mut row)?);
            places = u64::try_from(row.int()?).unwrap_or_default();
            if total_too {
                page.total = u64::try_from(row.int()?).ok();
            }
        }
        page.cut = (page.messages.len() as u64) < places;
        if total && page.total.is_none() {
            // A page that is not full is the last one.
            let last = places < u64::from(limit) && (places > 0 || offset == 0);
            page.total =
                if last { Some(offset + places) } else { self.count(query, Total::Exact)? };
        }
        Ok(page)
    }

    fn is_indexed(&mut self, query: &Query) -> Result<bool> {
        let source = self.source(query, Order::Newest, false)?;
        Ok(query.contains.is_empty() || matches!(source, Source::Texts(_)))
    }

    fn index_texts(&mut self, wanted: bool) -> Result<bool> {
        self.0.index_texts(wanted)
    }

    fn count(&mut self, query: &Query, how: Total) -> Result<Option<u64>> {
        let count = match how {
            Total::None => return Ok(None),
            Total::Estimate => self.estimate(query)?,
            Total::Exact => self.exact(query)?,
        };
        Ok(Some(u64::try_from(count).unwrap_or_default()))
    }

    fn counts(
        &mut self,
        query: &Query,
        by: Dimension,
        bucket: Option<Duration>,
        limit: u32,
    ) -> Result<Vec<Count>> {
        self.groups(query, by, bucket, limit)
    }

    fn newest(&mut self) -> Result<i64> {
        let text = "SELECT CAST(coalesce(max(id), 0) AS bigint) FROM message";
        self.number(&Sql::plain(D::DIALECT, text))
    }

    fn topics(&mut self) -> Result<Vec<TopicSummary>> {
        let text = "SELECT name, count, first, last FROM total WHERE kind = 'topic' ORDER BY name";
        let summary = |mut row: Row| {
            let topic = row.text()?;
            let count = u64::try_from(row.int()?).unwrap_or_default();
            Ok(TopicSummary { topic, count, first: row.int()?, last: row.int()? })
        };
        self.0.select(&Sql::plain(D::DIALECT, text))?.into_iter().map(summary).collect()
    }

    fn quarantine(&mut self, message: &Archived, reason: &str) -> Result<()> {
        self.0.quarantine(message, reason)
    }

    fn quarantined(&mut self, after: i64, limit: u32) -> Result<Vec<Quarantined>> {
        let mut sql = Sql::new(D::DIALECT);
        let (after, limit) = (sql.int(after), sql.int(limit.into()));
        sql.push(&format!(
            "SELECT {ASIDE} FROM quarantine WHERE id > {after} ORDER BY id LIMIT {limit}"
        ));
        self.0.select(&sql)?.into_iter().map(quarantined).collect()
    }

    fn quarantined_as(&mut self, msg_id: &str, limit: u32) -> Result<Vec<Quarantined>> {
        let mut sql = Sql::new(D::DIALECT);
        let (msg_id, limit) = (sql.text(msg_id), sql.int(limit.into()));
        sql.push(&format!(
            "SELECT {ASIDE} FROM quarantine WHERE msg_id = {msg_id} ORDER BY id LIMIT {limit}"
        ));
        self.0.select(&sql)?.into_iter().map(quarantined).collect()
    }

    fn reindex(
        &mut self,
        after: i64,
        limit: u32,
        facts: &mut dyn FnMut(&Message) -> Facts,
    ) -> Result<Reindexed> {
        reindex::batch(&mut self.0, after, limit, facts)
    }

    fn first_since(&mut self, time: i64) -> Result<Option<i64>> {
        let mut sql = Sql::new(D::DIALECT);
        let time = sql.int(time);
        let none = i64::MAX;
        // Without the sum SQLite would go through all messages by their numbers.
        sql.push(&format!(
            "SELECT CAST(coalesce(min(id + 0), {none}) AS bigint) FROM message WHERE time >= {time}"
        ));
        Ok(Some(self.number(&sql)?).filter(|number| *number != none))
    }

    fn note(&mut self, name: &str) -> Result<Option<String>> {
        let mut sql = Sql::new(D::DIALECT);
        let name = sql.text(name);
        sql.push(&format!("SELECT text FROM note WHERE name = {name}"));
        self.0.select(&sql)?.into_iter().next().map(|mut row| row.text()).transpose()
    }

    fn set_note(&mut self, name: &str, text: &str) -> Result<()> {
        let mut sql = Sql::new(D::DIALECT);
        let (name, text) = (sql.text(name), sql.text(text));
        sql.push(&format!(
            "INSERT INTO note (name, text) VALUES ({name}, {text}) \
             ON CONFLICT (name) DO UPDATE SET text = excluded.text"
        ));
        self.0.execute(&sql)
    }

    fn known(&mut self, msg_ids: &[String]) -> Result<HashSet<String>> {
        self.known_ids(msg_ids)
    }

    fn miscounts(&mut self, limit: u32) -> Result<Vec<Miscount>> {
        self.wrong_counters(limit)
    }

    fn about(&mut self) -> Result<About> {
        self.0.about()
    }

    fn limit_time(&mut self, limit: Option<Duration>) -> Result<()> {
        self.0.limit_time(limit)
    }
}

/// The message with this msg_id.
pub(super) fn find<D: Database>(database: &mut D, msg_id: &str) -> Result<Option<Archived>> {
    let mut sql = Sql::new(D::DIALECT);
    let msg_id = sql.text(msg_id);
    let place = D::PLACE_OF_MSG_ID;
    sql.push(&format!("SELECT {COLUMNS} FROM {place} = {msg_id}"));
    database.select(&sql)?.into_iter().next().map(archived).transpose()
}

/// A row of [`COLUMNS`].
pub(super) fn archived(mut row: Row) -> Result<Archived> {
    message(&mut row)
}

fn message(row: &mut Row) -> Result<Archived> {
    let (id, msg_id) = (row.int()?, row.text()?);
    let (time, received, topic) = (row.int()?, row.int()?, row.text()?);
    let frame = row.optional_bytes()?;
    let body = row.bytes()?;
    let frame = frame.map(|frame| String::from_utf8_lossy(&frame).into_owned());
    let message = Message::new(frame.unwrap_or_else(|| topic.clone()), body);
    let (category, agent) = (row.text()?, row.optional_text()?);
    let facts =
        Facts { category, agent, users: names(&row.text()?)?, packages: names(&row.text()?)? };
    let verdict = row.text()?;
    let digest = row.bytes()?.try_into();
    let digest = digest.map_err(|_| Error::new(Kind::Data, "the archive is damaged: a digest"))?;
    Ok(Archived { id, msg_id, message, time, received, topic, facts, verdict, digest })
}

fn quarantined(mut row: Row) -> Result<Quarantined> {
    let (id, since, reason, msg_id) = (row.int()?, row.int()?, row.text()?, row.text()?);
    let topic = String::from_utf8_lossy(&row.bytes()?).into_owned();
    let message = Message::new(topic, row.bytes()?);
    let (received, verdict) = (row.int()?, row.text()?);
    Ok(Quarantined { id, since, reason, msg_id, message, received, verdict })
}

/// Names as they are in a row.
pub(super) fn list(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}

fn names(list: &str) -> Result<Vec<String>> {
    serde_json::from_str(list)
        .map_err(|error| Error::new(Kind::Data, "the archive is damaged: names").because(error))
}

/// The topic of the first frame, where it is not the message's own.
pub(super) fn frame(one: &Archived) -> Option<&[u8]> {
    let frame = one.message.topic();
    (frame != one.topic).then_some(frame.as_bytes())
}
