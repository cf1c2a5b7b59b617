//! Subscribers that count what arrives and how long it took.

use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout};

use super::histogram::Histogram;
use super::load::{PATIENCE, STAMP, now};
use super::zmtp::{self, Reader, Role};

/// The time of sending in a body, also after another program has printed it anew.
fn stamp(body: &[u8]) -> Option<u64> {
    let start = body.iter().take(64).position(u8::is_ascii_digit)?;
    let digits = body.get(start..start + STAMP)?;
    Some(digits.iter().fold(0_u64, |sum, digit| {
        sum.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    }))
}

/// What one sink has seen.
#[derive(Debug, Default)]
struct Seen {
    open: AtomicBool,
    count: AtomicU64,
}

/// Subscribers, spread over a few threads.
#[derive(Debug)]
pub(super) struct Sinks {
    seen: Arc<Vec<Seen>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<Histogram>>>,
}

impl Sinks {
    /// Connects `count` subscribers to `to`. After each look they wait for `pause`: a long one saves
    /// CPU that the process under test can use, a short one makes latencies exact.
    pub(super) fn connect(to: SocketAddr, count: usize, pause: Duration) -> Result<Self> {
        let readers = (0..count)
            .map(|_| Reader::new(zmtp::connect(to, Role::Subscriber, PATIENCE)?))
            .collect::<std::io::Result<Vec<_>>>()
            .with_context(|| format!("subscribing to {to}"))?;
        let seen = Arc::new((0..count).map(|_| Seen::default()).collect::<Vec<_>>());
        let stop = Arc::new(AtomicBool::new(false));
        let born = now();
        let mut indexed: Vec<_> = readers.into_iter().enumerate().collect();
        let share = count.div_ceil(if count > 1 { 2 } else { 1 });
        let mut threads = Vec::new();
        while !indexed.is_empty() {
            let group = indexed.split_off(indexed.len().saturating_sub(share));
            let (seen, stop) = (seen.clone(), stop.clone());
            threads.push(thread::spawn(move || receive(group, &seen, &stop, born, pause)));
        }
        Ok(Self { seen, stop, threads })
    }

    /// Whether every sink has had a probe.
    pub(super) fn all_open(&self) -> bool {
        self.seen.iter().all(|sink| sink.open.load(Ordering::Relaxed))
    }

    /// How many messages the sink with the fewest has had.
    pub(super) fn slowest(&self) -> u64 {
        self.seen.iter().map(|sink| sink.count.load(Ordering::Relaxed)).min().unwrap_or(0)
    }

    /// Waits until every sink has had `count` messages. False when that takes longer than `limit`.
    pub(super) fn wait_for(&self, count: u64, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while self.slowest() < count {
            if Instant::now() > end {
                return false;
            }
            thread::sleep(Duration::from_micros(500));
        }
        true
    }

    /// Waits, for a bounded time, until `count` messages or no more arrive. Returns how many the
    /// slowest sink has.
    pub(super) fn settle(&self, count: u64) -> u64 {
        let end = Instant::now() + 4 * PATIENCE;
        let mut before = self.slowest();
        while !self.wait_for(count, Duration::from_millis(500)) && Instant::now() < end {
            if self.slowest() == before {
                break;
            }
            before = self.slowest();
        }
        self.slowest()
    }

    /// Hangs up and returns the latencies of all sinks.
    pub(super) fn finish(mut self) -> Result<Histogram> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Histogram::new();
        for thread in self.threads.drain(..) {
            let part =
                thread.join().map_err(|_| anyhow::anyhow!("a receiving thread failed"))??;
            all.merge(&part);
        }
        Ok(all)
    }
}

impl Drop for Sinks {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Counts what arrives on a group of connections. Messages sent before `born` are late arrivals of
/// an earlier measurement and do not count.
fn receive(
    mut group: Vec<(usize, Reader)>,
    seen: &[Seen],
    stop: &AtomicBool,
    born: u64,
    pause: Duration,
) -> Result<Histogram> {
    let mut latencies = Histogram::new();
    let mut ready = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let mut fds: Vec<_> = group
            .iter()
            .map(|(_, reader)| PollFd::new(reader.as_fd(), PollFlags::POLLIN))
            .collect();
        nix::poll::poll(&mut fds, PollTimeout::from(50_u8)).context("polling the sinks")?;
        ready.clear();
        ready.extend(fds.iter().enumerate().filter(|(_, fd)| fd.any() == Some(true)).map(|f| f.0));
        for &place in &ready {
            let (index, reader) = &mut group[place];
            let (sink, mut time, mut count) = (&seen[*index], 0, 0);
            let open = reader.read(|body| match stamp(body) {
                Some(0) => sink.open.store(true, Ordering::Relaxed),
                Some(sent) if sent >= born => {
                    if time == 0 {
                        time = now();
                    }
                    latencies.record(time.saturating_sub(sent));
                    count += 1;
                }
                _ => {}
            })?;
            sink.count.fetch_add(count, Ordering::Relaxed);
            if !open {
                bail!("the process under test hung up on a subscriber");
            }
        }
        if !pause.is_zero() {
            thread::sleep(pause);
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::super::load::body;
    use super::*;

    #[test]
    fn a_body_has_its_size_and_a_time_that_survives_other_printers() {
        for size in [300, 512, 1500, 100_000] {
            let body = body(size);
            assert_eq!(body.len(), size);
            assert_eq!(stamp(&body), Some(0));
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["topic"], super::super::load::TOPIC);
        }
        assert_eq!(stamp(br#"{"at": "00000000000000001234", "i": 1}"#), Some(1234));
        assert_eq!(stamp(b"{}"), None);
    }
}
