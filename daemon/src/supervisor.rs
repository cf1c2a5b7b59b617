//! Runs tasks on threads of their own until a signal or a failure, and stops them in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use fedhub::bus::Settings;
use fedhub::config::Config;
use fedhub::error::exit;
use fedhub::{Error, Kind, Result};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use crate::http::Pages;
use crate::monitor::{Monitor, Probe, STUCK, Watched};
use crate::monitoring;
use crate::ready::{self, Teller};

/// What a task may need beyond its grace period to close its sockets.
const CLOSING: Duration = Duration::from_secs(1);

/// How a process runs its tasks.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long the tasks may take to end.
    pub grace: Duration,
    /// Where /healthz, /readyz and /metrics are served.
    pub http: Vec<String>,
    /// Where its state is published for fedmsg-check.
    pub monitoring: Vec<String>,
    /// How sockets are made.
    pub bus: Settings,
}

impl Options {
    /// Those of the settings, for a process with one or more roles.
    pub fn new<'a>(
        config: &Config,
        http: impl IntoIterator<Item = &'a Option<String>>,
        monitoring: impl IntoIterator<Item = &'a Option<String>>,
    ) -> Self {
        Self {
            grace: Duration::from_secs_f64(config.grace_period),
            http: http.into_iter().flatten().cloned().collect(),
            monitoring: monitoring.into_iter().flatten().cloned().collect(),
            bus: Settings::from(config),
        }
    }
}

/// What a task does; gives one line about what it did.
pub type Work = Box<dyn FnOnce(&Heartbeat) -> Result<String> + Send>;

/// Something that runs until it is stopped. It is built before it runs, so whatever can fail at the
/// start has failed by then.
pub struct Task {
    /// Its name in logs.
    pub name: &'static str,
    /// Whether the bus needs it. One that is not needed, such as showing messages to somebody who
    /// does not read on, may be stuck, and is not waited for at the end.
    pub needed: bool,
    /// Says how it is.
    pub probe: Option<Probe>,
    /// Asks it to end.
    pub stop: Box<dyn Fn()>,
    /// Runs it.
    pub work: Work,
    /// Pages of its own beside the health pages.
    pub pages: Option<Router>,
}

/// A task's signs of life.
pub struct Heartbeat {
    begin: Instant,
    /// Milliseconds after `begin`.
    last: AtomicU64,
    messages: AtomicU64,
}

impl Heartbeat {
    fn new() -> Self {
        Self { begin: Instant::now(), last: AtomicU64::new(0), messages: AtomicU64::new(0) }
    }

    /// Says that the task is alive, and how many messages it has handled.
    pub fn beat(&self, messages: u64) {
        let since = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(since, Ordering::Relaxed);
        self.messages.store(messages, Ordering::Relaxed);
    }

    /// How long ago the last sign of life was.
    pub(crate) fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.begin.elapsed().saturating_sub(last)
    }

    /// How many messages the task has handled.
    pub(crate) fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }
}

struct Running {
    name: &'static str,
    needed: bool,
    stop: Box<dyn Fn()>,
}

type Finished = (&'static str, Result<String>);

/// Runs tasks. It is made before they are, so that a signal that comes while they are built ends them
/// in good order too.
pub struct Supervisor {
    runtime: Runtime,
    signals: Signals,
}

impl Supervisor {
    /// From now on SIGINT and SIGTERM wait for [`Supervisor::run`].
    pub fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Error::io("cannot start the runtime", error))?;
        let signals = {
            let _inside = runtime.enter();
            Signals::new()?
        };
        Ok(Self { runtime, signals })
    }

    /// Runs the tasks until SIGINT or SIGTERM, or until one of them ends. Each is then asked to stop,
    /// in the order given, and may take its grace. A second signal ends everything at once.
    ///
    /// Gives the exit code.
    pub fn run(self, tasks: Vec<Task>, options: &Options) -> Result<u8> {
        let Self { runtime, signals } = self;
        let code = runtime.block_on(supervise(signals, tasks, options));
        // A task that did not end in time may still be blocked; do not wait for it.
        runtime.shutdown_background();
        code
    }
}

async fn supervise(mut signals: Signals, mut tasks: Vec<Task>, options: &Options) -> Result<u8> {
    let mut monitor = Monitor::new();
    // Whatever can fail fails before a task runs.
    let own =
        tasks.iter_mut().filter_map(|task| task.pages.take()).fold(Router::new(), Router::merge);
    let pages = Pages::serve(&options.http, &monitor.reports, &own)?;
    let _publishers = options
        .monitoring
        .iter()
        .map(|endpoint| monitoring::start(endpoint, &options.bus, monitor.reports.clone()))
        .collect::<Result<Vec<_>>>()?;
    let (sender, mut finished) = mpsc::channel(tasks.len().max(1));
    let mut running = Vec::new();
    let mut watched = Vec::new();
    for task in tasks {
        let (task, watch) = start(task, sender.clone())?;
        running.push(task);
        watched.push(watch);
    }
    monitor.start(watched)?;
    let mut teller = Teller::default();
    let mut failure = None;
    loop {
        tokio::select! {
            name = signals.next() => {
                tracing::info!("{name} received: stopping");
                break;
            }
            ended = finished.recv() => {
                if let Some((name, result)) = ended {
                    running.retain(|task| task.name != name);
                    match result {
                        Ok(summary) => tracing::info!("{name} ended: {summary}"),
                        Err(error) => failure = Some(error),
                    }
                }
                break;
            }
            // A report that does not come is news too.
            _ = tokio::time::timeout(STUCK, monitor.reports.changed()) => {
                teller.tell(&monitor.reports.borrow_and_update());
            }
        }
    }
    ready::stopping();
    monitor.stopping();
    running.iter().for_each(|task| (task.stop)());
    let end = tokio::time::Instant::now() + options.grace + CLOSING;
    while running.iter().any(|task| task.needed) {
        tokio::select! {
            name = signals.next() => {
                tracing::warn!("{name} received again: ending at once, without sending what is left");
                return Ok(exit::INTERRUPTED);
            }
            ended = finished.recv() => {
                let Some((name, result)) = ended else { break };
                running.retain(|task| task.name != name);
                match result {
                    Ok(summary) => tracing::info!("{name} stopped: {summary}"),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
            () = tokio::time::sleep_until(end) => {
                for task in running.iter().filter(|task| task.needed) {
                    tracing::error!("{} did not stop within the grace period", task.name);
                }
                let why = "not everything that was received could be sent in time";
                return Err(Error::new(Kind::Io, why).hint("fedhub config explain grace_period"));
            }
        }
    }
    pages.end().await;
    failure.map_or(Ok(exit::OK), Err)
}

fn start(task: Task, finished: mpsc::Sender<Finished>) -> Result<(Running, Watched)> {
    let Task { name, needed, probe, stop, work, pages: _ } = task;
    let heartbeat = Arc::new(Heartbeat::new());
    let beat = Arc::clone(&heartbeat);
    let thread = move || {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&beat)));
        let result = outcome
            .unwrap_or_else(|_| Err(Error::new(Kind::Bug, format!("{name} stopped by a panic"))));
        // The supervisor may have given up on us already.
        let _ = finished.blocking_send((name, result));
    };
    std::thread::Builder::new()
        .name(name.into())
        .spawn(thread)
        .map_err(|error| Error::io(format!("cannot start {name}"), error))?;
    Ok((Running { name, needed, stop }, Watched { name, needed, heartbeat, probe }))
}

/// The signals that ask a process to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// Not waited for: without a handler a limit on the size of files would end the process, with one
    /// it is an error like that of a full disk.
    _file_size: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let on = |kind| signal(kind).map_err(|error| Error::io("cannot listen for signals", error));
        Ok(Self {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            _file_size: on(SignalKind::from_raw(nix::libc::SIGXFSZ))?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
