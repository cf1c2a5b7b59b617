//! How far consumers are behind, by the hub's journal.

use fedhub::config::Config;
use fedhub::journal::{Cursor, Store, now};

use super::{Finding, State, Thresholds};
use crate::commands::hub;

pub(super) fn check(
    names: &[String],
    thresholds: Thresholds,
    config: &Config,
) -> anyhow::Result<Vec<Finding>> {
    let path = hub::journal_path(config)?;
    let read = || {
        let store = Store::open(&path)?;
        let cursors = store.cursors()?;
        Ok((store, cursors))
    };
    let (store, cursors) = match read() {
        Ok(read) => read,
        Err(error) => {
            let error: fedhub::Error = error;
            let shown = path.display().to_string();
            return Ok(vec![Finding::new("lag", shown, State::Unknown, error.explained())]);
        }
    };
    let wanted: Vec<String> = if !names.is_empty() {
        names.to_vec()
    } else if !config.consumers.is_empty() {
        config.consumers.keys().cloned().collect()
    } else {
        cursors.iter().map(|cursor| cursor.name.clone()).collect()
    };
    wanted
        .into_iter()
        .map(|name| match cursors.iter().find(|cursor| cursor.name == name) {
            Some(cursor) => Ok(finding(&store, cursor, thresholds)?),
            None => {
                let why = format!("has no cursor in {}: it has never run", path.display());
                Ok(Finding::new("lag", name, State::Unknown, why))
            }
        })
        .collect()
}

fn finding(store: &Store, cursor: &Cursor, thresholds: Thresholds) -> fedhub::Result<Finding> {
    let lag = store.lag(cursor, now())?;
    let (behind, seconds) = (lag.messages, (lag.age / 1_000_000) as f64);
    let mut text = match behind {
        0 => "has dealt with everything".to_owned(),
        _ => format!("{behind} messages behind, the oldest came {seconds} s ago"),
    };
    if cursor.lost > 0 {
        text += &format!("; {} were removed before it came to them", cursor.lost);
    }
    Ok(Finding::new("lag", cursor.name.clone(), thresholds.above(seconds), text)
        .with("behind_messages", behind as f64, "")
        .with("behind_seconds", seconds, "s"))
}
