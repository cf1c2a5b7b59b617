//! The publishing side of a forwarder.

use std::sync::Arc;
use std::time::Duration;

use zmq::{DONTWAIT, SNDMORE, Socket};

use super::super::settings::set_option;
use super::super::tally::Tally;
use super::super::zmq_error;
use super::BURST;
use super::counters::Counters;
use crate::Result;

/// It is an XPUB that is normally not allowed to drop: then a send that would drop fails instead,
/// which is how a subscriber that fell behind is seen. That one message is sent again with dropping
/// allowed, so nobody else waits.
pub(super) struct Outbound {
    pub(super) socket: Socket,
    counters: Arc<Counters>,
    behind: Tally,
}

impl Outbound {
    pub(super) fn new(socket: Socket, counters: Arc<Counters>) -> Result<Self> {
        // Each new subscriber is told of, also when others have the same subscription.
        socket
            .set_xpub_verbose(true)
            .map_err(|error| zmq_error("cannot make a ZeroMQ socket".into(), error))?;
        let behind = Tally::new("a subscriber fell behind and ZeroMQ drops messages for it");
        let mut outbound = Self { socket, counters, behind };
        outbound.forbid_dropping(true)?;
        Ok(outbound)
    }

    pub(super) fn send(&mut self, topic: &[u8], body: zmq::Message) -> Result<()> {
        let failed = |error| zmq_error("cannot publish".into(), error);
        let send_topic = || {
            loop {
                match self.socket.send(topic, SNDMORE | DONTWAIT) {
                    Err(zmq::Error::EINTR) => {}
                    result => return result,
                }
            }
        };
        let lossy = match send_topic() {
            Ok(()) => false,
            Err(zmq::Error::EAGAIN) => {
                self.counters.behind.add();
                self.behind.add("messages that found a full queue");
                self.forbid_dropping(false)?;
                self.socket.send(topic, SNDMORE | DONTWAIT).map_err(failed)?;
                true
            }
            Err(error) => return Err(failed(error)),
        };
        self.socket.send(body, DONTWAIT).map_err(failed)?;
        if lossy {
            self.forbid_dropping(true)?;
        }
        Ok(())
    }

    fn forbid_dropping(&mut self, on: bool) -> Result<()> {
        set_option(&mut self.socket, zmq_sys::ZMQ_XPUB_NODROP, on.into())
    }

    /// Subscriptions are handed to us too; they must be taken or they pile up. A client that floods
    /// us with them does not keep us from forwarding. Says whether one of them selects `topic`.
    pub(super) fn take_subscriptions(&mut self, topic: Option<&str>) -> bool {
        let mut subscription = zmq::Message::new();
        let mut selected = false;
        for _ in 0..BURST {
            if self.socket.recv(&mut subscription, DONTWAIT).is_err() {
                break;
            }
            tracing::debug!(subscription = ?String::from_utf8_lossy(&subscription));
            // A frame is 1 or 0 for coming or going, and then the beginning of topics.
            if let (Some(topic), [1, prefix @ ..]) = (topic, &subscription[..]) {
                selected |= topic.as_bytes().starts_with(prefix);
            }
        }
        selected
    }

    pub(super) fn report(&mut self) {
        self.behind.report();
    }

    pub(super) fn linger(&self, time: Duration) {
        let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
        // It fails only on a closed socket, which this is not.
        let _ = self.socket.set_linger(milliseconds);
    }
}
