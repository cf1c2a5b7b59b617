//! A PostgreSQL of the bench's own, with its default settings, for as long as the bench runs.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use nix::unistd::Uid;
use postgres::{Client, NoTls};

use super::peers::retry;
use super::process::{Process, Scratch};

/// PostgreSQL refuses to run as root; then it runs as nobody.
const NOBODY: u32 = 65534;

/// A running server. It is stopped when dropped.
pub(super) struct Cluster {
    url: String,
    _server: Process,
}

impl Cluster {
    /// Makes a cluster among the temporary files, and starts it.
    pub(super) fn start() -> Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        if Uid::effective().is_root() {
            chown(&dir, Some(NOBODY), Some(NOBODY))?;
        }
        let data = dir.join("data");
        let mut command = command(&programs.join("initdb"));
        command.args(["--username=postgres", "--encoding=UTF8", "--locale=C", "--auth=trust"]);
        let output = command.arg("--pgdata").arg(&data).current_dir(&dir).output()?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let mut command = self::command(&programs.join("postgres"));
        command.arg("-D").arg(data).arg("-k").arg(&dir).args(["-c", "listen_addresses="]);
        let mut server = Process::spawn(&command, scratch)?;
        let url = format!("postgresql://postgres@/postgres?host={}", dir.display());
        retry(&mut server, || Ok(Client::connect(&url, NoTls)?))?;
        Ok(Self { url, _server: server })
    }

    /// Its database.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

/// A program, as a user that PostgreSQL accepts.
fn command(program: &Path) -> Command {
    if !Uid::effective().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={NOBODY}")).arg(format!("--regid={NOBODY}"));
    // It ends with the bench, which is asked for before it becomes another user.
    command.args(["--clear-groups", "--pdeathsig=keep", "--"]).arg(program);
    command
}

/// The folder with the programs of PostgreSQL, which distributions keep apart from the others.
fn programs() -> Option<PathBuf> {
    let config = Command::new("pg_config").arg("--bindir").output().ok();
    let named = config.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versions = std::fs::read_dir(Path::new("/").join("usr/lib/postgresql"));
    let versions = versions.into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&path).chain(named).chain(versions);
    all.into_iter().find(|dir| ["initdb", "postgres"].iter().all(|name| dir.join(name).exists()))
}
