//! The consumer of the hub under test, in a process of its own: it acknowledges every line, and
//! reports which message it was and when it came.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use fedhub::journal::now;

use super::messages::number;

/// A report on one message: its number and when it came, in unix microseconds, both little-endian.
const REPORT: usize = 16;
/// What is read at once.
const READ_SIZE: usize = 256 << 10;

/// Where the consumer reports to.
#[derive(Debug, clap::Args)]
pub(crate) struct CounterArgs {
    /// Who counts.
    #[arg(long)]
    report: SocketAddr,
}

/// Acknowledges lines until there are no more. Nothing is kept back while it waits for more.
pub(crate) fn count(args: &CounterArgs) -> Result<u8> {
    let mut report = TcpStream::connect(args.report)?;
    report.set_nodelay(true)?;
    let (mut stdin, mut stdout) = (BufReader::with_capacity(READ_SIZE, io::stdin()), io::stdout());
    let (mut line, mut answers, mut reports) = (Vec::new(), Vec::new(), Vec::new());
    while stdin.read_until(b'\n', &mut line)? > 0 {
        if let Some(number) = number(&line) {
            reports.extend_from_slice(&(number as u64).to_le_bytes());
            reports.extend_from_slice(&now().to_le_bytes());
        }
        line.clear();
        answers.extend_from_slice(b"ok\n");
        if !stdin.buffer().contains(&b'\n') {
            stdout.write_all(&answers)?;
            stdout.flush()?;
            report.write_all(&reports)?;
            answers.clear();
            reports.clear();
        }
    }
    Ok(0)
}

/// What a consumer has reported.
#[derive(Debug)]
pub(super) struct Reported {
    /// When each message came, in unix microseconds; 0: not yet.
    arrived: Vec<AtomicI64>,
    /// How many messages came.
    count: AtomicU64,
    /// How many came again, or were never sent.
    wrong: AtomicU64,
}

impl Reported {
    /// How many messages came.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// How many came again, or were never sent.
    pub(super) fn wrong(&self) -> u64 {
        self.wrong.load(Ordering::Relaxed)
    }

    /// When a message came, in unix microseconds.
    pub(super) fn arrived(&self, number: usize) -> Option<i64> {
        let time = self.arrived.get(number)?.load(Ordering::Relaxed);
        (time > 0).then_some(time)
    }

    /// Waits until so many came. Returns how many did when none has come for `patience`.
    pub(super) fn wait_for(&self, count: u64, patience: Duration) -> u64 {
        let (mut before, mut changed) = (self.count(), Instant::now());
        while before < count && changed.elapsed() < patience {
            thread::sleep(Duration::from_micros(500));
            if self.count() != before {
                (before, changed) = (self.count(), Instant::now());
            }
        }
        before
    }

    fn note(&self, report: &[u8]) {
        let Some((number, time)) = report.split_first_chunk::<8>() else { return };
        let number = u64::from_le_bytes(*number) as usize;
        let time = time.first_chunk().map_or(0, |time| i64::from_le_bytes(*time));
        let new = self.arrived.get(number).is_some_and(|at| at.swap(time, Ordering::Relaxed) == 0);
        if new { &self.count } else { &self.wrong }.fetch_add(1, Ordering::Relaxed);
    }
}

/// Listens for reports until it is dropped.
#[derive(Debug)]
pub(super) struct Reports {
    /// Where.
    pub(super) address: SocketAddr,
    /// What has come.
    pub(super) reported: Arc<Reported>,
    stop: Arc<AtomicBool>,
}

impl Reports {
    /// Starts to listen for reports on `count` messages.
    pub(super) fn listen(count: usize) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let reported = Arc::new(Reported {
            arrived: (0..count).map(|_| AtomicI64::new(0)).collect(),
            count: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
        });
        let stop = Arc::new(AtomicBool::new(false));
        let (noted, stopped) = (Arc::clone(&reported), Arc::clone(&stop));
        thread::Builder::new()
            .name("reports".into())
            .spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    match listener.accept() {
                        // A consumer that is killed hangs up in the middle of a report.
                        Ok((stream, _)) => drop(receive(&stream, &noted, &stopped)),
                        Err(_) => thread::sleep(Duration::from_millis(1)),
                    }
                }
            })
            .context("starting a thread")?;
        Ok(Self { address, reported, stop })
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn receive(mut stream: &TcpStream, reported: &Reported, stop: &AtomicBool) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let (mut buffer, mut filled) = (vec![0; READ_SIZE], 0);
    while !stop.load(Ordering::Relaxed) {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        let whole = filled - filled % REPORT;
        buffer[..whole].chunks_exact(REPORT).for_each(|report| reported.note(report));
        buffer.copy_within(whole..filled, 0);
        filled -= whole;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_come_however_they_are_cut_and_none_counts_twice() {
        let reports = Reports::listen(3).unwrap();
        let mut stream = TcpStream::connect(reports.address).unwrap();
        let mut bytes = Vec::new();
        for number in [0_u64, 2, 2, 7] {
            bytes.extend(number.to_le_bytes());
            bytes.extend((1000 + number as i64).to_le_bytes());
        }
        bytes.chunks(5).for_each(|part| stream.write_all(part).unwrap());
        drop(stream);
        let reported = &reports.reported;
        assert_eq!(reported.wait_for(3, Duration::from_millis(500)), 2);
        assert_eq!(reported.wrong(), 2);
        assert_eq!([0, 1, 2, 7].map(|n| reported.arrived(n)), [Some(1000), None, Some(1002), None]);
    }
}
