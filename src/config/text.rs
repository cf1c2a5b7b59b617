//! Settings given as text: environment variables, `FEDHUB_` and the key in capitals with `_` for each
//! dot, and flags, `KEY=VALUE`.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::keys::{self, KEYS, Key, Kind};
use super::{Config, Layer};
use crate::{Error, Kind as ErrorKind, Result};

/// The settings among environment variables.
pub(super) fn variables(variables: &BTreeMap<String, String>) -> Result<Layer> {
    let settings = KEYS.iter().filter_map(|key| {
        let variable = variable(key.name);
        let text = variables.get(&variable)?;
        Some((key, format!("${variable}"), text.as_str()))
    });
    layer("environment variables", settings)
}

/// The name of the variable that sets a key.
pub fn variable(key: &str) -> String {
    format!("FEDHUB_{}", key.replace('.', "_").to_uppercase())
}

/// Variables that look like settings and are none, each with the nearest that is.
pub(super) fn unknown_variables(variables: &BTreeMap<String, String>) -> Vec<String> {
    let known = |name: &str| {
        // These two are for the command itself and for its tests.
        name == "FEDHUB_CONFIG"
            || name.starts_with("FEDHUB_TEST_")
            || KEYS.iter().any(|key| variable(key.name) == name)
    };
    let unknown = variables.keys().filter(|name| name.starts_with("FEDHUB_") && !known(name));
    let note = |name: &String| {
        let key = name["FEDHUB_".len()..].to_lowercase();
        let near = keys::nearest(&key).map(variable);
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        format!("${name} is not a setting and is ignored{near}")
    };
    unknown.map(note).collect()
}

/// The settings given as flags.
pub(super) fn flags(flags: &[(String, String)]) -> Result<Layer> {
    let setting = |(name, text): &'_ (String, String)| {
        let key = KEYS.iter().find(|key| key.name == name).ok_or_else(|| {
            let error = Error::new(ErrorKind::Usage, format!("--set {name}: unknown key `{name}`"));
            match keys::nearest(name) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("fedhub config explain lists all keys"),
            }
        })?;
        Ok((key, format!("--set {name}"), text.clone()))
    };
    let settings = flags.iter().map(setting).collect::<Result<Vec<_>>>()?;
    layer("flags", settings.iter().map(|(key, origin, text)| (*key, origin.clone(), text.as_str())))
}

fn layer<'a>(
    name: &str,
    settings: impl Iterator<Item = (&'a Key, String, &'a str)>,
) -> Result<Layer> {
    let mut table = Table::new();
    let mut origins = BTreeMap::new();
    for (key, origin, text) in settings {
        let single = nested(key.name, value(key, text));
        if let Err(error) = Value::Table(single.clone()).try_into::<Config>() {
            let why = format!("{origin}={text:?}: {}", error.message());
            return Err(Error::new(ErrorKind::Config, why)
                .hint(format!("fedhub config explain {}", key.name)));
        }
        super::merge(&mut table, &single);
        origins.insert(key.name.to_owned(), origin);
    }
    Ok(Layer { name: name.into(), table, origins })
}

/// Text is taken as it is, a list has commas, and anything else is written as in TOML. What is not
/// TOML stays text, which the check then refuses by its type.
fn value(key: &Key, text: &str) -> Value {
    match key.kind {
        Kind::Text => Value::String(text.to_owned()),
        Kind::Addresses => {
            Value::Array(text.split(',').map(|one| Value::String(one.trim().to_owned())).collect())
        }
        Kind::Flag | Kind::Number | Kind::Table => toml::from_str::<Table>(&format!("v = {text}"))
            .ok()
            .and_then(|mut table| table.remove("v"))
            .unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

/// A table with one dotted key.
pub(super) fn nested(key: &str, value: Value) -> Table {
    let (first, value) = match key.split_once('.') {
        Some((first, rest)) => (first, Value::Table(nested(rest, value))),
        None => (key, value),
    };
    Table::from_iter([(first.to_owned(), value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_the_kind_of_their_key() {
        let given = [
            ("FEDHUB_GATEWAY_PORT", "9999"),
            ("FEDHUB_TOPIC_PREFIX", "true"),
            ("FEDHUB_ENDPOINTS", "{ a = ['tcp://h:1'] }"),
            ("FEDHUB_OTHER", "ignored"),
        ];
        let given = given.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let layer = variables(&given).unwrap();
        let config: Config = Value::Table(layer.table).try_into().unwrap();
        assert_eq!((config.gateway.port, config.topic_prefix.as_str()), (9999, "true"));
        assert_eq!(config.endpoints["a"].0, ["tcp://h:1"]);
    }

    #[test]
    fn a_wrong_value_names_its_variable_or_flag() {
        let given = [("FEDHUB_GATEWAY_PORT".to_owned(), "many".to_owned())].into();
        let error = variables(&given).unwrap_err().to_string();
        assert!(error.contains("$FEDHUB_GATEWAY_PORT=\"many\""), "{error}");
        let error = flags(&[("gateway.prot".into(), "1".into())]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(error.next_step(), Some("did you mean `gateway.port`?"));
    }
}
