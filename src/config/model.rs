//! The settings, under fedmsg's own names where it has one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// Named addresses: `service.host` to a list of endpoints.
pub type Endpoints = BTreeMap<String, Addresses>;

/// All settings. [`super::keys::KEYS`] says what each one means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Config {
    pub topic_prefix: String,
    pub environment: String,
    pub endpoints: Endpoints,
    pub relay_inbound: Addresses,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay_outbound: Option<Addresses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_messages: Option<bool>,
    pub validate_signatures: bool,
    pub crypto_backend: CryptoBackend,
    pub ssldir: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_cert_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_cert_cache: Option<PathBuf>,
    pub ca_cert_cache_expiry: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crl_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crl_cache: Option<PathBuf>,
    pub crl_cache_expiry: u64,
    pub certnames: BTreeMap<String, String>,
    pub routing_policy: BTreeMap<String, Vec<String>>,
    pub routing_nitpicky: bool,
    pub high_water_mark: u32,
    pub max_message_size: u64,
    pub io_threads: u16,
    pub zmq_linger: u32,
    pub zmq_reconnect_ivl: u32,
    pub zmq_reconnect_ivl_max: u32,
    pub zmq_tcp_keepalive: i32,
    pub zmq_tcp_keepalive_cnt: i32,
    pub zmq_tcp_keepalive_idle: i32,
    pub zmq_tcp_keepalive_intvl: i32,
    pub zmq_heartbeat_ivl: u32,
    pub zmq_heartbeat_timeout: u32,
    pub publish_timeout: f64,
    pub grace_period: f64,
    pub heartbeat_interval: f64,
    pub silence_timeout: f64,
    pub silence_armed: bool,
    pub replay_endpoints: BTreeMap<String, String>,
    pub rules_dir: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<PathBuf>,
    pub relay: Relay,
    pub hook: Hook,
    pub gateway: Gateway,
    pub hub: Hub,
    pub serve: Serve,
    pub journal: Journal,
    pub consumers: BTreeMap<String, Consumer>,
    pub archive: Archive,
    pub busmon: Busmon,
    /// The directory of the service's credentials, if the service manager gives it some.
    #[serde(skip)]
    pub credentials: Option<PathBuf>,
}

/// What the relay alone needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Relay {
    pub sign: bool,
    pub receipts: Addresses,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spool: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_tokens: Option<PathBuf>,
    pub publish_rate: f64,
    pub publish_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<String>,
}

/// What the hooks of version control need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Hook {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spool: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    pub max_commits: u32,
    pub max_files: u32,
    pub timeout: f64,
}

/// What the gateway alone needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Gateway {
    pub host: String,
    pub port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_water_mark: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<String>,
}

/// What the hub alone needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Hub {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<PathBuf>,
    pub from: String,
    pub catch_up_rate: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datagrepper_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<String>,
}

/// What the archive's pages need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Serve {
    pub listen: String,
    pub connections: u32,
    pub timeout: f64,
    pub streams: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
}

/// The archive, and what keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Archive {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub trigrams: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
}

/// The terminal monitor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Busmon {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memcached: Option<String>,
}

/// One consumer of the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// What it does: the name of an entry in the table of consumers (`exec`, `webhook`, `relay`,
    /// `archive`, `colorizer`, `stuffer`).
    #[serde(rename = "type")]
    pub kind: String,
    /// Which topics it gets, as patterns; empty: all.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Which messages it gets beside that, as shorthand; empty: all.
    #[serde(default, deserialize_with = "filter_texts")]
    pub filter: Vec<String>,
    /// exec: the program and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// exec: run the program anew for each message, with the message on its standard input.
    #[serde(default)]
    pub each: bool,
    /// webhook: where to POST; archive: where it is, if not at `archive.url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// webhook: the file with the secret that signs (`whsec_` and base64).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// relay: where to send to, a relay's inbound or, with `durable`, its receipts address; colorizer: where
    /// to send to, if not to `relay_inbound`; stuffer: where memcached is, if not at `busmon.memcached`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// relay: wait for a receipt of each message.
    #[serde(default)]
    pub durable: bool,
    /// colorizer: messages a second; more are left out.
    #[serde(default = "Consumer::default_rate")]
    pub rate: f64,
    /// Seconds one message may take.
    #[serde(default = "Consumer::default_timeout")]
    pub timeout: f64,
    /// How often a message is tried before it goes to quarantine.
    #[serde(default = "Consumer::default_attempts")]
    pub attempts: u32,
    /// Seconds before the second attempt; the pause doubles each time.
    #[serde(default = "Consumer::default_retry")]
    pub retry: f64,
    /// Seconds the pause may reach.
    #[serde(default = "Consumer::default_retry_max")]
    pub retry_max: f64,
}

impl Consumer {
    /// One of this kind, with the defaults of everything else.
    pub fn of_kind(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            topics: Vec::new(),
            filter: Vec::new(),
            command: Vec::new(),
            each: false,
            url: None,
            secret_file: None,
            endpoint: None,
            durable: false,
            rate: Self::default_rate(),
            timeout: Self::default_timeout(),
            attempts: Self::default_attempts(),
            retry: Self::default_retry(),
            retry_max: Self::default_retry_max(),
        }
    }

    fn default_rate() -> f64 {
        10.0
    }

    fn default_timeout() -> f64 {
        30.0
    }

    fn default_attempts() -> u32 {
        5
    }

    fn default_retry() -> f64 {
        0.5
    }

    fn default_retry_max() -> f64 {
        60.0
    }
}

/// How long messages are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "each key is documented once, in the table the user sees")]
pub struct Journal {
    pub max_age: u64,
    pub max_size: u64,
}

/// How messages are signed. fedmsg also knows `gpg`; fedhub does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CryptoBackend {
    /// X.509 certificates.
    #[default]
    X509,
}

/// A list of endpoints; a single one may be written without the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Addresses(pub Vec<String>);

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "an endpoint such as \"tcp://127.0.0.1:4001\", or a list of them";
        deserializer.deserialize_any(OneOrMany(expected)).map(Addresses)
    }
}

fn filter_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(OneOrMany("a filter such as \"bodhi.* user=alice\", or a list"))
}

/// A text or a list of texts; says what is expected.
struct OneOrMany(&'static str);

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E>(self, one: &str) -> Result<Vec<String>, E> {
        Ok(vec![one.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(all)
    }
}

impl Addresses {
    /// A single endpoint.
    pub fn one(endpoint: &str) -> Self {
        Self(vec![endpoint.to_owned()])
    }
}

/// The credential whose files systemd hands over one by one, as `keys_FILE`.
const CREDENTIAL_FOLDER: &str = "keys";

/// Where the relay publishes when nothing else is said.
const RELAY_OUTBOUND: &str = "tcp://127.0.0.1:4001";

impl Default for Config {
    fn default() -> Self {
        Self {
            topic_prefix: "org.fedoraproject".into(),
            environment: "dev".into(),
            endpoints: [("relay_outbound".to_owned(), Addresses::one(RELAY_OUTBOUND))].into(),
            relay_inbound: Addresses::one("tcp://127.0.0.1:2003"),
            relay_outbound: None,
            name: None,
            cert_prefix: None,
            sign_messages: None,
            validate_signatures: true,
            crypto_backend: CryptoBackend::X509,
            ssldir: "/etc/pki/fedmsg".into(),
            ca_cert_location: None,
            ca_cert_cache: None,
            ca_cert_cache_expiry: 3600,
            crl_location: None,
            crl_cache: None,
            crl_cache_expiry: 3600,
            certnames: BTreeMap::new(),
            routing_policy: BTreeMap::new(),
            routing_nitpicky: false,
            high_water_mark: 10_000,
            max_message_size: 8 * 1024 * 1024,
            io_threads: 1,
            zmq_linger: 1000,
            zmq_reconnect_ivl: 100,
            zmq_reconnect_ivl_max: 1000,
            zmq_tcp_keepalive: 1,
            zmq_tcp_keepalive_cnt: 3,
            zmq_tcp_keepalive_idle: 60,
            zmq_tcp_keepalive_intvl: 5,
            zmq_heartbeat_ivl: 5000,
            zmq_heartbeat_timeout: 15_000,
            publish_timeout: 2.0,
            grace_period: 5.0,
            heartbeat_interval: 2.0,
            silence_timeout: 30.0,
            silence_armed: false,
            replay_endpoints: BTreeMap::new(),
            rules_dir: "/etc/fedhub/rules.d".into(),
            accounts: None,
            relay: Relay::default(),
            hook: Hook::default(),
            gateway: Gateway::default(),
            hub: Hub::default(),
            serve: Serve::default(),
            journal: Journal::default(),
            consumers: BTreeMap::new(),
            archive: Archive::default(),
            busmon: Busmon::default(),
            credentials: None,
        }
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            sign: false,
            receipts: Addresses::one("tcp://127.0.0.1:2004"),
            journal: None,
            spool: None,
            replay: None,
            http: None,
            publish_tokens: None,
            publish_rate: 50.0,
            publish_size: 1024 * 1024,
            monitoring: None,
        }
    }
}

impl Default for Hook {
    fn default() -> Self {
        Self { spool: None, root: None, max_commits: 1000, max_files: 1000, timeout: 60.0 }
    }
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            host: "*".into(),
            port: 9940,
            high_water_mark: None,
            journal: None,
            replay: None,
            http: None,
            monitoring: None,
        }
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            journal: None,
            from: "last".into(),
            catch_up_rate: 5000,
            datagrepper_url: None,
            replay: None,
            http: None,
            monitoring: None,
        }
    }
}

impl Default for Serve {
    fn default() -> Self {
        let listen = "127.0.0.1:9950".into();
        Self { listen, connections: 4, timeout: 30.0, streams: 2000, http: None }
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self { max_age: 7 * 24 * 3600, max_size: 1024 * 1024 * 1024 }
    }
}

impl Config {
    /// Where a secret is read from: the service's credential of the same file name, if there is one,
    /// else the file itself.
    pub fn secret(&self, path: &Path) -> PathBuf {
        let credential =
            self.credentials.as_deref().zip(path.file_name()).and_then(|(dir, name)| {
                let name = name.to_string_lossy();
                let places = [dir.join(&*name), dir.join(format!("{CREDENTIAL_FOLDER}_{name}"))];
                places.into_iter().find(|place| place.exists())
            });
        credential.unwrap_or_else(|| path.to_owned())
    }

    /// A file of a key pair in `ssldir`, or among the credentials: its `key` or its `crt`.
    pub fn pair_file(&self, certname: &str, ending: &str) -> PathBuf {
        self.secret(&self.ssldir.join(format!("{certname}.{ending}")))
    }

    /// Where the relay publishes: `relay_outbound`, else the endpoints of that name.
    pub fn relay_outbound(&self) -> Vec<String> {
        let named = self.relay_outbound.as_ref().or_else(|| self.endpoints.get("relay_outbound"));
        match named {
            Some(addresses) => addresses.0.clone(),
            None => vec![RELAY_OUTBOUND.into()],
        }
    }

    /// Every endpoint that publishes: what tail and gateway subscribe to. Publishers send to
    /// `relay_inbound`, so it is not among them.
    pub fn subscriptions(&self) -> Vec<String> {
        self.publishers().into_iter().map(|(_, endpoint)| endpoint).collect()
    }

    /// The same with the name each endpoint stands under; one that stands under several has the first.
    pub fn publishers(&self) -> Vec<(String, String)> {
        let own = self.relay_outbound.iter().map(|addresses| ("relay_outbound", addresses));
        let named = self.endpoints.iter().map(|(name, addresses)| (name.as_str(), addresses));
        let named = named.filter(|(name, _)| {
            let replaced = *name == "relay_outbound" && self.relay_outbound.is_some();
            *name != "relay_inbound" && !replaced
        });
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, addresses) in own.chain(named) {
            for address in &addresses.0 {
                if !all.iter().any(|(_, known)| known == address) {
                    all.push((name.to_owned(), address.clone()));
                }
            }
        }
        all
    }

    /// Where the CA certificate is: `ca_cert_location`, else `ca.crt` in `ssldir`.
    pub fn ca_location(&self) -> String {
        let default = || self.ssldir.join("ca.crt").to_string_lossy().into_owned();
        self.ca_cert_location.clone().unwrap_or_else(default)
    }
}
