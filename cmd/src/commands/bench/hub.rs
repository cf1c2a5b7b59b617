//! `bench hub`: the journal alone, and the whole way from a publisher through the hub to a consumer.
//!
//! - `messages`: the load, signed before anything is measured
//! - `journal`: messages into a journal, and into bare SQLite
//! - `counter`: the consumer, which only counts, and what it reports
//! - `serve`: hubs under load
//! - `sync`: the limit for latencies, a file that is appended to and synced

mod counter;
mod journal;
mod messages;
mod serve;
mod sync;

use std::path::Path;

use anyhow::{Result, bail};

use super::histogram::Histogram;
use super::peers::{Impl, make_keys};
use super::process::Scratch;
use super::report::{Bar, Row, Unit};
use super::{Measured, Notes, Plan, progress};
pub(super) use counter::{CounterArgs, count};
use journal::Written;
use messages::Load;
use serve::Served;

/// How many signed messages are made at most; each is kept in memory.
const MAX_MESSAGES: usize = 60_000;
/// Messages for each second at full speed. When they are used up, the measurement ends early.
const PER_SECOND: usize = 20_000;

/// The journal's own interface.
struct Saved {
    receipts: Option<Written>,
    batches: Written,
}

/// A hub with one consumer, or what stands for it.
struct Sample {
    plain: Option<Served>,
    validating: Option<Served>,
    sync: Option<Histogram>,
}

/// Measures journals and hubs.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    progress("hub: signing messages");
    let prepared = Scratch::new().and_then(|keys| {
        make_keys(keys.path())?;
        let paced = (plan.rate * plan.paced().as_secs_f64()) as usize;
        let count = 1 + paced + PER_SECOND * plan.duration.as_secs() as usize;
        let load = Load::sign(keys.path(), plan.peers.size, count.min(MAX_MESSAGES))?;
        Ok((keys, load))
    });
    let (keys, load) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            notes.push(format!("hub: {error:#}"));
            return Vec::new();
        }
    };
    let mut size = Row::new("hub: a signed message", Unit::Bytes);
    size.set(Impl::Fedhub, vec![load.message_size() as f64]);
    let mut rows = vec![size];
    let both = of_these(plan, &[Impl::Fedhub, Impl::Bare]);
    let saved = plan.interleave("hub: journal", &both, notes, |of| save(&load, of));
    rows.extend(journal_rows(&saved));
    let all = plan.interleave("hub", &plan.impls, notes, |of| sample(plan, of, &load, keys.path()));
    rows.extend(hub_rows(&all));
    rows.extend(latency_rows(plan.rate, &all));
    rows
}

fn of_these(plan: &Plan, wanted: &[Impl]) -> Vec<Impl> {
    plan.impls.iter().copied().filter(|of| wanted.contains(of)).collect()
}

fn save(load: &Load, of: Impl) -> Result<Saved> {
    Ok(match of {
        Impl::Fedhub => {
            Saved { receipts: Some(journal::receipts(load)?), batches: journal::batches(load)? }
        }
        Impl::Bare => Saved { receipts: None, batches: journal::bare_batches(load)? },
        Impl::Python => bail!("fedmsg has no journal"),
    })
}

fn journal_rows(all: &Measured<Saved>) -> Vec<Row> {
    let receipts = format!("hub: journal, receipts, {} in flight", journal::IN_FLIGHT);
    let batches = format!("hub: journal, batches of {} (bare: SQLite)", journal::BATCH);
    let cpu = |name: &str| format!("{name}: CPU per message");
    vec![
        all.row(&receipts, Unit::PerSecond, |run| Some(run.receipts.as_ref()?.rate))
            .bar(Bar::Min(20_000.0)),
        all.row(cpu(&receipts), Unit::Micros, |run| Some(run.receipts.as_ref()?.cpu_us)),
        all.row(&batches, Unit::PerSecond, |run| Some(run.batches.rate))
            .bar(Bar::MinRatio(0.7, Impl::Bare)),
        all.row(cpu(&batches), Unit::Micros, |run| Some(run.batches.cpu_us)),
    ]
}

fn sample(plan: &Plan, of: Impl, load: &Load, keys: &Path) -> Result<Sample> {
    if of == Impl::Bare {
        let sync = sync::append_and_sync(load, plan.rate, plan.paced())?;
        return Ok(Sample { plain: None, validating: None, sync: Some(sync) });
    }
    let serve = |validate| serve::serve(plan, of, load, keys, validate).map(Some);
    Ok(Sample { plain: serve(false)?, validating: serve(true)?, sync: None })
}

fn hub_rows(all: &Measured<Sample>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, of, least) in HUBS {
        let rate = all
            .row(format!("{name}: to a consumer"), Unit::PerSecond, move |run| Some(of(run)?.rate));
        rows.push(rate.bar(Bar::Min(least)));
        rows.push(all.row(format!("{name}: CPU per message"), Unit::Micros, move |run| {
            Some(of(run)?.cpu_us)
        }));
        rows.push(all.row(format!("{name}: peak memory"), Unit::Megabytes, move |run| {
            Some(of(run)?.peak_mb)
        }));
        rows.push(all.row(format!("{name}: lost or twice"), Unit::Messages, move |run| {
            Some(of(run)?.wrong)
        }));
    }
    rows
}

/// A name, where its figures are, and the least messages per second.
type Hub = (&'static str, fn(&Sample) -> Option<&Served>, f64);
const HUBS: [Hub; 2] = [
    ("hub", |run| run.plain.as_ref(), 20_000.0),
    ("hub, validating", |run| run.validating.as_ref(), 12_000.0),
];

/// From publishing until the consumer has it, beside the time one synced write takes.
fn latency_rows(rate: f64, all: &Measured<Sample>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (hub, of, _) in HUBS {
        for (name, percent) in [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("max", 100.0)] {
            let what = format!("{hub}: latency {name} at {rate}/s (bare: fdatasync)");
            let row = all.row(what, Unit::Micros, |run| {
                let latencies = of(run).map(|served| &served.latencies).or(run.sync.as_ref());
                Some(latencies?.percentile(percent)? as f64 / 1e3)
            });
            let barred = name == "p99";
            rows.push(if barred { row.bar(Bar::MaxRatio(3.0, Impl::Bare)) } else { row });
        }
    }
    rows
}
