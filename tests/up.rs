//! `fedhub up`: a whole bus in one process, as a newcomer starts it.

use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::harness::{Process, free_port, run, wait_until};
use crate::health::get;

/// A newcomer's home, without any settings, and ports for a bus.
struct Newcomer {
    home: TempDir,
    inbound: String,
    outbound: String,
    receipts: String,
    gateway: u16,
    page: String,
}

impl Newcomer {
    fn new() -> Self {
        let endpoint = || format!("tcp://127.0.0.1:{}", free_port());
        Self {
            home: TempDir::new().unwrap(),
            inbound: endpoint(),
            outbound: endpoint(),
            receipts: endpoint(),
            gateway: free_port(),
            page: format!("127.0.0.1:{}", free_port()),
        }
    }

    /// fedhub with nothing but a home.
    fn fedhub(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fedhub"));
        command.env_clear().env("HOME", self.home.path()).env("LOGNAME", "newcomer");
        command.current_dir(self.home.path()).args(arguments);
        command
    }

    fn up(&self, arguments: &[&str]) -> Command {
        let mut command = self.fedhub(&["up"]);
        // Otherwise that of a machine which takes part in a bus already.
        command.env("FEDHUB_SSLDIR", self.home.path().join("no-pki"));
        command.env("FEDHUB_RELAY_INBOUND", &self.inbound);
        command.env("FEDHUB_RELAY_OUTBOUND", &self.outbound);
        command.env("FEDHUB_RELAY_RECEIPTS", &self.receipts);
        command.env("FEDHUB_GATEWAY_PORT", self.gateway.to_string());
        command.env("FEDHUB_SERVE_LISTEN", &self.page);
        command.args(arguments);
        command
    }

    fn start(&self, arguments: &[&str]) -> Process {
        let up = Process::spawn("up", &mut self.up(arguments));
        up.wait_for_line("Ctrl-C ends it");
        up
    }

    fn data(&self) -> std::path::PathBuf {
        self.home.path().join(".local/share/fedhub")
    }
}

/// Waits until a message from the bus was shown, with a good signature.
fn wait_for_message(up: &Process) {
    up.wait_for("a message", |lines| {
        lines.stdout.iter().any(|line| line.contains(" ok org.fedoraproject.dev.")).then_some(())
    });
}

#[test]
fn the_demo_is_alive_and_others_join_in() {
    let newcomer = Newcomer::new();
    let up = newcomer.start(&["--demo"]);
    let gateway = format!("tcp://127.0.0.1:{}", newcomer.gateway);
    let settings = newcomer.data().join("fedhub.toml");
    let settings = settings.to_str().unwrap();
    for part in [&newcomer.inbound, &newcomer.outbound, &gateway, settings, "logger", "tail"] {
        up.wait_for_line(part);
    }
    wait_for_message(&up);
    up.wait_for_line(&format!("http://{}/", newcomer.page));
    wait_until("the archive answers with a message", || {
        let (status, page) = get(&newcomer.page, "/raw?rows_per_page=1");
        status == 200 && page["count"] == 1
    });

    // What it says to type next works as it stands.
    let typed = |word: &str| {
        let line = up.wait_for_line(&format!("fedhub --config {settings} {word}"));
        let line = line.trim().strip_prefix("fedhub ").unwrap().to_owned();
        let mut shell = newcomer.fedhub(&[]);
        let program = shell.get_program().to_owned();
        let environment: Vec<_> =
            shell.get_envs().map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned))).collect();
        shell = Command::new("/bin/sh");
        shell.env_clear().current_dir(newcomer.home.path());
        for (name, value) in environment {
            shell.env(name, value.unwrap_or_default());
        }
        shell.args(["-c", &format!("exec \"$0\" {line}")]).arg(program);
        shell
    };
    let tail = Process::spawn("tail", &mut typed("tail"));
    tail.wait_for("an indented message", |lines| {
        lines.stdout.iter().any(|line| line.trim() == "}").then_some(())
    });
    let log = run(&mut typed("logger")).expect(0).stderr;
    assert_eq!(log, Vec::<String>::new(), "signed, so there is nothing to warn of");
    tail.wait_for_line("hello, bus");
    let finished = tail.stop().expect(0);
    assert!(finished.stderr.last().unwrap().ends_with("invalid 0, malformed 0"), "{finished:#?}");
    up.wait_for_line("hello, bus");

    // The whole stream is valid for others too.
    let arguments = ["--config", settings, "tail", "-o", "ndjson", "--count", "5"];
    let shown = run(&mut newcomer.fedhub(&arguments)).expect(0).stdout;
    let mut verify = newcomer.fedhub(&["--config", settings, "verify"]);
    let input = shown.join("\n");
    let verdicts = Process::spawn_with_input("verify", &mut verify, input.as_bytes()).finish();
    assert_eq!(verdicts.expect(0).stdout.len(), 5);

    up.signal(Signal::SIGINT);
    let finished = up.finish().expect(0);
    let log = finished.stderr.join("\n");
    for role in ["relay", "gateway", "demo", "hub", "serve", "tail"] {
        assert!(log.contains(&format!("{role} stopped")), "{role}: {log}");
    }
    // Ports that it tries first are nothing to anybody.
    for role in ["relay", "gateway"] {
        assert_eq!(log.matches(&format!("{role} ready")).count(), 1, "{log}");
    }
}

#[test]
fn a_second_start_uses_the_same_ca() {
    let newcomer = Newcomer::new();
    let data = newcomer.home.path().join("elsewhere");
    let arguments = ["--demo", "--data-dir", data.to_str().unwrap()];
    let files = ["ca.crt", "ca.key", "demo.crt", "demo.key"];
    let read = || files.map(|name| std::fs::read(data.join("pki").join(name)).unwrap());
    let mut before = None;
    for _ in 0..2 {
        let up = newcomer.start(&arguments);
        wait_for_message(&up);
        assert!(*before.get_or_insert_with(read) == read(), "the same files");
        up.stop().expect(0);
    }
    assert!(!newcomer.data().exists(), "everything is in the directory named");
    for file in files.into_iter().filter(|file| file.ends_with(".key")) {
        assert_eq!(mode(&data.join("pki").join(file)), 0o600, "{file}");
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_port_that_is_taken_is_named() {
    let newcomer = Newcomer::new();
    let up = newcomer.start(&[]);
    let finished = run(&mut newcomer.up(&["--demo"])).expect(69);
    let log = finished.stderr.join("\n");
    assert!(log.contains("cannot bind") && log.contains("(process "), "{log}");
    let said = finished.stdout.join("\n");
    assert!(!said.contains("Ctrl-C"), "it listens nowhere: {said}");
    up.stop().expect(0);
}

#[test]
fn an_empty_bus_carries_what_is_published() {
    let newcomer = Newcomer::new();
    let mut up = newcomer.start(&[]);
    let settings = newcomer.data().join("fedhub.toml");
    let logger = ["--config", settings.to_str().unwrap(), "logger", "--message", "here I am"];
    wait_until("the message is shown", || {
        run(&mut newcomer.fedhub(&logger)).expect(0);
        up.stdout().iter().any(|line| line.contains("here I am"))
    });
    assert!(up.is_running());
    up.stop().expect(0);
}

#[test]
fn a_reader_that_leaves_does_not_matter() {
    let newcomer = Newcomer::new();
    let up = newcomer.up(&["--demo"]);
    let mut shell = Command::new("bash");
    for (name, value) in up.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell.args(["-c", "\"$@\" | head -1; exit ${PIPESTATUS[0]}", "bash"]);
    shell.arg(up.get_program()).args(up.get_args()).current_dir(newcomer.home.path());
    let finished = run(&mut shell).expect(0);
    assert!(!finished.stderr.join("\n").contains("Broken pipe"), "{finished:#?}");
}
