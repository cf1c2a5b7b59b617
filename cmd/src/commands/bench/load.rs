//! The load: messages that carry their time of sending, and a source that sends them as fast as
//! allowed or at a steady pace.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::sinks::Sinks;
use super::zmtp::{self, Role};

/// The topic of every message of the load.
pub(super) const TOPIC: &str = "org.example.dev.bench.load";
/// Messages between source and slowest sink when sending as fast as nothing is lost: fewer than the
/// 1,000 libzmq queues for a subscriber before it drops.
pub(super) const WINDOW: u64 = 800;
/// Messages per write at full speed.
pub(super) const CHUNK: usize = 32;
/// Digits of a time of sending.
pub(super) const STAMP: usize = 20;
/// How long to wait for a peer in a handshake, and for arrivals before calling a message lost.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Nanoseconds since the first call; never 0. Source and sinks live in one process and share it.
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
    text.push_str(
        &"lorem ipsum ".repeat(size / 12 + 1)[..size.saturating_sub(text.len() + end.len())],
    );
    text.push_str(end);
    text.into_bytes()
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
        zmtp::handshake(&stream, Role::Publisher, PATIENCE)
            .context("waiting for a subscription")?;
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
            let room =
                sinks.map_or(u64::MAX, |sinks| (sinks.slowest() + WINDOW).saturating_sub(count));
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
        pace(rate, duration, |count| self.write(count, now()))
    }
}

/// Has `rate` messages a second sent for `duration`, at most a chunk at once; late ones are sent at
/// once.
pub(super) fn pace(
    rate: f64,
    duration: Duration,
    mut send: impl FnMut(usize) -> Result<()>,
) -> Result<Sent> {
    let start = Instant::now();
    let total = (rate * duration.as_secs_f64()) as u64;
    let mut count = 0;
    while count < total {
        let due = ((start.elapsed().as_secs_f64() * rate) as u64 + 1).min(total);
        if due > count {
            let batch = (due - count).min(CHUNK as u64);
            send(batch as usize)?;
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
