//! Shows how far a hub has caught up: a bar when stderr is a terminal, else now and then a line in
//! the log.

use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fedhub_daemon::hub::catch_up::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output::escape;

/// How often the log says how far it is.
const LOGGING: Duration = Duration::from_secs(10);

/// Where bars are drawn; nowhere if stderr is no terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Stderr, without a bar in the middle of a line.
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        BARS.suspend(|| std::io::stderr().lock().write(text))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}

/// How far it is.
pub(crate) struct CatchingUp(Mutex<State>);

struct State {
    bar: ProgressBar,
    logged: Instant,
}

impl CatchingUp {
    /// Nothing is shown before it begins.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { bar: ProgressBar::hidden(), logged: Instant::now() }))
    }

    fn with(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for CatchingUp {
    fn start(&self, address: &str, total: u64) {
        self.with(|state| {
            if state.bar.prefix() != address {
                state.bar.finish_and_clear();
                let style = "{prefix} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}";
                let style = ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
                let bar = ProgressBar::new(total).with_style(style);
                state.bar = BARS.add(bar.with_prefix(escape::text(address)));
                state.logged = Instant::now();
            }
            state.bar.set_length(total);
        });
    }

    fn advance(&self, messages: u64) {
        self.with(|state| {
            state.bar.inc(messages);
            if BARS.is_hidden() && state.logged.elapsed() >= LOGGING {
                state.logged = Instant::now();
                let (done, total) = (state.bar.position(), state.bar.length().unwrap_or_default());
                tracing::info!("catching up: {done} of about {total} messages");
            }
        });
    }

    fn finish(&self) {
        self.with(|state| {
            state.bar.finish_and_clear();
            state.bar = ProgressBar::hidden();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_guess_goes_on_and_another_place_begins_anew() {
        let shown = CatchingUp::new();
        let state = || {
            let state = shown.0.lock().unwrap();
            (state.bar.position(), state.bar.length())
        };
        shown.start("one", 10);
        shown.advance(4);
        shown.start("one", 20);
        assert_eq!(state(), (4, Some(20)));
        shown.start("two", 5);
        assert_eq!(state(), (0, Some(5)));
        shown.finish();
        shown.start("two", 6);
        assert_eq!(state(), (0, Some(6)));
    }
}
