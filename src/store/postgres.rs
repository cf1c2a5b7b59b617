//! An archive in PostgreSQL.
//!
//! A connection that is lost is made anew by the next call; who calls decides when to try again.

mod address;
mod append;
mod partitions;
#[cfg(test)]
#[path = "../../tests/postgres.rs"]
mod server;
mod texts;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use postgres::binary_copy::BinaryCopyInWriter;
use postgres::error::SqlState;
use postgres::types::{ToSql, Type};
use postgres::{Client, Statement};

use super::database::{Cell, Database, Row};
use super::query::{Dialect, Param, Sql};
use super::{About, Archived, Outcome};
use crate::{Error, Kind, Result};
pub(crate) use address::Address;

/// Each leads to the next version; their number is the version of this program.
const MIGRATIONS: [&str; 2] =
    [include_str!("migrations/postgres/001.sql"), include_str!("migrations/postgres/002.sql")];
/// The lock of whoever writes: messages are numbered in the order in which they become visible.
const WRITER: i64 = 0x6665_6461;
/// How many statements stay prepared.
const STATEMENTS: usize = 64;
/// A statement that takes longer is given up, so that a server that hangs holds nobody for ever.
const PATIENCE: Duration = Duration::from_secs(60);

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection to the database, if there is one.
pub(super) struct Postgres {
    address: Address,
    link: Option<Link>,
    limit: Option<Duration>,
    /// The months that have a partition.
    months: BTreeSet<i64>,
    /// The month in which those of the next ones were made last.
    ahead: Option<i64>,
}

/// Lets a session compress long values in the way that is read and written fastest, where the server has
/// it.
pub const COMPRESSION: &str = "SELECT set_config(name, 'lz4', false) FROM pg_settings
     WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)";

struct Link {
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl Postgres {
    /// Connects, and brings the tables up to date.
    pub(super) fn open(url: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        let mut postgres =
            Self { address, link: None, limit: None, months: BTreeSet::new(), ahead: None };
        postgres.link()?;
        Ok(postgres)
    }

    /// Whether an address can be understood.
    pub(super) fn check(url: &str) -> Result<()> {
        Address::parse(url).map(drop)
    }

    /// See [`super::with_passfile`].
    pub(super) fn with_passfile(url: &str, file: &Path) -> Option<String> {
        address::with_passfile(url, file)
    }

    /// The connection; a new one if there is none.
    fn link(&mut self) -> Result<&mut Link> {
        if self.link.is_none() {
            let cannot = |error| failed(format!("cannot connect to {}", self.address), &error);
            let client = self.address.connect().map_err(cannot)?;
            self.link = Some(Link { client, prepared: HashMap::new() });
            let ready =
                self.set_timeout().and_then(|()| self.compress()).and_then(|()| self.migrate());
            if let Err(error) = ready {
                self.link = None;
                return Err(error);
            }
        }
        self.link.as_mut().ok_or_else(|| Error::new(Kind::Bug, "there is no connection"))
    }

    /// Does something with the connection; forgets it if it is lost.
    fn with<T>(
        &mut self,
        what: &str,
        work: impl FnOnce(&mut Link) -> Result<T, postgres::Error>,
    ) -> Result<T> {
        let link = self.link()?;
        let done = work(link);
        let lost = link.client.is_closed();
        if lost {
            self.link = None;
        }
        done.map_err(|error| failed(format!("{what} {}", self.address), &error))
    }

    fn batch(&mut self, statements: &str) -> Result<()> {
        self.with("cannot write to", |link| link.client.batch_execute(statements))
    }

    fn rows(&mut self, text: &str, params: Params<'_>) -> Result<Vec<postgres::Row>> {
        self.with("cannot use", |link| {
            let statement = link.statement(text)?;
            link.client.query(&statement, params)
        })
    }

    fn run(&mut self, text: &str, params: Params<'_>) -> Result<()> {
        self.with("cannot write to", |link| {
            let statement = link.statement(text)?;
            link.client.execute(&statement, params).map(drop)
        })
    }

    /// Copies rows into a table; `write` gives them.
    fn copy(
        &mut self,
        columns: &str,
        types: &[Type],
        write: impl FnOnce(&mut BinaryCopyInWriter<'_>) -> Result<(), postgres::Error>,
    ) -> Result<()> {
        self.with("cannot write to", |link| {
            let statement =
                link.statement(&format!("COPY {columns} FROM STDIN (FORMAT binary)"))?;
            let mut writer = BinaryCopyInWriter::new(link.client.copy_in(&statement)?, types);
            write(&mut writer)?;
            writer.finish().map(drop)
        })
    }

    fn set_timeout(&mut self) -> Result<()> {
        let limit = self.limit.unwrap_or(PATIENCE).as_millis().max(1);
        self.batch(&format!("SET statement_timeout = {limit}; SET client_min_messages = warning"))
    }

    fn compress(&mut self) -> Result<()> {
        self.rows(COMPRESSION, &[]).map(drop)
    }

    /// Brings the tables up to date, and refuses those of a newer fedhub.
    fn migrate(&mut self) -> Result<()> {
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        if self.version()? == Some(known) {
            return Ok(());
        }
        self.transaction(|this| {
            // Another process may have been faster.
            let version = this.version()?.unwrap_or(0);
            let at = usize::try_from(version).unwrap_or(usize::MAX);
            if at > MIGRATIONS.len() {
                return Err(Error::newer(&this.address.to_string(), at, MIGRATIONS.len()));
            }
            for step in MIGRATIONS.iter().skip(at) {
                this.batch(step)?;
            }
            this.batch(&format!(
                "CREATE TABLE IF NOT EXISTS archive_version (version bigint NOT NULL);
                 DELETE FROM archive_version; INSERT INTO archive_version VALUES ({known})"
            ))
        })
    }

    fn version(&mut self) -> Result<Option<i64>> {
        let there = self.rows("SELECT to_regclass('archive_version') IS NOT NULL", &[])?;
        if !there.first().is_some_and(|row| row.get(0)) {
            return Ok(None);
        }
        let rows = self.rows("SELECT version FROM archive_version", &[])?;
        Ok(rows.first().map(|row| row.get(0)))
    }
}

impl Link {
    fn statement(&mut self, text: &str) -> Result<Statement, postgres::Error> {
        if let Some(known) = self.prepared.get(text) {
            return Ok(known.clone());
        }
        if self.prepared.len() >= STATEMENTS {
            self.prepared.clear();
        }
        let statement = self.client.prepare(text)?;
        self.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Database for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;
    const MESSAGE_TABLES: &[&str] = &["message", "message_id"];
    const PLACE_OF_MSG_ID: &str =
        "message_id AS i JOIN message AS m ON m.time = i.time AND m.id = i.id WHERE i.msg_id";

    const MSG_IDS: &str = "message_id";

    fn about(&mut self) -> Result<About> {
        let tables = "SELECT c.relname::text, pg_total_relation_size(c.oid),
                 EXISTS (SELECT 1 FROM pg_inherits AS i WHERE i.inhrelid = c.oid)
             FROM pg_class AS c WHERE c.oid IN (
                 SELECT to_regclass(name) FROM unnest($1::text[]) AS name
                 UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('message'))
             ORDER BY 1";
        let names =
            ["message_id", "message_user", "message_package", "total", "daily", "quarantine"];
        let (mut bytes, mut partitions) = (0, Vec::new());
        for row in self.rows(tables, &[&names.as_slice()])? {
            let size = u64::try_from(row.get::<_, i64>(1)).unwrap_or_default();
            bytes += size;
            if row.get(2) {
                partitions.push((row.get(0), size));
            }
        }
        Ok(About { version: MIGRATIONS.len(), bytes, partitions })
    }

    fn select(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        self.rows(&sql.text, &params(sql))?.iter().map(row).collect()
    }

    fn execute(&mut self, sql: &Sql) -> Result<()> {
        self.run(&sql.text, &params(sql))
    }

    fn transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.batch(&format!("BEGIN; SELECT pg_advisory_xact_lock({WRITER})"))?;
        match work(self) {
            Ok(done) => self.batch("COMMIT").map(|()| done),
            Err(error) => {
                // A lost connection has rolled back already.
                if self.link.is_some() {
                    let _ = self.batch("ROLLBACK");
                }
                Err(error)
            }
        }
    }

    fn append(&mut self, batch: &[Archived]) -> Result<Vec<Outcome>> {
        self.make_partitions(batch)?;
        self.transaction(|this| append::append(this, batch))
    }

    const HAS_TEXTS: &str = texts::HAS_TEXTS;

    fn index_texts(&mut self, wanted: bool) -> Result<bool> {
        texts::step(self, wanted)
    }

    fn quarantine(&mut self, message: &Archived, reason: &str) -> Result<()> {
        append::put_aside(self, message, reason)
    }

    fn limit_time(&mut self, limit: Option<Duration>) -> Result<()> {
        self.limit = limit;
        self.set_timeout()
    }
}

fn params(sql: &Sql) -> Vec<&(dyn ToSql + Sync)> {
    fn param(param: &Param) -> &(dyn ToSql + Sync) {
        match param {
            Param::Int(value) => value,
            Param::Text(text) => text,
        }
    }
    sql.params.iter().map(param).collect()
}

fn row(row: &postgres::Row) -> Result<Row> {
    let damaged = |error: postgres::Error| failed("the archive is damaged".into(), &error);
    let cell = |at: usize| -> Result<Cell> {
        let cell = match *row.columns()[at].type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(at).map(|value| value.map(Cell::Int)),
            Type::INT4 => {
                row.try_get::<_, Option<i32>>(at).map(|value| value.map(|n| Cell::Int(n.into())))
            }
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at).map(|value| value.map(Cell::Blob)),
            _ => row.try_get::<_, Option<String>>(at).map(|value| value.map(Cell::Text)),
        };
        Ok(cell.map_err(damaged)?.unwrap_or(Cell::Null))
    };
    Ok(Row::from((0..row.len()).map(cell).collect::<Result<Vec<_>>>()?))
}

/// An error of PostgreSQL as one of ours.
pub(crate) fn failed(what: String, error: &postgres::Error) -> Error {
    let kind = match error.code() {
        None => Kind::Unavailable,
        Some(code) if *code == SqlState::QUERY_CANCELED => {
            return Error::new(Kind::TryAgain, format!("{what}: it took too long"));
        }
        Some(code) => match code.code().get(..2) {
            Some("22" | "23" | "54") => Kind::Data,
            Some("28" | "42") => Kind::Permission,
            Some("3D") => Kind::NoInput,
            Some("40") => Kind::TryAgain,
            Some("08" | "53" | "57" | "58") => Kind::Unavailable,
            _ => Kind::Io,
        },
    };
    let why = match error.as_db_error() {
        Some(error) => error.to_string(),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    };
    Error::new(kind, what).because(why)
}

#[cfg(test)]
mod tests {
    use super::super::archive::Archive;
    use super::super::conformance;
    use super::*;
    use crate::message::Message;
    use crate::meta::Meta;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn it_does_what_an_archive_does() {
        let Some(server) = server::Server::start() else { return };
        let mut number = 0;
        conformance::run(&mut || {
            number += 1;
            Box::new(Archive(Postgres::open(&server.database(&format!("d{number}"))).unwrap()))
        });
    }

    #[test]
    fn with_an_index_of_texts_it_does_so_too() {
        let Some(server) = server::Server::start() else { return };
        let mut number = 0;
        conformance::run(&mut || {
            number += 1;
            let url = server.database(&format!("d{number}"));
            conformance::indexed(Box::new(Archive(Postgres::open(&url).unwrap())))
        });
    }

    #[test]
    fn two_that_write_make_the_same_partitions_at_once() {
        let Some(server) = server::Server::start() else { return };
        let url = server.database("archive");
        drop(Postgres::open(&url).unwrap());
        let together = Barrier::new(2);
        let write = |name: &str| {
            let mut archive = Postgres::open(&url).unwrap();
            for month in 0..12 {
                let body = format!(r#"{{"msg_id":"{name}-{month}"}}"#);
                let message = Message::new("a.b.c", body);
                let time = 1_000_000_000_000_000 + month * 31 * 86_400_000_000;
                let one = Archived::new(message, time, "valid", Meta::embedded());
                together.wait();
                let outcomes = Database::append(&mut archive, &[one]).unwrap();
                assert_eq!(outcomes, [Outcome::New]);
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| write("one"));
            write("two");
        });
    }

    #[test]
    fn tls_is_as_strict_as_the_address_says() {
        let Some(server) = server::Server::start_with_tls() else { return };
        server.database("archive");
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("secret");
        let password = server::PASSWORD.replace('\\', r"\\").replace(':', r"\:");
        std::fs::write(&secret, format!("localhost:*:archive:fedhub:{password}\n*:*:*:*:wrong\n"))
            .unwrap();
        std::fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
        let root = format!("&sslrootcert={}", server.certificate().display());
        let passfile = format!("&passfile={}", secret.display());
        let kind = |host: &str, mode: &str, more: &[&str]| {
            let url = server.tls_url(host, "archive", mode) + &more.concat();
            Postgres::open(&url).err().map(|error| error.kind())
        };
        assert_eq!(kind("localhost", "require", &[&passfile]), None);
        assert_eq!(kind("localhost", "verify-ca", &[&passfile, &root]), None);
        assert_eq!(kind("localhost", "verify-full", &[&passfile, &root]), None);
        let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let url = server.tls_url("localhost", "archive", "require") + &passfile;
        let rows = Postgres::open(&url).unwrap().rows(encrypted, &[]).unwrap();
        assert!(rows[0].get::<_, bool>(0), "it is not encrypted");
        // Nobody vouches for the certificate, it is another machine's, the password is wrong.
        assert_eq!(kind("localhost", "verify-full", &[&passfile]), Some(Kind::Unavailable));
        let address = format!("{}&password=", root);
        let here = [&address[..], "p%3Aa%5Cs%20s"];
        assert_eq!(kind("127.0.0.1", "verify-full", &here), Some(Kind::Unavailable));
        assert_eq!(kind("127.0.0.1", "verify-ca", &here), None);
        assert_eq!(kind("127.0.0.1", "require", &[&passfile]), Some(Kind::Permission));
    }

    #[test]
    fn a_lost_connection_is_made_anew_and_a_newer_archive_is_refused() {
        let Some(server) = server::Server::start() else { return };
        let url = server.database("archive");
        let mut archive = Postgres::open(&url).unwrap();
        let mut killer = Postgres::open(&url).unwrap();
        killer
            .batch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = 'archive' AND pid <> pg_backend_pid()",
            )
            .unwrap();
        let error = archive.batch("SELECT 1").unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        archive.batch("SELECT 1").unwrap();
        killer.batch("UPDATE archive_version SET version = 99").unwrap();
        let error = Postgres::open(&url).err().unwrap();
        assert!(error.to_string().contains("newer fedhub"), "{error}");
    }
}
