//! The limit for latencies: each message appended to a file and synced.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::messages::Load;
use crate::commands::bench::histogram::Histogram;
use crate::commands::bench::load::pace;
use crate::commands::bench::process::Scratch;

/// How long appending one message takes, until the disk has it, at a steady rate.
pub(super) fn append_and_sync(load: &Load, rate: f64, duration: Duration) -> Result<Histogram> {
    let scratch = Scratch::new()?;
    let mut file =
        OpenOptions::new().create(true).append(true).open(scratch.path().join("messages"))?;
    let mut latencies = Histogram::new();
    let mut bodies = load.bodies().iter();
    pace(rate, duration, |count| {
        for body in bodies.by_ref().take(count) {
            let start = Instant::now();
            file.write_all(body)?;
            file.sync_data().context("syncing a file")?;
            latencies.record(start.elapsed().as_nanos() as u64);
        }
        Ok(())
    })?;
    Ok(latencies)
}
