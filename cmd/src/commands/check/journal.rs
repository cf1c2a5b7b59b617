//! Whether journals can be used, and whether there is room for more.

use std::path::{Path, PathBuf};

use fedhub::config::Config;
use fedhub::journal::Store;
use fedhub::{Error, Kind};
use nix::errno::Errno;
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

use super::{Finding, State, Thresholds};
use crate::commands::hub;

/// Every journal in the settings, and whose it is. The hub has one as soon as it has consumers.
pub(in crate::commands) fn journals(
    config: &Config,
) -> fedhub::Result<Vec<(&'static str, PathBuf)>> {
    let mut all = Vec::new();
    all.extend(config.relay.journal.clone().map(|path| ("relay", path)));
    all.extend(config.gateway.journal.clone().map(|path| ("gateway", path)));
    if config.hub.journal.is_some() || !config.consumers.is_empty() {
        all.push(("hub", hub::journal_path(config)?));
    }
    Ok(all)
}

/// A file system.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Disk {
    /// Bytes that this user may still use.
    pub(in crate::commands) free: u64,
    /// All of its bytes.
    pub(in crate::commands) total: u64,
}

impl Disk {
    /// The one a file is on.
    pub(in crate::commands) fn of(path: &Path) -> fedhub::Result<Self> {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = whole.parent().unwrap_or(&whole);
        let state = statvfs(folder).map_err(|error| {
            Error::io(format!("cannot look at {}", folder.display()), error.into())
        })?;
        let block = state.fragment_size();
        Ok(Self { free: state.blocks_available() * block, total: state.blocks() * block })
    }

    fn free_percent(self) -> f64 {
        self.free as f64 * 100.0 / self.total.max(1) as f64
    }
}

pub(super) fn check(thresholds: Thresholds, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let finding = |(role, path): (&str, PathBuf)| {
        let subject = format!("{role} {}", path.display());
        look(&path, &subject, thresholds, config.journal.max_size).unwrap_or_else(|error| {
            // What this user may not see need not be wrong.
            let unknown = error.kind() == Kind::Permission;
            let state = if unknown { State::Unknown } else { State::Critical };
            Finding::new("journal", subject, state, error.explained())
        })
    };
    Ok(journals(config)?.into_iter().map(finding).collect())
}

fn look(
    path: &Path,
    subject: &str,
    thresholds: Thresholds,
    max_size: u64,
) -> fedhub::Result<Finding> {
    let store = Store::open(path)?;
    for file in
        [path, path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))]
    {
        access(file, AccessFlags::W_OK).map_err(|error| {
            let kind = if error == Errno::EACCES { Kind::Permission } else { Kind::Io };
            Error::new(kind, format!("cannot write to {}", file.display())).because(error)
        })?;
    }
    let (size, disk) = (store.size()?, Disk::of(path)?);
    let limit = match max_size {
        0 => "no limit".to_owned(),
        limit => format!("of {}", bytes(limit)),
    };
    let percent = disk.free_percent();
    let text = format!("{} {limit}, {} ({percent:.0} %) free", bytes(size), bytes(disk.free));
    Ok(Finding::new("journal", subject, thresholds.below(percent), text)
        .with("size_bytes", size as f64, "B")
        .with("free_bytes", disk.free as f64, "B")
        .with("free_percent", (percent * 10.0).round() / 10.0, "%"))
}

/// Bytes for people.
pub(in crate::commands) fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} kB", count / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", count / 1_000_000),
        _ => format!("{} GB", count / 1_000_000_000),
    }
}
