//! The thread of one consumer: reads the journal behind its cursor, hands on what its topics select,
//! moves the cursor, and deals with failures.
//!
//! A message that fails does not hold up those behind it: the cursor moves past it in the transaction
//! that puts it into quarantine, where it waits for its next attempt, or for somebody to look at it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fedhub::config::Config;
use fedhub::journal::{self, Change, Full, Journal, Quarantining, Record, Settlement, Store};
use fedhub::topic::Pattern;
use fedhub::{Kind as ErrorKind, Result};

use super::consumer::{BATCH, Consumer, Context, Delivered, Ending, Failure, Kind};
use super::rules::Rules;
use super::state::ConsumerStatus;

/// How often the end, and what waits in quarantine, are looked at when there is nothing else to do.
const GLANCE: Duration = Duration::from_millis(100);
/// How often it is looked whether somebody has put the cursor elsewhere.
const LOOKING: Duration = Duration::from_millis(250);
/// The pause while the journal cannot be written.
const UNWRITTEN: Duration = Duration::from_millis(250);
/// The pause in looking at quarantine while whom the messages are for is away.
const AWAY: Duration = Duration::from_secs(1);
/// How many messages from quarantine are tried between two batches.
const RETRIES: usize = 20;
/// So many messages failed one after the other: it is not they that are at fault.
const STREAK: u32 = 20;
/// The pause after each further one.
const STREAK_PAUSE: Duration = Duration::from_secs(1);
/// A consumer that has so many in quarantine is given no more.
const MAX_QUARANTINE: u64 = 10_000;

/// The same in bytes.
const MAX_QUARANTINE_BYTES: u64 = 256 * 1024 * 1024;

/// Runs one consumer.
pub(super) struct Runner {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) config: Arc<Config>,
    pub(super) rules: Arc<Rules>,
    pub(super) journal: Arc<Journal>,
    pub(super) journal_path: PathBuf,
    /// What may be given to it: `valid`, or `unchecked` where nobody validates.
    pub(super) verdicts: &'static [&'static str],
    pub(super) status: Arc<ConsumerStatus>,
    pub(super) ending: Ending,
}

/// A message in quarantine, by its id there, and how often it had been tried.
type Try = (i64, u32);

/// The state of a run, from one failure of the journal to the next.
struct Run<'a> {
    runner: &'a Runner,
    settings: &'a fedhub::config::Consumer,
    topics: Vec<Pattern>,
    store: Store,
    consumer: Option<Box<dyn Consumer>>,
    /// How far it has read.
    position: i64,
    /// Where its cursor is.
    written: i64,
    /// Whether the journal's thread may still have to write where the cursor is.
    unsettled: bool,
    /// When it was last looked where the cursor is.
    looked: Instant,
    /// When it was measured how many messages and bytes are in quarantine, and how many.
    aside: (Option<Instant>, (u64, u64)),
    /// Failed messages since the last success.
    streak: u32,
    /// How often whom it is for was away in a row.
    away: u32,
    /// When quarantine is looked at next.
    quarantine_due: Instant,
    /// What was tried again: what came of it may not be written yet, so it may still seem to be due.
    settling: HashSet<Try>,
}

impl Runner {
    /// Works until the end is asked for. What goes wrong with the journal is logged and tried again.
    pub(super) fn run(self) {
        let Some(settings) = self.config.consumers.get(&self.name) else { return };
        let mut failing = false;
        while !self.ending.asked() {
            let ended = self.start(settings).and_then(|mut run| run.work());
            match ended {
                Ok(()) => return,
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!("consumer {}: {error}; trying again", self.name);
                    }
                    self.status.failed();
                    self.ending.pause(Duration::from_secs(1));
                }
            }
        }
    }

    fn start<'a>(&'a self, settings: &'a fedhub::config::Consumer) -> Result<Run<'a>> {
        let store = Store::open(&self.journal_path)?;
        let position = store.position(&self.name)?;
        Ok(Run {
            runner: self,
            settings,
            topics: settings.topics.iter().map(|topic| Pattern::new(topic)).collect(),
            store,
            consumer: None,
            position,
            written: position,
            unsettled: false,
            aside: (None, (0, 0)),
            looked: Instant::now(),
            streak: 0,
            away: 0,
            quarantine_due: Instant::now(),
            settling: HashSet::new(),
        })
    }
}

impl Run<'_> {
    fn work(&mut self) -> Result<()> {
        let runner = self.runner;
        while !runner.ending.asked() {
            self.retry_due()?;
            if self.looked.elapsed() >= LOOKING {
                self.settle()?;
            }
            // First the number, then the messages: what comes in between is found the next time.
            let head = runner.journal.head();
            let records = self.store.next(self.position, runner.verdicts, self.batch())?;
            let Some(last) = records.last().map(|record| record.seq) else {
                if self.unsettled {
                    self.settle()?;
                }
                self.position = self.position.max(head);
                runner.status.idle(self.position);
                runner.journal.wait_beyond(head, GLANCE);
                continue;
            };
            let Some(wanted) = self.wanted(records) else { return Ok(()) };
            runner.status.given(&wanted);
            match self.deal_with(&wanted)? {
                Gone::No => self.moved(last, 0)?,
                Gone::Stopped => {}
                Gone::Forever => while !runner.ending.pause(Duration::from_secs(3600)) {},
            }
        }
        Ok(())
    }

    /// How many messages it gets at once.
    fn batch(&self) -> usize {
        self.consumer.as_ref().map_or(BATCH, |consumer| consumer.batch())
    }

    /// Those it wants; nothing if the end is asked for meanwhile, since a filter may take its time.
    fn wanted(&self, records: Vec<Record>) -> Option<Vec<Record>> {
        let mut wanted = Vec::new();
        for record in records {
            if self.runner.ending.asked() {
                return None;
            }
            let topic = record.message.topic();
            let named = self.topics.is_empty() || self.topics.iter().any(|one| one.matches(topic));
            if named && self.runner.status.filter(&record.message) {
                wanted.push(record);
            }
        }
        Some(wanted)
    }

    /// Deals with each of these messages: delivers it, or puts it into quarantine.
    fn deal_with(&mut self, wanted: &[Record]) -> Result<Gone> {
        let mut rest = wanted;
        // After a panic one at a time, to find out whose it is.
        let mut at_once = wanted.len();
        while let Some(first) = rest.first() {
            if self.runner.ending.asked() {
                return Ok(Gone::Stopped);
            }
            let batch = rest.get(..at_once).unwrap_or(rest);
            let outcome = self.deliver(batch);
            if outcome.is_none() && batch.len() > 1 {
                at_once = 1;
                continue;
            }
            let Delivered { done, failure } = outcome.unwrap_or_else(panicked);
            let done = done.min(batch.len());
            if done > 0 {
                (self.streak, self.away) = (0, 0);
                let last = batch.get(done - 1).map_or(first.seq, |record| record.seq);
                self.moved(last, done as u64)?;
                rest = rest.get(done..).unwrap_or_default();
            }
            match (failure, rest.first()) {
                (None, _) | (_, None) => {}
                (Some(Failure::Message(why)), Some(failed)) => {
                    self.put_aside(&mut rest, failed, why)?
                }
                (Some(Failure::Unavailable { why, retry_after }), _) => {
                    self.wait_for_them(&why, retry_after);
                }
                (Some(Failure::Gone(why)), _) => {
                    tracing::error!(
                        "consumer {} gets no more messages until the hub starts anew: {why}",
                        self.runner.name
                    );
                    self.runner.status.gone(&why);
                    return Ok(Gone::Forever);
                }
            }
        }
        Ok(Gone::No)
    }

    /// `None`: it panicked, and was made anew.
    fn deliver(&mut self, batch: &[Record]) -> Option<Delivered> {
        let runner = self.runner;
        if self.consumer.is_none() {
            let context = Context {
                name: &runner.name,
                settings: self.settings,
                config: &runner.config,
                left_out: runner.status.left_out(),
                rules: &runner.rules,
            };
            match (runner.kind.build)(context) {
                Ok(made) => self.consumer = Some(made),
                Err(error) => {
                    let failure =
                        Failure::Unavailable { why: error.to_string(), retry_after: None };
                    return Some(Delivered::until(0, failure));
                }
            }
        }
        let consumer = self.consumer.as_mut()?;
        let attempt = catch_unwind(AssertUnwindSafe(|| consumer.deliver(batch, &runner.ending)));
        match attempt {
            Ok(delivered) => Some(delivered),
            Err(_) => {
                // It may be in any state.
                self.consumer = None;
                None
            }
        }
    }

    /// Puts the first message into quarantine and goes on behind it.
    fn put_aside(&mut self, rest: &mut &[Record], failed: &Record, why: String) -> Result<()> {
        let runner = self.runner;
        runner.status.failed();
        while self.quarantine_is_full(failed)? {
            runner.status.away("its quarantine is full: fedhub quarantine ls");
            if runner.ending.pause(STREAK_PAUSE) {
                return Ok(());
            }
            self.retry_due()?;
        }
        let due = self.next_attempt(1);
        if due.is_none() {
            tracing::warn!(
                "consumer {}: message {} is in quarantine: {why}",
                runner.name,
                failed.seq
            );
            runner.status.quarantined();
        }
        let aside = Quarantining { seq: failed.seq, reason: why, attempts: 1, due };
        self.commit(failed.seq, 0, vec![aside])?;
        *rest = rest.get(1..).unwrap_or_default();
        runner.status.put_aside();
        self.streak += 1;
        if self.streak >= STREAK {
            runner.ending.pause(STREAK_PAUSE);
        }
        Ok(())
    }

    /// Whether there is no room for another message. It is measured each second, and estimated between.
    fn quarantine_is_full(&mut self, next: &Record) -> Result<bool> {
        let full = |aside: (u64, u64)| aside.0 >= MAX_QUARANTINE || aside.1 >= MAX_QUARANTINE_BYTES;
        let (measured, aside) = &mut self.aside;
        if full(*aside) || measured.is_none_or(|at| at.elapsed() >= Duration::from_secs(1)) {
            *aside = self.store.quarantine_size(&self.runner.name)?;
            *measured = Some(Instant::now());
        }
        let is_full = full(*aside);
        aside.0 += 1;
        aside.1 += (next.message.topic().len() + next.message.body().len()) as u64;
        Ok(is_full)
    }

    /// When a message that failed so often is tried again; never, if that was enough.
    fn next_attempt(&self, attempts: u32) -> Option<i64> {
        let pause = self.backoff(attempts.saturating_sub(1));
        let micros = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        (attempts < self.settings.attempts).then(|| journal::now().saturating_add(micros))
    }

    fn backoff(&self, before: u32) -> Duration {
        let doubled =
            self.settings.retry.max(0.0) * f64::from(2_u32.saturating_pow(before.min(30)));
        Duration::from_secs_f64(doubled.min(self.settings.retry_max.clamp(0.0, 86_400.0)))
    }

    fn wait_for_them(&mut self, why: &str, retry_after: Option<Duration>) {
        if self.away == 0 {
            tracing::warn!("consumer {} waits: {why}", self.runner.name);
        }
        self.runner.status.away(why);
        let pause = retry_after.unwrap_or_else(|| self.backoff(self.away));
        self.away = self.away.saturating_add(1);
        self.runner.ending.pause(pause);
    }

    /// Tries what is due again.
    fn retry_due(&mut self) -> Result<()> {
        if Instant::now() < self.quarantine_due {
            return Ok(());
        }
        let due = self.store.quarantine_due(&self.runner.name, journal::now(), RETRIES)?;
        if due.len() < RETRIES {
            self.quarantine_due = Instant::now() + GLANCE;
        }
        let due: Vec<(Try, Record)> =
            due.into_iter().map(|one| ((one.id, one.attempts), one.record)).collect();
        self.settling.retain(|tried| due.iter().any(|(seems_due, _)| seems_due == tried));
        let (tries, records): (Vec<Try>, Vec<Record>) =
            due.into_iter().filter(|(tried, _)| !self.settling.contains(tried)).unzip();
        self.retry(&tries, &records);
        Ok(())
    }

    fn retry(&mut self, mut tries: &[Try], mut records: &[Record]) {
        // After a panic one at a time, to find out whose it is.
        let mut at_once = RETRIES;
        while let Some(&next) = tries.first()
            && !self.runner.ending.asked()
        {
            let batch = records.get(..at_once).unwrap_or(records);
            let outcome = self.deliver(batch);
            if outcome.is_none() && batch.len() > 1 {
                at_once = 1;
                continue;
            }
            let Delivered { done, failure } = outcome.unwrap_or_else(panicked);
            for &tried in &tries[..done.min(batch.len())] {
                self.runner.status.delivered(1);
                self.settle_try(tried, Settlement::Done);
            }
            let failed = match failure {
                None => 0,
                Some(Failure::Message(reason)) => {
                    self.failed_again(tries.get(done).copied().unwrap_or(next), reason);
                    1
                }
                // Not its fault, so it does not count.
                Some(Failure::Unavailable { .. } | Failure::Gone(_)) => {
                    self.quarantine_due = Instant::now() + AWAY;
                    return;
                }
            };
            if done + failed == 0 {
                // It was interrupted by the end.
                return;
            }
            tries = tries.get(done + failed..).unwrap_or_default();
            records = records.get(done + failed..).unwrap_or_default();
        }
    }

    fn failed_again(&mut self, tried: Try, reason: String) {
        let due = self.next_attempt(tried.1 + 1);
        if due.is_none() {
            let name = &self.runner.name;
            tracing::warn!("consumer {name}: message is in quarantine: {reason}");
            self.runner.status.quarantined();
        }
        self.settle_try(tried, Settlement::Failed { reason, due });
    }

    /// Says what came of a try, and does not wait for the disk either: a message that is tried once more
    /// after a crash does no harm.
    fn settle_try(&mut self, tried: Try, outcome: Settlement) {
        self.settling.insert(tried);
        self.submit(Change::Settled { id: tried.0, outcome });
    }

    /// The consumer is done with everything up to this message, and was given so many of them.
    fn moved(&mut self, position: i64, delivered: u64) -> Result<()> {
        if position > self.position || delivered > 0 {
            self.commit(position, delivered, Vec::new())?;
        }
        Ok(())
    }

    /// Hands the move of the cursor to the journal's thread, and does not wait for the disk: what is
    /// lost of it by a crash means that messages come again, which consumers are ready for.
    fn commit(
        &mut self,
        position: i64,
        delivered: u64,
        quarantine: Vec<Quarantining>,
    ) -> Result<()> {
        let (cursor, from) = (self.runner.name.clone(), self.written);
        if !self.submit(Change::Progress { cursor, from, position, delivered, quarantine }) {
            return Ok(());
        }
        self.position = self.position.max(position);
        self.written = self.written.max(position);
        self.unsettled = true;
        self.runner.status.moved(self.position, delivered);
        Ok(())
    }

    /// Waits until all changes are on disk, and sees whether somebody has put the cursor elsewhere.
    fn settle(&mut self) -> Result<()> {
        self.looked = Instant::now();
        if self.unsettled {
            match self.runner.journal.flush() {
                Err(error) if error.kind() == ErrorKind::TryAgain => return Ok(()),
                done => done?,
            }
            self.unsettled = false;
        }
        let position = self.store.position(&self.runner.name)?;
        if position != self.written {
            (self.position, self.written) = (position, position);
        }
        Ok(())
    }

    /// Hands a change to the journal's thread. However long that takes: what was delivered is not
    /// delivered again because the disk is full. Says no if the end was asked for meanwhile.
    fn submit(&self, change: Change) -> bool {
        while let Err(Full) = self.runner.journal.submit_change(change.clone()) {
            if self.runner.ending.pause(UNWRITTEN) {
                return false;
            }
        }
        true
    }
}

fn panicked() -> Delivered {
    Delivered::until(0, Failure::Message("the consumer panicked".into()))
}

/// Whether a consumer wants more.
enum Gone {
    No,
    /// The end was asked for.
    Stopped,
    Forever,
}

#[cfg(test)]
mod tests;
