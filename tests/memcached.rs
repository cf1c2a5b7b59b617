//! A memcached of one's own, for a test.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server. It is stopped when dropped.
pub(crate) struct Server {
    folder: TempDir,
    server: Option<Child>,
    port: u16,
}

impl Server {
    /// Starts one on a port that is free; `None`, and a line that says so, where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        if Command::new("memcached").arg("-V").stdout(Stdio::null()).status().is_err() {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "skipped: tests with memcached, which is not here");
            return None;
        }
        let mut server = Self { folder: tempfile::tempdir().unwrap(), server: None, port: 0 };
        server.run();
        Some(server)
    }

    /// Starts it, again on the same port if it was stopped; it has forgotten everything then.
    pub(crate) fn run(&mut self) {
        let file = self.folder.path().join("port");
        let _ = std::fs::remove_file(&file);
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let child = Command::new("memcached")
            .args(["-l", "127.0.0.1", "-U", "0", "-t", "1", "-u", "root", "-p", &port])
            .env("MEMCACHED_PORT_FILENAME", &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.server = Some(child.unwrap());
        let begin = Instant::now();
        while self.port == 0 || !self.answers() {
            assert!(begin.elapsed() < Duration::from_secs(60), "memcached does not start");
            let said = std::fs::read_to_string(&file).unwrap_or_default();
            let port = said.lines().find_map(|line| line.strip_prefix("TCP INET: "));
            self.port = port.and_then(|port| port.trim().parse().ok()).unwrap_or(self.port);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn answers(&self) -> bool {
        std::net::TcpStream::connect(self.address()).is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
