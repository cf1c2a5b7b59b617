//! What relay and gateway have in common: both are a forwarder.

use std::time::Duration;

use fedhub::Result;
use fedhub::bus::{Forwarder, ForwarderOptions};

use crate::supervisor::Task;

/// Binds and connects a forwarder, and says where.
pub(super) fn task(name: &'static str, options: ForwarderOptions, grace: f64) -> Result<Task> {
    let (forwarder, stop) = Forwarder::new(options)?;
    tracing::info!(
        inbound = forwarder.inbound_addresses.join(","),
        outbound = forwarder.outbound_addresses.join(","),
        "{name} ready"
    );
    let grace = Duration::from_secs_f64(grace);
    Ok(Task {
        name,
        needed: true,
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
            Ok(summary)
        }),
    })
}
