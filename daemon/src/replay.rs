//! The task that answers requests for messages of a journal.

use std::path::{Path, PathBuf};

use fedhub::bus::Settings;
use fedhub::config::Config;
use fedhub::replay::Server;
use fedhub::{Error, Kind, Result};

use crate::supervisor::Task;

/// The task of a role that has an address for it.
pub fn configured(
    name: &'static str,
    address: Option<&str>,
    journal: Option<&PathBuf>,
    config: &Config,
) -> Result<Option<Task>> {
    let Some(address) = address else { return Ok(None) };
    let journal = journal.ok_or_else(|| {
        let why =
            format!("there is an address for {name}, {address}, but no journal to answer from");
        Error::new(Kind::Config, why).hint("name the journal's file with --journal")
    })?;
    task(name, address, journal, config).map(Some)
}

/// Binds `address`, where messages of the journal are to be had.
pub fn task(name: &'static str, address: &str, journal: &Path, config: &Config) -> Result<Task> {
    let (server, stop) = Server::bind(&Settings::from(config), address, journal)?;
    tracing::info!(address = server.address, "{name} answers");
    Ok(Task {
        name,
        pages: None,
        needed: true,
        probe: None,
        stop: Box::new(move || stop.stop()),
        work: Box::new(move |heartbeat| {
            let done = server.run(|requests| heartbeat.beat(requests))?;
            let mut summary =
                format!("{} requests answered, {} refused", done.answered, done.refused);
            if done.not_taken.total() > 0 {
                summary += &format!(", answers nobody took: {}", done.not_taken);
            }
            Ok(summary)
        }),
    })
}
