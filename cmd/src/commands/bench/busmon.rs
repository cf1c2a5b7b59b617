//! `bench busmon`: how busmon feels while ten thousand messages a second come. It runs in a pseudo
//! terminal, and all is measured from outside: what it writes there, and what the system says of it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::pty::{OpenptyResult, Winsize, openpty};

use super::histogram::Histogram;
use super::load::Source;
use super::peers::Impl;
use super::process::{Process, Scratch};
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan, progress};

/// Messages a second.
const RATE: f64 = 10_000.0;
/// The size of the terminal.
const SIZE: Winsize = Winsize { ws_row: 50, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 };
/// How long anything may take before it counts as broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it is left alone before it counts as idle.
const SETTLED: Duration = Duration::from_secs(3);
/// The pause between two keys.
const PAUSE: Duration = Duration::from_millis(100);
/// What is typed: letters that no message has, so that each is seen on the screen when it gets there.
const LETTERS: [char; 16] =
    ['ŋ', 'đ', 'ħ', 'ŧ', 'ł', 'þ', 'ø', 'ð', 'ß', 'æ', 'ĸ', 'ẞ', 'ŭ', 'ĝ', 'ĉ', 'ŝ'];
/// A frame ends with one of these: the cursor is hidden or shown.
const FRAME_ENDS: [&[u8]; 2] = [b"\x1b[?25l", b"\x1b[?25h"];
/// Where is the cursor? A terminal answers that it is in the first column of the first line.
const ASKS: &[u8] = b"\x1b[6n";
const HOME: &[u8] = b"\x1b[1;1R";
/// Keys: open the command line, close it, draw everything anew, quit.
const COMMAND: &[u8] = b":";
const ESCAPE: &[u8] = b"\x1b";
const REDRAW: &[u8] = b"\x0c";
const QUIT: &[u8] = b"\x03";

struct Sample {
    start_ms: f64,
    idle_percent: f64,
    frames: f64,
    key_p99_ms: f64,
    cpu_percent: f64,
    peak_mb: f64,
    sent: f64,
    shown: f64,
}

/// Measures busmon.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    notes.push(format!(
        "busmon: {} messages of {} bytes at {RATE} a second; --messages 3600000 is an hour's worth at 1000",
        plan.messages, plan.peers.size
    ));
    let all = plan.interleave("busmon", &[Impl::Fedhub], notes, |_| sample(plan));
    vec![
        all.row("busmon: start to first frame", Unit::Millis, |run| Some(run.start_ms))
            .bar(Bar::Max(100.0)),
        all.row("busmon: CPU when idle", Unit::Percent, |run| Some(run.idle_percent))
            .bar(Bar::Max(1.0)),
        all.row("busmon: frames under load", Unit::PerSecond, |run| Some(run.frames))
            .bar(Bar::Min(15.0)),
        all.row("busmon: key to screen under load, p99", Unit::Millis, |run| Some(run.key_p99_ms))
            .bar(Bar::Max(50.0)),
        all.row("busmon: CPU under load", Unit::Percent, |run| Some(run.cpu_percent))
            .bar(Bar::Max(100.0)),
        all.row("busmon: peak memory", Unit::Megabytes, |run| Some(run.peak_mb))
            .bar(Bar::Max(200.0)),
        all.row("busmon: messages sent", Unit::Messages, |run| Some(run.sent)),
        all.row("busmon: messages it has", Unit::Messages, |run| Some(run.shown)),
    ]
}

fn sample(plan: &Plan) -> Result<Sample> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endpoint = listener.local_addr()?;
    let scratch = Scratch::new()?;
    let OpenptyResult { master, slave } = openpty(Some(&SIZE), None)?;
    let mut command = Command::new("setsid");
    // The terminal becomes its own, whatever terminal this process has.
    command.arg("--ctty").arg(std::env::current_exe()?);
    command.args(["busmon", "--no-validate", "--endpoint", &format!("tcp://{endpoint}")]);
    command.env("TERM", "xterm-256color").env("HOME", scratch.path()).env("LANG", "C.UTF-8");
    let start = Instant::now();
    let mut process =
        Process::spawn_in(&command, scratch, Stdio::from(slave.try_clone()?), Stdio::from(slave))?;
    let mut screen = Screen::watch(File::from(master))?;
    let drawn = screen.wait("the first frame", |seen| seen.frames > 0);
    let start_ms =
        (drawn.or_else(|error| process.check().and(Err(error)))? - start).as_secs_f64() * 1e3;
    let mut source = Source::accept(&listener, plan.peers.size)?;

    thread::sleep(SETTLED);
    let idle_percent = percent(&process, || {
        thread::sleep(plan.duration * 2);
        Ok(())
    })?;

    let total = plan.messages as f64;
    let sender = thread::spawn(move || -> Result<_> {
        let sent = source.pace(RATE, Duration::from_secs_f64(total / RATE))?;
        Ok((source, sent))
    });
    let mut keys = Histogram::new();
    let (begin, before) = (Instant::now(), screen.frames());
    let cpu_percent = percent(&process, || {
        while !sender.is_finished() {
            type_letters(&mut screen, &mut keys, &|| !sender.is_finished())?;
        }
        Ok(())
    })?;
    let frames = (screen.frames() - before) as f64 / begin.elapsed().as_secs_f64();
    let (_source, sent) = sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    progress(&format!("busmon: sent {} in {:.1} s", sent.count, sent.elapsed.as_secs_f64()));
    let shown = messages(&mut screen)?;
    let peak_mb = process.peak()? as f64 / 1e6;
    screen.press(QUIT)?;
    process.wait(PATIENCE)?;
    ensure!(keys.percentile(99.0).is_some(), "no key was measured");
    Ok(Sample {
        start_ms,
        idle_percent,
        frames,
        key_p99_ms: keys.percentile(99.0).unwrap_or_default() as f64 / 1e6,
        cpu_percent,
        peak_mb,
        sent: sent.count as f64,
        shown,
    })
}

/// How much of a core the process uses while something is done.
fn percent(process: &Process, action: impl FnOnce() -> Result<()>) -> Result<f64> {
    let (begin, before) = (Instant::now(), process.cpu()?);
    action()?;
    let used = process.cpu()?.saturating_sub(before);
    Ok(used.as_secs_f64() / begin.elapsed().as_secs_f64() * 100.0)
}

/// Types on the command line, and takes the time from each key until its letter is on the screen.
fn type_letters(screen: &mut Screen, keys: &mut Histogram, go_on: &dyn Fn() -> bool) -> Result<()> {
    screen.press(COMMAND)?;
    for letter in LETTERS {
        thread::sleep(PAUSE);
        if !go_on() {
            break;
        }
        let mut bytes = [0; 4];
        let bytes = letter.encode_utf8(&mut bytes).as_bytes();
        let pressed = screen.press(bytes)?;
        let shown = screen.wait("a letter that was typed", |seen| seen.contains(bytes))?;
        keys.record(u64::try_from((shown - pressed).as_nanos()).unwrap_or(u64::MAX));
    }
    screen.press(ESCAPE)?;
    // Its letters are gone from the screen before they are looked for again.
    thread::sleep(PAUSE);
    Ok(())
}

/// How many messages it says it has, once that does not change any more.
fn messages(screen: &mut Screen) -> Result<f64> {
    let begin = Instant::now();
    let mut last = None;
    loop {
        screen.press(REDRAW)?;
        thread::sleep(PAUSE * 5);
        let found = screen.number_before("messages");
        if found.is_some() && found == last {
            return Ok(found.unwrap_or_default());
        }
        last = found.or(last);
        if begin.elapsed() > PATIENCE {
            bail!("it does not say how many messages it has");
        }
    }
}

/// The other side of a pseudo terminal.
struct Screen {
    master: File,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

/// What was written to the terminal.
#[derive(Default)]
struct Seen {
    /// Since the last key, and no more than is looked at.
    bytes: Vec<u8>,
    /// When the last of it came.
    at: Option<Instant>,
    frames: u64,
    ended: bool,
}

impl Seen {
    fn contains(&self, text: &[u8]) -> bool {
        self.bytes.windows(text.len()).any(|window| window == text)
    }
}

impl Screen {
    fn watch(master: File) -> Result<Self> {
        let (mut reader, mut answers) = (master.try_clone()?, master.try_clone()?);
        let seen = Arc::new((Mutex::<Seen>::default(), Condvar::new()));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            // It fails when the other side is closed.
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                let at = Instant::now();
                let bytes = &buffer[..length];
                if bytes.windows(ASKS.len()).any(|part| part == ASKS)
                    && answers.write_all(HOME).is_err()
                {
                    break;
                }
                let frames = bytes.windows(6).filter(|part| FRAME_ENDS.contains(part)).count();
                let mut seen = lock(&shared.0);
                seen.bytes.extend(bytes);
                seen.at = Some(at);
                // One that is torn between two reads is not counted, which is on the safe side.
                seen.frames += frames as u64;
                shared.1.notify_all();
            }
            lock(&shared.0).ended = true;
            shared.1.notify_all();
        });
        Ok(Self { master, seen })
    }

    fn frames(&self) -> u64 {
        lock(&self.seen.0).frames
    }

    /// Presses a key, and forgets what was written before it; says when that was.
    fn press(&mut self, key: &[u8]) -> Result<Instant> {
        let mut seen = lock(&self.seen.0);
        seen.bytes.clear();
        let at = Instant::now();
        self.master.write_all(key).context("the terminal takes no keys")?;
        drop(seen);
        Ok(at)
    }

    /// Waits until something was written; says when.
    fn wait(&self, what: &str, holds: impl Fn(&Seen) -> bool) -> Result<Instant> {
        let end = Instant::now() + PATIENCE;
        let mut seen = lock(&self.seen.0);
        loop {
            if let Some(at) = seen.at.filter(|_| holds(&seen)) {
                return Ok(at);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || seen.ended {
                bail!("it did not show {what}");
            }
            let waited = self.seen.1.wait_timeout(seen, left);
            seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The number that stands before a text on the screen, with commas in it.
    fn number_before(&self, text: &str) -> Option<f64> {
        let shown = String::from_utf8_lossy(&lock(&self.seen.0).bytes).into_owned();
        let shown = plain(&shown);
        let before = shown.split(text).next().filter(|before| before.len() < shown.len())?;
        let number = before.trim_end().rsplit(|c: char| !c.is_ascii_digit() && c != ',').next()?;
        number.replace(',', "").parse().ok()
    }
}

/// Text without the codes that colour it and move the cursor.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\x1b' {
            out.push(character);
            continue;
        }
        // `ESC [`, and all up to the letter that ends it.
        if rest.next() == Some('[') {
            let _ = rest.by_ref().find(|c| ('@'..='~').contains(c));
        }
    }
    out
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_off_the_screen() {
        let screen = Screen { master: tempfile::tempfile().unwrap(), seen: Arc::default() };
        let shown = "\x1b[2;1H\x1b[1m ▼ FOLLOWING  \x1b[0m\x1b[38;5;8m600,123 messages\x1b[m";
        lock(&screen.seen.0).bytes.extend(shown.as_bytes());
        assert_eq!(screen.number_before("messages"), Some(600_123.0));
        assert_eq!(screen.number_before("others"), None);
    }
}
