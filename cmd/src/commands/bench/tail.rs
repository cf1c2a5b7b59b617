//! `bench tail`: how fast a reader prints the bodies into /dev/null.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::peers::Impl;
use super::process::Process;
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan};

/// A reader that has used no CPU for this long has nothing left to do.
const IDLE: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_secs(60);

struct Sample {
    rate: f64,
    cpu_us: f64,
    peak_mb: f64,
}

/// Measures the readers.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    let all = plan.interleave("tail", &plan.impls, notes, |of| sample(plan, of));
    vec![
        all.row("tail -o raw: messages", Unit::PerSecond, |run| Some(run.rate))
            .bar(Bar::MinRatio(0.5, Impl::Bare)),
        all.row("tail -o raw: CPU per message", Unit::Micros, |run| Some(run.cpu_us)),
        all.row("tail -o raw: peak memory", Unit::Megabytes, |run| Some(run.peak_mb)),
    ]
}

fn sample(plan: &Plan, of: Impl) -> Result<Sample> {
    let (process, mut source) = plan.peers.tail(of)?;
    let (before, written) = (process.cpu()?, process.written()?);
    let start = Instant::now();
    let sent = source.flood(None, plan.duration)?;
    let elapsed = last_busy(&process)?.duration_since(start);
    let printed = process.written()? - written;
    if of != Impl::Bare && printed < sent.count * plan.peers.size as u64 {
        bail!("{} messages sent, but only {printed} bytes printed", sent.count);
    }
    let cpu = process.cpu()?.saturating_sub(before);
    Ok(Sample {
        rate: sent.count as f64 / elapsed.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / sent.count as f64,
        peak_mb: process.peak()? as f64 / 1e6,
    })
}

/// When the process last did any work, once it has gone idle.
fn last_busy(process: &Process) -> Result<Instant> {
    let start = Instant::now();
    let (mut cpu, mut busy) = (process.cpu()?, start);
    while busy.elapsed() < IDLE {
        if start.elapsed() > LIMIT {
            bail!("it was still busy {} s after the last message", LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(2));
        let now = process.cpu()?;
        // Housekeeping takes a little as well.
        if now > cpu + Duration::from_micros(200) {
            (cpu, busy) = (now, Instant::now());
        }
    }
    Ok(busy)
}
