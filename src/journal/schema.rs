//! The tables, and how an older file becomes a newer one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failed;
use crate::{Error, Kind, Result};

/// "fedh", which tells our files from other programs' databases.
const APPLICATION_ID: i32 = 0x6665_6468;
/// How long to wait for another writer.
const BUSY: Duration = Duration::from_secs(2);
/// What the WAL file is cut back to, in bytes.
const WAL_LIMIT: i64 = 64 * 1024 * 1024;

/// Each step leads to the next version; their number is the version of this program.
const MIGRATIONS: [&str; 2] = [MESSAGES, HUB];

const MESSAGES: &str = "
    CREATE TABLE message (
        -- AUTOINCREMENT: a number is never used again, even when all messages are gone.
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        received INTEGER NOT NULL, -- unix microseconds
        endpoint TEXT,
        verdict TEXT NOT NULL,
        topic BLOB NOT NULL,
        body BLOB NOT NULL,
        msg_id TEXT,
        digest BLOB NOT NULL,
        conflict INTEGER NOT NULL -- 1: another message has the same msg_id
    ) STRICT;
    CREATE UNIQUE INDEX message_identity ON message (digest, verdict);
    CREATE INDEX message_msg_id ON message (msg_id, verdict) WHERE msg_id IS NOT NULL;
    CREATE INDEX message_received ON message (received);
    CREATE TABLE cursor (
        name TEXT PRIMARY KEY,
        position INTEGER NOT NULL, -- the last message that was dealt with
        moved INTEGER NOT NULL -- unix microseconds
    ) STRICT, WITHOUT ROWID;
";

const HUB: &str = "
    -- epoch: which journal this is; probe: when it was last tried whether writing works
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    ALTER TABLE cursor ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
    -- messages that retention removed before the consumer came to them
    ALTER TABLE cursor ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE quarantine (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        consumer TEXT NOT NULL,
        reason TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        since INTEGER NOT NULL, -- unix microseconds
        tried INTEGER NOT NULL, -- unix microseconds, the last time
        state TEXT NOT NULL, -- waiting or retry
        due INTEGER, -- when it is tried again, in unix microseconds
        -- a copy of the message, which retention does not take
        seq INTEGER NOT NULL,
        received INTEGER NOT NULL,
        endpoint TEXT,
        verdict TEXT NOT NULL,
        topic BLOB NOT NULL,
        body BLOB NOT NULL,
        msg_id TEXT,
        digest BLOB NOT NULL,
        conflict INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX quarantine_message ON quarantine (consumer, seq);
    CREATE INDEX quarantine_state ON quarantine (state, consumer);
    CREATE INDEX quarantine_due ON quarantine (consumer, due) WHERE due IS NOT NULL;
    CREATE TABLE stream (
        endpoint TEXT NOT NULL,
        stream TEXT NOT NULL,
        epoch TEXT NOT NULL, -- of the publisher's journal
        seq INTEGER NOT NULL, -- all of it up to here is in this journal
        PRIMARY KEY (endpoint, stream)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE gap (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        endpoint TEXT NOT NULL,
        stream TEXT NOT NULL,
        epoch TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        numbered INTEGER NOT NULL, -- 1: first and last are numbers of the publisher's journal
        missed INTEGER NOT NULL,
        recovered INTEGER NOT NULL,
        lost INTEGER NOT NULL,
        opened INTEGER NOT NULL, -- unix microseconds
        closed INTEGER, -- unix microseconds
        note TEXT,
        UNIQUE (endpoint, stream, epoch, first)
    ) STRICT;
";

/// How many statements stay prepared.
const STATEMENTS: usize = 64;

/// Opens the file, makes it if `create` says so, and brings it up to date.
pub(super) fn open(path: &Path, create: bool) -> Result<Connection> {
    let shown = path.display();
    if !create {
        // SQLite says only that it cannot open it, not why.
        std::fs::metadata(path)
            .map_err(|error| Error::io(format!("cannot open the journal {shown}"), error))?;
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let cannot = |error| failed(format!("cannot open the journal {shown}"), error);
    let mut connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
    connection.busy_timeout(BUSY).map_err(cannot)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    refuse_others(&connection, path)?;
    prepare(&mut connection).map_err(cannot)?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Refuses what is no journal, and what a newer fedhub wrote.
fn refuse_others(connection: &Connection, path: &Path) -> Result<()> {
    let shown = path.display();
    let look = || -> rusqlite::Result<(i32, usize, bool)> {
        let id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema)";
        let used = connection.query_row(tables, [], |row| row.get(0))?;
        Ok((id, version(connection)?, used))
    };
    let (id, version, used) =
        look().map_err(|error| failed(format!("cannot read the journal {shown}"), error))?;
    if used && id != APPLICATION_ID {
        return Err(Error::new(Kind::Data, format!("{shown} is not a journal of fedhub"))
            .hint("name another file with --journal"));
    }
    if version > MIGRATIONS.len() {
        let known = MIGRATIONS.len();
        let what = format!(
            "the journal {shown} was written by a newer fedhub: its version is {version}, and \
             this one knows {known}"
        );
        return Err(Error::new(Kind::Data, what).hint("use that fedhub, or another file"));
    }
    Ok(())
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", WAL_LIMIT)?;
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    for step in MIGRATIONS.iter().skip(version(&transaction)?) {
        transaction.execute_batch(step)?;
    }
    transaction.execute(
        "INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', ?1)",
        [uuid::Uuid::new_v4().to_string()],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let connection = open(&path, true).unwrap();
        connection.pragma_update(None, "user_version", MIGRATIONS.len() + 1).unwrap();
        drop(connection);
        let error = open(&path, true).unwrap_err();
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().contains("newer fedhub"), "{error}");
    }

    #[test]
    fn an_older_file_keeps_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let older = Connection::open(&path).unwrap();
        older.execute_batch(MESSAGES).unwrap();
        older.execute("INSERT INTO cursor VALUES ('c', 7, 8)", []).unwrap();
        older.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        older.pragma_update(None, "user_version", 1).unwrap();
        drop(older);
        let connection = open(&path, false).unwrap();
        let query = "SELECT position, delivered, lost FROM cursor";
        let cursor = connection.query_row(query, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        assert_eq!(cursor.unwrap(), (7, 0, 0));
        assert_eq!(version(&connection).unwrap(), MIGRATIONS.len());
    }

    #[test]
    fn what_is_no_journal_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(open(&path, true).unwrap_err().to_string().contains("not a journal"));
        std::fs::write(&path, "text, and long enough to be looked at ".repeat(100)).unwrap();
        assert_eq!(open(&path, true).unwrap_err().kind(), Kind::Data);
        assert_eq!(open(&dir.path().join("none"), false).unwrap_err().kind(), Kind::NoInput);
    }
}
