//! Whether daemons are ready and their consumers at work.

use std::time::Duration;

use fedhub::bus::Settings;
use fedhub::config::Config;
use fedhub::daemons::Door;

use super::{Finding, State};
use crate::cli;

/// Whom to ask.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Place {
    /// Ask the monitoring socket there, of fedhub or the Python fedmsg, instead of those configured.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    monitoring: Option<String>,
}

impl Place {
    fn doors(&self, config: &Config) -> Vec<Door> {
        match &self.monitoring {
            Some(endpoint) => vec![Door::monitoring(endpoint)],
            None => Door::all(config),
        }
    }

    /// Whether there is anybody to ask.
    pub(super) fn is_anywhere(&self, config: &Config) -> bool {
        !self.doors(config).is_empty()
    }
}

/// Whether each daemon is ready.
pub(super) fn check(
    place: &Place,
    config: &Config,
    timeout: Duration,
) -> anyhow::Result<Vec<Finding>> {
    let doors = place.doors(config);
    if doors.is_empty() {
        return Ok(vec![nobody("hub")]);
    }
    let settings = Settings::from(config);
    let finding = |door: Door| match door.ask(&settings, timeout) {
        Ok(told) if told.problems.is_empty() => Finding::new("hub", door.role, State::Ok, "ready"),
        Ok(told) => {
            let why = format!("not ready: {}", told.problems.join("; "));
            Finding::new("hub", door.role, State::Critical, why)
        }
        Err(why) => Finding::new("hub", door.role, State::Critical, why),
    };
    Ok(doors.into_iter().map(finding).collect())
}

fn nobody(check: &'static str) -> Finding {
    let why = "there is nobody to ask: set hub.http (or relay.http, gateway.http), or name a socket \
               with --monitoring";
    Finding::new(check, "-", State::Unknown, why)
}

/// Whether consumers are at work.
pub(super) fn check_consumers(
    names: &[String],
    place: &Place,
    config: &Config,
    timeout: Duration,
) -> anyhow::Result<Vec<Finding>> {
    let doors = place.doors(config);
    if doors.is_empty() {
        return Ok(vec![nobody("consumer")]);
    }
    let settings = Settings::from(config);
    let (mut seen, mut findings) = (Vec::new(), Vec::new());
    for door in doors {
        match door.ask(&settings, timeout) {
            Ok(told) => seen.extend(told.consumers),
            Err(why) => findings.push(Finding::new("consumer", door.role, State::Unknown, why)),
        }
    }
    let wanted: Vec<String> = if !names.is_empty() {
        names.to_vec()
    } else if !config.consumers.is_empty() && place.monitoring.is_none() {
        config.consumers.keys().cloned().collect()
    } else {
        seen.iter().map(|consumer| consumer.name.clone()).collect()
    };
    findings.extend(wanted.into_iter().map(|name| {
        let Some(consumer) = seen.iter().find(|consumer| consumer.name == name) else {
            return Finding::new("consumer", name, State::Critical, "is not active");
        };
        let (state, text) = match consumer.initialized {
            true => (State::Ok, "at work"),
            false => (State::Critical, "is not initialized"),
        };
        let finding = Finding::new("consumer", name, state, text);
        match consumer.backlog {
            Some(backlog) => finding.with("backlog", backlog as f64, ""),
            None => finding,
        }
    }));
    Ok(findings)
}
