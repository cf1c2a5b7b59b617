//! Whether every configured endpoint answers.

use std::time::Duration;

use fedhub::bus::{Answer, Peer, Settings, reach};

use super::{Finding, State};
use crate::app::App;

/// Connects to all of them at once, as whoever uses them does.
pub(super) fn check(app: &App, timeout: Duration) -> anyhow::Result<Vec<Finding>> {
    let endpoints = endpoints(app)?;
    let settings = Settings::from(app.config()?);
    // It says itself what cannot be connected to.
    let silence = tracing::subscriber::NoSubscriber::new();
    let answers =
        tracing::subscriber::with_default(silence, || reach(&settings, &endpoints, timeout))?;
    let findings = endpoints.into_iter().zip(answers).map(|((endpoint, _), answer)| match answer {
        Answer::Connected(time) => {
            let text = format!("connected in {:.0} ms", time.as_secs_f64() * 1e3);
            Finding::new("conn", endpoint, State::Ok, text).with(
                "connect_seconds",
                time.as_secs_f64(),
                "s",
            )
        }
        Answer::Nothing(why) => Finding::new("conn", endpoint, State::Critical, why),
    });
    Ok(findings.collect())
}

/// Every endpoint in the settings, and what is there.
fn endpoints(app: &App) -> anyhow::Result<Vec<(String, Peer)>> {
    let loaded = app.loaded()?;
    let config = &loaded.config;
    let named = |key| !loaded.origins(key).is_empty();
    let mut all: Vec<(String, Peer)> = Vec::new();
    let mut add = |endpoint: &String, peer| {
        if !all.iter().any(|(known, _)| known == endpoint) {
            all.push((endpoint.clone(), peer));
        }
    };
    config.subscriptions().iter().for_each(|endpoint| add(endpoint, Peer::Publisher));
    // Built-in addresses are no wish to use them.
    if named("relay_inbound") {
        config.relay_inbound.0.iter().for_each(|endpoint| add(endpoint, Peer::Subscriber));
    }
    if config.relay.journal.is_some() || named("relay.receipts") {
        config.relay.receipts.0.iter().for_each(|endpoint| add(endpoint, Peer::Server));
    }
    let replay = [&config.relay.replay, &config.gateway.replay, &config.hub.replay];
    let replay = replay.into_iter().flatten().chain(config.replay_endpoints.values());
    replay.for_each(|endpoint| add(endpoint, Peer::Server));
    for consumer in config.consumers.values() {
        let peer = if consumer.durable { Peer::Server } else { Peer::Subscriber };
        consumer.endpoint.iter().for_each(|endpoint| add(endpoint, peer));
    }
    Ok(all)
}
