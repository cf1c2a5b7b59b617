//! One connection to the file.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{failed, now, schema};
use crate::{Error, Kind, Result};

/// What the writer keeps of the file in memory, in KiB. A batch that does not fit is written twice.
const CACHE: i64 = 64 * 1024;
/// From so many pages on, the WAL is moved into the file. Fewer would write the same pages of indices
/// more often, more would make some writes take longer.
const CHECKPOINT: i64 = 4000;

/// A journal's file. Others may read and write it at the same time; only [`Journal`](super::Journal)
/// adds messages.
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
        let store = Self::open(path)?;
        let busy: bool = store
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| store.failed("cannot recover", error))?;
        if busy {
            return Err(Error::new(Kind::TryAgain, "the journal is in use while it recovers"));
        }
        Ok(store)
    }

    /// Gives a connection what it needs to write much.
    pub(super) fn tune_for_writing(&self) -> Result<()> {
        let tune = || {
            self.connection.pragma_update(None, "cache_size", -CACHE)?;
            self.connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)
        };
        tune().map_err(|error| self.failed("cannot open", error))
    }

    /// Writes something small, to see whether that works.
    pub(super) fn probe(&mut self) -> Result<()> {
        self.write("cannot write to", |transaction| {
            let statement = "INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?1)";
            transaction.execute(statement, [now().to_string()]).map(|_| ())
        })
    }

    /// Which journal this is.
    pub fn epoch(&self) -> Result<String> {
        self.connection
            .query_row("SELECT value FROM meta WHERE name = 'epoch'", [], |row| row.get(0))
            .map_err(|error| self.failed("cannot read", error))
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

#[cfg(test)]
pub(super) mod tests {
    use std::borrow::Borrow;

    use super::*;
    use crate::journal::append::{Appender, Prepared};
    use crate::journal::{Entry, Receipt, UNCHECKED};
    use crate::message::Message;

    impl Store {
        /// Writes messages where no thread does.
        pub(crate) fn append<E: Borrow<Entry>>(
            &mut self,
            entries: impl IntoIterator<Item = E>,
        ) -> Vec<Receipt> {
            let entries = entries.into_iter().map(|entry| Prepared::from(entry.borrow().clone()));
            self.write("cannot write to", |transaction| {
                let mut appender = Appender::new(transaction)?;
                entries.map(|entry| appender.append(&entry)).collect()
            })
            .unwrap()
        }
    }

    pub(in crate::journal) fn entry(topic: &str, body: &str) -> Entry {
        let message = Message::new(topic, body);
        Entry { message, received: 1_000_000, endpoint: None, verdict: UNCHECKED }
    }

    pub(in crate::journal) fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(&dir.path().join("journal")).unwrap();
        (dir, store)
    }
}
