//! A message as it came from the bus: the frame's topic, and the body's bytes exactly as received.
//!
//! The body is parsed once, and only when somebody asks. Most of what a relay, a gateway or a raw
//! tail does never asks.

use std::sync::OnceLock;

use crate::canonical::{self, Object, Value};

/// One message: two frames, topic and body.
#[derive(Debug, Clone)]
pub struct Message {
    topic: String,
    body: Vec<u8>,
    parsed: OnceLock<Result<Value, canonical::Error>>,
}

impl Message {
    /// A message with these two frames.
    pub fn new(topic: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { topic: topic.into(), body: body.into(), parsed: OnceLock::new() }
    }

    /// The topic of the first frame. The body has one of its own, which may differ.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The bytes of the second frame, as they came.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Both frames, without a copy.
    pub fn into_frames(self) -> (String, Vec<u8>) {
        (self.topic, self.body)
    }

    /// The parsed body, or why it is not JSON.
    pub fn value(&self) -> Result<&Value, &canonical::Error> {
        self.parsed.get_or_init(|| canonical::parse(&self.body)).as_ref()
    }

    /// Whether somebody has asked for the parsed body.
    #[cfg(test)]
    pub(crate) fn is_parsed(&self) -> bool {
        self.parsed.get().is_some()
    }

    /// The parsed body, if it is a JSON object, as every envelope is.
    pub fn envelope(&self) -> Option<&Object> {
        self.value().ok().and_then(Value::as_object)
    }

    /// The body's `msg_id`, if it has one that is text.
    pub fn msg_id(&self) -> Option<&str> {
        self.envelope().and_then(|envelope| envelope.get_str("msg_id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_stay_as_they_came() {
        let message = Message::new("a.b", b"{ \"msg_id\" : \"1\", \"n\": 1E3 }".as_slice());
        assert_eq!(message.msg_id(), Some("1"));
        assert_eq!(message.body(), b"{ \"msg_id\" : \"1\", \"n\": 1E3 }");
    }

    #[test]
    fn a_body_need_not_be_an_envelope() {
        assert!(Message::new("t", b"[1]".as_slice()).envelope().is_none());
        assert!(Message::new("t", b"{".as_slice()).value().is_err());
    }
}
