//! One TOML file of settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Table;
use toml::de::{DeTable, DeValue};

use super::{Config, Layer, keys};
use crate::{Error, Kind, Result};

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
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Reads one file and checks it by itself, so that a mistake is named with its line.
pub(super) fn read(path: &Path) -> Result<Layer> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?;
    let place = |offset: usize| {
        let line = text[..offset.min(text.len())].matches('\n').count() + 1;
        format!("{}:{line}", path.display())
    };
    let refuse = |error: toml::de::Error| {
        let place = place(error.span().map_or(0, |span| span.start));
        Error::new(Kind::Config, format!("{place}: {}", error.message()))
            .hint("fedhub config explain KEY")
    };
    let spanned = DeTable::parse(&text).map_err(refuse)?;
    let mut origins = BTreeMap::new();
    check_keys(spanned.get_ref(), "", &place, &mut origins)?;
    toml::from_str::<Config>(&text).map_err(refuse)?;
    let table: Table = toml::from_str(&text).map_err(refuse)?;
    Ok(Layer { name: path.display().to_string(), table, origins })
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
