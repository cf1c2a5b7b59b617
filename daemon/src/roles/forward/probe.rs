//! What a forwarder says about itself while it works.

use std::sync::{Arc, Weak};
use std::time::Duration;

use fedhub::bus::Counters;
use fedhub::journal::{Health, Journal};

use crate::monitor::{Metric, Probe, Snapshot};

/// A write to the journal that takes longer counts as stuck.
const STUCK: Duration = Duration::from_secs(5);

/// The probe of `role`. It does not keep the journal from closing.
pub(super) fn probe(
    role: &'static str,
    counters: Arc<Counters>,
    journal: Option<Weak<Journal>>,
) -> Probe {
    Arc::new(move || {
        let mut snapshot = Snapshot { metrics: metrics(role, &counters), ..Snapshot::default() };
        match journal.as_ref().map(Weak::upgrade) {
            None => {}
            Some(None) => snapshot.problems.push("the journal is closed".into()),
            Some(Some(journal)) => {
                let health = journal.health();
                snapshot.problems.extend(problem(&health));
                snapshot.metrics.extend(journal_metrics(role, &health));
            }
        }
        snapshot
    })
}

fn metrics(role: &'static str, counters: &Counters) -> Vec<Metric> {
    let metric = |name, help, value: u64| Metric {
        name,
        help,
        labels: vec![("role", role.to_owned())],
        value: value as f64,
    };
    let labelled = |name, help, label, (value, count): (&str, u64)| {
        let mut metric = metric(name, help, count);
        metric.labels.push((label, value.to_owned()));
        metric
    };
    let mut all = vec![
        metric("fedhub_messages_forwarded_total", "Messages sent on.", counters.forwarded.get()),
        metric(
            "fedhub_subscribers_behind_total",
            "Messages that found the queue of a subscriber full.",
            counters.behind.get(),
        ),
        metric("fedhub_heartbeats_total", "Heartbeats sent.", counters.heartbeats.get()),
        metric(
            "fedhub_pauses_total",
            "How often nothing was taken in because the journal was behind.",
            counters.paused.get(),
        ),
    ];
    let name = "fedhub_messages_dropped_total";
    let help = "Malformed messages that were dropped.";
    all.extend(counters.dropped.iter().map(|count| labelled(name, help, "reason", count)));
    let name = "fedhub_messages_not_journaled_total";
    let help = "Messages sent on before they were in the journal.";
    all.extend(counters.not_journaled.iter().map(|count| labelled(name, help, "reason", count)));
    let name = "fedhub_receipts_total";
    let help = "Requests for a receipt.";
    all.extend(counters.receipts.iter().map(|count| labelled(name, help, "outcome", count)));
    all
}

fn problem(health: &Health) -> Option<String> {
    if let Some(error) = &health.error {
        let seconds = health.failing_since.unwrap_or_default().as_secs();
        return Some(format!("the journal could not be written for {seconds} s: {error}"));
    }
    let seconds = health.writing_since.filter(|since| *since > STUCK)?.as_secs();
    Some(format!("a write to the journal has not ended for {seconds} s"))
}

fn journal_metrics(role: &'static str, health: &Health) -> Vec<Metric> {
    let failing = health.failing_since.map_or(0.0, |since| since.as_secs_f64());
    [
        ("fedhub_journal_saved_total", "Messages written.", health.saved as f64),
        (
            "fedhub_journal_duplicates_total",
            "Messages that were there already.",
            health.duplicates as f64,
        ),
        ("fedhub_journal_waiting", "Messages that wait to be written.", health.waiting as f64),
        ("fedhub_journal_size_bytes", "Bytes in use.", health.size_bytes as f64),
        ("fedhub_journal_oldest", "The number of the oldest message.", health.oldest as f64),
        ("fedhub_journal_failing_seconds", "For how long writing has failed.", failing),
    ]
    .into_iter()
    .map(|(name, help, value)| Metric {
        name,
        help,
        labels: vec![("role", role.to_owned())],
        value,
    })
    .collect()
}
