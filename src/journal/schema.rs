//! The tables, and how an older file becomes a newer one.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::failed;
use crate::Result;
use crate::sqlite_file::Format;

const FORMAT: Format = Format {
    name: "journal",
    // "fedh"
    application_id: 0x6665_6468,
    steps: &[MESSAGES, HUB],
    hint: "name another file with --journal",
    busy: Duration::from_secs(2),
    wal_limit: 64 * 1024 * 1024,
};

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

/// Opens the file, makes it if `create` says so, and brings it up to date.
pub(super) fn open(path: &Path, create: bool) -> Result<Connection> {
    FORMAT.open(path, create, failed, |transaction| {
        transaction
            .execute(
                "INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', ?1)",
                [uuid::Uuid::new_v4().to_string()],
            )
            .map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn an_older_file_keeps_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let older = Connection::open(&path).unwrap();
        older.execute_batch(MESSAGES).unwrap();
        older.execute("INSERT INTO cursor VALUES ('c', 7, 8)", []).unwrap();
        older.pragma_update(None, "application_id", FORMAT.application_id).unwrap();
        older.pragma_update(None, "user_version", 1).unwrap();
        drop(older);
        let connection = open(&path, false).unwrap();
        let query = "SELECT position, delivered, lost FROM cursor";
        let cursor = connection.query_row(query, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        assert_eq!(cursor.unwrap(), (7, 0, 0));
    }

    #[test]
    fn what_is_no_journal_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other");
        std::fs::write(&path, "text, and long enough to be looked at ".repeat(100)).unwrap();
        assert_eq!(open(&path, true).unwrap_err().kind(), Kind::Data);
    }
}
