//! The gateway: everything that is published inside, on one port for subscribers outside.

use std::path::PathBuf;

use fedhub::Result;
use fedhub::bus::{ForwarderOptions, Inbound, Settings};
use fedhub::config::Config;
use fedhub::{Error, Kind};

use crate::replay;
use crate::supervisor::Task;

pub(super) fn build(config: &Config) -> Result<Vec<Task>> {
    let endpoints = config.subscriptions();
    if endpoints.is_empty() {
        return Err(Error::new(Kind::Config, "there is no endpoint to subscribe to")
            .hint("fedhub config explain endpoints"));
    }
    let options = ForwarderOptions {
        settings: Settings::from(config),
        inbound: Inbound::Connect(endpoints),
        outbound: vec![format!("tcp://{}:{}", config.gateway.host, config.gateway.port)],
        outbound_high_water_mark: config.gateway.high_water_mark,
        rewrite: None,
        tap: None,
    };
    let journal = config.gateway.journal.as_ref();
    let mut tasks =
        super::forward::task("gateway", options, journal.map(PathBuf::as_path), config)?;
    let replay = config.gateway.replay.as_deref();
    tasks.extend(replay::configured("gateway replay", replay, journal, config)?);
    Ok(tasks)
}
