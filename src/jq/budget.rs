//! What a running expression may still use. jaq has no means to stop an expression, so the values
//! that it handles ask here: each copy and each new value costs something, and when the time or the
//! room is used up, the run is unwound to where it began.
//!
//! Unwinding is the only way out of the depths of jaq, whose code has neither `unsafe` nor locks
//! that could be left in disorder. No message is printed and no hook runs: it is no panic.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// What one step costs beside the bytes it needs.
pub(super) const STEP: usize = 16;

/// How much is used or looked at between two looks at the clock.
const CLOCK_EVERY: usize = 64 * 1024;

/// Why a run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It took too long.
    Time,
    /// It made too much.
    Room,
    /// It nested a value too deeply.
    Depth,
    /// jaq failed: a bug of its own.
    Bug,
}

#[derive(Clone, Copy)]
struct Left {
    room: usize,
    /// After so much the clock is read.
    clock: usize,
    deadline: Option<Instant>,
    failures: u32,
}

/// Outside of a run nothing is limited: values are also made and copied by those who run.
const UNLIMITED: Left = Left { room: usize::MAX, clock: 0, deadline: None, failures: 0 };

thread_local! {
    static LEFT: Cell<Left> = const { Cell::new(UNLIMITED) };
}

/// Uses a step and `bytes`.
pub(super) fn spend(bytes: usize) {
    go_on(bytes.saturating_add(STEP), bytes.saturating_add(STEP));
}

/// Looks at `bytes`, which takes time but no room.
pub(super) fn work(bytes: usize) {
    go_on(0, bytes);
}

fn go_on(room: usize, work: usize) {
    LEFT.with(|cell| {
        let mut left = cell.get();
        let Some(deadline) = left.deadline else { return };
        let Some(room) = left.room.checked_sub(room) else { stop(Stop::Room) };
        left.room = room;
        match left.clock.checked_sub(work) {
            Some(clock) => left.clock = clock,
            None if Instant::now() > deadline => stop(Stop::Time),
            None => left.clock = CLOCK_EVERY,
        }
        cell.set(left);
    });
}

/// Counts an expression that failed and was replaced by its default.
pub(super) fn count_failure() {
    LEFT.with(|cell| {
        let left = cell.get();
        cell.set(Left { failures: left.failures.saturating_add(1), ..left });
    });
}

/// Ends the run.
pub(super) fn stop(why: Stop) -> ! {
    resume_unwind(Box::new(why))
}

/// Runs `work` within `time` and `room` bytes; tells also how many failures were counted.
pub(super) fn within<T>(
    time: Duration,
    room: usize,
    work: impl FnOnce() -> T,
) -> (Result<T, Stop>, u32) {
    let now = Instant::now();
    let deadline = Some(now.checked_add(time).unwrap_or(now));
    let before = LEFT.replace(Left { room, clock: CLOCK_EVERY, deadline, failures: 0 });
    let result = catch_unwind(AssertUnwindSafe(work)).map_err(why);
    let failures = LEFT.replace(before).failures;
    (result, failures)
}

fn why(payload: Box<dyn Any + Send>) -> Stop {
    payload.downcast_ref::<Stop>().copied().unwrap_or(Stop::Bug)
}
