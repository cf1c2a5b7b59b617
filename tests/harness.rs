//! What the end-to-end tests share: running programs with their output watched, waiting with a
//! deadline, and a site: a folder with the same settings for fedhub and for the Python fedmsg.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take. Generous, because machines that run tests are busy; a test that
/// passes never waits for it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Says on the terminal that something is not tested, past the test runner's capture.
pub(crate) fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The folder of test data that is not part of the project; None where it is absent.
pub(crate) fn corpus() -> Option<PathBuf> {
    found(project().join("../shared/corpus"), "tests on the corpus, which is not here")
}

/// The Python that has the real fedmsg; None where it is not installed.
pub(crate) fn peer_python() -> Option<PathBuf> {
    let given = std::env::var_os("FEDHUB_TEST_PYTHON").map(PathBuf::from);
    let python = given.unwrap_or_else(|| project().join("target/peers/venv/bin/python"));
    found(python, "tests with the Python fedmsg; `make test` installs it")
}

/// The Python that has the real datagrepper; None where it is not installed.
pub(crate) fn peer_datagrepper() -> Option<PathBuf> {
    let given = std::env::var_os("FEDHUB_TEST_DATAGREPPER").map(PathBuf::from);
    let python = given.unwrap_or_else(|| project().join("target/peers/datagrepper/bin/python"));
    found(python, "tests with the real datagrepper; `make test` installs it")
}

/// schemathesis, which asks by an OpenAPI document; None where it is not installed.
pub(crate) fn peer_schemathesis() -> Option<PathBuf> {
    let program = project().join("target/peers/schemathesis/bin/schemathesis");
    found(program, "tests with schemathesis; `make test` installs it")
}

/// The Python that has the datanommer of the time of fedmsg; None where it is not installed.
pub(crate) fn peer_datanommer() -> Option<PathBuf> {
    let python = peer_python()?;
    let mut import = Command::new(&python);
    import.args(["-c", "import datanommer.models, psycopg2"]).env("PYTHONWARNINGS", "ignore");
    let there = import.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !there {
        skipped("tests with the datanommer of old; `make test` installs it");
    }
    there.then_some(python)
}

/// The unpacked sources of packages with stock fedmsg.d files; None where they are absent.
pub(crate) fn peer_sources() -> Option<PathBuf> {
    let given = std::env::var_os("FEDHUB_TEST_SDISTS").map(PathBuf::from);
    let sources = given.unwrap_or_else(|| project().join("target/peers/sdists"));
    found(sources, "tests on stock fedmsg.d files; `make test` fetches them")
}

fn found(path: PathBuf, what: &str) -> Option<PathBuf> {
    if !path.exists() {
        skipped(what);
        return None;
    }
    Some(path)
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A script of `tests/peers`.
pub(crate) fn script(name: &str) -> String {
    project().join("tests/peers").join(name).display().to_string()
}

/// This machine's name up to the first dot, as certnames has it.
pub(crate) fn host() -> String {
    let name = nix::unistd::gethostname().unwrap().into_string().unwrap();
    name.split('.').next().unwrap().to_owned()
}

/// A port of 127.0.0.1 that nobody uses, for programs that cannot choose one themselves. It is
/// below the range the system takes ports for outgoing connections from, so none can grab it
/// before the program is up.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 37;
        let port = 10_000 + u16::try_from(step % 20_000).unwrap();
        if TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}

/// A free endpoint of 127.0.0.1.
pub(crate) fn free_endpoint() -> String {
    format!("tcp://127.0.0.1:{}", free_port())
}

/// Waits until `condition` holds; the test fails when it does not within [`DEADLINE`].
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "still not after {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Lines a program wrote so far.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) stdout: Vec<String>,
    pub(crate) stderr: Vec<String>,
    closed: usize,
}

/// What a program that ended left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<String>,
    pub(crate) stderr: Vec<String>,
}

impl Finished {
    /// Fails the test unless the exit code is `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code; {self:#?}");
        self
    }
}

/// A running program. It is killed when dropped, and its output is shown when the test fails.
pub(crate) struct Process {
    name: String,
    child: Child,
    output: Arc<(Mutex<Lines>, Condvar)>,
}

impl Process {
    /// Starts `command`; `name` is for messages.
    pub(crate) fn spawn(name: &str, command: &mut Command) -> Self {
        Self::spawn_with_input(name, command, b"")
    }

    /// The same, with `input` as its standard input.
    pub(crate) fn spawn_with_input(name: &str, command: &mut Command, input: &[u8]) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let output = Arc::new((Mutex::new(Lines::default()), Condvar::new()));
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A program may end without having read all of it.
        thread::spawn(move || drop(stdin.write_all(&input)));
        read_lines(child.stdout.take().unwrap(), &output, |lines| &mut lines.stdout);
        read_lines(child.stderr.take().unwrap(), &output, |lines| &mut lines.stderr);
        Self { name: name.to_owned(), child, output }
    }

    /// Waits until `search` finds something in the output; the test fails when the program ends
    /// first, or after [`DEADLINE`].
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, what: &str, search: impl Fn(&Lines) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let (lines, changed) = &*self.output;
        let mut lines = lock(lines);
        loop {
            if let Some(found) = search(&lines) {
                return found;
            }
            assert!(lines.closed < 2, "{} ended without: {what}", self.name);
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{}: still not after {DEADLINE:?}: {what}", self.name);
            lines = changed.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Waits for a line that contains `text`, on either stream, and returns it.
    #[track_caller]
    pub(crate) fn wait_for_line(&self, text: &str) -> String {
        self.wait_for(text, |lines| {
            let mut all = lines.stdout.iter().chain(&lines.stderr);
            all.find(|line| line.contains(text)).cloned()
        })
    }

    /// Waits until it says anything or has ended, but no longer than `time`.
    pub(crate) fn wait_until_it_speaks(&self, time: Duration) {
        let (lines, changed) = &*self.output;
        let silent = |lines: &mut Lines| {
            lines.stdout.is_empty() && lines.stderr.is_empty() && lines.closed < 2
        };
        drop(changed.wait_timeout_while(lock(lines), time, silent).unwrap());
    }

    /// The lines of standard output so far.
    pub(crate) fn stdout(&self) -> Vec<String> {
        lock(&self.output.0).stdout.clone()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Asks the program to end and waits for it.
    #[track_caller]
    pub(crate) fn stop(self) -> Finished {
        self.signal(Signal::SIGTERM);
        self.finish()
    }

    /// Waits until the program ends by itself.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        let mut status = None;
        wait_until(&format!("{} has ended", self.name), || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        // Readers may still be behind.
        let (lines, changed) = &*self.output;
        let reading = |lines: &mut Lines| lines.closed < 2;
        let mut lines = changed.wait_timeout_while(lock(lines), DEADLINE, reading).unwrap().0;
        Finished {
            code: status.and_then(|status| status.code()),
            stdout: std::mem::take(&mut lines.stdout),
            stderr: std::mem::take(&mut lines.stderr),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let lines = lock(&self.output.0);
            let mut log = format!("--- {}\n", self.name);
            for line in lines.stdout.iter().chain(&lines.stderr).filter(|line| !line.is_empty()) {
                let _ = writeln!(log, "{line}");
            }
            eprintln!("{log}---");
        }
    }
}

/// A test that failed while it looked at the lines does not keep others from them.
fn lock(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_lines(
    from: impl Read + Send + 'static,
    output: &Arc<(Mutex<Lines>, Condvar)>,
    into: fn(&mut Lines) -> &mut Vec<String>,
) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let (lines, changed) = &*output;
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            into(&mut lock(lines)).push(String::from_utf8_lossy(&line).into_owned());
            changed.notify_all();
        }
        lock(lines).closed += 1;
        changed.notify_all();
    });
}

/// What a service manager is told, in order.
pub(crate) struct Notifications {
    socket: UnixDatagram,
    _folder: TempDir,
}

impl Notifications {
    /// Their socket, for `command`, with the watchdog at twice `interval`.
    pub(crate) fn of(command: &mut Command, interval: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        command.env("NOTIFY_SOCKET", &path);
        command.env("WATCHDOG_USEC", (interval * 2).as_micros().to_string());
        Self { socket, _folder: folder }
    }

    fn next(&self) -> String {
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer).expect("a notification");
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    }

    /// Waits for one; gives those that came before it.
    pub(crate) fn wait_for(&self, state: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let next = self.next();
            if next.lines().any(|line| line == state) {
                return before;
            }
            before.push(next);
        }
    }

    /// Whether nothing more was told.
    pub(crate) fn is_empty(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        self.socket.recv(&mut [0; 1]).is_err()
    }
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Finished {
    Process::spawn("command", command).finish()
}

/// The value of `name=value` in a log line.
pub(crate) fn field(line: &str, name: &str) -> String {
    let start = line.find(&format!("{name}=")).unwrap_or_else(|| panic!("no {name} in {line}"));
    let value = line[start + name.len() + 1..].split_whitespace().next().unwrap_or_default();
    value.trim_matches('"').to_owned()
}

/// A folder with settings, written both as `fedhub.toml` and as `fedmsg.d/site.py`. Programs run
/// in it.
pub(crate) struct Site {
    folder: TempDir,
    settings: Value,
}

impl Site {
    /// A site with `settings`, under fedmsg's names, on top of those every test wants.
    pub(crate) fn new(settings: Value) -> Self {
        let folder = TempDir::new().unwrap();
        let mut site = Self { folder, settings: json!({}) };
        site.set(json!({
            "topic_prefix": "org.fedoraproject",
            "environment": "dev",
            "endpoints": {},
            "gateway": {"host": "127.0.0.1", "port": 0},
            // Most tests count every message.
            "heartbeat_interval": 0,
            "ssldir": site.path("pki"),
            "ca_cert_location": site.path("pki/ca.crt"),
            "crl_location": site.path("pki/crl.pem"),
        }));
        site.set(settings);
        site
    }

    /// Changes settings.
    pub(crate) fn set(&mut self, settings: Value) {
        let own = self.settings.as_object_mut().unwrap();
        own.extend(settings.as_object().unwrap().clone());
        std::fs::write(self.path("fedhub.toml"), toml::to_string(&self.settings).unwrap()).unwrap();
        std::fs::create_dir_all(self.path("fedmsg.d")).unwrap();
        let mut theirs = self.settings.clone();
        // Without these it does not start.
        theirs["zmq_enabled"] = json!(true);
        theirs["zmq_strict"] = json!(false);
        let python = format!("config = {}\n", python_literal(&theirs));
        std::fs::write(self.fedmsg_d(), python).unwrap();
    }

    /// Whether there is a setting, by its JSON pointer.
    pub(crate) fn has(&self, pointer: &str) -> bool {
        self.settings.pointer(pointer).is_some()
    }

    /// A setting, by its JSON pointer.
    pub(crate) fn setting(&self, pointer: &str) -> &str {
        self.settings.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    /// Settings, by their JSON pointer.
    pub(crate) fn settings(&self, pointer: &str) -> Value {
        self.settings.pointer(pointer).cloned().unwrap()
    }

    /// The settings as a file of the Python fedmsg.
    pub(crate) fn fedmsg_d(&self) -> PathBuf {
        self.path("fedmsg.d/site.py")
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A fedhub command with this site's settings and no others.
    pub(crate) fn fedhub(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fedhub"));
        self.isolate(&mut command);
        command.arg("--config").arg(self.path("fedhub.toml")).args(arguments);
        command
    }

    /// Starts a fedhub role and returns it with its ready line.
    pub(crate) fn start(&self, arguments: &[&str]) -> (Process, String) {
        let process = Process::spawn(arguments[0], &mut self.fedhub(arguments));
        let ready = process.wait_for_line("ready");
        (process, ready)
    }

    /// A program of the Python fedmsg with this site's settings and no others.
    pub(crate) fn fedmsg(&self, python: &Path, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(python.with_file_name(program));
        self.isolate(&mut command);
        command.arg("--config-filename").arg(self.fedmsg_d()).args(arguments);
        command
    }

    /// A script of `tests/peers`.
    pub(crate) fn python(&self, python: &Path, name: &str) -> Command {
        let mut command = Command::new(python);
        self.isolate(&mut command);
        command.arg(script(name));
        command
    }

    fn isolate(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FED") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONIOENCODING", "utf-8:backslashreplace")
            .env("PYTHONWARNINGS", "ignore");
    }

    /// Makes a certificate authority in `folder`, and certificates for `names`.
    pub(crate) fn issue(&self, folder: &str, names: &[&str]) {
        let certs = |arguments: &[&str]| {
            run(self.fedhub(&["certs"]).args(arguments).arg("--dir").arg(folder)).expect(0);
        };
        certs(&["init"]);
        certs(&[&["issue"], names].concat());
    }
}

/// JSON and Python differ in three words; none of the settings is null.
fn python_literal(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(python_literal).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let pair = |(key, value)| format!("{}: {}", json!(key), python_literal(value));
            format!("{{{}}}", entries.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
