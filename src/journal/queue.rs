//! What waits for the writer: bounded in messages and in bytes.

use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Entry, Receipt};
use crate::Result;

const MAX_MESSAGES: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// An entry, and who waits for its receipt.
pub(super) struct Job {
    pub(super) entry: Entry,
    pub(super) waiting: Option<SyncSender<Result<Receipt>>>,
}

impl Job {
    fn bytes(&self) -> usize {
        self.entry.message.topic().len() + self.entry.message.body().len()
    }
}

/// The queue has no room for another message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

#[derive(Default)]
struct State {
    jobs: Vec<Job>,
    bytes: usize,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never waits.
    pub(super) fn push(&self, job: Job) -> Result<(), Full> {
        let mut state = self.lock();
        let bytes = state.bytes + job.bytes();
        // An empty queue takes a message of any size, or a large one would never come through.
        let room = state.jobs.is_empty() || bytes <= MAX_BYTES;
        if state.closed || state.jobs.len() >= MAX_MESSAGES || !room {
            return Err(Full);
        }
        state.bytes = bytes;
        state.jobs.push(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Takes what waits, and waits for something if nothing does, up to `patience`. A batch that
    /// already holds its share of messages gets only those whose sender waits, for it to answer.
    /// Says whether more may come.
    pub(super) fn take(&self, batch: &mut Vec<Job>, patience: Duration) -> bool {
        let idle = |state: &mut State| state.jobs.is_empty() && !state.closed;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let mut held: usize = batch.iter().map(Job::bytes).sum();
        for job in std::mem::take(&mut state.jobs) {
            let room = batch.len() < MAX_MESSAGES && held < MAX_BYTES;
            if room || job.waiting.is_some() {
                held += job.bytes();
                batch.push(job);
            } else {
                state.jobs.push(job);
            }
        }
        state.bytes = state.jobs.iter().map(Job::bytes).sum();
        !state.closed
    }

    /// Lets time pass, less if the queue is closed meanwhile.
    pub(super) fn pause(&self, time: Duration) {
        let open = |state: &mut State| !state.closed;
        drop(self.changed.wait_timeout_while(self.lock(), time, open));
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::entry;
    use super::*;

    fn push(queue: &Queue, bytes: usize) -> Result<(), Full> {
        let entry = entry("", &"x".repeat(bytes));
        queue.push(Job { entry, waiting: None })
    }

    #[test]
    fn it_is_bounded_in_messages_and_bytes() {
        let queue = Queue::default();
        (0..MAX_MESSAGES).for_each(|_| push(&queue, 1).unwrap());
        assert_eq!(push(&queue, 1), Err(Full));
        let mut batch = Vec::new();
        assert!(queue.take(&mut batch, Duration::ZERO));
        assert_eq!(batch.len(), MAX_MESSAGES);
        push(&queue, MAX_BYTES * 2).unwrap();
        assert_eq!(push(&queue, 1), Err(Full));
        assert!(queue.take(&mut batch, Duration::ZERO));
        assert_eq!(batch.len(), MAX_MESSAGES, "it holds its share");
        queue.close();
        assert!(!queue.take(&mut Vec::new(), Duration::from_secs(60)));
        assert_eq!(push(&queue, 1), Err(Full));
    }
}
