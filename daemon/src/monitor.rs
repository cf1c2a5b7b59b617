//! What a daemon says about itself: one snapshot, from which health pages, metrics, and the state for
//! fedmsg-check are made.

use std::sync::Arc;

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
    /// Its labels.
    pub labels: Vec<(&'static str, String)>,
    /// Its value; a counter's name ends in `_total`.
    pub value: f64,
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
}
