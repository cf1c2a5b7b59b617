//! Totals and groups: from counters where the query allows, else counted.

use std::time::Duration;

use super::archive::Archive;
use super::archived::DAY;
use super::database::{Database, Row};
use super::query::{Dialect, Key, Sql};
use super::tally::{ALL, day};
use super::{Count, Dimension, Order, Query};
use crate::Result;

/// What a query is about, if it is about nothing else: the counters with the total.
struct Simple {
    kind: &'static str,
    names: Vec<String>,
}

impl<D: Database> Archive<D> {
    /// The exact number of messages that fit.
    pub(super) fn exact(&mut self, query: &Query) -> Result<i64> {
        let Some(simple) = self.simple(query)? else { return self.counted(query) };
        if query.since.is_none() && query.until.is_none() {
            return self.total(simple.kind, &simple.names);
        }
        if !has_days(simple.kind) {
            return self.counted(query);
        }
        // Whole days from counters, and what is before and after them counted.
        let since = query.since.unwrap_or(0).max(0);
        let until = query.until.unwrap_or(i64::MAX - DAY);
        let first = day(since.saturating_add(DAY - 1));
        let end = day(until.saturating_add(1));
        if first >= end {
            return self.counted(query);
        }
        let mut count = self.days(&simple, first, end)?;
        if since < first * DAY {
            count += self.counted(&within(query, since, first * DAY - 1))?;
        }
        if query.until.is_some() && end * DAY <= until {
            count += self.counted(&within(query, end * DAY, until))?;
        }
        Ok(count)
    }

    /// At least the number of messages that fit: the least that counters say of any of its parts.
    pub(super) fn estimate(&mut self, query: &Query) -> Result<i64> {
        let mut least = i64::MAX;
        let days = (query.since.unwrap_or(0), query.until.unwrap_or(i64::MAX - DAY));
        let mut parts = vec![Simple { kind: ALL, names: vec![String::new()] }];
        for key in Key::ALL.into_iter().filter(|key| !key.wanted(query).is_empty()) {
            if let Some(names) = self.names(key, key.wanted(query))? {
                parts.push(Simple { kind: key.name(), names });
            }
        }
        for part in parts {
            let count = if has_days(part.kind) && (query.since.is_some() || query.until.is_some()) {
                self.days(&part, day(days.0), day(days.1).saturating_add(1))?
            } else {
                self.total(part.kind, &part.names)?
            };
            least = least.min(count);
        }
        Ok(least)
    }

    fn simple(&mut self, query: &Query) -> Result<Option<Simple>> {
        let plain = Query { since: query.since, until: query.until, ..Query::default() };
        if *query == plain {
            return Ok(Some(Simple { kind: ALL, names: vec![String::new()] }));
        }
        for key in Key::ALL {
            let mut only = plain.clone();
            match key {
                Key::Topic => only.topics.clone_from(&query.topics),
                Key::Category => only.categories.clone_from(&query.categories),
                Key::Agent => only.agents.clone_from(&query.agents),
                Key::User => only.users.clone_from(&query.users),
                Key::Package => only.packages.clone_from(&query.packages),
            }
            if *query != only {
                continue;
            }
            let names = self.names(key, key.wanted(query))?;
            // A message may have several users; it must not be counted twice.
            let once =
                |names: &Vec<String>| names.len() <= 1 || !matches!(key, Key::User | Key::Package);
            return Ok(names.filter(once).map(|names| Simple { kind: key.name(), names }));
        }
        Ok(None)
    }

    /// What counters have from a day up to another one.
    fn days(&mut self, simple: &Simple, first: i64, end: i64) -> Result<i64> {
        if simple.names.is_empty() {
            return Ok(0);
        }
        let mut sql = Sql::new(D::DIALECT);
        let (kind, names) = (sql.text(simple.kind), sql.list(&simple.names));
        let (first, end) = (sql.int(first), sql.int(end));
        sql.push(&format!(
            "SELECT CAST(coalesce(sum(count), 0) AS bigint) FROM daily \
             WHERE kind = {kind} AND name IN {names} AND day >= {first} AND day < {end}"
        ));
        self.number(&sql)
    }

    fn counted(&mut self, query: &Query) -> Result<i64> {
        let source = self.source(query, Order::Newest, true)?;
        let mut sql = Sql::new(D::DIALECT);
        sql.push("SELECT count(*) FROM (");
        sql.places(query, &source, None);
        sql.push(") AS k");
        self.number(&sql)
    }

    /// See [`super::Store::counts`].
    pub(super) fn groups(
        &mut self,
        query: &Query,
        by: Dimension,
        bucket: Option<Duration>,
        limit: u32,
    ) -> Result<Vec<Count>> {
        let bucket =
            bucket.map(|bucket| i64::try_from(bucket.as_micros()).unwrap_or(i64::MAX).max(1));
        let groups = match self.counters(query, by, bucket) {
            Some(groups) => groups,
            None => self.messages(query, by)?,
        };
        let largest = if by == Dimension::All { None } else { Some(self.largest(&groups, limit)?) };
        match (largest, bucket) {
            (Some(largest), None) => Ok(largest),
            (largest, bucket) => self.buckets(groups, largest, bucket),
        }
    }

    /// The largest names.
    fn largest(&mut self, groups: &Sql, limit: u32) -> Result<Vec<Count>> {
        let mut sql = Sql::new(D::DIALECT);
        sql.params.clone_from(&groups.params);
        let limit = sql.int(limit.into());
        sql.push(&format!(
            "SELECT name, CAST(sum(count) AS bigint) AS messages FROM ({}) AS g GROUP BY name \
             HAVING sum(count) > 0 ORDER BY messages DESC, name LIMIT {limit}",
            groups.text
        ));
        let count = |mut row: Row| {
            let name = row.text()?;
            Ok(Count { bucket: None, name, count: u64::try_from(row.int()?).unwrap_or_default() })
        };
        self.0.select(&sql)?.into_iter().map(count).collect()
    }

    /// By time and, if they are given, by these names.
    fn buckets(
        &mut self,
        groups: Sql,
        names: Option<Vec<Count>>,
        bucket: Option<i64>,
    ) -> Result<Vec<Count>> {
        let mut sql = Sql::new(D::DIALECT);
        sql.params = groups.params;
        let among = match &names {
            Some(names) if names.is_empty() => return Ok(Vec::new()),
            Some(names) => {
                let names: Vec<_> = names.iter().map(|one| one.name.clone()).collect();
                format!("WHERE name IN {}", sql.list(&names))
            }
            None => String::new(),
        };
        let begins = match bucket {
            // Times are not negative, so division rounds down.
            Some(bucket) => {
                let mark = sql.int(bucket);
                format!("(time / {mark}) * {mark}")
            }
            None => "0".into(),
        };
        sql.push(&format!(
            "SELECT CAST({begins} AS bigint) AS begins, name, CAST(sum(count) AS bigint) AS messages \
             FROM ({}) AS g {among} GROUP BY 1, 2 HAVING sum(count) > 0 \
             ORDER BY 1, 3 DESC, 2",
            groups.text
        ));
        let count = |mut row: Row| {
            let begins = row.int()?;
            let name = row.text()?;
            let count = u64::try_from(row.int()?).unwrap_or_default();
            Ok(Count { bucket: bucket.map(|_| begins), name, count })
        };
        self.0.select(&sql)?.into_iter().map(count).collect()
    }

    /// Selects time, name and count from counters, if these have what is asked for.
    fn counters(&self, query: &Query, by: Dimension, bucket: Option<i64>) -> Option<Sql> {
        let kind = kind(by);
        let plain = Query { since: query.since, until: query.until, ..Query::default() };
        let aligned = query.since.is_none_or(|since| since % DAY == 0)
            && query.until.is_none_or(|until| until.saturating_add(1) % DAY == 0);
        let timed = bucket.is_some() || query.since.is_some() || query.until.is_some();
        let mut sql = Sql::new(D::DIALECT);
        if *query != plain {
            return None;
        }
        if !timed {
            let kind = sql.text(kind);
            sql.push(&format!("SELECT 0 AS time, name, count FROM total WHERE kind = {kind}"));
            return Some(sql);
        }
        if !aligned || !has_days(kind) || bucket.is_some_and(|bucket| bucket % DAY != 0) {
            return None;
        }
        let (kind, length) = (sql.text(kind), sql.int(DAY));
        sql.push(&format!(
            "SELECT day * {length} AS time, name, count FROM daily WHERE kind = {kind}"
        ));
        if let Some(since) = query.since {
            let first = sql.int(day(since));
            sql.push(&format!(" AND day >= {first}"));
        }
        if let Some(until) = query.until {
            let last = sql.int(day(until));
            sql.push(&format!(" AND day <= {last}"));
        }
        Some(sql)
    }

    /// Selects time, name and 1 of each message that fits, once for each of its names.
    fn messages(&mut self, query: &Query, by: Dimension) -> Result<Sql> {
        let source = self.source(query, Order::Newest, true)?;
        let mut sql = Sql::new(D::DIALECT);
        if by == Dimension::All {
            sql.push("SELECT k.time AS time, '' AS name, 1 AS count FROM (");
            sql.places(query, &source, None);
            sql.push(") AS k");
            return Ok(sql);
        }
        let kind = kind(by);
        let (name, each) = match (by, D::DIALECT) {
            (Dimension::User | Dimension::Package, Dialect::Sqlite) => {
                ("e.value".to_owned(), format!(", json_each(m.{kind}s) AS e"))
            }
            (Dimension::User | Dimension::Package, Dialect::Postgres) => {
                let each = format!(
                    " CROSS JOIN LATERAL json_array_elements_text(m.{kind}s::json) AS e (value)"
                );
                ("e.value".to_owned(), each)
            }
            _ => (format!("m.{kind}"), String::new()),
        };
        sql.push(&format!("SELECT m.time AS time, {name} AS name, 1 AS count FROM ("));
        sql.places(query, &source, None);
        sql.push(&format!(
            ") AS k CROSS JOIN message AS m{each} \
             WHERE m.id = k.id AND m.time = k.time AND {name} IS NOT NULL"
        ));
        Ok(sql)
    }
}

fn kind(by: Dimension) -> &'static str {
    match by {
        Dimension::All => ALL,
        Dimension::Topic => Key::Topic.name(),
        Dimension::Category => Key::Category.name(),
        Dimension::User => Key::User.name(),
        Dimension::Package => Key::Package.name(),
        Dimension::Agent => Key::Agent.name(),
    }
}

/// Whether there are counters for each day.
fn has_days(kind: &str) -> bool {
    matches!(kind, ALL | "topic" | "category")
}

fn within(query: &Query, since: i64, until: i64) -> Query {
    Query { since: Some(since), until: Some(until), ..query.clone() }
}
