//! Messages as datanommer and datagrepper have them, brought back to what was on the bus.
//!
//! Both take a message apart, and add what they found out about it. What a publisher signed can be put
//! together again; the bytes around it (blanks, the order of members) are gone, so a message comes back in
//! canonical form.

mod database;

use jiff::Timestamp;

use crate::canonical::{Int, Object, Value, to_vec};
use crate::crypto::datagrepper::restore;
use crate::message::Message;

pub use database::{Database, Found};

/// A message, and what the archive knew of it.
#[derive(Debug, Clone)]
pub struct Original {
    /// The message as it was on the bus.
    pub message: Message,
    /// When it was published, in unix microseconds, if the archive says so.
    pub time: Option<i64>,
    /// The users it is about, as the archive has them.
    pub users: Vec<String>,
    /// The packages it is about, as the archive has them.
    pub packages: Vec<String>,
}

impl Original {
    /// Reads a message of datagrepper, of its first API (`/raw`) or its second (`/v2/search`). Says what
    /// is wrong with one that is none.
    pub fn read(value: Value) -> Result<Self, &'static str> {
        let Value::Object(mut row) = value else {
            return Err("a message that is not an object");
        };
        if row.get("body").is_some() && row.get("msg").is_none() {
            row = first_version(row);
        }
        let Some(Value::Str(topic)) = row.get("topic") else {
            return Err("a message without topic");
        };
        let topic = topic.to_string_lossy().into_owned();
        let time = row.get("timestamp").and_then(micros);
        let (users, packages) = (names(&row, "users"), names(&row, "packages"));
        restore(&mut row);
        let message = Message::new(topic, to_vec(&row.into()));
        Ok(Self { message, time, users, packages })
    }
}

impl From<Message> for Original {
    /// A message of which nothing else is known.
    fn from(message: Message) -> Self {
        Self { message, time: None, users: Vec::new(), packages: Vec::new() }
    }
}

/// A message of the second API in the members of the first.
fn first_version(mut row: Object) -> Object {
    let mut same = Object::new();
    for (name, as_before) in [("body", "msg"), ("id", "msg_id"), ("topic", "topic")] {
        if let Some(value) = row.remove(name) {
            same.insert(as_before, value);
        }
    }
    let headers = row.remove("headers").unwrap_or(Value::Null);
    let sent = headers.as_object().and_then(|headers| headers.get_str("sent-at"));
    if let Some(sent) = sent.and_then(|sent| sent.parse::<Timestamp>().ok()) {
        same.insert("timestamp", Value::Float(sent.as_microsecond() as f64 / 1e6));
    }
    same.insert("headers", headers);
    // The marks of a message that datagrepper has changed.
    same.insert("source_name", "datanommer");
    same.insert("source_version", "");
    same
}

fn micros(timestamp: &Value) -> Option<i64> {
    match timestamp {
        Value::Int(Int::Small(seconds)) => seconds.checked_mul(1_000_000),
        Value::Float(seconds) if seconds.abs() < 1e12 => {
            // Not into the next second.
            let parts = ((seconds - seconds.floor()) * 1e6).round().min(999_999.0);
            Some(seconds.floor() as i64 * 1_000_000 + parts as i64)
        }
        _ => None,
    }
}

fn names(row: &Object, member: &str) -> Vec<String> {
    // Of a message that was not taken apart it is the publisher's own member.
    if row.get("source_name").is_none() {
        return Vec::new();
    }
    let Some(Value::Array(names)) = row.get(member) else { return Vec::new() };
    names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::parse;

    fn read(text: &str) -> Result<Original, &'static str> {
        Original::read(parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn both_apis_give_the_message_back() {
        for (text, time, users) in [
            (
                r#"{"agent_name":null,"certificate":null,"headers":{"sent-at":"x"},"msg":{"n":1.0},
                "msg_id":"a","source_name":"datanommer","source_version":"1.5.0",
                "timestamp":100.0,"topic":"t","users":["alice"],"packages":[]}"#,
                100_000_000,
                &["alice"][..],
            ),
            (
                r#"{"body":{"n":1.0},"headers":{"sent-at":"1970-01-01T01:01:40.250+01:00"},"id":"a",
                "priority":0,"queue":null,"topic":"t"}"#,
                100_250_000,
                &[],
            ),
        ] {
            let original = read(text).unwrap();
            let body = std::str::from_utf8(original.message.body()).unwrap();
            assert!(body.ends_with(r#""msg":{"n":1.0},"msg_id":"a","timestamp":100,"topic":"t"}"#));
            assert!(body.starts_with(r#"{"headers":{"sent-at":"#), "{body}");
            assert_eq!(original.time, Some(time));
            assert_eq!(original.users, users);
        }
    }

    #[test]
    fn what_is_no_message_is_named() {
        for (text, why) in [("1", "not an object"), (r#"{"msg":{}}"#, "without topic")] {
            assert!(read(text).unwrap_err().contains(why), "{text}");
        }
        // A message from the bus is not datagrepper's, and stays as it is.
        let original = read(r#"{"msg":1,"topic":"t","users":["u"]}"#).unwrap();
        assert_eq!(original.message.body(), br#"{"msg":1,"topic":"t","users":["u"]}"#);
        assert!(original.users.is_empty());
    }
}
