//! The databases: archives, and that of a datagrepper.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use fedhub::store::{self, Store};
use postgres::{Client as Connection, NoTls};
use serde_json::json;

use super::client::Client;
use super::messages::each_batch;
use crate::commands::bench::peers::{free_address, retry};
use crate::commands::bench::process::{Process, Scratch, cpu_of_process};

/// What datagrepper's tables are filled with.
const FILL: &str = include_str!("datagrepper.py");
/// The processes that its own documentation begins with.
const WORKERS: &str = "2";

/// Where an archive is.
pub(super) struct Database {
    url: String,
    schema: Option<Schema>,
    _scratch: Scratch,
}

impl Database {
    /// A file among the temporary ones.
    pub(super) fn sqlite() -> Result<Self> {
        let scratch = Scratch::new()?;
        let url = format!("sqlite:{}", scratch.path().join("archive.db").display());
        Ok(Self { url, schema: None, _scratch: scratch })
    }

    /// Tables of our own in the database at `url`.
    pub(super) fn postgres(url: &str) -> Result<Self> {
        let schema = Schema::create(url, "fedhub_bench_query")?;
        Ok(Self { url: schema.url.clone(), schema: Some(schema), _scratch: Scratch::new()? })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// An empty archive.
    pub(super) fn create(&self) -> Result<Box<dyn Store>> {
        Ok(store::create(&self.url)?)
    }

    /// Makes the index of texts. Gives how long that took.
    pub(super) fn index_texts(&self) -> Result<Duration> {
        let (mut store, start) = (store::open(&self.url)?, Instant::now());
        while !store.index_texts(true)? {}
        Ok(start.elapsed())
    }

    /// Does now what the database would do later.
    pub(super) fn settle(&self) -> Result<()> {
        self.schema.as_ref().map_or(Ok(()), Schema::settle)
    }

    /// CPU of the processes of the database so far that serve connections to it, if it has such.
    pub(super) fn cpu(&self) -> Result<Duration> {
        self.schema.as_ref().map_or(Ok(Duration::ZERO), Schema::cpu)
    }
}

/// Tables of our own in somebody's database. They are removed with the value.
struct Schema {
    url: String,
    name: &'static str,
    connection: Mutex<Connection>,
}

impl Schema {
    fn create(database: &str, name: &'static str) -> Result<Self> {
        let joint = if database.contains('?') { '&' } else { '?' };
        let url = format!("{database}{joint}options=-csearch_path%3D{name}");
        let mut connection = Connection::connect(&url, NoTls)?;
        connection.batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"
        ))?;
        Ok(Self { url, name, connection: Mutex::new(connection) })
    }

    fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self) -> Result<()> {
        // Each by itself: the first cannot be in a transaction.
        let mut connection = self.connection();
        connection.batch_execute("VACUUM ANALYZE")?;
        Ok(connection.batch_execute("CHECKPOINT")?)
    }

    fn cpu(&self) -> Result<Duration> {
        let others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                      AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
        let rows = self.connection().query(others, &[])?;
        // One that has ended meanwhile has no time any more.
        Ok(rows.iter().filter_map(|row| cpu_of_process(row.get(0)).ok()).sum())
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // Whoever measures next makes them anew.
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        let _ = self.connection().batch_execute(&drop);
    }
}

/// The datagrepper of Python.
pub(super) struct Datagrepper {
    pub(super) client: Client,
    // Dropped before its tables.
    _process: Process,
    _schema: Schema,
}

impl Datagrepper {
    /// Fills its tables with the messages of the archives, and starts it. `python` is that of the
    /// environment with fedmsg; datagrepper has one of its own beside it.
    pub(super) fn start(python: &Path, url: &str, messages: usize, size: usize) -> Result<Self> {
        let peers = python.ancestors().nth(3).context("there is nothing beside Python")?;
        let python = peers.join("datagrepper").join("bin").join("python");
        ensure!(python.exists(), "{} is not there: make peers", python.display());
        let schema = Schema::create(url, "fedhub_bench_datagrepper")?;
        fill(&python, &schema.url, messages, size)?;
        schema.settle()?;
        let scratch = Scratch::new()?;
        let config = scratch.path().join("datagrepper.cfg");
        std::fs::write(&config, format!("DATANOMMER_SQLALCHEMY_URL = {:?}\n", schema.url))?;
        let address = free_address()?;
        let mut command = Command::new(&python);
        command
            .args(["-m", "gunicorn", "--workers", WORKERS, "--bind", &address.to_string()])
            .arg("datagrepper.app:app");
        // It takes the clock of its own zone for UTC.
        command.env("DATAGREPPER_CONFIG", &config).env("TZ", "UTC").env("PYTHONWARNINGS", "ignore");
        let mut process = Process::spawn(&command, scratch)?;
        let client = Client::new(address);
        retry(&mut process, || client.get("/raw?rows_per_page=1"))?;
        Ok(Self { client, _process: process, _schema: schema })
    }
}

fn fill(python: &Path, url: &str, messages: usize, size: usize) -> Result<()> {
    let mut command = Command::new(python);
    command.args(["-c", FILL, url]).env("TZ", "UTC").env("PYTHONWARNINGS", "ignore");
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufWriter::new(child.stdin.take().context("no pipe")?);
    let written = each_batch(messages, size, |batch| {
        for one in batch {
            let envelope: serde_json::Value = serde_json::from_slice(one.message.body())?;
            let line = json!({
                "msg_id": one.msg_id, "topic": one.topic, "category": one.facts.category,
                "timestamp": one.time / 1_000_000, "msg": envelope["msg"], "headers": {},
                "agent": one.facts.agent, "users": one.facts.users, "packages": one.facts.packages,
            });
            writeln!(lines, "{line}")?;
        }
        Ok(())
    });
    let written = written.and_then(|()| Ok(lines.flush()?));
    drop(lines);
    let ended = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{}", said.trim().lines().last().unwrap_or("it failed"));
    written
}
