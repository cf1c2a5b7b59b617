//! The index of texts: the trigrams of what `contains` looks at, in a table of FTS5 that keeps nothing
//! else. A trigger fills it with what comes, and steps with what was there before.

use rusqlite::{Connection, TransactionBehavior, params};

/// How many messages of before are indexed at once; others cannot write meanwhile.
const STEP: i64 = 500;

/// As long as `message_text_to_do` is there, the index lacks messages.
pub(super) const HAS_TEXTS: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'message_text' \
     AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'message_text_to_do')";

/// Texts are folded already. Where in a text a trigram stands is not kept: what is found is looked at.
const MAKE: &str = "
    CREATE VIRTUAL TABLE message_text USING
        fts5(text, content='', detail='none', tokenize='trigram case_sensitive 1');
    CREATE TABLE message_text_to_do (after INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
    INSERT INTO message_text_to_do SELECT 0, coalesce(max(id), 0) FROM message;
    CREATE TRIGGER message_text_new AFTER INSERT ON message BEGIN
        INSERT INTO message_text (rowid, text) VALUES (new.id, searched(new.body));
    END;";
const REMOVE: &str = "
    DROP TRIGGER IF EXISTS message_text_new;
    DROP TABLE IF EXISTS message_text_to_do;
    DROP TABLE IF EXISTS message_text;";

/// See [`crate::store::Store::index_texts`].
pub(super) fn step(connection: &mut Connection, wanted: bool) -> rusqlite::Result<bool> {
    let made = has(connection, "message_text")?;
    if !wanted && !made || wanted && made && !has(connection, "message_text_to_do")? {
        return Ok(true);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = match (wanted, has(&transaction, "message_text")?) {
        (false, _) => transaction.execute_batch(REMOVE).map(|()| true),
        (true, false) => transaction.execute_batch(MAKE).map(|()| false),
        (true, true) => add(&transaction),
    }?;
    transaction.commit()?;
    Ok(done)
}

/// Adds the next messages that came before the index.
fn add(connection: &Connection) -> rusqlite::Result<bool> {
    if !has(connection, "message_text_to_do")? {
        return Ok(true);
    }
    let (after, last): (i64, i64) =
        connection.query_row("SELECT after, last FROM message_text_to_do", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let end = last.min(after.saturating_add(STEP));
    connection.execute(
        "INSERT INTO message_text (rowid, text)
         SELECT id, searched(body) FROM message WHERE id > ?1 AND id <= ?2 ORDER BY id",
        params![after, end],
    )?;
    if end == last {
        connection.execute_batch("DROP TABLE message_text_to_do")?;
    } else {
        connection.execute("UPDATE message_text_to_do SET after = ?1", [end])?;
    }
    Ok(end == last)
}

fn has(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";
    connection.query_row(sql, [table], |row| row.get(0))
}
