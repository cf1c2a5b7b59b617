//! One TOML file of settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::{Config, Layer, keys, text};
use crate::{Error, Kind, Result};

/// A file of another kind beside the user's settings: the keys and colours of busmon.
const BUSMON: &str = "busmon.toml";

/// Reads the `*.toml` files of a folder in the order of their names. A folder that is not there has
/// none.
pub(super) fn read_dir(folder: &Path) -> Result<Vec<Layer>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(format!("cannot list {}", folder.display()), error)),
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .filter(|path| path.file_name().is_some_and(|name| name != BUSMON))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Reads one file and checks it by itself, so that a mistake is named with its line.
pub(super) fn read(path: &Path) -> Result<Layer> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Error::new(Kind::Config, format!("{}: not UTF-8", path.display())).because(error)
    })?;
    let place = |offset: usize| {
        let line = text[..offset.min(text.len())].matches('\n').count() + 1;
        format!("{}:{line}", path.display())
    };
    let refuse = |error: toml::de::Error, key: Option<String>| {
        let place = place(error.span().map_or(0, |span| span.start));
        let what = key.as_ref().map_or_else(String::new, |key| format!("{key}: "));
        let key = key.as_deref().unwrap_or("KEY");
        Error::new(Kind::Config, format!("{place}: {what}{}", error.message()))
            .hint(format!("fedhub config explain {key}"))
    };
    let spanned = DeTable::parse(&text).map_err(|error| refuse(error, None))?;
    let mut origins = BTreeMap::new();
    check_keys(spanned.get_ref(), "", &place, &mut origins)?;
    let table: Table = toml::from_str(&text).map_err(|error| refuse(error, None))?;
    toml::from_str::<Config>(&text).map_err(|error| refuse(error, wrong_key(&table, "")))?;
    Ok(Layer { name: path.display().to_string(), table, origins })
}

/// The first key whose value is not of its type; the error itself knows only the line.
fn wrong_key(table: &Table, prefix: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = format!("{prefix}{key}");
        if let (true, Value::Table(inner)) = (keys::is_section(&name), value) {
            return wrong_key(inner, &format!("{name}."));
        }
        let alone = Value::Table(text::nested(&name, value.clone()));
        alone.try_into::<Config>().is_err().then_some(name)
    })
}

/// Notes where each key stands; refuses unknown ones.
fn check_keys(
    table: &DeTable<'_>,
    prefix: &str,
    place: &dyn Fn(usize) -> String,
    origins: &mut BTreeMap<String, String>,
) -> Result<()> {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        let origin = place(key.span().start);
        if keys::find(&name).is_none() && !keys::is_section(&name) {
            let error = Error::new(Kind::Config, format!("{origin}: unknown key `{name}`"));
            return Err(match keys::nearest(&name) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("fedhub config explain lists all keys"),
            });
        }
        origins.insert(name.clone(), origin);
        if let DeValue::Table(inner) = value.get_ref() {
            check_keys(inner, &format!("{name}."), place, origins)?;
        }
    }
    Ok(())
}
