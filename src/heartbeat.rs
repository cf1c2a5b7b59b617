//! Heartbeats: what a publisher of a stream says about it, so that subscribers see what they missed.
//!
//! A heartbeat is an ordinary message on a topic that ends in `._heartbeat`, sent in the stream it
//! speaks of: whoever received all of the stream has, when it comes, exactly what it counts.

use crate::canonical::{Object, Value};
use crate::message::Message;

/// What follows prefix and environment in the topic.
pub const TOPIC: &str = "_heartbeat";

/// A longer name of a stream, a life or a journal is not one of ours.
const MAX_NAME: usize = 200;

/// What a heartbeat says.
#[derive(Debug, Clone, PartialEq)]
pub struct Heartbeat {
    /// The stream: the publisher's role and host, such as `relay.bus01`.
    pub stream: String,
    /// The life of the process that publishes. `published` counts within one.
    pub instance: String,
    /// How many messages were published before this heartbeat in this life, without heartbeats.
    pub published: u64,
    /// How far its journal goes, if it has one.
    pub journal: Option<Position>,
    /// Milliseconds until the next heartbeat.
    pub interval: u32,
}

/// A place in a journal: all messages up to it were published before the heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The journal. Another one numbers its messages anew.
    pub epoch: String,
    /// The number of the newest message.
    pub seq: i64,
}

impl Heartbeat {
    /// The `msg` of its envelope.
    pub fn to_value(&self) -> Value {
        let mut msg = Object::new();
        msg.insert("stream", self.stream.as_str());
        msg.insert("instance", self.instance.as_str());
        msg.insert("published", i64::try_from(self.published).unwrap_or(i64::MAX));
        if let Some(position) = &self.journal {
            msg.insert("epoch", position.epoch.as_str());
            msg.insert("seq", position.seq);
        }
        msg.insert("interval_ms", i64::from(self.interval));
        msg.into()
    }

    /// Whether a message is one, by its topic.
    pub fn is_on(topic: &str) -> bool {
        topic.strip_suffix(TOPIC).is_some_and(|rest| rest.ends_with('.'))
    }

    /// What a message on a heartbeat's topic says, unless it is somebody else's heartbeat.
    pub fn read(message: &Message) -> Option<Self> {
        let msg = message.envelope()?.get("msg")?.as_object()?;
        let text =
            |name| msg.get_str(name).filter(|text| text.len() <= MAX_NAME).map(str::to_owned);
        let whole = |name| msg.get(name).and_then(Value::as_i64);
        let position =
            || Some(Position { epoch: text("epoch")?, seq: whole("seq").filter(|seq| *seq >= 0)? });
        Some(Self {
            stream: text("stream")?,
            instance: text("instance")?,
            published: whole("published")?.try_into().ok()?,
            journal: position(),
            interval: whole("interval_ms")?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::envelope::Author;

    #[test]
    fn what_is_written_is_read() {
        let mut heartbeat = Heartbeat {
            stream: "relay.host".into(),
            instance: "one".into(),
            published: 7,
            journal: Some(Position { epoch: "e".into(), seq: 5 }),
            interval: 2000,
        };
        for _ in 0..2 {
            let mut author = Author::new(&Config::default(), "relay");
            let (topic, body) = author.write(TOPIC, heartbeat.to_value(), None).unwrap();
            assert!(Heartbeat::is_on(&topic));
            assert_eq!(Heartbeat::read(&Message::new(topic, body)), Some(heartbeat.clone()));
            heartbeat.journal = None;
        }
        assert!(!Heartbeat::is_on("a.no_heartbeat"));
        assert_eq!(Heartbeat::read(&Message::new("a._heartbeat", "{}")), None);
    }
}
