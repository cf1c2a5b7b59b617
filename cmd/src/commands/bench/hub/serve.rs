//! Hubs under load: at a quiet rate, then at full speed.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use fedhub::journal::now;

use super::counter::Reports;
use super::messages::Load;
use crate::commands::bench::Plan;
use crate::commands::bench::histogram::Histogram;
use crate::commands::bench::load::{CHUNK, PATIENCE, TOPIC, accept, pace};
use crate::commands::bench::peers::{Impl, own};
use crate::commands::bench::process::{Process, Scratch};
use crate::commands::bench::zmtp::{self, Role};

/// Messages between publisher and consumer at full speed.
const WINDOW: u64 = 5000;
/// The Python hub takes seconds to start.
const START: Duration = Duration::from_secs(20);

/// What a hub did.
pub(super) struct Served {
    /// Messages per second at full speed.
    pub(super) rate: f64,
    /// CPU of the hub per message at full speed, without the consumer's process if it has one.
    pub(super) cpu_us: f64,
    pub(super) peak_mb: f64,
    /// At a quiet rate, from publishing until the consumer has it.
    pub(super) latencies: Histogram,
    /// Messages that never came to the consumer, and those that came twice.
    pub(super) wrong: f64,
}

/// Starts a hub with one consumer that counts, and loads it.
pub(super) fn serve(
    plan: &Plan,
    of: Impl,
    load: &Load,
    keys: &Path,
    validate: bool,
) -> Result<Served> {
    let scratch = Scratch::new()?;
    let reports = Reports::listen(load.bodies().len())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let setup = Setup {
        dir: scratch.path(),
        keys,
        bus: listener.local_addr()?,
        reports: reports.address,
        validate,
    };
    let command = match of {
        Impl::Python => setup.python(plan.peers.python.as_deref().context("no Python peer")?),
        _ => setup.fedhub(),
    }?;
    let mut process = Process::spawn(&command, scratch)?;
    let publisher = Publisher::accept(&listener, load, &reports)
        .or_else(|error| process.check().and(Err(error)))?;
    let mut run = Run { process, publisher };
    run.open().or_else(|error| run.process.check().and(Err(error)))?;
    let latencies = run.quiet(plan.rate, plan.paced())?;
    let (rate, cpu_us) = run.flood(plan.duration)?;
    let sent = run.publisher.sent.len() as u64;
    let reported = &run.publisher.reports.reported;
    Ok(Served {
        rate,
        cpu_us,
        peak_mb: run.process.peak()? as f64 / 1e6,
        latencies,
        wrong: (sent - reported.count() + reported.wrong()) as f64,
    })
}

struct Run<'a> {
    process: Process,
    publisher: Publisher<'a>,
}

impl Run<'_> {
    /// Sends the first message: when it arrives, the whole way is open.
    fn open(&mut self) -> Result<()> {
        self.publisher.send(1)?;
        if self.publisher.wait(START) < 1 {
            bail!("no message came to the consumer within {} s", START.as_secs());
        }
        // What the start left to do is done by then.
        thread::sleep(Duration::from_millis(300));
        Ok(())
    }

    fn quiet(&mut self, rate: f64, duration: Duration) -> Result<Histogram> {
        let first = self.publisher.sent.len();
        pace(rate, duration, |count| self.publisher.send(count))?;
        self.publisher.wait(PATIENCE);
        let mut latencies = Histogram::new();
        for (number, sent) in self.publisher.sent.iter().enumerate().skip(first) {
            if let Some(arrived) = self.publisher.reports.reported.arrived(number) {
                latencies.record((arrived - sent).max(0) as u64 * 1000);
            }
        }
        Ok(latencies)
    }

    /// Messages per second, and CPU per message.
    fn flood(&mut self, duration: Duration) -> Result<(f64, f64)> {
        let (before, cpu) = (self.publisher.arrived(), self.process.cpu()?);
        let start = Instant::now();
        while start.elapsed() < duration && self.publisher.left() >= CHUNK {
            if self.publisher.arrived() + WINDOW < (self.publisher.sent.len() + CHUNK) as u64 {
                thread::sleep(Duration::from_micros(50));
                continue;
            }
            self.publisher.send(CHUNK)?;
        }
        let arrived = (self.publisher.wait(PATIENCE) - before) as f64;
        let elapsed = start.elapsed();
        let cpu = self.process.cpu()?.saturating_sub(cpu);
        if arrived == 0.0 {
            bail!("no message came to the consumer");
        }
        Ok((arrived / elapsed.as_secs_f64(), cpu.as_secs_f64() * 1e6 / arrived))
    }
}

/// Sends the messages of the load in their order.
struct Publisher<'a> {
    stream: TcpStream,
    load: &'a Load,
    reports: &'a Reports,
    /// When each message so far was sent, in unix microseconds.
    sent: Vec<i64>,
    chunk: Vec<u8>,
}

impl<'a> Publisher<'a> {
    /// Waits for the hub to subscribe.
    fn accept(listener: &TcpListener, load: &'a Load, reports: &'a Reports) -> Result<Self> {
        let stream = accept(listener, START)?;
        zmtp::handshake(&stream, Role::Publisher, START).context("waiting for a subscription")?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, load, reports, sent: Vec::new(), chunk: Vec::new() })
    }

    /// How many messages are left to send.
    fn left(&self) -> usize {
        self.load.bodies().len() - self.sent.len()
    }

    fn send(&mut self, count: usize) -> Result<()> {
        self.chunk.clear();
        let bodies = self.load.bodies().iter().skip(self.sent.len()).take(count);
        let count = bodies.len();
        bodies.for_each(|body| zmtp::encode(TOPIC.as_bytes(), body, &mut self.chunk));
        let time = now();
        self.sent.resize(self.sent.len() + count, time);
        self.stream.write_all(&self.chunk).context("the hub takes no more messages")
    }

    fn arrived(&self) -> u64 {
        self.reports.reported.count()
    }

    /// Waits for what was sent, as long as some of it comes.
    fn wait(&self, patience: Duration) -> u64 {
        self.reports.reported.wait_for(self.sent.len() as u64, patience)
    }
}

/// What a hub needs to know.
struct Setup<'a> {
    dir: &'a Path,
    keys: &'a Path,
    bus: SocketAddr,
    reports: SocketAddr,
    validate: bool,
}

impl Setup<'_> {
    fn fedhub(&self) -> Result<Command> {
        let Self { dir, keys, bus, reports, validate } = self;
        let (keys, program) = (keys.display(), std::env::current_exe()?);
        let config = format!(
            "topic_prefix = 'org.example'\nenvironment = 'dev'\nvalidate_signatures = {validate}\n\
             ssldir = '{keys}'\ncrl_location = '{keys}/crl.pem'\n[consumers.counter]\n\
             type = 'exec'\n\
             command = ['{}', 'bench', 'counter', '--report', '{reports}']\n",
            program.display()
        );
        fs::write(dir.join("fedhub.toml"), config)?;
        let mut command = own(&format!("hub --endpoint tcp://{bus} --journal hub.db"))?;
        command.arg("--config").arg(dir.join("fedhub.toml"));
        Ok(command)
    }

    fn python(&self, python: &Path) -> Result<Command> {
        let Self { dir, keys, bus, reports, validate } = self;
        let (keys, validate) = (keys.display(), if *validate { "True" } else { "False" });
        let config = format!(
            r#"config = {{
    "topic_prefix": "org.example",
    "environment": "dev",
    "zmq_enabled": True,
    "io_threads": 1,
    "endpoints": {{"bus": ["tcp://{bus}"]}},
    "bench.counter": True,
    "validate_signatures": {validate},
    "crypto_backend": "x509",
    "crypto_validate_backends": ["x509"],
    "ssldir": "{keys}",
    "ca_cert_location": "{keys}/ca.crt",
    "crl_location": "{keys}/crl.pem",
    "routing_policy": {{}},
    "routing_nitpicky": False,
}}
"#
        );
        let consumer = format!(
            r#"import socket, struct, time
import fedmsg.consumers

class Counter(fedmsg.consumers.FedmsgConsumer):
    topic = "*"
    config_key = "bench.counter"

    def __init__(self, hub):
        super().__init__(hub)
        self.reports = socket.create_connection(("{}", {}))

    def consume(self, message):
        number = int(message["body"]["at"])
        self.reports.sendall(struct.pack("<Qq", number, time.time_ns() // 1000))
"#,
            reports.ip(),
            reports.port()
        );
        fs::write(dir.join("fedmsg-config.py"), config)?;
        fs::write(dir.join("bench_counter.py"), consumer)?;
        let mut command = Command::new(python.with_file_name("fedmsg-hub"));
        command.arg("--config-filename").arg(dir.join("fedmsg-config.py"));
        command.args(["--with-consumers", "bench_counter:Counter"]).env("PYTHONPATH", dir);
        Ok(command)
    }
}
