//! Writing messages: the envelope around what a publisher has to say.

use crate::canonical::{Object, Value, to_vec};
use crate::config::Config;
use crate::crypto::Signer;
use crate::{Error, Kind, Result};

/// What every message of one publisher has in common.
#[derive(Debug, Clone)]
pub struct Author {
    prefix: String,
    username: String,
    /// The number of the last message.
    count: i64,
}

impl Author {
    /// A publisher on the configured bus, under this user's name.
    pub fn new(config: &Config, username: impl Into<String>) -> Self {
        let prefix = format!("{}.{}", config.topic_prefix, config.environment);
        Self { prefix, username: username.into(), count: 0 }
    }

    /// The two frames of a message about `msg`, signed if there is a signer. `topic` is what follows
    /// prefix and environment, such as `git.receive`.
    pub fn write(
        &mut self,
        topic: &str,
        msg: Value,
        signer: Option<&Signer>,
    ) -> Result<(String, Vec<u8>)> {
        self.count += 1;
        let now = jiff::Zoned::now();
        let msg_id = format!("{}-{}", now.year(), uuid::Uuid::new_v4());
        let stamp = Stamp { i: self.count, msg_id, timestamp: now.timestamp().as_second() };
        self.write_as(&stamp, topic, msg, signer)
    }

    /// The same with what would be different each time given.
    pub fn write_as(
        &self,
        stamp: &Stamp,
        topic: &str,
        msg: Value,
        signer: Option<&Signer>,
    ) -> Result<(String, Vec<u8>)> {
        let topic = format!("{}.{topic}", self.prefix);
        let mut envelope = Object::new();
        envelope.insert("i", stamp.i);
        envelope.insert("msg", msg);
        envelope.insert("msg_id", stamp.msg_id.as_str());
        envelope.insert("timestamp", stamp.timestamp);
        envelope.insert("topic", topic.as_str());
        envelope.insert("username", self.username.as_str());
        if let Some(signer) = signer {
            signer.sign(&mut envelope)?;
        }
        Ok((topic, to_vec(&envelope.into())))
    }
}

/// What tells a message from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Its number among those of its publisher.
    pub i: i64,
    /// Its id.
    pub msg_id: String,
    /// When it was written, in unix seconds.
    pub timestamp: i64,
}

impl Stamp {
    /// The same for the same event and number, so that a message that is written again is known to be the
    /// same one.
    pub fn of(event: &str, number: u64, timestamp: i64) -> Result<Self> {
        let digest = openssl::sha::sha256(format!("{event} {number}").as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let time = jiff::Timestamp::from_second(timestamp)
            .map_err(|error| Error::new(Kind::Data, "the time is out of range").because(error))?;
        let year = time.to_zoned(jiff::tz::TimeZone::UTC).year();
        let i = i64::try_from(number).unwrap_or(i64::MAX);
        Ok(Self { i, msg_id: format!("{year}-{id}"), timestamp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn what_is_written_again_is_the_same() {
        let stamp = |event, number| Stamp::of(event, number, 1_794_616_014).unwrap();
        assert_eq!(stamp("a", 1), stamp("a", 1));
        assert!(stamp("a", 1).msg_id != stamp("a", 2).msg_id);
        assert!(stamp("a", 1).msg_id != stamp("b", 1).msg_id);
        assert!(stamp("a", 1).msg_id.starts_with("2026-"), "{:?}", stamp("a", 1));
        assert!(Stamp::of("a", 1, i64::MAX).is_err());
        let author = Author::new(&Config::default(), "alice");
        let write = || author.write_as(&stamp("a", 1), "a.b", Value::Null, None).unwrap();
        assert_eq!(write(), write());
    }

    #[test]
    fn envelopes_have_fedmsgs_fields() {
        let mut author = Author::new(&Config::default(), "alice");
        author.write("a.b", Value::Null, None).unwrap();
        let (topic, body) = author.write("git.receive", Value::from("text"), None).unwrap();
        assert_eq!(topic, "org.fedoraproject.dev.git.receive");
        let message = Message::new(topic.clone(), body);
        let envelope = message.envelope().unwrap();
        let keys: Vec<_> = envelope.iter().map(|(key, _)| key.to_string_lossy()).collect();
        assert_eq!(keys, ["i", "msg", "msg_id", "timestamp", "topic", "username"]);
        assert_eq!(envelope.get("i"), Some(&Value::from(2)));
        assert_eq!(envelope.get_str("topic"), Some(topic.as_str()));
        assert_eq!(envelope.get_str("msg_id").unwrap().len(), "2026-".len() + 36);
    }
}
