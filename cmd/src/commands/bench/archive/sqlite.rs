//! The same rows in the same transactions by prepared statements of SQLite; without counters, and
//! nobody asks whether a message is known.

use std::path::Path;

use anyhow::Result;
use fedhub::store::{self, Archived};
use rusqlite::{Connection, TransactionBehavior, params};

use super::{BATCH, Written, measure};

/// Writes messages into a new archive.
pub(super) fn insert(path: &Path, messages: &[Archived]) -> Result<Written> {
    drop(store::create(&format!("sqlite:{}", path.display()))?);
    let mut connection = Connection::open(path)?;
    // As the archive has it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -64 * 1024)?;
    connection.pragma_update(None, "wal_autocheckpoint", 8000)?;
    measure(messages.len(), || {
        messages.chunks(BATCH).try_for_each(|batch| batch_of(&mut connection, batch))
    })
}

fn batch_of(connection: &mut Connection, batch: &[Archived]) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut message = transaction.prepare_cached(
            "INSERT INTO message (msg_id, time, received, topic, body, category, agent, users,
                 packages, verdict, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        let mut user = transaction
            .prepare_cached("INSERT INTO message_user (name, time, id) VALUES (?1, ?2, ?3)")?;
        let mut package = transaction
            .prepare_cached("INSERT INTO message_package (name, time, id) VALUES (?1, ?2, ?3)")?;
        for one in batch {
            message.execute(params![
                one.msg_id,
                one.time,
                one.received,
                one.topic,
                one.message.body(),
                one.facts.category,
                one.facts.agent,
                serde_json::to_string(&one.facts.users)?,
                serde_json::to_string(&one.facts.packages)?,
                one.verdict,
                one.digest,
            ])?;
            let id = transaction.last_insert_rowid();
            for name in &one.facts.users {
                user.execute(params![name, one.time, id])?;
            }
            for name in &one.facts.packages {
                package.execute(params![name, one.time, id])?;
            }
        }
    }
    Ok(transaction.commit()?)
}
