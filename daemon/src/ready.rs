//! What the service manager is told: readiness, stopping, status, and that we are alive.
//!
//! Without a service manager all of this does nothing but log.

use std::time::{Duration, Instant};

use sd_notify::{NotifyState, notify};

use crate::monitor::Report;

/// How often problems that persist are logged.
const REMIND: Duration = Duration::from_secs(10);

fn tell(states: &[NotifyState]) {
    if let Err(error) = notify(states) {
        tracing::debug!("cannot notify the service manager: {error}");
    }
}

/// The end has begun.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// How often a sign of life is expected; half of what the manager allows.
pub(crate) fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

/// Passes reports on.
#[derive(Default)]
pub(crate) struct Teller {
    /// Whether readiness was announced. That is done once.
    announced: bool,
    /// When problems were logged last, while there are any.
    complained: Option<Instant>,
}

impl Teller {
    /// Announces readiness as soon as there are no problems, keeps the status up to date, and feeds
    /// the watchdog while there is nothing that only a new start can mend.
    pub(crate) fn tell(&mut self, report: &Report) {
        let problems = report.problems();
        let fatal = report.fatal();
        if problems.is_empty() {
            if !self.announced {
                tell(&[NotifyState::Ready]);
            }
            if self.complained.take().is_some() {
                tracing::info!("all is ready {}", if self.announced { "again" } else { "now" });
            }
            self.announced = true;
            let counts: Vec<String> = report
                .tasks
                .iter()
                .map(|task| format!("{} {}", task.name, task.messages))
                .collect();
            tell(&[NotifyState::Status(&format!("messages: {}", counts.join(", ")))]);
        } else {
            self.complain(&problems, !fatal.is_empty());
        }
        if fatal.is_empty() {
            tell(&[NotifyState::Watchdog]);
        }
    }

    fn complain(&mut self, problems: &[String], fatal: bool) {
        let problems = problems.join("; ");
        let lead = if self.announced { "not ready" } else { "waiting" };
        tell(&[NotifyState::Status(&format!("{lead}: {problems}"))]);
        if self.complained.is_some_and(|last| last.elapsed() < REMIND) {
            return;
        }
        self.complained = Some(Instant::now());
        if fatal {
            tracing::error!("{lead}: {problems}");
        } else {
            tracing::warn!("{lead}: {problems}");
        }
    }
}
