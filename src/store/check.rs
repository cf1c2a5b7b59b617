//! Looking after an archive: what is known, whether the counters are right, how large it is.

use std::collections::HashSet;

use super::archive::Archive;
use super::database::Database;
use super::query::Sql;
use crate::Result;

/// A counter that does not say what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miscount {
    /// What it counts: all, topic, category, agent, user or package.
    pub kind: String,
    /// Which one.
    pub name: String,
    /// Of one day, since 1970; `None` for the counter of all days.
    pub day: Option<i64>,
    /// What it says.
    pub counted: i64,
    /// How many messages there are.
    pub there: i64,
}

/// What can be said about an archive beside its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The version of its tables.
    pub version: usize,
    /// What it takes on disk, in bytes.
    pub bytes: u64,
    /// Its partitions by name, where it has any, each with what it takes.
    pub partitions: Vec<(String, u64)>,
}

/// Of each counter what there is, and of each name what is counted.
const TOTALS: &str = "WITH there AS (
     SELECT 'all' AS kind, '' AS name, CAST(count(*) AS bigint) AS n FROM message
     UNION ALL SELECT 'topic', topic, count(*) FROM message GROUP BY topic
     UNION ALL SELECT 'category', category, count(*) FROM message GROUP BY category
     UNION ALL SELECT 'agent', agent, count(*) FROM message WHERE agent IS NOT NULL GROUP BY agent
     UNION ALL SELECT 'user', name, count(*) FROM message_user GROUP BY name
     UNION ALL SELECT 'package', name, count(*) FROM message_package GROUP BY name)
 SELECT coalesce(c.kind, t.kind), coalesce(c.name, t.name), NULL AS day,
     CAST(coalesce(c.count, 0) AS bigint), CAST(coalesce(t.n, 0) AS bigint)
 FROM there AS t FULL JOIN total AS c ON c.kind = t.kind AND c.name = t.name
 WHERE coalesce(c.count, 0) <> coalesce(t.n, 0) ORDER BY 1, 2";
const DAYS: &str = "WITH there AS (
     SELECT 'all' AS kind, '' AS name, time / 86400000000 AS day,
         CAST(count(*) AS bigint) AS n FROM message GROUP BY time / 86400000000
     UNION ALL SELECT 'topic', topic, time / 86400000000, count(*) FROM message
         GROUP BY topic, time / 86400000000
     UNION ALL SELECT 'category', category, time / 86400000000, count(*) FROM message
         GROUP BY category, time / 86400000000)
 SELECT coalesce(c.kind, t.kind), coalesce(c.name, t.name),
     CAST(coalesce(c.day, t.day) AS bigint),
     CAST(coalesce(c.count, 0) AS bigint), CAST(coalesce(t.n, 0) AS bigint)
 FROM there AS t FULL JOIN daily AS c ON c.kind = t.kind AND c.name = t.name AND c.day = t.day
 WHERE coalesce(c.count, 0) <> coalesce(t.n, 0) ORDER BY 1, 2, 3";

impl<D: Database> Archive<D> {
    /// See [`super::Store::known`].
    pub(super) fn known_ids(&mut self, msg_ids: &[String]) -> Result<HashSet<String>> {
        if msg_ids.is_empty() {
            return Ok(HashSet::new());
        }
        let mut sql = Sql::new(D::DIALECT);
        let list = sql.list(msg_ids);
        sql.push(&format!(
            "SELECT msg_id FROM {} WHERE msg_id IN {list}
             UNION SELECT msg_id FROM quarantine WHERE msg_id IN {list}",
            D::MSG_IDS
        ));
        self.0.select(&sql)?.into_iter().map(|mut row| row.text()).collect()
    }

    /// See [`super::Store::miscounts`].
    pub(super) fn wrong_counters(&mut self, limit: u32) -> Result<Vec<Miscount>> {
        let mut wrong = Vec::new();
        for text in [TOTALS, DAYS] {
            let sql = Sql::plain(D::DIALECT, &format!("{text} LIMIT {limit}"));
            for mut row in self.0.select(&sql)? {
                let (kind, name, day) = (row.text()?, row.text()?, row.optional_int()?);
                let (counted, there) = (row.int()?, row.int()?);
                wrong.push(Miscount { kind, name, day, counted, there });
            }
        }
        Ok(wrong)
    }
}
