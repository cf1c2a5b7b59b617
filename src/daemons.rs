//! Daemons, asked from outside how they are: by their health pages, else by the state they publish, as the
//! Python fedmsg does too.

use std::time::Duration;

use serde_json::Value;

use crate::bus::{Settings, hear};
use crate::config::Config;

/// A longer answer is refused.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;
/// Of more consumers nothing is taken.
const MAX_CONSUMERS: usize = 1000;

/// Where a daemon can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The daemon.
    pub role: String,
    /// How it is asked.
    pub way: Way,
}

/// How a daemon is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By the health pages at this address.
    Http(String),
    /// By the state that it publishes at this endpoint.
    Monitoring(String),
}

/// What a daemon says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Why it is not ready; empty when it is.
    pub problems: Vec<String>,
    /// Its consumers.
    pub consumers: Vec<Consumer>,
}

/// What a daemon says of a consumer. What it does not say is not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Whether it is at work.
    pub initialized: bool,
    /// How many messages wait for it.
    pub backlog: Option<u64>,
    /// For how many seconds the oldest of them has waited.
    pub oldest: Option<f64>,
    /// How many messages it has dealt with since its daemon began.
    pub done: Option<u64>,
    /// How many deliveries failed since then.
    pub failures: Option<u64>,
    /// How many messages were put aside since then.
    pub quarantined: Option<u64>,
}

impl Door {
    /// The state published at this endpoint.
    pub fn monitoring(endpoint: &str) -> Self {
        Self { role: endpoint.to_owned(), way: Way::Monitoring(endpoint.to_owned()) }
    }

    /// Every daemon that can be asked by the settings. Health pages say more, so the state for fedmsg-check is only
    /// asked where there are none.
    pub fn all(config: &Config) -> Vec<Self> {
        let roles = [
            ("relay", &config.relay.http, &config.relay.monitoring),
            ("gateway", &config.gateway.http, &config.gateway.monitoring),
            ("hub", &config.hub.http, &config.hub.monitoring),
            ("nommer", &config.archive.http, &None),
            ("serve", &config.serve.http, &None),
        ];
        let door = |(role, http, monitoring): (&str, &Option<String>, &Option<String>)| {
            let http = http.as_ref().map(|http| Way::Http(address(http)));
            let way = http.or_else(|| monitoring.clone().map(Way::Monitoring))?;
            Some(Self { role: role.to_owned(), way })
        };
        roles.into_iter().filter_map(door).collect()
    }

    /// Asks; gives why there is no answer, if there is none.
    pub fn ask(&self, settings: &Settings, timeout: Duration) -> Result<Told, String> {
        match &self.way {
            Way::Http(address) => ready_page(address, timeout),
            Way::Monitoring(endpoint) => {
                let heard = hear(settings, endpoint, timeout).map_err(|error| error.to_string())?;
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

/// Where to reach what listens on `bound`.
fn address(bound: &str) -> String {
    bound.replacen("0.0.0.0:", "127.0.0.1:", 1).replacen("[::]:", "[::1]:", 1)
}

/// Gets a page of a daemon: its status and its text.
pub fn get_page(address: &str, page: &str, timeout: Duration) -> Result<(u16, String), String> {
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

/// Reads the state as moksha publishes it.
fn published(state: &Value) -> Option<Told> {
    let consumers = consumers(state)?;
    let idle = consumers.iter().filter(|consumer| !consumer.initialized);
    let problems = idle.map(|consumer| format!("{} is not initialized", consumer.name)).collect();
    Some(Told { problems, consumers })
}

fn consumers(state: &Value) -> Option<Vec<Consumer>> {
    let count = |value: &Value| value.as_f64().map(|count| count as u64);
    let all = state["consumers"].as_array()?.iter().take(MAX_CONSUMERS).filter_map(|consumer| {
        Some(Consumer {
            name: consumer["name"].as_str()?.to_owned(),
            initialized: consumer["initialized"].as_bool()?,
            backlog: count(&consumer["backlog"]),
            oldest: consumer["oldest_seconds"].as_f64(),
            done: count(&consumer["done"]),
            failures: count(&consumer["failures"]),
            quarantined: count(&consumer["quarantined"]),
        })
    });
    Some(all.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_python_fedmsg_publishes_is_read() {
        let state = json!({"consumers": [
            {"name": "A", "initialized": true, "backlog": 3, "exceptions": 1},
            {"name": "B", "initialized": false, "backlog": 2.0},
            {"initialized": true}, "nonsense",
        ], "producers": []});
        let told = published(&state).unwrap();
        assert_eq!(told.problems, ["B is not initialized"]);
        let backlogs: Vec<_> = told.consumers.iter().map(|one| (&*one.name, one.backlog)).collect();
        assert_eq!(backlogs, [("A", Some(3)), ("B", Some(2))]);
        assert_eq!((told.consumers[0].failures, told.consumers[0].done), (None, None));
        assert!(published(&json!({"consumers": 1})).is_none() && published(&json!([])).is_none());
    }

    #[test]
    fn what_is_in_the_settings_can_be_asked() {
        let mut config = Config::default();
        config.relay.http = Some("0.0.0.0:9921".into());
        config.relay.monitoring = Some("tcp://127.0.0.1:1".into());
        config.hub.monitoring = Some("ipc:///run/hub".into());
        config.archive.http = Some("[::]:9925".into());
        let doors = Door::all(&config);
        let door = |role: &str, way| Door { role: role.into(), way };
        let expected = [
            door("relay", Way::Http("127.0.0.1:9921".into())),
            door("hub", Way::Monitoring("ipc:///run/hub".into())),
            door("nommer", Way::Http("[::1]:9925".into())),
        ];
        assert_eq!(doors, expected);
    }
}
