//! Measurements of anything that forwards: at full speed, at a quiet rate, and the highest rate it
//! keeps up with.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Measured;
use super::histogram::Histogram;
use super::load::Source;
use super::process::Process;
use super::report::{Row, Unit};
use super::sinks::Sinks;

/// A rate is sustained when the last message arrives this soon after it was due to be sent: a
/// growing backlog shows as more.
const GRACE: Duration = Duration::from_millis(100);

/// A running relay or gateway with a source in front of it.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) process: Process,
    pub(super) source: Source,
    /// Where it publishes.
    pub(super) outbound: SocketAddr,
    /// Subscribers to measure with.
    pub(super) subscribers: usize,
    /// From the start of the process until it served a publisher and a subscriber.
    pub(super) ready_after: Duration,
}

/// Full speed without loss: never more in flight than a subscriber's queue holds.
#[derive(Debug)]
pub(super) struct Flood {
    /// Messages in per second.
    pub(super) rate: f64,
    /// CPU per message in.
    pub(super) cpu_us: f64,
}

/// A steady, low rate.
#[derive(Debug)]
pub(super) struct Quiet {
    pub(super) latencies: Histogram,
    pub(super) cpu_us: f64,
    pub(super) lost: f64,
}

impl Hop {
    /// New sinks, with an open way to each.
    fn sinks(&mut self, pause: Duration) -> Result<Sinks> {
        let sinks = Sinks::connect(self.outbound, self.subscribers, pause)?;
        self.source.open(&sinks)?;
        Ok(sinks)
    }

    pub(super) fn flood(&mut self, duration: Duration) -> Result<Flood> {
        // Reading the connections one by one as messages trickle in would take more CPU than a gateway.
        let pause = Duration::from_millis(if self.subscribers > 1 { 2 } else { 0 });
        let sinks = self.sinks(pause)?;
        let before = self.process.cpu()?;
        let start = Instant::now();
        let sent = self.source.flood(Some(&sinks), duration)?;
        let arrived = sinks.settle(sent.count) as f64;
        let rate = arrived / start.elapsed().as_secs_f64();
        let cpu = self.process.cpu()?.saturating_sub(before);
        sinks.finish()?;
        Ok(Flood { rate, cpu_us: cpu.as_secs_f64() * 1e6 / arrived })
    }

    pub(super) fn quiet(&mut self, rate: f64, duration: Duration) -> Result<Quiet> {
        let sinks = self.sinks(Duration::ZERO)?;
        let before = self.process.cpu()?;
        let sent = self.source.pace(rate, duration)?;
        let arrived = sinks.settle(sent.count);
        let cpu = self.process.cpu()?.saturating_sub(before);
        Ok(Quiet {
            latencies: sinks.finish()?,
            cpu_us: cpu.as_secs_f64() * 1e6 / sent.count as f64,
            lost: (sent.count - arrived) as f64,
        })
    }

    /// The highest steady rate without loss or growing backlog, within a tenth: stepped up or down
    /// from a guess until it is enclosed, then halved.
    pub(super) fn sustained(&mut self, guess: f64, duration: Duration) -> Result<f64> {
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut rate = guess * 0.8;
        for _ in 0..8 {
            if self.keeps_up(rate, duration)? {
                low = rate;
            } else {
                high = rate;
            }
            if high < low * 1.1 {
                break;
            }
            rate = if low == 0.0 {
                rate * 0.6
            } else if high.is_infinite() {
                rate * 1.3
            } else {
                (low * high).sqrt()
            };
        }
        Ok(low)
    }

    fn keeps_up(&mut self, rate: f64, duration: Duration) -> Result<bool> {
        let sinks = self.sinks(Duration::ZERO)?;
        let sent = self.source.pace(rate, duration)?;
        let kept = sent.elapsed < duration + GRACE && sinks.wait_for(sent.count, GRACE);
        if !kept {
            // The next step must not find the backlog of this one.
            sinks.settle(sent.count);
        }
        sinks.finish()?;
        Ok(kept)
    }
}

/// The rows of a steady, low rate: latencies, then what was lost.
pub(super) fn quiet_rows<T>(
    bench: &str,
    rate: f64,
    measured: &Measured<T>,
    quiet: impl Fn(&T) -> &Quiet,
) -> Vec<Row> {
    let at = format!("at {rate}/s");
    let percentiles =
        [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9), ("max", 100.0)];
    let mut rows: Vec<_> = percentiles
        .into_iter()
        .map(|(name, percent)| {
            measured.row(format!("{bench}: latency {name} {at}"), Unit::Micros, |run| {
                quiet(run).latencies.percentile(percent).map(|nanos| nanos as f64 / 1e3)
            })
        })
        .collect();
    rows.push(measured.row(format!("{bench}: CPU per message {at}"), Unit::Micros, |run| {
        Some(quiet(run).cpu_us)
    }));
    rows.push(
        measured.row(format!("{bench}: lost {at}"), Unit::Messages, |run| Some(quiet(run).lost)),
    );
    rows
}
