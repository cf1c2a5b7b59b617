//! Settings: where they come from, in which order, and what is wrong with them.
//!
//! Later sources win, key by key: built-in values, fedmsg's own files, `/etc/fedhub/*.toml`, the
//! user's files or the one named on the command line, environment variables, flags. Tables such as
//! `endpoints` merge entry by entry.
//!
//! - [`model`]: the settings as types
//! - [`keys`]: what each key means
//! - [`endpoint`]: the form of addresses
//! - [`fedmsg`], [`fedmsg_d`]: fedmsg's configuration, read without running Python

pub mod endpoint;
pub mod fedmsg;
pub mod fedmsg_d;
mod file;
pub mod keys;
mod model;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use crate::{Error, Kind, Result};
pub use model::{
    Addresses, Archive, Busmon, Config, Consumer, CryptoBackend, Endpoints, Gateway, Hook, Journal,
    Relay,
};
pub use text::variable;

/// Where to look for settings. Everything that depends on the host or the user enters here.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The file named on the command line; it replaces the user's own files.
    pub file: Option<PathBuf>,
    /// The directory of the user's files.
    pub user_dir: Option<PathBuf>,
    /// The directory of the system's files.
    pub system_dir: Option<PathBuf>,
    /// fedmsg's own files, in the order they are read.
    pub fedmsg_files: Vec<PathBuf>,
    /// What fedmsg's files may ask about the host.
    pub host: fedmsg_d::Host,
    /// Environment variables; those of the form `FEDHUB_KEY` are settings.
    pub variables: BTreeMap<String, String>,
    /// The directory of the service's credentials, if the service manager gives it some.
    pub credentials: Option<PathBuf>,
    /// Settings from the command line: key and text.
    pub flags: Vec<(String, String)>,
}

/// One source of settings.
#[derive(Debug)]
pub struct Layer {
    /// What it is, for people.
    pub name: String,
    /// What it sets.
    pub table: Table,
    /// Where each dotted key is set, as `FILE:LINE` or a variable's name.
    pub origins: BTreeMap<String, String>,
}

/// The settings in force, and where they come from.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Their sources, the weakest first.
    pub layers: Vec<Layer>,
    /// What is not used of fedmsg's files, and what could not be read.
    pub notes: Vec<String>,
}

/// Reads all settings.
pub fn load(places: &Places) -> Result<Loaded> {
    let mut notes = Vec::new();
    let mut layers = Vec::new();
    if !places.fedmsg_files.is_empty() {
        let reading = fedmsg_d::read(&places.fedmsg_files, &places.host)?;
        let (layer, more) = fedmsg::layer(&reading)?;
        layers.push(layer);
        notes.extend(more);
    }
    if let Some(folder) = &places.system_dir {
        layers.extend(file::read_dir(folder)?);
    }
    match (&places.file, &places.user_dir) {
        (Some(path), _) => layers.push(file::read(path)?),
        (None, Some(folder)) => layers.extend(file::read_dir(folder)?),
        (None, None) => {}
    }
    notes.extend(text::unknown_variables(&places.variables));
    layers.push(text::variables(&places.variables)?);
    layers.push(text::flags(&places.flags)?);
    let mut merged = Table::new();
    for layer in &layers {
        merge(&mut merged, &layer.table);
    }
    let mut config: Config = Value::Table(merged).try_into().map_err(|error| {
        Error::new(Kind::Config, "the settings do not fit together").because(error)
    })?;
    config.credentials.clone_from(&places.credentials);
    let loaded = Loaded { config, layers, notes };
    loaded.check()?;
    Ok(loaded)
}

impl Loaded {
    /// Where `key` is set, the strongest first.
    pub fn origins(&self, key: &str) -> Vec<(&str, &Value)> {
        self.layers
            .iter()
            .rev()
            .filter_map(|layer| {
                let value = lookup(&layer.table, key)?;
                let origin = layer.origins.get(key).unwrap_or(&layer.name);
                Some((origin.as_str(), value))
            })
            .collect()
    }

    fn check(&self) -> Result<()> {
        let config = &self.config;
        let wrong = |key: &str, why: String| {
            let origin =
                self.origins(key).first().map_or("built-in", |(origin, _)| origin).to_owned();
            Error::new(Kind::Config, format!("{origin}: {key}: {why}"))
                .hint(format!("fedhub config explain {key}"))
        };
        let mut lists = vec![("relay_inbound".to_owned(), &config.relay_inbound)];
        lists.extend(config.relay_outbound.iter().map(|list| ("relay_outbound".to_owned(), list)));
        lists.extend(
            config.endpoints.iter().map(|(name, list)| (format!("endpoints.{name}"), list)),
        );
        for (key, list) in lists {
            for address in &list.0 {
                endpoint::check(address).map_err(|why| wrong(&key, why))?;
            }
        }
        for (key, seconds) in [
            ("publish_timeout", config.publish_timeout),
            ("grace_period", config.grace_period),
            ("heartbeat_interval", config.heartbeat_interval),
            ("silence_timeout", config.silence_timeout),
            ("hook.timeout", config.hook.timeout),
        ] {
            if !(0.0..=3600.0).contains(&seconds) {
                return Err(wrong(key, format!("{seconds} is not between 0 and 3600 seconds")));
            }
        }
        for (key, value, most) in [
            ("zmq_tcp_keepalive", config.zmq_tcp_keepalive, 1),
            ("zmq_tcp_keepalive_cnt", config.zmq_tcp_keepalive_cnt, i32::MAX),
            ("zmq_tcp_keepalive_idle", config.zmq_tcp_keepalive_idle, i32::MAX),
            ("zmq_tcp_keepalive_intvl", config.zmq_tcp_keepalive_intvl, i32::MAX),
        ] {
            if !(-1..=most).contains(&value) {
                return Err(wrong(key, format!("{value} is not between -1 and {most}")));
            }
        }
        for (key, empty) in [
            ("topic_prefix", config.topic_prefix.is_empty()),
            ("environment", config.environment.is_empty()),
            ("gateway.host", config.gateway.host.is_empty()),
            ("relay_inbound", config.relay_inbound.0.is_empty()),
        ] {
            if empty {
                return Err(wrong(key, "must not be empty".into()));
            }
        }
        if config.max_message_size == 0 {
            return Err(wrong("max_message_size", "0 would refuse every message".into()));
        }
        Ok(())
    }
}

/// The value of a dotted key. Keys inside an operator's own table may contain dots themselves.
fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    if let Some(value) = table.get(key) {
        return Some(value);
    }
    let (first, rest) = key.split_once('.')?;
    lookup(table.get(first)?.as_table()?, rest)
}

/// Puts `upper` over `lower`; tables merge, everything else is replaced.
fn merge(lower: &mut Table, upper: &Table) {
    for (key, value) in upper {
        match (lower.get_mut(key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            _ => {
                lower.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(files: &[(&str, &str)]) -> (tempfile::TempDir, Places) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let places = Places {
            user_dir: Some(dir.path().join("user")),
            system_dir: Some(dir.path().join("system")),
            ..Places::default()
        };
        (dir, places)
    }

    #[test]
    fn stronger_sources_win_key_by_key() {
        let (dir, mut places) = places(&[
            (
                "system/a.toml",
                "environment = 'stg'\ntopic_prefix = 'a'\n[endpoints]\nx = 'tcp://h:1'",
            ),
            ("system/b.toml", "topic_prefix = 'b'\n[endpoints]\ny = ['tcp://h:2']"),
            ("user/c.toml", "environment = 'user'"),
            ("user/busmon.toml", "theme = 'dark'"),
            ("fedmsg.d/base.py", "config = dict(environment='py', name='svc', unknown_key=1)"),
        ]);
        places.fedmsg_files = vec![dir.path().join("fedmsg.d/base.py")];
        let loaded = load(&places).unwrap();
        let config = &loaded.config;
        assert_eq!((config.environment.as_str(), config.topic_prefix.as_str()), ("user", "b"));
        assert_eq!(config.name.as_deref(), Some("svc"));
        assert_eq!(config.subscriptions(), ["tcp://h:1", "tcp://h:2"]);
        let origins: Vec<_> = loaded.origins("environment").into_iter().map(|(o, _)| o).collect();
        assert_eq!(origins.len(), 3);
        assert!(origins[0].ends_with("user/c.toml:1"), "{origins:?}");
        assert!(origins[2].ends_with("base.py:1"), "{origins:?}");

        places.file = Some(dir.path().join("system/a.toml"));
        places.variables = [("FEDHUB_RELAY_INBOUND".into(), "tcp://h:3,tcp://h:4".into())].into();
        let config = load(&places).unwrap().config;
        assert_eq!(config.environment, "stg");
        assert_eq!(config.relay_inbound.0, ["tcp://h:3", "tcp://h:4"]);
    }

    #[test]
    fn the_default_endpoints_stand_only_while_none_are_set() {
        let (_dir, unset) = places(&[]);
        let config = load(&unset).unwrap().config;
        assert_eq!(config.subscriptions(), ["tcp://127.0.0.1:4001"]);
        let (_dir, set) = places(&[("user/a.toml", "relay_outbound = 'tcp://h:9'")]);
        let config = load(&set).unwrap().config;
        assert_eq!(config.subscriptions(), ["tcp://h:9"]);
        assert_eq!(config.relay_outbound(), ["tcp://h:9"]);
    }

    #[test]
    fn mistakes_are_named_with_file_and_line() {
        for (text, expected) in [
            ("\ntopic_prefx = 'x'", "a.toml:2: unknown key `topic_prefx`"),
            ("[gateway]\nprot = 1", "a.toml:2: unknown key `gateway.prot`"),
            ("high_water_mark = 'x'", "a.toml:1: high_water_mark: invalid type"),
            ("[relay]\n[gateway]\nport = -1", "a.toml:3: gateway.port: invalid value"),
            ("a = [", "a.toml:1: "),
            ("relay_inbound = 'tcp://h'", "a.toml:1: relay_inbound: \"tcp://h\""),
            ("publish_timeout = -1.0", "a.toml:1: publish_timeout: -1"),
        ] {
            let (_dir, places) = places(&[("user/a.toml", text)]);
            let error = load(&places).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.to_string().contains(expected), "{error} should have {expected}");
        }
    }
}
