//! What relay and gateway have in common: both are a forwarder that may keep what it publishes, and
//! say how their stream is.

mod probe;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fedhub::Result;
use fedhub::bus::{Counters, Forwarder, ForwarderOptions, Heartbeats};
use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::journal::{Journal, Options};

use crate::supervisor::Task;

/// The name of a role's stream.
pub(super) fn stream(role: &str) -> String {
    let host = nix::unistd::gethostname().unwrap_or_default();
    let host = host.to_string_lossy();
    format!("{role}.{}", host.split('.').next().unwrap_or_default())
}

/// The heartbeats of a stream, signed with its own key, its role's, or that of a signing relay.
/// Without a key there are none, unless nothing is signed here.
pub(super) fn heartbeats(config: &Config, role: &str, stream: &str) -> Result<Option<Heartbeats>> {
    if config.heartbeat_interval == 0.0 {
        return Ok(None);
    }
    if config.sign_messages == Some(false) {
        return Ok(Heartbeats::new(config, role, stream, None));
    }
    let certname = [stream, role, super::relay::CERTNAME]
        .into_iter()
        .find_map(|entry| config.certnames.get(entry));
    let Some(certname) = certname else {
        tracing::warn!("{role} sends no heartbeats: certnames has no entry {stream:?}");
        return Ok(None);
    };
    match Signer::from_settings(config, certname) {
        Ok(signer) => Ok(Heartbeats::new(config, role, stream, Some(signer))),
        Err(error) if config.sign_messages == Some(true) => Err(error),
        Err(error) => {
            tracing::warn!("{role} sends no heartbeats: {error}");
            Ok(None)
        }
    }
}

/// Binds and connects a forwarder, opens its journal if it has one, and says where.
pub(super) fn task(
    name: &'static str,
    options: ForwarderOptions,
    journal: Option<&PathBuf>,
    config: &Config,
) -> Result<(Task, Vec<String>)> {
    let (mut forwarder, stop) = Forwarder::new(options)?;
    // After the ports: whoever finds them taken leaves no traces.
    let journal = journal.map(|path| Journal::open(Options::new(path.clone(), config)));
    let journal = journal.transpose()?.map(Arc::new);
    if let Some(journal) = &journal {
        forwarder.keep_in(Arc::clone(journal))?;
    }
    let receipts = forwarder.receipts_addresses().to_vec();
    let receipts_at = (!receipts.is_empty()).then(|| receipts.join(","));
    let grace = Duration::from_secs_f64(config.grace_period);
    let counters = forwarder.counters();
    let probe = probe::probe(name, Arc::clone(&counters), journal.as_ref().map(Arc::downgrade));
    let task = Task {
        name,
        pages: None,
        needed: true,
        probe: Some(probe),
        stop: Box::new(move || stop.stop()),
        work: Box::new(move |heartbeat| {
            // Not before: ports may be taken only to see whether they are free.
            tracing::info!(
                inbound = forwarder.inbound_addresses.join(","),
                outbound = forwarder.outbound_addresses.join(","),
                receipts = receipts_at,
                "{name} ready"
            );
            forwarder.run(grace, |messages| heartbeat.beat(messages))?;
            // The forwarder has ended, and what it had of the journal with it.
            let kept = journal.and_then(Arc::into_inner).map(Journal::close);
            let mut summary = summary(&counters);
            if let Some(kept) = kept {
                summary += &format!(", journaled {}, duplicates {}", kept.saved, kept.duplicates);
                if kept.lost > 0 {
                    tracing::error!("{} messages could not be written to the journal", kept.lost);
                }
            }
            Ok(summary)
        }),
    };
    Ok((task, receipts))
}

fn summary(counters: &Counters) -> String {
    let mut summary = format!("{} messages forwarded", counters.forwarded.get());
    if counters.dropped.total() > 0 {
        summary += &format!(", malformed ones dropped: {}", counters.dropped);
    }
    let behind = counters.behind.get();
    if behind > 0 {
        summary += &format!(", subscribers fell behind: {behind} messages found a full queue");
    }
    if counters.receipts.total() > 0 {
        summary += &format!(", receipts: {}", counters.receipts);
    }
    if counters.not_journaled.total() > 0 {
        summary += &format!(", sent on before they were journaled: {}", counters.not_journaled);
    }
    summary
}
