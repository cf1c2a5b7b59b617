//! What the writer says about itself, for others to see without asking SQLite.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a journal is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Health {
    /// For how long writing has failed, if it does.
    pub failing_since: Option<Duration>,
    /// Why writing fails, if it does.
    pub error: Option<String>,
    /// For how long the write under way has taken. Long means that the disk does not answer.
    pub writing_since: Option<Duration>,
    /// Messages that wait for the writer.
    pub waiting: usize,
    /// Messages written.
    pub saved: u64,
    /// Messages that were there already.
    pub duplicates: u64,
    /// Bytes in use in the file.
    pub size_bytes: u64,
    /// The number of the oldest message; without any, that of the next.
    pub oldest: i64,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) failing: Option<(Instant, String)>,
    pub(super) writing: Option<Instant>,
    pub(super) saved: u64,
    pub(super) duplicates: u64,
    pub(super) size: u64,
    pub(super) oldest: i64,
}

#[derive(Debug, Default)]
pub(super) struct Status {
    state: Mutex<State>,
    head: AtomicI64,
    moved: Condvar,
}

impl Status {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn head(&self) -> i64 {
        self.head.load(Ordering::Acquire)
    }

    /// Says how far the journal goes, and wakes who waits for that.
    pub(super) fn set_head(&self, seq: i64) {
        // Under the lock, or somebody who has just looked would sleep through it.
        let state = self.state();
        let before = self.head.swap(seq, Ordering::AcqRel);
        drop(state);
        if before != seq {
            self.moved.notify_all();
        }
    }

    pub(super) fn wait_beyond(&self, seq: i64, timeout: Duration) -> i64 {
        if self.head() <= seq {
            let behind = |_: &mut State| self.head() <= seq;
            drop(self.moved.wait_timeout_while(self.state(), timeout, behind));
        }
        self.head()
    }

    pub(super) fn health(&self, waiting: usize) -> Health {
        let state = self.state();
        Health {
            failing_since: state.failing.as_ref().map(|(since, _)| since.elapsed()),
            error: state.failing.as_ref().map(|(_, why)| why.clone()),
            writing_since: state.writing.map(|since| since.elapsed()),
            waiting,
            saved: state.saved,
            duplicates: state.duplicates,
            size_bytes: state.size,
            oldest: state.oldest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_woken() {
        let status = Status::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| status.wait_beyond(4, Duration::from_secs(60)));
            (1..=5).for_each(|seq| status.set_head(seq));
            assert_eq!(waiting.join().unwrap(), 5);
        });
        assert_eq!(status.wait_beyond(5, Duration::ZERO), 5);
    }
}
