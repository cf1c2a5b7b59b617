//! Reading from one place, on a thread of its own: an answer may take a minute, and the end of the hub
//! does not wait for it.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use fedhub::Error;
use fedhub::catch_up::{Batch, Failure, Source};

use super::now;
use crate::hub::consumer::Ending;

/// So many seconds from the present are close enough.
const CLOSE: i64 = 5;
/// The pause after a first failure; it doubles with each further one.
const RETRY: Duration = Duration::from_millis(500);
/// The longest one.
pub(super) const RETRY_MAX: Duration = Duration::from_secs(60);

/// What the reading thread says.
pub(super) enum Fetched {
    Batch(Batch),
    /// It failed for so long.
    GaveUp(Error),
    /// Everything before this second was read.
    Done(i64),
}

/// Reads from a place.
pub(super) struct Reader {
    pub(super) source: Box<dyn Source>,
    pub(super) patience: Duration,
    pub(super) ending: Ending,
    pub(super) sender: SyncSender<Fetched>,
}

impl Reader {
    /// Reads everything from this second on. Gives up after a time in which nothing worked, or at
    /// once if trying again cannot help.
    pub(super) fn run(mut self, mut from: i64) {
        let mut until = now();
        let mut failing: Option<Instant> = None;
        let mut pause = RETRY;
        loop {
            if from >= until {
                if now() - until < CLOSE {
                    let _ = self.sender.send(Fetched::Done(until));
                    return;
                }
                until = now();
            }
            match self.source.read(from, until) {
                Ok(batch) => {
                    from = batch.reached;
                    (failing, pause) = (None, RETRY);
                    if self.sender.send(Fetched::Batch(batch)).is_err() {
                        return;
                    }
                }
                Err(failure) => {
                    let since = *failing.get_or_insert_with(Instant::now);
                    if failure.lasting || since.elapsed() >= self.patience {
                        let _ = self.sender.send(Fetched::GaveUp(failure.error));
                        return;
                    }
                    let wait = with_jitter(pause).max(failure.retry_after.unwrap_or_default());
                    report(&failure, wait);
                    pause = (pause * 2).min(RETRY_MAX);
                    if self.ending.pause(wait) {
                        return;
                    }
                }
            }
        }
    }
}

fn report(failure: &Failure, wait: Duration) {
    let what = explain(&failure.error);
    tracing::warn!("catching up, next attempt in {:.1} s: {what}", wait.as_secs_f64());
}

/// An error with its reasons, in one line.
pub(super) fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        text = format!("{text}: {reason}");
        source = reason.source();
    }
    text
}

/// From half the time to one and a half, so that hubs that failed together do not come back together.
fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}
