//! The thread that writes, with group commit, and what it does when writing fails.
//!
//! A failed write is never simply tried again on the same connection: the system may have forgotten
//! what it could not write. The file is closed and opened anew. Meanwhile who waits for an answer is
//! refused, and the rest waits in bounded memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::RecvError;
use std::time::{Duration, Instant};

use super::append::Appender;
use super::queue::{Job, Queue};
use super::status::Status;
use super::{Options, Outcome, Receipt, Retention, Store, Summary, now};
use crate::{Error, Kind, Result};

/// The pause before a file that failed is opened again.
const RETRY: Duration = Duration::from_millis(250);
/// How often retention looks at the file at least, while nothing comes.
const PRUNING: Duration = Duration::from_secs(10);
/// How often it looks at the file's size while messages come.
const MEASURING: Duration = Duration::from_millis(500);
/// How many steps of retention come between two batches.
const STEPS: usize = 8;
/// How often something that lasts is logged.
const LOGGING: Duration = Duration::from_secs(10);

pub(super) struct Writer {
    open: Option<Store>,
    path: PathBuf,
    epoch: String,
    retention: Retention,
    queue: Arc<Queue>,
    status: Arc<Status>,
    /// When a lasting failure was logged.
    logged: Option<Instant>,
    /// When retention had nothing left to do, and when it looked at the size.
    pruned: Option<Instant>,
    measured: Option<Instant>,
    unread: Unread,
}

impl Writer {
    pub(super) fn open(options: Options, queue: Arc<Queue>, status: Arc<Status>) -> Result<Self> {
        let store = Store::create(&options.path)?;
        let mut writer = Self {
            open: None,
            path: options.path,
            epoch: store.epoch()?,
            retention: options.retention,
            queue,
            status,
            logged: None,
            pruned: None,
            measured: None,
            unread: Unread::default(),
        };
        writer.begin(store)?;
        writer.measure()?;
        Ok(writer)
    }

    pub(super) fn epoch(&self) -> &str {
        &self.epoch
    }

    pub(super) fn run(mut self) -> Summary {
        let mut batch = Vec::new();
        loop {
            let failing = self.logged.is_some();
            if failing {
                self.queue.pause(RETRY);
            }
            let patience = if failing { Duration::ZERO } else { PRUNING };
            let more = self.queue.take(&mut batch, patience);
            let done = self.turn(&mut batch);
            match done {
                Ok(()) => self.works(),
                Err(error) => self.fails(&error, &mut batch),
            }
            let hopeless = self.logged.is_some() && self.queue.closed();
            if !more || hopeless {
                self.queue.close();
                self.unread.log();
                self.queue.retain(|job| {
                    batch.push(job);
                    None
                });
                let state = self.status.state();
                let lost = batch.iter().map(Job::messages).sum::<usize>() as u64;
                return Summary { saved: state.saved, duplicates: state.duplicates, lost };
            }
        }
    }

    /// One batch, then retention.
    fn turn(&mut self, batch: &mut Vec<Job>) -> Result<()> {
        if self.open.is_none() {
            let store = Store::reopen(&self.path)?;
            if store.epoch()? != self.epoch {
                let what = format!("the journal {} was replaced", self.path.display());
                return Err(Error::new(Kind::Data, what).hint("start anew"));
            }
            self.begin(store)?;
        }
        if !batch.is_empty() {
            self.write(batch)?;
        } else if self.logged.is_some() {
            // Nobody has anything to write that would show whether it works again.
            self.opened()?.probe()?;
        }
        self.prune()
    }

    fn begin(&mut self, store: Store) -> Result<()> {
        store.tune_for_writing()?;
        // What a failed write left may be there nevertheless.
        self.status.set_head(store.newest()?);
        self.open = Some(store);
        Ok(())
    }

    fn opened(&mut self) -> Result<&mut Store> {
        self.open.as_mut().ok_or_else(|| Error::new(Kind::Bug, "the journal is not open"))
    }

    /// One transaction, then the answers.
    fn write(&mut self, batch: &mut Vec<Job>) -> Result<()> {
        self.status.state().writing = Some(Instant::now());
        let store = self.opened()?;
        let written = store.write("cannot write to", |transaction| {
            let mut appender = Appender::new(transaction)?;
            let mut receipts = Vec::with_capacity(batch.len());
            for job in batch.iter() {
                match job {
                    Job::Entry(entry, _) => receipts.push(appender.append(entry)?),
                    Job::Entries(batch, _) => {
                        for _ in 0..batch.count {
                            let entry = batch.entries.recv().map_err(unfinished)?;
                            receipts.push(appender.append(&entry)?);
                        }
                    }
                    Job::Change(change, _) => change.write(transaction)?,
                }
            }
            Ok(receipts)
        });
        self.status.state().writing = None;
        let receipts = written?;
        self.count(&receipts);
        answer(batch.drain(..), receipts);
        Ok(())
    }

    fn count(&self, receipts: &[Receipt]) {
        let is_new = |receipt: &&Receipt| receipt.outcome != Outcome::Duplicate;
        let newest = receipts.iter().filter(is_new).map(|receipt| receipt.seq).max();
        let saved = receipts.iter().filter(is_new).count() as u64;
        let mut state = self.status.state();
        state.saved += saved;
        state.duplicates += receipts.len() as u64 - saved;
        drop(state);
        if let Some(seq) = newest {
            self.status.set_head(seq);
        }
    }

    fn prune(&mut self) -> Result<()> {
        let elapsed = |since: Option<Instant>, time| since.is_none_or(|at| at.elapsed() >= time);
        let due = elapsed(self.pruned, PRUNING) || self.queue.closed();
        if !due && !elapsed(self.measured, MEASURING) {
            return Ok(());
        }
        let size = self.measure()?;
        let retention = self.retention;
        if due || (retention.max_size > 0 && size > retention.max_size) {
            for _ in 0..STEPS {
                let pruned = self.opened()?.prune(retention, now())?;
                self.unread.add(pruned.unread);
                if pruned.removed == 0 {
                    self.pruned = Some(Instant::now());
                    break;
                }
            }
            self.measure()?;
        }
        Ok(())
    }

    fn measure(&mut self) -> Result<u64> {
        let store = &self.opened()?;
        let (size, oldest) = (store.size()?, store.oldest()?);
        let mut state = self.status.state();
        (state.size, state.oldest) = (size, oldest);
        drop(state);
        self.measured = Some(Instant::now());
        Ok(size)
    }

    fn fails(&mut self, error: &Error, batch: &mut Vec<Job>) {
        self.open = None;
        let source = std::error::Error::source(error);
        let why = source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        // Said first: who is refused may look.
        self.status.state().failing.get_or_insert_with(|| (Instant::now(), String::new())).1 =
            why.clone();
        let refuse = |job: Job| {
            job.refuse(|| Error::new(Kind::TryAgain, format!("the journal is not saved: {why}")))
        };
        *batch = std::mem::take(batch).into_iter().filter_map(refuse).collect();
        self.queue.retain(refuse);
        if self.logged.is_none_or(|at| at.elapsed() >= LOGGING) {
            self.logged = Some(Instant::now());
            tracing::error!("{why}; nothing is acknowledged until that works again");
        }
    }

    fn works(&mut self) {
        self.logged = None;
        let failing = self.status.state().failing.take();
        if let Some((since, _)) = failing {
            let seconds = since.elapsed().as_secs_f64();
            tracing::info!("the journal works again after {seconds:.1} s");
        }
    }
}

/// Who brought a batch has died over it.
fn unfinished(_: RecvError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure("a batch ends too early".into())
}

/// Hands out receipts, which are in the order of the entries.
fn answer(jobs: impl Iterator<Item = Job>, receipts: Vec<Receipt>) {
    let mut receipts = receipts.into_iter();
    for job in jobs {
        match job {
            Job::Entry(_, done) => {
                if let (Some(receipt), Some(done)) = (receipts.next(), done) {
                    done(Ok(receipt));
                }
            }
            Job::Entries(batch, done) => {
                done(Ok(receipts.by_ref().take(batch.count).collect()));
            }
            Job::Change(_, Some(done)) => done(Ok(())),
            Job::Change(_, None) => {}
        }
    }
}

/// Messages that retention removed before consumers came to them, since that was logged.
#[derive(Default)]
struct Unread {
    counts: BTreeMap<String, u64>,
    logged: Option<Instant>,
}

impl Unread {
    fn add(&mut self, unread: Vec<(String, u64)>) {
        for (cursor, count) in unread {
            *self.counts.entry(cursor).or_default() += count;
        }
        if self.logged.is_none_or(|at| at.elapsed() >= LOGGING) {
            self.log();
        }
    }

    fn log(&mut self) {
        for (cursor, count) in std::mem::take(&mut self.counts) {
            self.logged = Some(Instant::now());
            tracing::warn!(cursor, count, "unread messages removed by retention");
        }
    }
}
