//! What waits for the writer, in order: bounded in messages and in bytes.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::append::Prepared;
use super::{Change, Receipt};
use crate::{Error, Result};

const MAX_MESSAGES: usize = 10_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// What something without frames takes, roughly.
const CHANGE_BYTES: usize = 256;

/// Is called once with what became of something, on the thread that writes; so it must not wait.
pub type Done<T> = Box<dyn FnOnce(Result<T>) + Send>;

/// Something to write. With a `Done` it is written at once or not at all; without, it is tried until
/// it is written.
pub(super) enum Job {
    Entry(Prepared, Option<Done<Receipt>>),
    Entries(Batch, Done<Vec<Receipt>>),
    Change(Change, Option<Done<()>>),
}

/// Messages that are written together. They come while the first of them are being written already.
pub(super) struct Batch {
    pub(super) count: usize,
    /// What all frames take.
    pub(super) bytes: usize,
    /// As many as `count` says, unless the thread that brings them has died.
    pub(super) entries: Receiver<Prepared>,
}

impl Job {
    pub(super) fn messages(&self) -> usize {
        match self {
            Self::Entry(..) => 1,
            Self::Entries(batch, _) => batch.count,
            Self::Change(..) => 0,
        }
    }

    fn weight(&self) -> Weight {
        match self {
            Self::Entry(entry, _) => Weight { items: 1, bytes: entry.bytes() },
            Self::Entries(batch, _) => Weight { items: batch.count, bytes: batch.bytes },
            Self::Change(..) => Weight { items: 1, bytes: CHANGE_BYTES },
        }
    }

    /// Tells who waits that it was not written. Gives back what is tried again.
    pub(super) fn refuse(self, why: impl FnOnce() -> Error) -> Option<Self> {
        match self {
            Self::Entry(_, Some(done)) => done(Err(why())),
            Self::Entries(_, done) => done(Err(why())),
            Self::Change(_, Some(done)) => done(Err(why())),
            Self::Entry(_, None) | Self::Change(_, None) => return Some(self),
        }
        None
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Weight {
    items: usize,
    bytes: usize,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self { items: self.items + other.items, bytes: self.bytes + other.bytes }
    }

    fn minus(self, other: Self) -> Self {
        Self { items: self.items - other.items, bytes: self.bytes - other.bytes }
    }

    /// Whether there is room for another. Where nothing is, there is room for one of any size, or a
    /// large one would never come through.
    fn has_room_for(self, other: Self) -> bool {
        let sum = self.plus(other);
        self.items == 0 || (sum.items <= MAX_MESSAGES && sum.bytes <= MAX_BYTES)
    }
}

/// The queue has no room for another message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    weight: Weight,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Something came where nothing was, or the queue was closed.
    came: Condvar,
    /// There is room again, or the queue was closed.
    room: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never waits.
    pub(super) fn push(&self, job: Job) -> Result<(), Full> {
        self.push_within(job, Duration::ZERO)
    }

    /// Waits for room, but no longer than this.
    pub(super) fn push_within(&self, job: Job, patience: Duration) -> Result<(), Full> {
        let weight = job.weight();
        let full = |state: &mut State| !state.closed && !state.weight.has_room_for(weight);
        let mut state = self.lock();
        if full(&mut state) && !patience.is_zero() {
            let waited = self.room.wait_timeout_while(state, patience, full);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.closed || full(&mut state) {
            return Err(Full);
        }
        state.weight = state.weight.plus(weight);
        state.jobs.push_back(job);
        // To wake costs a system call, and only who found nothing sleeps.
        if state.jobs.len() == 1 {
            self.came.notify_one();
        }
        Ok(())
    }

    /// Takes what waits, as much as a batch may hold, and waits for something if nothing does, up to
    /// `patience`. Says whether more may come.
    pub(super) fn take(&self, batch: &mut Vec<Job>, patience: Duration) -> bool {
        let idle = |state: &mut State| state.jobs.is_empty() && !state.closed;
        let waited = self.came.wait_timeout_while(self.lock(), patience, idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let mut held = batch.iter().map(Job::weight).fold(Weight::default(), Weight::plus);
        while let Some(weight) = state.jobs.front().map(Job::weight)
            && held.has_room_for(weight)
        {
            held = held.plus(weight);
            state.weight = state.weight.minus(weight);
            batch.extend(state.jobs.pop_front());
        }
        let more = !state.closed || !state.jobs.is_empty();
        drop(state);
        self.room.notify_all();
        more
    }

    /// Takes everything from the queue through a sieve.
    pub(super) fn retain(&self, mut keep: impl FnMut(Job) -> Option<Job>) {
        let jobs = std::mem::take(&mut self.lock().jobs);
        // Without the lock: what the sieve does may take its time.
        let kept: VecDeque<_> = jobs.into_iter().filter_map(&mut keep).collect();
        let mut state = self.lock();
        let came = std::mem::replace(&mut state.jobs, kept);
        state.jobs.extend(came);
        state.weight = state.jobs.iter().map(Job::weight).fold(Weight::default(), Weight::plus);
        drop(state);
        self.room.notify_all();
    }

    /// Whether less than half of what may wait does.
    pub(super) fn half_empty(&self) -> bool {
        let weight = self.lock().weight;
        weight.items < MAX_MESSAGES / 2 && weight.bytes < MAX_BYTES / 2
    }

    /// How many messages and changes wait.
    pub(super) fn len(&self) -> usize {
        self.lock().weight.items
    }

    /// Lets time pass, less if the queue is closed meanwhile.
    pub(super) fn pause(&self, time: Duration) {
        let open = |state: &mut State| !state.closed;
        drop(self.came.wait_timeout_while(self.lock(), time, open));
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.came.notify_all();
        self.room.notify_all();
    }

    pub(super) fn closed(&self) -> bool {
        self.lock().closed
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::entry;
    use super::*;

    fn job(bytes: usize) -> Job {
        Job::Entry(entry("", &"x".repeat(bytes)).into(), None)
    }

    #[test]
    fn it_is_bounded_in_messages_and_bytes() {
        let queue = Queue::default();
        (0..MAX_MESSAGES).for_each(|_| queue.push(job(1)).unwrap());
        assert_eq!(queue.push(job(1)), Err(Full));
        let mut batch = Vec::new();
        assert!(queue.take(&mut batch, Duration::ZERO));
        assert_eq!((batch.len(), queue.len()), (MAX_MESSAGES, 0));
        queue.push(job(MAX_BYTES * 2)).unwrap();
        assert_eq!(queue.push(job(1)), Err(Full));
        assert!(queue.take(&mut batch, Duration::ZERO));
        assert_eq!((batch.len(), queue.len()), (MAX_MESSAGES, 1), "it holds its share");
        queue.close();
        assert!(queue.take(&mut Vec::new(), Duration::ZERO) || queue.len() == 0);
        assert!(!queue.take(&mut Vec::new(), Duration::from_secs(60)));
        assert_eq!(queue.push(job(1)), Err(Full));
    }

    #[test]
    fn who_may_wait_gets_room_when_there_is_some() {
        let queue = Queue::default();
        queue.push(job(MAX_BYTES)).unwrap();
        assert_eq!(queue.push_within(job(1), Duration::from_millis(1)), Err(Full));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.push_within(job(1), Duration::from_secs(60)));
            queue.take(&mut Vec::new(), Duration::ZERO);
            assert_eq!(waiting.join().unwrap(), Ok(()));
        });
    }

    #[test]
    fn the_sieve_keeps_order_and_weight() {
        let queue = Queue::default();
        (1..=3).for_each(|bytes| queue.push(job(bytes)).unwrap());
        queue.retain(|job| (job.weight().bytes != 2).then_some(job));
        let mut batch = Vec::new();
        queue.take(&mut batch, Duration::ZERO);
        let left: Vec<_> = batch.iter().map(|job| job.weight().bytes).collect();
        assert_eq!((left, queue.len()), (vec![1, 3], 0));
    }
}
