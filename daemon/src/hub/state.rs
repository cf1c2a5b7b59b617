//! What the hub and its consumers count, for health and metrics.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fedhub::bus::Tally;
use fedhub::filter::Filter;
use fedhub::journal::{Health, Record, now};
use fedhub::message::Message;

use super::consumer::LeftOut;
use crate::monitor::{ConsumerState, Metric, Snapshot};

/// How one consumer is.
#[derive(Debug)]
pub(super) struct ConsumerStatus {
    name: String,
    kind: String,
    topics: Vec<String>,
    started: AtomicBool,
    gone: AtomicBool,
    position: AtomicI64,
    /// When the oldest message it has not dealt with arrived; 0: there is none.
    oldest: AtomicI64,
    received: AtomicU64,
    done: AtomicU64,
    failures: AtomicU64,
    quarantined: AtomicU64,
    filter: Filter,
    /// Messages that do not match the filter.
    skipped: AtomicU64,
    /// What it leaves out because it is meant to.
    left_out: LeftOut,
    /// Why it waits, if it does.
    trouble: Mutex<Option<String>>,
}

impl ConsumerStatus {
    pub(super) fn new(name: &str, settings: &fedhub::config::Consumer, filter: Filter) -> Self {
        Self {
            name: name.to_owned(),
            kind: settings.kind.clone(),
            topics: settings.topics.clone(),
            started: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            position: AtomicI64::new(0),
            oldest: AtomicI64::new(0),
            received: AtomicU64::new(0),
            done: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
            filter,
            skipped: AtomicU64::new(0),
            left_out: LeftOut::default(),
            trouble: Mutex::new(None),
        }
    }

    fn set_trouble(&self, trouble: Option<String>) {
        *lock(&self.trouble) = trouble;
    }

    /// Where it counts what it leaves out.
    pub(super) fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// Whether a message matches its filter; one that does not is counted.
    pub(super) fn filter(&self, message: &Message) -> bool {
        let matches = self.filter.decide(message).matches;
        if !matches {
            self.skipped.fetch_add(1, Relaxed);
        }
        matches
    }

    /// It has read everything up to this message and waits for more.
    pub(super) fn idle(&self, position: i64) {
        self.started.store(true, Relaxed);
        self.position.store(position, Relaxed);
        self.oldest.store(0, Relaxed);
    }

    /// It gets these messages.
    pub(super) fn given(&self, batch: &[Record]) {
        self.started.store(true, Relaxed);
        self.received.fetch_add(batch.len() as u64, Relaxed);
        self.oldest.store(batch.first().map_or(0, |record| record.received), Relaxed);
    }

    pub(super) fn moved(&self, position: i64, delivered: u64) {
        self.position.store(position, Relaxed);
        self.delivered(delivered);
    }

    pub(super) fn delivered(&self, messages: u64) {
        if messages > 0 {
            self.done.fetch_add(messages, Relaxed);
            self.set_trouble(None);
        }
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    /// A message was put aside, so it is not waited for any more.
    pub(super) fn put_aside(&self) {
        self.set_trouble(None);
    }

    pub(super) fn quarantined(&self) {
        self.quarantined.fetch_add(1, Relaxed);
    }

    pub(super) fn away(&self, why: &str) {
        self.failures.fetch_add(1, Relaxed);
        self.set_trouble(Some(why.to_owned()));
    }

    pub(super) fn gone(&self, why: &str) {
        self.gone.store(true, Relaxed);
        self.set_trouble(Some(why.to_owned()));
    }
}

impl ConsumerStatus {
    /// Adds what health and metrics say of it. `head` is the number of the newest message.
    pub(super) fn describe(&self, head: i64, snapshot: &mut Snapshot) {
        let trouble = lock(&self.trouble).clone();
        let started = self.started.load(Relaxed);
        if !started {
            snapshot.problems.push(format!("consumer {} has not begun", self.name));
        }
        if let Some(why) = &trouble {
            snapshot.problems.push(format!("consumer {}: {why}", self.name));
        }
        let lag = u64::try_from(head - self.position.load(Relaxed)).unwrap_or(0);
        let oldest = self.oldest.load(Relaxed);
        let seconds = if oldest == 0 { 0.0 } else { (now() - oldest).max(0) as f64 / 1e6 };
        let mut add = |name, help, value: f64| {
            let labels = vec![("consumer", self.name.clone())];
            snapshot.metrics.push(Metric { name, help, labels, value });
        };
        let count = |counter: &AtomicU64| counter.load(Relaxed) as f64;
        add(
            "fedhub_consumer_received_total",
            "Messages given to a consumer.",
            count(&self.received),
        );
        add("fedhub_consumer_done_total", "Messages a consumer has dealt with.", count(&self.done));
        add("fedhub_consumer_failures_total", "Deliveries that failed.", count(&self.failures));
        add(
            "fedhub_consumer_quarantined_total",
            "Messages put aside after their last attempt.",
            count(&self.quarantined),
        );
        add("fedhub_consumer_lag_messages", "Messages that wait for a consumer.", lag as f64);
        add("fedhub_consumer_lag_seconds", "How long the oldest of them has waited.", seconds);
        add(
            "fedhub_filter_skipped_total",
            "Messages that do not match a consumer's filter.",
            count(&self.skipped),
        );
        for (reason, count) in self.left_out.counts() {
            let labels = vec![("consumer", self.name.clone()), ("reason", reason.to_owned())];
            let help = "Messages that a consumer leaves out because it is meant to, by reason.";
            let (name, value) = ("fedhub_consumer_left_out_total", count as f64);
            snapshot.metrics.push(Metric { name, help, labels, value });
        }
        for (reason, count) in self.filter.failures() {
            let labels = vec![("consumer", self.name.clone()), ("reason", reason.name().into())];
            let help = "How often an expression of a filter gave no answer, by reason.";
            let (name, value) = ("fedhub_filter_failures_total", count as f64);
            snapshot.metrics.push(Metric { name, help, labels, value });
        }
        snapshot.consumers.push(ConsumerState {
            name: self.name.clone(),
            module: self.kind.clone(),
            topics: self.topics.clone(),
            initialized: started && trouble.is_none() && !self.gone.load(Relaxed),
            exceptions: self.failures.load(Relaxed),
            backlog: lag,
            received: self.received.load(Relaxed),
            done: self.done.load(Relaxed),
            quarantined: self.quarantined.load(Relaxed),
            oldest: seconds,
        });
    }
}

/// A publisher the hub is subscribed to.
#[derive(Debug)]
pub(super) struct SourceStatus {
    pub(super) endpoint: String,
    up: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
}

/// What may be wrong with a publisher that is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is silent.
    Silent,
    /// It is silent whatever is done; a new process may hear it.
    Deaf,
}

impl SourceStatus {
    pub(super) fn set_trouble(&self, trouble: Option<Trouble>) {
        *lock(&self.trouble) = trouble;
    }
}

/// What the intake does.
#[derive(Debug)]
pub(super) struct IntakeStatus {
    pub(super) sources: Vec<SourceStatus>,
    /// Messages that consumers may get.
    believed: AtomicU64,
    /// Messages that go to no consumer, by verdict.
    refused: Mutex<Tally>,
    /// What was no message, by reason.
    malformed: Mutex<Tally>,
    heartbeats: AtomicU64,
    /// Heartbeats that are not believed, by verdict.
    refused_heartbeats: Mutex<Tally>,
    /// How often it had to wait for the journal.
    pub(super) waits: AtomicU64,
    pub(super) catching_up: AtomicBool,
    last: AtomicI64,
}

impl IntakeStatus {
    pub(super) fn new(endpoints: impl IntoIterator<Item = String>) -> Self {
        let sources = endpoints.into_iter().map(|endpoint| SourceStatus {
            endpoint,
            up: AtomicBool::new(false),
            trouble: Mutex::new(None),
        });
        Self {
            sources: sources.collect(),
            believed: AtomicU64::new(0),
            refused: Mutex::new(Tally::new("messages kept for inspection and given to nobody")),
            malformed: Mutex::new(Tally::new("what came in and was no message")),
            heartbeats: AtomicU64::new(0),
            refused_heartbeats: Mutex::new(Tally::new("heartbeats that are not believed")),
            waits: AtomicU64::new(0),
            catching_up: AtomicBool::new(false),
            last: AtomicI64::new(0),
        }
    }

    pub(super) fn judged(&self, believed: bool, verdict: &'static str) {
        if believed {
            self.believed.fetch_add(1, Relaxed);
        } else {
            lock(&self.refused).add(verdict);
        }
        self.last.store(now(), Relaxed);
    }

    pub(super) fn connection(&self, source: usize, up: bool) {
        if let Some(source) = self.sources.get(source) {
            source.up.store(up, Relaxed);
        }
    }

    pub(super) fn malformed(&self, why: &'static str) {
        lock(&self.malformed).add(why);
    }

    pub(super) fn heartbeat(&self, believed: bool, verdict: &'static str) {
        if believed {
            self.heartbeats.fetch_add(1, Relaxed);
        } else {
            lock(&self.refused_heartbeats).add(verdict);
        }
    }

    /// Logs what was counted, at a bounded rate.
    pub(super) fn report(&self) {
        for tally in [&self.refused, &self.malformed, &self.refused_heartbeats] {
            lock(tally).report();
        }
    }

    /// One line about what came in.
    pub(super) fn summary(&self) -> String {
        let mut line = format!("{} messages received", self.believed.load(Relaxed));
        for (what, tally) in [("refused", &self.refused), ("malformed", &self.malformed)] {
            let tally = lock(tally);
            if tally.total() > 0 {
                line += &format!(", {what}: {tally}");
            }
        }
        line
    }

    fn describe(&self, snapshot: &mut Snapshot) {
        let mut connected = 0;
        for source in &self.sources {
            let up = source.up.load(Relaxed);
            connected += usize::from(up);
            let trouble = *lock(&source.trouble);
            if let Some(trouble) = trouble {
                let why = format!("{} is connected but silent", source.endpoint);
                if trouble == Trouble::Deaf {
                    snapshot.hopeless = Some(why.clone());
                }
                snapshot.problems.push(why);
            }
            let labels = vec![("endpoint", source.endpoint.clone())];
            let help = "Whether a publisher is connected.";
            let value = f64::from(u8::from(up));
            snapshot.metrics.push(Metric { name: "fedhub_source_up", help, labels, value });
        }
        if self.catching_up.load(Relaxed) {
            snapshot.problems.push("catching up with what was missed".into());
        } else if connected == 0 && !self.sources.is_empty() {
            snapshot.problems.push("no publisher is connected".into());
        }
        let mut add = |name, help, labels, value: f64| {
            snapshot.metrics.push(Metric { name, help, labels, value });
        };
        let count = |counter: &AtomicU64| counter.load(Relaxed) as f64;
        add(
            "fedhub_messages_received_total",
            "Messages for consumers.",
            Vec::new(),
            count(&self.believed),
        );
        let tallies = [
            (
                "fedhub_messages_refused_total",
                "Messages kept for inspection and given to nobody, by verdict.",
                &self.refused,
            ),
            ("fedhub_malformed_total", "What came in and was no message.", &self.malformed),
            (
                "fedhub_heartbeats_refused_total",
                "Heartbeats that are not believed, by verdict.",
                &self.refused_heartbeats,
            ),
        ];
        for (name, help, tally) in tallies {
            for (reason, value) in lock(tally).counts() {
                add(name, help, vec![("reason", reason.to_owned())], value as f64);
            }
        }
        let mut add = |name, help, value| add(name, help, Vec::new(), value);
        add("fedhub_heartbeats_received_total", "Heartbeats received.", count(&self.heartbeats));
        add(
            "fedhub_intake_waits_total",
            "How often receiving had to wait for the journal.",
            count(&self.waits),
        );
        add(
            "fedhub_last_message_timestamp_seconds",
            "When the last message came in.",
            self.last.load(Relaxed) as f64 / 1e6,
        );
        add(
            "fedhub_catching_up",
            "Whether the hub still catches up.",
            f64::from(u8::from(self.catching_up.load(Relaxed))),
        );
    }
}

/// Everything the hub says of itself but its journal.
pub(super) fn snapshot(
    intake: &IntakeStatus,
    consumers: &[Arc<ConsumerStatus>],
    head: i64,
) -> Snapshot {
    let mut snapshot = Snapshot::default();
    intake.describe(&mut snapshot);
    consumers.iter().for_each(|consumer| consumer.describe(head, &mut snapshot));
    snapshot
}

/// Adds what health and metrics say of a journal.
pub(super) fn describe_journal(health: &Health, snapshot: &mut Snapshot) {
    if let Some(why) = &health.error {
        snapshot.problems.push(format!("the journal cannot be written: {why}"));
    }
    let mut add = |name, help, value| {
        snapshot.metrics.push(Metric { name, help, labels: Vec::new(), value });
    };
    add("fedhub_journal_saved_total", "Messages written to the journal.", health.saved as f64);
    add(
        "fedhub_journal_duplicates_total",
        "Messages that were in the journal already.",
        health.duplicates as f64,
    );
    add("fedhub_journal_waiting", "Messages that wait for the journal.", health.waiting as f64);
    add("fedhub_journal_bytes", "Bytes in use in the journal.", health.size_bytes as f64);
    add("fedhub_journal_oldest", "The number of its oldest message.", health.oldest as f64);
}

/// Counters stay good when somebody panics between them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
