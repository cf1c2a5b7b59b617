//! `bench gateway`: one publisher, many subscribers.

use anyhow::Result;

use super::hop::{Flood, Quiet, quiet_rows};
use super::peers::Impl;
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan};

struct Sample {
    flood: Flood,
    quiet: Quiet,
    peak_mb: f64,
}

/// Measures the gateways.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    let all = plan.interleave("gateway", &plan.impls, notes, |of| sample(plan, of));
    let name = format!("gateway to {}", plan.subscribers);
    let mut rows = vec![
        all.row(format!("{name}: messages in"), Unit::PerSecond, |run| Some(run.flood.rate))
            .bar(Bar::MinRatio(1.0 / 1.5, Impl::Bare)),
        all.row(format!("{name}: CPU per message in"), Unit::Micros, |run| Some(run.flood.cpu_us))
            .bar(Bar::MaxRatio(1.5, Impl::Bare)),
    ];
    rows.extend(quiet_rows(&name, plan.rate, &all, |run| &run.quiet));
    rows.push(all.row(format!("{name}: peak memory"), Unit::Megabytes, |run| Some(run.peak_mb)));
    rows
}

fn sample(plan: &Plan, of: Impl) -> Result<Sample> {
    let mut gateway = plan.peers.gateway(of, plan.subscribers)?;
    let quiet = gateway.quiet(plan.rate, plan.duration)?;
    let flood = gateway.flood(plan.duration)?;
    Ok(Sample { flood, quiet, peak_mb: gateway.process.peak()? as f64 / 1e6 })
}
