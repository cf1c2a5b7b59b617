//! `bench relay`: start, idle memory, latency at a quiet rate, CPU per message, sustained rate.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::hop::{Flood, Quiet, quiet_rows};
use super::peers::Impl;
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan};

struct Sample {
    ready_ms: f64,
    idle_mb: f64,
    peak_mb: f64,
    quiet: Quiet,
    flood: Flood,
    sustained: f64,
}

/// Measures the relays.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    let all = plan.interleave("relay", &plan.impls, notes, |of| sample(plan, of));
    let mut rows = vec![
        all.row("relay: CPU per message", Unit::Micros, |run| Some(run.flood.cpu_us))
            .bar(Bar::MaxRatio(1.5, Impl::Bare))
            .bar(Bar::MaxRatio(1.0 / 8.0, Impl::Python)),
        all.row("relay: rate, 800 in flight", Unit::PerSecond, |run| Some(run.flood.rate)),
        all.row("relay: sustained rate, no loss", Unit::PerSecond, |run| Some(run.sustained))
            .bar(Bar::MinRatio(1.0 / 1.5, Impl::Bare))
            .bar(Bar::MinRatio(5.0, Impl::Python)),
    ];
    for row in quiet_rows("relay", plan.rate, &all, |run| &run.quiet) {
        let barred = row.what.contains("p99 ");
        rows.push(if barred { row.bar(Bar::MaxRatio(2.0, Impl::Bare)) } else { row });
    }
    rows.extend([
        all.row("relay: start to ready", Unit::Millis, |run| Some(run.ready_ms))
            .bar(Bar::Max(100.0)),
        all.row("relay: resident memory, idle", Unit::Megabytes, |run| Some(run.idle_mb))
            .bar(Bar::Max(20.0)),
        all.row("relay: peak memory", Unit::Megabytes, |run| Some(run.peak_mb)),
    ]);
    rows
}

fn sample(plan: &Plan, of: Impl) -> Result<Sample> {
    let mut relay = plan.peers.relay(of)?;
    // What the start left to do is done by then.
    thread::sleep(Duration::from_millis(300));
    let idle = relay.process.resident()?;
    let quiet = relay.quiet(plan.rate, plan.paced())?;
    let flood = relay.flood(plan.duration)?;
    let sustained = relay.sustained(flood.rate, plan.duration)?;
    Ok(Sample {
        ready_ms: relay.ready_after.as_secs_f64() * 1e3,
        idle_mb: idle as f64 / 1e6,
        peak_mb: relay.process.peak()? as f64 / 1e6,
        quiet,
        flood,
        sustained,
    })
}
