//! A program that runs all the time. It gets each message as a line of JSON, and answers each with a
//! line, in their order: `ok` or `{"ok":true}`, or else `error WHY` or `{"ok":false,"error":"WHY"}`.
//!
//! Many messages are under way at once, so the program never waits for the next one. Answers are
//! remembered by the number of their message: when the first of several fails, those behind it need not
//! be given again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use fedhub::config;
use fedhub::error::exit;
use fedhub::escape;
use fedhub::journal::Record;
use serde::Deserialize;

use super::process::{Process, would_block};
use crate::hub::consumer::{Consumer, Delivered, Ending, Failure, SHARE};

/// How many messages may be under way, at most.
const MAX_WINDOW: usize = 256;
/// So many are under way at first.
const FIRST_WINDOW: usize = 16;
/// When answers take longer, fewer messages are under way: they would have to be given again if the
/// program, or this one, ended.
const PROMPT: Duration = Duration::from_millis(250);
/// How many bytes wait for the program to read.
const MAX_UNWRITTEN: usize = 256 * 1024;
/// How long an answer may be.
const MAX_ANSWER: usize = 64 * 1024;
/// How many characters of an answer are kept.
const MAX_WORDS: usize = 300;
/// How many answers are remembered for messages that were not given again yet.
const MAX_KNOWN: usize = 4 * MAX_WINDOW;
/// How often the end is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// How long answers are waited for when the end was asked for.
const LAST: Duration = Duration::from_secs(1);

/// Hands messages to a program that runs all the time.
pub(super) struct Stream {
    name: String,
    command: Vec<String>,
    timeout: Duration,
    running: Option<Running>,
    /// What became of messages that were given and not claimed yet.
    known: HashMap<i64, Answer>,
    window: usize,
    restart: Restart,
}

type Answer = Result<(), Failure>;

/// When the program is started again after it has ended.
struct Restart {
    first: Duration,
    most: Duration,
    pause: Duration,
    not_before: Option<Instant>,
    why: String,
}

impl Restart {
    /// It has ended. If it had answered anything, it is started again at once.
    fn ended(&mut self, had_answered: bool, why: String) {
        self.pause = match self.pause {
            _ if had_answered => Duration::ZERO,
            Duration::ZERO => self.first,
            pause => (pause * 2).min(self.most),
        };
        self.not_before = Some(Instant::now() + self.pause);
        self.why = why;
    }

    fn wait(&self) -> Result<(), Failure> {
        let left = self.not_before.map(|time| time.saturating_duration_since(Instant::now()));
        match left.filter(|left| !left.is_zero()) {
            None => Ok(()),
            left => Err(Failure::Unavailable { why: self.why.clone(), retry_after: left }),
        }
    }
}

/// The program and what is between it and us.
struct Running {
    process: Process,
    /// Lines that it has not read yet; of the first, a part may be gone.
    unwritten: Vec<u8>,
    written: usize,
    /// How many lines it can have read and not answered.
    readable: usize,
    /// The messages it was given and has not answered, and when.
    given: VecDeque<(i64, Instant)>,
    /// Since when the first of them is the first.
    since: Instant,
    /// The part of an answer that has come.
    partial: Vec<u8>,
    has_answered: bool,
}

impl Stream {
    pub(super) fn new(
        name: String,
        command: Vec<String>,
        timeout: Duration,
        settings: &config::Consumer,
    ) -> Self {
        let seconds = |seconds: f64| Duration::from_secs_f64(seconds.clamp(0.0, 3600.0));
        let restart = Restart {
            first: seconds(settings.retry),
            most: seconds(settings.retry_max),
            pause: Duration::ZERO,
            not_before: None,
            why: String::new(),
        };
        let (running, known) = (None, HashMap::new());
        Self { name, command, timeout, running, known, window: FIRST_WINDOW, restart }
    }
}

impl Consumer for Stream {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
        }
        let mut under_way = HashSet::new();
        if let Some(running) = &mut self.running {
            running.since = Instant::now();
            under_way.extend(running.given.iter().map(|(seq, _)| *seq));
        }
        let mut delivery = Delivery { batch, next: 0, done: 0, under_way };
        let (mut asked, begin) = (None, Instant::now());
        loop {
            if let Some(failure) = delivery.claim(&mut self.known) {
                return Delivered::until(delivery.done, failure);
            }
            if delivery.done == batch.len() {
                return Delivered::all(batch);
            }
            if delivery.done > 0 && begin.elapsed() > SHARE {
                return Delivered { done: delivery.done, failure: None };
            }
            let ends = ending.asked();
            let late = |asked: Instant| asked.elapsed() > LAST;
            if ends && (late(*asked.get_or_insert_with(Instant::now)) || !self.is_waiting()) {
                return Delivered { done: delivery.done, failure: None };
            }
            if let Err(failure) = self.step(&mut delivery, !ends) {
                return Delivered::until(delivery.done, failure);
            }
        }
    }
}

/// A batch on its way.
struct Delivery<'a> {
    batch: &'a [Record],
    /// The first message that was not given yet.
    next: usize,
    /// How many of the first ones are done.
    done: usize,
    /// What was given before.
    under_way: HashSet<i64>,
}

impl Delivery<'_> {
    /// Claims what is known of the next messages, up to one that failed.
    fn claim(&mut self, known: &mut HashMap<i64, Answer>) -> Option<Failure> {
        while let Some(record) = self.batch.get(self.done) {
            match known.remove(&record.seq)? {
                Ok(()) => self.done += 1,
                Err(failure) => return Some(failure),
            }
        }
        None
    }

    /// The program is another one now; what it was not given, or did not answer, is given to that.
    fn restart(&mut self) {
        self.next = self.done;
        self.under_way.clear();
    }
}

impl Stream {
    fn is_waiting(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.given.is_empty())
    }

    /// Gives what may be given, waits a little, and takes answers.
    fn step(&mut self, delivery: &mut Delivery<'_>, give: bool) -> Result<(), Failure> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        match self.exchange(&mut running, delivery, give) {
            Ok(()) => {
                self.running = Some(running);
                Ok(())
            }
            Err(trouble) => {
                delivery.restart();
                self.lose(running, trouble)
            }
        }
    }

    fn exchange(
        &mut self,
        running: &mut Running,
        delivery: &mut Delivery<'_>,
        give: bool,
    ) -> Result<(), Trouble> {
        if running.given.is_empty() {
            // What it says now it was not asked for; and it may have ended.
            self.take_answers(running)?;
        }
        if give {
            self.give(running, delivery);
        }
        if running.given.is_empty() {
            // All that was left is known already.
            return Ok(());
        }
        running.write();
        running.process.wait(!running.unwritten.is_empty(), GLANCE);
        self.take_answers(running)?;
        running.check(self.timeout)
    }

    fn start(&mut self) -> Result<Running, Failure> {
        self.restart.wait()?;
        let process = Process::start(&self.name, &mut super::command(&self.command))
            .map_err(|error| super::cannot_start(&self.command, &error))?;
        self.window = FIRST_WINDOW;
        Ok(Running {
            process,
            unwritten: Vec::new(),
            written: 0,
            readable: 0,
            given: VecDeque::new(),
            since: Instant::now(),
            partial: Vec::new(),
            has_answered: false,
        })
    }

    fn give(&mut self, running: &mut Running, delivery: &mut Delivery<'_>) {
        delivery.next = delivery.next.max(delivery.done);
        while running.given.len() < self.window
            && running.unwritten.len() - running.written < MAX_UNWRITTEN
        {
            let Some(record) = delivery.batch.get(delivery.next) else { return };
            delivery.next += 1;
            if delivery.under_way.contains(&record.seq) || self.known.contains_key(&record.seq) {
                continue;
            }
            match line(record) {
                Ok(line) => running.give(record.seq, line),
                Err(failure) => drop(self.known.insert(record.seq, Err(failure))),
            }
        }
    }

    fn take_answers(&mut self, running: &mut Running) -> Result<(), Trouble> {
        // First this: what it wrote before it ended is there when its end is.
        let ended = running.process.has_ended();
        let mut buffer = [0; 16 * 1024];
        for _ in 0..MAX_ANSWER / buffer.len() * 2 {
            let count = match running.process.output.read(&mut buffer) {
                Ok(0) => return Err(Trouble::Ended),
                Ok(count) => count,
                Err(error) if would_block(&error) && !ended => return Ok(()),
                Err(_) => return Err(Trouble::Ended),
            };
            for part in buffer[..count].split_inclusive(|&byte| byte == b'\n') {
                running.partial.extend_from_slice(part);
                if running.partial.len() > MAX_ANSWER {
                    return Err(Trouble::Strange("its answer has no end".into()));
                }
                if part.ends_with(b"\n") {
                    let answer = std::mem::take(&mut running.partial);
                    self.take_answer(running, &answer)?;
                }
            }
        }
        Ok(())
    }

    fn take_answer(&mut self, running: &mut Running, line: &[u8]) -> Result<(), Trouble> {
        if running.readable == 0 {
            return Err(Trouble::TooMany);
        }
        let answer = read(line).ok_or_else(|| Trouble::Strange(words(line)))?;
        let Some((seq, given)) = running.given.pop_front() else { return Err(Trouble::TooMany) };
        running.readable -= 1;
        running.since = Instant::now();
        running.has_answered = true;
        let prompt = running.since.duration_since(given) < PROMPT;
        self.window = if prompt { MAX_WINDOW.min(self.window + 1) } else { 1.max(self.window / 2) };
        self.known.insert(seq, answer.map_err(Failure::Message));
        Ok(())
    }

    /// The program is of no more use. The first message it has not answered has failed, the others
    /// are given to the next one.
    fn lose(&mut self, running: Running, trouble: Trouble) -> Result<(), Failure> {
        let Running { process, given, has_answered, .. } = running;
        let first = given.front().map(|(seq, _)| *seq);
        let mut comes_back = false;
        let why = match trouble {
            Trouble::Ended => {
                let ended = process.end();
                comes_back = ended.code == Some(exit::TRY_AGAIN.into());
                format!("the command ended: {}", ended.how)
            }
            Trouble::Strange(answer) => {
                process.kill();
                format!("the command gave a strange answer: {answer}")
            }
            Trouble::TooMany => {
                process.kill();
                comes_back = true;
                "the command answered more messages than it was given".into()
            }
            Trouble::Silent => {
                process.kill();
                format!("the command gave no answer within {} s", self.timeout.as_secs_f64())
            }
        };
        tracing::warn!("consumer {}: {why}", self.name);
        self.restart.ended(has_answered && !comes_back, why.clone());
        match first {
            Some(seq) if !comes_back => {
                self.known.insert(seq, Err(Failure::Message(why)));
                Ok(())
            }
            _ => self.restart.wait(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let ended = running.process.end();
            tracing::debug!("consumer {}: {}", self.name, ended.how);
        }
    }
}

/// Why a program is of no more use.
enum Trouble {
    /// It has ended, or closed its output.
    Ended,
    /// It gave this answer.
    Strange(String),
    /// It answered what it was not given.
    TooMany,
    /// It does not answer.
    Silent,
}

impl Running {
    fn give(&mut self, seq: i64, line: Vec<u8>) {
        let now = Instant::now();
        if self.given.is_empty() {
            self.since = now;
        }
        self.given.push_back((seq, now));
        if self.unwritten.is_empty() {
            self.unwritten = line;
        } else {
            self.unwritten.extend_from_slice(&line);
        }
    }

    /// Writes what the program's pipe takes.
    fn write(&mut self) {
        while let Some(input) = self.process.input.as_mut().filter(|_| !self.unwritten.is_empty()) {
            match input.write(&self.unwritten[self.written..]) {
                Ok(count) => {
                    let end = self.written + count;
                    let out = &self.unwritten[self.written..end];
                    self.readable += out.iter().filter(|&&byte| byte == b'\n').count();
                    self.written = end;
                }
                Err(error) if would_block(&error) => break,
                // It reads no more; that it ends, or gives no answer, is seen elsewhere.
                Err(_) => self.process.input = None,
            }
            if self.written == self.unwritten.len() {
                self.unwritten.clear();
                self.written = 0;
            }
        }
        if self.written > MAX_UNWRITTEN {
            self.unwritten.drain(..self.written);
            self.written = 0;
        }
    }

    fn check(&self, timeout: Duration) -> Result<(), Trouble> {
        let silent = !self.given.is_empty() && self.since.elapsed() > timeout;
        if silent { Err(Trouble::Silent) } else { Ok(()) }
    }
}

/// The line of a message: its body, as `fedhub tail -o ndjson` prints it.
fn line(record: &Record) -> Result<Vec<u8>, Failure> {
    // Whoever has checked its signature has read it.
    if record.verdict != "valid"
        && let Err(error) = record.message.value()
    {
        return Err(Failure::Message(format!("the body is not JSON: {error}")));
    }
    let body = record.message.body();
    let mut line = Vec::with_capacity(body.len() + 1);
    line.extend_from_slice(body);
    // In JSON a newline as it is can only be white space.
    if memchr::memchr2(b'\n', b'\r', &line).is_some() {
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    line.push(b'\n');
    Ok(line)
}

/// What an answer says; `None` if it is not one.
fn read(line: &[u8]) -> Option<Result<(), String>> {
    #[derive(Deserialize)]
    struct Object {
        ok: bool,
        error: Option<String>,
    }
    let line = line.trim_ascii();
    if line == b"ok" {
        return Some(Ok(()));
    }
    if let Some(why) = line.strip_prefix(b"error") {
        let apart = why.first().is_none_or(|byte| matches!(byte, b' ' | b':' | b'\t'));
        return apart.then(|| Err(words(why)));
    }
    let Object { ok, error } = serde_json::from_slice(line).ok()?;
    let why = || words(error.unwrap_or_default().as_bytes());
    Some(if ok { Ok(()) } else { Err(why()) })
}

/// The beginning of what somebody said, harmless.
fn words(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    escape::text(&text.trim().chars().take(MAX_WORDS).collect::<String>())
}
