//! Metrics in the text format of Prometheus (OpenMetrics), and what of a report is shown that way.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::time::SystemTime;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::monitor::{Metric, Report};

/// What the text is.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A longer label value is cut.
const MAX_LABEL: usize = 128;
/// More values of one metric are left out, and counted.
const MAX_VALUES: usize = 1000;

/// The labels of a value.
pub type Labels = Vec<(&'static str, String)>;

/// All metrics of a report.
pub(crate) fn text(report: &Report) -> Result<String, Error> {
    collect(report).text()
}

/// The values of one metric.
#[derive(Debug, Default)]
struct Family {
    help: &'static str,
    values: BTreeMap<Labels, f64>,
}

/// Metrics and their values.
#[derive(Debug, Default)]
pub struct Families {
    all: BTreeMap<&'static str, Family>,
    left_out: u32,
}

impl Families {
    /// Adds a value. A counter's name ends in `_total`; anything else is a gauge.
    pub fn add(&mut self, name: &'static str, help: &'static str, labels: Labels, value: f64) {
        let family = self.all.entry(name).or_default();
        family.help = help;
        if !value.is_finite() || family.values.len() >= MAX_VALUES {
            self.left_out += 1;
            return;
        }
        let labels = labels.into_iter().map(|(key, text)| (key, cut(text)));
        family.values.insert(labels.collect(), value);
    }

    /// All of them as text.
    pub fn text(mut self) -> Result<String, Error> {
        let left_out = f64::from(self.left_out);
        self.add("fedhub_metrics_left_out", "Values that are not shown here.", vec![], left_out);
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), Error> {
        for (name, family) in &self.all {
            let counter = name.strip_suffix("_total");
            let kind = if counter.is_some() { MetricType::Counter } else { MetricType::Gauge };
            let base = counter.unwrap_or(name);
            let mut metric = encoder.encode_descriptor(base, family.help, None, kind)?;
            for (labels, value) in &family.values {
                let mut one = metric.encode_family(labels)?;
                match counter {
                    Some(_) => one.encode_counter::<NoLabelSet, f64, f64>(value, None)?,
                    None => one.encode_gauge(value)?,
                }
            }
        }
        Ok(())
    }
}

fn collect(report: &Report) -> Families {
    let mut families = Families::default();
    let task = |name: &str| vec![("task", name.to_owned())];
    for state in &report.tasks {
        let (silence, ready) = (state.silence.as_secs_f64(), state.problems().is_empty());
        for (name, help, value) in [
            ("fedhub_task_messages_total", "Messages a task has handled.", state.messages as f64),
            ("fedhub_task_ready", "Whether a task does all it is there for.", flag(ready)),
            ("fedhub_task_silence_seconds", "Time since a task's last sign of life.", silence),
        ] {
            families.add(name, help, task(state.name), value);
        }
        for Metric { name, help, labels, value } in &state.snapshot.metrics {
            let mut all = task(state.name);
            all.extend(labels.iter().cloned());
            families.add(name, help, all, *value);
        }
    }
    add_process(&mut families, report);
    families
}

fn add_process(families: &mut Families, report: &Report) {
    let ready = report.problems().is_empty();
    families.add("fedhub_ready", "Whether every task is ready.", vec![], flag(ready));
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    families.add("fedhub_build_info", "Which fedhub this is.", version, 1.0);
    let started = report.process.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let help = "When the process began, in unix seconds.";
    families.add("fedhub_start_time_seconds", help, vec![], started.as_secs_f64().floor());
    let process = &report.process;
    for (name, help, value) in [
        ("process_open_fds", "Open file descriptors.", process.open_fds.map(|n| n as f64)),
        ("process_max_fds", "Most file descriptors.", process.max_fds.map(|n| n as f64)),
        (
            "process_resident_memory_bytes",
            "Memory in use.",
            process.resident_bytes.map(|n| n as f64),
        ),
    ] {
        if let Some(value) = value {
            families.add(name, help, vec![], value);
        }
    }
}

fn flag(on: bool) -> f64 {
    f64::from(u8::from(on))
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_LABEL) {
        text.truncate(end);
    }
    text
}
