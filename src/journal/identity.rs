//! Which messages are the same.
//!
//! Of a message that was checked, the signed text says it all; among messages of one verdict, two
//! with the same signed text are one. Where nobody has checked, frame and credentials count too:
//! else a copy with a spoilt signature that comes first would keep the real message out.

use openssl::sha::{Sha256, sha256};

use super::UNCHECKED;
use crate::canonical::{Value, to_vec, write_object_without};
use crate::crypto::CREDENTIALS;
use crate::message::Message;

/// A longer msg_id is not taken for one.
const MAX_MSG_ID: usize = 1024;

/// What makes a message the same as another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its msg_id, if it has a usable one.
    pub msg_id: Option<String>,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
}

impl Identity {
    /// The identity of a message with this verdict.
    pub fn of(message: &Message, verdict: &str) -> Self {
        let msg_id = message.msg_id().filter(|id| id.len() <= MAX_MSG_ID).map(str::to_owned);
        let digest = if verdict == UNCHECKED { whole(message) } else { signed(message) };
        Self { msg_id, digest }
    }
}

fn signed(message: &Message) -> [u8; 32] {
    match message.value() {
        Ok(Value::Object(envelope)) => {
            let mut text = Vec::with_capacity(message.body().len());
            write_object_without(envelope, &CREDENTIALS, &mut text);
            sha256(&text)
        }
        Ok(other) => sha256(&to_vec(other)),
        Err(_) => sha256(message.body()),
    }
}

fn whole(message: &Message) -> [u8; 32] {
    let mut hash = Sha256::new();
    // The length keeps a topic apart from the body that follows.
    hash.update(&(message.topic().len() as u64).to_le_bytes());
    hash.update(message.topic().as_bytes());
    match message.value() {
        Ok(value) => hash.update(&to_vec(value)),
        Err(_) => hash.update(message.body()),
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(topic: &str, body: &str, verdict: &str) -> [u8; 32] {
        Identity::of(&Message::new(topic, body), verdict).digest
    }

    #[test]
    fn white_space_and_order_make_no_other_message() {
        for verdict in ["valid", UNCHECKED] {
            let one = digest("t", r#"{"msg_id":"1","n":1}"#, verdict);
            assert_eq!(one, digest("t", r#"{ "n": 1, "msg_id": "1" }"#, verdict));
            assert_ne!(one, digest("t", r#"{"msg_id":"1","n":2}"#, verdict));
            assert_ne!(digest("t", "{", verdict), digest("t", "[", verdict));
        }
    }

    #[test]
    fn only_where_nobody_checked_do_frame_and_credentials_count() {
        let (real, forged) = (r#"{"n":1,"signature":"a"}"#, r#"{"n":1,"signature":"b"}"#);
        assert_eq!(digest("t", real, "valid"), digest("t", forged, "valid"));
        assert_ne!(digest("t", real, UNCHECKED), digest("t", forged, UNCHECKED));
        assert_ne!(digest("t", real, UNCHECKED), digest("u", real, UNCHECKED));
    }

    #[test]
    fn a_boundless_msg_id_is_none() {
        let body = format!(r#"{{"msg_id":"{}"}}"#, "x".repeat(MAX_MSG_ID + 1));
        assert_eq!(Identity::of(&Message::new("t", body), "valid").msg_id, None);
    }
}
