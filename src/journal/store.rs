//! One connection to the file, and appending through it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Entry, Identity, Outcome, Receipt, failed, schema};
use crate::{Error, Kind, Result};

/// A journal's file. Others may read and write it at the same time.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens a journal that is there.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { connection: schema::open(path, false)?, path: path.to_owned() })
    }

    /// Opens a journal, and makes it if it is not there.
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self { connection: schema::open(path, true)?, path: path.to_owned() })
    }

    /// Opens a journal after a write has failed.
    ///
    /// What the failed write left in the WAL may be visible and yet not on disk. A checkpoint writes
    /// it anew and syncs it, so that whatever is found from now on is safe.
    pub(super) fn reopen(path: &Path) -> Result<Self> {
        let store = Self::create(path)?;
        let busy: bool = store
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| store.failed("cannot recover", error))?;
        if busy {
            return Err(Error::new(Kind::TryAgain, "the journal is in use while it recovers"));
        }
        Ok(store)
    }

    /// Writes entries in one transaction. When this returns without an error they are on disk.
    pub fn append<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<Vec<Receipt>> {
        self.write("cannot write to", |transaction| {
            entries.into_iter().map(|entry| append(transaction, entry)).collect()
        })
    }

    /// Does something in one transaction that may write from its beginning.
    pub(super) fn write<T>(
        &mut self,
        what: &str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let attempt = || {
            let transaction =
                self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        attempt()
            .map_err(|error| failed(format!("{what} the journal {}", self.path.display()), error))
    }

    pub(super) fn failed(&self, what: &str, error: rusqlite::Error) -> Error {
        failed(format!("{what} the journal {}", self.path.display()), error)
    }
}

fn append(transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<Receipt> {
    let Identity { msg_id, digest } = Identity::of(&entry.message, entry.verdict);
    // Not left to ON CONFLICT, which would use up a number for each duplicate.
    let mut same =
        transaction.prepare_cached("SELECT seq FROM message WHERE digest = ?1 AND verdict = ?2")?;
    let same = same.query_row(params![digest, entry.verdict], |row| row.get(0)).optional()?;
    if let Some(seq) = same {
        return Ok(Receipt { seq, outcome: Outcome::Duplicate });
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO message (received, endpoint, verdict, topic, body, msg_id, digest, conflict)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                 EXISTS (SELECT 1 FROM message WHERE msg_id = ?6 AND verdict = ?3))
         RETURNING seq, conflict",
    )?;
    let values = params![
        entry.received,
        entry.endpoint.as_deref(),
        entry.verdict,
        entry.message.topic().as_bytes(),
        entry.message.body(),
        msg_id,
        digest,
    ];
    insert.query_row(values, |row| {
        let outcome = if row.get(1)? { Outcome::Conflict } else { Outcome::New };
        Ok(Receipt { seq: row.get(0)?, outcome })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::journal::{Span, UNCHECKED};
    use crate::message::Message;

    pub(in crate::journal) fn entry(topic: &str, body: &str) -> Entry {
        let message = Message::new(topic, body);
        Entry { message, received: 1_000_000, endpoint: None, verdict: UNCHECKED }
    }

    pub(in crate::journal) fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(&dir.path().join("journal")).unwrap();
        (dir, store)
    }

    #[test]
    fn both_frames_come_back_as_they_went_in() {
        let (_dir, mut store) = store();
        let body = "{ \"msg_id\" :\t\"1\", \"n\": 1E3, \"é\": \"\\u00e9\" }\n";
        let mut entry = entry("a.b", body);
        entry.endpoint = Some("tcp://h:1".into());
        let receipts = store.append([&entry]).unwrap();
        assert_eq!(receipts, [Receipt { seq: 1, outcome: Outcome::New }]);
        let record = store.get(1).unwrap().unwrap();
        assert_eq!((record.message.topic(), record.message.body()), ("a.b", body.as_bytes()));
        assert_eq!(record.endpoint.as_deref(), Some("tcp://h:1"));
        assert_eq!((record.received, record.verdict.as_str()), (1_000_000, UNCHECKED));
        assert_eq!(record.identity.msg_id.as_deref(), Some("1"));
    }

    #[test]
    fn the_same_is_kept_once_and_a_copied_id_is_marked() {
        let (_dir, mut store) = store();
        let real = entry("t", r#"{"msg_id":"1","n":1}"#);
        let respelt = entry("t", r#"{"n": 1, "msg_id": "1"}"#);
        let other = entry("t", r#"{"msg_id":"1","n":2}"#);
        let forged = Entry { verdict: "bad-signature", ..other.clone() };
        let (text, again) = (entry("t", "not json"), entry("t", "not json"));
        let receipts = store.append([&real, &respelt, &forged, &other, &text, &again]).unwrap();
        let outcomes: Vec<_> = receipts.iter().map(|r| (r.seq, r.outcome)).collect();
        use Outcome::{Conflict, Duplicate, New};
        assert_eq!(
            outcomes,
            [(1, New), (1, Duplicate), (2, New), (3, Conflict), (4, New), (4, Duplicate)]
        );
        let marked: Vec<_> =
            store.read(0, Span::default()).unwrap().iter().map(|r| r.conflict).collect();
        assert_eq!(marked, [false, false, true, false]);
    }
}
