//! The gateway: everything that is published inside, on one port for subscribers outside.

use fedhub::Result;
use fedhub::bus::{ForwarderOptions, Inbound, Settings};
use fedhub::config::Config;
use fedhub::{Error, Kind};

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
    super::forward::task("gateway", options, config.gateway.journal.as_deref(), config)
}
