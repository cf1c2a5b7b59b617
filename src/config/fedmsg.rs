//! fedmsg's settings as fedhub's: which names differ, and which are not used.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::fedmsg_d::{Origin, Reading};
use super::keys::{self, KEYS, Kind};
use super::{Config, Layer, text};
use crate::{Error, Kind as ErrorKind, Result};

/// Names that differ: fedmsg's, fedhub's.
const RENAMED: [(&str, &str); 4] = [
    ("moksha.monitoring.socket", "hub.monitoring"),
    ("datagrepper_url", "hub.datagrepper_url"),
    ("fedmsg.consumers.gateway.port", "gateway.port"),
    ("fedmsg.consumers.gateway.high_water_mark", "gateway.high_water_mark"),
];

/// What fedmsg's files say, in fedhub's terms.
#[derive(Debug, Default)]
pub struct Translation {
    /// The settings fedhub uses.
    pub used: Table,
    /// The settings it does not.
    pub unused: Table,
}

/// fedhub's name of one of fedmsg's keys, if it has that setting.
fn name_here(key: &str) -> Option<&'static str> {
    let renamed = RENAMED.iter().find(|(theirs, _)| *theirs == key).map(|(_, ours)| *ours);
    let same =
        || KEYS.iter().map(|known| known.name).find(|name| *name == key && !name.contains('.'));
    renamed.or_else(same)
}

/// Sorts what was read into settings used and not used.
pub fn translate(reading: &Reading) -> Translation {
    let mut translation = Translation::default();
    for (key, value) in &reading.config {
        match name_here(key) {
            Some(name) => {
                let setting = text::nested(name, as_number(name, value.clone()));
                super::merge(&mut translation.used, &setting);
            }
            None => {
                translation.unused.insert(key.clone(), value.clone());
            }
        }
    }
    translation
}

/// Python writes whole numbers as floats or truth values where it likes.
fn as_number(key: &str, value: Value) -> Value {
    if keys::find(key).is_none_or(|key| key.kind != Kind::Number) {
        return value;
    }
    match value {
        Value::Boolean(flag) => Value::Integer(flag.into()),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Value::Integer(number as i64)
        }
        other => other,
    }
}

/// The settings of fedmsg's files as a source, and notes on what is not used or could not be read.
/// A setting fedhub needs that could not be read is an error: it is never guessed.
pub(super) fn layer(reading: &Reading) -> Result<(Layer, Vec<String>)> {
    let mut notes = Vec::new();
    for unread in &reading.unread {
        let place = format!("{}:{}", unread.file.display(), unread.line);
        let what = format!("{place}: {}: {}", unread.reason, unread.text.trim());
        if let Some(name) = unread.key.as_deref().and_then(name_here) {
            return Err(Error::new(ErrorKind::Config, format!("cannot read {name} at {what}")).hint(
                "set it in a TOML file and remove the line; fedhub config import shows the rest",
            ));
        }
        notes.push(what);
    }
    let translation = translate(reading);
    let place = |origin: &Origin| format!("{}:{}", origin.file.display(), origin.line);
    let mut origins = BTreeMap::new();
    for (key, origin) in &reading.origins {
        match name_here(key) {
            Some(name) => {
                let setting = lookup_setting(&translation.used, name);
                if let Err(error) = Value::Table(setting).try_into::<Config>() {
                    let why = format!("{}: {key}: {}", place(origin), error.message());
                    return Err(Error::new(ErrorKind::Config, why)
                        .hint(format!("fedhub config explain {name}")));
                }
                origins.insert(name.to_owned(), place(origin));
            }
            None => notes.push(format!("{}: {key} is not used by fedhub", place(origin))),
        }
    }
    Ok((Layer { name: "fedmsg's files".into(), table: translation.used, origins }, notes))
}

/// A table with only the setting of this name.
fn lookup_setting(table: &Table, name: &str) -> Table {
    super::lookup(table, name).map_or_else(Table::new, |value| text::nested(name, value.clone()))
}
