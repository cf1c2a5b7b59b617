//! Expressions that gave no answer: counted by reason, and named in the log once in a while.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::escape;

/// The least time between two log lines.
const INTERVAL: Duration = Duration::from_secs(60);

/// Why an expression gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It does not fit the message, such as a field of a text.
    Failed,
    /// It took too long.
    TooSlow,
    /// It gave too much.
    TooLarge,
    /// The message is not JSON.
    NotJson,
}

/// All reasons, in the order of the counters.
const REASONS: [Reason; 4] = [Reason::Failed, Reason::TooSlow, Reason::TooLarge, Reason::NotJson];

impl Reason {
    /// What metrics and logs call it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Failed => "failed",
            Reason::TooSlow => "too-slow",
            Reason::TooLarge => "too-large",
            Reason::NotJson => "not-json",
        }
    }
}

/// How often there was no answer. Threads may share it.
#[derive(Debug, Default)]
pub(super) struct Failures {
    counts: [AtomicU64; REASONS.len()],
    logged: Mutex<Option<Instant>>,
}

impl Failures {
    /// Counts one, and names the expression if none was named for a while.
    pub(super) fn add(&self, reason: Reason, expression: &str, why: &str) {
        if let Some(count) = REASONS.iter().position(|one| *one == reason) {
            self.counts[count].fetch_add(1, Relaxed);
        }
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_none_or(|at| at.elapsed() >= INTERVAL) {
            *logged = Some(Instant::now());
            let total: u64 = self.counts().map(|(_, count)| count).sum();
            let (expression, why) = (escape::text(expression), escape::text(why));
            tracing::warn!(
                "filter: {expression} counts as no match: {}: {why} ({total} times so far)",
                reason.name()
            );
        }
    }

    /// Each reason with its count.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Reason, u64)> {
        REASONS.into_iter().zip(&self.counts).map(|(reason, count)| (reason, count.load(Relaxed)))
    }
}
