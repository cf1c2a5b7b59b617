//! The gateway: everything that is published inside, on one port for subscribers outside.

use fedhub::Result;
use fedhub::bus::{ForwarderOptions, Given, Inbound, Settings};
use fedhub::config::Config;
use fedhub::{Error, Kind};

use super::forward;
use crate::replay;
use crate::supervisor::Task;

pub(super) fn build(config: &Config) -> Result<Vec<Task>> {
    let endpoints = config.subscriptions();
    if endpoints.is_empty() {
        return Err(Error::new(Kind::Config, "there is no endpoint to subscribe to")
            .hint("fedhub config explain endpoints"));
    }
    let stream = forward::stream("gateway");
    let options = ForwarderOptions {
        settings: Settings::from(config),
        heartbeats: forward::heartbeats(config, "gateway", &stream)?,
        stream,
        inbound: Inbound::Connect(endpoints),
        outbound: vec![format!("tcp://{}:{}", config.gateway.host, config.gateway.port)],
        outbound_high_water_mark: config.gateway.high_water_mark,
        receipts: Vec::new(),
        given: Given::default(),
        rewrite: None,
    };
    let journal = config.gateway.journal.as_ref();
    let (task, _) = forward::task("gateway", options, journal, config)?;
    let replay = config.gateway.replay.as_deref();
    let replay = replay::configured("gateway replay", replay, journal, config)?;
    Ok([task].into_iter().chain(replay).collect())
}
