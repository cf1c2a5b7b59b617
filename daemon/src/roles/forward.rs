//! What relay and gateway have in common: both are a forwarder, and may keep what they publish.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fedhub::Result;
use fedhub::bus::{Forwarder, ForwarderOptions, Inbound, Tap};
use fedhub::config::Config;
use fedhub::journal::{self, Entry, Full, Journal, Options, UNCHECKED};
use fedhub::message::Message;

use crate::supervisor::Task;

/// Binds and connects a forwarder, opens its journal if it has one, and says where.
pub(super) fn task(
    name: &'static str,
    mut options: ForwarderOptions,
    journal: Option<&Path>,
    config: &Config,
) -> Result<Vec<Task>> {
    let journal = journal.map(|path| Journal::open(Options::new(path.to_owned(), config)));
    let journal = journal.transpose()?.map(Arc::new);
    options.tap = journal.as_ref().map(|journal| tap(Arc::clone(journal), &options.inbound));
    let (forwarder, stop) = Forwarder::new(options)?;
    tracing::info!(
        inbound = forwarder.inbound_addresses.join(","),
        outbound = forwarder.outbound_addresses.join(","),
        "{name} ready"
    );
    let grace = Duration::from_secs_f64(config.grace_period);
    Ok(vec![Task {
        name,
        needed: true,
        probe: None,
        stop: Box::new(move || stop.stop()),
        work: Box::new(move |heartbeat| {
            let done = forwarder.run(grace, |messages| heartbeat.beat(messages))?;
            let mut summary = format!("{} messages forwarded", done.messages);
            if done.dropped.total() > 0 {
                summary += &format!(", malformed ones dropped: {}", done.dropped);
            }
            if done.fell_behind > 0 {
                summary += &format!(
                    ", subscribers fell behind: {} messages found a full queue",
                    done.fell_behind
                );
            }
            // The forwarder has ended, and its tap with it: this is the last one.
            if let Some(journal) = journal.and_then(Arc::into_inner) {
                let kept = journal.close();
                summary += &format!(", journaled {}, duplicates {}", kept.saved, kept.duplicates);
                if kept.lost > 0 {
                    tracing::error!("{} messages could not be written to the journal", kept.lost);
                }
            }
            if done.not_tapped.total() > 0 {
                summary += &format!(", not journaled: {}", done.not_tapped);
            }
            Ok(summary)
        }),
    }])
}

/// Hands copies to the journal, which takes them without making anybody wait.
fn tap(journal: Arc<Journal>, inbound: &Inbound) -> Tap {
    let (Inbound::Bind(addresses) | Inbound::Connect(addresses)) = inbound;
    // ZeroMQ does not say from which of several a message came.
    let endpoint: Option<Arc<str>> = match addresses.as_slice() {
        [only] => Some(only.as_str().into()),
        _ => None,
    };
    Box::new(move |topic, body| {
        let message = Message::new(topic, body);
        let received = journal::now();
        let entry = Entry { message, received, endpoint: endpoint.clone(), verdict: UNCHECKED };
        journal.submit(entry).map_err(|Full| "journal-full")
    })
}
