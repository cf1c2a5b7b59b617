//! Whether daemons are ready and their consumers at work: by their health pages, else by the state
//! they publish, as the Python fedmsg does too.

use std::time::Duration;

use fedhub::bus::{Settings, hear};
use fedhub::config::Config;
use serde_json::Value;

use super::{Finding, State};
use crate::cli;

/// A longer answer is refused.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// Whom to ask.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Place {
    /// Ask the monitoring socket there, of fedhub or the Python fedmsg, instead of those configured.
    #[arg(long, value_name = "ENDPOINT", value_parser = cli::endpoint)]
    monitoring: Option<String>,
}

/// Where a daemon can be asked.
struct Door {
    /// The daemon.
    role: String,
    way: Way,
}

enum Way {
    Http(String),
    Monitoring(String),
}

/// What a daemon says.
struct Told {
    /// Why it is not ready.
    problems: Vec<String>,
    consumers: Vec<Consumer>,
}

struct Consumer {
    name: String,
    initialized: bool,
    backlog: Option<f64>,
}

impl Place {
    /// Health pages say more, so the state for fedmsg-check is only asked where there are none.
    fn doors(&self, config: &Config) -> Vec<Door> {
        if let Some(endpoint) = &self.monitoring {
            let way = Way::Monitoring(endpoint.clone());
            return vec![Door { role: endpoint.clone(), way }];
        }
        let roles = [
            ("relay", &config.relay.http, &config.relay.monitoring),
            ("gateway", &config.gateway.http, &config.gateway.monitoring),
            ("hub", &config.hub.http, &config.hub.monitoring),
        ];
        let door = |(role, http, monitoring): (&str, &Option<String>, &Option<String>)| {
            let http = http.as_ref().map(|http| Way::Http(address(http)));
            let way = http.or_else(|| monitoring.clone().map(Way::Monitoring))?;
            Some(Door { role: role.to_owned(), way })
        };
        roles.into_iter().filter_map(door).collect()
    }

    /// Whether there is anybody to ask.
    pub(super) fn is_anywhere(&self, config: &Config) -> bool {
        !self.doors(config).is_empty()
    }
}

/// Where to reach what listens on `bound`.
fn address(bound: &str) -> String {
    bound.replacen("0.0.0.0:", "127.0.0.1:", 1).replacen("[::]:", "[::1]:", 1)
}

impl Door {
    fn ask(&self, config: &Config, timeout: Duration) -> Result<Told, String> {
        match &self.way {
            Way::Http(address) => ready_page(address, timeout),
            Way::Monitoring(endpoint) => {
                let heard = hear(&Settings::from(config), endpoint, timeout);
                let heard = heard.map_err(|error| error.to_string())?;
                let heard = heard.ok_or_else(|| {
                    format!("nothing was published on {endpoint} for {} s", timeout.as_secs_f64())
                })?;
                let state: Value = serde_json::from_slice(&heard)
                    .map_err(|error| format!("{endpoint} does not publish a state: {error}"))?;
                published(&state)
                    .ok_or_else(|| format!("{endpoint} publishes something that is no state"))
            }
        }
    }
}

/// The daemons with health pages, and where those are.
pub(in crate::commands) fn http_doors(config: &Config) -> Vec<(String, String)> {
    let doors = Place::default().doors(config).into_iter();
    let doors = doors.filter_map(|Door { role, way }| match way {
        Way::Http(address) => Some((role, address)),
        Way::Monitoring(_) => None,
    });
    doors.collect()
}

/// Gets a page of a daemon: its status and its text.
pub(in crate::commands) fn get_page(
    address: &str,
    page: &str,
    timeout: Duration,
) -> Result<(u16, String), String> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .proxy(None)
        .max_redirects(0)
        .build()
        .new_agent();
    let url = format!("http://{address}/{page}");
    let failed = |error: ureq::Error| format!("{url}: {error}");
    let mut answer = agent.get(&url).call().map_err(failed)?;
    let body =
        answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string().map_err(failed)?;
    Ok((answer.status().as_u16(), body))
}

/// Asks the page that says whether a daemon is ready.
fn ready_page(address: &str, timeout: Duration) -> Result<Told, String> {
    let (status, body) = get_page(address, "readyz", timeout)?;
    let page: Value = serde_json::from_str(&body)
        .map_err(|_| format!("http://{address} answers {status}, but not as fedhub does"))?;
    let texts = page["problems"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut problems: Vec<String> = texts.map(str::to_owned).collect();
    if page["ready"].as_bool() != Some(true) && problems.is_empty() {
        problems.push(format!("http://{address}/readyz answers {status}"));
    }
    Ok(Told { problems, consumers: consumers(&page).unwrap_or_default() })
}

/// Why the daemon there is not ready.
pub(in crate::commands) fn problems(address: &str, timeout: Duration) -> Vec<String> {
    ready_page(address, timeout).map_or_else(|why| vec![why], |told| told.problems)
}

/// Reads the state as moksha publishes it.
fn published(state: &Value) -> Option<Told> {
    let consumers = consumers(state)?;
    let idle = consumers.iter().filter(|consumer| !consumer.initialized);
    let problems = idle.map(|consumer| format!("{} is not initialized", consumer.name)).collect();
    Some(Told { problems, consumers })
}

fn consumers(state: &Value) -> Option<Vec<Consumer>> {
    let all = state["consumers"].as_array()?.iter().filter_map(|consumer| {
        Some(Consumer {
            name: consumer["name"].as_str()?.to_owned(),
            initialized: consumer["initialized"].as_bool()?,
            backlog: consumer["backlog"].as_f64(),
        })
    });
    Some(all.collect())
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
    let finding = |door: Door| match door.ask(config, timeout) {
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
    let (mut seen, mut findings) = (Vec::new(), Vec::new());
    for door in doors {
        match door.ask(config, timeout) {
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
            Some(backlog) => finding.with("backlog", backlog, ""),
            None => finding,
        }
    }));
    Ok(findings)
}
