//! The state for fedmsg-check: moksha's JSON, published every five seconds.
//!
//! As with moksha the counters begin anew with each message.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

use fedhub::bus::{Outlet, Settings};
use fedhub::{Error, Result};
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use crate::monitor::{ConsumerState, Report, TaskReport};

const INTERVAL: Duration = Duration::from_secs(5);
/// What fedmsg calls the consumers that do what these tasks do.
const THEIR_NAMES: [(&str, &str); 2] = [("relay", "RelayConsumer"), ("gateway", "GatewayConsumer")];

/// Publishes reports on a thread of its own, until the sender it gives is dropped.
pub(crate) fn start(
    endpoint: &str,
    settings: &Settings,
    reports: Receiver<Arc<Report>>,
) -> Result<SyncSender<()>> {
    let outlet = Outlet::bind(settings, endpoint)?;
    tracing::info!(monitoring = outlet.address, "publishing the state for fedmsg-check");
    let (stop, stopped) = sync_channel(1);
    let mut before = Counters::default();
    let work = move || {
        while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
            let report = Arc::clone(&reports.borrow());
            if let Err(error) = outlet.send(&before.state(&report).to_string()) {
                tracing::error!("{error}");
            }
        }
    };
    std::thread::Builder::new()
        .name("monitoring".into())
        .spawn(work)
        .map_err(|error| Error::io("cannot start a thread", error))?;
    Ok(stop)
}

/// What each consumer had counted when its state was published last.
#[derive(Default)]
struct Counters(HashMap<String, [u64; 3]>);

impl Counters {
    fn state(&mut self, report: &Report) -> Value {
        let states = report.tasks.iter().flat_map(consumers);
        let consumers: Vec<Value> = states.map(|state| self.consumer(state)).collect();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        json!({
            "consumers": consumers,
            "producers": [{
                "name": "MonitoringProducer",
                "module": "fedhub",
                "initialized": true,
                "exceptions": 0,
                "frequency": INTERVAL.as_secs(),
                "now": false,
                "last_ran": now.as_secs_f64(),
            }],
        })
    }

    fn consumer(&mut self, state: ConsumerState) -> Value {
        let now = [state.exceptions, state.received, state.done];
        let before = self.0.insert(state.name.clone(), now).unwrap_or_default();
        let [exceptions, received, done] =
            std::array::from_fn(|i: usize| now[i].saturating_sub(before[i]));
        let topic = match <[String; 1]>::try_from(state.topics) {
            Ok([only]) => json!(only),
            Err(several) => json!(several),
        };
        json!({
            "name": state.name,
            "module": state.module,
            "topic": topic,
            "initialized": state.initialized,
            "exceptions": exceptions,
            "jsonify": false,
            "backlog": state.backlog,
            "headcount_out": done,
            "headcount_in": received,
            "times": [],
        })
    }
}

/// The consumers of a task. One that has none is a consumer itself, under fedmsg's name.
pub(crate) fn consumers(task: &TaskReport) -> Vec<ConsumerState> {
    let own = THEIR_NAMES.iter().find(|(ours, _)| *ours == task.name);
    let Some((_, theirs)) = own.filter(|_| task.snapshot.consumers.is_empty()) else {
        return task.snapshot.consumers.clone();
    };
    vec![ConsumerState {
        name: (*theirs).to_owned(),
        module: format!("fedhub.{}", task.name),
        topics: vec!["*".to_owned()],
        initialized: task.problems().is_empty(),
        received: task.messages,
        done: task.messages,
        ..ConsumerState::default()
    }]
}
