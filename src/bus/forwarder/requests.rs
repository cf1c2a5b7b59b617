//! The socket where publishers ask for receipts.
//!
//! It is a ROUTER for REQ sockets: a request is topic and body, an answer one frame of JSON.

use std::time::Duration;

use serde_json::{Value, json};
use zmq::{Context, DONTWAIT, Message, POLLIN, PollItem, SNDMORE, Socket};

use super::super::frames::{Frames, Malformed};
use super::super::given::Given;
use super::super::settings::Settings;
use crate::{Error, Result};

/// How many frames a request may have before its own two, the empty one that divides them included.
const MAX_ENVELOPE: usize = 8;

/// Whom an answer is for: all frames up to the empty one. Without that one it is nobody.
pub(super) type Envelope = Vec<Message>;

pub(super) struct Requests {
    socket: Socket,
    stream: String,
    pub(super) addresses: Vec<String>,
}

impl Requests {
    /// Binds the socket; answers say that they come from `stream`.
    pub(super) fn bind(
        settings: &Settings,
        context: &Context,
        given: &mut Given,
        addresses: &[String],
        stream: String,
    ) -> Result<Self> {
        let mut socket = settings.socket(context, zmq::ROUTER)?;
        let addresses = given.bind_all(&mut socket, addresses)?;
        Ok(Self { socket, stream, addresses })
    }

    pub(super) fn poll_item(&self) -> PollItem<'_> {
        self.socket.as_poll_item(POLLIN)
    }

    /// The next request, if there is one.
    pub(super) fn receive(
        &self,
        max_size: usize,
    ) -> zmq::Result<Option<(Envelope, Result<Frames, Malformed>)>> {
        let mut frame = Message::new();
        match self.socket.recv(&mut frame, DONTWAIT) {
            Ok(()) => {}
            Err(zmq::Error::EAGAIN | zmq::Error::EINTR) => return Ok(None),
            Err(error) => return Err(error),
        }
        let (mut envelope, mut divided) = (Envelope::new(), false);
        // More frames than a message has are taken, so the next call begins at the next request.
        let (mut content, mut surplus) = (Vec::new(), false);
        loop {
            let more = frame.get_more();
            if divided && content.len() < 2 {
                content.push(frame);
            } else if divided || envelope.len() >= MAX_ENVELOPE {
                surplus = true;
            } else {
                divided = frame.is_empty() && !envelope.is_empty();
                envelope.push(frame);
            }
            if !more {
                break;
            }
            frame = Message::new();
            self.socket.recv(&mut frame, 0)?;
        }
        if !divided {
            envelope.clear();
        }
        let mut content = content.into_iter();
        let received = match (content.next(), content.next()) {
            (Some(topic), Some(body)) if !surplus => {
                let frames = Frames { topic, body };
                frames.check(max_size).map(|()| frames)
            }
            _ => Err(Malformed::FrameCount),
        };
        Ok(Some((envelope, received)))
    }

    /// Says that a message is in the journal.
    pub(super) fn confirm(&self, envelope: Envelope, msg_id: Option<&str>, seq: i64) {
        let stream = &self.stream;
        self.send(envelope, json!({"ok": true, "msg_id": msg_id, "seq": seq, "stream": stream}));
    }

    /// Says that a message was not taken.
    pub(super) fn refuse(&self, envelope: Envelope, error: &Error) {
        let (code, text, hint) = (error.kind().exit_code(), error.explained(), error.next_step());
        self.send(envelope, json!({"ok": false, "code": code, "error": text, "hint": hint}));
    }

    /// Whoever has left, or does not take answers, gets none.
    fn send(&self, envelope: Envelope, answer: Value) {
        if envelope.is_empty() {
            return;
        }
        let mut frames =
            envelope.into_iter().map(|frame| self.socket.send(frame, SNDMORE | DONTWAIT));
        let sent = frames.try_for_each(|sent| sent);
        let sent = sent.and_then(|()| self.socket.send(&answer.to_string(), DONTWAIT));
        if let Err(error) = sent {
            tracing::debug!("an answer was not sent: {error}");
        }
    }

    /// How long answers that are not sent yet may take after the end.
    pub(super) fn linger(&self, time: Duration) {
        let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
        // It fails only on a closed socket, which this is not.
        let _ = self.socket.set_linger(milliseconds);
    }
}
