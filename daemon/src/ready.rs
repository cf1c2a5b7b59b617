//! What the service manager is told: readiness, stopping, status, and that we are alive.
//!
//! Without a service manager all of this does nothing.

use std::time::Duration;

use sd_notify::{NotifyState, notify};

fn tell(states: &[NotifyState]) {
    if let Err(error) = notify(states) {
        tracing::debug!("cannot notify the service manager: {error}");
    }
}

/// Everything is bound and running.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn status(line: &str) {
    tell(&[NotifyState::Status(line)]);
}

/// Progress was made; the watchdog may rest.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often [`alive`] is expected; half of what the manager allows.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}
