//! Files of SQLite that are ours: told from those of other programs by a number in them, brought up to
//! date in numbered steps, and left alone when a newer fedhub wrote them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{Error, Kind, Result};

/// How many statements stay prepared.
const STATEMENTS: usize = 64;

/// A sort of file.
pub(crate) struct Format {
    /// What it is called, such as `journal`.
    pub(crate) name: &'static str,
    /// Tells it from other programs' files.
    pub(crate) application_id: i32,
    /// Each step leads to the next version; their number is the version of this program.
    pub(crate) steps: &'static [&'static str],
    /// How another file is named.
    pub(crate) hint: &'static str,
    /// How long to wait for another writer.
    pub(crate) busy: Duration,
    /// What the WAL file is cut back to, in bytes.
    pub(crate) wal_limit: i64,
}

impl Format {
    /// Opens a file, makes it if `create` says so, and brings it up to date; `last` is done in the
    /// transaction of the last step.
    pub(crate) fn open(
        &self,
        path: &Path,
        create: bool,
        failed: fn(String, rusqlite::Error) -> Error,
        last: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<Connection> {
        let what = format!("cannot open the {} {}", self.name, path.display());
        if !create {
            // SQLite says only that it cannot open it, not why.
            std::fs::metadata(path).map_err(|error| Error::io(what.clone(), error))?;
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
        let cannot = |error| failed(what.clone(), error);
        let mut connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
        connection.busy_timeout(self.busy).map_err(cannot)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let (id, version, used) = look(&connection).map_err(cannot)?;
        self.refuse_others(path, id, version, used)?;
        self.prepare(&mut connection, last).map_err(cannot)?;
        Ok(connection)
    }

    fn refuse_others(&self, path: &Path, id: i32, version: usize, used: bool) -> Result<()> {
        let shown = path.display();
        if used && id != self.application_id {
            let what = format!("{shown} is no {} of fedhub", self.name);
            return Err(Error::new(Kind::Data, what).hint(self.hint));
        }
        if version > self.steps.len() {
            let what = format!("the {} {shown}", self.name);
            return Err(Error::newer(&what, version, self.steps.len()));
        }
        Ok(())
    }

    fn prepare(
        &self,
        connection: &mut Connection,
        last: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", self.wal_limit)?;
        if version(connection)? == self.steps.len() {
            return Ok(());
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        for step in self.steps.iter().skip(version(&transaction)?) {
            transaction.execute_batch(step)?;
        }
        last(&transaction)?;
        transaction.pragma_update(None, "application_id", self.application_id)?;
        transaction.pragma_update(None, "user_version", self.steps.len())?;
        transaction.commit()
    }
}

/// Its number, its version, and whether anything is in it.
fn look(connection: &Connection) -> rusqlite::Result<(i32, usize, bool)> {
    let id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema)";
    let used = connection.query_row(tables, [], |row| row.get(0))?;
    Ok((id, version(connection)?, used))
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format {
        name: "notebook",
        application_id: 0x7e57,
        steps: &["CREATE TABLE one (x)", "ALTER TABLE one ADD COLUMN y DEFAULT 3"],
        hint: "name another file",
        busy: Duration::from_secs(2),
        wal_limit: 1 << 20,
    };

    fn open(path: &Path, create: bool) -> Result<Connection> {
        let failed = |what, error| Error::new(Kind::Io, what).because(error);
        FORMAT.open(path, create, failed, |_| Ok(()))
    }

    #[test]
    fn a_newer_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        open(&path, true).unwrap().pragma_update(None, "user_version", 3).unwrap();
        let error = open(&path, true).unwrap_err();
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().contains("newer fedhub"), "{error}");
    }

    #[test]
    fn an_older_file_keeps_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let older = Connection::open(&path).unwrap();
        older.execute_batch(FORMAT.steps[0]).unwrap();
        older.execute("INSERT INTO one VALUES (7)", []).unwrap();
        older.pragma_update(None, "application_id", FORMAT.application_id).unwrap();
        older.pragma_update(None, "user_version", 1).unwrap();
        drop(older);
        let connection = open(&path, false).unwrap();
        let read = connection.query_row("SELECT x, y FROM one", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(read.unwrap(), (7, 3));
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn what_is_of_another_program_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        let error = open(&path, true).unwrap_err();
        assert!(error.to_string().contains("no notebook of fedhub"), "{error}");
        assert_eq!(open(&dir.path().join("none"), false).unwrap_err().kind(), Kind::NoInput);
    }
}
