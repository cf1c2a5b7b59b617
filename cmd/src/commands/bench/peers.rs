//! How each implementation is started: fedhub and the bare sockets from this executable, the Python
//! peer from a virtual environment with a configuration made for the run.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use fedhub::crypto::authority::{Authority, Options};

use super::hop::Hop;
use super::load::Source;
use super::process::{Process, Scratch};
use super::sinks::Sinks;

/// Runs a script of Python on this input; gives the numbers it prints, of which there must be so many.
pub(super) fn figures<const N: usize>(script: &mut Command, input: &[u8]) -> Result<[f64; N]> {
    let mut child = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting Python")?;
    // Dropped, and so closed, at the end of the statement. If Python ends before it has read everything,
    // it says below why.
    let _ = child.stdin.take().context("Python has no standard input")?.write_all(input);
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    figures.try_into().map_err(|_| {
        let error = String::from_utf8_lossy(&output.stderr);
        let why = error.trim().lines().last().unwrap_or("no reason").to_owned();
        anyhow!("the Python peer failed: {why}")
    })
}

/// An implementation under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(super) enum Impl {
    /// This executable.
    Fedhub,
    /// libzmq or OpenSSL with nothing around it: the limit of the machine.
    Bare,
    /// The Python fedmsg.
    Python,
}

impl Impl {
    /// Its name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Impl::Fedhub => "fedhub",
            Impl::Bare => "bare",
            Impl::Python => "python",
        }
    }
}

/// Starts implementations.
#[derive(Debug)]
pub(super) struct Peers {
    /// The interpreter of an environment with fedmsg.
    pub(super) python: Option<PathBuf>,
    /// Bytes per message.
    pub(super) size: usize,
    /// The queues of the bare forwarder are as long as fedhub's.
    pub(super) high_water_mark: u32,
}

impl Peers {
    /// Starts a relay and waits until it serves both sides.
    pub(super) fn relay(&self, of: Impl) -> Result<Hop> {
        let scratch = Scratch::new()?;
        let (inbound, outbound) = (free_address()?, free_address()?);
        let command = match of {
            Impl::Fedhub => {
                own(&format!("relay --inbound tcp://{inbound} --outbound tcp://{outbound}"))
            }
            Impl::Bare => self.forwarder(&format!("--inbound tcp://{inbound}"), outbound),
            Impl::Python => self.fedmsg("relay", &scratch, inbound, outbound),
        }?;
        let start = Instant::now();
        let mut process = Process::spawn(&command, scratch)?;
        let source = retry(&mut process, || Source::connect(inbound, self.size))?;
        retry(&mut process, || Sinks::connect(outbound, 1, Duration::ZERO))?;
        let ready_after = start.elapsed();
        Ok(Hop { process, source, outbound, subscribers: 1, ready_after })
    }

    /// Starts a gateway between a source and `subscribers` sinks.
    pub(super) fn gateway(&self, of: Impl, subscribers: usize) -> Result<Hop> {
        let scratch = Scratch::new()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (inbound, outbound) = (listener.local_addr()?, free_address()?);
        let command = match of {
            Impl::Fedhub => {
                own(&format!("gateway --endpoint tcp://{inbound} --port {}", outbound.port()))
            }
            Impl::Bare => self.forwarder(&format!("--connect tcp://{inbound}"), outbound),
            Impl::Python => self.fedmsg("gateway", &scratch, outbound, inbound),
        }?;
        let start = Instant::now();
        let mut process = Process::spawn(&command, scratch)?;
        let source = Source::accept(&listener, self.size)
            .or_else(|error| process.check().and(Err(error)))?;
        retry(&mut process, || Sinks::connect(outbound, 1, Duration::ZERO))?;
        let ready_after = start.elapsed();
        Ok(Hop { process, source, outbound, subscribers, ready_after })
    }

    /// Starts a reader that prints every body, and a source it reads from.
    pub(super) fn tail(&self, of: Impl) -> Result<(Process, Source)> {
        let scratch = Scratch::new()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let endpoint = listener.local_addr()?;
        let command = match of {
            Impl::Fedhub => own(&format!("tail -o raw --no-validate --endpoint tcp://{endpoint}")),
            Impl::Bare => own(&format!("bench subscriber --endpoint tcp://{endpoint}")),
            Impl::Python => self.fedmsg("tail", &scratch, free_address()?, endpoint),
        }?;
        let mut process = Process::spawn(&command, scratch)?;
        let source = Source::accept(&listener, self.size)
            .or_else(|error| process.check().and(Err(error)))?;
        Ok((process, source))
    }

    fn forwarder(&self, inbound: &str, outbound: SocketAddr) -> Result<Command> {
        let queues = self.high_water_mark;
        own(&format!(
            "bench forwarder {inbound} --outbound tcp://{outbound} --high-water-mark {queues}"
        ))
    }

    /// `fedmsg-NAME` that listens at `listen` (a relay's inbound, a gateway's port; a logger sends
    /// there), and with `endpoint` as the bus (a relay publishes there, the others subscribe).
    pub(super) fn fedmsg(
        &self,
        name: &str,
        scratch: &Scratch,
        listen: SocketAddr,
        endpoint: SocketAddr,
    ) -> Result<Command> {
        let python = self.python.as_deref().context("no Python peer")?;
        let file = scratch.path().join("fedmsg-config.py");
        fs::write(&file, fedmsg_config(scratch.path(), listen, endpoint))?;
        let mut command = Command::new(python.with_file_name(format!("fedmsg-{name}")));
        command.arg("--config-filename").arg(file);
        Ok(command)
    }
}

fn fedmsg_config(keys: &Path, listen: SocketAddr, endpoint: SocketAddr) -> String {
    let keys = keys.display();
    let signed = if Path::new(&format!("{keys}/bench.key")).exists() { "True" } else { "False" };
    let port = listen.port();
    format!(
        r#"import socket
config = {{
    "topic_prefix": "org.example",
    "environment": "dev",
    "zmq_enabled": True,
    "io_threads": 1,
    "relay_inbound": ["tcp://{listen}"],
    "endpoints": {{"relay_outbound": ["tcp://{endpoint}"]}},
    "fedmsg.consumers.gateway.port": {port},
    "fedmsg.consumers.gateway.high_water_mark": 1000,
    "validate_signatures": False,
    "sign_messages": {signed},
    "ssldir": "{keys}",
    "certnames": {{"shell." + socket.gethostname().split(".", 1)[0]: "bench"}},
    "logging": {{
        "version": 1,
        "formatters": {{"plain": {{"format": "%(message)s"}}}},
        "handlers": {{"out": {{"class": "logging.StreamHandler", "formatter": "plain",
                             "level": "INFO", "stream": "ext://sys.stdout"}}}},
        "loggers": {{"fedmsg": {{"level": "INFO", "propagate": False, "handlers": ["out"]}}}},
    }},
}}
"#
    )
}

/// This executable with `arguments`, which hold no spaces of their own.
pub(super) fn own(arguments: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments.split(' '));
    Ok(command)
}

/// Makes an authority and the key pair `bench` in `dir`.
pub(super) fn make_keys(dir: &Path) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().try_into()?;
    let authority = Authority::create(dir, "bench CA", &Options::default(), now)?;
    Ok(authority.issue(&["bench".to_owned()], &Options::default(), now)?)
}

/// The host as it stands in names of certificates.
pub(super) fn short_host() -> String {
    let host = nix::unistd::gethostname().unwrap_or_default();
    let host = host.to_string_lossy();
    host.split('.').next().unwrap_or_default().to_owned()
}

/// An address nobody listens at just now.
pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Repeats `attempt` until it works, the process has ended or the time is up.
pub(super) fn retry<T>(process: &mut Process, attempt: impl Fn() -> Result<T>) -> Result<T> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => process.check()?,
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Replaces this process by `command`, which is then killed when the parent dies. Some peers do not
/// end on an interrupt and would be left behind.
pub(super) fn guarded(command: &[std::ffi::OsString]) -> Result<u8> {
    use std::os::unix::process::CommandExt as _;
    let [program, arguments @ ..] = command else { bail!("no command") };
    nix::sys::prctl::set_pdeathsig(Some(nix::sys::signal::Signal::SIGKILL))?;
    Err(Command::new(program).args(arguments).exec()).context("replacing this process")
}
