//! The load: a source that sends as fast as allowed or at a steady pace, and sinks that count what
//! arrives and how long it took. Both live in this process, so one monotonic clock serves both.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout};

use super::histogram::Histogram;
use super::zmtp::{self, Reader, Role};

/// The topic of every message of the load.
pub(super) const TOPIC: &str = "org.example.dev.bench.load";
/// Messages between source and slowest sink when sending as fast as nothing is lost: fewer than the
/// 1,000 libzmq queues for a subscriber before it drops.
pub(super) const WINDOW: u64 = 800;
/// Messages per write at full speed.
const CHUNK: usize = 32;
const STAMP: usize = 20;
/// How long to wait for a peer in a handshake, and for arrivals before calling a message lost.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Nanoseconds since the first call.
pub(super) fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64 + 1
}

/// A bus message of `size` bytes that begins with the place for the time of sending.
pub(super) fn body(size: usize) -> Vec<u8> {
    let mut text = format!(
        r#"{{"at":"{:0STAMP$}","i":1,"msg_id":"2026-d0c5a4f5-6a0f-4b43-9a3c-0f8d5a2f7b11","timestamp":1790000000,"topic":"{TOPIC}","username":"bench","msg":{{"commit":{{"changed":["#,
        0
    );
    let mut file = 0;
    // Objects and numbers for the peers that parse; the rest of the size is one string.
    while text.len() + 300 < size && file < 8 {
        text.push_str(&format!(r#"{{"path":"src/part{file}.c","added":{file},"removed":1}},"#));
        file += 1;
    }
    text.push_str(r#"{}]},"message":""#);
    let end = r#""}}"#;
    text.push_str(&"lorem ipsum ".repeat(size / 12 + 1)[..size.saturating_sub(text.len() + end.len())]);
    text.push_str(end);
    text.into_bytes()
}

/// The time of sending in a body, also after another program has printed it anew.
fn stamp(body: &[u8]) -> Option<u64> {
    let start = body.iter().take(64).position(u8::is_ascii_digit)?;
    let digits = body.get(start..start + STAMP)?;
    Some(digits.iter().fold(0_u64, |sum, digit| {
        sum.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    }))
}

/// What a source did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) count: u64,
    pub(super) elapsed: Duration,
}

/// A publisher with one connection.
#[derive(Debug)]
pub(super) struct Source {
    stream: TcpStream,
    /// `CHUNK` encoded messages, one after the other.
    chunk: Vec<u8>,
    message_len: usize,
    stamp_at: usize,
}

impl Source {
    /// Connects to a subscriber that has bound `to`.
    pub(super) fn connect(to: SocketAddr, size: usize) -> Result<Self> {
        let stream = zmtp::connect(to, Role::Publisher, PATIENCE)
            .with_context(|| format!("publishing to {to}"))?;
        Self::new(stream, size)
    }

    /// Waits for a subscriber to connect to `listener`.
    pub(super) fn accept(listener: &TcpListener, size: usize) -> Result<Self> {
        let stream = accept(listener, Duration::from_secs(20))?;
        zmtp::handshake(&stream, Role::Publisher, PATIENCE).context("waiting for a subscription")?;
        Self::new(stream, size)
    }

    fn new(stream: TcpStream, size: usize) -> Result<Self> {
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut message = Vec::new();
        zmtp::encode(TOPIC.as_bytes(), &body(size), &mut message);
        let message_len = message.len();
        let stamp_at = message
            .windows(STAMP)
            .position(|bytes| bytes.iter().all(|&byte| byte == b'0'))
            .context("the message has no place for a time")?;
        Ok(Self { stream, chunk: message.repeat(CHUNK), message_len, stamp_at })
    }

    /// Writes `count` messages (at most a chunk) stamped with `time`.
    fn write(&mut self, count: usize, time: u64) -> Result<()> {
        let mut digits = [b'0'; STAMP];
        let mut rest = time;
        for digit in digits.iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        let bytes = &mut self.chunk[..count * self.message_len];
        for message in bytes.chunks_mut(self.message_len) {
            message[self.stamp_at..self.stamp_at + STAMP].copy_from_slice(&digits);
        }
        self.stream.write_all(bytes).context("the process under test takes no more messages")
    }

    /// Sends probes until every sink has had one: then the whole way is open.
    pub(super) fn open(&mut self, sinks: &Sinks) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !sinks.all_open() {
            if Instant::now() > end {
                bail!("no message came through within {} s", PATIENCE.as_secs());
            }
            self.write(1, 0)?;
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Sends as fast as the connection takes it. With sinks, never more than `WINDOW` messages
    /// ahead of the slowest, so that nothing needs to be dropped.
    pub(super) fn flood(&mut self, sinks: Option<&Sinks>, duration: Duration) -> Result<Sent> {
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < duration {
            let room = sinks.map_or(u64::MAX, |sinks| {
                (sinks.slowest() + WINDOW).saturating_sub(count)
            });
            if room < CHUNK as u64 {
                thread::sleep(Duration::from_micros(50));
                continue;
            }
            self.write(CHUNK, now())?;
            count += CHUNK as u64;
        }
        Ok(Sent { count, elapsed: start.elapsed() })
    }

    /// Sends `rate` messages a second for `duration`; late ones are sent at once.
    pub(super) fn pace(&mut self, rate: f64, duration: Duration) -> Result<Sent> {
        let start = Instant::now();
        let total = (rate * duration.as_secs_f64()) as u64;
        let mut count = 0;
        while count < total {
            let due = ((start.elapsed().as_secs_f64() * rate) as u64 + 1).min(total);
            if due > count {
                let batch = (due - count).min(CHUNK as u64);
                self.write(batch as usize, now())?;
                count += batch;
            } else {
                let next = Duration::from_secs_f64(count as f64 / rate);
                // Finer steps than this only cost CPU that the process under test needs.
                let pause = next.saturating_sub(start.elapsed()).max(Duration::from_micros(100));
                thread::sleep(pause);
            }
            if start.elapsed() > duration * 2 + PATIENCE {
                break;
            }
        }
        Ok(Sent { count, elapsed: start.elapsed() })
    }
}

/// Accepts one connection within `timeout`.
pub(super) fn accept(listener: &TcpListener, timeout: Duration) -> Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let end = Instant::now() + timeout;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if Instant::now() > end {
            bail!("nobody connected within {} s", timeout.as_secs());
        }
        thread::sleep(Duration::from_millis(1));
    }
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
    /// Connects `count` subscribers to `to`.
    pub(super) fn connect(to: SocketAddr, count: usize) -> Result<Self> {
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
            threads.push(thread::spawn(move || receive(group, &seen, &stop, born)));
        }
        Ok(Self { seen, stop, threads })
    }

    fn all_open(&self) -> bool {
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
            let part = thread.join().map_err(|_| anyhow::anyhow!("a receiving thread failed"))??;
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
) -> Result<Histogram> {
    let mut latencies = Histogram::new();
    let mut ready = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        if let Ok(p) = std::env::var("P") { thread::sleep(Duration::from_micros(p.parse().unwrap())) }
        let mut fds: Vec<_> =
            group.iter().map(|(_, reader)| PollFd::new(reader.as_fd(), PollFlags::POLLIN)).collect();
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
    }
    Ok(latencies)
}
