//! `bench logger`: one signed message per process, from start to exit, and whether it arrives.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use fedhub::error::{Error, Kind};

use super::load::PATIENCE;
use super::peers::{Impl, make_keys, own, short_host};
use super::process::{Scratch, last_words};
use super::report::{Bar, Row, Unit};
use super::{Measured, Notes, Plan, progress};

/// Calls per run; the Python peer takes a second for each.
const CALLS: usize = 50;
const PYTHON_CALLS: usize = 3;
const IN_A_ROW: usize = 1000;

/// The times of one run's calls in milliseconds, in order.
struct Sample(Vec<f64>);

impl Sample {
    fn percentile(&self, percent: f64) -> Option<f64> {
        let rank = (self.0.len() as f64 * percent / 100.0).ceil() as usize;
        self.0.get(rank.max(1) - 1).copied()
    }
}

/// Measures the loggers; there is no bare one.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    let mut rows = Vec::new();
    let measured = Bench::new(plan).map(|bench| {
        let loggers: Vec<_> = plan.impls.iter().copied().filter(|&of| of != Impl::Bare).collect();
        let all = plan.interleave("logger", &loggers, notes, |of| {
            let calls = if of == Impl::Python { PYTHON_CALLS } else { CALLS };
            bench.calls(of, calls)
        });
        rows = call_rows(&all);
        if plan.impls.contains(&Impl::Fedhub) {
            match bench.row_of_many() {
                Ok(row) => rows.push(row),
                Err(error) => notes.push(format!("logger, fedhub, {IN_A_ROW} in a row: {error:#}")),
            }
        }
    });
    if let Err(error) = measured {
        notes.push(format!("logger: {error:#}"));
    }
    rows
}

fn call_rows(all: &Measured<Sample>) -> Vec<Row> {
    let row = |name, percent| {
        let what = format!("logger: start to exit, {name}");
        all.row(what, Unit::Millis, move |run: &Sample| run.percentile(percent))
    };
    vec![row("p50", 50.0).bar(Bar::Max(30.0)), row("p99", 99.0)]
}

/// Keys, configurations and somebody who listens.
struct Bench<'a> {
    plan: &'a Plan,
    scratch: Scratch,
    listener: Listener,
}

impl<'a> Bench<'a> {
    fn new(plan: &'a Plan) -> Result<Self> {
        let scratch = Scratch::new()?;
        make_keys(scratch.path())?;
        let listener = Listener::start()?;
        let config = config(scratch.path(), &listener.endpoint);
        fs::write(scratch.path().join("fedhub.toml"), config)?;
        Ok(Self { plan, scratch, listener })
    }

    fn command(&self, of: Impl) -> Result<Command> {
        let mut command = match of {
            Impl::Python => {
                let inbound = self.listener.endpoint.trim_start_matches("tcp://").parse()?;
                self.plan.peers.fedmsg("logger", &self.scratch, inbound, inbound)?
            }
            _ => {
                let mut command = own("logger")?;
                command.arg("--config").arg(self.scratch.path().join("fedhub.toml"));
                command
            }
        };
        let text = "x".repeat(self.plan.peers.size);
        command.args(["--topic", "load", "--modname", "bench", "--message", &text]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(self.stderr()?);
        Ok(command)
    }

    fn stderr(&self) -> Result<fs::File> {
        Ok(fs::File::create(self.scratch.path().join("stderr"))?)
    }

    /// Calls the logger so many times, one after the other. Every message must arrive.
    fn calls(&self, of: Impl, count: usize) -> Result<Sample> {
        let before = self.listener.arrived();
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            times.push(self.call(&mut self.command(of)?)?.as_secs_f64() * 1e3);
        }
        let arrived = self.listener.wait_for(before + count as u64) - before;
        if arrived != count as u64 {
            bail!("{count} messages sent, but {arrived} arrived signed");
        }
        times.sort_by(f64::total_cmp);
        Ok(Sample(times))
    }

    /// From start to exit.
    fn call(&self, command: &mut Command) -> Result<Duration> {
        let start = Instant::now();
        let mut child = command.spawn().context("starting the logger")?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if start.elapsed() > 2 * PATIENCE {
                child.kill()?;
                child.wait()?;
                bail!("the logger did not end within {} s", 2 * PATIENCE.as_secs());
            }
            thread::sleep(Duration::from_micros(200));
        };
        let took = start.elapsed();
        if !status.success() {
            let said = last_words(&self.scratch.path().join("stderr"));
            bail!("the logger ended with {status}: {said}");
        }
        Ok(took)
    }

    /// Many calls in a row: how many messages arrive.
    fn row_of_many(&self) -> Result<Row> {
        progress(&format!("logger: {IN_A_ROW} in a row, fedhub"));
        let before = self.listener.arrived();
        for _ in 0..IN_A_ROW {
            self.call(&mut self.command(Impl::Fedhub)?)?;
        }
        let arrived = self.listener.wait_for(before + IN_A_ROW as u64) - before;
        let what = format!("logger: arrived, {IN_A_ROW} in a row");
        let mut row = Row::new(what, Unit::Messages).bar(Bar::Min(IN_A_ROW as f64));
        row.set(Impl::Fedhub, vec![arrived as f64]);
        Ok(row)
    }
}

fn config(keys: &Path, relay: &str) -> String {
    let (keys, host) = (keys.display(), short_host());
    format!(
        "topic_prefix = 'org.example'\nenvironment = 'dev'\nrelay_inbound = '{relay}'\n\
         sign_messages = true\nssldir = '{keys}'\n[certnames]\n'shell.{host}' = 'bench'\n"
    )
}

/// A subscriber that counts signed messages, in a thread of its own.
struct Listener {
    endpoint: String,
    arrived: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    fn start() -> Result<Self> {
        let context = zmq::Context::new();
        let socket = context.socket(zmq::SUB)?;
        socket.set_subscribe(b"")?;
        socket.set_rcvtimeo(50)?;
        socket.bind("tcp://127.0.0.1:*")?;
        let endpoint = socket
            .get_last_endpoint()?
            .map_err(|_| Error::new(Kind::Bug, "ZeroMQ gave an address that is not text"))?;
        let (arrived, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, ended) = (arrived.clone(), stop.clone());
        let thread = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let Ok(frames) = socket.recv_multipart(0) else { continue };
                let signed = frames
                    .last()
                    .is_some_and(|body| body.windows(12).any(|bytes| bytes == b"\"signature\":"));
                count.fetch_add(signed.into(), Ordering::Relaxed);
            }
        });
        Ok(Self { endpoint, arrived, stop, thread: Some(thread) })
    }

    fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Waits for a bounded time until `count` have arrived. Returns how many have.
    fn wait_for(&self, count: u64) -> u64 {
        let end = Instant::now() + PATIENCE;
        while self.arrived() < count && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
        self.arrived()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say.
            let _ = thread.join();
        }
    }
}
