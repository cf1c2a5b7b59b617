//! What a daemon says about itself: each task takes snapshots, and a thread of its own collects them,
//! so that a task that does not answer keeps nobody else waiting. From the last report are made what
//! the service manager is told, the health pages, the metrics, and the state for fedmsg-check.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use fedhub::meta::Meta;
use fedhub::{Error, Result};
use nix::sys::resource::{Resource, getrlimit};
use tokio::sync::watch::{self, Receiver, Sender};

use crate::ready;
use crate::supervisor::Heartbeat;

/// How often a report is made until all is ready, and after that.
const STARTING: Duration = Duration::from_millis(100);
const STEADY: Duration = Duration::from_secs(1);
/// A task whose last sign of life is older counts as stuck, and so does a report that is older.
pub(crate) const STUCK: Duration = Duration::from_secs(10);

/// Takes a snapshot of a task. It must not block.
pub type Probe = Arc<dyn Fn() -> Snapshot + Send + Sync>;

/// How a task is.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Why it is not ready, for people; empty when it is.
    pub problems: Vec<String>,
    /// Why only a new start of the process can help, if that is so: the service manager's watchdog
    /// is then left to bark.
    pub hopeless: Option<String>,
    /// Its metrics.
    pub metrics: Vec<Metric>,
    /// Its consumers, as moksha reports them.
    pub consumers: Vec<ConsumerState>,
}

/// One value of a metric.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Its whole name, `fedhub_` and, for a counter, `_total` included.
    pub name: &'static str,
    /// What it means.
    pub help: &'static str,
    /// Its labels. The name of the task is added as `task`.
    pub labels: Vec<(&'static str, String)>,
    /// Its value; a counter's name ends in `_total`.
    pub value: f64,
}

impl Metric {
    /// How often the expressions of rules failed.
    pub(crate) fn of_rules(meta: &Meta) -> Self {
        Self {
            name: "fedhub_rule_failures_total",
            help: "How often an expression of a rule failed, so that its fact has its default.",
            labels: Vec::new(),
            value: meta.rules().failures() as f64,
        }
    }
}

/// A consumer, as fedmsg-check shows it.
#[derive(Debug, Clone, Default)]
pub struct ConsumerState {
    /// Its name.
    pub name: String,
    /// Its type.
    pub module: String,
    /// Its topics.
    pub topics: Vec<String>,
    /// Whether it is at work.
    pub initialized: bool,
    /// Failures so far.
    pub exceptions: u64,
    /// Messages that wait for it.
    pub backlog: u64,
    /// Messages it was given so far.
    pub received: u64,
    /// Messages it has dealt with so far.
    pub done: u64,
    /// Messages that were put aside so far.
    pub quarantined: u64,
    /// For how many seconds the oldest message that waits has waited.
    pub oldest: f64,
}

/// A task that is looked after.
pub(crate) struct Watched {
    pub(crate) name: &'static str,
    pub(crate) needed: bool,
    pub(crate) heartbeat: Arc<Heartbeat>,
    pub(crate) probe: Option<Probe>,
}

/// All tasks, and the process they run in, at one moment.
#[derive(Debug)]
pub(crate) struct Report {
    taken: Instant,
    phase: Phase,
    pub(crate) tasks: Vec<TaskReport>,
    pub(crate) process: Process,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    Stopping,
}

/// One task at one moment.
#[derive(Debug)]
pub(crate) struct TaskReport {
    pub(crate) name: &'static str,
    needed: bool,
    /// How long it has shown no sign of life.
    pub(crate) silence: Duration,
    /// Messages it has handled.
    pub(crate) messages: u64,
    pub(crate) snapshot: Snapshot,
}

/// What the process uses of this host; what cannot be read is left out.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) started: SystemTime,
    pub(crate) open_fds: Option<usize>,
    pub(crate) max_fds: Option<u64>,
    pub(crate) resident_bytes: Option<u64>,
}

impl Process {
    fn look(started: SystemTime) -> Self {
        let myself = procfs::process::Process::myself().ok();
        let resident = |process: &procfs::process::Process| {
            Some(process.stat().ok()?.rss * procfs::page_size())
        };
        Self {
            started,
            open_fds: myself.as_ref().and_then(|process| process.fd_count().ok()),
            max_fds: getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| soft),
            resident_bytes: myself.as_ref().and_then(resident),
        }
    }
}

impl TaskReport {
    /// Why it is not ready.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut all = Vec::from_iter(self.dead());
        all.extend(self.snapshot.problems.iter().cloned());
        all
    }

    /// Why it cannot go on, if it cannot.
    pub(crate) fn dead(&self) -> Option<String> {
        let stuck = self.needed && self.silence > STUCK;
        let why = stuck.then(|| "shows no sign of life".to_owned());
        why.or_else(|| self.snapshot.hopeless.clone())
    }
}

impl Report {
    fn take(watched: &[Watched], phase: Phase, started: SystemTime) -> Self {
        let task = |task: &Watched| TaskReport {
            name: task.name,
            needed: task.needed,
            silence: task.heartbeat.silence(),
            messages: task.heartbeat.messages(),
            snapshot: task.probe.as_ref().map(|probe| probe()).unwrap_or_default(),
        };
        Self {
            tasks: watched.iter().map(task).collect(),
            phase,
            process: Process::look(started),
            // After the probes: one that took its time does not make this report old.
            taken: Instant::now(),
        }
    }

    /// Why the process is not ready; nothing when it is.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut all = Vec::from_iter(self.stale());
        match self.phase {
            Phase::Starting => all.push("starting".into()),
            Phase::Running => {}
            Phase::Stopping => all.push("stopping".into()),
        }
        for task in &self.tasks {
            all.extend(task.problems().iter().map(|problem| format!("{}: {problem}", task.name)));
        }
        all
    }

    /// Why the process should be started anew; nothing while it works.
    pub(crate) fn fatal(&self) -> Vec<String> {
        let dead = |task: &TaskReport| Some(format!("{}: {}", task.name, task.dead()?));
        self.stale().into_iter().chain(self.tasks.iter().filter_map(dead)).collect()
    }

    fn stale(&self) -> Option<String> {
        let age = self.taken.elapsed();
        (age > STUCK).then(|| format!("a task has not said for {} s how it is", age.as_secs()))
    }
}

/// The thread that makes reports.
pub(crate) struct Monitor {
    started: SystemTime,
    stopping: Arc<AtomicBool>,
    /// The last report.
    pub(crate) reports: Receiver<Arc<Report>>,
    sender: Sender<Arc<Report>>,
}

impl Monitor {
    pub(crate) fn new() -> Self {
        let started = SystemTime::now();
        let first = Report::take(&[], Phase::Starting, started);
        let (sender, reports) = watch::channel(Arc::new(first));
        Self { started, stopping: Arc::default(), reports, sender }
    }

    /// Looks after these tasks until nobody reads the reports any more.
    pub(crate) fn start(&self, watched: Vec<Watched>) -> Result<()> {
        let (sender, stopping, started) =
            (self.sender.clone(), Arc::clone(&self.stopping), self.started);
        let steady = ready::watchdog_interval().unwrap_or(STEADY).min(STEADY);
        let work = move || {
            let mut was_ready = false;
            loop {
                let stopping = stopping.load(Ordering::Relaxed);
                let phase = if stopping { Phase::Stopping } else { Phase::Running };
                let report = Report::take(&watched, phase, started);
                was_ready |= report.problems().is_empty();
                if sender.send(Arc::new(report)).is_err() {
                    return;
                }
                std::thread::sleep(if was_ready { steady } else { STARTING.min(steady) });
            }
        };
        std::thread::Builder::new()
            .name("monitor".into())
            .spawn(work)
            .map(|_| ())
            .map_err(|error| Error::io("cannot start a thread", error))
    }

    /// From now on the process is not ready.
    pub(crate) fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}
