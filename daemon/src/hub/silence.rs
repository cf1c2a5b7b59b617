//! The watch for publishers that are connected and yet silent: first the connection is made anew, then
//! the hub is not ready, and at last it shows no sign of life, so that the service manager acts.
//!
//! On a bus without heartbeats silence is no fault, so the watch of a publisher begins with its first
//! heartbeat, or by configuration.

use std::time::{Duration, Instant};

/// How a publisher does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    /// It is heard, or need not be.
    Well,
    /// Silent for too long: connect anew. Said once for each time the limit has passed.
    Reconnect,
    /// Silent since it was connected anew.
    Silent,
    /// Silent for long, and nothing helps.
    Deaf,
}

/// The watch over one publisher.
#[derive(Debug)]
pub(super) struct Silence {
    limit: Duration,
    armed: bool,
    connected: bool,
    heard: Instant,
    reconnected: u32,
}

impl Silence {
    pub(super) fn new(limit: Duration, armed: bool, now: Instant) -> Self {
        Self { limit, armed, connected: false, heard: now, reconnected: 0 }
    }

    /// Something came.
    pub(super) fn heard(&mut self, heartbeat: bool, now: Instant) {
        self.armed |= heartbeat;
        self.heard = now;
        self.reconnected = 0;
    }

    /// Its connection came or went. Time without one does not count as silence.
    pub(super) fn connection(&mut self, up: bool, now: Instant) {
        // A connection that was made anew does not yet mean that something is heard.
        if up && !self.connected && self.reconnected == 0 {
            self.heard = now;
        }
        self.connected = up;
    }

    pub(super) fn look(&mut self, now: Instant) -> Hearing {
        if !self.armed || self.limit.is_zero() || !self.connected {
            return Hearing::Well;
        }
        let limits =
            now.saturating_duration_since(self.heard).as_secs_f64() / self.limit.as_secs_f64();
        let limits = limits as u32;
        if limits > self.reconnected {
            self.reconnected = limits;
            return Hearing::Reconnect;
        }
        match limits {
            0 => Hearing::Well,
            1 | 2 => Hearing::Silent,
            _ => Hearing::Deaf,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_without_heartbeats_may_be_silent() {
        let begin = Instant::now();
        let mut silence = Silence::new(Duration::from_secs(30), false, begin);
        silence.connection(true, begin);
        silence.heard(false, begin);
        assert_eq!(silence.look(begin + Duration::from_secs(3600)), Hearing::Well);
    }

    #[test]
    fn one_that_falls_silent_is_connected_anew_and_then_counts_as_deaf() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut silence = Silence::new(Duration::from_secs(30), false, begin);
        silence.connection(true, begin);
        silence.heard(true, begin);
        assert_eq!(silence.look(at(29)), Hearing::Well);
        assert_eq!(silence.look(at(31)), Hearing::Reconnect);
        silence.connection(false, at(31));
        assert_eq!(silence.look(at(32)), Hearing::Well);
        silence.connection(true, at(33));
        assert_eq!(silence.look(at(34)), Hearing::Silent);
        assert_eq!(silence.look(at(61)), Hearing::Reconnect);
        assert_eq!(silence.look(at(91)), Hearing::Reconnect);
        assert_eq!(silence.look(at(92)), Hearing::Deaf);
        silence.heard(false, at(93));
        assert_eq!(silence.look(at(94)), Hearing::Well);
    }

    #[test]
    fn time_without_a_connection_does_not_count() {
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        let mut silence = Silence::new(Duration::from_secs(30), true, begin);
        silence.connection(true, begin);
        silence.connection(false, at(1));
        silence.connection(true, at(100));
        assert_eq!(silence.look(at(101)), Hearing::Well);
        assert_eq!(silence.look(at(131)), Hearing::Reconnect);
    }
}
