//! Disks that fill up at the rate journals grow.

use std::path::Path;

use fedhub::config::Config;
use fedhub::journal::{Record, Store};

use super::{Findings, Severity};
use crate::commands::check::{Disk, bytes, journals};

const DAY: f64 = 86_400.0;
/// A rate from less is a guess.
const MIN_MESSAGES: i64 = 100;
const MIN_SECONDS: f64 = 600.0;
/// Less than this share of a disk is too little for anything.
const NEARLY_FULL: f64 = 0.05;

pub(super) fn look(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let journals = journals(config)?;
    if journals.is_empty() {
        let why = "no journal is looked at: none is configured";
        findings.add("FH0200", Severity::Skipped, why, "fedhub config explain relay.journal");
    }
    for (role, path) in journals {
        if let Err(error) = look_at(role, &path, config, findings) {
            let text = format!("journal of the {role}: {}", error.explained());
            let command = format!("ls -l {}", path.display());
            let missing = error.kind() == fedhub::Kind::NoInput;
            let severity = match error.kind() {
                fedhub::Kind::Permission => Severity::Skipped,
                _ if missing => Severity::Warning,
                _ => Severity::Error,
            };
            let code = if severity == Severity::Skipped { "FH0200" } else { "FH0201" };
            let command = if missing { format!("fedhub {role}") } else { command };
            findings.add(code, severity, text, command);
        }
    }
    Ok(())
}

fn look_at(
    role: &str,
    path: &Path,
    config: &Config,
    findings: &mut Findings,
) -> fedhub::Result<()> {
    let store = Store::open(path)?;
    let (size, disk) = (store.size()?, Disk::of(path)?);
    let shown = path.display();
    if disk.free < (disk.total as f64 * NEARLY_FULL) as u64 {
        let text = format!("the disk of {shown} is nearly full: {} are free", bytes(disk.free));
        let command = format!("df -h {shown}");
        findings.add("FH0202", Severity::Error, text, command);
    }
    let oldest = store.oldest()?;
    let newest = store.newest()?;
    let ends = (store.get(oldest)?, store.get(newest)?);
    let Some(rate) = rate(ends, newest - oldest, size) else {
        let text =
            format!("no forecast for the journal of the {role}: it has too few messages yet");
        let command = format!("fedhub journal --journal {shown} ls --last 10");
        findings.add("FH0200", Severity::Skipped, text, command);
        return Ok(());
    };
    let limits = Limits { max_size: config.journal.max_size, max_age: config.journal.max_age };
    if let Some(days) = days_until_full(rate, size, disk.free, limits) {
        let severity = match days {
            ..=1.0 => Severity::Error,
            ..=14.0 => Severity::Warning,
            _ => Severity::Note,
        };
        let text = format!(
            "the journal of the {role} fills its disk in {days:.1} days: it grows by {} a day, and \
             {} are free",
            bytes((rate * DAY) as u64),
            bytes(disk.free)
        );
        let command = format!("fedhub config explain journal.max_size; df -h {shown}");
        findings.add("FH0203", severity, text, command);
    }
    Ok(())
}

/// Bytes a second.
fn rate(
    (oldest, newest): (Option<Record>, Option<Record>),
    messages: i64,
    size: u64,
) -> Option<f64> {
    let seconds = (newest?.received - oldest?.received) as f64 / 1e6;
    (messages >= MIN_MESSAGES && seconds >= MIN_SECONDS).then(|| size as f64 / seconds)
}

/// What retention leaves; 0: all.
#[derive(Clone, Copy)]
struct Limits {
    max_size: u64,
    max_age: u64,
}

/// When a disk is full, unless retention keeps the journal smaller.
fn days_until_full(rate: f64, size: u64, free: u64, limits: Limits) -> Option<f64> {
    let mut most = f64::INFINITY;
    if limits.max_size > 0 {
        most = limits.max_size as f64;
    }
    if limits.max_age > 0 {
        most = most.min(rate * limits.max_age as f64);
    }
    let growth = most - size as f64;
    (growth > free as f64).then(|| free as f64 / rate / DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_keeps_a_disk_from_filling() {
        let gigabyte = 1_000_000_000;
        let rate = gigabyte as f64 / DAY;
        let full = |max_size, max_age| {
            days_until_full(rate, gigabyte, 4 * gigabyte, Limits { max_size, max_age })
        };
        assert_eq!(full(0, 0), Some(4.0));
        assert_eq!(full(5 * gigabyte, 0), None);
        assert_eq!(full(6 * gigabyte, 0), Some(4.0));
        assert_eq!(full(0, 5 * 86_400), None);
        assert_eq!(full(9 * gigabyte, 6 * 86_400), Some(4.0));
    }
}
