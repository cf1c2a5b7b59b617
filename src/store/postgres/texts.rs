//! The index of texts: trigrams of what `contains` looks at, by the extension pg_trgm.

use super::Postgres;
use crate::{Error, Kind, Result};

/// Of no use until every partition has its part of it.
pub(super) const HAS_TEXTS: &str = "SELECT count(*) FROM pg_index \
     WHERE indexrelid = to_regclass('message_text') AND indisvalid";

/// See [`crate::store::Store::index_texts`]. Others write and read meanwhile.
pub(super) fn step(database: &mut Postgres, wanted: bool) -> Result<bool> {
    let known = database.rows("SELECT to_regclass('message_text') IS NOT NULL", &[])?;
    let made = known.first().is_some_and(|row| row.get(0));
    if !wanted {
        return if made { database.batch("DROP INDEX message_text") } else { Ok(()) }
            .map(|()| true);
    }
    if !made {
        database.batch("CREATE EXTENSION IF NOT EXISTS pg_trgm").map_err(|error| {
            Error::new(error.kind(), "the archive's database has no pg_trgm").because(error).hint(
                "install the additional modules of PostgreSQL, or set archive.trigrams = false",
            )
        })?;
        let class = class(database)?;
        database.batch(&format!(
            "CREATE INDEX IF NOT EXISTS message_text ON ONLY message USING gin (searched {class})"
        ))?;
        return Ok(false);
    }
    let partitions = database.rows(
        "SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'message'::regclass AND NOT EXISTS (
             SELECT 1 FROM pg_index AS x JOIN pg_inherits AS p ON p.inhrelid = x.indexrelid
             WHERE x.indrelid = c.oid AND p.inhparent = to_regclass('message_text'))
         ORDER BY c.relname DESC LIMIT 1",
        &[],
    )?;
    let Some(partition) = partitions.first().map(|row| row.get::<_, String>(0)) else {
        return Ok(true);
    };
    let class = class(database)?;
    // One that was not finished is of no use. Each statement by itself: they cannot be in a transaction.
    database.batch("SET statement_timeout = 0")?;
    let made = [
        format!("DROP INDEX CONCURRENTLY IF EXISTS {partition}_text"),
        format!(
            "CREATE INDEX CONCURRENTLY {partition}_text ON {partition} USING gin (searched {class})"
        ),
        format!("ALTER INDEX message_text ATTACH PARTITION {partition}_text"),
    ]
    .iter()
    .try_for_each(|statement| database.batch(statement));
    made.and(database.set_timeout()).map(|()| false)
}

/// The operators, which are in the schema that the extension is in.
fn class(database: &mut Postgres) -> Result<String> {
    let rows = database.rows(
        "SELECT quote_ident(n.nspname) || '.gin_trgm_ops' FROM pg_extension AS e
         JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'",
        &[],
    )?;
    let missing = || Error::new(Kind::Unavailable, "the archive's database has no pg_trgm");
    rows.first().map(|row| row.get(0)).ok_or_else(missing)
}
