//! An archive in a file of SQLite.

mod texts;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, ToSql, params, params_from_iter};

use super::archive::{frame, list};
use super::archived::{CONFLICT, clean};
use super::database::{Cell, Database, Row};
use super::displace::{displace, is_better};
use super::query::{Dialect, Param, Sql};
use super::tally::Tally;
use super::text::{Finder, searched};
use super::{About, Archived, Outcome};
use crate::message::Message;
use crate::sqlite_file::Format;
use crate::{Error, Kind, Result, journal};

const FORMAT: Format = Format {
    name: "archive",
    // "feda"
    application_id: 0x6665_6461,
    steps: &[include_str!("migrations/sqlite/001.sql"), include_str!("migrations/sqlite/002.sql")],
    hint: "name another file",
    busy: Duration::from_secs(5),
    wal_limit: 128 * 1024 * 1024,
};
/// What is kept of the file in memory, in KiB.
const CACHE: i64 = 64 * 1024;
/// So many bytes of the file are read without copying them first, which searches gain most by.
const MAPPED: i64 = 1 << 30;
/// From so many pages on, the WAL is moved into the file. Fewer would write the same pages of indices
/// more often.
const CHECKPOINT: i64 = 8000;
/// After so many steps of the virtual machine it is looked whether there is time left.
const STEPS: i32 = 10_000;

/// A connection to the file.
#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    limit: Option<Duration>,
}

impl Sqlite {
    /// Opens the file, makes it if `create` says so, and brings it up to date.
    pub(super) fn open(path: &Path, create: bool) -> Result<Self> {
        let connection = FORMAT.open(path, create, failed, |_| Ok(()))?;
        prepare(&connection).map_err(|error| {
            failed(format!("cannot open the archive {}", path.display()), error)
        })?;
        Ok(Self { connection, path: path.to_owned(), limit: None })
    }

    fn failed(&self, what: &str, error: rusqlite::Error) -> Error {
        failed(format!("{what} the archive {}", self.path.display()), error)
    }

    /// Begins to measure the time that a call may take.
    fn start_clock(&mut self) -> rusqlite::Result<()> {
        let end = self.limit.and_then(|limit| Instant::now().checked_add(limit));
        match end {
            Some(end) => {
                self.connection.progress_handler(STEPS, Some(move || Instant::now() >= end))
            }
            None => self.connection.progress_handler(0, None::<fn() -> bool>),
        }
    }

    fn rows(&mut self, sql: &Sql) -> rusqlite::Result<Vec<Row>> {
        if self.limit.is_some() {
            self.start_clock()?;
        }
        let mut statement = self.connection.prepare_cached(&sql.text)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(&sql.params), |row| {
            let cells = (0..columns).map(|column| Ok(cell(row.get(column)?)));
            Ok(Row::from(cells.collect::<rusqlite::Result<Vec<_>>>()?))
        })?;
        rows.collect()
    }

    /// Writes messages, within a transaction, up to the first for which another one has to make room.
    /// Gives the outcomes of those before it.
    fn write(&self, batch: &[Archived]) -> rusqlite::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut tally = Tally::default();
        let mut appender = Appender::new(&self.connection)?;
        for one in batch {
            let Some(outcome) = appender.append(one)? else { break };
            if outcome == Outcome::New {
                tally.message(one, 1);
            }
            outcomes.push(outcome);
        }
        write_tally(&self.connection, &tally)?;
        Ok(outcomes)
    }
}

impl Database for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;
    const PLACE_OF_MSG_ID: &str = "message AS m WHERE m.msg_id";
    const MESSAGE_TABLES: &[&str] = &["message"];
    const MSG_IDS: &str = "message";

    fn about(&mut self) -> Result<About> {
        let pragma = |name| self.connection.pragma_query_value(None, name, |row| row.get(0));
        let bytes = || -> rusqlite::Result<u64> {
            let (pages, size): (u64, u64) = (pragma("page_count")?, pragma("page_size")?);
            Ok(pages * size)
        };
        let bytes = bytes().map_err(|error| self.failed("cannot read", error))?;
        Ok(About { version: FORMAT.steps.len(), bytes, partitions: Vec::new() })
    }

    fn select(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        self.rows(sql).map_err(|error| self.failed("cannot read", error))
    }

    fn execute(&mut self, sql: &Sql) -> Result<()> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(&sql.text)?;
            statement.execute(params_from_iter(&sql.params)).map(drop)
        };
        attempt().map_err(|error| self.failed("cannot write to", error))
    }

    fn transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.execute(&Sql::plain(Dialect::Sqlite, "BEGIN IMMEDIATE"))?;
        let done = work(self);
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.execute(&Sql::plain(Dialect::Sqlite, end));
        if ended.is_err() && !self.connection.is_autocommit() {
            // A commit that failed leaves the transaction open.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        let done = done?;
        ended.map(|()| done)
    }

    fn append(&mut self, batch: &[Archived]) -> Result<Vec<Outcome>> {
        self.transaction(|this| {
            let mut outcomes = Vec::with_capacity(batch.len());
            while let Some(rest) = batch.get(outcomes.len()..).filter(|rest| !rest.is_empty()) {
                let written = this.write(rest);
                outcomes.extend(written.map_err(|error| this.failed("cannot write to", error))?);
                if let Some(next) = batch.get(outcomes.len()) {
                    displace(this, &next.msg_id)?;
                }
            }
            Ok(outcomes)
        })
    }

    const HAS_TEXTS: &str = texts::HAS_TEXTS;

    fn index_texts(&mut self, wanted: bool) -> Result<bool> {
        let done = texts::step(&mut self.connection, wanted);
        done.map_err(|error| self.failed("cannot write to", error))
    }

    fn quarantine(&mut self, message: &Archived, reason: &str) -> Result<()> {
        let attempt = || Appender::new(&self.connection)?.put_aside(message, reason);
        attempt().map_err(|error| self.failed("cannot write to", error))
    }

    fn limit_time(&mut self, limit: Option<Duration>) -> Result<()> {
        self.limit = limit;
        self.start_clock().map_err(|error| self.failed("cannot read", error))
    }
}

/// The statements that write messages.
struct Appender<'c> {
    connection: &'c Connection,
    insert: CachedStatement<'c>,
    user: CachedStatement<'c>,
    package: CachedStatement<'c>,
    namesake: CachedStatement<'c>,
    confirm: CachedStatement<'c>,
    quarantine: CachedStatement<'c>,
}

impl<'c> Appender<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            insert: connection.prepare_cached(
                "INSERT INTO message (msg_id, time, received, topic, frame, body, category, agent,
                     users, packages, verdict, digest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?,
            user: connection
                .prepare_cached("INSERT INTO message_user (name, time, id) VALUES (?1, ?2, ?3)")?,
            package: connection.prepare_cached(
                "INSERT INTO message_package (name, time, id) VALUES (?1, ?2, ?3)",
            )?,
            namesake: connection.prepare_cached(
                "SELECT verdict, digest, coalesce(frame, topic), body FROM message WHERE msg_id = ?1",
            )?,
            confirm: connection.prepare_cached(
                "UPDATE message SET frame = ?2, body = ?3, verdict = ?4, digest = ?5
                 WHERE msg_id = ?1",
            )?,
            quarantine: connection.prepare_cached(
                "INSERT INTO quarantine
                 (since, reason, msg_id, digest, topic, body, received, verdict)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?,
        })
    }

    /// Writes a message unless it is there or cannot be. `None`: another one has to make room first.
    fn append(&mut self, one: &Archived) -> rusqlite::Result<Option<Outcome>> {
        if let Some(reason) = one.unfit() {
            self.put_aside(one, &reason)?;
            return Ok(Some(Outcome::Unfit));
        }
        // Most are new, so they are not looked for first.
        let inserted = self.insert.execute(params![
            one.msg_id,
            one.time,
            one.received,
            one.topic,
            frame(one),
            one.message.body(),
            one.facts.category,
            one.facts.agent,
            list(&one.facts.users),
            list(&one.facts.packages),
            one.verdict,
            one.digest,
        ]);
        if inserted.as_ref().is_err_and(is_namesake) {
            return self.beside_namesake(one);
        }
        inserted?;
        let id = self.connection.last_insert_rowid();
        for user in &one.facts.users {
            self.user.execute(params![user, one.time, id])?;
        }
        for package in &one.facts.packages {
            self.package.execute(params![package, one.time, id])?;
        }
        Ok(Some(Outcome::New))
    }
}

impl Appender<'_> {
    /// Deals with a message whose msg_id is in the archive.
    fn beside_namesake(&mut self, one: &Archived) -> rusqlite::Result<Option<Outcome>> {
        let (same, better) = self.namesake.query_row([&one.msg_id], |row| {
            let (verdict, digest): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let topic = row.get_ref(2)?.as_bytes()?;
            let message = Message::new(String::from_utf8_lossy(topic), row.get_ref(3)?.as_bytes()?);
            Ok((one.is(&verdict, &digest, &message), is_better(one, &verdict)))
        })?;
        match (same, better) {
            (true, true) => {
                let (topic, body) = (one.message.topic().as_bytes(), one.message.body());
                self.confirm.execute(params![one.msg_id, topic, body, one.verdict, one.digest])?;
                Ok(Some(Outcome::Duplicate))
            }
            (true, false) => Ok(Some(Outcome::Duplicate)),
            (false, true) => Ok(None),
            (false, false) => {
                self.put_aside(one, CONFLICT)?;
                Ok(Some(Outcome::Conflict))
            }
        }
    }

    fn put_aside(&mut self, one: &Archived, reason: &str) -> rusqlite::Result<()> {
        self.quarantine
            .execute(params![
                journal::now(),
                clean(reason),
                one.msg_id,
                one.digest,
                one.message.topic().as_bytes(),
                one.message.body(),
                one.received,
                one.verdict,
            ])
            .map(drop)
    }
}

fn is_namesake(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn write_tally(connection: &Connection, tally: &Tally<'_>) -> rusqlite::Result<()> {
    let mut total = connection.prepare_cached(
        "INSERT INTO total (kind, name, count, first, last) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET count = count + excluded.count,
             first = min(first, excluded.first), last = max(last, excluded.last)",
    )?;
    for ((kind, name), span) in &tally.totals {
        total.execute(params![kind, name, span.count, span.first, span.last])?;
    }
    let mut daily = connection.prepare_cached(
        "INSERT INTO daily (kind, name, day, count) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET count = count + excluded.count",
    )?;
    for ((kind, name, day), count) in &tally.days {
        daily.execute(params![kind, name, day, count])?;
    }
    Ok(())
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "mmap_size", MAPPED)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("contains", 2, flags, |context| {
        let finder = context.get_or_create_aux(1, |needle| {
            Ok::<_, rusqlite::types::FromSqlError>(Finder::new(needle.as_str()?))
        })?;
        let body = context.get_raw(0).as_bytes().map_err(rusqlite::Error::from)?;
        Ok(finder.matches(body))
    })?;
    // A trigger calls it, also of those who know nothing of the index of texts.
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("searched", 1, flags, |context| {
        let body = context.get_raw(0).as_bytes().map_err(rusqlite::Error::from)?;
        Ok(searched(&Message::new("", body)))
    })
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Int(value) => ValueRef::Integer(*value),
            Param::Text(value) => ValueRef::Text(value.as_bytes()),
        }))
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Integer(value) => Cell::Int(value),
        Value::Real(value) => Cell::Text(value.to_string()),
        Value::Text(value) => Cell::Text(value),
        Value::Blob(value) => Cell::Blob(value),
    }
}

fn failed(what: String, error: rusqlite::Error) -> Error {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            Kind::TryAgain
        }
        Some(ErrorCode::OperationInterrupted) => {
            return Error::new(Kind::TryAgain, format!("{what}: it took too long")).because(error);
        }
        Some(ErrorCode::NotADatabase | ErrorCode::TooBig) => Kind::Data,
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Kind::Permission,
        _ => Kind::Io,
    };
    Error::new(kind, what).because(error)
}

#[cfg(test)]
mod tests {
    use super::super::archive::Archive;
    use super::super::conformance;
    use super::*;

    #[test]
    fn it_does_what_an_archive_does() {
        let dir = tempfile::tempdir().unwrap();
        let mut number = 0;
        conformance::run(&mut || {
            number += 1;
            Box::new(Archive(Sqlite::open(&dir.path().join(number.to_string()), true).unwrap()))
        });
    }

    #[test]
    fn with_an_index_of_texts_it_does_so_too() {
        let dir = tempfile::tempdir().unwrap();
        let mut number = 0;
        conformance::run(&mut || {
            number += 1;
            let path = dir.path().join(number.to_string());
            conformance::indexed(Box::new(Archive(Sqlite::open(&path, true).unwrap())))
        });
    }
}
