//! A PostgreSQL of one's own, for a test: in a temporary folder, reached through a socket there.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Pid, Uid, chown};
use tempfile::TempDir;

/// PostgreSQL refuses to run as root; then it runs as nobody.
const NOBODY: u32 = 65534;

/// A running server. It is stopped when dropped.
pub(crate) struct Server {
    dir: TempDir,
    programs: PathBuf,
    server: Option<Child>,
    /// Where it listens with TLS and asks for a password.
    port: Option<u16>,
}

/// The password of one that asks for it.
pub(crate) const PASSWORD: &str = "p:a\\s s";

impl Server {
    /// Starts one; `None`, and a line that says so, where PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::make(None)
    }

    /// Starts one that serves the name `localhost` with TLS, with a certificate of its own making, and
    /// asks for [`PASSWORD`].
    pub(crate) fn start_with_tls() -> Option<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        Self::make(Some(port))
    }

    fn make(port: Option<u16>) -> Option<Self> {
        let Some(programs) = programs() else {
            use std::io::Write;
            let _ =
                writeln!(std::io::stderr(), "skipped: tests with PostgreSQL, which is not here");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        if Uid::effective().is_root() {
            let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            chown(dir.path(), Some(user), Some(group)).unwrap();
        }
        let mut server = Self { dir, programs, server: None, port };
        std::fs::write(server.dir.path().join("password"), PASSWORD).unwrap();
        let mut command = server.command(&server.programs.join("initdb"));
        command.args(["--username=fedhub", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        command.args(["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=password"]);
        succeed(command.arg("--pgdata").arg(server.data()));
        if port.is_some() {
            let mut command = server.command(Path::new("openssl"));
            command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
            command.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
            succeed(command.args(["-keyout", "server.key", "-out", "server.crt"]));
        }
        server.run();
        Some(server)
    }

    /// The certificate of one with TLS.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.dir.path().join("server.crt")
    }

    /// The address of a database through TLS, without the password.
    pub(crate) fn tls_url(&self, host: &str, name: &str, mode: &str) -> String {
        let port = self.port.unwrap();
        format!("postgresql://fedhub@{host}:{port}/{name}?sslmode={mode}")
    }

    /// Starts the server, again if it was stopped.
    pub(crate) fn run(&mut self) {
        let mut command = self.command(&self.programs.join("postgres"));
        command.arg("-D").arg(self.data()).arg("-k").arg(self.dir.path());
        command.args(["-c", "fsync=off", "-c", "logging_collector=off"]);
        match self.port {
            None => command.args(["-c", "listen_addresses="]),
            Some(port) => command
                .args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on", "-p", &port.to_string()])
                .arg("-c")
                .arg(format!("ssl_cert_file={}", self.certificate().display()))
                .arg("-c")
                .arg(format!("ssl_key_file={}", self.dir.path().join("server.key").display())),
        };
        self.server = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let start = Instant::now();
        while !self.psql("postgres", "SELECT 1") {
            assert!(start.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server at once, as if it had crashed.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = kill(Pid::from_raw(server.id().cast_signed()), Signal::SIGQUIT);
            let _ = server.wait();
        }
    }

    /// Makes a database, and gives its address.
    pub(crate) fn database(&self, name: &str) -> String {
        assert!(self.psql("postgres", &format!("CREATE DATABASE {name}")));
        self.url(name)
    }

    /// The address of a database.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgresql://fedhub@/{name}?host={}", self.dir.path().display())
    }

    /// Runs statements; says whether that worked.
    pub(crate) fn psql(&self, database: &str, statements: &str) -> bool {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["--username=fedhub", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1"]);
        command.arg("--host").arg(self.dir.path()).args(["--command", statements, database]);
        command.args(self.port.map(|port| format!("--port={port}")));
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A program, as a user that PostgreSQL accepts.
    fn command(&self, program: &Path) -> Command {
        let mut command = if Uid::effective().is_root() {
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={NOBODY}")).arg(format!("--regid={NOBODY}"));
            command.arg("--clear-groups").arg("--").arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.dir.path());
        command
    }
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder with the programs of PostgreSQL: where distributions put them, else in the path.
fn programs() -> Option<PathBuf> {
    let folders = |parent: &str| {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        entries.map(|entry| entry.path().join("bin")).collect::<Vec<_>>()
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all = folders("/usr/lib/postgresql");
    all.extend(std::env::split_paths(&path));
    let complete =
        |dir: &Path| ["initdb", "postgres", "psql"].iter().all(|name| dir.join(name).exists());
    all.into_iter().find(|dir| complete(dir))
}
