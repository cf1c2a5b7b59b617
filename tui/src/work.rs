//! Work that may take long, in a thread of its own, so that the screen stays alive.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use fedhub::{Error, Kind, Result};

/// Work that goes on.
#[derive(Debug)]
pub struct Work {
    progress: Progress,
    outcome: Receiver<Result<String>>,
}

/// How far work is, and whether it is still wanted; the thread's end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    done: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Progress {
    /// So much more is done.
    pub(crate) fn add(&self, more: u64) {
        self.done.fetch_add(more, Ordering::Relaxed);
    }

    /// Whether it is to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What becomes true when it is to end.
    pub(crate) fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }
}

impl Work {
    /// Starts it. What it gives is told when it ends.
    pub(crate) fn start(
        name: &str,
        work: impl FnOnce(&Progress) -> Result<String> + Send + 'static,
    ) -> Result<Self> {
        let progress = Progress::default();
        let (says, outcome) = sync_channel(1);
        let own = progress.clone();
        std::thread::Builder::new()
            .name(name.into())
            .spawn(move || {
                // Nobody may wait for it any more.
                let _ = says.send(work(&own));
            })
            .map_err(|error| Error::io("cannot start a thread", error))?;
        Ok(Self { progress, outcome })
    }

    /// How many messages are done.
    pub fn done(&self) -> u64 {
        self.progress.done.load(Ordering::Relaxed)
    }

    /// Asks it to end.
    pub fn stop(&self) {
        self.progress.stop.store(true, Ordering::Relaxed);
    }

    /// What became of it, once it has ended.
    pub(crate) fn outcome(&self) -> Option<Result<String>> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Err(Error::new(Kind::Bug, "it ended without a word")))
            }
        }
    }
}
